/* apply.c -- along the steps of a path through a document.
 *
 * A step takes a value and hands what it selects to the next; behind the last it is a result. So the
 * C stack is as deep as the path is long, which is bounded; a scan, which goes as deep as the document,
 * keeps its levels in the arena.
 *
 * What happens where something is not there differs between the dialects, and is most of this file:
 *
 *                               the service's                         later ones
 *     a name that is missing
 *       as a leaf               not found, even for one of many       nothing is selected
 *       on the way              not found if the step before and      not found if definite up to here
 *                               all from here on are definite
 *     a name of no object       not found                             not found if definite up to here
 *     an index out of range     not found                             nothing is selected
 *     an index into no array    not supported                         not found if definite up to here
 *     a filter on a scalar      not supported                         not supported if definite up to here
 *
 * What one item of an array lacks does not hurt the others of a wildcard. In the question whether a path
 * is there (`required`) everything missing is not found. */
#include "jsonpath/place.h"

enum { ALLOCATION_STEPS = 16 }; /* what takes memory is paid for, too */

typedef struct Level {   /* of a scan: a container that is being gone through */
    Place         child; /* where its current child is */
    const Json   *node;
    uint32_t      at;
    struct Level *outer, *inner;
} Level;

static JsonPathOutcome go_on(Query *query, const Step *next, const Place *place, const Json *value);

static bool is_states(const Query *query)
{
    return query->path->dialect == JSONPATH_STATES;
}

static bool is_container(const Json *value)
{
    return value->type == JSON_ARRAY || value->type == JSON_OBJECT;
}

/* ---- saying why ---- */

static size_t write_reversed(char *end, Str text)
{
    if (end) memcpy(end - text.length, text.data, text.length);
    return text.length;
}

static size_t write_place(char *end, const Place *place, Arena *arena)
{
    size_t length = 0;
    for (; place; place = place->outer) {
        char digits[32];
        int  count = snprintf(digits, sizeof digits, "[%lld]", (long long)place->index);
        if (place->names) {
            Step alone = *place->names;
            alone.next = NULL;
            length += write_reversed(end ? end - length : NULL, steps_normal(arena, &alone, JSONPATH_STATES));
        } else if (place->name.data) {
            length += write_reversed(end ? end - length : NULL, STR("']"));
            length += write_reversed(end ? end - length : NULL, place->name);
            length += write_reversed(end ? end - length : NULL, STR("['"));
        } else {
            length += write_reversed(end ? end - length : NULL, str_from(digits, (size_t)count));
        }
    }
    return length;
}

static Str place_text(Arena *arena, const Place *place)
{
    size_t length = write_place(NULL, place, arena) + 1;
    char  *text = arena_alloc_bytes(arena, length);
    text[0] = '$';
    write_place(text + length, place, arena);
    return str_from(text, length);
}

JsonPathOutcome query_miss(Query *query, const char *before, const Place *place, const char *after)
{
    if (!query->inside) {
        Str text = place_text(query->work->arena, place);
        query->why = str_format(query->work->arena, "%s%.*s%s", before, STR_ARG(text), after);
    }
    return JSONPATH_NOT_FOUND;
}

JsonPathOutcome query_refuse(Query *query, Str why)
{
    query->why = why;
    return JSONPATH_NOT_SUPPORTED;
}

bool query_spend(Query *query, uint64_t steps)
{
    Work *work = query->work;
    if (work->steps_left >= steps && !work->hopeless) {
        work->steps_left -= steps;
        return true;
    }
    if (!work->hopeless || !query->why.data) query->why = STR("The path takes too many steps on these data");
    work->hopeless = true;
    work->steps_left = 0;
    return false;
}

