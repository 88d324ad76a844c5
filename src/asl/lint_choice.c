/* lint_choice.c -- Choice states: nothing may match, and rules that never get their turn. */
#include "asl/lint_internal.h"

/* ---- what a rule tests, as a text ---- */

static bool is_test(Str name)
{
    static const Str others[] = { STR_CONST("Next"), STR_CONST("Comment"), STR_CONST("Assign"), STR_CONST("Output") };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (str_equal(name, others[i])) return false;
    return true;
}

/* By name, so that the order of writing makes no difference. */
static Str text_of(Arena *arena, const Json *rule)
{
    Json            *test = json_object(arena);
    static const Str first[] = { STR_CONST("Variable"), STR_CONST("Condition") };
    for (size_t i = 0; i < 2; i++)
        if (json_get(rule, first[i])) json_add(arena, test, first[i], json_get(rule, first[i]));
    JSON_EACH_MEMBER(rule, member)
        if (is_test(member->name) && !json_get(test, member->name)) json_add(arena, test, member->name, member->value);
    return json_text(arena, test);
}

/* The texts of tests that hold whenever the rule's does not. */
static uint32_t opposites(Arena *arena, const Json *rule, Str *out)
{
    static const struct {
        Str operator, opposite;
    } pairs[] = { { STR_CONST("GreaterThan"), STR_CONST("LessThanEquals") },
                  { STR_CONST("LessThan"), STR_CONST("GreaterThanEquals") } };
    uint32_t    count = 0;
    const Json *inner = json_get(rule, STR("Not")), *variable = json_get(rule, STR("Variable"));
    if (inner) out[count++] = text_of(arena, inner);
    if (!variable) return count;
    JSON_EACH_MEMBER(rule, member) {
        Json *test = json_object(arena);
        json_add(arena, test, STR("Variable"), (Json *)(uintptr_t)variable);
        if (count > 2) break;
        if (member->value->type == JSON_BOOL) {
            json_add(arena, test, member->name, json_bool(arena, !member->value->boolean));
            out[count++] = json_text(arena, test);
            continue;
        }
        for (size_t i = 0; i < 2; i++) {
            static const Str kinds[] = { STR_CONST("Numeric"), STR_CONST("String"), STR_CONST("Timestamp") };
            for (size_t k = 0; k < 3; k++) {
                if (!str_equal(member->name,
                               str_format(arena, "%.*s%.*s", STR_ARG(kinds[k]), STR_ARG(pairs[i].operator))))
                    continue;
                json_add(arena, test, str_format(arena, "%.*s%.*s", STR_ARG(kinds[k]), STR_ARG(pairs[i].opposite)),
                         member->value);
                out[count++] = json_text(arena, test);
            }
        }
    }
    return count;
}

static bool is_always(const Json *rule)
{
    const Json *condition = json_get(rule, STR("Condition"));
    if (!condition) return false;
    if (condition->type == JSON_BOOL) return condition->boolean;
    if (condition->type != JSON_STRING || condition->text.length < 4) return false;
    return str_equal(str_trim(str_slice(condition->text, 2, condition->text.length - 2)), STR("true"));
}

/* ---- checks ---- */

static bool is_exhaustive(Arena *arena, const Json *choices, const Json *tests)
{
    const Json *rule;
    JSON_EACH_ITEM(choices, rule) {
        Str others[4];
        if (rule->type != JSON_OBJECT) continue;
        if (is_always(rule)) return true;
        uint32_t count = opposites(arena, rule, others);
        for (uint32_t i = 0; i < count; i++)
            if (json_get(tests, others[i])) return true;
    }
    return false;
}

static Json *look_at_rules(AslCheck *check, const AslOutlineState *state, const Json *choices)
{
    const Json *rule;
    int64_t     first;
    bool        always = false;
    Json       *tests = json_object(check->arena);
    JSON_EACH_ITEM(choices, rule) {
        AslPlace at = asl_place_item(&state->place, STR("Choices"), rule_at);
        if (rule->type != JSON_OBJECT) continue;
        Str text = text_of(check->arena, rule);
        if (always)
            asl_lint_say(check, ASL_WARNING, "UNREACHABLE_RULE", &at, STR(""), "a rule before this one always matches");
        else if (json_get_int(tests, text, &first))
            asl_lint_say(check, ASL_WARNING, "UNREACHABLE_RULE", &at, STR(""),
                         "Choices[%lld] tests the same, so this rule never gets its turn", (long long)first);
        else
            json_add(check->arena, tests, text, json_int_new(check->arena, rule_at));
        always |= is_always(rule);
    }
    return tests;
}

void asl_lint_choice(AslCheck *check, const AslOutlineState *state)
{
    const Json *choices = json_get(state->json, STR("Choices"));
    if (!choices || choices->type != JSON_ARRAY || !choices->count) return;
    Json *tests = look_at_rules(check, state, choices);
    if (json_get(state->json, STR("Default")) || is_exhaustive(check->arena, choices, tests)) return;
    asl_lint_say(check, ASL_WARNING, "NO_DEFAULT", &state->place,
                 STR("Add a Default, if only a Fail state that says what is wrong."),
                 "when no rule matches, the execution fails with States.NoChoiceMatched");
}
