/* shape.c -- what every service's tables are made of, and the check of a value against them.
 *
 * The check goes along the shape, so its depth is that of the value where the shape recurs, and a
 * document is not entered. Nothing is copied unless something has to go: then the structures on the
 * way to it are built anew and everything beside it is shared. */
#include "aws/api.h"

#include "base/text.h"

#include <math.h>

const Shape shape_string = { .kind = SHAPE_STRING, .name = STR_CONST("String") };
const Shape shape_integer = { .kind = SHAPE_INTEGER, .name = STR_CONST("Integer") };
const Shape shape_double = { .kind = SHAPE_DOUBLE, .name = STR_CONST("Double") };
const Shape shape_boolean = { .kind = SHAPE_BOOLEAN, .name = STR_CONST("Boolean") };
const Shape shape_blob = { .kind = SHAPE_BLOB, .name = STR_CONST("Blob") };
const Shape shape_timestamp = { .kind = SHAPE_TIMESTAMP, .name = STR_CONST("Timestamp") };
const Shape shape_document = { .kind = SHAPE_DOCUMENT, .name = STR_CONST("Document") };
const Shape shape_string_list = LIST("StringList", &shape_string);
const Shape shape_string_map = MAP("StringMap", &shape_string);
const Shape shape_nothing = EMPTY_STRUCTURE("Nothing");

const Field *shape_field(const Shape *structure, Str name)
{
    for (size_t i = 0; i < structure->field_count; i++)
        if (str_equal(structure->fields[i].name, name)) return &structure->fields[i];
    return NULL;
}

const Field *shape_missing(const Shape *structure, const Json *value)
{
    for (size_t i = 0; i < structure->field_count; i++) {
        const Field *field = &structure->fields[i];
        if ((field->flags & REQUIRED) && !json_get(value, field->name)) return field;
    }
    return NULL;
}

bool shape_blob_bytes(Arena *arena, const Json *blob, Str *out)
{
    if (blob->type != JSON_STRING) return false;
    if (!(blob->flags & JSON_BLOB)) return text_unbase64(arena, blob->text, out);
    *out = blob->text;
    return true;
}

/* ---- checking ---- */

typedef struct Place Place; /* where in the value we are: a chain from the inside out */
struct Place {
    const Place *outer;
    Str          name;  /* of a member, */
    uint32_t     index; /* or the place of an item */
};

typedef struct Check {
    Arena *arena;
    bool   milliseconds;
} Check;

static Error *check(const Check *context, const Shape *shape, Json *value, const Place *place, Json **out);

static void write_place(Buffer *out, const Place *place)
{
    if (!place->outer) return;
    write_place(out, place->outer);
    if (place->outer->outer) buffer_append_byte(out, '.');
    if (place->name.data)
        buffer_append_str(out, place->name);
    else
        buffer_append_int(out, place->index);
}

static const char *token_of(const Json *value)
{
    switch ((JsonType)value->type) {
    case JSON_NULL: return "NULL_VALUE";
    case JSON_BOOL: return value->boolean ? "TRUE_VALUE" : "FALSE_VALUE";
    case JSON_NUMBER: return value->flags & JSON_INTEGER ? "NUMBER_VALUE" : "DECIMAL_VALUE";
    case JSON_STRING: return value->flags & JSON_BLOB ? "BLOB_VALUE" : "STRING_VALUE";
    case JSON_ARRAY: return "Start of list";
    case JSON_OBJECT: return "Start of structure or map";
    }
    return "";
}

static Error *refuse(const Shape *shape, const Json *value, const Place *place)
{
    static const char *const wanted[] = {
        [SHAPE_STRING] = "a String",       [SHAPE_INTEGER] = "an Integer", [SHAPE_DOUBLE] = "a Double",
        [SHAPE_BOOLEAN] = "a Boolean",     [SHAPE_BLOB] = "a Blob",        [SHAPE_TIMESTAMP] = "a Timestamp",
        [SHAPE_LIST] = "a List",           [SHAPE_MAP] = "a Map",          [SHAPE_STRUCTURE] = "a Structure",
        [SHAPE_DOCUMENT] = "a Document",
    };
    Buffer where;
    buffer_init(&where);
    write_place(&where, place);
    const char *before = where.length ? " at " : "";
    Error *error;
    if (value->type == JSON_ARRAY || value->type == JSON_OBJECT)
        error = error_fault(&fault_serialization, "%s found where not expected%s%.*s", token_of(value), before,
                            STR_ARG(buffer_str(&where)));
    else
        error = error_fault(&fault_serialization, "%s can not be converted to %s%s%.*s", token_of(value),
                            wanted[shape->kind], before, STR_ARG(buffer_str(&where)));
    buffer_done(&where);
    return error;
}

/* Base64 that text_unbase64() will read, told without reading it. */
static bool is_base64(Str text)
{
    for (int i = 0; i < 2 && text.length && text.data[text.length - 1] == '='; i++) text.length--;
    if (text.length % 4 == 1) return false;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        bool digit = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (!digit && byte != '+' && byte != '/') return false;
    }
    return true;
}

