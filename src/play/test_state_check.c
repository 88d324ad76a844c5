/* test_state_check.c -- what TestState refuses, in the service's words where they are known. */
#include "play/test_state_internal.h"

#include "asl/lint.h"
#include "play/result_shapes.h"

enum { RETRIES_MAX = 100000 }; /* that are gone through one by one */

bool test_state_refuse(Arena *arena, TestStateReply *reply, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    reply->code = str_from_c(code);
    reply->message = str_format_list(arena, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- the API's parameters ---- */

typedef struct Choice {
    const char *name;
    int         value;
} Choice;

static bool take_text(Arena *arena, const Json *from, const char *name, Str *out, TestStateReply *reply)
{
    const Json *value = json_get(from, str_from_c(name));
    if (!value || value->type == JSON_NULL) return true;
    if (value->type != JSON_STRING) return test_state_refuse(arena, reply, "ValidationException", "%s must be a string", name);
    *out = value->text.data ? value->text : STR("");
    return true;
}

static bool take_choice(Arena *arena, const Json *from, const char *name, const Choice *choices, int *out, TestStateReply *reply)
{
    Str text = STR_NONE;
    if (!take_text(arena, from, name, &text, reply)) return false;
    if (!text.data) return true;
    for (const Choice *choice = choices; choice->name; choice++)
        if (str_equal(text, str_from_c(choice->name))) {
            *out = choice->value;
            return true;
        }
    return test_state_refuse(arena, reply, "ValidationException", "'%.*s' is not a value of %s", STR_ARG(text), name);
}

static bool take_count(Arena *arena, const Json *from, const char *name, int64_t *out, TestStateReply *reply)
{
    const Json *value = json_get(from, str_from_c(name));
    if (!value || value->type == JSON_NULL) return true;
    if (value->type == JSON_NUMBER && json_int(value, out) && *out >= 0) return true;
    return test_state_refuse(arena, reply, "ValidationException", "%s must be a number that is not negative", name);
}

static bool take_mock(Arena *arena, const Json *mock, TestStateRequest *out, TestStateReply *reply)
{
    static const Choice checks[] = { { "STRICT", TEST_STATE_STRICT }, { "PRESENT", TEST_STATE_PRESENT }, { "NONE", TEST_STATE_NONE }, { 0 } };
    int         check = TEST_STATE_STRICT;
    const Json *failure = json_get(mock, STR("errorOutput"));
    out->has_mock = mock && mock->type == JSON_OBJECT;
    out->mock_fails = failure && failure->type == JSON_OBJECT;
    if (!take_text(arena, mock, "result", &out->mock_result, reply) || !take_choice(arena, mock, "fieldValidationMode", checks, &check, reply) ||
        !take_text(arena, failure, "error", &out->mock_error, reply) || !take_text(arena, failure, "cause", &out->mock_cause, reply))
        return false;
    out->check = check;
    return true;
}

bool test_state_read(Arena *arena, const Json *parameters, TestStateRequest *out, TestStateReply *reply)
{
    static const Choice levels[] = { { "INFO", TEST_STATE_INFO }, { "DEBUG", TEST_STATE_DEBUG }, { "TRACE", TEST_STATE_TRACE }, { 0 } };
    int         level = TEST_STATE_INFO;
    const Json *configuration = json_get(parameters, STR("stateConfiguration"));
    *reply = (TestStateReply){ 0 };
    *out = (TestStateRequest){ .retrier_retry_count = -1, .map_iteration_failure_count = -1 };
    const struct {
        const Json *from;
        const char *name;
        Str        *out;
    } texts[] = { { parameters, "definition", &out->definition }, { parameters, "stateName", &out->state_name },
                  { parameters, "input", &out->input }, { parameters, "variables", &out->variables },
                  { parameters, "context", &out->context }, { parameters, "roleArn", &out->role_arn },
                  { configuration, "errorCausedByState", &out->error_caused_by_state },
                  { configuration, "mapItemReaderData", &out->map_item_reader_data } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!take_text(arena, texts[i].from, texts[i].name, texts[i].out, reply)) return false;
    if (!take_choice(arena, parameters, "inspectionLevel", levels, &level, reply) ||
        !take_count(arena, configuration, "retrierRetryCount", &out->retrier_retry_count, reply) ||
        !take_count(arena, configuration, "mapIterationFailureCount", &out->map_iteration_failure_count, reply) ||
        !take_mock(arena, json_get(parameters, STR("mock")), out, reply))
        return false;
    out->level = level;
    return true;
}

/* ---- the definition ---- */

static const Json *find_in(const Json *machine, Str name);

static const Json *find_within(const Json *state, Str name)
{
    const Json *branches = json_get(state, STR("Branches")), *branch, *found;
    if (branches && branches->type == JSON_ARRAY)
        JSON_EACH_ITEM(branches, branch)
            if ((found = find_in(branch, name))) return found;
    if ((found = find_in(json_get(state, STR("ItemProcessor")), name))) return found;
    return find_in(json_get(state, STR("Iterator")), name);
}

static const Json *find_in(const Json *machine, Str name)
{
    const Json *states = json_get(machine, STR("States")), *found = NULL;
    if (!states || states->type != JSON_OBJECT) return NULL;
    if ((found = json_get(states, name))) return found;
    JSON_EACH_MEMBER(states, member)
        if ((found = find_within(member->value, name))) return found;
    return NULL;
}

static bool refuse_definition(Arena *arena, TestStateReply *reply, AslDiagnostics *all)
{
    AslDiagnostics errors = { .items = NEW_ARRAY(arena, AslDiagnostic, all->count) };
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].severity == ASL_ERROR) errors.items[errors.count++] = all->items[i];
    if (!errors.count) return true;
    Str text = asl_diagnostics_text(arena, &errors);
    return test_state_refuse(arena, reply, "InvalidDefinition", "Invalid State Machine Definition: '%.*s'", STR_ARG(text));
}

