/* corpus.c -- reading the files of a corpus. */
#include "tests/conformance/corpus.h"

_Noreturn void corpus_stop(const char *what, const char *why)
{
    fprintf(stderr, "conformance: %s: %s\n", what, why);
    exit(2);
}

static Str read_file(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) corpus_stop(path, "cannot be opened");
    char  *text = NULL;
    size_t length = 0, room = 0, taken;
    do {
        text = arena_grow(arena, text, room, room + 65536);
        room += 65536;
        taken = fread(text + length, 1, room - length, file);
        length += taken;
    } while (taken);
    fclose(file);
    return str_from(text, length);
}

Json *corpus_file(Arena *arena, const char *directory, Str name)
{
    Json  *value;
    char  *path = str_to_c(arena, str_format(arena, "%s/%.*s", directory, STR_ARG(name)));
    Error *error = json_parse(arena, read_file(arena, path), NULL, &value);
    if (error) corpus_stop(path, error->message);
    return value;
}
