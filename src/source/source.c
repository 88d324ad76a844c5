/* source.c -- texts with places.
 *
 * Nothing is counted until somebody asks: what is kept is where lines start, and for every SOURCE_STRIDE bytes how many
 * characters stand before them, so that a place costs the same at the end of a long line as at its start.
 *
 * A pointer's step is looked up as it is, then unescaped, then as a name that holds slashes or brackets itself (state
 * names may), the longest first. Where a step leads nowhere the way so far is the answer. */
#include "source/source_internal.h"

/* ---- lines and columns ---- */

static bool is_continuation(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

static void index_lines(Arena *arena, Source *source)
{
    Str      text = source->text;
    uint32_t lines = 1, count = 0;
    for (size_t i = 0; i < text.length; i++) lines += text.data[i] == '\n';
    source->line_starts = NEW_ARRAY(arena, uint32_t, lines);
    source->characters = NEW_ARRAY(arena, uint32_t, text.length / SOURCE_STRIDE + 1);
    source->line_count = 1;
    for (size_t i = 0; i < text.length; i++) {
        if (i % SOURCE_STRIDE == 0) source->characters[i / SOURCE_STRIDE] = count;
        count += !is_continuation(text.data[i]);
        if (text.data[i] == '\n') source->line_starts[source->line_count++] = (uint32_t)i + 1;
    }
    if (text.length % SOURCE_STRIDE == 0) source->characters[text.length / SOURCE_STRIDE] = count;
}

static uint32_t characters_before(const Source *source, size_t offset)
{
    size_t   at = offset - offset % SOURCE_STRIDE;
    uint32_t count = source->characters[offset / SOURCE_STRIDE];
    for (; at < offset; at++) count += !is_continuation(source->text.data[at]);
    return count;
}

SourcePlace source_offset_place(const Source *source, size_t offset)
{
    if (offset > source->text.length) offset = source->text.length;
    uint32_t low = 0, high = source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    uint32_t column = characters_before(source, offset) - characters_before(source, source->line_starts[low]);
    return (SourcePlace){ low + 1, column + 1 };
}

Str source_line(const Source *source, uint32_t line)
{
    if (line == 0 || line > source->line_count) return STR_NONE;
    size_t end = line < source->line_count ? source->line_starts[line] - 1u : source->text.length;
    Str    text = str_slice(source->text, source->line_starts[line - 1], end);
    if (text.length && text.data[text.length - 1] == '\r') text.length--;
    return text;
}

size_t source_column_offset(Str line, uint32_t column)
{
    size_t at = 0;
    for (uint32_t passed = 1; at < line.length && passed < column; passed++)
        for (at++; at < line.length && is_continuation(line.data[at]); at++) continue;
    return at;
}

/* ---- reading ---- */

static SourceFormat guess(Str text)
{
    size_t at = 0;
    while (at < text.length && is_one_of(text.data[at], " \t\r\n")) at++;
    return at == text.length || is_one_of(text.data[at], "{[\"") ? SOURCE_JSON : SOURCE_YAML;
}

/* "line 3, column 14: ..." is where the parser of JSON says that it is. */
static SourcePlace place_of_message(const Error *error)
{
    SourcePlace place = { 1, 1 };
    unsigned    line, column;
    if (error->message && sscanf(error->message, "line %u, column %u", &line, &column) == 2)
        place = (SourcePlace){ line, column };
    return place;
}

Error *source_read(Arena *arena, Str text, SourceFormat format, Source **out, SourcePlace *out_fault)
{
    Source *source = NEW(arena, Source);
    if (text.length > SOURCE_TEXT_MAX) {
        *out_fault = (SourcePlace){ 1, 1 };
        return error_new(ERR_LIMIT, "line 1, column 1: longer than %d bytes", SOURCE_TEXT_MAX);
    }
    bool marked = str_starts_with(text, STR("\xef\xbb\xbf"));
    source->text = marked ? str_slice(text, 3, text.length) : text;
    if (!source->text.data) source->text.data = "";
    index_lines(arena, source);
    if (format == SOURCE_GUESS) format = guess(source->text);
    if (format == SOURCE_YAML) {
        TRY(yaml_read(arena, source, out_fault));
    } else {
        Error *error = json_parse(arena, source->text, NULL, &source->value);
        if (error) {
            *out_fault = place_of_message(error);
            return error;
        }
    }
    *out = source;
    return NULL;
}

Json *source_value(const Source *source)
{
    return source->value;
}

/* ---- pointers ---- */

typedef struct Cursor { /* on the way along a pointer */
    const Json *value;
    const Spot *spot;
    bool        named; /* it is a member */
} Cursor;

static void enter(Cursor *cursor, uint32_t at)
{
    bool object = cursor->value->type == JSON_OBJECT;
    cursor->value = object ? cursor->value->members[at].value : cursor->value->items[at];
    if (cursor->spot) cursor->spot = cursor->spot->children[at];
    cursor->named = object;
}

static bool enter_member(Cursor *cursor, Str name)
{
    const Json *found = json_get(cursor->value, name); /* by its index where there are many */
    if (!found) return false;
    for (uint32_t i = cursor->value->count; i-- > 0;)
        if (cursor->value->members[i].value == found && str_equal(cursor->value->members[i].name, name)) {
            enter(cursor, i);
            return true;
        }
    return false;
}

static bool enter_item(Cursor *cursor, Str number)
{
    uint64_t at;
    if (cursor->value->type != JSON_ARRAY || !str_parse_uint(number, &at) || at >= cursor->value->count) return false;
    enter(cursor, (uint32_t)at);
    return true;
}

/* The longest member's name that the pointer goes on with. */
static bool enter_prefix(Cursor *cursor, Str *pointer)
{
    Str best = STR_NONE;
    if (cursor->value->type != JSON_OBJECT) return false;
    JSON_EACH_MEMBER(cursor->value, member) {
        Str  name = member->name;
        bool ends = name.length == pointer->length ||
                    (name.length < pointer->length && is_one_of(pointer->data[name.length], "/["));
        if (ends && str_starts_with(*pointer, name) && (!best.data || name.length > best.length)) best = name;
    }
    if (!best.data || !enter_member(cursor, best)) return false;
    *pointer = str_slice(*pointer, best.length, pointer->length);
    return true;
}

static Str unescape(char *room, Str step)
{
    size_t length = 0;
    for (size_t i = 0; i < step.length; i++) {
        bool escape = step.data[i] == '~' && i + 1 < step.length && is_one_of(step.data[i + 1], "01");
        room[length++] = escape ? (step.data[++i] == '1' ? '/' : '~') : step.data[i];
    }
    return str_from(room, length);
}

enum { STEP_MAX = 1024 }; /* bytes of an escaped step that are looked at */

static bool enter_named(Cursor *cursor, Str step)
{
    char   room[STEP_MAX];
    size_t escape;
    if (enter_member(cursor, step)) return true;
    return step.length <= STEP_MAX && str_find_byte(step, '~', &escape) && enter_member(cursor, unescape(room, step));
}

/* The step without "[0][1]" behind it. */
static Str without_brackets(Str step)
{
    while (step.length > 2 && step.data[step.length - 1] == ']') {
        size_t at = step.length - 1;
        while (at > 0 && is_one_of(step.data[at - 1], "0123456789")) at--;
        if (at == 0 || at == step.length - 1 || step.data[at - 1] != '[') break;
        step.length = at - 1;
    }
    return step;
}

static bool enter_step(Cursor *cursor, Str *pointer)
{
    size_t end = pointer->length;
    str_find_byte(*pointer, '/', &end);
    Str step = str_slice(*pointer, 0, end), bare = without_brackets(step);
    if (enter_item(cursor, step) || enter_named(cursor, step)) {
        *pointer = str_slice(*pointer, step.length, pointer->length);
        return true;
    }
    if (bare.length == step.length || !(enter_item(cursor, bare) || enter_named(cursor, bare)))
        return enter_prefix(cursor, pointer);
    *pointer = str_slice(*pointer, bare.length, pointer->length);
    return true;
}

static bool enter_bracket(Cursor *cursor, Str *pointer)
{
    size_t close;
    if (!str_find_byte(*pointer, ']', &close) || !enter_item(cursor, str_slice(*pointer, 1, close))) return false;
    *pointer = str_slice(*pointer, close + 1, pointer->length);
    return true;
}

static Cursor follow(const Source *source, Str pointer)
{
    Cursor cursor = { source->value, source->spot, false };
    while (pointer.length > 0) {
        if (pointer.data[0] == '/') {
            pointer = str_slice(pointer, 1, pointer.length);
            if (!pointer.length && cursor.value == source->value)
                break; /* "/" is the whole, as the service writes it */
            if (!enter_step(&cursor, &pointer)) break;
        } else if (pointer.data[0] != '[' || !enter_bracket(&cursor, &pointer)) {
            break;
        }
    }
    return cursor;
}

const Json *source_find(const Source *source, Str pointer)
{
    return follow(source, pointer).value;
}

SourcePlace source_place(const Source *source, Str pointer)
{
    Cursor cursor = follow(source, pointer);
    return cursor.spot ? cursor.spot->value : source_offset_place(source, json_place(source, cursor.value));
}

SourcePlace source_place_of_name(const Source *source, Str pointer)
{
    Cursor cursor = follow(source, pointer);
    if (cursor.spot) return cursor.spot->name.line ? cursor.spot->name : cursor.spot->value;
    size_t at = cursor.named ? json_place_of_name(source, cursor.value) : json_place(source, cursor.value);
    return source_offset_place(source, at);
}

/* ---- within texts ---- */

/* On one line a scalar stands as it is, behind its quote if it has one; a literal block has a line for each of its own. */
static SourcePlace place_within_yaml(const Source *source, const Cursor *cursor, size_t offset)
{
    SourcePlace start = cursor->spot->value;
    Str         before = str_slice(cursor->value->text, 0, offset);
    uint32_t    lines = 0;
    size_t      line_at = 0;
    for (size_t i = 0; i < before.length; i++)
        if (before.data[i] == '\n') {
            lines++;
            line_at = i + 1;
        }
    Str      wanted = str_slice(before, line_at, before.length);
    uint32_t line = cursor->spot->block ? start.line + 1 + lines : start.line;
    Str      text = source_line(source, line);
    size_t   from = cursor->spot->block ? 0 : source_column_offset(text, start.column) + cursor->spot->quoted;
    if (cursor->spot->block)
        while (from < text.length && text.data[from] == ' ') from++;
    else if (lines)
        return start;
    if (!str_starts_with(str_slice(text, from, text.length), wanted)) return start;
    size_t bytes = (size_t)(text.data - source->text.data) + from + wanted.length;
    return source_offset_place(source, bytes);
}

SourcePlace source_place_within(const Source *source, Str pointer, size_t offset)
{
    Cursor cursor = follow(source, pointer);
    if (cursor.value->type != JSON_STRING || offset > cursor.value->text.length) return source_place(source, pointer);
    if (cursor.spot) return place_within_yaml(source, &cursor, offset);
    return source_offset_place(source, json_place_within(source, cursor.value, offset));
}
