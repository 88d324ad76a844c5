/* template_test.c -- payload templates. */
#include "tests/unit/asl/scope_support.h"

#include "asl/template.h"

TEST(test_template_computes_what_ends_in_dollar)
{
    static const TestCase3 cases[] = {
        { "{\"a\":1,\"b\":\"$.x\",\"c\":[\"$.x\",null]}", "{}", "{\"a\":1,\"b\":\"$.x\",\"c\":[\"$.x\",null]}" },
        { "{\"a.$\":\"$.x\"}", "{\"x\":1.0}", "{\"a\":1.0}" },
        { "{\"a\":{\"b\":{\"c.$\":\"$$.Execution.Name\"}}}", "{}", "{\"a\":{\"b\":{\"c\":\"run\"}}}" },
        { "{\"a\":[1,{\"b.$\":\"$.x\"},[{\"c.$\":\"$\"}]]}", "{\"x\":2}", "{\"a\":[1,{\"b\":2},[{\"c\":{\"x\":2}}]]}" },
        { "{\"a.$\":\"States.MathAdd($.x, 1)\"}", "{\"x\":1}", "{\"a\":2}" },
        { "{\"a.$\":\"$count\",\"b.$\":\"$outer\"}", "{}", "{\"a\":3,\"b\":{\"a\":\"b\"}}" },
        { "{\".$\":\"$.x\"}", "{\"x\":1}", "{\"\":1}" },
        { "{\"a.$\":\"$.x[*].y\"}", "{}", "{\"a\":[]}" },
        { "{\"a.$\":\"$.x[9]\"}", "{\"x\":[]}", "{\"a\":null}" },
        { "[{\"a.$\":\"$.x\"}]", "{\"x\":1}", "[{\"a\":1}]" },
        { "\"$.x\"", "{\"x\":1}", "\"$.x\"" },
        { "7", "{}", "7" },
        { "{\"a\":1,\"b.$\":\"$.x\",\"a\":2}", "{\"x\":1}", "{\"a\":2,\"b\":1}" },
        { "{\"b.$\":\"$.y\",\"b.$\":\"$.x\"}", "{\"x\":1}", "{\"b\":1}" },
    };
    CHECK_CASES(test_answer_template, cases);
}

TEST(test_template_order_is_that_of_the_service)
{
    static const TestCase3 cases[] = {
        { "{\"FunctionName.$\":\"$\",\"Payload\":{\"Input.$\":\"$\"}}", "1",
          "{\"Payload\":{\"Input\":1},\"FunctionName\":1}" },
        { "{\"encoded.$\":\"$\",\"decoded.$\":\"$\"}", "1", "{\"decoded\":1,\"encoded\":1}" },
        { "{\"TableName.$\":\"$\",\"Key.$\":\"$\",\"UpdateExpression.$\":\"$\",\"ExpressionAttributeValues.$\":\"$\","
          "\"ReturnValues\":2}",
          "1",
          "{\"ReturnValues\":2,\"TableName\":1,\"UpdateExpression\":1,\"Key\":1,\"ExpressionAttributeValues\":1}" },
        { "{\"z\":1,\"b.$\":\"$\",\"a.$\":\"$\",\"y\":{\"x.$\":\"$\"}}", "5",
          "{\"z\":1,\"y\":{\"x\":5},\"a\":5,\"b\":5}" },
        { "{\"a.$\":\"States.MathRandom(0, 1000000)\",\"b.$\":\"$\"}", "5", "{\"a\":750607,\"b\":5}" },
    };
    CHECK_CASES(test_answer_template, cases);
}

TEST(test_template_failures_name_the_field)
{
    static const TestCase3 cases[] = {
        { "{\"a\":{\"value.$\":\"$.x\"}}", "{ }",
          "failed: The JSONPath '$.x' specified for the field 'value.$' could not be found in the input '{ }'" },
        { "{\"a.$\":\"$.x\",\"b.$\":\"$.y\"}", "{}",
          "failed: The JSONPath '$.x' specified for the field 'a.$' could not be found in the input '{}'" },
        { "{\"a.$\":\"States.Array($.x)\"}", "{}",
          "failed: The function 'States.Array($.x)' had the following error: The JsonPath argument for the field '$.x' "
          "could "
          "not be found in the input '{}'" },
    };
    CHECK_CASES(test_answer_template, cases);
}

#define NO_CALL(field) \
    "refused: The value for the field '" field "' must be a valid JSONPath or a valid intrinsic function call"

