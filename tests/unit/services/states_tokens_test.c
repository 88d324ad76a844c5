/* states_tokens_test.c -- GetActivityTask, SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat. */
#include "tests/unit/services/states_bed.h"

#define ACTIVITY STATES_ARN("activity")
#define TASK(more) "{'StartAt': 'A', 'States': {'A': {'Type': 'Task', 'Resource': '" ACTIVITY "a', 'End': true" more "}}}"

static Call *poll(Bed *bed, const char *activity, const char *more)
{
    return bed_start(bed, "GetActivityTask", "{'activityArn': '" ACTIVITY "%s'%s}", activity, more);
}

static Str token_of(Bed *bed, Call *call)
{
    Json *task = bed_answer(bed, call);
    return task ? str_copy(&bed->arena, json_get_str(task, STR("taskToken"))) : STR("(parked)");
}

static Json *send(Bed *bed, const char *operation, Str token, const char *more)
{
    return bed_call(bed, operation, "{'taskToken': '%.*s'%s}", STR_ARG(token), more);
}

static void open_bed(Bed *bed, uint64_t seed, const char *definition)
{
    bed_open(bed, &states_service, seed);
    CHECK(bed_call(bed, "CreateActivity", "{'name': 'a'}"));
    states_machine(bed, "m", definition);
}

TEST(test_states_activity_task)
{
    Bed bed;
    open_bed(&bed, 1, TASK(", 'TimeoutSeconds': 60"));
    states_run(&bed, "m", "e", "{'a': 1}");
    Call *call = poll(&bed, "a", ", 'workerName': 'w'");
    Str   token = token_of(&bed, call);
    CHECK_TEXT(call->output, "input", "{\"a\": 1}");
    CHECK(send(&bed, "SendTaskSuccess", token, ", 'output': '[ 1 ]'"));
    CHECK_TEXT(states_told(&bed, "m:e"), "output", "[ 1 ]");
    CHECK_STR(states_types(&bed, "m:e"), STR("ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded "
                                             "TaskStateExited ExecutionSucceeded"));
    Json *history = bed_call(&bed, "GetExecutionHistory", "{'executionArn': '" STATES_ARN("execution") "m:e'}");
    CHECK_TEXT(history, "events.3.activityStartedEventDetails", "{\"workerName\":\"w\"}");
    CHECK_TEXT(history, "events.2.activityScheduledEventDetails",
               "{\"resource\":\"" ACTIVITY "a\",\"input\":\"{\\\"a\\\": 1}\",\"inputDetails\":{\"truncated\":false},\"timeoutInSeconds\":60}");
    bed_close(&bed);
}

/* A worker waits up to a minute, and is woken. */
TEST(test_states_activity_polls)
{
    Bed bed;
    open_bed(&bed, 2, TASK(""));
    Call *first = poll(&bed, "a", ""), *second = poll(&bed, "a", "");
    CHECK(!bed_answer(&bed, first));
    bed_advance(&bed, 30 * DURATION_SECOND);
    states_run(&bed, "m", "e", "{}");
    CHECK(token_of(&bed, first).length > 10);
    CHECK_TEXT(first->output, "input", "{}");
    CHECK(!bed_answer(&bed, second));
    bed_advance(&bed, 29 * DURATION_SECOND);
    CHECK(!bed_answer(&bed, second));
    bed_advance(&bed, DURATION_SECOND);
    CHECK_WHOLE(&bed, bed_answer(&bed, second), "{}");
    Json *history = bed_call(&bed, "GetExecutionHistory", "{'executionArn': '" STATES_ARN("execution") "m:e'}");
    CHECK_TEXT(history, "events.3.activityStartedEventDetails", "{}");
    bed_close(&bed);
}

