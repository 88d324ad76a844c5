/* rest.c -- services whose operations are methods and paths.
 *
 *     GET /things/{Name}/parts/{Rest+}?list
 *
 * A label takes one segment, a greedy one all that is left; what stands behind '?' must be there.
 * Segments are split before they are decoded, so an escaped slash belongs to its segment. Where
 * several rows fit, the one that says more literally wins.
 *
 * Input and output are spread over path, query, headers, status and body as the fields' flags say. */
#include "aws/wire_parts.h"

#include "base/text.h"

static const unsigned outside_body = IN_PATH | IN_QUERY | IN_HEADER | IN_STATUS;

enum { LABELS_MAX = 8, LITERAL_SEGMENT = 4, PLAIN_LABEL = 1, LITERAL_PARAMETER = 1000 };

typedef struct RestMatch {
    NamedStr labels[LABELS_MAX]; /* values still encoded */
    size_t   label_count;
    int      score;
} RestMatch;

/* ---- paths ---- */

static bool take_label(RestMatch *match, Str name, Str value)
{
    if (!value.length || match->label_count == LABELS_MAX) return false;
    match->labels[match->label_count++] = (NamedStr){ name, value };
    return true;
}

static bool is_label(Str segment)
{
    return segment.length > 2 && segment.data[0] == '{' && segment.data[segment.length - 1] == '}';
}

/* Without the slash in front; a last slash alone makes no segment. */
static Str segments_of(Str path)
{
    return str_starts_with(path, STR("/")) ? str_slice(path, 1, path.length) : path;
}

static bool nothing_left(Str rest)
{
    return rest.length == 0;
}

static bool match_path(Str pattern, Str path, RestMatch *match)
{
    Str wanted, given;
    pattern = segments_of(pattern);
    path = segments_of(path);
    while (!nothing_left(pattern)) {
        str_next_part(&pattern, '/', &wanted);
        if (!wanted.length) continue;
        Str name = str_slice(wanted, 1, wanted.length - 1);
        if (is_label(wanted) && str_ends_with(name, STR("+"))) {
            name.length--;
            return nothing_left(pattern) && take_label(match, name, path);
        }
        if (!str_next_part(&path, '/', &given)) return false;
        if (is_label(wanted)) {
            if (!take_label(match, name, given)) return false;
            match->score += PLAIN_LABEL;
        } else {
            if (!str_equal(wanted, given)) return false;
            match->score += LITERAL_SEGMENT;
        }
    }
    return nothing_left(path);
}

static bool has_parameter(Str query, Str wanted)
{
    Str pair;
    size_t equals;
    bool with_value = str_find_byte(wanted, '=', &equals);
    while (str_next_part(&query, '&', &pair)) {
        size_t end = pair.length;
        if (!with_value) str_find_byte(pair, '=', &end);
        if (str_equal(str_slice(pair, 0, end), wanted)) return true;
    }
    return false;
}

static bool match_query(Str pattern, Str query, RestMatch *match)
{
    Str wanted;
    while (str_next_part(&pattern, '&', &wanted)) {
        if (!has_parameter(query, wanted)) return false;
        match->score += LITERAL_PARAMETER;
    }
    return true;
}

static bool match_operation(const Operation *operation, const WireRequest *request, RestMatch *match)
{
    Str rest = operation->http, method, path;
    *match = (RestMatch){ 0 };
    if (!rest.length) return false;
    str_next_part(&rest, ' ', &method);
    if (!str_equal(method, request->method)) return false;
    str_next_part(&rest, '?', &path);
    return match_path(path, request->path, match) && match_query(rest, request->query, match);
}

const Operation *rest_find(const Service *service, const WireRequest *request)
{
    const Operation *best = NULL;
    int best_score = -1;
    RestMatch match;
    for (size_t i = 0; i < service->operation_count; i++) {
        const Operation *operation = &service->operations[i];
        if ((operation->flags & OP_INTERNAL) || !match_operation(operation, request, &match)) continue;
        if (match.score > best_score) best = operation, best_score = match.score;
    }
    return best;
}

