/* validate_task.c -- what a Task's Resource may be, and what the resource asks for. */
#include "asl/validate_internal.h"

enum { CALL = 1, SYNC = 2, SYNC_2 = 4, TOKEN = 8 }; /* integration patterns */

/* The optimized integrations: an action each, and the patterns that it has. */
static const struct {
    Str      service, action;
    uint32_t patterns;
} INTEGRATIONS[] = {
#define INTEGRATION(service, action, patterns) { STR_CONST(service), STR_CONST(action), patterns },
#include "asl/validate_integrations.h"
#undef INTEGRATION
};

/* What their requests must have. */
static const struct {
    Str service, action, fields[2];
} NEEDED[] = {
    { STR_CONST("lambda"), STR_CONST("invoke"), { STR_CONST("FunctionName") } },
    { STR_CONST("sqs"), STR_CONST("sendMessage"), { STR_CONST("QueueUrl"), STR_CONST("MessageBody") } },
    { STR_CONST("sns"), STR_CONST("publish"), { STR_CONST("Message") } },
    { STR_CONST("dynamodb"), STR_CONST("putItem"), { STR_CONST("TableName"), STR_CONST("Item") } },
    { STR_CONST("dynamodb"), STR_CONST("getItem"), { STR_CONST("TableName"), STR_CONST("Key") } },
    { STR_CONST("states"), STR_CONST("startExecution"), { STR_CONST("StateMachineArn") } },
    { STR_CONST("events"), STR_CONST("putEvents"), { STR_CONST("Entries") } },
    { STR_CONST("ecs"), STR_CONST("runTask"), { STR_CONST("TaskDefinition") } },
    { STR_CONST("glue"), STR_CONST("startJobRun"), { STR_CONST("JobName") } },
};

typedef struct Resource {
    Str      text;
    bool     activity, lambda, sdk;
    Str      service, action;
    uint32_t pattern;
} Resource;

/* ---- taking it apart ---- */

static void split_pattern(Resource *resource)
{
    static const struct {
        Str      ending;
        uint32_t pattern;
    } endings[] = { { STR_CONST(".sync"), SYNC },
                    { STR_CONST(".sync:2"), SYNC_2 },
                    { STR_CONST(".waitForTaskToken"), TOKEN } };
    resource->pattern = CALL;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (str_ends_with(resource->action, endings[i].ending)) {
            resource->action.length -= endings[i].ending.length;
            resource->pattern = endings[i].pattern;
            return;
        }
}

/* False: nothing that a Task can call. */
static bool parse(Str text, Resource *out)
{
    Str rest = text, parts[5];
    *out = (Resource){ .text = text, .pattern = CALL };
    for (int i = 0; i < 5; i++)
        if (!str_next_part(&rest, ':', &parts[i])) return false;
    bool states = str_equal(parts[2], STR("states"));
    if (str_equal(parts[2], STR("lambda"))) {
        out->lambda = true;
        return str_starts_with(rest, STR("function:")) && rest.length > 9;
    }
    if (states && str_starts_with(rest, STR("activity:"))) {
        out->activity = true;
        return rest.length > 9;
    }
    if (!states || parts[3].length || parts[4].length || !str_next_part(&rest, ':', &out->service)) return false;
    out->sdk = str_equal(out->service, STR("aws-sdk"));
    if (out->sdk && !str_next_part(&rest, ':', &out->service)) return false;
    out->action = rest;
    split_pattern(out);
    return out->service.length && out->action.length;
}

