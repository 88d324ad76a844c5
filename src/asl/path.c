/* path.c -- which document a path goes into, and the path itself.
 *
 *     $.a     $[0]      the input
 *     $$.a    $$[0]     the context object: the path without its first "$"
 *     $v.a    $v[0]     the workflow variable v: the path without its name
 *
 * What is left is a path of the module jsonpath and compiled there. A whole root ("$", "$$", "$v") needs no walk. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "asl/path.h"

struct AslPath {
    Str         text;
    AslPathRoot root;
    Str         variable;
    JsonPath   *inner;
    bool        whole; /* the root itself */
};

/* ---- names of variables ---- */

static bool is_ascii(Str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < 0) return false;
    return true;
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_ascii_identifier(Str name)
{
    if (!is_letter(name.data[0])) return false;
    for (size_t i = 1; i < name.length; i++)
        if (!is_letter(name.data[i]) && !(name.data[i] >= '0' && name.data[i] <= '9') && name.data[i] != '_')
            return false;
    return true;
}

/* Names beyond ASCII are rare, so the pattern is not kept. */
static bool is_unicode_identifier(Str name)
{
    static const char pattern[] = "\\A\\p{ID_Start}\\p{ID_Continue}{0,79}\\z";
    int               number;
    size_t            at;
    pcre2_code       *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &number, &at, NULL);
    pcre2_match_data *match = code ? pcre2_match_data_create(1, NULL) : NULL;
    int found = match ? pcre2_match(code, (PCRE2_SPTR)name.data, name.length, 0, 0, match, NULL) : PCRE2_ERROR_NOMEMORY;
    pcre2_match_data_free(match);
    pcre2_code_free(code);
    if (found == PCRE2_ERROR_NOMEMORY) memory_exhausted();
    return found >= 0;
}

bool asl_variable_name_valid(Str name)
{
    if (!name.length || name.length > 4 * ASL_VARIABLE_NAME_MAX || str_equal(name, STR("states"))) return false;
    if (is_ascii(name)) return name.length <= ASL_VARIABLE_NAME_MAX && is_ascii_identifier(name);
    return is_unicode_identifier(name);
}

/* ---- compiling ---- */

static Error *take_variable(Arena *arena, AslPath *path, Str *inner)
{
    size_t end = 1;
    while (end < path->text.length && path->text.data[end] != '.' && path->text.data[end] != '[') end++;
    path->variable = str_slice(path->text, 1, end);
    path->root = ASL_PATH_VARIABLE;
    if (!asl_variable_name_valid(path->variable))
        return error_new(ERR_SYNTAX, "'%.*s' is not the name of a variable", STR_ARG(path->variable));
    *inner = str_format(arena, "$%.*s", (int)(path->text.length - end), path->text.data + end);
    return NULL;
}

Error *asl_path_compile(Arena *arena, Str text, AslPath **out)
{
    AslPath *path = NEW(arena, AslPath);
    Str      inner = text;
    path->text = text;
    if (!text.length || text.data[0] != '$') return error_new(ERR_SYNTAX, "A path begins with '$'");
    if (text.length > 1 && text.data[1] == '$') {
        path->root = ASL_PATH_CONTEXT;
        inner = str_slice(text, 1, text.length);
    } else if (text.length > 1 && text.data[1] != '.' && text.data[1] != '[') {
        TRY(take_variable(arena, path, &inner));
    }
    TRY(jsonpath_compile(arena, inner, &path->inner));
    path->whole = inner.length == 1;
    *out = path;
    return NULL;
}

/* ---- reading ---- */

Str asl_path_text(const AslPath *path)
{
    return path->text;
}

AslPathRoot asl_path_root(const AslPath *path)
{
    return path->root;
}

Str asl_path_variable(const AslPath *path)
{
    return path->variable;
}

const JsonPath *asl_path_inner(const AslPath *path)
{
    return path->inner;
}

bool asl_path_is_reference(const AslPath *path)
{
    return jsonpath_is_reference(path->inner);
}

/* ---- applying ---- */

static const Json *root_of(const AslPath *path, const AslScope *scope)
{
    switch (path->root) {
    case ASL_PATH_CONTEXT: return scope->context ? scope->context(scope) : NULL;
    case ASL_PATH_VARIABLE: return asl_variable(scope->variables, path->variable);
    default: return scope->input;
    }
}

JsonPathOutcome asl_path_apply(const AslPath *path, const AslScope *scope, Json **out, Str *out_why)
{
    const Json *root = root_of(path, scope);
    if (!root) {
        *out_why = str_format(scope->arena, "No results for path: %.*s", STR_ARG(path->text));
        return JSONPATH_NOT_FOUND;
    }
    if (!path->whole) return jsonpath_apply(scope->arena, path->inner, root, out, out_why);
    *out = (Json *)root;
    return JSONPATH_FOUND;
}

/* Only the last step may miss: "$.a[5].b" is not found. */
static bool is_past_the_end(const AslPath *path, Arena *arena, Str why)
{
    static const Str before = STR_CONST("Index out of bounds when evaluating path ");
    return str_starts_with(why, before) &&
           str_equal(str_slice(why, before.length, why.length), jsonpath_normal(path->inner, arena));
}

JsonPathOutcome asl_path_select(const AslPath *path, const AslScope *scope, Json **out, Str *out_why)
{
    JsonPathOutcome outcome = asl_path_apply(path, scope, out, out_why);
    if (outcome != JSONPATH_NOT_FOUND || !is_past_the_end(path, scope->arena, *out_why)) return outcome;
    *out = (Json *)&json_null_value;
    return JSONPATH_FOUND;
}
