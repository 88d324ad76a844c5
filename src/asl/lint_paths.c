/* lint_paths.c -- paths that cannot find anything, whatever the input of the execution is.
 *
 * What is said is certain: should the state run, it fails. A state that catches the failure may mean it, so there it is a
 * warning. */
#include "asl/lint_internal.h"

#include "asl/expression.h"
#include "asl/intrinsic.h"
#include "jsonata/jsonata.h"

typedef struct Look { /* at one field */
    AslFlow               *flow;
    AslCheck              *check;
    const AslOutlineState *state;
    const AslPlace        *place;
    Str                    whole; /* what "$" is there: "the input", "the result" */
    bool                   caught;
    bool                   lenient; /* an item past the end of an array is null there */
} Look;

/* ---- words ---- */

static Str prefix_of(Arena *arena, const AslPathStep *steps, uint32_t count)
{
    Str text = STR("$");
    for (uint32_t i = 0; i < count && text.length < ASL_QUOTE_MAX; i++) {
        Str name = asl_quote(steps[i].name);
        text = steps[i].name.data ? str_format(arena, "%.*s.%.*s", STR_ARG(text), STR_ARG(name))
                                  : str_format(arena, "%.*s[%lld]", STR_ARG(text), (long long)steps[i].index);
    }
    return text;
}

static Str maker_of(Arena *arena, const AslShape *shape, const AslOutlineState *here)
{
    static const char *const makes[TYPE_COUNT] = {
        [TYPE_PARALLEL] = "the result of the Parallel state", [TYPE_MAP] = "the result of the Map state"
    };
    const AslOutlineState *maker = shape->maker;
    if (!maker || maker == here) return STR("");
    Str name = asl_quote(maker->name);
    if (makes[maker->type] && shape->kind == SHAPE_ARRAY)
        return str_format(arena, ", %s '%.*s'", makes[maker->type], STR_ARG(name));
    return str_format(arena, ", made by the %.*s state '%.*s'", STR_ARG(asl_type_names[maker->type]), STR_ARG(name));
}

static Str what_is(const Look *look, const AslShape *shape)
{
    Arena *arena = look->check->arena;
    Str    maker = maker_of(arena, shape, look->state), members;
    switch (shape->kind) {
    case SHAPE_ARRAY:
        if (shape->open) return str_format(arena, "an array%.*s", STR_ARG(maker));
        return str_format(arena, "an array of %u%.*s", shape->count, STR_ARG(maker));
    case SHAPE_OBJECT:
        members = asl_shape_members_text(arena, shape);
        if (!shape->count) return str_format(arena, "an empty object%.*s", STR_ARG(maker));
        return str_format(arena, "an object with only %.*s%.*s", STR_ARG(members), STR_ARG(maker));
    default: return str_format(arena, "neither an object nor an array%.*s", STR_ARG(maker));
    }
}

/* ---- how to mend it ---- */

/* The item that has, or may have, what is asked for. */
static int64_t item_with(Arena *arena, const AslShape *array, const AslPathStep *step)
{
    const AslShape *found;
    for (uint32_t i = 0; i < array->count; i++)
        if (asl_shape_step(arena, array->items[i], step, &found) == THERE_CERTAINLY) return i;
    for (uint32_t i = 0; i < array->count; i++)
        if (asl_shape_step(arena, array->items[i], step, &found) == THERE_MAYBE) return i;
    return array->count ? -1 : 0;
}

static Str hint_for_array(const Look *look, const AslShape *array, const AslPathStep *steps, uint32_t at)
{
    Arena                 *arena = look->check->arena;
    Str                    hint = STR("");
    const AslOutlineState *maker = array->maker;
    int64_t                item = steps[at].name.data ? item_with(arena, array, &steps[at]) : -1;
    Str                    before = prefix_of(arena, steps, at), name = asl_quote(steps[at].name);
    if (item >= 0) hint = str_format(arena, "Write %.*s[%lld].%.*s", STR_ARG(before), (long long)item, STR_ARG(name));
    if (!maker || maker == look->state || maker->language != LANGUAGE_JSONPATH ||
        (maker->type != TYPE_PARALLEL && maker->type != TYPE_MAP))
        return item >= 0 ? str_format(arena, "%.*s.", STR_ARG(hint)) : hint;
    Str who = asl_quote(maker->name);
    return str_format(
        arena, "%.*s%s with \"ResultPath\": \"$.results\" in '%.*s', or pick its parts there with a ResultSelector.",
        STR_ARG(hint), item >= 0 ? ", keep the input" : "Keep the input", STR_ARG(who));
}

