/* files.c -- whole files, as commands read and write them. */
#include "cli/cli.h"

#include "loop/disk.h"

enum { FILE_SIZE_MAX = 256 << 20 };

static Error *read_with(Disk *disk, Arena *arena, const char *path, Str *out)
{
    DiskFile *file;
    uint64_t  size = 0;
    size_t    got = 0;
    char     *bytes = NULL;
    TRY(disk_open(disk, path, DISK_READ, &file));
    Error *error = disk_size(file, &size);
    if (!error && size > FILE_SIZE_MAX) error = error_new(ERR_LIMIT, "%s is too large", path);
    if (!error) bytes = arena_alloc_bytes(arena, size);
    if (!error) error = disk_read(file, 0, bytes, size, &got);
    disk_close(file);
    *out = str_from(bytes, got);
    return error;
}

Error *file_read(Arena *arena, const char *path, Str *out)
{
    Disk *disk;
    TRY(disk_new_real(&disk));
    Error *error = read_with(disk, arena, path, out);
    disk_free(disk);
    return error;
}

static Error *write_with(Disk *disk, const char *path, Str text)
{
    DiskFile *file;
    TRY(disk_open(disk, path, DISK_WRITE | DISK_CREATE, &file));
    Error *error = disk_truncate(file, 0);
    if (!error) error = disk_write(file, 0, text.data, text.length);
    disk_close(file);
    return error;
}

Error *file_write(const char *path, Str text)
{
    Disk *disk;
    TRY(disk_new_real(&disk));
    Error *error = write_with(disk, path, text);
    disk_free(disk);
    return error;
}

Error *text_or_file(Arena *arena, const char *argument, Str *out)
{
    if (argument[0] == '@') return file_read(arena, argument + 1, out);
    *out = str_from_c(argument);
    return NULL;
}

Str path_beside(Arena *arena, const char *path, Str name)
{
    const char *slash = strrchr(path, '/');
    if (name.length && name.data[0] == '/') return name;
    return slash ? str_format(arena, "%.*s/%.*s", (int)(slash - path), path, STR_ARG(name)) : name;
}
