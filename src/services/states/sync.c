/* sync.c -- StartSyncExecution: an express execution whose caller waits for its end.
 *
 * The execution carries the name of the call's request. When it has ended, its answer is kept by that name and the parked call, run
 * again, fetches it. Nothing of it is stored: a crash ends the call as well, so it runs at most once. */
#include "services/states/check.h"
#include "services/states/pump.h"

typedef struct Answer {
    Str             request; /* the key */
    Instant         kept;
    StatesExecution execution;
    char            bytes[];
} Answer;

static const Duration ANSWER_LIFE = 10 * DURATION_MINUTE; /* of one that nobody fetches: its client has gone */
static const Duration PATIENCE = 6 * DURATION_MINUTE;     /* an express execution lives five minutes */

Error *states_sync_keep(Context *context, const StatesExecution *execution)
{
    States *states = states_of(context);
    Buffer *scratch = &states->scratch;
    states_execution_encode(scratch, execution);
    if (scratch->failed) return error_memory();
    Answer *answer = memory_alloc_zero(sizeof *answer + scratch->length);
    if (!answer) return error_memory();
    memcpy(answer->bytes, scratch->data, scratch->length);
    Error *error = states_execution_decode(str_from(answer->bytes, scratch->length), &answer->execution);
    answer->request = answer->execution.request;
    answer->kept = context->now;
    if (!error && !map_put(&states->answers, answer->request, answer)) error = error_memory();
    if (error) {
        memory_free(answer);
        return error;
    }
    context_signal(context, answer->request, 1);
    context_tick_at(context, context->now + ANSWER_LIFE);
    return NULL;
}

void states_sync_trim(Context *context)
{
    Map *answers = &states_of(context)->answers;
    for (size_t i = answers->count; i-- > 0;) {
        Answer *answer = answers->entries[i].value;
        if (answer->kept + ANSWER_LIFE > context->now) continue;
        map_remove(answers, answer->request);
        memory_free(answer);
    }
}

void states_sync_forget(States *states)
{
    for (size_t i = 0; i < states->answers.count; i++) memory_free(states->answers.entries[i].value);
    map_done(&states->answers);
}

/* ---- the answer ---- */

static Json *included(Arena *arena)
{
    Json *details = json_object(arena);
    json_add(arena, details, STR("included"), json_bool(arena, true));
    return details;
}

/* In steps of 100 ms and 64 MB, as the service bills. */
static Json *billing(Arena *arena, const StatesExecution *execution)
{
    Json   *details = json_object(arena);
    int64_t ms = (execution->stopped - execution->started) / 1000;
    json_add_int(arena, details, STR("billedMemoryUsedInMB"), 64);
    json_add_int(arena, details, STR("billedDurationInMilliseconds"), (ms / 100 + (ms % 100 || ms == 0)) * 100);
    return details;
}

static void add_given(Arena *arena, Json *object, Str name, Str text)
{
    if (text.data) json_add_str(arena, object, name, str_copy(arena, text));
}

static Json *tell(Arena *arena, const StatesExecution *execution, bool with_data)
{
    const StatesOwner *owner = &execution->owner;
    Json              *answer = json_object(arena);
    json_add_str(arena, answer, STR("executionArn"), states_execution_arn(arena, execution));
    json_add_str(arena, answer, STR("stateMachineArn"),
                 states_arn_text(arena, owner->region, owner->account, "stateMachine", str_copy(arena, owner->name), STR_NONE));
    add_given(arena, answer, STR("name"), execution->name);
    json_add(arena, answer, STR("startDate"), json_time(arena, execution->started));
    json_add(arena, answer, STR("stopDate"), json_time(arena, execution->stopped));
    json_add_str(arena, answer, STR("status"), states_status_name(execution->status));
    add_given(arena, answer, STR("error"), execution->error);
    add_given(arena, answer, STR("cause"), execution->cause);
    if (execution->trace.length) add_given(arena, answer, STR("traceHeader"), execution->trace);
    json_add(arena, answer, STR("billingDetails"), billing(arena, execution));
    if (!with_data) return answer;
    add_given(arena, answer, STR("input"), execution->input);
    json_add(arena, answer, STR("inputDetails"), included(arena));
    add_given(arena, answer, STR("output"), execution->output);
    json_add(arena, answer, STR("outputDetails"), included(arena));
    return answer;
}

/* ---- the call ---- */

static Error *begin(Context *context, const Json *input, Str request)
{
    StatesMachine machine;
    StatesStart   start;
    StatesPump   *pump = states_pump(context);
    uint64_t      number;
    Str           arn;
    Instant       started;
    TRY(states_start_input(context, input, &machine, &start));
    if (machine.type != STATES_EXPRESS)
        return error_fault(&states_state_machine_type_not_supported, "This operation is not supported by this type of state machine");
    start.sync = true;
    start.request = request;
    TRY(states_start(pump, &start, &number, &arn, &started));
    return states_pump_run(pump);
}

Error *states_start_sync_execution(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { INCLUDED_RULE };
    Map *answers = &states_of(context)->answers;
    Str  request = str_format(context->arena, "s%.*s", (int)(context->caller->request_id.length < 38 ? context->caller->request_id.length : 38),
                              context->caller->request_id.data);
    if (!context_was_parked(context)) {
        TRY(states_check(input, RULES(rules)));
        TRY(begin(context, input, request));
    }
    Answer *answer = map_remove(answers, request);
    if (!answer && context->now - context->started < PATIENCE) {
        context_park(context, request, context->started + PATIENCE);
        return NULL;
    }
    if (!answer) return error_fault(&fault_unavailable, "The execution was cut off by a restart.");
    *out = tell(context->arena, &answer->execution, !str_equal(json_get_str(input, STR("includedData")), STR("METADATA_ONLY")));
    memory_free(answer);
    return NULL;
}
