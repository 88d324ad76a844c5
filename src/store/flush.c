/* flush.c -- folding a frozen table into SQLite.
 *
 * A flush is many small transactions, so that the disk is never busy for long with anything but the
 * journal: after every CHUNK_BYTES a commit, now and then a checkpoint. The last one notes how far
 * the database has come (see main_db.c). Records of one log that follow each other become one row. */
#include "store/flush.h"

#include "loop/clock.h"

#include <assert.h>
#include <pthread.h>

enum { CHUNK_BYTES = 1 << 20, CHECKPOINT_BYTES = 4 << 20 };

struct Flusher {
    MainDb         *db;
    bool            with_thread;
    pthread_t       thread;
    pthread_mutex_t mutex;
    pthread_cond_t  changed;
    const Table    *table; /* under way; NULL: nothing to do */
    uint64_t        sequence;
    bool            stop;
    uint64_t        tries; /* that have ended */
    Error          *failure; /* of the last try; NULL: it succeeded */
    FlushStats      stats;
};

typedef struct Run {
    MainDb  *db;
    size_t   chunk_bytes, checkpoint_bytes;
    uint64_t rows, checkpoints;
    WholeKey segment_key;
    Buffer   segment; /* records that wait to become a row; empty: none */
    uint64_t segment_next; /* the position that would continue it */
} Run;

static Error *note_row(Run *run, size_t bytes)
{
    run->rows++;
    run->chunk_bytes += bytes + 64;
    run->checkpoint_bytes += bytes + 64;
    if (run->chunk_bytes < CHUNK_BYTES) return NULL;
    run->chunk_bytes = 0;
    TRY(main_db_commit(run->db, 0));
    if (run->checkpoint_bytes >= CHECKPOINT_BYTES) {
        run->checkpoint_bytes = 0;
        run->checkpoints++;
        TRY(main_db_checkpoint(run->db, false));
    }
    return main_db_begin(run->db);
}

static Error *end_segment(Run *run)
{
    if (!run->segment.length) return NULL;
    if (run->segment.failed) return error_memory();
    size_t size = run->segment.length;
    TRY(main_db_put(run->db, key_str(&run->segment_key), buffer_str(&run->segment)));
    buffer_clear(&run->segment);
    return note_row(run, size);
}

static bool continues_segment(const Run *run, Str key, uint64_t position)
{
    Str current = key_str(&run->segment_key);
    return run->segment.length && run->segment.length < MAIN_SEGMENT_BYTES_MAX && position == run->segment_next &&
           key.length == current.length && str_equal(str_slice(key, 0, key.length - 8), str_slice(current, 0, key.length - 8));
}

static Error *flush_record(Run *run, Str key, Str record)
{
    uint64_t position = bytes_get_u64(key.data + key.length - 8);
    if (!continues_segment(run, key, position)) {
        TRY(end_segment(run));
        run->segment_key.length = 0;
        key_append(&run->segment_key, key);
    }
    bytes_append_text(&run->segment, record);
    run->segment_next = position + 1;
    return NULL;
}

static Error *flush_node(Run *run, const TableNode *node)
{
    Str key = table_key(node), value = table_value(node);
    if (node->state == TABLE_NOTHING) return NULL;
    if (key.data[0] == SPACE_LOG) return node->state == TABLE_VALUE ? flush_record(run, key, value) : NULL;
    if (key.data[0] == SPACE_CUT)
        TRY(main_db_cut(run->db, key, bytes_get_u64(value.data)));
    else if (node->state == TABLE_VALUE)
        TRY(main_db_put(run->db, key, value));
    else
        TRY(main_db_delete(run->db, key));
    return note_row(run, key.length + value.length);
}

static Error *flush_nodes(Run *run, const Table *table)
{
    TRY(main_db_begin(run->db));
    for (const TableNode *node = table_at_or_after(table, STR_NONE); node; node = node->next[0]) TRY(flush_node(run, node));
    return end_segment(run);
}

static Error *flush_table(MainDb *db, const Table *table, uint64_t sequence, FlushStats *stats)
{
    Run run = { .db = db };
    buffer_init(&run.segment);
    Error *error = flush_nodes(&run, table);
    buffer_done(&run.segment);
    if (!error) error = main_db_commit(db, sequence);
    if (error) {
        main_db_rollback(db);
        return error;
    }
    stats->flushes++;
    stats->rows += run.rows;
    stats->checkpoints += run.checkpoints + 1;
    return main_db_checkpoint(db, false);
}

