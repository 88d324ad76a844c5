/* cbor.c -- CBOR (RFC 8949) to values and back.
 *
 * Every item starts with a head: three bits of major type and five of information, which is a small
 * number, the size of a number that follows, or 31 for a length that is not given:
 *
 *     major   0         1           2       3      4       5     6     7
 *             number    -1-number   bytes   text   array   map   tag   null, booleans, floats, the break
 *
 * Parsing grows the tree on the builder's stack, as parse.c does. An open container keeps in its
 * `capacity` how many values are still to come, or ENDLESS when a break will say.
 *
 * JSON has no undefined: it becomes null. It has no NaN, no infinity, no other simple values and no
 * names that are not text: these are refused. Tags 1 (time), 2 and 3 (large integers) are understood;
 * the value behind any other tag is taken as if there were none. */
#include "json/cbor.h"

#include "base/bytes.h"
#include "json/internal.h"

#include <assert.h>
#include <math.h>

#define ENDLESS UINT32_MAX

enum { POSITIVE, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE }; /* major types */
enum { INFO_U8 = 24, INFO_U64 = 27, INFO_ENDLESS = 31 };
enum { TAG_NONE = 0, TAG_TIME = 1, TAG_LARGE = 2, TAG_LARGE_NEGATIVE = 3 };
enum { SIMPLE_FALSE = 20, SIMPLE_TRUE, SIMPLE_NULL, SIMPLE_UNDEFINED, HALF = 25, SINGLE, DOUBLE };
enum { BREAK = 0xff };

typedef struct Parser {
    JsonBuilder builder;
    const char *start;
    Reader      in;
    uint32_t    depth_max;
    const char *item; /* where the head of the current item is */
    const char *what;
    ErrorCode   code;
} Parser;

typedef struct Head {
    uint8_t  major, info;
    uint64_t number;
} Head;

static bool refuse(Parser *p, ErrorCode code, const char *what)
{
    p->code = code;
    p->what = what;
    return false;
}

static size_t bytes_left(const Parser *p)
{
    return (size_t)(p->in.end - p->in.at);
}

static bool read_head(Parser *p, Head *out)
{
    p->item = p->in.at;
    uint8_t byte = reader_u8(&p->in);
    *out = (Head){ .major = byte >> 5, .info = byte & 31, .number = byte & 31 };
    if (out->info > INFO_U64 && out->info < INFO_ENDLESS) return refuse(p, ERR_SYNTAX, "a reserved head");
    if (out->info >= INFO_U8 && out->info <= INFO_U64) {
        Str bytes = reader_bytes(&p->in, (size_t)1 << (out->info - INFO_U8));
        out->number = 0;
        for (size_t i = 0; i < bytes.length; i++) out->number = out->number << 8 | (uint8_t)bytes.data[i];
    }
    return !p->in.failed || refuse(p, ERR_SYNTAX, "the bytes end too early");
}

/* ---- numbers ---- */

/* What is beyond 64 bits with a sign is kept as digits beside the nearest double. */
static void store_integer(Parser *p, Json *value, bool negative, uint64_t number)
{
    value->type = JSON_NUMBER;
    if (number <= INT64_MAX) {
        value->flags |= JSON_INTEGER;
        value->integer = negative ? -1 - (int64_t)number : (int64_t)number;
        return;
    }
    Arena *arena = p->builder.arena;
    if (!negative)
        value->raw = str_format(arena, "%llu", (unsigned long long)number);
    else if (number < UINT64_MAX)
        value->raw = str_format(arena, "-%llu", (unsigned long long)number + 1);
    else
        value->raw = STR("-18446744073709551616");
    JsonDecimal decimal;
    json_decimal_scan(value->raw.data, value->raw.data + value->raw.length, &decimal);
    json_decimal_store(&decimal, value);
}

/* Tags 2 and 3: an integer as bytes, highest first. The top 64 bits are rounded once; the lowest of
 * them stands for all that is below. */
static bool store_large(Parser *p, Json *value, bool negative, Str bytes)
{
    while (bytes.length && !bytes.data[0]) bytes = str_slice(bytes, 1, bytes.length);
    uint64_t top = 0;
    for (size_t i = 0; i < bytes.length && i < 8; i++) top = top << 8 | (uint8_t)bytes.data[i];
    if (bytes.length <= 8) {
        store_integer(p, value, negative, top);
        return true;
    }
    bool more = negative;
    for (size_t i = 8; i < bytes.length; i++) more |= bytes.data[i] != 0;
    double number = bytes.length > 128 ? HUGE_VAL : ldexp((double)(top | more), (int)(bytes.length - 8) * 8);
    if (!isfinite(number)) return refuse(p, ERR_LIMIT, "an integer beyond the range of numbers");
    value->type = JSON_NUMBER;
    value->number = negative ? -number : number;
    return true;
}

