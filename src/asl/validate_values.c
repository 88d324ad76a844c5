/* validate_values.c -- what fields compute: paths, intrinsic calls, payload templates, JSONata.
 *
 * Templates and values with expressions are as deep as JSON may be; they are walked with a stack of their own. A fault in
 * a template is located at the template and names the member; a fault in an expression at the text it is in. */
#include "asl/validate_internal.h"

#include "asl/intrinsic.h"
#include "asl/path.h"
#include "base/text.h"
#include "jsonata/jsonata.h"

/* ---- paths ---- */

/* NULL: it is none. */
static AslPath *compile_path(Arena *arena, Str text)
{
    AslPath *path = NULL;
    Error   *error = asl_path_compile(arena, text, &path);
    error_free(error);
    return error ? NULL : path;
}

bool asl_check_jsonpath(AslCheck *check, Str text, const AslPlace *place)
{
    if (str_starts_with(text, STR("$")) && compile_path(check->arena, text)) return true;
    asl_check_schema(check, place, "Value must be a valid JSONPath.");
    return false;
}

bool asl_check_reference(AslCheck *check, Str text, bool context, const AslPlace *place)
{
    AslPath *path = compile_path(check->arena, text);
    if (path && asl_path_is_reference(path) && (context || asl_path_root(path) != ASL_PATH_CONTEXT)) return true;
    asl_check_schema(check, place, "Value is not a Reference Path");
    if (path) asl_check_hint(check, STR("A reference path names one place: only .name, ['name'] and [number]."));
    return false;
}

bool asl_is_path_or_call(Arena *arena, Str text)
{
    if (!asl_is_intrinsic(text)) return str_starts_with(text, STR("$")) && compile_path(arena, text);
    AslIntrinsic *call;
    Error        *error = asl_intrinsic_compile(arena, text, &call);
    error_free(error);
    return !error;
}

/* ---- templates ---- */

static void check_member(AslCheck *check, Str name, const Json *value, const AslPlace *root)
{
    static const char *const types[] = { [JSON_NULL] = "null",     [JSON_BOOL] = "BOOLEAN", [JSON_NUMBER] = "NUMBER",
                                         [JSON_STRING] = "STRING", [JSON_ARRAY] = "ARRAY",  [JSON_OBJECT] = "OBJECT" };
    Str                      quoted = asl_quote(name);
    if (value->type != JSON_STRING)
        asl_check_schema(check, root,
                         "The value for the field '%.*s' must be a STRING that contains a JSONPath but was an %s",
                         STR_ARG(quoted), types[value->type]);
    else if (!asl_is_path_or_call(check->arena, value->text))
        asl_check_schema(check, root,
                         "The value for the field '%.*s' must be a valid JSONPath or a valid intrinsic function call",
                         STR_ARG(quoted));
}

void asl_check_template(AslCheck *check, const Json *value, const AslPlace *place)
{
    const Json *part;
    AslPlace    at;
    AslWalk     walk = { .arena = check->arena };
    asl_walk_into(&walk, value, *place);
    while (asl_walk_next(&walk, &part, &at)) {
        if (at.name.data && str_ends_with(at.name, STR(".$")))
            check_member(check, at.name, part, place);
        else if (part->type == JSON_OBJECT || part->type == JSON_ARRAY)
            asl_walk_into(&walk, part, at);
    }
}

/* ---- expressions ---- */

static Str expression_in(Str text, size_t *out_offset)
{
    size_t from = 2, to = text.length - 2;
    while (from < to && strchr(" \t\r\n", text.data[from]) && text.data[from]) from++;
    while (to > from && strchr(" \t\r\n", text.data[to - 1]) && text.data[to - 1]) to--;
    *out_offset = from;
    return str_slice(text, from, to);
}

/* $states.result is there where a state has worked, $states.errorOutput where it has failed. */
static bool has_states_member(const AslCheck *check, Str name, const AslPlace *place)
{
    bool catcher = false, rule = false, result = false;
    for (const AslPlace *p = place; p && p != &check->state->place; p = p->parent) {
        catcher |= p->index >= 0 && str_equal(p->name, STR("Catch")) && p->parent == &check->state->place;
        rule |= p->index >= 0 && str_equal(p->name, STR("Choices")) && p->parent == &check->state->place;
        result |= p->parent == &check->state->place &&
                  (str_equal(p->name, STR("Output")) || str_equal(p->name, STR("Assign")));
    }
    if (str_equal(name, STR("input")) || str_equal(name, STR("context"))) return true;
    if (str_equal(name, STR("errorOutput"))) return catcher;
    bool works =
        check->state->type == TYPE_TASK || check->state->type == TYPE_PARALLEL || check->state->type == TYPE_MAP;
    return str_equal(name, STR("result")) && result && works && !catcher && !rule;
}

