/* states_map_runs_test.c -- distributed Map: runs, their children, their limits, their results. */
#include "tests/unit/services/states_bed.h"

#define MAP_OF(type, fields, states) \
    "{'StartAt': 'M', 'States': {'M': {'Type': 'Map', 'Label': 'L', 'End': true, " fields \
    "'ItemProcessor': {'ProcessorConfig': {'Mode': 'DISTRIBUTED', 'ExecutionType': '" type "'}, 'StartAt': 'P', 'States': {" states "}}}}}"
#define DISTRIBUTED(fields, states) MAP_OF("STANDARD", fields, states)
#define PASS                        "'P': {'Type': 'Pass', 'End': true}"
#define WAIT                        "'P': {'Type': 'Wait', 'Seconds': 10, 'End': true}"
/* Fails for 'bad', ends for the rest. */
#define CHOICE \
    "'P': {'Type': 'Choice', 'Choices': [{'Variable': '$', 'StringEquals': 'bad', 'Next': 'F'}], 'Default': 'S'}, " \
    "'F': {'Type': 'Fail', 'Error': 'E', 'Cause': 'C'}, 'S': {'Type': 'Succeed'}"
/* The same after a while that the item names. */
#define LATER \
    "'P': {'Type': 'Wait', 'SecondsPath': '$.s', 'Next': 'Q'}, " \
    "'Q': {'Type': 'Choice', 'Choices': [{'Variable': '$.bad', 'IsPresent': true, 'Next': 'F'}], 'Default': 'S'}, " \
    "'F': {'Type': 'Fail', 'Error': 'E', 'Cause': 'C'}, 'S': {'Type': 'Succeed'}"
#define EXECUTION STATES_ARN("execution")

static Str run_arn(Bed *bed, const char *execution)
{
    Json *runs = bed_call(bed, "ListMapRuns", "{'executionArn': '" EXECUTION "%s'}", execution);
    return str_copy(&bed->arena, bed_text(runs, "mapRuns.0.mapRunArn"));
}

static Json *run_of(Bed *bed, const char *execution)
{
    return bed_call(bed, "DescribeMapRun", "{'mapRunArn': '%.*s'}", STR_ARG(run_arn(bed, execution)));
}

static Json *children(Bed *bed, const char *execution, const char *more)
{
    return bed_call(bed, "ListExecutions", "{'mapRunArn': '%.*s'%s}", STR_ARG(run_arn(bed, execution)), more);
}

/* "pending running succeeded failed timedOut aborted total resultsWritten" */
static Str counts(const Json *run, const char *of)
{
    static const char *const names[] = { "pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten" };
    static char text[200];
    int         length = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int64_t count = -1;
        json_get_int(json_get(run, str_from_c(of)), str_from_c(names[i]), &count);
        length += snprintf(text + length, sizeof text - (size_t)length, i ? " %d" : "%d", (int)count);
    }
    return str_from_c(text);
}

#define CHECK_COUNTS(run, of, expected) CHECK_STR(counts((run), (of)), STR(expected))

TEST(test_states_map_run)
{
    Bed bed;
    bed_open(&bed, &states_service, 1);
    states_machine(&bed, "m", DISTRIBUTED("'MaxConcurrency': 2, 'ItemsPath': '$.items', ", PASS));
    states_run(&bed, "m", "e", "{'items': [1, {'a' : 2}, 'three']}");
    CHECK_TEXT(states_told(&bed, "m:e"), "output", "[1,{\"a\":2},\"three\"]");
    CHECK_STR(states_types(&bed, "m:e"), STR("ExecutionStarted MapStateEntered MapStateStarted MapRunStarted MapRunSucceeded "
                                             "MapStateSucceeded MapStateExited ExecutionSucceeded"));
    Json *run = run_of(&bed, "m:e");
    CHECK_TEXT(run, "executionArn", EXECUTION "m:e");
    CHECK_TEXT(run, "status", "SUCCEEDED");
    CHECK_TEXT(run, "maxConcurrency", "2");
    CHECK_TEXT(run, "toleratedFailurePercentage", "0");
    CHECK_TEXT(run, "toleratedFailureCount", "0");
    CHECK_TEXT(run, "startDate", "1767225600");
    CHECK_TEXT(run, "stopDate", "1767225600");
    CHECK_TEXT(run, "redriveCount", "(none)");
    CHECK_COUNTS(run, "itemCounts", "0 0 3 0 0 0 3 3");
    CHECK_COUNTS(run, "executionCounts", "0 0 3 0 0 0 3 3");
    Json *runs = bed_call(&bed, "ListMapRuns", "{'executionArn': '" EXECUTION "m:e'}");
    CHECK_TEXT(runs, "mapRuns.0.stateMachineArn", STATES_ARN("stateMachine") "m/L");
    CHECK_TEXT(runs, "mapRuns.0.executionArn", EXECUTION "m:e");
    CHECK_TEXT(runs, "nextToken", "(none)");
    bed_close(&bed);
}

