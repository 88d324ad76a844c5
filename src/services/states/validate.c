/* validate.c -- ValidateStateMachineDefinition. */
#include "asl/lint.h"
#include "services/states/check.h"

static Json *tell(Arena *arena, const AslDiagnostic *diagnostic)
{
    Json *json = json_object(arena);
    json_add_str(arena, json, STR("severity"), diagnostic->severity == ASL_ERROR ? STR("ERROR") : STR("WARNING"));
    json_add_str(arena, json, STR("code"), diagnostic->code);
    json_add_str(arena, json, STR("message"), diagnostic->message);
    if (diagnostic->location.length) json_add_str(arena, json, STR("location"), diagnostic->location);
    return json;
}

Error *states_validate_state_machine_definition(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        TEXT_RULE("definition", 1, STATES_DEFINITION_MAX, RULE_REQUIRED | RULE_SENSITIVE),
        TYPE_RULE,
        WORD_RULE("severity", "[ERROR, WARNING]", 0),
        NUMBER_RULE("maxResults", 0, STATES_DIAGNOSTICS_MAX),
    };
    Arena         *arena = context->arena;
    AslDiagnostics found = { 0 };
    Json          *definition;
    int64_t        max = 0;
    bool           failed = false, truncated = false;
    TRY(states_check(input, RULES(rules)));
    json_get_int(input, STR("maxResults"), &max);
    bool warnings = str_equal(json_get_str(input, STR("severity")), STR("WARNING"));
    bool express = str_equal(json_get_str(input, STR("type")), STR("EXPRESS"));
    Str  text = json_get_str(input, STR("definition"));
    asl_validate_text(arena, text, express ? ASL_EXPRESS : ASL_STANDARD, &definition, &found);
    Json *list = json_array(arena);
    for (size_t i = 0; i < found.count; i++) {
        bool is_error = found.items[i].severity == ASL_ERROR;
        failed = failed || is_error;
        if (!is_error && !warnings) continue;
        if (list->count < (max ? max : STATES_DIAGNOSTICS_MAX))
            json_append(arena, list, tell(arena, &found.items[i]));
        else
            truncated = true;
    }
    *out = json_object(arena);
    json_add_str(arena, *out, STR("result"), failed ? STR("FAIL") : STR("OK"));
    json_add(arena, *out, STR("diagnostics"), list);
    json_add(arena, *out, STR("truncated"), json_bool(arena, truncated));
    return NULL;
}
