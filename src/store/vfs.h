/* vfs.h -- SQLite's files on a Disk of ours, so that a simulated one can fail under it. */
#ifndef STORE_VFS_H
#define STORE_VFS_H

#include "loop/disk.h"

/* Registers a VFS for this disk and gives its name, which lives as long as the VFS. */
Error *vfs_register(Disk *disk, const char **out_name);
void   vfs_unregister(const char *name);

#endif
