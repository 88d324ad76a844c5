/* intrinsic_parse.c -- the text of a call to terms.
 *
 *     call     = "States." name "(" [ argument { "," argument } ] ")"
 *     argument = call | path | number | "true" | "false" | "null" | "'" text "'"
 *
 * Blanks may stand around arguments, but not before "(". In a text a backslash stands before ' { } or \ and before
 * nothing else. A path ends at a comma, a blank or a parenthesis that is none of its own: those in its brackets and
 * between its quotes are. */
#include "asl/intrinsic_call.h"

typedef struct Parser {
    Arena *arena;
    Str    text;
    size_t at;
    int    depth;
} Parser;

static char peek(const Parser *parser)
{
    return parser->at < parser->text.length ? parser->text.data[parser->at] : '\0';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_of_name(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(byte) || byte == '.' || byte == '_';
}

static void skip_blanks(Parser *parser)
{
    while (is_blank(peek(parser))) parser->at++;
}

static bool take(Parser *parser, char byte)
{
    skip_blanks(parser);
    if (peek(parser) != byte || parser->at >= parser->text.length) return false;
    parser->at++;
    return true;
}

static Error *unexpected(const Parser *parser, const char *wanted)
{
    return error_new(ERR_SYNTAX, "%s is expected at position %zu", wanted, parser->at);
}

/* ---- arguments ---- */

static bool may_be_escaped(char byte)
{
    return byte == '\'' || byte == '{' || byte == '}' || byte == '\\';
}

static Error *read_text(Parser *parser, AslTerm *term)
{
    size_t from = ++parser->at, length = 0;
    Str    text = parser->text;
    while (parser->at < text.length && text.data[parser->at] != '\'') {
        bool escape = text.data[parser->at] == '\\';
        if (escape && (parser->at + 1 >= text.length || !may_be_escaped(text.data[parser->at + 1])))
            return error_new(ERR_SYNTAX, "a backslash must stand before ', {, } or \\ at position %zu", parser->at);
        parser->at += 1 + escape;
        length++;
    }
    if (parser->at >= text.length) return unexpected(parser, "an apostrophe");
    term->written = str_slice(text, from, parser->at++);
    Str plain = term->written;
    if (length < plain.length) {
        char *data = arena_alloc_bytes(parser->arena, length);
        for (size_t i = 0, to = 0; i < plain.length; i++) data[to++] = plain.data[i += plain.data[i] == '\\'];
        plain = str_from(data, length);
    }
    term->literal = json_str(parser->arena, plain);
    return NULL;
}

static Error *read_number(Parser *parser, AslTerm *term)
{
    size_t from = parser->at;
    while (is_digit(peek(parser)) || (peek(parser) && strchr("+-.eE", peek(parser)))) parser->at++;
    TRY(json_parse(parser->arena, str_slice(parser->text, from, parser->at), NULL, &term->literal));
    return NULL;
}

/* The counterpart of the quote at `at`. In a filter a backslash escapes, in a name it is one. */
static size_t end_of_quoted(Str text, size_t at, bool escapes)
{
    char quote = text.data[at++];
    while (at < text.length && text.data[at] != quote) at += 1 + (escapes && text.data[at] == '\\');
    return at;
}

static Str path_text(Parser *parser)
{
    Str    text = parser->text;
    size_t from = parser->at, brackets = 0, parentheses = 0;
    for (; parser->at < text.length; parser->at++) {
        char byte = text.data[parser->at];
        if (brackets && (byte == '\'' || byte == '"')) {
            parser->at = end_of_quoted(text, parser->at, parentheses > 0);
            continue;
        }
        if (!brackets && !parentheses && (byte == ',' || byte == ')' || is_blank(byte))) break;
        brackets += byte == '[';
        brackets -= byte == ']' && brackets;
        parentheses += byte == '(';
        parentheses -= byte == ')' && parentheses;
    }
    if (parser->at > text.length) parser->at = text.length;
    return str_slice(text, from, parser->at);
}

static Error *read_call(Parser *parser, Str name, AslTerm *term);

static Error *read_word(Parser *parser, AslTerm *term)
{
    size_t from = parser->at;
    while (is_of_name(peek(parser))) parser->at++;
    Str word = str_slice(parser->text, from, parser->at);
    if (peek(parser) == '(') return read_call(parser, word, term);
    bool truth = str_equal(word, STR("true"));
    if (truth || str_equal(word, STR("false")))
        term->literal = json_bool(parser->arena, truth);
    else if (str_equal(word, STR("null")))
        term->literal = json_null(parser->arena);
    else
        return error_new(ERR_SYNTAX, "an argument is expected at position %zu", from);
    return NULL;
}

static Error *read_argument(Parser *parser, AslTerm *term)
{
    skip_blanks(parser);
    char first = peek(parser);
    if (first == '\'') return read_text(parser, term);
    if (is_digit(first) || first == '-') return read_number(parser, term);
    if (first != '$') return read_word(parser, term);
    term->kind = ASL_TERM_PATH;
    return asl_path_compile(parser->arena, path_text(parser), &term->path);
}

/* ---- calls ---- */

static AslTerm *add_argument(Parser *parser, AslTerm *term, uint32_t *room)
{
    if (term->count == *room) {
        size_t size = *room * sizeof(AslTerm);
        *room = *room ? *room * 2 : 2;
        term->arguments = arena_grow(parser->arena, term->arguments, size, *room * sizeof(AslTerm));
    }
    term->arguments[term->count] = (AslTerm){ 0 };
    return &term->arguments[term->count++];
}

static Error *read_arguments(Parser *parser, AslTerm *term)
{
    uint32_t room = 0;
    if (take(parser, ')')) return NULL;
    do {
        AslTerm argument = { 0 }; /* the array moves while its last argument is read */
        TRY(read_argument(parser, &argument));
        *add_argument(parser, term, &room) = argument;
    } while (take(parser, ','));
    return take(parser, ')') ? NULL : unexpected(parser, "a comma or a closing parenthesis");
}

static Error *read_call(Parser *parser, Str name, AslTerm *term)
{
    if (parser->depth == ASL_INTRINSIC_DEPTH_MAX)
        return error_new(ERR_SYNTAX, "calls are nested deeper than %d", ASL_INTRINSIC_DEPTH_MAX);
    term->kind = ASL_TERM_CALL;
    term->function = asl_function_find(name);
    if (!term->function) return error_new(ERR_SYNTAX, "there is no intrinsic function '%.*s'", STR_ARG(name));
    parser->at++;
    parser->depth++;
    TRY(read_arguments(parser, term));
    parser->depth--;
    return NULL;
}

Error *asl_intrinsic_compile(Arena *arena, Str text, AslIntrinsic **out)
{
    Parser        parser = { .arena = arena, .text = text };
    AslIntrinsic *call = NEW(arena, AslIntrinsic);
    call->text = text;
    while (is_of_name(peek(&parser))) parser.at++;
    if (peek(&parser) != '(') return unexpected(&parser, "an opening parenthesis");
    TRY(read_call(&parser, str_slice(text, 0, parser.at), &call->term));
    skip_blanks(&parser);
    if (parser.at < text.length) return unexpected(&parser, "the end");
    *out = call;
    return NULL;
}
