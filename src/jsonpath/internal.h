/* internal.h -- what the files of this module share.
 *
 * parse.c and filter.c make steps and predicates of a text; apply.c goes along the steps and asks
 * filter.c and functions.c on the way. All of it lives in the arena of the path and does not change. */
#ifndef JSONPATH_INTERNAL_H
#define JSONPATH_INTERNAL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "jsonpath/jsonpath.h"

/* Limits of one path's text. They bound the recursion: a step calls the next, a predicate its parts. */
enum { STEPS_IN_PATH_MAX = 500, NESTING_MAX = 50 };

typedef struct Step      Step;
typedef struct Predicate Predicate;
typedef struct Query     Query;
typedef struct Function  Function;

typedef enum StepKind {
    STEP_PROPERTY,
    STEP_INDEX,
    STEP_SLICE,
    STEP_WILDCARD,
    STEP_SCAN,
    STEP_FILTER,
    STEP_FUNCTION,
} StepKind;

typedef struct Argument { /* of a function: one of the two */
    JsonPath *path;
    Json     *value;
} Argument;

struct Step {
    StepKind kind;
    bool     definite;          /* selects one node at most */
    bool     upstream_definite; /* all before it do */
    bool     tail_definite;     /* the one before it and all from it on do */
    Step    *next;              /* NULL: a leaf */
    uint32_t count;             /* of names, indexes or arguments */
    uint32_t cost;              /* of looking for its names once, in steps of work */
    union {
        Str     *names;
        int32_t *indexes;
        struct {
            int32_t from, to;
            bool    has_from, has_to;
        };
        Predicate *predicate;
        struct {
            const Function *function;
            Argument       *arguments;
        };
    };
};

struct JsonPath {
    Str             text;
    JsonPathDialect dialect;
    bool            of_item; /* begins with @ */
    bool            definite;
    bool            reference;
    Step           *first;        /* NULL: the root alone */
    uint32_t        number;       /* among the paths inside filters, for what is remembered of them */
    uint32_t        inside_count; /* of the outermost path: paths inside its filters */
};

/* ---- compiling ---- */

typedef struct Compiler {
    Arena          *arena;
    JsonPathDialect dialect;
    uint32_t        step_count;
    uint32_t        inside_count;
    uint32_t        nesting;
} Compiler;

Error *path_compile(Compiler *compiler, Str text, JsonPath **out);
Error *predicate_compile(Compiler *compiler, Str text, Predicate **out); /* of "[?(...)]" */
Error *literal_compile(Compiler *compiler, Str text, Json **out);        /* JSON that may have single quotes */

static inline bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static inline bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline char byte_at(Str text, size_t at)
{
    return at < text.length ? text.data[at] : '\0';
}

static inline size_t skip_blanks(Str text, size_t at)
{
    while (at < text.length && is_blank(text.data[at])) at++;
    return at;
}

/* Of the quote, slash or bracket at `at` its counterpart; false: there is none. */
bool find_end_of_quoted(Str text, size_t at, size_t *out);
bool find_closing(Str text, size_t at, size_t *out); /* not within strings or, in parentheses, patterns */
Str  without_blanks_around(Str text);

Str steps_normal(Arena *arena, const Step *step, JsonPathDialect dialect); /* from here to the end, as errors show it */

/* ---- applying ---- */

typedef struct Remembered { /* what a path from the root gave, within one application */
    bool            known;
    JsonPathOutcome outcome;
    Json           *value;
} Remembered;

typedef struct Work { /* one application, with all the paths inside it */
    Arena               *arena;
    const Json          *document;
    uint64_t             steps_left;
    bool                 hopeless; /* refused in a way that ends everything */
    struct Level        *spare;    /* of scans that are over */
    Remembered          *remembered;
    pcre2_match_data    *match;
    pcre2_match_context *match_limits;
} Work;

struct Query { /* one path on one value */
    Work           *work;
    const JsonPath *path;
    bool            required; /* what is missing is an error even where the path is not definite */
    bool            inside;   /* a filter or a wildcard: nobody reads why it was not found */
    Json           *last;     /* of a definite path */
    Json           *all;      /* of another */
    Str             why;
};

JsonPathOutcome query_run(Query *query, const Json *value, Json **out);
bool            query_spend(Query *query, uint64_t steps); /* false: all are spent, and the query is refused */
JsonPathOutcome query_refuse(Query *query, Str why);

/* ---- predicates ---- */

typedef enum Verdict { VERDICT_NO, VERDICT_YES, VERDICT_VOID, VERDICT_FAILED } Verdict;

/* VOID: it cannot be asked of this item, which is a no; FAILED: the whole query is refused. */
Verdict predicate_ask(Query *query, const Predicate *predicate, const Json *item);

/* ---- functions ---- */

const Function *function_find(Str name);
Str             function_name(const Function *function);
JsonPathOutcome function_call(Query *query, const Step *step, const Json *value, Json **out);

#endif
