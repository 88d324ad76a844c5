/* run.h -- one step under way: the threads it has touched, what it has noted, what it wants done. Private to this folder.
 *
 * Threads are read from the state's cells when they are first needed and written back at the end, if they have changed. A
 * thread that is begun and ends within one step never becomes a cell. The work to do is a stack of threads: the topmost one
 * runs until it waits, ends, or puts a child above itself; so branches and iterations run one after the other, in order. */
#ifndef ASL_RUN_H
#define ASL_RUN_H

#include "asl/program.h"

/* A payload as text, as a value, or both; each is made from the other when it is first asked for. */
typedef struct AslValue {
    Json *json;
    Str   text;    /* no data: not made yet */
    bool  compact; /* the text is as json_text would write it */
} AslValue;

/* ORDER of phases: stored by number. */
typedef enum AslPhase {
    ASL_READY,    /* about to enter its state */
    ASL_WAITING,  /* in a Wait */
    ASL_WORKING,  /* its task is out */
    ASL_RETRYING, /* waits to try again */
    ASL_FORKED,   /* its branches or iterations run */
    ASL_MAPPING,  /* its map run is out */
    ASL_BROKEN,   /* its state has failed the execution: a redrive begins here */
    ASL_AGAIN,    /* about to begin its state again, by a redrive, without entering it */
} AslPhase;

typedef struct AslArrival { /* a child's result */
    struct AslArrival *next;
    uint32_t           index;
    AslValue           result;
} AslArrival;

typedef struct AslThread AslThread;
struct AslThread {
    uint32_t        id, parent, index; /* index: which branch or iteration of the parent */
    const AslBlock *block;
    uint32_t        state;
    AslPhase        phase;
    uint32_t        previous;         /* the last event of its chain */
    uint32_t        entered_id, entered_previous;
    Instant         entered_time;
    uint32_t        attempt;          /* counts tasks and map runs of this thread, also over states */
    uint32_t        retry_count;      /* of this state, by all retriers */
    uint32_t       *retries;          /* by each retrier; NULL: none yet */
    Instant         due;              /* WAITING, RETRYING */
    Instant         timeout, heartbeat; /* of a task; 0: none */
    int64_t         heartbeat_s;      /* to begin again with; 0: none */
    int64_t         timeout_s;        /* for histories; 0: none */
    uint64_t        nonce;            /* makes its token one that nobody can guess */
    bool            wants_token;
    bool            timer;            /* one is set */
    uint32_t        total, next, running, limit; /* children: in all, begun, under way, at a time (0: all). With a map run,
                                                    total is how often it was redriven */
    uint32_t        forked;           /* the event that they follow from; MapRunStarted. 0 in a Map: no run was begun */

    AslValue        input;
    AslValue        item;             /* of an iteration: $$.Map.Item.Value */
    AslValue        variables;        /* of its block; no value: none */

    /* Children's affairs: the items' text and where the next one begins; results by index. */
    Str             items;
    size_t          cursor;
    AslValue       *results;          /* of a parent that was begun in this step; else: */
    AslArrival     *arrived;          /* those that came in this step, the others are in cells */
    AslValue        effective;        /* the input that ItemSelector sees; made when needed */

    AslThread *up;                    /* the parent; NULL: not looked up yet, or the main thread */
    AslThread *newer, *older;         /* all threads that the step knows */
    bool       stored, items_stored;  /* it is in cells */
    bool       head_changed, body_changed; /* what has to be written */
    bool       gone, stacked;
    bool       failed;                /* by its children */
    bool       doomed;                /* about to be stopped */
};

