/* http_fuzz.c -- any bytes as a stream of requests: nothing breaks, and where they are cut makes no
 * difference. The first byte of the input seeds the cuts. */
#include "tests/support/fuzz.h"

#include <assert.h>

#include "http/parse.h"

static const HttpLimits limits = { .head_bytes_max = 2048, .header_count_max = 16, .body_bytes_max = 4096 };

typedef struct Run {
    Arena    arena;
    Str      stream;
    size_t   from;  /* of what is not taken */
    size_t   until; /* of what has come */
    HttpScan scan;
    HttpHead head;
    HttpBody body;
    bool     in_body;
    Buffer   seen; /* what came out, to be compared */
} Run;

static void note(Run *run, Str text)
{
    buffer_append_int(&run->seen, (int64_t)text.length);
    buffer_append_byte(&run->seen, ':');
    buffer_append_str(&run->seen, text);
}

static void note_head(Run *run)
{
    const HttpHead *head = &run->head;
    note(run, head->method);
    note(run, head->target);
    note(run, head->path);
    note(run, head->query);
    for (size_t i = 0; i < head->header_count; i++) {
        assert(head->headers[i].name.length > 0);
        note(run, head->headers[i].name);
        note(run, head->headers[i].value);
    }
    assert(head->content_length <= limits.body_bytes_max);
    assert(head->header_count <= limits.header_count_max);
    buffer_append_int(&run->seen, head->framing * 8 + head->keep_alive * 4 + head->expects_continue * 2 + head->version_minor);
}

static HttpProgress step_head(Run *run, HttpRefusal *refusal)
{
    Str bytes = str_slice(run->stream, run->from, run->until);
    HttpProgress progress = http_scan_head(&run->scan, bytes, &limits, refusal);
    if (progress != HTTP_DONE) return progress;
    assert(run->scan.at <= limits.head_bytes_max);
    Str head = str_copy(&run->arena, str_slice(bytes, 0, run->scan.at));
    if (http_parse_head(&run->arena, head, &run->scan, &limits, &run->head, refusal) == HTTP_REFUSED) return HTTP_REFUSED;
    note_head(run);
    run->from += run->scan.at;
    run->scan = (HttpScan){ 0 };
    http_body_init(&run->body, &run->head, &limits);
    run->in_body = run->head.framing != HTTP_NO_BODY;
    return HTTP_DONE;
}

static HttpProgress step_body(Run *run, HttpRefusal *refusal)
{
    Str input = str_slice(run->stream, run->from, run->until), piece;
    if (!input.length) return HTTP_MORE;
    HttpProgress progress = http_body_take(&run->body, &input, &piece, refusal);
    assert(run->until - input.length > run->from || progress == HTTP_REFUSED);
    run->from = run->until - input.length;
    buffer_append_str(&run->seen, piece);
    if (progress == HTTP_DONE) {
        run->in_body = false;
        arena_reset(&run->arena);
    }
    return progress == HTTP_MORE ? HTTP_DONE : progress;
}

/* Everything that can be taken of what has come; false: refused. */
static bool take(Run *run)
{
    HttpRefusal refusal;
    HttpProgress progress;
    do progress = run->in_body ? step_body(run, &refusal) : step_head(run, &refusal);
    while (progress == HTTP_DONE);
    if (progress == HTTP_MORE) return true;
    assert(refusal.status >= 400 && refusal.message);
    buffer_append_int(&run->seen, refusal.status);
    return false;
}

static void run_stream(Run *run, Str stream, uint32_t seed, bool cut)
{
    *run = (Run){ .stream = stream };
    arena_init(&run->arena, 0);
    while (run->until < stream.length) {
        seed = seed * 1664525 + 1013904223;
        size_t size = cut ? 1 + (seed >> 16) % ((seed >> 8 & 3) ? 4 : 100) : stream.length;
        run->until = size < stream.length - run->until ? run->until + size : stream.length;
        if (!take(run)) break;
    }
}

static void run_done(Run *run)
{
    arena_done(&run->arena);
    buffer_done(&run->seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    Run whole, cut;
    Str stream = str_from(data + 1, size - 1);
    run_stream(&whole, stream, 0, false);
    run_stream(&cut, stream, data[0], true);
    assert(str_equal(buffer_str(&whole.seen), buffer_str(&cut.seen)));
    run_done(&whole);
    run_done(&cut);
    return 0;
}
