/* log.c -- one write(2) a line, so that lines of several threads never mix. */
#include "base/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static LogLevel lowest = LOG_INFO;
static const char *const level_names[] = { "debug", "info", "warn", "error", "nothing" };

void log_set_level(LogLevel level)
{
    lowest = level;
}

bool log_parse_level(Str name, LogLevel *out)
{
    for (int i = LOG_DEBUG; i <= LOG_NOTHING; i++)
        if (str_equal(name, str_from_c(level_names[i]))) {
            *out = (LogLevel)i;
            return true;
        }
    return false;
}

static Instant wall_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * DURATION_SECOND + now.tv_nsec / 1000;
}

static void append_escaped(Buffer *out, const char *text)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') buffer_append_byte(out, '\\');
        if (byte < 0x20)
            buffer_append_format(out, "\\u%04x", byte);
        else
            buffer_append_byte(out, *text);
    }
}

static void emit(Buffer *line)
{
    buffer_append_byte(line, '\n');
    if (line->failed) return;
    ssize_t written = write(STDERR_FILENO, line->data, line->length);
    (void)written; /* a log that cannot be written has nowhere to say so */
}

void log_write(LogLevel level, const char *format, ...)
{
    if (level < lowest) return;
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char time_text[INSTANT_TEXT_SIZE];
    instant_format_iso_ms(wall_time(), time_text);
    Buffer line;
    buffer_init(&line);
    if (isatty(STDERR_FILENO)) {
        buffer_append_format(&line, "%.12s %-5s %s", time_text + 11, level_names[level], text);
    } else {
        buffer_append_format(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"", time_text, level_names[level]);
        append_escaped(&line, text);
        buffer_append_c(&line, "\"}");
    }
    emit(&line);
    buffer_done(&line);
}

void log_error(const Error *error, const char *what)
{
    Buffer text;
    buffer_init(&text);
    error_describe(error, &text);
    log_write(LOG_ERROR, "%s: %.*s", what, STR_ARG(buffer_str(&text)));
    buffer_done(&text);
}

void log_line(Str json_line)
{
    Buffer line;
    buffer_init(&line);
    buffer_append_str(&line, json_line);
    emit(&line);
    buffer_done(&line);
}
