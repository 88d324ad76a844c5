/* stop.c -- StopExecution.
 *
 * An execution that has ended already is not refused: the answer is when it ended. */
#include "services/states/check.h"
#include "services/states/executions.h"

static Error *stop(Context *context, const Json *input, uint64_t number)
{
    bool     ignored;
    AslEvent event = { .kind = ASL_STOP, .error = json_get_str(input, STR("error")), .cause = json_get_str(input, STR("cause")) };
    TRY(states_send(context, number, &event, &ignored));
    /* Its first step waits for a call of its own, so there is nothing yet that could be stopped. */
    return ignored ? error_fault(&fault_unavailable, "The execution is about to begin.") : NULL;
}

Error *states_stop_execution(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        ARN_RULE("executionArn"),
        TEXT_RULE("error", 0, STATES_ERROR_MAX, RULE_SENSITIVE),
        TEXT_RULE("cause", 0, STATES_CAUSE_MAX, RULE_SENSITIVE),
    };
    StatesExecution execution;
    TRY(states_check(input, RULES(rules)));
    TRY(states_execution_find(context, json_get_str(input, STR("executionArn")), &execution));
    bool runs = execution.status == ASL_RUNNING;
    if (runs) TRY(stop(context, input, execution.number));
    *out = json_object(context->arena);
    json_add(context->arena, *out, STR("stopDate"), json_time(context->arena, runs ? context->now : execution.stopped));
    return NULL;
}
