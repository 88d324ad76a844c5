/* parse.c -- the text of a path to steps.
 *
 * A path is a root and steps behind it. Each is read by its first bytes: `.name`, `.*`, `..`, and what
 * stands in brackets: names in quotes, numbers, a slice, `*`, a filter. What the two dialects take
 * differently is said where it is read. The text is gone over once; only a filter is looked at again,
 * once per nesting, to find its end. */
#include "jsonpath/internal.h"

typedef struct Parser {
    Compiler *compiler;
    JsonPath *path;
    Str       text;
    size_t    at;
    Step    **tail;
} Parser;

static bool is_states(const Parser *parser)
{
    return parser->compiler->dialect == JSONPATH_STATES;
}

static bool at_end(const Parser *parser)
{
    return parser->at >= parser->text.length;
}

static char peek(const Parser *parser)
{
    return byte_at(parser->text, parser->at);
}

static Error *no_token(const Parser *parser)
{
    const char *expected = peek(parser) == '[' ? ". Expected ?, ', 0-9, * " : "";
    return error_new(ERR_SYNTAX, "Could not parse token starting at position %zu%s", parser->at, expected);
}

static Error *add_step(Parser *parser, StepKind kind, Step **out)
{
    if (++parser->compiler->step_count > STEPS_IN_PATH_MAX)
        return error_new(ERR_SYNTAX, "Path has more than %d steps", STEPS_IN_PATH_MAX);
    Step *step = NEW(parser->compiler->arena, Step);
    step->kind = kind;
    *parser->tail = step;
    parser->tail = &step->next;
    *out = step;
    return NULL;
}

/* ---- finding ends ---- */

bool find_end_of_quoted(Str text, size_t at, size_t *out)
{
    char quote = text.data[at];
    while (++at < text.length) {
        if (text.data[at] == '\\')
            at++;
        else if (text.data[at] == quote) {
            *out = at;
            return true;
        }
    }
    return false;
}

bool find_closing(Str text, size_t at, size_t *out)
{
    char   opening = text.data[at], closing = opening == '(' ? ')' : opening == '[' ? ']' : '}';
    size_t depth = 0;
    for (; at < text.length; at++) {
        char byte = text.data[at];
        if (byte == '\'' || byte == '"' || (byte == '/' && opening == '(')) {
            if (!find_end_of_quoted(text, at, &at)) return false;
        } else if (byte == opening) {
            depth++;
        } else if (byte == closing && --depth == 0) {
            *out = at;
            return true;
        }
    }
    return false;
}

Str without_blanks_around(Str text)
{
    size_t from = skip_blanks(text, 0), to = text.length;
    while (to > from && is_blank(text.data[to - 1])) to--;
    return str_slice(text, from, to);
}

/* ---- names in brackets ---- */

/* The name in the quotes at `at`. In the service's dialect a backslash is a backslash. */
static Error *read_quoted(Parser *parser, size_t *at, Str *out)
{
    Str    text = parser->text;
    char   quote = text.data[*at];
    size_t from = *at + 1, to = from, length = 0;
    char  *name = arena_alloc_bytes(parser->compiler->arena, is_states(parser) ? 1 : text.length - from + 1);
    while (to < text.length && text.data[to] != quote) {
        if (!is_states(parser)) {
            if (text.data[to] == '\\' && to + 1 < text.length) to++;
            name[length++] = text.data[to];
        }
        to++;
    }
    if (to >= text.length) return error_new(ERR_SYNTAX, "Property has not been closed - missing closing %c", quote);
    *out = is_states(parser) ? str_slice(text, from, to) : str_copy(parser->compiler->arena, str_from(name, length));
    *at = to;
    return NULL;
}

static void keep_name(Parser *parser, Step *step, Str name)
{
    size_t size = step->count * sizeof(Str);
    step->names = arena_grow(parser->compiler->arena, step->names, size, size + sizeof(Str));
    step->names[step->count++] = name;
}

/* Behind a comma: another name, or for the service anything up to the bracket, which it passes over. */
static Error *go_to_next_name(Parser *parser, size_t comma, size_t *at, bool *more)
{
    Str text = parser->text;
    *at = skip_blanks(text, comma + 1);
    char next = byte_at(text, *at);
    *more = next == '\'' || (next == '"' && !is_states(parser));
    if (*more) return NULL;
    if (!is_states(parser)) return error_new(ERR_SYNTAX, "Found empty property at index %zu", *at);
    while (*at < text.length && text.data[*at] != ']') (*at)++;
    return *at < text.length ? NULL : no_token(parser);
}

