/* cbor_fuzz.c -- what is parsed can be written, parsed again and is the same; JSON can say it too. */
#include "tests/support/fuzz.h"

#include "json/cbor.h"

static void check(bool held)
{
    if (!held) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena arena;
    Json *value, *again;
    Buffer out;
    arena_init(&arena, 0);
    buffer_init(&out);
    Error *error = cbor_parse(&arena, str_from(data, size), NULL, &value);
    if (!error) {
        cbor_write(&out, value, CBOR_TIMES_TAGGED);
        check(!out.failed);
        check(!cbor_parse(&arena, buffer_str(&out), NULL, &again));
        check(json_equal(value, again) && json_equal(again, value));
        check(!json_parse(&arena, json_text(&arena, value), NULL, &again));
    }
    error_free(error);
    buffer_done(&out);
    arena_done(&arena);
    return 0;
}
