/* yaml.c -- YAML to JSON values, by the events of libyaml.
 *
 * What is open is on a stack of nodes; a value that is finished is put into the one under it. An anchor names its node
 * from the start, so that an alias to something that is still open is noticed and not followed.
 *
 * libyaml allocates with malloc, and an arena may jump away at any allocation: the parser and its latest event belong to
 * the arena's cleanup, and go when the arena goes if they have not gone before. */
#include "source/source_internal.h"

#include "base/map.h"
#include "base/text.h"

#include <yaml.h>

#define YAML_TAG "tag:yaml.org,2002:"

typedef struct Reading {
    Arena        *arena;
    const Source *source;
    yaml_parser_t parser;
    yaml_event_t  event;
    bool          parser_lives, event_lives;
    Map           anchors; /* to nodes */
    YamlNode    **stack;
    uint32_t      depth, capacity;
    YamlNode     *root;
    uint64_t      weight;
    SourcePlace   fault;
} Reading;

static void finish(void *data)
{
    Reading *reading = data;
    if (reading->event_lives) yaml_event_delete(&reading->event);
    if (reading->parser_lives) yaml_parser_delete(&reading->parser);
    reading->event_lives = reading->parser_lives = false;
    map_done(&reading->anchors);
    map_init(&reading->anchors);
}

/* ---- what is wrong ---- */

/* For libyaml a text without a last newline ends on the line after it. */
static SourcePlace place_of(const Reading *reading, yaml_mark_t mark)
{
    if (mark.line >= reading->source->line_count)
        return source_offset_place(reading->source, reading->source->text.length);
    return (SourcePlace){ (uint32_t)mark.line + 1, (uint32_t)mark.column + 1 };
}

static Error *refuse_at(Reading *reading, SourcePlace place, ErrorCode code, const char *what)
{
    reading->fault = place;
    return error_new(code, "line %u, column %u: %s", place.line, place.column, what);
}

static Error *refuse(Reading *reading, const char *what)
{
    return refuse_at(reading, place_of(reading, reading->event.start_mark), ERR_SYNTAX, what);
}

static Error *refuse_limit(Reading *reading, const char *what)
{
    return refuse_at(reading, place_of(reading, reading->event.start_mark), ERR_LIMIT, what);
}

static Error *describe(Reading *reading)
{
    const yaml_parser_t *parser = &reading->parser;
    if (parser->error == YAML_MEMORY_ERROR) return error_memory();
    reading->fault = parser->error == YAML_READER_ERROR ? source_offset_place(reading->source, parser->problem_offset)
                                                        : place_of(reading, parser->problem_mark);
    const char *problem = parser->problem ? parser->problem : "this is not YAML";
    if (!parser->context) return refuse_at(reading, reading->fault, ERR_SYNTAX, problem);
    return error_new(ERR_SYNTAX, "line %u, column %u: %s, %s", reading->fault.line, reading->fault.column, problem,
                     parser->context);
}

/* ---- nodes ---- */

static Str text_of(Reading *reading, const yaml_char_t *text)
{
    return text ? str_copy(reading->arena, str_from_c((const char *)text)) : STR_NONE;
}

/* The long form of a template's tag; no data for a tag of YAML's own, or none. */
static Str wrap_of(Reading *reading, const yaml_char_t *tag)
{
    Str text = text_of(reading, tag);
    if (text.length < 2 || text.data[0] != '!') return STR_NONE;
    Str name = str_slice(text, 1, text.length);
    if (str_equal(name, STR("Ref")) || str_equal(name, STR("Condition"))) return name;
    return str_format(reading->arena, "Fn::%.*s", STR_ARG(name));
}

static Error *note_anchor(Reading *reading, YamlNode *node)
{
    if (!node->anchor.data) return NULL;
    return map_put(&reading->anchors, node->anchor, node) ? NULL : error_memory();
}

static Error *weigh(Reading *reading, const YamlNode *node)
{
    reading->weight += node->weight;
    if (reading->weight > SOURCE_WEIGHT_MAX) return refuse_limit(reading, "too large, with its aliases written out");
    if (reading->depth + node->height > JSON_DEPTH_MAX) return refuse_limit(reading, "nested too deep");
    return NULL;
}

/* A finished value goes into what is open. */
static Error *put(Reading *reading, YamlNode *node)
{
    YamlNode *parent = reading->depth ? reading->stack[reading->depth - 1] : NULL;
    if (!parent) {
        reading->root = node;
        return NULL;
    }
    if (parent->value->type == JSON_OBJECT && !parent->has_name) {
        if (node->value->type != JSON_STRING) return refuse(reading, "a name must be a text");
        parent->name = node->value->text;
        parent->name_place = node->spot->value;
        parent->has_name = true;
        return NULL;
    }
    if (!parent->merging) {
        yaml_node_add(reading->arena, parent, node);
        return NULL;
    }
    if (yaml_node_merge(reading->arena, parent, node)) return NULL;
    return refuse_at(reading, node->spot->value, ERR_SYNTAX, "there are no members to merge in this");
}

/* ---- scalars ---- */

static Error *tagged(Reading *reading, Str tag, Str text, Json **out)
{
    Arena *arena = reading->arena;
    *out = json_str(arena, text);
    if (!str_starts_with(tag, STR(YAML_TAG))) return NULL;
    Str  kind = str_slice(tag, sizeof YAML_TAG - 1, tag.length);
    bool number = str_equal(kind, STR("int")) || str_equal(kind, STR("float")), boolean = str_equal(kind, STR("bool"));
    if (str_equal(kind, STR("null"))) *out = json_null(arena);
    if (number) *out = yaml_number(arena, text);
    if (boolean) *out = yaml_bool(arena, text);
    return *out ? NULL : refuse(reading, number ? "this is no number that JSON has" : "this is neither true nor false");
}