static bool read_definition(Arena *arena, const TestStateRequest *request, TestStateSubject *out, TestStateReply *reply)
{
    AslDiagnostics diagnostics = { 0 };
    Json          *definition = NULL;
    if (request->state_name.data) {
        asl_validate_text(arena, request->definition, ASL_STANDARD, &definition, &diagnostics);
        if (!refuse_definition(arena, reply, &diagnostics)) return false;
        out->state = find_in(definition, request->state_name);
        if (!out->state) return test_state_refuse(arena, reply, "ValidationException", "State not found in definition");
        out->language = json_get_str(definition, STR("QueryLanguage"));
    } else {
        Error *error = json_parse(arena, request->definition, NULL, &definition);
        if (error) { /* the validator knows the service's words for what is not JSON */
            error_free(error);
            asl_validate_text(arena, request->definition, ASL_STANDARD, &definition, &diagnostics);
        } else {
            asl_validate_state(arena, definition, &diagnostics);
        }
        if (!refuse_definition(arena, reply, &diagnostics)) return false;
        out->state = definition;
    }
    if (!out->language.length) out->language = STR("JSONPath");
    Str own = json_get_str(out->state, STR("QueryLanguage"));
    out->type = json_get_str(out->state, STR("Type"));
    out->jsonata = str_equal(own.length ? own : out->language, STR("JSONata"));
    return true;
}

/* ---- the mock ---- */

static bool is_nested(Str type)
{
    return str_equal(type, STR("Map")) || str_equal(type, STR("Parallel"));
}

