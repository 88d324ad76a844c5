/* text.c -- text as expressions see it: in code points, where a lone surrogate is one too. */
#include "jsonata/internal.h"

#include <math.h>

#include "base/text.h"

/* ---- reading ---- */

uint32_t text_next(Str text, size_t *at)
{
    uint8_t  first = (uint8_t)text.data[*at];
    uint32_t size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t code = size == 1 ? first : first & (0xffU >> (size + 1));
    if (*at + size > text.length) size = 1;
    for (uint32_t i = 1; i < size; i++) code = code << 6 | ((uint8_t)text.data[*at + i] & 0x3f);
    *at += size;
    return code;
}

static bool begins(char byte)
{
    return ((uint8_t)byte & 0xc0) != 0x80;
}

size_t text_length(Str text)
{
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) length += begins(text.data[i]);
    return length;
}

size_t text_offset(Str text, size_t points)
{
    for (size_t i = 0; i < text.length; i++)
        if (begins(text.data[i]) && points-- == 0) return i;
    return text.length;
}

size_t text_units(Str text)
{
    size_t units = 0;
    for (size_t i = 0; i < text.length; i++) units += begins(text.data[i]) + ((uint8_t)text.data[i] >= 0xf0);
    return units;
}

size_t text_units_offset(Str text, size_t units)
{
    size_t seen = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!begins(text.data[i])) continue;
        if (seen >= units) return i;
        seen += 1 + ((uint8_t)text.data[i] >= 0xf0);
    }
    return text.length;
}

static bool is_half(Str text, size_t at, uint8_t least)
{
    return at + 3 <= text.length && (uint8_t)text.data[at] == 0xed && (uint8_t)text.data[at + 1] >= least &&
           (uint8_t)text.data[at + 1] < least + 0x10;
}

/* ---- building ---- */

void text_init(Text *text, Run *run, size_t capacity)
{
    *text = (Text){ .run = run, .capacity = capacity };
    if (capacity > 4096) run_need(run, capacity);
    text->data = arena_alloc_bytes(run->arena, capacity ? capacity : 1);
}

static void make_room(Text *text, size_t size)
{
    if (text->capacity - text->length >= size) return;
    size_t room = text->capacity * 2 + size + 32;
    run_need(text->run, room);
    text->data = arena_grow(text->run->arena, text->data, text->capacity, room);
    text->capacity = room;
}

void text_add(Text *text, Str part)
{
    if (!part.length) return;
    make_room(text, part.length);
    if (text->length >= 3 && is_half(text_str(text), text->length - 3, 0xa0) && is_half(part, 0, 0xb0)) {
        size_t   high_at = text->length - 3, low_at = 0;
        uint32_t high = text_next(text_str(text), &high_at), low = text_next(part, &low_at);
        text->length -= 3;
        text_add_code(text, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
        part = str_slice(part, 3, part.length);
        make_room(text, part.length);
    }
    memcpy(text->data + text->length, part.data, part.length);
    text->length += part.length;
}

void text_add_byte(Text *text, char byte)
{
    make_room(text, 1);
    text->data[text->length++] = byte;
}

void text_add_code(Text *text, uint32_t code)
{
    make_room(text, 4);
    text->length += text_utf8_encode(code, text->data + text->length);
}

Json *text_value(Text *text)
{
    return value_string(text->run, text_str(text));
}

/* ---- values as text ---- */

Str text_of_number(Arena *arena, double number)
{
    char   room[256];
    Buffer out = { .data = room, .capacity = sizeof room }; /* more than any number takes, so it never moves */
    if (isnan(number)) return STR("NaN");
    if (isinf(number)) return number < 0 ? STR("-Infinity") : STR("Infinity");
    if (number == 0) return STR("0");
    if (fabs(number) < 1e15 && floor(number) == number)
        buffer_append_int(&out, (int64_t)number);
    else
        json_write_double(&out, number);
    return str_from(arena_copy(arena, out.data, out.length), out.length);
}

static double rounded(const Run *run, double number)
{
    char room[64];
    if (run->program->dialect == JSONATA_STANDARD && floor(number) == number) return number;
    if (fabs(number) < 1e15 && floor(number) == number) return number;
    snprintf(room, sizeof room, "%.15g", number);
    return strtod(room, NULL);
}

static void add_quoted(Text *text, Str string)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    text_add_byte(text, '"');
    for (size_t at = 0; at < string.length;) {
        size_t start = at;
        while (at < string.length && (uint8_t)string.data[at] >= 0x20 && !strchr("\"\\\xed", string.data[at])) at++;
        if (at > start) text_add(text, str_slice(string, start, at));
        if (at >= string.length) break;
        char        byte = string.data[at], escape[8];
        const char *found = byte ? strchr(from, byte) : NULL;
        if (found) {
            text_add_byte(text, '\\');
            text_add_byte(text, to[found - from]);
            at++;
            continue;
        }
        uint32_t code = text_next(string, &at);
        if (code >= 0x20 && (code < 0xd800 || code > 0xdfff)) {
            text_add_code(text, code);
            continue;
        }
        snprintf(escape, sizeof escape, "\\u%04x", code);
        text_add(text, str_from_c(escape));
    }
    text_add_byte(text, '"');
}

