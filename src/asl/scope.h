/* scope.h -- what the expressions of a state can see, and how they fail.
 *
 * A scope is made for one state at one moment. Paths, intrinsic functions, payload templates and JSONata
 * expressions read it; none of them changes it, but for the seed that chance is drawn from. */
#ifndef ASL_SCOPE_H
#define ASL_SCOPE_H

#include "base/instant.h"
#include "json/json.h"

/* The workflow variables of one States block; the ones of the block around it are `outer`. An inner name
 * hides an outer one. */
typedef struct AslVariables AslVariables;
struct AslVariables {
    const Json         *values; /* an object, or NULL for none */
    const AslVariables *outer;
};

Json *asl_variable(const AslVariables *variables, Str name); /* NULL: there is none */

typedef struct AslScope AslScope;
struct AslScope {
    Arena              *arena;     /* results live here */
    const Json         *input;     /* "$" */
    const Json         *(*context)(const AslScope *scope); /* "$$", built when first asked for */
    const AslVariables *variables; /* "$name" */
    const Json         *result;       /* $states.result; NULL: not there in this field */
    const Json         *error_output; /* $states.errorOutput; NULL: likewise */
    uint64_t           *seed;      /* the next draw: asl_draw */
    Instant             now;
    void               *owner;     /* of whoever made the scope */
};

uint64_t asl_draw(const AslScope *scope); /* splitmix64 over *seed */

/* A state that fails by its own fields. `error` empty: it has not. */
typedef struct AslFault {
    Str error; /* "States.Runtime" */
    Str cause; /* the sentence after "An error occurred while executing the state 'X' (entered at the event id #2). " */
    Str location; /* of a JSONata expression, "Output/result"; else empty */
    bool plain;   /* the cause stands alone, without that sentence's beginning */
} AslFault;

/* Makes the fault, unless there is one already; returns false for `return asl_fail(...)`. */
bool asl_fail(AslFault *fault, Arena *arena, Str error, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