TEST(test_states_map_run_children)
{
    Bed bed;
    bed_open(&bed, &states_service, 2);
    states_machine(&bed, "m", DISTRIBUTED("", PASS));
    states_run(&bed, "m", "e", "['x', 'y']");
    Json *list = children(&bed, "m:e", "");
    CHECK_INT(json_get(list, STR("executions"))->count, 2);
    CHECK_TEXT(list, "executions.0.stateMachineArn", STATES_ARN("stateMachine") "m/L");
    CHECK_TEXT(list, "executions.0.itemCount", "1");
    CHECK_STR(bed_text(list, "executions.0.mapRunArn"), run_arn(&bed, "m:e"));
    Str   arn = str_copy(&bed.arena, bed_text(list, "executions.0.executionArn"));
    Json *told = bed_call(&bed, "DescribeExecution", "{'executionArn': '%.*s'}", STR_ARG(arn));
    CHECK(str_starts_with(arn, STR(EXECUTION "m/L:")));
    CHECK_TEXT(told, "input", "\"y\"");
    CHECK_STR(bed_text(told, "mapRunArn"), run_arn(&bed, "m:e"));
    Json *machine = bed_call(&bed, "DescribeStateMachineForExecution", "{'executionArn': '%.*s'}", STR_ARG(arn));
    CHECK_TEXT(machine, "stateMachineArn", STATES_ARN("stateMachine") "m/L");
    CHECK_TEXT(machine, "label", "L");
    CHECK_STR(bed_text(machine, "mapRunArn"), run_arn(&bed, "m:e"));
    CHECK_TEXT(machine, "definition", "{\"ProcessorConfig\": {\"Mode\": \"DISTRIBUTED\", \"ExecutionType\": \"STANDARD\"}, \"StartAt\": \"P\", "
                                      "\"States\": {\"P\": {\"Type\": \"Pass\", \"End\": true}}}");
    /* the machine's own list has its own executions only */
    list = bed_call(&bed, "ListExecutions", "{'stateMachineArn': '" STATES_ARN("stateMachine") "m'}");
    CHECK_INT(json_get(list, STR("executions"))->count, 1);
    bed_close(&bed);
}

TEST(test_states_map_run_no_items)
{
    Bed bed;
    bed_open(&bed, &states_service, 3);
    states_machine(&bed, "m", DISTRIBUTED("", PASS));
    states_run(&bed, "m", "e", "[]");
    CHECK_TEXT(states_told(&bed, "m:e"), "output", "[]");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 0 0 0 0 0 0 0");
    bed_close(&bed);
}

/* Never more at a time than allowed, results in the order of items whatever the order of ends, and a crash in between. */
TEST(test_states_map_run_concurrency)
{
    Bed bed;
    bed_open(&bed, &states_service, 4);
    states_machine(&bed, "m", DISTRIBUTED("'MaxConcurrency': 3, ", LATER));
    states_run(&bed, "m", "e", "[{'s': 50, 'i': 0}, {'s': 1, 'i': 1}, {'s': 9, 'i': 2}, {'s': 5, 'i': 3}, {'s': 30, 'i': 4}, {'s': 1, 'i': 5}]");
    CHECK_COUNTS(run_of(&bed, "m:e"), "executionCounts", "3 3 0 0 0 0 6 0");
    bed_advance(&bed, DURATION_SECOND);
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "2 3 1 0 0 0 6 1");
    bed_restart(&bed, true);
    CHECK_STATUS(&bed, "m:e", "RUNNING");
    bed_advance(&bed, 9 * DURATION_SECOND);
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 2 4 0 0 0 6 4");
    bed_restart(&bed, true);
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 0 6 0 0 0 6 6");
    CHECK_TEXT(states_told(&bed, "m:e"), "output",
               "[{\"s\":50,\"i\":0},{\"s\":1,\"i\":1},{\"s\":9,\"i\":2},{\"s\":5,\"i\":3},{\"s\":30,\"i\":4},{\"s\":1,\"i\":5}]");
    bed_close(&bed);
}

static const char *many_items(Bed *bed, int count)
{
    char *text = arena_alloc_bytes(&bed->arena, (size_t)count * 8 + 3), *at = text;
    *at++ = '[';
    for (int i = 0; i < count; i++) at += snprintf(at, 9, "%s%d", i ? "," : "", i);
    snprintf(at, 2, "]");
    return text;
}

