/* expression.c -- JSON values with JSONata in them.
 *
 * A value is compiled to a tree of the same shape whose leaves are literals or programs; a part with nothing to compute is one
 * literal, shared by all results. $states and the variables that a program reads are known when it is compiled, so only those
 * are looked up, and the context object is built only for a program that may look at it. */
#include "asl/expression.h"

#include "jsonata/jsonata.h"

typedef enum PartKind { PART_LITERAL, PART_PROGRAM, PART_OBJECT, PART_ARRAY } PartKind;

struct AslExpression {
    PartKind kind;
    Str      field;   /* where it is: "Output/result" */
    const Json *literal;
    /* of a program: */
    JsonataProgram *program;
    Str             text;      /* what stands between the marks, trimmed */
    Str            *variables; /* that it reads */
    size_t          variable_count;
    bool            reads_states, reads_context;
    /* of an object or an array: */
    Str            *names;
    AslExpression **parts;
    uint32_t        count;
};

bool asl_is_expression(Str text)
{
    return text.length >= 4 && str_starts_with(text, STR("{%")) && str_ends_with(text, STR("%}"));
}

static Str trim(Str text)
{
    while (text.length > 0 && strchr(" \t\r\n", text.data[0])) text = str_slice(text, 1, text.length);
    while (text.length > 0 && strchr(" \t\r\n", text.data[text.length - 1])) text.length--;
    return text;
}

/* ---- compiling ---- */

/* $states.input and $states.result need no context; $states alone, or anything that says "context", may. */
static bool may_read_context(Str text)
{
    size_t at, from = 0;
    if (str_find(text, STR("context"), &at) || str_find(text, STR("\\u"), &at)) return true;
    while (str_find(str_slice(text, from, text.length), STR("states"), &at)) {
        Str rest = str_slice(text, from + at + 6, text.length);
        if (!str_starts_with(rest, STR(".input")) && !str_starts_with(rest, STR(".result")) && !str_starts_with(rest, STR(".errorOutput")))
            return true;
        from += at + 6;
    }
    return false;
}

static Error *compile_program(Arena *arena, AslExpression *part, Str text)
{
    JsonataFault   fault = { 0 };
    JsonataOptions options = { JSONATA_STATES };
    part->kind = PART_PROGRAM;
    part->text = trim(str_slice(text, 2, text.length - 2));
    TRY(jsonata_compile(arena, part->text, &options, &part->program, &fault));
    if (!part->program)
        return error_new(ERR_SYNTAX, "The JSONata expression '%.*s' specified for the field '%.*s' is not valid. %.*s: %.*s",
                         STR_ARG(part->text), STR_ARG(part->field), STR_ARG(fault.code), STR_ARG(fault.message));
    Str   *names;
    size_t count = jsonata_free_variables(part->program, arena, &names);
    part->variables = NEW_ARRAY(arena, Str, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (str_equal(names[i], STR("states"))) part->reads_states = true;
        else part->variables[part->variable_count++] = names[i];
    }
    part->reads_context = part->reads_states && may_read_context(part->text);
    return NULL;
}

static Error *compile_part(Arena *arena, const Json *value, Str field, AslExpression **out);

static Error *compile_object(Arena *arena, AslExpression *part, const Json *value)
{
    part->names = NEW_ARRAY(arena, Str, value->count);
    part->parts = NEW_ARRAY(arena, AslExpression *, value->count);
    JSON_EACH_MEMBER(value, member) {
        part->names[part->count] = member->name;
        Str field = str_format(arena, "%.*s/%.*s", STR_ARG(part->field), STR_ARG(member->name));
        TRY(compile_part(arena, member->value, field, &part->parts[part->count++]));
    }
    return NULL;
}

static Error *compile_array(Arena *arena, AslExpression *part, const Json *value)
{
    part->parts = NEW_ARRAY(arena, AslExpression *, value->count);
    Json *item;
    JSON_EACH_ITEM(value, item) {
        Str field = str_format(arena, "%.*s[%u]", STR_ARG(part->field), part->count);
        TRY(compile_part(arena, item, field, &part->parts[part->count++]));
    }
    return NULL;
}

static bool all_literal(const AslExpression *part)
{
    for (uint32_t i = 0; i < part->count; i++)
        if (part->parts[i]->kind != PART_LITERAL) return false;
    return true;
}

/* As deep as JSON may be nested. */
static Error *compile_part(Arena *arena, const Json *value, Str field, AslExpression **out)
{
    AslExpression *part = NEW(arena, AslExpression);
    part->field = field;
    part->literal = value;
    *out = part;
    if (value->type == JSON_STRING && asl_is_expression(value->text)) return compile_program(arena, part, value->text);
    if (value->type != JSON_OBJECT && value->type != JSON_ARRAY) return NULL;
    TRY(value->type == JSON_OBJECT ? compile_object(arena, part, value) : compile_array(arena, part, value));
    if (!all_literal(part)) part->kind = value->type == JSON_OBJECT ? PART_OBJECT : PART_ARRAY;
    return NULL;
}

