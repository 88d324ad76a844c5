/* map_run_tell.c -- DescribeMapRun, ListMapRuns, UpdateMapRun. */
#include "services/states/check.h"
#include "services/states/map_runs.h"
#include "services/states/paging.h"

#define RUN_RULE TEXT_RULE("mapRunArn", 1, STATES_LONG_ARN_MAX, RULE_REQUIRED)

/* ---- telling ---- */

/* Of children, how many there will be is known at the end only where they may have several items. */
static uint64_t pending_children(const StatesMapRun *run)
{
    return run->batched ? 0 : run->items_total - run->children.begun;
}

static Json *tell_tally(Arena *arena, const StatesMapRun *run, const StatesMapTally *tally, uint64_t pending)
{
    const struct {
        Str      name;
        uint64_t count;
    } counts[] = {
        { STR("pending"), pending },           { STR("running"), tally->running },   { STR("succeeded"), tally->succeeded },
        { STR("failed"), tally->failed },      { STR("timedOut"), tally->timed_out }, { STR("aborted"), tally->aborted },
        { STR("total"), tally->begun + pending }, { STR("resultsWritten"), tally->succeeded },
    };
    Json *told = json_object(arena);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) json_add_int(arena, told, counts[i].name, (int64_t)counts[i].count);
    if (run->redrives || tally->lost) json_add_int(arena, told, STR("failuresNotRedrivable"), (int64_t)tally->lost);
    if (run->redrives) json_add_int(arena, told, STR("pendingRedrive"), (int64_t)tally->pending_redrive);
    return told;
}

Error *states_describe_map_run(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { RUN_RULE };
    Arena                  *arena = context->arena;
    StatesMapRun            run;
    TRY(states_check(input, RULES(rules)));
    TRY(states_map_run_find(context, json_get_str(input, STR("mapRunArn")), &run));
    Json *told = json_object(arena);
    json_add_str(arena, told, STR("mapRunArn"), run.arn);
    json_add_str(arena, told, STR("executionArn"), run.execution_arn);
    json_add_str(arena, told, STR("status"), states_map_status_name(run.status));
    json_add(arena, told, STR("startDate"), json_time(arena, run.started));
    if (run.stopped) json_add(arena, told, STR("stopDate"), json_time(arena, run.stopped));
    json_add_int(arena, told, STR("maxConcurrency"), run.concurrency_max);
    json_add(arena, told, STR("toleratedFailurePercentage"), json_double(arena, run.tolerated_percentage < 0 ? 0 : run.tolerated_percentage));
    json_add_int(arena, told, STR("toleratedFailureCount"), run.tolerated_count < 0 ? 0 : run.tolerated_count);
    json_add(arena, told, STR("itemCounts"), tell_tally(arena, &run, &run.items, run.items_total - run.items.begun));
    json_add(arena, told, STR("executionCounts"), tell_tally(arena, &run, &run.children, pending_children(&run)));
    if (run.redrives) json_add_int(arena, told, STR("redriveCount"), run.redrives);
    if (run.redrives) json_add(arena, told, STR("redriveDate"), json_time(arena, run.redriven));
    *out = told;
    return NULL;
}

static Error *tell_item(Context *context, const StatesRow *row, void *data, Json **out)
{
    Arena       *arena = context->arena;
    StatesMapRun run;
    bool         found;
    (void)data;
    *out = NULL;
    TRY(states_map_run_read(context, bytes_get_u64(row->key.data + STATES_ID_SIZE), &run, &found));
    if (!found) return NULL;
    Str machine = str_format(arena, "%.*s/%.*s", STR_ARG(run.owner.name), STR_ARG(run.label));
    *out = json_object(arena);
    json_add_str(arena, *out, STR("executionArn"), run.execution_arn);
    json_add_str(arena, *out, STR("mapRunArn"), run.arn);
    json_add_str(arena, *out, STR("stateMachineArn"),
                 states_arn_text(arena, run.owner.region, run.owner.account, "stateMachine", machine, STR_NONE));
    json_add(arena, *out, STR("startDate"), json_time(arena, run.started));
    if (run.stopped) json_add(arena, *out, STR("stopDate"), json_time(arena, run.stopped));
    return NULL;
}

Error *states_list_map_runs(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("executionArn"), PAGE_RULES };
    StatesExecution         execution;
    char                    prefix[STATES_ID_SIZE];
    TRY(states_check(input, RULES(rules)));
    Str arn = json_get_str(input, STR("executionArn"));
    TRY(states_execution_find(context, arn, &execution));
    return states_page_list(context, input, states_join(context->arena, STR("ListMapRuns "), arn), TABLE_STATES_MAP_OF,
                            states_id_key(prefix, execution.number), STR("mapRuns"), tell_item, NULL, out);
}

/* ---- changing ---- */

static Error *refuse_percentage(Str shown, const char *must)
{
    return error_fault(&states_validation,
                       "1 validation error detected: Value '%.*s' at 'toleratedFailurePercentage' failed to satisfy constraint: Member must %s",
                       STR_ARG(shown), must);
}

static Error *check_percentage(Arena *arena, const Json *percentage)
{
    double number = percentage ? json_number(percentage) : 0;
    if (number < 0) return refuse_percentage(json_text(arena, percentage), "have value greater than or equal to 0");
    if (number > 100) return refuse_percentage(json_text(arena, percentage), "have value less than or equal to 100");
    return NULL;
}

static void change(StatesMapRun *run, const Json *input)
{
    const Json *percentage = json_get(input, STR("toleratedFailurePercentage"));
    int64_t     number;
    if (json_get_int(input, STR("maxConcurrency"), &number)) run->concurrency_max = number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
    if (json_get_int(input, STR("toleratedFailureCount"), &number)) run->tolerated_count = number;
    if (percentage) run->tolerated_percentage = json_number(percentage);
}

Error *states_update_map_run(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        RUN_RULE,
        NUMBER_RULE("maxConcurrency", 0, INT64_MAX),
        NUMBER_RULE("toleratedFailureCount", 0, INT64_MAX - 1),
    };
    StatesMapRun run;
    StatesPump  *pump = states_pump(context);
    (void)out;
    TRY(states_check(input, RULES(rules)));
    TRY(check_percentage(context->arena, json_get(input, STR("toleratedFailurePercentage"))));
    TRY(states_map_run_find(context, json_get_str(input, STR("mapRunArn")), &run));
    if (run.status != STATES_MAP_RUNNING)
        return error_fault(&states_validation, "The Map Run is not in progress: its status is %.*s", STR_ARG(states_map_status_name(run.status)));
    change(&run, input);
    TRY(states_map_run_changed(pump, &run));
    return states_pump_run(pump);
}

/* ---- for others ---- */

static bool has_failed(AslStatus status)
{
    return status == ASL_FAILED || status == ASL_TIMED_OUT || status == ASL_ABORTED;
}

Error *states_shown_status(Context *context, const StatesExecution *execution, Str *out)
{
    StatesMapRun     run;
    StatesMapFailure failure;
    bool             found;
    *out = states_status_name(execution->status);
    if (execution->parent.kind != STATES_PARENT_MAP_RUN || !has_failed(execution->status)) return NULL;
    TRY(states_map_run_read(context, execution->parent.execution, &run, &found));
    if (!found || run.status != STATES_MAP_RUNNING || !run.redriving || execution->parent.thread < run.redrive_next) return NULL;
    TRY(states_map_failure_get(context, &run, execution->parent.thread, &failure, &found));
    if (found && failure.round < run.redrives && !failure.lost) *out = STR("PENDING_REDRIVE");
    return NULL;
}
