/* states_tell_test.c -- DescribeExecution, DescribeStateMachineForExecution, ListExecutions. */
#include "tests/unit/services/states_bed.h"

#define MACHINE   STATES_ARN("stateMachine")
#define EXECUTION STATES_ARN("execution")
#define PASS      "{'StartAt': 'A', 'States': {'A': {'Type': 'Pass', 'End': true}}}"
#define WAIT      "{'StartAt': 'A', 'States': {'A': {'Type': 'Wait', 'Seconds': 10, 'End': true}}}"
#define FAIL      "{'StartAt': 'A', 'States': {'A': {'Type': 'Fail', 'Error': 'E', 'Cause': 'C'}}}"

TEST(test_states_describe_execution)
{
    Bed bed;
    bed_open(&bed, &states_service, 1);
    states_machine(&bed, "m", WAIT);
    states_run(&bed, "m", "e", "{'a': 1}");
    CHECK_WHOLE(&bed, states_told(&bed, "m:e"),
               "{\"executionArn\":\"" EXECUTION "m:e\",\"stateMachineArn\":\"" MACHINE "m\",\"name\":\"e\",\"status\":\"RUNNING\","
               "\"startDate\":1767225600,\"redriveCount\":0,\"input\":\"{\\\"a\\\": 1}\",\"inputDetails\":{\"included\":true},"
               "\"redriveStatus\":\"NOT_REDRIVABLE\",\"redriveStatusReason\":\"Execution is RUNNING and cannot be redriven\"}");
    bed_advance(&bed, 10 * DURATION_SECOND);
    bed_restart(&bed, true);
    CHECK_WHOLE(&bed, states_told(&bed, "m:e"),
               "{\"executionArn\":\"" EXECUTION "m:e\",\"stateMachineArn\":\"" MACHINE "m\",\"name\":\"e\",\"status\":\"SUCCEEDED\","
               "\"startDate\":1767225600,\"stopDate\":1767225610,\"redriveCount\":0,\"input\":\"{\\\"a\\\": 1}\","
               "\"inputDetails\":{\"included\":true},\"output\":\"{\\\"a\\\": 1}\",\"outputDetails\":{\"included\":true},"
               "\"redriveStatus\":\"NOT_REDRIVABLE\",\"redriveStatusReason\":\"Execution is SUCCEEDED and cannot be redriven\"}");
    Json *bare = bed_call(&bed, "DescribeExecution", "{'executionArn': '" EXECUTION "m:e', 'includedData': 'METADATA_ONLY'}");
    CHECK_TEXT(bare, "input", "(none)");
    CHECK_TEXT(bare, "output", "(none)");
    states_machine(&bed, "f", FAIL);
    CHECK(bed_call(&bed, "StartExecution", "{'stateMachineArn': '" MACHINE "f', 'name': 'e', 'traceHeader': 't'}"));
    Json *failed = states_told(&bed, "f:e");
    CHECK_TEXT(failed, "error", "E");
    CHECK_TEXT(failed, "cause", "C");
    CHECK_TEXT(failed, "output", "(none)");
    CHECK_TEXT(failed, "traceHeader", "t");
    CHECK_TEXT(failed, "redriveStatus", "REDRIVABLE");
    CHECK_TEXT(failed, "redriveStatusReason", "(none)");
    bed_close(&bed);
}

