/* store.c -- the table in memory, the journal and SQLite made into one.
 *
 * The life of a table in memory:
 *
 *     active --freeze (store_freeze)--> frozen --flushed (flusher)--> gone (store_retire)
 *
 * A freeze needs every change settled (no batch under way, none being filled) and starts another
 * slot of the journal; the slots of the frozen table are free when it is gone. While a table is frozen
 * there cannot be another: then the active one grows, up to twice its size at full speed, from there
 * on the owner waits for the flusher. Where the flusher cannot get on (the disk is full), the active
 * table may grow to four times its size; then the store refuses writes, and goes on reading. */
#include "store/store_internal.h"

#include <assert.h>

enum { OP_PUT = 1, OP_INSERT = 2, OP_DELETE = 3 };

/* ---- opening ---- */

static Error *apply(Store *store, TableUndoList *undo, int operation, Str key, Str value);

static bool change_is_sound(int operation, Str key, Str value)
{
    if (operation < OP_PUT || operation > OP_DELETE || !key_is_sound(key)) return false;
    return key.data[0] != SPACE_CUT || (operation == OP_PUT && value.length == 8);
}

static Error *replay_batch(void *context, uint64_t sequence, Str payload)
{
    Store *store = context;
    TableUndoList undo = { 0 };
    Reader reader;
    Error *error = NULL;
    reader_init(&reader, payload);
    while (!error && !reader.failed && reader.at < reader.end) {
        int operation = reader_u8(&reader);
        Str key = reader_text(&reader);
        Str value = operation == OP_DELETE ? STR_NONE : reader_text(&reader);
        if (reader.failed || !change_is_sound(operation, key, value))
            error = error_new(ERR_CORRUPT, "batch %llu of the journal makes no sense", (unsigned long long)sequence);
        else
            error = apply(store, &undo, operation, key, value);
    }
    table_settle(store->active, &undo);
    table_undo_list_done(&undo);
    return error;
}

