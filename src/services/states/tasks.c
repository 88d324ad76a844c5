/* tasks.c -- tasks that steps ask for: which service does them, in which words it is asked, and how it answers.
 *
 * A service of this world is called in the very transaction of the step; the answer is the task's next event. An action of Step
 * Functions itself (aws-sdk:sfn) runs in a call of its own right after this one, because it may move the execution that asks. */
#include "services/states/integration.h"

/* Integrations of services that are here. `prefix` stands before error names, `product` in causes, as the Java SDKs call them:
 * the first one's for the optimised integrations, the second one's for aws-sdk. */
static const StatesIntegration INTEGRATIONS[] = {
    { STR_CONST("sqs"), STR_CONST("sqs"), "SQS", "AmazonSQS", false },
    { STR_CONST("aws-sdk:sqs"), STR_CONST("sqs"), "Sqs", "Sqs", true },
    { STR_CONST("aws-sdk:sfn"), STR_CONST("states"), "Sfn", "Sfn", true },
    { STR_CONST("aws-sdk:sts"), STR_CONST("sts"), "Sts", "Sts", true },
    { STR_CONST("states"), STR_CONST("states"), "StepFunctions", "AWSStepFunctions", false }, /* startExecution: nested.c */
};

static const StatesIntegration *integration_of(Str resource_type)
{
    for (size_t i = 0; i < sizeof INTEGRATIONS / sizeof INTEGRATIONS[0]; i++)
        if (str_equal(INTEGRATIONS[i].resource_type, resource_type)) return &INTEGRATIONS[i];
    return NULL;
}

/* ---- names of members: "QueueUrl" and "queueUrl" ---- */

static Str recased(Arena *arena, Str name, bool upper)
{
    if (name.length == 0) return name;
    char *copy = arena_copy(arena, name.data, name.length);
    char  first = copy[0];
    if (upper && first >= 'a' && first <= 'z') copy[0] = (char)(first - 'a' + 'A');
    if (!upper && first >= 'A' && first <= 'Z') copy[0] = (char)(first - 'A' + 'a');
    return str_from(copy, name.length);
}

static const Field *field_of(Arena *arena, const Shape *shape, Str name)
{
    const Field *field = shape_field(shape, name);
    if (!field) field = shape_field(shape, recased(arena, name, false));
    return field ? field : shape_field(shape, recased(arena, name, true));
}

/* Values of structures with their members called as the operation calls them, or, to the outside, as the SDKs do. */
static Json *rename_members(Arena *arena, const Shape *shape, const Json *value, bool outwards)
{
    if (shape->kind == SHAPE_LIST && value->type == JSON_ARRAY) {
        Json *list = json_array(arena), *item;
        JSON_EACH_ITEM(value, item) json_append(arena, list, rename_members(arena, shape->element, item, outwards));
        return list;
    }
    if ((shape->kind != SHAPE_STRUCTURE && shape->kind != SHAPE_MAP) || value->type != JSON_OBJECT) return (Json *)value;
    Json *object = json_object(arena);
    JSON_EACH_MEMBER(value, member) {
        const Field *field = shape->kind == SHAPE_STRUCTURE ? field_of(arena, shape, member->name) : NULL;
        const Shape *inner = shape->kind == SHAPE_MAP ? shape->element : field ? field->shape : &shape_document;
        Str name = !field ? member->name : outwards ? recased(arena, field->name, true) : field->name;
        json_set(arena, object, name, rename_members(arena, inner, member->value, outwards));
    }
    return object;
}

/* Texts that were given as values: MessageBody may be an object. */
static Json *stringify(Arena *arena, const Shape *shape, Json *input)
{
    if (input->type != JSON_OBJECT) return input;
    Json *object = json_object(arena);
    JSON_EACH_MEMBER(input, member) {
        const Field *field = shape_field(shape, member->name);
        bool         text = field && field->shape->kind == SHAPE_STRING && (member->value->type == JSON_OBJECT || member->value->type == JSON_ARRAY);
        json_set(arena, object, member->name, text ? json_str(arena, json_text(arena, member->value)) : member->value);
    }
    return object;
}

/* ---- answers ---- */

static void add_header(Arena *arena, Json *all, Json *single, Str name, Str value)
{
    Json *list = json_array(arena);
    json_append(arena, list, json_str(arena, value));
    json_add(arena, all, name, list);
    json_add_str(arena, single, name, value);
}

/* What the optimised integrations add to an answer: as if it had come by HTTP. */
void states_add_metadata(Context *context, Json *answer)
{
    Arena   *arena = context->arena;
    Json    *all = json_object(arena), *single = json_object(arena), *http = json_object(arena), *response = json_object(arena);
    char     date[INSTANT_TEXT_SIZE];
    Str      request = chance_uuid(context->chance, context->arena);
    add_header(arena, all, single, STR("x-amzn-RequestId"), request);
    add_header(arena, all, single, STR("connection"), STR("keep-alive"));
    add_header(arena, all, single, STR("Content-Length"), str_format(arena, "%zu", json_text(arena, answer).length));
    add_header(arena, all, single, STR("Date"), str_copy(arena, instant_format_http(context->now, date)));
    add_header(arena, all, single, STR("Content-Type"), STR("application/x-amz-json-1.0"));
    json_add(arena, http, STR("AllHttpHeaders"), all);
    json_add(arena, http, STR("HttpHeaders"), single);
    json_add_int(arena, http, STR("HttpStatusCode"), 200);
    json_add_str(arena, response, STR("RequestId"), request);
    json_add(arena, answer, STR("SdkHttpMetadata"), http);
    json_add(arena, answer, STR("SdkResponseMetadata"), response);
}

