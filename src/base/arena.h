/* arena.h -- memory that ends together.
 *
 * An arena belongs to something that ends: a connection, a request, a call. Allocations are never
 * freed one by one; ending the arena frees all. An arena has one thread at a time. Allocation never
 * returns NULL: see memory.h for what happens when memory is out.
 *
 * Where a signature has `arena` and `scratch`, results live in the first and the second is free to
 * be reset when the function has returned. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

typedef struct ArenaChunk   ArenaChunk;
typedef struct ArenaCleanup ArenaCleanup;
typedef struct Arena        Arena;

struct Arena { /* the caller's memory; fields are private */
    char         *next;
    char         *end;
    ArenaChunk   *chunks;
    ArenaCleanup *cleanups;
    size_t        chunk_size; /* of the next chunk */
    size_t        first_size;
    size_t        held; /* bytes taken from the heap */
};

enum { ARENA_CHUNK_DEFAULT = 4096, ARENA_CHUNK_MAX = 1 << 20 };

void  arena_init(Arena *arena, size_t chunk_size); /* takes nothing from the heap yet; 0: the default */
void  arena_done(Arena *arena);                    /* runs cleanups, frees all; may be used again */
void  arena_reset(Arena *arena);                   /* the same, but keeps one chunk for the next use */
void *arena_alloc(Arena *arena, size_t size);      /* aligned to 16 */
void *arena_alloc_zero(Arena *arena, size_t size);
void *arena_alloc_bytes(Arena *arena, size_t size); /* not aligned: for text */
void *arena_copy(Arena *arena, const void *source, size_t size);

/* Makes an array bigger: in place where it was the last allocation, else by copying. */
void *arena_grow(Arena *arena, void *block, size_t old_size, size_t new_size);

/* Calls `run(data)` when the arena ends, last added first. */
void arena_on_done(Arena *arena, void (*run)(void *data), void *data);

#define NEW(arena, Type) ((Type *)arena_alloc_zero((arena), sizeof(Type)))
#define NEW_ARRAY(arena, Type, count) ((Type *)arena_alloc_zero((arena), arena_size((count), sizeof(Type))))

size_t arena_size(size_t count, size_t size); /* count * size, exhausted on overflow */

#endif
