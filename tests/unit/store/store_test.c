/* store_test.c -- the store against a slow, obvious twin, on a disk that crashes and fails. */
#include "store/store.h"

#include "loop/chance.h"
#include "tests/support/test.h"

/* ---- the twin: rows in a list, found by looking at each ---- */

enum { TABLE_A = 200, TABLE_LOG = 201, MODEL_ROWS = 512, VALUE_ROOM = 96 };

typedef struct ModelRow {
    char   key[24], value[VALUE_ROOM];
    size_t key_size, value_size;
} ModelRow;

typedef struct Model {
    ModelRow rows[MODEL_ROWS];
    size_t   count;
    uint64_t log_start[4], log_end[4];
    char     log_salt[4][64]; /* of record i: salt[i % 64] */
} Model;

static ModelRow *model_find(Model *model, Str key)
{
    for (size_t i = 0; i < model->count; i++)
        if (str_equal(str_from(model->rows[i].key, model->rows[i].key_size), key)) return &model->rows[i];
    return NULL;
}

static void model_put(Model *model, Str key, Str value)
{
    ModelRow *row = model_find(model, key);
    if (!row) {
        row = &model->rows[model->count++];
        memcpy(row->key, key.data, key.length);
        row->key_size = key.length;
    }
    memcpy(row->value, value.data, value.length);
    row->value_size = value.length;
}

static void model_delete(Model *model, Str key)
{
    ModelRow *row = model_find(model, key);
    if (row) *row = model->rows[--model->count];
}

static int compare_rows(const void *a, const void *b)
{
    const ModelRow *x = a, *y = b;
    return str_compare(str_from(x->key, x->key_size), str_from(y->key, y->key_size));
}

/* ---- one run ---- */

typedef struct Run {
    Chance       chance;
    Disk        *disk; /* NULL: in memory */
    StoreOptions options;
    Store       *store;
    Arena        arena;
    Model        now, durable;
    bool         threaded;
} Run;

static Str random_key(Run *run, char *out)
{
    return str_from(out, (size_t)snprintf(out, 24, "k%llu", (unsigned long long)chance_below(&run->chance, 60)));
}

static Str random_value(Run *run, char *out)
{
    size_t size = chance_below(&run->chance, VALUE_ROOM);
    for (size_t i = 0; i < size; i++) out[i] = (char)chance_u64(&run->chance);
    return str_from(out, size);
}

static Str log_name(int log)
{
    static const char *const names[] = { "a", "ab", "b", "" };
    return str_from_c(names[log]);
}

static char record_salt(const Model *model, int log, uint64_t position)
{
    return model->log_salt[log][position % 64];
}

static void check_same(Run *run)
{
    Model *sorted = malloc(sizeof *sorted);
    *sorted = run->now;
    qsort(sorted->rows, sorted->count, sizeof *sorted->rows, compare_rows);
    StoreCursor *cursor;
    Str key, value;
    bool more = true;
    size_t seen = 0;
    CHECK_OK(store_scan(run->store, &run->arena, TABLE_A, STR(""), STR("k"), &cursor));
    for (; more; seen++) {
        if (!CHECK_OK(store_next(cursor, &key, &value, &more)) || !more) break;
        if (!CHECK(seen < sorted->count)) break;
        CHECK_STR(key, str_from(sorted->rows[seen].key, sorted->rows[seen].key_size));
        CHECK(str_equal(value, str_from(sorted->rows[seen].value, sorted->rows[seen].value_size)));
    }
    CHECK_INT((int64_t)seen, (int64_t)sorted->count);
    store_scan_end(cursor);
    free(sorted);
    for (int log = 0; log < 4; log++) {
        Str records[80];
        size_t count = 0;
        CHECK_OK(store_read(run->store, &run->arena, TABLE_LOG, log_name(log), run->now.log_start[log], 80, records, &count));
        uint64_t there = run->now.log_end[log] - run->now.log_start[log];
        CHECK_INT((int64_t)count, (int64_t)(there > 80 ? 80 : there));
        for (size_t i = 0; i < count; i++)
            CHECK(records[i].length == 3 && records[i].data[1] == record_salt(&run->now, log, run->now.log_start[log] + i));
    }
    arena_reset(&run->arena);
}

static void append_or_cut(Run *run)
{
    int log = (int)chance_below(&run->chance, 4);
    Model *model = &run->now;
    if (chance_one_in(&run->chance, 12) && model->log_end[log]) {
        uint64_t room = model->log_end[log] - model->log_start[log];
        model->log_start[log] += chance_below(&run->chance, room + 1);
        CHECK_OK(store_cut(run->store, TABLE_LOG, log_name(log), model->log_start[log]));
        return;
    }
    uint64_t position = model->log_end[log]++;
    char record[3] = { 'r', (char)chance_u64(&run->chance), '.' };
    model->log_salt[log][position % 64] = record[1];
    if (model->log_end[log] - model->log_start[log] > 64) model->log_start[log] = model->log_end[log] - 64;
    CHECK_OK(store_append(run->store, TABLE_LOG, log_name(log), position, str_from(record, 3)));
}

