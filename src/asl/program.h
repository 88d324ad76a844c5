/* program.h -- a compiled definition: what asl_compile makes and asl_step reads. Private to this folder.
 *
 * Blocks are the machines within the machine: the main one, each branch of a Parallel, each processor of a Map. They are
 * numbered in the order of the text, and so are the states of a block; stored states refer to them by number. */
#ifndef ASL_PROGRAM_H
#define ASL_PROGRAM_H

#include "asl/asl.h"
#include "asl/choice.h"
#include "asl/expression.h"
#include "asl/maprun.h"
#include "asl/path.h"
#include "asl/template.h"

typedef struct AslBlock    AslBlock;
typedef struct AslStateDef AslStateDef;

typedef enum AslStateType { ASL_PASS, ASL_TASK, ASL_CHOICE, ASL_WAIT, ASL_SUCCEED, ASL_FAIL_STATE, ASL_PARALLEL, ASL_MAP } AslStateType;

typedef struct AslTarget { /* of a transition */
    int32_t state; /* its number; ASL_END, or ASL_UNRESOLVED for a single state's */
    Str     name;
} AslTarget;

enum { ASL_END = -1, ASL_UNRESOLVED = -2 };

/* A path field that may also be null ("InputPath": null). */
typedef struct AslPathField {
    AslPath *path; /* NULL: the default, "$" */
    bool     none; /* it is null */
} AslPathField;

typedef enum AslFieldForm { ASL_ABSENT, ASL_LITERAL, ASL_BY_PATH, ASL_BY_TEMPLATE, ASL_BY_EXPRESSION } AslFieldForm;

/* A field with a literal form, a ...Path form and a JSONata form. */
typedef struct AslField {
    AslFieldForm   form;
    const char    *name;    /* "TimeoutSeconds" */
    const Json    *literal;
    AslPath       *path;
    AslTemplate   *template; /* ErrorPath and CausePath take intrinsic calls as well */
    AslExpression *expression;
} AslField;

/* A payload: Parameters, ResultSelector, ItemSelector, BatchInput (templates), or Arguments, Output, Assign (expressions). */
typedef struct AslPayload {
    const char    *name;
    AslTemplate   *template;
    AslExpression *expression;
} AslPayload;

typedef struct AslRetrier {
    Str     *errors;
    size_t   error_count;
    uint32_t interval_s, attempts_max;
    double   backoff;
    int64_t  delay_max_s; /* -1: none */
    bool     jitter;
} AslRetrier;

typedef struct AslCatcher {
    Str         *errors;
    size_t       error_count;
    AslTarget    next;
    AslPathField result_path;
    AslPayload   assign, output;
} AslCatcher;

typedef struct AslRule {
    AslChoiceRule *rule;      /* JSONPath */
    AslExpression *condition; /* JSONata */
    AslTarget      next;
    AslPayload     assign, output;
} AslRule;

typedef struct AslTaskDef {
    Str         resource, resource_type, api; /* see AslAction; `shown`: api with its pattern, as histories show it */
    Str         shown;
    AslTaskKind kind;
    AslPattern  pattern;
    int         sync_version;
    AslField    timeout, heartbeat;
    AslPayload  credentials;
} AslTaskDef;

typedef struct AslReaderDef {
    bool          present;
    Str           resource;
    AslPayload    arguments;
    AslItemFormat format;
    Str           delimiter;       /* of CSV: one character */
    bool          headers_given;   /* CSVHeaderLocation GIVEN */
    Str          *headers;
    size_t        header_count;
    AslField      max_items;
    Str           items_pointer;   /* JSON: where in the object the array is; empty: the whole */
    Str           transformation;  /* of listObjectsV2: "LOAD_AND_FLATTEN" or empty */
    Str           manifest_type;
} AslReaderDef;

typedef struct AslMapDef {
    AslBlock    *processor;
    AslProgram  *children; /* the machine that a distributed Map's children run */
    bool         distributed, express_children;
    Str          label;
    AslPathField items_path;
    AslPayload   items;        /* JSONata */
    AslPayload   selector;     /* ItemSelector, or Parameters of old */
    AslField     concurrency, tolerated_count, tolerated_percentage;
    AslReaderDef reader;
    bool         batched;
    AslField     batch_items, batch_bytes;
    AslPayload   batch_input;
    bool         writer;
    Str          writer_resource;
    AslPayload   writer_arguments;
    const Json  *writer_config;
} AslMapDef;

typedef struct AslWaitDef {
    AslField seconds, timestamp;
} AslWaitDef;

typedef struct AslFailDef {
    AslField error, cause;
} AslFailDef;

struct AslStateDef { /* kept small: a step goes over many */
    Str          name;
    AslStateType type;
    bool         jsonata;
    AslTarget    next;
    uint32_t     number;

    AslPathField input_path, output_path, result_path;
    AslPayload   parameters, result_selector, arguments, output, assign;
    const Json  *result; /* Pass */

    AslRetrier  *retriers;
    size_t       retrier_count;
    AslCatcher  *catchers;
    size_t       catcher_count;

    AslTaskDef  *task;
    AslRule     *rules; /* Choice; `next` is its Default, ASL_END where there is none */
    size_t       rule_count;
    AslWaitDef  *wait;
    AslFailDef  *fail;
    AslBlock   **branches;           /* Parallel */
    size_t       branch_count;
    AslMapDef   *map;
};

struct AslBlock {
    uint32_t     number;
    uint32_t     start;
    AslStateDef *states;
    uint32_t     state_count;
};

struct AslProgram {
    AslBlock **blocks; /* by number; the main one is the first */
    uint32_t   block_count, block_capacity;
    uint32_t   main; /* the block that an execution runs */
    int64_t    timeout_s; /* of the machine; -1: none */
    bool       wants_input; /* something reads the context object, which has the execution's input */
    bool       single; /* one state alone */
    bool       child;  /* the machine of a distributed Map's children */
};

#endif
