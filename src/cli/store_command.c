/* store_command.c -- tutti store ACTION --data DIR: upkeep of a data directory that no server uses. */
#include "cli/cli.h"
#include "store/store.h"

const char store_help[] =
    "usage: tutti store verify --data DIR         reads everything and names each damage\n"
    "       tutti store stats --data DIR          rows and bytes by table\n"
    "       tutti store compact --data DIR        gives room that is not needed back to the disk\n"
    "       tutti store backup --data DIR --to DIRECTORY\n"
    "                                             a copy that opens by itself\n"
    "\n"
    "The directory must not be in use; a running server makes a backup by\n"
    "POST /_tutti/backup {\"directory\": \"...\"}. A copy has no DIR/key: without it the session tokens\n"
    "that STS gave out end with a restore.\n";

static const char *table_name(StoreTable table)
{
    switch (table) {
#define TABLE(name, number, keys) \
    case number: return #name;
#include "store/tables.h"
#undef TABLE
    default: return "unknown";
    }
}

static const char *table_keys(StoreTable table)
{
    switch (table) {
#define TABLE(name, number, keys) \
    case number: return keys;
#include "store/tables.h"
#undef TABLE
    default: return "of a newer version";
    }
}

typedef struct Work {
    Disk       *disk;
    const char *data, *to;
    Arena       arena;
} Work;

static Error *verify(Work *work)
{
    Buffer report;
    buffer_init(&report);
    Error *error = store_verify(work->disk, work->data, &report);
    if (report.length) fwrite(report.data, 1, report.length, stdout);
    buffer_done(&report);
    if (!error) puts("all is well");
    return error;
}

static Error *print_stats(Work *work, Store *store)
{
    StoreTableStats *tables;
    size_t count;
    StoreStats stats;
    TRY(store_table_stats(store, &work->arena, &tables, &count));
    store_stats(store, &stats);
    printf("%-24s %12s %14s  %s\n", "table", "rows", "bytes", "keys");
    for (size_t i = 0; i < count; i++)
        printf("%-24s %12llu %14llu  %s\n", table_name(tables[i].table), (unsigned long long)tables[i].rows,
               (unsigned long long)tables[i].bytes, table_keys(tables[i].table));
    printf("\nmain.db %llu bytes, its write-ahead log %llu, journal %llu; last batch %llu\n",
           (unsigned long long)stats.main_bytes, (unsigned long long)stats.wal_bytes, (unsigned long long)stats.journal_bytes,
           (unsigned long long)stats.last_batch);
    return NULL;
}

static Error *compact(Work *work, Store *store)
{
    StoreStats before, after;
    (void)work;
    store_stats(store, &before);
    TRY(store_compact(store));
    store_stats(store, &after);
    printf("main.db: %llu bytes before, %llu now\n", (unsigned long long)before.main_bytes, (unsigned long long)after.main_bytes);
    return NULL;
}

static Error *backup(Work *work, Store *store)
{
    if (!work->to) return error_new(ERR_INVALID, "say where to: --to DIRECTORY");
    TRY(store_backup(store, work->to));
    printf("%s now holds a copy\n", work->to);
    return NULL;
}

static Error *with_store(Work *work, Error *(*action)(Work *work, Store *store))
{
    char path[4096];
    Store *store;
    snprintf(path, sizeof path, "%s/main.db", work->data);
    if (!disk_exists(work->disk, path)) return error_new(ERR_NOT_FOUND, "%s holds no store", work->data);
    StoreOptions options = { .disk = work->disk, .directory = work->data };
    TRY(store_open(&options, &store));
    Error *error = action(work, store);
    Error *closing = store_close(store);
    if (error) error_free(closing);
    return error ? error : closing;
}

static Error *run(Work *work, const char *action)
{
    TRY(disk_new_real(&work->disk));
    if (!strcmp(action, "verify")) return verify(work);
    if (!strcmp(action, "stats")) return with_store(work, print_stats);
    if (!strcmp(action, "compact")) return with_store(work, compact);
    if (!strcmp(action, "backup")) return with_store(work, backup);
    return error_new(ERR_INVALID, "there is no action '%s'; see: tutti help store", action);
}

int store_command(int argc, char **argv)
{
    Work work = { .data = NULL };
    const Option options[] = { { "--data", &work.data, NULL }, { "--to", &work.to, NULL } };
    if (!options_take("store", options, 2, &argc, argv)) return 2;
    if (argc != 2 || !work.data) {
        fputs(store_help, stderr);
        return 2;
    }
    arena_init(&work.arena, 0);
    Error *error = run(&work, argv[1]);
    int status = error ? fail(error) : 0;
    error_free(error);
    arena_done(&work.arena);
    disk_free(work.disk);
    return status;
}
