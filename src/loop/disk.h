/* disk.h -- files: the operating system's, or a simulated disk that tells lies on purpose.
 *
 * The simulated disk keeps what was written and what was synced apart. A crash keeps the synced bytes
 * and, by chance, any part of the rest, in sectors, torn. Faults can be planned: the n-th operation of
 * a kind fails, or the disk is full after so many bytes.
 *
 * A simulated disk has one thread; a real one any number. */
#ifndef LOOP_DISK_H
#define LOOP_DISK_H

#include "base/error.h"
#include "loop/chance.h"

typedef struct Disk     Disk;
typedef struct DiskFile DiskFile;

typedef enum DiskOpen {
    DISK_READ = 1,
    DISK_WRITE = 2,
    DISK_CREATE = 4,    /* make it where it is not there */
} DiskOpen;

Error *disk_new_real(Disk **out);
void   disk_free(Disk *disk); /* accepts NULL */

Error *disk_make_directory(Disk *disk, const char *path); /* parents too; fine where it is there already */
Error *disk_remove(Disk *disk, const char *path);
Error *disk_sync_directory(Disk *disk, const char *path);
bool   disk_exists(Disk *disk, const char *path);

Error *disk_open(Disk *disk, const char *path, int mode, DiskFile **out); /* ERR_NOT_FOUND */
void   disk_close(DiskFile *file); /* accepts NULL */
Error *disk_size(DiskFile *file, uint64_t *out);
Error *disk_read(DiskFile *file, uint64_t offset, void *bytes, size_t size, size_t *out_size); /* short at the end */
Error *disk_write(DiskFile *file, uint64_t offset, const void *bytes, size_t size);
Error *disk_truncate(DiskFile *file, uint64_t size);
Error *disk_sync(DiskFile *file);         /* what was written is durable */
Error *disk_lock(DiskFile *file);         /* for this process alone, until it is closed; ERR_IN_USE */

/* ---- the simulated disk ---- */

typedef enum DiskFault { DISK_FAULT_READ, DISK_FAULT_WRITE, DISK_FAULT_SYNC, DISK_FAULT_OPEN, DISK_FAULT_KINDS } DiskFault;

Error   *disk_new_simulated(uint64_t seed, Disk **out);
void     disk_crash(Disk *disk); /* loses what was not synced, or some of it; open files must be closed first */
void     disk_fail_nth(Disk *disk, DiskFault kind, uint64_t nth, bool sticky); /* 0: off */
void     disk_limit(Disk *disk, uint64_t bytes);                               /* full beyond; 0: no limit */
uint64_t disk_count(Disk *disk, DiskFault kind);                               /* operations so far */
bool     disk_flip_bit(Disk *disk, const char *path, uint64_t bit);            /* in what is stored; false: no such bit */
bool     disk_is_simulated(const Disk *disk);

#endif
