/* functions.c -- what a path may end in: $.items.length(), $.prices.sum(), $.sum($..price).
 *
 * A function sees the value before it and its arguments: literals, and paths from the root. Numbers that
 * are worked out are shown as the library shows them, 6.0 and not 6. */
#include "jsonpath/internal.h"

#include <math.h>

typedef struct Call {
    Query      *query;
    const Step *step;
    const Json *value;
    Json       *items; /* those of the value, then what the arguments give */
} Call;

struct Function {
    Str name;
    JsonPathOutcome (*call)(Call *call, Json **out);
};

static JsonPathOutcome give_up(Call *call, Str why)
{
    call->query->work->hopeless = true;
    return query_refuse(call->query, why);
}

static JsonPathOutcome nothing_to_count(Call *call)
{
    return give_up(call, STR("Aggregation function attempted to calculate value using empty array"));
}

/* ---- arguments ---- */

static JsonPathOutcome argument_value(Call *call, uint32_t at, Json **out)
{
    const Argument *argument = &call->step->arguments[at];
    *out = argument->value;
    if (!argument->path) return JSONPATH_FOUND;
    Query           inside = { .work = call->query->work, .path = argument->path };
    JsonPathOutcome outcome = query_run(&inside, call->query->work->document, out);
    call->query->why = inside.why;
    return outcome;
}

static bool add_items(Call *call, const Json *array)
{
    if (!query_spend(call->query, array->count)) return false;
    for (uint32_t i = 0; i < array->count; i++) json_append(call->query->work->arena, call->items, array->items[i]);
    return true;
}

/* Lists among the arguments are taken item by item. */
static JsonPathOutcome gather(Call *call)
{
    call->items = json_array(call->query->work->arena);
    if (call->value->type == JSON_ARRAY && !add_items(call, call->value)) return JSONPATH_NOT_SUPPORTED;
    for (uint32_t i = 0; i < call->step->count; i++) {
        Json           *value;
        JsonPathOutcome outcome = argument_value(call, i, &value);
        if (outcome != JSONPATH_FOUND) return outcome;
        if (value->type != JSON_ARRAY)
            json_append(call->query->work->arena, call->items, value);
        else if (!add_items(call, value))
            return JSONPATH_NOT_SUPPORTED;
    }
    return JSONPATH_FOUND;
}

/* ---- numbers ---- */

typedef struct Numbers {
    double count, sum, squares, least, most;
} Numbers;

static JsonPathOutcome count_numbers(Call *call, Numbers *out)
{
    const Json     *item;
    JsonPathOutcome outcome = gather(call);
    if (outcome != JSONPATH_FOUND) return outcome;
    *out = (Numbers){ .least = INFINITY, .most = -INFINITY };
    JSON_EACH_ITEM(call->items, item) {
        if (item->type != JSON_NUMBER) continue;
        double number = json_number(item);
        out->count++;
        out->sum += number;
        out->squares += number * number;
        if (number < out->least) out->least = number;
        if (number > out->most) out->most = number;
    }
    return out->count > 0 ? JSONPATH_FOUND : nothing_to_count(call);
}

static JsonPathOutcome give_number(Call *call, double number, Json **out)
{
    Arena *arena = call->query->work->arena;
    if (!isfinite(number)) return give_up(call, STR("A function gives no finite number"));
    *out = json_double(arena, number);
    if (number == floor(number) && fabs(number) < 1e7) (*out)->raw = str_format(arena, "%.1f", number);
    return JSONPATH_FOUND;
}

static JsonPathOutcome call_sum(Call *call, Json **out)
{
    Numbers         numbers;
    JsonPathOutcome outcome = count_numbers(call, &numbers);
    return outcome == JSONPATH_FOUND ? give_number(call, numbers.sum, out) : outcome;
}

static JsonPathOutcome call_avg(Call *call, Json **out)
{
    Numbers         numbers;
    JsonPathOutcome outcome = count_numbers(call, &numbers);
    return outcome == JSONPATH_FOUND ? give_number(call, numbers.sum / numbers.count, out) : outcome;
}

static JsonPathOutcome call_min(Call *call, Json **out)
{
    Numbers         numbers;
    JsonPathOutcome outcome = count_numbers(call, &numbers);
    return outcome == JSONPATH_FOUND ? give_number(call, numbers.least, out) : outcome;
}

static JsonPathOutcome call_max(Call *call, Json **out)
{
    Numbers         numbers;
    JsonPathOutcome outcome = count_numbers(call, &numbers);
    return outcome == JSONPATH_FOUND ? give_number(call, numbers.most, out) : outcome;
}

static JsonPathOutcome call_stddev(Call *call, Json **out)
{
    Numbers         numbers;
    JsonPathOutcome outcome = count_numbers(call, &numbers);
    if (outcome != JSONPATH_FOUND) return outcome;
    double mean = numbers.sum / numbers.count, variance = numbers.squares / numbers.count - mean * mean;
    return give_number(call, sqrt(variance > 0 ? variance : 0), out);
}

/* ---- sizes and names ---- */

static uint64_t size_of(const Json *value)
{
    return value->type == JSON_ARRAY || value->type == JSON_OBJECT ? value->count : 0;
}

