/* yaml_tree.c -- values under construction.
 *
 * Every value has a spot beside it: where it stands, where its name stands, and the spots of what is in it. Aliases share
 * both. Weight and height grow as they would if everything were written out, so that what aliases multiply is noticed
 * before anybody walks over it. */
#include "source/source_internal.h"

enum { NODE_WEIGHT = 16 }; /* beside the text */

YamlNode *yaml_node_new(Arena *arena, Json *value, SourcePlace place)
{
    YamlNode *node = NEW(arena, YamlNode);
    node->value = value;
    node->spot = NEW(arena, Spot);
    node->spot->value = place;
    node->weight = NODE_WEIGHT + (value->type == JSON_STRING ? value->text.length : 0);
    node->height = value->type == JSON_OBJECT || value->type == JSON_ARRAY;
    return node;
}

static void add_spot(Arena *arena, Spot *parent, uint32_t at, Spot *child)
{
    if (at == parent->capacity) {
        uint32_t capacity = parent->capacity ? parent->capacity * 2 : 4;
        parent->children = arena_grow(arena, parent->children, parent->capacity * sizeof *parent->children,
                                      arena_size(capacity, sizeof *parent->children));
        parent->capacity = capacity;
    }
    parent->children[at] = child;
}

/* An alias's spot has a name of its own in each place. */
static Spot *named_spot(Arena *arena, const Spot *spot, SourcePlace name)
{
    Spot *named = NEW(arena, Spot);
    *named = *spot;
    named->name = name;
    return named;
}

static void grow(YamlNode *parent, const YamlNode *child)
{
    parent->weight += child->weight;
    if (child->height >= parent->height) parent->height = child->height + 1;
}

void yaml_node_add(Arena *arena, YamlNode *parent, YamlNode *child)
{
    uint32_t at = parent->value->count;
    grow(parent, child);
    if (parent->value->type == JSON_ARRAY) {
        json_append(arena, parent->value, child->value);
        add_spot(arena, parent->spot, at, child->spot);
        return;
    }
    json_add(arena, parent->value, parent->name, child->value);
    add_spot(arena, parent->spot, at, named_spot(arena, child->spot, parent->name_place));
    parent->weight += parent->name.length;
    parent->has_name = false;
}

/* ---- merge keys ---- */

static void merge_one(Arena *arena, YamlNode *parent, Json *value, Spot *spot)
{
    if (parent->merge_count == parent->merge_capacity) {
        uint32_t capacity = parent->merge_capacity ? parent->merge_capacity * 2 : 4;
        parent->merges = arena_grow(arena, parent->merges, parent->merge_capacity * sizeof *parent->merges,
                                    arena_size(capacity, sizeof *parent->merges));
        parent->merge_capacity = capacity;
    }
    parent->merges[parent->merge_count++] = (YamlMerge){ value, spot };
}

bool yaml_node_merge(Arena *arena, YamlNode *parent, const YamlNode *child)
{
    parent->has_name = parent->merging = false;
    grow(parent, child);
    if (child->value->type == JSON_OBJECT) {
        merge_one(arena, parent, child->value, child->spot);
        return true;
    }
    if (child->value->type != JSON_ARRAY) return false;
    for (uint32_t i = 0; i < child->value->count; i++) {
        if (child->value->items[i]->type != JSON_OBJECT) return false;
        merge_one(arena, parent, child->value->items[i], child->spot->children[i]);
    }
    return true;
}

static void add_member(Arena *arena, YamlNode *node, const Json *from, const Spot *spot, uint32_t at)
{
    if (json_get(node->value, from->members[at].name)) return;
    uint32_t to = node->value->count;
    json_add(arena, node->value, from->members[at].name, from->members[at].value);
    add_spot(arena, node->spot, to, spot->children[at]);
}

/* Its own members win over merged ones, earlier merged ones over later; all stand behind its own. */
static void merge(Arena *arena, YamlNode *node)
{
    for (uint32_t i = 0; i < node->merge_count; i++)
        for (uint32_t at = 0; at < node->merges[i].value->count; at++)
            add_member(arena, node, node->merges[i].value, node->merges[i].spot, at);
}

/* ---- tags ---- */

/* Fn::GetAtt takes two texts: the resource's, and all that follows. */
static YamlNode *split_attribute(Arena *arena, YamlNode *node)
{
    size_t dot;
    Str    text = node->value->text;
    if (!str_find_byte(text, '.', &dot)) return node;
    YamlNode *pair = yaml_node_new(arena, json_array(arena), node->spot->value);
    Json     *first = json_str(arena, str_slice(text, 0, dot)),
         *second = json_str(arena, str_slice(text, dot + 1, text.length));
    yaml_node_add(arena, pair, yaml_node_new(arena, first, node->spot->value));
    yaml_node_add(arena, pair, yaml_node_new(arena, second, node->spot->value));
    return pair;
}

static YamlNode *wrap(Arena *arena, YamlNode *node)
{
    if (str_equal(node->wrap, STR("Fn::GetAtt")) && node->value->type == JSON_STRING)
        node = split_attribute(arena, node);
    return node;
}

YamlNode *yaml_node_close(Arena *arena, YamlNode *node)
{
    node->open = false;
    if (node->merge_count) merge(arena, node);
    if (!node->wrap.data) return node;
    YamlNode *outer = yaml_node_new(arena, json_object(arena), node->spot->value);
    outer->name = node->wrap;
    outer->name_place = node->spot->value;
    outer->anchor = node->anchor;
    yaml_node_add(arena, outer, wrap(arena, node));
    return outer;
}