TEST(test_states_map_run_many_items)
{
    Bed bed;
    bed_open(&bed, &states_service, 5);
    states_machine(&bed, "m", DISTRIBUTED("", PASS));
    const char *items = many_items(&bed, 5000);
    states_run(&bed, "m", "e", items);
    CHECK_STR(bed_text(states_told(&bed, "m:e"), "output"), str_from_c(items));
    CHECK_COUNTS(run_of(&bed, "m:e"), "executionCounts", "0 0 5000 0 0 0 5000 5000");
    states_machine(&bed, "w", DISTRIBUTED("", WAIT));
    states_run(&bed, "w", "e", items);
    CHECK_COUNTS(run_of(&bed, "w:e"), "executionCounts", "4000 1000 0 0 0 0 5000 0");
    bed_advance(&bed, 30 * DURATION_SECOND);
    CHECK_COUNTS(run_of(&bed, "w:e"), "executionCounts", "1000 1000 3000 0 0 0 5000 3000");
    bed_advance(&bed, 30 * DURATION_SECOND);
    CHECK_STR(bed_text(states_told(&bed, "w:e"), "output"), str_from_c(items));
    bed_close(&bed);
}

TEST(test_states_map_run_batches)
{
    Bed bed;
    bed_open(&bed, &states_service, 6);
    states_machine(&bed, "m", DISTRIBUTED("'ItemBatcher': {'MaxItemsPerBatch': 2, 'BatchInput': {'k': 1}}, ", PASS));
    states_run(&bed, "m", "e", "[1, 2, 3]");
    CHECK_TEXT(states_told(&bed, "m:e"), "output",
               "[{\"BatchInput\":{\"k\":1},\"Items\":[1,2]},{\"BatchInput\":{\"k\":1},\"Items\":[3]}]");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 0 3 0 0 0 3 3");
    CHECK_COUNTS(run_of(&bed, "m:e"), "executionCounts", "0 0 2 0 0 0 2 2");
    CHECK_TEXT(children(&bed, "m:e", ""), "executions.1.itemCount", "2");
    bed_close(&bed);
}

TEST(test_states_map_run_selector)
{
    Bed bed;
    bed_open(&bed, &states_service, 7);
    states_machine(&bed, "m", DISTRIBUTED("'ItemsPath': '$.of', 'ItemSelector': {'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value', 'all.$': '$.x'}, ", PASS));
    states_run(&bed, "m", "e", "{'of': ['a', 'b'], 'x': 7}");
    CHECK_TEXT(states_told(&bed, "m:e"), "output", "[{\"all\":7,\"v\":\"a\",\"i\":0},{\"all\":7,\"v\":\"b\",\"i\":1}]");
    states_machine(&bed, "n", DISTRIBUTED("'ItemsPath': '$.of', 'ItemSelector': {'v.$': '$$.Map.Item.Value.no'}, ", PASS));
    states_run(&bed, "n", "e", "{'of': ['a', 'b']}");
    CHECK_STATUS(&bed, "n:e", "FAILED");
    CHECK_TEXT(run_of(&bed, "n:e"), "status", "FAILED");
    CHECK_COUNTS(run_of(&bed, "n:e"), "itemCounts", "2 0 0 0 0 0 2 0");
    bed_close(&bed);
}

/* A child's child: its machine is named after both Maps. */
TEST(test_states_map_run_nested)
{
    Bed bed;
    bed_open(&bed, &states_service, 8);
    states_machine(&bed, "m",
                   DISTRIBUTED("", "'P': {'Type': 'Map', 'Label': 'K', 'End': true, 'ItemProcessor': {'ProcessorConfig': {'Mode': 'DISTRIBUTED', "
                                   "'ExecutionType': 'STANDARD'}, 'StartAt': 'Q', 'States': {'Q': {'Type': 'Pass', 'Parameters': {'n.$': "
                                   "'$$.StateMachine.Name', 'i.$': '$$.StateMachine.Id', 'v.$': '$'}, 'End': true}}}}"));
    states_run(&bed, "m", "e", "[[1], []]");
    CHECK_TEXT(states_told(&bed, "m:e"), "output",
               "[[{\"v\":1,\"i\":\"" STATES_ARN("stateMachine") "m/L/K\",\"n\":\"m/L/K\"}],[]]");
    Str   child = str_copy(&bed.arena, bed_text(children(&bed, "m:e", ""), "executions.1.executionArn"));
    Json *runs = bed_call(&bed, "ListMapRuns", "{'executionArn': '%.*s'}", STR_ARG(child));
    Json *list = bed_call(&bed, "ListExecutions", "{'mapRunArn': '%.*s'}", STR_ARG(json_get_str(json_get(runs, STR("mapRuns"))->items[0], STR("mapRunArn"))));
    child = str_copy(&bed.arena, bed_text(list, "executions.0.executionArn"));
    CHECK(str_starts_with(child, STR(EXECUTION "m/L/K:")));
    Json *machine = bed_call(&bed, "DescribeStateMachineForExecution", "{'executionArn': '%.*s'}", STR_ARG(child));
    CHECK_TEXT(machine, "name", "m/L/K");
    CHECK(str_find(json_get_str(machine, STR("definition")), STR("\"StartAt\": \"Q\""), &(size_t){ 0 }));
    bed_close(&bed);
}

