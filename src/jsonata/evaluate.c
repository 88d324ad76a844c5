/* evaluate.c -- a tree, an input and variables make a value.
 *
 * evaluate() goes down the tree. What goes down further than `depth_max`, or takes more steps or
 * memory than it may, is a fault; a function's tail call comes back as a thunk, so that it costs no depth.
 * Variables live in frames, a list of bindings each, and most lookups never see one: a name
 * that the expression itself does not bind is a binding of the run or built in. */
#include "jsonata/internal.h"

#include <math.h>

/* ---- limits ---- */

_Noreturn void run_fault(Run *run, Mistake mistake)
{
    if (run->calling) {
        const Node *call = run->calling;
        if (!mistake.position) mistake.position = call->position;
        if (!mistake.token.data) {
            const Node *callee = call->a && call->a->type == NODE_PATH ? call->a->items.items[0] : call->a;
            mistake.token = callee ? callee->text : STR_NONE;
        }
    }
    fault_throw(run->catch, mistake);
}

_Noreturn void run_too_long(Run *run)
{
    run_fault(run,
              (Mistake){ .code = "U1001", .message = STR("Expression evaluation timeout: Check for infinite loop") });
}

_Noreturn void run_too_deep(Run *run)
{
    run_fault(run, (Mistake){ .code = "U1001" });
}

_Noreturn void run_too_large(Run *run)
{
    run_fault(run, (Mistake){ .code = "U1001", .message = STR("Expression evaluation takes too much memory") });
}

void run_need(Run *run, size_t size)
{
    if (run->arena->held >= run->held_max || size > run->held_max - run->arena->held) run_too_large(run);
}

/* ---- variables ---- */

static Json *global_lookup(const Run *run, const Symbol *symbol)
{
    if (symbol->index < run->program->symbol_count) {
        if (run->globals[symbol->index]) return run->globals[symbol->index];
    } else {
        for (size_t i = run->options->binding_count; i-- > 0;) /* a name that only $eval knows */
            if (str_equal(run->options->bindings[i].name, symbol->name)) return (Json *)run->options->bindings[i].value;
        if (str_equal(symbol->name, STR("$"))) return run->root;
    }
    return symbol->function ? &symbol->function->base : NULL;
}

Json *frame_lookup(Run *run, const Frame *frame, const Symbol *symbol)
{
    if (symbol->bound || run->program->evals)
        for (; frame; frame = frame->outer)
            for (const Binding *binding = frame->bindings; binding; binding = binding->next)
                if (binding->symbol == symbol ||
                    (run->program->evals && symbol->name.length && str_equal(binding->symbol->name, symbol->name)))
                    return binding->value;
    return global_lookup(run, symbol);
}

void frame_bind(Run *run, Frame *frame, Symbol *symbol, Json *value)
{
    Binding *binding = arena_alloc(run->arena, sizeof *binding);
    *binding = (Binding){ symbol, value, frame->bindings };
    frame->bindings = binding;
}

static Frame *frame_new(Run *run, Frame *outer)
{
    Frame *frame = arena_alloc(run->arena, sizeof *frame);
    *frame = (Frame){ .outer = outer };
    return frame;
}

/* ---- operators ---- */

static _Noreturn void operator_fault(Run *run, const Node *node, const char *code, const Json *value,
                                     const Json *value2)
{
    run_fault(
        run,
        (Mistake){ .code = code, .position = node->position, .token = node->text, .value = value, .value2 = value2 });
}

static Json *arithmetic(Run *run, const Node *node, Json *left, Json *right)
{
    if (left && !value_numeric(run, left)) operator_fault(run, node, "T2001", left, NULL);
    if (right && !value_numeric(run, right)) operator_fault(run, node, "T2002", right, NULL);
    if (!left || !right) return NULL;
    double a = number_of(left), b = number_of(right);
    switch (node->op) {
    case '+': return value_number(run, a + b);
    case '-': return value_number(run, a - b);
    case '*': return value_number(run, a * b);
    case '/': return value_number(run, a / b);
    default: return value_number(run, fmod(a, b));
    }
}