static void check_reference(AslCheck *check, const JsonataReference *reference, const AslPlace *place)
{
    Str message = STR_NONE, hint = STR_NONE, name = asl_quote(reference->step_count ? reference->steps[0] : STR("$"));
    if (!reference->variable.data) {
        bool outer = str_equal(name, STR("$$"));
        message = str_format(check->arena,
                             outer ? "Reference to '%.*s' is not supported."
                                   : "Reference to '%.*s' at the top level is not supported.",
                             STR_ARG(name));
        if (!outer)
            hint = str_format(check->arena,
                              "The input is $states.input: write $states.input.%.*s, or $%.*s for a variable.",
                              STR_ARG(name), STR_ARG(name));
        if (str_equal(name, STR("$"))) hint = STR("The input is $states.input.");
    } else if (str_equal(reference->variable, STR("states")) && reference->step_count &&
               !has_states_member(check, reference->steps[0], place)) {
        message = str_format(check->arena, "Field '$states.%.*s' does not exist.", STR_ARG(name));
    }
    if (!message.data) return;
    asl_check_add(check, ASL_ERROR, "UNSUPPORTED_JSONATA_EXPRESSION", place, message, hint);
}

/* One finding a name, however often it is read. */
static bool is_repeated(const JsonataReference *references, size_t at)
{
    for (size_t i = 0; i < at && i < 64; i++) {
        const JsonataReference *a = &references[i], *b = &references[at];
        Str                     x = a->step_count ? a->steps[0] : STR_NONE, y = b->step_count ? b->steps[0] : STR_NONE;
        if (str_equal(a->variable, b->variable) && (a->variable.data == NULL) == (b->variable.data == NULL) &&
            str_equal(x, y))
            return true;
    }
    return false;
}

static void check_expression(AslCheck *check, Str text, const AslPlace *place)
{
    size_t               offset;
    JsonataProgram      *program = NULL;
    JsonataFault         fault;
    JsonataReference    *references;
    const JsonataOptions options = { JSONATA_STATES };
    Str                  expression = expression_in(text, &offset);
    Error               *error = jsonata_compile(check->arena, expression, &options, &program, &fault);
    error_free(error);
    if (error) memory_exhausted();
    if (!program) {
        asl_check_add(check, ASL_ERROR, "INVALID_JSONATA_EXPRESSION", place,
                      str_copy(check->arena, asl_quote(fault.message)), STR_NONE);
        if (check->count && check->count < ASL_FINDINGS_MAX)
            check->findings[check->count - 1].diagnostic.offset = offset + fault.position;
        return;
    }
    size_t count = jsonata_references(program, check->arena, &references);
    for (size_t i = 0; i < count; i++) {
        size_t before = check->count;
        if (!is_repeated(references, i)) check_reference(check, &references[i], place);
        if (check->count > before) check->findings[before].diagnostic.offset = offset + references[i].position;
    }
}

static void check_text(AslCheck *check, const Json *value, const AslPlace *place)
{
    if (value->type != JSON_STRING || !str_starts_with(value->text, STR("{%"))) return;
    if (value->text.length < 4 || !str_ends_with(value->text, STR("%}")))
        asl_check_schema(check, place, "JSONata string must start with {%% and end with %%}");
    else
        check_expression(check, value->text, place);
}

void asl_check_expressions(AslCheck *check, const Json *value, const AslPlace *place)
{
    const Json *part;
    AslPlace    at;
    AslWalk     walk = { .arena = check->arena };
    check_text(check, value, place);
    asl_walk_into(&walk, value, *place);
    while (asl_walk_next(&walk, &part, &at)) {
        check_text(check, part, &at);
        if (part->type == JSON_OBJECT || part->type == JSON_ARRAY) asl_walk_into(&walk, part, at);
    }
}

/* ---- variables ---- */

static size_t characters_of(Str name)
{
    size_t count = 0;
    for (size_t i = 0; i < name.length; i++) count += ((uint8_t)name.data[i] & 0xc0) != 0x80;
    return count;
}

