/* parse_test.c -- heads and bodies, as tables: what comes in, what comes out, however it is cut. */
#include "http/parse.h"
#include "tests/support/test.h"

static const HttpLimits small_limits = { .head_bytes_max = 512, .header_count_max = 8, .body_bytes_max = 64 };

/* A request in one line: "GET /path?query 1.1 [name=value]... keep body" or "refused 400". */
static void describe(const HttpHead *head, Str body, Buffer *out)
{
    buffer_append_format(out, "%.*s %.*s?%.*s 1.%d", STR_ARG(head->method), STR_ARG(head->path), STR_ARG(head->query), head->version_minor);
    for (size_t i = 0; i < head->header_count; i++)
        buffer_append_format(out, " %.*s=%.*s", STR_ARG(head->headers[i].name), STR_ARG(head->headers[i].value));
    buffer_append_format(out, " %s%s\"%.*s\"\n", head->keep_alive ? "keep " : "close ", head->expects_continue ? "continue " : "", STR_ARG(body));
}

typedef struct Feed {
    Arena    arena;
    Buffer   pending; /* what has come and is not taken */
    Buffer   body;
    Buffer   out;
    HttpScan scan;
    HttpHead head;
    HttpBody framing;
    bool     in_body;
    bool     refused;
} Feed;

static void end_request(Feed *feed)
{
    describe(&feed->head, buffer_str(&feed->body), &feed->out);
    buffer_clear(&feed->body);
    feed->in_body = false;
}

static bool feed_head(Feed *feed, HttpRefusal *refusal)
{
    Str bytes = buffer_str(&feed->pending);
    HttpProgress progress = http_scan_head(&feed->scan, bytes, &small_limits, refusal);
    if (progress == HTTP_MORE) return false;
    if (progress == HTTP_DONE) {
        Str head = str_copy(&feed->arena, str_slice(bytes, 0, feed->scan.at));
        progress = http_parse_head(&feed->arena, head, &feed->scan, &small_limits, &feed->head, refusal);
    }
    feed->refused = progress == HTTP_REFUSED;
    if (feed->refused) return false;
    buffer_drop_front(&feed->pending, feed->scan.at);
    feed->scan = (HttpScan){ 0 };
    http_body_init(&feed->framing, &feed->head, &small_limits);
    feed->in_body = true;
    if (feed->head.framing == HTTP_NO_BODY) end_request(feed);
    return true;
}

static bool feed_body(Feed *feed, HttpRefusal *refusal)
{
    Str input = buffer_str(&feed->pending), piece;
    if (!input.length) return false;
    HttpProgress progress = http_body_take(&feed->framing, &input, &piece, refusal);
    buffer_append_str(&feed->body, piece);
    buffer_drop_front(&feed->pending, feed->pending.length - input.length);
    feed->refused = progress == HTTP_REFUSED;
    if (progress == HTTP_DONE) end_request(feed);
    return !feed->refused;
}

static void feed_bytes(Feed *feed, Str bytes)
{
    HttpRefusal refusal;
    if (feed->refused) return;
    buffer_append_str(&feed->pending, bytes);
    while (feed->in_body ? feed_body(feed, &refusal) : feed_head(feed, &refusal)) {}
    if (feed->refused) buffer_append_format(&feed->out, "refused %d\n", refusal.status);
}

static void feed_done(Feed *feed)
{
    arena_done(&feed->arena);
    buffer_done(&feed->pending);
    buffer_done(&feed->body);
    buffer_done(&feed->out);
}

static void check_cut(Str stream, size_t first, size_t step, Str expected)
{
    Feed feed = { 0 };
    arena_init(&feed.arena, 0);
    feed_bytes(&feed, str_slice(stream, 0, first));
    for (size_t at = first; at < stream.length; at += step) feed_bytes(&feed, str_slice(stream, at, at + step));
    CHECK_STR(buffer_str(&feed.out), expected);
    feed_done(&feed);
}

/* Whole, byte by byte, and cut in two at every place. */
static void check(Str stream, const char *expected)
{
    Str wanted = str_from_c(expected);
    check_cut(stream, stream.length, 1, wanted);
    check_cut(stream, 0, 1, wanted);
    for (size_t first = 1; first < stream.length; first++) check_cut(stream, first, stream.length, wanted);
}

#define H "Host: h\r\n"
#define POST "POST / HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define CHUNKED_IS "POST /? 1.1 Host=h Transfer-Encoding=chunked keep "

typedef struct Case {
    const char *stream;
    const char *expected;
} Case;

