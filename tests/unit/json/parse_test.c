/* parse_test.c -- what json_parse reads, what it refuses, and where it says so. */
#include "tests/support/test.h"

#include "json/json.h"

static Json *parsed(Arena *arena, Str text)
{
    Json *value = NULL;
    CHECK_OK(json_parse(arena, text, NULL, &value));
    return value;
}

TEST(test_json_parse_keeps_what_it_was_given)
{
    Arena arena;
    arena_init(&arena, 0);
    Str text = STR(" {\"a\": [1, 2.50], \"b\":\"x\" , \"a\":true}\n");
    Json *value = parsed(&arena, text);
    CHECK_INT(value->type, JSON_OBJECT);
    CHECK_INT(value->count, 3);
    CHECK_STR(value->members[0].name, STR("a"));
    CHECK_STR(value->members[2].name, STR("a"));
    CHECK_STR(value->raw, str_trim(str_slice(text, 0, text.length - 1)));
    CHECK_STR(value->members[0].value->raw, STR("[1, 2.50]"));
    CHECK_STR(value->members[0].value->items[1]->raw, STR("2.50"));
    CHECK_STR(value->members[1].value->raw, STR("\"x\""));
    CHECK(json_get(value, STR("a"))->boolean);
    CHECK(json_get_str(value, STR("b")).data > text.data); /* borrowed */
    arena_done(&arena);
}

static void check_text(Str json, Str expected)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *value = parsed(&arena, json);
    if (value) CHECK_STR(value->text, expected);
    arena_done(&arena);
}

TEST(test_json_parse_strings)
{
    check_text(STR("\"\""), STR(""));
    check_text(STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), STR("\"\\/\b\f\n\r\t"));
    check_text(STR("\"\\u0041\\u00e9\\u4E2D\\ud83d\\uDE39!\""), STR("A\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\xb9!"));
    check_text(STR("\"\\u0000x\""), STR("\0x"));
    check_text(STR("\"\\ud800\""), STR("\xed\xa0\x80"));
    check_text(STR("\"\\udc00\\ud800\\ud800\\udc00\""), STR("\xed\xb0\x80\xed\xa0\x80\xf0\x90\x80\x80"));
    check_text(STR("\"\\ud800\\u0041\""), STR("\xed\xa0\x80" "A"));
    check_text(STR("\"\\ud800\\\\u\""), STR("\xed\xa0\x80\\u"));
    check_text(STR("\"0123456789abcdef \xf4\x8f\xbf\xbf\x7f\""), STR("0123456789abcdef \xf4\x8f\xbf\xbf\x7f"));
}

/* Every place in a word, and every length of the rest behind the last word. */
TEST(test_json_parse_finds_the_end_of_a_string_anywhere)
{
    static const char *const specials[] = { "\\n", "\xc3\xa9", "\\u00e9" };
    static const char *const decoded[] = { "\n", "\xc3\xa9", "\xc3\xa9" };
    Arena arena;
    arena_init(&arena, 0);
    for (int before = 0; before < 20; before++) {
        for (int after = 0; after < 20; after++) {
            for (int i = 0; i < 3; i++) {
                Str json = str_format(&arena, "\"%.*s%s%.*s\"", before, "abcdefghijklmnopqrst", specials[i], after,
                                      "~!#$%&'()*+,-./01234");
                Str text = str_format(&arena, "%.*s%s%.*s", before, "abcdefghijklmnopqrst", decoded[i], after,
                                      "~!#$%&'()*+,-./01234");
                check_text(json, text);
            }
        }
    }
    arena_done(&arena);
}

