/* items.c -- the items of a distributed Map, out of what was read: JSON, JSON lines, CSV.
 *
 * JSON is walked by the extent of its values, so a million items are never a million values at once. CSV is RFC 4180's:
 * quoted fields may hold delimiters, quotes and line ends. An inventory's manifest and a list of objects are arrays or CSV by the time
 * they come here. */
#include "asl/map.h"

struct AslItems {
    AslItemsForm form;
    Str          text;
    size_t       at;
    Str         *headers;
    size_t       header_count;
};

static const Str BLANKS = STR_CONST(" \t\r\n");

static void skip_blanks(AslItems *items)
{
    while (items->at < items->text.length && memchr(BLANKS.data, items->text.data[items->at], BLANKS.length)) items->at++;
}

/* ---- JSON ---- */

/* Where the pointer leads; false: nowhere. */
static bool point(Arena *arena, const Json **value, Str pointer)
{
    Str part;
    if (pointer.length == 0) return true;
    if (pointer.data[0] != '/') return false;
    pointer = str_slice(pointer, 1, pointer.length);
    while (str_next_part(&pointer, '/', &part)) {
        char *name = arena_alloc_bytes(arena, part.length), *end = name;
        for (size_t i = 0; i < part.length; i++) {
            bool escape = part.data[i] == '~' && i + 1 < part.length && (part.data[i + 1] == '0' || part.data[i + 1] == '1');
            *end++ = escape ? part.data[++i] == '0' ? '~' : '/' : part.data[i];
        }
        Str     key = str_from(name, (size_t)(end - name));
        int64_t index;
        if ((*value)->type == JSON_ARRAY && str_parse_int(key, &index) && index >= 0 && index < (*value)->count) *value = (*value)->items[index];
        else if ((*value)->type == JSON_OBJECT) *value = json_get(*value, key);
        else return false;
        if (!*value) return false;
    }
    return true;
}

/* The array's text without blanks; an object's members are items too: {"Key", "Value"}. */
static void open_json(Arena *arena, AslItems *items, Str *why)
{
    Json  *parsed;
    Error *error = json_parse(arena, items->text, NULL, &parsed);
    if (error) {
        *why = str_copy(arena, str_from_c(error->message));
        error_free(error);
        return;
    }
    const Json *value = parsed;
    if (!point(arena, &value, items->form.pointer)) {
        *why = STR("The ItemsPointer does not lead to a value.");
    } else if (value->type == JSON_OBJECT) {
        Json *pairs = json_array(arena);
        JSON_EACH_MEMBER(value, member) {
            Json *pair = json_object(arena);
            json_add_str(arena, pair, STR("Key"), member->name);
            json_add(arena, pair, STR("Value"), member->value);
            json_append(arena, pairs, pair);
        }
        items->text = json_text(arena, pairs);
    } else if (value->type == JSON_ARRAY) {
        items->text = json_text(arena, value);
    } else {
        *why = STR("Attempting to map over non-iterable node.");
    }
    items->at = 1;
}

static bool next_json(AslItems *items, Str *out)
{
    if (items->at + 1 >= items->text.length) return false;
    size_t end = asl_value_end(items->text, items->at);
    *out = str_slice(items->text, items->at, end);
    items->at = end + 1;
    return true;
}

static bool next_line(AslItems *items, Arena *arena, Str *out, Str *why)
{
    skip_blanks(items);
    if (items->at >= items->text.length) return false;
    size_t end;
    Str    rest = str_slice(items->text, items->at, items->text.length);
    if (!str_find_byte(rest, '\n', &end)) end = rest.length;
    items->at += end;
    Json  *value;
    Error *error = json_parse(arena, str_slice(rest, 0, end), NULL, &value);
    if (error) {
        *why = str_copy(arena, str_from_c(error->message));
        error_free(error);
        return false;
    }
    *out = json_text(arena, value);
    return true;
}

/* ---- CSV ---- */

