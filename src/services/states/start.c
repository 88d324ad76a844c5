/* start.c -- StartExecution, and what every other way to begin an execution shares with it.
 *
 * Everything is checked before anything is made. An execution's START is an event like any other, so it has run as far as it can
 * when the call returns: ten Pass states are one commit. */
#include "services/states/check.h"
#include "services/states/counts.h"
#include "services/states/pump.h"

Error *states_input_check(Arena *arena, Str input)
{
    Json  *value;
    Error *error = json_parse(arena, input, NULL, &value);
    if (!error) return NULL;
    Str why = str_copy(arena, str_from_c(error->message));
    error_free(error);
    return error_fault(&states_invalid_execution_input, "Invalid State Machine Execution Input: '%.*s'", STR_ARG(why));
}

/* The same name again is fine while the execution runs with the same input. */
static Error *check_twin(Context *context, const StatesStart *start, uint64_t *out_number, Str *out_arn, Instant *out_started, bool *out_twin)
{
    StatesExecution twin;
    TRY(states_execution_by_name(context, start->machine, start->name, &twin, out_twin));
    if (!*out_twin) return NULL;
    *out_arn = states_execution_arn(context->arena, &twin);
    *out_number = twin.number;
    *out_started = twin.started;
    if (twin.status == ASL_RUNNING && str_equal(twin.input, start->input)) return NULL;
    return error_fault(&states_execution_already_exists, "Execution Already Exists: '%.*s'", STR_ARG(*out_arn));
}

static void describe(Context *context, const StatesStart *start, StatesExecution *execution)
{
    const StatesMachine *machine = start->machine;
    bool                 child = start->parent.kind == STATES_PARENT_MAP_RUN;
    execution->status = ASL_RUNNING;
    execution->express = child ? start->express : machine->type == STATES_EXPRESS;
    execution->sync = start->sync;
    execution->owner = (StatesOwner){ machine->account, machine->region, machine->name, machine->id,
                                      start->revision ? start->revision : machine->revision };
    execution->name = start->name.length ? start->name : states_execution_make_name(context, execution->number);
    execution->label = child || !execution->express ? start->label : chance_uuid(context->chance, context->arena);
    execution->version_arn = machine->version_arn;
    execution->alias_arn = machine->alias_arn;
    execution->trace = start->trace;
    execution->started = context->now;
    execution->machine = start->number;
    execution->parent = start->parent;
    execution->input = start->input;
    execution->request = start->request;
    execution->listed = -1;
}

Error *states_start(StatesPump *pump, const StatesStart *start, uint64_t *out_number, Str *out_arn, Instant *out_started)
{
    Context         *context = states_pump_context(pump);
    StatesExecution *execution;
    uint64_t         number;
    bool             twin = false;
    if (start->machine->deleting)
        return error_fault(&states_state_machine_deleting, "State Machine Deleting: '%.*s'", STR_ARG(start->machine->arn));
    if (start->name.length && start->machine->type == STATES_STANDARD && start->parent.kind != STATES_PARENT_MAP_RUN)
        TRY(check_twin(context, start, out_number, out_arn, out_started, &twin));
    if (twin) return NULL;
    TRY(states_next_id(context, &number));
    TRY(states_execution_new(context, &execution));
    execution->number = number;
    describe(context, start, execution);
    Error *error = states_execution_prepare(context, execution);
    if (!error) error = states_execution_hold(context, execution);
    if (error) {
        states_execution_drop(context, execution);
        return error;
    }
    states_pump_touch(pump, execution);
    states_pump_send(pump, execution->number, &(AslEvent){ .kind = ASL_START, .payload = start->input });
    *out_number = execution->number;
    *out_arn = states_execution_arn(context->arena, execution);
    *out_started = execution->started;
    return NULL;
}

/* What StartExecution and StartSyncExecution have in common. */
Error *states_start_input(Context *context, const Json *input, StatesMachine *machine, StatesStart *out)
{
    static const StatesRule rules[] = {
        ARN_RULE("stateMachineArn"),
        TEXT_RULE("name", 1, STATES_NAME_MAX, 0),
        TEXT_RULE("input", 0, STATES_INPUT_MAX, RULE_SENSITIVE),
        TEXT_RULE("traceHeader", 0, 256, 0),
    };
    TRY(states_check(input, RULES(rules)));
    *out = (StatesStart){ .machine = machine, .name = json_get_str(input, STR("name")), .input = json_get_str(input, STR("input")),
                          .trace = json_get_str(input, STR("traceHeader")) };
    if (!out->input.data) out->input = STR("{}");
    if (out->name.data) TRY(states_name_check(out->name));
    TRY(states_machine_resolve(context, json_get_str(input, STR("stateMachineArn")), machine));
    return states_input_check(context->arena, out->input);
}

Error *states_start_execution(Context *context, const Json *input, Json **out)
{
    StatesMachine machine;
    StatesStart   start;
    StatesPump   *pump = states_pump(context);
    uint64_t      number;
    Str           arn;
    Instant       started;
    TRY(states_start_input(context, input, &machine, &start));
    TRY(states_start(pump, &start, &number, &arn, &started));
    *out = json_object(context->arena);
    json_add_str(context->arena, *out, STR("executionArn"), arn);
    json_add(context->arena, *out, STR("startDate"), json_time(context->arena, started));
    return states_pump_run(pump);
}
