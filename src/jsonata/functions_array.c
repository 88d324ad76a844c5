/* functions_array.c -- arrays and sequences. */
#include "jsonata/internal.h"

static Json *count(Call *call)
{
    const Json *array = call->arguments[0];
    return value_number(call->run, !array ? 0 : is_array(array) ? array->count : 1);
}

static Json *append(Call *call)
{
    return value_append(call->run, call->arguments[0], call->arguments[1]);
}

static Json *exists(Call *call)
{
    return value_bool(call->arguments[0] != NULL);
}

static Json *reverse(Call *call)
{
    Json *array = call->arguments[0];
    if (!array || array->count < 2) return array;
    Json *other = value_array(call->run, array->count);
    run_work(call->run, array->count);
    for (uint32_t i = array->count; i-- > 0;) value_push(call->run, other, array->items[i]);
    return other;
}

uint64_t chance_next(Run *run)
{
    uint64_t bits = run->chance += 0x9e3779b97f4a7c15ULL; /* splitmix64 */
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebULL;
    return bits ^ bits >> 31;
}

static Json *shuffle(Call *call)
{
    Json *array = call->arguments[0];
    if (!array || array->count < 2) return array;
    Json *other = value_array(call->run, array->count);
    run_work(call->run, array->count);
    value_push_all(call->run, other, array);
    for (uint32_t i = other->count - 1; i > 0; i--) {
        uint32_t at = (uint32_t)(chance_next(call->run) % (i + 1));
        Json    *swapped = other->items[i];
        other->items[i] = other->items[at];
        other->items[at] = swapped;
    }
    return other;
}

static bool is_scalar(const Json *value)
{
    return value && value->type < JSON_ARRAY;
}

/* A key that is the same for equal scalars. */
static Str scalar_key(Run *run, const Json *value)
{
    char room[48];
    switch (value->type) {
    case JSON_STRING: return str_format(run->arena, "s%.*s", STR_ARG(value->text));
    case JSON_NUMBER: {
        double number = number_of(value);
        snprintf(room, sizeof room, "n%.17g", number == 0 ? 0.0 : number);
        return str_copy(run->arena, str_from_c(room));
    }
    case JSON_BOOL: return value->boolean ? STR("true") : STR("false");
    default: return STR("null");
    }
}

static bool seen_before(Run *run, Json *seen, const Json *all, Json *item)
{
    if (is_scalar(item)) {
        Str key = scalar_key(run, item);
        if (json_get(seen, key)) return true;
        json_add(run->arena, seen, key, &value_true);
        return false;
    }
    run_work(run, all->count);
    for (uint32_t i = 0; i < all->count; i++)
        if (value_equal(run, all->items[i], item)) return true;
    return false;
}

static Json *distinct(Call *call)
{
    Json *array = call->arguments[0];
    if (!is_array(array) || array->count < 2) return array;
    Json *all = is_sequence(array) ? value_sequence(call->run, 0) : value_array(call->run, 0);
    Json *seen = json_object(call->run->arena);
    run_work(call->run, array->count);
    for (uint32_t i = 0; i < array->count; i++)
        if (!seen_before(call->run, seen, all, array->items[i])) value_push(call->run, all, array->items[i]);
    return all;
}

static Json *zip(Call *call)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < call->count; i++) {
        uint32_t length = is_array(call->arguments[i]) ? call->arguments[i]->count : 0;
        if (length < least) least = length;
    }
    if (!call->count) least = 0;
    Json *rows = value_array(call->run, 0);
    for (uint32_t i = 0; i < least; i++) {
        Json *row = value_array(call->run, call->count);
        run_work(call->run, call->count);
        for (uint32_t at = 0; at < call->count; at++) value_push(call->run, row, call->arguments[at]->items[i]);
        value_push(call->run, rows, row);
    }
    return rows;
}

/* ---- sorting ---- */

typedef struct Order {
    Call *call;
    Json *comparator; /* NULL: by value */
} Order;

static bool goes_after(const Order *order, Json *a, Json *b)
{
    if (order->comparator) {
        Json *arguments[CALL_ROOM + 2] = { a, b };
        run_work(order->call->run, 1);
        const Json *after = function_apply(order->call->run, order->comparator, arguments, 2, NULL, order->call->frame);
        if (!after || after->type == JSON_NULL) return false;
        return after->type >= JSON_ARRAY || value_truth(order->call->run, after);
    }
    return a->type == JSON_STRING ? value_compare_text(a->text, b->text) > 0 : number_of(a) > number_of(b);
}

static void merge_sort(const Order *order, Json **items, Json **scratch, uint32_t length)
{
    if (length < 2) return;
    uint32_t half = length / 2, left = 0, right = half, out = 0;
    merge_sort(order, items, scratch, half);
    merge_sort(order, items + half, scratch, length - half);
    run_work(order->call->run, length);
    memcpy(scratch, items, length * sizeof *items);
    while (left < half && right < length)
        items[out++] = goes_after(order, scratch[left], scratch[right]) ? scratch[right++] : scratch[left++];
    while (left < half) items[out++] = scratch[left++];
    while (right < length) items[out++] = scratch[right++];
}

static Json *sort(Call *call)
{
    Json *array = call->arguments[0];
    Order order = { call, call->arguments[1] };
    if (!array || array->count < 2) return array;
    if (!order.comparator && !value_all(array, JSON_NUMBER) && !value_all(array, JSON_STRING))
        call_fault(call, "D3070", array, 1);
    Json *sorted = value_array(call->run, array->count);
    value_push_all(call->run, sorted, array);
    Json **scratch = run_alloc(call->run, array->count * sizeof *scratch);
    merge_sort(&order, sorted->items, scratch, sorted->count);
    return sorted;
}

const Native natives_array[] = {
    { "count", "<a:n>", 1, 0, count },
    { "append", "<xx:a>", 2, 0, append },
    { "exists", "<x:b>", 1, 0, exists },
    { "reverse", "<a:a>", 1, 0, reverse },
    { "shuffle", "<a:a>", 1, 0, shuffle },
    { "distinct", "<x:x>", 1, 0, distinct },
    { "zip", "<a+>", 0, 0, zip },
    { "sort", "<af?:a>", 2, 0, sort },
    { NULL, NULL, 0, 0, NULL },
};
