/* parse.c -- request heads and bodies (RFC 9112), strictly.
 *
 * Whoever stands in front of this server must see the same requests in a stream of bytes as it does,
 * or requests can be smuggled. So what two readers could read differently is refused: lines that do
 * not end in CR LF, folded headers, blanks before a colon, two framings, framings that contradict
 * each other. What only one reading has is accepted: one empty line before a request, chunk
 * extensions, trailers (dropped), any Host.
 *
 * A head is looked at twice: once to find its end (memchr over what is new), once to take it apart. A
 * body is never held here: its pieces are lent from the input. */
#include "http/parse.h"

enum {
    EXTENSIONS_MAX = 16 * 1024, /* bytes of chunk extensions in a body */
    CHUNK_DIGITS_MAX = 16,
};

static HttpProgress refuse(HttpRefusal *refusal, int status, const char *message)
{
    *refusal = (HttpRefusal){ status, message };
    return HTTP_REFUSED;
}

/* Classes of bytes. */

enum { TOKEN = 1, DIGIT = 2, HEXDIGIT = 4 };

#define AS_TOKEN(byte) [byte] = TOKEN
static const uint8_t classes[256] = {
    AS_TOKEN('!'), AS_TOKEN('#'), AS_TOKEN('$'), AS_TOKEN('%'), AS_TOKEN('&'), AS_TOKEN('\''), AS_TOKEN('*'), AS_TOKEN('+'),
    AS_TOKEN('-'), AS_TOKEN('.'), AS_TOKEN('^'), AS_TOKEN('_'), AS_TOKEN('`'), AS_TOKEN('|'), AS_TOKEN('~'),
    ['0' ... '9'] = TOKEN | DIGIT | HEXDIGIT,
    ['A' ... 'F'] = TOKEN | HEXDIGIT, ['G' ... 'Z'] = TOKEN,
    ['a' ... 'f'] = TOKEN | HEXDIGIT, ['g' ... 'z'] = TOKEN,
};
#undef AS_TOKEN

static bool is(char byte, int class)
{
    return classes[(uint8_t)byte] & class;
}

static bool all(Str text, int class)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is(text.data[i], class)) return false;
    return text.length > 0;
}

static bool is_control(char byte)
{
    return (uint8_t)byte < ' ' || byte == 0x7f;
}

#define EIGHT(byte) (0x0101010101010101u * (uint64_t)(byte))

/* The top bit of each byte that is below a blank or DEL. The additions never carry into a neighbour. */
static uint64_t controls_of(uint64_t word)
{
    uint64_t low = word & EIGHT(0x7f);
    uint64_t below = ~(low + EIGHT(0x80 - ' '));
    uint64_t delete = low + EIGHT(1);
    return (below | delete) & ~word & EIGHT(0x80);
}

/* Whether there is a control character in the text, other than `allowed`; -1: none is. */
static bool has_control(Str text, int allowed)
{
    size_t at = 0;
    for (uint64_t word; at + sizeof word <= text.length; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        if (controls_of(word)) break;
    }
    for (; at < text.length; at++)
        if (is_control(text.data[at]) && text.data[at] != allowed) return true;
    return false;
}

/* Finding the end of a head. */

HttpProgress http_scan_head(HttpScan *scan, Str bytes, const HttpLimits *limits, HttpRefusal *refusal)
{
    size_t end = bytes.length < limits->head_bytes_max ? bytes.length : limits->head_bytes_max;
    if (scan->at == 0 && end > 0 && !is(bytes.data[0], TOKEN) && bytes.data[0] != '\r')
        return refuse(refusal, 400, "This is not an HTTP request."); /* at once: it may never send a line */
    while (scan->at < end) {
        const char *feed = memchr(bytes.data + scan->at, '\n', end - scan->at);
        if (!feed) break;
        size_t next = (size_t)(feed - bytes.data) + 1;
        if (next - scan->line < 2 || feed[-1] != '\r') return refuse(refusal, 400, "A line of the head does not end in CR LF.");
        bool last = next - scan->line == 2 && scan->lines > 0;
        scan->at = scan->line = next;
        if (last) return HTTP_DONE;
        scan->lines++;
    }
    scan->at = end;
    if (bytes.length >= limits->head_bytes_max) return refuse(refusal, 431, "The head of the request is too large.");
    return HTTP_MORE;
}