static double half_value(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double size = exponent == 31 ? HUGE_VAL : exponent ? ldexp(fraction + 1024, exponent - 25) : ldexp(fraction, -24);
    return bits & 0x8000 ? -size : size;
}

static double float_value(Head head)
{
    uint32_t single = (uint32_t)head.number;
    double number;
    float narrow;
    if (head.info == HALF) return half_value((uint16_t)head.number);
    if (head.info == SINGLE) {
        memcpy(&narrow, &single, 4);
        return narrow;
    }
    memcpy(&number, &head.number, 8);
    return number;
}

static bool store_simple(Parser *p, Json *value, Head head)
{
    switch (head.info) {
    case SIMPLE_FALSE:
    case SIMPLE_TRUE:
        value->type = JSON_BOOL;
        value->boolean = head.info == SIMPLE_TRUE;
        return true;
    case SIMPLE_NULL:
    case SIMPLE_UNDEFINED: return true;
    case HALF:
    case SINGLE:
    case DOUBLE:
        value->type = JSON_NUMBER;
        value->number = float_value(head);
        return isfinite(value->number) || refuse(p, ERR_INVALID, "a number that is not finite");
    case INFO_ENDLESS: return refuse(p, ERR_SYNTAX, "a break outside of what it could end");
    default: return refuse(p, ERR_INVALID, "a simple value that JSON does not have");
    }
}

/* ---- strings ---- */

static bool take_chunk(Parser *p, Head head, Str *out)
{
    *out = reader_bytes(&p->in, head.number);
    if (p->in.failed) return refuse(p, ERR_SYNTAX, "the bytes end too early");
    const char *end = out->data + out->length;
    if (head.major == BYTES || json_scan_utf8(out->data, end) == end) return true;
    return refuse(p, ERR_SYNTAX, "text that is not UTF-8");
}

/* The next chunk of a string without a length; at its break the head is that of a SIMPLE. */
static bool next_chunk(Parser *p, uint8_t major, Head *head, Str *out)
{
    *out = STR_NONE;
    if (!read_head(p, head)) return false;
    if (head->major == SIMPLE && head->info == INFO_ENDLESS) return true;
    if (head->major == major && head->info != INFO_ENDLESS) return take_chunk(p, *head, out);
    return refuse(p, ERR_SYNTAX, "a string in pieces of another kind");
}

/* Goes over the chunks twice: to add up their lengths, then to copy them. */
static bool join_chunks(Parser *p, uint8_t major, Str *out)
{
    const char *first = p->in.at;
    size_t length = 0;
    Head head;
    Str chunk;
    for (;; length += chunk.length) {
        if (!next_chunk(p, major, &head, &chunk)) return false;
        if (head.major == SIMPLE) break;
    }
    char *text = arena_alloc_bytes(p->builder.arena, length), *at = text;
    p->in.at = first;
    while (next_chunk(p, major, &head, &chunk) && head.major != SIMPLE) {
        if (chunk.length) memcpy(at, chunk.data, chunk.length);
        at += chunk.length;
    }
    *out = str_from(text, length);
    return true;
}

static bool take_string(Parser *p, Head head, Str *out)
{
    return head.info == INFO_ENDLESS ? join_chunks(p, head.major, out) : take_chunk(p, head, out);
}

/* ---- items ---- */

static bool open_container(Parser *p, Json *value, Head head)
{
    size_t values_max = bytes_left(p) / (head.major == MAP ? 2 : 1);
    bool endless = head.info == INFO_ENDLESS;
    if (!endless && head.number > values_max) return refuse(p, ERR_SYNTAX, "the bytes end too early");
    if (p->builder.depth == p->depth_max) return refuse(p, ERR_LIMIT, "nested too deep");
    value->type = head.major == MAP ? JSON_OBJECT : JSON_ARRAY;
    value->capacity = endless ? ENDLESS : (uint32_t)head.number;
    json_builder_open(&p->builder);
    return true;
}

/* Takes tags until something else comes; of those that are understood the innermost counts. */
static bool read_tags(Parser *p, Head *head, unsigned *out_tag)
{
    *out_tag = TAG_NONE;
    for (;;) {
        if (!read_head(p, head)) return false;
        if (head->info == INFO_ENDLESS && (head->major < BYTES || head->major == TAG))
            return refuse(p, ERR_SYNTAX, "a reserved head");
        if (head->major != TAG) return true;
        if (head->number >= TAG_TIME && head->number <= TAG_LARGE_NEGATIVE) *out_tag = (unsigned)head->number;
    }
}

static bool check_tag(Parser *p, Json *value, unsigned tag)
{
    if (tag != TAG_TIME) return true;
    value->flags |= JSON_TIME;
    return value->type == JSON_NUMBER || refuse(p, ERR_SYNTAX, "a time that is not a number");
}