/* A name is the text as it stands, whatever it would mean as a value. */
static bool names_member(const Reading *reading)
{
    const YamlNode *parent = reading->depth ? reading->stack[reading->depth - 1] : NULL;
    return parent && parent->value->type == JSON_OBJECT && !parent->has_name;
}

static Error *scalar_value(Reading *reading, Str text, Json **out)
{
    bool plain = reading->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (reading->event.data.scalar.tag && !names_member(reading))
        return tagged(reading, str_from_c((const char *)reading->event.data.scalar.tag), text, out);
    *out = plain && !names_member(reading) ? yaml_plain(reading->arena, text) : json_str(reading->arena, text);
    return *out ? NULL : refuse(reading, "JSON has no such number");
}

static Error *read_scalar(Reading *reading)
{
    Json               *value;
    yaml_scalar_style_t style = reading->event.data.scalar.style;
    bool                naming = names_member(reading), tag = reading->event.data.scalar.tag != NULL;
    Str text = str_copy(reading->arena, str_from(reading->event.data.scalar.value, reading->event.data.scalar.length));
    if (naming && !tag && style == YAML_PLAIN_SCALAR_STYLE && str_equal(text, STR("<<"))) {
        reading->stack[reading->depth - 1]->has_name = reading->stack[reading->depth - 1]->merging = true;
        return NULL;
    }
    TRY(scalar_value(reading, text, &value));
    YamlNode *node = yaml_node_new(reading->arena, value, place_of(reading, reading->event.start_mark));
    node->spot->block = style == YAML_LITERAL_SCALAR_STYLE;
    node->spot->quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    node->anchor = text_of(reading, reading->event.data.scalar.anchor);
    if (!naming) node->wrap = wrap_of(reading, reading->event.data.scalar.tag);
    node = yaml_node_close(reading->arena, node);
    TRY(note_anchor(reading, node));
    TRY(weigh(reading, node));
    return put(reading, node);
}

/* ---- containers ---- */

static Error *open_node(Reading *reading, Json *value, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    YamlNode *node = yaml_node_new(reading->arena, value, place_of(reading, reading->event.start_mark));
    node->open = true;
    node->anchor = text_of(reading, anchor);
    node->wrap = wrap_of(reading, tag);
    TRY(weigh(reading, node));
    TRY(note_anchor(reading, node));
    if (reading->depth == reading->capacity) {
        uint32_t capacity = reading->capacity ? reading->capacity * 2 : 16;
        reading->stack = arena_grow(reading->arena, reading->stack, reading->capacity * sizeof *reading->stack,
                                    arena_size(capacity, sizeof *reading->stack));
        reading->capacity = capacity;
    }
    reading->stack[reading->depth++] = node;
    return NULL;
}

static Error *close_node(Reading *reading)
{
    YamlNode *node = yaml_node_close(reading->arena, reading->stack[--reading->depth]);
    if (reading->depth + node->height > JSON_DEPTH_MAX) return refuse_limit(reading, "nested too deep");
    TRY(note_anchor(reading, node));
    return put(reading, node);
}

static Error *read_alias(Reading *reading)
{
    YamlNode *node = map_get(&reading->anchors, str_from_c((const char *)reading->event.data.alias.anchor));
    if (!node) return refuse(reading, "there is no anchor of that name");
    if (node->open) return refuse(reading, "an alias within its own anchor");
    TRY(weigh(reading, node));
    return put(reading, node);
}

/* ---- the document ---- */

static Error *read_event(Reading *reading)
{
    const yaml_event_t *event = &reading->event;
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT: return reading->root ? refuse(reading, "a second document") : NULL;
    case YAML_SCALAR_EVENT: return read_scalar(reading);
    case YAML_ALIAS_EVENT: return read_alias(reading);
    case YAML_SEQUENCE_START_EVENT:
        return open_node(reading, json_array(reading->arena), event->data.sequence_start.anchor,
                         event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_node(reading, json_object(reading->arena), event->data.mapping_start.anchor,
                         event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return close_node(reading);
    default: return NULL;
    }
}

static Error *read_events(Reading *reading)
{
    bool ended = false;
    while (!ended) {
        if (!yaml_parser_parse(&reading->parser, &reading->event)) return describe(reading);
        reading->event_lives = true;
        ended = reading->event.type == YAML_STREAM_END_EVENT;
        TRY(read_event(reading));
        yaml_event_delete(&reading->event);
        reading->event_lives = false;
    }
    return reading->root ? NULL
                         : refuse_at(reading, (SourcePlace){ 1, 1 }, ERR_SYNTAX, "there is nothing in this text");
}

Error *yaml_read(Arena *arena, Source *source, SourcePlace *out_fault)
{
    Reading *reading = NEW(arena, Reading);
    reading->arena = arena;
    reading->source = source;
    map_init(&reading->anchors);
    arena_on_done(arena, finish, reading);
    if (!yaml_parser_initialize(&reading->parser)) return error_memory();
    reading->parser_lives = true;
    yaml_parser_set_encoding(&reading->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reading->parser, (const unsigned char *)source->text.data, source->text.length);
    Error *error = read_events(reading);
    finish(reading);
    *out_fault = reading->fault;
    if (error) return error;
    source->value = reading->root->value;
    source->spot = reading->root->spot;
    return NULL;
}