/* Taking a head apart. */

typedef struct HeadParse {
    HttpHead          *head;
    const HttpLimits  *limits;
    HttpRefusal       *refusal;
    bool               has_length, has_coding, has_host;
    bool               says_close, says_keep_alive;
} HeadParse;

static HttpProgress take_host(HeadParse *parse, Str value)
{
    (void)value;
    if (parse->has_host) return refuse(parse->refusal, 400, "There is more than one Host.");
    parse->has_host = true;
    return HTTP_DONE;
}

static HttpProgress take_expect(HeadParse *parse, Str value)
{
    if (!str_equal_nocase(value, STR("100-continue"))) return refuse(parse->refusal, 417, "Only 100-continue can be expected.");
    parse->head->expects_continue = true;
    return HTTP_DONE;
}

static HttpProgress take_connection(HeadParse *parse, Str value)
{
    Str option;
    while (str_next_part(&value, ',', &option)) {
        option = str_trim(option);
        if (str_equal_nocase(option, STR("close"))) parse->says_close = true;
        if (str_equal_nocase(option, STR("keep-alive"))) parse->says_keep_alive = true;
    }
    return HTTP_DONE;
}

static HttpProgress take_content_length(HeadParse *parse, Str value)
{
    if (!all(value, DIGIT)) return refuse(parse->refusal, 400, "Content-Length is not a number.");
    uint64_t length;
    if (!str_parse_uint(value, &length)) length = UINT64_MAX;
    if (parse->has_length && length != parse->head->content_length)
        return refuse(parse->refusal, 400, "There are two different Content-Lengths.");
    parse->has_length = true;
    parse->head->content_length = length;
    return HTTP_DONE;
}

static HttpProgress take_transfer_encoding(HeadParse *parse, Str value)
{
    if (parse->has_coding) return refuse(parse->refusal, 400, "There is more than one Transfer-Encoding.");
    if (!str_equal_nocase(value, STR("chunked")))
        return refuse(parse->refusal, 501, "No Transfer-Encoding but chunked is understood.");
    parse->has_coding = true;
    return HTTP_DONE;
}

/* The headers that this layer must understand. */
static const struct {
    Str name;
    HttpProgress (*take)(HeadParse *parse, Str value);
} understood[] = {
    { STR_CONST("Host"), take_host },
    { STR_CONST("Expect"), take_expect },
    { STR_CONST("Connection"), take_connection },
    { STR_CONST("Content-Length"), take_content_length },
    { STR_CONST("Transfer-Encoding"), take_transfer_encoding },
};

static HttpProgress parse_header(HeadParse *parse, Str line, HttpHeader *out)
{
    const char *colon = memchr(line.data, ':', line.length);
    if (!colon) return refuse(parse->refusal, 400, "A header has no colon.");
    out->name = str_slice(line, 0, (size_t)(colon - line.data));
    out->value = str_trim(str_slice(line, out->name.length + 1, line.length));
    if (!all(out->name, TOKEN)) return refuse(parse->refusal, 400, "The name of a header is not valid.");
    if (has_control(out->value, '\t')) return refuse(parse->refusal, 400, "The value of a header is not valid.");
    for (size_t i = 0; i < sizeof understood / sizeof *understood; i++)
        if (out->name.length == understood[i].name.length && str_equal_nocase(out->name, understood[i].name))
            return understood[i].take(parse, out->value);
    return HTTP_DONE;
}

static HttpProgress parse_version(HeadParse *parse, Str version)
{
    static const Str prefix = STR_CONST("HTTP/");
    if (!str_starts_with(version, prefix) || version.length != prefix.length + 3 || !is(version.data[5], DIGIT) ||
        version.data[6] != '.' || !is(version.data[7], DIGIT))
        return refuse(parse->refusal, 400, "The request line does not end in an HTTP version.");
    if (version.data[5] != '1' || version.data[7] > '1')
        return refuse(parse->refusal, 505, "Only HTTP/1.1 and HTTP/1.0 are understood.");
    parse->head->version_minor = version.data[7] - '0';
    return HTTP_DONE;
}

