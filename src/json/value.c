/* value.c -- reading, comparing, building and copying values.
 *
 * An object of many members has an index: a table of member numbers by the hash of their names, whose
 * room is taken with that of the members and which is filled by the first look-up. Adding a member
 * keeps a filled index up to date; whatever else changes names empties it. Of members with the same
 * name the table knows the last. */
#include "json/internal.h"

#include "base/hash.h"

#include <assert.h>
#include <math.h>

enum { INDEX_FROM = 24, CAPACITY_FIRST = 4 };

struct JsonIndex {
    uint32_t mask; /* slots - 1; at least half of them are free */
    bool     filled;
    uint32_t slots[]; /* number of a member + 1, 0: free */
};

const Json json_null_value = { .type = JSON_NULL };

/* ---- index ---- */

JsonIndex *json_index_new(Arena *arena, uint32_t capacity)
{
    if (capacity < INDEX_FROM) return NULL;
    size_t slots = (size_t)1 << (64 - __builtin_clzll((size_t)capacity * 2 - 1));
    JsonIndex *index = arena_alloc(arena, sizeof *index + arena_size(slots, sizeof(uint32_t)));
    index->mask = (uint32_t)(slots - 1);
    index->filled = false;
    return index;
}

/* The slot of `name`, or the free one where it would go. */
static uint32_t *find_slot(const Json *object, Str name)
{
    JsonIndex *index = object->index;
    uint32_t at = (uint32_t)hash_bytes(name) & index->mask;
    while (index->slots[at] && !str_equal(object->members[index->slots[at] - 1].name, name))
        at = (at + 1) & index->mask;
    return &index->slots[at];
}

static void fill_index(const Json *object)
{
    JsonIndex *index = object->index;
    memset(index->slots, 0, ((size_t)index->mask + 1) * sizeof(uint32_t));
    for (uint32_t i = 0; i < object->count; i++) *find_slot(object, object->members[i].name) = i + 1;
    index->filled = true;
}

JsonMember *json_find(const Json *object, Str name)
{
    if (object->index && object->count >= INDEX_FROM) {
        if (!object->index->filled) fill_index(object);
        uint32_t number = *find_slot(object, name);
        return number ? &object->members[number - 1] : NULL;
    }
    for (uint32_t i = object->count; i > 0; i--)
        if (str_equal(object->members[i - 1].name, name)) return &object->members[i - 1];
    return NULL;
}

/* ---- reading ---- */

Json *json_get(const Json *object, Str name)
{
    if (!object || object->type != JSON_OBJECT) return NULL;
    JsonMember *member = json_find(object, name);
    return member ? member->value : NULL;
}

Str json_get_str(const Json *object, Str name)
{
    Json *value = json_get(object, name);
    if (!value || value->type != JSON_STRING) return STR_NONE;
    return value->text.data ? value->text : STR("");
}

bool json_get_int(const Json *object, Str name, int64_t *out)
{
    Json *value = json_get(object, name);
    return value && json_int(value, out);
}

/* ---- comparing ---- */

static bool equal_numbers(const Json *a, const Json *b)
{
    int64_t left, right;
    bool whole = json_int(a, &left);
    if (whole != json_int(b, &right)) return false;
    return whole ? left == right : json_number(a) == json_number(b);
}

/* Every name of one is a name of the other; mostly they are the same in the same order. */
static bool same_names(const Json *a, const Json *b)
{
    uint32_t at = 0;
    if (a->count == b->count)
        while (at < a->count && str_equal(a->members[at].name, b->members[at].name)) at++;
    if (at == a->count && at == b->count) return true;
    JSON_EACH_MEMBER(a, member)
        if (!json_find(b, member->name)) return false;
    JSON_EACH_MEMBER(b, member)
        if (!json_find(a, member->name)) return false;
    return true;
}

static bool go_into(JsonWalk *walk, const Json *a, const Json *b)
{
    if (a == b || json_walk_push(walk, a, b)) return true;
    json_walk_done(walk);
    memory_exhausted();
}

