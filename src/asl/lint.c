/* lint.c -- what an expert sees beyond what the service refuses.
 *
 * Two kinds of findings: errors are certain, what is only likely is a warning. Everything works on the outline
 * (validate_outline.c), so it also says what it can of a definition that is not valid. */
#include "asl/lint_internal.h"

void asl_lint_say(AslCheck *check, AslSeverity severity, const char *code, const AslPlace *place, Str hint,
                  const char *format, ...)
{
    va_list arguments;
    if (check->count >= ASL_FINDINGS_MAX) return;
    va_start(arguments, format);
    Str message = str_format_list(check->arena, format, arguments);
    va_end(arguments);
    asl_check_add(check, severity, code, place, message, hint);
}

static void lint_order(AslCheck *check)
{
    const AslOutline *outline = check->outline;
    for (uint32_t i = 0; i < outline->order_count && check->count < ASL_FINDINGS_MAX; i++) {
        uint32_t at = outline->order[i];
        check->rank = i;
        if (at & ORDER_MACHINE) {
            const AslOutlineMachine *machine = &outline->machines[at & ~ORDER_MACHINE];
            asl_lint_members(check, machine->json, machine->place, true);
            continue;
        }
        const AslOutlineState *state = &outline->states[at];
        asl_lint_members(check, state->json, &state->place, false);
        asl_lint_texts(check, state);
        asl_lint_calls(check, state);
        if (state->type == TYPE_CHOICE) asl_lint_choice(check, state);
        if (state->type == TYPE_TASK) asl_lint_task(check, state);
        if (state->type == TYPE_PASS) asl_lint_pass(check, state);
        if (state->type == TYPE_MAP) asl_lint_map(check, state);
        asl_lint_handlers(check, state);
    }
}

void asl_lint(Arena *arena, const Json *definition, AslMachineType type, AslDiagnostics *out)
{
    if (definition->type != JSON_OBJECT) {
        asl_validate(arena, definition, type, out);
        return;
    }
    AslCheck *check = asl_check_new(arena, definition, type);
    asl_run_validation(check);
    asl_lint_paths(check);
    asl_lint_variables(check);
    asl_lint_loops(check);
    lint_order(check);
    asl_check_finish(check, out);
}

/* The doubts that the service has codes for; the others are ours. */
static bool is_service_warning(Str code)
{
    return str_equal(code, STR("NO_DOLLAR")) || str_equal(code, STR("NO_PATH")) ||
           str_equal(code, STR("PASS_RESULT_IS_STATIC"));
}

void asl_validate_warnings(Arena *arena, const Json *definition, AslDiagnostics *out)
{
    if (definition->type != JSON_OBJECT) return;
    AslCheck *check = asl_check_new(arena, definition, ASL_STANDARD);
    for (uint32_t i = 0; i < check->outline->order_count && check->count < ASL_FINDINGS_MAX; i++) {
        check->rank = i;
        if (!(check->outline->order[i] & ORDER_MACHINE))
            asl_lint_texts(check, &check->outline->states[check->outline->order[i]]);
    }
    size_t kept = 0;
    for (size_t i = 0; i < check->count; i++)
        if (is_service_warning(check->findings[i].diagnostic.code)) check->findings[kept++] = check->findings[i];
    check->count = kept;
    asl_check_finish(check, out);
}
