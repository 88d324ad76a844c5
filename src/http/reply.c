/* reply.c -- replies to bytes.
 *
 * Runs once per reply on the hot path: the head is measured, room is taken once, and the parts are
 * copied. What a caller puts into a header cannot end it: control characters become blanks. Headers
 * that say how the message is framed are ours alone; the one exception is the Content-Length of a
 * reply that has no body because of what it answers (HEAD, 304). */
#include "http/http_internal.h"

static const struct {
    int status;
    Str words;
} reasons[] = {
    { 200, STR_CONST("200 OK") }, { 201, STR_CONST("201 Created") }, { 202, STR_CONST("202 Accepted") },
    { 204, STR_CONST("204 No Content") }, { 206, STR_CONST("206 Partial Content") }, { 207, STR_CONST("207 Multi-Status") },
    { 301, STR_CONST("301 Moved Permanently") }, { 302, STR_CONST("302 Found") }, { 303, STR_CONST("303 See Other") },
    { 304, STR_CONST("304 Not Modified") }, { 307, STR_CONST("307 Temporary Redirect") },
    { 308, STR_CONST("308 Permanent Redirect") }, { 400, STR_CONST("400 Bad Request") },
    { 401, STR_CONST("401 Unauthorized") }, { 402, STR_CONST("402 Payment Required") }, { 403, STR_CONST("403 Forbidden") },
    { 404, STR_CONST("404 Not Found") }, { 405, STR_CONST("405 Method Not Allowed") }, { 406, STR_CONST("406 Not Acceptable") },
    { 408, STR_CONST("408 Request Timeout") }, { 409, STR_CONST("409 Conflict") }, { 410, STR_CONST("410 Gone") },
    { 411, STR_CONST("411 Length Required") }, { 412, STR_CONST("412 Precondition Failed") },
    { 413, STR_CONST("413 Content Too Large") }, { 414, STR_CONST("414 URI Too Long") },
    { 415, STR_CONST("415 Unsupported Media Type") }, { 416, STR_CONST("416 Range Not Satisfiable") },
    { 417, STR_CONST("417 Expectation Failed") }, { 422, STR_CONST("422 Unprocessable Content") },
    { 424, STR_CONST("424 Failed Dependency") }, { 429, STR_CONST("429 Too Many Requests") },
    { 431, STR_CONST("431 Request Header Fields Too Large") }, { 500, STR_CONST("500 Internal Server Error") },
    { 501, STR_CONST("501 Not Implemented") }, { 502, STR_CONST("502 Bad Gateway") },
    { 503, STR_CONST("503 Service Unavailable") }, { 504, STR_CONST("504 Gateway Timeout") },
    { 505, STR_CONST("505 HTTP Version Not Supported") }, { 507, STR_CONST("507 Insufficient Storage") },
};

enum { STATUS_WORDS_MAX = 40, NUMBER_DIGITS_MAX = 20 };

static char *put(char *at, Str text)
{
    if (text.length) memcpy(at, text.data, text.length);
    return at + text.length;
}

static char *put_number(char *at, uint64_t number)
{
    char digits[NUMBER_DIGITS_MAX];
    char *first = digits + sizeof digits;
    do *--first = (char)('0' + number % 10);
    while (number /= 10);
    return put(at, str_from(first, (size_t)(digits + sizeof digits - first)));
}

static char *put_status(char *at, int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status) return put(at, reasons[i].words);
    at = put_number(at, (uint64_t)(status >= 100 && status <= 999 ? status : 500));
    return put(at, STR(" Other"));
}

static char *put_clean(char *at, Str text)
{
    char *end = put(at, text);
    for (; at < end; at++)
        if ((uint8_t)*at < ' ' && *at != '\t') *at = ' ';
    return end;
}

static bool is_framing(Str name)
{
    switch (name.length) {
    case 4: return str_equal_nocase(name, STR("Date"));
    case 10: return str_equal_nocase(name, STR("Connection"));
    case 14: return str_equal_nocase(name, STR("Content-Length"));
    case 17: return str_equal_nocase(name, STR("Transfer-Encoding"));
    default: return false;
    }
}

static char *put_headers(char *at, const HttpReply *reply)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        const HttpHeader *header = &reply->headers[i];
        if (is_framing(header->name)) continue;
        at = put_clean(at, header->name);
        at = put(at, STR(": "));
        at = put_clean(at, header->value);
        at = put(at, STR("\r\n"));
    }
    return at;
}

/* The length that the caller says a body would have had. */
static bool find_length(const HttpReply *reply, uint64_t *out)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (str_equal_nocase(reply->headers[i].name, STR("Content-Length"))) return str_parse_uint(reply->headers[i].value, out);
    return false;
}

static char *put_length(char *at, const HttpReply *reply, bool is_head)
{
    uint64_t length = reply->body.length;
    bool empty = reply->status == 204 || reply->status < 200;
    bool bodiless = is_head || reply->status == 304;
    bool told = bodiless && find_length(reply, &length);
    if (empty || (reply->status == 304 && !told)) return at;
    at = put(at, STR("Content-Length: "));
    at = put_number(at, length);
    return put(at, STR("\r\n"));
}

static size_t measure_headers(const HttpReply *reply)
{
    size_t size = 0;
    for (size_t i = 0; i < reply->header_count; i++) size += reply->headers[i].name.length + reply->headers[i].value.length + 4;
    return size;
}

void http_reply_write(Exchange *exchange, const HttpReply *reply, bool ends, Buffer *out, Str *out_body)
{
    static const Str version = STR_CONST("HTTP/1.1 "), close_words = STR_CONST("Connection: close\r\n"),
                     keep_words = STR_CONST("Connection: keep-alive\r\n"), length_words = STR_CONST("Content-Length: \r\n");
    Str fixed = http_server_fixed_headers(exchange->server);
    size_t size_max = version.length + STATUS_WORDS_MAX + fixed.length + length_words.length + NUMBER_DIGITS_MAX +
                      keep_words.length + measure_headers(reply) + 2;
    char *start = buffer_reserve(out, size_max);
    *out_body = STR_NONE;
    if (!start) return;
    bool is_head = str_equal(exchange->request.method, STR("HEAD"));
    char *at = put_status(put(start, version), reply->status);
    at = put(at, fixed);
    at = put_length(at, reply, is_head);
    if (ends)
        at = put(at, close_words);
    else if (exchange->request.version_minor == 0)
        at = put(at, keep_words);
    at = put_headers(at, reply);
    at = put(at, STR("\r\n"));
    buffer_extend(out, (size_t)(at - start));
    if (!is_head && reply->status != 304 && reply->status != 204) *out_body = reply->body;
}