/* ---- failures ---- */

TEST(test_states_map_run_fails)
{
    Bed bed;
    bed_open(&bed, &states_service, 10);
    states_machine(&bed, "m", DISTRIBUTED("", LATER));
    states_run(&bed, "m", "e", "[{'s': 1}, {'s': 2, 'bad': 1}, {'s': 3}]");
    bed_advance(&bed, 2 * DURATION_SECOND);
    Json *told = states_told(&bed, "m:e");
    CHECK_TEXT(told, "status", "FAILED");
    CHECK_TEXT(told, "error", "States.ExceedToleratedFailureThreshold");
    CHECK_TEXT(told, "cause", "The specified tolerated failure threshold was exceeded");
    CHECK_STR(states_types(&bed, "m:e"), STR("ExecutionStarted MapStateEntered MapStateStarted MapRunStarted MapRunFailed MapStateFailed ExecutionFailed"));
    Json *run = run_of(&bed, "m:e");
    CHECK_TEXT(run, "status", "FAILED");
    CHECK_COUNTS(run, "itemCounts", "0 0 1 1 0 1 3 1");
    Json *list = children(&bed, "m:e", ", 'statusFilter': 'ABORTED'");
    CHECK_INT(json_get(list, STR("executions"))->count, 1);
    bed_close(&bed);
}

TEST(test_states_map_run_tolerates)
{
    Bed bed;
    bed_open(&bed, &states_service, 11);
    states_machine(&bed, "count", DISTRIBUTED("'ToleratedFailureCount': 1, ", CHOICE));
    states_run(&bed, "count", "fine", "['a', 'bad', 'c']");
    Json *told = states_told(&bed, "count:fine");
    CHECK_TEXT(told, "status", "SUCCEEDED");
    Json *results;
    CHECK_OK(json_parse(&bed.arena, json_get_str(told, STR("output")), NULL, &results));
    CHECK_TEXT(results, "0", "a");
    CHECK_TEXT(results, "1.Status", "FAILED");
    CHECK_TEXT(results, "1.Error", "E");
    CHECK_TEXT(results, "1.Cause", "C");
    CHECK_TEXT(results, "1.Input", "\"bad\"");
    CHECK_TEXT(results, "1.RedriveStatus", "REDRIVABLE_BY_MAP_RUN");
    CHECK_TEXT(results, "1.StartDate", "2026-01-01T00:00:00.000Z");
    CHECK_TEXT(results, "2", "c");
    CHECK_TEXT(run_of(&bed, "count:fine"), "toleratedFailureCount", "1");
    states_run(&bed, "count", "not", "['bad', 'bad', 'c']");
    CHECK_STATUS(&bed, "count:not", "FAILED");
    states_machine(&bed, "percent", DISTRIBUTED("'ToleratedFailurePercentage': 50, ", CHOICE));
    states_run(&bed, "percent", "fine", "['bad', 'bad', 'c', 'd']");
    CHECK_STATUS(&bed, "percent:fine", "SUCCEEDED");
    CHECK_TEXT(run_of(&bed, "percent:fine"), "toleratedFailurePercentage", "50");
    CHECK_COUNTS(run_of(&bed, "percent:fine"), "executionCounts", "0 0 2 2 0 0 4 2");
    states_run(&bed, "percent", "not", "['bad', 'bad', 'c']");
    CHECK_STATUS(&bed, "percent:not", "FAILED");
    bed_close(&bed);
}

