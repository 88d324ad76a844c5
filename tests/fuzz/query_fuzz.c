/* query_fuzz.c -- any request is routed, decoded and answered, or refused and answered.
 *
 * The input is a method, a path, a query, a credential scope, a content type and a target, a line each;
 * the rest is the body. */
#include "tests/support/fuzz.h"

#include "tests/unit/aws/example.c"

#include <assert.h>

enum { LINES = 6 };

static void check_input(Arena *arena, const WireCall *call)
{
    Json *again;
    const Shape *shape = call->operation->input ? call->operation->input : &shape_nothing;
    Error *error = shape_check(arena, shape, call->input, &again);
    assert(!error);
    error = json_parse(arena, json_text(arena, call->input), NULL, &again);
    assert(!error);
}

static void answer(Arena *arena, const WireRequest *request)
{
    WireOptions options = example_options();
    WireCall call;
    WireReply reply = { 0 };
    buffer_init(&reply.body);
    Error *error = wire_decode(arena, &options, request, EXAMPLE_NOW, EXAMPLE_REQUEST_ID, &call);
    if (error) {
        assert(error->code == ERR_FAULT && error->fault);
        wire_encode_error(arena, &call, error, &reply);
        assert(reply.status >= 400 && (reply.body.length || call.head));
    } else {
        check_input(arena, &call);
        wire_encode(arena, &call, call.input, &reply);
        assert(reply.status < 400);
    }
    assert(!reply.body.failed && reply.header_count);
    error_free(error);
    buffer_done(&reply.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena arena;
    Str rest = str_from(data, size), lines[LINES] = { 0 };
    arena_init(&arena, 0);
    for (int i = 0; i < LINES; i++) str_next_part(&rest, '\n', &lines[i]);
    NamedStr headers[] = {
        { STR("Host"), STR("localhost") },
        { STR("Authorization"), str_format(&arena, "AWS4-HMAC-SHA256 Credential=k/20261120/r/%.*s/aws4_request",
                                           STR_ARG(lines[3])) },
        { STR("Content-Type"), lines[4] },
        { STR("X-Amz-Target"), lines[5] },
    };
    size_t first = lines[3].length ? 4 : 1; /* no scope, nothing but a host */
    if (first == 4 && !lines[5].length) first = 3;
    if (!lines[3].length && lines[4].length) headers[1] = headers[2], first = 2;
    WireRequest request = { .method = lines[0], .path = lines[1], .query = lines[2], .headers = headers,
                            .header_count = first, .body = rest };
    answer(&arena, &request);
    arena_done(&arena);
    return 0;
}