typedef struct AslRun {
    Arena            *arena;
    const AslProgram *program;
    const AslAbout   *about;
    const AslState   *state;
    const AslEvent   *event;
    Instant           now;
    uint64_t          seed;
    AslStep          *step;

    uint32_t    next_event, next_thread;
    bool        heartbeat_missed; /* the failure at hand is a missed heartbeat */
    AslStatus   status;
    AslValue    execution_input; /* only where the program wants it */
    Instant     deadline;        /* of the machine; 0: none */
    bool        deadline_set;    /* a timer is */
    bool        machine_changed, input_changed;
    AslThread  *main;            /* the main thread */

    AslThread  *threads; /* that the step knows, the newest first */
    AslThread **table;   /* those that came from cells, by id: open addressing */
    uint32_t    table_capacity, table_count;
    AslThread **stack;
    uint32_t    stack_capacity, stack_count;
    AslThread  *spare; /* ended threads, to be used again; linked by `older` */

    AslCell    *cells;
    size_t      cell_capacity;
    size_t      history_capacity, action_capacity;
    AslHistory  unheard; /* where events go that nobody wants */
    uint32_t    entered; /* states, in this step */
    size_t      held;    /* by the arena when it began */
} AslRun;

/* ---- values (value.c) ---- */
const Json *asl_value_json(AslRun *run, AslValue *value);
Str         asl_value_text(AslRun *run, AslValue *value);
Str         asl_value_compact(AslRun *run, AslValue *value);
Str         asl_value_shown(AslRun *run, AslValue *value); /* a part of a text as it stands in that */
AslValue    asl_value_of(Json *json);
AslValue    asl_value_of_text(Str text);
static inline bool asl_value_is(const AslValue *value) { return value->json || value->text.data; }
/* The extent of the JSON value that begins at `from`; the text is known to be JSON. */
size_t      asl_value_end(Str text, size_t from);

/* ---- threads (thread.c) ---- */
AslThread *asl_thread_get(AslRun *run, uint32_t id); /* NULL: there is none. Threads begun in this step are not asked for by id */
AslThread *asl_thread_up(AslRun *run, AslThread *thread); /* the parent, or NULL */
AslThread *asl_thread_new(AslRun *run, AslThread *parent, uint32_t index, const AslBlock *block);
void       asl_thread_drop(AslRun *run, AslThread *thread); /* with its cells and its children's */
void       asl_thread_children(AslRun *run, const AslThread *parent, AslThread ***out, size_t *out_count);
void       asl_thread_push(AslRun *run, AslThread *thread);
void       asl_thread_set_result(AslRun *run, AslThread *parent, uint32_t index, AslValue result);
AslValue  *asl_thread_results(AslRun *run, AslThread *parent); /* all of them, when all have come */
void       asl_thread_forget_results(AslRun *run, AslThread *parent);
bool       asl_run_load(AslRun *run);  /* false: a state that cannot be */
void       asl_run_store(AslRun *run); /* the step's cells */

static inline const AslStateDef *asl_def(const AslThread *thread) { return &thread->block->states[thread->state]; }

/* ---- notes and wishes (note.c) ---- */
AslHistory *asl_note(AslRun *run, AslThread *thread, AslHistoryType type);      /* and goes on from there */
AslHistory *asl_note_aside(AslRun *run, AslThread *thread, AslHistoryType type); /* nothing follows from it */
AslAction  *asl_act(AslRun *run, AslActionKind kind, uint32_t thread);
void        asl_set_timer(AslRun *run, AslThread *thread); /* to what comes first of its due times; clears it if nothing does */
Str         asl_uuid(AslRun *run);
Str         asl_token(AslRun *run, const AslThread *thread);

/* ---- data flow (flow.c, context.c) ---- */
typedef struct AslStage { /* a scope, and whose it is */
    AslScope   scope; /* the first member: asl_context goes from it to the rest */
    AslRun    *run;
    AslThread *thread;
    AslThread *item_of; /* whose item $$.Map.Item is, where that is not a thread around this one */
} AslStage;

void asl_stage(AslRun *run, AslThread *thread, const Json *input, AslStage *out);
const Json *asl_context(const AslScope *scope);