/* Of a path that is not definite, all that is in what it selects is counted. */
static JsonPathOutcome call_length(Call *call, Json **out)
{
    Json           *found, *item;
    Arena          *arena = call->query->work->arena;
    const Argument *argument = call->step->count ? &call->step->arguments[0] : NULL;
    if (argument && argument->path && !argument->path->definite) {
        JsonPathOutcome outcome = argument_value(call, 0, &found);
        if (outcome != JSONPATH_FOUND) return outcome;
        uint64_t total = 0;
        JSON_EACH_ITEM(found, item) total += size_of(item);
        *out = json_int_new(arena, (int64_t)total);
        return JSONPATH_FOUND;
    }
    bool counts = call->value->type == JSON_ARRAY || call->value->type == JSON_OBJECT;
    *out = counts ? json_int_new(arena, (int64_t)size_of(call->value)) : json_null(arena);
    return JSONPATH_FOUND;
}

static JsonPathOutcome call_keys(Call *call, Json **out)
{
    Arena *arena = call->query->work->arena;
    *out = call->value->type == JSON_OBJECT ? json_array(arena) : json_null(arena);
    if (call->value->type != JSON_OBJECT) return JSONPATH_FOUND;
    if (!query_spend(call->query, call->value->count)) return JSONPATH_NOT_SUPPORTED;
    JSON_EACH_MEMBER(call->value, member)
        if (json_get(call->value, member->name) == member->value)
            json_append(arena, *out, json_str(arena, member->name));
    return JSONPATH_FOUND;
}

/* ---- texts and lists ---- */

static Str text_of(Arena *arena, const Json *value)
{
    if (value->type == JSON_STRING) return value->text;
    return value->type == JSON_NULL ? STR("") : json_text(arena, value);
}

/* Texts of the value, but of the arguments anything as text. */
static JsonPathOutcome call_concat(Call *call, Json **out)
{
    const Json     *item;
    Arena          *arena = call->query->work->arena;
    JsonPathOutcome outcome = gather(call);
    if (outcome != JSONPATH_FOUND) return outcome;
    uint32_t own = call->value->type == JSON_ARRAY ? call->value->count : 0;
    size_t   length = 0, room = 0;
    char    *text = NULL;
    JSON_EACH_ITEM(call->items, item) {
        if (item_at < own && item->type != JSON_STRING) continue;
        Str part = text_of(arena, item);
        if (!query_spend(call->query, part.length)) return JSONPATH_NOT_SUPPORTED;
        if (length + part.length > room) {
            text = arena_grow(arena, text, room, (length + part.length) * 2);
            room = (length + part.length) * 2;
        }
        if (part.length) memcpy(text + length, part.data, part.length);
        length += part.length;
    }
    *out = json_str(arena, length ? str_from(text, length) : STR(""));
    return JSONPATH_FOUND;
}

static JsonPathOutcome call_append(Call *call, Json **out)
{
    Arena *arena = call->query->work->arena;
    *out = (Json *)call->value;
    if (call->value->type != JSON_ARRAY || !call->step->count) return JSONPATH_FOUND;
    call->items = json_array(arena);
    if (!add_items(call, call->value)) return JSONPATH_NOT_SUPPORTED;
    for (uint32_t i = 0; i < call->step->count; i++) {
        Json           *value;
        JsonPathOutcome outcome = argument_value(call, i, &value);
        if (outcome != JSONPATH_FOUND) return outcome;
        json_append(arena, call->items, value);
    }
    *out = call->items;
    return JSONPATH_FOUND;
}

static JsonPathOutcome give_item(Call *call, int64_t index, Json **out)
{
    if (call->value->type != JSON_ARRAY) return nothing_to_count(call);
    int64_t count = call->value->count, at = index < 0 ? index + count : index;
    if (at < 0 || at >= count)
        return give_up(call, str_format(call->query->work->arena, "Index %lld out of bounds for length %lld",
                                        (long long)at, (long long)count));
    *out = call->value->items[at];
    return JSONPATH_FOUND;
}

static JsonPathOutcome call_first(Call *call, Json **out)
{
    return give_item(call, 0, out);
}

static JsonPathOutcome call_last(Call *call, Json **out)
{
    return give_item(call, -1, out);
}

static JsonPathOutcome call_index(Call *call, Json **out)
{
    Json   *index;
    int64_t number;
    if (!call->step->count) return nothing_to_count(call);
    JsonPathOutcome outcome = argument_value(call, 0, &index);
    if (outcome != JSONPATH_FOUND) return outcome;
    if (index->type != JSON_NUMBER || !json_int(index, &number) || number != (int32_t)number)
        return nothing_to_count(call);
    return give_item(call, number, out);
}

static const Function functions[] = {
    { STR_CONST("min"), call_min },       { STR_CONST("max"), call_max },     { STR_CONST("avg"), call_avg },
    { STR_CONST("stddev"), call_stddev }, { STR_CONST("sum"), call_sum },     { STR_CONST("length"), call_length },
    { STR_CONST("size"), call_length },   { STR_CONST("keys"), call_keys },   { STR_CONST("concat"), call_concat },
    { STR_CONST("append"), call_append }, { STR_CONST("first"), call_first }, { STR_CONST("last"), call_last },
    { STR_CONST("index"), call_index },
};

const Function *function_find(Str name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (str_equal(functions[i].name, name)) return &functions[i];
    return NULL;
}

Str function_name(const Function *function)
{
    return function->name;
}

JsonPathOutcome function_call(Query *query, const Step *step, const Json *value, Json **out)
{
    Call call = { .query = query, .step = step, .value = value };
    if (!query_spend(query, 1 + step->count)) return JSONPATH_NOT_SUPPORTED;
    return step->function->call(&call, out);
}