/* Compares what can be compared at once; what is inside goes on the walk. */
static bool alike(JsonWalk *walk, const Json *a, const Json *b)
{
    if (a->type != b->type) return false;
    switch ((JsonType)a->type) {
    case JSON_NULL: return true;
    case JSON_BOOL: return a->boolean == b->boolean;
    case JSON_NUMBER: return equal_numbers(a, b);
    case JSON_STRING: return (a->flags & JSON_BLOB) == (b->flags & JSON_BLOB) && str_equal(a->text, b->text);
    case JSON_ARRAY: return a->count == b->count && go_into(walk, a, b);
    case JSON_OBJECT: return same_names(a, b) && go_into(walk, a, b);
    }
    return false;
}

static bool next_alike(JsonWalk *walk)
{
    JsonStep *step = &walk->steps[walk->depth - 1];
    const Json *a = step->value, *b = step->other;
    if (step->at == a->count) {
        walk->depth--;
        return true;
    }
    uint32_t at = step->at++;
    if (a->type == JSON_ARRAY) return alike(walk, a->items[at], b->items[at]);
    const JsonMember *member = &a->members[at];
    if (json_find(a, member->name) != member) return true;
    return alike(walk, member->value, json_find(b, member->name)->value);
}

bool json_equal(const Json *a, const Json *b)
{
    JsonWalk walk;
    json_walk_init(&walk);
    bool same = alike(&walk, a, b);
    while (same && walk.depth) same = next_alike(&walk);
    json_walk_done(&walk);
    return same;
}

/* ---- building ---- */

static Json *new_value(Arena *arena, JsonType type)
{
    Json *value = NEW(arena, Json);
    value->type = (uint8_t)type;
    return value;
}

Json *json_null(Arena *arena)
{
    return new_value(arena, JSON_NULL);
}

Json *json_bool(Arena *arena, bool value)
{
    Json *boolean = new_value(arena, JSON_BOOL);
    boolean->boolean = value;
    return boolean;
}

Json *json_int_new(Arena *arena, int64_t value)
{
    Json *number = new_value(arena, JSON_NUMBER);
    number->flags = JSON_INTEGER;
    number->integer = value;
    return number;
}

Json *json_double(Arena *arena, double value)
{
    assert(isfinite(value));
    Json *number = new_value(arena, JSON_NUMBER);
    number->number = value;
    return number;
}

/* Seconds as a double are exact to the microsecond until 2106. */
Json *json_time(Arena *arena, int64_t microseconds)
{
    Json *time = microseconds % 1000000 ? json_double(arena, (double)microseconds / 1e6)
                                        : json_int_new(arena, microseconds / 1000000);
    time->flags |= JSON_TIME;
    return time;
}

Json *json_str(Arena *arena, Str text)
{
    Json *string = new_value(arena, JSON_STRING);
    string->text = text;
    return string;
}

Json *json_str_copy(Arena *arena, Str text)
{
    return json_str(arena, str_copy(arena, text));
}

Json *json_blob(Arena *arena, Str bytes)
{
    Json *blob = json_str(arena, bytes);
    blob->flags = JSON_BLOB;
    return blob;
}

Json *json_array(Arena *arena)
{
    return new_value(arena, JSON_ARRAY);
}

Json *json_object(Arena *arena)
{
    return new_value(arena, JSON_OBJECT);
}

/* Room for one more; the text it was parsed from is no longer its own. */
static void *make_room(Arena *arena, Json *container, void *block, size_t size)
{
    container->raw = STR_NONE;
    if (container->count < container->capacity) return block;
    if (container->count > UINT32_MAX / 4) memory_exhausted();
    uint32_t capacity = container->count < CAPACITY_FIRST ? CAPACITY_FIRST : container->count * 2;
    block = arena_grow(arena, block, container->count * size, capacity * size);
    container->capacity = capacity;
    return block;
}