/* "/a?b", "http://host/a?b" (the host is not looked at) and, for OPTIONS, "*". */
static bool split_target(HttpHead *head)
{
    Str path = head->target;
    if (str_starts_with(path, STR("http://")) || str_starts_with(path, STR("https://"))) {
        size_t authority = path.data[4] == 's' ? 8 : 7;
        while (authority < path.length && path.data[authority] != '/' && path.data[authority] != '?') authority++;
        path = str_slice(path, authority, path.length);
    } else if (path.data[0] != '/' && !(str_equal(path, STR("*")) && str_equal(head->method, STR("OPTIONS")))) {
        return false;
    }
    const char *mark = path.length ? memchr(path.data, '?', path.length) : NULL;
    size_t length = mark ? (size_t)(mark - path.data) : path.length;
    head->path = length ? str_slice(path, 0, length) : STR("/");
    head->query = mark ? str_slice(path, length + 1, path.length) : (Str){ "", 0 };
    return true;
}

static HttpProgress parse_request_line(HeadParse *parse, Str line)
{
    HttpHead *head = parse->head;
    size_t method, version;
    if (!str_find_byte(line, ' ', &method)) return refuse(parse->refusal, 400, "The request line is not complete.");
    Str rest = str_slice(line, method + 1, line.length);
    if (!str_find_byte(rest, ' ', &version)) return refuse(parse->refusal, 400, "The request line is not complete.");
    head->method = str_slice(line, 0, method);
    head->target = str_slice(rest, 0, version);
    if (!all(head->method, TOKEN)) return refuse(parse->refusal, 400, "The method is not valid.");
    if (parse_version(parse, str_slice(rest, version + 1, rest.length)) != HTTP_DONE) return HTTP_REFUSED;
    if (!head->target.length || has_control(head->target, -1) || !split_target(head))
        return refuse(parse->refusal, 400, "The target of the request is not valid.");
    return HTTP_DONE;
}

/* What all headers say together. */
static HttpProgress conclude(HeadParse *parse)
{
    HttpHead *head = parse->head;
    bool old = head->version_minor == 0;
    if (!parse->has_host && !old) return refuse(parse->refusal, 400, "There is no Host.");
    if (parse->has_coding && (parse->has_length || old))
        return refuse(parse->refusal, 400, old ? "HTTP/1.0 has no Transfer-Encoding." : "There are both Transfer-Encoding and Content-Length.");
    if (head->content_length > parse->limits->body_bytes_max) return refuse(parse->refusal, 413, "The body of the request is too large.");
    if (parse->has_coding)
        head->framing = HTTP_CHUNKED_BODY;
    else if (head->content_length > 0)
        head->framing = HTTP_LENGTH_BODY;
    head->keep_alive = !parse->says_close && (!old || parse->says_keep_alive);
    head->expects_continue &= !old;
    return HTTP_DONE;
}

/* The next line, without its end. Every line of a scanned head ends in CR LF. */
static Str next_line(Str *rest)
{
    const char *feed = memchr(rest->data, '\n', rest->length);
    size_t length = (size_t)(feed - rest->data) + 1;
    Str line = str_slice(*rest, 0, length - 2);
    *rest = str_slice(*rest, length, rest->length);
    return line;
}

HttpProgress http_parse_head(Arena *arena, Str bytes, const HttpScan *scan, const HttpLimits *limits, HttpHead *out,
                             HttpRefusal *refusal)
{
    *out = (HttpHead){ 0 };
    HeadParse parse = { .head = out, .limits = limits, .refusal = refusal };
    Str request_line = next_line(&bytes);
    size_t lines = scan->lines - 1;
    if (!request_line.length && lines > 0) {
        request_line = next_line(&bytes);
        lines--;
    }
    if (parse_request_line(&parse, request_line) != HTTP_DONE) return HTTP_REFUSED;
    if (lines > limits->header_count_max) return refuse(refusal, 431, "There are too many headers.");
    out->headers = NEW_ARRAY(arena, HttpHeader, lines);
    for (; out->header_count < lines; out->header_count++)
        if (parse_header(&parse, next_line(&bytes), &out->headers[out->header_count]) != HTTP_DONE) return HTTP_REFUSED;
    return conclude(&parse);
}

/* Bodies.
 *
 *     chunk   SIZE  hex+ (BLANKS) (';' EXTENSION) CR -> SIZE_END LF -> DATA -> DATA_CR -> DATA_LF -> SIZE
 *     last    SIZE  "0" ... -> SIZE_END LF -> TRAILER
 *     trailer TRAILER: CR -> END LF: done; else NAME ... ':' -> VALUE ... CR -> VALUE_END LF -> TRAILER */

