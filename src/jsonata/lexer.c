/* lexer.c -- the tokens of an expression.
 *
 * A slash begins a regular expression where an operand may stand and is an operator elsewhere; only the
 * parser knows which, so it says so with each token it asks for. A token's position is its end, as the
 * reference implementation counts. */
#include "jsonata/internal.h"

#include <math.h>

#include "base/text.h"

static const char operators[] = ".[]{}(),@#;:?+-*/%|=<>^&!~";
static const char blanks[] = " \t\n\r\v";

static bool is_operator(char byte)
{
    return byte && strchr(operators, byte);
}

static bool is_blank(char byte)
{
    return byte && strchr(blanks, byte);
}

static char peek(const Compiler *c, size_t ahead)
{
    return c->at + ahead < c->text.length ? c->text.data[c->at + ahead] : 0;
}

static _Noreturn void fail(Compiler *c, const char *code, Str token)
{
    fault_throw(c->catch, (Mistake){ .code = code, .position = c->at, .token = token });
}

static Node *token_new(Compiler *c, NodeType type, size_t start)
{
    Node *node = NEW(c->arena, Node);
    node->type = (uint8_t)type;
    node->position = (uint32_t)c->at;
    node->text = str_slice(c->text, start, c->at);
    return node;
}

static void skip_blanks(Compiler *c)
{
    for (;;) {
        while (c->at < c->text.length && is_blank(c->text.data[c->at])) c->at++;
        if (peek(c, 0) != '/' || peek(c, 1) != '*') return;
        size_t start = c->at, length;
        c->at += 2;
        if (!str_find(str_slice(c->text, c->at, c->text.length), STR("*/"), &length)) {
            c->at = c->text.length;
            fault_throw(c->catch, (Mistake){ .code = "S0106", .position = start });
        }
        c->at += length + 2;
    }
}

/* ---- regular expressions ---- */

static Node *scan_regex(Compiler *c)
{
    size_t start = ++c->at;
    int    depth = 0;
    for (; c->at < c->text.length; c->at++) {
        char byte = c->text.data[c->at];
        if (byte == '\\') {
            c->at++;
        } else if (byte == '/' && depth == 0) {
            break;
        } else if (strchr("([{", byte)) {
            depth++;
        } else if (strchr(")]}", byte)) {
            depth--;
        }
    }
    if (c->at >= c->text.length) {
        c->at = c->text.length;
        fail(c, "S0302", STR_NONE);
    }
    Str pattern = str_slice(c->text, start, c->at++);
    if (!pattern.length) fail(c, "S0301", STR_NONE);
    bool nocase = false, multiline = false;
    for (; peek(c, 0) == 'i' || peek(c, 0) == 'm'; c->at++) {
        nocase |= peek(c, 0) == 'i';
        multiline |= peek(c, 0) == 'm';
    }
    Node *node = token_new(c, NODE_REGEX, start - 1);
    node->regex = regex_compile(c->arena, c->catch, pattern, nocase, multiline, c->at);
    return node;
}

/* ---- strings ---- */

static bool take_hex(Compiler *c, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        char byte = peek(c, (size_t)i);
        int  digit = byte >= '0' && byte <= '9'                 ? byte - '0'
                     : (byte | 32) >= 'a' && (byte | 32) <= 'f' ? (byte | 32) - 'a' + 10
                                                                : -1;
        if (digit < 0) return false;
        *out = *out * 16 + (uint32_t)digit;
    }
    c->at += 4;
    return true;
}

static size_t take_unicode(Compiler *c, char *out)
{
    uint32_t code, low;
    c->at++;
    if (!take_hex(c, &code)) fail(c, "S0104", STR_NONE);
    if (code >= 0xd800 && code < 0xdc00 && peek(c, 0) == '\\' && peek(c, 1) == 'u') {
        size_t back = c->at;
        c->at += 2;
        if (take_hex(c, &low) && low >= 0xdc00 && low < 0xe000)
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        else
            c->at = back;
    }
    return text_utf8_encode(code, out);
}

static size_t take_escape(Compiler *c, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char              byte = peek(c, 0);
    if (byte == 'u') return take_unicode(c, out);
    const char *found = byte ? strchr(from, byte) : NULL;
    if (!found) {
        size_t at = c->at++;
        fault_throw(c->catch, (Mistake){ .code = "S0103", .position = at, .token = str_slice(c->text, at, at + 1) });
    }
    c->at++;
    *out = to[found - from];
    return 1;
}