/* `what` is said of the step and the value; inside a filter that goes on without it, it is not made. */
static Str about(Query *query, const char *what, const Step *step, const Json *value)
{
    Arena *arena = query->work->arena;
    if (query->inside && !is_states(query)) return STR("Filter");
    Str steps = steps_normal(arena, step, query->path->dialect), text = json_text(arena, value);
    return str_format(arena, "Filter: %.*s %s. Current context is: %.*s", STR_ARG(steps), what, STR_ARG(text));
}

/* ---- names ---- */

static const char *type_name(const Json *value)
{
    int64_t number;
    switch (value->type) {
    case JSON_NULL: return "null";
    case JSON_BOOL: return "java.lang.Boolean";
    case JSON_STRING: return "java.lang.String";
    case JSON_ARRAY: return "net.minidev.json.JSONArray";
    case JSON_NUMBER:
        if (!json_int(value, &number)) return "java.lang.Double";
        return number == (int32_t)number ? "java.lang.Integer" : "java.lang.Long";
    default: return "java.util.LinkedHashMap";
    }
}

static JsonPathOutcome no_object(Query *query, const Step *step, const Place *place, const Json *value)
{
    Step alone = *step;
    alone.next = NULL;
    if (!is_states(query) && !step->upstream_definite) return JSONPATH_FOUND;
    if (query->inside) return JSONPATH_NOT_FOUND;
    Arena *arena = query->work->arena;
    Str    names = steps_normal(arena, &alone, query->path->dialect), at = place_text(arena, place);
    if (is_states(query))
        query->why = str_format(arena, "Property %.*s not found in path %.*s", STR_ARG(names), STR_ARG(at));
    else
        query->why =
            str_format(arena,
                       "Expected to find an object with property %.*s in path %.*s but found '%s'. This is not "
                       "a json object according to the JsonProvider: "
                       "'com.jayway.jsonpath.spi.json.JsonSmartJsonProvider'.",
                       STR_ARG(names), STR_ARG(at), type_name(value));
    return JSONPATH_NOT_FOUND;
}

static JsonPathOutcome no_member(Query *query, const Step *step, const Place *here)
{
    bool minds;
    if (!step->next) {
        minds = is_states(query) || query->required;
        return minds ? query_miss(query, "No results for path: ", here, "") : JSONPATH_FOUND;
    }
    minds = is_states(query) ? step->tail_definite : step->upstream_definite && step->definite;
    return minds || query->required ? query_miss(query, "Missing property in path ", here, "") : JSONPATH_FOUND;
}

static JsonPathOutcome apply_name(Query *query, const Step *step, const Place *place, const Json *object, Str name)
{
    Place here = { .outer = place, .name = name.data ? name : STR("") };
    if (!query_spend(query, step->cost)) return JSONPATH_NOT_SUPPORTED;
    Json *value = json_get(object, name);
    return value ? go_on(query, step->next, &here, value) : no_member(query, step, &here);
}

/* Several names as the last step make an object of those that are there. */
static JsonPathOutcome merge_names(Query *query, const Step *step, const Place *place, const Json *object)
{
    Arena *arena = query->work->arena;
    Place  here = { .outer = place, .names = step };
    if (!query_spend(query, ALLOCATION_STEPS + 4 * (uint64_t)step->cost)) return JSONPATH_NOT_SUPPORTED;
    Json *merged = json_object(arena);
    for (uint32_t i = 0; i < step->count; i++) {
        Json *value = json_get(object, step->names[i]);
        if (value)
            json_set(arena, merged, step->names[i], value);
        else if (query->required)
            return query_miss(query, "Missing property in path ", &here, "");
    }
    return go_on(query, NULL, &here, merged);
}

static JsonPathOutcome each_name(Query *query, const Step *step, const Place *place, const Json *object)
{
    Place here = { .outer = place, .names = step };
    if (is_states(query)) {
        Str at = place_text(query->work->arena, &here);
        return query_refuse(query, str_format(query->work->arena,
                                              "Multi properties can only be used as path leafs: %.*s", STR_ARG(at)));
    }
    JsonPathOutcome outcome = JSONPATH_FOUND;
    for (uint32_t i = 0; i < step->count && outcome == JSONPATH_FOUND; i++)
        outcome = apply_name(query, step, place, object, step->names[i]);
    return outcome;
}