/* ---- requests ---- */

static Error *decode_label(Arena *arena, const Field *field, const RestMatch *match, Json *input)
{
    for (size_t i = 0; i < match->label_count; i++) {
        if (!str_equal(match->labels[i].name, field_wire(field))) continue;
        Json *value;
        Str text = text_unpercent(arena, match->labels[i].value, false);
        TRY(value_from_text(arena, field->shape, text, field->name, &fault_serialization, &value));
        json_add(arena, input, field->name, value);
    }
    return NULL;
}

static Error *add_text(Arena *arena, const Shape *shape, Str text, Str name, Json *list)
{
    Json *value;
    TRY(value_from_text(arena, shape, text, name, &fault_serialization, &value));
    json_append(arena, list, value);
    return NULL;
}

static bool is_bound_parameter(const Shape *input, Str name)
{
    for (size_t i = 0; i < input->field_count; i++)
        if ((input->fields[i].flags & IN_QUERY) && str_equal(field_wire(&input->fields[i]), name)) return true;
    return str_starts_with(name, STR("X-Amz-"));
}

/* All parameters that no other field has. */
static Error *decode_other_parameters(Arena *arena, const Shape *input, const Field *field, const Form *form, Json *out)
{
    Json *map = json_object(arena), *value, *values;
    for (size_t i = 0; i < form->count; i++) {
        const Parameter *parameter = &form->parameters[i];
        if (is_bound_parameter(input, parameter->name)) continue;
        if (!text_utf8_valid(parameter->name)) return error_fault(&fault_serialization, "A parameter's name is not UTF-8");
        bool lists = field->shape->element->kind == SHAPE_LIST;
        const Shape *scalar = lists ? field->shape->element->element : field->shape->element;
        TRY(value_from_text(arena, scalar, parameter->value, parameter->name, &fault_serialization, &value));
        if (!lists) {
            json_add(arena, map, parameter->name, value);
            continue;
        }
        bool again = i && str_equal(form->parameters[i - 1].name, parameter->name); /* they are sorted */
        values = again ? map->members[map->count - 1].value : json_array(arena);
        if (!again) json_add(arena, map, parameter->name, values);
        json_append(arena, values, value);
    }
    if (map->count) json_add(arena, out, field->name, map);
    return NULL;
}

static Error *decode_parameter(Arena *arena, const Shape *input, const Field *field, const Form *form, Json *out)
{
    Json *list = json_array(arena);
    if (field->shape->kind == SHAPE_MAP) return decode_other_parameters(arena, input, field, form, out);
    const Shape *scalar = field->shape->kind == SHAPE_LIST ? field->shape->element : field->shape;
    for (size_t i = 0; i < form->count; i++)
        if (str_equal(form->parameters[i].name, field_wire(field)))
            TRY(add_text(arena, scalar, form->parameters[i].value, field->name, list));
    if (!list->count) return NULL;
    json_add(arena, out, field->name, field->shape->kind == SHAPE_LIST ? list : list->items[list->count - 1]);
    return NULL;
}

static Error *decode_prefixed_headers(Arena *arena, const Field *field, const WireRequest *request, Json *out)
{
    Str prefix = field_wire(field);
    Json *map = json_object(arena), *value;
    for (size_t i = 0; i < request->header_count; i++) {
        const NamedStr *header = &request->headers[i];
        if (!str_equal_nocase(str_slice(header->name, 0, prefix.length), prefix)) continue;
        TRY(value_from_text(arena, field->shape->element, header->value, header->name, &fault_serialization, &value));
        json_add(arena, map, str_lower(arena, str_slice(header->name, prefix.length, header->name.length)), value);
    }
    if (map->count) json_add(arena, out, field->name, map);
    return NULL;
}

