/* states_memory_test.c -- memory that fails under a call of the data plane: it has happened as a whole, or not; nothing is lost. */
#include "base/log.h"
#include "tests/unit/services/states_bed.h"

#define EXECUTION STATES_ARN("execution")
#define ACTIVITY  STATES_ARN("activity")
#define TASK      "{'StartAt': 'A', 'States': {'A': {'Type': 'Task', 'Resource': '" ACTIVITY "a', 'TimeoutSeconds': 1000, 'End': true}}}"
#define DISTRIBUTED \
    "{'StartAt': 'M', 'States': {'M': {'Type': 'Map', 'End': true, 'ItemSelector': {'v.$': '$$.Map.Item.Value'}, 'ItemProcessor': " \
    "{'ProcessorConfig': {'Mode': 'DISTRIBUTED', 'ExecutionType': 'STANDARD'}, 'StartAt': 'P', 'States': {'P': {'Type': 'Pass', 'End': true}}}}}}"

/* Fails the n-th allocation until the call needs fewer; `operate` says whether it worked. */
static void sweep(uint64_t seed, void prepare(Bed *bed), bool operate(Bed *bed), void check(Bed *bed, bool worked))
{
    log_set_level(LOG_NOTHING);
    int refused = 0;
    for (uint64_t nth = 1; nth < 3000; nth += nth < 200 ? 1 : 7) {
        Bed bed;
        bed_open(&bed, &states_service, seed);
        prepare(&bed);
        bed.fail_allocation = nth;
        bool worked = operate(&bed);
        bed_settle(&bed);
        bed_advance(&bed, 2 * DURATION_SECOND); /* timers that have failed fire again */
        check(&bed, worked);
        bed_forget(&bed); /* with what a failed call has left in it of the store's */
        bed_close(&bed);
        refused += !worked;
        if (worked && nth > 400) break;
    }
    CHECK(refused > 0);
    log_set_level(LOG_INFO);
}

static void prepare_map(Bed *bed)
{
    states_machine(bed, "m", DISTRIBUTED);
}

static bool start_map(Bed *bed)
{
    return bed_call(bed, "StartExecution", "{'stateMachineArn': '" STATES_ARN("stateMachine") "m', 'name': 'e', 'input': '[1, 2, 3]'}");
}

static void check_map(Bed *bed, bool worked)
{
    if (!worked) worked = start_map(bed);
    CHECK(worked);
    CHECK_TEXT(states_told(bed, "m:e"), "output", "[{\"v\":1},{\"v\":2},{\"v\":3}]");
}

TEST(test_states_memory_map_run)
{
    sweep(1, prepare_map, start_map, check_map);
}

static void prepare_task(Bed *bed)
{
    CHECK(bed_call(bed, "CreateActivity", "{'name': 'a'}"));
    states_machine(bed, "m", TASK);
    states_run(bed, "m", "e", "{}");
}

static Str the_token;

static bool poll(Bed *bed)
{
    Call *call = bed_start(bed, "GetActivityTask", "{'activityArn': '" ACTIVITY "a'}");
    Json *task = bed_answer(bed, call);
    the_token = task ? str_copy(&bed->arena, json_get_str(task, STR("taskToken"))) : STR_NONE;
    return the_token.length;
}

static void check_poll(Bed *bed, bool worked)
{
    if (!worked) worked = poll(bed);
    CHECK(worked);
    CHECK(bed_call(bed, "SendTaskSuccess", "{'taskToken': '%.*s', 'output': '7'}", STR_ARG(the_token)));
    CHECK_TEXT(states_told(bed, "m:e"), "output", "7");
}

TEST(test_states_memory_activity)
{
    sweep(2, prepare_task, poll, check_poll);
}

static void prepare_token(Bed *bed)
{
    prepare_task(bed);
    CHECK(poll(bed));
}

static bool succeed(Bed *bed)
{
    return bed_call(bed, "SendTaskSuccess", "{'taskToken': '%.*s', 'output': '7'}", STR_ARG(the_token));
}

static void check_token(Bed *bed, bool worked)
{
    if (!worked) worked = succeed(bed);
    CHECK(worked);
    CHECK_TEXT(states_told(bed, "m:e"), "output", "7");
    CHECK_STR(states_types(bed, "m:e"), STR("ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded "
                                            "TaskStateExited ExecutionSucceeded"));
}

TEST(test_states_memory_token)
{
    sweep(3, prepare_token, succeed, check_token);
}

static void prepare_stopped(Bed *bed)
{
    prepare_task(bed);
    CHECK(bed_call(bed, "StopExecution", "{'executionArn': '" EXECUTION "m:e'}"));
}

static bool redrive(Bed *bed)
{
    return bed_call(bed, "RedriveExecution", "{'executionArn': '" EXECUTION "m:e'}");
}

static void check_redriven(Bed *bed, bool worked)
{
    if (!worked) {
        CHECK_STATUS(bed, "m:e", "ABORTED");
        worked = redrive(bed);
    }
    CHECK(worked);
    CHECK_STATUS(bed, "m:e", "RUNNING");
    CHECK_TEXT(states_told(bed, "m:e"), "redriveCount", "1");
    CHECK(poll(bed) && succeed(bed));
    CHECK_STATUS(bed, "m:e", "SUCCEEDED");
}

TEST(test_states_memory_redrive)
{
    sweep(4, prepare_stopped, redrive, check_redriven);
}
