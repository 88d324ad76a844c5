/* parse.c -- text to values, in one pass.
 *
 * The loop of parse_text reads a value, then goes on to where the next one must be: over commas,
 * names and closings. What is open is on the builder's stack, so nesting costs no C stack.
 *
 * Every reader takes the place where it starts and returns the place where it ended, or NULL after it
 * has noted what is wrong and where. Lines and columns are counted only then.
 *
 * A string without escapes borrows the text. One with escapes is checked in the scan for its end, so
 * decoding it afterwards cannot fail. */
#include "json/internal.h"

#include "base/text.h"

typedef struct Parser {
    JsonBuilder builder;
    const char *start, *end;
    uint32_t    depth_max;
    const char *wrong; /* where */
    const char *what;
    bool        too_deep;
} Parser;

static const char *refuse(Parser *p, const char *at, const char *what)
{
    p->wrong = at;
    p->what = what;
    return NULL;
}

static inline bool is_blank(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static inline const char *skip_blanks(const Parser *p, const char *at)
{
    while (at < p->end && is_blank(*at)) at++;
    return at;
}

/* ---- strings ---- */

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static uint32_t hex_unit(const char *at)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) unit = unit << 4 | (uint32_t)hex_digit(at[i]);
    return unit;
}

/* What the letter after a backslash stands for; 0: no such escape. */
static const char escapes[256] = {
    ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
};

static const char *scan_escape(Parser *p, const char *at)
{
    if (p->end - at < 2) return refuse(p, p->end, "expected the rest of an escape");
    if (escapes[(uint8_t)at[1]]) return at + 2;
    if (at[1] != 'u') return refuse(p, at, "there is no such escape");
    at += 2;
    for (int i = 0; i < 4; i++, at++)
        if (at == p->end || hex_digit(*at) < 0) return refuse(p, at, "expected a hexadecimal digit");
    return at;
}

/* From behind the opening quote to the closing one. */
static inline const char *scan_string(Parser *p, const char *at, bool *out_escaped)
{
    for (;;) {
        at = json_scan_plain(at, p->end);
        if (at == p->end) return refuse(p, at, "expected a closing quote");
        if (*at == '"') return at;
        if (*at == '\\') {
            *out_escaped = true;
            at = scan_escape(p, at);
            if (!at) return NULL;
        } else if (*at < 0) {
            size_t size = json_utf8_size(at, p->end);
            if (!size) return refuse(p, at, "this is not UTF-8");
            at += size;
        } else {
            return refuse(p, at, "a control character in a string must be escaped");
        }
    }
}

/* A unit behind \u, with its second half where there is one. */
static const char *decode_unit(const char *at, const char *end, char **out)
{
    uint32_t unit = hex_unit(at);
    at += 4;
    if (unit >= 0xd800 && unit < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        uint32_t low = hex_unit(at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            at += 6;
        }
    }
    *out += text_utf8_encode(unit, *out);
    return at;
}

static Str decode(Arena *arena, const char *at, const char *end)
{
    char *text = arena_alloc_bytes(arena, (size_t)(end - at)), *out = text;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        size_t run = (size_t)((backslash ? backslash : end) - at);
        memcpy(out, at, run);
        out += run;
        at += run;
        if (!backslash) break;
        if (at[1] == 'u') {
            at = decode_unit(at + 2, end, &out);
        } else {
            *out++ = escapes[(uint8_t)at[1]];
            at += 2;
        }
    }
    return str_from(text, (size_t)(out - text));
}

static inline const char *parse_string(Parser *p, const char *at, Str *out)
{
    bool escaped = false;
    const char *close = scan_string(p, at + 1, &escaped);
    if (!close) return NULL;
    *out = escaped ? decode(p->builder.arena, at + 1, close) : str_from(at + 1, (size_t)(close - at - 1));
    return close + 1;
}

/* ---- values ---- */

static const char *parse_number(Parser *p, const char *at, Json *value)
{
    JsonDecimal decimal;
    const char *end = json_decimal_scan(at, p->end, &decimal);
    if (decimal.what) return refuse(p, end, decimal.what);
    value->type = JSON_NUMBER;
    value->raw = str_from(at, (size_t)(end - at));
    json_decimal_store(&decimal, value);
    return end;
}

static const char *parse_word(Parser *p, const char *at, Json *value)
{
    static const struct {
        Str      word;
        JsonType type;
        bool     boolean;
    } words[] = { { STR_CONST("null"), JSON_NULL, false },
                  { STR_CONST("true"), JSON_BOOL, true },
                  { STR_CONST("false"), JSON_BOOL, false } };
    Str rest = str_from(at, (size_t)(p->end - at));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!str_starts_with(rest, words[i].word)) continue;
        value->type = words[i].type;
        value->boolean = words[i].boolean;
        return at + words[i].word.length;
    }
    bool mark = str_starts_with(rest, STR("\xef\xbb\xbf"));
    return refuse(p, at, mark ? "expected a value, not a byte order mark" : "expected a value");
}

