/* vfs.c -- SQLite's files on a Disk of ours.
 *
 * One process and one connection use the files (locking_mode=EXCLUSIVE), so locks always succeed and
 * there is no shared memory. Errors of the disk become SQLite's; a read beyond the end is filled with
 * zeros, as SQLite wants. */
#include "store/vfs.h"

#include <sqlite3.h>

typedef struct VfsFile {
    sqlite3_file base;
    DiskFile    *file;
    Disk        *disk;
    char        *delete_on_close; /* NULL: it stays */
} VfsFile;

typedef struct Vfs {
    sqlite3_vfs base;
    Disk       *disk;
    char        name[40];
} Vfs;

static int code_of(Error *error, int otherwise)
{
    if (!error) return SQLITE_OK;
    int code = error->code == ERR_DISK_FULL ? SQLITE_FULL : error->code == ERR_MEMORY ? SQLITE_NOMEM : otherwise;
    error_free(error);
    return code;
}

static int file_close(sqlite3_file *base)
{
    VfsFile *file = (VfsFile *)base;
    disk_close(file->file);
    if (file->delete_on_close) error_free(disk_remove(file->disk, file->delete_on_close));
    memory_free(file->delete_on_close);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *bytes, int size, sqlite3_int64 offset)
{
    size_t got = 0;
    int code = code_of(disk_read(((VfsFile *)base)->file, (uint64_t)offset, bytes, (size_t)size, &got), SQLITE_IOERR_READ);
    if (code != SQLITE_OK || got == (size_t)size) return code;
    memset((char *)bytes + got, 0, (size_t)size - got);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset)
{
    return code_of(disk_write(((VfsFile *)base)->file, (uint64_t)offset, bytes, (size_t)size), SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    return code_of(disk_truncate(((VfsFile *)base)->file, (uint64_t)size), SQLITE_IOERR_TRUNCATE);
}

static int file_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    return code_of(disk_sync(((VfsFile *)base)->file), SQLITE_IOERR_FSYNC);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out)
{
    uint64_t size = 0;
    int code = code_of(disk_size(((VfsFile *)base)->file, &size), SQLITE_IOERR_FSTAT);
    *out = (sqlite3_int64)size;
    return code;
}

static int file_lock(sqlite3_file *base, int level)
{
    (void)base, (void)level;
    return SQLITE_OK;
}

static int file_check_lock(sqlite3_file *base, int *out)
{
    (void)base;
    *out = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base)
{
    (void)base;
    return 512;
}

static int file_characteristics(sqlite3_file *base)
{
    (void)base;
    return 0;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

static Disk *disk_of(sqlite3_vfs *vfs)
{
    return ((Vfs *)vfs)->disk;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags)
{
    static unsigned temporary;
    VfsFile *file = (VfsFile *)base;
    *file = (VfsFile){ .disk = disk_of(vfs) };
    char name[64];
    if (!path) {
        snprintf(name, sizeof name, "/temporary-%u", ++temporary);
        path = name;
    }
    if (flags & SQLITE_OPEN_DELETEONCLOSE) {
        size_t size = strlen(path) + 1;
        file->delete_on_close = memory_alloc(size);
        if (!file->delete_on_close) return SQLITE_NOMEM;
        memcpy(file->delete_on_close, path, size);
    }
    int mode = DISK_READ | (flags & SQLITE_OPEN_READONLY ? 0 : DISK_WRITE) | (flags & SQLITE_OPEN_CREATE ? DISK_CREATE : 0);
    int code = code_of(disk_open(file->disk, path, mode, &file->file), SQLITE_CANTOPEN);
    if (code != SQLITE_OK) {
        memory_free(file->delete_on_close);
        return code;
    }
    file->base.pMethods = &file_methods;
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

/* The directory goes with the file's name: everything of a store lies in one. */
static Error *sync_directory_of(Disk *disk, const char *path)
{
    char directory[4096];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (length == 0 || length >= sizeof directory) return NULL;
    memcpy(directory, path, length);
    directory[length] = 0;
    return disk_sync_directory(disk, directory);
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    Error *error = disk_remove(disk_of(vfs), path);
    if (!error && sync) error = sync_directory_of(disk_of(vfs), path);
    return code_of(error, SQLITE_IOERR_DELETE);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    (void)flags;
    *out = disk_exists(disk_of(vfs), path);
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
    (void)vfs;
    snprintf(out, (size_t)size, "%s", path);
    return SQLITE_OK;
}

/* The same bytes each time: SQLite uses them for salts only, and a run must be repeatable. */
static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    for (int i = 0; i < size; i++) out[i] = (char)(i * 37 + 11);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = 2440587.5;
    return SQLITE_OK;
}

Error *vfs_register(Disk *disk, const char **out_name)
{
    static unsigned count;
    Vfs *vfs = memory_alloc_zero(sizeof *vfs);
    if (!vfs) return error_memory();
    snprintf(vfs->name, sizeof vfs->name, "tutti-%u", ++count);
    vfs->disk = disk;
    vfs->base = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(VfsFile),
        .mxPathname = 4096,
        .zName = vfs->name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
    };
    if (sqlite3_vfs_register(&vfs->base, 0) != SQLITE_OK) {
        memory_free(vfs);
        return error_memory();
    }
    *out_name = vfs->name;
    return NULL;
}

void vfs_unregister(const char *name)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(name);
    if (!vfs) return;
    sqlite3_vfs_unregister(vfs);
    memory_free(vfs);
}
