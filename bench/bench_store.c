/* bench_store.c -- the store under the writes of many executions, beside a bare log file.
 *
 *     bench_store DIRECTORY [--seconds S] [--rounds N] [--preload RECORDS]
 *
 * A thousand executions live at a time, each of about ten transitions. A transition appends a record
 * to its execution's log and replaces its state; every fourth sets a timer and clears the one before;
 * the last deletes the state. Batches are committed as the lane does it: a second thread writes one
 * while the next is filled.
 *
 *      owner:      fill A | seal A, fill B | end A, seal B, fill A | ...
 *      committer:         | write A        | write B               | ...
 *
 * The bare log gets the same number of bytes a batch, prepared beforehand, with one write and one
 * fdatasync. The subjects take turns in slices, so that what the machine does meanwhile falls on all
 * of them; a store has to finish its flushes before the next one's turn. With --preload a second
 * store holds so many records from the start, and takes its turn beside the nearly empty one. */
#include "base/bytes.h"
#include "base/instant.h"
#include "bench/measure.h"
#include "loop/chance.h"
#include "store/store.h"

#include <getopt.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

enum {
    BATCH_TRANSITIONS = 100,
    EXECUTIONS_LIVE = 1000,
    STEPS_MIN = 8, /* of an execution: 8 to 12 */
    STEPS_SPREAD = 5,
    TIMER_EVERY = 4,
    RECORD_BYTES = 200,
    STATE_BYTES = 600,
    TIMER_BYTES = 40,
    NOISE_BYTES = 1 << 16,
    BARE_LOG_BYTES = 64 << 20,
    PRELOAD_BATCH_RECORDS = 2000,
    PRELOAD_LOG_RECORDS = 10, /* of one execution */
    SPINS_MAX = 2000,
    ROUNDS_MAX = 100,
};

enum { TABLE_BENCH_LOG = 60001, TABLE_BENCH_STATE = 60002, TABLE_BENCH_TIMER = 60003 };

typedef struct Execution {
    uint64_t id;
    unsigned step;
    unsigned steps;
    uint64_t timer_due; /* 0: none */
} Execution;

typedef struct Committer {
    pthread_t thread;
    sem_t sealed;
    sem_t written;
    StoreBatch *batch; /* NULL when posted: end */
    Error *error;
    uint64_t written_at;
} Committer;

typedef struct Subject { /* one store and its executions */
    const char *name;
    Store *store;
    Chance chance;
    Execution executions[EXECUTIONS_LIVE];
    uint64_t next_id;
    uint64_t payload_bytes; /* keys and values of the batch being filled */
    Committer committer;
    bool under_way;
    uint64_t sealed_at;
    Histogram commit; /* from the seal until its end, without what was filled meanwhile */
    Histogram fill;   /* of one batch: shows where writes had to wait */
    double rates[ROUNDS_MAX];
} Subject;

typedef struct Options {
    const char *directory;
    double seconds;
    unsigned rounds;
    uint64_t preload;
} Options;

static char noise[NOISE_BYTES];

/* ---- the committer ---- */

/* The other side is usually about to post: a short spin is cheaper than a sleep. */
static void wait_for(sem_t *semaphore)
{
    for (int i = 0; i < SPINS_MAX; i++) {
        if (sem_trywait(semaphore) == 0) return;
        __builtin_ia32_pause();
    }
    while (sem_wait(semaphore) != 0) {
    }
}

static void *commit_batches(void *context)
{
    Committer *committer = context;
    for (;;) {
        wait_for(&committer->sealed);
        if (!committer->batch) return NULL;
        committer->error = store_batch_write(committer->batch);
        committer->written_at = measure_now();
        sem_post(&committer->written);
    }
}

static Error *committer_start(Committer *committer)
{
    sem_init(&committer->sealed, 0, 0);
    sem_init(&committer->written, 0, 0);
    int failed = pthread_create(&committer->thread, NULL, commit_batches, committer);
    return failed ? error_errno(failed, "cannot start the committer") : NULL;
}