static const char *open_container(Parser *p, const char *at, Json *value, JsonType type)
{
    if (p->builder.depth == p->depth_max) {
        p->too_deep = true;
        return refuse(p, at, "nested too deep");
    }
    value->type = type;
    json_builder_open(&p->builder);
    return at + 1;
}

/* A scalar, or the opening of a container. */
static inline const char *parse_value(Parser *p, const char *at, Str name)
{
    if (at == p->end) return refuse(p, at, "expected a value");
    const char *start = at;
    Json *value = json_builder_add(&p->builder, name, (size_t)(p->end - at));
    switch (*at) {
    case '"':
        value->type = JSON_STRING;
        at = parse_string(p, at, &value->text);
        break;
    case '{': at = open_container(p, at, value, JSON_OBJECT); break;
    case '[': at = open_container(p, at, value, JSON_ARRAY); break;
    case '-':
    case '0' ... '9': return parse_number(p, at, value);
    default: at = parse_word(p, at, value); break;
    }
    if (at) value->raw = str_from(start, (size_t)(at - start));
    return at;
}

static inline const char *parse_name(Parser *p, const char *at, bool first, Str *out)
{
    if (at == p->end || *at != '"')
        return refuse(p, at, first ? "expected a member's name or a closing brace" : "expected a member's name");
    at = parse_string(p, at, out);
    if (!at) return NULL;
    at = skip_blanks(p, at);
    if (at == p->end || *at != ':') return refuse(p, at, "expected a colon");
    return at + 1;
}

static void close_container(Parser *p, Json *container, const char *end)
{
    container->raw.length = (size_t)(end - container->raw.data);
    json_builder_close(&p->builder);
}

static const char *const no_comma[] = {
    "expected a comma or a closing bracket",
    "expected a comma or a closing brace",
};

/* From the end of a value, or from behind an opening, to where the next value must be. */
static inline const char *go_on(Parser *p, const char *at, Str *out_name)
{
    while (p->builder.open != JSON_NOTHING_OPEN) {
        Json *container = p->builder.entries[p->builder.open].value;
        bool object = container->type == JSON_OBJECT, first = p->builder.open + 1 == p->builder.count;
        at = skip_blanks(p, at);
        if (at < p->end && *at == (object ? '}' : ']')) {
            close_container(p, container, ++at);
            continue;
        }
        if (!first && (at == p->end || *at != ',')) return refuse(p, at, no_comma[object]);
        if (!first) at = skip_blanks(p, at + 1);
        return object ? parse_name(p, at, first, out_name) : at;
    }
    return at;
}

static bool parse_text(Parser *p)
{
    const char *at = p->start;
    Str name = STR_NONE;
    do {
        at = parse_value(p, skip_blanks(p, at), name);
        if (at) at = go_on(p, at, &name);
        if (!at) return false;
    } while (p->builder.open != JSON_NOTHING_OPEN);
    at = skip_blanks(p, at);
    return at == p->end || refuse(p, at, "expected the end of the text");
}

/* ---- errors ---- */

static Error *describe(const Parser *p)
{
    size_t line = 1, column = 1;
    for (const char *at = p->start; at < p->wrong; at++) {
        if (*at == '\n') {
            line++;
            column = 1;
        } else if (!json_is_continuation(*at)) {
            column++;
        }
    }
    if (p->too_deep)
        return error_new(ERR_LIMIT, "line %zu, column %zu: nested deeper than %u levels", line, column, p->depth_max);
    const char *ends = p->wrong == p->end ? ", but the text ends" : "";
    return error_new(ERR_SYNTAX, "line %zu, column %zu: %s%s", line, column, p->what, ends);
}

/* The builder's stack is on the heap: it must go before a failed allocation goes further up. */
static Error *parse_guarded(Parser *p, Json **out)
{
    MemoryGuard guard;
    if (!MEMORY_GUARD_ENTER(&guard)) return error_memory();
    bool parsed = parse_text(p);
    memory_guard_leave(&guard);
    if (!parsed) return describe(p);
    *out = p->builder.entries[0].value;
    return NULL;
}

Error *json_parse(Arena *arena, Str text, const JsonLimits *limits, Json **out)
{
    if (text.length > JSON_TEXT_MAX) return error_new(ERR_LIMIT, "a JSON text of more than 4 GB");
    if (!text.length) text.data = "";
    Parser parser;
    json_builder_init(&parser.builder, arena);
    parser.start = text.data;
    parser.end = text.data + text.length;
    parser.depth_max = limits && limits->depth_max ? limits->depth_max : JSON_DEPTH_MAX;
    parser.too_deep = false;
    Error *error = parse_guarded(&parser, out);
    json_builder_done(&parser.builder);
    return error;
}
