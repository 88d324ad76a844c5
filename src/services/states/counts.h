/* counts.h -- numbers that change with nearly every call and are written once a batch. */
#ifndef SERVICES_STATES_COUNTS_H
#define SERVICES_STATES_COUNTS_H

#include "services/states/states_internal.h"

typedef enum StatesCountKind {
    STATES_COUNT_IDS = 'n',        /* ids given out, of machines, revisions and activities alike; of nothing */
    STATES_COUNT_MACHINES = 'm',   /* of an account in a region: "account/region" */
    STATES_COUNT_ACTIVITIES = 'a', /* the same */
    STATES_COUNT_USES = 'r',       /* of a revision: being the current one, versions, executions that are remembered */
    STATES_COUNT_RUNNING = 'x',    /* executions of a machine that run */
} StatesCountKind;

/* A count that is not stored is 0. It lives until the call ends. */
Error  *states_count(Context *context, StatesCountKind kind, Str of, StatesCount **out);
Error  *states_count_of_id(Context *context, StatesCountKind kind, uint64_t id, StatesCount **out);
int64_t states_count_value(const StatesCount *count);

/* Last in a call that writes rows of its own: what it changes is written with their batch, and not taken back when the call
 * is refused. A revision that nobody uses any more goes with the batch too. */
void states_count_add(States *states, StatesCount *count, int64_t delta);

Error *states_next_id(Context *context, uint64_t *out);

Error *states_counts_write(Context *context); /* before the batch is committed */
void   states_counts_trim(States *states);    /* between calls: within bounds again */
void   states_counts_forget(States *states);

#endif