/* Tasks come in their order, each once; those that nobody waits for any more do not come. */
TEST(test_states_activity_queue)
{
    Bed bed;
    open_bed(&bed, 3, TASK(", 'TimeoutSeconds': 20"));
    char name[16], input[16];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "e%d", i);
        snprintf(input, sizeof input, "%d", i);
        states_run(&bed, "m", name, input);
        if (i == 35) bed_advance(&bed, 10 * DURATION_SECOND);
    }
    for (int i = 0; i < 2; i++) {
        snprintf(input, sizeof input, "%d", i);
        Call *call = poll(&bed, "a", "");
        CHECK(token_of(&bed, call).length > 10);
        CHECK_TEXT(call->output, "input", input);
    }
    CHECK(bed_call(&bed, "StopExecution", "{'executionArn': '" STATES_ARN("execution") "m:e36'}"));
    bed_restart(&bed, true);
    bed_advance(&bed, 10 * DURATION_SECOND);
    for (int i = 37; i < 40; i++) {
        snprintf(input, sizeof input, "%d", i);
        Call *call = poll(&bed, "a", "");
        CHECK(token_of(&bed, call).length > 10);
        CHECK_TEXT(call->output, "input", input);
    }
    Call *call = poll(&bed, "a", "");
    CHECK(!bed_answer(&bed, call));
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_WHOLE(&bed, bed_answer(&bed, call), "{}");
    bed_close(&bed);
}

/* More activities at once than one call may signal: every worker is woken. */
TEST(test_states_activity_many_at_once)
{
    Bed bed;
    enum { MANY = 80 };
    Call *calls[MANY];
    Str   branches = STR("");
    char  name[16];
    bed_open(&bed, &states_service, 4);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "a%d", i);
        CHECK(bed_call(&bed, "CreateActivity", "{'name': '%s'}", name));
        calls[i] = poll(&bed, name, "");
        branches = str_format(&bed.arena, "%.*s%s{'StartAt': 'T%d', 'States': {'T%d': {'Type': 'Task', 'Resource': '" ACTIVITY "%s', 'End': true}}}",
                              STR_ARG(branches), i ? ", " : "", i, i, name);
    }
    states_machine(&bed, "m", str_to_c(&bed.arena, str_format(&bed.arena, "{'StartAt': 'P', 'States': {'P': {'Type': 'Parallel', 'End': true, 'Branches': [%.*s]}}}",
                                                              STR_ARG(branches))));
    states_run(&bed, "m", "e", "{}");
    for (int i = 0; i < MANY; i++) CHECK(send(&bed, "SendTaskSuccess", token_of(&bed, calls[i]), ", 'output': '1'"));
    CHECK_STATUS(&bed, "m:e", "SUCCEEDED");
    bed_close(&bed);
}