static Json *compare(Run *run, const Node *node, const Json *left, const Json *right)
{
    bool comparable = (!left || is_number(left) || is_string(left)) && (!right || is_number(right) || is_string(right));
    if (!comparable)
        operator_fault(run, node, "T2010", left && (is_number(left) || is_string(left)) ? right : left, NULL);
    if (!left || !right) return NULL;
    if (left->type != right->type) operator_fault(run, node, "T2009", left, right);
    double a = 0, b = 0;
    if (is_number(left)) {
        a = number_of(left);
        b = number_of(right);
    } else {
        a = value_compare_text(left->text, right->text);
    }
    switch (node->op) {
    case '<': return value_bool(a < b);
    case '>': return value_bool(a > b);
    case OP_AT_LEAST: return value_bool(a >= b);
    default: return value_bool(a <= b);
    }
}

static bool contained(Run *run, const Json *item, const Json *all)
{
    if (!item || !all) return false;
    uint32_t count = is_array(all) ? all->count : 1;
    run_work(run, count);
    for (uint32_t i = 0; i < count; i++) {
        const Json *other = is_array(all) ? all->items[i] : all;
        if (item == other) return true;
        if (other && item->type == other->type && item->type < JSON_ARRAY && value_equal(run, item, other)) return true;
    }
    return false;
}

static Json *concatenate(Run *run, const Json *left, const Json *right)
{
    Str  a = left ? text_of(run, left) : STR_NONE, b = right ? text_of(run, right) : STR_NONE;
    Text text;
    text_init(&text, run, a.length + b.length);
    text_add(&text, a);
    text_add(&text, b);
    return text_value(&text);
}

static bool is_whole(const Json *value)
{
    return is_number(value) && floor(number_of(value)) == number_of(value) && isfinite(number_of(value));
}

static Json *range(Run *run, const Node *node, Json *left, Json *right)
{
    if (left && !is_whole(left)) operator_fault(run, node, "T2003", left, NULL);
    if (right && !is_whole(right)) operator_fault(run, node, "T2004", right, NULL);
    if (!left || !right) return NULL;
    double from = number_of(left), to = number_of(right), count = to - from + 1;
    if (from > to) return NULL;
    if (count > 1e7) operator_fault(run, node, "D2014", value_number(run, count), NULL);
    run_work(run, (uint64_t)count);
    run_need(run, (size_t)count * (sizeof(Json) + sizeof(Json *)));
    Json *all = value_sequence(run, (uint32_t)count);
    Json *numbers = run_alloc(run, (size_t)count * sizeof(Json));
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        numbers[i] = (Json){ .type = JSON_NUMBER, .number = from + i };
        all->items[i] = &numbers[i];
    }
    all->count = (uint32_t)count;
    return all;
}

Json *evaluate_binary(Run *run, const Node *node, Json *input, Frame *frame)
{
    Json *left = evaluate(run, node->a, input, frame);
    if (node->op == OP_AND && !value_truth(run, left)) return &value_false;
    if (node->op == OP_OR && value_truth(run, left)) return &value_true;
    Json *right = evaluate(run, node->b, input, frame);
    switch (node->op) {
    case OP_AND:
    case OP_OR: return value_bool(value_truth(run, right));
    case '=': return value_bool(left && right && value_equal(run, left, right));
    case OP_NOT_EQUAL: return value_bool(left && right && !value_equal(run, left, right));
    case '<':
    case '>':
    case OP_AT_LEAST:
    case OP_AT_MOST: return compare(run, node, left, right);
    case '&': return concatenate(run, left, right);
    case OP_IN: return value_bool(contained(run, left, right));
    case OP_RANGE: return range(run, node, left, right);
    default: return arithmetic(run, node, left, right);
    }
}

/* ---- the smaller constructs ---- */

static Json *negate(Run *run, const Node *node, Json *input, Frame *frame)
{
    Json *value = evaluate(run, node->a, input, frame);
    if (!value) return NULL;
    if (!value_numeric(run, value)) operator_fault(run, node, "D1002", value, NULL);
    return value_number(run, -number_of(value));
}

static Json *construct_array(Run *run, const Node *node, Json *input, Frame *frame)
{
    Json *array = value_array(run, node->items.count);
    for (uint32_t i = 0; i < node->items.count; i++) {
        const Node *item = node->items.items[i];
        Json       *value = evaluate(run, item, input, frame);
        if (!value) continue;
        if (is_array(value) && item->type != NODE_ARRAY) {
            run_work(run, value->count / 8);
            value_push_all(run, array, value);
        } else {
            value_push(run, array, value);
        }
    }
    if (node->cons) array->flags |= FLAG_CONS;
    return array;
}