static bool read_bytes(Parser *p, Json *value, Head head, unsigned tag)
{
    value->type = JSON_STRING;
    if (!take_string(p, head, &value->text)) return false;
    if (tag == TAG_LARGE || tag == TAG_LARGE_NEGATIVE)
        return store_large(p, value, tag == TAG_LARGE_NEGATIVE, value->text);
    value->flags |= JSON_BLOB;
    return true;
}

static bool read_item(Parser *p, Str name)
{
    Head head;
    unsigned tag;
    if (!read_tags(p, &head, &tag)) return false;
    Json *value = json_builder_add(&p->builder, name, bytes_left(p));
    bool taken = true;
    switch (head.major) {
    case POSITIVE:
    case NEGATIVE: store_integer(p, value, head.major == NEGATIVE, head.number); break;
    case BYTES: taken = read_bytes(p, value, head, tag); break;
    case TEXT:
        value->type = JSON_STRING;
        taken = take_string(p, head, &value->text);
        break;
    case ARRAY:
    case MAP: taken = open_container(p, value, head); break;
    default: taken = store_simple(p, value, head); break;
    }
    if (tag > TAG_TIME && head.major != BYTES) return refuse(p, ERR_SYNTAX, "a large integer that is not bytes");
    return taken && check_tag(p, value, tag);
}

static bool read_name(Parser *p, Str *out)
{
    Head head;
    if (!read_head(p, &head)) return false;
    if (head.major != TEXT) return refuse(p, ERR_INVALID, "a name that is not text");
    return take_string(p, head, out);
}

/* Is the innermost container complete? Takes its break. */
static bool is_complete(Parser *p, Json *container)
{
    if (container->capacity != ENDLESS) return container->capacity == 0;
    if (!bytes_left(p) || (uint8_t)*p->in.at != BREAK) return false;
    p->in.at++;
    return true;
}

/* From the end of an item to where the next one must be. */
static bool go_on(Parser *p, Str *out_name)
{
    while (p->builder.open != JSON_NOTHING_OPEN) {
        Json *container = p->builder.entries[p->builder.open].value;
        if (is_complete(p, container)) {
            json_builder_close(&p->builder);
            continue;
        }
        if (container->capacity != ENDLESS) container->capacity--;
        return container->type == JSON_ARRAY || read_name(p, out_name);
    }
    return true;
}

static bool parse_bytes(Parser *p)
{
    Str name = STR_NONE;
    do {
        if (!read_item(p, name) || !go_on(p, &name)) return false;
    } while (p->builder.open != JSON_NOTHING_OPEN);
    p->item = p->in.at;
    return !bytes_left(p) || refuse(p, ERR_SYNTAX, "more than one item");
}

/* As in parse.c. */
static Error *parse_guarded(Parser *p, Json **out)
{
    MemoryGuard guard;
    if (!MEMORY_GUARD_ENTER(&guard)) return error_memory();
    bool parsed = parse_bytes(p);
    memory_guard_leave(&guard);
    if (!parsed) return error_new(p->code, "byte %zu: %s", (size_t)(p->item - p->start), p->what);
    *out = p->builder.entries[0].value;
    return NULL;
}

Error *cbor_parse(Arena *arena, Str bytes, const JsonLimits *limits, Json **out)
{
    if (bytes.length > JSON_TEXT_MAX) return error_new(ERR_LIMIT, "more than 4 GB of CBOR");
    if (!bytes.length) bytes.data = "";
    Parser parser;
    json_builder_init(&parser.builder, arena);
    reader_init(&parser.in, bytes);
    parser.start = bytes.data;
    parser.depth_max = limits && limits->depth_max ? limits->depth_max : JSON_DEPTH_MAX;
    Error *error = parse_guarded(&parser, out);
    json_builder_done(&parser.builder);
    return error;
}

/* ---- writing ---- */

typedef struct Writer {
    Buffer   *out;
    CborTimes times;
    JsonWalk  walk;
} Writer;

static void put_head(Buffer *out, int major, uint64_t number)
{
    char bytes[9];
    int size = number < INFO_U8 ? 0 : number <= UINT8_MAX ? 1 : number <= UINT16_MAX ? 2 : number <= UINT32_MAX ? 4 : 8;
    int info = size ? INFO_U8 + __builtin_ctz((unsigned)size) : (int)number;
    bytes[0] = (char)(major << 5 | info);
    for (int i = size; i > 0; i--, number >>= 8) bytes[i] = (char)number;
    buffer_append(out, bytes, (size_t)size + 1);
}

static void put_integer(Buffer *out, int64_t number)
{
    put_head(out, number < 0 ? NEGATIVE : POSITIVE, number < 0 ? (uint64_t)(-1 - number) : (uint64_t)number);
}

