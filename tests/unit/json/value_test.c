/* value_test.c -- looking up, building, comparing and copying. */
#include "tests/support/test.h"

#include "json/json.h"

static Json *parsed(Arena *arena, const char *text)
{
    Json *value = NULL;
    CHECK_OK(json_parse(arena, str_from_c(text), NULL, &value));
    return value;
}

TEST(test_json_value_is_small)
{
    CHECK_INT(sizeof(Json), 48);
}

TEST(test_json_get)
{
    Arena arena;
    int64_t number = 7;
    arena_init(&arena, 0);
    Json *value = parsed(&arena, "{\"a\":1,\"s\":\"x\",\"e\":\"\",\"a\":2e0,\"f\":2.5}");
    CHECK(json_get_int(value, STR("a"), &number));
    CHECK_INT(number, 2);
    CHECK(!json_get_int(value, STR("f"), &number));
    CHECK(!json_get_int(value, STR("s"), &number));
    CHECK(!json_get_int(value, STR("none"), &number));
    CHECK_INT(number, 2);
    CHECK_STR(json_get_str(value, STR("s")), STR("x"));
    CHECK(json_get_str(value, STR("e")).data != NULL);
    CHECK(json_get_str(value, STR("a")).data == NULL);
    CHECK(json_get_str(value, STR("none")).data == NULL);
    CHECK(json_get(json_get(value, STR("a")), STR("b")) == NULL);
    CHECK(json_get(NULL, STR("b")) == NULL);
    arena_done(&arena);
}

enum { MANY = 3000 };

static Str name_of(Arena *arena, int number)
{
    return str_format(arena, "name %d", number);
}

static void check_many(Arena *arena, Json *object, int from)
{
    int64_t number;
    for (int i = 0; i < MANY; i++) {
        bool there = json_get_int(object, name_of(arena, i), &number);
        CHECK_INT(there, i >= from);
        if (there) CHECK_INT(number, i * 2);
    }
}

TEST(test_json_objects_with_many_members)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *object = json_object(&arena), *again;
    for (int i = 0; i < MANY; i++) json_set(&arena, object, name_of(&arena, i), json_int_new(&arena, i));
    for (int i = 0; i < MANY; i++) json_set(&arena, object, name_of(&arena, i), json_int_new(&arena, i * 2));
    CHECK_INT(object->count, MANY);
    check_many(&arena, object, 0);
    CHECK_OK(json_parse(&arena, json_text(&arena, object), NULL, &again));
    check_many(&arena, again, 0);
    check_many(&arena, json_copy(&arena, object), 0);
    CHECK(json_equal(object, again));
    for (int i = 0; i < MANY - 5; i++) CHECK(json_remove(again, name_of(&arena, i)));
    check_many(&arena, again, MANY - 5);
    CHECK(!json_equal(object, again));
    arena_done(&arena);
}

/* An index knows the last of a name, before and after members are added. */
TEST(test_json_repeated_members_among_many)
{
    Arena arena;
    int64_t number;
    arena_init(&arena, 0);
    Json *object = json_object(&arena);
    for (int i = 0; i < 100; i++) json_add_int(&arena, object, name_of(&arena, i % 40), i);
    CHECK(json_get_int(object, STR("name 3"), &number));
    CHECK_INT(number, 83);
    json_add_int(&arena, object, STR("name 3"), 1003);
    CHECK(json_get_int(object, STR("name 3"), &number));
    CHECK_INT(number, 1003);
    CHECK(json_remove(object, STR("name 3")));
    CHECK(!json_remove(object, STR("name 3")));
    CHECK_INT(object->count, 97);
    CHECK(json_get(object, STR("name 3")) == NULL);
    arena_done(&arena);
}

