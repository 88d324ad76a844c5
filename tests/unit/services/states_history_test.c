/* states_history_test.c -- GetExecutionHistory: pages both ways, with and without data, over many rows. */
#include "tests/unit/services/states_bed.h"

#define EXECUTION STATES_ARN("execution")
#define LOOP \
    "{'StartAt': 'A', 'States': {'A': {'Type': 'Wait', 'Seconds': 1, 'Next': 'B'}, 'B': {'Type': 'Choice', 'Choices': [{'Variable': '$$.State.EnteredTime', " \
    "'TimestampGreaterThan': '2026-01-01T00:00:%sZ', 'Next': 'C'}], 'Default': 'A'}, 'C': {'Type': 'Succeed'}}}"

static Json *history(Bed *bed, const char *execution, const char *more)
{
    return bed_call(bed, "GetExecutionHistory", "{'executionArn': '" EXECUTION "%s'%s}", execution, more);
}

TEST(test_states_history)
{
    Bed bed;
    bed_open(&bed, &states_service, 1);
    states_machine(&bed, "m", "{'StartAt': 'A', 'States': {'A': {'Type': 'Pass', 'Assign': {'x': 1}, 'Result': {'y': 2}, 'End': true}}}");
    states_run(&bed, "m", "e", "{ }");
    CHECK_WHOLE(&bed, history(&bed, "m:e", ""),
               "{\"events\":[{\"timestamp\":1767225600,\"type\":\"ExecutionStarted\",\"id\":1,\"previousEventId\":0,"
               "\"executionStartedEventDetails\":{\"input\":\"{ }\",\"inputDetails\":{\"truncated\":false},"
               "\"roleArn\":\"arn:aws:iam::000000000000:role/r\"}},"
               "{\"timestamp\":1767225600,\"type\":\"PassStateEntered\",\"id\":2,\"previousEventId\":0,"
               "\"stateEnteredEventDetails\":{\"name\":\"A\",\"input\":\"{ }\",\"inputDetails\":{\"truncated\":false}}},"
               "{\"timestamp\":1767225600,\"type\":\"PassStateExited\",\"id\":3,\"previousEventId\":2,"
               "\"stateExitedEventDetails\":{\"name\":\"A\",\"output\":\"{\\\"y\\\":2}\",\"outputDetails\":{\"truncated\":false},"
               "\"assignedVariables\":{\"x\":\"1\"},\"assignedVariablesDetails\":{\"truncated\":false}}},"
               "{\"timestamp\":1767225600,\"type\":\"ExecutionSucceeded\",\"id\":4,\"previousEventId\":3,"
               "\"executionSucceededEventDetails\":{\"output\":\"{\\\"y\\\":2}\",\"outputDetails\":{\"truncated\":false}}}]}");
    Json *bare = history(&bed, "m:e", ", 'includeExecutionData': false");
    CHECK_TEXT(bare, "events.2.stateExitedEventDetails",
               "{\"name\":\"A\",\"outputDetails\":{\"truncated\":true},\"assignedVariablesDetails\":{\"truncated\":true}}");
    bed_close(&bed);
}

/* All pages of some size, one after the other: "1 2 3 4 5". */
static Str walk(Bed *bed, const char *execution, int size, bool reverse)
{
    Str         ids = STR(""), token = STR("");
    const Json *event;
    for (;;) {
        const char *direction = reverse ? "true" : "false";
        Json       *page = token.length ? bed_call(bed, "GetExecutionHistory",
                                                   "{'executionArn': '" EXECUTION "%s', 'maxResults': %d, 'reverseOrder': %s, 'nextToken': '%.*s'}",
                                                   execution, size, direction, STR_ARG(token))
                                        : bed_call(bed, "GetExecutionHistory", "{'executionArn': '" EXECUTION "%s', 'maxResults': %d, 'reverseOrder': %s}",
                                                   execution, size, direction);
        if (!CHECK(page)) return ids;
        JSON_EACH_ITEM(json_get(page, STR("events")), event) {
            int64_t id = 0;
            json_get_int(event, STR("id"), &id);
            ids = str_format(&bed->arena, "%.*s%s%d", STR_ARG(ids), ids.length ? " " : "", (int)id);
        }
        token = str_copy(&bed->arena, json_get_str(page, STR("nextToken")));
        if (!token.length) return ids;
    }
}

static Str numbers(Bed *bed, int from, int to)
{
    Str text = STR("");
    for (int i = from; from < to ? i <= to : i >= to; i += from < to ? 1 : -1)
        text = str_format(&bed->arena, "%.*s%s%d", STR_ARG(text), text.length ? " " : "", i);
    return text;
}