/* Whether what stands in the Assign has a value for that name. */
static bool gives(const Json *assign, Str name, AslLanguage language)
{
    if (!assign || assign->type != JSON_OBJECT) return false;
    if (json_get(assign, name)) return true;
    if (language != LANGUAGE_JSONPATH) return false;
    JSON_EACH_MEMBER(assign, member)
        if (member->name.length == name.length + 2 && str_starts_with(member->name, name) &&
            str_ends_with(member->name, STR(".$")))
            return true;
    return false;
}

/* Whether a transition that assigns the variable leads, by whatever way, to that state. */
static bool is_assigned_before(AslCheck *check, const AslOutlineMachine *machine, Str name, uint32_t target)
{
    const AslOutline *outline = check->outline;
    bool             *seen = NEW_ARRAY(check->arena, bool, machine->count + 1);
    uint32_t         *pending = NEW_ARRAY(check->arena, uint32_t, machine->count + 1), count = 0;
    for (uint32_t s = machine->first; s < machine->first + machine->count; s++) {
        const AslOutlineState *state = &outline->states[s];
        for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++) {
            uint32_t to = outline->edges[e].to;
            if (to == ASL_NOWHERE || seen[to - machine->first] ||
                !gives(asl_edge_assign(state, &outline->edges[e]), name, state->language))
                continue;
            seen[to - machine->first] = true;
            pending[count++] = to;
        }
    }
    while (count) {
        const AslOutlineState *state = &outline->states[pending[--count]];
        for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++) {
            uint32_t to = outline->edges[e].to;
            if (to == ASL_NOWHERE || seen[to - machine->first]) continue;
            seen[to - machine->first] = true;
            pending[count++] = to;
        }
    }
    return seen[target - machine->first];
}

/* It may have a value when the machine around this one comes here. A distributed Map's children see no variables of others. */
static bool is_outer(AslCheck *check, Str name)
{
    enum { SEARCHES_MAX = 256 };
    const AslOutline        *outline = check->outline;
    const AslOutlineMachine *machine = &outline->machines[check->state->machine];
    while (machine->owner != ASL_NOWHERE && !machine->distributed) {
        uint32_t owner = machine->owner;
        machine = &outline->machines[outline->states[owner].machine];
        if (!json_get(machine->assigned, name) || check->searches++ >= SEARCHES_MAX) continue;
        if (is_assigned_before(check, machine, name, owner)) return true;
    }
    return false;
}

static void check_variable(AslCheck *check, Str name, const AslPlace *place)
{
    Str quoted = asl_quote(name);
    if (str_equal(name, STR("states")))
        asl_check_add(check, ASL_ERROR, "RESERVED_VARIABLE_NAME", place,
                      STR("Cannot assign to reserved variable '$states'."), STR_NONE);
    else if (characters_of(name) > ASL_VARIABLE_NAME_MAX)
        asl_check_add(check, ASL_ERROR, "INVALID_VARIABLE_NAME", place,
                      str_format(check->arena,
                                 "Invalid variable name '%.*s': the variable name exceeds the %d-character limit.",
                                 STR_ARG(quoted), ASL_VARIABLE_NAME_MAX),
                      STR_NONE);
    else if (!asl_variable_name_valid(name))
        asl_check_add(check, ASL_ERROR, "INVALID_VARIABLE_NAME", place,
                      str_format(check->arena,
                                 "Invalid variable name '%.*s': the variable name contains invalid characters.",
                                 STR_ARG(quoted)),
                      STR_NONE);
    else if (is_outer(check, name))
        asl_check_add(check, ASL_ERROR, "DUPLICATE_VARIABLE_NAME", place,
                      str_format(check->arena, "The variable name '%.*s' was already defined in a parent scope.",
                                 STR_ARG(quoted)),
                      STR_NONE);
}

void asl_check_assign(AslCheck *check, const Json *value, const AslPlace *place)
{
    bool jsonata = check->language == LANGUAGE_JSONATA;
    if (!asl_check_type(check, value, JSON_OBJECT, place)) return;
    JSON_EACH_MEMBER(value, member) {
        Str      name = member->name;
        AslPlace at = asl_place(place, name);
        if (!jsonata && str_ends_with(name, STR(".$"))) name = str_slice(name, 0, name.length - 2);
        check_variable(check, name, &at);
    }
    if (jsonata)
        asl_check_expressions(check, value, place);
    else
        asl_check_template(check, value, place);
}
