/* yaml_test.c -- YAML texts: the JSON they mean, where it stands, and what is refused. */
#include "source/source.h"
#include "tests/support/test.h"

static void check_json(const char *yaml, const char *json)
{
    Arena       arena;
    Source     *source = NULL;
    SourcePlace fault;
    arena_init(&arena, 0);
    if (CHECK_OK(source_read(&arena, str_from_c(yaml), SOURCE_YAML, &source, &fault)))
        CHECK_STR(json_text(&arena, source_value(source)), str_from_c(json));
    arena_done(&arena);
}

static void check_refused(const char *yaml, ErrorCode code, uint32_t line, uint32_t column)
{
    Arena       arena;
    Source     *source = NULL;
    SourcePlace fault = { 0, 0 };
    arena_init(&arena, 0);
    CHECK_ERROR(source_read(&arena, str_from_c(yaml), SOURCE_YAML, &source, &fault), code);
    CHECK_INT(fault.line, line);
    CHECK_INT(fault.column, column);
    arena_done(&arena);
}

static void check_at(const Source *source, const char *pointer, uint32_t line, uint32_t column)
{
    SourcePlace place = source_place(source, str_from_c(pointer));
    CHECK_INT(place.line, line);
    CHECK_INT(place.column, column);
}

static void check_name_at(const Source *source, const char *pointer, uint32_t line, uint32_t column)
{
    SourcePlace place = source_place_of_name(source, str_from_c(pointer));
    CHECK_INT(place.line, line);
    CHECK_INT(place.column, column);
}

TEST(test_plain_scalars_are_those_of_yaml_1_1)
{
    check_json("[true, False, YES, off, y, n]", "[true,false,true,false,\"y\",\"n\"]");
    check_json("[~, null, NULL, ]", "[null,null,null]");
    check_json("a:\nb: ''", "{\"a\":null,\"b\":\"\"}");
    check_json("[0, -7, +8, 1_000, 0x1F, 0b101, 017, 0o17, 08]", "[0,-7,8,1000,31,5,15,15,\"08\"]");
    check_json("[1.50, .5, 5., -1.5e-3, 1.5e3, 1e3]", "[1.50,0.5,5.0,-1.5e-3,1.5e3,\"1e3\"]");
    check_json("[123456789012345678901234567890, 9223372036854775807, 0x7fffffffffffffff]",
               "[123456789012345678901234567890,9223372036854775807,9223372036854775807]");
    check_json("[2016-03-14T01:59:00Z, 12:30, 1.2.3, arn:aws:x:y]",
               "[\"2016-03-14T01:59:00Z\",\"12:30\",\"1.2.3\",\"arn:aws:x:y\"]");
}

TEST(test_quotes_and_tags_of_yaml_decide_the_type)
{
    check_json("['true', \"1\", !!str 5, !!int '7', !!float 3, !!bool yes, !!null x]",
               "[\"true\",\"1\",\"5\",7,3,true,null]");
    check_json("\"tab\\t\\u00e9\"", "\"tab\\t\u00e9\"");
    check_refused("a: !!int x", ERR_SYNTAX, 1, 4);
    check_refused("a: !!bool maybe", ERR_SYNTAX, 1, 4);
    check_refused("a: .inf", ERR_SYNTAX, 1, 4);
    check_refused("a: [-.NaN]", ERR_SYNTAX, 1, 5);
}

TEST(test_names_are_texts_as_they_stand)
{
    check_json("{yes: 1, 2: b, ~: c, 1.0: d}", "{\"yes\":1,\"2\":\"b\",\"~\":\"c\",\"1.0\":\"d\"}");
    check_refused("? [a]\n: b", ERR_SYNTAX, 1, 5);
}

TEST(test_blocks_and_folds)
{
    check_json("a: |\n  one\n  two\nb: >-\n  three\n  four\n", "{\"a\":\"one\\ntwo\\n\",\"b\":\"three four\"}");
    check_json("- a\n- - b\n  - c: d\n", "[\"a\",[\"b\",{\"c\":\"d\"}]]");
}

TEST(test_short_forms_of_templates_become_long)
{
    check_json("!Ref Queue", "{\"Ref\":\"Queue\"}");
    check_json("!Condition IsProd", "{\"Condition\":\"IsProd\"}");
    check_json("!GetAtt Stack.Outputs.Url", "{\"Fn::GetAtt\":[\"Stack\",\"Outputs.Url\"]}");
    check_json("!GetAtt [A, Arn]", "{\"Fn::GetAtt\":[\"A\",\"Arn\"]}");
    check_json("!Sub ['${a}', {a: !Ref B}]", "{\"Fn::Sub\":[\"${a}\",{\"a\":{\"Ref\":\"B\"}}]}");
    check_json("!Join [',', [!Ref A, 5]]", "{\"Fn::Join\":[\",\",[{\"Ref\":\"A\"},5]]}");
    check_json("!If [c, 1, !Ref AWS::NoValue]", "{\"Fn::If\":[\"c\",1,{\"Ref\":\"AWS::NoValue\"}]}");
    check_json("!Ref 012", "{\"Ref\":\"012\"}");
}