/* "SQS.QueueDoesNotExistException" and the sentence of the SDK that would have thrown it. */
static void tell_refusal(Context *context, const StatesIntegration *integration, const Error *error, StatesTaskAnswer *out)
{
    Arena *arena = context->arena;
    Str    code = str_from_c(error->fault->code), request = chance_uuid(context->chance, arena);
    const char *ending = str_ends_with(code, STR("Exception")) ? "" : "Exception";
    out->error = str_format(arena, "%s.%.*s%s", integration->prefix, STR_ARG(code), ending);
    if (integration->sdk)
        out->cause = str_format(arena, "%s (Service: %s, Status Code: %d, Request ID: %.*s) (SDK Attempt Count: 1)", error->message,
                                integration->product, error->fault->status, STR_ARG(request));
    else
        out->cause = str_format(arena, "%s (Service: %s; Status Code: %d; Error Code: %.*s; Request ID: %.*s; Proxy: null)", error->message,
                                integration->product, error->fault->status, STR_ARG(code), STR_ARG(request));
}

void states_answer_refusal(StatesPump *pump, const StatesExecution *execution, const AslAction *action, const StatesIntegration *integration, Error *error)
{
    StatesTaskAnswer answer = { 0 };
    tell_refusal(states_pump_context(pump), integration, error, &answer);
    error_free(error);
    states_answer(pump, execution, action, ASL_TASK_FAILED, STR_NONE, answer.error, answer.cause);
}

static void tell_missing(Arena *arena, const AslAction *action, StatesTaskAnswer *out)
{
    bool function = action->task == ASL_TASK_LAMBDA;
    Str  service = function ? STR("lambda") : action->resource_type, api = function ? STR("invoke") : action->api;
    out->error = STR("NotImplemented");
    out->cause = str_format(arena, "The action '%.*s' of the service '%.*s' is not built into this server.", STR_ARG(api), STR_ARG(service));
}

/* ---- asking ---- */

/* A task calls as a role, in the account and region of its execution, or in the account of the role that Credentials name. */
static Caller caller_of(const Context *context, Str account, Str region, Str role, Str other_role)
{
    Caller caller = *context->caller;
    caller.account = account;
    caller.region = region;
    caller.principal = other_role.data ? other_role : role;
    if (other_role.data) {
        Str rest = other_role, part = STR_NONE;
        for (int i = 0; i < 5 && str_next_part(&rest, ':', &part);) i++;
        if (part.length == 12) caller.account = part;
    }
    return caller;
}

/* The row of an operation, by the SDK's name for it: "sendMessage". */
static const Operation *operation_of(Context *context, const StatesIntegration *integration, Str api)
{
    const Service   *service = integration ? context_service(context, integration->service) : NULL;
    const Operation *operation = service ? service_operation(service, recased(context->arena, api, true)) : NULL;
    return operation && !(operation->flags & OP_INTERNAL) ? operation : NULL;
}

static Error *ask(Context *context, const Caller *caller, const StatesIntegration *integration, const Operation *operation,
                  const Json *parameters, StatesTaskAnswer *out)
{
    Arena *arena = context->arena;
    Json  *input = stringify(arena, operation->input, rename_members(arena, operation->input, parameters, false)), *output = NULL;
    Error *error = shape_check(arena, operation->input, input, &input);
    if (!error) error = context_call(context, caller, integration->service, operation->name, input, &output);
    if (error && error->code != ERR_FAULT) return error;
    if (error) {
        tell_refusal(context, integration, error, out);
        error_free(error);
        return NULL;
    }
    output = output ? rename_members(arena, operation->output, output, true) : json_object(arena);
    if (!integration->sdk) states_add_metadata(context, output);
    out->payload = json_text(arena, output);
    return NULL;
}

Error *states_task_ask(Context *context, Str account, Str region, Str role, const AslAction *action, StatesTaskAnswer *out)
{
    const StatesIntegration *integration = integration_of(action->resource_type);
    const Operation         *operation = operation_of(context, integration, action->api);
    Json                    *parameters;
    *out = (StatesTaskAnswer){ 0 };
    if (!operation || action->task == ASL_TASK_LAMBDA || action->task == ASL_TASK_ACTIVITY) {
        tell_missing(context->arena, action, out);
        return NULL;
    }
    Caller caller = caller_of(context, account, region, role, action->role_arn);
    TRY(json_parse(context->arena, action->parameters, NULL, &parameters));
    return ask(context, &caller, integration, operation, parameters, out);
}

