/* recording.c -- comparing what is with what was recorded of the hosted service. */
#include "tests/conformance/recording.h"

#include "base/instant.h"
#include "base/text.h"
#include "tests/conformance/corpus.h"

enum { PATH_MAX_STEPS = 128, SEGMENTS_MAX = 64, SHOWN_MAX = 400 };

struct RecordingStep {
    Str            name;    /* no data: any member or item */
    int64_t        index;   /* -1: it is a name */
    bool           descend; /* at any depth */
    RecordingStep *next;
};

typedef struct Place {
    Str     name;
    int64_t index; /* -1: it is a name */
} Place;

typedef struct Match {
    Recording *recording;
    Place      path[PATH_MAX_STEPS];
    size_t     depth;
} Match;

/* ---- loose places ---- */

static RecordingStep *parse_path(Arena *arena, Str path)
{
    RecordingStep  *first = NULL;
    RecordingStep **link = &first;
    size_t          at = 1; /* behind the $ */
    while (at < path.length) {
        RecordingStep *step = NEW(arena, RecordingStep);
        step->index = -1;
        *link = step;
        link = &step->next;
        size_t from = at;
        if (path.data[at] == '[') {
            size_t end = at;
            while (path.data[end] != ']') end++;
            Str inner = str_slice(path, at + 1, end);
            if (!str_parse_int(inner, &step->index)) step->index = -1;
            at = end + 1;
            continue;
        }
        while (at < path.length && path.data[at] == '.') at++;
        step->descend = at - from == 2;
        from = at;
        while (at < path.length && path.data[at] != '.' && path.data[at] != '[') at++;
        step->name = str_slice(path, from, at);
        if (str_equal(step->name, STR("*"))) step->name = STR_NONE;
    }
    return first;
}

static bool step_fits(const RecordingStep *step, const Place *place)
{
    if (step->index >= 0) return place->index == step->index;
    return !step->name.data || (place->index < 0 && str_equal(step->name, place->name));
}

static bool path_fits(const RecordingStep *step, const Place *path, size_t depth)
{
    if (!step) return depth == 0;
    if (depth == 0) return false;
    if (step_fits(step, path) && path_fits(step->next, path + 1, depth - 1)) return true;
    return step->descend && path_fits(step, path + 1, depth - 1);
}

static bool is_loose(const Match *match)
{
    for (size_t i = 0; i < match->recording->loose_count; i++)
        if (path_fits(match->recording->loose[i], match->path, match->depth)) return true;
    return false;
}

void recording_init(Recording *recording, Arena *arena, const Json *test, bool strict)
{
    const Json *placeholders = json_get(test, STR("placeholders")), *loose = json_get(test, STR("loose"));
    *recording = (Recording){ .arena = arena, .whole = json_get(placeholders, STR("whole")), .within = json_get(placeholders, STR("within")) };
    if (strict || !loose) return;
    recording->loose = NEW_ARRAY(arena, RecordingStep *, loose->count);
    for (; recording->loose_count < loose->count; recording->loose_count++)
        recording->loose[recording->loose_count] = parse_path(arena, loose->items[recording->loose_count]->text);
}

/* ---- placeholders ---- */

static size_t digits_at(Str text)
{
    size_t count = 0;
    while (count < text.length && text.data[count] >= '0' && text.data[count] <= '9') count++;
    return count;
}

/* "<name:N>", "<<name>:N>", "<..._Nidx>" at the front: its length, or 0. */
static size_t generic_length(Str text)
{
    size_t end;
    if (text.length < 3 || text.data[0] != '<') return 0;
    size_t from = text.data[1] == '<' ? 2 : 1;
    if (!str_find_byte(str_slice(text, from, text.length), '>', &end)) return 0;
    end += from;
    if (from == 2) {
        Str    rest = str_slice(text, end + 1, text.length);
        size_t digits = rest.length && rest.data[0] == ':' ? digits_at(str_slice(rest, 1, rest.length)) : 0;
        return digits && rest.length > digits + 1 && rest.data[digits + 1] == '>' ? end + digits + 3 : 0;
    }
    Str    inner = str_slice(text, 1, end);
    size_t colon;
    if (str_ends_with(inner, STR("idx"))) return end + 1;
    if (!str_find_byte(inner, ':', &colon)) return 0;
    Str number = str_slice(inner, colon + 1, inner.length);
    return number.length && digits_at(number) == number.length ? end + 1 : 0;
}

