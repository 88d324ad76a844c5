/* states.c -- the service: its rows and its hooks. */
#include "services/states/states.h"

#include "services/states/counts.h"
#include "services/states/map_runs.h"
#include "services/states/pump.h"
#include "services/states/revisions.h"
#include "services/states/rows.h"
#include "services/states/states_shapes.h"

#define FAULT(name, code, query_code, status) const Fault states_##name = { code, query_code, status };
#include "services/states/states_errors.h"
#undef FAULT

static const Operation operations[] = {
#define OP(op_name, function, op_flags, op_summary) \
    { .name = STR_CONST(#op_name), \
      .run = function, \
      .flags = (op_flags), \
      .summary = STR_CONST(op_summary), \
      .input = &states_input_##op_name, \
      .output = &states_output_##op_name },
#include "services/states/states_ops.h"
#undef OP
};

/* Nothing is read before it is needed, but for what a crash has cut off. */
static Error *states_open(Context *context, void **out_state)
{
    States *states = memory_alloc_zero(sizeof *states);
    if (!states) return error_memory();
    context_tick_at(context, context->now);
    *out_state = states;
    return NULL;
}

static void states_close(void *state)
{
    States *states = state;
    if (!states) return;
    states_map_items_forget(states);
    states_executions_forget(states);
    states_sync_forget(states);
    states_rows_forget(states);
    states_counts_forget(states);
    states_revisions_forget(states);
    buffer_done(&states->scratch);
    buffer_done(&states->event);
    memory_free(states);
}

static Error *states_before_commit(Context *context)
{
    TRY(states_counts_write(context));
    states_rows_commit(states_of(context));
    return NULL;
}

/* Whoever makes memory grow beyond its bounds asks for it. */
static Error *states_tick(Context *context, Instant *out_next)
{
    States *states = states_of(context);
    states_rows_trim(states);
    states_counts_trim(states);
    states_revisions_trim(states);
    states_executions_trim(context);
    states_sync_trim(context);
    bool more;
    TRY(states_executions_revive(context, &more));
    *out_next = more ? context->now : states->answers.count > 0 ? context->now + DURATION_MINUTE : INSTANT_NEVER;
    return NULL;
}

const Service states_service = {
    .name = STR_CONST("states"),
    .title = STR_CONST("Step Functions"),
    .signing_name = STR_CONST("states"),
    .target_prefix = STR_CONST("AWSStepFunctions"),
    .version = STR_CONST("2016-11-23"),
    .error_namespace = STR_CONST("com.amazonaws.swf.service.v2.model"),
    .protocols = SPEAKS(PROTOCOL_JSON),
    .operations = operations,
    .operation_count = sizeof operations / sizeof *operations,
    .open = states_open,
    .close = states_close,
    .before_commit = states_before_commit,
    .tick = states_tick,
};
