/* jsonata.h -- the expression language JSONata 2.x.
 *
 *     jsonata_compile(arena, text, &options, &program, &fault)     once
 *     jsonata_evaluate(arena, program, input, &run, &value, &fault) often, also by several threads
 *
 * A program is immutable once compiled and lives in its arena. Evaluating allocates in the arena given
 * to it and is bounded in steps, depth and memory. A mistake in an expression or in its data is a
 * JsonataFault, with the reference implementation's code, not an Error; Errors are left for what is
 * nobody's mistake (out of memory). "Undefined" is a NULL value. */
#ifndef JSONATA_JSONATA_H
#define JSONATA_JSONATA_H

#include "base/instant.h"
#include "json/json.h"

typedef struct JsonataProgram JsonataProgram;

typedef enum JsonataDialect {
    JSONATA_STANDARD, /* the newest 2.x of the reference implementation */
    JSONATA_2_0_6,    /* answers as that version where it differs */
    JSONATA_STATES,   /* 2.0.6 as Step Functions speaks it: $partition, $range, $hash, $random(seed), $uuid,
                          $parse are there, $eval is not */
} JsonataDialect;

typedef struct JsonataOptions {
    JsonataDialect dialect;
} JsonataOptions;

typedef struct JsonataFault {
    Str    code;     /* "T2001" */
    Str    message;  /* as the reference words it */
    size_t position; /* of the expression, in bytes; as the reference counts where it can be said */
    Str    token;    /* what it is about; may be empty */
} JsonataFault;

/* On a mistake *out_program is NULL and *out_fault says it. */
Error *jsonata_compile(Arena *arena, Str text, const JsonataOptions *options, JsonataProgram **out_program,
                       JsonataFault *out_fault);

typedef struct JsonataBinding { /* a variable: $name */
    Str         name;
    const Json *value;
} JsonataBinding;

typedef struct JsonataLimits { /* 0: the default */
    uint64_t steps_max;        /* of the evaluator: JSONATA_STEPS_MAX */
    uint32_t depth_max;        /* of evaluation, a call is about three deep: JSONATA_DEPTH_MAX; tail calls cost none */
    size_t   memory_max;       /* bytes taken from the arena: JSONATA_MEMORY_MAX */
} JsonataLimits;

enum { JSONATA_STEPS_MAX = 100000000, JSONATA_DEPTH_MAX = 1500, JSONATA_MEMORY_MAX = 256 << 20 };

typedef struct JsonataRun {
    const JsonataBinding *bindings;
    size_t                binding_count;
    Instant               now;  /* $now(), $millis() */
    uint64_t              seed; /* $random(), $shuffle(), $uuid() */
    JsonataLimits         limits;
} JsonataRun;

/* On a mistake out_fault->code is not empty. *out_value is NULL for undefined, and for a function or a
 * regular expression: then out_fault->token is "function". Shares with its inputs, which are as they were. */
Error *jsonata_evaluate(Arena *arena, const JsonataProgram *program, const Json *input, const JsonataRun *run,
                        Json **out_value, JsonataFault *out_fault);

/* The variables that an expression reads but does not define ("states" of $states.input), for linters. */
size_t jsonata_free_variables(const JsonataProgram *program, Arena *arena, Str **out_names);

/* The paths that begin outside: at a variable, or at the context of the whole expression ("$" and "$$" alone included,
 * "$$" anywhere). In the order of the text; variables that the expression binds itself are among them. */
typedef struct JsonataReference {
    Str      variable;  /* "states" of $states.input.x; no data: the context */
    Str     *steps;     /* the names behind it, as far as they are names; of the context "$" or "$$" where there is no name */
    uint32_t step_count;
    size_t   position;  /* in bytes */
    bool     plain;     /* the whole path is names: no filter, no call */
    bool     alone;     /* and the whole expression is that path */
} JsonataReference;
size_t jsonata_references(const JsonataProgram *program, Arena *arena, JsonataReference **out_references);

#endif