static size_t within_length(const Recording *recording, Str text)
{
    size_t longest = 0;
    if (recording->within)
        JSON_EACH_MEMBER(recording->within, member)
            if (member->name.length > longest && str_starts_with(text, member->name)) longest = member->name.length;
    return longest;
}

static bool is_whole(const Recording *recording, const Json *expected)
{
    Json *name;
    if (expected->type != JSON_STRING || !recording->whole) return false;
    JSON_EACH_ITEM(recording->whole, name)
        if (str_equal(name->text, expected->text)) return true;
    return false;
}

/* The literal parts of an expected text; between two of them stands anything that is not empty. */
static size_t split(const Recording *recording, Str text, Buffer *literals, Str *out)
{
    size_t count = 0, starts[SEGMENTS_MAX + 1] = { 0 };
    for (size_t at = 0; at < text.length;) {
        Str    rest = str_slice(text, at, text.length);
        size_t length = within_length(recording, rest);
        if (!length) length = generic_length(rest);
        if (length) {
            if (count + 1 >= SEGMENTS_MAX) corpus_stop("a text", "has too many placeholders");
            starts[++count] = literals->length;
        } else if (str_starts_with(rest, STR("<region>"))) {
            buffer_append_c(literals, "us-east-1");
            length = 8;
        } else if (str_starts_with(rest, STR("<partition>"))) {
            buffer_append_c(literals, "aws");
            length = 11;
        } else {
            buffer_append_byte(literals, text.data[at]);
            length = 1;
        }
        at += length;
    }
    starts[count + 1] = literals->length;
    for (size_t i = 0; i <= count; i++) out[i] = str_from(literals->data + starts[i], starts[i + 1] - starts[i]);
    return count + 1;
}

static bool fits_literals(const Str *literals, size_t count, Str actual)
{
    if (count == 1) return str_equal(literals[0], actual);
    if (!str_starts_with(actual, literals[0])) return false;
    actual = str_slice(actual, literals[0].length, actual.length);
    for (size_t i = 1; i + 1 < count; i++) {
        size_t at;
        if (actual.length < 1 || !str_find(str_slice(actual, 1, actual.length), literals[i], &at)) return false;
        actual = str_slice(actual, 1 + at + literals[i].length, actual.length);
    }
    return actual.length > literals[count - 1].length && str_ends_with(actual, literals[count - 1]);
}

static bool text_fits(const Recording *recording, Str expected, Str actual)
{
    Buffer literals;
    Str    parts[SEGMENTS_MAX];
    if (str_equal(expected, actual)) return true;
    buffer_init(&literals);
    buffer_reserve(&literals, expected.length + 64 * 16);
    size_t count = split(recording, expected, &literals, parts);
    bool   fits = fits_literals(parts, count, actual);
    buffer_done(&literals);
    return fits;
}

/* ---- values ---- */

static bool differ(Match *match, const Json *expected, const Json *actual)
{
    Recording *recording = match->recording;
    Arena     *arena = recording->arena;
    if (recording->difference.length) return false;
    Str path = STR_NONE;
    for (size_t i = 0; i < match->depth; i++) {
        if (match->path[i].index >= 0) path = str_format(arena, "%.*s[%d]", STR_ARG(path), (int)match->path[i].index);
        else path = str_format(arena, "%.*s/%.*s", STR_ARG(path), STR_ARG(match->path[i].name));
    }
    Str was = actual ? json_text(arena, actual) : STR("nothing"), wanted = expected ? json_text(arena, expected) : STR("nothing");
    recording->difference = str_format(arena, "%.*s\n      wanted %.*s\n      was    %.*s", STR_ARG(path),
                                       wanted.length > SHOWN_MAX ? SHOWN_MAX : (int)wanted.length, wanted.data,
                                       was.length > SHOWN_MAX ? SHOWN_MAX : (int)was.length, was.data);
    return false;
}

