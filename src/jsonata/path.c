/* path.c -- paths: step after step over a sequence of values.
 *
 * A step is evaluated for each item of the sequence before it; what comes out is flattened by one
 * level into the next sequence. Where a step binds variables (`@`, `#`, or a `%` further on), the
 * sequence is one of tuples: an item, and the variables bound on the way. */
#include "jsonata/internal.h"

#include <math.h>

/* ---- names ---- */

static void lookup_into(Run *run, Json *out, Json *value, Str name, uint32_t depth)
{
    if (!value) return;
    if (value->type == JSON_OBJECT) {
        Json *found = json_get(value, name);
        if (!found) return;
        if (found->type == JSON_ARRAY)
            value_push_all(run, out, found);
        else
            value_push(run, out, found);
    } else if (value->type == JSON_ARRAY) {
        if (depth > VALUE_DEPTH_MAX) run_too_deep(run);
        run_work(run, value->count);
        for (uint32_t i = 0; i < value->count; i++) lookup_into(run, out, value->items[i], name, depth + 1);
    }
}

Json *evaluate_lookup(Run *run, Json *input, Str name)
{
    if (!input) return NULL;
    if (input->type == JSON_OBJECT) return json_get(input, name);
    if (input->type != JSON_ARRAY) return NULL;
    Json *all = value_sequence(run, 0);
    lookup_into(run, all, input, name, 0);
    return all;
}

static void flatten_into(Run *run, Json *out, Json *value, uint32_t depth)
{
    if (!is_array(value)) {
        value_push(run, out, value);
        return;
    }
    if (depth > VALUE_DEPTH_MAX) run_too_deep(run);
    run_work(run, value->count);
    for (uint32_t i = 0; i < value->count; i++) flatten_into(run, out, value->items[i], depth + 1);
}

Json *evaluate_wildcard(Run *run, Json *input)
{
    Json *all = value_sequence(run, 4);
    if (is_array(input) && input->flags & FLAG_WRAPPER && input->count) input = input->items[0];
    if (!input || (input->type != JSON_OBJECT && input->type != JSON_ARRAY)) return all;
    run_work(run, input->count);
    for (uint32_t i = 0; i < input->count; i++) {
        bool object = input->type == JSON_OBJECT;
        if (object && !value_current(input, &input->members[i])) continue;
        Json *value = object ? input->members[i].value : input->items[i];
        if (is_array(value)) all->flags &= (uint8_t)~FLAG_SEQUENCE; /* concatenated: an array like others */
        flatten_into(run, all, value, 0);
    }
    return all;
}

static void descend(Run *run, Json *out, Json *value, uint32_t depth)
{
    if (depth > VALUE_DEPTH_MAX) run_too_deep(run);
    if (!is_array(value)) value_push(run, out, value);
    if (!value || (value->type != JSON_OBJECT && value->type != JSON_ARRAY)) return;
    run_work(run, value->count);
    for (uint32_t i = 0; i < value->count; i++) {
        if (value->type == JSON_OBJECT && !value_current(value, &value->members[i])) continue;
        descend(run, out, value->type == JSON_OBJECT ? value->members[i].value : value->items[i], depth + 1);
    }
}

Json *evaluate_descendants(Run *run, Json *input)
{
    if (!input) return NULL;
    Json *all = value_sequence(run, 8);
    descend(run, all, input, 0);
    return all->count == 1 ? all->items[0] : all;
}

/* ---- tuples ---- */

static Json *tuple_new(Run *run, Json *item, Binding *bindings)
{
    Tuple *tuple = arena_alloc(run->arena, sizeof *tuple);
    *tuple = (Tuple){ .base = { .type = VALUE_TUPLE }, .item = item, .bindings = bindings };
    return &tuple->base;
}

static Binding *binding_new(Run *run, Symbol *symbol, Json *value, Binding *next)
{
    Binding *binding = arena_alloc(run->arena, sizeof *binding);
    *binding = (Binding){ symbol, value, next };
    return binding;
}

static Frame *tuple_frame(Run *run, Frame *outer, Json *tuple)
{
    Frame *frame = arena_alloc(run->arena, sizeof *frame);
    *frame = (Frame){ outer, ((Tuple *)tuple)->bindings };
    return frame;
}

static bool are_tuples(const Json *value)
{
    return is_array(value) && value->flags & FLAG_TUPLES;
}

static Json *tuples_new(Run *run)
{
    Json *tuples = value_sequence(run, 4);
    tuples->flags |= FLAG_TUPLES;
    return tuples;
}

/* ---- filters ---- */

