/* compile.c -- the tree as written becomes the tree that is evaluated.
 *
 * Chains of `.` become paths: a list of steps, each with its filters. Calls in tail position are
 * marked. A `%` asks for the value that the step before it was evaluated on; each is given a slot that
 * goes down the path, from step to step, until it has found the step that `level` speaks of. That step
 * then leaves its input in a variable without a name, and the path carries tuples instead of values. */
#include "jsonata/internal.h"

_Noreturn void compile_fault(Compiler *c, const char *code, const Node *node)
{
    fault_throw(c->catch, (Mistake){ .code = code, .position = node->position, .token = node->text });
}

/* ---- variables ---- */

static Symbol *find_symbol(const JsonataProgram *program, Str name)
{
    for (Symbol *symbol = program->symbols; symbol; symbol = symbol->next)
        if (symbol->name.data && str_equal(symbol->name, name)) return symbol;
    return NULL;
}

static Symbol *symbol_add(Compiler *c, Str name)
{
    Symbol *symbol = NEW(c->arena, Symbol);
    symbol->name = name;
    symbol->index = c->program->symbol_count++;
    symbol->next = c->program->symbols;
    c->program->symbols = symbol;
    return symbol;
}

static Function *function_of(Compiler *c, const Native *native)
{
    Function *function = NEW(c->arena, Function);
    function->base.type = VALUE_FUNCTION;
    function->kind = FUNCTION_NATIVE;
    function->native = native;
    function->arity = native->arity;
    if (native->signature) function->signature = signature_parse(c->arena, c->catch, str_from_c(native->signature));
    return function;
}

Symbol *compile_symbol(Compiler *c, Str name)
{
    Symbol *symbol = find_symbol(c->program, name);
    if (!symbol && c->outer) symbol = find_symbol(c->outer, name);
    if (symbol) return symbol;
    symbol = symbol_add(c, name.data ? name : STR(""));
    const Native *native = native_find(name, c->program->dialect);
    if (native) symbol->function = function_of(c, native);
    if (str_equal(name, STR("eval")) && native) c->program->evals = true;
    return symbol;
}

Symbol *compile_label(Compiler *c)
{
    Symbol *symbol = symbol_add(c, STR_NONE);
    symbol->bound = true;
    return symbol;
}

/* ---- ancestors ---- */

static void seeking_add(Compiler *c, Node *node, Slot *slot)
{
    LIST_PUSH(c->arena, &node->seeking, slot);
}

static void push_ancestry(Compiler *c, Node *node, const Node *part)
{
    if (!part) return;
    for (uint32_t i = 0; i < part->seeking.count; i++) seeking_add(c, node, part->seeking.items[i]);
    if (part->type == NODE_PARENT) seeking_add(c, node, part->slot);
}

static void seek_parent(Compiler *c, Node *node, Slot *slot)
{
    switch (node->type) {
    case NODE_NAME:
    case NODE_WILDCARD:
        if (--slot->level) return;
        if (node->ancestor) slot->label = node->ancestor->label;
        node->ancestor = slot;
        node->tuple = true;
        return;
    case NODE_PARENT: slot->level++; return;
    case NODE_BLOCK:
        if (!node->items.count) return;
        node->tuple = true;
        seek_parent(c, node->items.items[node->items.count - 1], slot);
        return;
    case NODE_PATH:
        node->tuple = true;
        for (uint32_t at = node->items.count; at > 0; at--) {
            seek_parent(c, node->items.items[at - 1], slot);
            if (!slot->level) return;
        }
        return;
    default: compile_fault(c, "S0217", node);
    }
}

static void resolve_slot(Compiler *c, Node *path, Slot *slot)
{
    uint32_t at = path->items.count - 1;
    while (slot->level > 0) {
        if (at == 0) {
            seeking_add(c, path, slot);
            return;
        }
        Node *step = path->items.items[--at];
        while (at > 0 && step->focus && path->items.items[at - 1]->focus) step = path->items.items[--at];
        seek_parent(c, step, slot);
    }
}

static void resolve_ancestry(Compiler *c, Node *path)
{
    Node *last = path->items.items[path->items.count - 1];
    for (uint32_t i = 0; i < last->seeking.count; i++) resolve_slot(c, path, last->seeking.items[i]);
    if (last->type == NODE_PARENT) resolve_slot(c, path, last->slot);
}

/* ---- paths ---- */