static void put_double(Buffer *out, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, 8);
    char *room = buffer_reserve(out, 9);
    if (!room) return;
    room[0] = (char)(SIMPLE << 5 | DOUBLE);
    bytes_put_u64(room + 1, bits);
    buffer_extend(out, 9);
}

/* An integer that needs 64 bits without a sign. */
static bool put_long_integer(Buffer *out, Str digits)
{
    uint64_t number;
    bool negative = digits.length && digits.data[0] == '-';
    if (!str_parse_uint(negative ? str_slice(digits, 1, digits.length) : digits, &number)) return false;
    if (number == 0) return false; /* minus zero is a double */
    put_head(out, negative ? NEGATIVE : POSITIVE, number - negative);
    return true;
}

static void put_time(const Writer *w, const Json *time)
{
    int64_t microseconds;
    if (w->times == CBOR_TIMES_MILLISECONDS && json_instant(time, &microseconds)) {
        put_integer(w->out, microseconds / 1000 - (microseconds % 1000 < 0));
        return;
    }
    int64_t seconds;
    if (w->times == CBOR_TIMES_TAGGED) put_head(w->out, TAG, TAG_TIME);
    if (json_int(time, &seconds))
        put_integer(w->out, seconds);
    else
        put_double(w->out, time->number);
}

static void put_number(const Writer *w, const Json *number)
{
    if (number->flags & JSON_TIME)
        put_time(w, number);
    else if (number->flags & JSON_INTEGER)
        put_integer(w->out, number->integer);
    else if (!put_long_integer(w->out, number->raw))
        put_double(w->out, number->number);
}

/* The text with U+FFFD for what is not UTF-8, as lone surrogates are not; only its length without `out`. */
static size_t put_clean(Buffer *out, Str text)
{
    const char *at = text.data, *end = at + text.length;
    size_t length = 0;
    while (at < end) {
        const char *stop = json_scan_utf8(at, end);
        if (out) buffer_append(out, at, (size_t)(stop - at));
        length += (size_t)(stop - at);
        at = stop;
        if (at == end) break;
        if (out) buffer_append(out, "\xef\xbf\xbd", 3);
        length += 3;
        at += json_is_surrogate(at, end) ? 3 : 1;
    }
    return length;
}

static void put_text(Buffer *out, Str text)
{
    if (!text.length) {
        put_head(out, TEXT, 0);
        return;
    }
    put_head(out, TEXT, put_clean(NULL, text));
    put_clean(out, text);
}

static void put_string(Buffer *out, const Json *string)
{
    if (!(string->flags & JSON_BLOB)) {
        put_text(out, string->text);
        return;
    }
    put_head(out, BYTES, string->text.length);
    buffer_append_str(out, string->text);
}

/* A map has a name once: of members with the same name the last is written. */
static bool is_written(const Json *container, uint32_t at)
{
    if (container->type == JSON_ARRAY) return true;
    return json_find(container, container->members[at].name) == &container->members[at];
}

static void put_container(Writer *w, const Json *container)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < container->count; i++) count += is_written(container, i);
    put_head(w->out, container->type == JSON_OBJECT ? MAP : ARRAY, count);
    if (count && !json_walk_push(&w->walk, container, NULL)) w->out->failed = true;
}

static void put_value(Writer *w, const Json *value)
{
    switch ((JsonType)value->type) {
    case JSON_NULL: put_head(w->out, SIMPLE, SIMPLE_NULL); return;
    case JSON_BOOL: put_head(w->out, SIMPLE, value->boolean ? SIMPLE_TRUE : SIMPLE_FALSE); return;
    case JSON_NUMBER: put_number(w, value); return;
    case JSON_STRING: put_string(w->out, value); return;
    case JSON_ARRAY:
    case JSON_OBJECT: put_container(w, value); return;
    }
    assert(!"a type of JSON");
}

static const Json *next_value(Writer *w)
{
    while (w->walk.depth) {
        JsonStep *step = &w->walk.steps[w->walk.depth - 1];
        const Json *container = step->value;
        while (step->at < container->count && !is_written(container, step->at)) step->at++;
        if (step->at == container->count) {
            w->walk.depth--;
            continue;
        }
        if (container->type == JSON_OBJECT) put_text(w->out, container->members[step->at].name);
        return json_child(container, step->at++);
    }
    return NULL;
}

void cbor_write(Buffer *out, const Json *value, CborTimes times)
{
    Writer writer;
    writer.out = out;
    writer.times = times;
    json_walk_init(&writer.walk);
    while (value && !out->failed) {
        put_value(&writer, value);
        value = next_value(&writer);
    }
    json_walk_done(&writer.walk);
}
