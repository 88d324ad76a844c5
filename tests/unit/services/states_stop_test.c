/* states_stop_test.c -- StopExecution and RedriveExecution. */
#include "tests/unit/services/states_bed.h"

#define MACHINE   STATES_ARN("stateMachine")
#define EXECUTION STATES_ARN("execution")
#define WAIT      "{'StartAt': 'A', 'States': {'A': {'Type': 'Wait', 'Seconds': 10, 'End': true}}}"
#define FAIL      "{'StartAt': 'A', 'States': {'A': {'Type': 'Pass', 'Next': 'F'}, 'F': {'Type': 'Fail', 'Error': 'E', 'Cause': 'C'}}}"

static Json *stop(Bed *bed, const char *execution, const char *more)
{
    return bed_call(bed, "StopExecution", "{'executionArn': '" EXECUTION "%s'%s}", execution, more);
}

static Json *redrive(Bed *bed, const char *execution, const char *more)
{
    return bed_call(bed, "RedriveExecution", "{'executionArn': '" EXECUTION "%s'%s}", execution, more);
}

TEST(test_states_stop_execution)
{
    Bed bed;
    bed_open(&bed, &states_service, 1);
    states_machine(&bed, "m", WAIT);
    states_run(&bed, "m", "e", "{}");
    states_run(&bed, "m", "f", "{}");
    bed_advance(&bed, DURATION_SECOND);
    CHECK_TEXT(stop(&bed, "m:e", ""), "stopDate", "1767225601");
    CHECK_TEXT(stop(&bed, "m:f", ", 'error': 'Err', 'cause': 'Because'"), "stopDate", "1767225601");
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_TEXT(stop(&bed, "m:e", ", 'error': 'later'"), "stopDate", "1767225601");
    Json *told = states_told(&bed, "m:e");
    CHECK_TEXT(told, "status", "ABORTED");
    CHECK_TEXT(told, "error", "(none)");
    CHECK_STR(states_types(&bed, "m:e"), STR("ExecutionStarted WaitStateEntered ExecutionAborted"));
    told = states_told(&bed, "m:f");
    CHECK_TEXT(told, "error", "Err");
    CHECK_TEXT(told, "cause", "Because");
    CHECK_TEXT(bed_call(&bed, "GetExecutionHistory", "{'executionArn': '" EXECUTION "m:f'}"), "events.2.executionAbortedEventDetails",
               "{\"error\":\"Err\",\"cause\":\"Because\"}");
    char *error = arena_alloc_bytes(&bed.arena, 258);
    memset(error, 'x', 257);
    error[257] = 0;
    bed_call(&bed, "StopExecution", "{'executionArn': '" EXECUTION "m:f', 'error': '%s'}", error);
    CHECK_REFUSED(&bed, "ValidationException", "Value at 'error' failed to satisfy constraint: Member must have length less than or equal to 256");
    bed_close(&bed);
}

TEST(test_states_stop_express)
{
    Bed bed;
    bed_open(&bed, &states_service, 2);
    states_machine_of_type(&bed, "x", "EXPRESS", WAIT);
    Str arn = str_copy(&bed.arena, bed_text(states_run(&bed, "x", "e", "{}"), "executionArn"));
    static const char *const operations[] = { "StopExecution", "RedriveExecution", "DescribeExecution", "GetExecutionHistory" };
    for (size_t i = 0; i < 4; i++) {
        bed_call(&bed, operations[i], "{'executionArn': '%.*s'}", STR_ARG(arn));
        CHECK_REFUSED(&bed, "ExecutionDoesNotExist", "");
    }
    bed_close(&bed);
}

/* ---- redrive ---- */

TEST(test_states_redrive_execution)
{
    Bed bed;
    bed_open(&bed, &states_service, 10);
    states_machine(&bed, "m", FAIL);
    states_run(&bed, "m", "e", "{}");
    bed_advance(&bed, DURATION_SECOND);
    bed_restart(&bed, true);
    CHECK_TEXT(redrive(&bed, "m:e", ""), "redriveDate", "1767225601");
    CHECK_STR(states_types(&bed, "m:e"), STR("ExecutionStarted PassStateEntered PassStateExited FailStateEntered ExecutionFailed ExecutionRedriven ExecutionFailed"));
    Json *told = states_told(&bed, "m:e");
    CHECK_TEXT(told, "status", "FAILED");
    CHECK_TEXT(told, "redriveCount", "1");
    CHECK_TEXT(told, "redriveDate", "1767225601");
    CHECK_TEXT(told, "stopDate", "1767225601");
    bed_advance(&bed, DURATION_SECOND);
    CHECK_TEXT(redrive(&bed, "m:e", ""), "redriveDate", "1767225602");
    CHECK_TEXT(states_told(&bed, "m:e"), "redriveCount", "2");
    bed_close(&bed);
}

