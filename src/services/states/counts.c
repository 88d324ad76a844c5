/* counts.c -- see counts.h.
 *
 *     TABLE_STATES_COUNT   kind (1 byte), what it counts of -> the number (8); no row is 0
 *
 * In memory a count is what the store will have when the batch is complete. When the uses of a revision have come to
 * nothing at that time, its row is deleted; ids are never used again, so nobody can find it by mistake later. */
#include "services/states/counts.h"

struct StatesCount {
    Str          key;
    int64_t      value;
    bool         dirty;
    StatesCount *next_dirty;
    char         bytes[];
};

enum { KEY_MAX = 1 + 16 + STATES_REGION_MAX, VALUE_SIZE = 8 };

static StatesCount *count_new(States *states, Str key)
{
    StatesCount *count = memory_alloc_zero(sizeof *count + key.length);
    if (!count) return NULL;
    memcpy(count->bytes, key.data, key.length);
    count->key = str_from(count->bytes, key.length);
    if (map_put(&states->counts, count->key, count)) return count;
    memory_free(count);
    return NULL;
}

static Error *load(Context *context, Str key, StatesCount **out)
{
    Str  row;
    bool found;
    TRY(store_get(context->store, context->arena, TABLE_STATES_COUNT, key, &row, &found));
    if (found && row.length != VALUE_SIZE) return error_new(ERR_CORRUPT, "a stored count of states cannot be read");
    StatesCount *count = count_new(states_of(context), key);
    if (!count) return error_memory();
    if (found) count->value = (int64_t)bytes_get_u64(row.data);
    if (states_of(context)->counts.count >= STATES_COUNTS_MAX) context_tick_at(context, context->now);
    *out = count;
    return NULL;
}

Error *states_count(Context *context, StatesCountKind kind, Str of, StatesCount **out)
{
    char key[KEY_MAX];
    if (of.length >= sizeof key) return error_new(ERR_LIMIT, "the name of the account or the region is too long");
    key[0] = (char)kind;
    if (of.length) memcpy(key + 1, of.data, of.length);
    Str name = str_from(key, 1 + of.length);
    *out = map_get(&states_of(context)->counts, name);
    return *out ? NULL : load(context, name, out);
}

Error *states_count_of_id(Context *context, StatesCountKind kind, uint64_t id, StatesCount **out)
{
    char key[STATES_ID_SIZE];
    return states_count(context, kind, states_id_key(key, id), out);
}

int64_t states_count_value(const StatesCount *count)
{
    return count->value;
}

void states_count_add(States *states, StatesCount *count, int64_t delta)
{
    count->value += delta;
    if (count->dirty) return;
    count->dirty = true;
    count->next_dirty = states->dirty_counts;
    states->dirty_counts = count;
}

Error *states_next_id(Context *context, uint64_t *out)
{
    StatesCount *count;
    TRY(states_count(context, STATES_COUNT_IDS, STR(""), &count));
    states_count_add(states_of(context), count, 1);
    *out = (uint64_t)count->value;
    return NULL;
}

static Error *write_count(Context *context, const StatesCount *count)
{
    char value[VALUE_SIZE];
    bytes_put_u64(value, (uint64_t)count->value);
    if (count->value) return store_put(context->store, TABLE_STATES_COUNT, count->key, str_from(value, sizeof value));
    if (count->key.data[0] == STATES_COUNT_USES)
        TRY(store_delete(context->store, TABLE_STATES_REVISION, str_slice(count->key, 1, count->key.length)));
    return store_delete(context->store, TABLE_STATES_COUNT, count->key);
}

Error *states_counts_write(Context *context)
{
    States *states = states_of(context);
    while (states->dirty_counts) {
        StatesCount *count = states->dirty_counts;
        TRY(write_count(context, count));
        states->dirty_counts = count->next_dirty;
        count->dirty = false;
    }
    return NULL;
}

/* ---- what is kept ---- */

/* Backwards: a removal moves the last entry into the gap. */
void states_counts_trim(States *states)
{
    if (states->counts.count < STATES_COUNTS_MAX) return;
    for (size_t i = states->counts.count; i-- > 0;) {
        StatesCount *count = states->counts.entries[i].value;
        if (count->dirty) continue;
        map_remove(&states->counts, count->key);
        memory_free(count);
    }
}

void states_counts_forget(States *states)
{
    for (size_t i = 0; i < states->counts.count; i++) memory_free(states->counts.entries[i].value);
    map_done(&states->counts);
    states->dirty_counts = NULL;
}