static Node *node_new(Compiler *c, NodeType type, const Node *from)
{
    Node *node = NEW(c->arena, Node);
    node->type = (uint8_t)type;
    node->position = from->position;
    node->text = from->text;
    return node;
}

static Node *path_of(Compiler *c, Node *step)
{
    Node *path = node_new(c, NODE_PATH, step);
    LIST_PUSH(c->arena, &path->items, step);
    return path;
}

static Node *last_step(Node *node)
{
    return node->type == NODE_PATH ? node->items.items[node->items.count - 1] : node;
}

static void predicates_to_stages(Node *step)
{
    step->stages = step->predicates;
    step->predicates = (Stages){ 0 };
}

static void append_steps(Compiler *c, Node *path, Node *rest)
{
    if (rest->type == NODE_PATH) {
        for (uint32_t i = 0; i < rest->items.count; i++) LIST_PUSH(c->arena, &path->items, rest->items.items[i]);
        return;
    }
    if (rest->predicates.count) predicates_to_stages(rest);
    LIST_PUSH(c->arena, &path->items, rest);
}

static void check_steps(Compiler *c, Node *path)
{
    for (uint32_t i = 0; i < path->items.count; i++) {
        Node *step = path->items.items[i];
        if (step->type == NODE_NUMBER || step->type == NODE_VALUE)
            fault_throw(c->catch, (Mistake){ .code = "S0213", .position = step->position, .value = step->value });
        if (step->type == NODE_STRING) step->type = NODE_NAME;
        if (step->keep_array) path->keep_singleton = true;
    }
}

static Node *process_dot(Compiler *c, Node *node)
{
    Node *left = compile_process(c, node->a);
    Node *path = left->type == NODE_PATH ? left : path_of(c, left);
    if (left->type == NODE_PARENT) seeking_add(c, path, left->slot);
    append_steps(c, path, compile_process(c, node->b));
    check_steps(c, path);
    Node *first = path->items.items[0], *last = last_step(path);
    if (first->type == NODE_ARRAY) first->cons = true;
    if (last->type == NODE_ARRAY) last->cons = true;
    resolve_ancestry(c, path);
    return path;
}

static Node *process_predicate(Compiler *c, Node *node)
{
    Node *result = compile_process(c, node->a), *step = last_step(result);
    if (step->grouped) compile_fault(c, "S0209", node);
    Node *filter = compile_process(c, node->b);
    for (uint32_t i = 0; i < filter->seeking.count; i++) {
        Slot *slot = filter->seeking.items[i];
        if (slot->level == 1)
            seek_parent(c, step, slot);
        else
            slot->level--;
    }
    push_ancestry(c, step, filter);
    Stage stage = { .filter = filter };
    LIST_PUSH(c->arena, result->type == NODE_PATH ? &step->stages : &step->predicates, stage);
    return result;
}

static Node *process_group(Compiler *c, Node *node)
{
    Node *result = compile_process(c, node->a);
    if (result->grouped) compile_fault(c, "S0210", node);
    for (uint32_t i = 0; i < node->items.count; i++)
        LIST_PUSH(c->arena, &result->group, compile_process(c, node->items.items[i]));
    result->grouped = true;
    result->group_position = node->position;
    return result;
}

static Node *process_order(Compiler *c, Node *node)
{
    Node *result = compile_process(c, node->a);
    if (result->type != NODE_PATH) result = path_of(c, result);
    Node *sort = node_new(c, NODE_SORT, node);
    sort->descending = node->descending;
    for (uint32_t i = 0; i < node->items.count; i++) {
        Node *term = compile_process(c, node->items.items[i]);
        push_ancestry(c, sort, term);
        LIST_PUSH(c->arena, &sort->items, term);
    }
    LIST_PUSH(c->arena, &result->items, sort);
    resolve_ancestry(c, result);
    return result;
}

static Node *process_focus(Compiler *c, Node *node)
{
    Node *result = compile_process(c, node->a), *step = last_step(result);
    if (step->stages.count || step->predicates.count) compile_fault(c, "S0215", node);
    if (step->type == NODE_SORT) compile_fault(c, "S0216", node);
    if (node->keep_array) step->keep_array = true;
    step->focus = node->b->symbol;
    step->tuple = true;
    return result;
}

