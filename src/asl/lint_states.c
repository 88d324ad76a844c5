/* lint_states.c -- doubts about single states: tasks that may wait for ever, tokens nobody gets, fields without effect,
 * texts in the other query language. */
#include "asl/lint_internal.h"

#include "asl/expression.h"
#include "asl/intrinsic.h"

static bool has(const Json *object, const char *name)
{
    return json_get(object, str_from_c(name)) != NULL;
}

/* ---- tasks ---- */

/* Whether somewhere in the request the token of the task is given away: "$$", "$$.Task" or more of it. */
static bool gives_token(AslCheck *check, const Json *request, bool jsonata)
{
    const Json *part;
    AslPlace    at;
    size_t      found;
    AslWalk     walk = { .arena = check->arena };
    if (request->type == JSON_STRING) return jsonata && str_find(request->text, STR("context"), &found);
    asl_walk_into(&walk, request, asl_place(NULL, STR("")));
    while (asl_walk_next(&walk, &part, &at)) {
        if (part->type == JSON_OBJECT || part->type == JSON_ARRAY) asl_walk_into(&walk, part, at);
        if (part->type != JSON_STRING) continue;
        if (jsonata && (str_find(part->text, STR("context"), &found) || str_find(part->text, STR("$states "), &found)))
            return true;
        if (!jsonata && (str_find(part->text, STR("$$.Task"), &found) ||
                         str_find(part->text, STR("$$['Task"), &found) || str_equal(part->text, STR("$$"))))
            return true;
    }
    return false;
}

static void check_token(AslCheck *check, const AslOutlineState *state)
{
    bool        jsonata = state->language == LANGUAGE_JSONATA;
    AslPlace    at = asl_place(&state->place, jsonata ? STR("Arguments") : STR("Parameters"));
    const Json *request = json_get(state->json, at.name);
    if (!request || gives_token(check, request, jsonata)) return;
    asl_lint_say(check, ASL_WARNING, "TOKEN_NOT_PASSED", &at,
                 jsonata ? STR("Pass \"{% $states.context.Task.Token %}\".")
                         : STR("Pass it on: \"TaskToken.$\": \"$$.Task.Token\"."),
                 "the task waits for its token to come back, but nobody is given the token");
}

static void check_heartbeat(AslCheck *check, const AslOutlineState *state)
{
    int64_t  timeout, heartbeat;
    AslPlace at = asl_place(&state->place, STR("HeartbeatSeconds"));
    if (!json_get_int(state->json, STR("TimeoutSeconds"), &timeout) ||
        !json_get_int(state->json, STR("HeartbeatSeconds"), &heartbeat))
        return;
    if (heartbeat >= timeout)
        asl_lint_say(check, ASL_WARNING, "HEARTBEAT_WITHOUT_EFFECT", &at, STR(""),
                     "the heartbeat must be shorter than the TimeoutSeconds of %lld", (long long)timeout);
}

void asl_lint_task(AslCheck *check, const AslOutlineState *state)
{
    Str    resource = json_get_str(state->json, STR("Resource"));
    size_t at;
    bool   token = str_ends_with(resource, STR(".waitForTaskToken")),
         activity = str_find(resource, STR(":activity:"), &at);
    bool job = str_ends_with(resource, STR(".sync")) || str_ends_with(resource, STR(".sync:2"));
    bool bounded = has(state->json, "TimeoutSeconds") || has(state->json, "TimeoutSecondsPath") ||
                   has(state->json, "HeartbeatSeconds") || has(state->json, "HeartbeatSecondsPath") ||
                   has(check->outline->definition, "TimeoutSeconds");
    const char *who = token ? "nobody sends the token back" : activity ? "no worker takes it" : "the job never ends";
    if ((token || activity || job) && !bounded)
        asl_lint_say(check, ASL_WARNING, "NO_TIMEOUT", &state->place, STR("Set TimeoutSeconds, or HeartbeatSeconds."),
                     "if %s, this state waits for ever", who);
    if (token) check_token(check, state);
    check_heartbeat(check, state);
}

