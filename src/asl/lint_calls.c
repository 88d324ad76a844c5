/* lint_calls.c -- intrinsic calls that fail whatever they are given: too many arguments or too few, a States.Format whose
 * text has other than as many places. The service takes them when a machine is made, and fails the state. */
#include "asl/lint_internal.h"

#include "asl/intrinsic_call.h"

typedef struct Calls {
    AslCheck       *check;
    const AslPlace *place;
} Calls;

static uint32_t places_in(Str written)
{
    uint32_t count = 0;
    for (size_t i = 0; i + 1 < written.length; i++) {
        if (written.data[i] == '\\')
            i++;
        else if (written.data[i] == '{' && written.data[i + 1] == '}')
            count++;
    }
    return count;
}

static void check_format(Calls *calls, const AslTerm *term)
{
    const AslTerm *first = term->count ? &term->arguments[0] : NULL;
    if (!str_equal(term->function->name, STR("States.Format")) || !first || first->kind != ASL_TERM_LITERAL ||
        first->literal->type != JSON_STRING)
        return;
    uint32_t places = places_in(first->written), given = term->count - 1;
    if (places != given)
        asl_lint_say(calls->check, ASL_ERROR, "INTRINSIC_ARGUMENTS", calls->place, STR("Each {} takes one argument."),
                     "the text of States.Format has %u {}, but %u argument%s", places, given,
                     given == 1 ? " follows" : "s follow");
}

/* As deep as a call may be nested (ASL_INTRINSIC_DEPTH_MAX). */
static void check_term(Calls *calls, const AslTerm *term)
{
    if (term->kind != ASL_TERM_CALL) return;
    Str name = term->function->name;
    if (!asl_function_fits(term->function, NULL, term->count))
        asl_lint_say(calls->check, ASL_ERROR, "INTRINSIC_ARGUMENTS", calls->place, STR(""),
                     "%.*s does not take %u argument%s", STR_ARG(name), term->count, term->count == 1 ? "" : "s");
    else
        check_format(calls, term);
    for (uint32_t i = 0; i < term->count; i++) check_term(calls, &term->arguments[i]);
}

void asl_lint_calls(AslCheck *check, const AslOutlineState *state)
{
    const Json *part;
    AslPlace    at;
    AslWalk     walk = { .arena = check->arena };
    if (state->language != LANGUAGE_JSONPATH) return;
    asl_walk_into(&walk, state->json, state->place);
    while (asl_walk_next(&walk, &part, &at)) {
        if (walk.depth == 1 && asl_is_other_value(at.name)) continue;
        if (part->type == JSON_OBJECT || part->type == JSON_ARRAY) asl_walk_into(&walk, part, at);
        bool computed = at.name.data && (str_ends_with(at.name, STR(".$")) || str_ends_with(at.name, STR("Path")));
        if (part->type != JSON_STRING || !computed || !asl_is_intrinsic(part->text)) continue;
        AslIntrinsic *call;
        Calls         calls = { check, &at };
        Error        *error = asl_intrinsic_compile(check->arena, part->text, &call);
        error_free(error);
        if (!error) check_term(&calls, &call->term);
    }
}