static Node *process_index(Compiler *c, Node *node)
{
    Node *result = compile_process(c, node->a), *step = last_step(result);
    if (result->type != NODE_PATH) {
        result = path_of(c, result);
        if (step->predicates.count) predicates_to_stages(step);
    }
    Stage stage = { .index = node->b->symbol };
    if (step->stages.count)
        LIST_PUSH(c->arena, &step->stages, stage);
    else
        step->index = node->b->symbol;
    step->tuple = true;
    return result;
}

/* ---- everything else ---- */

static void process_pair(Compiler *c, Node *node)
{
    if (node->a) node->a = compile_process(c, node->a);
    if (node->b) node->b = compile_process(c, node->b);
}

static Node *process_binary(Compiler *c, Node *node)
{
    switch (node->op) {
    case '.': return process_dot(c, node);
    case '[': return process_predicate(c, node);
    case '{': return process_group(c, node);
    case '^': return process_order(c, node);
    case '@': return process_focus(c, node);
    case '#': return process_index(c, node);
    case OP_BIND:
        node->type = NODE_BIND;
        node->symbol = node->a->symbol;
        node->b = compile_process(c, node->b);
        push_ancestry(c, node, node->b);
        return node;
    case OP_APPLY:
        node->type = NODE_APPLY;
        process_pair(c, node);
        node->keep_array |= node->a->keep_array || node->b->keep_array;
        return node;
    default:
        process_pair(c, node);
        push_ancestry(c, node, node->a);
        push_ancestry(c, node, node->b);
        return node;
    }
}

static void process_items(Compiler *c, Node *node)
{
    for (uint32_t i = 0; i < node->items.count; i++) {
        Node *item = node->items.items[i];
        if (item->type == NODE_OPERATOR) continue; /* the ? of a partial application */
        item = node->items.items[i] = compile_process(c, item);
        push_ancestry(c, node, item);
        if (node->type == NODE_BLOCK && (item->cons || (item->type == NODE_PATH && item->items.items[0]->cons)))
            node->cons = true;
    }
}

static void mark_tail_calls(Node *node)
{
    if (node->predicates.count || node->grouped) return;
    switch (node->type) {
    case NODE_CALL: node->tail = true; return;
    case NODE_CONDITION:
        mark_tail_calls(node->b);
        if (node->c) mark_tail_calls(node->c);
        return;
    case NODE_DEFAULT:
    case NODE_COALESCE: mark_tail_calls(node->c); return;
    case NODE_BLOCK:
        if (node->items.count) mark_tail_calls(node->items.items[node->items.count - 1]);
        return;
    default: return;
    }
}

static Node *process_negation(Compiler *c, Node *node)
{
    node->a = compile_process(c, node->a);
    if (node->a->type == NODE_NUMBER) {
        Node *number = node_new(c, NODE_NUMBER, node);
        *number = *node->a;
        number->value = json_double(c->arena, -number_of(node->a->value));
        return number;
    }
    push_ancestry(c, node, node->a);
    return node;
}

static Node *process_parts(Compiler *c, Node *node)
{
    Node **parts[] = { &node->a, &node->b, &node->c };
    for (int i = 0; i < 3; i++) {
        if (!*parts[i]) continue;
        *parts[i] = compile_process(c, *parts[i]);
        if (node->type != NODE_TRANSFORM) push_ancestry(c, node, *parts[i]);
    }
    return node;
}

static Node *process_node(Compiler *c, Node *node)
{
    switch ((NodeType)node->type) {
    case NODE_BINARY: return process_binary(c, node);
    case NODE_NEGATE: return process_negation(c, node);
    case NODE_CALL:
    case NODE_PARTIAL:
        process_items(c, node);
        node->a = compile_process(c, node->a);
        return node;
    case NODE_ARRAY:
    case NODE_OBJECT:
    case NODE_BLOCK: process_items(c, node); return node;
    case NODE_LAMBDA:
        node->b = compile_process(c, node->b);
        mark_tail_calls(node->b);
        return node;
    case NODE_CONDITION:
    case NODE_DEFAULT:
    case NODE_COALESCE:
    case NODE_TRANSFORM: return process_parts(c, node);
    case NODE_NAME: {
        Node *path = path_of(c, node);
        path->keep_singleton = node->keep_array;
        return path;
    }
    case NODE_PARENT:
        node->slot = NEW(c->arena, Slot);
        *node->slot = (Slot){ compile_label(c), 1 };
        return node;
    case NODE_VARIABLE: node->symbol->read = true; return node;
    case NODE_STRING:
    case NODE_NUMBER:
    case NODE_VALUE:
    case NODE_REGEX:
    case NODE_WILDCARD:
    case NODE_DESCENDANT: return node;
    case NODE_OPERATOR: compile_fault(c, "S0201", node);
    case NODE_END: compile_fault(c, "S0207", node);
    case NODE_BIND:
    case NODE_APPLY:
    case NODE_PATH:
    case NODE_SORT: break;
    }
    compile_fault(c, "S0206", node);
}

