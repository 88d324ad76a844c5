/* intrinsic_call.h -- calls of intrinsic functions as the files that parse, evaluate and implement them share them.
 *
 * intrinsic_parse.c makes terms of a text, intrinsic.c evaluates them, intrinsic_functions.c has the functions. */
#ifndef ASL_INTRINSIC_CALL_H
#define ASL_INTRINSIC_CALL_H

#include "asl/intrinsic.h"
#include "asl/path.h"

typedef struct AslFunction AslFunction;
typedef struct AslTerm     AslTerm;
typedef struct AslCall     AslCall;

typedef enum AslTermKind { ASL_TERM_LITERAL, ASL_TERM_PATH, ASL_TERM_CALL } AslTermKind;

struct AslTerm {
    AslTermKind        kind;
    uint32_t           count; /* of arguments */
    Json              *literal;
    Str                written; /* of a literal text: what stands between the apostrophes, with its escapes */
    AslPath           *path;
    const AslFunction *function;
    AslTerm           *arguments;
};

struct AslIntrinsic {
    Str     text;
    AslTerm term; /* a call */
};

/* What a function takes: a letter for each argument ('a' array, 'n' number, 'o' object, 's' text, 'v'
 * anything but null, 'x' anything), '?' where the rest may be missing, '*' where anything may follow. */
struct AslFunction {
    Str         name;
    const char *takes;
    Json *(*run)(AslCall *call); /* NULL: it failed and said so */
};

const AslFunction *asl_function_find(Str name);

/* Whether it takes those arguments; without them, so many. */
bool asl_function_fits(const AslFunction *function, Json *const *arguments, uint32_t count);

struct AslCall {
    const AslScope     *scope;
    const AslIntrinsic *whole;
    const AslTerm      *term;
    Json              **arguments;
    uint32_t            count;
    size_t             *bytes_left; /* that may still be made */
    AslFault           *fault;
};

Json *asl_call_fail(AslCall *call, const char *format, ...) __attribute__((format(printf, 2, 3))); /* NULL */
Json *asl_call_refuse(AslCall *call);              /* "Invalid arguments in ..." */
bool  asl_call_spend(AslCall *call, size_t bytes); /* false: too many, and the call has failed */

/* As asl_intrinsic_evaluate, with what is left of the bound. */
bool asl_intrinsic_run(const AslIntrinsic *call, const AslScope *scope, size_t *bytes_left, Json **out,
                       AslFault *fault);

#endif
