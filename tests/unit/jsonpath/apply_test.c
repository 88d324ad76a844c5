/* apply_test.c -- what paths select, and the sentences where they select nothing. */
#include "tests/unit/jsonpath/support.h"

TEST(test_jsonpath_selects)
{
    static const PathCase cases[] = {
        { "$", "42", "42" },
        { "$.a", "{\"a\":1}", "1" },
        { " $.a ", "{\"a\":1}", "1" },
        { "a", "{\"a\":1}", "1" },
        { "$.a", "{\"a\":null}", "null" },
        { "$['a']['b']", "{\"a\":{\"b\":2}}", "2" },
        { "$.a[1]", "{\"a\":[1,2]}", "2" },
        { "$['a', 'b']", "{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"b\":2}" },
        { "$['x', 'y']", "{\"a\":1}", "{}" },
        { "$[*]", "{}", "[]" },
        { "$.*", "{\"a\":1,\"b\":[2]}", "[1,[2]]" },
        { "$[1:]", "[1,2,3]", "[2,3]" },
        { "$[:-1]", "[1,2,3]", "[1,2]" },
        { "$[-1:]", "[1,2,3]", "[3]" },
        { "$[0,2]", "[1,2,3]", "[1,3]" },
        { "$..a", "{\"a\":{\"a\":1}}", "[{\"a\":1},1]" },
        { "$..*", "[[0],[1]]", "[[0],[1],0,1]" },
        { "$[*].a", "[1,{\"a\":1},{\"b\":2}]", "[1]" },
        { "$.a", "{\"a\":1,\"a\":2}", "2" },
        { "$.*", "{\"a\":1,\"a\":2}", "[2]" },
    };
    CHECK_PATHS(JSONPATH_STATES, cases);
    CHECK_PATHS(JSONPATH_2_10, cases);
}

TEST(test_jsonpath_as_the_service_says_it)
{
    static const PathCase cases[] = {
        { "$.X", "{}", "not found: No results for path: $['X']" },
        { "$.no.such", "{}", "not found: Missing property in path $['no']" },
        { "$.a.x.y", "{\"a\":1}", "not found: Property ['x'] not found in path $['a']" },
        { "$['a', 'b']", "[1]", "not found: Property ['a', 'b'] not found in path $" },
        { "$.a[5].b", "{\"a\":[1]}", "not found: Index out of bounds when evaluating path $['a'][5]" },
        { "$.a[-1]", "{\"a\":[1]}", "not found: Index out of bounds when evaluating path $['a'][-1]" },
        { "$.a[0]", "{\"a\":null}", "not found: The path $['a'] is null" },
        { "$[0]", "{\"a\":1}",
          "not supported: Filter: [0] can only be applied to arrays. Current context is: {\"a\":1}" },
        { "$['a', 'b'].v", "{\"a\":{\"v\":1}}",
          "not supported: Multi properties can only be used as path leafs: $['a', 'b']" },
        { "$.a[?(@.b == 1)]", "{\"a\":5}",
          "not supported: Filter: [?] can not be applied to primitives. Current context is: 5" },
        { "$.a.sum()", "{\"a\":[1]}", "not found: Property ['sum()'] not found in path $['a']" },
        { "$.items[*]", "{}", "[]" },
        { "$.items[1:].v", "{}", "[]" },
        { "$.item.items[1:5]", "{}", "[]" },
        { "$['Test\\\"\"Name\"']", "{\"Test\\\\\\\"\\\"Name\\\"\":5}", "5" },
        { "$['a',1]", "{\"a\":1}", "1" },
        { "$[0:2].a", "[{\"b\":1},{\"a\":1}]", "not found: No results for path: $[0]['a']" },
        { "$..b.b.a", "{\"b\":{\"a\":1}}", "not found: Missing property in path $['b']['b']" },
        { "$[?(@.a == 1)].b.c", "[{\"a\":1},{\"a\":1,\"b\":{\"c\":3}}]", "[3]" },
        { "$.x..b.c", "{\"x\":[{\"b\":{\"c\":1}},{\"b\":{}}]}", "not found: No results for path: $['x'][1]['b']['c']" },
    };
    CHECK_PATHS(JSONPATH_STATES, cases);
}

