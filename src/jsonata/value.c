/* value.c -- values as an evaluation makes, compares and hands them out.
 *
 * Arrays and objects made here are marked (`boolean`), so that handing out a result looks at them only
 * and leaves inputs alone. Data may be nested as deep as an expression builds it; what goes down into it
 * counts how deep it is. */
#include "jsonata/internal.h"

#include <math.h>

Json value_true = { .type = JSON_BOOL, .boolean = true };
Json value_false = { .type = JSON_BOOL };
Json value_null = { .type = JSON_NULL };

Json *value_number(Run *run, double number)
{
    Json *value = arena_alloc(run->arena, sizeof(Json));
    *value = (Json){ .type = JSON_NUMBER, .number = number };
    return value;
}

Json *value_string(Run *run, Str text)
{
    Json *value = arena_alloc(run->arena, sizeof(Json));
    *value = (Json){ .type = JSON_STRING, .text = text };
    return value;
}

Json *value_array(Run *run, uint32_t capacity)
{
    Json *value = arena_alloc(run->arena, sizeof(Json));
    *value = (Json){ .type = JSON_ARRAY, .boolean = true, .capacity = capacity };
    value->items = capacity ? run_alloc(run, capacity * sizeof(Json *)) : NULL;
    return value;
}

Json *value_sequence(Run *run, uint32_t capacity)
{
    Json *value = value_array(run, capacity);
    value->flags = FLAG_SEQUENCE;
    return value;
}

Json *value_sequence_of(Run *run, Json *item)
{
    Json *value = value_sequence(run, 1);
    value->items[value->count++] = item;
    return value;
}

Json *value_object(Run *run)
{
    Json *value = json_object(run->arena);
    value->boolean = true;
    return value;
}

static void grow(Run *run, Json *array, uint32_t more)
{
    uint64_t room = array->capacity ? (uint64_t)array->capacity * 2 : 4;
    while (room < (uint64_t)array->count + more) room *= 2;
    if (room > UINT32_MAX) run_too_large(run);
    run_need(run, room * sizeof(Json *));
    array->items = arena_grow(run->arena, array->items, array->capacity * sizeof(Json *), room * sizeof(Json *));
    array->capacity = (uint32_t)room;
}

void value_push(Run *run, Json *array, Json *item)
{
    if (array->count == array->capacity) grow(run, array, 1);
    array->items[array->count++] = item;
}

void value_push_all(Run *run, Json *array, const Json *items)
{
    if (!items->count) return;
    if (array->capacity - array->count < items->count) grow(run, array, items->count);
    memcpy(array->items + array->count, items->items, items->count * sizeof(Json *));
    array->count += items->count;
}

Json *value_append(Run *run, Json *left, Json *right)
{
    if (!left) return right;
    if (!right) return left;
    uint64_t count = (uint64_t)(is_array(left) ? left->count : 1) + (is_array(right) ? right->count : 1);
    if (count > UINT32_MAX) run_too_large(run);
    Json *both = value_array(run, (uint32_t)count);
    if (is_array(left))
        value_push_all(run, both, left);
    else
        value_push(run, both, left);
    if (is_array(right))
        value_push_all(run, both, right);
    else
        value_push(run, both, right);
    return both;
}

/* ---- questions ---- */

bool value_current(const Json *object, const JsonMember *member)
{
    return json_get(object, member->name) == member->value;
}

static bool truth_of(Run *run, const Json *value, uint32_t depth)
{
    if (!value) return false;
    switch (value->type) {
    case JSON_BOOL: return value->boolean;
    case JSON_NUMBER: return value_numeric(run, value) && number_of(value) != 0;
    case JSON_STRING: return value->text.length > 0;
    case JSON_OBJECT: return value->count > 0;
    case JSON_ARRAY:
        if (depth > VALUE_DEPTH_MAX) run_too_deep(run);
        for (uint32_t i = 0; i < value->count; i++)
            if (truth_of(run, value->items[i], depth + 1)) return true;
        return false;
    default: return false;
    }
}

bool value_truth(Run *run, const Json *value)
{
    return truth_of(run, value, 0);
}

bool value_numeric(Run *run, const Json *value)
{
    if (!is_number(value)) return false;
    if (value->flags & JSON_INTEGER) return true;
    if (isnan(value->number)) return false;
    if (isinf(value->number)) run_fault(run, (Mistake){ .code = "D1001", .value = value });
    return true;
}

bool value_all(const Json *array, uint8_t type)
{
    if (!is_array(array)) return false;
    for (uint32_t i = 0; i < array->count; i++)
        if (!array->items[i] || array->items[i]->type != type) return false;
    return true;
}