TEST(test_json_parse_numbers)
{
    static const struct {
        const char *text;
        bool        integer;
        double      number;
    } cases[] = {
        { "0", true, 0 },
        { "-1", true, -1 },
        { "9223372036854775807", true, 0x1p63 },
        { "-9223372036854775808", true, -0x1p63 },
        { "9223372036854775808", false, 0x1p63 },
        { "-9223372036854775809", false, -0x1p63 },
        { "1.0", false, 1 },
        { "1E2", false, 100 },
        { "-0", false, -0.0 },
        { "1e-400", false, 0 },
        { "1e400", false, 0x1.fffffffffffffp1023 },
        { "-1e99999999999999999999", false, -0x1.fffffffffffffp1023 },
        { "0e99999999999999999999", false, 0 },
    };
    Arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Json *value = parsed(&arena, str_from_c(cases[i].text));
        CHECK_INT(value->type, JSON_NUMBER);
        CHECK_INT(value->flags & JSON_INTEGER, cases[i].integer);
        double number = json_number(value);
        CHECK(memcmp(&number, &cases[i].number, sizeof number) == 0);
        CHECK_STR(value->raw, str_from_c(cases[i].text));
    }
    arena_done(&arena);
}

static void check_refused(Str json, const char *message)
{
    Arena arena;
    Json *value = NULL;
    arena_init(&arena, 0);
    Error *error = json_parse(&arena, json, NULL, &value);
    if (CHECK(error != NULL)) CHECK_STR(str_from_c(error->message), str_from_c(message));
    CHECK(value == NULL);
    CHECK_ERROR(error, ERR_SYNTAX);
    arena_done(&arena);
}

TEST(test_json_parse_says_what_is_wrong_and_where)
{
    check_refused(STR(""), "line 1, column 1: expected a value, but the text ends");
    check_refused(STR_NONE, "line 1, column 1: expected a value, but the text ends");
    check_refused(STR(" \n "), "line 2, column 2: expected a value, but the text ends");
    check_refused(STR("{\"a\":1,\n \"b\":2\n   \"c\":3}"), "line 3, column 4: expected a comma or a closing brace");
    check_refused(STR("[1 2]"), "line 1, column 4: expected a comma or a closing bracket");
    check_refused(STR("[1,"), "line 1, column 4: expected a value, but the text ends");
    check_refused(STR("[1,]"), "line 1, column 4: expected a value");
    check_refused(STR("[1}"), "line 1, column 3: expected a comma or a closing bracket");
    check_refused(STR("{\"a\":1,}"), "line 1, column 8: expected a member's name");
    check_refused(STR("{a:1}"), "line 1, column 2: expected a member's name or a closing brace");
    check_refused(STR("{\"a\" 1}"), "line 1, column 6: expected a colon");
    check_refused(STR("{\"a\":"), "line 1, column 6: expected a value, but the text ends");
    check_refused(STR("1 2"), "line 1, column 3: expected the end of the text");
    check_refused(STR("nul"), "line 1, column 1: expected a value");
    check_refused(STR("truely"), "line 1, column 5: expected the end of the text");
    check_refused(STR("\xef\xbb\xbf[]"), "line 1, column 1: expected a value, not a byte order mark");
}

TEST(test_json_parse_columns_count_characters)
{
    check_refused(STR("[\"\xc3\xa9\xf0\x9f\x98\xb9\" x]"), "line 1, column 7: expected a comma or a closing bracket");
}

TEST(test_json_parse_refuses_bad_strings)
{
    check_refused(STR("\"abc"), "line 1, column 5: expected a closing quote, but the text ends");
    check_refused(STR("\"a\nb\""), "line 1, column 3: a control character in a string must be escaped");
    check_refused(STR("\"a\\x\""), "line 1, column 3: there is no such escape");
    check_refused(STR("\"a\\"), "line 1, column 4: expected the rest of an escape, but the text ends");
    check_refused(STR("\"\\u12g4\""), "line 1, column 6: expected a hexadecimal digit");
    check_refused(STR("\"\\ud83d\\u12\""), "line 1, column 12: expected a hexadecimal digit");
    check_refused(STR("\"\xff\""), "line 1, column 2: this is not UTF-8");
    check_refused(STR("\"\xed\xa0\x80\""), "line 1, column 2: this is not UTF-8"); /* a surrogate */
    check_refused(STR("\"\xc0\x80\""), "line 1, column 2: this is not UTF-8");
    check_refused(STR("\"\xe0\x80\x80\""), "line 1, column 2: this is not UTF-8");
    check_refused(STR("\"\xf0\x80\x80\x80\""), "line 1, column 2: this is not UTF-8");
    check_refused(STR("\"\xf4\x90\x80\x80\""), "line 1, column 2: this is not UTF-8");
    check_refused(STR("\"\xe4\xb8"), "line 1, column 2: this is not UTF-8");
}

