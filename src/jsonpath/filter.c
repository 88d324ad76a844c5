/* filter.c -- the predicates of filters: [?(@.price < 10 && !(@.tags contains 'x'))].
 *
 *     or      = and *( "||" and )
 *     and     = term *( "&&" term )
 *     term    = "!" term | "(" or ")" | operand [ operator operand ]
 *     operand = path | 'text' | "text" | number | true | false | null | [...] | {...} | /pattern/flags
 *
 * A path alone asks whether it is there. Without blanks a path goes on: @.a+1 is the name "a+1". */
#include "jsonpath/predicate.h"

#include "base/text.h"

typedef enum PredicateKind {
    PREDICATE_OR,
    PREDICATE_AND,
    PREDICATE_NOT,
    PREDICATE_EXISTS,
    PREDICATE_COMPARE
} PredicateKind;

struct Predicate {
    PredicateKind   kind;
    bool            wanted; /* EXISTS: it must be there, or it must not */
    Operand         left, right;
    const Operator *operator;
    Predicate      *first; /* of OR, AND, NOT */
    Predicate      *next;  /* beside it */
};

typedef struct Reader {
    Compiler *compiler;
    Str       whole; /* with its brackets, for errors */
    Str       text;  /* to the last parenthesis */
    size_t    at;
} Reader;

static char peek(const Reader *reader)
{
    return byte_at(reader->text, reader->at);
}

static void skip(Reader *reader)
{
    reader->at = skip_blanks(reader->text, reader->at);
}

static Error *failed(const Reader *reader)
{
    return error_new(ERR_SYNTAX, "Failed to parse filter: %.*s, error on position: %zu, char: %c",
                     STR_ARG(reader->whole), reader->at,
                     byte_at(reader->whole, reader->at) ? byte_at(reader->whole, reader->at) : ' ');
}

static bool is_states(const Reader *reader)
{
    return reader->compiler->dialect == JSONPATH_STATES;
}

static bool take(Reader *reader, const char *two) /* a sign of two equal bytes */
{
    skip(reader);
    if (peek(reader) != two[0] || byte_at(reader->text, reader->at + 1) != two[1]) return false;
    reader->at += 2;
    return true;
}

/* ---- literals ---- */

static int hex_of(char byte)
{
    if (is_digit(byte)) return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

static bool parse_unit(Str text, size_t at, uint32_t *out)
{
    *out = 0;
    if (at + 4 > text.length) return false;
    for (size_t i = at; i < at + 4; i++) {
        if (hex_of(text.data[i]) < 0) return false;
        *out = *out << 4 | (uint32_t)hex_of(text.data[i]);
    }
    return true;
}

/* The \uXXXX at `at`, with the second half of its pair where there is one. */
static size_t decode_unit(Str text, size_t at, char *out, size_t *length)
{
    uint32_t unit, low;
    if (!parse_unit(text, at + 2, &unit)) return 0;
    size_t taken = 6;
    bool   high = unit >= 0xd800 && unit < 0xdc00 && byte_at(text, at + 6) == '\\' && byte_at(text, at + 7) == 'u';
    if (high && parse_unit(text, at + 8, &low) && low >= 0xdc00 && low < 0xe000) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        taken = 12;
    }
    *length += text_utf8_encode(unit, out + *length);
    return taken;
}

static char escaped(char byte)
{
    static const char meanings[256] = { ['n'] = '\n', ['r'] = '\r', ['t'] = '\t', ['b'] = '\b', ['f'] = '\f' };
    return meanings[(uint8_t)byte] ? meanings[(uint8_t)byte] : byte;
}

static Str unescape(Arena *arena, Str text)
{
    char  *out = arena_alloc_bytes(arena, text.length + 1);
    size_t length = 0;
    for (size_t at = 0; at < text.length;) {
        size_t taken = 0;
        if (text.data[at] == '\\' && byte_at(text, at + 1) == 'u') taken = decode_unit(text, at, out, &length);
        if (taken) {
            at += taken;
            continue;
        }
        bool escape = text.data[at] == '\\' && at + 1 < text.length;
        out[length++] = escape ? escaped(text.data[at + 1]) : text.data[at];
        at += escape ? 2 : 1;
    }
    return str_from(out, length);
}