static bool selects(Run *run, const Json *value, uint32_t at, uint32_t count)
{
    if (value_numeric(run, value)) {
        double index = floor(number_of(value));
        return (index < 0 ? count + index : index) == at;
    }
    if (!value_all(value, JSON_NUMBER)) return value_truth(run, value);
    run_work(run, value->count);
    for (uint32_t i = 0; i < value->count; i++) {
        double index = floor(number_of(value->items[i]));
        if ((index < 0 ? count + index : index) == at) return true;
    }
    return false;
}

static Json *filter_at(Run *run, double index, Json *input)
{
    uint32_t count = is_array(input) ? input->count : 1;
    index = floor(index);
    if (index < 0) index += count;
    if (!(index >= 0 && index < count)) return value_sequence(run, 0);
    Json *item = is_array(input) ? input->items[(uint32_t)index] : input;
    if (!item) return value_sequence(run, 0);
    if (is_array(item)) return item;
    Json *all = value_sequence_of(run, item);
    if (are_tuples(input)) all->flags |= FLAG_TUPLES;
    return all;
}

/* What a filter that does not look at the item chooses: numbers that are the same for all of them. */
static bool is_constant(const Node *filter)
{
    if (filter->type != NODE_ARRAY) return false;
    for (uint32_t i = 0; i < filter->items.count; i++) {
        const Node *item = filter->items.items[i];
        bool        range = item->type == NODE_BINARY && item->op == OP_RANGE && item->a->type == NODE_NUMBER &&
                     item->b->type == NODE_NUMBER;
        if (item->decorated || (!range && item->type != NODE_NUMBER)) return false;
    }
    return filter->items.count && !filter->decorated;
}

Json *evaluate_filter(Run *run, const Node *filter, Json *input, Frame *frame)
{
    if (filter->type == NODE_NUMBER) return filter_at(run, number_of(filter->value), input);
    bool     tuples = are_tuples(input);
    Json    *all = tuples ? tuples_new(run) : value_sequence(run, 0);
    Json    *chosen = is_constant(filter) ? evaluate(run, filter, input, frame) : NULL;
    uint32_t count = is_array(input) ? input->count : 1;
    for (uint32_t i = 0; i < count; i++) {
        Json  *item = is_array(input) ? input->items[i] : input, *context = item;
        Frame *inner = frame;
        if (tuples) {
            context = ((Tuple *)item)->item;
            inner = tuple_frame(run, frame, item);
        }
        Json *value = chosen ? chosen : evaluate(run, filter, context, inner);
        if (item && selects(run, value, i, count)) value_push(run, all, item);
    }
    return all;
}

static Json *apply_stages(Run *run, const Stages *stages, Json *value, Frame *frame)
{
    for (uint32_t i = 0; i < stages->count; i++) {
        const Stage *stage = &stages->items[i];
        if (stage->filter) {
            value = evaluate_filter(run, stage->filter, value, frame);
            continue;
        }
        if (!are_tuples(value)) continue;
        Json *numbered = tuples_new(run);
        for (uint32_t at = 0; at < value->count; at++) {
            const Tuple *tuple = (const Tuple *)value->items[at];
            Binding     *bindings = binding_new(run, stage->index, value_number(run, at), tuple->bindings);
            value_push(run, numbered, tuple_new(run, tuple->item, bindings));
        }
        value = numbered;
    }
    return value;
}

/* ---- order ---- */

typedef struct Sorting {
    Run        *run;
    const Node *node;
    Json      **keys; /* of item i, term t: i * terms + t; undefined keys are &none, those not asked for yet NULL */
    Json      **items;
    Frame      *frame;
    bool        tuples;
} Sorting;

static Json none;

static Json *sort_key(Sorting *s, uint32_t item, uint32_t term)
{
    Json **key = &s->keys[(size_t)item * s->node->items.count + term];
    if (*key) return *key;
    Json  *value = s->items[item], *context = s->tuples ? ((Tuple *)value)->item : value;
    Frame *frame = s->tuples ? tuple_frame(s->run, s->frame, value) : s->frame;
    value = evaluate(s->run, s->node->items.items[term], context, frame);
    return *key = value ? value : &none;
}

static bool is_sortable(const Json *value)
{
    return value->type == JSON_STRING || value->type == JSON_NUMBER;
}

static int compare_keys(Sorting *s, const Json *a, const Json *b)
{
    if (a == &none || b == &none) return (a == &none) - (b == &none);
    uint32_t position = s->node->position;
    if (!is_sortable(a) || !is_sortable(b))
        run_fault(s->run, (Mistake){ .code = "T2008", .position = position, .value = is_sortable(a) ? b : a });
    if (a->type != b->type)
        run_fault(s->run, (Mistake){ .code = "T2007", .position = position, .value = a, .value2 = b });
    if (a->type == JSON_STRING) return value_compare_text(a->text, b->text);
    return (number_of(a) > number_of(b)) - (number_of(a) < number_of(b));
}

