/* map_runs.h -- map runs: what is stored of them, and what their files share.
 *
 *     map_runs.c          a run's life: it begins, its children begin and end, it ends, it is redriven
 *     map_run_items.c     what its children get
 *     map_run_results.c   what is made of what they give
 *     map_run_record.c    its rows
 *     map_run_tell.c      the operations
 *
 *     TABLE_STATES_MAP_RUN        run (8)                              its record (map_run_record.c)
 *     TABLE_STATES_MAP_RUN_NAME   account/region/machine/label:id      -> run (8)
 *     TABLE_STATES_MAP_OF         execution (8), run (8)               nothing: the runs of an execution
 *     TABLE_STATES_MAP_RESULT     run (8), child (8)                   how a child has ended (map_run_results.c)
 *     TABLE_STATES_LIST           run (8), status, ~execution          its standard children (executions.h)
 *
 * Children are numbered from 0 in the order of their items. */
#ifndef SERVICES_STATES_MAP_RUNS_H
#define SERVICES_STATES_MAP_RUNS_H

#include "services/states/executions.h"

typedef enum StatesMapStatus { /* on disk */
    STATES_MAP_RUNNING,
    STATES_MAP_SUCCEEDED,
    STATES_MAP_FAILED,
    STATES_MAP_ABORTED,
} StatesMapStatus;

typedef enum StatesMapForm { /* on disk: of the result, ResultWriter's Transformation */
    STATES_MAP_COMPACT,
    STATES_MAP_NONE,
    STATES_MAP_FLATTEN,
} StatesMapForm;

typedef struct StatesMapTally { /* of children, or of their items */
    uint64_t begun;
    uint64_t running, succeeded, failed, timed_out, aborted; /* with those that wait to be redriven, as many as have begun */
    uint64_t pending_redrive;
    uint64_t lost; /* of the failed, timed out and aborted: cannot be redriven */
} StatesMapTally;

typedef struct StatesMapRun {
    uint64_t        number;     /* not in the record */
    StatesMapStatus status;
    StatesMapForm   form;
    bool            lines;      /* the result is a text of lines, OutputType JSONL */
    bool            express;    /* its children are */
    bool            batched;    /* a child may have several items */
    bool            continuing; /* a timer is set to go on, or a call is about to */
    bool            redriving;  /* children that have failed go on before new ones begin */
    StatesOwner     owner;
    Str             arn, label, execution_arn, state_name, version_arn, alias_arn, trace;
    uint64_t        execution;  /* it belongs to, */
    uint32_t        thread, attempt; /* and what of it waits for its end */
    uint32_t        machine;    /* of the program, that children run */
    uint32_t        concurrency_max; /* 0: no limit of its own */
    int64_t         tolerated_count; /* -1: none given */
    double          tolerated_percentage; /* negative: none given */
    Instant         started, stopped, redriven;
    uint32_t        redrives;
    uint64_t        items_total;
    uint64_t        result_bytes; /* about, of what succeeded children gave */
    uint64_t        redrive_next; /* redriving: children before this one have had their turn */
    StatesMapTally  children, items;
} StatesMapRun;

/* ---- rows (map_run_record.c); texts of what was read live in the call's arena ---- */
Error *states_map_run_read(Context *context, uint64_t number, StatesMapRun *out, bool *out_found);
Error *states_map_run_save(Context *context, const StatesMapRun *run);
Error *states_map_run_insert(Context *context, const StatesMapRun *run); /* with its name and its place in the execution's list */
Error *states_map_run_find(Context *context, Str arn, StatesMapRun *out); /* InvalidArn, ResourceNotFound */
Error *states_map_run_by_arn(Context *context, Str arn, StatesMapRun *out, bool *out_found); /* of our own making */
Error *states_map_run_of(Context *context, uint64_t execution, uint32_t thread, StatesMapRun *out, bool *out_found); /* that runs */
Str    states_map_status_name(StatesMapStatus status);

/* ---- items (map_run_items.c) ---- */
typedef struct StatesMapInput {
    Str      text;         /* no data: there is no such child */
    uint32_t items;
    Str      error, cause; /* no data: all is well */
} StatesMapInput;

/* How many items there are; *out_error has data where they cannot be had. */
Error *states_map_items_count(Context *context, const StatesMapRun *run, uint64_t *out_total, Str *out_error, Str *out_cause);
/* Of one child. Fast as long as the children are asked for in order. */
Error *states_map_items_get(Context *context, const StatesMapRun *run, uint64_t child, StatesMapInput *out);
void   states_map_items_drop(Context *context, const StatesMapRun *run); /* from memory */
void   states_map_items_forget(States *states);

/* ---- results (map_run_results.c) ---- */
Error *states_map_result_write(Context *context, StatesMapRun *run, const StatesExecution *child);
/* What the state gets; *out_fits is false where that is too large for a payload. */
Error *states_map_result_text(Context *context, const StatesMapRun *run, Str *out, bool *out_fits);
Error *states_map_result_sweep(Context *context, const StatesMapRun *run, bool *out_more); /* nobody asks for them any more */

typedef struct StatesMapFailure { /* a child that has not succeeded */
    uint64_t  child, execution;
    AslStatus status;
    uint32_t  items;
    uint32_t  round; /* the run's redrives when it ended */
    bool      lost;  /* it cannot be redriven */
} StatesMapFailure;

bool   states_map_child_is_lost(const StatesExecution *child);

Error *states_map_failure_next(Context *context, const StatesMapRun *run, uint64_t from, StatesMapFailure *out, bool *out_found);
Error *states_map_failure_get(Context *context, const StatesMapRun *run, uint64_t child, StatesMapFailure *out, bool *out_found);
Error *states_map_failure_remove(Context *context, const StatesMapRun *run, uint64_t child);

/* ---- life (map_runs.c) ---- */
Error *states_map_run_changed(StatesPump *pump, StatesMapRun *run); /* its limits: does what follows from that, and saves it */

/* ---- for others (map_run_tell.c) ---- */
/* PENDING_REDRIVE, while a child waits for its turn; else the execution's own. */
Error *states_shown_status(Context *context, const StatesExecution *execution, Str *out);

#endif
