/* replace_test.c -- another value in one place. */
#include "tests/unit/jsonpath/support.h"

static void check_replace(const char *path_text, const char *document, JsonPathOutcome outcome, const char *wanted)
{
    Arena     arena;
    JsonPath *path = NULL;
    Json     *value, *before, *after = NULL;
    Str       why = STR_NONE;
    arena_init(&arena, 0);
    CHECK_OK(jsonpath_compile(&arena, str_from_c(path_text), &path));
    CHECK_OK(json_parse(&arena, str_from_c(document), NULL, &value));
    before = json_copy(&arena, value);
    CHECK_INT(jsonpath_replace(&arena, path, value, json_int_new(&arena, 7), &after, &why), outcome);
    CHECK_STR(after ? json_text(&arena, after) : why, str_from_c(wanted));
    CHECK(json_equal(before, value));
    arena_done(&arena);
}

TEST(test_jsonpath_replace)
{
    check_replace("$", "{\"a\":1}", JSONPATH_FOUND, "7");
    check_replace("$.a", "{\"a\":1,\"b\":2}", JSONPATH_FOUND, "{\"a\":7,\"b\":2}");
    check_replace("$.c", "{\"a\":1}", JSONPATH_FOUND, "{\"a\":1,\"c\":7}");
    check_replace("$.c['d e'].f", "{}", JSONPATH_FOUND, "{\"c\":{\"d e\":{\"f\":7}}}");
    check_replace("$.a[1].b", "{\"a\":[1,{\"c\":2}]}", JSONPATH_FOUND, "{\"a\":[1,{\"c\":2,\"b\":7}]}");
    check_replace("$.a[1]", "{\"a\":[1,2,3]}", JSONPATH_FOUND, "{\"a\":[1,7,3]}");
    check_replace("$.a[3]", "{\"a\":[1]}", JSONPATH_NOT_FOUND,
                  "Unable to apply ReferencePath $.a[3] to input {\"a\":[1]}");
    check_replace("$.b[0]", "{}", JSONPATH_NOT_FOUND, "Unable to apply ReferencePath $.b[0] to input {}");
    check_replace("$.a.b", "{\"a\":5}", JSONPATH_NOT_FOUND, "Unable to apply ReferencePath $.a.b to input {\"a\":5}");
    check_replace("$.a", "\"x\"", JSONPATH_NOT_FOUND, "Unable to apply ReferencePath $.a to input \"x\"");
    check_replace("$.a[*]", "{\"a\":[1]}", JSONPATH_NOT_SUPPORTED, "$.a[*] is not a reference path");
}