TEST(test_anchors_are_written_out)
{
    check_json("a: &x [1, 2]\nb: *x\n", "{\"a\":[1,2],\"b\":[1,2]}");
    check_json("a: &x !Ref Y\nb: *x\n", "{\"a\":{\"Ref\":\"Y\"},\"b\":{\"Ref\":\"Y\"}}");
    check_json("- &k name\n- {*k : 1}\n", "[\"name\",{\"name\":1}]");
    check_refused("a: *x", ERR_SYNTAX, 1, 4);
    check_refused("a: &x [*x]", ERR_SYNTAX, 1, 8);
}

TEST(test_merge_keys)
{
    check_json("d: &d {a: 1, b: 2}\ne:\n  <<: *d\n  b: 3\n", "{\"d\":{\"a\":1,\"b\":2},\"e\":{\"b\":3,\"a\":1}}");
    check_json("- &p {a: 1}\n- &q {a: 2, b: 2}\n- <<: [*p, *q]\n", "[{\"a\":1},{\"a\":2,\"b\":2},{\"a\":1,\"b\":2}]");
    check_json("'<<': 1", "{\"<<\":1}");
    check_refused("<<: 3", ERR_SYNTAX, 1, 5);
    check_refused("<<: [3]", ERR_SYNTAX, 1, 5);
}

TEST(test_yaml_values_have_places)
{
    Arena       arena;
    Source     *source = NULL;
    SourcePlace fault;
    Str text = STR("# first\nStartAt: Gr\u00fc\u00dfe\nStates:\n  Gr\u00fc\u00dfe: { Type: Pass, Output: '{% a %}' }\n "
                   " base: &b\n    Type: Task\n  X:\n    <<: *b\n"
                   "    Sub: !Sub x\n    Text: |\n      one\n      two {%\n  Y: *b\n");
    arena_init(&arena, 0);
    CHECK_OK(source_read(&arena, text, SOURCE_GUESS, &source, &fault));
    check_at(source, "/StartAt", 2, 10);
    check_name_at(source, "/StartAt", 2, 1);
    check_at(source, "/States/Gr\u00fc\u00dfe/Type", 4, 18);
    check_name_at(source, "/States/Gr\u00fc\u00dfe/Output", 4, 24);
    check_at(source, "/States/X/Type", 6, 11); /* where it was merged from */
    check_name_at(source, "/States/Y", 13, 3);
    check_at(source, "/States/X/Sub/Fn::Sub", 9, 10);
    SourcePlace within = source_place_within(source, STR("/States/Gr\u00fc\u00dfe/Output"), 3);
    CHECK_INT(within.line, 4);
    CHECK_INT(within.column, 36);
    within = source_place_within(source, STR("/States/X/Text"), 8);
    CHECK_INT(within.line, 12);
    CHECK_INT(within.column, 11);
    arena_done(&arena);
}

TEST(test_what_is_no_yaml_has_a_place)
{
    check_refused("a: b\n c: d", ERR_SYNTAX, 2, 3);
    check_refused("{a: b", ERR_SYNTAX, 1, 6);
    check_refused("a: 1\n---\nb: 2", ERR_SYNTAX, 2, 1);
    check_refused("", ERR_SYNTAX, 1, 1);
    check_refused("# nothing\n", ERR_SYNTAX, 1, 1);
    check_refused("a: \x01", ERR_SYNTAX, 1, 4);
    check_refused("a: \xff", ERR_SYNTAX, 1, 4);
}

TEST(test_aliases_cannot_grow_without_end)
{
    Buffer text;
    buffer_init(&text);
    buffer_append_c(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
        buffer_append_format(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++) buffer_append_format(&text, "*a%d,", i - 1);
        buffer_append_c(&text, "]\n");
    }
    buffer_append_byte(&text, '\0');
    check_refused(text.data, ERR_LIMIT, 7, 18);
    buffer_done(&text);
}

TEST(test_aliases_cannot_nest_too_deep)
{
    Buffer text;
    buffer_init(&text);
    for (int i = 0; i < 3; i++) {
        buffer_append_format(&text, "- &a%d ", i);
        for (int k = 0; k < 400; k++) buffer_append_byte(&text, '[');
        if (i) buffer_append_format(&text, "*a%d", i - 1);
        for (int k = 0; k < 400; k++) buffer_append_byte(&text, ']');
        buffer_append_byte(&text, '\n');
    }
    buffer_append_byte(&text, '\0');
    check_refused(text.data, ERR_LIMIT, 3, 407);
    buffer_done(&text);
}