static Json *block(Run *run, const Node *node, Json *input, Frame *frame)
{
    Json  *value = NULL;
    Frame *inner = node->scope || run->program->evals ? frame_new(run, frame) : frame;
    for (uint32_t i = 0; i < node->items.count; i++) value = evaluate(run, node->items.items[i], input, inner);
    return value;
}

static Json *condition(Run *run, const Node *node, Json *input, Frame *frame)
{
    Json *value = evaluate(run, node->a, input, frame);
    switch (node->type) {
    case NODE_DEFAULT:
        if (value_truth(run, value)) return value;
        break;
    case NODE_COALESCE:
        if (value) return value;
        break;
    default:
        if (value_truth(run, value)) return evaluate(run, node->b, input, frame);
    }
    return node->c ? evaluate(run, node->c, input, frame) : NULL;
}

static Json *variable(Run *run, const Node *node, Json *input, Frame *frame)
{
    if (node->text.length) return frame_lookup(run, frame, node->symbol);
    return input && input->type == JSON_ARRAY && input->flags & FLAG_WRAPPER ? input->items[0] : input;
}

static Function *function_new(Run *run, FunctionKind kind, const Node *node, Json *input, Frame *frame)
{
    Function *function = arena_alloc_zero(run->arena, sizeof *function);
    function->base.type = VALUE_FUNCTION;
    function->kind = (uint8_t)kind;
    function->node = node;
    function->input = input;
    function->frame = frame;
    return function;
}

static Json *closure(Run *run, const Node *node, Json *input, Frame *frame)
{
    Function *function = function_new(run, FUNCTION_LAMBDA, node, input, frame);
    function->arity = node->items.count;
    function->signature = node->signature;
    return &function->base;
}

static Json *transform(Run *run, const Node *node, Json *input, Frame *frame)
{
    Function *function = function_new(run, FUNCTION_TRANSFORM, node, input, frame);
    function->arity = 1;
    return &function->base;
}

static Json *regex(Run *run, const Node *node)
{
    Function *function = function_new(run, FUNCTION_REGEX, node, NULL, NULL);
    function->arity = 2;
    function->regex = node->regex;
    return &function->base;
}

static Json *bind(Run *run, const Node *node, Json *input, Frame *frame)
{
    Json *value = evaluate(run, node->b, input, frame);
    frame_bind(run, frame, node->symbol, value);
    return value;
}

/* ---- calls ---- */

static Json *thunk(Run *run, const Node *node, Json *input, Frame *frame)
{
    Thunk *later = arena_alloc(run->arena, sizeof *later);
    *later = (Thunk){ .base = { .type = VALUE_THUNK }, .call = node, .input = input, .frame = frame };
    return &later->base;
}

static Json *call_lambda(Run *run, const Function *lambda, Json **arguments, uint32_t count)
{
    const Node *node = lambda->node;
    Frame      *frame = frame_new(run, lambda->frame);
    for (uint32_t i = 0; i < node->items.count; i++)
        frame_bind(run, frame, node->items.items[i]->symbol, i < count ? arguments[i] : NULL);
    return evaluate(run, node->b, lambda->input, frame);
}

static Json *apply_once(Run *run, Json *value, Json **arguments, uint32_t count, Json *input, Frame *frame,
                        bool checked);

static Json *call_partial(Run *run, const Function *partial, Json **arguments, uint32_t count, Json *input,
                          Frame *frame)
{
    Json    *room[CALL_ROOM * 2] = { NULL };
    uint32_t used = 0, total = partial->argument_count;
    Json   **all =
        total + CALL_ROOM <= CALL_ROOM * 2 ? room : arena_alloc_zero(run->arena, (total + CALL_ROOM) * sizeof *all);
    for (uint32_t i = 0; i < total; i++) {
        if (!partial->open[i])
            all[i] = partial->arguments[i];
        else if (used < count)
            all[i] = arguments[used++];
    }
    return apply_once(run, &partial->first->base, all, total, input, frame, false);
}