/* One try, without the lock. */
static void try_once(Flusher *flusher)
{
    Instant start = clock_monotonic();
    FlushStats done = { 0 };
    Error *error = flush_table(flusher->db, flusher->table, flusher->sequence, &done);
    pthread_mutex_lock(&flusher->mutex);
    error_free(flusher->failure);
    flusher->failure = error;
    flusher->tries++;
    flusher->stats.time += clock_monotonic() - start;
    flusher->stats.flushes += done.flushes;
    flusher->stats.rows += done.rows;
    flusher->stats.checkpoints += done.checkpoints;
    if (!error) flusher->table = NULL;
    pthread_cond_broadcast(&flusher->changed);
    pthread_mutex_unlock(&flusher->mutex);
}

static void wait_a_second(Flusher *flusher)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&flusher->mutex);
    if (!flusher->stop) pthread_cond_timedwait(&flusher->changed, &flusher->mutex, &until);
    pthread_mutex_unlock(&flusher->mutex);
}

static bool wait_for_work(Flusher *flusher)
{
    pthread_mutex_lock(&flusher->mutex);
    while (!flusher->table && !flusher->stop) pthread_cond_wait(&flusher->changed, &flusher->mutex);
    bool more = flusher->table && !(flusher->stop && flusher->failure);
    pthread_mutex_unlock(&flusher->mutex);
    return more;
}

static void *run_thread(void *context)
{
    Flusher *flusher = context;
    while (wait_for_work(flusher)) {
        try_once(flusher);
        if (flusher_stuck(flusher)) wait_a_second(flusher);
    }
    return NULL;
}

Error *flusher_new(MainDb *db, bool with_thread, Flusher **out)
{
    Flusher *flusher = memory_alloc_zero(sizeof *flusher);
    if (!flusher) return error_memory();
    flusher->db = db;
    pthread_mutex_init(&flusher->mutex, NULL);
    pthread_cond_init(&flusher->changed, NULL);
    if (with_thread) {
        int failed = pthread_create(&flusher->thread, NULL, run_thread, flusher);
        if (failed) {
            memory_free(flusher);
            return error_errno(failed, "cannot start the flusher's thread");
        }
        flusher->with_thread = true;
    }
    *out = flusher;
    return NULL;
}

void flusher_free(Flusher *flusher)
{
    if (!flusher) return;
    if (flusher->with_thread) {
        pthread_mutex_lock(&flusher->mutex);
        flusher->stop = true;
        pthread_cond_broadcast(&flusher->changed);
        pthread_mutex_unlock(&flusher->mutex);
        pthread_join(flusher->thread, NULL);
    }
    error_free(flusher->failure);
    pthread_cond_destroy(&flusher->changed);
    pthread_mutex_destroy(&flusher->mutex);
    memory_free(flusher);
}

void flusher_start(Flusher *flusher, const Table *table, uint64_t sequence)
{
    pthread_mutex_lock(&flusher->mutex);
    assert(!flusher->table);
    flusher->table = table;
    flusher->sequence = sequence;
    pthread_cond_broadcast(&flusher->changed);
    pthread_mutex_unlock(&flusher->mutex);
    if (!flusher->with_thread) try_once(flusher);
}

bool flusher_done(Flusher *flusher)
{
    pthread_mutex_lock(&flusher->mutex);
    bool done = !flusher->table;
    pthread_mutex_unlock(&flusher->mutex);
    return done;
}

bool flusher_stuck(Flusher *flusher)
{
    pthread_mutex_lock(&flusher->mutex);
    bool stuck = flusher->failure != NULL;
    pthread_mutex_unlock(&flusher->mutex);
    return stuck;
}

Error *flusher_wait(Flusher *flusher)
{
    if (!flusher->with_thread && flusher->table) try_once(flusher);
    pthread_mutex_lock(&flusher->mutex);
    uint64_t tries = flusher->tries;
    while (flusher->with_thread && flusher->table && flusher->tries == tries) {
        pthread_cond_broadcast(&flusher->changed); /* a failed one need not wait its second */
        pthread_cond_wait(&flusher->changed, &flusher->mutex);
    }
    Error *error = NULL;
    if (flusher->table && flusher->failure)
        error = error_new(flusher->failure->code, "cannot flush: %s", flusher->failure->message);
    pthread_mutex_unlock(&flusher->mutex);
    return error;
}

void flusher_stats(Flusher *flusher, FlushStats *out)
{
    pthread_mutex_lock(&flusher->mutex);
    *out = flusher->stats;
    pthread_mutex_unlock(&flusher->mutex);
}