TEST(test_json_building)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *object = json_object(&arena), *array = json_array(&arena);
    for (int i = 0; i < 10; i++) json_append(&arena, array, json_int_new(&arena, i));
    json_append(&arena, array, json_null(&arena));
    json_append(&arena, array, json_bool(&arena, true));
    json_append(&arena, array, json_double(&arena, 0.5));
    json_add(&arena, object, STR("list"), array);
    json_add_str(&arena, object, STR("text"), STR("a\"b"));
    json_add_int(&arena, object, STR("n"), -5);
    json_add(&arena, object, STR("blob"), json_blob(&arena, STR("\0\xff\x10")));
    json_set(&arena, object, STR("n"), json_str_copy(&arena, STR("six")));
    CHECK_STR(json_text(&arena, object), STR("{\"list\":[0,1,2,3,4,5,6,7,8,9,null,true,0.5],\"text\":\"a\\\"b\",\"n\":"
                                             "\"six\",\"blob\":\"AP8Q\"}"));
    arena_done(&arena);
}

/* Changing a parsed value works too, and it no longer claims to be the text it came from. */
TEST(test_json_changing_what_was_parsed)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *object = parsed(&arena, "{\"a\":1,\"b\":[1],\"a\":2}");
    json_append(&arena, json_get(object, STR("b")), json_int_new(&arena, 2));
    json_set(&arena, object, STR("a"), json_int_new(&arena, 3));
    json_set(&arena, object, STR("c"), json_int_new(&arena, 4));
    CHECK_STR(json_text(&arena, object), STR("{\"a\":1,\"b\":[1,2],\"a\":3,\"c\":4}"));
    CHECK_INT(object->raw.length, 0);
    CHECK(json_remove(object, STR("a")));
    CHECK_STR(json_text(&arena, object), STR("{\"b\":[1,2],\"c\":4}"));
    arena_done(&arena);
}

TEST(test_json_int_is_exact)
{
    static const struct {
        const char *text;
        bool        integer;
        int64_t     value;
    } cases[] = {
        { "5", true, 5 },
        { "2.0", true, 2 },
        { "2e0", true, 2 },
        { "-1.50e1", true, -15 },
        { "2.5", false, 0 },
        { "-0", true, 0 },
        { "0.0e-999999", true, 0 },
        { "9007199254740993.0", true, 9007199254740993 },
        { "9223372036854775807.000", true, INT64_MAX },
        { "-9223372036854775808e0", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "10000000000000000000000000e-10", true, 1000000000000000 },
        { "0.00000000000000000000000000000000000000012e41", true, 12 },
        { "1e19", false, 0 },
        { "1e-1", false, 0 },
        { "1.00000000000000000000000000001", false, 0 },
    };
    Arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = 0;
        CHECK_INT(json_int(parsed(&arena, cases[i].text), &value), cases[i].integer);
        CHECK_INT(value, cases[i].value);
    }
    int64_t value = 0;
    CHECK(json_int(json_double(&arena, -0x1p63), &value) && value == INT64_MIN);
    CHECK(!json_int(json_double(&arena, 0x1p63), &value));
    CHECK(!json_int(json_double(&arena, 0.5), &value));
    CHECK(!json_int(json_null(&arena), &value));
    arena_done(&arena);
}

TEST(test_json_equal)
{
    static const struct {
        const char *a, *b;
        bool        equal;
    } cases[] = {
        { "null", "null", true },
        { "null", "false", false },
        { "true", "false", false },
        { "1", "1.0", true },
        { "100", "1e2", true },
        { "-0", "0", true },
        { "9007199254740993", "9007199254740992", false },
        { "9007199254740993", "9007199254740992.0", false },
        { "0.1", "0.10", true },
        { "0.1", "0.2", false },
        { "\"a\"", "\"\\u0061\"", true },
        { "\"1\"", "1", false },
        { "[1,2]", "[1,2]", true },
        { "[1,2]", "[2,1]", false },
        { "[1,2]", "[1]", false },
        { "[]", "{}", false },
        { "{\"a\":1,\"b\":{\"c\":[]}}", "{\"b\":{\"c\":[]},\"a\":1}", true },
        { "{\"a\":1}", "{\"a\":1,\"b\":1}", false },
        { "{\"a\":1,\"b\":1}", "{\"a\":1,\"c\":1}", false },
        { "{\"a\":1,\"a\":2}", "{\"a\":2}", true },
        { "{\"a\":1,\"a\":2}", "{\"a\":1}", false },
        { "{\"a\":1,\"a\":2}", "{\"a\":2,\"b\":2}", false },
        { "{\"a\":[[[1]]]}", "{\"a\":[[[2]]]}", false },
    };
    Arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Json *a = parsed(&arena, cases[i].a), *b = parsed(&arena, cases[i].b);
        if (!CHECK_INT(json_equal(a, b), cases[i].equal) || !CHECK_INT(json_equal(b, a), cases[i].equal))
            printf("    in case %zu\n", i);
    }
    CHECK(!json_equal(json_blob(&arena, STR("a")), json_str(&arena, STR("a"))));
    CHECK(json_equal(&json_null_value, json_null(&arena)));
    arena_done(&arena);
}