static Error *take_lock(Store *store)
{
    char path[STORE_PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/lock", store->directory);
    TRY(disk_open(store->options.disk, path, DISK_READ | DISK_WRITE | DISK_CREATE, &store->lock));
    Error *error = disk_lock(store->lock);
    if (error && error->code == ERR_IN_USE) {
        error_free(error);
        return error_new(ERR_IN_USE, "another server uses the data directory %s", store->directory);
    }
    return error;
}

static Error *open_on_disk(Store *store)
{
    Disk *disk = store->options.disk;
    TRY(disk_make_directory(disk, store->directory));
    TRY(take_lock(store));
    TRY(main_db_open(disk, store->directory, &store->main));
    TRY(journal_open(disk, store->directory, main_db_flushed(store->main), replay_batch, store, &store->journal));
    store->last = journal_last(store->journal);
    TRY(flusher_new(store->main, !store->options.no_thread, &store->flusher));
    return journal_writable(store->journal) ? NULL : journal_turn(store->journal, store->last + 1);
}

static Error *open_parts(Store *store)
{
    bool on_disk = store->options.disk != NULL;
    TRY(table_new(!on_disk, &store->active));
    for (int i = 0; i < 2; i++) store->batches[i].store = store;
    return on_disk ? open_on_disk(store) : NULL;
}

Error *store_open(const StoreOptions *options, Store **out)
{
    Store *store = memory_alloc_zero(sizeof *store);
    if (!store) return error_memory();
    store->options = *options;
    if (!store->options.table_bytes) store->options.table_bytes = STORE_TABLE_BYTES_DEFAULT;
    store->freeze_at = store->options.table_bytes;
    if (options->directory) snprintf(store->directory, sizeof store->directory, "%s", options->directory);
    Error *error = open_parts(store);
    if (error) {
        error_free(store_close(store));
        return error;
    }
    *out = store;
    return NULL;
}

Error *store_close(Store *store)
{
    if (!store) return NULL;
    assert(!store->under_way);
    flusher_free(store->flusher);
    Error *error = main_db_close(store->main);
    journal_close(store->journal);
    disk_close(store->lock);
    for (int i = 0; i < 2; i++) {
        buffer_done(&store->batches[i].frame);
        table_undo_list_done(&store->batches[i].undo);
    }
    table_free(store->active);
    table_free(store->frozen);
    memory_free(store);
    return error;
}

/* ---- changes ---- */

/* A cut takes away what this table holds before it; the cut itself stays, for what lies below. */
static Error *forget_records(Store *store, TableUndoList *undo, Str cut_key, uint64_t before)
{
    WholeKey from = { 0 };
    key_append(&from, cut_key);
    from.bytes[0] = SPACE_LOG;
    Str log = str_slice(key_str(&from), 0, cut_key.length);
    bytes_put_u64(from.bytes + from.length, 0);
    from.length += 8;
    for (TableNode *node = table_at_or_after(store->active, key_str(&from)); node;) {
        Str key = table_key(node);
        if (key.length != from.length || !str_starts_with(key, log)) break;
        if (bytes_get_u64(key.data + log.length) >= before) break;
        node = node->next[0];
        TRY(table_change(store->active, undo, TABLE_DELETE, key, STR_NONE));
    }
    return NULL;
}

static Error *apply(Store *store, TableUndoList *undo, int operation, Str key, Str value)
{
    static const TableChange changes[] = { [OP_PUT] = TABLE_PUT, [OP_INSERT] = TABLE_INSERT, [OP_DELETE] = TABLE_DELETE };
    if (key.data[0] == SPACE_CUT) TRY(forget_records(store, undo, key, bytes_get_u64(value.data)));
    if (key.data[0] == SPACE_CUT && !store->main) return NULL; /* nothing lies below */
    return table_change(store->active, undo, changes[operation], key, value);
}

static StoreBatch *filling(Store *store)
{
    return &store->batches[store->filling];
}

/* Only a disk that takes nothing lets it come so far. */
static bool too_much_waits(const Store *store)
{
    return store->main && table_bytes(store->active) > 4 * store->options.table_bytes;
}

static Error *check_writable(const Store *store, Str name, Str value)
{
    if (name.length > STORE_KEY_MAX) return error_new(ERR_LIMIT, "a key of %zu bytes is too long", name.length);
    if (value.length > STORE_VALUE_MAX) return error_new(ERR_LIMIT, "a value of %zu bytes is too long", value.length);
    if (store->refusing) return error_new(ERR_UNAVAILABLE, "nothing can be written: the last commit failed");
    if (too_much_waits(store))
        return error_new(ERR_UNAVAILABLE, "nothing can be written until the disk takes what waits in memory");
    return NULL;
}

static Error *change(Store *store, int operation, const WholeKey *key, Str value)
{
    StoreBatch *batch = filling(store);
    StoreMark before = store_mark(store);
    Error *error = apply(store, &batch->undo, operation, key_str(key), value);
    if (!error && store->journal) {
        if (!batch->frame.length) {
            static const char head[JOURNAL_FRAME_HEAD];
            buffer_append(&batch->frame, head, sizeof head);
        }
        buffer_append_byte(&batch->frame, (char)operation);
        bytes_append_text(&batch->frame, key_str(key));
        if (operation != OP_DELETE) bytes_append_text(&batch->frame, value);
        if (batch->frame.failed) error = error_memory();
    }
    if (error) store_rollback(store, before);
    return error;
}

static Error *change_map(Store *store, int operation, StoreTable table, Str name, Str value)
{
    WholeKey key;
    TRY(check_writable(store, name, value));
    key_of_map(&key, table, name);
    return change(store, operation, &key, value);
}

Error *store_put(Store *store, StoreTable table, Str key, Str value)
{
    return change_map(store, OP_PUT, table, key, value);
}

Error *store_insert(Store *store, StoreTable table, Str key, Str value)
{
    return change_map(store, OP_INSERT, table, key, value);
}

Error *store_delete(Store *store, StoreTable table, Str key)
{
    return change_map(store, OP_DELETE, table, key, STR_NONE);
}

Error *store_append(Store *store, StoreTable table, Str log, uint64_t position, Str record)
{
    WholeKey key;
    TRY(check_writable(store, log, record));
    key_of_record(&key, table, log, position);
    return change(store, OP_INSERT, &key, record);
}

Error *store_cut(Store *store, StoreTable table, Str log, uint64_t before)
{
    WholeKey key;
    char number[8];
    TRY(check_writable(store, log, STR_NONE));
    key_of_log(&key, SPACE_CUT, table, log);
    bytes_put_u64(number, before);
    return change(store, OP_PUT, &key, str_from(number, sizeof number));
}

/* ---- reading ---- */

/* The newest word on a key from the tables in memory. */
static TableState look_in_memory(const Store *store, Str key, Str *out)
{
    const Table *tables[] = { store->active, store->frozen };
    for (int i = 0; i < 2 && tables[i]; i++) {
        TableNode *node = table_find(tables[i], key);
        if (!node || node->state == TABLE_NOTHING) continue;
        *out = table_value(node);
        return (TableState)node->state;
    }
    return TABLE_NOTHING;
}

Error *store_get(Store *store, Arena *arena, StoreTable table, Str name, Str *out, bool *out_found)
{
    WholeKey key;
    Str value;
    if (name.length > STORE_KEY_MAX) {
        *out_found = false;
        return NULL;
    }
    key_of_map(&key, table, name);
    TableState state = look_in_memory(store, key_str(&key), &value);
    if (state == TABLE_NOTHING && store->main) return main_db_get(store->main, arena, key_str(&key), out, out_found);
    *out_found = state == TABLE_VALUE;
    if (*out_found) *out = str_copy(arena, value);
    return NULL;
}

/* A segment of SQLite, read record by record. */
typedef struct Segment {
    Reader   reader;
    uint64_t next;
    bool     loaded;
} Segment;

static Error *read_from_segment(Store *store, Arena *arena, const WholeKey *key, uint64_t position, Segment *segment,
                                Str *out, bool *out_found)
{
    *out_found = false;
    if (!segment->loaded || segment->next != position || segment->reader.at == segment->reader.end) {
        Str bytes;
        bool found;
        segment->loaded = false;
        TRY(main_db_segment(store->main, arena, key_str(key), &segment->next, &bytes, &found));
        if (!found) return NULL;
        reader_init(&segment->reader, bytes);
        segment->loaded = true;
        while (segment->next < position && segment->reader.at < segment->reader.end) {
            reader_text(&segment->reader);
            segment->next++;
        }
        if (segment->next != position || segment->reader.at == segment->reader.end) return NULL;
    }
    *out = reader_text(&segment->reader);
    if (segment->reader.failed) return error_new(ERR_CORRUPT, "a segment of a log is damaged");
    segment->next++;
    *out_found = true;
    return NULL;
}

Error *store_read(Store *store, Arena *arena, StoreTable table, Str log, uint64_t from, size_t count_max,
                  Str *out_records, size_t *out_count)
{
    Segment segment = { 0 };
    size_t count = 0;
    for (; count < count_max; count++) {
        WholeKey key;
        Str record;
        bool found;
        key_of_record(&key, table, log, from + count);
        TableState state = look_in_memory(store, key_str(&key), &record);
        if (state == TABLE_NOTHING && store->main)
            TRY(read_from_segment(store, arena, &key, from + count, &segment, &record, &found));
        else
            found = state == TABLE_VALUE;
        if (!found) break;
        out_records[count] = state == TABLE_VALUE ? str_copy(arena, record) : record;
    }
    *out_count = count;
    return NULL;
}

/* ---- transactions ---- */

StoreMark store_mark(const Store *store)
{
    const StoreBatch *batch = &store->batches[store->filling];
    return (StoreMark){ .undo_count = batch->undo.count, .journal_length = batch->frame.length };
}

void store_rollback(Store *store, StoreMark mark)
{
    StoreBatch *batch = filling(store);
    table_undo(store->active, &batch->undo, mark.undo_count);
    batch->frame.length = mark.journal_length;
    batch->frame.failed = false;
}

bool store_dirty(const Store *store)
{
    return store->batches[store->filling].undo.count > 0;
}

uint64_t store_filling(const Store *store)
{
    return store->last + 1 + (store->under_way != NULL);
}

static bool freeze_is_due(const Store *store)
{
    if (!store->main || store->frozen) return false;
    return table_bytes(store->active) >= store->freeze_at || journal_used(store->journal) >= STORE_JOURNAL_BYTES ||
           too_much_waits(store);
}

bool store_wants_pause(const Store *store)
{
    return store->main && !store->refusing &&
           (freeze_is_due(store) || table_bytes(store->active) >= 2 * store->options.table_bytes);
}

static void freeze_into(Store *store, Table *fresh)
{
    store->freeze_at = store->options.table_bytes;
    store->frozen = store->active;
    store->frozen_last = store->last;
    store->active = fresh;
    flusher_start(store->flusher, store->frozen, store->frozen_last);
}

static void freeze_if_due(Store *store)
{
    if (freeze_is_due(store)) error_free(store_freeze(store)); /* it stays due, and is tried again */
}

StoreBatch *store_seal(Store *store)
{
    assert(!store->under_way);
    if (store->main) main_db_rest(store->main);
    store_retire(store);
    if (!store_dirty(store)) {
        freeze_if_due(store);
        return NULL;
    }
    StoreBatch *batch = filling(store);
    batch->sequence = store_filling(store);
    store->under_way = batch;
    store->filling ^= 1;
    return batch;
}

Error *store_batch_write(StoreBatch *batch)
{
    Store *store = batch->store;
    if (!store->journal) return NULL;
    return journal_write(store->journal, batch->sequence, batch->frame.data, batch->frame.length, store->options.relaxed);
}

static void clear_batch(StoreBatch *batch)
{
    enum { FRAME_KEPT_MAX = 1 << 20 };
    if (batch->frame.capacity > FRAME_KEPT_MAX) buffer_done(&batch->frame);
    buffer_clear(&batch->frame);
}

static void undo_batch(Store *store, StoreBatch *batch)
{
    table_undo(store->active, &batch->undo, 0);
    clear_batch(batch);
}

void store_batch_end(Store *store, StoreBatch *batch, bool failed)
{
    assert(batch == store->under_way);
    store->under_way = NULL;
    if (failed) {
        undo_batch(store, filling(store));
        undo_batch(store, batch);
        store->refusing = true;
        return;
    }
    store->last = batch->sequence;
    store->batch_count++;
    store->batch_bytes += batch->frame.length;
    table_settle(store->active, &batch->undo);
    clear_batch(batch);
    if (!store->main) return;
    store_retire(store);
    if (store_dirty(store)) return;
    freeze_if_due(store);
    if (store->frozen && table_bytes(store->active) >= 2 * store->options.table_bytes && !flusher_stuck(store->flusher)) {
        error_free(flusher_wait(store->flusher));
        store_retire(store);
    }
}

/* After many failures every slot may hold something. While nothing is written no slot is needed: the
 * active table goes straight into SQLite, and all are free. */
static Error *free_all_slots(Store *store)
{
    Table *fresh;
    if (store->frozen) TRY(flusher_wait(store->flusher));
    store_retire(store);
    TRY(table_new(false, &fresh));
    freeze_into(store, fresh);
    TRY(flusher_wait(store->flusher));
    store_retire(store);
    return NULL;
}

Error *store_recover(Store *store)
{
    if (!store->refusing) return NULL;
    assert(!store->under_way && !store_dirty(store));
    if (store->journal) {
        if (!journal_has_room(store->journal)) TRY(free_all_slots(store));
        TRY(journal_turn(store->journal, store->last + 1));
    }
    store->refusing = false;
    return NULL;
}

/* ---- freezing ---- */

Error *store_freeze(Store *store)
{
    assert(!store->under_way && !store_dirty(store) && !store->frozen);
    Table *fresh;
    TRY(table_new(false, &fresh));
    Error *error = journal_turn(store->journal, store->last + 1);
    if (error) {
        table_free(fresh);
        store->freeze_at = table_bytes(store->active) + store->options.table_bytes / 4; /* not at once again */
        return error;
    }
    freeze_into(store, fresh);
    store_retire(store);
    return NULL;
}

void store_retire(Store *store)
{
    if (!store->frozen) return;
    if (store->options.no_thread && !flusher_done(store->flusher)) error_free(flusher_wait(store->flusher));
    if (!flusher_done(store->flusher)) return;
    main_db_rest(store->main); /* later reads must see what was flushed */
    table_free(store->frozen);
    store->frozen = NULL;
    journal_release(store->journal, store->frozen_last);
}