TEST(test_template_refuses_what_computes_nothing)
{
    static const TestCase3 cases[] = {
        { "{\"parsed.$\":\"States.StringToJson('{\\\"a\\\":\\\"\\\\\\\"b\\\"}')\"}", "{}", NO_CALL("parsed.$") },
        { "{\"a\":[{\"b.$\":\"x\"}]}", "{}", NO_CALL("b.$") },
        { "{\"a.$\":5}", "{}", NO_CALL("a.$") },
        { "{\"a.$\":{\"b\":1}}", "{}", NO_CALL("a.$") },
        { "{\"a.$\":\"$.\"}", "{}", NO_CALL("a.$") },
        { "{\"a.$\":\"\"}", "{}", NO_CALL("a.$") },
    };
    CHECK_CASES(test_answer_template, cases);
}

TEST(test_template_shares_what_is_literal)
{
    TestScope test;
    AslTemplate *template = NULL;
    AslFault fault = { 0 };
    Json    *out = NULL;
    test_scope_init(&test, "{\"x\":{\"y\":1}}");
    Json *source = test_json(&test.arena, "{\"a\":{\"b\":[1]},\"c.$\":\"$.x\"}");
    CHECK_OK(asl_template_compile(&test.arena, source, &template));
    CHECK(!asl_template_is_literal(template));
    CHECK(asl_template_evaluate(template, &test.scope, STR(""), &out, &fault));
    CHECK(json_get(out, STR("a")) == json_get(source, STR("a")));
    CHECK(json_get(out, STR("c")) == json_get(test.scope.input, STR("x")));
    source = test_json(&test.arena, "{\"a\":[{\"b\":\"$.c\"}]}");
    CHECK_OK(asl_template_compile(&test.arena, source, &template));
    CHECK(asl_template_is_literal(template));
    CHECK(asl_template_evaluate(template, &test.scope, STR(""), &out, &fault));
    CHECK(out == source);
    test_scope_done(&test);
}

TEST(test_template_of_a_text)
{
    static const TestCase3 cases[] = {
        { "$.Error", "{\"Error\":\"e\"}", "\"e\"" },
        { "States.Format('{}!', $.Error)", "{\"Error\":\"e\"}", "\"e!\"" },
        { "$.x", "{}",
          "failed: The JSONPath '$.x' specified for the field 'v.$' could not be found in the input '{}'" },
        { "plain", "{}", "refused: A path begins with '$'" },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_template_goes_as_deep_as_definitions_do)
{
    enum { DEEP = JSON_DEPTH_MAX - 1 };
    TestScope test;
    test_scope_init(&test, "1");
    Buffer source;
    buffer_init(&source);
    for (int i = 0; i < DEEP; i++) buffer_append_c(&source, "{\"a\":");
    buffer_append_c(&source, "{\"b.$\":\"$\"}");
    for (int i = 0; i < DEEP; i++) buffer_append_byte(&source, '}');
    buffer_append_byte(&source, 0);
    Str answer = test_answer_template(&test, source.data);
    CHECK(str_find(answer, STR("{\"b\":1}"), &(size_t){ 0 }));
    buffer_done(&source);
    test_scope_done(&test);
}

TEST(test_template_that_is_too_deep_is_refused)
{
    enum { DEEP = 200000 };
    AslTemplate *template;
    Arena arena;
    arena_init(&arena, 0);
    Json *source = json_array(&arena);
    for (int i = 0; i < DEEP; i++) {
        Json *around = json_array(&arena);
        json_append(&arena, around, source);
        source = around;
    }
    CHECK_ERROR(asl_template_compile(&arena, source, &template), ERR_SYNTAX);
    arena_done(&arena);
}

TEST(test_template_results_are_bounded)
{
    enum { ITEMS = 100000, FIELDS = 100 };
    TestScope test;
    test_scope_init(&test, "[]");
    Json *items = json_array(&test.arena);
    for (int i = 0; i < ITEMS; i++) json_append(&test.arena, items, json_null(&test.arena));
    test.scope.input = items;
    Json *source = json_object(&test.arena);
    for (int i = 0; i < FIELDS; i++)
        json_add_str(&test.arena, source, str_format(&test.arena, "f%d.$", i), STR("$[*]"));
    Str answer = test_answer_template(&test, str_to_c(&test.arena, json_text(&test.arena, source)));
    CHECK(str_ends_with(answer, STR("are larger than 67108864 bytes")));
    test_scope_done(&test);
}
