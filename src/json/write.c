/* write.c -- values to text.
 *
 * A loop writes what can be written at once and puts containers on a walk; the way to the next value
 * goes over commas, names and closings, as in parse.c. Text leaves in runs: what needs no escape is
 * copied as it is, and a parsed string that borrowed its text needs none. */
#include "json/internal.h"

#include <assert.h>

typedef struct Writer {
    Buffer   *out;
    JsonStyle style;
    JsonWalk  walk;
} Writer;

static inline void put(Buffer *out, char byte)
{
    if (out->length < out->capacity)
        out->data[out->length++] = byte;
    else
        buffer_append_byte(out, byte);
}

/* ---- strings ---- */

static const char hex_digits[] = "0123456789abcdef";

static void put_unit(Buffer *out, uint32_t unit)
{
    buffer_append_c(out, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4) put(out, hex_digits[unit >> shift & 15]);
}

static void put_escape(Buffer *out, uint8_t byte)
{
    static const char letters[256] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };
    if (!letters[byte]) {
        put_unit(out, byte);
        return;
    }
    put(out, '\\');
    put(out, letters[byte]);
}

/* The end of the run that needs no escape. */
static const char *scan_run(const char *at, const char *end)
{
    for (;;) {
        at = json_scan_plain(at, end);
        size_t size = at < end && *at < 0 ? json_utf8_size(at, end) : 0;
        if (!size) return at;
        at += size;
    }
}

/* Writes the one character that ended a run. */
static const char *put_special(Buffer *out, const char *at, const char *end)
{
    if (*at >= 0) {
        put_escape(out, (uint8_t)*at);
        return at + 1;
    }
    if (!json_is_surrogate(at, end)) {
        buffer_append_c(out, "\xef\xbf\xbd");
        return at + 1;
    }
    put_unit(out, 0xd000u | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu));
    return at + 3;
}

static void put_in_runs(Buffer *out, Str text)
{
    const char *at = text.data, *end = at + text.length;
    put(out, '"');
    while (at < end) {
        const char *stop = scan_run(at, end);
        buffer_append(out, at, (size_t)(stop - at));
        at = stop < end ? put_special(out, stop, end) : end;
    }
    put(out, '"');
}

void json_write_string(Buffer *out, Str text)
{
    if (!text.length) {
        buffer_append(out, "\"\"", 2);
        return;
    }
    if (scan_run(text.data, text.data + text.length) < text.data + text.length) {
        put_in_runs(out, text);
        return;
    }
    char *room = buffer_reserve(out, text.length + 2);
    if (!room) return;
    room[0] = '"';
    memcpy(room + 1, text.data, text.length);
    room[text.length + 1] = '"';
    buffer_extend(out, text.length + 2);
}

static void put_base64(Buffer *out, Str bytes)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = (const uint8_t *)bytes.data;
    put(out, '"');
    for (size_t left = bytes.length; left; in += 3) {
        uint32_t group = (uint32_t)in[0] << 16 | (left > 1 ? (uint32_t)in[1] << 8 : 0) | (left > 2 ? in[2] : 0);
        put(out, letters[group >> 18]);
        put(out, letters[group >> 12 & 63]);
        put(out, left > 1 ? letters[group >> 6 & 63] : '=');
        put(out, left > 2 ? letters[group & 63] : '=');
        left -= left < 3 ? left : 3;
    }
    put(out, '"');
}

static void put_string(Buffer *out, const Json *string)
{
    bool as_parsed = string->raw.length == string->text.length + 2 && string->text.data == string->raw.data + 1;
    if (string->flags & JSON_BLOB)
        put_base64(out, string->text);
    else if (as_parsed)
        buffer_append_str(out, string->raw);
    else
        json_write_string(out, string->text);
}

/* ---- numbers ---- */

/* Epoch seconds with up to three decimals; towards the past where there are more. */
static void put_time(Buffer *out, int64_t microseconds)
{
    int64_t ms = microseconds / 1000 - (microseconds % 1000 < 0);
    uint64_t size = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    unsigned fraction = (unsigned)(size % 1000);
    if (ms < 0) put(out, '-');
    buffer_append_int(out, (int64_t)(size / 1000));
    if (!fraction) return;
    put(out, '.');
    for (unsigned unit = 100; fraction; fraction %= unit, unit /= 10) put(out, (char)('0' + fraction / unit));
}

static void put_number(Buffer *out, const Json *number)
{
    int64_t microseconds;
    if (number->raw.length)
        buffer_append_str(out, number->raw);
    else if (number->flags & JSON_INTEGER)
        buffer_append_int(out, number->integer);
    else if (number->flags & JSON_TIME && json_instant(number, &microseconds))
        put_time(out, microseconds);
    else
        json_write_double(out, number->number);
}

/* ---- values ---- */

static void put_line(Writer *w)
{
    if (w->style != JSON_PRETTY) return;
    put(w->out, '\n');
    for (uint32_t i = 0; i < w->walk.depth; i++) buffer_append(w->out, "  ", 2);
}

static void put_container(Writer *w, const Json *container)
{
    bool object = container->type == JSON_OBJECT;
    put(w->out, object ? '{' : '[');
    if (!container->count)
        put(w->out, object ? '}' : ']');
    else if (!json_walk_push(&w->walk, container, NULL))
        w->out->failed = true;
}

static void put_value(Writer *w, const Json *value)
{
    switch ((JsonType)value->type) {
    case JSON_NULL: buffer_append(w->out, "null", 4); return;
    case JSON_BOOL: buffer_append_c(w->out, value->boolean ? "true" : "false"); return;
    case JSON_NUMBER: put_number(w->out, value); return;
    case JSON_STRING: put_string(w->out, value); return;
    case JSON_ARRAY:
    case JSON_OBJECT: put_container(w, value); return;
    }
    assert(!"a type of JSON");
}

static void put_name(Writer *w, Str name)
{
    json_write_string(w->out, name);
    put(w->out, ':');
    if (w->style == JSON_PRETTY) put(w->out, ' ');
}

/* Goes to the next value; NULL when all containers are closed. */
static const Json *next_value(Writer *w)
{
    while (w->walk.depth) {
        JsonStep *step = &w->walk.steps[w->walk.depth - 1];
        const Json *container = step->value;
        bool object = container->type == JSON_OBJECT;
        if (step->at == container->count) {
            w->walk.depth--;
            put_line(w);
            put(w->out, object ? '}' : ']');
            continue;
        }
        if (step->at) put(w->out, ',');
        put_line(w);
        if (object) put_name(w, container->members[step->at].name);
        return json_child(container, step->at++);
    }
    return NULL;
}

void json_write(Buffer *out, const Json *value, JsonStyle style)
{
    Writer writer;
    writer.out = out;
    writer.style = style;
    json_walk_init(&writer.walk);
    while (value && !out->failed) {
        put_value(&writer, value);
        value = next_value(&writer);
    }
    json_walk_done(&writer.walk);
}

/* The buffer is on the heap: it must go before a failed allocation goes further up. */
static Str copy_guarded(Arena *arena, Buffer *buffer)
{
    MemoryGuard guard;
    if (buffer->failed || !MEMORY_GUARD_ENTER(&guard)) {
        buffer_done(buffer);
        memory_exhausted();
    }
    Str text = str_copy(arena, buffer_str(buffer));
    memory_guard_leave(&guard);
    return text;
}

Str json_text(Arena *arena, const Json *value)
{
    Buffer buffer;
    buffer_init(&buffer);
    json_write(&buffer, value, JSON_COMPACT);
    Str text = copy_guarded(arena, &buffer);
    buffer_done(&buffer);
    return text;
}
