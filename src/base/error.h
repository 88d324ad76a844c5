/* error.h -- errors are values with context.
 *
 * A fallible function returns `Error *`; NULL is success. Output parameters are written only then.
 * An error is made once, wrapped where context is known, and reported once, at the edge. It has one
 * owner, who frees it or hands it on. Out of memory is a static error, so making one cannot fail.
 *
 * A refusal by a service (ERR_FAULT) points at the row of that service's error table, which says how
 * clients see it. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/buffer.h"

typedef enum ErrorCode {
#define ERROR_CODE(name, words) name,
#include "base/error_codes.h"
#undef ERROR_CODE
} ErrorCode;

/* How clients see a refusal. */
typedef struct Fault {
    const char *code;       /* the modelled name: "QueueDoesNotExist" */
    const char *query_code; /* its older name in the query protocol; NULL: the same */
    int         status;     /* of HTTP */
} Fault;

typedef struct Error Error;
struct Error {
    ErrorCode    code;
    const Fault *fault;   /* for ERR_FAULT, else NULL */
    Error       *cause;   /* what it came from, or NULL */
    char        *message; /* for a person */
};

Error *error_new(ErrorCode code, const char *format, ...) __attribute__((format(printf, 2, 3)));
Error *error_fault(const Fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));
Error *error_errno(int error_number, const char *format, ...) __attribute__((format(printf, 2, 3)));
Error *error_memory(void);
Error *error_wrap(Error *cause, const char *format, ...) __attribute__((format(printf, 2, 3))); /* takes cause */
void   error_free(Error *error); /* accepts NULL */

const char *error_code_words(ErrorCode code);
const Error *error_root(const Error *error); /* the first cause */
void error_describe(const Error *error, Buffer *out); /* "what: why: why" */

#define TRY(call)                                 \
    do {                                          \
        Error *try_error = (call);                \
        if (__builtin_expect(try_error != NULL, 0)) return try_error; \
    } while (0)

#define TRY_WRAP(call, ...)                                                \
    do {                                                                   \
        Error *try_error = (call);                                         \
        if (__builtin_expect(try_error != NULL, 0)) return error_wrap(try_error, __VA_ARGS__); \
    } while (0)

#endif