int value_compare_text(Str a, Str b)
{
    size_t at = 0, length = a.length < b.length ? a.length : b.length;
    while (at < length && a.data[at] == b.data[at]) at++;
    if (at == length) return (a.length > b.length) - (a.length < b.length);
    uint8_t left = (uint8_t)a.data[at], right = (uint8_t)b.data[at];
    /* beyond U+FFFF are surrogates in UTF-16, before U+E000 */
    if (left >= 0xf0 && right >= 0xee && right < 0xf0) return -1;
    if (right >= 0xf0 && left >= 0xee && left < 0xf0) return 1;
    return left < right ? -1 : 1;
}

/* ---- going down ---- */

static bool equal_at(Run *run, const Json *a, const Json *b, uint32_t depth);

static bool equal_members(Run *run, const Json *a, const Json *b, uint32_t depth)
{
    if (a->count != b->count) return false;
    JSON_EACH_MEMBER(a, member) {
        const Json *other = json_get(b, member->name);
        if (!other || !equal_at(run, member->value, other, depth)) return false;
    }
    return true;
}

static bool equal_at(Run *run, const Json *a, const Json *b, uint32_t depth)
{
    if (a == b) return true;
    if (!a || !b || a->type != b->type) return false;
    switch (a->type) {
    case JSON_NULL: return true;
    case JSON_BOOL: return a->boolean == b->boolean;
    case JSON_NUMBER: return number_of(a) == number_of(b);
    case JSON_STRING: return str_equal(a->text, b->text);
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    default: return false;
    }
    if (depth > VALUE_DEPTH_MAX) run_too_deep(run);
    run_work(run, a->count);
    if (a->type == JSON_OBJECT) return equal_members(run, a, b, depth + 1);
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!equal_at(run, a->items[i], b->items[i], depth + 1)) return false;
    return true;
}

bool value_equal(Run *run, const Json *a, const Json *b)
{
    return equal_at(run, a, b, 0);
}

static Json *clone_at(Run *run, const Json *value, uint32_t depth)
{
    if (!value) return &value_null;
    if (depth > VALUE_DEPTH_MAX) run_too_deep(run);
    if (value->type == JSON_ARRAY) {
        Json *copy = value_array(run, value->count);
        run_work(run, value->count);
        for (uint32_t i = 0; i < value->count; i++) value_push(run, copy, clone_at(run, value->items[i], depth + 1));
        return copy;
    }
    if (value->type == JSON_OBJECT) {
        Json *copy = value_object(run);
        run_work(run, value->count);
        JSON_EACH_MEMBER(value, member)
            json_set(run->arena, copy, member->name, clone_at(run, member->value, depth + 1));
        return copy;
    }
    if (value->type == VALUE_FUNCTION) return value_string(run, STR(""));
    return (Json *)value;
}

Json *value_clone(Run *run, const Json *value)
{
    return clone_at(run, value, 0);
}

/* ---- handing out ---- */

static Json *result_at(Run *run, Json *value, uint32_t depth);

static void clean_object(Run *run, Json *object, uint32_t depth)
{
    uint32_t kept = 0;
    bool     dropped = false;
    for (uint32_t i = 0; i < object->count; i++) {
        Json *value = result_at(run, object->members[i].value, depth);
        dropped |= !value;
        if (value) object->members[kept++] = (JsonMember){ object->members[i].name, value };
    }
    object->boolean = false;
    if (!dropped) return;
    Json *rest = json_object(run->arena);
    for (uint32_t i = 0; i < kept; i++) json_set(run->arena, rest, object->members[i].name, object->members[i].value);
    *object = *rest;
}

static Json *result_at(Run *run, Json *value, uint32_t depth)
{
    if (!value) return NULL;
    if (value->type == JSON_NUMBER && !(value->flags & JSON_INTEGER) && !isfinite(value->number))
        run_fault(run, (Mistake){ .code = "D1001", .value = value });
    if (value->type == VALUE_TUPLE) return result_at(run, ((Tuple *)value)->item, depth);
    if (value->type > JSON_OBJECT) return NULL;
    if ((value->type != JSON_ARRAY && value->type != JSON_OBJECT) || !value->boolean) return value;
    if (depth > VALUE_DEPTH_MAX) run_too_deep(run);
    if (value->type == JSON_OBJECT) {
        clean_object(run, value, depth + 1);
        return value;
    }
    value->boolean = false;
    value->flags &= (uint8_t)~FLAGS_ARRAY;
    for (uint32_t i = 0; i < value->count; i++) {
        Json *item = result_at(run, value->items[i], depth + 1);
        value->items[i] = item ? item : &value_null;
    }
    return value;
}

Json *value_result(Run *run, Json *value)
{
    return result_at(run, value, 0);
}
