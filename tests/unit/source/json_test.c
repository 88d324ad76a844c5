/* json_test.c -- JSON texts: where values, names and parts of texts stand. */
#include "source/source.h"
#include "tests/support/test.h"

typedef struct Fixture {
    Arena   arena;
    Source *source;
} Fixture;

static void read_text(Fixture *fixture, Str text)
{
    SourcePlace fault;
    arena_init(&fixture->arena, 0);
    fixture->source = NULL;
    CHECK_OK(source_read(&fixture->arena, text, SOURCE_GUESS, &fixture->source, &fault));
}

static void check_place(SourcePlace place, uint32_t line, uint32_t column)
{
    CHECK_INT(place.line, line);
    CHECK_INT(place.column, column);
}

TEST(test_a_value_and_its_name_have_places)
{
    Fixture f;
    read_text(&f, STR("{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": { \"Type\" :\n \"Pass\" }\n  }\n}\n"));
    check_place(source_place(f.source, STR("/StartAt")), 2, 14);
    check_place(source_place_of_name(f.source, STR("/StartAt")), 2, 3);
    check_place(source_place(f.source, STR("/States/A")), 4, 10);
    check_place(source_place_of_name(f.source, STR("/States/A/Type")), 4, 12);
    check_place(source_place(f.source, STR("/States/A/Type")), 5, 2);
    check_place(source_place(f.source, STR("/")), 1, 1);
    check_place(source_place(f.source, STR("")), 1, 1);
    arena_done(&f.arena);
}

TEST(test_where_there_is_nothing_the_way_so_far_is_the_place)
{
    Fixture f;
    read_text(&f, STR("{\"a\": {\"b\": [1, {\"c\": true}]}}"));
    check_place(source_place(f.source, STR("/a/b/7")), 1, 13);
    check_place(source_place(f.source, STR("/a/x/y")), 1, 7);
    check_place(source_place(f.source, STR("/nothing")), 1, 1);
    check_place(source_place(f.source, STR("/a/b/1/c/d")), 1, 23);
    check_place(source_place(f.source, STR("no pointer")), 1, 1);
    arena_done(&f.arena);
}

TEST(test_an_index_is_a_step_or_in_brackets)
{
    Fixture f;
    read_text(&f, STR("{\"Choices\": [10, [20, 30]], \"x[0]\": 40, \"y[0]\": [50]}"));
    check_place(source_place(f.source, STR("/Choices/0")), 1, 14);
    check_place(source_place(f.source, STR("/Choices[0]")), 1, 14);
    check_place(source_place(f.source, STR("/Choices[1][1]")), 1, 23);
    check_place(source_place(f.source, STR("/Choices[1]/0")), 1, 19);
    check_place(source_place(f.source, STR("/x[0]")), 1, 37); /* a name comes first */
    check_place(source_place(f.source, STR("/y[0][0]")), 1, 50);
    check_place(source_place(f.source, STR("/Choices[99]")), 1, 13);
    arena_done(&f.arena);
}

TEST(test_names_with_slashes_are_found_escaped_or_as_they_are)
{
    Fixture f;
    read_text(&f, STR("{\"a/b\": {\"c\": 1}, \"m~n\": 2, \"a\": 3, \"\": {\"\": 4}}"));
    check_place(source_place(f.source, STR("/a~1b/c")), 1, 15);
    check_place(source_place(f.source, STR("/a/b/c")), 1, 34); /* "a" is there, so the way goes by it, and ends */
    check_place(source_place(f.source, STR("/m~0n")), 1, 26);
    check_place(source_place(f.source, STR("/m~n")), 1, 26);
    check_place(source_place(f.source, STR("//")), 1, 46);
    arena_done(&f.arena);
}

TEST(test_columns_count_characters)
{
    Fixture f;
    read_text(&f, STR("{\"gr\u00fc\u00dfe\": \"\u2192\", \"\\u00e9\\\"x\": [\"\U0001f600\", 7]}"));
    check_place(source_place(f.source, STR("/gr\u00fc\u00dfe")), 1, 11);
    check_place(source_place_of_name(f.source, STR("/\u00e9\"x")), 1, 16);
    check_place(source_place(f.source, STR("/\u00e9\"x/1")), 1, 35);
    arena_done(&f.arena);
}

TEST(test_a_place_within_a_text_looks_through_escapes)
{
    Fixture f;
    read_text(&f, STR("[\"{% a\\n\\u00e9\\ud83d\\ude00 + %}\"]"));
    check_place(source_place_within(f.source, STR("/0"), 0), 1, 3);
    check_place(source_place_within(f.source, STR("/0"), 3), 1, 6);
    check_place(source_place_within(f.source, STR("/0"), 4), 1, 7);
    check_place(source_place_within(f.source, STR("/0"), 5), 1, 9);   /* behind the line break */
    check_place(source_place_within(f.source, STR("/0"), 7), 1, 15);  /* behind the e */
    check_place(source_place_within(f.source, STR("/0"), 11), 1, 27); /* behind the face */
    check_place(source_place_within(f.source, STR("/0"), 999), 1, 2);
    arena_done(&f.arena);
}

TEST(test_the_last_of_a_name_is_meant)
{
    Fixture f;
    read_text(&f, STR("{\"a\": 1,\n\"a\": 2}"));
    check_place(source_place(f.source, STR("/a")), 2, 6);
    check_place(source_place_of_name(f.source, STR("/a")), 2, 1);
    arena_done(&f.arena);
}

TEST(test_a_byte_order_mark_and_blanks_come_before_json)
{
    Fixture f;
    read_text(&f, STR("\xef\xbb\xbf \r\n\t{\"a\": 1}\r\n"));
    check_place(source_place(f.source, STR("/a")), 2, 8);
    arena_done(&f.arena);
}

TEST(test_a_fault_in_json_has_a_place)
{
    Arena       arena;
    Source     *source;
    SourcePlace fault = { 0, 0 };
    arena_init(&arena, 0);
    CHECK_ERROR(source_read(&arena, STR("{\n \"a\": }"), SOURCE_GUESS, &source, &fault), ERR_SYNTAX);
    check_place(fault, 2, 7);
    CHECK_ERROR(source_read(&arena, STR(""), SOURCE_GUESS, &source, &fault), ERR_SYNTAX);
    check_place(fault, 1, 1);
    char deep[1200];
    memset(deep, '[', sizeof deep);
    CHECK_ERROR(source_read(&arena, str_from(deep, sizeof deep), SOURCE_GUESS, &source, &fault), ERR_LIMIT);
    check_place(fault, 1, 1001);
    arena_done(&arena);
}