TEST(test_json_parse_refuses_bad_numbers)
{
    check_refused(STR("01"), "line 1, column 1: a number does not start with zeros");
    check_refused(STR("-"), "line 1, column 2: expected a digit, but the text ends");
    check_refused(STR("-a"), "line 1, column 2: expected a digit");
    check_refused(STR("1."), "line 1, column 3: expected a digit, but the text ends");
    check_refused(STR("1.e2"), "line 1, column 3: expected a digit");
    check_refused(STR("1e+"), "line 1, column 4: expected a digit, but the text ends");
    check_refused(STR("+1"), "line 1, column 1: expected a value");
    check_refused(STR(".5"), "line 1, column 1: expected a value");
    check_refused(STR("NaN"), "line 1, column 1: expected a value");
}

static Str nested(Arena *arena, uint32_t depth)
{
    char *text = arena_alloc_bytes(arena, 2 * (size_t)depth);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return str_from(text, 2 * (size_t)depth);
}

TEST(test_json_parse_depth_has_a_limit)
{
    Arena arena;
    Json *value;
    arena_init(&arena, 0);
    CHECK_OK(json_parse(&arena, nested(&arena, JSON_DEPTH_MAX), NULL, &value));
    Error *error = json_parse(&arena, nested(&arena, JSON_DEPTH_MAX + 1), NULL, &value);
    if (error) CHECK_STR(str_from_c(error->message), STR("line 1, column 1001: nested deeper than 1000 levels"));
    CHECK_ERROR(error, ERR_LIMIT);
    CHECK_ERROR(json_parse(&arena, STR("[[[]]]"), &(JsonLimits){ .depth_max = 2 }, &value), ERR_LIMIT);
    arena_done(&arena);
}

/* Nothing that works on values needs C stack for nesting. */
TEST(test_json_a_million_levels)
{
    Arena arena;
    Json *value;
    Buffer out;
    arena_init(&arena, 0);
    buffer_init(&out);
    Str text = nested(&arena, 1000000);
    if (CHECK_OK(json_parse(&arena, text, &(JsonLimits){ .depth_max = 1000000 }, &value))) {
        Json *copy = json_copy(&arena, value);
        CHECK(json_equal(value, copy));
        json_write(&out, copy, JSON_COMPACT);
        CHECK(str_equal(buffer_str(&out), text));
    }
    buffer_done(&out);
    arena_done(&arena);
}

static Str wide(Arena *arena, int count)
{
    Buffer out;
    buffer_init(&out);
    buffer_append_c(&out, "{\"items\":[");
    for (int i = 0; i < count; i++) buffer_append_format(&out, "%s{\"n\":%d,\"s\":\"\\u00e9\"}", i ? "," : "", i);
    buffer_append_c(&out, "]}");
    Str text = str_copy(arena, buffer_str(&out));
    buffer_done(&out);
    return text;
}

TEST(test_json_parse_survives_any_failed_allocation)
{
    Arena texts, arena;
    Json *value;
    arena_init(&texts, 0);
    Str text = wide(&texts, 400);
    bool done = false;
    for (uint64_t nth = 1; !done; nth++) {
        arena_init(&arena, 0);
        MemoryGuard guard;
        if (!MEMORY_GUARD_ENTER(&guard)) {
            memory_fail_nth(0, false);
            CHECK(!"a failed allocation leaves json_parse as an error");
            break;
        }
        memory_fail_nth(nth, nth % 2);
        Error *error = json_parse(&arena, text, NULL, &value);
        memory_fail_nth(0, false);
        memory_guard_leave(&guard);
        done = !error;
        if (done) CHECK_INT(json_get(value, STR("items"))->count, 400);
        if (!done) CHECK_ERROR(error, ERR_MEMORY);
        arena_done(&arena);
    }
    arena_done(&texts);
}
