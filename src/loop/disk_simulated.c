/* disk_simulated.c -- a disk that tells lies on purpose.
 *
 * Each file is kept twice: as programs see it, and as it would be found after a crash at this moment.
 * A sync makes the second like the first. A crash makes the first like the second, but for each sector
 * that was written since the last sync a coin decides whether it arrived: so writes are torn and come
 * out of order, as on real disks. A file whose directory was not synced since it was made may be gone;
 * one that was removed may be back. */
#include "loop/disk_internal.h"

#include <assert.h>

enum { SECTOR = 512 };

/* The simulation's own memory is not what is being tested: it comes from the C library and never fails. */
typedef struct Bytes {
    char  *data;
    size_t length, capacity;
} Bytes;

typedef struct SimFile SimFile;
struct SimFile {
    char    *path;
    Bytes    now;     /* as programs see it */
    Bytes    durable; /* as a crash would leave it at least */
    uint8_t *dirty;   /* a byte for each sector that differs */
    size_t   dirty_count;
    bool     exists, exists_durably;
    int      open_count;
    SimFile *next;
};

typedef struct SimDisk {
    Disk     base;
    Chance   chance;
    SimFile *files;
    uint64_t counts[DISK_FAULT_KINDS];
    uint64_t fail_at[DISK_FAULT_KINDS];
    bool     fail_sticky[DISK_FAULT_KINDS];
    uint64_t limit, used;
} SimDisk;

typedef struct SimHandle {
    DiskFile base;
    SimDisk *disk;
    SimFile *file;
} SimHandle;

static Error *count_and_fail(SimDisk *disk, DiskFault kind, const char *path)
{
    static const char *const words[] = { "read", "write", "sync", "open" };
    uint64_t count = ++disk->counts[kind], at = disk->fail_at[kind];
    if (!at || (disk->fail_sticky[kind] ? count < at : count != at)) return NULL;
    return error_new(ERR_IO, "cannot %s %s: as planned", words[kind], path);
}

static Str slice(const Bytes *bytes, size_t from, size_t to)
{
    return str_slice(str_from(bytes->data, bytes->length), from, to);
}

static SimFile *find(SimDisk *disk, const char *path)
{
    for (SimFile *file = disk->files; file; file = file->next)
        if (!strcmp(file->path, path)) return file;
    return NULL;
}

static void free_file(SimFile *file)
{
    free(file->now.data);
    free(file->durable.data);
    free(file->dirty);
    free(file->path);
    free(file);
}

static void sim_free(Disk *base)
{
    SimDisk *disk = (SimDisk *)base;
    while (disk->files) {
        SimFile *next = disk->files->next;
        free_file(disk->files);
        disk->files = next;
    }
    free(disk);
}

static Error *sim_make_directory(Disk *base, const char *path)
{
    (void)base, (void)path; /* every directory is there */
    return NULL;
}

static Error *sim_remove(Disk *base, const char *path)
{
    SimFile *file = find((SimDisk *)base, path);
    if (file) file->exists = false;
    return NULL;
}

static Error *sim_sync_directory(Disk *base, const char *path)
{
    size_t length = strlen(path);
    TRY(count_and_fail((SimDisk *)base, DISK_FAULT_SYNC, path));
    for (SimFile *file = ((SimDisk *)base)->files; file; file = file->next)
        if (!strncmp(file->path, path, length) && file->path[length] == '/') file->exists_durably = file->exists;
    return NULL;
}

static bool sim_exists(Disk *base, const char *path)
{
    SimFile *file = find((SimDisk *)base, path);
    return file && file->exists;
}

static void forget_content(SimFile *file)
{
    file->now.length = 0;
    if (!file->exists_durably) file->durable.length = 0;
    free(file->dirty);
    file->dirty = NULL;
    file->dirty_count = 0;
}

static SimFile *create(SimDisk *disk, const char *path)
{
    SimFile *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(path))) abort();
    file->next = disk->files;
    return disk->files = file;
}