static Json *call_chain(Run *run, const Function *chain, Json **arguments, uint32_t count, Json *input, Frame *frame)
{
    Json *room[CALL_ROOM] = { count ? arguments[0] : NULL };
    Json *between[CALL_ROOM] = { function_apply(run, &chain->first->base, room, 1, input, frame) };
    return function_apply(run, &chain->second->base, between, 1, input, frame);
}

static Json *call_regex(Run *run, const Function *function, Json **arguments, uint32_t count)
{
    if (function->kind == FUNCTION_NEXT) return regex_match(run, function, function->subject, function->offset);
    if (!count || !is_string(arguments[0])) return NULL;
    double from = count > 1 && is_number(arguments[1]) ? number_of(arguments[1]) : 0;
    Str    subject = arguments[0]->text;
    return regex_match(run, function, subject, text_units_offset(subject, from > 0 && from < 4e9 ? (size_t)from : 0));
}

static Json *apply_once(Run *run, Json *value, Json **arguments, uint32_t count, Json *input, Frame *frame,
                        bool checked)
{
    if (!is_function(value)) run_fault(run, (Mistake){ .code = "T1006", .value = value });
    const Function *function = (const Function *)value;
    if (checked && function->signature) signature_check(run, function->signature, &arguments, &count, input);
    Json *result = NULL;
    if (++run->depth > run->depth_max + 1) run_too_deep(run);
    run->depth -= function->kind == FUNCTION_LAMBDA || function->kind == FUNCTION_NATIVE; /* their bodies count */
    uint32_t depth = run->depth;
    switch ((FunctionKind)function->kind) {
    case FUNCTION_NATIVE: {
        Call call = { .run = run, .arguments = arguments, .count = count, .input = input, .frame = frame };
        run_work(run, 1);
        result = function->native->run(&call);
        break;
    }
    case FUNCTION_LAMBDA: return call_lambda(run, function, arguments, count);
    case FUNCTION_PARTIAL: result = call_partial(run, function, arguments, count, input, frame); break;
    case FUNCTION_CHAIN: result = call_chain(run, function, arguments, count, input, frame); break;
    case FUNCTION_REGEX:
    case FUNCTION_NEXT: result = call_regex(run, function, arguments, count); break;
    case FUNCTION_TRANSFORM:
        if (count && arguments[0]) {
            if (arguments[0]->type != JSON_OBJECT && arguments[0]->type != JSON_ARRAY)
                run_fault(run, (Mistake){ .code = "T0410", .value = arguments[0], .index = 1 });
            result = evaluate_transform(run, function, arguments[0]);
        }
        break;
    }
    run->depth = depth - !(function->kind == FUNCTION_NATIVE);
    return result;
}

static uint32_t evaluate_arguments(Run *run, const Node *call, Json *input, Frame *frame, bool applied, Json *context,
                                   Json **arguments)
{
    uint32_t count = 0;
    if (applied) arguments[count++] = context;
    for (uint32_t i = 0; i < call->items.count; i++)
        arguments[count++] = evaluate(run, call->items.items[i], input, frame);
    for (uint32_t i = 0; i < CALL_ROOM; i++) arguments[count + i] = NULL;
    return count;
}

static Json **arguments_new(Run *run, const Node *call, Json **room, uint32_t size)
{
    uint32_t need = call->items.count + 1 + CALL_ROOM;
    return need <= size ? room : arena_alloc(run->arena, need * sizeof(Json *));
}

Json *function_apply(Run *run, Json *function, Json **arguments, uint32_t count, Json *input, Frame *frame)
{
    const Node *calling = run->calling;
    if (++run->calls > run->depth_max) run_too_deep(run);
    Json *result = apply_once(run, function, arguments, count, input, frame, true);
    while (result && result->type == VALUE_THUNK) {
        const Thunk *later = (const Thunk *)result;
        const Node  *call = later->call;
        Json        *room[CALL_ROOM + 4], **next = arguments_new(run, call, room, CALL_ROOM + 4);
        Json        *callee = evaluate(run, call->a, later->input, later->frame);
        uint32_t     next_count = evaluate_arguments(run, call, later->input, later->frame, false, NULL, next);
        run->calling = call;
        run_work(run, 1);
        result = apply_once(run, callee, next, next_count, later->input, later->frame, true);
    }
    run->calling = calling;
    run->calls--;
    return result;
}

