/* source_fuzz.c -- any text as JSON and as YAML: every part of the value has its place in the text, and is found again by its
 * pointer. What is JSON means the same as YAML. */
#include "tests/support/fuzz.h"

#include "source/source.h"

enum { PARTS_MAX = 2000, PLACES_MAX = 2048 }; /* anchors grow; in longer texts places are not compared */

typedef struct Walk {
    Str           text; /* without a byte order mark */
    Arena        *arena;
    const Source *source;
    bool          is_json, has_places;
    uint32_t      parts;
} Walk;

static void check(bool held)
{
    if (!held) abort();
}

/* ---- places ---- */

static bool is_continuation(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

/* In YAML lines end with these too; editors do not count them. */
static bool has_other_breaks(Str text)
{
    static const char *const breaks[] = { "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9" };
    size_t                   at;
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == '\r' && (i + 1 == text.length || text.data[i + 1] != '\n')) return true;
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++)
        if (str_find(text, str_from_c(breaks[i]), &at)) return true;
    return false;
}

/* The slow way. */
static size_t offset_of(const Walk *walk, SourcePlace place)
{
    size_t at = 0;
    check(place.line >= 1 && place.column >= 1);
    if (!walk->has_places) return 0;
    for (uint32_t line = 1; line < place.line; at++) {
        check(at < walk->text.length);
        line += walk->text.data[at] == '\n';
    }
    for (uint32_t column = 1; column < place.column; column++) {
        check(at < walk->text.length && walk->text.data[at] != '\n');
        for (at++; at < walk->text.length && is_continuation(walk->text.data[at]); at++) continue;
    }
    return at;
}

static void check_places(const Walk *walk, const Json *value, Str pointer, const Str *name)
{
    size_t at = offset_of(walk, source_place(walk->source, pointer));
    size_t of_name = offset_of(walk, source_place_of_name(walk->source, pointer));
    if (!walk->is_json) return;
    check(walk->text.data + at == value->raw.data);
    check(of_name <= at);
    if (!name) return;
    check(walk->text.data[of_name] == '"');
    Json  *read;
    size_t end = of_name + 1;
    while (walk->text.data[end] != '"') end += walk->text.data[end] == '\\' ? 2 : 1;
    check(!json_parse(walk->arena, str_slice(walk->text, of_name, end + 1), NULL, &read) &&
          str_equal(read->text, *name));
}

static void check_within(const Walk *walk, const Json *value, Str pointer)
{
    size_t before = offset_of(walk, source_place(walk->source, pointer)), end = before + value->raw.length;
    for (size_t offset = 0; value->type == JSON_STRING && offset <= value->text.length;
         offset += 1 + value->text.length / 3) {
        size_t at = offset_of(walk, source_place_within(walk->source, pointer, offset));
        if (walk->is_json) check(at > before && at < end);
        if (walk->is_json) before = at - 1; /* an offset may be inside a character */
    }
}

/* ---- the tree ---- */

static bool is_plain(Str name)
{
    for (size_t i = 0; i < name.length; i++)
        if (strchr("/[]~", name.data[i])) return false;
    return name.length > 0;
}

static void check_part(Walk *walk, const Json *value, Str pointer, const Str *name)
{
    check(source_find(walk->source, pointer) == value);
    check_places(walk, value, pointer, name);
    check_within(walk, value, pointer);
}

static void walk_into(Walk *walk, const Json *value, Str pointer, const Str *name)
{
    if (walk->parts++ > PARTS_MAX) return;
    check_part(walk, value, pointer, name);
    if (value->type == JSON_ARRAY) {
        for (uint32_t i = 0; i < value->count; i++)
            walk_into(walk, value->items[i],
                      str_format(walk->arena, i % 2 ? "%.*s[%u]" : "%.*s/%u", STR_ARG(pointer), i), NULL);
    } else if (value->type == JSON_OBJECT) {
        JSON_EACH_MEMBER(value, member) {
            Str inner = str_format(walk->arena, "%.*s/%.*s", STR_ARG(pointer), STR_ARG(member->name));
            if (is_plain(member->name) && json_get(value, member->name) == member->value)
                walk_into(walk, member->value, inner, &member->name);
            else
                offset_of(walk, source_place_of_name(walk->source, inner));
        }
    }
}

static Json *read_as(Arena *arena, Str text, SourceFormat format)
{
    Source     *source;
    SourcePlace fault = { 0, 0 };
    Str         bare = str_starts_with(text, STR("\xef\xbb\xbf")) ? str_slice(text, 3, text.length) : text;
    Walk        walk = { .text = bare, .arena = arena, .is_json = format == SOURCE_JSON };
    walk.has_places = walk.is_json || !has_other_breaks(bare);
    Error *error = source_read(arena, text, format, &source, &fault);
    if (error) {
        offset_of(&walk, fault);
        error_free(error);
        return NULL;
    }
    walk.source = source;
    if (text.length <= PLACES_MAX) walk_into(&walk, source_value(source), STR(""), NULL);
    source_place(source, STR("/a/b[0]"));
    source_place_within(source, STR("/"), 5);
    return source_value(source);
}

/* Escapes and merge keys in YAML have rules of their own, and 1e3 is a text there. */
static bool is_simple(Str text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        if (byte == '\\' || byte == '<' || (byte < ' ' && byte != '\n') || byte > '~') return false;
        if (i && (byte == 'e' || byte == 'E') && strchr("0123456789", text.data[i - 1])) return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena arena;
    Str   text = str_from(data, size);
    arena_init(&arena, 0);
    Json *json = read_as(&arena, text, SOURCE_JSON), *yaml = read_as(&arena, text, SOURCE_YAML);
    if (json && yaml && is_simple(text)) check(json_equal(json, yaml));
    arena_done(&arena);
    return 0;
}
