/* log.h -- what the program says of itself: text on a terminal, JSON lines elsewhere, on stderr.
 *
 * Libraries return errors; only programs and the threads at the edge log. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"
#include "base/instant.h"

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_NOTHING } LogLevel;

void log_set_level(LogLevel level);
bool log_parse_level(Str name, LogLevel *out);
void log_write(LogLevel level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const Error *error, const char *what); /* what: why: why */
void log_line(Str json_line); /* a line that is JSON already: the access log */

#endif