TEST(test_states_describe_execution_refusals)
{
    Bed bed;
    bed_open(&bed, &states_service, 2);
    static const char *const operations[] = { "DescribeExecution", "DescribeStateMachineForExecution", "StopExecution", "RedriveExecution" };
    for (size_t i = 0; i < 4; i++) {
        bed_call(&bed, operations[i], "{'executionArn': 'invalid_state_machine_arn'}");
        CHECK_REFUSED(&bed, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: invalid_state_machine_arn'");
        bed_call(&bed, operations[i], "{'executionArn': '" EXECUTION "m:e'}");
        CHECK_REFUSED(&bed, "ExecutionDoesNotExist", "Execution Does Not Exist: '" EXECUTION "m:e'");
        bed_call(&bed, operations[i], "{'executionArn': '" MACHINE "m'}");
        CHECK_REFUSED(&bed, "InvalidArn", "Resource type not valid in this context: stateMachine");
    }
    bed_close(&bed);
}

TEST(test_states_describe_machine_for_execution)
{
    Bed bed;
    bed_open(&bed, &states_service, 3);
    states_machine(&bed, "m", WAIT);
    states_run(&bed, "m", "e", "{}");
    /* it runs what it began with */
    CHECK(bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" MACHINE "m', 'definition': '%s'}", states_quote(&bed, PASS)));
    Json *told = bed_call(&bed, "DescribeStateMachineForExecution", "{'executionArn': '" EXECUTION "m:e'}");
    CHECK_WHOLE(&bed, told,
               "{\"stateMachineArn\":\"" MACHINE "m\",\"name\":\"m\",\"definition\":\"{\\\"StartAt\\\": \\\"A\\\", \\\"States\\\": {\\\"A\\\": "
               "{\\\"Type\\\": \\\"Wait\\\", \\\"Seconds\\\": 10, \\\"End\\\": true}}}\",\"roleArn\":\"arn:aws:iam::000000000000:role/r\","
               "\"updateDate\":1767225600,\"loggingConfiguration\":{\"level\":\"OFF\",\"includeExecutionData\":false},"
               "\"tracingConfiguration\":{\"enabled\":false}}");
    states_run(&bed, "m", "f", "{}");
    told = bed_call(&bed, "DescribeStateMachineForExecution", "{'executionArn': '" EXECUTION "m:f', 'includedData': 'METADATA_ONLY'}");
    CHECK_TEXT(told, "definition", "{}");
    CHECK(json_get_str(told, STR("revisionId")).length > 0);
    bed_close(&bed);
}

/* ---- lists ---- */

static Json *list(Bed *bed, const char *machine, const char *more)
{
    return bed_call(bed, "ListExecutions", "{'stateMachineArn': '" MACHINE "%s'%s}", machine, more);
}

static Str names(Bed *bed, const Json *answer)
{
    Str         text = STR("");
    const Json *item;
    if (!answer) return STR("(refused)");
    JSON_EACH_ITEM(json_get(answer, STR("executions")), item)
        text = str_format(&bed->arena, "%.*s%s%.*s", STR_ARG(text), text.length ? " " : "", STR_ARG(json_get_str(item, STR("name"))));
    return text;
}

#define CHECK_NAMES(answer, expected) CHECK_STR(names(&bed, (answer)), STR(expected))

/* Succeeds, fails, waits for ever, as the input says. */
#define ANY \
    "{'StartAt': 'A', 'States': {'A': {'Type': 'Choice', 'Choices': [{'Variable': '$', 'StringEquals': 'fail', 'Next': 'F'}, " \
    "{'Variable': '$', 'StringEquals': 'wait', 'Next': 'W'}], 'Default': 'S'}, 'S': {'Type': 'Succeed'}, 'F': {'Type': 'Fail'}, " \
    "'W': {'Type': 'Wait', 'Seconds': 1000, 'End': true}}}"

TEST(test_states_list_executions)
{
    Bed bed;
    bed_open(&bed, &states_service, 4);
    states_machine(&bed, "m", ANY);
    states_machine(&bed, "other", ANY);
    CHECK_NAMES(list(&bed, "m", ""), "");
    static const char *const inputs[] = { "'ok'", "'fail'", "'wait'" };
    char name[16];
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof name, "e%d", i);
        states_run(&bed, "m", name, inputs[i % 3]);
        states_run(&bed, "other", name, inputs[i % 3]);
        bed_advance(&bed, DURATION_SECOND);
    }
    CHECK_NAMES(list(&bed, "m", ""), "e6 e5 e4 e3 e2 e1 e0");
    CHECK_NAMES(list(&bed, "m", ", 'statusFilter': 'SUCCEEDED'"), "e6 e3 e0");
    CHECK_NAMES(list(&bed, "m", ", 'statusFilter': 'RUNNING'"), "e5 e2");
    CHECK_NAMES(list(&bed, "m", ", 'statusFilter': 'FAILED'"), "e4 e1");
    CHECK_NAMES(list(&bed, "m", ", 'statusFilter': 'PENDING_REDRIVE'"), "");
    CHECK(bed_call(&bed, "StopExecution", "{'executionArn': '" EXECUTION "m:e2'}"));
    CHECK_NAMES(list(&bed, "m", ", 'statusFilter': 'RUNNING'"), "e5");
    CHECK_NAMES(list(&bed, "m", ", 'statusFilter': 'ABORTED'"), "e2");
    bed_restart(&bed, true);
    CHECK_TEXT(list(&bed, "m", ""), "executions.4",
               "{\"executionArn\":\"" EXECUTION "m:e2\",\"stateMachineArn\":\"" MACHINE "m\",\"name\":\"e2\",\"status\":\"ABORTED\","
               "\"startDate\":1767225602,\"stopDate\":1767225607,\"redriveCount\":0}");
    for (int size = 1; size < 8; size++) {
        Str all = STR(""), token = STR("");
        do {
            Str   more = token.length ? str_format(&bed.arena, ", 'maxResults': %d, 'nextToken': '%.*s'", size, STR_ARG(token))
                                      : str_format(&bed.arena, ", 'maxResults': %d", size);
            Json *page = list(&bed, "m", str_to_c(&bed.arena, more));
            all = str_format(&bed.arena, "%.*s%s%.*s", STR_ARG(all), all.length ? " " : "", STR_ARG(names(&bed, page)));
            token = json_get_str(page, STR("nextToken"));
        } while (token.length);
        CHECK_STR(all, STR("e6 e5 e4 e3 e2 e1 e0"));
    }
    bed_close(&bed);
}