Json *function_invoke(Call *call, Json *function, Json *a, Json *b, Json *c)
{
    Json    *arguments[CALL_ROOM + 3] = { a, b, c };
    uint32_t arity = is_function(function) ? ((Function *)function)->arity : 1;
    uint32_t count = arity < 1 ? 1 : arity > 3 ? 3 : arity;
    for (uint32_t i = count; i < 3; i++) arguments[i] = NULL;
    run_work(call->run, 1);
    return function_apply(call->run, function, arguments, count, NULL, call->frame);
}

/* The name of a path of one name, which may be a variable that lost its $. */
static void check_callee(Run *run, const Node *node, const Json *callee, const char *code)
{
    if (callee || node->a->type != NODE_PATH) return;
    const Node *first = node->a->items.items[0];
    if (first->type == NODE_NAME && native_find(first->text, run->program->dialect))
        run_fault(run, (Mistake){ .code = code, .position = node->position, .token = first->text });
}

Json *evaluate_call(Run *run, const Node *node, Json *input, Frame *frame, bool applied, Json *context)
{
    Json *room[CALL_ROOM + 4], **arguments = arguments_new(run, node, room, CALL_ROOM + 4);
    Json *callee = evaluate(run, node->a, input, frame);
    check_callee(run, node, callee, "T1005");
    uint32_t    count = evaluate_arguments(run, node, input, frame, applied, context, arguments);
    const Node *calling = run->calling;
    run->calling = node;
    Json *result = function_apply(run, callee, arguments, count, input, frame);
    run->calling = calling;
    return result;
}

Json *evaluate_partial(Run *run, const Node *node, Json *input, Frame *frame)
{
    uint32_t  count = node->items.count;
    Function *partial = function_new(run, FUNCTION_PARTIAL, node, NULL, NULL);
    partial->arguments = arena_alloc_zero(run->arena, (count + 1) * sizeof(Json *));
    partial->open = arena_alloc_zero(run->arena, count + 1);
    partial->argument_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const Node *argument = node->items.items[i];
        partial->open[i] = argument->type == NODE_OPERATOR;
        partial->arity += partial->open[i];
        if (!partial->open[i]) partial->arguments[i] = evaluate(run, argument, input, frame);
    }
    Json *callee = evaluate(run, node->a, input, frame);
    check_callee(run, node, callee, "T1007");
    if (!is_function(callee))
        run_fault(run,
                  (Mistake){ .code = "T1008", .position = node->position, .value = callee, .token = node->a->text });
    partial->first = (Function *)callee;
    return &partial->base;
}

Json *evaluate_apply(Run *run, const Node *node, Json *input, Frame *frame)
{
    Json *left = evaluate(run, node->a, input, frame);
    if (node->b->type == NODE_CALL && !node->b->predicates.count && !node->b->grouped)
        return evaluate_call(run, node->b, input, frame, true, left);
    Json *right = evaluate(run, node->b, input, frame);
    if (!is_function(right)) operator_fault(run, node, "T2006", right, NULL);
    if (is_function(left)) {
        Function *chain = function_new(run, FUNCTION_CHAIN, node, NULL, NULL);
        chain->first = (Function *)left;
        chain->second = (Function *)right;
        chain->arity = 1;
        return &chain->base;
    }
    Json *arguments[CALL_ROOM + 1] = { left };
    return function_apply(run, right, arguments, 1, NULL, frame);
}

/* ---- the whole ---- */

