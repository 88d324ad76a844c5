/* intrinsic_fuzz.c -- the first line is a call or a path, the rest an input. What evaluates gives a value that can
 * be written, what does not says why; either way the same seed gives the same, and the input is as it was. */
#include "tests/support/fuzz.h"

#include "asl/template.h"

static void check(bool held)
{
    if (!held) abort();
}

static const Json *context(const AslScope *scope)
{
    Json *object = json_object(scope->arena);
    json_add_str(scope->arena, object, STR("Name"), STR("run"));
    json_add(scope->arena, object, STR("Input"), (Json *)scope->input);
    return object;
}

static Str answer(const AslTemplate *template, AslScope *scope, uint64_t seed)
{
    AslFault fault = { 0 };
    Json    *value = NULL;
    scope->seed = &seed;
    if (asl_template_evaluate(template, scope, STR("v.$"), &value, &fault)) return json_text(scope->arena, value);
    check(fault.error.length && fault.cause.length);
    return fault.cause;
}

static void check_text(Str text, Json *input, Arena *arena)
{
    AslTemplate *template = NULL;
    AslVariables variables = { .values = input };
    AslScope     scope = { .arena = arena, .input = input, .context = context, .variables = &variables };
    Json        *before = json_copy(arena, input);
    Error       *error = asl_template_compile_text(arena, text, &template);
    if (!error) check(str_equal(answer(template, &scope, 1), answer(template, &scope, 1)));
    check(!error || error->code == ERR_SYNTAX || error->code == ERR_LIMIT);
    check(json_equal(before, input));
    error_free(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena  arena;
    Json  *input;
    size_t end = size;
    arena_init(&arena, 0);
    Str text = str_from(data, size);
    str_find_byte(text, '\n', &end);
    Error *error = json_parse(&arena, str_slice(text, end + 1, size), NULL, &input);
    if (!error) check_text(str_slice(text, 0, end), input, &arena);
    error_free(error);
    arena_done(&arena);
    return 0;
}
