/* construct.c -- objects: built from pairs, grouped by keys, transformed by copies. */
#include "jsonata/internal.h"

typedef struct Group { /* all items that gave one key */
    Str      key;
    Json    *data;
    uint32_t pair;
    bool     own; /* data is an array of ours that can grow */
} Group;

typedef struct Groups {
    Group   *items;
    uint32_t count, capacity;
    Json    *index; /* key to the number of its group */
} Groups;

static Json *group_item(const Json *input, uint32_t at)
{
    if (!is_array(input)) return (Json *)input;
    return input->count ? input->items[at] : NULL;
}

static Frame *frame_of(Run *run, Frame *frame, Json *tuple)
{
    Frame *inner = arena_alloc(run->arena, sizeof *inner);
    *inner = (Frame){ frame, ((Tuple *)tuple)->bindings };
    return inner;
}

static Group *group_find(Run *run, Groups *groups, Str key)
{
    if (groups->count < 8) {
        for (uint32_t i = 0; i < groups->count; i++)
            if (str_equal(groups->items[i].key, key)) return &groups->items[i];
        return NULL;
    }
    if (!groups->index) {
        groups->index = json_object(run->arena);
        for (uint32_t i = 0; i < groups->count; i++)
            json_add(run->arena, groups->index, groups->items[i].key, json_int_new(run->arena, i));
    }
    const Json *found = json_get(groups->index, key);
    return found ? &groups->items[found->integer] : NULL;
}

static void group_add(Run *run, Group *group, Json *item)
{
    if (!item) return;
    if (!group->own) {
        Json *all = value_array(run, 8);
        if (group->data && group->data->type == JSON_ARRAY)
            value_push_all(run, all, group->data);
        else if (group->data)
            value_push(run, all, group->data);
        else {
            group->data = item;
            return;
        }
        if (item->type == VALUE_TUPLE) all->flags |= FLAG_TUPLES;
        group->data = all;
        group->own = true;
    }
    if (item->type == JSON_ARRAY)
        value_push_all(run, group->data, item);
    else
        value_push(run, group->data, item);
}

static void group_put(Run *run, Groups *groups, Json *key, uint32_t pair, Json *item, uint32_t position)
{
    if (key->type != JSON_STRING) run_fault(run, (Mistake){ .code = "T1003", .position = position, .value = key });
    Group *group = group_find(run, groups, key->text);
    if (!group) {
        Group fresh = { .key = key->text, .data = item, .pair = pair };
        LIST_PUSH(run->arena, groups, fresh);
        if (groups->index) json_add(run->arena, groups->index, key->text, json_int_new(run->arena, groups->count - 1));
        return;
    }
    if (group->pair != pair) run_fault(run, (Mistake){ .code = "D1009", .position = position, .value = key });
    group_add(run, group, item);
}

static Binding *binding_find(Binding *list, const Symbol *symbol)
{
    while (list && list->symbol != symbol) list = list->next;
    return list;
}

/* Many tuples become one: each variable has all its values. */
static Tuple reduce_tuples(Run *run, const Json *tuples)
{
    Tuple whole = { .base = { .type = VALUE_TUPLE } };
    for (uint32_t i = 0; i < tuples->count; i++) {
        const Tuple *tuple = (const Tuple *)tuples->items[i];
        run_work(run, 1);
        whole.item = value_append(run, whole.item, tuple->item);
        for (Binding *binding = tuple->bindings; binding; binding = binding->next) {
            if (binding_find(tuple->bindings, binding->symbol) != binding) continue; /* hidden by a newer one */
            Binding *sum = binding_find(whole.bindings, binding->symbol);
            if (!sum) {
                sum = NEW(run->arena, Binding);
                *sum = (Binding){ binding->symbol, NULL, whole.bindings };
                whole.bindings = sum;
            }
            sum->value = value_append(run, sum->value, binding->value);
        }
    }
    return whole;
}

static Json *group_value(Run *run, const Group *group, const Node *value, Frame *frame, bool tuples)
{
    if (!tuples || !group->data) return evaluate(run, value, group->data, frame);
    if (group->data->type == VALUE_TUPLE)
        return evaluate(run, value, ((Tuple *)group->data)->item, frame_of(run, frame, group->data));
    Tuple whole = reduce_tuples(run, group->data);
    return evaluate(run, value, whole.item, frame_of(run, frame, &whole.base));
}

Json *evaluate_group(Run *run, const Nodes *pairs, uint32_t position, Json *input, Frame *frame)
{
    Groups   groups = { 0 };
    bool     tuples = is_array(input) && input->flags & FLAG_TUPLES;
    uint32_t count = is_array(input) && input->count ? input->count : 1;
    for (uint32_t i = 0; i < count; i++) {
        Json  *item = group_item(input, i);
        bool   tuple = tuples && item;
        Frame *inner = tuple ? frame_of(run, frame, item) : frame;
        for (uint32_t pair = 0; pair < pairs->count; pair += 2) {
            Json *key = evaluate(run, pairs->items[pair], tuple ? ((Tuple *)item)->item : item, inner);
            if (key) group_put(run, &groups, key, pair, item, position);
        }
    }
    Json *object = value_object(run);
    for (uint32_t i = 0; i < groups.count; i++) {
        const Group *group = &groups.items[i];
        Json        *value = group_value(run, group, pairs->items[group->pair + 1], frame, tuples);
        if (value) json_add(run->arena, object, group->key, value);
    }
    return object;
}

/* ---- transforms ---- */

static void update_match(Run *run, const Node *node, Json *match, Frame *frame)
{
    Json *update = evaluate(run, node->b, match, frame);
    if (!update) return;
    if (update->type != JSON_OBJECT)
        run_fault(run, (Mistake){ .code = "T2011", .position = node->b->position, .value = update });
    if (match->type != JSON_OBJECT || !match->boolean) return;
    JSON_EACH_MEMBER(update, member) json_set(run->arena, match, member->name, member->value);
}

static void delete_from_match(Run *run, const Node *node, Json *match, Frame *frame)
{
    Json *names = evaluate(run, node->c, match, frame);
    if (!names) return;
    uint32_t count = is_array(names) ? names->count : 1;
    for (uint32_t i = 0; i < count; i++) {
        const Json *name = is_array(names) ? names->items[i] : names;
        if (!is_string(name))
            run_fault(run, (Mistake){ .code = "T2012", .position = node->c->position, .value = names });
        if (match->type == JSON_OBJECT && match->boolean) json_remove(match, name->text);
    }
}

Json *evaluate_transform(Run *run, const Function *transform, Json *input)
{
    const Node *node = transform->node;
    Json       *copy = value_clone(run, input);
    Json       *matches = evaluate(run, node->a, copy, transform->frame);
    if (!matches) return copy;
    uint32_t count = is_array(matches) ? matches->count : 1;
    for (uint32_t i = 0; i < count; i++) {
        Json *match = is_array(matches) ? matches->items[i] : matches;
        if (!match) continue;
        update_match(run, node, match, transform->frame);
        if (node->c) delete_from_match(run, node, match, transform->frame);
    }
    return copy;
}
