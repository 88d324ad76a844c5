/* xml.c -- JSON values written as XML, along the shape of the output.
 *
 * What XML 1.0 cannot contain at all (most control characters, lone surrogates) becomes U+FFFD: one
 * such character would make the whole reply unreadable for every client. */
#include "aws/wire_parts.h"

#include "base/text.h"

#include <math.h>

/* ---- text ---- */

static const char *entity_of(char byte)
{
    switch (byte) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\r': return "&#xD;"; /* a bare one would be read as a line feed */
    default: return NULL;
    }
}

/* How many bytes at the front may be written as they are. */
static size_t plain_length(Str text)
{
    size_t at = 0;
    while (at < text.length) {
        uint8_t byte = (uint8_t)text.data[at];
        if (byte >= 0x80 || (byte < 0x20 && byte != '\t' && byte != '\n') || entity_of((char)byte)) break;
        at++;
    }
    return at;
}

static bool is_xml_character(uint32_t code_point)
{
    return code_point >= 0x20 && code_point != 0xfffe && code_point != 0xffff;
}

/* A lone surrogate takes three bytes in our strings, any other damage one. */
static size_t damaged_length(Str text)
{
    bool surrogate = text.length >= 3 && (uint8_t)text.data[0] == 0xed && (uint8_t)text.data[1] >= 0xa0;
    return surrogate ? 3 : 1;
}

static size_t escape_one(Buffer *out, Str text)
{
    const char *entity = entity_of(text.data[0]);
    uint32_t code_point;
    size_t size = text_utf8_decode(text, &code_point);
    if (entity)
        buffer_append_c(out, entity);
    else if (size && is_xml_character(code_point))
        buffer_append(out, text.data, size);
    else
        buffer_append_c(out, "\xef\xbf\xbd");
    return size ? size : damaged_length(text);
}

void xml_escape(Buffer *out, Str text)
{
    while (text.length) {
        size_t plain = plain_length(text);
        buffer_append(out, text.data, plain);
        text = str_slice(text, plain, text.length);
        if (text.length) text = str_slice(text, escape_one(out, text), text.length);
    }
}

/* In attributes a reader would make blanks of these. */
static void escape_attribute(Buffer *out, Str text)
{
    while (text.length) {
        size_t at = 0;
        while (at < text.length && text.data[at] != '\n' && text.data[at] != '\t') at++;
        xml_escape(out, str_slice(text, 0, at));
        if (at < text.length) buffer_append_c(out, text.data[at] == '\n' ? "&#xA;" : "&#x9;");
        text = str_slice(text, at + 1, text.length);
    }
}

/* ---- scalars ---- */

Instant instant_of_json(const Json *timestamp)
{
    static const double seconds_max = 253402300799.0; /* the end of the year 9999 */
    double seconds = json_number(timestamp);
    if (!(seconds < seconds_max)) seconds = seconds_max;
    if (seconds < -seconds_max) seconds = -seconds_max;
    return (Instant)llround(seconds * (double)DURATION_SECOND);
}

static void write_timestamp(Buffer *out, const Json *value, XmlTimes times)
{
    char text[INSTANT_TEXT_SIZE];
    Instant instant = instant_of_json(value);
    bool whole = instant % DURATION_SECOND == 0 && times == XML_TIMES_SHORT;
    buffer_append_str(out, whole ? instant_format_iso(instant, text) : instant_format_iso_ms(instant, text));
}

/* As JSON has it, without the quotes. */
static void write_base64(Buffer *out, const Json *blob)
{
    size_t start = out->length;
    json_write(out, blob, JSON_COMPACT);
    if (out->failed) return;
    memmove(out->data + start, out->data + start + 1, out->length - start - 2);
    out->length -= 2;
}