static bool is_known(const Resource *resource)
{
    if (resource->lambda || resource->activity) return true;
    if (resource->sdk)
        return !(resource->pattern & (SYNC | SYNC_2)) &&
               str_all_in(resource->action, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    for (size_t i = 0; i < sizeof INTEGRATIONS / sizeof *INTEGRATIONS; i++)
        if (str_equal(INTEGRATIONS[i].service, resource->service) &&
            str_equal(INTEGRATIONS[i].action, resource->action))
            return (INTEGRATIONS[i].patterns & resource->pattern) != 0;
    return false;
}

/* ---- checks ---- */

static void suggest(AslCheck *check, const Resource *resource)
{
    Str    names[sizeof INTEGRATIONS / sizeof *INTEGRATIONS];
    size_t count = 0;
    if (resource->sdk || !resource->service.data) return;
    for (size_t i = 0; i < sizeof INTEGRATIONS / sizeof *INTEGRATIONS; i++)
        if (str_equal(INTEGRATIONS[i].service, resource->service)) names[count++] = INTEGRATIONS[i].action;
    Str near = asl_nearest_of(resource->action, names, count);
    if (near.data && str_equal(near, resource->action))
        asl_check_hint(check, STR("This integration does not have that pattern."));
    else if (near.data)
        asl_check_hint(
            check, str_format(check->arena, "Did you mean '%.*s:%.*s'?", STR_ARG(resource->service), STR_ARG(near)));
    else if (!count)
        asl_check_hint(
            check,
            STR("Services without an integration of their own are called by arn:aws:states:::aws-sdk:SERVICE:ACTION."));
}

static void check_pattern(AslCheck *check, const Resource *resource, const AslPlace *place)
{
    if (resource->activity) asl_check_schema(check, place, "Express state machine does not support Activity ARN");
    if (resource->pattern == TOKEN)
        asl_check_schema(check, place,
                         "Express state machine does not support '.waitForTaskToken' service integration ");
    if (resource->pattern & (SYNC | SYNC_2))
        asl_check_schema(check, place, "Express state machine does not support '.sync' service integration");
}

static void check_request(AslCheck *check, const Json *task, const Resource *resource, const AslPlace *place)
{
    Str field = check->language == LANGUAGE_JSONATA ? STR("Arguments") : STR("Parameters"),
        quoted = asl_quote(resource->text);
    AslPlace    at = asl_place(place, field);
    const Json *request = json_get(task, field);
    if (!request) {
        asl_check_schema(check, place, "%.*s field is required for resource ARN: %.*s", STR_ARG(field),
                         STR_ARG(quoted));
        return;
    }
    if (request->type != JSON_OBJECT || resource->sdk) return;
    for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++) {
        if (!str_equal(NEEDED[i].service, resource->service) || !str_equal(NEEDED[i].action, resource->action))
            continue;
        for (int f = 0; f < 2 && NEEDED[i].fields[f].data; f++) {
            Str name = NEEDED[i].fields[f], computed = str_format(check->arena, "%.*s.$", STR_ARG(name));
            if (!json_get(request, name) && !json_get(request, computed))
                asl_check_schema(check, &at, "The field '%.*s' is required but was missing", STR_ARG(name));
        }
    }
}

void asl_check_task(AslCheck *check, const Json *task, const AslPlace *place)
{
    Resource    resource;
    const Json *text = json_get(task, STR("Resource"));
    AslPlace    at = asl_place(place, STR("Resource")), credentials = asl_place(place, STR("Credentials"));
    if (!text || text->type != JSON_STRING) return;
    Str quoted = asl_quote(text->text);
    if (!str_starts_with(text->text, STR("arn:"))) {
        asl_check_schema(check, &at, "Value is not a valid resource ARN");
        return;
    }
    if (!parse(text->text, &resource) || !is_known(&resource)) {
        asl_check_schema(check, &at,
                         "The resource provided %.*s is not recognized. The value is not a valid resource ARN, or the "
                         "resource is not available in this region.",
                         STR_ARG(quoted));
        suggest(check, &resource);
        return;
    }
    if (check->outline->machines[check->state->machine].express) check_pattern(check, &resource, &at);
    if (resource.activity && json_get(task, STR("Credentials")))
        asl_check_schema(check, &credentials, "The field 'Credentials' is not supported for activities");
    if (!resource.activity && !resource.lambda) check_request(check, task, &resource, place);
}