static Error *decode_header(Arena *arena, const Field *field, const WireRequest *request, Json *out)
{
    if (field->shape->kind == SHAPE_MAP) return decode_prefixed_headers(arena, field, request, out);
    Str text = wire_header(request, field_wire(field)), part;
    if (!text.data) return NULL;
    Json *value;
    if (field->shape->kind == SHAPE_LIST) {
        value = json_array(arena);
        while (str_next_part(&text, ',', &part))
            TRY(add_text(arena, field->shape->element, str_trim(part), field->name, value));
    } else {
        TRY(value_from_text(arena, field->shape, text, field->name, &fault_serialization, &value));
    }
    json_add(arena, out, field->name, value);
    return NULL;
}

static Error *refuse_xml(void)
{
    return error_fault(&fault_not_implemented, "XML bodies of requests are not read in this version of Tutti");
}

static const Field *payload_field(const Shape *shape)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (shape->fields[i].flags & AS_PAYLOAD) return &shape->fields[i];
    return NULL;
}

static Error *decode_payload(Arena *arena, const Field *field, const WireCall *call, Str body, Json *out)
{
    Json *value;
    if (!body.length) return NULL;
    if (field->shape->kind == SHAPE_BLOB) {
        value = json_blob(arena, body);
    } else if (field->shape->kind == SHAPE_STRING) {
        TRY(value_from_text(arena, field->shape, body, field->name, &fault_serialization, &value));
    } else {
        if (call->protocol == PROTOCOL_REST_XML) return refuse_xml();
        TRY(wire_parse_json(arena, body, &value));
        TRY(shape_check(arena, field->shape, value, &value));
    }
    json_add(arena, out, field->name, value);
    return NULL;
}

/* Members of the body that belong elsewhere are none of the input: a path is not overruled. */
static Error *decode_body(Arena *arena, const Shape *input, const WireCall *call, Str body, Json *out)
{
    Json *value;
    if (!body.length) return NULL;
    if (call->protocol == PROTOCOL_REST_XML) return refuse_xml();
    TRY(wire_parse_json(arena, body, &value));
    TRY(shape_check(arena, input, value, &value));
    JSON_EACH_MEMBER(value, member) {
        const Field *field = shape_field(input, member->name);
        if (!field || !(field->flags & outside_body)) json_add(arena, out, member->name, member->value);
    }
    return NULL;
}

static bool has_body_fields(const Shape *shape)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (!(shape->fields[i].flags & (outside_body | AS_PAYLOAD))) return true;
    return false;
}

Error *rest_decode(Arena *arena, const WireCall *call, const WireRequest *request, Json **out)
{
    const Shape *input = call->operation->input ? call->operation->input : &shape_nothing;
    const Field *payload = payload_field(input);
    Json *value = json_object(arena);
    RestMatch match;
    Form form;
    match_operation(call->operation, request, &match);
    TRY(form_parse(arena, request->query, STR_NONE, &form));
    for (size_t i = 0; i < input->field_count; i++) {
        const Field *field = &input->fields[i];
        if (field->flags & IN_PATH) TRY(decode_label(arena, field, &match, value));
        if (field->flags & IN_QUERY) TRY(decode_parameter(arena, input, field, &form, value));
        if (field->flags & IN_HEADER) TRY(decode_header(arena, field, request, value));
    }
    if (payload)
        TRY(decode_payload(arena, payload, call, request->body, value));
    else if (has_body_fields(input))
        TRY(decode_body(arena, input, call, request->body, value));
    *out = value;
    return NULL;
}

/* ---- replies ---- */

static Str header_text(Arena *arena, const Shape *shape, const Json *value)
{
    char text[INSTANT_TEXT_SIZE];
    if (shape->kind == SHAPE_TIMESTAMP)
        return str_copy(arena, instant_format_http(instant_of_json(value), text));
    if (value->type == JSON_STRING) return value->flags & JSON_BLOB ? text_base64(arena, value->text) : value->text;
    return json_text(arena, value);
}

