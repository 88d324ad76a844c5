/* main_db.c -- the store at rest.
 *
 * Layout. Rows of `map` are small and live in one tree, ordered by key. Rows of `log` are segments of
 * some kilobytes, which such a tree would spill to a page each: they lie in a table, found by an index.
 *
 * A row's value begins with a CRC-32C of its key and the rest:
 *
 *     0        4
 *     +--------+-------------- - -
 *     | crc32c | what was put
 *     +--------+-------------- - -
 *
 * SQLite checks the shape of its pages, not what is in them; so a bit that flipped on the disk is found
 * when the row is read, and by `tutti store verify`.
 *
 * Durability. The journal holds everything until a flush is over, so the commits in the middle of a
 * flush are not synced (synchronous=NORMAL in WAL mode); the last one, which moves `flushed`, is
 * (synchronous=FULL), and that sync covers all before it. A crash in the middle leaves some rows newer
 * than `flushed` says; replaying the journal over them comes to the same.
 *
 * Reading. All reads between two calls of main_db_rest look at one snapshot, which costs one lock for
 * many reads. The snapshot may be older than the last flush: the table in memory that was flushed is
 * kept until after the next rest. */
#include "store/main_db.h"

#include "base/hash.h"
#include "store/vfs.h"

#include <assert.h>
#include <sqlite3.h>

enum { FORMAT_VERSION = 1, CURSORS_MAX = 4, ROW_HEAD = 4 };

typedef enum Statement {
    /* of the reader */
    READ_MAP,
    READ_SEGMENT,
    READ_BEGIN,
    READ_END,
    /* of the writer */
    WRITE_BEGIN,
    WRITE_COMMIT,
    WRITE_MAP,
    WRITE_LOG,
    WRITE_DELETE,
    WRITE_CUT,
    WRITE_FLUSHED,
    STATEMENT_COUNT
} Statement;

static const char *const statement_text[STATEMENT_COUNT] = {
    [READ_MAP] = "SELECT v FROM map WHERE k = ?1",
    [READ_SEGMENT] = "SELECT k, v FROM log WHERE k <= ?1 ORDER BY k DESC LIMIT 1",
    [READ_BEGIN] = "BEGIN",
    [READ_END] = "COMMIT",
    [WRITE_BEGIN] = "BEGIN IMMEDIATE",
    [WRITE_COMMIT] = "COMMIT",
    [WRITE_MAP] = "INSERT INTO map(k, v) VALUES(?1, ?2) ON CONFLICT(k) DO UPDATE SET v = excluded.v",
    [WRITE_LOG] = "INSERT INTO log(k, v) VALUES(?1, ?2) ON CONFLICT(k) DO UPDATE SET v = excluded.v",
    [WRITE_DELETE] = "DELETE FROM map WHERE k = ?1",
    /* The last segment that begins at or before the cut may hold records behind it: it stays. */
    [WRITE_CUT] = "DELETE FROM log WHERE k >= ?1 AND k < (SELECT max(k) FROM log WHERE k >= ?1 AND k <= ?2)",
    [WRITE_FLUSHED] = "UPDATE meta SET value = ?1 WHERE name = 'flushed'",
};

static const char *const cursor_text = "SELECT k, v FROM map WHERE k >= ?1 ORDER BY k";

struct MainCursor {
    MainDb       *db;
    sqlite3_stmt *statement; /* kept prepared between uses */
    bool          open;
    bool          spare; /* not of the cache: ended for good when closed */
};

struct MainDb {
    sqlite3      *reader, *writer; /* the same on a simulated disk */
    sqlite3_stmt *statements[STATEMENT_COUNT];
    MainCursor    cursors[CURSORS_MAX];
    const char   *vfs; /* NULL: SQLite's own */
    uint64_t      flushed;
    bool          reading, writing;
    Buffer        row; /* of the writer: a value with its head */
    char          path[4096];
};

/* ---- errors ---- */

static ErrorCode code_of(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_FULL: return ERR_DISK_FULL;
    case SQLITE_NOMEM: return ERR_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ERR_IN_USE;
    default: return ERR_IO;
    }
}

static Error *sqlite_error(sqlite3 *connection, int code, const char *what)
{
    if (code == SQLITE_NOMEM) return error_memory();
    return error_new(code_of(code), "main.db: cannot %s: %s", what, connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code));
}