static void check_all(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) check(str_from_c(cases[i].stream), cases[i].expected);
}

#define CHECK_ALL(cases) check_all((cases), sizeof(cases) / sizeof *(cases))

TEST(test_http_parse_requests)
{
    static const Case cases[] = {
        { "GET /a/b?x=1&y HTTP/1.1\r\n" H "\r\n", "GET /a/b?x=1&y 1.1 Host=h keep \"\"\n" },
        { "\r\nGET / HTTP/1.1\r\n" H "\r\n", "GET /? 1.1 Host=h keep \"\"\n" },
        { "GET / HTTP/1.0\r\n\r\n", "GET /? 1.0 close \"\"\n" },
        { "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET /? 1.0 Connection=Keep-Alive keep \"\"\n" },
        { "GET / HTTP/1.1\r\n" H "Connection: x, close\r\n\r\n", "GET /? 1.1 Host=h Connection=x, close close \"\"\n" },
        { "GET /a??b HTTP/1.1\r\nHost:\r\n\r\n", "GET /a??b 1.1 Host= keep \"\"\n" },
        { "GET http://x.y:1/p?q HTTP/1.1\r\n" H "\r\n", "GET /p?q 1.1 Host=h keep \"\"\n" },
        { "GET https://x?q HTTP/1.1\r\n" H "\r\n", "GET /?q 1.1 Host=h keep \"\"\n" },
        { "OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS *? 1.1 Host=h keep \"\"\n" },
        { "GET / HTTP/1.1\r\n" H "A:  \t b\tc \r\n\r\n", "GET /? 1.1 Host=h A=b\tc keep \"\"\n" },
        { "GET /\xc3\xa9 HTTP/1.1\r\n" H "A: \xff\r\n\r\n", "GET /\xc3\xa9? 1.1 Host=h A=\xff keep \"\"\n" },
        { "GET /1 HTTP/1.1\r\n" H "\r\nGET /2 HTTP/1.1\r\n" H "\r\n",
          "GET /1? 1.1 Host=h keep \"\"\nGET /2? 1.1 Host=h keep \"\"\n" },
    };
    CHECK_ALL(cases);
}

TEST(test_http_parse_bodies)
{
    static const Case cases[] = {
        { POST "Content-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
          "POST /? 1.1 Host=h Content-Length=5 keep \"hello\"\nGET /? 1.0 close \"\"\n" },
        { POST "Content-Length: 0\r\n\r\n", "POST /? 1.1 Host=h Content-Length=0 keep \"\"\n" },
        { POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", "POST /? 1.1 Host=h Content-Length=2 Content-Length=2 keep \"ab\"\n" },
        { POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx", "POST /? 1.1 Host=h Expect=100-Continue Content-Length=1 keep continue \"x\"\n" },
        { CHUNKED "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", CHUNKED_IS "\"hello world\"\n" },
        { CHUNKED "0\r\n\r\n", CHUNKED_IS "\"\"\n" },
        { CHUNKED "0A;n=v;q=\"a b\"\r\n0123456789\r\n00 ; x\r\nTrailer: v\r\nB:\r\n\r\nGET / HTTP/1.0\r\n\r\n",
          CHUNKED_IS "\"0123456789\"\nGET /? 1.0 close \"\"\n" },
        { CHUNKED "40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n0\r\n\r\n",
          CHUNKED_IS "\"0123456789012345678901234567890123456789012345678901234567890123\"\n" },
    };
    CHECK_ALL(cases);
}