TEST(test_states_activity_is_not_there)
{
    Bed bed;
    open_bed(&bed, 5, TASK(", 'TimeoutSeconds': 5, 'Catch': [{'ErrorEquals': ['ActivityDoesNotExist'], 'Next': 'C'}]}, 'C': {'Type': 'Succeed'"));
    states_run(&bed, "m", "early", "{}");
    CHECK(bed_call(&bed, "DeleteActivity", "{'activityArn': '" ACTIVITY "a'}"));
    states_run(&bed, "m", "late", "{}");
    CHECK_TEXT(states_told(&bed, "m:late"), "output", "{\"Error\":\"ActivityDoesNotExist\",\"Cause\":\"Activity Does Not Exist: '" ACTIVITY "a'\"}");
    /* what waited before goes on waiting */
    CHECK_STATUS(&bed, "m:early", "RUNNING");
    bed_advance(&bed, 5 * DURATION_SECOND);
    CHECK_STATUS(&bed, "m:early", "FAILED");
    CHECK_TEXT(states_told(&bed, "m:early"), "error", "States.Timeout");
    Call *call = poll(&bed, "a", "");
    bed_answer(&bed, call);
    CHECK_REFUSED(&bed, "ActivityDoesNotExist", "Activity Does Not Exist: '" ACTIVITY "a'");
    call = bed_start(&bed, "GetActivityTask", "{'activityArn': 'no_an_activity_arn'}");
    bed_answer(&bed, call);
    CHECK_REFUSED(&bed, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'");
    bed_close(&bed);
}

/* A state machine may be the worker: it asks as the SDK does, and waits as long. */
TEST(test_states_activity_worked_by_a_machine)
{
    Bed bed;
    open_bed(&bed, 6, TASK(""));
    states_machine(&bed, "worker",
                   "{'StartAt': 'G', 'States': {'G': {'Type': 'Task', 'Resource': 'arn:aws:states:::aws-sdk:sfn:getActivityTask', 'Parameters': "
                   "{'ActivityArn': '" ACTIVITY "a', 'WorkerName': 'w'}, 'ResultPath': '$.t', 'Next': 'C'}, 'C': {'Type': 'Choice', 'Choices': "
                   "[{'Variable': '$.t.TaskToken', 'IsPresent': true, 'Next': 'S'}], 'Default': 'N'}, 'N': {'Type': 'Fail', 'Error': 'nothing'}, "
                   "'S': {'Type': 'Task', 'Resource': 'arn:aws:states:::aws-sdk:sfn:sendTaskSuccess', 'Parameters': {'TaskToken.$': "
                   "'$.t.TaskToken', 'Output.$': '$.t.Input'}, 'End': true}}}");
    states_run(&bed, "worker", "w", "{}");
    bed_advance(&bed, 30 * DURATION_SECOND);
    CHECK_STATUS(&bed, "worker:w", "RUNNING");
    states_run(&bed, "m", "e", "{'a': 1}");
    bed_advance(&bed, DURATION_SECOND);
    CHECK_STATUS(&bed, "worker:w", "SUCCEEDED");
    CHECK_TEXT(states_told(&bed, "m:e"), "output", "{\"a\": 1}");
    states_run(&bed, "worker", "idle", "{}");
    bed_advance(&bed, DURATION_MINUTE - DURATION_SECOND);
    CHECK_STATUS(&bed, "worker:idle", "RUNNING");
    bed_advance(&bed, DURATION_SECOND);
    CHECK_TEXT(states_told(&bed, "worker:idle"), "error", "nothing");
    bed_close(&bed);
}

/* ---- tokens ---- */

TEST(test_states_token_failure)
{
    Bed bed;
    open_bed(&bed, 10, TASK(""));
    states_run(&bed, "m", "e", "{}");
    CHECK(send(&bed, "SendTaskFailure", token_of(&bed, poll(&bed, "a", "")), ", 'error': 'E', 'cause': 'C'"));
    Json *told = states_told(&bed, "m:e");
    CHECK_TEXT(told, "error", "E");
    CHECK_TEXT(told, "cause", "C");
    states_run(&bed, "m", "f", "{}");
    CHECK(send(&bed, "SendTaskFailure", token_of(&bed, poll(&bed, "a", "")), ""));
    told = states_told(&bed, "m:f");
    CHECK_TEXT(told, "status", "FAILED");
    CHECK_TEXT(told, "error", "(none)");
    CHECK_TEXT(told, "cause", "(none)");
    bed_close(&bed);
}

TEST(test_states_token_heartbeat)
{
    Bed bed;
    open_bed(&bed, 11, TASK(", 'HeartbeatSeconds': 10"));
    states_run(&bed, "m", "e", "{}");
    Str token = token_of(&bed, poll(&bed, "a", ""));
    for (int i = 0; i < 5; i++) {
        bed_advance(&bed, 9 * DURATION_SECOND);
        CHECK(send(&bed, "SendTaskHeartbeat", token, ""));
    }
    bed_restart(&bed, true);
    CHECK_STATUS(&bed, "m:e", "RUNNING");
    bed_advance(&bed, 10 * DURATION_SECOND);
    CHECK_TEXT(states_told(&bed, "m:e"), "error", "States.Timeout");
    static const char *const late[] = { "SendTaskHeartbeat", "SendTaskSuccess", "SendTaskFailure" };
    for (size_t i = 0; i < 3; i++) {
        send(&bed, late[i], token, i == 1 ? ", 'output': '{}'" : "");
        CHECK_REFUSED(&bed, "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    }
    bed_close(&bed);
}

TEST(test_states_token_refusals)
{
    Bed bed;
    open_bed(&bed, 12, TASK(""));
    static const char *const operations[] = { "SendTaskHeartbeat", "SendTaskSuccess", "SendTaskFailure" };
    static const char *const bad[] = { "x", "AAAA", "AQAAAAEAAAABAAAAAAAAAAA", "AQAAAAEAAAABAAAAAAAAAAAAAA" };
    for (size_t i = 0; i < 12; i++) {
        send(&bed, operations[i % 3], str_from_c(bad[i / 3]), i % 3 == 1 ? ", 'output': '{}'" : "");
        CHECK_REFUSED(&bed, "InvalidToken", "Invalid Token: 'Invalid token'");
    }
    /* made up well, but of nobody */
    send(&bed, "SendTaskHeartbeat", STR("AQAAAAEAAAABAAAAAAAAAAAAAAAAAAAAZA=="), "");
    CHECK_REFUSED(&bed, "TaskDoesNotExist", "");
    states_run(&bed, "m", "e", "{}");
    Str token = token_of(&bed, poll(&bed, "a", ""));
    send(&bed, "SendTaskSuccess", token, ", 'output': '{'");
    CHECK_REFUSED(&bed, "InvalidOutput", "Invalid Output: '");
    send(&bed, "SendTaskSuccess", token, "");
    CHECK_REFUSED(&bed, "ValidationException", "Value null at 'output' failed to satisfy constraint: Member must not be null");
    /* of somebody else */
    bed.caller.account = STR("000000000001");
    send(&bed, "SendTaskSuccess", token, ", 'output': '{}'");
    CHECK_REFUSED(&bed, "InvalidToken", "");
    bed.caller.account = STR("000000000000");
    bed.caller.region = STR("eu-west-1");
    send(&bed, "SendTaskSuccess", token, ", 'output': '{}'");
    CHECK_REFUSED(&bed, "InvalidToken", "");
    bed.caller.region = STR("us-east-1");
    /* once */
    CHECK(send(&bed, "SendTaskSuccess", token, ", 'output': '{}'"));
    send(&bed, "SendTaskSuccess", token, ", 'output': '{}'");
    CHECK_REFUSED(&bed, "TaskTimedOut", "");
    bed_close(&bed);
}

TEST(test_states_token_large_output)
{
    Bed   bed;
    char *output;
    open_bed(&bed, 13, TASK(""));
    states_run(&bed, "m", "e", "{}");
    Str token = token_of(&bed, poll(&bed, "a", ""));
    output = arena_alloc_bytes(&bed.arena, STATES_INPUT_MAX + 2);
    memset(output, '7', STATES_INPUT_MAX + 1);
    output[STATES_INPUT_MAX + 1] = 0;
    bed_call(&bed, "SendTaskSuccess", "{'taskToken': '%.*s', 'output': '%s'}", STR_ARG(token), output);
    CHECK_REFUSED(&bed, "ValidationException", "Value at 'output' failed to satisfy constraint: Member must have length less than or equal to 262144");
    output[STATES_INPUT_MAX] = 0;
    CHECK(bed_call(&bed, "SendTaskSuccess", "{'taskToken': '%.*s', 'output': '%s'}", STR_ARG(token), output));
    CHECK_STATUS(&bed, "m:e", "SUCCEEDED");
    bed_close(&bed);
}

/* A later try has a token of its own. */
TEST(test_states_token_of_an_earlier_try)
{
    Bed bed;
    open_bed(&bed, 14, TASK(", 'TimeoutSeconds': 5, 'Retry': [{'ErrorEquals': ['States.Timeout'], 'IntervalSeconds': 1}]"));
    states_run(&bed, "m", "e", "{}");
    Str first = token_of(&bed, poll(&bed, "a", ""));
    bed_advance(&bed, 6 * DURATION_SECOND);
    Str second = token_of(&bed, poll(&bed, "a", ""));
    CHECK(second.length > 10 && !str_equal(first, second));
    send(&bed, "SendTaskSuccess", first, ", 'output': '1'");
    CHECK_REFUSED(&bed, "TaskTimedOut", "");
    CHECK(send(&bed, "SendTaskSuccess", second, ", 'output': '2'"));
    CHECK_TEXT(states_told(&bed, "m:e"), "output", "2");
    bed_close(&bed);
}