TEST(test_states_redrive_runs_on)
{
    Bed bed;
    bed_open(&bed, &states_service, 11);
    states_machine(&bed, "m", WAIT);
    states_run(&bed, "m", "e", "{}");
    CHECK(stop(&bed, "m:e", ", 'error': 'E'"));
    CHECK(redrive(&bed, "m:e", ", 'clientToken': 'token'"));
    Json *told = states_told(&bed, "m:e");
    CHECK_TEXT(told, "status", "RUNNING");
    CHECK_TEXT(told, "stopDate", "(none)");
    CHECK_TEXT(told, "error", "(none)");
    CHECK_TEXT(bed_call(&bed, "ListExecutions", "{'stateMachineArn': '" MACHINE "m', 'statusFilter': 'RUNNING'}"), "executions.0.redriveCount", "1");
    bed_restart(&bed, true);
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_STATUS(&bed, "m:e", "SUCCEEDED");
    /* it counts as running while it runs again, and no longer */
    CHECK(bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" MACHINE "m'}"));
    bed_call(&bed, "DescribeStateMachine", "{'stateMachineArn': '" MACHINE "m'}");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "");
    bed_close(&bed);
}

TEST(test_states_redrive_tokens)
{
    Bed bed;
    bed_open(&bed, &states_service, 12);
    states_machine(&bed, "m", FAIL);
    states_run(&bed, "m", "e", "{}");
    CHECK_TEXT(redrive(&bed, "m:e", ", 'clientToken': 'a'"), "redriveDate", "1767225600");
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_TEXT(redrive(&bed, "m:e", ", 'clientToken': 'b'"), "redriveDate", "1767225660");
    bed_restart(&bed, true);
    CHECK_TEXT(redrive(&bed, "m:e", ", 'clientToken': 'a'"), "redriveDate", "1767225600");
    CHECK_TEXT(redrive(&bed, "m:e", ", 'clientToken': 'b'"), "redriveDate", "1767225660");
    CHECK_TEXT(states_told(&bed, "m:e"), "redriveCount", "2");
    bed_advance(&bed, 14 * DURATION_MINUTE);
    CHECK_TEXT(redrive(&bed, "m:e", ", 'clientToken': 'b'"), "redriveDate", "1767225660");
    CHECK_TEXT(redrive(&bed, "m:e", ", 'clientToken': 'a'"), "redriveDate", "1767226500");
    char more[40];
    for (int i = 0; i < STATES_REDRIVE_TOKENS; i++) {
        snprintf(more, sizeof more, ", 'clientToken': 't%d'", i);
        CHECK(redrive(&bed, "m:e", more));
    }
    CHECK_TEXT(states_told(&bed, "m:e"), "redriveCount", "13");
    CHECK(redrive(&bed, "m:e", ", 'clientToken': 't0'"));
    CHECK_TEXT(states_told(&bed, "m:e"), "redriveCount", "13");
    CHECK(redrive(&bed, "m:e", ", 'clientToken': 'a'"));
    CHECK_TEXT(states_told(&bed, "m:e"), "redriveCount", "14");
    redrive(&bed, "m:e", ", 'clientToken': 'a b'");
    CHECK_REFUSED(&bed, "ValidationException", "at 'clientToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [!-~]+");
    bed_close(&bed);
}

TEST(test_states_redrive_refusals)
{
    Bed bed;
    bed_open(&bed, &states_service, 13);
    states_machine(&bed, "m", WAIT);
    states_run(&bed, "m", "e", "{}");
    redrive(&bed, "m:e", "");
    CHECK_REFUSED(&bed, "ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven");
    bed_advance(&bed, DURATION_MINUTE);
    redrive(&bed, "m:e", "");
    CHECK_REFUSED(&bed, "ExecutionNotRedrivable", "Execution is SUCCEEDED and cannot be redriven");
    states_run(&bed, "m", "f", "{}");
    CHECK(stop(&bed, "m:f", ""));
    bed_advance(&bed, 14 * DURATION_DAY - DURATION_SECOND);
    CHECK_TEXT(states_told(&bed, "m:f"), "redriveStatus", "REDRIVABLE");
    bed_advance(&bed, DURATION_SECOND);
    CHECK_TEXT(states_told(&bed, "m:f"), "redriveStatus", "NOT_REDRIVABLE");
    redrive(&bed, "m:f", "");
    CHECK_REFUSED(&bed, "ExecutionNotRedrivable", "Execution redrivable period exceeded");
    states_run(&bed, "m", "g", "{}");
    CHECK(stop(&bed, "m:g", ""));
    CHECK(bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" MACHINE "m'}"));
    redrive(&bed, "m:g", "");
    CHECK_REFUSED(&bed, "ExecutionNotRedrivable", "State machine is in DELETING status");
    bed_close(&bed);
}

/* A history that is full is not redriven. */
TEST(test_states_redrive_long_history)
{
    Bed bed;
    bed_open(&bed, &states_service, 14);
    states_machine(&bed, "m", "{'StartAt': 'A', 'States': {'A': {'Type': 'Choice', 'Choices': [{'Variable': '$.end', 'IsPresent': true, 'Next': 'S'}], "
                               "'Default': 'A'}, 'S': {'Type': 'Succeed'}}}");
    states_run(&bed, "m", "e", "{}");
    bed_settle(&bed);
    CHECK_STATUS(&bed, "m:e", "FAILED");
    redrive(&bed, "m:e", "");
    CHECK_REFUSED(&bed, "ExecutionNotRedrivable", "Execution history event limit exceeded");
    bed_close(&bed);
}
