/* disk.c -- the operating system's files, and the way to either kind of disk. */
#include "loop/disk_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct RealFile {
    DiskFile base;
    int      fd;
    char     path[]; /* for messages */
} RealFile;

static void real_free(Disk *disk)
{
    memory_free(disk);
}

static Error *real_make_directory(Disk *disk, const char *path)
{
    (void)disk;
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof part) return error_new(ERR_LIMIT, "path too long: %s", path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != 0) continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST) return error_errno(errno, "cannot make directory %s", part);
    }
    struct stat status;
    if (stat(path, &status) != 0) return error_errno(errno, "cannot use directory %s", path);
    if (!S_ISDIR(status.st_mode)) return error_new(ERR_IO, "%s is not a directory", path);
    return NULL;
}

static Error *real_remove(Disk *disk, const char *path)
{
    (void)disk;
    if (unlink(path) == 0 || errno == ENOENT) return NULL;
    return error_errno(errno, "cannot remove %s", path);
}

static Error *real_sync_directory(Disk *disk, const char *path)
{
    (void)disk;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return error_errno(errno, "cannot open directory %s", path);
    int failed = fsync(fd) != 0 ? errno : 0;
    close(fd);
    return failed ? error_errno(failed, "cannot sync directory %s", path) : NULL;
}

static bool real_exists(Disk *disk, const char *path)
{
    (void)disk;
    return access(path, F_OK) == 0;
}

static Error *real_open(Disk *disk, const char *path, int mode, DiskFile **out)
{
    size_t size = strlen(path) + 1;
    RealFile *file = memory_alloc(sizeof *file + size);
    if (!file) return error_memory();
    memcpy(file->path, path, size);
    file->base.methods = disk->methods;
    int flags = (mode & DISK_WRITE ? O_RDWR : O_RDONLY) | (mode & DISK_CREATE ? O_CREAT : 0) | O_CLOEXEC;
    file->fd = open(path, flags, 0600);
    if (file->fd < 0) {
        int failed = errno;
        memory_free(file);
        return error_errno(failed, "cannot open %s", path);
    }
    *out = &file->base;
    return NULL;
}

static void real_close(DiskFile *base)
{
    RealFile *file = (RealFile *)base;
    close(file->fd);
    memory_free(file);
}

static Error *real_size(DiskFile *base, uint64_t *out)
{
    RealFile *file = (RealFile *)base;
    struct stat status;
    if (fstat(file->fd, &status) != 0) return error_errno(errno, "cannot see the size of %s", file->path);
    *out = (uint64_t)status.st_size;
    return NULL;
}

static Error *real_read(DiskFile *base, uint64_t offset, void *bytes, size_t size, size_t *out_size)
{
    RealFile *file = (RealFile *)base;
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(file->fd, (char *)bytes + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error_errno(errno, "cannot read %s", file->path);
        if (got == 0) break;
        done += (size_t)got;
    }
    *out_size = done;
    return NULL;
}

static Error *real_write(DiskFile *base, uint64_t offset, const void *bytes, size_t size)
{
    RealFile *file = (RealFile *)base;
    for (size_t done = 0; done < size;) {
        ssize_t put = pwrite(file->fd, (const char *)bytes + done, size - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return error_errno(errno, "cannot write %s", file->path);
        done += (size_t)put;
    }
    return NULL;
}

static Error *real_truncate(DiskFile *base, uint64_t size)
{
    RealFile *file = (RealFile *)base;
    if (ftruncate(file->fd, (off_t)size) != 0) return error_errno(errno, "cannot cut %s", file->path);
    return NULL;
}

static Error *real_sync(DiskFile *base)
{
    RealFile *file = (RealFile *)base;
    if (fdatasync(file->fd) != 0) return error_errno(errno, "cannot sync %s", file->path);
    return NULL;
}

static Error *real_lock(DiskFile *base)
{
    RealFile *file = (RealFile *)base;
    if (flock(file->fd, LOCK_EX | LOCK_NB) == 0) return NULL;
    if (errno == EWOULDBLOCK) return error_new(ERR_IN_USE, "%s is held by another process", file->path);
    return error_errno(errno, "cannot lock %s", file->path);
}

static const DiskMethods real_methods = {
    real_free, real_make_directory, real_remove, real_sync_directory, real_exists, real_open, real_close,
    real_size, real_read,           real_write,  real_truncate,       real_sync,   real_lock,
};

Error *disk_new_real(Disk **out)
{
    Disk *disk = memory_alloc(sizeof *disk);
    if (!disk) return error_memory();
    disk->methods = &real_methods;
    *out = disk;
    return NULL;
}

/* ---- to either kind ---- */

void disk_free(Disk *disk)
{
    if (disk) disk->methods->free(disk);
}

Error *disk_make_directory(Disk *disk, const char *path)
{
    return disk->methods->make_directory(disk, path);
}

Error *disk_remove(Disk *disk, const char *path)
{
    return disk->methods->remove(disk, path);
}

Error *disk_sync_directory(Disk *disk, const char *path)
{
    return disk->methods->sync_directory(disk, path);
}

bool disk_exists(Disk *disk, const char *path)
{
    return disk->methods->exists(disk, path);
}

Error *disk_open(Disk *disk, const char *path, int mode, DiskFile **out)
{
    return disk->methods->open(disk, path, mode, out);
}

void disk_close(DiskFile *file)
{
    if (file) file->methods->close(file);
}

Error *disk_size(DiskFile *file, uint64_t *out)
{
    return file->methods->size(file, out);
}

Error *disk_read(DiskFile *file, uint64_t offset, void *bytes, size_t size, size_t *out_size)
{
    return file->methods->read(file, offset, bytes, size, out_size);
}

Error *disk_write(DiskFile *file, uint64_t offset, const void *bytes, size_t size)
{
    return file->methods->write(file, offset, bytes, size);
}

Error *disk_truncate(DiskFile *file, uint64_t size)
{
    return file->methods->truncate(file, size);
}

Error *disk_sync(DiskFile *file)
{
    return file->methods->sync(file);
}

Error *disk_lock(DiskFile *file)
{
    return file->methods->lock(file);
}

bool disk_is_simulated(const Disk *disk)
{
    return disk->methods == &disk_simulated_methods;
}