TEST(test_http_parse_refuses_what_is_not_http)
{
    static const Case cases[] = {
        { "\x16\x03\x01", "refused 400\n" }, /* at once, without an end of line */
        { " GET / HTTP/1.1\r\n\r\n", "refused 400\n" },
        { "\r\n\r\nGET / HTTP/1.1\r\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\nHost: h\n\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\nHost: h\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "refused 400\n" },
        { "GET /\r\n\r\n", "refused 400\n" },
        { "GET  / HTTP/1.1\r\n" H "\r\n", "refused 400\n" },
        { "GET / HTTP/1.1 \r\n" H "\r\n", "refused 400\n" },
        { "GET /a b HTTP/1.1\r\n" H "\r\n", "refused 400\n" },
        { "GET /a\tb HTTP/1.1\r\n" H "\r\n", "refused 400\n" },
        { "GET a HTTP/1.1\r\n" H "\r\n", "refused 400\n" },
        { "GET * HTTP/1.1\r\n" H "\r\n", "refused 400\n" },
        { "CONNECT h:1 HTTP/1.1\r\n" H "\r\n", "refused 400\n" },
        { "G(T / HTTP/1.1\r\n" H "\r\n", "refused 400\n" },
        { "GET / http/1.1\r\n" H "\r\n", "refused 400\n" },
        { "GET / HTTP/1.x\r\n" H "\r\n", "refused 400\n" },
        { "GET / HTTP/1.2\r\n" H "\r\n", "refused 505\n" },
        { "GET / HTTP/2.0\r\n" H "\r\n", "refused 505\n" },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused 505\n" },
        { "GET / HTTP/1.1\r\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\n" H H "\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\n" H "A : b\r\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\n" H ": b\r\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\n" H "Ab\r\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\n" H "A\"b: c\r\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\n" H "A: 12345678\x01\r\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\n" H "A: 1\x7f" "345678\r\n\r\n", "refused 400\n" },
        { "GET / HTTP/1.1\r\n" H "Expect: more\r\n\r\n", "refused 417\n" },
    };
    CHECK_ALL(cases);
    check(STR("GET / HTTP/1.1\r\n" H "A: b\0c\r\n\r\n"), "refused 400\n");
}

TEST(test_http_parse_refuses_doubtful_framing)
{
    static const Case cases[] = {
        { POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "refused 400\n" },
        { POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", "refused 400\n" },
        { POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "refused 400\n" },
        { POST "Content-Length: 1, 1\r\n\r\n", "refused 400\n" },
        { POST "Content-Length: +1\r\n\r\n", "refused 400\n" },
        { POST "Content-Length: -1\r\n\r\n", "refused 400\n" },
        { POST "Content-Length: 0x1\r\n\r\n", "refused 400\n" },
        { POST "Content-Length:\r\n\r\n", "refused 400\n" },
        { POST "Content-Length: 65\r\n\r\n", "refused 413\n" },
        { POST "Content-Length: 99999999999999999999999\r\n\r\n", "refused 413\n" },
        { POST "Transfer-Encoding: gzip, chunked\r\n\r\n", "refused 501\n" },
        { POST "Transfer-Encoding: identity\r\n\r\n", "refused 501\n" },
        { POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "refused 400\n" },
        { "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "refused 400\n" },
        { CHUNKED "\r\n", "refused 400\n" },
        { CHUNKED "g\r\n", "refused 400\n" },
        { CHUNKED "-1\r\n", "refused 400\n" },
        { CHUNKED "1\nx", "refused 400\n" },
        { CHUNKED "1;\x01\r\n", "refused 400\n" },
        { CHUNKED "1 2\r\n", "refused 400\n" },
        { CHUNKED "1\r\nxy", "refused 400\n" },
        { CHUNKED "1\r\nx\n", "refused 400\n" },
        { CHUNKED "0\r\n fold\r\n", "refused 400\n" },
        { CHUNKED "0\r\nA\r\n", "refused 400\n" },
        { CHUNKED "0\r\n\rx", "refused 400\n" },
        { CHUNKED "00000000000000001\r\n", "refused 400\n" },
        { CHUNKED "ffffffffffffffff\r\n", "refused 413\n" },
        { CHUNKED "40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n1\r\n", "refused 413\n" },
    };
    CHECK_ALL(cases);
}

TEST(test_http_parse_head_limits)
{
    Buffer text;
    buffer_init(&text);
    buffer_append_c(&text, "GET / HTTP/1.1\r\n" H "A: ");
    while (text.length < 508) buffer_append_byte(&text, 'x');
    buffer_append_c(&text, "\r\n\r\n"); /* exactly 512 */
    Feed feed = { 0 };
    arena_init(&feed.arena, 0);
    feed_bytes(&feed, buffer_str(&text));
    CHECK(!feed.refused && feed.out.length > 400);
    feed_done(&feed);
    text.length = 508;
    buffer_append_c(&text, "x\r\n\r\n");
    check(buffer_str(&text), "refused 431\n");
    buffer_done(&text);
    check(STR("GET / HTTP/1.1\r\n" H "A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\nA: 6\r\nA: 7\r\nA: 8\r\n\r\n"), "refused 431\n");
}

TEST(test_http_parse_limits_what_is_around_chunks)
{
    Buffer text;
    buffer_init(&text);
    buffer_append_c(&text, CHUNKED "1;");
    for (int i = 0; i < 17 * 1024; i++) buffer_append_byte(&text, 'x');
    check_cut(buffer_str(&text), text.length, 1, STR("refused 431\n"));
    check_cut(buffer_str(&text), 0, 1000, STR("refused 431\n"));
    buffer_done(&text);
}