Error *asl_expression_compile(Arena *arena, const Json *value, Str field, AslExpression **out)
{
    return compile_part(arena, value, field, out);
}

bool asl_expression_is_literal(const AslExpression *expression)
{
    return expression->kind == PART_LITERAL;
}

/* ---- evaluating ---- */

static Json *states_object(const AslExpression *part, const AslScope *scope)
{
    Json *states = json_object(scope->arena);
    json_add(scope->arena, states, STR("input"), (Json *)scope->input);
    if (part->reads_context) json_add(scope->arena, states, STR("context"), (Json *)scope->context(scope));
    if (scope->error_output) json_add(scope->arena, states, STR("errorOutput"), (Json *)scope->error_output);
    if (scope->result) json_add(scope->arena, states, STR("result"), (Json *)scope->result);
    return states;
}

static size_t bind(const AslExpression *part, const AslScope *scope, JsonataBinding *bindings)
{
    size_t count = 0;
    if (part->reads_states) bindings[count++] = (JsonataBinding){ STR("states"), states_object(part, scope) };
    for (size_t i = 0; i < part->variable_count; i++) {
        Json *value = asl_variable(scope->variables, part->variables[i]);
        if (value) bindings[count++] = (JsonataBinding){ part->variables[i], value };
    }
    return count;
}

static bool refuse(const AslExpression *part, const AslScope *scope, AslFault *fault, Str how)
{
    asl_fail(fault, scope->arena, STR("States.QueryEvaluationError"), "The JSONata expression '%.*s' specified for the field '%.*s' %.*s",
             STR_ARG(part->text), STR_ARG(part->field), STR_ARG(how));
    fault->location = part->field;
    return false;
}

static bool run_program(const AslExpression *part, const AslScope *scope, Json **out, AslFault *fault)
{
    JsonataBinding *bindings = NEW_ARRAY(scope->arena, JsonataBinding, part->variable_count + 1);
    JsonataRun      run = {
             .bindings = bindings, .binding_count = bind(part, scope, bindings), .now = scope->now, .seed = asl_draw(scope),
    };
    JsonataFault problem = { 0 };
    Error       *error = jsonata_evaluate(scope->arena, part->program, NULL, &run, out, &problem);
    if (error) {
        error_free(error);
        memory_exhausted();
    }
    if (problem.code.length > 0)
        return refuse(part, scope, fault,
                      str_format(scope->arena, "threw an error during evaluation. %.*s: %.*s", STR_ARG(problem.code), STR_ARG(problem.message)));
    if (*out) return true;
    return refuse(part, scope, fault,
                  problem.token.length > 0 ? STR("returned an unsupported result type.") : STR("returned nothing (undefined)."));
}

static bool evaluate_part(const AslExpression *part, const AslScope *scope, Json **out, AslFault *fault);

static bool evaluate_object(const AslExpression *part, const AslScope *scope, Json **out, AslFault *fault)
{
    Json *object = json_object(scope->arena);
    for (uint32_t i = 0; i < part->count; i++) {
        Json *value;
        if (!evaluate_part(part->parts[i], scope, &value, fault)) return false;
        json_set(scope->arena, object, part->names[i], value);
    }
    *out = object;
    return true;
}

static bool evaluate_array(const AslExpression *part, const AslScope *scope, Json **out, AslFault *fault)
{
    Json *array = json_array(scope->arena);
    for (uint32_t i = 0; i < part->count; i++) {
        Json *value;
        if (!evaluate_part(part->parts[i], scope, &value, fault)) return false;
        json_append(scope->arena, array, value);
    }
    *out = array;
    return true;
}

static bool evaluate_part(const AslExpression *part, const AslScope *scope, Json **out, AslFault *fault)
{
    switch (part->kind) {
    case PART_LITERAL:
        *out = (Json *)part->literal;
        return true;
    case PART_PROGRAM: return run_program(part, scope, out, fault);
    case PART_OBJECT: return evaluate_object(part, scope, out, fault);
    case PART_ARRAY: return evaluate_array(part, scope, out, fault);
    }
    return false;
}

bool asl_expression_evaluate(const AslExpression *expression, const AslScope *scope, Json **out, AslFault *fault)
{
    return evaluate_part(expression, scope, out, fault);
}

static const char *const TYPE_NAMES[] = {
    [JSON_NULL] = "null", [JSON_BOOL] = "boolean", [JSON_NUMBER] = "number",
    [JSON_STRING] = "string", [JSON_ARRAY] = "array", [JSON_OBJECT] = "object",
};

bool asl_expression_evaluate_as(const AslExpression *expression, const AslScope *scope, JsonType type, Json **out, AslFault *fault)
{
    if (!evaluate_part(expression, scope, out, fault)) return false;
    if ((*out)->type == type) return true;
    return refuse(expression, scope, fault,
                  str_format(scope->arena, "returned an unexpected result type. Expected '%s', but was '%s' for value: %.*s",
                             TYPE_NAMES[type], TYPE_NAMES[(*out)->type], STR_ARG(json_text(scope->arena, *out))));
}