/* A row of the history for each second. */
TEST(test_states_history_pages)
{
    Bed bed;
    bed_open(&bed, &states_service, 2);
    states_machine(&bed, "m", str_to_c(&bed.arena, str_format(&bed.arena, LOOP, "30")));
    states_run(&bed, "m", "e", "{}");
    bed_advance(&bed, 10 * DURATION_SECOND);
    CHECK_STR(walk(&bed, "m:e", 7, false), numbers(&bed, 1, 42));
    bed_advance(&bed, 50 * DURATION_SECOND);
    bed_restart(&bed, true);
    CHECK_STATUS(&bed, "m:e", "SUCCEEDED");
    static const int sizes[] = { 1, 2, 31, 32, 33, 100, 128, 1000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        CHECK_STR(walk(&bed, "m:e", sizes[i], false), numbers(&bed, 1, 128));
        CHECK_STR(walk(&bed, "m:e", sizes[i], true), numbers(&bed, 128, 1));
    }
    CHECK_INT(json_get(history(&bed, "m:e", ""), STR("events"))->count, 100);
    CHECK_INT(json_get(history(&bed, "m:e", ", 'maxResults': 0"), STR("events"))->count, 100);
    bed_close(&bed);
}

TEST(test_states_history_refusals)
{
    Bed bed;
    bed_open(&bed, &states_service, 3);
    history(&bed, "m:e", "");
    CHECK_REFUSED(&bed, "ExecutionDoesNotExist", "Execution Does Not Exist: '" EXECUTION "m:e'");
    bed_call(&bed, "GetExecutionHistory", "{'executionArn': 'invalid_state_machine_arn'}");
    CHECK_REFUSED(&bed, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: invalid_state_machine_arn'");
    states_machine(&bed, "m", "{'StartAt': 'A', 'States': {'A': {'Type': 'Succeed'}}}");
    states_run(&bed, "m", "e", "{}");
    history(&bed, "m:e", ", 'nextToken': 'x'");
    CHECK_REFUSED(&bed, "InvalidToken", "Invalid Token: 'Invalid token'");
    history(&bed, "m:e", ", 'maxResults': 1001");
    CHECK_REFUSED(&bed, "ValidationException", "at 'maxResults'");
    /* a token is good for its own direction */
    Str token = json_get_str(history(&bed, "m:e", ", 'maxResults': 1"), STR("nextToken"));
    CHECK(token.length);
    bed_call(&bed, "GetExecutionHistory", "{'executionArn': '" EXECUTION "m:e', 'reverseOrder': true, 'nextToken': '%.*s'}", STR_ARG(token));
    CHECK_REFUSED(&bed, "InvalidToken", "");
    bed_advance(&bed, DURATION_DAY);
    bed_call(&bed, "GetExecutionHistory", "{'executionArn': '" EXECUTION "m:e', 'nextToken': '%.*s'}", STR_ARG(token));
    CHECK_REFUSED(&bed, "InvalidToken", "");
    bed_close(&bed);
}

/* Pages of large events are shorter; nothing is lost. */
TEST(test_states_history_large_events)
{
    Bed   bed;
    char *input, *state;
    Str   definition = STR("");
    bed_open(&bed, &states_service, 4);
    for (int i = 0; i < 45; i++) {
        state = str_to_c(&bed.arena, str_format(&bed.arena, "'W%d': {'Type': 'Wait', 'Seconds': 1, 'Next': 'W%d'}, ", i, i + 1));
        definition = str_format(&bed.arena, "%.*s%s", STR_ARG(definition), state);
    }
    states_machine(&bed, "m", str_to_c(&bed.arena, str_format(&bed.arena, "{'StartAt': 'W0', 'States': {%.*s'W45': {'Type': 'Succeed'}}}", STR_ARG(definition))));
    input = arena_alloc_bytes(&bed.arena, 200003);
    memset(input, 'x', 200002);
    input[0] = input[200001] = '\'';
    input[200002] = 0;
    states_run(&bed, "m", "e", input);
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_STATUS(&bed, "m:e", "SUCCEEDED");
    CHECK_INT(json_get(history(&bed, "m:e", ""), STR("events"))->count, 84);
    CHECK_INT(json_get(history(&bed, "m:e", ", 'reverseOrder': true"), STR("events"))->count, 84);
    CHECK_INT(json_get(history(&bed, "m:e", ", 'includeExecutionData': false"), STR("events"))->count, 94);
    CHECK_STR(walk(&bed, "m:e", 1000, false), numbers(&bed, 1, 94));
    CHECK_STR(walk(&bed, "m:e", 1000, true), numbers(&bed, 94, 1));
    bed_close(&bed);
}