/* JSON with single quotes to JSON with double ones. */
static Str with_double_quotes(Arena *arena, Str text)
{
    char  *out = arena_alloc_bytes(arena, text.length * 2 + 1), quote = 0;
    size_t length = 0;
    for (size_t at = 0; at < text.length; at++) {
        char byte = text.data[at], next = byte_at(text, at + 1);
        if (quote && byte == '\\' && at + 1 < text.length) {
            if (next != '\'') out[length++] = byte;
            out[length++] = next;
            at++;
        } else if (!quote && (byte == '\'' || byte == '"')) {
            quote = byte;
            out[length++] = '"';
        } else if (quote && byte == quote) {
            quote = 0;
            out[length++] = '"';
        } else {
            if (quote && byte == '"') out[length++] = '\\';
            out[length++] = byte;
        }
    }
    return str_from(out, length);
}

Error *literal_compile(Compiler *compiler, Str text, Json **out)
{
    Error *error = json_parse(compiler->arena, with_double_quotes(compiler->arena, text), NULL, out);
    if (!error) return NULL;
    if (error->code == ERR_MEMORY) return error;
    error_free(error);
    return error_new(ERR_SYNTAX, "Could not parse token: %.*s", STR_ARG(text));
}

static Error *read_text(Reader *reader, Operand *out)
{
    size_t end;
    if (!find_end_of_quoted(reader->text, reader->at, &end)) return failed(reader);
    Str inside = str_slice(reader->text, reader->at + 1, end);
    out->literal = json_str(reader->compiler->arena, unescape(reader->compiler->arena, inside));
    reader->at = end + 1;
    return NULL;
}

static Error *read_container(Reader *reader, Operand *out)
{
    size_t end;
    if (!find_closing(reader->text, reader->at, &end)) return failed(reader);
    TRY(literal_compile(reader->compiler, str_slice(reader->text, reader->at, end + 1), &out->literal));
    reader->at = end + 1;
    return NULL;
}

static Error *read_pattern(Reader *reader, Operand *out)
{
    size_t end;
    if (!find_end_of_quoted(reader->text, reader->at, &end)) return failed(reader);
    Str    pattern = str_slice(reader->text, reader->at + 1, end);
    size_t flags = ++end;
    while (end < reader->text.length && strchr("dixmsuU", reader->text.data[end]) && reader->text.data[end]) end++;
    if (!pattern_compile(reader->compiler->arena, pattern, str_slice(reader->text, flags, end), &out->pattern))
        return failed(reader);
    reader->at = end;
    return NULL;
}

static Error *read_number(Reader *reader, Operand *out)
{
    size_t from = reader->at, end = from;
    while (end < reader->text.length && strchr("0123456789.-eE", reader->text.data[end]) && reader->text.data[end])
        end++;
    bool negative = peek(reader) == '-';
    from += negative;
    while (end - from > 1 && reader->text.data[from] == '0' && is_digit(reader->text.data[from + 1])) from++;
    Str digits = str_slice(reader->text, from, end);
    if (negative) digits = str_format(reader->compiler->arena, "-%.*s", STR_ARG(digits));
    Error *error = json_parse(reader->compiler->arena, digits, NULL, &out->literal);
    if (error && error->code == ERR_MEMORY) return error;
    error_free(error);
    if (error) return failed(reader);
    reader->at = end;
    return NULL;
}

static bool read_word(Reader *reader, Operand *out)
{
    Str    rest = str_slice(reader->text, reader->at, reader->text.length);
    Arena *arena = reader->compiler->arena;
    if (str_starts_with(rest, STR("true"))) {
        out->literal = json_bool(arena, true);
        reader->at += 4;
    } else if (str_starts_with(rest, STR("false"))) {
        out->literal = json_bool(arena, false);
        reader->at += 5;
    } else if (str_starts_with(rest, STR("null"))) {
        out->literal = json_null(arena);
        reader->at += 4;
    }
    return out->literal != NULL;
}

/* ---- paths ---- */

static bool is_sign(char byte)
{
    return byte == '<' || byte == '>' || byte == '=' || byte == '~' || byte == '!';
}

/* The service's version knows && and || behind a path; later ones want a blank before them. */
static bool ends_path(const Reader *reader, size_t depth)
{
    char byte = peek(reader), next = byte_at(reader->text, reader->at + 1);
    if (byte == ')') return !depth;
    if (is_states(reader) && (byte == '&' || byte == '|') && next == byte) return true;
    return is_sign(byte) || byte == ' ';
}

