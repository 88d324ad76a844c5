/* rows.c -- see rows.h.
 *
 * Starting an execution reads the rows of its machine, alias and version; they change seldom. A row that was read is
 * kept, a row that is written is dropped and marked: until its batch is complete it is read from the store, because a
 * call that is refused takes back what it wrote, and nobody tells us. So what is kept is always what the store has. */
#include "services/states/rows.h"

typedef struct Kept {
    Str    key;
    bool   written; /* in this batch: its value is in the store only */
    size_t length;
    char   bytes[]; /* key, value */
} Kept;

enum { TABLE_SIZE = 2, KEPT_KEY_MAX = TABLE_SIZE + STORE_KEY_MAX };

static Str kept_key(char out[KEPT_KEY_MAX], StoreTable table, Str key)
{
    out[0] = (char)(table >> 8);
    out[1] = (char)table;
    memcpy(out + TABLE_SIZE, key.data, key.length);
    return str_from(out, TABLE_SIZE + key.length);
}

/* Replaces what is kept under the key. */
static bool keep(States *states, Str key, Str value, bool written)
{
    Kept *kept = memory_alloc(sizeof *kept + key.length + value.length);
    if (!kept) return false;
    memcpy(kept->bytes, key.data, key.length);
    if (value.length) memcpy(kept->bytes + key.length, value.data, value.length);
    kept->key = str_from(kept->bytes, key.length);
    kept->length = value.length;
    kept->written = written;
    Kept *before = map_get(&states->rows, key);
    if (map_put(&states->rows, kept->key, kept)) {
        memory_free(before);
        return true;
    }
    memory_free(kept);
    return false;
}

Error *states_row_get(Context *context, StoreTable table, Str key, Str *out, bool *out_found)
{
    char        bytes[KEPT_KEY_MAX];
    States     *states = states_of(context);
    Str         name = kept_key(bytes, table, key);
    const Kept *kept = map_get(&states->rows, name);
    if (kept && !kept->written) {
        *out = str_copy(context->arena, str_from(kept->bytes + kept->key.length, kept->length));
        *out_found = true;
        return NULL;
    }
    TRY(store_get(context->store, context->arena, table, key, out, out_found));
    if (!*out_found || kept || out->length > STATES_KEPT_ROW_MAX) return NULL;
    if (states->rows.count >= STATES_ROWS_MAX) context_tick_at(context, context->now);
    return keep(states, name, *out, false) ? NULL : error_memory();
}

static Error *mark_written(Context *context, StoreTable table, Str key)
{
    char    bytes[KEPT_KEY_MAX];
    States *states = states_of(context);
    states->rows_written = true;
    return keep(states, kept_key(bytes, table, key), STR(""), true) ? NULL : error_memory();
}

Error *states_row_put(Context *context, StoreTable table, Str key, Str value)
{
    TRY(mark_written(context, table, key));
    return store_put(context->store, table, key, value);
}

Error *states_row_put_scratch(Context *context, StoreTable table, Str key)
{
    const Buffer *scratch = &states_of(context)->scratch;
    return scratch->failed ? error_memory() : states_row_put(context, table, key, buffer_str(scratch));
}

Error *states_row_delete(Context *context, StoreTable table, Str key)
{
    TRY(mark_written(context, table, key));
    return store_delete(context->store, table, key);
}

Error *states_row_list(Context *context, StoreTable table, Str prefix, Str after, size_t max, StatesRow **out,
                       size_t *out_count)
{
    StatesRow   *rows = NULL;
    size_t       count = 0, room = 0;
    StoreCursor *cursor;
    Str          from = after.length ? after : prefix;
    TRY(store_scan(context->store, context->arena, table, from, prefix, &cursor));
    while (count < max) {
        StatesRow row;
        bool      more;
        TRY(store_next(cursor, &row.key, &row.value, &more));
        if (!more) break;
        if (str_equal(row.key, after)) continue;
        if (count == room) {
            size_t bigger = room ? room * 2 : 16;
            rows = arena_grow(context->arena, rows, room * sizeof *rows, bigger * sizeof *rows);
            room = bigger;
        }
        rows[count++] = row;
    }
    store_scan_end(cursor);
    *out = rows;
    *out_count = count;
    return NULL;
}

Str states_join(Arena *arena, Str first, Str second)
{
    const Str parts[] = { first, second };
    return str_concat(arena, parts, 2);
}

/* ---- what is kept ---- */

typedef bool Choose(const Kept *kept);

static bool is_written(const Kept *kept)
{
    return kept->written;
}

static bool is_clean(const Kept *kept)
{
    return !kept->written;
}

/* Backwards: a removal moves the last entry into the gap. */
static void drop(States *states, Choose *chosen)
{
    for (size_t i = states->rows.count; i-- > 0;) {
        Kept *kept = states->rows.entries[i].value;
        if (chosen && !chosen(kept)) continue;
        map_remove(&states->rows, kept->key);
        memory_free(kept);
    }
}

void states_rows_commit(States *states)
{
    if (states->rows_written) drop(states, is_written);
    states->rows_written = false;
}

/* Dropping all is simple, and costs one more read for each that is still used. */
void states_rows_trim(States *states)
{
    if (states->rows.count >= STATES_ROWS_MAX) drop(states, is_clean);
}

void states_rows_forget(States *states)
{
    drop(states, NULL);
    map_done(&states->rows);
}