static Node *scan_string(Compiler *c)
{
    size_t start = c->at, length = 0;
    char   quote = c->text.data[c->at++];
    char  *text = arena_alloc_bytes(c->arena, c->text.length - c->at + 4);
    while (c->at < c->text.length) {
        char byte = c->text.data[c->at++];
        if (byte == quote) {
            Node *node = token_new(c, NODE_STRING, start);
            node->text = str_from(text, length);
            node->value = json_str(c->arena, node->text);
            return node;
        }
        if (byte == '\\')
            length += take_escape(c, text + length);
        else
            text[length++] = byte;
    }
    fail(c, "S0101", STR_NONE);
}

/* ---- the rest ---- */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static Node *scan_number(Compiler *c)
{
    size_t start = c->at;
    double number;
    if (peek(c, 0) == '0')
        c->at++;
    else
        while (is_digit(peek(c, 0))) c->at++;
    if (peek(c, 0) == '.' && is_digit(peek(c, 1)))
        for (c->at++; is_digit(peek(c, 0));) c->at++;
    if ((peek(c, 0) | 32) == 'e') {
        size_t sign = peek(c, 1) == '+' || peek(c, 1) == '-' ? 2 : 1;
        if (is_digit(peek(c, sign)))
            for (c->at += sign; is_digit(peek(c, 0));) c->at++;
    }
    Node *node = token_new(c, NODE_NUMBER, start);
    if (!json_number_parse(node->text, &number) || !isfinite(number)) fail(c, "S0102", node->text);
    node->value = json_double(c->arena, number);
    return node;
}

static Node *scan_quoted_name(Compiler *c)
{
    size_t start = ++c->at, length;
    if (!str_find_byte(str_slice(c->text, start, c->text.length), '`', &length)) {
        c->at = c->text.length;
        fail(c, "S0105", STR_NONE);
    }
    c->at = start + length + 1;
    Node *node = token_new(c, NODE_NAME, start);
    node->text = str_from(c->text.data + start, length);
    return node;
}

static Node *operator_new(Compiler *c, uint8_t op, size_t size)
{
    size_t start = c->at;
    c->at += size;
    Node *node = token_new(c, NODE_OPERATOR, start);
    node->op = op;
    return node;
}

static Node *scan_operator(Compiler *c)
{
    static const struct {
        char    text[3];
        uint8_t op;
        bool    newest;
    } doubles[] = {
        { "..", OP_RANGE, false },    { ":=", OP_BIND, false },    { "!=", OP_NOT_EQUAL, false },
        { ">=", OP_AT_LEAST, false }, { "<=", OP_AT_MOST, false }, { "**", OP_DESCEND, false },
        { "~>", OP_APPLY, false },    { "?:", OP_DEFAULT, true },  { "??", OP_COALESCE, true },
    };
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++)
        if (peek(c, 0) == doubles[i].text[0] && peek(c, 1) == doubles[i].text[1] &&
            (!doubles[i].newest || c->program->dialect == JSONATA_STANDARD))
            return operator_new(c, doubles[i].op, 2);
    return operator_new(c, (uint8_t)peek(c, 0), 1);
}

static Node *scan_name(Compiler *c)
{
    size_t start = c->at;
    while (c->at < c->text.length && !is_blank(c->text.data[c->at]) && !is_operator(c->text.data[c->at])) c->at++;
    Str name = str_slice(c->text, start, c->at);
    if (name.data[0] == '$') {
        Node *node = token_new(c, NODE_VARIABLE, start + 1);
        node->symbol = compile_symbol(c, node->text);
        return node;
    }
    static const struct {
        Str     name;
        uint8_t type, op;
        Json   *value;
    } words[] = {
        { STR_CONST("or"), NODE_OPERATOR, OP_OR, NULL },     { STR_CONST("and"), NODE_OPERATOR, OP_AND, NULL },
        { STR_CONST("in"), NODE_OPERATOR, OP_IN, NULL },     { STR_CONST("true"), NODE_VALUE, 0, &value_true },
        { STR_CONST("false"), NODE_VALUE, 0, &value_false }, { STR_CONST("null"), NODE_VALUE, 0, &value_null },
    };
    Node *node = token_new(c, NODE_NAME, start);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!str_equal(name, words[i].name)) continue;
        node->type = words[i].type;
        node->op = words[i].op;
        node->value = words[i].value;
    }
    return node;
}

Node *lexer_next(Compiler *c, bool infix)
{
    skip_blanks(c);
    if (c->at >= c->text.length) return token_new(c, NODE_END, c->at);
    char byte = c->text.data[c->at];
    if (byte == '/' && !infix) return scan_regex(c);
    if (is_operator(byte)) return scan_operator(c);
    if (byte == '"' || byte == '\'') return scan_string(c);
    if (byte == '`') return scan_quoted_name(c);
    if (is_digit(byte)) return scan_number(c);
    return scan_name(c);
}
