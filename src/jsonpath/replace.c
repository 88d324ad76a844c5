/* replace.c -- a document with another value in one place.
 *
 * The containers on the way are copied, one level each; what hangs beside the way is shared. Down the
 * path first, to see that it can be gone, then back up with the copies. */
#include "jsonpath/internal.h"

static JsonPathOutcome refuse(Arena *arena, const JsonPath *path, const Json *document, Str *out_why)
{
    Str text = json_text(arena, document);
    *out_why =
        str_format(arena, "Unable to apply ReferencePath %.*s to input %.*s", STR_ARG(path->text), STR_ARG(text));
    return JSONPATH_NOT_FOUND;
}

/* What is in the place of a step; *out is NULL where it is to be made. False: something is in the way. */
static bool look(const Json *value, const Step *step, const Json **out)
{
    *out = NULL;
    if (step->kind == STEP_INDEX) {
        bool there = value && value->type == JSON_ARRAY && (uint32_t)step->indexes[0] < value->count;
        if (there) *out = value->items[step->indexes[0]];
        return there;
    }
    if (value && value->type != JSON_OBJECT) return false;
    *out = value ? json_get(value, step->names[0]) : NULL;
    return true;
}

static Json *with_item(Arena *arena, const Json *array, uint32_t index, Json *item)
{
    Json *copy = json_array(arena);
    for (uint32_t i = 0; i < array->count; i++) json_append(arena, copy, i == index ? item : array->items[i]);
    return copy;
}

static Json *with_member(Arena *arena, const Json *object, Str name, Json *value)
{
    Json *copy = json_object(arena);
    if (object)
        JSON_EACH_MEMBER(object, member) json_set(arena, copy, member->name, member->value);
    json_set(arena, copy, name, value);
    return copy;
}

JsonPathOutcome jsonpath_replace(Arena *arena, const JsonPath *path, const Json *document, Json *value, Json **out,
                                 Str *out_why)
{
    const Step *steps[STEPS_IN_PATH_MAX];
    const Json *values[STEPS_IN_PATH_MAX], *at = document;
    uint32_t    count = 0;
    if (!path->reference) {
        *out_why = str_format(arena, "%.*s is not a reference path", STR_ARG(path->text));
        return JSONPATH_NOT_SUPPORTED;
    }
    for (const Step *step = path->first; step; step = step->next) {
        steps[count] = step;
        values[count++] = at;
        if (!look(at, step, &at)) return refuse(arena, path, document, out_why);
    }
    while (count--) {
        const Step *step = steps[count];
        value = step->kind == STEP_INDEX ? with_item(arena, values[count], (uint32_t)step->indexes[0], value)
                                         : with_member(arena, values[count], step->names[0], value);
    }
    *out = value;
    return JSONPATH_FOUND;
}