static Error *sim_open(Disk *base, const char *path, int mode, DiskFile **out)
{
    SimDisk *disk = (SimDisk *)base;
    TRY(count_and_fail(disk, DISK_FAULT_OPEN, path));
    SimFile *file = find(disk, path);
    if (!file || !file->exists) {
        if (!(mode & DISK_CREATE)) return error_new(ERR_NOT_FOUND, "cannot open %s: not there", path);
        if (!file) file = create(disk, path);
        forget_content(file);
        file->exists = true;
    }
    SimHandle *handle = memory_alloc(sizeof *handle);
    if (!handle) return error_memory();
    *handle = (SimHandle){ .base = { base->methods }, .disk = disk, .file = file };
    file->open_count++;
    *out = &handle->base;
    return NULL;
}

static void sim_close(DiskFile *base)
{
    ((SimHandle *)base)->file->open_count--;
    memory_free(base);
}

static Error *sim_size(DiskFile *base, uint64_t *out)
{
    *out = ((SimHandle *)base)->file->now.length;
    return NULL;
}

static Error *sim_read(DiskFile *base, uint64_t offset, void *bytes, size_t size, size_t *out_size)
{
    SimHandle *handle = (SimHandle *)base;
    TRY(count_and_fail(handle->disk, DISK_FAULT_READ, handle->file->path));
    Str rest = slice(&handle->file->now, offset, offset + size);
    if (rest.length) memcpy(bytes, rest.data, rest.length);
    *out_size = rest.length;
    return NULL;
}

/* Makes it at least `size` long; what is new is zero. */
static void extend(Bytes *bytes, size_t size)
{
    if (size <= bytes->length) return;
    if (size > bytes->capacity) {
        bytes->capacity = size > bytes->capacity * 2 ? size : bytes->capacity * 2;
        bytes->data = realloc(bytes->data, bytes->capacity);
        if (!bytes->data) abort();
    }
    memset(bytes->data + bytes->length, 0, size - bytes->length);
    bytes->length = size;
}

static void mark_dirty(SimFile *file, uint64_t offset, size_t size)
{
    size_t last = (offset + size + SECTOR - 1) / SECTOR;
    if (last > file->dirty_count) {
        file->dirty = realloc(file->dirty, last);
        if (!file->dirty) abort();
        memset(file->dirty + file->dirty_count, 0, last - file->dirty_count);
        file->dirty_count = last;
    }
    for (size_t sector = offset / SECTOR; sector < last; sector++) file->dirty[sector] = 1;
}

static Error *sim_write(DiskFile *base, uint64_t offset, const void *bytes, size_t size)
{
    SimHandle *handle = (SimHandle *)base;
    SimFile *file = handle->file;
    TRY(count_and_fail(handle->disk, DISK_FAULT_WRITE, file->path));
    uint64_t grown = offset + size > file->now.length ? offset + size - file->now.length : 0;
    if (handle->disk->limit && handle->disk->used + grown > handle->disk->limit)
        return error_new(ERR_DISK_FULL, "cannot write %s: no space left on the simulated disk", file->path);
    handle->disk->used += grown;
    extend(&file->now, offset + size);
    memcpy(file->now.data + offset, bytes, size);
    mark_dirty(file, offset, size);
    return NULL;
}

static Error *sim_truncate(DiskFile *base, uint64_t size)
{
    SimHandle *handle = (SimHandle *)base;
    SimFile *file = handle->file;
    TRY(count_and_fail(handle->disk, DISK_FAULT_WRITE, file->path));
    if (size > file->now.length) {
        extend(&file->now, size);
    } else {
        handle->disk->used -= file->now.length - size;
        file->now.length = size;
    }
    return NULL;
}