static JsonPathOutcome apply_property(Query *query, const Step *step, const Place *place, const Json *value)
{
    if (value->type != JSON_OBJECT) return no_object(query, step, place, value);
    if (step->count == 1) return apply_name(query, step, place, value, step->names[0]);
    return step->next ? each_name(query, step, place, value) : merge_names(query, step, place, value);
}

/* ---- indexes ---- */

static JsonPathOutcome no_array(Query *query, const Step *step, const Place *place, const Json *value)
{
    bool states = is_states(query);
    if (!states && !step->upstream_definite) return JSONPATH_FOUND;
    if (value->type == JSON_NULL) return query_miss(query, "The path ", place, " is null");
    query->why = about(query, "can only be applied to arrays", step, value);
    return states ? JSONPATH_NOT_SUPPORTED : JSONPATH_NOT_FOUND;
}

static JsonPathOutcome apply_index(Query *query, const Step *step, const Place *place, const Json *array, int64_t index)
{
    Place here = { .outer = place, .index = index };
    if (!query_spend(query, 1)) return JSONPATH_NOT_SUPPORTED;
    int64_t at = index < 0 && !is_states(query) ? array->count + index : index;
    if (at >= 0 && at < array->count) return go_on(query, step->next, &here, array->items[at]);
    return is_states(query) ? query_miss(query, "Index out of bounds when evaluating path ", &here, "")
                            : JSONPATH_FOUND;
}

static JsonPathOutcome apply_indexes(Query *query, const Step *step, const Place *place, const Json *value)
{
    if (value->type != JSON_ARRAY) return no_array(query, step, place, value);
    JsonPathOutcome outcome = JSONPATH_FOUND;
    for (uint32_t i = 0; i < step->count && outcome == JSONPATH_FOUND; i++)
        outcome = apply_index(query, step, place, value, step->indexes[i]);
    return outcome;
}

/* [n:] and [:n] count a negative number from the end; [n:m] takes it for an index, one after the other. */
static JsonPathOutcome apply_slice(Query *query, const Step *step, const Place *place, const Json *value)
{
    if (value->type != JSON_ARRAY) return no_array(query, step, place, value);
    int64_t count = value->count, from = step->has_from ? step->from : 0, to = step->has_to ? step->to : count;
    if (!step->has_to && from < 0) from = from + count > 0 ? from + count : 0;
    if (!step->has_from && to < 0) to += count;
    if (to > count) to = count;
    if (!is_states(query) && from < -count) from = -count; /* there is nothing before */
    JsonPathOutcome outcome = JSONPATH_FOUND;
    for (; count && from < to && outcome == JSONPATH_FOUND; from++)
        outcome = apply_index(query, step, place, value, from);
    return outcome;
}

/* ---- wildcards ---- */

static JsonPathOutcome apply_to_items(Query *query, const Step *step, const Place *place, const Json *array)
{
    bool            inside = query->inside;
    JsonPathOutcome outcome = JSONPATH_FOUND;
    query->inside = true;
    for (uint32_t i = 0; i < array->count && outcome == JSONPATH_FOUND; i++) {
        outcome = apply_index(query, step, place, array, i);
        if (outcome == JSONPATH_NOT_FOUND && !query->required) outcome = JSONPATH_FOUND;
    }
    query->inside = inside;
    return outcome;
}

static JsonPathOutcome apply_to_members(Query *query, const Step *step, const Place *place, const Json *object)
{
    JSON_EACH_MEMBER(object, member) {
        Place here = { .outer = place, .name = member->name.data ? member->name : STR("") };
        if (!query_spend(query, 1)) return JSONPATH_NOT_SUPPORTED;
        if (json_get(object, member->name) != member->value) continue; /* another of that name follows */
        JsonPathOutcome outcome = go_on(query, step->next, &here, member->value);
        if (outcome != JSONPATH_FOUND) return outcome;
    }
    return JSONPATH_FOUND;
}

