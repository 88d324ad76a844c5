/* executions.h -- executions: what is stored of them, how they are moved on. For the files of the data plane.
 *
 * An execution is a number, born from the counter of ids. Its rows:
 *
 *     TABLE_STATES_EXECUTION   number (8)                            its record (execution_record.c)
 *     TABLE_STATES_NAME        account/region/machine, 0, name       -> number (8); of a Map's child "LABEL/name"; made up names need none
 *     TABLE_STATES_LIST        machine or map run (8), status (1), ~number (8)   nothing: the newest first
 *     TABLE_STATES_HISTORY     number (8), first event (4)           events, each a text (history.c)
 *     TABLE_STATES_CELL        number (8), cell (8)                  a cell of its state (asl.h)
 *     TABLE_STATES_TIMER       number (8), thread (4)                -> the engine's timer (8)
 *     TABLE_STATES_CHILD       number (8), thread (4)                -> the execution it waits for (8)
 *
 * Those that run are kept in memory as well, with their state and their definition; when there are too many, those that
 * have not moved for longest are dropped and read again when something happens to them. Express executions are in memory
 * only, but for a row of TABLE_STATES_EXPRESS (the same record) while an asynchronous one has not ended: after a crash it
 * begins again.
 *
 * Everything that happens to an execution is an event that is sent to it. Events are worked off in order within the call that
 * caused them: a step, then what the step asked for, which may send events to this and to other executions. */
#ifndef SERVICES_STATES_EXECUTIONS_H
#define SERVICES_STATES_EXECUTIONS_H

#include "asl/maprun.h"
#include "services/states/machines.h"
#include "services/states/names.h"

typedef enum StatesParentKind { /* on disk: who waits for an execution's end */
    STATES_NO_PARENT,
    STATES_PARENT_SYNC,    /* a task startExecution.sync */
    STATES_PARENT_SYNC_2,  /* .sync:2, which wants the output as JSON */
    STATES_PARENT_MAP_RUN,
} StatesParentKind;

typedef struct StatesParent {
    StatesParentKind kind;
    uint64_t         execution; /* or the map run's number */
    uint32_t         thread, attempt; /* of a map run's child: its index in the run, and how many items it has */
} StatesParent;

typedef struct StatesRedriveToken { /* of a client: the same again is answered the same way for a while */
    uint64_t hash;
    Instant  used;
} StatesRedriveToken;

typedef struct StatesExecution StatesExecution;
struct StatesExecution {
    uint64_t     number;
    AslStatus    status;
    bool         express, sync; /* sync: StartSyncExecution waits, it must not begin twice */
    StatesOwner  owner;
    Str          name;
    Str          label;         /* of a Distributed Map's child; of an express one what its ARN has behind its name */
    Str          version_arn, alias_arn, trace;
    Instant      started, stopped, redriven;
    uint32_t     redrives;
    uint32_t     events;        /* of its history so far */
    uint32_t     machine;       /* of a map run's child: which machine of the program it runs (asl_program_number) */
    StatesParent parent;
    Str          input, output; /* output: no data where there is none */
    Str          error, cause;  /* the same */
    Str          request;       /* sync: of the call that waits */
    StatesRedriveToken tokens[STATES_REDRIVE_TOKENS]; /* the latest first */
    uint32_t     token_count;

    /* in memory: */
    char         key[STATES_ID_SIZE];
    AslState    *state;
    const StatesRevision *revision; /* kept */
    const AslProgram     *program;  /* the revision's, or one of its Maps' */
    char        *bytes;             /* of the record that the texts borrow from */
    int          listed;            /* the status that its row says; -1: it has no row yet */
    bool         touched;           /* the pump has to save it */
    bool         counted, remembered; /* as running; at all (states_executions_add) */
    bool         held;              /* in the table of those that run */
    StatesExecution *newer, *older; /* of those held */
    StatesExecution *next_touched;
};

/* ---- records (execution_record.c) ---- */
void   states_execution_encode(Buffer *out, const StatesExecution *execution);
Error *states_execution_decode(Str row, StatesExecution *out); /* texts borrow from the row */

/* ---- lists: the rows of one begin with this, and go on with the complement of the number ---- */
enum { STATES_LIST_PREFIX = 9 };
static inline Str states_list_prefix(char out[STATES_LIST_PREFIX], uint64_t list, AslStatus status)
{
    bytes_put_u64(out, list);
    out[8] = (char)status;
    return str_from(out, STATES_LIST_PREFIX);
}

