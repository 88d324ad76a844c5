/* parse_test.c -- what is a path, what is none, and how it is written. */
#include "tests/unit/jsonpath/support.h"

TEST(test_jsonpath_refuses_what_is_no_path)
{
    static const PathCase cases[] = {
        { "", "{}", "no path: json can not be null or empty" },
        { "$x", "{}", "no path: Illegal character at position 1 expected '.' or '['" },
        { "$.", "{}", "no path: Path must not end with a '.' or '..'" },
        { "$...a", "{}", "no path: Character '.' on position 3 is not valid." },
        { "$[a]", "{}", "no path: Could not parse token starting at position 1. Expected ?, ', 0-9, * " },
        { "$. a", "{}", "no path: Could not parse token starting at position 2" },
        { "$.a b", "{}",
          "no path: Use bracket notion ['my prop'] if your property contains blank characters. position: 2" },
        { "$['a", "{}", "no path: Property has not been closed - missing closing '" },
        { "$['a''b']", "{}",
          "no path: Property must be separated by comma or Property must be terminated close square bracket at index "
          "4" },
        { "$[0 2]", "[]", "no path: Failed to parse token in ArrayIndexOperation: 0 2" },
        { "$[0,]", "[]", "no path: Failed to parse token in ArrayIndexOperation: " },
        { "$[99999999999]", "[]", "no path: Failed to parse token in ArrayIndexOperation: 99999999999" },
        { "$[::2]", "[]", "no path: Failed to parse SliceOperation: ::2" },
        { "$[?]", "[]", "no path: Not enough predicates supplied for filter [?] at position 1" },
        { "$[?()]", "[]", "no path: Failed to parse filter: [?()], error on position: 3, char: )" },
        { "$[?(@.a=1)]", "[]", "no path: Expected character: )" },
        { "$[?(1)]", "[]", "no path: Expected path node" },
        { "$.a[*,1]", "{}", "no path: Expected wildcard token to end with ']' on position 5" },
    };
    CHECK_PATHS(JSONPATH_STATES, cases);
    CHECK_PATHS(JSONPATH_2_10, cases);
}

TEST(test_jsonpath_dialects_take_different_paths)
{
    static const PathCase service[] = {
        { "$[\"a\"]", "{}", "no path: Could not parse token starting at position 1. Expected ?, ', 0-9, * " },
        { "$[?(@.* == 1)]", "[]", "no path: the predicate path: @.* is not definite" },
        { "$[?(@.a in [1])]", "[]", "no path: Expected character: )" },
        { "$.a(b", "{\"a(b\":1}", "1" },
        { "$.*b", "{\"*b\":1}", "1" },
    };
    static const PathCase later[] = {
        { "$.a(b", "{}", "no path: Arguments to function: 'a' are not closed properly." },
        { "$.a.foo()", "{}", "no path: Function with name: foo does not exist." },
        { "$['a',1]", "{}", "no path: Found empty property at index 6" },
    };
    CHECK_PATHS(JSONPATH_STATES, service);
    CHECK_PATHS(JSONPATH_2_10, later);
}

static void check_traits(const char *text, const char *normal, bool definite, bool reference)
{
    Arena     arena;
    JsonPath *path = NULL;
    arena_init(&arena, 0);
    if (CHECK_OK(jsonpath_compile(&arena, str_from_c(text), &path))) {
        CHECK_STR(jsonpath_text(path), str_from_c(text));
        CHECK_STR(jsonpath_normal(path, &arena), str_from_c(normal));
        CHECK_INT(jsonpath_is_definite(path), definite);
        CHECK_INT(jsonpath_is_reference(path), reference);
    }
    arena_done(&arena);
}

TEST(test_jsonpath_traits)
{
    check_traits("$", "$", true, true);
    check_traits("$.a[0]['b c']", "$['a'][0]['b c']", true, true);
    check_traits("$.a[-1]", "$['a'][-1]", true, false);
    check_traits("$['a','b']", "$['a', 'b']", true, false);
    check_traits("$..a", "$..['a']", false, false);
    check_traits("$.a[*]", "$['a'][*]", false, false);
    check_traits("$[ 1 , 2 ][1:]", "$[1,2][1:]", false, false);
    check_traits("$[?(@.a)][:2]", "$[?][:2]", false, false);
    check_traits("@.a", "$['a']", true, false);
}

static Str repeated(Arena *arena, const char *part, size_t times, const char *before)
{
    size_t size = strlen(part), start = strlen(before);
    char  *text = arena_alloc_bytes(arena, start + size * times + 1);
    memcpy(text, before, start + 1);
    for (size_t i = 0; i < times; i++) memcpy(text + start + i * size, part, size + 1);
    return str_from(text, start + size * times);
}

TEST(test_jsonpath_hostile_paths)
{
    static const char *const parts[] = { ".a", "[0]", "[?(", "[?(@", "[?(@.a[?(", "..", "(", "[", "['", "[?(!", "a(" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        Arena     arena;
        JsonPath *path = NULL;
        arena_init(&arena, 0);
        CHECK_ERROR(jsonpath_compile_as(&arena, repeated(&arena, parts[i], 20000, "$.a"), JSONPATH_2_10, &path),
                    ERR_SYNTAX);
        error_free(jsonpath_compile(&arena, repeated(&arena, parts[i], 20000, "$.a"), &path)); /* or it is a name */
        CHECK_ERROR(jsonpath_compile_as(&arena, repeated(&arena, parts[i], 20000, "$[?(@.x"), JSONPATH_2_10, &path),
                    ERR_SYNTAX);
        arena_done(&arena);
    }
}