static JsonPathOutcome apply_wildcard(Query *query, const Step *step, const Place *place, const Json *value)
{
    if (value->type == JSON_OBJECT) return apply_to_members(query, step, place, value);
    return value->type == JSON_ARRAY ? apply_to_items(query, step, place, value) : JSONPATH_FOUND;
}

/* ---- filters ---- */

static JsonPathOutcome apply_filter(Query *query, const Step *step, const Place *place, const Json *value)
{
    if (value->type == JSON_OBJECT) {
        Verdict verdict = predicate_ask(query, step->predicate, value);
        if (verdict == VERDICT_FAILED) return JSONPATH_NOT_SUPPORTED;
        return verdict == VERDICT_YES ? go_on(query, step->next, place, value) : JSONPATH_FOUND;
    }
    if (value->type != JSON_ARRAY) {
        if (!is_states(query) && !step->upstream_definite) return JSONPATH_FOUND;
        return query_refuse(query, about(query, "can not be applied to primitives", step, value));
    }
    for (uint32_t i = 0; i < value->count; i++) {
        Verdict verdict = predicate_ask(query, step->predicate, value->items[i]);
        if (verdict == VERDICT_FAILED) return JSONPATH_NOT_SUPPORTED;
        JsonPathOutcome outcome = verdict == VERDICT_YES ? apply_index(query, step, place, value, i) : JSONPATH_FOUND;
        if (outcome != JSONPATH_FOUND) return outcome;
    }
    return JSONPATH_FOUND;
}

/* ---- scans ---- */

static bool has_all(const Json *object, const Step *step)
{
    for (uint32_t i = 0; i < step->count; i++)
        if (!json_get(object, step->names[i])) return false;
    return true;
}

/* Whether a scan stops at this value for the step behind it. */
static Verdict is_for(Query *query, const Step *next, const Json *value)
{
    bool yes = false;
    switch (next->kind) {
    case STEP_PROPERTY: yes = value->type == JSON_OBJECT && (!next->definite || has_all(value, next)); break;
    case STEP_INDEX:
    case STEP_SLICE: yes = value->type == JSON_ARRAY; break;
    case STEP_WILDCARD: yes = true; break;
    case STEP_FILTER: return predicate_ask(query, next->predicate, value);
    case STEP_SCAN:
    case STEP_FUNCTION: break;
    }
    return yes ? VERDICT_YES : VERDICT_NO;
}

static JsonPathOutcome visit(Query *query, const Step *next, const Place *place, const Json *value)
{
    if (!query_spend(query, 1 + next->cost)) return JSONPATH_NOT_SUPPORTED;
    if (!is_container(value)) return JSONPATH_FOUND;
    Verdict verdict = is_for(query, next, value);
    if (verdict == VERDICT_FAILED) return JSONPATH_NOT_SUPPORTED;
    return verdict == VERDICT_YES ? go_on(query, next, place, value) : JSONPATH_FOUND;
}

static Level *take_level(Work *work)
{
    Level *level = work->spare;
    if (!level) return NEW(work->arena, Level);
    work->spare = level->inner;
    level->inner = NULL;
    return level;
}

static void give_levels_back(Work *work, Level *outermost)
{
    Level *last = outermost;
    if (!outermost) return;
    while (last->inner) last = last->inner;
    last->inner = work->spare;
    work->spare = outermost;
}

static Level *descend(Query *query, Level *outer, const Place *root, const Json *node)
{
    Level *level = outer ? outer->inner : NULL;
    if (!level) {
        level = take_level(query->work);
        level->outer = outer;
        level->child.outer = outer ? &outer->child : root;
        if (outer) outer->inner = level;
    }
    level->node = node;
    level->at = 0;
    return level;
}