static Error *read_path(Reader *reader, Operand *out)
{
    size_t from = reader->at++, depth = 0, end;
    while (reader->at < reader->text.length && !ends_path(reader, depth)) {
        if (peek(reader) == '[') {
            if (!find_closing(reader->text, reader->at, &end))
                return error_new(ERR_SYNTAX, "Square brackets does not match in filter %.*s", STR_ARG(reader->whole));
            reader->at = end;
        }
        depth += peek(reader) == '(';
        depth -= peek(reader) == ')';
        reader->at++;
    }
    Str text = str_slice(reader->text, from, reader->at);
    TRY(path_compile(reader->compiler, text, &out->path));
    if (is_states(reader) && !out->path->definite)
        return error_new(ERR_SYNTAX, "the predicate path: %.*s is not definite", STR_ARG(text));
    return NULL;
}

static Error *read_operand(Reader *reader, Operand *out)
{
    skip(reader);
    switch (peek(reader)) {
    case '$':
    case '@': return read_path(reader, out);
    case '\'':
    case '"': return read_text(reader, out);
    case '[':
    case '{': return read_container(reader, out);
    case '/': return read_pattern(reader, out);
    case 't':
    case 'f':
    case 'n': return read_word(reader, out) ? NULL : failed(reader);
    default: return read_number(reader, out);
    }
}

/* ---- terms ---- */

static Predicate *new_predicate(Reader *reader, PredicateKind kind)
{
    Predicate *predicate = NEW(reader->compiler->arena, Predicate);
    predicate->kind = kind;
    return predicate;
}

/* NULL where no operator follows; then nothing is taken. */
static const Operator *read_operator(Reader *reader)
{
    size_t before = reader->at;
    skip(reader);
    size_t from = reader->at;
    if (is_sign(peek(reader)))
        while (is_sign(peek(reader))) reader->at++;
    else if (!is_states(reader))
        while (reader->at < reader->text.length && peek(reader) != ' ') reader->at++;
    const Operator *operator= operator_find(str_slice(reader->text, from, reader->at));
    if (!operator) reader->at = before;
    return operator;
}

static Error *read_term(Reader *reader, bool wanted, Predicate **out)
{
    Predicate *predicate = new_predicate(reader, PREDICATE_COMPARE);
    TRY(read_operand(reader, &predicate->left));
    predicate->operator= wanted ? read_operator(reader) : NULL;
    if (predicate->operator) {
        TRY(read_operand(reader, &predicate->right));
    } else {
        if (!predicate->left.path) return error_new(ERR_SYNTAX, "Expected path node");
        predicate->kind = PREDICATE_EXISTS;
        predicate->wanted = wanted;
    }
    *out = predicate;
    return NULL;
}

static Error *read_or(Reader *reader, Predicate **out);

static Error *read_group(Reader *reader, Predicate **out)
{
    reader->at++;
    TRY(read_or(reader, out));
    skip(reader);
    if (peek(reader) != ')') return error_new(ERR_SYNTAX, "Expected character: )");
    reader->at++;
    return NULL;
}

static Error *read_not(Reader *reader, Predicate **out)
{
    reader->at++;
    skip(reader);
    if (peek(reader) == '$' || peek(reader) == '@') return read_term(reader, false, out);
    Predicate *predicate = new_predicate(reader, PREDICATE_NOT);
    if (peek(reader) == '(')
        TRY(read_group(reader, &predicate->first));
    else
        TRY(read_term(reader, true, &predicate->first));
    *out = predicate;
    return NULL;
}

static Error *read_factor(Reader *reader, Predicate **out)
{
    skip(reader);
    if (peek(reader) == '!') return read_not(reader, out);
    if (peek(reader) == '(') return read_group(reader, out);
    return read_term(reader, true, out);
}

/* One or more parts with the same sign between them. The service asks the last one first. */
static Error *read_chain(Reader *reader, PredicateKind kind, Predicate **out)
{
    Predicate *chain = new_predicate(reader, kind), **tail = &chain->first, *part;
    do {
        TRY(kind == PREDICATE_OR ? read_chain(reader, PREDICATE_AND, &part) : read_factor(reader, &part));
        if (is_states(reader)) part->next = chain->first;
        *tail = part;
        if (!is_states(reader)) tail = &part->next;
    } while (take(reader, kind == PREDICATE_OR ? "||" : "&&"));
    *out = chain->first->next ? chain : chain->first;
    return NULL;
}

static Error *read_or(Reader *reader, Predicate **out)
{
    Compiler *compiler = reader->compiler;
    if (compiler->nesting == NESTING_MAX) return error_new(ERR_SYNTAX, "Path is nested deeper than %d", NESTING_MAX);
    compiler->nesting++;
    TRY(read_chain(reader, PREDICATE_OR, out));
    compiler->nesting--;
    return NULL;
}