static Error *execute(sqlite3 *connection, const char *text, const char *what)
{
    int code = sqlite3_exec(connection, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? NULL : sqlite_error(connection, code, what);
}

static sqlite3 *connection_of(MainDb *db, Statement which)
{
    return which < WRITE_BEGIN ? db->reader : db->writer;
}

static Error *prepared(MainDb *db, Statement which, sqlite3_stmt **out)
{
    sqlite3_stmt **statement = &db->statements[which];
    if (!*statement) {
        sqlite3 *connection = connection_of(db, which);
        int code = sqlite3_prepare_v3(connection, statement_text[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
        if (code != SQLITE_OK) return sqlite_error(connection, code, "prepare a statement");
    }
    sqlite3_reset(*statement);
    *out = *statement;
    return NULL;
}

static void bind(sqlite3_stmt *statement, int index, Str bytes)
{
    sqlite3_bind_blob64(statement, index, bytes.length ? bytes.data : "", bytes.length, SQLITE_STATIC);
}

static Error *run(MainDb *db, Statement which, Str first, Str second, const char *what)
{
    sqlite3_stmt *statement;
    TRY(prepared(db, which, &statement));
    if (first.data) bind(statement, 1, first);
    if (second.data) bind(statement, 2, second);
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? NULL : sqlite_error(connection_of(db, which), code, what);
}

static Str column(sqlite3_stmt *statement, int index)
{
    const void *bytes = sqlite3_column_blob(statement, index);
    return str_from(bytes ? bytes : "", (size_t)sqlite3_column_bytes(statement, index));
}

static Str without_space(Str whole)
{
    return str_slice(whole, 1, whole.length);
}

/* ---- rows ---- */

static uint32_t row_sum(Str key, Str value)
{
    return hash_crc32c(hash_crc32c(0, key.data, key.length), value.data, value.length);
}

static Error *wrap_row(MainDb *db, Str key, Str value, Str *out)
{
    buffer_clear(&db->row);
    bytes_append_u32(&db->row, row_sum(key, value));
    buffer_append_str(&db->row, value);
    if (db->row.failed) return error_memory();
    *out = buffer_str(&db->row);
    return NULL;
}

static Error *unwrap_row(Str key, Str row, Str *out)
{
    Str value = str_slice(row, ROW_HEAD, row.length);
    if (row.length < ROW_HEAD || bytes_get_u32(row.data) != row_sum(key, value))
        return error_new(ERR_CORRUPT, "main.db: a row of table %u is damaged",
                         key.length >= 2 ? (unsigned)((uint8_t)key.data[0] << 8 | (uint8_t)key.data[1]) : 0);
    *out = value;
    return NULL;
}

/* ---- opening ---- */

static Error *open_connection(MainDb *db, sqlite3 **out)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int code = sqlite3_open_v2(db->path, out, flags, db->vfs);
    if (code != SQLITE_OK) return sqlite_error(*out, code, "open it");
    sqlite3_busy_timeout(*out, 5000);
    if (db->vfs) TRY(execute(*out, "PRAGMA locking_mode=EXCLUSIVE", "set it up"));
    TRY(execute(*out, "PRAGMA page_size=8192", "set it up"));
    TRY(execute(*out, "PRAGMA journal_mode=WAL", "set it up"));
    return execute(*out, "PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-6144;"
                         "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON", "set it up");
}

static Error *read_meta(MainDb *db, const char *name, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->writer, "SELECT value FROM meta WHERE name = ?1", -1, &statement, NULL);
    if (code != SQLITE_OK) return sqlite_error(db->writer, code, "read its notes");
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    if (code == SQLITE_DONE) return error_new(ERR_CORRUPT, "main.db: '%s' is missing from its notes", name);
    return code == SQLITE_ROW ? NULL : sqlite_error(db->writer, code, "read its notes");
}

static Error *make_tables(MainDb *db)
{
    return execute(db->writer,
                   "PRAGMA synchronous=FULL; BEGIN;"
                   "CREATE TABLE IF NOT EXISTS map(k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;"
                   "CREATE TABLE IF NOT EXISTS log(k BLOB PRIMARY KEY, v BLOB NOT NULL);"
                   "CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
                   "INSERT OR IGNORE INTO meta VALUES('format', 1), ('flushed', 0); COMMIT; PRAGMA synchronous=NORMAL",
                   "make its tables");
}

static Error *has_tables(MainDb *db, bool *out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->writer, "SELECT 1 FROM sqlite_schema WHERE name = 'meta'", -1, &statement, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) return sqlite_error(db->writer, code, "read it");
    *out = code == SQLITE_ROW;
    return NULL;
}