Node *compile_process(Compiler *c, Node *node)
{
    if (++c->depth > TREE_DEPTH_MAX) fault_throw(c->catch, (Mistake){ .code = "U1001", .position = node->position });
    Node *result = process_node(c, node);
    if (node->keep_array) result->keep_array = true;
    c->depth--;
    return result;
}

/* ---- the last look ---- */

static bool settle(Node *node);

static bool settle_all(const Nodes *nodes)
{
    bool binds = false;
    for (uint32_t i = 0; i < nodes->count; i++) binds |= settle(nodes->items[i]);
    return binds;
}

static bool settle_stages(const Stages *stages)
{
    bool binds = false;
    for (uint32_t i = 0; i < stages->count; i++)
        if (stages->items[i].filter) binds |= settle(stages->items[i].filter);
    return binds;
}

static bool is_plain(const Node *path)
{
    for (uint32_t i = 0; i < path->items.count; i++) {
        const Node *step = path->items.items[i];
        if (step->type != NODE_NAME || step->stages.count || step->tuple || step->decorated) return false;
    }
    return !path->tuple && !path->grouped;
}

/* Notes what evaluation asks each time. True when something below binds a variable. */
static bool settle(Node *node)
{
    bool binds = node->type == NODE_BIND;
    if (node->a && !binds) binds |= settle(node->a);
    if (node->b) binds |= settle(node->b);
    if (node->c) binds |= settle(node->c);
    binds |= settle_all(&node->items) | settle_all(&node->group);
    binds |= settle_stages(&node->predicates) | settle_stages(&node->stages);
    node->decorated = node->predicates.count || node->keep_array || (node->grouped && node->type != NODE_PATH);
    node->scope = binds;
    if (node->type == NODE_PATH) node->plain = is_plain(node);
    return binds;
}

JsonataProgram *compile_text(Arena *arena, Catch *catch, Str text, JsonataDialect dialect, JsonataProgram *outer)
{
    JsonataProgram *program = NEW(arena, JsonataProgram);
    program->text = text;
    program->dialect = dialect;
    if (outer) program->symbol_count = outer->symbol_count;
    Compiler compiler = { .arena = arena, .program = program, .outer = outer, .catch = catch, .text = text };
    if (text.length > UINT32_MAX / 2) fault_throw(catch, (Mistake){ .code = "U1001" });
    Node *root = parser_parse(&compiler);
    compiler.depth = 0;
    root = compile_process(&compiler, root);
    if (root->type == NODE_PARENT || root->seeking.count) compile_fault(&compiler, "S0217", root);
    settle(root);
    program->root = root;
    return program;
}

Error *jsonata_compile(Arena *arena, Str text, const JsonataOptions *options, JsonataProgram **out_program,
                       JsonataFault *out_fault)
{
    Catch catch = { .arena = arena };
    MemoryGuard guard;
    *out_program = NULL;
    *out_fault = (JsonataFault){ 0 };
    if (!MEMORY_GUARD_ENTER(&guard)) return error_memory();
    if (_setjmp(catch.jump) == 0)
        *out_program =
            compile_text(arena, &catch, str_copy(arena, text), options ? options->dialect : JSONATA_STANDARD, NULL);
    else
        *out_fault = catch.fault;
    memory_guard_leave(&guard);
    return NULL;
}

size_t jsonata_free_variables(const JsonataProgram *program, Arena *arena, Str **out_names)
{
    Str   *names = NEW_ARRAY(arena, Str, program->symbol_count + 1);
    size_t count = 0;
    for (const Symbol *symbol = program->symbols; symbol; symbol = symbol->next)
        if (symbol->read && !symbol->bound && !symbol->function && symbol->name.length &&
            !str_equal(symbol->name, STR("$")))
            names[count++] = symbol->name;
    *out_names = names;
    return count;
}
