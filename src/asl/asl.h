/* asl.h -- the Amazon States Language as a function.
 *
 *     asl_compile(arena, definition, &program)                      once for a definition
 *     asl_step(arena, program, &about, state, &event, now, &step)   for every event
 *     asl_state_apply(state, step.cells, step.cell_count)           when the step counts
 *
 * A step reads the program, the state and the event and nothing else; it changes none of them. It goes as far as it
 * can without waiting and says what came of it: cells of the new state, events of the history, actions to be taken, in
 * order. A state that fails is an outcome, not an Error; Errors are for what is nobody's mistake (out of memory). Whoever
 * drives it stores cells, history and actions together, and only then acts.
 *
 * An execution consists of threads: the main one (1), and one for every branch of a Parallel state and every iteration
 * of an inline Map state that is under way. A thread is in one state at a time. A distributed Map's children are
 * executions of their own (maprun.h). */
#ifndef ASL_ASL_H
#define ASL_ASL_H

#include "base/instant.h"
#include "json/json.h"

/* ---- programs ---- */

typedef struct AslProgram AslProgram; /* immutable, but with one thread at a time: it holds JSON values */

enum { ASL_DEFINITION_MAX = 1 << 20, ASL_PAYLOAD_MAX = 256 << 10, ASL_HISTORY_MAX = 25000, ASL_CAUSE_MAX = 32768, ASL_ERROR_MAX = 256 };

/* ERR_SYNTAX where the definition is not one that asl_validate finds free of errors. Copies what it needs of `definition`. */
Error *asl_compile(Arena *arena, const Json *definition, AslProgram **out);

/* One state alone, under the name it is given, in the query language of `machine_language` ("JSONPath" or "JSONata") unless
 * it says otherwise itself: for TestState. Its Next need not exist. */
Error *asl_compile_state(Arena *arena, const Json *state, Str name, Str machine_language, AslProgram **out);

/* ---- who is running ---- */

/* What does not change while an execution runs, or only by a redrive. Texts are borrowed. */
typedef struct AslAbout {
    Str      partition, region, account;
    Str      execution_arn, execution_name;
    Str      role_arn;             /* no data: none */
    Str      machine_arn, machine_name;
    Instant  start_time;
    uint32_t redrive_count;
    Instant  redrive_time;         /* when redrive_count > 0 */
    Str      key;                  /* short, chosen by the driver: task tokens lead back to it */
    bool     express;              /* no limit on history */
    bool     quiet;                /* make no history; ids are counted all the same */
    bool     relaxed;              /* payloads and histories have no limit; step.exceeded says what would have failed */
    Json    *extra_context;        /* members that replace or add to the context object (TestState); or NULL */
    struct AslInspection *inspection; /* where to note the data flow of the state that runs, or NULL */
} AslAbout;

/* ---- states ---- */

/* A state between steps is a set of cells, each a key and bytes: small ones that change, larger ones that do not. The driver
 * may keep it in memory, or store each cell as a row, as it likes. */
typedef struct AslState AslState;

typedef struct AslCell {
    uint64_t key;
    Str      bytes; /* no data: the cell is gone */
} AslCell;

Error *asl_state_new(AslState **out); /* no cells: an execution that has not started */
void   asl_state_free(AslState *state); /* accepts NULL */
Error *asl_state_apply(AslState *state, const AslCell *cells, size_t count); /* copies; all or nothing */
size_t asl_state_count(const AslState *state);
size_t asl_state_bytes(const AslState *state); /* of memory held */
bool   asl_state_get(const AslState *state, uint64_t key, Str *out);
void   asl_state_each(const AslState *state, void (*visit)(void *data, AslCell cell), void *data); /* in no order */

/* ---- events ---- */

typedef enum AslEventKind {
    ASL_START,             /* payload: the input */
    ASL_TIMER,             /* a timer of `thread` may be due; one that is not is no harm */
    ASL_TASK_STARTED,      /* an activity's worker took the task; `worker` may be empty */
    ASL_TASK_SUBMITTED,    /* a job or a callback's request was accepted; payload: the answer */
    ASL_TASK_SUCCEEDED,    /* payload: the result */
    ASL_TASK_FAILED,       /* error, cause */
    ASL_TASK_START_FAILED, /* the same, before it began */
    ASL_TASK_HEARTBEAT,
    ASL_MAP_RUN_SUCCEEDED, /* payload: the result */
    ASL_MAP_RUN_FAILED,    /* error, cause */
    ASL_STOP,              /* StopExecution: error, cause */
    ASL_REDRIVE,           /* go on where it failed */
    ASL_CONTINUE,          /* after a step that said `more` */
} AslEventKind;

typedef struct AslEvent {
    AslEventKind kind;
    uint32_t     thread;  /* TIMER, TASK_*, MAP_RUN_* */
    uint32_t     attempt; /* TASK_*, MAP_RUN_*: of the action that it answers */
    Str          payload; /* JSON text */
    Str          error, cause; /* no data: none */
    Str          worker;
    uint64_t     seed;    /* all chance of this step comes from it */
} AslEvent;

/* ---- actions ---- */

typedef enum AslActionKind {
    ASL_DO_TASK,     /* begin a task; TASK_* events answer it */
    ASL_STOP_TASK,   /* nobody waits for it any more */
    ASL_SET_TIMER,   /* send TIMER for `thread` at `due`; replaces that thread's timer */
    ASL_CLEAR_TIMER, /* it is not needed any more */
    ASL_DO_MAP_RUN,  /* begin a distributed Map (maprun.h); MAP_RUN_* events answer it */
    ASL_STOP_MAP_RUN,
} AslActionKind;