static Str hint_for_object(Arena *arena, const AslShape *object, const AslPathStep *step)
{
    Str *names = NEW_ARRAY(arena, Str, object->count + 1);
    for (uint32_t i = 0; i < object->count; i++) names[i] = object->members[i].name;
    Str near = asl_nearest_of(step->name, names, object->count);
    if (near.data) return str_format(arena, "Did you mean '%.*s'?", STR_ARG(near));
    const AslOutlineState *maker = object->maker;
    if (!maker || maker->language != LANGUAGE_JSONPATH || json_get(maker->json, STR("ResultPath"))) return STR("");
    if (maker->type == TYPE_MAP && !json_get(maker->json, STR("ResultSelector")))
        return STR(""); /* it is what its iterations get */
    Str name = asl_quote(maker->name);
    return str_format(arena, "'%.*s' replaces its input; with a ResultPath it would keep it.", STR_ARG(name));
}

static void report(void *data, Str path, const AslPathStep *steps, uint32_t count, uint32_t at, const AslShape *where)
{
    Look  *look = data;
    Arena *arena = look->check->arena;
    Str    quoted = asl_quote(path), what = what_is(look, where), hint = STR("");
    bool   null = look->lenient && at + 1 == count && where->kind == SHAPE_ARRAY && !steps[at].name.data;
    if (where->kind == SHAPE_ARRAY) hint = hint_for_array(look, where, steps, at);
    if (where->kind == SHAPE_OBJECT && steps[at].name.data) hint = hint_for_object(arena, where, &steps[at]);
    Str subject = at ? str_format(arena, "'%.*s'", STR_ARG(prefix_of(arena, steps, at))) : look->whole;
    asl_lint_say(look->check, look->caught || null ? ASL_WARNING : ASL_ERROR, "PATH_NOT_FOUND", look->place, hint,
                 "'%.*s' %s: %.*s is %.*s", STR_ARG(quoted), null ? "gives null" : "finds nothing", STR_ARG(subject),
                 STR_ARG(what));
}

/* ---- fields ---- */

static void look_at(Look *look, const AslShape *shape, const Json *path, const AslPlace *place, const char *whole)
{
    if (!shape || !path || path->type != JSON_STRING) return;
    look->place = place;
    look->whole = str_from_c(whole);
    asl_missing_of_path(look->check->arena, shape, path->text, report, look);
}

static void look_at_field(Look *look, const AslShape *shape, const Json *object, const AslPlace *in, const char *field,
                          const char *whole)
{
    AslPlace place = asl_place(in, str_from_c(field));
    look_at(look, shape, json_get(object, str_from_c(field)), &place, whole);
}

static void look_at_template(Look *look, const AslShape *shape, const Json *object, const AslPlace *in,
                             const char *field, const char *whole)
{
    const Json *value = json_get(object, str_from_c(field)), *part;
    AslPlace    root = asl_place(in, str_from_c(field)), at;
    AslWalk     walk = { .arena = look->check->arena };
    if (!shape || !value || shape->kind == SHAPE_ANY) return;
    asl_walk_into(&walk, value, root);
    while (asl_walk_next(&walk, &part, &at)) {
        bool computed = at.name.data && str_ends_with(at.name, STR(".$"));
        look->lenient = computed && part->type == JSON_STRING && !asl_is_intrinsic(part->text);
        if (computed)
            look_at(look, shape, part, &at, whole);
        else if (part->type == JSON_OBJECT || part->type == JSON_ARRAY)
            asl_walk_into(&walk, part, at);
    }
    look->lenient = false;
}

/* ---- choices ---- */

typedef struct Guards { /* variables that some test of the state asks for first: they may be missing on purpose */
    Str     *names;
    uint32_t count;
} Guards;

static Guards guards_of(Arena *arena, const Json *choices, AslPlace root)
{
    const Json *part;
    AslPlace    at;
    Guards      guards = { NULL, 0 };
    uint32_t    room = 0;
    AslWalk     walk = { .arena = arena };
    asl_walk_into(&walk, choices, root);
    while (asl_walk_next(&walk, &part, &at)) {
        if (part->type != JSON_OBJECT && part->type != JSON_ARRAY) continue;
        asl_walk_into(&walk, part, at);
        Str tested = json_get_str(part, STR("Variable"));
        if (!tested.length || !json_get(part, STR("IsPresent"))) continue;
        if (guards.count == room) {
            guards.names = arena_grow(arena, guards.names, room * sizeof *guards.names,
                                      arena_size(room + 8, 2 * sizeof *guards.names));
            room = 2 * (room + 8);
        }
        guards.names[guards.count++] = tested;
    }
    return guards;
}

