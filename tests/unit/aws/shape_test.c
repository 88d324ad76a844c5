/* shape_test.c -- values against shapes. */
#include "tests/support/test.h"
#include "tests/unit/aws/example.h"

static void checks_to(const char *input, const char *expected)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *out;
    if (CHECK_OK(shape_check(&arena, &example_all_input, example_json(&arena, input), &out)))
        CHECK_STR(json_text(&arena, out), str_from_c(expected));
    arena_done(&arena);
}

static void refuses(const char *input, const char *words)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *out;
    Error *error = shape_check(&arena, &example_all_input, example_json(&arena, input), &out);
    if (CHECK(error != NULL)) {
        CHECK(error->fault == &fault_serialization);
        CHECK_STR(str_from_c(error->message), str_from_c(words));
    }
    error_free(error);
    arena_done(&arena);
}

TEST(test_shape_check_accepts)
{
    checks_to("{\"Text\":\"a\",\"Count\":5,\"Ratio\":1.5,\"Yes\":true,\"Bytes\":\"aGk=\",\"When\":1.5}",
              "{\"Text\":\"a\",\"Count\":5,\"Ratio\":1.5,\"Yes\":true,\"Bytes\":\"aGk=\",\"When\":1.5}");
    checks_to("{\"Count\":2.0,\"Unknown\":null,\"Other\":[null]}", "{\"Count\":2.0,\"Unknown\":null,\"Other\":[null]}");
    checks_to("{\"Anything\":{\"a\":[null]}}", "{\"Anything\":{\"a\":[null]}}");
    checks_to("{\"Anything\":null,\"Text\":null}", "{\"Anything\":null}");
}

TEST(test_shape_check_drops_nulls)
{
    checks_to("{\"Text\":null,\"Count\":1}", "{\"Count\":1}");
    checks_to("{\"Points\":[{\"X\":1,\"Y\":null},{\"X\":2}]}", "{\"Points\":[{\"X\":1},{\"X\":2}]}");
    checks_to("{\"Names\":[\"a\",null,\"b\"],\"Tags\":{\"k\":null,\"l\":\"m\"}}",
              "{\"Names\":[\"a\",\"b\"],\"Tags\":{\"l\":\"m\"}}");
}

TEST(test_shape_check_refuses)
{
    refuses("{\"Text\":1}", "NUMBER_VALUE can not be converted to a String at Text");
    refuses("{\"Count\":\"1\"}", "STRING_VALUE can not be converted to an Integer at Count");
    refuses("{\"Count\":1.5}", "DECIMAL_VALUE can not be converted to an Integer at Count");
    refuses("{\"Yes\":\"true\"}", "STRING_VALUE can not be converted to a Boolean at Yes");
    refuses("{\"Bytes\":\"a*b\"}", "STRING_VALUE can not be converted to a Blob at Bytes");
    refuses("{\"When\":1e300}", "DECIMAL_VALUE can not be converted to a Timestamp at When");
    refuses("{\"Names\":{}}", "Start of structure or map found where not expected at Names");
    refuses("{\"Points\":[{\"X\":1},{\"X\":[]}]}", "Start of list found where not expected at Points.1.X");
    refuses("{\"Tags\":{\"k\":true}}", "TRUE_VALUE can not be converted to a String at Tags.k");
    refuses("[]", "Start of list found where not expected");
}

TEST(test_shape_check_of_deep_values)
{
    Arena arena;
    arena_init(&arena, 0);
    Buffer text;
    buffer_init(&text);
    enum { LEVELS = 900 };
    for (int i = 0; i < LEVELS; i++) buffer_append_c(&text, i ? "{\"Left\":" : "{\"Tree\":");
    buffer_append_c(&text, "{}");
    for (int i = 0; i < LEVELS; i++) buffer_append_c(&text, "}");
    Json *value, *out;
    CHECK_OK(json_parse(&arena, buffer_str(&text), NULL, &value));
    CHECK_OK(shape_check(&arena, &example_all_input, value, &out));
    CHECK(out == value);
    buffer_done(&text);
    arena_done(&arena);
}

TEST(test_shape_missing)
{
    Arena arena;
    arena_init(&arena, 0);
    CHECK_STR(shape_missing(&example_all_input, example_json(&arena, "{}"))->name, STR("Text"));
    CHECK(!shape_missing(&example_all_input, example_json(&arena, "{\"Text\":\"\"}")));
    arena_done(&arena);
}

TEST(test_shape_blob_bytes)
{
    Arena arena;
    arena_init(&arena, 0);
    Str bytes;
    CHECK(shape_blob_bytes(&arena, json_str(&arena, STR("aGk=")), &bytes));
    CHECK_STR(bytes, STR("hi"));
    CHECK(shape_blob_bytes(&arena, json_blob(&arena, STR("\x00\xff")), &bytes));
    CHECK_STR(bytes, STR("\x00\xff"));
    CHECK(!shape_blob_bytes(&arena, json_int_new(&arena, 1), &bytes));
    arena_done(&arena);
}

TEST(test_shape_milliseconds)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *out;
    CHECK_OK(shape_check_milliseconds(&arena, &example_all_input, example_json(&arena, "{\"When\":1500}"), &out));
    CHECK(json_number(json_get(out, STR("When"))) == 1.5);
    arena_done(&arena);
}

TEST(test_service_operation)
{
    for (int round = 0; round < 2; round++) { /* the second from memory */
        CHECK_STR(service_operation(&example_queue, STR("Echo"))->name, STR("Echo"));
        CHECK(service_operation(&example_queue, STR("Shared")) != service_operation(&example_tokens, STR("Shared")));
        CHECK(!service_operation(&example_queue, STR("echo")));
        CHECK(!service_operation(&example_queue, STR("")));
    }
}
