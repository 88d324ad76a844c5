/* disk_internal.h -- what a kind of disk must be able to do; for the files of this module. */
#ifndef LOOP_DISK_INTERNAL_H
#define LOOP_DISK_INTERNAL_H

#include "loop/disk.h"

typedef struct DiskMethods {
    void (*free)(Disk *disk);
    Error *(*make_directory)(Disk *disk, const char *path);
    Error *(*remove)(Disk *disk, const char *path);
    Error *(*sync_directory)(Disk *disk, const char *path);
    bool (*exists)(Disk *disk, const char *path);
    Error *(*open)(Disk *disk, const char *path, int mode, DiskFile **out);
    void (*close)(DiskFile *file);
    Error *(*size)(DiskFile *file, uint64_t *out);
    Error *(*read)(DiskFile *file, uint64_t offset, void *bytes, size_t size, size_t *out_size);
    Error *(*write)(DiskFile *file, uint64_t offset, const void *bytes, size_t size);
    Error *(*truncate)(DiskFile *file, uint64_t size);
    Error *(*sync)(DiskFile *file);
    Error *(*lock)(DiskFile *file);
} DiskMethods;

struct Disk {
    const DiskMethods *methods;
};

struct DiskFile {
    const DiskMethods *methods;
};

extern const DiskMethods disk_simulated_methods;

#endif