static Error *sim_sync(DiskFile *base)
{
    SimHandle *handle = (SimHandle *)base;
    SimFile *file = handle->file;
    TRY(count_and_fail(handle->disk, DISK_FAULT_SYNC, file->path));
    file->durable.length = file->durable.length > file->now.length ? file->now.length : file->durable.length;
    size_t known = file->durable.length;
    extend(&file->durable, file->now.length);
    if (file->now.length > known) memcpy(file->durable.data + known, file->now.data + known, file->now.length - known);
    for (size_t sector = 0; sector < file->dirty_count; sector++) {
        if (!file->dirty[sector]) continue;
        Str part = slice(&file->now, sector * SECTOR, (sector + 1) * SECTOR);
        if (part.length) memcpy(file->durable.data + sector * SECTOR, part.data, part.length);
        file->dirty[sector] = 0;
    }
    return NULL;
}

static Error *sim_lock(DiskFile *base)
{
    (void)base; /* a simulation is one process */
    return NULL;
}

const DiskMethods disk_simulated_methods = {
    sim_free, sim_make_directory, sim_remove, sim_sync_directory, sim_exists, sim_open, sim_close,
    sim_size, sim_read,           sim_write,  sim_truncate,       sim_sync,   sim_lock,
};

Error *disk_new_simulated(uint64_t seed, Disk **out)
{
    SimDisk *disk = calloc(1, sizeof *disk);
    if (!disk) return error_memory();
    disk->base.methods = &disk_simulated_methods;
    chance_init_seed(&disk->chance, seed);
    *out = &disk->base;
    return NULL;
}

/* The file as the crash leaves it: the durable bytes, and of the dirty sectors those that arrived. */
static void crash_file(SimDisk *disk, SimFile *file)
{
    assert(file->open_count == 0);
    if (file->exists != file->exists_durably) file->exists = chance_one_in(&disk->chance, 2);
    bool longer_arrived = chance_one_in(&disk->chance, 2);
    if (file->now.length > file->durable.length && longer_arrived) extend(&file->durable, file->now.length);
    for (size_t sector = 0; sector < file->dirty_count; sector++) {
        if (!file->dirty[sector] || !chance_one_in(&disk->chance, 2)) continue;
        Str part = slice(&file->now, sector * SECTOR, (sector + 1) * SECTOR);
        if (sector * SECTOR + part.length > file->durable.length) continue;
        if (part.length) memcpy(file->durable.data + sector * SECTOR, part.data, part.length);
    }
    file->now.length = 0;
    extend(&file->now, file->durable.length);
    if (file->durable.length) memcpy(file->now.data, file->durable.data, file->durable.length);
    free(file->dirty);
    file->dirty = NULL;
    file->dirty_count = 0;
    file->exists_durably = file->exists;
}

void disk_crash(Disk *base)
{
    SimDisk *disk = (SimDisk *)base;
    disk->used = 0;
    for (SimFile *file = disk->files; file; file = file->next) {
        crash_file(disk, file);
        disk->used += file->exists ? file->now.length : 0;
    }
}

void disk_fail_nth(Disk *base, DiskFault kind, uint64_t nth, bool sticky)
{
    SimDisk *disk = (SimDisk *)base;
    disk->fail_at[kind] = nth ? disk->counts[kind] + nth : 0;
    disk->fail_sticky[kind] = sticky;
}

void disk_limit(Disk *base, uint64_t bytes)
{
    ((SimDisk *)base)->limit = bytes;
}

uint64_t disk_count(Disk *base, DiskFault kind)
{
    return ((SimDisk *)base)->counts[kind];
}

bool disk_flip_bit(Disk *base, const char *path, uint64_t bit)
{
    SimFile *file = find((SimDisk *)base, path);
    if (!file || !file->exists || bit / 8 >= file->now.length) return false;
    file->now.data[bit / 8] ^= (char)(1 << bit % 8);
    if (bit / 8 < file->durable.length) file->durable.data[bit / 8] ^= (char)(1 << bit % 8);
    return true;
}
