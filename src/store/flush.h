/* flush.h -- folding a frozen table into SQLite, on a thread of its own. */
#ifndef STORE_FLUSH_H
#define STORE_FLUSH_H

#include "store/main_db.h"
#include "store/table.h"

typedef struct Flusher Flusher;

typedef struct FlushStats {
    uint64_t flushes, rows, checkpoints;
    Duration time;
} FlushStats;

/* Without a thread, flusher_start does the work before it returns. */
Error *flusher_new(MainDb *db, bool with_thread, Flusher **out);
void   flusher_free(Flusher *flusher); /* waits for the work under way; accepts NULL */

/* Begins to flush a table that holds all up to batch `sequence`. A flush that fails is tried again
 * every second until it succeeds or the flusher ends. */
void   flusher_start(Flusher *flusher, const Table *table, uint64_t sequence);
bool   flusher_done(Flusher *flusher);  /* the started flush has succeeded, or none was started */
bool   flusher_stuck(Flusher *flusher); /* its last try failed */
Error *flusher_wait(Flusher *flusher);  /* until done, or a try has failed: that error */
void   flusher_stats(Flusher *flusher, FlushStats *out);

#endif