static void change_something(Run *run)
{
    char key_room[24], value_room[VALUE_ROOM];
    Str key = random_key(run, key_room), value = random_value(run, value_room);
    switch (chance_below(&run->chance, 6)) {
    case 0:
    case 1:
        CHECK_OK(store_put(run->store, TABLE_A, key, value));
        model_put(&run->now, key, value);
        break;
    case 2:
        CHECK_OK(store_delete(run->store, TABLE_A, key));
        model_delete(&run->now, key);
        break;
    case 3: { /* a write that is taken back */
        StoreMark mark = store_mark(run->store);
        CHECK_OK(store_put(run->store, TABLE_A, key, value));
        CHECK_OK(store_delete(run->store, TABLE_A, random_key(run, key_room)));
        store_rollback(run->store, mark);
        break;
    }
    case 4: append_or_cut(run); break;
    default: { /* born and gone soon */
        static uint64_t counter;
        Str born = str_from(key_room, (size_t)snprintf(key_room, 24, "k-new-%llu", (unsigned long long)++counter));
        CHECK_OK(store_insert(run->store, TABLE_A, born, value));
        if (chance_one_in(&run->chance, 2)) {
            model_put(&run->now, born, value);
            if (run->now.count > MODEL_ROWS / 2) {
                CHECK_OK(store_delete(run->store, TABLE_A, born));
                model_delete(&run->now, born);
            }
        } else {
            CHECK_OK(store_delete(run->store, TABLE_A, born));
        }
    }
    }
}

static void commit(Run *run)
{
    StoreBatch *batch = store_seal(run->store);
    if (!batch) return;
    Error *error = store_batch_write(batch);
    bool failed = error != NULL;
    store_batch_end(run->store, batch, failed);
    error_free(error);
    if (failed)
        run->now = run->durable;
    else
        run->durable = run->now;
}

static void reopen(Run *run, bool crash)
{
    StoreBatch *batch = store_seal(run->store); /* what was not committed is lost */
    if (batch) store_batch_end(run->store, batch, true);
    error_free(store_close(run->store));
    if (crash) disk_crash(run->disk);
    run->now = run->durable;
    if (!CHECK_OK(store_open(&run->options, &run->store))) abort();
}

static Run *run_new(uint64_t seed, bool on_disk)
{
    Run *run = calloc(1, sizeof *run);
    chance_init_seed(&run->chance, seed);
    arena_init(&run->arena, 0);
    if (on_disk) CHECK_OK(disk_new_simulated(seed, &run->disk));
    run->options = (StoreOptions){ .disk = run->disk, .directory = "/data", .table_bytes = 6000, .no_thread = true };
    CHECK_OK(store_open(&run->options, &run->store));
    return run;
}

static void run_free(Run *run)
{
    StoreBatch *batch = store_seal(run->store);
    if (batch) store_batch_end(run->store, batch, true);
    error_free(store_close(run->store));
    disk_free(run->disk);
    arena_done(&run->arena);
    free(run);
}

static void random_life(uint64_t seed, bool on_disk, bool crashes)
{
    Run *run = run_new(seed, on_disk);
    for (int step = 0; step < 1500; step++) {
        change_something(run);
        if (chance_one_in(&run->chance, 5)) commit(run);
        if (chance_one_in(&run->chance, 40)) check_same(run);
        if (on_disk && chance_one_in(&run->chance, 150)) reopen(run, crashes);
    }
    commit(run);
    check_same(run);
    run_free(run);
}

TEST(test_store_in_memory_is_as_its_twin)
{
    for (uint64_t seed = 1; seed <= 20; seed++) random_life(seed, false, false);
}

TEST(test_store_on_disk_is_as_its_twin)
{
    for (uint64_t seed = 1; seed <= 20; seed++) random_life(seed, true, false);
}

TEST(test_store_survives_crashes)
{
    for (uint64_t seed = 100; seed <= 140; seed++) random_life(seed, true, true);
}