static Error *read_names(Parser *parser, size_t at)
{
    Step *step = NULL;
    bool  more = true;
    TRY(add_step(parser, STEP_PROPERTY, &step));
    while (more) {
        Str name = STR_NONE;
        TRY(read_quoted(parser, &at, &name));
        keep_name(parser, step, name);
        size_t quote = at;
        at = skip_blanks(parser->text, at + 1);
        if (byte_at(parser->text, at) == ']') break;
        if (byte_at(parser->text, at) != ',')
            return error_new(ERR_SYNTAX,
                             "Property must be separated by comma or Property must be terminated close square "
                             "bracket at index %zu",
                             quote);
        TRY(go_to_next_name(parser, at, &at, &more));
    }
    parser->at = at + 1;
    return NULL;
}

/* ---- numbers in brackets ---- */

static bool parse_int32(Str text, int32_t *out)
{
    bool    negative = text.length && text.data[0] == '-';
    int64_t number = 0;
    if (text.length == negative) return false;
    for (size_t i = negative; i < text.length; i++) {
        if (!is_digit(text.data[i])) return false;
        number = number * 10 + (text.data[i] - '0');
        if (number > (int64_t)INT32_MAX + negative) return false;
    }
    *out = (int32_t)(negative ? -number : number);
    return true;
}

static Error *read_slice(Parser *parser, Str expression)
{
    Step *step = NULL;
    Str   rest = expression, part;
    TRY(add_step(parser, STEP_SLICE, &step));
    bool well = str_all_in(expression, "0123456789-:");
    for (int i = 0; well && i < 2 && str_next_part(&rest, ':', &part); i++) {
        if (!part.length) continue;
        well = parse_int32(part, i ? &step->to : &step->from);
        *(i ? &step->has_to : &step->has_from) = true;
    }
    if (well && (step->has_from || step->has_to)) return NULL;
    return error_new(ERR_SYNTAX, "Failed to parse SliceOperation: %.*s", STR_ARG(expression));
}

static Error *read_indexes(Parser *parser, Str expression)
{
    Step    *step = NULL;
    uint32_t room = 1;
    TRY(add_step(parser, STEP_INDEX, &step));
    for (size_t i = 0; i < expression.length; i++) room += expression.data[i] == ',';
    step->indexes = NEW_ARRAY(parser->compiler->arena, int32_t, room);
    for (size_t from = 0, to = 0; step->count < room; from = ++to) {
        while (to < expression.length && expression.data[to] != ',') to++;
        Str token = without_blanks_around(str_slice(expression, from, to));
        if (!parse_int32(token, &step->indexes[step->count++]))
            return error_new(ERR_SYNTAX, "Failed to parse token in ArrayIndexOperation: %.*s", STR_ARG(token));
    }
    return NULL;
}

static Error *read_numbers(Parser *parser)
{
    size_t end;
    Str    inside = str_slice(parser->text, parser->at + 1, parser->text.length);
    if (!str_find_byte(inside, ']', &end)) return no_token(parser);
    Str expression = without_blanks_around(str_slice(inside, 0, end));
    if (!str_all_in(expression, "0123456789,-: \t\r\n")) return no_token(parser);
    TRY(str_find_byte(expression, ':', &(size_t){ 0 }) ? read_slice(parser, expression)
                                                       : read_indexes(parser, expression));
    parser->at += end + 2;
    return NULL;
}

/* ---- the rest in brackets ---- */

static Error *read_bracket_wildcard(Parser *parser, size_t star)
{
    Step  *step = NULL;
    size_t end = skip_blanks(parser->text, star + 1);
    if (byte_at(parser->text, end) != ']')
        return error_new(ERR_SYNTAX, "Expected wildcard token to end with ']' on position %zu", star + 1);
    parser->at = end + 1;
    return add_step(parser, STEP_WILDCARD, &step);
}

static Error *read_filter(Parser *parser, size_t mark)
{
    Step  *step = NULL;
    size_t closing, opening = skip_blanks(parser->text, mark + 1);
    if (byte_at(parser->text, opening) == ']' || byte_at(parser->text, opening) == ',')
        return error_new(ERR_SYNTAX, "Not enough predicates supplied for filter [?] at position %zu", parser->at);
    if (byte_at(parser->text, opening) != '(' || !find_closing(parser->text, opening, &closing))
        return no_token(parser);
    size_t end = skip_blanks(parser->text, closing + 1);
    if (byte_at(parser->text, end) != ']') return no_token(parser);
    TRY(add_step(parser, STEP_FILTER, &step));
    TRY(predicate_compile(parser->compiler, str_slice(parser->text, parser->at, end + 1), &step->predicate));
    parser->at = end + 1;
    return NULL;
}

