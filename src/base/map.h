/* map.h -- a hash table from text to pointers.
 *
 * Keys are borrowed: they must live as long as their entry (usually inside the value). The order of
 * iteration is that of insertion as long as nothing was removed; a removal moves the last entry into
 * the gap. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

typedef struct MapEntry {
    Str      key;
    uint64_t hash;
    void    *value;
} MapEntry;

typedef struct Map {
    MapEntry *entries; /* dense, `count` of them: read them to iterate */
    uint32_t *slots;   /* index + 1 into entries, 0 is free */
    size_t    count;
    size_t    capacity; /* of entries; slots has twice as many */
} Map;

void  map_init(Map *map); /* takes nothing from the heap yet */
void  map_done(Map *map);
void *map_get(const Map *map, Str key);                /* NULL: not there */
bool  map_put(Map *map, Str key, void *value);         /* replaces key and value; false: out of memory */
void *map_remove(Map *map, Str key);                   /* the value that was there, or NULL */

#endif
