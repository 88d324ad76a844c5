/* state_ends.c -- Succeed and Fail: where machines end. */
#include "asl/run.h"

void asl_enter_succeed(AslRun *run, AslThread *thread)
{
    AslValue value;
    AslFault fault = { 0 };
    if (asl_effective_input(run, thread, &value, &fault)) asl_leave_with(run, thread, value);
    else asl_break_by(run, thread, &fault);
}

/* Error or Cause: a text, or nothing. Other values that a path finds are shown as JSON. */
static bool text_of(AslRun *run, AslThread *thread, const AslField *field, const Json *input, Str *out, AslFault *fault)
{
    const Json *value;
    AslStage    stage;
    Json       *found;
    Str         why;
    *out = STR_NONE;
    if (field->form == ASL_BY_PATH) {
        asl_stage(run, thread, input, &stage);
        if (asl_path_apply(field->path, &stage.scope, &found, &why) != JSONPATH_FOUND)
            return asl_fail(fault, run->arena, STR("States.Runtime"),
                            "The JSONPath '%.*s' specified for the field '%sPath' could not be found in the input '%.*s'",
                            STR_ARG(asl_field_path(field)), field->name, STR_ARG(json_text(run->arena, input)));
        value = found;
    } else if (field->form == ASL_BY_EXPRESSION) {
        asl_stage(run, thread, input, &stage);
        if (!asl_expression_evaluate_as(field->expression, &stage.scope, JSON_STRING, &found, fault)) return false;
        value = found;
    } else if (!asl_field_value(run, thread, field, input, &value, fault)) {
        return false;
    }
    if (value) *out = value->type == JSON_STRING ? value->text : json_text(run->arena, value);
    if (value && !out->data) out->data = "";
    return true;
}

/* Its failure cannot be caught by itself; it goes up at once. */
void asl_enter_fail(AslRun *run, AslThread *thread)
{
    const AslFailDef *fail = asl_def(thread)->fail;
    AslValue          input;
    AslFault          fault = { 0 };
    Str               error, cause;
    if (!asl_effective_input(run, thread, &input, &fault)) {
        asl_break_by(run, thread, &fault);
        return;
    }
    bool        simple = fail->error.form <= ASL_LITERAL && fail->cause.form <= ASL_LITERAL;
    const Json *seen = simple ? NULL : asl_value_json(run, &input);
    if (text_of(run, thread, &fail->error, seen, &error, &fault) && text_of(run, thread, &fail->cause, seen, &cause, &fault))
        asl_break(run, thread, error, cause);
    else asl_break_by(run, thread, &fault);
}