static Error *set_up(MainDb *db)
{
    bool ready = false;
    int64_t format = 0, flushed = 0;
    TRY(open_connection(db, &db->writer));
    TRY(has_tables(db, &ready));
    if (!ready) TRY(make_tables(db));
    TRY(read_meta(db, "format", &format));
    if (format != FORMAT_VERSION)
        return error_new(ERR_INVALID, "main.db has format %lld; this version of tutti reads format %d", (long long)format, FORMAT_VERSION);
    TRY(read_meta(db, "flushed", &flushed));
    db->flushed = (uint64_t)flushed;
    db->reader = db->writer;
    return db->vfs ? NULL : open_connection(db, &db->reader);
}

Error *main_db_open(Disk *disk, const char *directory, MainDb **out)
{
    MainDb *db = memory_alloc_zero(sizeof *db);
    if (!db) return error_memory();
    snprintf(db->path, sizeof db->path, "%s/main.db", directory);
    Error *error = disk_is_simulated(disk) ? vfs_register(disk, &db->vfs) : NULL;
    if (!error) error = set_up(db);
    if (error) {
        error_free(main_db_close(db));
        return error_wrap(error, "cannot open the store in %s", directory);
    }
    *out = db;
    return NULL;
}

Error *main_db_close(MainDb *db)
{
    if (!db) return NULL;
    main_db_rest(db);
    for (int i = 0; i < STATEMENT_COUNT; i++) sqlite3_finalize(db->statements[i]);
    for (int i = 0; i < CURSORS_MAX; i++) sqlite3_finalize(db->cursors[i].statement);
    if (db->reader && db->reader != db->writer) sqlite3_close(db->reader);
    int code = db->writer ? sqlite3_close(db->writer) : SQLITE_OK;
    if (db->vfs) vfs_unregister(db->vfs);
    buffer_done(&db->row);
    memory_free(db);
    return code == SQLITE_OK ? NULL : sqlite_error(NULL, code, "close it");
}

uint64_t main_db_flushed(const MainDb *db)
{
    return db->flushed;
}

/* ---- reading ---- */

static Error *look(MainDb *db)
{
    if (db->reading || db->reader == db->writer) return NULL;
    TRY(run(db, READ_BEGIN, STR_NONE, STR_NONE, "begin to read"));
    db->reading = true;
    return NULL;
}

void main_db_rest(MainDb *db)
{
    if (!db->reading) return;
    error_free(run(db, READ_END, STR_NONE, STR_NONE, "end reading")); /* nothing was written: nothing to lose */
    db->reading = false;
}

static Error *find(MainDb *db, Statement which, Str key, sqlite3_stmt **out, bool *out_found)
{
    sqlite3_stmt *statement;
    TRY(look(db));
    TRY(prepared(db, which, &statement));
    bind(statement, 1, key);
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        sqlite3_reset(statement);
        return sqlite_error(db->reader, code, "read");
    }
    *out = statement;
    *out_found = code == SQLITE_ROW;
    if (code == SQLITE_DONE) sqlite3_reset(statement);
    return NULL;
}

Error *main_db_get(MainDb *db, Arena *arena, Str whole, Str *out, bool *out_found)
{
    sqlite3_stmt *statement;
    TRY(find(db, READ_MAP, without_space(whole), &statement, out_found));
    if (!*out_found) return NULL;
    Str value;
    Error *error = unwrap_row(without_space(whole), column(statement, 0), &value);
    if (!error) *out = str_copy(arena, value);
    sqlite3_reset(statement);
    return error;
}

Error *main_db_segment(MainDb *db, Arena *arena, Str whole, uint64_t *out_position, Str *out, bool *out_found)
{
    sqlite3_stmt *statement;
    Str wanted = without_space(whole);
    TRY(find(db, READ_SEGMENT, wanted, &statement, out_found));
    if (!*out_found) return NULL;
    Str key = column(statement, 0);
    size_t log_length = wanted.length - 8;
    *out_found = key.length == wanted.length && str_equal(str_slice(key, 0, log_length), str_slice(wanted, 0, log_length));
    Str value;
    Error *error = *out_found ? unwrap_row(key, column(statement, 1), &value) : NULL;
    if (*out_found && !error) {
        *out_position = bytes_get_u64(key.data + log_length);
        *out = str_copy(arena, value);
    }
    sqlite3_reset(statement);
    return error;
}

static MainCursor *free_cursor(MainDb *db)
{
    for (int i = 0; i < CURSORS_MAX; i++)
        if (!db->cursors[i].open) return &db->cursors[i];
    MainCursor *spare = memory_alloc_zero(sizeof *spare);
    if (spare) spare->spare = true;
    return spare;
}