/* ---- Map ---- */

void asl_lint_map(AslCheck *check, const AslOutlineState *state)
{
    static const char *const fields[] = { "ItemReader",
                                          "ItemBatcher",
                                          "ResultWriter",
                                          "Label",
                                          "ToleratedFailureCount",
                                          "ToleratedFailureCountPath",
                                          "ToleratedFailurePercentage",
                                          "ToleratedFailurePercentagePath" };
    if (!state->inner_count || check->outline->machines[state->first_inner].distributed) return;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        AslPlace at = asl_place(&state->place, str_from_c(fields[i]));
        if (has(state->json, fields[i]))
            asl_lint_say(check, ASL_WARNING, "NEEDS_DISTRIBUTED", &at,
                         STR("Set \"ProcessorConfig\": {\"Mode\": \"DISTRIBUTED\", \"ExecutionType\": \"STANDARD\"}."),
                         "%s is for distributed Maps; this one is inline", fields[i]);
    }
}

/* ---- Pass ---- */

void asl_lint_pass(AslCheck *check, const AslOutlineState *state)
{
    static const char *const fields[] = { "InputPath", "Parameters" };
    if (state->language != LANGUAGE_JSONPATH || !has(state->json, "Result")) return;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        AslPlace at = asl_place(&state->place, str_from_c(fields[i]));
        if (has(state->json, fields[i]))
            asl_lint_say(check, ASL_WARNING, "WITHOUT_EFFECT", &at, STR("Leave out one of the two."),
                         "beside a Result, %s has no effect", fields[i]);
    }
}

/* ---- texts ---- */

static bool looks_like_path(Str text)
{
    return str_starts_with(text, STR("$.")) || str_starts_with(text, STR("$[")) || str_starts_with(text, STR("$$."));
}

static bool looks_computed(Arena *arena, Str text)
{
    if (!looks_like_path(text) && !asl_is_intrinsic(text)) return false;
    return asl_is_path_or_call(arena, text);
}

/* A field of a state in which texts are looked at, and what kind of texts it has. */
typedef enum Field { FIELD_TEMPLATE, FIELD_RESULT, FIELD_WORDS, FIELD_RULES } Field;

static void check_path_text(AslCheck *check, Field field, Str text, const AslPlace *at)
{
    Str name = at->name.data ? asl_quote(at->name) : STR("");
    if (str_ends_with(name, STR(".$")) ||
        (field == FIELD_RULES && (str_ends_with(name, STR("Path")) || !str_starts_with(name, STR("String")))))
        return;
    if (asl_is_expression(text)) {
        asl_lint_say(check, ASL_WARNING, "JSONATA_IN_JSONPATH", at,
                     STR("Set \"QueryLanguage\": \"JSONata\" for the state or the machine."),
                     "the state's query language is JSONPath, so this expression stays a text");
        return;
    }
    if (!looks_computed(check->arena, text)) return;
    if (field == FIELD_TEMPLATE && at->name.data)
        asl_lint_say(check, ASL_WARNING, "NO_DOLLAR", at, str_format(check->arena, "Write '%.*s.$'.", STR_ARG(name)),
                     "this looks like a path, but the name does not end with '.$', so it stays a text");
    if (field == FIELD_RESULT)
        asl_lint_say(check, ASL_WARNING, "PASS_RESULT_IS_STATIC", at, STR("Use Parameters for what is computed."),
                     "a Result is taken as it is; this path stays a text");
    if (field == FIELD_WORDS || field == FIELD_RULES)
        asl_lint_say(check, ASL_WARNING, "NO_PATH", at, str_format(check->arena, "Write '%.*sPath'.", STR_ARG(name)),
                     "this looks like a path, but the field's name does not end with 'Path', so it stays a text");
}

