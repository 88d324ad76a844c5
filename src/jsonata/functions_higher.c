/* functions_higher.c -- functions that take functions, and $eval. */
#include "jsonata/internal.h"

static Json *index_value(Call *call, const Json *function, uint32_t at)
{
    return ((const Function *)function)->arity >= 2 ? value_number(call->run, at) : NULL;
}

static Json *map(Call *call)
{
    Json *array = call->arguments[0], *function = call->arguments[1];
    if (!array) return NULL;
    Json *all = value_sequence(call->run, array->count);
    for (uint32_t i = 0; i < array->count; i++) {
        Json *value = function_invoke(call, function, array->items[i], index_value(call, function, i), array);
        if (value) value_push(call->run, all, value);
    }
    return all;
}

static Json *filter(Call *call)
{
    Json *array = call->arguments[0], *function = call->arguments[1];
    if (!array) return NULL;
    Json *all = value_sequence(call->run, 0);
    for (uint32_t i = 0; i < array->count; i++) {
        const Json *chosen = function_invoke(call, function, array->items[i], index_value(call, function, i), array);
        if (value_truth(call->run, chosen)) value_push(call->run, all, array->items[i]);
    }
    return all;
}

static Json *single(Call *call)
{
    Json *array = call->arguments[0], *function = call->arguments[1], *found = NULL;
    bool  any = false;
    if (!array) return NULL;
    for (uint32_t i = 0; i < array->count; i++) {
        Json *item = array->items[i];
        if (function &&
            !value_truth(call->run, function_invoke(call, function, item, index_value(call, function, i), array)))
            continue;
        if (any) call_fault(call, "D3138", NULL, i);
        found = item;
        any = true;
    }
    if (!any) call_fault(call, "D3139", NULL, 0);
    return found;
}

static Json *reduce(Call *call)
{
    Json    *array = call->arguments[0], *function = call->arguments[1], *value = call->arguments[2];
    uint32_t at = 0;
    if (!array) return NULL;
    uint32_t arity = ((Function *)function)->arity;
    if (arity < 2) call_fault(call, "D3050", function, 1);
    if (!value && array->count) value = array->items[at++];
    for (; at < array->count; at++) {
        Json *arguments[CALL_ROOM + 4] = { value, array->items[at] };
        if (arity >= 3) arguments[2] = value_number(call->run, at);
        if (arity >= 4) arguments[3] = array;
        run_work(call->run, 1);
        value = function_apply(call->run, function, arguments, arity > 4 ? 4 : arity, NULL, call->frame);
    }
    return value;
}

static Json *each(Call *call)
{
    Json *object = call->arguments[0], *function = call->arguments[1];
    if (!object) return NULL;
    Json *all = value_sequence(call->run, 0);
    JSON_EACH_MEMBER(object, member) {
        if (!value_current(object, member)) continue;
        Json *value = function_invoke(call, function, member->value, value_string(call->run, member->name), object);
        if (value) value_push(call->run, all, value);
    }
    return all;
}

static Json *sift(Call *call)
{
    Json *object = call->arguments[0], *function = call->arguments[1];
    if (!is_object(object)) return NULL;
    Json *chosen = value_object(call->run);
    JSON_EACH_MEMBER(object, member) {
        if (!value_current(object, member)) continue;
        const Json *truth =
            function_invoke(call, function, member->value, value_string(call->run, member->name), object);
        if (value_truth(call->run, truth)) json_add(call->run->arena, chosen, member->name, member->value);
    }
    return chosen->count ? chosen : NULL;
}

/* ---- $eval ---- */

typedef struct Evaluation { /* what a fault inside must find again */
    Catch catch;
    Catch      *outer;
    const Node *calling;
    uint32_t    depth, calls;
    bool        compiled;
} Evaluation;

static _Noreturn void eval_fault(Call *call, Evaluation *eval)
{
    Run *run = call->run;
    run->catch = eval->outer;
    run->calling = eval->calling;
    run->depth = eval->depth;
    run->calls = eval->calls;
    if (str_equal(eval->catch.fault.code, STR("U1001"))) { /* limits are those of the whole */
        eval->outer->fault = eval->catch.fault;
        _longjmp(eval->outer->jump, 1);
    }
    call_fault(call, eval->compiled ? "D3121" : "D3120", value_string(run, eval->catch.fault.message), 1);
}

static Json *eval_input(Call *call)
{
    Json *input = call->arguments[1] ? call->arguments[1] : call->input;
    if (!is_array(input) || is_sequence(input)) return input;
    Json *wrapper = value_sequence_of(call->run, input);
    wrapper->flags |= FLAG_WRAPPER;
    return wrapper;
}

static Json *eval(Call *call)
{
    Run *run = call->run;
    if (!call->arguments[0]) return NULL;
    Evaluation *eval = NEW(run->arena, Evaluation);
    *eval = (Evaluation){ .catch = { .arena = run->arena },
                          .outer = run->catch,
                          .calling = run->calling,
                          .depth = run->depth,
                          .calls = run->calls };
    if (++run->depth > run->depth_max) run_too_deep(run);
    if (_setjmp(eval->catch.jump) != 0) eval_fault(call, eval);
    JsonataProgram *program = compile_text(run->arena, &eval->catch, call->arguments[0]->text, run->program->dialect,
                                           (JsonataProgram *)run->program);
    eval->compiled = true;
    run->catch = &eval->catch;
    run->calling = NULL;
    Json *value = evaluate(run, program->root, eval_input(call), call->frame);
    run->catch = eval->outer;
    run->calling = eval->calling;
    run->depth = eval->depth;
    return value;
}

enum { NOT_STATES = 1 << JSONATA_STANDARD | 1 << JSONATA_2_0_6 };

const Native natives_higher[] = {
    { "map", "<af>", 2, 0, map },
    { "filter", "<af>", 2, 0, filter },
    { "single", "<af?>", 2, 0, single },
    { "reduce", "<afj?:j>", 3, 0, reduce },
    { "each", "<o-f:a>", 2, 0, each },
    { "sift", "<o-f?:o>", 2, 0, sift },
    { "eval", "<sx?:x>", 2, NOT_STATES, eval },
    { NULL, NULL, 0, 0, NULL },
};