/* ---- finding (execution_store.c) ---- */
Str    states_execution_arn(Arena *arena, const StatesExecution *execution);
Str    states_execution_machine(Arena *arena, const StatesExecution *execution); /* "NAME"; of a map run's child "NAME/LABEL" */
Error *states_execution_read(Context *context, uint64_t number, StatesExecution *out, bool *out_found); /* the record alone */
/* By ARN: InvalidArn, ExecutionDoesNotExist. Express executions are not found. */
Error *states_execution_find(Context *context, Str arn, StatesExecution *out);
Error *states_execution_by_name(Context *context, const StatesMachine *machine, Str name, StatesExecution *out, bool *out_found);
Str    states_execution_make_name(Context *context, uint64_t number); /* for one that was given none */
/* With its state and program, to be moved on; NULL: there is none, or it has ended and `ended` is not wanted. */
Error *states_execution_load(Context *context, uint64_t number, bool ended, StatesExecution **out);
Error *states_execution_save(Context *context, StatesExecution *execution); /* its record, its places in lists; `execution` may be gone */
Error *states_execution_new(Context *context, StatesExecution **out); /* to be held, or dropped */
Error *states_execution_prepare(Context *context, StatesExecution *execution); /* its revision and program */
Error *states_execution_hold(Context *context, StatesExecution *execution);
void   states_execution_drop(Context *context, StatesExecution *execution); /* from memory */
void   states_executions_trim(Context *context); /* between calls */
void   states_executions_forget(States *states);
Error *states_executions_revive(Context *context, bool *out_more); /* express ones that a crash has cut off begin again */

/* ---- moving on (pump.c) ---- */
typedef struct StatesPump StatesPump; /* the events that wait within one call */

StatesPump *states_pump(Context *context);
void   states_pump_send(StatesPump *pump, uint64_t execution, const AslEvent *event); /* texts live in the call's arena */
Error *states_pump_run(StatesPump *pump); /* until nothing waits */
/* One event and all that follows. *out_ignored: nobody waited for it. */
Error *states_send(Context *context, uint64_t execution, const AslEvent *event, bool *out_ignored);

/* ---- beginning (start.c) ---- */
typedef struct StatesStart {
    const StatesMachine *machine;
    Str          name;   /* empty: one is made up */
    Str          input;  /* JSON text */
    Str          trace;
    StatesParent parent;
    bool         sync;
    Str          request;
    /* of a map run's child: */
    uint64_t     revision;   /* 0: the machine's */
    Str          label;
    uint32_t     number;     /* which machine of the program */
    bool         express;
} StatesStart;

/* What StartExecution does: refusals as it has them, all before anything is changed. The execution's START waits in the pump, unless
 * an identical call has started it before. */
Error *states_start(StatesPump *pump, const StatesStart *start, uint64_t *out_number, Str *out_arn, Instant *out_started);

/* The parameters of StartExecution and StartSyncExecution, checked; the machine is resolved into `machine`. */
Error *states_start_input(Context *context, const Json *input, StatesMachine *machine, StatesStart *out);
Error *states_input_check(Arena *arena, Str input); /* InvalidExecutionInput where it is no JSON */

/* ---- what steps ask for (tasks.c, nested.c, activity_tasks.c, map_runs.c) ---- */
Error *states_task_begin(StatesPump *pump, StatesExecution *execution, const AslAction *action);
Error *states_task_stop(StatesPump *pump, StatesExecution *execution, const AslAction *action);
Error *states_nested_begin(StatesPump *pump, StatesExecution *execution, const AslAction *action, const Json *parameters);
Error *states_nested_ended(StatesPump *pump, StatesExecution *execution); /* tells the parent */
Error *states_nested_stop(StatesPump *pump, StatesExecution *execution, const AslAction *action);
Error *states_activity_begin(StatesPump *pump, StatesExecution *execution, const AslAction *action);
Error *states_map_run_begin(StatesPump *pump, StatesExecution *execution, const AslAction *action);
Error *states_map_run_stop(StatesPump *pump, StatesExecution *execution, const AslAction *action);
Error *states_map_child_ended(StatesPump *pump, StatesExecution *child);

Context *states_pump_context(StatesPump *pump);
/* Answers a task. A text without data is none. */
void states_answer(StatesPump *pump, const StatesExecution *execution, const AslAction *action, AslEventKind kind, Str payload, Str error, Str cause);

Str states_status_name(AslStatus status);

#endif
