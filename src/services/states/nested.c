/* nested.c -- executions that start executions: arn:aws:states:::states:startExecution[.sync[:2]].
 *
 *     TABLE_STATES_CHILD   execution (8), thread (4) -> the execution that its task waits for (8)
 *
 * With .sync the child knows its parent; its end is the task's. When the task is given up, the child is stopped. */
#include "services/states/integration.h"

static const StatesIntegration SELF = { STR_CONST("states"), STR_CONST("states"), "StepFunctions", "AWSStepFunctions", false };

static Str child_key(char out[12], uint64_t execution, uint32_t thread)
{
    bytes_put_u64(out, execution);
    bytes_put_u32(out + 8, thread);
    return str_from(out, 12);
}

/* Input may be a text that holds JSON, or any other value; null is none. */
static Str input_text(Arena *arena, const Json *parameters)
{
    const Json *input = json_get(parameters, STR("Input"));
    if (!input || input->type == JSON_NULL) return STR("{}");
    return input->type == JSON_STRING ? input->text : json_text(arena, input);
}

static Error *begin(StatesPump *pump, const StatesExecution *execution, const AslAction *action, const Json *parameters, StatesStart *start,
                    uint64_t *number, Str *arn, Instant *started)
{
    Context *context = states_pump_context(pump);
    Str      name = json_get_str(parameters, STR("Name"));
    if (name.data) TRY(states_name_check(name));
    TRY(states_machine_resolve(context, json_get_str(parameters, STR("StateMachineArn")), (StatesMachine *)start->machine));
    start->name = name;
    start->input = input_text(context->arena, parameters);
    start->trace = json_get_str(parameters, STR("TraceHeader"));
    if (action->pattern == ASL_SYNC)
        start->parent = (StatesParent){ action->sync_version == 2 ? STATES_PARENT_SYNC_2 : STATES_PARENT_SYNC, execution->number, action->thread,
                                        action->attempt };
    TRY(states_input_check(context->arena, start->input));
    return states_start(pump, start, number, arn, started);
}

Error *states_nested_begin(StatesPump *pump, StatesExecution *execution, const AslAction *action, const Json *parameters)
{
    Context      *context = states_pump_context(pump);
    Arena        *arena = context->arena;
    StatesMachine machine;
    StatesStart   start = { .machine = &machine };
    uint64_t      number = 0;
    Str           arn = STR_NONE;
    Instant       started = 0;
    Error        *error = begin(pump, execution, action, parameters, &start, &number, &arn, &started);
    if (error && error->code == ERR_FAULT) {
        states_answer_refusal(pump, execution, action, &SELF, error);
        return NULL;
    }
    if (error) return error;
    Json *answer = json_object(arena);
    json_add_str(arena, answer, STR("ExecutionArn"), arn);
    json_add_int(arena, answer, STR("StartDate"), started / 1000);
    states_add_metadata(context, answer);
    AslEventKind kind = action->pattern == ASL_REQUEST_RESPONSE ? ASL_TASK_SUCCEEDED : ASL_TASK_SUBMITTED;
    states_answer(pump, execution, action, kind, json_text(arena, answer), STR_NONE, STR_NONE);
    if (action->pattern != ASL_SYNC) return NULL;
    char key[12], id[STATES_ID_SIZE];
    return store_put(context->store, TABLE_STATES_CHILD, child_key(key, execution->number, action->thread), states_id_key(id, number));
}

/* ---- its end ---- */

static Json *included(Arena *arena)
{
    Json *details = json_object(arena);
    json_add(arena, details, STR("Included"), json_bool(arena, true));
    return details;
}

/* The first version gives JSON as text, the second as values. */
static void add_payload(Arena *arena, Json *answer, Str name, Str details, Str text, bool as_value)
{
    Json  *value = NULL;
    Error *error = as_value ? json_parse(arena, text, NULL, &value) : NULL;
    error_free(error);
    json_add(arena, answer, name, value ? value : json_str(arena, text));
    json_add(arena, answer, details, included(arena));
}

static Str tell(Arena *arena, const StatesExecution *child)
{
    const StatesOwner *owner = &child->owner;
    bool               as_value = child->parent.kind == STATES_PARENT_SYNC_2;
    Json              *answer = json_object(arena);
    if (child->cause.data) json_add_str(arena, answer, STR("Cause"), child->cause);
    if (child->error.data) json_add_str(arena, answer, STR("Error"), child->error);
    json_add_str(arena, answer, STR("ExecutionArn"), states_execution_arn(arena, child));
    add_payload(arena, answer, STR("Input"), STR("InputDetails"), child->input, as_value && child->status == ASL_SUCCEEDED);
    json_add_str(arena, answer, STR("Name"), child->name);
    if (child->output.data) add_payload(arena, answer, STR("Output"), STR("OutputDetails"), child->output, as_value);
    json_add_int(arena, answer, STR("StartDate"), child->started / 1000);
    json_add_str(arena, answer, STR("StateMachineArn"),
                 states_arn_text(arena, owner->region, owner->account, "stateMachine", owner->name, STR_NONE));
    json_add_str(arena, answer, STR("Status"), states_status_name(child->status));
    json_add_int(arena, answer, STR("StopDate"), child->stopped / 1000);
    return json_text(arena, answer);
}

Error *states_nested_ended(StatesPump *pump, StatesExecution *child)
{
    Context *context = states_pump_context(pump);
    bool     succeeded = child->status == ASL_SUCCEEDED;
    Str      text = tell(context->arena, child);
    AslEvent event = { .kind = succeeded ? ASL_TASK_SUCCEEDED : ASL_TASK_FAILED, .thread = child->parent.thread, .attempt = child->parent.attempt,
                       .payload = succeeded ? text : STR_NONE, .error = succeeded ? STR_NONE : STR("States.TaskFailed"),
                       .cause = succeeded ? STR_NONE : text };
    char key[12];
    states_pump_send(pump, child->parent.execution, &event);
    return store_delete(context->store, TABLE_STATES_CHILD, child_key(key, child->parent.execution, child->parent.thread));
}

Error *states_nested_stop(StatesPump *pump, StatesExecution *execution, const AslAction *action)
{
    Context *context = states_pump_context(pump);
    char     key[12];
    Str      row;
    bool     found;
    Str      name = child_key(key, execution->number, action->thread);
    TRY(store_get(context->store, context->arena, TABLE_STATES_CHILD, name, &row, &found));
    if (!found || row.length != STATES_ID_SIZE) return NULL;
    states_pump_send(pump, bytes_get_u64(row.data), &(AslEvent){ .kind = ASL_STOP });
    return store_delete(context->store, TABLE_STATES_CHILD, name);
}
