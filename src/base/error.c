/* error.c -- errors are values with context. */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>

static char  memory_message[] = "out of memory";
static Error memory_error = { .code = ERR_MEMORY, .message = memory_message };

static const char *const words[] = {
#define ERROR_CODE(name, text) [name] = text,
#include "base/error_codes.h"
#undef ERROR_CODE
};

const char *error_code_words(ErrorCode code)
{
    return words[code];
}

/* One block holds the error and its text. */
static Error *make(ErrorCode code, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    Error *error = memory_alloc(sizeof *error + (size_t)(length < 0 ? 0 : length) + 1);
    if (error) {
        *error = (Error){ .code = code, .message = (char *)(error + 1) };
        vsnprintf(error->message, (size_t)(length < 0 ? 0 : length) + 1, format, again);
    }
    va_end(again);
    return error ? error : &memory_error;
}

#define MAKE(code, format, out)         \
    va_list arguments;                  \
    va_start(arguments, format);        \
    out = make(code, format, arguments); \
    va_end(arguments)

Error *error_new(ErrorCode code, const char *format, ...)
{
    Error *error;
    MAKE(code, format, error);
    return error;
}

Error *error_fault(const Fault *fault, const char *format, ...)
{
    Error *error;
    MAKE(ERR_FAULT, format, error);
    if (error != &memory_error) error->fault = fault;
    return error;
}

static ErrorCode code_of_errno(int error_number)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT: return ERR_DISK_FULL;
    case ENOMEM: return ERR_MEMORY;
    case ENOENT: return ERR_NOT_FOUND;
    default: return ERR_IO;
    }
}

Error *error_errno(int error_number, const char *format, ...)
{
    Error *error;
    MAKE(code_of_errno(error_number), format, error);
    if (error == &memory_error) return error;
    Error *cause = error_new(error->code, "%s", strerror(error_number));
    if (cause != &memory_error) error->cause = cause;
    return error;
}

Error *error_memory(void)
{
    return &memory_error;
}

Error *error_wrap(Error *cause, const char *format, ...)
{
    Error *error;
    MAKE(cause->code, format, error);
    if (error == &memory_error) {
        error_free(cause);
        return error;
    }
    error->fault = cause->fault;
    error->cause = cause;
    return error;
}

void error_free(Error *error)
{
    while (error && error != &memory_error) {
        Error *cause = error->cause;
        memory_free(error);
        error = cause;
    }
}

const Error *error_root(const Error *error)
{
    while (error->cause) error = error->cause;
    return error;
}

void error_describe(const Error *error, Buffer *out)
{
    for (; error; error = error->cause) {
        buffer_append_c(out, error->message);
        if (error->cause) buffer_append_c(out, ": ");
    }
}
