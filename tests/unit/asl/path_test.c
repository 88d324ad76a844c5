/* path_test.c -- paths into the input, the context object and variables. */
#include "tests/unit/asl/scope_support.h"

#include "asl/path.h"

TEST(test_asl_path_finds_its_root)
{
    static const TestCase3 cases[] = {
        { "$", "{\"a\":1}", "{\"a\":1}" },
        { "$.a", "{\"a\":1.0}", "1.0" },
        { "$['a'][1]", "{\"a\":[1,2]}", "2" },
        { "$[0]", "[7]", "7" },
        { "$..a", "{\"a\":{\"a\":1}}", "[{\"a\":1},1]" },
        { "$.items[*].v", "{}", "[]" },
        { "$$.Execution.Name", "{}", "\"run\"" },
        { "$$['Execution']['Input']", "{}", "{\"n\":1}" },
        { "$$", "{}", "{\"Execution\":{\"Name\":\"run\",\"Input\":{\"n\":1}},\"Task\":{\"Token\":\"t\"}}" },
        { "$count", "{}", "3" },
        { "$outer.a", "{}", "\"b\"" },
        { "$größe[1]", "{}", "2" },
        { "$größe[*]", "{}", "[1,2]" },
        { "$['Test\\\"\"Name\"']", "{\"Test\\\\\\\"\\\"Name\\\"\":5}", "5" },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_asl_path_that_finds_nothing_shows_the_text_it_looked_in)
{
    static const TestCase3 cases[] = {
        { "$.x", "{ \"a\": [1,\n2] }",
          "failed: The JSONPath '$.x' specified for the field 'v.$' could not be found in the input '{ \"a\": [1,\n2] "
          "}'" },
        { "$$.Nope", "{}",
          "failed: The JSONPath '$$.Nope' specified for the field 'v.$' could not be found in the input "
          "'{\"Execution\":{\"Name\":\"run\",\"Input\":{\"n\":1}},\"Task\":{\"Token\":\"t\"}}'" },
        { "$nobody.x", "{}",
          "failed: The JSONPath '$nobody.x' specified for the field 'v.$' could not be found in the input '{}'" },
        { "$.a[0]", "{\"a\":1}",
          "failed: Invalid path '$.a[0]' : Filter: [0] can only be applied to arrays. Current context is: 1" },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_asl_path_index_past_the_end_is_null_as_the_last_step)
{
    static const TestCase3 cases[] = {
        { "$.a[5]", "{\"a\":[1]}", "null" },
        { "$[0][1]", "[[1]]", "null" },
        { "$.a[5].b", "{\"a\":[1]}",
          "failed: The JSONPath '$.a[5].b' specified for the field 'v.$' could not be found in the input "
          "'{\"a\":[1]}'" },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_asl_path_refuses_what_is_none)
{
    static const char *const texts[] = { "",    "a",   ".a",     "$$a", "$.",      "$a[",    "$states.input", "$states",
                                         "$1a", "$_a", "$a-b.c", "$ a", "$\xff.a", "$a\xcc", "@.a",           " $.a" };
    Arena                    arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        AslPath *path;
        if (!CHECK_ERROR(asl_path_compile(&arena, str_from_c(texts[i]), &path), ERR_SYNTAX))
            CHECK_STR(str_from_c(texts[i]), STR("a text that is refused"));
    }
    arena_done(&arena);
}

TEST(test_asl_path_tells_its_parts)
{
    AslPath *path = NULL;
    Arena    arena;
    arena_init(&arena, 0);
    CHECK_OK(asl_path_compile(&arena, STR("$wert.a[0]"), &path));
    CHECK_STR(asl_path_text(path), STR("$wert.a[0]"));
    CHECK_STR(asl_path_variable(path), STR("wert"));
    CHECK_INT(asl_path_root(path), ASL_PATH_VARIABLE);
    CHECK_STR(jsonpath_text(asl_path_inner(path)), STR("$.a[0]"));
    CHECK(asl_path_is_reference(path));
    CHECK_OK(asl_path_compile(&arena, STR("$$.a[*]"), &path));
    CHECK_INT(asl_path_root(path), ASL_PATH_CONTEXT);
    CHECK_STR(jsonpath_text(asl_path_inner(path)), STR("$.a[*]"));
    CHECK(!asl_path_is_reference(path));
    arena_done(&arena);
}

TEST(test_asl_variable_names)
{
    static const struct {
        const char *name;
        bool        valid;
    } cases[] = {
        { "a", true },
        { "a_1", true },
        { "größe", true },
        { "Δx", true },
        { "数", true },
        { "e\u0301t", true },
        { "", false },
        { "1a", false },
        { "_a", false },
        { "states", false },
        { "a b", false },
        { "a-b", false },
        { "\u0301", false },
        { "😀", false },
        { "a\xff", false },
        { "a2345678901234567890123456789012345678901234567890123456789012345678901234567890", true },
        { "a23456789012345678901234567890123456789012345678901234567890123456789012345678901", false },
        { "é2345678901234567890123456789012345678901234567890123456789012345678901234567890", true },
        { "é23456789012345678901234567890123456789012345678901234567890123456789012345678901", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!CHECK_INT(asl_variable_name_valid(str_from_c(cases[i].name)), cases[i].valid))
            CHECK_STR(str_from_c(cases[i].name), STR("another name"));
}

TEST(test_asl_path_without_a_context_object_finds_nothing_in_it)
{
    TestScope test;
    AslPath  *path = NULL;
    Json     *value;
    Str       why = STR_NONE;
    test_scope_init(&test, "{}");
    test.scope.context = NULL;
    test.scope.variables = NULL;
    CHECK_OK(asl_path_compile(&test.arena, STR("$$.a"), &path));
    CHECK_INT(asl_path_apply(path, &test.scope, &value, &why), JSONPATH_NOT_FOUND);
    CHECK_STR(why, STR("No results for path: $$.a"));
    CHECK_OK(asl_path_compile(&test.arena, STR("$a"), &path));
    CHECK_INT(asl_path_apply(path, &test.scope, &value, &why), JSONPATH_NOT_FOUND);
    test_scope_done(&test);
}