static Json *evaluate_plainly(Run *run, const Node *node, Json *input, Frame *frame)
{
    switch ((NodeType)node->type) {
    case NODE_PATH: return evaluate_path(run, node, input, frame);
    case NODE_BINARY: return evaluate_binary(run, node, input, frame);
    case NODE_NEGATE: return negate(run, node, input, frame);
    case NODE_ARRAY: return construct_array(run, node, input, frame);
    case NODE_OBJECT: return evaluate_group(run, &node->items, node->position, input, frame);
    case NODE_NAME: return evaluate_lookup(run, input, node->text);
    case NODE_STRING:
    case NODE_NUMBER:
    case NODE_VALUE: return node->value;
    case NODE_WILDCARD: return evaluate_wildcard(run, input);
    case NODE_DESCENDANT: return evaluate_descendants(run, input);
    case NODE_PARENT: return frame_lookup(run, frame, node->slot->label);
    case NODE_CONDITION:
    case NODE_DEFAULT:
    case NODE_COALESCE: return condition(run, node, input, frame);
    case NODE_BLOCK: return block(run, node, input, frame);
    case NODE_BIND: return bind(run, node, input, frame);
    case NODE_REGEX: return regex(run, node);
    case NODE_CALL:
        return node->tail ? thunk(run, node, input, frame) : evaluate_call(run, node, input, frame, false, NULL);
    case NODE_VARIABLE: return variable(run, node, input, frame);
    case NODE_LAMBDA: return closure(run, node, input, frame);
    case NODE_PARTIAL: return evaluate_partial(run, node, input, frame);
    case NODE_APPLY: return evaluate_apply(run, node, input, frame);
    case NODE_TRANSFORM: return transform(run, node, input, frame);
    case NODE_SORT:
    case NODE_OPERATOR:
    case NODE_END: break;
    }
    return NULL;
}

static Json *decorate(Run *run, const Node *node, Json *value, Json *input, Frame *frame)
{
    (void)input;
    for (uint32_t i = 0; i < node->predicates.count; i++)
        value = evaluate_filter(run, node->predicates.items[i].filter, value, frame);
    if (node->grouped && node->type != NODE_PATH)
        value = evaluate_group(run, &node->group, node->group_position, value, frame);
    if (node->keep_array && is_sequence(value) && !(value->flags & FLAG_TUPLES)) value->flags |= FLAG_KEEP;
    return value;
}

Json *evaluate(Run *run, const Node *node, Json *input, Frame *frame)
{
    if (node->type >= NODE_STRING && node->type <= NODE_VALUE && !node->decorated) return node->value;
    if (++run->depth > run->depth_max) run_too_deep(run);
    run_work(run, 1);
    Json *value = evaluate_plainly(run, node, input, frame);
    if (node->decorated) value = decorate(run, node, value, input, frame);
    run->depth--;
    return sequence_result(value);
}

static void run_init(Run *run, Arena *arena, const JsonataProgram *program, Json *input, Catch *catch)
{
    const JsonataLimits *limits = &run->options->limits;
    run->arena = arena;
    run->program = program;
    run->catch = catch;
    run->steps_max = limits->steps_max ? limits->steps_max : JSONATA_STEPS_MAX;
    run->depth_max = limits->depth_max ? limits->depth_max : JSONATA_DEPTH_MAX;
    run->held_max = arena->held + (limits->memory_max ? limits->memory_max : JSONATA_MEMORY_MAX);
    run->chance = run->options->seed;
    run->globals = NEW_ARRAY(arena, Json *, program->symbol_count + 1);
    run->root = input;
    if (is_array(input)) {
        run->root = value_sequence_of(run, input);
        run->root->flags |= FLAG_WRAPPER;
    }
    for (const Symbol *symbol = program->symbols; symbol; symbol = symbol->next) {
        if (str_equal(symbol->name, STR("$"))) run->globals[symbol->index] = run->root;
        for (size_t i = 0; symbol->name.length && i < run->options->binding_count; i++)
            if (str_equal(symbol->name, run->options->bindings[i].name))
                run->globals[symbol->index] = (Json *)run->options->bindings[i].value;
    }
}

Error *jsonata_evaluate(Arena *arena, const JsonataProgram *program, const Json *input, const JsonataRun *options,
                        Json **out_value, JsonataFault *out_fault)
{
    static const JsonataRun defaults;
    Catch catch = { .arena = arena };
    MemoryGuard guard;
    Run         run = { .options = options ? options : &defaults };
    *out_value = NULL;
    *out_fault = (JsonataFault){ 0 };
    if (!MEMORY_GUARD_ENTER(&guard)) return error_memory();
    if (_setjmp(catch.jump) == 0) {
        run_init(&run, arena, program, (Json *)input, &catch);
        Frame top = { .outer = NULL };
        Json *value = evaluate(&run, program->root, run.root, &top);
        while (value && value->type == VALUE_THUNK) value = NULL;
        if (is_function(value)) out_fault->token = STR("function");
        *out_value = value_result(&run, value);
    } else {
        *out_fault = catch.fault;
    }
    memory_guard_leave(&guard);
    return NULL;
}