static void add_line(Text *text, bool pretty, uint32_t depth)
{
    if (!pretty) return;
    text_add_byte(text, '\n');
    for (uint32_t i = 0; i < depth; i++) text_add(text, STR("  "));
}

static void add_value(Text *text, const Json *value, bool pretty, uint32_t depth);

static void add_container(Text *text, const Json *value, bool pretty, uint32_t depth)
{
    bool     object = value->type == JSON_OBJECT;
    uint32_t written = 0;
    if (depth > VALUE_DEPTH_MAX) run_too_deep(text->run);
    run_work(text->run, value->count);
    text_add_byte(text, object ? '{' : '[');
    for (uint32_t i = 0; i < value->count; i++) {
        const Json *item = object ? value->members[i].value : value->items[i];
        if (object && !item) continue;
        if (written++) text_add_byte(text, ',');
        add_line(text, pretty, depth + 1);
        if (object) {
            add_quoted(text, value->members[i].name);
            text_add(text, pretty ? STR(": ") : STR(":"));
        }
        add_value(text, item, pretty, depth + 1);
    }
    if (written) add_line(text, pretty, depth);
    text_add_byte(text, object ? '}' : ']');
}

static void add_value(Text *text, const Json *value, bool pretty, uint32_t depth)
{
    switch (value ? value->type : JSON_NULL) {
    case JSON_NULL: text_add(text, STR("null")); return;
    case JSON_BOOL: text_add(text, value->boolean ? STR("true") : STR("false")); return;
    case JSON_NUMBER: {
        double number = number_of(value);
        if (!isfinite(number)) run_fault(text->run, (Mistake){ .code = "D1001", .value = value });
        text_add(text, text_of_number(text->run->arena, rounded(text->run, number)));
        return;
    }
    case JSON_STRING: add_quoted(text, value->text); return;
    case JSON_ARRAY:
    case JSON_OBJECT: add_container(text, value, pretty, depth); return;
    default: text_add(text, STR("\"\""));
    }
}

void text_add_value(Text *text, const Json *value, bool pretty)
{
    add_value(text, value, pretty, 0);
}

Str text_of(Run *run, const Json *value)
{
    Text text;
    if (value->type == JSON_STRING) return value->text;
    if (value->type == VALUE_FUNCTION) return STR("");
    if (value->type == JSON_NUMBER) {
        double number = number_of(value);
        if (!isfinite(number)) run_fault(run, (Mistake){ .code = "D3001", .value = value });
        return text_of_number(run->arena, rounded(run, number));
    }
    if (is_array(value) && value->flags & FLAG_WRAPPER) value = value->items[0];
    text_init(&text, run, 64);
    text_add_value(&text, value, false);
    return text_str(&text);
}