static bool check_mocked_result(Arena *arena, const TestStateRequest *request, const TestStateSubject *subject, TestStateReply *reply)
{
    Json  *result;
    Error *error = json_parse(arena, request->mock_result, NULL, &result);
    error_free(error);
    if (error) return test_state_refuse(arena, reply, "ValidationException", "Mocked result must be a valid JSON.");
    bool map = str_equal(subject->type, STR("Map"));
    bool written = map && json_get(json_get(subject->state, STR("ResultWriter")), STR("Resource"));
    if (written && result->type != JSON_OBJECT)
        return test_state_refuse(arena, reply, "ValidationException", "Mocked result must be a JSON object.");
    if (is_nested(subject->type) && !written && result->type != JSON_ARRAY)
        return test_state_refuse(arena, reply, "ValidationException", "Mocked result must be an array.");
    const Json *branches = map ? NULL : json_get(subject->state, STR("Branches"));
    if (branches && branches->count != result->count)
        return test_state_refuse(arena, reply, "ValidationException",
                                 "Mocked result must contain the same number of items as number of Parallel branches.");
    if (is_nested(subject->type) || request->check == TEST_STATE_NONE) return true;
    Str wrong = result_shapes_check(arena, json_get_str(subject->state, STR("Resource")), result, request->check == TEST_STATE_STRICT);
    if (!wrong.data) return true;
    return test_state_refuse(arena, reply, "ValidationException", "Mock result schema validation error: %.*s", STR_ARG(wrong));
}

static bool check_mock(Arena *arena, const TestStateRequest *request, const TestStateSubject *subject, TestStateReply *reply)
{
    bool task = str_equal(subject->type, STR("Task"));
    if (!request->has_mock && is_nested(subject->type))
        return test_state_refuse(arena, reply, "InvalidDefinition", "TestState API does not support Map or Parallel states. Supported "
                                 "state types include: [Task, Wait, Pass, Succeed, Fail, Choice]");
    if (!request->has_mock && task && !request->role_arn.length)
        return test_state_refuse(arena, reply, "ValidationException", "RoleArn must be specified when testing a Task state");
    if (!request->has_mock) return true;
    if (!task && !is_nested(subject->type))
        return test_state_refuse(arena, reply, "ValidationException", "State type '%.*s' is not supported when a mock is specified",
                                 STR_ARG(subject->type));
    return !request->mock_result.data || check_mocked_result(arena, request, subject, reply);
}

/* What goes together in a request, whatever its state is. */
static bool check_request(Arena *arena, const TestStateRequest *request, TestStateReply *reply)
{
    if (request->mock_result.data && request->mock_fails)
        return test_state_refuse(arena, reply, "ValidationException",
                                 "A test mock should have only one of the following fields: [result, errorOutput].");
    if (request->has_mock && !request->mock_result.data && !request->mock_fails)
        return test_state_refuse(arena, reply, "ValidationException",
                                 "A test mock must have one of the following fields: [result, errorOutput].");
    const struct {
        bool        given;
        const char *name;
    } settings[] = { { request->map_iteration_failure_count >= 0, "MapIterationFailureCount" },
                     { request->retrier_retry_count >= 0, "RetrierRetryCount" },
                     { request->error_caused_by_state.data, "ErrorCausedByState" },
                     { request->map_item_reader_data.data, "MapItemReaderData" } };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (settings[i].given && !request->has_mock)
            return test_state_refuse(arena, reply, "ValidationException", "TestState does not support %s when a mock is not specified.",
                                     settings[i].name);
    if (request->retrier_retry_count > RETRIES_MAX)
        return test_state_refuse(arena, reply, "ValidationException", "RetrierRetryCount must not be greater than %d", RETRIES_MAX);
    return true;
}

/* ---- the context object ---- */

static const struct {
    const char *object, *name;
    JsonType    type; /* JSON_NULL: any */
} CONTEXT[] = {
    { "Execution", "Id", JSON_STRING },       { "Execution", "Input", JSON_NULL },
    { "Execution", "Name", JSON_STRING },     { "Execution", "RoleArn", JSON_STRING },
    { "Execution", "StartTime", JSON_STRING }, { "Execution", "RedriveCount", JSON_NUMBER },
    { "Execution", "RedriveTime", JSON_STRING }, { "State", "EnteredTime", JSON_STRING },
    { "State", "Name", JSON_STRING },         { "State", "RetryCount", JSON_NUMBER },
    { "StateMachine", "Id", JSON_STRING },    { "StateMachine", "Name", JSON_STRING },
    { "Task", "Token", JSON_STRING },
};