/* Each operation of a kind fails once: the store says so, stays as it was, recovers, loses nothing. */
static bool life_with_fault(DiskFault kind, uint64_t nth, bool sticky)
{
    Run *run = run_new(7, true);
    uint64_t before = disk_count(run->disk, kind);
    disk_fail_nth(run->disk, kind, nth, sticky);
    for (int step = 0; step < 300; step++) {
        if (store_dirty(run->store) && chance_one_in(&run->chance, 3)) commit(run);
        Error *error = store_recover(run->store);
        bool refused = error != NULL;
        error_free(error);
        if (refused) {
            Str value;
            bool found;
            char room[24];
            error = store_get(run->store, &run->arena, TABLE_A, random_key(run, room), &value, &found);
            error_free(error); /* reads may fail only where reading itself is what fails */
            if (step > 200) disk_fail_nth(run->disk, kind, 0, false);
            continue;
        }
        change_something(run);
    }
    bool reached = disk_count(run->disk, kind) - before >= nth;
    disk_fail_nth(run->disk, kind, 0, false);
    CHECK_OK(store_recover(run->store));
    check_same(run);
    reopen(run, true);
    check_same(run);
    run_free(run);
    return reached;
}

TEST(test_store_survives_each_failed_write)
{
    for (uint64_t nth = 1; life_with_fault(DISK_FAULT_WRITE, nth, false); nth += 1 + nth / 40) continue;
}

TEST(test_store_survives_each_failed_sync)
{
    for (uint64_t nth = 1; life_with_fault(DISK_FAULT_SYNC, nth, false); nth++) continue;
}

/* A read that fails is an error of that read, and of nothing else. */
TEST(test_store_survives_each_failed_read)
{
    for (uint64_t nth = 1; life_with_fault(DISK_FAULT_READ, nth, false); nth += 1 + nth / 10) continue;
}

TEST(test_store_survives_each_failed_open)
{
    for (uint64_t nth = 1; life_with_fault(DISK_FAULT_OPEN, nth, false); nth++) continue;
}

/* Opening fails at each step in turn, says so, and loses nothing. */
TEST(test_store_survives_each_failure_of_its_opening)
{
    for (int kind = 0; kind < DISK_FAULT_KINDS; kind++) {
        bool failed = true;
        for (uint64_t nth = 1; failed; nth++) {
            Run *run = run_new(21, true);
            for (int i = 0; i < 120; i++) {
                change_something(run);
                commit(run);
            }
            CHECK_OK(store_close(run->store));
            disk_crash(run->disk);
            disk_fail_nth(run->disk, (DiskFault)kind, nth, false);
            Error *error = store_open(&run->options, &run->store);
            failed = error != NULL;
            disk_fail_nth(run->disk, (DiskFault)kind, 0, false);
            if (failed) CHECK_OK(store_open(&run->options, &run->store));
            error_free(error);
            check_same(run);
            run_free(run);
        }
    }
}

TEST(test_store_survives_a_disk_that_fails_for_long)
{
    for (uint64_t nth = 1; nth < 60; nth += 7) {
        life_with_fault(DISK_FAULT_WRITE, nth, true);
        life_with_fault(DISK_FAULT_SYNC, nth, true);
    }
}

TEST(test_store_on_a_full_disk_refuses_and_recovers)
{
    Run *run = run_new(11, true);
    bool refused = false;
    disk_limit(run->disk, 1500000);
    char value[60000];
    memset(value, 'x', sizeof value);
    for (int i = 0; i < 400 && !refused; i++) {
        char key[24];
        Str name = str_from(key, (size_t)snprintf(key, sizeof key, "big%d", i));
        Error *error = store_put(run->store, TABLE_A, name, str_from(value, sizeof value));
        StoreBatch *batch = error ? NULL : store_seal(run->store);
        if (batch) {
            error = store_batch_write(batch);
            store_batch_end(run->store, batch, error != NULL);
        }
        refused = error != NULL;
        if (error) CHECK(error->code == ERR_DISK_FULL || error->code == ERR_UNAVAILABLE);
        error_free(error);
    }
    CHECK(refused);
    Str out;
    bool found = false;
    CHECK_OK(store_get(run->store, &run->arena, TABLE_A, STR("big0"), &out, &found));
    CHECK(found);
    disk_limit(run->disk, 0);
    CHECK_OK(store_recover(run->store));
    CHECK(!store_seal(run->store)); /* an idle round: what waited in memory finds its way */
    CHECK(!store_seal(run->store));
    CHECK_OK(store_put(run->store, TABLE_A, STR("k1"), STR("again")));
    model_put(&run->now, STR("k1"), STR("again"));
    commit(run);
    reopen(run, false);
    CHECK_OK(store_get(run->store, &run->arena, TABLE_A, STR("k1"), &out, &found));
    CHECK(found && str_equal(out, STR("again")));
    run_free(run);
}

