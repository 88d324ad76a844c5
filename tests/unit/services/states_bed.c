/* states_bed.c -- see states_bed.h. */
#include "tests/unit/services/states_bed.h"

const char *states_quote(Bed *bed, const char *json)
{
    char *quoted = arena_alloc_bytes(&bed->arena, 2 * strlen(json) + 1), *at = quoted;
    for (; *json; json++) {
        if (*json == '\'' || *json == '\\') *at++ = '\\';
        *at++ = *json;
    }
    *at = 0;
    return quoted;
}

void states_machine_of_type(Bed *bed, const char *name, const char *type, const char *definition)
{
    CHECK(bed_call(bed, "CreateStateMachine",
                   "{'name': '%s', 'type': '%s', 'roleArn': 'arn:aws:iam::000000000000:role/r', 'definition': '%s'}", name, type,
                   states_quote(bed, definition)));
}

void states_machine(Bed *bed, const char *name, const char *definition)
{
    states_machine_of_type(bed, name, "STANDARD", definition);
}

Json *states_run(Bed *bed, const char *machine, const char *name, const char *input)
{
    Json *answer = bed_call(bed, "StartExecution", "{'stateMachineArn': '" STATES_ARN("stateMachine") "%s', 'name': '%s', 'input': '%s'}",
                            machine, name, states_quote(bed, input));
    if (!CHECK(answer)) printf("    refused: %s\n", bed->error->message);
    return answer;
}

Json *states_told(Bed *bed, const char *execution)
{
    return bed_call(bed, "DescribeExecution", "{'executionArn': '" STATES_ARN("execution") "%s'}", execution);
}

Str states_types(Bed *bed, const char *execution)
{
    const Json *history = bed_call(bed, "GetExecutionHistory", "{'executionArn': '" STATES_ARN("execution") "%s', 'maxResults': 1000}", execution);
    const Json *events = json_get(history, STR("events")), *event;
    Str         types = STR("");
    if (!events) return STR("(none)");
    JSON_EACH_ITEM(events, event)
        types = str_format(&bed->arena, "%.*s%s%.*s", STR_ARG(types), types.length ? " " : "", STR_ARG(json_get_str(event, STR("type"))));
    return types;
}

Str states_whole(Bed *bed, const Json *value)
{
    return value ? json_text(&bed->arena, value) : STR("(none)");
}