static bool check_context_field(Arena *arena, Str object, const JsonMember *field, TestStateReply *reply)
{
    static const char prefix[] = "Invalid Context object provided:";
    for (size_t i = 0; i < sizeof CONTEXT / sizeof *CONTEXT; i++) {
        if (!str_equal(object, str_from_c(CONTEXT[i].object)) || !str_equal(field->name, str_from_c(CONTEXT[i].name))) continue;
        if (CONTEXT[i].type == JSON_NULL || field->value->type == CONTEXT[i].type) return true;
        return test_state_refuse(arena, reply, "ValidationException", "%s %.*s.%.*s must be a %s", prefix, STR_ARG(object),
                                 STR_ARG(field->name), CONTEXT[i].type == JSON_STRING ? "string" : "number");
    }
    return test_state_refuse(arena, reply, "ValidationException", "%s Field '%.*s' is not allowed", prefix, STR_ARG(field->name));
}

static bool check_context_object(Arena *arena, const JsonMember *object, TestStateReply *reply)
{
    bool known = false;
    for (size_t i = 0; i < sizeof CONTEXT / sizeof *CONTEXT; i++) known |= str_equal(object->name, str_from_c(CONTEXT[i].object));
    if (!known)
        return test_state_refuse(arena, reply, "ValidationException", "Invalid Context object provided: Field '%.*s' is not allowed",
                                 STR_ARG(object->name));
    if (object->value->type != JSON_OBJECT)
        return test_state_refuse(arena, reply, "ValidationException", "Invalid Context object provided: %.*s must be an object",
                                 STR_ARG(object->name));
    JSON_EACH_MEMBER(object->value, field)
        if (!check_context_field(arena, object->name, field, reply)) return false;
    return true;
}

static bool check_context(Arena *arena, const TestStateSubject *subject, TestStateReply *reply)
{
    if (!subject->context) return true;
    if (json_get(subject->context, STR("Map")))
        return test_state_refuse(arena, reply, "ValidationException",
                                 "Invalid Context object provided: 'Map' field is not supported when mocking a Context object");
    JSON_EACH_MEMBER(subject->context, object)
        if (!check_context_object(arena, object, reply)) return false;
    Str    resource = json_get_str(subject->state, STR("Resource"));
    size_t at;
    if (!json_get(subject->context, STR("Task")) || str_find(resource, STR(".sync"), &at) ||
        str_ends_with(resource, STR(".waitForTaskToken")))
        return true;
    return test_state_refuse(arena, reply, "ValidationException", "Invalid Context object provided: Context object contains 'Task' when "
                             "state is not a Task state with a '.sync' or '.waitForTaskToken' service integration pattern");
}

/* ---- all of it ---- */

static bool read_object(Arena *arena, Str text, const char *name, Json **out, TestStateReply *reply)
{
    if (!text.data) return true;
    Error *error = json_parse(arena, text, NULL, out);
    error_free(error);
    if (!error && (*out)->type == JSON_OBJECT) return true;
    return test_state_refuse(arena, reply, "ValidationException", "%s must be a valid JSON object", name);
}

static bool check_input(Arena *arena, const TestStateRequest *request, TestStateSubject *out, TestStateReply *reply)
{
    Json *value;
    out->input = request->input.data ? request->input : STR("{}");
    Error *error = json_parse(arena, out->input, NULL, &value);
    if (!error) return true;
    test_state_refuse(arena, reply, "InvalidExecutionInput", "Invalid State Machine Execution Input: '%s'", error->message);
    error_free(error);
    return false;
}

bool test_state_check(Arena *arena, const TestStateRequest *request, TestStateSubject *out, TestStateReply *reply)
{
    *out = (TestStateSubject){ 0 };
    return check_request(arena, request, reply) && read_definition(arena, request, out, reply) &&
           check_mock(arena, request, out, reply) && check_input(arena, request, out, reply) &&
           read_object(arena, request->variables, "Variables", &out->variables, reply) &&
           read_object(arena, request->context, "Context", &out->context, reply) && check_context(arena, out, reply);
}