static bool goes_after(Sorting *s, uint32_t a, uint32_t b)
{
    for (uint32_t term = 0; term < s->node->items.count; term++) {
        const Json *left = sort_key(s, a, term), *right = sort_key(s, b, term);
        int         order = compare_keys(s, left, right);
        if (order && left != &none && right != &none && s->node->descending[term]) order = -order;
        if (order) return order > 0;
    }
    return false;
}

static void merge_sort(Sorting *s, uint32_t *order, uint32_t *scratch, uint32_t count)
{
    if (count < 2) return;
    uint32_t half = count / 2, left = 0, right = half, out = 0;
    merge_sort(s, order, scratch, half);
    merge_sort(s, order + half, scratch, count - half);
    run_work(s->run, count);
    memcpy(scratch, order, count * sizeof *order);
    while (left < half && right < count) {
        bool after = goes_after(s, scratch[left], scratch[right]);
        order[out++] = after ? scratch[right++] : scratch[left++];
    }
    while (left < half) order[out++] = scratch[left++];
    while (right < count) order[out++] = scratch[right++];
}

Json *evaluate_sort(Run *run, const Node *node, Json *input, Frame *frame)
{
    if (!is_array(input) || input->count < 2) return input;
    uint32_t  count = input->count;
    uint32_t *order = run_alloc(run, 2 * (size_t)count * sizeof *order);
    size_t    keys = arena_size((size_t)count * node->items.count, sizeof(Json *));
    Sorting sorting = { .run = run, .node = node, .items = input->items, .frame = frame, .tuples = are_tuples(input) };
    sorting.keys = memset(run_alloc(run, keys), 0, keys);
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    merge_sort(&sorting, order, order + count, count);
    Json *sorted = value_array(run, count);
    if (sorting.tuples) sorted->flags |= FLAG_TUPLES | FLAG_SEQUENCE;
    for (uint32_t i = 0; i < count; i++) value_push(run, sorted, input->items[order[i]]);
    return sorted;
}

/* ---- steps ---- */

static void add_flat(Run *run, Json *out, Json *value)
{
    if (value->type == JSON_ARRAY && !(value->flags & FLAG_CONS))
        value_push_all(run, out, value);
    else
        value_push(run, out, value);
}

static Json *step_value(Run *run, const Node *step, Json *item, Frame *frame)
{
    Json *value;
    if (step->type == NODE_NAME && !step->decorated && item && item->type == JSON_OBJECT)
        value = json_get(item, step->text);
    else
        value = evaluate(run, step, item, frame);
    for (uint32_t i = 0; i < step->stages.count; i++)
        if (step->stages.items[i].filter)
            value = sequence_result(evaluate_filter(run, step->stages.items[i].filter, value, frame));
    return value;
}

static Json *evaluate_step(Run *run, const Node *step, Json *input, Frame *frame, bool last)
{
    if (step->type == NODE_SORT) return apply_stages(run, &step->stages, evaluate_sort(run, step, input, frame), frame);
    Json *first = NULL, *all = NULL;
    run_work(run, input->count);
    for (uint32_t i = 0; i < input->count; i++) {
        Json *value = step_value(run, step, input->items[i], frame);
        if (!value) continue;
        if (!first) {
            first = value;
            continue;
        }
        if (!all) {
            all = value_sequence(run, input->count - i + 1);
            add_flat(run, all, first);
        }
        add_flat(run, all, value);
    }
    if (all) return all;
    if (!first) return NULL;
    if (last && first->type == JSON_ARRAY && !(first->flags & FLAG_SEQUENCE)) return first;
    all = value_sequence(run, 1);
    add_flat(run, all, first);
    return all;
}

static Binding *join_bindings(Run *run, const Binding *front, Binding *back)
{
    if (!front || front == back) return back;
    return binding_new(run, front->symbol, front->value, join_bindings(run, front->next, back));
}

static void add_tuples(Run *run, const Node *step, Json *out, const Tuple *from, Json *value)
{
    uint32_t count = is_array(value) ? value->count : 1;
    run_work(run, count);
    for (uint32_t i = 0; i < count; i++) {
        Json    *item = is_array(value) ? value->items[i] : value;
        Binding *bindings = from->bindings;
        if (are_tuples(value)) {
            const Tuple *tuple = (const Tuple *)item;
            value_push(run, out, tuple_new(run, tuple->item, join_bindings(run, tuple->bindings, bindings)));
            continue;
        }
        if (step->focus) bindings = binding_new(run, step->focus, item, bindings);
        if (step->index) bindings = binding_new(run, step->index, value_number(run, i), bindings);
        if (step->ancestor) bindings = binding_new(run, step->ancestor->label, from->item, bindings);
        value_push(run, out, tuple_new(run, step->focus ? from->item : item, bindings));
    }
}