static void add_header_field(Arena *arena, const Field *field, const Json *value, WireReply *out)
{
    Str text = STR_NONE;
    const Json *item;
    if (field->shape->kind == SHAPE_MAP && value->type == JSON_OBJECT) {
        JSON_EACH_MEMBER(value, member)
            wire_add_header(arena, out, str_format(arena, "%.*s%.*s", STR_ARG(field_wire(field)), STR_ARG(member->name)),
                            header_text(arena, field->shape->element, member->value));
        return;
    }
    if (field->shape->kind == SHAPE_LIST && value->type == JSON_ARRAY) {
        JSON_EACH_ITEM(value, item)
            text = str_format(arena, "%.*s%s%.*s", STR_ARG(text), text.length ? ", " : "",
                              STR_ARG(header_text(arena, field->shape->element, item)));
    } else {
        text = header_text(arena, field->shape, value);
    }
    wire_add_header(arena, out, field_wire(field), text);
}

static bool add_bound_fields(Arena *arena, const Shape *shape, const Json *output, WireReply *out)
{
    bool typed = false;
    for (size_t i = 0; i < shape->field_count; i++) {
        const Field *field = &shape->fields[i];
        const Json *value = json_get(output, field->name);
        int64_t status;
        if (!value || value->type == JSON_NULL) continue;
        if ((field->flags & IN_STATUS) && json_int(value, &status) && status >= 100 && status <= 599)
            out->status = (int)status;
        if (!(field->flags & IN_HEADER)) continue;
        add_header_field(arena, field, value, out);
        typed |= str_equal_nocase(field_wire(field), STR("content-type"));
    }
    return typed;
}

static void write_xml(const WireCall *call, const Shape *shape, const Json *value, Str name, Buffer *out)
{
    buffer_append_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    buffer_append_str(out, name);
    if (call->service->xml_namespace.length) {
        buffer_append_c(out, " xmlns=\"");
        xml_escape(out, call->service->xml_namespace);
        buffer_append_byte(out, '"');
    }
    buffer_append_byte(out, '>');
    xml_members(out, shape, value, XML_TIMES_MILLISECONDS);
    buffer_append_c(out, "</");
    buffer_append_str(out, name);
    buffer_append_byte(out, '>');
}

/* The type of what was written; empty: nothing was. */
static Str write_payload(Arena *arena, const WireCall *call, const Field *field, const Json *value, Buffer *out)
{
    Str bytes;
    if (!value || value->type == JSON_NULL) return STR_NONE;
    if (field->shape->kind == SHAPE_BLOB && shape_blob_bytes(arena, value, &bytes)) {
        buffer_append_str(out, bytes);
        return STR("application/octet-stream");
    }
    if (field->shape->kind == SHAPE_STRING) {
        buffer_append_str(out, value->text);
        return STR("text/plain");
    }
    if (call->protocol == PROTOCOL_REST_XML)
        write_xml(call, field->shape, value, field_wire(field), out);
    else
        json_write(out, value, JSON_COMPACT);
    return call->content_type;
}

static Str write_body(Arena *arena, const WireCall *call, const Shape *shape, const Json *output, Buffer *out)
{
    if (!has_body_fields(shape)) return STR_NONE;
    if (call->protocol == PROTOCOL_REST_XML) {
        write_xml(call, shape, output, shape->name, out);
        return call->content_type;
    }
    Json *body = json_object(arena);
    JSON_EACH_MEMBER(output, member) {
        const Field *field = shape_field(shape, member->name);
        if (!field || !(field->flags & outside_body)) json_add(arena, body, member->name, member->value);
    }
    json_write(out, body, JSON_COMPACT);
    return call->content_type;
}

void rest_encode(Arena *arena, const WireCall *call, const Json *output, WireReply *out)
{
    const Shape *shape = call->operation->output ? call->operation->output : &shape_nothing;
    const Field *payload = payload_field(shape);
    if (!output) output = json_object(arena);
    out->status = call->operation->status ? call->operation->status : 200;
    bool typed = add_bound_fields(arena, shape, output, out);
    Str type = payload ? write_payload(arena, call, payload, json_get(output, payload->name), &out->body)
                       : write_body(arena, call, shape, output, &out->body);
    if (type.length && !typed) wire_add_header(arena, out, STR("Content-Type"), type);
}
