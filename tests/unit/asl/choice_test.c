/* choice_test.c -- the rules of Choice states in the JSONPath language. */
#include "tests/unit/asl/scope_support.h"

#define RULE(operator, operand) "{\"Variable\":\"$.v\",\"" operator"\":" operand ",\"Next\":\"N\"}"
#define INVALID(path)           "failed: Invalid path '" path "': The choice state's condition path references an invalid value."

TEST(test_choice_compares_strings)
{
    static const TestCase3 cases[] = {
        { RULE("StringEquals", "\"a\""), "{\"v\":\"a\"}", "true" },
        { RULE("StringEquals", "\"1\""), "{\"v\":1}", "false" },
        { RULE("StringEqualsPath", "\"$.w\""), "{\"v\":\"a\",\"w\":\"a\"}", "true" },
        { RULE("StringEqualsPath", "\"$.w\""), "{\"v\":1,\"w\":1}", "false" },
        { RULE("StringLessThan", "\"b\""), "{\"v\":\"a\"}", "true" },
        { RULE("StringLessThan", "\"A\""), "{\"v\":\"AB\"}", "false" },
        { RULE("StringLessThanEquals", "\"a\""), "{\"v\":\"a\"}", "true" },
        { RULE("StringGreaterThan", "\"\""), "{\"v\":\"a\"}", "true" },
        { RULE("StringGreaterThan", "\"b\""), "{\"v\":10}", "false" },
        { RULE("StringGreaterThan", "\"\xef\xbf\xbd\""), "{\"v\":\"🚀\"}", "false" },
        { RULE("StringGreaterThanEqualsPath", "\"$count\""), "{\"v\":1}",
          "failed: Invalid value provided at path '$count'" },
        { RULE("StringGreaterThanEqualsPath", "\"$.w\""), "{\"v\":\"b\",\"w\":\"b\"}", "true" },
    };
    CHECK_CASES(test_answer_rule, cases);
}

TEST(test_choice_compares_numbers_exactly)
{
    static const TestCase3 cases[] = {
        { RULE("NumericEquals", "0"), "{\"v\":0.0}", "true" },
        { RULE("NumericEquals", "0"), "{\"v\":-0.0}", "true" },
        { RULE("NumericEquals", "3.5"), "{\"v\":3.50}", "true" },
        { RULE("NumericEquals", "42"), "{\"v\":\"42\"}", "false" },
        { RULE("NumericEquals", "1"), "{\"v\":true}", "false" },
        { RULE("NumericEquals", "9007199254740993"), "{\"v\":9007199254740992}", "false" },
        { RULE("NumericGreaterThan", "9007199254740992"), "{\"v\":9007199254740993}", "true" },
        { RULE("NumericLessThan", "9223372036854775807"), "{\"v\":9223372036854775806}", "true" },
        { RULE("NumericGreaterThan", "9223372036854775807"), "{\"v\":9223372036854775808.0}", "true" },
        { RULE("NumericLessThanEquals", "-1.25"), "{\"v\":-1.5}", "true" },
        { RULE("NumericGreaterThanEquals", "1e400"), "{\"v\":1}", "false" },
        { RULE("NumericEqualsPath", "\"$.w\""), "{\"v\":7,\"w\":{\"value\":7}}", "false" },
        { RULE("NumericEqualsPath", "\"$.w\""), "{\"v\":0,\"w\":\"0\"}", "false" },
        { RULE("NumericGreaterThanPath", "\"$.w\""), "{\"v\":7,\"w\":[6]}", "true" },
        { RULE("NumericGreaterThanPath", "\"$count\""), "{\"v\":null}", "false" },
        { RULE("NumericGreaterThanPath", "\"$count\""), "{\"v\":4}", "true" },
        { RULE("NumericLessThanEqualsPath", "\"$$.Execution.Input.n\""), "{\"v\":1}", "true" },
    };
    CHECK_CASES(test_answer_rule, cases);
}

TEST(test_choice_compares_timestamps_as_instants)
{
    static const TestCase3 cases[] = {
        { RULE("TimestampEquals", "\"2025-01-01T12:00:00Z\""), "{\"v\":\"2025-01-01T07:00:00.000-05:00\"}", "true" },
        { RULE("TimestampEquals", "\"2025-01-01T12:00:00.1Z\""), "{\"v\":\"2025-01-01T12:00:00.100000000Z\"}", "true" },
        { RULE("TimestampLessThan", "\"2025-01-01T12:00:00.123456789Z\""), "{\"v\":\"2025-01-01T12:00:00.123456788Z\"}",
          "true" },
        { RULE("TimestampGreaterThan", "\"2025-01-01T12:00:00.1234567Z\""), "{\"v\":\"2025-01-01T12:00:00.12345678Z\"}",
          "true" },
        { RULE("TimestampLessThan", "\"2025-01-02T00:00:00Z\""), "{\"v\":\"2025-01-01T23:59:59.999Z\"}", "true" },
        { RULE("TimestampGreaterThanEquals", "\"2025-01-02T00:00:00Z\""), "{\"v\":\"2025-01-01T23:59:59-01:00\"}",
          "true" },
        { RULE("TimestampLessThanEquals", "\"1960-01-01T00:00:00Z\""), "{\"v\":\"1959-12-31T23:59:59Z\"}", "true" },
        { RULE("TimestampLessThan", "\"2025-01-01T12:00:00Z\""), "{\"v\":\"not-a-timestamp\"}", "false" },
        { RULE("TimestampLessThan", "\"2025-01-01T12:00:00Z\""), "{\"v\":0}", "false" },
        { RULE("TimestampGreaterThanPath", "\"$.w\""), "{\"v\":\"2025-01-01T12:00:00Z\",\"w\":\"yesterday\"}",
          "false" },
        { RULE("TimestampEqualsPath", "\"$.v\""), "{\"v\":\"2025-01-01T12:00:00Z\"}", "true" },
        { RULE("TimestampEquals", "\"2025-01-01\""), "{}", "refused: String does not match RFC3339 timestamp" },
    };
    CHECK_CASES(test_answer_rule, cases);
}