static Error *read_bracket(Parser *parser)
{
    size_t at = skip_blanks(parser->text, parser->at + 1);
    char   first = byte_at(parser->text, at);
    if (first == '\'' || (first == '"' && !is_states(parser))) return read_names(parser, at);
    if (is_digit(first) || first == '-' || first == ':') return read_numbers(parser);
    if (first == '*') return read_bracket_wildcard(parser, at);
    return first == '?' ? read_filter(parser, at) : no_token(parser);
}

/* ---- functions ---- */

static Error *read_argument(Parser *parser, Step *step, Str text)
{
    Argument argument = { 0 };
    text = without_blanks_around(text);
    if (byte_at(text, 0) == '$' || byte_at(text, 0) == '@')
        TRY(path_compile(parser->compiler, text, &argument.path));
    else
        TRY(literal_compile(parser->compiler, text, &argument.value));
    size_t size = step->count * sizeof argument;
    step->arguments = arena_grow(parser->compiler->arena, step->arguments, size, size + sizeof argument);
    step->arguments[step->count++] = argument;
    return NULL;
}

static bool opens(char byte)
{
    return byte == '(' || byte == '[' || byte == '{';
}

static bool closes(char byte)
{
    return byte == ')' || byte == ']' || byte == '}';
}

static Error *read_arguments(Parser *parser, Step *step, Str inside)
{
    size_t from = 0, depth = 0;
    if (!without_blanks_around(inside).length) return NULL;
    for (size_t at = 0; at < inside.length; at++) {
        char byte = inside.data[at];
        if (byte == '\'' || byte == '"') {
            if (!find_end_of_quoted(inside, at, &at)) break;
        } else if (opens(byte)) {
            depth++;
        } else if (closes(byte) && depth) {
            depth--;
        } else if (byte == ',' && !depth) {
            TRY(read_argument(parser, step, str_slice(inside, from, at)));
            from = at + 1;
        }
    }
    return read_argument(parser, step, str_slice(inside, from, inside.length));
}

/* A function of what a scan finds is a function of the whole: $..a.sum() is $.sum($..a). */
static void turn_scan_inside_out(Parser *parser, Step *function)
{
    Arena *arena = parser->compiler->arena;
    Step  *first = parser->path->first;
    if (first == function || first->kind != STEP_SCAN) return;
    JsonPath *inner = NEW(arena, JsonPath);
    *inner = *parser->path;
    inner->number = parser->compiler->inside_count++;
    for (Step *step = first; step; step = step->next)
        if (step->next == function) step->next = NULL;
    function->arguments = NEW(arena, Argument);
    function->arguments->path = inner;
    function->count = 1;
    function->upstream_definite = true;
    parser->path->first = function;
}

static Error *read_function(Parser *parser, Str name)
{
    Step  *step = NULL;
    size_t closing;
    if (!find_closing(parser->text, parser->at, &closing))
        return error_new(ERR_SYNTAX, "Arguments to function: '%.*s' are not closed properly.", STR_ARG(name));
    Str inside = str_slice(parser->text, parser->at + 1, closing);
    TRY(add_step(parser, STEP_FUNCTION, &step));
    step->function = function_find(name);
    if (!step->function) return error_new(ERR_SYNTAX, "Function with name: %.*s does not exist.", STR_ARG(name));
    TRY(read_arguments(parser, step, inside));
    parser->at = closing + 1;
    return at_end(parser) ? NULL : no_token(parser); /* it is the last step */
}

/* ---- after a dot ---- */

static bool is_whole_wildcard(const Parser *parser)
{
    char next = byte_at(parser->text, parser->at + 1);
    if (peek(parser) != '*') return false;
    return !is_states(parser) || parser->at + 1 == parser->text.length || next == '.' || next == '[';
}

static Error *read_name(Parser *parser)
{
    Step  *step = NULL;
    size_t from = parser->at;
    for (; !at_end(parser); parser->at++) {
        char byte = peek(parser);
        if (byte == '.' || byte == '[' || (byte == '(' && !is_states(parser))) break;
        if (byte == ' ' && parser->at > from)
            return error_new(ERR_SYNTAX,
                             "Use bracket notion ['my prop'] if your property contains blank characters. position: %zu",
                             from);
        if (byte == ' ') break;
    }
    Str name = str_slice(parser->text, from, parser->at);
    if (!name.length) return no_token(parser);
    if (peek(parser) == '(' && !at_end(parser)) return read_function(parser, name);
    TRY(add_step(parser, STEP_PROPERTY, &step));
    keep_name(parser, step, name);
    return NULL;
}

static Error *read_dots(Parser *parser)
{
    Step *step = NULL;
    parser->at++;
    if (peek(parser) == '.') {
        parser->at++;
        TRY(add_step(parser, STEP_SCAN, &step));
    }
    if (peek(parser) == '.') return error_new(ERR_SYNTAX, "Character '.' on position %zu is not valid.", parser->at);
    return NULL;
}