static Json *sort_tuples(Run *run, const Node *step, Json *input, Json *tuples, Frame *frame)
{
    if (tuples) return evaluate_sort(run, step, tuples, frame);
    Json *sorted = evaluate_sort(run, step, input, frame), *all = tuples_new(run);
    for (uint32_t i = 0; sorted && i < sorted->count; i++) {
        Binding *bindings = step->index ? binding_new(run, step->index, value_number(run, i), NULL) : NULL;
        value_push(run, all, tuple_new(run, sorted->items[i], bindings));
    }
    return all;
}

static Json *evaluate_tuple_step(Run *run, const Node *step, Json *input, Json *tuples, Frame *frame)
{
    if (step->type == NODE_SORT)
        return apply_stages(run, &step->stages, sort_tuples(run, step, input, tuples, frame), frame);
    Json    *all = tuples_new(run);
    uint32_t count = tuples ? tuples->count : input ? input->count : 0;
    for (uint32_t i = 0; i < count; i++) {
        Tuple  bare = { .base = { .type = VALUE_TUPLE }, .item = tuples ? NULL : input->items[i] };
        Tuple *from = tuples ? (Tuple *)tuples->items[i] : &bare;
        Json  *value = evaluate(run, step, from->item, tuple_frame(run, frame, &from->base));
        if (value) add_tuples(run, step, all, from, value);
    }
    return apply_stages(run, &step->stages, all, frame);
}

/* ---- paths ---- */

static Json *items_of(Run *run, Json *tuples)
{
    Json *items = value_sequence(run, tuples->count);
    for (uint32_t i = 0; i < tuples->count; i++) {
        Json *item = ((Tuple *)tuples->items[i])->item;
        if (item) value_push(run, items, item);
    }
    return items;
}

static Json *keep_singleton(Run *run, Json *value)
{
    if (!is_array(value)) return value;
    if (value->flags & FLAG_CONS && !(value->flags & FLAG_SEQUENCE)) value = value_sequence_of(run, value);
    if (value->flags & FLAG_SEQUENCE) value->flags |= FLAG_KEEP;
    return value;
}

static Json *evaluate_steps(Run *run, const Node *path, Json *sequence, uint32_t from, Frame *frame)
{
    Json *tuples = NULL, *result = sequence;
    bool  streaming = false;
    for (uint32_t i = from; i < path->items.count; i++) {
        const Node *step = path->items.items[i];
        streaming |= step->tuple;
        if (i == 0 && step->cons)
            result = evaluate(run, step, sequence, frame);
        else if (streaming)
            tuples = evaluate_tuple_step(run, step, sequence, tuples, frame);
        else
            result = evaluate_step(run, step, sequence, frame, i + 1 == path->items.count);
        if (!streaming && (!result || (is_array(result) && result->count == 0))) break;
        if (!streaming && !is_array(result)) result = value_sequence_of(run, result);
        if (!step->focus && !streaming) sequence = result;
    }
    if (streaming) result = path->tuple || path->grouped ? tuples : items_of(run, tuples ? tuples : tuples_new(run));
    if (path->keep_singleton) result = keep_singleton(run, result);
    if (!path->grouped) return result;
    result = evaluate_group(run, &path->group, path->group_position, result, frame);
    return result;
}

/* Goes down objects by name as far as there are no arrays: the way of most paths. */
static uint32_t walk_names(const Node *path, Json **value)
{
    uint32_t at = 0;
    while (at < path->items.count && *value && (*value)->type == JSON_OBJECT) {
        const Node *step = path->items.items[at];
        if (step->type != NODE_NAME || step->decorated || step->stages.count || step->tuple) break;
        *value = json_get(*value, step->text);
        at++;
    }
    return at;
}

Json *evaluate_path(Run *run, const Node *path, Json *input, Frame *frame)
{
    uint32_t    at = 0;
    const Node *first = path->items.items[0];
    if (first->type == NODE_NAME && input && input->type == JSON_OBJECT) {
        at = walk_names(path, &input);
        bool whole = at == path->items.count;
        if (at && (!input || (whole && !path->grouped && !path->keep_singleton))) return input;
        if (at && is_array(input) && !whole && input->count == 0) return NULL;
        if (whole && is_array(input)) return evaluate_steps(run, path, input, at, frame);
    }
    if (!input && first->type == NODE_NAME && !path->grouped && !path->tuple && path->plain) return NULL;
    bool  iterates = is_array(input) && first->type != NODE_VARIABLE;
    Json *sequence = iterates ? input : value_sequence_of(run, input);
    return evaluate_steps(run, path, sequence, at, frame);
}
