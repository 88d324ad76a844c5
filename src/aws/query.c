/* query.c -- from form parameters to JSON, along the shape of the input.
 *
 *     Action=PutThing&Name=x&Tags.member.1.Key=a&Tags.member.1.Value=b&Attribute.2.Name=c...
 *
 * The parameters are sorted by name, so all that belongs to one member stands together, and a member
 * is a range of them:
 *
 *     range of "Tags"  ->  Tags.member.1.Key          1.  the range under "member"
 *                          Tags.member.1.Value        2.  cut into groups by the index
 *                          Tags.member.2.Key          3.  each group is an item
 *
 * What the shape does not know is never looked at, so names may be as deep and indexes as large as
 * somebody likes; what is decoded goes no deeper than QUERY_DEPTH_MAX. */
#include "aws/wire_parts.h"

#include "base/text.h"

const Fault fault_malformed_input = { "MalformedInput", NULL, 400 };

/* ---- parameters ---- */

static int compare_parameters(const void *a, const void *b)
{
    const Parameter *left = a, *right = b;
    int order = str_compare(left->name, right->name);
    if (order) return order;
    return left->order < right->order ? -1 : left->order > right->order;
}

static size_t count_parameters(Str text)
{
    if (!text.length) return 0;
    size_t count = 1;
    for (const char *at = text.data, *end = at + text.length; (at = memchr(at, '&', (size_t)(end - at))); at++) count++;
    return count;
}

static size_t take_parameters(Arena *arena, Str text, Parameter *out, size_t count)
{
    Str rest = text, pair;
    while (str_next_part(&rest, '&', &pair)) {
        if (!pair.length) continue;
        size_t equals = pair.length;
        str_find_byte(pair, '=', &equals);
        out[count] = (Parameter){
            .name = text_unpercent(arena, str_slice(pair, 0, equals), true),
            .value = text_unpercent(arena, str_slice(pair, equals + 1, pair.length), true),
            .order = count,
        };
        count++;
    }
    return count;
}

Error *form_parse(Arena *arena, Str query, Str body, Form *out)
{
    size_t most = count_parameters(query) + count_parameters(body);
    if (most > FORM_PARAMETERS_MAX)
        return error_fault(&fault_malformed_input, "The request has more than %d parameters", FORM_PARAMETERS_MAX);
    Parameter *parameters = NEW_ARRAY(arena, Parameter, most + 1);
    size_t count = take_parameters(arena, query, parameters, 0);
    count = take_parameters(arena, body, parameters, count);
    qsort(parameters, count, sizeof *parameters, compare_parameters);
    *out = (Form){ parameters, count };
    return NULL;
}

/* ---- ranges ---- */

typedef struct Range {
    const Parameter *from, *to;
    size_t           depth; /* bytes at the front of every name that have been read */
} Range;

static Str rest_of(const Parameter *parameter, size_t depth)
{
    return str_slice(parameter->name, depth, parameter->name.length);
}

/* Orders a name against `name`, or against all names under it ("name.…"). */
static int compare_rest(Str rest, Str name, bool under)
{
    if (!under) return str_compare(rest, name);
    int order = str_compare(str_slice(rest, 0, name.length), name);
    if (order) return order;
    if (rest.length == name.length) return -1;
    return (uint8_t)rest.data[name.length] - '.';
}