Error *main_db_cursor_open(MainDb *db, Str from_whole, MainCursor **out)
{
    TRY(look(db));
    MainCursor *cursor = free_cursor(db);
    if (!cursor) return error_memory();
    cursor->db = db;
    cursor->open = true;
    if (!cursor->statement) {
        int code = sqlite3_prepare_v3(db->reader, cursor_text, -1, SQLITE_PREPARE_PERSISTENT, &cursor->statement, NULL);
        if (code != SQLITE_OK) {
            main_db_cursor_close(cursor);
            return sqlite_error(db->reader, code, "prepare a statement");
        }
    }
    Str from = without_space(from_whole);
    sqlite3_bind_blob64(cursor->statement, 1, from.data, from.length, SQLITE_TRANSIENT);
    *out = cursor;
    return NULL;
}

Error *main_db_cursor_next(MainCursor *cursor, Str *out_whole, Str *out_value, bool *out_more)
{
    int code = sqlite3_step(cursor->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) return sqlite_error(cursor->db->reader, code, "read on");
    *out_more = code == SQLITE_ROW;
    if (!*out_more) return NULL;
    *out_whole = column(cursor->statement, 0);
    return unwrap_row(*out_whole, column(cursor->statement, 1), out_value);
}

void main_db_cursor_close(MainCursor *cursor)
{
    if (!cursor) return;
    sqlite3_reset(cursor->statement);
    cursor->open = false;
    if (!cursor->spare) return;
    sqlite3_finalize(cursor->statement);
    memory_free(cursor);
}

/* ---- writing ---- */

Error *main_db_begin(MainDb *db)
{
    TRY(run(db, WRITE_BEGIN, STR_NONE, STR_NONE, "begin to write"));
    db->writing = true;
    return NULL;
}

Error *main_db_put(MainDb *db, Str whole, Str value)
{
    Statement which = whole.data[0] == SPACE_LOG ? WRITE_LOG : WRITE_MAP;
    Str row;
    TRY(wrap_row(db, without_space(whole), value, &row));
    return run(db, which, without_space(whole), row, "write");
}

Error *main_db_delete(MainDb *db, Str whole)
{
    return run(db, WRITE_DELETE, without_space(whole), STR_NONE, "delete");
}

Error *main_db_cut(MainDb *db, Str whole_cut, uint64_t before)
{
    WholeKey from = { 0 }, to = { 0 };
    key_append(&from, without_space(whole_cut));
    key_append(&to, without_space(whole_cut));
    bytes_put_u64(from.bytes + from.length, 0);
    bytes_put_u64(to.bytes + to.length, before);
    from.length += 8;
    to.length += 8;
    if (before != UINT64_MAX) return run(db, WRITE_CUT, key_str(&from), key_str(&to), "cut a log");
    TRY(run(db, WRITE_CUT, key_str(&from), key_str(&to), "cut a log"));
    /* Nothing can lie behind the last position: the segment that was kept goes too. */
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->writer, "DELETE FROM log WHERE k >= ?1 AND k <= ?2", -1, &statement, NULL);
    if (code == SQLITE_OK) {
        bind(statement, 1, key_str(&from));
        bind(statement, 2, key_str(&to));
        code = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? NULL : sqlite_error(db->writer, code, "remove a log");
}

static Error *commit_durably(MainDb *db, uint64_t flushed)
{
    sqlite3_stmt *statement;
    TRY(prepared(db, WRITE_FLUSHED, &statement));
    sqlite3_bind_int64(statement, 1, (int64_t)flushed);
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) return sqlite_error(db->writer, code, "write its notes");
    return run(db, WRITE_COMMIT, STR_NONE, STR_NONE, "commit");
}

/* synchronous cannot change inside a transaction, so the commit that must be durable is one of its own. */
Error *main_db_commit(MainDb *db, uint64_t flushed)
{
    TRY(run(db, WRITE_COMMIT, STR_NONE, STR_NONE, "commit"));
    db->writing = false;
    if (!flushed) return NULL;
    TRY(execute(db->writer, "PRAGMA synchronous=FULL", "set it up"));
    Error *error = main_db_begin(db);
    if (!error) error = commit_durably(db, flushed);
    if (error) {
        main_db_rollback(db);
        return error;
    }
    db->writing = false;
    db->flushed = flushed;
    return execute(db->writer, "PRAGMA synchronous=NORMAL", "set it up");
}

void main_db_rollback(MainDb *db)
{
    if (!sqlite3_get_autocommit(db->writer)) sqlite3_exec(db->writer, "ROLLBACK", NULL, NULL, NULL);
    db->writing = false;
}

