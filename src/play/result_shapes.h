/* result_shapes.h -- what services answer, as state machines see it: enough to doubt a mocked result. */
#ifndef PLAY_RESULT_SHAPES_H
#define PLAY_RESULT_SHAPES_H

#include "json/json.h"

/* The words for what is wrong with the result of a resource ("arn:aws:states:::events:putEvents"), without data where nothing
 * is or where the resource's shape is not known here. `required`: members that have to be there are asked for too. */
Str result_shapes_check(Arena *arena, Str resource, const Json *result, bool required);

#endif