TEST(test_choice_tests_types)
{
    static const TestCase3 cases[] = {
        { RULE("IsNull", "true"), "{\"v\":null}", "true" },
        { RULE("IsNull", "false"), "{\"v\":0}", "true" },
        { RULE("IsBoolean", "true"), "{\"v\":false}", "true" },
        { RULE("IsNumeric", "true"), "{\"v\":\"1\"}", "false" },
        { RULE("IsString", "true"), "{\"v\":\"\"}", "true" },
        { RULE("IsTimestamp", "true"), "{\"v\":\"2025-01-01T00:00:00Z\"}", "true" },
        { RULE("IsTimestamp", "true"), "{\"v\":\"2025-01-01T00:00:00\"}", "false" },
        { RULE("IsTimestamp", "true"), "{\"v\":\"2025-01-01T00:00:00+0100\"}", "false" },
        { RULE("IsTimestamp", "false"), "{\"v\":1735689600}", "true" },
        { RULE("IsPresent", "true"), "{\"v\":null}", "true" },
        { RULE("IsPresent", "true"), "{}", "false" },
        { RULE("IsPresent", "false"), "{}", "true" },
        { RULE("IsPresent", "false"), "7", "true" },
        { "{\"Variable\":\"$.v[1]\",\"IsPresent\":true}", "{\"v\":[0]}", "false" },
        { "{\"Variable\":\"$.v[1]\",\"IsPresent\":false}", "{\"v\":0}", "true" },
        { "{\"Variable\":\"$nobody\",\"IsPresent\":false}", "{}", "true" },
        { "{\"Variable\":\"$outer.a\",\"IsPresent\":true}", "{}", "true" },
        { RULE("BooleanEquals", "false"), "{\"v\":false}", "true" },
        { RULE("BooleanEquals", "false"), "{\"v\":null}", "false" },
        { RULE("BooleanEqualsPath", "\"$.w\""), "{\"v\":true,\"w\":true}", "true" },
    };
    CHECK_CASES(test_answer_rule, cases);
}

TEST(test_choice_matches_patterns)
{
    static const TestCase3 cases[] = {
        { RULE("StringMatches", "\"invoice-2025.json\""), "{\"v\":\"invoice-2025.json\"}", "true" },
        { RULE("StringMatches", "\"invoice-*.json\""), "{\"v\":\"invoice-2025.json\"}", "true" },
        { RULE("StringMatches", "\"logs-*-*-done\""), "{\"v\":\"logs-2025-04-done\"}", "true" },
        { RULE("StringMatches", "\"logs-*-*-done\""), "{\"v\":\"logs-2025-done\"}", "false" },
        { RULE("StringMatches", "\"file\\\\*name\""), "{\"v\":\"file*name\"}", "true" },
        { RULE("StringMatches", "\"file\\\\*name\""), "{\"v\":\"filexname\"}", "false" },
        { RULE("StringMatches", "\"a\\\\\\\\*\""), "{\"v\":\"a\\\\bc\"}", "true" },
        { RULE("StringMatches", "\"a\\\\b\\\\\""), "{\"v\":\"a\\\\b\\\\\"}", "true" },
        { RULE("StringMatches", "\"*\""), "{\"v\":\"\"}", "true" },
        { RULE("StringMatches", "\"**\""), "{\"v\":\"x\"}", "true" },
        { RULE("StringMatches", "\"\""), "{\"v\":\"x\"}", "false" },
        { RULE("StringMatches", "\"a*a\""), "{\"v\":\"a\"}", "false" },
        { RULE("StringMatches", "\"*ab*ab*\""), "{\"v\":\"xabxb\"}", "false" },
        { RULE("StringMatches", "\"*ab*ab*\""), "{\"v\":\"xababy\"}", "true" },
        { RULE("StringMatches", "\"*.*\""), "{\"v\":\"été.txt\"}", "true" },
        { RULE("StringMatches", "\"123\""), "{\"v\":123}", "false" },
    };
    CHECK_CASES(test_answer_rule, cases);
}