static Error *begin_call(StatesPump *pump, StatesExecution *execution, const AslAction *action)
{
    StatesTaskAnswer answer;
    AslEventKind     done = action->pattern == ASL_WAIT_FOR_TOKEN ? ASL_TASK_SUBMITTED : ASL_TASK_SUCCEEDED;
    TRY(states_task_ask(states_pump_context(pump), execution->owner.account, execution->owner.region, execution->revision->role_arn, action, &answer));
    states_answer(pump, execution, action, answer.payload.data ? done : ASL_TASK_FAILED, answer.payload, answer.error, answer.cause);
    return NULL;
}

Error *states_task_begin(StatesPump *pump, StatesExecution *execution, const AslAction *action)
{
    Context                 *context = states_pump_context(pump);
    const StatesIntegration *integration = integration_of(action->resource_type);
    Json                    *parameters;
    if (action->task == ASL_TASK_ACTIVITY) return states_activity_begin(pump, execution, action);
    if (!integration || action->task == ASL_TASK_LAMBDA || !str_equal(integration->service, context->service->name))
        return begin_call(pump, execution, action);
    TRY(json_parse(context->arena, action->parameters, NULL, &parameters));
    if (!integration->sdk && str_equal(action->api, STR("startExecution"))) return states_nested_begin(pump, execution, action, parameters);
    const Operation *operation = operation_of(context, integration, action->api);
    return operation ? states_own_call(pump, execution, action, operation, parameters) : begin_call(pump, execution, action);
}

Error *states_task_stop(StatesPump *pump, StatesExecution *execution, const AslAction *action)
{
    return states_nested_stop(pump, execution, action);
}

/* ---- actions of Step Functions itself ---- */

/* In a call of its own, right after this one. */
Error *states_own_call(StatesPump *pump, StatesExecution *execution, const AslAction *action, const Operation *operation, const Json *parameters)
{
    Context *context = states_pump_context(pump);
    Arena   *arena = context->arena;
    Json    *input = json_object(arena);
    uint64_t id;
    json_add_int(arena, input, STR("execution"), (int64_t)execution->number);
    json_add_int(arena, input, STR("thread"), action->thread);
    json_add_int(arena, input, STR("attempt"), action->attempt);
    json_add_int(arena, input, STR("pattern"), action->pattern);
    json_add_int(arena, input, STR("since"), context->now);
    json_add_str(arena, input, STR("operation"), operation->name);
    json_add(arena, input, STR("input"), rename_members(arena, operation->input, parameters, false));
    return context_timer_set(context, context->now, STR("CallForExecution"), input, &id);
}

/* A long poll that has found nothing yet asks again; a call of a timer cannot be set aside. */
static bool polls_on(const Context *context, const Operation *operation, const Json *input, const Json *output)
{
    int64_t since = 0;
    json_get_int(input, STR("since"), &since);
    return operation->run == states_get_activity_task && !json_get(output, STR("taskToken")) &&
           context->now - since < STATES_POLL_S * DURATION_SECOND;
}

static Error *poll_again(Context *context, const Json *input)
{
    uint64_t id;
    return context_timer_set(context, context->now + DURATION_SECOND / 2, STR("CallForExecution"), input, &id);
}

Error *states_call_for_execution(Context *context, const Json *input, Json **out)
{
    int64_t number = 0, thread = 0, attempt = 0, pattern = 0;
    (void)out;
    json_get_int(input, STR("execution"), &number);
    json_get_int(input, STR("thread"), &thread);
    json_get_int(input, STR("attempt"), &attempt);
    json_get_int(input, STR("pattern"), &pattern);
    const Operation *operation = service_operation(context->service, json_get_str(input, STR("operation")));
    StatesExecution  asker;
    bool             found;
    if (!operation) return NULL;
    TRY(states_execution_read(context, (uint64_t)number, &asker, &found));
    if (found && asker.status != ASL_RUNNING) return NULL;
    AslAction action = { .thread = (uint32_t)thread, .attempt = (uint32_t)attempt };
    StatesExecution who = { .number = (uint64_t)number };
    Json     *output = NULL, *checked;
    StoreMark mark = store_mark(context->store);
    Error    *error = shape_check(context->arena, operation->input, json_get(input, STR("input")), &checked);
    if (!error) error = operation->run(context, checked, &output);
    if (!error && polls_on(context, operation, input, output)) return poll_again(context, input);
    StatesPump *pump = states_pump(context);
    if (error && error->code == ERR_FAULT) {
        store_rollback(context->store, mark);
        states_answer_refusal(pump, &who, &action, integration_of(STR("aws-sdk:sfn")), error);
        return states_pump_run(pump);
    }
    if (error) return error;
    output = output ? rename_members(context->arena, operation->output, output, true) : json_object(context->arena);
    states_answer(pump, &who, &action, pattern == ASL_WAIT_FOR_TOKEN ? ASL_TASK_SUBMITTED : ASL_TASK_SUCCEEDED, json_text(context->arena, output),
                  STR_NONE, STR_NONE);
    return states_pump_run(pump);
}