TEST(test_store_finds_damage)
{
    Run *run = run_new(5, true);
    run->options.table_bytes = 1 << 20;
    reopen(run, false);
    for (int i = 0; i < 40; i++) {
        change_something(run);
        commit(run);
    }
    CHECK_OK(store_close(run->store));
    Buffer report;
    buffer_init(&report);
    CHECK_OK(store_verify(run->disk, "/data", &report));
    CHECK(disk_flip_bit(run->disk, "/data/journal-0", (4096 + 40) * 8 + 3));
    CHECK_ERROR(store_verify(run->disk, "/data", &report), ERR_CORRUPT);
    CHECK_ERROR(store_open(&run->options, &run->store), ERR_CORRUPT); /* and it is not written over */
    CHECK(disk_flip_bit(run->disk, "/data/journal-0", (4096 + 40) * 8 + 3));
    if (CHECK_OK(store_open(&run->options, &run->store))) run_free(run);
    buffer_done(&report);
}

/* Wherever a bit of the database flips: what is read is what was written, or it is said to be damaged. */
TEST(test_store_never_believes_a_flipped_bit)
{
    int found = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        Run *run = run_new(seed, true);
        for (int i = 0; i < 150; i++) {
            change_something(run);
            commit(run);
        }
        CHECK_OK(store_flush(run->store));
        CHECK_OK(store_close(run->store));
        CHECK(disk_flip_bit(run->disk, "/data/main.db", chance_below(&run->chance, 8 * 30000)));
        Error *error = store_open(&run->options, &run->store);
        bool opened = error == NULL;
        for (int i = 0; !error && i < 60; i++) {
            char name[24];
            Str key = str_from(name, (size_t)snprintf(name, sizeof name, "k%d", i)), value;
            ModelRow *row = model_find(&run->now, key);
            bool there = false;
            error = store_get(run->store, &run->arena, TABLE_A, key, &value, &there);
            if (!error && there) CHECK(row && str_equal(value, str_from(row->value, row->value_size)));
        }
        found += error != NULL;
        error_free(error);
        if (opened) {
            run_free(run);
            continue;
        }
        disk_free(run->disk);
        arena_done(&run->arena);
        free(run);
    }
    CHECK(found > 0);
}

TEST(test_store_with_threads_backs_up_compacts_and_wipes)
{
    Disk *disk;
    char path[256], copy[256];
    CHECK_OK(disk_new_real(&disk));
    snprintf(path, sizeof path, "%s/store", test_directory());
    snprintf(copy, sizeof copy, "%s/copy", test_directory());
    Run *run = run_new(3, false);
    CHECK_OK(store_close(run->store));
    run->options = (StoreOptions){ .disk = disk, .directory = path, .table_bytes = 20000 };
    CHECK_OK(store_open(&run->options, &run->store));
    Store *second;
    CHECK_ERROR(store_open(&run->options, &second), ERR_IN_USE);
    for (int i = 0; i < 3000; i++) {
        change_something(run);
        if (i % 20 == 0) commit(run);
        if (i % 500 == 0) check_same(run);
    }
    commit(run);
    CHECK_OK(store_compact(run->store));
    check_same(run);
    CHECK_OK(store_backup(run->store, copy));
    CHECK_OK(store_close(run->store));
    StoreOptions copied = run->options;
    copied.directory = copy;
    CHECK_OK(store_open(&copied, &run->store));
    check_same(run);
    CHECK_OK(store_wipe(run->store));
    Str value;
    bool found = true;
    CHECK_OK(store_get(run->store, &run->arena, TABLE_A, STR("k1"), &value, &found));
    CHECK(!found);
    CHECK_OK(store_close(run->store));
    CHECK_OK(store_open(&copied, &run->store));
    memset(&run->now, 0, sizeof run->now);
    check_same(run);
    run_free(run);
    disk_free(disk);
}

/* Every allocation of a life fails once, SQLite's own excepted. */
static void life_with_failed_allocations(bool on_disk)
{
    for (uint64_t nth = 1; nth < 4000; nth += 1 + nth / 20) {
        Run *run = run_new(9, on_disk);
        memory_fail_nth(nth, false);
        for (int i = 0; i < 60; i++) {
            char room[24], value_room[VALUE_ROOM];
            Str key = random_key(run, room), value = random_value(run, value_room);
            Error *error = store_put(run->store, TABLE_A, key, value);
            if (!error) model_put(&run->now, key, value);
            error_free(error);
            if (i % 7 == 0) commit(run);
            error_free(store_recover(run->store));
        }
        memory_fail_nth(0, false);
        CHECK_OK(store_recover(run->store));
        check_same(run);
        run_free(run);
    }
}

TEST(test_store_survives_each_failed_allocation)
{
    life_with_failed_allocations(false);
    life_with_failed_allocations(true);
}