TEST(test_choice_combines_rules)
{
#define YES  "{\"Variable\":\"$.v\",\"NumericEquals\":1}"
#define NO   "{\"Variable\":\"$.v\",\"NumericEquals\":2}"
#define LOST "{\"Variable\":\"$.x\",\"NumericEquals\":2}"
    static const TestCase3 cases[] = {
        { "{\"And\":[" YES "," YES "],\"Next\":\"N\"}", "{\"v\":1}", "true" },
        { "{\"And\":[" YES "," NO "]}", "{\"v\":1}", "false" },
        { "{\"And\":[" NO "," LOST "]}", "{\"v\":1}", "false" },
        { "{\"And\":[" YES "," LOST "]}", "{\"v\":1}", INVALID("$.x") },
        { "{\"Or\":[" NO "," YES "]}", "{\"v\":1}", "true" },
        { "{\"Or\":[" NO "," NO "]}", "{\"v\":1}", "false" },
        { "{\"Or\":[" YES "," LOST "]}", "{\"v\":1}", "true" },
        { "{\"Or\":[" LOST "," YES "]}", "{\"v\":1}", INVALID("$.x") },
        { "{\"Not\":" NO "}", "{\"v\":1}", "true" },
        { "{\"Not\":" LOST "}", "{\"v\":1}", INVALID("$.x") },
        { "{\"Not\":{\"And\":[{\"Or\":[" NO "," YES "]},{\"Not\":" YES "}]}}", "{\"v\":1}", "true" },
    };
    CHECK_CASES(test_answer_rule, cases);
}

TEST(test_choice_paths_that_find_nothing)
{
    static const TestCase3 cases[] = {
        { RULE("NumericEquals", "1"), "{}", INVALID("$.v") },
        { RULE("IsNull", "true"), "{}", INVALID("$.v") },
        { RULE("StringMatches", "\"*\""), "7", INVALID("$.v") },
        { RULE("BooleanEqualsPath", "\"$.right\""), "{\"v\":true}", INVALID("$.right") },
        { "{\"Variable\":\"$.v[3]\",\"IsNull\":true}", "{\"v\":[]}", INVALID("$.v[3]") },
        { "{\"Variable\":\"$nobody\",\"IsNull\":true}", "{}", INVALID("$nobody") },
        { "{\"Variable\":\"$$.Nope\",\"IsNull\":true}", "{}", INVALID("$$.Nope") },
    };
    CHECK_CASES(test_answer_rule, cases);
}

TEST(test_choice_refuses_what_is_no_rule)
{
    static const TestCase3 cases[] = {
        { "[]", "{}", "refused: A choice rule must be an object" },
        { "{\"Next\":\"N\"}", "{}", "refused: A choice rule needs a comparison, And, Or or Not" },
        { "{\"Variable\":\"$.v\"}", "{}", "refused: A choice rule needs a comparison, And, Or or Not" },
        { "{\"IsNull\":true}", "{}", "refused: A choice rule needs a Variable" },
        { "{\"Variable\":\"$.v\",\"IsNull\":true,\"IsString\":true}", "{}",
          "refused: A choice rule has one comparison, not both IsNull and IsString" },
        { "{\"Variable\":\"v\",\"IsNull\":true}", "{}",
          "refused: Value is not a Reference Path: Reference path didn't start with '$'" },
        { "{\"Variable\":\"$.v[*]\",\"IsNull\":true}", "{}", "refused: Value is not a Reference Path" },
        { "{\"Variable\":5,\"IsNull\":true}", "{}", "refused: The value of Variable must be a path" },
        { RULE("NumericEqualsPath", "\"$..w\""), "{}", "refused: Value is not a Reference Path" },
        { RULE("NumericEquals", "\"1\""), "{}", "refused: The value of NumericEquals must be a number" },
        { RULE("StringEquals", "1"), "{}", "refused: The value of StringEquals must be a string" },
        { RULE("IsNull", "\"true\""), "{}", "refused: The value of IsNull must be a boolean" },
        { "{\"And\":[]}", "{}", "refused: The value of And must be an array of choice rules" },
        { "{\"Not\":{\"Or\":[]}}", "{}", "refused: The value of Or must be an array of choice rules" },
        { "{\"Or\":[1]}", "{}", "refused: A choice rule must be an object" },
        { "{\"Not\":null}", "{}", "refused: A choice rule must be an object" },
    };
    CHECK_CASES(test_answer_rule, cases);
}

TEST(test_choice_nesting_is_bounded)
{
    TestScope test;
    test_scope_init(&test, "{\"v\":1}");
    Str rule = STR("{\"Variable\":\"$.v\",\"NumericEquals\":1}");
    for (int i = 0; i < 499; i++) rule = str_format(&test.arena, "{\"Not\":%.*s}", STR_ARG(rule));
    CHECK_STR(test_answer_rule(&test, str_to_c(&test.arena, rule)), STR("false"));
    rule = str_format(&test.arena, "{\"Not\":%.*s}", STR_ARG(rule));
    CHECK_STR(test_answer_rule(&test, str_to_c(&test.arena, rule)),
              STR("refused: Choice rules are nested deeper than 500"));
    test_scope_done(&test);
}
