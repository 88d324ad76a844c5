/* arena.c -- chunks in a list, a pointer that moves forward.
 *
 * Chunks double up to ARENA_CHUNK_MAX, so a large arena costs few heap calls and a small one few
 * bytes. A request larger than a chunk gets a chunk of its own, put behind the current one so that
 * the room left in the current one is not lost. */
#include "base/arena.h"

#include <string.h>

struct ArenaChunk {
    ArenaChunk *older;
    size_t      size;
    _Alignas(16) char bytes[];
};

struct ArenaCleanup {
    ArenaCleanup *older;
    void (*run)(void *data);
    void *data;
};

void arena_init(Arena *arena, size_t chunk_size)
{
    if (!chunk_size) chunk_size = ARENA_CHUNK_DEFAULT;
    *arena = (Arena){ .chunk_size = chunk_size, .first_size = chunk_size };
}

static void run_cleanups(Arena *arena)
{
    while (arena->cleanups) {
        ArenaCleanup *cleanup = arena->cleanups;
        arena->cleanups = cleanup->older;
        cleanup->run(cleanup->data);
    }
}

static void free_chunks(ArenaChunk *chunk)
{
    while (chunk) {
        ArenaChunk *older = chunk->older;
        memory_free(chunk);
        chunk = older;
    }
}

void arena_done(Arena *arena)
{
    run_cleanups(arena);
    free_chunks(arena->chunks);
    arena_init(arena, arena->first_size);
}

void arena_reset(Arena *arena)
{
    run_cleanups(arena);
    ArenaChunk *kept = arena->chunks;
    if (!kept) return;
    if (kept->size > 16 * (size_t)ARENA_CHUNK_DEFAULT) { /* one large use must not hold memory for ever */
        arena_done(arena);
        return;
    }
    free_chunks(kept->older);
    kept->older = NULL;
    arena->next = kept->bytes;
    arena->end = kept->bytes + kept->size;
    arena->held = kept->size;
    arena->chunk_size = arena->first_size > kept->size ? arena->first_size : kept->size;
}

static ArenaChunk *take_chunk(Arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(ArenaChunk)) memory_exhausted();
    ArenaChunk *chunk = memory_alloc(sizeof(ArenaChunk) + size);
    if (!chunk) memory_exhausted();
    chunk->size = size;
    arena->held += size;
    return chunk;
}

static void *alloc_slowly(Arena *arena, size_t size)
{
    if (arena->chunks && size > arena->chunk_size / 2) {
        ArenaChunk *own = take_chunk(arena, size);
        own->older = arena->chunks->older;
        arena->chunks->older = own;
        return own->bytes;
    }
    size_t room = arena->chunk_size > size ? arena->chunk_size : size;
    ArenaChunk *chunk = take_chunk(arena, room);
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    arena->next = chunk->bytes + size;
    arena->end = chunk->bytes + room;
    if (arena->chunk_size < ARENA_CHUNK_MAX) arena->chunk_size *= 2;
    return chunk->bytes;
}

void *arena_alloc_bytes(Arena *arena, size_t size)
{
    if (size <= (size_t)(arena->end - arena->next)) {
        char *block = arena->next;
        arena->next += size;
        return block;
    }
    return alloc_slowly(arena, size);
}

void *arena_alloc(Arena *arena, size_t size)
{
    size_t padding = -(uintptr_t)arena->next & 15;
    size_t room = (size_t)(arena->end - arena->next);
    if (padding <= room && size <= room - padding) {
        char *block = arena->next + padding;
        arena->next = block + size;
        return block;
    }
    return alloc_slowly(arena, size);
}

void *arena_alloc_zero(Arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

void *arena_copy(Arena *arena, const void *source, size_t size)
{
    void *copy = arena_alloc_bytes(arena, size);
    if (size) memcpy(copy, source, size);
    return copy;
}

void *arena_grow(Arena *arena, void *block, size_t old_size, size_t new_size)
{
    if (block && (char *)block + old_size == arena->next && new_size - old_size <= (size_t)(arena->end - arena->next)) {
        arena->next += new_size - old_size;
        return block;
    }
    void *bigger = arena_alloc(arena, new_size);
    if (old_size) memcpy(bigger, block, old_size);
    return bigger;
}

void arena_on_done(Arena *arena, void (*run)(void *data), void *data)
{
    ArenaCleanup *cleanup = NEW(arena, ArenaCleanup);
    *cleanup = (ArenaCleanup){ .older = arena->cleanups, .run = run, .data = data };
    arena->cleanups = cleanup;
}

size_t arena_size(size_t count, size_t size)
{
    size_t product;
    if (__builtin_mul_overflow(count, size, &product)) memory_exhausted();
    return product;
}