TEST(test_json_copy_borrows_nothing)
{
    Arena source, target;
    arena_init(&source, 0);
    arena_init(&target, 0);
    Str text = STR("{\"a\":[1.50,\"x\\n\",\"y\",{}],\"b\":[],\"c\":{\"d\":null,\"e\":true,\"f\":1e400}}");
    Json *value;
    CHECK_OK(json_parse(&source, str_copy(&source, text), NULL, &value));
    json_add(&source, value, STR("t"), json_time(&source, 1732132606123000));
    Json *copy = json_copy(&target, value);
    CHECK(json_equal(value, copy));
    arena_done(&source);
    CHECK_STR(json_text(&target, copy), STR("{\"a\":[1.50,\"x\\n\",\"y\",{}],\"b\":[],\"c\":{\"d\":null,\"e\":true,"
                                            "\"f\":1e400},\"t\":1732132606.123}"));
    json_append(&target, json_get(copy, STR("b")), json_null(&target));
    json_add(&target, copy, STR("z"), json_null(&target));
    CHECK_INT(copy->count, 5);
    arena_done(&target);
}

static void check_instant(Json *number, int64_t expected)
{
    int64_t microseconds = -1;
    CHECK(json_instant(number, &microseconds));
    CHECK_INT(microseconds, expected);
}

TEST(test_json_instants)
{
    static const int64_t instants[] = { 0, 1, -1, 1732132606123456, 1732132606999999, 4102444799999999,
                                        -62135596800000, 1732132606000000 };
    Arena arena;
    int64_t microseconds;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
        check_instant(json_time(&arena, instants[i]), instants[i]);
    check_instant(parsed(&arena, "1732132606.123"), 1732132606123000);
    check_instant(parsed(&arena, "1.7321326061234e9"), 1732132606123400);
    CHECK(!json_instant(parsed(&arena, "1e300"), &microseconds));
    CHECK(!json_instant(parsed(&arena, "9223372036854775807"), &microseconds));
    CHECK(!json_instant(parsed(&arena, "\"1\""), &microseconds));
    arena_done(&arena);
}

/* Builds, copies and compares under a guard; all that was taken is in the arena. */
static bool work(Arena *arena)
{
    Json *object = json_object(arena), *deep = json_array(arena);
    for (int i = 0; i < 60; i++) json_set(arena, object, name_of(arena, i), json_int_new(arena, i));
    for (int i = 0; i < 100; i++) {
        Json *outer = json_array(arena);
        json_append(arena, outer, deep);
        deep = outer;
    }
    json_add(arena, object, STR("deep"), deep);
    Json *copy = json_copy(arena, object);
    return json_equal(object, copy) && str_equal(json_text(arena, object), json_text(arena, copy));
}

TEST(test_json_values_survive_any_failed_allocation)
{
    volatile bool done = false;
    for (volatile uint64_t nth = 1; !done; nth++) {
        Arena arena;
        MemoryGuard guard;
        arena_init(&arena, 0);
        memory_fail_nth(nth, nth % 2);
        if (MEMORY_GUARD_ENTER(&guard)) {
            bool same = work(&arena);
            memory_fail_nth(0, false);
            memory_guard_leave(&guard);
            CHECK(same);
            done = true;
        }
        memory_fail_nth(0, false);
        arena_done(&arena);
    }
}