static bool matches(Match *match, const Json *expected, const Json *actual);

static bool matches_at(Match *match, Place place, const Json *expected, const Json *actual)
{
    if (match->depth == PATH_MAX_STEPS) corpus_stop("a case", "is too deep");
    match->path[match->depth++] = place;
    bool same = matches(match, expected, actual);
    match->depth--;
    return same;
}

static Json *parsed(Arena *arena, Str text)
{
    Json  *value;
    Error *error = json_parse(arena, text, NULL, &value);
    error_free(error);
    return error ? NULL : value;
}

static bool matches_text(Match *match, const Json *expected, const Json *actual)
{
    if (text_fits(match->recording, expected->text, actual->text)) return true;
    if (match->recording->exact) return differ(match, expected, actual);
    const Json *wanted = parsed(match->recording->arena, expected->text), *was = parsed(match->recording->arena, actual->text);
    if (wanted && was && wanted->type != JSON_NUMBER) return matches(match, wanted, was);
    return differ(match, expected, actual);
}

static bool matches_object(Match *match, const Json *expected, const Json *actual)
{
    JSON_EACH_MEMBER(expected, member)
        if (!matches_at(match, (Place){ member->name, -1 }, member->value, json_get(actual, member->name))) return false;
    JSON_EACH_MEMBER(actual, member)
        if (!json_get(expected, member->name) && !matches_at(match, (Place){ member->name, -1 }, NULL, member->value)) return false;
    return true;
}

static bool matches_array(Match *match, const Json *expected, const Json *actual)
{
    uint32_t count = expected->count > actual->count ? expected->count : actual->count;
    for (uint32_t i = 0; i < count; i++)
        if (!matches_at(match, (Place){ STR_NONE, i }, i < expected->count ? expected->items[i] : NULL,
                        i < actual->count ? actual->items[i] : NULL))
            return false;
    return true;
}

/* Some recordings hold what an input or output means, where the service had its text. */
static const Json *as_recorded(Match *match, const Json *expected, const Json *actual)
{
    Str name = match->path[match->depth - 1].name;
    if (expected->type == JSON_STRING || actual->type != JSON_STRING) return actual;
    if (!str_equal(name, STR("input")) && !str_equal(name, STR("output"))) return actual;
    const Json *meant = parsed(match->recording->arena, actual->text);
    return meant ? meant : actual;
}

static bool matches(Match *match, const Json *expected, const Json *actual)
{
    if (is_loose(match)) return true;
    if (!expected || !actual) return differ(match, expected, actual);
    if (is_whole(match->recording, expected)) return true;
    actual = as_recorded(match, expected, actual);
    if (expected->type != actual->type) return differ(match, expected, actual);
    switch (expected->type) {
    case JSON_STRING: return matches_text(match, expected, actual);
    case JSON_OBJECT: return matches_object(match, expected, actual);
    case JSON_ARRAY: return matches_array(match, expected, actual);
    default: return json_equal(expected, actual) || differ(match, expected, actual);
    }
}

bool recording_matches(Recording *recording, const char *name, int64_t index, const Json *expected, const Json *actual)
{
    Match match = { .recording = recording };
    match.path[match.depth++] = (Place){ str_from_c(name), -1 };
    if (index >= 0) match.path[match.depth++] = (Place){ STR_NONE, index };
    return matches(&match, expected, actual);
}

/* ---- as recordings are ---- */