TEST(test_states_list_executions_of_versions)
{
    Bed bed;
    bed_open(&bed, &states_service, 5);
    states_machine(&bed, "m", PASS);
    CHECK(bed_call(&bed, "PublishStateMachineVersion", "{'stateMachineArn': '" MACHINE "m'}"));
    CHECK(bed_call(&bed, "CreateStateMachineAlias",
                   "{'name': 'live', 'routingConfiguration': [{'stateMachineVersionArn': '" MACHINE "m:1', 'weight': 100}]}"));
    states_run(&bed, "m", "bare", "{}");
    states_run(&bed, "m:1", "version", "{}");
    states_run(&bed, "m:live", "alias", "{}");
    CHECK_NAMES(list(&bed, "m", ""), "alias version bare");
    CHECK_NAMES(list(&bed, "m:1", ""), "alias version");
    CHECK_NAMES(list(&bed, "m:live", ""), "alias");
    Json *told = states_told(&bed, "m:alias");
    CHECK_TEXT(told, "stateMachineArn", MACHINE "m");
    CHECK_TEXT(told, "stateMachineVersionArn", MACHINE "m:1");
    CHECK_TEXT(told, "stateMachineAliasArn", MACHINE "m:live");
    CHECK_TEXT(list(&bed, "m:1", ""), "executions.1.stateMachineVersionArn", MACHINE "m:1");
    CHECK_TEXT(list(&bed, "m:1", ""), "executions.1.stateMachineAliasArn", "(none)");
    list(&bed, "m:2", "");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", MACHINE "m:2");
    bed_close(&bed);
}

/* A page that is not full says where to go on. */
TEST(test_states_list_executions_looks_at_so_many)
{
    Bed bed;
    bed_open(&bed, &states_service, 6);
    states_machine(&bed, "m", PASS);
    CHECK(bed_call(&bed, "PublishStateMachineVersion", "{'stateMachineArn': '" MACHINE "m'}"));
    states_run(&bed, "m:1", "first", "{}");
    for (int i = 0; i < STATES_LOOKED_AT_MAX; i++) {
        CHECK(bed_call(&bed, "StartExecution", "{'stateMachineArn': '" MACHINE "m'}"));
        if (i % 100 == 0) bed_forget(&bed);
    }
    Json *page = list(&bed, "m:1", "");
    CHECK_NAMES(page, "");
    CHECK_NAMES(bed_call(&bed, "ListExecutions", "{'stateMachineArn': '" MACHINE "m:1', 'nextToken': '%.*s'}", STR_ARG(json_get_str(page, STR("nextToken")))),
                "first");
    bed_close(&bed);
}

TEST(test_states_list_executions_refusals)
{
    Bed bed;
    bed_open(&bed, &states_service, 7);
    states_machine(&bed, "m", PASS);
    bed_call(&bed, "ListExecutions", "{'stateMachineArn': 'invalid_state_machine_arn'}");
    CHECK_REFUSED(&bed, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: invalid_state_machine_arn'");
    list(&bed, "n", "");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "State Machine Does Not Exist: '" MACHINE "n'");
    list(&bed, "m", ", 'statusFilter': 'succeeded'");
    CHECK_REFUSED(&bed, "ValidationException",
                  "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: "
                  "[SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]");
    list(&bed, "m", ", 'maxResults': 1001");
    CHECK_REFUSED(&bed, "ValidationException",
                  "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000");
    char *token = arena_alloc_bytes(&bed.arena, 3098);
    memset(token, 'x', 3097);
    token[3097] = 0;
    bed_call(&bed, "ListExecutions", "{'stateMachineArn': '" MACHINE "m', 'nextToken': '%s'}", token);
    CHECK_REFUSED(&bed, "ValidationException", "at 'nextToken' failed to satisfy constraint: Member must have length less than or equal to 3096");
    list(&bed, "m", ", 'nextToken': 'x'");
    CHECK_REFUSED(&bed, "InvalidToken", "Invalid Token: 'Invalid token'");
    list(&bed, "m", ", 'redriveFilter': 'REDRIVEN'");
    CHECK_REFUSED(&bed, "ValidationException", "redriveFilter");
    list(&bed, "m", ", 'mapRunArn': '" STATES_ARN("mapRun") "m/L:x'");
    CHECK_REFUSED(&bed, "ValidationException", "Only one of");
    bed_call(&bed, "ListExecutions", "{}");
    CHECK_REFUSED(&bed, "ValidationException", "must be specified");
    states_machine_of_type(&bed, "x", "EXPRESS", PASS);
    list(&bed, "x", "");
    CHECK_REFUSED(&bed, "StateMachineTypeNotSupported", "");
    bed_close(&bed);
}
