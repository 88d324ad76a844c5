/* walk.c -- the way back up, for those who go down a tree without recursion. A tree of ordinary depth
 * needs no heap. */
#include "json/internal.h"

void json_walk_init(JsonWalk *walk)
{
    walk->steps = walk->room;
    walk->depth = 0;
    walk->capacity = JSON_WALK_ROOM;
}

void json_walk_done(JsonWalk *walk)
{
    if (walk->steps != walk->room) memory_free(walk->steps);
}

static bool grow(JsonWalk *walk)
{
    bool own = walk->steps == walk->room;
    if (walk->capacity > UINT32_MAX / 2) return false;
    JsonStep *steps = memory_resize(own ? NULL : walk->steps, (size_t)walk->capacity * 2 * sizeof *steps);
    if (!steps) return false;
    if (own) memcpy(steps, walk->room, sizeof walk->room);
    walk->steps = steps;
    walk->capacity *= 2;
    return true;
}

bool json_walk_push(JsonWalk *walk, const Json *value, const Json *other)
{
    if (walk->depth == walk->capacity && !grow(walk)) return false;
    walk->steps[walk->depth++] = (JsonStep){ .value = value, .other = other };
    return true;
}
