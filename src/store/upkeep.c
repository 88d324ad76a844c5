/* upkeep.c -- what people do to a store: count, compact, copy, check, empty. */
#include "store/store_internal.h"

void store_stats(Store *store, StoreStats *out)
{
    *out = (StoreStats){
        .batches = store->batch_count,
        .batch_bytes = store->batch_bytes,
        .table_bytes = table_bytes(store->active) + (store->frozen ? table_bytes(store->frozen) : 0),
        .table_entries = table_entries(store->active) + (store->frozen ? table_entries(store->frozen) : 0),
        .last_batch = store->last,
    };
    if (!store->main) return;
    FlushStats flush;
    flusher_stats(store->flusher, &flush);
    out->flushes = flush.flushes;
    out->flushed_rows = flush.rows;
    out->checkpoints = flush.checkpoints;
    out->flush_time = flush.time;
    out->journal_bytes = journal_bytes(store->journal);
    out->main_bytes = main_db_bytes(store->main, &out->wal_bytes);
}

static Error *finish_frozen(Store *store)
{
    if (!store->frozen) return NULL;
    TRY(flusher_wait(store->flusher));
    store_retire(store);
    return NULL;
}

Error *store_flush(Store *store)
{
    if (!store->main) return NULL;
    TRY(finish_frozen(store));
    if (!table_entries(store->active) && journal_used(store->journal) == 0) return NULL;
    TRY(store_freeze(store));
    return finish_frozen(store);
}

Error *store_compact(Store *store)
{
    if (!store->main) return NULL;
    TRY(store_flush(store));
    return main_db_vacuum(store->main);
}

Error *store_backup(Store *store, const char *directory)
{
    char path[STORE_PATH_MAX + 16];
    if (!store->main) return error_new(ERR_INVALID, "a store in memory cannot be backed up");
    snprintf(path, sizeof path, "%s/main.db", directory);
    TRY(disk_make_directory(store->options.disk, directory));
    if (disk_exists(store->options.disk, path)) return error_new(ERR_INVALID, "%s is there already", path);
    TRY(store_flush(store));
    TRY(main_db_backup(store->main, path));
    DiskFile *copy;
    TRY(disk_open(store->options.disk, path, DISK_READ | DISK_WRITE, &copy));
    Error *error = disk_sync(copy);
    disk_close(copy);
    if (error) return error;
    return disk_sync_directory(store->options.disk, directory);
}

static Error *empty_main(Store *store)
{
    TRY(main_db_begin(store->main));
    Error *error = main_db_wipe(store->main);
    if (!error) return main_db_commit(store->main, store->last);
    main_db_rollback(store->main);
    return error;
}

Error *store_wipe(Store *store)
{
    Table *fresh;
    TRY(table_new(!store->main, &fresh));
    Error *error = NULL;
    if (store->main) {
        main_db_rest(store->main);
        error = finish_frozen(store);
        if (!error) error = journal_turn(store->journal, store->last + 1); /* before it: a failure here loses nothing */
        if (!error) error = empty_main(store);
    }
    if (error) {
        table_free(fresh);
        return error;
    }
    table_free(store->active);
    store->active = fresh;
    if (store->main) journal_release(store->journal, store->last);
    return NULL;
}

Error *store_table_stats(Store *store, Arena *arena, StoreTableStats **out, size_t *out_count)
{
    if (store->main) {
        TRY(store_flush(store));
        return main_db_table_stats(store->main, arena, out, out_count);
    }
    *out = NULL;
    *out_count = 0;
    return NULL;
}

/* ---- verify ---- */

static Error *check_batch(void *context, uint64_t sequence, Str payload)
{
    uint64_t *batches = context;
    Reader reader;
    reader_init(&reader, payload);
    while (!reader.failed && reader.at < reader.end) {
        int operation = reader_u8(&reader);
        reader_text(&reader);
        if (operation != 3) reader_text(&reader);
    }
    if (reader.failed) return error_new(ERR_CORRUPT, "batch %llu of the journal makes no sense", (unsigned long long)sequence);
    ++*batches;
    return NULL;
}

static Error *verify_parts(Disk *disk, const char *directory, MainDb *main, Buffer *report)
{
    Error *damage = main_db_check(main, report);
    Journal *journal = NULL;
    uint64_t batches = 0;
    Error *error = journal_open(disk, directory, main_db_flushed(main), check_batch, &batches, &journal);
    if (error) {
        error_describe(error, report);
        buffer_append_byte(report, '\n');
    } else {
        buffer_append_format(report, "%llu batches in the journal behind batch %llu, the last in main.db\n",
                             (unsigned long long)batches, (unsigned long long)main_db_flushed(main));
    }
    journal_close(journal);
    if (!damage) return error;
    error_free(error);
    return damage;
}

Error *store_verify(Disk *disk, const char *directory, Buffer *report)
{
    char path[STORE_PATH_MAX];
    DiskFile *lock;
    MainDb *main = NULL;
    snprintf(path, sizeof path, "%s/main.db", directory);
    if (!disk_exists(disk, path)) return error_new(ERR_NOT_FOUND, "%s holds no store", directory);
    snprintf(path, sizeof path, "%s/lock", directory);
    TRY(disk_open(disk, path, DISK_READ | DISK_WRITE | DISK_CREATE, &lock));
    Error *error = disk_lock(lock);
    if (!error) error = main_db_open(disk, directory, &main);
    if (!error) error = verify_parts(disk, directory, main, report);
    error_free(main_db_close(main));
    disk_close(lock);
    return error;
}