TEST(test_states_map_run_caught)
{
    Bed bed;
    bed_open(&bed, &states_service, 12);
    states_machine(&bed, "m", DISTRIBUTED("'Retry': [{'ErrorEquals': ['States.ALL'], 'MaxAttempts': 1, 'IntervalSeconds': 5}], ", CHOICE));
    states_run(&bed, "m", "e", "['bad']");
    CHECK_STATUS(&bed, "m:e", "RUNNING");
    bed_advance(&bed, 5 * DURATION_SECOND);
    CHECK_STATUS(&bed, "m:e", "FAILED");
    Json *runs = bed_call(&bed, "ListMapRuns", "{'executionArn': '" EXECUTION "m:e'}");
    CHECK_INT(json_get(runs, STR("mapRuns"))->count, 2);
    Str first = str_copy(&bed.arena, bed_text(runs, "mapRuns.0.mapRunArn"));
    CHECK(!str_equal(first, bed_text(runs, "mapRuns.1.mapRunArn")));
    Json *page = bed_call(&bed, "ListMapRuns", "{'executionArn': '" EXECUTION "m:e', 'maxResults': 1}");
    page = bed_call(&bed, "ListMapRuns", "{'executionArn': '" EXECUTION "m:e', 'maxResults': 1, 'nextToken': '%.*s'}",
                    STR_ARG(json_get_str(page, STR("nextToken"))));
    CHECK_TEXT(page, "mapRuns.0.startDate", "1767225605");
    CHECK_TEXT(page, "nextToken", "(none)");
    bed_close(&bed);
}

/* When nobody waits for it any more, its children are stopped. */
TEST(test_states_map_run_stopped)
{
    Bed bed;
    bed_open(&bed, &states_service, 13);
    states_machine(&bed, "m", DISTRIBUTED("'MaxConcurrency': 2, ", WAIT));
    states_run(&bed, "m", "e", "[1, 2, 3]");
    bed_restart(&bed, true);
    CHECK(bed_call(&bed, "StopExecution", "{'executionArn': '" EXECUTION "m:e'}"));
    Json *run = run_of(&bed, "m:e");
    CHECK_TEXT(run, "status", "ABORTED");
    CHECK_COUNTS(run, "itemCounts", "1 0 0 0 0 2 3 0");
    CHECK_INT(json_get(children(&bed, "m:e", ", 'statusFilter': 'ABORTED'"), STR("executions"))->count, 2);
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "1 0 0 0 0 2 3 0");
    states_machine_of_type(&bed, "x", "STANDARD", MAP_OF("EXPRESS", "", WAIT));
    states_run(&bed, "x", "e", "[1, 2, 3]");
    CHECK_COUNTS(run_of(&bed, "x:e"), "itemCounts", "0 3 0 0 0 0 3 0");
    CHECK(bed_call(&bed, "StopExecution", "{'executionArn': '" EXECUTION "x:e'}"));
    CHECK_COUNTS(run_of(&bed, "x:e"), "itemCounts", "0 0 0 0 0 3 3 0");
    bed_close(&bed);
}

/* A child that somebody stops has not succeeded. */
TEST(test_states_map_run_child_stopped)
{
    Bed bed;
    bed_open(&bed, &states_service, 14);
    states_machine(&bed, "m", DISTRIBUTED("", WAIT));
    states_run(&bed, "m", "e", "[1, 2]");
    Str arn = str_copy(&bed.arena, bed_text(children(&bed, "m:e", ""), "executions.0.executionArn"));
    CHECK(bed_call(&bed, "StopExecution", "{'executionArn': '%.*s'}", STR_ARG(arn)));
    CHECK_STATUS(&bed, "m:e", "FAILED");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 0 0 0 0 2 2 0");
    bed_close(&bed);
}

TEST(test_states_map_run_without_objects)
{
    Bed bed;
    bed_open(&bed, &states_service, 15);
    states_machine(&bed, "r", DISTRIBUTED("'ItemReader': {'Resource': 'arn:aws:states:::s3:getObject', 'Parameters': {'Bucket': 'b', 'Key': 'k'}, "
                                          "'ReaderConfig': {'InputType': 'JSON'}}, ", PASS));
    states_run(&bed, "r", "e", "{}");
    Json *told = states_told(&bed, "r:e");
    CHECK_TEXT(told, "error", "States.ItemReaderFailed");
    CHECK_TEXT(told, "cause", "The items cannot be read by 'arn:aws:states:::s3:getObject': there is no object store in this server.");
    CHECK_TEXT(run_of(&bed, "r:e"), "status", "FAILED");
    CHECK_COUNTS(run_of(&bed, "r:e"), "itemCounts", "0 0 0 0 0 0 0 0");
    states_machine(&bed, "w", DISTRIBUTED("'ResultWriter': {'Resource': 'arn:aws:states:::s3:putObject', 'Parameters': {'Bucket': 'b', 'Prefix': 'p'}}, ", PASS));
    states_run(&bed, "w", "e", "[1]");
    told = states_told(&bed, "w:e");
    CHECK_TEXT(told, "error", "States.ResultWriterFailed");
    CHECK_TEXT(told, "cause", "The results cannot be written by 'arn:aws:states:::s3:putObject': there is no object store in this server.");
    bed_close(&bed);
}

/* ---- results ---- */

