/* instant.h -- a point in time as a number.
 *
 * Nothing below src/loop reads a clock: time comes in as an argument. An Instant counts microseconds
 * since 1970 UTC, a Duration microseconds. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include "base/str.h"

typedef int64_t Instant;
typedef int64_t Duration;

#define DURATION_MS ((Duration)1000)
#define DURATION_SECOND ((Duration)1000000)
#define DURATION_MINUTE (60 * DURATION_SECOND)
#define DURATION_HOUR (60 * DURATION_MINUTE)
#define DURATION_DAY (24 * DURATION_HOUR)
#define INSTANT_NEVER INT64_MAX

enum { INSTANT_TEXT_SIZE = 40 };

/* Each writes a text with a zero byte into `out` (INSTANT_TEXT_SIZE) and returns it. */
Str instant_format_iso(Instant instant, char *out);        /* 2026-11-20T19:56:46Z */
Str instant_format_iso_ms(Instant instant, char *out);     /* 2026-11-20T19:56:46.123Z */
Str instant_format_http(Instant instant, char *out);       /* Fri, 20 Nov 2026 19:56:46 GMT */
Str instant_format_aws_basic(Instant instant, char *out);  /* 20261120T195646Z */

bool instant_parse_aws_basic(Str text, Instant *out); /* 20261120T195646Z */
bool instant_parse_http(Str text, Instant *out);      /* Fri, 20 Nov 2026 19:56:46 GMT */
bool instant_parse_iso(Str text, Instant *out);       /* 2026-11-20T19:56:46[.fraction](Z|+hh:mm) */

#endif