Error *main_db_checkpoint(MainDb *db, bool truncate)
{
    int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int code = sqlite3_wal_checkpoint_v2(db->writer, NULL, mode, NULL, NULL);
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return NULL; /* a reader is in the way: the next one will */
    return sqlite_error(db->writer, code, "checkpoint");
}

static uint64_t pragma_number(sqlite3 *connection, const char *text)
{
    sqlite3_stmt *statement = NULL;
    uint64_t number = 0;
    if (sqlite3_prepare_v2(connection, text, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        number = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

uint64_t main_db_bytes(MainDb *db, uint64_t *out_wal_bytes)
{
    sqlite3_file *wal = NULL;
    sqlite3_int64 size = 0;
    if (sqlite3_file_control(db->reader, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) == SQLITE_OK && wal && wal->pMethods)
        wal->pMethods->xFileSize(wal, &size);
    *out_wal_bytes = (uint64_t)size;
    return pragma_number(db->reader, "PRAGMA page_count") * pragma_number(db->reader, "PRAGMA page_size");
}

/* ---- upkeep ---- */

Error *main_db_vacuum(MainDb *db)
{
    main_db_rest(db);
    TRY(execute(db->writer, "VACUUM", "compact it"));
    return main_db_checkpoint(db, true);
}

Error *main_db_backup(MainDb *db, const char *path)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->writer, "VACUUM INTO ?1", -1, &statement, NULL);
    if (code == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
        code = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? NULL : sqlite_error(db->writer, code, "copy it");
}

Error *main_db_wipe(MainDb *db)
{
    return execute(db->writer, "DELETE FROM map; DELETE FROM log", "empty it");
}

static Error *check_pages(MainDb *db, Buffer *report, bool *out_damaged)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->writer, "PRAGMA integrity_check(20)", -1, &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *line = (const char *)sqlite3_column_text(statement, 0);
        if (line && strcmp(line, "ok")) {
            *out_damaged = true;
            buffer_append_format(report, "main.db: %s\n", line);
        }
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? NULL : sqlite_error(db->writer, code, "check its pages");
}

static Error *check_rows(MainDb *db, const char *text, Buffer *report, bool *out_damaged)
{
    sqlite3_stmt *statement = NULL;
    Str value;
    int code = sqlite3_prepare_v2(db->writer, text, -1, &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        Error *error = unwrap_row(column(statement, 0), column(statement, 1), &value);
        if (error) {
            *out_damaged = true;
            buffer_append_format(report, "%s\n", error->message);
        }
        error_free(error);
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? NULL : sqlite_error(db->writer, code, "read its rows");
}

Error *main_db_check(MainDb *db, Buffer *report)
{
    bool damaged = false;
    Error *error = check_pages(db, report, &damaged);
    if (!error) error = check_rows(db, "SELECT k, v FROM map", report, &damaged);
    if (!error) error = check_rows(db, "SELECT k, v FROM log", report, &damaged);
    if (error) {
        buffer_append_format(report, "%s\n", error->message);
        error_free(error);
        return error_new(ERR_CORRUPT, "main.db cannot be read");
    }
    return damaged ? error_new(ERR_CORRUPT, "main.db is damaged") : NULL;
}

static Error *count_rows(MainDb *db, const char *text, Arena *arena, StoreTableStats **stats, size_t *count)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->writer, text, -1, &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        Str head = column(statement, 0);
        *stats = arena_grow(arena, *stats, *count * sizeof **stats, (*count + 1) * sizeof **stats);
        (*stats)[(*count)++] = (StoreTableStats){
            .table = head.length == 2 ? (StoreTable)((uint8_t)head.data[0] << 8 | (uint8_t)head.data[1]) : 0,
            .rows = (uint64_t)sqlite3_column_int64(statement, 1),
            .bytes = (uint64_t)sqlite3_column_int64(statement, 2),
        };
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? NULL : sqlite_error(db->writer, code, "count its rows");
}

Error *main_db_table_stats(MainDb *db, Arena *arena, StoreTableStats **out, size_t *out_count)
{
    StoreTableStats *stats = NULL;
    size_t count = 0;
    TRY(count_rows(db, "SELECT substr(k, 1, 2), count(*), sum(length(k) + length(v)) FROM map GROUP BY 1", arena, &stats, &count));
    TRY(count_rows(db, "SELECT substr(k, 1, 2), count(*), sum(length(k) + length(v)) FROM log GROUP BY 1", arena, &stats, &count));
    *out = stats;
    *out_count = count;
    return NULL;
}
