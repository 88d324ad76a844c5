/* sigv4_fuzz.c -- no request is believed that was not signed with the secret.
 *
 * The input is a method, a path, a query and headers ("name:value"), a line each, then an empty line
 * and the body. The secret is made anew for every input, so no corpus can hold a good signature. */
#include "tests/support/fuzz.h"

#include "aws/sigv4.h"

#include <assert.h>

enum { HEADERS_MAX = 64 };

static Credentials *credentials_of(uint64_t seed)
{
    static const uint8_t key[32] = { 7 };
    Credentials *credentials;
    char file[128];
    int length = snprintf(file, sizeof file, "[a]\naws_access_key_id=AK\naws_secret_access_key=%016llx\n",
                          (unsigned long long)seed);
    Error *error = credentials_parse(str_from(file, (size_t)length), &credentials);
    assert(!error);
    credentials_set_key(credentials, key);
    return credentials;
}

static uint64_t seed_of(const uint8_t *data, size_t size)
{
    uint64_t seed = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < size; i++) seed = (seed ^ data[i]) * 0xff51afd7ed558ccdu;
    return seed;
}

static void verify(Arena *arena, const WireRequest *request, const Credentials *credentials)
{
    static const Protocol protocols[] = { PROTOCOL_JSON, PROTOCOL_QUERY, PROTOCOL_REST_XML };
    Instant now;
    SigV4Scope scope;
    Credential who;
    bool ok = instant_parse_aws_basic(STR("20261120T195646Z"), &now);
    assert(ok);
    if (sigv4_scope(arena, request, &scope)) assert(scope.access_key.length);
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        Error *error = sigv4_verify(arena, request, credentials, protocols[i], now, &who);
        assert(error && error->code == ERR_FAULT);
        error_free(error);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena arena;
    NamedStr headers[HEADERS_MAX];
    Str rest = str_from(data, size), line;
    WireRequest request = { .headers = headers };
    arena_init(&arena, 0);
    str_next_part(&rest, '\n', &request.method);
    str_next_part(&rest, '\n', &request.path);
    str_next_part(&rest, '\n', &request.query);
    while (request.header_count < HEADERS_MAX && str_next_part(&rest, '\n', &line) && line.length) {
        size_t colon = line.length;
        str_find_byte(line, ':', &colon);
        headers[request.header_count++] = (NamedStr){ str_slice(line, 0, colon), str_slice(line, colon + 1, line.length) };
    }
    request.body = rest;
    Credentials *credentials = credentials_of(seed_of(data, size));
    verify(&arena, &request, credentials);
    credentials_free(credentials);
    arena_done(&arena);
    return 0;
}