TEST(test_jsonpath_as_later_versions_say_it)
{
    static const PathCase cases[] = {
        { "$.a.x", "{\"a\":1}",
          "not found: Expected to find an object with property ['x'] in path $['a'] but found 'java.lang.Integer'. "
          "This is not a json object according to the JsonProvider: "
          "'com.jayway.jsonpath.spi.json.JsonSmartJsonProvider'." },
        { "$.a[5].b", "{\"a\":[1]}", "not found: No results for path: $['a'][5]['b']" },
        { "$.a[-1]", "{\"a\":[1,2]}", "2" },
        { "$.a[*]", "{\"b\":5}", "not found: Missing property in path $['a']" },
        { "$['a','b'].v", "{\"a\":{\"v\":1},\"b\":{\"v\":2}}", "[1,2]" },
        { "$[\"a\\\"b\"]", "{\"a\\\"b\":1}", "1" },
        { "$[-3:2]", "[1,2,3]", "[1,2,3,1,2]" },
        { "$[-2000000000:2]", "[1,2]", "[1,2,1,2]" },
        { "@.a", "{}", "not found: No results for path: @['a']" },
    };
    CHECK_PATHS(JSONPATH_2_10, cases);
}

static Str nested(Arena *arena, size_t depth)
{
    char *text = arena_alloc_bytes(arena, depth * 2 + 1);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[depth * 2] = '\0';
    return str_from(text, depth * 2);
}

TEST(test_jsonpath_work_is_bounded)
{
    Arena arena;
    arena_init(&arena, 0);
    const char *deep = nested(&arena, 900).data;
    CHECK_STR(path_answer(&arena, JSONPATH_2_10, "$..*..*..*..*", deep),
              STR("not supported: The path takes too many steps on these data"));
    CHECK(path_answer(&arena, JSONPATH_2_10, "$..[?(@..[?(@..[?(1==1)])])]", deep).length > 0);
    CHECK(path_answer(&arena, JSONPATH_2_10, "$..*..*..['a','b']", deep).length > 0);
    Str hard = path_answer(&arena, JSONPATH_2_10, "$[?(@ =~ /(a|aa)+/)]", "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac\"]");
    CHECK_STR(hard, STR("not supported: A regular expression takes too long"));
    arena_done(&arena);
}

/* One path and what it needs, under a guard; all that was taken is in the arena, but an error. */
static Error *work(Arena *arena, Str *out)
{
    const char *path = "$..a[?(@.b =~ /x.*/i || @.b in ['y', \"z\"] && !(@.c == $.d[0]))]['b','c']";
    const char *text = "{\"d\":[1],\"e\":{\"a\":[{\"b\":\"XY\",\"c\":1},{\"b\":\"y\",\"c\":2},{\"b\":\"y\",\"c\":1}]}}";
    JsonPath   *compiled;
    Json       *document, *found = NULL, *replaced;
    Str         why;
    TRY(json_parse(arena, str_from_c(text), NULL, &document));
    TRY(jsonpath_compile_as(arena, str_from_c(path), JSONPATH_2_10, &compiled));
    CHECK_INT(jsonpath_apply(arena, compiled, document, &found, &why), JSONPATH_FOUND);
    TRY(jsonpath_compile(arena, STR("$.d[0].x.y"), &compiled));
    CHECK_INT(jsonpath_apply(arena, compiled, document, &replaced, &why), JSONPATH_NOT_FOUND);
    CHECK_INT(jsonpath_replace(arena, compiled, document, found, &replaced, &why), JSONPATH_NOT_FOUND);
    *out = json_text(arena, found);
    return NULL;
}

TEST(test_jsonpath_survives_any_failed_allocation)
{
    volatile bool done = false;
    for (volatile uint64_t nth = 1; !done; nth++) {
        Arena       arena;
        MemoryGuard guard;
        arena_init(&arena, 64);
        memory_fail_nth(nth, nth % 2);
        if (MEMORY_GUARD_ENTER(&guard)) {
            Str    found = STR_NONE;
            Error *error = work(&arena, &found);
            memory_fail_nth(0, false);
            memory_guard_leave(&guard);
            if (!error) {
                done = true;
                CHECK_STR(found, STR("[{\"b\":\"XY\",\"c\":1},{\"b\":\"y\",\"c\":2}]"));
            } else {
                CHECK_ERROR(error, ERR_MEMORY);
            }
        }
        memory_fail_nth(0, false);
        arena_done(&arena);
    }
}