static void committer_stop(Committer *committer)
{
    committer->batch = NULL;
    sem_post(&committer->sealed);
    pthread_join(committer->thread, NULL);
}

static Error *finish_commit(Subject *subject)
{
    if (!subject->under_way) return NULL;
    Committer *committer = &subject->committer;
    wait_for(&committer->written);
    subject->under_way = false;
    uint64_t begun = measure_now();
    Error *error = committer->error;
    store_batch_end(subject->store, committer->batch, error != NULL);
    histogram_add(&subject->commit, committer->written_at - subject->sealed_at + measure_now() - begun);
    return error;
}

static Error *begin_commit(Subject *subject)
{
    subject->sealed_at = measure_now();
    subject->committer.batch = store_seal(subject->store);
    if (!subject->committer.batch) return error_memory();
    subject->under_way = true;
    sem_post(&subject->committer.sealed);
    return store_wants_pause(subject->store) ? finish_commit(subject) : NULL;
}

/* ---- transitions ---- */

static Str some_bytes(Subject *subject, size_t size)
{
    subject->payload_bytes += size;
    return str_from(noise + chance_below(&subject->chance, NOISE_BYTES - size), size);
}

static Str write_key(Subject *subject, char out[16], uint64_t first, uint64_t second)
{
    bytes_put_u64(out, first);
    bytes_put_u64(out + 8, second);
    size_t size = second ? 16 : 8;
    subject->payload_bytes += size;
    return str_from(out, size);
}

static void execution_begin(Subject *subject, Execution *execution)
{
    *execution = (Execution){
        .id = ++subject->next_id,
        .steps = STEPS_MIN + (unsigned)chance_below(&subject->chance, STEPS_SPREAD),
    };
}

static Error *clear_timer(Subject *subject, Execution *execution)
{
    char key[16];
    if (!execution->timer_due) return NULL;
    TRY(store_delete(subject->store, TABLE_BENCH_TIMER, write_key(subject, key, execution->timer_due, execution->id)));
    execution->timer_due = 0;
    return NULL;
}

static Error *move_timer(Subject *subject, Execution *execution)
{
    char key[16];
    TRY(clear_timer(subject, execution));
    uint64_t due = (measure_now() / 1000) + DURATION_MINUTE + chance_below(&subject->chance, DURATION_HOUR);
    TRY(store_insert(subject->store, TABLE_BENCH_TIMER, write_key(subject, key, due, execution->id),
                     some_bytes(subject, TIMER_BYTES)));
    execution->timer_due = due;
    return NULL;
}

static Error *change_state(Subject *subject, Execution *execution)
{
    char key[16];
    Str name = write_key(subject, key, execution->id, 0);
    if (execution->step == execution->steps) return store_delete(subject->store, TABLE_BENCH_STATE, name);
    Str state = some_bytes(subject, STATE_BYTES);
    if (execution->step == 1) return store_insert(subject->store, TABLE_BENCH_STATE, name, state);
    return store_put(subject->store, TABLE_BENCH_STATE, name, state);
}

static Error *run_transition(Subject *subject)
{
    char key[16];
    Execution *execution = &subject->executions[chance_below(&subject->chance, EXECUTIONS_LIVE)];
    TRY(store_append(subject->store, TABLE_BENCH_LOG, write_key(subject, key, execution->id, 0), execution->step,
                     some_bytes(subject, RECORD_BYTES)));
    execution->step++;
    TRY(change_state(subject, execution));
    if (execution->step % TIMER_EVERY == 0) TRY(move_timer(subject, execution));
    if (execution->step < execution->steps) return NULL;
    TRY(clear_timer(subject, execution));
    execution_begin(subject, execution);
    return NULL;
}

/* ---- slices ---- */

