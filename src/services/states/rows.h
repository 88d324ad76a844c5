/* rows.h -- small rows of the service's tables, kept in memory once they were read. */
#ifndef SERVICES_STATES_ROWS_H
#define SERVICES_STATES_ROWS_H

#include "services/states/states_internal.h"

typedef struct StatesRow {
    Str key;
    Str value;
} StatesRow;

Error *states_row_get(Context *context, StoreTable table, Str key, Str *out, bool *out_found); /* in the arena */
Error *states_row_put(Context *context, StoreTable table, Str key, Str value);
Error *states_row_put_scratch(Context *context, StoreTable table, Str key); /* the value is what is in scratch */
Error *states_row_delete(Context *context, StoreTable table, Str key);

/* Up to `max` rows in the order of their keys: those that begin with `prefix` and come after `after`. */
Error *states_row_list(Context *context, StoreTable table, Str prefix, Str after, size_t max, StatesRow **out,
                       size_t *out_count);

Str states_join(Arena *arena, Str first, Str second); /* bytes of any kind */

void states_rows_commit(States *states); /* the batch is complete */
void states_rows_trim(States *states);   /* between calls: within bounds again */
void states_rows_forget(States *states);

#endif