TEST(test_states_map_run_transformations)
{
    Bed bed;
    bed_open(&bed, &states_service, 20);
    states_machine(&bed, "flat", DISTRIBUTED("'ResultWriter': {'WriterConfig': {'Transformation': 'FLATTEN', 'OutputType': 'JSON'}}, ", PASS));
    states_run(&bed, "flat", "e", "[[1, [2]], [], 3, [{'a': 4}]]");
    CHECK_TEXT(states_told(&bed, "flat:e"), "output", "[1,[2],3,{\"a\":4}]");
    states_machine(&bed, "lines", DISTRIBUTED("'ResultWriter': {'WriterConfig': {'Transformation': 'COMPACT', 'OutputType': 'JSONL'}}, ", PASS));
    states_run(&bed, "lines", "e", "[1, {'a': 2}]");
    CHECK_TEXT(states_told(&bed, "lines:e"), "output", "\"1\\n{\\\"a\\\":2}\"");
    static const char *const types[] = { "none", "express" };
    for (int i = 0; i < 2; i++) {
        static const char *const definitions[] = {
            MAP_OF("STANDARD", "'ResultWriter': {'WriterConfig': {'Transformation': 'NONE', 'OutputType': 'JSON'}}, ", PASS),
            MAP_OF("EXPRESS", "'ResultWriter': {'WriterConfig': {'Transformation': 'NONE', 'OutputType': 'JSON'}}, ", PASS),
        };
        Json *results;
        states_machine(&bed, types[i], definitions[i]);
        states_run(&bed, types[i], "e", "[1, 2]");
        Json *told = states_told(&bed, i ? "express:e" : "none:e");
        CHECK_OK(json_parse(&bed.arena, json_get_str(told, STR("output")), NULL, &results));
        CHECK_INT(results->count, 2);
        CHECK_TEXT(results, "1.Input", "2");
        CHECK_TEXT(results, "1.Output", "2");
        CHECK_TEXT(results, "1.Status", "SUCCEEDED");
        CHECK_TEXT(results, "1.RedriveStatus", "NOT_REDRIVABLE");
        CHECK_TEXT(results, "1.RedriveStatusReason", "Execution is SUCCEEDED and cannot be redriven");
    }
    bed_close(&bed);
}

TEST(test_states_map_run_too_large)
{
    Bed   bed;
    char *item = NULL;
    bed_open(&bed, &states_service, 21);
    states_machine(&bed, "m", DISTRIBUTED("'ItemSelector': {'i.$': '$$.Map.Item.Value', 'x.$': '$[0]'}, 'ResultPath': null, ", PASS));
    item = arena_alloc_bytes(&bed.arena, 60100);
    memset(item, 'x', 60100);
    memcpy(item, "['", 2);
    snprintf(item + 60000, 50, "', 1, 2, 3, 4]");
    states_run(&bed, "m", "e", item);
    Json *told = states_told(&bed, "m:e");
    CHECK_TEXT(told, "error", "States.DataLimitExceeded");
    CHECK_TEXT(told, "cause", "The state/task 'M' returned a result with a size exceeding the maximum number of bytes service limit.");
    CHECK_TEXT(run_of(&bed, "m:e"), "status", "FAILED");
    bed_close(&bed);
}

/* ---- limits that change ---- */

static Json *update(Bed *bed, const char *execution, const char *what)
{
    return bed_call(bed, "UpdateMapRun", "{'mapRunArn': '%.*s'%s}", STR_ARG(run_arn(bed, execution)), what);
}

TEST(test_states_update_map_run)
{
    Bed bed;
    bed_open(&bed, &states_service, 30);
    states_machine(&bed, "m", DISTRIBUTED("'MaxConcurrency': 1, 'ToleratedFailureCount': 1, ", LATER));
    states_run(&bed, "m", "e", "[{'s': 1, 'bad': 1}, {'s': 10}, {'s': 10}, {'s': 10}]");
    bed_advance(&bed, 2 * DURATION_SECOND);
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "2 1 0 1 0 0 4 0");
    CHECK(update(&bed, "m:e", ", 'maxConcurrency': 2"));
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "1 2 0 1 0 0 4 0");
    CHECK(update(&bed, "m:e", ", 'maxConcurrency': 0, 'toleratedFailurePercentage': 12.5"));
    CHECK_STATUS(&bed, "m:e", "FAILED");
    Json *run = run_of(&bed, "m:e");
    CHECK_TEXT(run, "toleratedFailurePercentage", "12.5");
    CHECK_TEXT(run, "maxConcurrency", "0");
    update(&bed, "m:e", ", 'maxConcurrency': 1");
    CHECK_REFUSED(&bed, "ValidationException", "not in progress");
    update(&bed, "m:e", ", 'toleratedFailurePercentage': 100.5");
    CHECK_REFUSED(&bed, "ValidationException", "Value '100.5' at 'toleratedFailurePercentage' failed to satisfy constraint: Member must have value less than or equal to 100");
    update(&bed, "m:e", ", 'toleratedFailurePercentage': -1");
    CHECK_REFUSED(&bed, "ValidationException", "greater than or equal to 0");
    update(&bed, "m:e", ", 'maxConcurrency': -1");
    CHECK_REFUSED(&bed, "ValidationException", "at 'maxConcurrency'");
    bed_close(&bed);
}