static Error *fill_batch(Subject *subject)
{
    uint64_t start = measure_now();
    subject->payload_bytes = 0;
    for (int i = 0; i < BATCH_TRANSITIONS; i++) TRY(run_transition(subject));
    histogram_add(&subject->fill, measure_now() - start);
    return NULL;
}

static Error *run_store(Subject *subject, double seconds, double *out_rate)
{
    uint64_t start = measure_now(), deadline = start + measure_seconds(seconds), transitions = 0;
    while (measure_now() < deadline) {
        TRY(fill_batch(subject));
        TRY(finish_commit(subject));
        TRY(begin_commit(subject));
        transitions += BATCH_TRANSITIONS;
    }
    TRY(finish_commit(subject));
    *out_rate = (double)transitions * 1e9 / (double)(measure_now() - start);
    return NULL;
}

static Error *run_bare(BareLog *log, Histogram *commit, size_t size, double seconds, double *out_rate)
{
    static char payload[1 << 20];
    if (size > sizeof payload) return error_new(ERR_LIMIT, "a batch of %zu bytes", size);
    for (size_t at = 0; at < size; at += NOISE_BYTES) memcpy(payload + at, noise, NOISE_BYTES);
    uint64_t start = measure_now(), now = start, deadline = start + measure_seconds(seconds), transitions = 0;
    while (now < deadline) {
        TRY(bare_log_write(log, payload, size));
        uint64_t after = measure_now();
        histogram_add(commit, after - now);
        now = after;
        transitions += BATCH_TRANSITIONS;
    }
    *out_rate = (double)transitions * 1e9 / (double)(now - start);
    return NULL;
}

/* Waits until the flusher has been quiet for a while: its work is not to fall on the next subject. */
static void settle(Store *store)
{
    uint64_t flushes = UINT64_MAX;
    for (int quiet = 0; quiet < 10; quiet++) {
        StoreStats stats;
        store_stats(store, &stats);
        if (stats.flushes != flushes) quiet = 0;
        flushes = stats.flushes;
        usleep(20000);
    }
}

/* ---- preparing ---- */

static Error *preload(Subject *subject, uint64_t records)
{
    char key[16];
    for (uint64_t i = 0; i < records; i++) {
        uint64_t position = i % PRELOAD_LOG_RECORDS;
        if (position == 0) subject->next_id++;
        TRY(store_append(subject->store, TABLE_BENCH_LOG, write_key(subject, key, subject->next_id, 0), position,
                         some_bytes(subject, RECORD_BYTES)));
        if (i % PRELOAD_BATCH_RECORDS != PRELOAD_BATCH_RECORDS - 1 && i + 1 < records) continue;
        TRY(finish_commit(subject));
        TRY(begin_commit(subject));
    }
    TRY(finish_commit(subject));
    subject->commit = (Histogram){ .total = 0 };
    return NULL;
}

static Error *subject_open(Subject *subject, Disk *disk, const char *parent, uint64_t records)
{
    char directory[4096];
    if (snprintf(directory, sizeof directory, "%s/%s", parent, subject->name) >= (int)sizeof directory)
        return error_new(ERR_LIMIT, "the directory's name is too long");
    TRY(disk_make_directory(disk, directory));
    TRY(store_open(&(StoreOptions){ .disk = disk, .directory = directory }, &subject->store));
    chance_init_seed(&subject->chance, 1729);
    TRY(committer_start(&subject->committer));
    TRY(preload(subject, records));
    for (size_t i = 0; i < EXECUTIONS_LIVE; i++) execution_begin(subject, &subject->executions[i]);
    return fill_batch(subject); /* not committed yet: tells how many bytes a batch has */
}

static Error *subject_close(Subject *subject)
{
    committer_stop(&subject->committer);
    return store_close(subject->store);
}

/* ---- telling ---- */

static void print_rates(const char *name, const double *rates, unsigned rounds)
{
    printf("\"%s\":{\"per_second\":[", name);
    for (unsigned i = 0; i < rounds; i++) printf("%s%.0f", i ? "," : "", rates[i]);
    printf("]");
}

