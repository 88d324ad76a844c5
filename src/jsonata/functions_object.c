/* functions_object.c -- objects, types, truth, mistakes on purpose. */
#include "jsonata/internal.h"

static void add_keys(Call *call, Json *names, const Json *value)
{
    run_work(call->run, value->count);
    if (value->type == JSON_OBJECT)
        JSON_EACH_MEMBER(value, member) json_set(call->run->arena, names, member->name, &value_true);
    if (value->type != JSON_ARRAY) return;
    for (uint32_t i = 0; i < value->count; i++)
        if (is_object(value->items[i])) add_keys(call, names, value->items[i]);
}

static Json *keys(Call *call)
{
    Json *all = value_sequence(call->run, 0), *names = json_object(call->run->arena);
    if (call->arguments[0]) add_keys(call, names, call->arguments[0]);
    JSON_EACH_MEMBER(names, member) value_push(call->run, all, value_string(call->run, member->name));
    return all;
}

static Json *lookup(Call *call)
{
    if (!call->arguments[1]) return NULL;
    return evaluate_lookup(call->run, call->arguments[0], call->arguments[1]->text);
}

static void add_spread(Call *call, Json *all, Json *value, uint32_t depth)
{
    if (!value) return;
    if (depth > VALUE_DEPTH_MAX) run_too_deep(call->run);
    run_work(call->run, 1);
    if (value->type == JSON_ARRAY) {
        for (uint32_t i = 0; i < value->count; i++) add_spread(call, all, value->items[i], depth + 1);
    } else if (value->type == JSON_OBJECT) {
        JSON_EACH_MEMBER(value, member) {
            if (!value_current(value, member)) continue;
            Json *one = value_object(call->run);
            json_add(call->run->arena, one, member->name, member->value);
            value_push(call->run, all, one);
        }
    } else {
        value_push(call->run, all, value);
    }
}

static Json *spread(Call *call)
{
    Json *value = call->arguments[0];
    if (!value || (value->type != JSON_ARRAY && value->type != JSON_OBJECT)) return value;
    Json *all = value_sequence(call->run, 4);
    add_spread(call, all, value, 0);
    return all;
}

static Json *merge(Call *call)
{
    const Json *objects = call->arguments[0];
    if (!objects) return NULL;
    Json *merged = value_object(call->run);
    for (uint32_t i = 0; i < objects->count; i++) {
        const Json *object = objects->items[i];
        run_work(call->run, object->count);
        JSON_EACH_MEMBER(object, member) json_set(call->run->arena, merged, member->name, member->value);
    }
    return merged;
}

static Json *clone(Call *call)
{
    return call->arguments[0] ? value_clone(call->run, call->arguments[0]) : NULL;
}

static Json *type(Call *call)
{
    static const Str names[] = { STR_CONST("null"),  STR_CONST("boolean"), STR_CONST("number"),  STR_CONST("string"),
                                 STR_CONST("array"), STR_CONST("object"),  STR_CONST("function") };
    const Json      *value = call->arguments[0];
    return value ? value_string(call->run, names[value->type]) : NULL;
}

static Json *boolean(Call *call)
{
    return call->arguments[0] ? value_bool(value_truth(call->run, call->arguments[0])) : NULL;
}

static Json *negation(Call *call)
{
    return call->arguments[0] ? value_bool(!value_truth(call->run, call->arguments[0])) : NULL;
}

static _Noreturn void fail(Call *call, const char *code, const Json *message, Str otherwise)
{
    Str text = is_string(message) && message->text.length ? message->text : otherwise;
    run_fault(call->run, (Mistake){ .code = code, .message = text });
}

static Json *error(Call *call)
{
    fail(call, "D3137", call->arguments[0], STR("$error() function evaluated"));
}

static Json *assertion(Call *call)
{
    if (!call->arguments[0] || !value_truth(call->run, call->arguments[0]))
        fail(call, "D3141", call->arguments[1], STR("$assert() statement failed"));
    return NULL;
}

const Native natives_object[] = {
    { "keys", "<x-:a<s>>", 1, 0, keys },
    { "lookup", "<x-s:x>", 2, 0, lookup },
    { "spread", "<x-:a<o>>", 1, 0, spread },
    { "merge", "<a<o>:o>", 1, 0, merge },
    { "clone", "<(oa)-:o>", 1, 0, clone },
    { "type", "<x:s>", 1, 0, type },
    { "boolean", "<x-:b>", 1, 0, boolean },
    { "not", "<x-:b>", 1, 0, negation },
    { "error", "<s?:x>", 1, 0, error },
    { "assert", "<bs?:x>", 2, 0, assertion },
    { NULL, NULL, 0, 0, NULL },
};