Json *recording_normal(Arena *arena, const Json *actual)
{
    Json *normal, *item;
    switch (actual->type) {
    case JSON_STRING:
        normal = actual->text.length && actual->text.data[0] == '{' ? parsed(arena, actual->text) : NULL;
        return normal && normal->type == JSON_OBJECT ? normal : (Json *)actual;
    case JSON_ARRAY:
        normal = json_array(arena);
        JSON_EACH_ITEM(actual, item) json_append(arena, normal, recording_normal(arena, item));
        return normal;
    case JSON_OBJECT:
        normal = json_object(arena);
        JSON_EACH_MEMBER(actual, member) json_add(arena, normal, member->name, recording_normal(arena, member->value));
        return normal;
    default: return (Json *)actual;
    }
}

/* ---- what was sent ---- */

static void append_unit(Buffer *out, uint32_t unit)
{
    buffer_append_format(out, "\\u%04x", unit);
}

static void append_escaped(Buffer *out, uint32_t code)
{
    static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
    const char *found = code && code < 128 ? strchr(from, (int)code) : NULL;
    if (found) {
        buffer_append_byte(out, '\\');
        buffer_append_byte(out, to[found - from]);
    } else if (code >= 0x10000) {
        append_unit(out, 0xd800 + ((code - 0x10000) >> 10));
        append_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else if (code < 32 || code > 126) {
        if (code == 127) buffer_append_byte(out, 127);
        else append_unit(out, code);
    } else {
        buffer_append_byte(out, (char)code);
    }
}

static void append_string(Buffer *out, Str text)
{
    buffer_append_byte(out, '"');
    while (text.length) {
        uint32_t code;
        size_t   size = text_utf8_decode(text, &code);
        if (!size) { /* a lone surrogate, in three bytes */
            const unsigned char *at = (const unsigned char *)text.data;
            code = (uint32_t)(at[0] & 15) << 12 | (uint32_t)(at[1] & 63) << 6 | (at[2] & 63);
            size = 3;
        }
        append_escaped(out, code);
        text = str_slice(text, size, text.length);
    }
    buffer_append_byte(out, '"');
}

static void append_value(Buffer *out, const Json *value)
{
    bool first = true;
    if (value->type == JSON_STRING) {
        append_string(out, value->text);
    } else if (value->type == JSON_ARRAY) {
        buffer_append_byte(out, '[');
        for (uint32_t i = 0; i < value->count; i++) {
            if (i) buffer_append_c(out, ", ");
            append_value(out, value->items[i]);
        }
        buffer_append_byte(out, ']');
    } else if (value->type == JSON_OBJECT) {
        buffer_append_byte(out, '{');
        JSON_EACH_MEMBER(value, member) {
            if (!first) buffer_append_c(out, ", ");
            first = false;
            append_string(out, member->name);
            buffer_append_c(out, ": ");
            append_value(out, member->value);
        }
        buffer_append_byte(out, '}');
    } else {
        json_write(out, value, JSON_COMPACT);
    }
}

Str recording_sent_text(Arena *arena, Str text, int64_t now)
{
    Buffer out;
    size_t at, end;
    buffer_init(&out);
    while (str_find(text, STR("{{now"), &at)) {
        int64_t seconds = 0;
        char    iso[INSTANT_TEXT_SIZE];
        buffer_append_str(&out, str_slice(text, 0, at));
        text = str_slice(text, at + 5, text.length);
        if (!str_find(text, STR("}}"), &end)) corpus_stop("a case", "has a mark of time without an end");
        Str offset = str_slice(text, text.data[0] == '+' ? 1 : 0, end ? end - 1 : 0); /* "+3600s" */
        if (end) str_parse_int(offset, &seconds);
        Str shown = instant_format_iso(now + seconds * DURATION_SECOND, iso);
        buffer_append_str(&out, str_slice(shown, 0, shown.length - 1));
        text = str_slice(text, end + 2, text.length);
    }
    buffer_append_str(&out, text);
    Str copy = str_copy(arena, buffer_str(&out));
    buffer_done(&out);
    return copy;
}

Str recording_sent(Arena *arena, const Json *value, int64_t now)
{
    Buffer out;
    buffer_init(&out);
    append_value(&out, value);
    Str text = recording_sent_text(arena, buffer_str(&out), now);
    buffer_done(&out);
    return text;
}