static void write_scalar(Buffer *out, const Shape *shape, const Json *value, XmlTimes times)
{
    switch ((JsonType)value->type) {
    case JSON_STRING:
        if (value->flags & JSON_BLOB)
            write_base64(out, value);
        else
            xml_escape(out, value->text);
        break;
    case JSON_NUMBER:
        if (shape->kind == SHAPE_TIMESTAMP)
            write_timestamp(out, value, times);
        else
            json_write(out, value, JSON_COMPACT);
        break;
    case JSON_BOOL: buffer_append_c(out, value->boolean ? "true" : "false"); break;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
}

/* ---- along the shape ---- */

static void open_element(Buffer *out, Str name)
{
    buffer_append_byte(out, '<');
    buffer_append_str(out, name);
    buffer_append_byte(out, '>');
}

static void close_element(Buffer *out, Str name)
{
    buffer_append_c(out, "</");
    buffer_append_str(out, name);
    buffer_append_byte(out, '>');
}

void xml_element(Buffer *out, const char *name, Str text)
{
    open_element(out, str_from_c(name));
    xml_escape(out, text);
    close_element(out, str_from_c(name));
}

static void write_items(Buffer *out, const Shape *shape, const Json *list, Str name, XmlTimes times)
{
    const Json *item;
    JSON_EACH_ITEM(list, item) xml_value(out, shape->element, item, name, times);
}

static void write_entries(Buffer *out, const Shape *shape, const Json *map, Str name, XmlTimes times)
{
    JSON_EACH_MEMBER(map, entry) {
        open_element(out, name);
        open_element(out, shape->key_name);
        xml_escape(out, entry->name);
        close_element(out, shape->key_name);
        xml_value(out, shape->element, entry->value, shape->value_name, times);
        close_element(out, name);
    }
}

static void write_document(Buffer *out, const Json *value)
{
    Buffer text;
    buffer_init(&text);
    json_write(&text, value, JSON_COMPACT);
    if (text.failed) out->failed = true;
    xml_escape(out, buffer_str(&text));
    buffer_done(&text);
}

static void write_attributes(Buffer *out, const Shape *structure, const Json *value)
{
    for (size_t i = 0; i < structure->field_count; i++) {
        const Field *field = &structure->fields[i];
        Str text = field->flags & XML_ATTRIBUTE ? json_get_str(value, field->name) : STR_NONE;
        if (!text.data) continue;
        buffer_append_byte(out, ' ');
        buffer_append_str(out, field_wire(field));
        buffer_append_c(out, "=\"");
        escape_attribute(out, text);
        buffer_append_byte(out, '"');
    }
}

static void write_field(Buffer *out, const Field *field, const Json *value, XmlTimes times)
{
    bool flat = (field->flags & FLAT) != 0;
    if (flat && field->shape->kind == SHAPE_LIST && value->type == JSON_ARRAY)
        write_items(out, field->shape, value, field_wire(field), times);
    else if (flat && field->shape->kind == SHAPE_MAP && value->type == JSON_OBJECT)
        write_entries(out, field->shape, value, field_wire(field), times);
    else
        xml_value(out, field->shape, value, field_wire(field), times);
}

void xml_members(Buffer *out, const Shape *structure, const Json *value, XmlTimes times)
{
    static const unsigned elsewhere = IN_PATH | IN_QUERY | IN_HEADER | IN_STATUS | XML_ATTRIBUTE;
    for (size_t i = 0; i < structure->field_count; i++) {
        const Field *field = &structure->fields[i];
        const Json *member = field->flags & elsewhere ? NULL : json_get(value, field->name);
        if (member && member->type != JSON_NULL) write_field(out, field, member, times);
    }
}

void xml_value(Buffer *out, const Shape *shape, const Json *value, Str name, XmlTimes times)
{
    buffer_append_byte(out, '<');
    buffer_append_str(out, name);
    if (shape->kind == SHAPE_STRUCTURE) write_attributes(out, shape, value);
    buffer_append_byte(out, '>');
    switch (shape->kind) {
    case SHAPE_STRUCTURE: xml_members(out, shape, value, times); break;
    case SHAPE_LIST:
        if (value->type == JSON_ARRAY) write_items(out, shape, value, shape->element_name, times);
        break;
    case SHAPE_MAP:
        if (value->type == JSON_OBJECT) write_entries(out, shape, value, STR("entry"), times);
        break;
    case SHAPE_DOCUMENT: write_document(out, value); break;
    default: write_scalar(out, shape, value, times); break;
    }
    close_element(out, name);
}
