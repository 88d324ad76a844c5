/* main_db.h -- the store at rest: a SQLite database, main.db.
 *
 * Two tables, `map` and `log`, both from a whole key (without its space) to bytes. A row of `log` is a
 * segment: the records of one log from the row's position on, each with its length in front. A third,
 * `meta`, has the sequence of the last batch that is in here.
 *
 * The owner reads through one connection, the flusher writes through another, and neither waits for
 * the other. On a simulated disk both are the same connection. */
#ifndef STORE_MAIN_DB_H
#define STORE_MAIN_DB_H

#include "store/key.h"

typedef struct MainDb     MainDb;
typedef struct MainCursor MainCursor;

enum { MAIN_SEGMENT_BYTES_MAX = 64 << 10 };

Error *main_db_open(Disk *disk, const char *directory, MainDb **out);
Error *main_db_close(MainDb *db); /* accepts NULL */
uint64_t main_db_flushed(const MainDb *db); /* as of opening, or the last main_db_commit that said so */

/* ---- the owner ---- */

Error *main_db_get(MainDb *db, Arena *arena, Str whole, Str *out, bool *out_found);
/* The segment that begins at or before the record of this whole key, of the same log. */
Error *main_db_segment(MainDb *db, Arena *arena, Str whole, uint64_t *out_position, Str *out, bool *out_found);
Error *main_db_cursor_open(MainDb *db, Str from_whole, MainCursor **out); /* of maps */
/* Borrowed until the next call. False: no more. */
Error *main_db_cursor_next(MainCursor *cursor, Str *out_whole, Str *out_value, bool *out_more);
void   main_db_cursor_close(MainCursor *cursor); /* accepts NULL */
void   main_db_rest(MainDb *db); /* ends the snapshot that reads have been looking at */

/* ---- the flusher ---- */

Error *main_db_begin(MainDb *db);
Error *main_db_put(MainDb *db, Str whole, Str value); /* the space says where */
Error *main_db_delete(MainDb *db, Str whole);
Error *main_db_cut(MainDb *db, Str whole_cut, uint64_t before);
Error *main_db_commit(MainDb *db, uint64_t flushed); /* 0: more is to come, need not be durable yet */
void   main_db_rollback(MainDb *db);
Error *main_db_checkpoint(MainDb *db, bool truncate); /* moves the write-ahead log into the file */
uint64_t main_db_bytes(MainDb *db, uint64_t *out_wal_bytes);

/* ---- upkeep, from any thread that has the store for itself ---- */

Error *main_db_vacuum(MainDb *db);
Error *main_db_backup(MainDb *db, const char *path);
Error *main_db_wipe(MainDb *db); /* within main_db_begin and commit */
Error *main_db_check(MainDb *db, Buffer *report); /* ERR_CORRUPT with a line each */
Error *main_db_table_stats(MainDb *db, Arena *arena, StoreTableStats **out, size_t *out_count);

#endif