static void print_subject(const Subject *subject, unsigned rounds)
{
    StoreStats stats;
    store_stats(subject->store, &stats);
    print_rates(subject->name, subject->rates, rounds);
    putchar(',');
    histogram_print(&subject->commit, "commit_us");
    putchar(',');
    histogram_print(&subject->fill, "fill_us");
    printf(",\"flushes\":%llu,\"main_bytes\":%llu,\"wal_bytes\":%llu,\"journal_bytes\":%llu},",
           (unsigned long long)stats.flushes, (unsigned long long)stats.main_bytes, (unsigned long long)stats.wal_bytes,
           (unsigned long long)stats.journal_bytes);
}

static Error *measure(const Options *options, Disk *disk)
{
    static Subject empty = { .name = "store" }, loaded = { .name = "loaded" };
    static Histogram bare_commit;
    double bare_rates[ROUNDS_MAX], preload_seconds = 0;
    BareLog log;
    TRY(bare_log_open(options->directory, BARE_LOG_BYTES, &log));
    TRY(subject_open(&empty, disk, options->directory, 0));
    size_t batch_bytes = empty.payload_bytes;
    if (options->preload) {
        uint64_t start = measure_now();
        TRY(subject_open(&loaded, disk, options->directory, options->preload));
        preload_seconds = (double)(measure_now() - start) / 1e9;
        settle(loaded.store);
    }
    for (unsigned i = 0; i < options->rounds; i++) {
        TRY(run_bare(&log, &bare_commit, batch_bytes, options->seconds, &bare_rates[i]));
        TRY(run_store(&empty, options->seconds, &empty.rates[i]));
        settle(empty.store);
        if (!options->preload) continue;
        TRY(run_store(&loaded, options->seconds, &loaded.rates[i]));
        settle(loaded.store);
    }
    putchar('{');
    print_subject(&empty, options->rounds);
    if (options->preload) print_subject(&loaded, options->rounds);
    print_rates("bare", bare_rates, options->rounds);
    putchar(',');
    histogram_print(&bare_commit, "commit_us");
    printf("},\"batch_bytes\":%zu,\"preload\":%llu,\"preload_seconds\":%.1f}\n", batch_bytes,
           (unsigned long long)options->preload, preload_seconds);
    bare_log_close(&log);
    TRY(subject_close(&empty));
    return options->preload ? subject_close(&loaded) : NULL;
}

static Error *run(const Options *options)
{
    Chance chance;
    chance_init_seed(&chance, 1);
    for (size_t i = 0; i < NOISE_BYTES; i++) noise[i] = (char)chance_u64(&chance);
    Disk *disk;
    TRY(disk_new_real(&disk));
    Error *error = measure(options, disk);
    disk_free(disk);
    return error;
}

int main(int argc, char **argv)
{
    enum { SECONDS = 1, ROUNDS, PRELOAD };
    static const struct option table[] = {
        { "seconds", required_argument, NULL, SECONDS },
        { "rounds", required_argument, NULL, ROUNDS },
        { "preload", required_argument, NULL, PRELOAD },
        { NULL, 0, NULL, 0 },
    };
    Options options = { .seconds = 2, .rounds = 5 };
    bool fine = true;
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        switch (option) {
        case SECONDS: options.seconds = strtod(optarg, NULL); break;
        case ROUNDS: options.rounds = (unsigned)strtoul(optarg, NULL, 10); break;
        case PRELOAD: options.preload = strtoull(optarg, NULL, 10); break;
        default: fine = false;
        }
    }
    if (!fine || optind != argc - 1 || options.seconds <= 0 || options.rounds < 1 || options.rounds > ROUNDS_MAX) {
        fputs("usage: bench_store DIRECTORY [--seconds S] [--rounds N] [--preload RECORDS]\n", stderr);
        return 2;
    }
    options.directory = argv[optind];
    return measure_exit("bench_store", run(&options));
}
