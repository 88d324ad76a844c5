/* validate_choice.c -- the rules of Choice states: one test each, and a Next only outside. */
#include "asl/validate_internal.h"

static const Str SELECTORS[] = { STR_CONST("And"), STR_CONST("Or"), STR_CONST("Not"), STR_CONST("Variable"),
                                 STR_CONST("Condition") };

/* Begins as an operator does. Whether there is such a one, the table of fields knows. */
static bool is_operator(Str name)
{
    static const Str starts[] = { STR_CONST("String"),     STR_CONST("Numeric"),  STR_CONST("Boolean"),
                                  STR_CONST("Timestamp"),  STR_CONST("IsNull"),   STR_CONST("IsPresent"),
                                  STR_CONST("IsNumeric"),  STR_CONST("IsString"), STR_CONST("IsBoolean"),
                                  STR_CONST("IsTimestamp") };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (str_starts_with(name, starts[i])) return true;
    return false;
}

static void check_operators(AslCheck *check, const Json *rule, const AslPlace *place)
{
    uint32_t count = 0;
    Str      list = STR_NONE;
    JSON_EACH_MEMBER(rule, member) {
        if (!is_operator(member->name)) continue;
        Str name = asl_quote(member->name);
        if (++count <= 8)
            list = list.data ? str_format(check->arena, "%.*s, %.*s", STR_ARG(list), STR_ARG(name)) : name;
    }
    if (count > 1)
        asl_check_schema(check, place, "There should only be one of the following fields: [%.*s]", STR_ARG(list));
    if (count) return;
    asl_check_schema(check, place, "This object should have only one comparison operator");
    asl_check_hint(check, STR("Say how the Variable is compared: \"StringEquals\": \"yes\", \"IsPresent\": true, ..."));
}

static void check_rule(AslCheck *check, AslOwner owner, const Json *rule, const AslPlace *place)
{
    int selectors = 0;
    for (size_t i = 0; i < sizeof SELECTORS / sizeof *SELECTORS; i++) selectors += json_get(rule, SELECTORS[i]) != NULL;
    asl_check_object(check, owner, rule, place);
    if (selectors != 1)
        asl_check_schema(check, place,
                         "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]");
    else if (check->language == LANGUAGE_JSONPATH && json_get(rule, STR("Variable")))
        check_operators(check, rule, place);
}

typedef struct Open { /* a rule, and which of its parts comes next */
    const Json *rule;
    AslPlace    place;
    uint32_t    next;
} Open;

/* The tests in a rule: those of And or Or, or the one of Not. */
static const Json *inner_test(const Json *rule, uint32_t at, Str *out_name)
{
    static const Str lists[] = { STR_CONST("And"), STR_CONST("Or") };
    for (size_t i = 0; i < 2; i++) {
        const Json *list = json_get(rule, lists[i]);
        if (!list || list->type != JSON_ARRAY) continue;
        *out_name = lists[i];
        return at < list->count ? list->items[at] : NULL;
    }
    *out_name = STR("Not");
    return at == 0 ? json_get(rule, STR("Not")) : NULL;
}

static void check_tests(AslCheck *check, const Json *rule, const AslPlace *place)
{
    Open   **stack = NULL;
    uint32_t depth = 1, room = 0;
    stack = arena_grow(check->arena, NULL, 0, 16 * sizeof *stack);
    memset(stack, 0, 16 * sizeof *stack);
    room = 16;
    stack[0] = NEW(check->arena, Open);
    *stack[0] = (Open){ rule, *place, 0 };
    while (depth) {
        Str         name;
        Open       *open = stack[depth - 1];
        uint32_t    at = open->next++;
        const Json *test = inner_test(open->rule, at, &name);
        if (!test) {
            depth--;
            continue;
        }
        AslPlace where =
            str_equal(name, STR("Not")) ? asl_place(&open->place, name) : asl_place_item(&open->place, name, at);
        if (!asl_check_type(check, test, JSON_OBJECT, &where)) continue;
        check_rule(check, OWNER_TEST, test, &where);
        if (depth == room) {
            stack = arena_grow(check->arena, stack, room * sizeof *stack, arena_size(room * 2, sizeof *stack));
            memset(stack + room, 0, room * sizeof *stack);
            room *= 2;
        }
        if (!stack[depth]) stack[depth] = NEW(check->arena, Open);
        *stack[depth++] = (Open){ test, where, 0 };
    }
}

void asl_check_choices(AslCheck *check, const Json *choices, const AslPlace *place)
{
    const Json *rule;
    if (!asl_check_type(check, choices, JSON_ARRAY, place)) return;
    if (!choices->count) asl_check_schema(check, place, "Value cannot be empty");
    JSON_EACH_ITEM(choices, rule) {
        AslPlace at = asl_place_item(place->parent, place->name, rule_at);
        if (!asl_check_type(check, rule, JSON_OBJECT, &at)) continue;
        check_rule(check, OWNER_RULE, rule, &at);
        if (check->language == LANGUAGE_JSONPATH) check_tests(check, rule, &at);
    }
}
