/* builder.c -- how a parser grows a tree without recursion.
 *
 * One stack of entries holds every value whose container is not closed yet:
 *
 *     [ {          entries:  0 outer array (open, count: nothing)
 *       "a": 1,              1 object      (open, count: 0)
 *       "b": [ 2             2 "a" 1
 *                            3 "b" array   (open, count: 1)     <- open
 *                            4 2
 *
 * Closing copies the entries behind the open one into an array of the exact size, cuts them off and
 * makes the next outer container the open one. The stack is heap memory once it is larger than its
 * own room, so a parser holds a guard while it grows one. */
#include "json/internal.h"

#include <assert.h>

enum { NODES_AT_ONCE = 64, BYTES_PER_VALUE = 16 };

void json_builder_init(JsonBuilder *builder, Arena *arena)
{
    builder->arena = arena;
    builder->entries = builder->room;
    builder->count = 0;
    builder->capacity = JSON_BUILDER_ROOM;
    builder->open = JSON_NOTHING_OPEN;
    builder->depth = 0;
    builder->nodes = builder->nodes_end = NULL;
}

void json_builder_done(JsonBuilder *builder)
{
    if (builder->entries != builder->room) memory_free(builder->entries);
}

void json_builder_take_nodes(JsonBuilder *builder, size_t bytes_left)
{
    size_t count = bytes_left / BYTES_PER_VALUE + 1;
    if (count > NODES_AT_ONCE) count = NODES_AT_ONCE;
    builder->nodes = arena_alloc(builder->arena, count * sizeof(Json));
    builder->nodes_end = builder->nodes + count;
}

void json_builder_grow(JsonBuilder *builder)
{
    bool own = builder->entries == builder->room;
    size_t size = arena_size(builder->capacity, 2 * sizeof(JsonMember));
    JsonMember *entries = memory_resize(own ? NULL : builder->entries, size);
    if (!entries) memory_exhausted();
    if (own) memcpy(entries, builder->room, sizeof builder->room);
    builder->entries = entries;
    builder->capacity = builder->capacity > UINT32_MAX / 2 ? UINT32_MAX : builder->capacity * 2;
}

void json_builder_open(JsonBuilder *builder)
{
    uint32_t entry = builder->count - 1;
    builder->entries[entry].value->count = builder->open;
    builder->open = entry;
    builder->depth++;
}

static void keep_items(Arena *arena, Json *array, const JsonMember *entries, uint32_t count)
{
    array->items = arena_alloc(arena, count * sizeof(Json *));
    for (uint32_t i = 0; i < count; i++) array->items[i] = entries[i].value;
}

static void keep_members(Arena *arena, Json *object, const JsonMember *entries, uint32_t count)
{
    object->members = arena_alloc(arena, count * sizeof *entries);
    memcpy(object->members, entries, count * sizeof *entries);
    object->index = json_index_new(arena, count);
}

void json_builder_close(JsonBuilder *builder)
{
    assert(builder->open < builder->count);
    Json *container = builder->entries[builder->open].value;
    JsonMember *children = &builder->entries[builder->open + 1];
    uint32_t count = builder->count - builder->open - 1, outer = container->count;
    if (count && container->type == JSON_OBJECT) keep_members(builder->arena, container, children, count);
    if (count && container->type == JSON_ARRAY) keep_items(builder->arena, container, children, count);
    container->count = count;
    container->capacity = 0;
    builder->count = builder->open + 1;
    builder->open = outer;
    builder->depth--;
}