Error *predicate_compile(Compiler *compiler, Str text, Predicate **out)
{
    size_t mark = skip_blanks(text, 1);
    Reader reader = {
        .compiler = compiler, .whole = text, .text = str_slice(text, 0, text.length - 1), .at = mark + 1
    };
    TRY(read_or(&reader, out));
    skip(&reader);
    if (reader.at == reader.text.length) return NULL;
    Str rest = str_slice(reader.text, reader.at, reader.text.length);
    return error_new(ERR_SYNTAX, "Expected end of filter expression instead of: %.*s", STR_ARG(rest));
}

/* ---- asking ---- */

/* A path from the root gives the same for every item, so it is gone along once. */
static JsonPathOutcome follow(Query *query, const JsonPath *path, const Json *item, Json **out)
{
    Work       *work = query->work;
    Remembered *remembered = path->of_item ? NULL : &work->remembered[path->number];
    if (remembered && remembered->known) {
        *out = remembered->value;
        return remembered->outcome;
    }
    *out = NULL;
    Query           inside = { .work = work, .path = path, .inside = true };
    JsonPathOutcome outcome = query_run(&inside, path->of_item ? item : work->document, out);
    if (outcome == JSONPATH_NOT_SUPPORTED) query->why = inside.why;
    if (remembered) *remembered = (Remembered){ .known = true, .outcome = outcome, .value = *out };
    return outcome;
}

/* Later versions take a path that is refused for a question that cannot be asked; the service's gives up. */
static Verdict verdict_of_refusal(const Query *query)
{
    return query->work->hopeless || query->path->dialect == JSONPATH_STATES ? VERDICT_FAILED : VERDICT_VOID;
}

static Verdict value_of(Query *query, const Operand *operand, const Json *item, Value *out)
{
    *out = (Value){ .json = operand->literal, .pattern = operand->pattern };
    if (!operand->path) return VERDICT_YES;
    Json           *found;
    JsonPathOutcome outcome = follow(query, operand->path, item, &found);
    if (outcome == JSONPATH_NOT_SUPPORTED) return verdict_of_refusal(query);
    if (outcome == JSONPATH_FOUND) out->json = found;
    return VERDICT_YES;
}

static Verdict ask_compare(Query *query, const Predicate *predicate, const Json *item)
{
    Value   left, right;
    Verdict verdict = value_of(query, &predicate->left, item, &left);
    if (verdict == VERDICT_YES) verdict = value_of(query, &predicate->right, item, &right);
    if (verdict != VERDICT_YES) return verdict;
    bool missing = !(left.json || left.pattern) || !(right.json || right.pattern);
    if (missing && query->path->dialect == JSONPATH_STATES) return VERDICT_NO;
    return predicate->operator->ask(query, left, right);
}

/* Whether a path is there is asked of the item, even where it begins at the root. For the service a null
 * is not there. */
static Verdict ask_exists(Query *query, const Predicate *predicate, const Json *item)
{
    Json           *found;
    Query           inside = { .work = query->work, .path = predicate->left.path, .required = true, .inside = true };
    JsonPathOutcome outcome = query_run(&inside, item, &found);
    if (outcome == JSONPATH_NOT_SUPPORTED) {
        query->why = inside.why;
        return verdict_of_refusal(query);
    }
    bool there = outcome == JSONPATH_FOUND;
    if (there && found->type == JSON_NULL && query->path->dialect == JSONPATH_STATES) there = false;
    return there == predicate->wanted ? VERDICT_YES : VERDICT_NO;
}

static Verdict ask_all(Query *query, const Predicate *chain, const Json *item)
{
    Verdict stops = chain->kind == PREDICATE_OR ? VERDICT_YES : VERDICT_NO;
    Verdict verdict = VERDICT_NO;
    for (const Predicate *part = chain->first; part; part = part->next) {
        verdict = predicate_ask(query, part, item);
        if (verdict == stops || verdict >= VERDICT_VOID) break;
    }
    return verdict;
}

Verdict predicate_ask(Query *query, const Predicate *predicate, const Json *item)
{
    if (!query_spend(query, 1)) return VERDICT_FAILED;
    if (predicate->kind == PREDICATE_EXISTS) return ask_exists(query, predicate, item);
    if (predicate->kind == PREDICATE_COMPARE) return ask_compare(query, predicate, item);
    if (predicate->kind != PREDICATE_NOT) return ask_all(query, predicate, item);
    Verdict verdict = predicate_ask(query, predicate->first, item);
    if (verdict >= VERDICT_VOID) return verdict;
    return verdict == VERDICT_YES ? VERDICT_NO : VERDICT_YES;
}