TEST(test_states_map_run_refusals)
{
    Bed bed;
    bed_open(&bed, &states_service, 31);
    static const char *const operations[] = { "DescribeMapRun", "UpdateMapRun", "ListExecutions" };
    for (size_t i = 0; i < 3; i++) {
        bed_call(&bed, operations[i], "{'mapRunArn': 'no'}");
        CHECK_REFUSED(&bed, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: no'");
        bed_call(&bed, operations[i], "{'mapRunArn': '" STATES_ARN("mapRun") "m/L:x'}");
        CHECK_REFUSED(&bed, "ResourceNotFound", "mapRun:m/L:x");
        bed_call(&bed, operations[i], "{'mapRunArn': '" STATES_ARN("execution") "m:e'}");
        CHECK_REFUSED(&bed, "InvalidArn", "Resource type not valid in this context: execution");
    }
    bed_call(&bed, "ListMapRuns", "{'executionArn': '" EXECUTION "m:e'}");
    CHECK_REFUSED(&bed, "ExecutionDoesNotExist", "");
    states_machine(&bed, "m", MAP_OF("EXPRESS", "", PASS));
    states_run(&bed, "m", "e", "[1]");
    children(&bed, "m:e", "");
    CHECK_REFUSED(&bed, "StateMachineTypeNotSupported", "");
    bed_close(&bed);
}

/* ---- redriven ---- */

/* What a child does is up to an activity, which fails what it is told to. */
#define WORK "'P': {'Type': 'Task', 'Resource': '" STATES_ARN("activity") "a', 'TimeoutSeconds': 100, 'End': true}"

static void answer_all(Bed *bed, const char *fail)
{
    for (;;) {
        Call *call = bed_start(bed, "GetActivityTask", "{'activityArn': '" STATES_ARN("activity") "a'}");
        if (!bed_answer(bed, call)) {
            bed_advance(bed, DURATION_MINUTE);
            bed_answer(bed, call);
            return;
        }
        Str  token = json_get_str(call->output, STR("taskToken"));
        bool bad = str_find(json_get_str(call->output, STR("input")), str_from_c(fail), &(size_t){ 0 });
        CHECK(bed_call(bed, bad ? "SendTaskFailure" : "SendTaskSuccess", bad ? "{'taskToken': '%.*s', 'error': 'E'}" : "{'taskToken': '%.*s', 'output': '0'}",
                       STR_ARG(token)));
    }
}

static void redrive(Bed *bed, const char *execution)
{
    CHECK(bed_call(bed, "RedriveExecution", "{'executionArn': '" EXECUTION "%s'}", execution));
}

TEST(test_states_map_run_redriven)
{
    Bed bed;
    bed_open(&bed, &states_service, 40);
    CHECK(bed_call(&bed, "CreateActivity", "{'name': 'a'}"));
    states_machine(&bed, "m", DISTRIBUTED("'MaxConcurrency': 2, ", WORK));
    states_run(&bed, "m", "e", "['one', 'bad', 'three', 'four']");
    Str arn = run_arn(&bed, "m:e");
    answer_all(&bed, "bad");
    CHECK_STATUS(&bed, "m:e", "FAILED");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "1 0 1 1 0 1 4 1");
    bed_restart(&bed, true);
    redrive(&bed, "m:e");
    Json *run = run_of(&bed, "m:e");
    CHECK_STR(run_arn(&bed, "m:e"), arn);
    CHECK_TEXT(run, "status", "RUNNING");
    CHECK_TEXT(run, "redriveCount", "1");
    CHECK_TEXT(run, "redriveDate", "1767225660");
    CHECK_TEXT(run, "stopDate", "(none)");
    CHECK_COUNTS(run, "itemCounts", "1 2 1 0 0 0 4 1");
    CHECK_TEXT(run, "itemCounts.pendingRedrive", "0");
    bed_restart(&bed, true);
    answer_all(&bed, "nothing");
    CHECK_STATUS(&bed, "m:e", "SUCCEEDED");
    CHECK_TEXT(states_told(&bed, "m:e"), "output", "[0,0,0,0]");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 0 4 0 0 0 4 4");
    CHECK_STR(states_types(&bed, "m:e"),
              STR("ExecutionStarted MapStateEntered MapStateStarted MapRunStarted MapRunFailed MapStateFailed ExecutionFailed ExecutionRedriven "
                  "MapRunRedriven MapRunSucceeded MapStateSucceeded MapStateExited ExecutionSucceeded"));
    Json *redriven = children(&bed, "m:e", ", 'redriveFilter': 'REDRIVEN'");
    CHECK_INT(json_get(redriven, STR("executions"))->count, 2);
    CHECK_TEXT(redriven, "executions.0.redriveCount", "1");
    CHECK_INT(json_get(children(&bed, "m:e", ", 'redriveFilter': 'NOT_REDRIVEN'"), STR("executions"))->count, 2);
    bed_close(&bed);
}