static const Parameter *first_from(Range range, Str name, bool under, bool after)
{
    const Parameter *from = range.from, *to = range.to;
    while (from < to) {
        const Parameter *middle = from + (to - from) / 2;
        int order = compare_rest(rest_of(middle, range.depth), name, under);
        if (order < 0 || (after && order == 0))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static Range range_under(Range range, Str name)
{
    return (Range){ first_from(range, name, true, false), first_from(range, name, true, true),
                    range.depth + name.length + 1 };
}

static const Parameter *range_get(Range range, Str name)
{
    const Parameter *after = first_from(range, name, false, true);
    bool there = after > range.from && str_equal(rest_of(after - 1, range.depth), name);
    return there ? after - 1 : NULL;
}

static bool is_empty(Range range)
{
    return range.from == range.to;
}

Str form_get(const Form *form, Str name)
{
    const Parameter *parameter = range_get((Range){ form->parameters, form->parameters + form->count, 0 }, name);
    if (!parameter) return STR_NONE;
    return parameter->value.data ? parameter->value : STR("");
}

/* ---- scalars ---- */

enum { SHOWN_MAX = 100 }; /* of a text that is quoted in a refusal */

static Error *refuse_text(const Fault *fault, Str text, Str name, const char *wanted)
{
    Str shown_text = str_slice(text, 0, SHOWN_MAX), shown_name = str_slice(name, 0, SHOWN_MAX);
    if (!text_utf8_valid(shown_text)) shown_text = STR("(not text)");
    if (!text_utf8_valid(shown_name)) shown_name = STR("(not text)");
    return error_fault(fault, "The value '%.*s' of %.*s is not %s", STR_ARG(shown_text), STR_ARG(shown_name), wanted);
}

/* NULL: the text is not written as JSON writes numbers, or out of range. */
static Json *number_of(Arena *arena, Str text, bool integer)
{
    Json *number;
    int64_t whole;
    Error *error = json_parse(arena, text, NULL, &number);
    if (error) {
        error_free(error);
        return NULL;
    }
    if (number->type != JSON_NUMBER || (integer && !json_int(number, &whole))) return NULL;
    return __builtin_isfinite(json_number(number)) ? number : NULL;
}

static Json *timestamp_of(Arena *arena, Str text)
{
    Instant instant;
    if (instant_parse_iso(text, &instant) || instant_parse_http(text, &instant)) return json_time(arena, instant);
    return number_of(arena, text, false);
}

static Json *blob_of(Arena *arena, Str text)
{
    Str bytes;
    return text_unbase64(arena, text, &bytes) ? json_str(arena, text) : NULL;
}

static Json *boolean_of(Arena *arena, Str text)
{
    bool yes = str_equal_nocase(text, STR("true"));
    return yes || str_equal_nocase(text, STR("false")) ? json_bool(arena, yes) : NULL;
}

Error *value_from_text(Arena *arena, const Shape *shape, Str text, Str name, const Fault *fault, Json **out)
{
    Json *value = NULL;
    const char *wanted = "a value of its own";
    switch (shape->kind) {
    case SHAPE_INTEGER: value = number_of(arena, text, true), wanted = "an integer"; break;
    case SHAPE_DOUBLE: value = number_of(arena, text, false), wanted = "a number"; break;
    case SHAPE_BOOLEAN: value = boolean_of(arena, text), wanted = "true or false"; break;
    case SHAPE_TIMESTAMP: value = timestamp_of(arena, text), wanted = "a timestamp"; break;
    case SHAPE_BLOB: value = blob_of(arena, text), wanted = "base64"; break;
    case SHAPE_STRING:
    case SHAPE_DOCUMENT: value = text_utf8_valid(text) ? json_str(arena, text) : NULL, wanted = "UTF-8"; break;
    case SHAPE_LIST:
    case SHAPE_MAP:
    case SHAPE_STRUCTURE: break;
    }
    if (!value) return refuse_text(fault, text, name, wanted);
    if (shape->kind == SHAPE_TIMESTAMP) return shape_check(arena, shape, value, out);
    *out = value;
    return NULL;
}

/* ---- along the shape ---- */

static Error *decode(Arena *arena, const Shape *shape, unsigned flags, Range range, Str name, int depth, Json **out);

typedef struct Group { /* the parameters of one index */
    uint64_t index;
    Str      name; /* the index as written */
} Group;

static int compare_groups(const void *a, const void *b)
{
    const Group *left = a, *right = b;
    return left->index < right->index ? -1 : left->index > right->index;
}

static Error *refuse_key(const Parameter *parameter)
{
    Str name = str_slice(parameter->name, 0, SHOWN_MAX);
    if (!text_utf8_valid(name)) name = STR("(not text)");
    return error_fault(&fault_malformed_input, "Key is not valid: %.*s", STR_ARG(name));
}

/* Cuts a range into its indexes, in their order. Gaps are nothing; what is no index is refused. */
static Error *group_by_index(Arena *arena, Range range, Group **out, size_t *out_count)
{
    Group *groups = NEW_ARRAY(arena, Group, (size_t)(range.to - range.from));
    size_t count = 0;
    for (const Parameter *at = range.from; at < range.to; at++) {
        Str rest = rest_of(at, range.depth), part;
        if (!str_next_part(&rest, '.', &part)) return refuse_key(at);
        if (count && str_equal(part, groups[count - 1].name)) continue;
        Group *group = &groups[count];
        if (!str_parse_uint(part, &group->index) || part.data[0] == '0') return refuse_key(at);
        group->name = part;
        count++;
    }
    qsort(groups, count, sizeof *groups, compare_groups);
    *out = groups;
    *out_count = count;
    return NULL;
}

static Error *decode_list(Arena *arena, const Shape *shape, Range items, int depth, Json **out)
{
    Group *groups;
    size_t count;
    TRY(group_by_index(arena, items, &groups, &count));
    Json *list = json_array(arena);
    for (size_t i = 0; i < count; i++) {
        Json *item = NULL;
        TRY(decode(arena, shape->element, 0, items, groups[i].name, depth, &item));
        if (item) json_append(arena, list, item);
    }
    *out = list;
    return NULL;
}

static Error *refuse_entry(Range range, Str name)
{
    Str before = str_slice(range.from->name, 0, range.depth);
    if (!text_utf8_valid(before)) before = STR("(not text)");
    return error_fault(&fault_missing_parameter, "The request must contain the parameter %.*s%.*s.",
                       STR_ARG(str_slice(before, 0, SHOWN_MAX)), STR_ARG(name));
}

static Error *decode_entry(Arena *arena, const Shape *shape, Range entry, int depth, Json *map)
{
    const Parameter *key = range_get(entry, shape->key_name);
    Json *name, *value = NULL;
    if (!key) return refuse_entry(entry, shape->key_name);
    TRY(value_from_text(arena, &shape_string, key->value, key->name, &fault_malformed_input, &name));
    TRY(decode(arena, shape->element, 0, entry, shape->value_name, depth, &value));
    if (!value) return refuse_entry(entry, shape->value_name);
    json_add(arena, map, name->text, value);
    return NULL;
}

static Error *decode_map(Arena *arena, const Shape *shape, Range entries, int depth, Json **out)
{
    Group *groups;
    size_t count;
    Json *map = json_object(arena);
    if (range_get(entries, shape->key_name)) { /* one entry without an index: as SDKs of 2010 wrote it */
        TRY(decode_entry(arena, shape, entries, depth, map));
        *out = map;
        return NULL;
    }
    TRY(group_by_index(arena, entries, &groups, &count));
    for (size_t i = 0; i < count; i++) {
        Range entry = range_under(entries, groups[i].name);
        if (is_empty(entry)) return refuse_key(range_get(entries, groups[i].name));
        TRY(decode_entry(arena, shape, entry, depth, map));
    }
    *out = map;
    return NULL;
}

static Error *decode_structure(Arena *arena, const Shape *shape, Range range, int depth, Json **out)
{
    Json *structure = json_object(arena);
    for (size_t i = 0; i < shape->field_count; i++) {
        const Field *field = &shape->fields[i];
        Json *value = NULL;
        TRY(decode(arena, field->shape, field->flags, range, field_wire(field), depth, &value));
        if (value) json_add(arena, structure, field->name, value);
    }
    *out = structure;
    return NULL;
}

/* A parameter stands where a list or a map should. SDKs send `Names=` for an empty one, and old
 * ones `Name=x` for a flat list of one. */
static Error *decode_alone(Arena *arena, const Shape *shape, unsigned flags, const Parameter *alone, Json **out)
{
    if (shape->kind == SHAPE_LIST && (!alone->value.length || flags & FLAT)) {
        Json *list = json_array(arena), *item;
        if (alone->value.length) {
            TRY(value_from_text(arena, shape->element, alone->value, alone->name, &fault_malformed_input, &item));
            json_append(arena, list, item);
        }
        *out = list;
        return NULL;
    }
    if (alone->value.length) return refuse_key(alone);
    *out = json_object(arena);
    return NULL;
}

/* The value under `name` in a range; *out stays as it was when there is none. */
static Error *decode(Arena *arena, const Shape *shape, unsigned flags, Range range, Str name, int depth, Json **out)
{
    if (is_empty(range)) return NULL;
    const Parameter *alone = range_get(range, name);
    if (shape->kind < SHAPE_LIST || shape->kind == SHAPE_DOCUMENT)
        return alone ? value_from_text(arena, shape, alone->value, alone->name, &fault_malformed_input, out) : NULL;

    Range inside = range_under(range, name);
    if (is_empty(inside)) return alone ? decode_alone(arena, shape, flags, alone, out) : NULL;
    if (depth >= QUERY_DEPTH_MAX) return error_fault(&fault_malformed_input, "The request is nested too deep");
    if (shape->kind == SHAPE_STRUCTURE) return decode_structure(arena, shape, inside, depth + 1, out);

    bool list = shape->kind == SHAPE_LIST;
    if (!(flags & FLAT)) {
        Range wrapped = range_under(inside, list ? shape->element_name : STR("entry"));
        if (is_empty(wrapped)) return refuse_key(inside.from);
        inside = wrapped;
    }
    return list ? decode_list(arena, shape, inside, depth + 1, out) : decode_map(arena, shape, inside, depth + 1, out);
}

Error *query_decode(Arena *arena, const Shape *input, const Form *form, Json **out)
{
    Range all = { form->parameters, form->parameters + form->count, 0 };
    return decode_structure(arena, input, all, 0, out);
}
