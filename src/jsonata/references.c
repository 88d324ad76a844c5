/* references.c -- what an expression reads from outside, for linters.
 *
 * Only the first step of a path is looked up in the context of the whole expression; later steps, filters, sort terms and
 * groups of a path have the value before them for a context. The body of a function has the context in which it was
 * written. The walk goes as deep as the compiler let the tree grow (TREE_DEPTH_MAX). */
#include "jsonata/internal.h"

typedef struct References {
    Arena            *arena;
    JsonataReference *items;
    size_t            count, capacity;
} References;

static JsonataReference *add(References *list, Str variable, const Node *node)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 4;
        list->items = arena_grow(list->arena, list->items, list->capacity * sizeof *list->items,
                                 arena_size(capacity, sizeof *list->items));
        list->capacity = capacity;
    }
    JsonataReference *reference = &list->items[list->count++];
    *reference = (JsonataReference){ .variable = variable, .position = node->position };
    return reference;
}

/* The names from `at` on, as far as they go. */
static void take_names(References *list, JsonataReference *reference, const Node *path, uint32_t at)
{
    reference->steps = NEW_ARRAY(list->arena, Str, path->items.count + 1);
    reference->plain = !path->grouped && !path->predicates.count && !path->tuple;
    for (; at < path->items.count && path->items.items[at]->type == NODE_NAME; at++) {
        const Node *step = path->items.items[at];
        reference->steps[reference->step_count++] = step->text;
        if (!step->stages.count && !step->predicates.count && !step->tuple) continue;
        reference->plain = false;
        return;
    }
    reference->plain = reference->plain && at == path->items.count;
}

static void context_itself(References *list, const Node *node, Str name)
{
    JsonataReference *reference = add(list, STR_NONE, node);
    reference->steps = NEW(list->arena, Str);
    reference->steps[reference->step_count++] = name;
}

/* A path's first step, or a variable alone. */
static void read_start(References *list, const Node *first, const Node *path, bool top)
{
    bool named = first->type == NODE_VARIABLE && first->symbol->name.length > 0;
    if (named && str_equal(first->symbol->name, STR("$"))) {
        context_itself(list, first, STR("$$"));
    } else if (named) {
        JsonataReference *reference = add(list, first->symbol->name, first);
        if (path) take_names(list, reference, path, 1);
        if (path && (first->stages.count || first->predicates.count)) reference->plain = false;
    } else if (first->type == NODE_VARIABLE && top) {
        context_itself(list, first, STR("$"));
    } else if (first->type == NODE_NAME && top) {
        take_names(list, add(list, STR_NONE, first), path, 0);
    }
}

static void walk(References *list, const Node *node, bool top);

static void walk_all(References *list, const Nodes *nodes, bool top)
{
    for (uint32_t i = 0; i < nodes->count; i++) walk(list, nodes->items[i], top);
}

static void walk_stages(References *list, const Stages *stages)
{
    for (uint32_t i = 0; i < stages->count; i++)
        if (stages->items[i].filter) walk(list, stages->items[i].filter, false);
}

static void walk_parts(References *list, const Node *node, bool top)
{
    if (node->a && node->type != NODE_BIND) walk(list, node->a, top && node->type != NODE_TRANSFORM);
    if (node->b) walk(list, node->b, top && node->type != NODE_TRANSFORM);
    if (node->c) walk(list, node->c, top && node->type != NODE_TRANSFORM);
    walk_stages(list, &node->predicates);
    walk_stages(list, &node->stages);
    walk_all(list, &node->group, false);
}

static void walk(References *list, const Node *node, bool top)
{
    if (node->type == NODE_VARIABLE) read_start(list, node, NULL, top);
    if (node->type == NODE_PATH) {
        const Node *first = node->items.items[0];
        bool        read = first->type == NODE_VARIABLE || first->type == NODE_NAME;
        if (read) read_start(list, first, node, top);
        if (read) walk_parts(list, first, top);
        for (uint32_t i = read; i < node->items.count; i++) walk(list, node->items.items[i], top && i == 0);
        walk_parts(list, node, top);
        return;
    }
    if (node->type != NODE_LAMBDA) walk_all(list, &node->items, top && node->type != NODE_SORT);
    walk_parts(list, node, top);
}

size_t jsonata_references(const JsonataProgram *program, Arena *arena, JsonataReference **out_references)
{
    References  list = { .arena = arena };
    const Node *root = program->root;
    walk(&list, root, true);
    bool alone = list.count == 1 && (root->type == NODE_VARIABLE || root->type == NODE_PATH);
    for (size_t i = 0; i < list.count; i++)
        list.items[i].alone = alone && (list.items[i].plain || root->type == NODE_VARIABLE);
    *out_references = list.items;
    return list.count;
}
