/* tags.h -- tags of state machines and activities. */
#ifndef SERVICES_STATES_TAGS_H
#define SERVICES_STATES_TAGS_H

#include "services/states/states_internal.h"

typedef struct StatesTags {
    NamedStr *items;
    size_t    count;
} StatesTags;

/* Adds an input's list ([{"key", "value"}], or NULL) to the tags, in a new list. TooManyTags. */
Error *states_tags_add(Arena *arena, const Json *list, Str arn, StatesTags *tags);
Error *states_tags_save(Context *context, uint64_t id, const StatesTags *tags); /* none: no row */

#endif