/* Those that have failed wait for their turn. */
TEST(test_states_map_run_pending_redrive)
{
    Bed bed;
    bed_open(&bed, &states_service, 41);
    CHECK(bed_call(&bed, "CreateActivity", "{'name': 'a'}"));
    states_machine(&bed, "m", DISTRIBUTED("", WORK));
    states_run(&bed, "m", "e", "['bad', 'b', 'c', 'd']");
    answer_all(&bed, "bad");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 0 0 1 0 3 4 0");
    redrive(&bed, "m:e");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 4 0 0 0 0 4 0");
    CHECK(bed_call(&bed, "StopExecution", "{'executionArn': '" EXECUTION "m:e'}"));
    CHECK_TEXT(run_of(&bed, "m:e"), "status", "ABORTED");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 0 0 0 0 4 4 0");
    redrive(&bed, "m:e");
    CHECK(update(&bed, "m:e", ", 'maxConcurrency': 1"));
    CHECK(bed_call(&bed, "StopExecution", "{'executionArn': '" EXECUTION "m:e'}"));
    redrive(&bed, "m:e");
    Json *run = run_of(&bed, "m:e");
    CHECK_TEXT(run, "redriveCount", "3");
    CHECK_COUNTS(run, "executionCounts", "0 1 0 0 0 0 4 0");
    CHECK_TEXT(run, "executionCounts.pendingRedrive", "3");
    CHECK_INT(json_get(children(&bed, "m:e", ", 'statusFilter': 'PENDING_REDRIVE'"), STR("executions"))->count, 3);
    CHECK_INT(json_get(children(&bed, "m:e", ", 'statusFilter': 'ABORTED'"), STR("executions"))->count, 0);
    answer_all(&bed, "nothing");
    CHECK_TEXT(states_told(&bed, "m:e"), "output", "[0,0,0,0]");
    bed_close(&bed);
}

TEST(test_states_map_run_express_redriven)
{
    Bed bed;
    bed_open(&bed, &states_service, 42);
    states_machine(&bed, "m", MAP_OF("EXPRESS", "'MaxConcurrency': 1, 'ItemSelector': {'v.$': '$$.Map.Item.Value'}, ",
                                     "'P': {'Type': 'Wait', 'Seconds': 10, 'End': true}"));
    states_run(&bed, "m", "e", "['a', 'b', 'c']");
    bed_advance(&bed, 15 * DURATION_SECOND);
    CHECK(bed_call(&bed, "StopExecution", "{'executionArn': '" EXECUTION "m:e'}"));
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "1 0 1 0 0 1 3 1");
    redrive(&bed, "m:e");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "1 1 1 0 0 0 3 1");
    bed_restart(&bed, true);
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_TEXT(states_told(&bed, "m:e"), "output", "[{\"v\":\"a\"},{\"v\":\"b\"},{\"v\":\"c\"}]");
    CHECK_COUNTS(run_of(&bed, "m:e"), "itemCounts", "0 0 3 0 0 0 3 3");
    bed_close(&bed);
}

/* A run that could not read its items tries again. */
TEST(test_states_map_run_without_children_redriven)
{
    Bed bed;
    bed_open(&bed, &states_service, 43);
    states_machine(&bed, "r", DISTRIBUTED("'ItemReader': {'Resource': 'arn:aws:states:::s3:getObject', 'Parameters': {'Bucket': 'b', 'Key': 'k'}, "
                                          "'ReaderConfig': {'InputType': 'JSON'}}, ", PASS));
    states_run(&bed, "r", "e", "{}");
    redrive(&bed, "r:e");
    CHECK_TEXT(states_told(&bed, "r:e"), "error", "States.ItemReaderFailed");
    CHECK_TEXT(run_of(&bed, "r:e"), "redriveCount", "1");
    bed_close(&bed);
}