static bool fits_scalar(const Shape *shape, const Json *value)
{
    int64_t integer;
    switch (shape->kind) {
    case SHAPE_STRING: return value->type == JSON_STRING && !(value->flags & JSON_BLOB);
    case SHAPE_INTEGER: return value->type == JSON_NUMBER && json_int(value, &integer);
    case SHAPE_DOUBLE:
    case SHAPE_TIMESTAMP: return value->type == JSON_NUMBER && isfinite(json_number(value));
    case SHAPE_BOOLEAN: return value->type == JSON_BOOL;
    case SHAPE_BLOB: return value->type == JSON_STRING && (value->flags & JSON_BLOB || is_base64(value->text));
    default: return true;
    }
}

/* Nothing beyond the year 9999 can be written as a date, so no such time is let in. */
static Error *check_timestamp(const Check *context, const Shape *shape, Json *value, const Place *place, Json **out)
{
    static const double seconds_max = 253402300800.0;
    double seconds = json_number(value) / (context->milliseconds && !(value->flags & JSON_TIME) ? 1000 : 1);
    if (!(seconds < seconds_max && seconds > -seconds_max)) return refuse(shape, value, place);
    *out = context->milliseconds && !(value->flags & JSON_TIME)
               ? json_time(context->arena, (int64_t)llround(seconds * (double)DURATION_SECOND))
               : value;
    return NULL;
}

static Error *check_list(const Check *context, const Shape *shape, Json *value, const Place *place, Json **out)
{
    Json *rebuilt = NULL;
    for (uint32_t i = 0; i < value->count; i++) {
        Json *item = value->items[i], *kept = NULL;
        Place inside = { .outer = place, .index = i };
        if (item->type != JSON_NULL || shape->element->kind == SHAPE_DOCUMENT)
            TRY(check(context, shape->element, item, &inside, &kept));
        if (kept != item && !rebuilt) {
            rebuilt = json_array(context->arena);
            for (uint32_t before = 0; before < i; before++) json_append(context->arena, rebuilt, value->items[before]);
        }
        if (rebuilt && kept) json_append(context->arena, rebuilt, kept);
    }
    *out = rebuilt ? rebuilt : value;
    return NULL;
}

/* Of a member of a structure or an entry of a map; NULL: it may be anything. */
static const Shape *shape_of_member(const Shape *shape, Str name)
{
    if (shape->kind == SHAPE_MAP) return shape->element;
    const Field *field = shape_field(shape, name);
    return field ? field->shape : NULL;
}

static Error *check_members(const Check *context, const Shape *shape, Json *value, const Place *place, Json **out)
{
    Json *rebuilt = NULL;
    for (uint32_t i = 0; i < value->count; i++) {
        JsonMember *member = &value->members[i];
        const Shape *wanted = shape_of_member(shape, member->name);
        Place inside = { .outer = place, .name = member->name };
        Json *kept = wanted ? NULL : member->value;
        bool null = member->value->type == JSON_NULL && !(wanted && wanted->kind == SHAPE_DOCUMENT);
        if (wanted && !null) TRY(check(context, wanted, member->value, &inside, &kept));
        if (kept != member->value && !rebuilt) {
            rebuilt = json_object(context->arena);
            for (uint32_t before = 0; before < i; before++)
                json_add(context->arena, rebuilt, value->members[before].name, value->members[before].value);
        }
        if (rebuilt && kept) json_add(context->arena, rebuilt, member->name, kept);
    }
    *out = rebuilt ? rebuilt : value;
    return NULL;
}

static Error *check(const Check *context, const Shape *shape, Json *value, const Place *place, Json **out)
{
    switch (shape->kind) {
    case SHAPE_LIST:
        return value->type == JSON_ARRAY ? check_list(context, shape, value, place, out) : refuse(shape, value, place);
    case SHAPE_MAP:
    case SHAPE_STRUCTURE:
        return value->type == JSON_OBJECT ? check_members(context, shape, value, place, out)
                                          : refuse(shape, value, place);
    case SHAPE_TIMESTAMP:
        return fits_scalar(shape, value) ? check_timestamp(context, shape, value, place, out)
                                         : refuse(shape, value, place);
    default:
        if (!fits_scalar(shape, value)) return refuse(shape, value, place);
        *out = value;
        return NULL;
    }
}

Error *shape_check(Arena *arena, const Shape *shape, Json *value, Json **out)
{
    Check context = { .arena = arena };
    Place root = { 0 };
    return check(&context, shape, value, &root, out);
}

Error *shape_check_milliseconds(Arena *arena, const Shape *shape, Json *value, Json **out)
{
    Check context = { .arena = arena, .milliseconds = true };
    Place root = { 0 };
    return check(&context, shape, value, &root, out);
}
