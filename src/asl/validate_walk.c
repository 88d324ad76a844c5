/* validate_walk.c -- over a value in the order of its text, without recursion.
 *
 * Places point to the places that they are in, so each level has a step that stays where it is. */
#include "asl/validate_internal.h"

struct AslWalkStep {
    const Json *value;
    AslPlace    place;
    uint32_t    next;
};

void asl_walk_into(AslWalk *walk, const Json *value, AslPlace place)
{
    if (walk->depth == walk->room) {
        uint32_t room = walk->room ? walk->room * 2 : 16;
        walk->steps = arena_grow(walk->arena, walk->steps, walk->room * sizeof *walk->steps,
                                 arena_size(room, sizeof *walk->steps));
        memset(walk->steps + walk->room, 0, (room - walk->room) * sizeof *walk->steps);
        walk->room = room;
    }
    if (!walk->steps[walk->depth]) walk->steps[walk->depth] = NEW(walk->arena, AslWalkStep);
    *walk->steps[walk->depth++] = (AslWalkStep){ value, place, 0 };
}

bool asl_walk_next(AslWalk *walk, const Json **out, AslPlace *out_place)
{
    while (walk->depth) {
        AslWalkStep *step = walk->steps[walk->depth - 1];
        bool         array = step->value->type == JSON_ARRAY;
        if ((!array && step->value->type != JSON_OBJECT) || step->next == step->value->count) {
            walk->depth--;
            continue;
        }
        uint32_t at = step->next++;
        *out = array ? step->value->items[at] : step->value->members[at].value;
        *out_place =
            array ? asl_place_item(&step->place, STR_NONE, at) : asl_place(&step->place, step->value->members[at].name);
        return true;
    }
    return false;
}