/* The next child of a level, with its place; NULL: there is none. */
static const Json *next_child(Level *level)
{
    const Json *node = level->node;
    while (level->at < node->count) {
        uint32_t at = level->at++;
        if (node->type == JSON_ARRAY) {
            level->child.name = STR_NONE;
            level->child.index = at;
            return node->items[at];
        }
        const JsonMember *member = &node->members[at];
        level->child.name = member->name.data ? member->name : STR("");
        if (json_get(node, member->name) == member->value) return member->value;
    }
    return NULL;
}

/* Each container before what it contains. */
static JsonPathOutcome apply_scan(Query *query, const Step *step, const Place *place, const Json *value)
{
    if (!step->next) return JSONPATH_FOUND;
    JsonPathOutcome outcome = visit(query, step->next, place, value);
    Level          *outermost = is_container(value) ? descend(query, NULL, place, value) : NULL, *level = outermost;
    while (level && outcome == JSONPATH_FOUND) {
        const Json *child = next_child(level);
        if (!child) {
            level = level->outer;
            continue;
        }
        outcome = visit(query, step->next, &level->child, child);
        if (is_container(child)) level = descend(query, level, NULL, child);
    }
    give_levels_back(query->work, outermost);
    return outcome;
}

/* ---- steps ---- */

static JsonPathOutcome apply_function(Query *query, const Step *step, const Place *place, const Json *value)
{
    Json           *result;
    JsonPathOutcome outcome = function_call(query, step, value, &result);
    return outcome == JSONPATH_FOUND ? go_on(query, step->next, place, result) : outcome;
}

static JsonPathOutcome (*const appliers[])(Query *, const Step *, const Place *, const Json *) = {
    [STEP_PROPERTY] = apply_property, [STEP_INDEX] = apply_indexes, [STEP_SLICE] = apply_slice,
    [STEP_WILDCARD] = apply_wildcard, [STEP_SCAN] = apply_scan,     [STEP_FILTER] = apply_filter,
    [STEP_FUNCTION] = apply_function,
};

static JsonPathOutcome go_on(Query *query, const Step *next, const Place *place, const Json *value)
{
    if (next) return appliers[next->kind](query, next, place, value);
    if (!query_spend(query, 1)) return JSONPATH_NOT_SUPPORTED;
    if (query->path->definite)
        query->last = (Json *)value;
    else
        json_append(query->work->arena, query->all, (Json *)value);
    return JSONPATH_FOUND;
}

JsonPathOutcome query_run(Query *query, const Json *value, Json **out)
{
    const JsonPath *path = query->path;
    if (!path->definite) {
        if (!query_spend(query, ALLOCATION_STEPS)) return JSONPATH_NOT_SUPPORTED;
        query->all = json_array(query->work->arena);
    }
    JsonPathOutcome outcome = go_on(query, path->first, NULL, value);
    if (outcome != JSONPATH_FOUND) return outcome;
    *out = path->definite ? query->last : query->all;
    if (*out) return JSONPATH_FOUND;
    if (!query->inside) {
        Str normal = jsonpath_normal(path, query->work->arena);
        query->why = str_format(query->work->arena, "No results for path: %.*s", STR_ARG(normal));
    }
    return JSONPATH_NOT_FOUND;
}

JsonPathOutcome jsonpath_apply(Arena *arena, const JsonPath *path, const Json *document, Json **out, Str *out_why)
{
    Work  work = { .arena = arena, .document = document, .steps_left = JSONPATH_STEPS_MAX };
    Query query = { .work = &work, .path = path };
    Json *found = NULL;
    work.remembered = NEW_ARRAY(arena, Remembered, path->inside_count + 1);
    JsonPathOutcome outcome = query_run(&query, document, &found);
    if (outcome == JSONPATH_FOUND)
        *out = found;
    else
        *out_why = query.why;
    return outcome;
}
