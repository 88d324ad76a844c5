/* write_test.c -- values as text. */
#include "tests/support/test.h"

#include "json/json.h"

static void check_written(const char *json, JsonStyle style, const char *expected)
{
    Arena arena;
    Buffer out;
    Json *value;
    arena_init(&arena, 0);
    buffer_init(&out);
    if (CHECK_OK(json_parse(&arena, str_from_c(json), NULL, &value))) {
        json_write(&out, value, style);
        CHECK_STR(buffer_str(&out), str_from_c(expected));
    }
    buffer_done(&out);
    arena_done(&arena);
}

TEST(test_json_write_compact)
{
    check_written(" [ ] ", JSON_COMPACT, "[]");
    check_written("{ }", JSON_COMPACT, "{}");
    check_written("[ 1 , [ ] , { \"a\" : { } } , null ]", JSON_COMPACT, "[1,[],{\"a\":{}},null]");
    check_written("{\"a\":1, \"a\":2}", JSON_COMPACT, "{\"a\":1,\"a\":2}");
    check_written("[1.50,-0,1E5,1e400,12345678901234567890]", JSON_COMPACT, "[1.50,-0,1E5,1e400,12345678901234567890]");
    check_written("\"\\u0041\\/\"", JSON_COMPACT, "\"A/\"");
}

TEST(test_json_write_pretty)
{
    check_written("{\"a\":[1,{\"b\":[]}],\"c\":{}}", JSON_PRETTY,
                  "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
    check_written("[]", JSON_PRETTY, "[]");
    check_written("5", JSON_PRETTY, "5");
}

static void check_string(Str text, const char *expected)
{
    Buffer out;
    buffer_init(&out);
    json_write_string(&out, text);
    CHECK_STR(buffer_str(&out), str_from_c(expected));
    buffer_done(&out);
}

TEST(test_json_write_escapes_what_javascript_escapes)
{
    check_string(STR(""), "\"\"");
    check_string(STR_NONE, "\"\"");
    check_string(STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    check_string(STR("\b\f\n\r\t\x01\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    check_string(STR("\0"), "\"\\u0000\"");
    check_string(STR("\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\xb9"), "\"\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\xb9\"");
    check_string(STR("x\xed\xa0\x80y\xed\xbf\xbf"), "\"x\\ud800y\\udfff\"");
    check_string(STR("a long text without any, then \n"), "\"a long text without any, then \\n\"");
    check_string(STR("x\xffy\xc3"), "\"x\xef\xbf\xbdy\xef\xbf\xbd\""); /* not UTF-8 */
}

TEST(test_json_write_lone_surrogates_survive)
{
    check_written("\"\\uD800 \\uDC00\"", JSON_COMPACT, "\"\\ud800 \\udc00\"");
    check_written("{\"\\uD83D\":1}", JSON_COMPACT, "{\"\\ud83d\":1}");
    check_written("\"\\ud83d\\ude39\"", JSON_COMPACT, "\"\xf0\x9f\x98\xb9\"");
}

static void check_text(Arena *arena, const Json *value, const char *expected)
{
    CHECK_STR(json_text(arena, value), str_from_c(expected));
}

TEST(test_json_write_times_to_the_millisecond)
{
    Arena arena;
    arena_init(&arena, 0);
    check_text(&arena, json_time(&arena, 1732132606123456), "1732132606.123");
    check_text(&arena, json_time(&arena, 1732132606120000), "1732132606.12");
    check_text(&arena, json_time(&arena, 1732132606100000), "1732132606.1");
    check_text(&arena, json_time(&arena, 1732132606007000), "1732132606.007");
    check_text(&arena, json_time(&arena, 1732132606000999), "1732132606");
    check_text(&arena, json_time(&arena, 1732132606000000), "1732132606");
    check_text(&arena, json_time(&arena, 0), "0");
    check_text(&arena, json_time(&arena, -500000), "-0.5");
    check_text(&arena, json_time(&arena, -1), "-0.001");
    check_text(&arena, json_time(&arena, -1500000), "-1.5");
    arena_done(&arena);
}

TEST(test_json_write_blobs_as_base64)
{
    Arena arena;
    arena_init(&arena, 0);
    check_text(&arena, json_blob(&arena, STR_NONE), "\"\"");
    check_text(&arena, json_blob(&arena, STR("f")), "\"Zg==\"");
    check_text(&arena, json_blob(&arena, STR("fo")), "\"Zm8=\"");
    check_text(&arena, json_blob(&arena, STR("foo")), "\"Zm9v\"");
    check_text(&arena, json_blob(&arena, STR("foob\xff\xfe")), "\"Zm9vYv/+\"");
    arena_done(&arena);
}

TEST(test_json_write_fails_once_and_for_all)
{
    Arena arena;
    Buffer out;
    Json *value;
    arena_init(&arena, 0);
    CHECK_OK(json_parse(&arena, STR("[[[\"a text\",{\"b\":\"\\n\"}]]]"), NULL, &value));
    for (int i = 0; i < 60; i++) {
        Json *outer = json_array(&arena);
        json_append(&arena, outer, json_str(&arena, STR("0123456789")));
        json_append(&arena, outer, value);
        value = outer;
    }
    bool done = false;
    for (uint64_t nth = 1; !done; nth++) {
        buffer_init(&out);
        memory_fail_nth(nth, false);
        json_write(&out, value, JSON_PRETTY);
        memory_fail_nth(0, false);
        done = !out.failed;
        buffer_done(&out);
    }
    arena_done(&arena);
}
