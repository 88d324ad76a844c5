/* intrinsic.c -- evaluating calls, from the inside out and from left to right.
 *
 * However a call fails, the whole of it is named, not the inner one that failed. The service has two sentences: "The
 * function '...' had the following error" for a path that finds nothing, "There was an error while evaluating the
 * intrinsic function" for all else. It checks how many arguments there are only here. */
#include "asl/intrinsic_call.h"

bool asl_is_intrinsic(Str text)
{
    return str_starts_with(text, STR("States."));
}

/* ---- failing ---- */

Json *asl_call_fail(AslCall *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    Str detail = str_format_list(call->scope->arena, format, arguments);
    va_end(arguments);
    asl_fail(call->fault, call->scope->arena, STR("States.Runtime"),
             "There was an error while evaluating the intrinsic function: %.*s. %.*s", STR_ARG(call->whole->text),
             STR_ARG(detail));
    return NULL;
}

Json *asl_call_refuse(AslCall *call)
{
    return asl_call_fail(call, "Invalid arguments in %.*s", STR_ARG(call->term->function->name));
}

bool asl_call_spend(AslCall *call, size_t bytes)
{
    if (bytes <= *call->bytes_left) {
        *call->bytes_left -= bytes;
        return true;
    }
    *call->bytes_left = 0;
    asl_call_fail(call, "The results are larger than %d bytes", ASL_EVALUATION_BYTES_MAX);
    return false;
}

/* ---- evaluating ---- */

static Str text_of(const Json *value, Arena *arena)
{
    return value->raw.length ? value->raw : json_text(arena, value);
}

/* A path into the context object is named as it is applied there, but the input is shown. */
static bool fail_path(AslCall *call, const AslPath *path, JsonPathOutcome outcome, Str why)
{
    Arena *arena = call->scope->arena;
    Str    whole = call->whole->text, input = text_of(call->scope->input, arena), text = asl_path_text(path);
    if (outcome == JSONPATH_NOT_SUPPORTED)
        return asl_fail(call->fault, arena, STR("States.Runtime"), "The function '%.*s' had the following error: %.*s",
                        STR_ARG(whole), STR_ARG(why));
    if (asl_path_root(path) == ASL_PATH_CONTEXT) text = jsonpath_text(asl_path_inner(path));
    return asl_fail(
        call->fault, arena, STR("States.Runtime"),
        "The function '%.*s' had the following error: The JsonPath argument for the field '%.*s' could not be "
        "found in the input '%.*s'",
        STR_ARG(whole), STR_ARG(text), STR_ARG(input));
}

static bool apply_path(AslCall *call, const AslPath *path, Json **out)
{
    Str             why = STR_NONE;
    JsonPathOutcome outcome = asl_path_apply(path, call->scope, out, &why);
    if (outcome != JSONPATH_FOUND) return fail_path(call, path, outcome, why);
    return jsonpath_is_definite(asl_path_inner(path)) || asl_call_spend(call, (*out)->count * sizeof(Json *));
}

static bool evaluate(AslCall *outer, const AslTerm *term, Json **out)
{
    if (term->kind == ASL_TERM_PATH) return apply_path(outer, term->path, out);
    if (term->kind == ASL_TERM_LITERAL) {
        *out = term->literal;
        return true;
    }
    AslCall call = *outer;
    call.term = term;
    call.count = term->count;
    call.arguments = NEW_ARRAY(call.scope->arena, Json *, term->count);
    for (uint32_t i = 0; i < term->count; i++)
        if (!evaluate(&call, &term->arguments[i], &call.arguments[i])) return false;
    Json *result = asl_function_fits(term->function, call.arguments, call.count) ? term->function->run(&call)
                                                                                 : asl_call_refuse(&call);
    if (result) *out = result;
    return result != NULL;
}

bool asl_intrinsic_run(const AslIntrinsic *intrinsic, const AslScope *scope, size_t *bytes_left, Json **out,
                       AslFault *fault)
{
    AslCall call = {
        .scope = scope, .whole = intrinsic, .term = &intrinsic->term, .bytes_left = bytes_left, .fault = fault
    };
    return evaluate(&call, &intrinsic->term, out);
}

bool asl_intrinsic_evaluate(const AslIntrinsic *call, const AslScope *scope, Json **out, AslFault *fault)
{
    size_t bytes_left = ASL_EVALUATION_BYTES_MAX;
    return asl_intrinsic_run(call, scope, &bytes_left, out, fault);
}

/* ---- for linters ---- */

static void visit_paths(const AslTerm *term, void (*visit)(void *data, Str path), void *data)
{
    if (term->kind == ASL_TERM_PATH) visit(data, asl_path_text(term->path));
    for (uint32_t i = 0; i < term->count; i++) visit_paths(&term->arguments[i], visit, data);
}

void asl_intrinsic_paths(const AslIntrinsic *call, void (*visit)(void *data, Str path), void *data)
{
    visit_paths(&call->term, visit, data);
}

static Str misused(const AslTerm *term)
{
    if (term->kind != ASL_TERM_CALL) return STR("");
    if (!asl_function_fits(term->function, NULL, term->count)) return term->function->name;
    for (uint32_t i = 0; i < term->count; i++) {
        Str name = misused(&term->arguments[i]);
        if (name.length) return name;
    }
    return STR("");
}

Str asl_intrinsic_misused(const AslIntrinsic *call)
{
    return misused(&call->term);
}
