/* store.h -- maps and logs, in transactions that commit as a whole.
 *
 * A store holds two kinds of thing in named tables. A *map* is ordered bytes to bytes. A *log* is
 * records by position: appended in order, read by position, cut off at the old end; one table holds
 * many logs, told apart by a key.
 *
 * How it works. Writes go to a sorted table in memory and, sealed into a batch, to a journal: one
 * write and one sync make everything since the last batch durable. When the table in memory has grown
 * to some megabytes it is frozen, a new one takes its place, and a flusher folds the frozen one into
 * SQLite at its leisure; then its journal is used again. What was written and deleted in between never
 * reaches SQLite. Reads look in memory first, then in SQLite.
 *
 *      put ---> active table --frozen--> frozen table --flusher--> SQLite (main.db)
 *                  |                         |
 *               journal A                 journal B  (until the flush is done)
 *
 * Why a journal, when SQLite has one: rows that change often or live shortly cost a SQLite commit
 * much and a journal nearly nothing, and every service would have to keep its own records and
 * snapshots to avoid it. See ARCHITECTURE.md for the numbers.
 *
 * Invariants:
 *  1. What a batch wrote is visible to its owner at once and durable when store_batch_write returned.
 *  2. A crash at any instant leaves a store that opens with exactly the durable batches, plus perhaps
 *     the one that was being written, whole.
 *  3. A batch that failed leaves nothing behind: store_batch_end undoes it, and those after it.
 *  4. Only the owner's thread reads and writes; store_batch_write may run on any one other thread.
 *
 * A store without a directory keeps everything in memory: for tests, simulation and throw-away use. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/instant.h"
#include "loop/disk.h"

typedef struct Store       Store;
typedef struct StoreBatch  StoreBatch;
typedef struct StoreCursor StoreCursor;
typedef uint16_t           StoreTable; /* a number that a module owns; see tables.h */

enum {
    STORE_KEY_MAX = 1024,
    STORE_VALUE_MAX = 16 << 20,
    STORE_TABLE_BYTES_DEFAULT = 16 << 20, /* of the table in memory before it is frozen */
};

typedef struct StoreOptions {
    Disk       *disk;        /* NULL: everything in memory. Borrowed */
    const char *directory;
    size_t      table_bytes; /* 0: the default. Writes are refused while four times as much waits for the disk */
    bool        relaxed;     /* batches are not synced: throw-away use */
    bool        no_thread;   /* flushes run inside store_batch_end: for simulation, the same each time */
} StoreOptions;

/* ERR_IN_USE where another process has the directory; ERR_CORRUPT says what and where. */
Error *store_open(const StoreOptions *options, Store **out);
Error *store_close(Store *store); /* finishes a flush under way; accepts NULL */

/* ---- maps ---- */

Error *store_get(Store *store, Arena *arena, StoreTable table, Str key, Str *out, bool *out_found);
Error *store_put(Store *store, StoreTable table, Str key, Str value);
Error *store_delete(Store *store, StoreTable table, Str key); /* fine where it is not there */

/* A put of a key that was never there before (it was born from a counter): if it is deleted before it
 * reaches SQLite, nothing of it ever will. */
Error *store_insert(Store *store, StoreTable table, Str key, Str value);

/* Goes over the keys of a table from `from` on, while they begin with `prefix`. The store must not be
 * written to between store_scan and the last store_next; results live in the arena. */
Error *store_scan(Store *store, Arena *arena, StoreTable table, Str from, Str prefix, StoreCursor **out);
Error *store_next(StoreCursor *cursor, Str *out_key, Str *out_value, bool *out_more); /* false: no more */
void   store_scan_end(StoreCursor *cursor); /* accepts NULL; also done when the arena ends */

/* ---- logs ---- */

/* The caller, who keeps the log's head, says the position; it must be the one after the last. */
Error *store_append(Store *store, StoreTable table, Str log, uint64_t position, Str record);
/* Reads on from a position that was not cut, as far as the log goes; out_records has room for count_max. */
Error *store_read(Store *store, Arena *arena, StoreTable table, Str log, uint64_t from, size_t count_max,
                  Str *out_records, size_t *out_count);
Error *store_cut(Store *store, StoreTable table, Str log, uint64_t before); /* may forget what is before */

/* ---- transactions ---- */

typedef struct StoreMark {
    size_t undo_count;
    size_t journal_length;
} StoreMark;

StoreMark store_mark(const Store *store);
void      store_rollback(Store *store, StoreMark mark); /* undoes every write since; cannot fail */
bool      store_dirty(const Store *store);              /* something was written since the last seal */

/* The number of the batch that is being filled: batches count without gaps over the directory's life. */
uint64_t store_filling(const Store *store);

/* Seals what was written since the last seal. At most one batch is under way at a time; the next may
 * be filled meanwhile. NULL: nothing was written. */
StoreBatch *store_seal(Store *store);
bool        store_wants_pause(const Store *store); /* end the sealed batch before writing on: a freeze is due */
Error      *store_batch_write(StoreBatch *batch); /* any thread: returns when it is durable, or not */
/* On the owner's thread, afterwards: `failed` undoes the batch and all written since. May freeze. */
void store_batch_end(Store *store, StoreBatch *batch, bool failed);

/* After a failed batch the store refuses writes (ERR_UNAVAILABLE) until this has succeeded: it
 * starts a new journal on the disk. Reads go on meanwhile. */
Error *store_recover(Store *store);

/* ---- upkeep ---- */

typedef struct StoreStats {
    uint64_t batches, batch_bytes;   /* since it was opened */
    uint64_t flushes, flushed_rows, checkpoints;
    Duration flush_time;
    size_t   table_bytes, table_entries; /* in memory: active and frozen */
    uint64_t journal_bytes, main_bytes, wal_bytes;
    uint64_t last_batch; /* its sequence number: counted over the life of the directory */
} StoreStats;

void   store_stats(Store *store, StoreStats *out);
Error *store_flush(Store *store);                                       /* everything is in SQLite; for compact, backup */
Error *store_compact(Store *store);                                     /* and SQLite takes no more room than needed */
Error *store_backup(Store *store, const char *directory);               /* a copy that opens by itself */
Error *store_wipe(Store *store);                                        /* empty, durably: /_tutti/reset */

typedef struct StoreTableStats {
    StoreTable table;
    uint64_t   rows;
    uint64_t   bytes;
} StoreTableStats;

/* Counts rows of maps and segments of logs by table: slow, for people. */
Error *store_table_stats(Store *store, Arena *arena, StoreTableStats **out, size_t *out_count);

/* Reads everything in a closed directory and reports each damage found as a line; ERR_CORRUPT if any. */
Error *store_verify(Disk *disk, const char *directory, Buffer *report);

#endif