/* Leaves the quote that ends it behind; two quotes are one. */
static Str quoted_field(AslItems *items, Arena *arena)
{
    Str    text = items->text;
    size_t from = ++items->at, end = from;
    while (end < text.length && (text.data[end] != '"' || (end + 1 < text.length && text.data[end + 1] == '"'))) end += text.data[end] == '"' ? 2 : 1;
    if (end > text.length) end = text.length;
    items->at = end < text.length ? end + 1 : end;
    char *start = arena_alloc_bytes(arena, end - from), *at = start;
    for (size_t i = from; i < end; i++) {
        *at++ = text.data[i];
        if (text.data[i] == '"') i++;
    }
    return str_from(start, (size_t)(at - start));
}

static Str plain_field(AslItems *items)
{
    size_t from = items->at;
    while (items->at < items->text.length && items->text.data[items->at] != items->form.delimiter && items->text.data[items->at] != '\n' &&
           items->text.data[items->at] != '\r')
        items->at++;
    return str_slice(items->text, from, items->at);
}

/* One record; false at the end. Empty lines are none. */
static bool next_record(AslItems *items, Arena *arena, Str **out, size_t *out_count)
{
    Str   *fields = NULL;
    size_t count = 0, capacity = 0;
    while (items->at < items->text.length && (items->text.data[items->at] == '\n' || items->text.data[items->at] == '\r')) items->at++;
    if (items->at >= items->text.length) return false;
    for (;;) {
        if (count == capacity) {
            size_t bigger = capacity ? 2 * capacity : 16;
            fields = arena_grow(arena, fields, capacity * sizeof *fields, bigger * sizeof *fields);
            capacity = bigger;
        }
        bool quoted = items->at < items->text.length && items->text.data[items->at] == '"';
        fields[count++] = quoted ? quoted_field(items, arena) : plain_field(items);
        if (items->at >= items->text.length || items->text.data[items->at] != items->form.delimiter) break;
        items->at++;
    }
    *out = fields;
    *out_count = count;
    return true;
}

static int by_text(const void *a, const void *b)
{
    return str_compare(*(const Str *)a, *(const Str *)b);
}

static bool has_twins(Arena *arena, const Str *headers, size_t count)
{
    Str *sorted = NEW_ARRAY(arena, Str, count);
    for (size_t i = 0; i < count; i++) sorted[i] = headers[i];
    if (count > 1) qsort(sorted, count, sizeof *sorted, by_text);
    for (size_t i = 1; i < count; i++)
        if (str_equal(sorted[i - 1], sorted[i])) return true;
    return false;
}

static void open_csv(Arena *arena, AslItems *items, Str *why)
{
    if (items->form.headers_given) {
        items->headers = (Str *)items->form.headers;
        items->header_count = items->form.header_count;
    } else if (!next_record(items, arena, &items->headers, &items->header_count)) {
        return;
    }
    if (has_twins(arena, items->headers, items->header_count)) *why = STR("CSV headers cannot contain duplicates.");
}

static bool next_csv(AslItems *items, Arena *arena, Str *out)
{
    Str   *fields;
    size_t count;
    if (!next_record(items, arena, &fields, &count)) return false;
    Json *row = json_object(arena);
    for (size_t i = 0; i < items->header_count; i++)
        json_add_str(arena, row, items->headers[i], i < count ? fields[i] : STR(""));
    *out = json_text(arena, row);
    return true;
}

/* ---- both ---- */

static bool is_csv(const AslItems *items)
{
    return items->form.format == ASL_ITEMS_CSV || items->form.format == ASL_ITEMS_MANIFEST;
}

AslItems *asl_items_open(Arena *arena, Str text, const AslItemsForm *form, Str *why)
{
    AslItems *items = NEW(arena, AslItems);
    items->form = *form;
    items->text = str_starts_with(text, STR("\xEF\xBB\xBF")) ? str_slice(text, 3, text.length) : text;
    *why = STR_NONE;
    if (form->format == ASL_ITEMS_PARQUET) *why = STR("Parquet files cannot be read here.");
    else if (is_csv(items)) open_csv(arena, items, why);
    else if (form->format != ASL_ITEMS_JSONL) open_json(arena, items, why);
    return items;
}

bool asl_items_next(AslItems *items, Arena *arena, Str *out, Str *why)
{
    *why = STR_NONE;
    if (is_csv(items)) return next_csv(items, arena, out);
    return items->form.format == ASL_ITEMS_JSONL ? next_line(items, arena, out, why) : next_json(items, out);
}