void json_append(Arena *arena, Json *array, Json *item)
{
    assert(array->type == JSON_ARRAY);
    array->items = make_room(arena, array, array->items, sizeof(Json *));
    array->items[array->count++] = item;
}

void json_add(Arena *arena, Json *object, Str name, Json *value)
{
    assert(object->type == JSON_OBJECT);
    uint32_t capacity = object->capacity;
    object->members = make_room(arena, object, object->members, sizeof(JsonMember));
    if (object->capacity != capacity) object->index = json_index_new(arena, object->capacity);
    object->members[object->count++] = (JsonMember){ name, value };
    if (object->index && object->index->filled) *find_slot(object, name) = object->count;
}

void json_set(Arena *arena, Json *object, Str name, Json *value)
{
    assert(object->type == JSON_OBJECT);
    JsonMember *member = json_find(object, name);
    object->raw = STR_NONE;
    if (member)
        member->value = value;
    else
        json_add(arena, object, name, value);
}

void json_add_str(Arena *arena, Json *object, Str name, Str text)
{
    json_add(arena, object, name, json_str(arena, text));
}

void json_add_int(Arena *arena, Json *object, Str name, int64_t value)
{
    json_add(arena, object, name, json_int_new(arena, value));
}

bool json_remove(Json *object, Str name)
{
    if (object->type != JSON_OBJECT || !json_find(object, name)) return false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < object->count; i++)
        if (!str_equal(object->members[i].name, name)) object->members[kept++] = object->members[i];
    object->count = kept;
    object->raw = STR_NONE;
    if (object->index) object->index->filled = false;
    return true;
}

/* ---- copying ---- */

/* A copy whose items or members are still to be filled in. */
static Json *copy_one(Arena *arena, const Json *value)
{
    Json *copy = arena_alloc(arena, sizeof *copy);
    *copy = *value;
    copy->raw = value->type == JSON_NUMBER && value->raw.length ? str_copy(arena, value->raw) : STR_NONE;
    copy->capacity = copy->count;
    if (value->type == JSON_STRING) copy->text = str_copy(arena, value->text);
    if (value->type == JSON_ARRAY) copy->items = NEW_ARRAY(arena, Json *, value->count);
    if (value->type != JSON_OBJECT) return copy;
    copy->members = NEW_ARRAY(arena, JsonMember, value->count);
    copy->index = json_index_new(arena, value->count);
    return copy;
}

static void copy_child(JsonWalk *walk, Arena *arena)
{
    JsonStep *step = &walk->steps[walk->depth - 1];
    const Json *source = step->value;
    Json *target = (Json *)step->other;
    if (step->at == source->count) {
        walk->depth--;
        return;
    }
    uint32_t at = step->at++;
    const Json *child = json_child(source, at);
    Json *copy = copy_one(arena, child);
    if (source->type == JSON_OBJECT)
        target->members[at] = (JsonMember){ str_copy(arena, source->members[at].name), copy };
    else
        target->items[at] = copy;
    if (child->count && !json_walk_push(walk, child, copy)) memory_exhausted();
}

/* The walk may hold heap memory: it must go before a failed allocation goes further up. */
static Json *copy_guarded(JsonWalk *walk, Arena *arena, const Json *value)
{
    MemoryGuard guard;
    if (!MEMORY_GUARD_ENTER(&guard)) {
        json_walk_done(walk);
        memory_exhausted();
    }
    Json *copy = copy_one(arena, value);
    if (value->count && !json_walk_push(walk, value, copy)) memory_exhausted();
    while (walk->depth) copy_child(walk, arena);
    memory_guard_leave(&guard);
    return copy;
}

Json *json_copy(Arena *arena, const Json *value)
{
    JsonWalk walk;
    json_walk_init(&walk);
    Json *copy = copy_guarded(&walk, arena, value);
    json_walk_done(&walk);
    return copy;
}