static Error *read_steps(Parser *parser)
{
    Step *step = NULL;
    while (!at_end(parser)) {
        if (peek(parser) == '.') TRY(read_dots(parser));
        if (peek(parser) == '[') {
            TRY(read_bracket(parser));
        } else if (is_whole_wildcard(parser)) {
            TRY(add_step(parser, STEP_WILDCARD, &step));
            parser->at++;
        } else {
            TRY(read_name(parser));
        }
    }
    return NULL;
}

/* ---- the whole ---- */

static bool is_definite_step(const Step *step, JsonPathDialect dialect)
{
    switch (step->kind) {
    case STEP_PROPERTY: return step->count == 1 || !step->next || dialect == JSONPATH_STATES;
    case STEP_INDEX: return step->count == 1;
    case STEP_FUNCTION: return true;
    default: return false;
    }
}

static uint32_t cost_of(const Step *step)
{
    size_t bytes = 0;
    if (step->kind == STEP_PROPERTY)
        for (uint32_t i = 0; i < step->count; i++) bytes += step->names[i].length;
    return (uint32_t)(1 + step->count + bytes / 64);
}

/* `last` is the last step that is not definite, or NULL. */
static void mark_tail(JsonPath *path, const Step *last)
{
    bool        behind = !last; /* the step before this one is behind it */
    const Step *before = NULL;
    for (Step *step = path->first; step; step = step->next) {
        step->tail_definite = behind;
        behind |= before && before == last;
        before = step;
    }
}

static void sum_up(JsonPath *path)
{
    const Step *last = NULL;
    path->definite = true;
    path->reference = !path->of_item;
    for (Step *step = path->first; step; step = step->next) {
        step->upstream_definite = path->definite;
        step->definite = is_definite_step(step, path->dialect);
        step->cost = cost_of(step);
        path->definite &= step->definite;
        bool names_one = (step->kind == STEP_PROPERTY || step->kind == STEP_INDEX) && step->count == 1;
        path->reference &= names_one && (step->kind != STEP_INDEX || step->indexes[0] >= 0);
        if (!step->definite) last = step;
    }
    mark_tail(path, last);
}

static void finish(Parser *parser)
{
    Step *last = parser->path->first;
    while (last && last->next) last = last->next;
    if (last && last->kind == STEP_FUNCTION) {
        turn_scan_inside_out(parser, last);
        if (last->count && last->arguments[0].path) sum_up(last->arguments[0].path);
    }
    sum_up(parser->path);
}

/* A text that does not begin with a root is a name in one. */
static Str with_root(Parser *parser, Str text)
{
    char first = byte_at(text, 0);
    if (first == '$' || first == '@') return text;
    return str_format(parser->compiler->arena, "$.%.*s", STR_ARG(text));
}

static Error *read_path(Parser *parser)
{
    if (!parser->text.length) return error_new(ERR_SYNTAX, "json can not be null or empty");
    parser->text = with_root(parser, parser->text);
    if (str_ends_with(parser->text, STR("."))) return error_new(ERR_SYNTAX, "Path must not end with a '.' or '..'");
    parser->path->of_item = peek(parser) == '@';
    parser->at = 1;
    if (!at_end(parser) && peek(parser) != '.' && peek(parser) != '[')
        return error_new(ERR_SYNTAX, "Illegal character at position 1 expected '.' or '['");
    TRY(read_steps(parser));
    finish(parser);
    return NULL;
}

Error *path_compile(Compiler *compiler, Str text, JsonPath **out)
{
    if (compiler->nesting == NESTING_MAX) return error_new(ERR_SYNTAX, "Path is nested deeper than %d", NESTING_MAX);
    JsonPath *path = NEW(compiler->arena, JsonPath);
    path->text = text;
    path->dialect = compiler->dialect;
    path->number = compiler->inside_count++;
    Parser parser = { .compiler = compiler, .path = path, .text = without_blanks_around(text), .tail = &path->first };
    compiler->nesting++;
    TRY(read_path(&parser));
    compiler->nesting--;
    *out = path;
    return NULL;
}

Error *jsonpath_compile_as(Arena *arena, Str text, JsonPathDialect dialect, JsonPath **out)
{
    Compiler  compiler = { .arena = arena, .dialect = dialect };
    JsonPath *path;
    if (text.length >= INT32_MAX) return error_new(ERR_SYNTAX, "Path is too long");
    TRY(path_compile(&compiler, text, &path));
    path->inside_count = compiler.inside_count;
    *out = path;
    return NULL;
}

Error *jsonpath_compile(Arena *arena, Str text, JsonPath **out)
{
    return jsonpath_compile_as(arena, text, JSONPATH_STATES, out);
}