static void check_jsonata_text(AslCheck *check, const Json *value, const AslPlace *at)
{
    bool dollar = at->name.data && str_ends_with(at->name, STR(".$"));
    if (value->type != JSON_STRING || asl_is_expression(value->text) || (!dollar && !looks_like_path(value->text)))
        return;
    asl_lint_say(check, ASL_WARNING, "JSONPATH_IN_JSONATA", at, STR("Write an expression: \"{% $states.input... %}\"."),
                 "the state's query language is JSONata, so this path stays a text");
}

static void check_field(AslCheck *check, const AslOutlineState *state, const char *name, Field field)
{
    const Json *value = json_get(state->json, str_from_c(name)), *part;
    AslPlace    place = asl_place(&state->place, str_from_c(name)), at;
    bool        jsonata = state->language == LANGUAGE_JSONATA;
    AslWalk     walk = { .arena = check->arena };
    if (!value) return;
    if (value->type == JSON_STRING && jsonata) check_jsonata_text(check, value, &place);
    if (value->type == JSON_STRING && !jsonata) check_path_text(check, field, value->text, &place);
    asl_walk_into(&walk, value, place);
    while (asl_walk_next(&walk, &part, &at)) {
        if (part->type == JSON_OBJECT || part->type == JSON_ARRAY) asl_walk_into(&walk, part, at);
        if (part->type == JSON_STRING && jsonata) check_jsonata_text(check, part, &at);
        if (part->type == JSON_STRING && !jsonata) check_path_text(check, field, part->text, &at);
    }
}

void asl_lint_texts(AslCheck *check, const AslOutlineState *state)
{
    static const char *const templates[] = { "Parameters", "ResultSelector", "ItemSelector", "Assign" };
    static const char *const expressions[] = { "Arguments", "Output", "Assign", "ItemSelector", "Items" };
    if (state->language == LANGUAGE_JSONATA) {
        for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++)
            check_field(check, state, expressions[i], FIELD_TEMPLATE);
        return;
    }
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++)
        check_field(check, state, templates[i], FIELD_TEMPLATE);
    if (state->type == TYPE_PASS) check_field(check, state, "Result", FIELD_RESULT);
    if (state->type == TYPE_FAIL) check_field(check, state, "Error", FIELD_WORDS);
    if (state->type == TYPE_FAIL) check_field(check, state, "Cause", FIELD_WORDS);
    if (state->type == TYPE_CHOICE) check_field(check, state, "Choices", FIELD_RULES);
}

/* ---- members that occur twice ---- */

static void check_names(AslCheck *check, const Json *object, const AslPlace *place)
{
    for (uint32_t i = 0; i < object->count; i++) {
        const JsonMember *member = &object->members[i];
        if (json_get(object, member->name) == member->value) continue;
        AslPlace at = asl_place(place, member->name);
        asl_lint_say(check, ASL_WARNING, "DUPLICATE_MEMBER", &at, STR("Only the last one counts."),
                     "'%.*s' stands here more than once", STR_ARG(asl_quote(member->name)));
    }
}

void asl_lint_members(AslCheck *check, const Json *object, const AslPlace *place, bool machine)
{
    const Json *part;
    AslPlace    at;
    AslWalk     walk = { .arena = check->arena };
    check_names(check, object, place);
    if (machine) {
        const Json *states = json_get(object, STR("States"));
        at = asl_place(place, STR("States"));
        if (states && states->type == JSON_OBJECT) check_names(check, states, &at);
        return;
    }
    asl_walk_into(&walk, object, place ? *place : asl_place(NULL, STR_NONE));
    while (asl_walk_next(&walk, &part, &at)) {
        bool inner =
            walk.depth == 1 && (str_equal(at.name, STR("Branches")) || str_equal(at.name, STR("ItemProcessor")) ||
                                str_equal(at.name, STR("Iterator")));
        if (inner) continue;
        if (part->type == JSON_OBJECT) check_names(check, part, &at);
        if (part->type == JSON_OBJECT || part->type == JSON_ARRAY) asl_walk_into(&walk, part, at);
    }
}