static bool is_guarded(const Guards *guards, Str variable)
{
    for (uint32_t i = 0; i < guards->count; i++)
        if (str_starts_with(variable, guards->names[i]) || str_starts_with(guards->names[i], variable)) return true;
    return false;
}

static void look_at_choices(Look *look, const AslShape *shape)
{
    const Json *choices = json_get(look->state->json, STR("Choices")), *part;
    AslPlace    root = asl_place(&look->state->place, STR("Choices")), at;
    AslWalk     walk = { .arena = look->check->arena };
    if (!shape || shape->kind == SHAPE_ANY || !choices || choices->type != JSON_ARRAY) return;
    Guards guards = guards_of(look->check->arena, choices, root);
    asl_walk_into(&walk, choices, root);
    while (asl_walk_next(&walk, &part, &at)) {
        bool path = part->type == JSON_STRING && at.name.data &&
                    (str_equal(at.name, STR("Variable")) || str_ends_with(at.name, STR("Path")));
        if (path && !is_guarded(&guards, part->text)) look_at(look, shape, part, &at, "the input");
        if (part->type == JSON_OBJECT || part->type == JSON_ARRAY) asl_walk_into(&walk, part, at);
    }
}

/* ---- ResultPath ---- */

static void look_at_result_path(Look *look, const AslShape *input, const AslShape *result, const Json *object,
                                const AslPlace *in)
{
    const Json     *path = json_get(object, STR("ResultPath"));
    AslPlace        place = asl_place(in, STR("ResultPath"));
    const AslShape *placed;
    Arena          *arena = look->check->arena;
    if (!path || !result || asl_place_result(arena, input, path, result, &placed)) return;
    Str  quoted = asl_quote(path->text), what = what_is(look, input);
    bool array = input->kind == SHAPE_ARRAY;
    Str  hint = array && input->maker && input->maker->language == LANGUAGE_JSONPATH
                    ? str_format(arena, "Keep an object with \"ResultPath\": \"$.results\" in '%.*s'.",
                                 STR_ARG(asl_quote(input->maker->name)))
                    : STR("");
    asl_lint_say(look->check, look->caught ? ASL_WARNING : ASL_ERROR, "RESULT_PATH_MISMATCH", &place, hint,
                 "'%.*s' cannot be put into the input: it is %.*s", STR_ARG(quoted), STR_ARG(what));
}

/* ---- Map ---- */

static void look_at_items(Look *look, const AslStages *stages)
{
    const AslShape *items = stages->items;
    const Json     *path = json_get(look->state->json, STR("ItemsPath"));
    AslPlace        place = asl_place(&look->state->place, path ? STR("ItemsPath") : STR("Type"));
    if (!items || json_get(look->state->json, STR("ItemReader")) || items->kind == SHAPE_ANY ||
        items->kind == SHAPE_ARRAY)
        return;
    Str what = what_is(look, items);
    asl_lint_say(look->check, look->caught ? ASL_WARNING : ASL_ERROR, "NOT_AN_ARRAY", &place,
                 path ? STR("") : STR("Without an ItemsPath a Map goes over its whole input: say where the array is."),
                 "a Map needs an array, and %s is %.*s", path ? "this" : "the input", STR_ARG(what));
}

/* ---- JSONata: $states.input.x where nothing else is in the expression ---- */

static void look_at_expression(Look *look, const AslShape *input, Str text, const AslPlace *place)
{
    const JsonataOptions options = { JSONATA_STATES };
    JsonataProgram      *program = NULL;
    JsonataFault         fault;
    JsonataReference    *references;
    Arena               *arena = look->check->arena;
    Error *error = jsonata_compile(arena, str_slice(text, 2, text.length - 2), &options, &program, &fault);
    error_free(error);
    if (error || !program || jsonata_references(program, arena, &references) != 1 || !references[0].alone) return;
    if (!str_equal(references[0].variable, STR("states")) || !references[0].step_count ||
        !str_equal(references[0].steps[0], STR("input")))
        return;
    const AslShape *shape = input;
    AslPathStep    *steps = NEW_ARRAY(arena, AslPathStep, references[0].step_count);
    for (uint32_t i = 1; i < references[0].step_count && shape->kind == SHAPE_OBJECT; i++) {
        const AslShape *next;
        steps[i - 1] = (AslPathStep){ .name = references[0].steps[i] };
        if (asl_shape_step(arena, shape, &steps[i - 1], &next) == THERE_NOT) {
            Str what = what_is(look, shape), hint = hint_for_object(arena, shape, &steps[i - 1]),
                name = asl_quote(steps[i - 1].name);
            asl_lint_say(look->check, look->caught ? ASL_WARNING : ASL_ERROR, "PATH_NOT_FOUND", place, hint,
                         "'%.*s' is not there: %s is %.*s", STR_ARG(name),
                         i == 1 ? "the input" : "what it is looked for in", STR_ARG(what));
            return;
        }
        shape = next;
    }
}

