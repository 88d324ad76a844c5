/* json_fuzz.c -- what is parsed can be written, parsed again and is the same. */
#include "tests/support/fuzz.h"

#include "json/json.h"

static void check(bool held)
{
    if (!held) abort();
}

static void check_round_trip(Arena *arena, const Json *value, JsonStyle style)
{
    Buffer out;
    Json *again;
    buffer_init(&out);
    json_write(&out, value, style);
    check(!out.failed);
    check(!json_parse(arena, buffer_str(&out), NULL, &again));
    check(json_equal(value, again) && json_equal(again, value));
    buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena arena;
    Json *value;
    arena_init(&arena, 0);
    Error *error = json_parse(&arena, str_from(data, size), NULL, &value);
    if (!error) {
        check_round_trip(&arena, value, JSON_COMPACT);
        check_round_trip(&arena, value, JSON_PRETTY);
        check_round_trip(&arena, json_copy(&arena, value), JSON_COMPACT);
    }
    error_free(error);
    arena_done(&arena);
    return 0;
}