typedef enum AslPattern { ASL_REQUEST_RESPONSE, ASL_SYNC, ASL_WAIT_FOR_TOKEN } AslPattern;
typedef enum AslTaskKind {
    ASL_TASK_LAMBDA,   /* Resource is a function's ARN */
    ASL_TASK_ACTIVITY, /* Resource is an activity's ARN */
    ASL_TASK_SERVICE,  /* arn:aws:states:::service:action */
    ASL_TASK_SDK,      /* arn:aws:states:::aws-sdk:service:action */
} AslTaskKind;

enum { ASL_THREAD_MACHINE = 0 }; /* the timer of the machine's own TimeoutSeconds, and of the express limit */

typedef struct AslAction {
    AslActionKind kind;
    AslTaskKind   task;
    AslPattern    pattern;
    uint32_t      thread;
    uint32_t      attempt;
    Instant       due;           /* SET_TIMER */
    Str           state_name;
    Str           resource;      /* as the definition has it */
    Str           resource_type; /* "sqs", "aws-sdk:dynamodb" */
    Str           api;           /* "sendMessage", "putItem" without its pattern; "startExecution.sync:2" keeps its ":2" in sync_version */
    int           sync_version;  /* 1 or 2 for ASL_SYNC */
    Str           parameters;    /* JSON text */
    Str           role_arn;      /* of Credentials; no data: none */
    Str           token;         /* with ASL_WAIT_FOR_TOKEN and activities: the task's token */
    Str           map_run_arn;
} AslAction;

/* A token leads back to what waits for it. False: it is none of ours. */
bool asl_token_parse(Arena *arena, Str token, Str *out_key, uint32_t *out_thread, uint32_t *out_attempt);

/* Whether the thread still waits for that attempt of its task with that very token. */
bool asl_token_waits(Arena *scratch, const AslState *state, Str token);

/* ---- history ---- */

typedef enum AslHistoryType {
#define ASL_HISTORY(name, details) ASL_H_##name,
#include "asl/history_types.h"
#undef ASL_HISTORY
    ASL_HISTORY_TYPES
} AslHistoryType;

typedef struct AslTaskAbout { /* what events of tasks say besides */
    Str     resource_type, resource; /* of activities and functions: only resource, an ARN */
    Str     region;
    Str     role_arn;       /* of Credentials */
    int64_t timeout_s;      /* -1: none */
    int64_t heartbeat_s;    /* -1: none */
} AslTaskAbout;

typedef struct AslHistory {
    uint32_t            id, previous;
    AslHistoryType      type;
    uint32_t            number;   /* an iteration's index, a Map's length, a redrive's count */
    Instant             time;
    Str                 name;     /* of the state; of a started activity the worker's */
    Str                 text;     /* input, output or parameters, as JSON text; a map run's ARN */
    Str                 assigned; /* variables that an exit assigned: a JSON object of their texts */
    Str                 error, cause; /* no data: not there */
    Str                 location; /* EvaluationFailed */
    const AslTaskAbout *task;
    Str                 role_arn; /* ExecutionStarted */
} AslHistory;

Str asl_history_type_name(AslHistoryType type);

/* As GetExecutionHistory shows it. Without data: inputs, outputs, parameters and variables left out, `truncated` said. */
Json *asl_history_json(Arena *arena, const AslHistory *event, bool with_data);

/* For storing: bytes that read back the same. A text that is also that of the event `before` is not repeated; NULL: there is none,
 * and reading wants the same one. */
void   asl_history_encode(const AslHistory *event, const AslHistory *before, Buffer *out);
Error *asl_history_decode(Arena *arena, Str bytes, const AslHistory *before, AslHistory *out); /* borrows the bytes */

/* ---- stepping ---- */

typedef enum AslStatus { ASL_RUNNING, ASL_SUCCEEDED, ASL_FAILED, ASL_TIMED_OUT, ASL_ABORTED } AslStatus;

typedef struct AslStep { /* its texts live in the step's arena, the program, the event or the state as it was */
    AslStatus   status;
    Str         output;       /* when succeeded: JSON text */
    Str         error, cause; /* when it did not; no data: none */
    bool        ignored;      /* nobody waits for this event any more; nothing has changed */
    bool        more;         /* there is more to do at once: send CONTINUE. Bounds a single step */
    AslCell    *cells;
    size_t      cell_count;
    AslHistory *history;
    size_t      history_count;
    AslAction  *actions;
    size_t      action_count;
    Str         next_state;   /* of a single state's program: where it would go on; "" for an end */
    Str         exceeded;     /* with `relaxed`: the first limit that the service would have stopped at */
} AslStep;

enum { ASL_STEP_STATES_MAX = 20000, ASL_STEP_BYTES_MAX = 64 << 20 }; /* states that one step enters, and memory it takes, before it says `more` */

Error *asl_step(Arena *arena, const AslProgram *program, const AslAbout *about, const AslState *state,
                const AslEvent *event, Instant now, AslStep *out);

/* ---- looking in ---- */

/* What the data of a state went through, for TestState; texts of JSON, no data where a stage does not apply. */
typedef struct AslInspection {
    Str input, after_input_path, after_parameters, after_arguments, after_items_path, after_items_pointer, after_item_selector,
        after_item_batcher, result, after_result_selector, after_result_path, variables;
    Str tolerated_failure_count, tolerated_failure_percentage, max_concurrency; /* numbers */
    int retry_index, catch_index; /* -1: none */
    int64_t retry_backoff_s;      /* -1: none */
} AslInspection;

#endif
