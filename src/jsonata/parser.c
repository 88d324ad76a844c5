/* parser.c -- tokens to a tree, by operator precedence.
 *
 * Every token knows how tightly it binds to what stands on its left (`binding_power`), what it is at
 * the beginning of an operand (`parse_prefix`) and behind one (`parse_infix`). The tree is as the
 * expression is written; compile.c turns it into what is evaluated. */
#include "jsonata/internal.h"

static Node *parse_expression(Compiler *c, int power);

static int binding_power(const Node *node)
{
    if (node->type != NODE_OPERATOR) return 0;
    switch (node->op) {
    case '[':
    case '(':
    case '@':
    case '#': return 80;
    case '.': return 75;
    case '{': return 70;
    case '*':
    case '/':
    case '%': return 60;
    case '+':
    case '-':
    case '&': return 50;
    case '=':
    case '<':
    case '>':
    case '^':
    case OP_NOT_EQUAL:
    case OP_AT_LEAST:
    case OP_AT_MOST:
    case OP_APPLY:
    case OP_DEFAULT:
    case OP_COALESCE:
    case OP_IN: return 40;
    case OP_AND: return 30;
    case OP_OR: return 25;
    case '?': return 20;
    case OP_BIND: return 10;
    default: return 0;
    }
}

static bool ahead(const Compiler *c, uint8_t op)
{
    return c->node->type == NODE_OPERATOR && c->node->op == op;
}

static void advance(Compiler *c, bool infix)
{
    c->node = lexer_next(c, infix);
    if (c->node->type == NODE_OPERATOR && (c->node->op == '!' || c->node->op == '~'))
        compile_fault(c, "S0204", c->node);
}

static void expect(Compiler *c, uint8_t op, bool infix)
{
    if (!ahead(c, op)) {
        const char wanted[] = { '"', (char)op, '"', 0 };
        Json      *value = json_str_copy(c->arena, str_from(wanted + 1, 1));
        fault_throw(c->catch, (Mistake){ .code = c->node->type == NODE_END ? "S0203" : "S0202",
                                         .position = c->node->position,
                                         .token = c->node->text,
                                         .value = value });
    }
    advance(c, infix);
}

static bool take(Compiler *c, uint8_t op)
{
    if (!ahead(c, op)) return false;
    advance(c, false);
    return true;
}

/* ---- what is in brackets ---- */

static Node *parse_block(Compiler *c, Node *node)
{
    node->type = NODE_BLOCK;
    while (!ahead(c, ')')) {
        LIST_PUSH(c->arena, &node->items, parse_expression(c, 0));
        if (!ahead(c, ';')) break;
        expect(c, ';', false);
    }
    expect(c, ')', true);
    return node;
}

static Node *parse_array(Compiler *c, Node *node)
{
    node->type = NODE_ARRAY;
    while (!ahead(c, ']')) {
        Node *item = parse_expression(c, 0);
        if (ahead(c, OP_RANGE)) {
            Node *range = c->node;
            expect(c, OP_RANGE, false);
            range->type = NODE_BINARY;
            range->a = item;
            range->b = parse_expression(c, 0);
            item = range;
        }
        LIST_PUSH(c->arena, &node->items, item);
        if (!ahead(c, ',')) break;
        expect(c, ',', false);
        if (ahead(c, ']')) LIST_PUSH(c->arena, &node->items, parse_expression(c, 0)); /* says that it is wrong */
    }
    expect(c, ']', true);
    return node;
}

static void parse_pairs(Compiler *c, Nodes *pairs)
{
    if (!ahead(c, '}')) {
        for (;;) {
            Node *key = parse_expression(c, 0);
            expect(c, ':', false);
            Node *value = parse_expression(c, 0);
            LIST_PUSH(c->arena, pairs, key);
            LIST_PUSH(c->arena, pairs, value);
            if (!ahead(c, ',')) break;
            expect(c, ',', false);
        }
    }
    expect(c, '}', true);
}

static Node *parse_transform(Compiler *c, Node *node)
{
    node->type = NODE_TRANSFORM;
    node->a = parse_expression(c, 0);
    expect(c, '|', false);
    node->b = parse_expression(c, 0);
    if (take(c, ',')) node->c = parse_expression(c, 0);
    expect(c, '|', true);
    return node;
}

/* ---- functions ---- */

static void parse_signature(Compiler *c, Node *node)
{
    size_t start = c->at - 1;
    int    depth = 1;
    while (depth > 0 && !ahead(c, '{') && c->node->type != NODE_END) {
        advance(c, false);
        depth += ahead(c, '<') - ahead(c, '>');
    }
    Str text = str_slice(c->text, start, c->node->position);
    expect(c, '>', false);
    node->signature = signature_parse(c->arena, c->catch, text);
}

static Node *parse_lambda(Compiler *c, Node *node)
{
    node->type = NODE_LAMBDA;
    for (uint32_t i = 0; i < node->items.count; i++) {
        const Node *parameter = node->items.items[i];
        if (parameter->type != NODE_VARIABLE)
            fault_throw(c->catch, (Mistake){ .code = "S0208",
                                             .position = parameter->position,
                                             .token = parameter->text,
                                             .index = i + 1 });
        parameter->symbol->bound = true;
    }
    if (ahead(c, '<')) parse_signature(c, node);
    expect(c, '{', false);
    node->b = parse_expression(c, 0);
    expect(c, '}', true);
    return node;
}