bool asl_path_field(AslRun *run, AslThread *thread, const AslPathField *field, AslValue from, AslValue *out, AslFault *fault);
bool asl_result_path(AslRun *run, AslThread *thread, const AslPathField *field, AslValue *result, AslFault *fault);
bool asl_payload(AslStage *stage, const AslPayload *payload, Json **out, AslFault *fault);
static inline bool asl_payload_is(const AslPayload *payload) { return payload->expression || payload->template; }
bool asl_effective_input(AslRun *run, AslThread *thread, AslValue *out, AslFault *fault); /* InputPath */
bool asl_arguments(AslRun *run, AslThread *thread, AslValue *out, AslFault *fault);       /* and Parameters or Arguments */
/* From a state's result to its output: ResultSelector, ResultPath and OutputPath, or Output; and Assign. */
bool asl_result(AslRun *run, AslThread *thread, AslValue result, AslValue *out, Json **assigned, AslFault *fault);
bool asl_assign(const AslPayload *assign, AslStage *stage, Json **assigned, AslFault *fault);
/* A field in any of its forms. *out is NULL where the field is absent; asl_field_number leaves it alone then. */
bool asl_field_value(AslRun *run, AslThread *thread, const AslField *field, const Json *input, const Json **out, AslFault *fault);
bool asl_field_int(AslRun *run, AslThread *thread, const AslField *field, const Json *input, int64_t *out, AslFault *fault);
bool asl_field_number(AslRun *run, AslThread *thread, const AslField *field, const Json *input, double *out, AslFault *fault);
Str  asl_field_path(const AslField *field); /* as written; empty: it has none */

/* ---- going on (step.c, failure.c) ---- */
void asl_leave(AslRun *run, AslThread *thread, AslValue output, Json *assigned, const AslTarget *target);
void asl_leave_with(AslRun *run, AslThread *thread, AslValue result); /* by Next, with what its fields make of the result */
void asl_finish_thread(AslRun *run, AslThread *thread);
void asl_end(AslRun *run, AslStatus status, Str error, Str cause);
void asl_break(AslRun *run, AslThread *thread, Str error, Str cause); /* the state has failed: Retry, Catch, or up */
void asl_break_by(AslRun *run, AslThread *thread, const AslFault *fault); /* by its own fields */
bool asl_check_size(AslRun *run, Str what, Str text, AslFault *fault); /* false: too large */
void asl_stop_children(AslRun *run, AslThread *parent, bool keep); /* notes the aborts; keep: for a redrive */
void asl_cancel(AslRun *run, AslThread *thread); /* its timer, task or map run */

/* ---- a file per type of state ---- */
void asl_enter_pass(AslRun *run, AslThread *thread);
void asl_enter_task(AslRun *run, AslThread *thread);
void asl_enter_choice(AslRun *run, AslThread *thread);
void asl_enter_wait(AslRun *run, AslThread *thread);
void asl_enter_succeed(AslRun *run, AslThread *thread);
void asl_enter_fail(AslRun *run, AslThread *thread);
void asl_enter_parallel(AslRun *run, AslThread *thread);
void asl_enter_map(AslRun *run, AslThread *thread);
void asl_task_event(AslRun *run, AslThread *thread);
void asl_task_timer(AslRun *run, AslThread *thread);
void asl_map_event(AslRun *run, AslThread *thread);
bool asl_redrive_map_run(AslRun *run, AslThread *thread); /* goes on with the run that it had; false: it had none */
void asl_map_done(AslRun *run, AslThread *thread);      /* all iterations have ended */
void asl_parallel_done(AslRun *run, AslThread *thread); /* all branches have */
void asl_wait_over(AslRun *run, AslThread *thread);
void asl_run_state(AslRun *run, AslThread *thread);     /* what it does after it was entered; again for a retry or a redrive */
bool asl_fork_next(AslRun *run, AslThread *parent); /* begins another child; false: not now */
void asl_fork(AslRun *run, AslThread *parent, uint32_t total, uint32_t limit, uint32_t after);
AslValue asl_join(AslRun *run, AslThread *parent);
void asl_child_done(AslRun *run, AslThread *parent, AslThread *child, AslValue output);
void asl_child_broken(AslRun *run, AslThread *parent, AslThread *child, Str error, Str cause);

#endif
