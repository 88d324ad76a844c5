/* map.c -- dense entries beside an open-addressed table of their indexes. */
#include "base/map.h"

#include "base/hash.h"

void map_init(Map *map)
{
    *map = (Map){ 0 };
}

void map_done(Map *map)
{
    memory_free(map->entries);
    memory_free(map->slots);
    map_init(map);
}

static size_t slot_mask(const Map *map)
{
    return map->capacity * 2 - 1;
}

/* The slot that holds `key`, or the free one where it would go. */
static size_t find_slot(const Map *map, Str key, uint64_t hash)
{
    size_t slot = hash & slot_mask(map);
    for (;; slot = (slot + 1) & slot_mask(map)) {
        uint32_t index = map->slots[slot];
        if (!index) return slot;
        const MapEntry *entry = &map->entries[index - 1];
        if (entry->hash == hash && str_equal(entry->key, key)) return slot;
    }
}

void *map_get(const Map *map, Str key)
{
    if (!map->count) return NULL;
    uint32_t index = map->slots[find_slot(map, key, hash_bytes(key))];
    return index ? map->entries[index - 1].value : NULL;
}

static bool grow(Map *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : 8;
    uint32_t *slots = memory_alloc_zero(capacity * 2 * sizeof *slots);
    MapEntry *entries = slots ? memory_resize(map->entries, capacity * sizeof *entries) : NULL;
    if (!entries) {
        memory_free(slots);
        return false;
    }
    memory_free(map->slots);
    map->slots = slots;
    map->entries = entries;
    map->capacity = capacity;
    for (size_t i = 0; i < map->count; i++) {
        size_t slot = entries[i].hash & slot_mask(map);
        while (slots[slot]) slot = (slot + 1) & slot_mask(map);
        slots[slot] = (uint32_t)i + 1;
    }
    return true;
}

bool map_put(Map *map, Str key, void *value)
{
    if (map->count == map->capacity && !grow(map)) return false;
    uint64_t hash = hash_bytes(key);
    size_t slot = find_slot(map, key, hash);
    if (!map->slots[slot]) map->slots[slot] = (uint32_t)++map->count;
    map->entries[map->slots[slot] - 1] = (MapEntry){ .key = key, .hash = hash, .value = value };
    return true;
}

/* Closes the gap at `hole` by moving back what probed over it. */
static void close_gap(Map *map, size_t hole)
{
    size_t mask = slot_mask(map);
    for (size_t slot = (hole + 1) & mask; map->slots[slot]; slot = (slot + 1) & mask) {
        size_t home = map->entries[map->slots[slot] - 1].hash & mask;
        if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
        map->slots[hole] = map->slots[slot];
        hole = slot;
    }
    map->slots[hole] = 0;
}

void *map_remove(Map *map, Str key)
{
    if (!map->count) return NULL;
    size_t slot = find_slot(map, key, hash_bytes(key));
    uint32_t index = map->slots[slot];
    if (!index) return NULL;
    void *value = map->entries[index - 1].value;
    size_t last = map->count - 1;
    if (index - 1 != last) {
        MapEntry *moved = &map->entries[last];
        map->slots[find_slot(map, moved->key, moved->hash)] = index;
        map->entries[index - 1] = *moved;
        /* the removed key's slot now leads to the moved entry twice; only the hole is cleared */
    }
    map->count = last;
    close_gap(map, slot);
    return value;
}