static Node *parse_call(Compiler *c, Node *node, Node *left)
{
    node->type = NODE_CALL;
    node->a = left;
    while (!ahead(c, ')')) {
        if (ahead(c, '?')) {
            node->type = NODE_PARTIAL;
            LIST_PUSH(c->arena, &node->items, c->node);
            expect(c, '?', false);
        } else {
            LIST_PUSH(c->arena, &node->items, parse_expression(c, 0));
        }
        if (!ahead(c, ',')) break;
        expect(c, ',', false);
        if (ahead(c, ')')) LIST_PUSH(c->arena, &node->items, parse_expression(c, 0));
    }
    expect(c, ')', true);
    bool lambda =
        left->type == NODE_NAME && (str_equal(left->text, STR("function")) || str_equal(left->text, STR("\xce\xbb")));
    return lambda ? parse_lambda(c, node) : node;
}

/* ---- behind an operand ---- */

static Node *parse_predicate(Compiler *c, Node *node, Node *left)
{
    if (ahead(c, ']')) { /* [] keeps the array of the innermost step */
        Node *step = left;
        while (step->type == NODE_BINARY && step->op == '[') step = step->a;
        step->keep_array = true;
        expect(c, ']', true);
        return left;
    }
    node->type = NODE_BINARY;
    node->a = left;
    node->b = parse_expression(c, 0);
    expect(c, ']', true);
    return node;
}

static Node *parse_order(Compiler *c, Node *node, Node *left)
{
    node->type = NODE_BINARY;
    node->a = left;
    expect(c, '(', false);
    uint32_t room = 0;
    for (;;) {
        bool descending = ahead(c, '>');
        if (descending || ahead(c, '<')) advance(c, false);
        if (node->items.count == room) {
            node->descending = arena_grow(c->arena, node->descending, room, room ? room * 2 : 4);
            room = room ? room * 2 : 4;
        }
        node->descending[node->items.count] = descending;
        LIST_PUSH(c->arena, &node->items, parse_expression(c, 0));
        if (!take(c, ',')) break;
    }
    expect(c, ')', true);
    return node;
}

static Node *parse_condition(Compiler *c, Node *node, Node *left)
{
    node->a = left;
    if (node->op != '?') {
        node->type = node->op == OP_DEFAULT ? NODE_DEFAULT : NODE_COALESCE;
        node->c = parse_expression(c, 0);
        return node;
    }
    node->type = NODE_CONDITION;
    node->b = parse_expression(c, 0);
    if (take(c, ':')) node->c = parse_expression(c, 0);
    return node;
}

static Node *parse_infix(Compiler *c, Node *node, Node *left)
{
    int power = binding_power(node);
    switch (node->op) {
    case '(': return parse_call(c, node, left);
    case '[': return parse_predicate(c, node, left);
    case '^': return parse_order(c, node, left);
    case '?':
    case OP_DEFAULT:
    case OP_COALESCE: return parse_condition(c, node, left);
    case '{': parse_pairs(c, &node->items); break;
    case OP_BIND:
        if (left->type != NODE_VARIABLE) compile_fault(c, "S0212", left);
        left->symbol->bound = true;
        node->b = parse_expression(c, power - 1);
        break;
    case '@':
    case '#':
        node->b = parse_expression(c, power);
        if (node->b->type != NODE_VARIABLE)
            fault_throw(c->catch, (Mistake){ .code = "S0214", .position = node->b->position, .token = node->text });
        node->b->symbol->bound = true;
        break;
    default: node->b = parse_expression(c, power);
    }
    node->type = NODE_BINARY;
    node->a = left;
    return node;
}

/* ---- at the beginning of an operand ---- */

static Node *parse_prefix(Compiler *c, Node *node)
{
    if (node->type != NODE_OPERATOR) return node;
    switch (node->op) {
    case '*': node->type = NODE_WILDCARD; return node;
    case OP_DESCEND: node->type = NODE_DESCENDANT; return node;
    case '%': node->type = NODE_PARENT; return node;
    case OP_AND:
    case OP_OR:
    case OP_IN: node->type = NODE_NAME; return node;
    case '-':
        node->type = NODE_NEGATE;
        node->a = parse_expression(c, 70);
        return node;
    case '(': return parse_block(c, node);
    case '[': return parse_array(c, node);
    case '{':
        node->type = NODE_OBJECT;
        parse_pairs(c, &node->items);
        return node;
    case '|': return parse_transform(c, node);
    default: compile_fault(c, "S0211", node);
    }
}

static Node *parse_expression(Compiler *c, int power)
{
    if (++c->depth > NEST_MAX) fault_throw(c->catch, (Mistake){ .code = "U1001", .position = c->at });
    Node *token = c->node;
    advance(c, true);
    Node *left = parse_prefix(c, token);
    while (power < binding_power(c->node)) {
        token = c->node;
        advance(c, false);
        left = parse_infix(c, token, left);
    }
    c->depth--;
    return left;
}

Node *parser_parse(Compiler *c)
{
    advance(c, false);
    Node *root = parse_expression(c, 0);
    if (c->node->type != NODE_END) compile_fault(c, "S0201", c->node);
    return root;
}