static void look_at_expressions(Look *look, const AslShape *input, const char *field)
{
    const Json *value = json_get(look->state->json, str_from_c(field)), *part;
    AslPlace    place = asl_place(&look->state->place, str_from_c(field)), at;
    AslWalk     walk = { .arena = look->check->arena };
    if (!value || !input || input->kind != SHAPE_OBJECT) return;
    if (value->type == JSON_STRING && asl_is_expression(value->text))
        look_at_expression(look, input, value->text, &place);
    asl_walk_into(&walk, value, place);
    while (asl_walk_next(&walk, &part, &at)) {
        if (part->type == JSON_STRING && asl_is_expression(part->text))
            look_at_expression(look, input, part->text, &at);
        if (part->type == JSON_OBJECT || part->type == JSON_ARRAY) asl_walk_into(&walk, part, at);
    }
}

/* ---- states ---- */

static bool catches_paths(const Json *state)
{
    const Json *catchers = json_get(state, STR("Catch")), *catcher, *name;
    if (!catchers || catchers->type != JSON_ARRAY) return false;
    JSON_EACH_ITEM(catchers, catcher) {
        const Json *names = json_get(catcher, STR("ErrorEquals"));
        if (!names || names->type != JSON_ARRAY) continue;
        JSON_EACH_ITEM(names, name)
            if (name->type == JSON_STRING &&
                (str_equal(name->text, STR("States.ALL")) || str_equal(name->text, STR("States.ParameterPathFailure"))))
                return true;
    }
    return false;
}

static void look_at_catchers(Look *look, const AslShape *input)
{
    const Json *catchers = json_get(look->state->json, STR("Catch")), *catcher;
    if (!catchers || catchers->type != JSON_ARRAY) return;
    JSON_EACH_ITEM(catchers, catcher) {
        AslPlace place = asl_place_item(&look->state->place, STR("Catch"), catcher_at);
        look_at_result_path(look, input, &asl_shape_error, catcher, &place);
    }
}

static void look_at_paths(Look *look, const AslStages *stages)
{
    static const char *const after_input[] = {
        "SecondsPath", "TimestampPath",      "TimeoutSecondsPath",        "HeartbeatSecondsPath",           "ErrorPath",
        "CausePath",   "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath", "ItemsPath"
    };
    const Json     *json = look->state->json;
    const AslPlace *at = &look->state->place;
    bool            fixed =
        look->state->type == TYPE_PASS && json_get(json, STR("Result")); /* then neither of these is looked at */
    if (!fixed) look_at_field(look, stages->input, json, at, "InputPath", "the input");
    if (!fixed) look_at_template(look, stages->effective, json, at, "Parameters", "the input");
    for (size_t i = 0; i < sizeof after_input / sizeof *after_input; i++)
        look_at_field(look, stages->effective, json, at, after_input[i], "the input");
    look_at_template(look, stages->effective, json, at, "ItemSelector", "the input");
    look_at_template(look, stages->result, json, at, "ResultSelector", "the result");
    look_at_result_path(look, stages->input, stages->selected, json, at);
    look_at_field(look, stages->combined, json, at, "OutputPath", "the output so far");
    look_at_catchers(look, stages->input);
    if (look->state->type == TYPE_CHOICE) look_at_choices(look, stages->effective);
    if (look->state->type == TYPE_MAP) look_at_items(look, stages);
}

void asl_lint_paths(AslCheck *check)
{
    static const char *const computed[] = { "Arguments", "Output",    "Items", "ItemSelector",
                                            "Seconds",   "Timestamp", "Error", "Cause" };
    AslFlow                 *flow = asl_flow_new(check);
    asl_flow_run(flow);
    for (uint32_t i = 0; i < check->outline->state_count && check->count < ASL_FINDINGS_MAX; i++) {
        const AslOutlineState *state = &check->outline->states[i];
        AslStages              stages;
        Look look = { .flow = flow, .check = check, .state = state, .caught = catches_paths(state->json) };
        asl_stages(flow, i, &stages);
        check->rank = state->rank;
        if (!stages.input || state->type == TYPE_NONE) continue;
        if (state->language == LANGUAGE_JSONPATH) look_at_paths(&look, &stages);
        for (size_t f = 0; state->language == LANGUAGE_JSONATA && f < sizeof computed / sizeof *computed; f++)
            look_at_expressions(&look, stages.input, computed[f]);
    }
}