typedef enum ChunkState { SIZE, BLANKS, EXTENSION, SIZE_END, DATA, DATA_CR, DATA_LF, TRAILER, NAME, VALUE, VALUE_END, END, BAD } ChunkState;

void http_body_init(HttpBody *body, const HttpHead *head, const HttpLimits *limits)
{
    *body = (HttpBody){
        .framing = head->framing,
        .left = head->framing == HTTP_LENGTH_BODY ? head->content_length : 0,
        .allowed = limits->body_bytes_max,
        .extra_left = EXTENSIONS_MAX,
        .state = SIZE,
    };
}

static Str take_front(Str *input, uint64_t size)
{
    size_t length = size < input->length ? (size_t)size : input->length;
    Str front = str_slice(*input, 0, length);
    *input = str_slice(*input, length, input->length);
    return front;
}

static unsigned hex_value(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

static ChunkState after_size(char byte)
{
    if (byte == '\r') return SIZE_END;
    if (byte == ';') return EXTENSION;
    return byte == ' ' || byte == '\t' ? BLANKS : BAD;
}

static ChunkState size_byte(HttpBody *body, char byte)
{
    if (!is(byte, HEXDIGIT)) return body->digits ? after_size(byte) : BAD;
    if (++body->digits > CHUNK_DIGITS_MAX) return BAD;
    body->left = body->left * 16 + hex_value(byte);
    return SIZE;
}

/* One byte of framing: the state it leads to. */
static ChunkState frame_byte(HttpBody *body, char byte)
{
    bool text = !is_control(byte) || byte == '\t';
    switch ((ChunkState)body->state) {
    case SIZE: return size_byte(body, byte);
    case BLANKS: return after_size(byte);
    case EXTENSION: return byte == '\r' ? SIZE_END : text ? EXTENSION : BAD;
    case SIZE_END: return byte != '\n' ? BAD : body->left ? DATA : TRAILER;
    case DATA_CR: return byte == '\r' ? DATA_LF : BAD;
    case DATA_LF: return byte == '\n' ? SIZE : BAD;
    case TRAILER: return byte == '\r' ? END : is(byte, TOKEN) ? NAME : BAD;
    case NAME: return byte == ':' ? VALUE : is(byte, TOKEN) ? NAME : BAD;
    case VALUE: return byte == '\r' ? VALUE_END : text ? VALUE : BAD;
    case VALUE_END: return byte == '\n' ? TRAILER : BAD;
    default: return BAD;
    }
}

static bool is_extra(ChunkState state)
{
    return state == BLANKS || state == EXTENSION || state == NAME || state == VALUE;
}

static HttpProgress take_framing(HttpBody *body, Str *input, HttpRefusal *refusal)
{
    while (input->length > 0 && body->state != DATA) {
        char byte = *take_front(input, 1).data;
        if (body->state == END) return byte == '\n' ? HTTP_DONE : refuse(refusal, 400, "The chunks of the body are not valid.");
        body->state = frame_byte(body, byte);
        if (body->state == BAD) return refuse(refusal, 400, "The chunks of the body are not valid.");
        if (is_extra(body->state) && body->extra_left-- == 0)
            return refuse(refusal, 431, "The chunk extensions and trailers of the body are too large.");
        if (body->state == DATA_LF) body->digits = 0;
        if (body->state == DATA && body->left > body->allowed) return refuse(refusal, 413, "The body of the request is too large.");
    }
    return HTTP_MORE;
}

static HttpProgress take_chunked(HttpBody *body, Str *input, Str *out_piece, HttpRefusal *refusal)
{
    if (body->state != DATA) return take_framing(body, input, refusal);
    *out_piece = take_front(input, body->left);
    body->left -= out_piece->length;
    body->allowed -= out_piece->length;
    if (body->left == 0) body->state = DATA_CR;
    return HTTP_MORE;
}

HttpProgress http_body_take(HttpBody *body, Str *input, Str *out_piece, HttpRefusal *refusal)
{
    *out_piece = STR_NONE;
    if (body->framing == HTTP_CHUNKED_BODY) return take_chunked(body, input, out_piece, refusal);
    *out_piece = take_front(input, body->left);
    body->left -= out_piece->length;
    return body->left == 0 ? HTTP_DONE : HTTP_MORE;
}
