/* states_internal.h -- what all files of the service share. */
#ifndef SERVICES_STATES_STATES_INTERNAL_H
#define SERVICES_STATES_STATES_INTERNAL_H

#include "base/bytes.h"
#include "base/map.h"
#include "engine/context.h"
#include "services/states/states.h"
#include "services/states/states_limits.h"

#define FAULT(name, code, query_code, status) extern const Fault states_##name;
#include "services/states/states_errors.h"
#undef FAULT

#define OP(name, function, flags, summary) OperationRun function;
#include "services/states/states_ops.h"
#undef OP

typedef struct StatesCount         StatesCount;
typedef struct StatesKeptRevision  StatesKeptRevision;
typedef struct StatesExecution     StatesExecution;

/* What the service keeps in memory; all of it can be read again from the store. */
typedef struct States {
    Map                 rows;         /* small rows by table and key (rows.c) */
    bool                rows_written; /* some of them in this batch */
    Map                 counts;       /* (counts.c) */
    StatesCount        *dirty_counts;
    Map                 revisions;    /* by id (revisions.c) */
    StatesKeptRevision *newest, *oldest;
    size_t              revision_bytes;
    Buffer              scratch; /* for rows while they are written */
    Buffer              event;   /* for an event of a history */
    Map                 executions; /* that are held, by number (execution_store.c) */
    StatesExecution    *execution_newest, *execution_oldest;
    StatesExecution    *execution_unborn; /* not held yet: where memory runs out before they are, they go with all the rest */
    uint64_t            revived;    /* express executions up to this number run again after a crash */
    Map                 map_items;  /* of map runs that are under way, by number (map_run_items.c) */
    Map                 answers;    /* of StartSyncExecution, until they are fetched: by request (sync.c) */
} States;

static inline States *states_of(const Context *context)
{
    return context->state;
}

enum { STATES_ID_SIZE = 8 };

static inline Str states_id_key(char out[STATES_ID_SIZE], uint64_t id)
{
    bytes_put_u64(out, id);
    return str_from(out, STATES_ID_SIZE);
}

#endif
