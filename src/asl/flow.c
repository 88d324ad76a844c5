/* flow.c -- how data goes into a state and out of it.
 *
 *     JSONPath:  input -InputPath-> -Parameters-> [work] -ResultSelector-> -ResultPath (into the input)-> -OutputPath-> output
 *     JSONata:   input -Arguments-> [work] -Output-> output
 *
 * and Assign looks at the same as the step that ends the work. Where a field is absent its arrow changes nothing, and what has
 * not changed keeps its text. */
#include "asl/run.h"

void asl_stage(AslRun *run, AslThread *thread, const Json *input, AslStage *out)
{
    AslVariables  *first = NULL;
    AslVariables **link = &first;
    for (AslThread *at = thread; at; at = asl_thread_up(run, at)) {
        if (!asl_value_is(&at->variables)) continue;
        AslVariables *variables = arena_alloc(run->arena, sizeof *variables);
        *variables = (AslVariables){ asl_value_json(run, &at->variables), NULL };
        *link = variables;
        link = (AslVariables **)&variables->outer;
    }
    *out = (AslStage){
        .scope = { .arena = run->arena, .input = input, .context = asl_context, .variables = first, .seed = &run->seed, .now = run->now },
        .run = run, .thread = thread,
    };
}

bool asl_payload(AslStage *stage, const AslPayload *payload, Json **out, AslFault *fault)
{
    if (payload->expression) return asl_expression_evaluate(payload->expression, &stage->scope, out, fault);
    return asl_template_evaluate(payload->template, &stage->scope, str_from_c(payload->name), out, fault);
}

#define INSPECT(run, stage, value) \
    do { if ((run)->about->inspection) (run)->about->inspection->stage = asl_value_shown((run), (value)); } while (0)

/* ---- going in ---- */

bool asl_path_field(AslRun *run, AslThread *thread, const AslPathField *field, AslValue from, AslValue *out, AslFault *fault)
{
    *out = from;
    if (field->none) {
        *out = (AslValue){ .text = STR("{}"), .compact = true };
        return true;
    }
    if (!field->path || str_equal(asl_path_text(field->path), STR("$"))) return true;
    AslStage stage;
    Json    *found;
    Str      why;
    asl_stage(run, thread, asl_value_json(run, out), &stage);
    if (stage.scope.input->type == JSON_NULL && asl_path_root(field->path) == ASL_PATH_INPUT)
        return asl_fail(fault, run->arena, STR("States.Runtime"), "Unable to apply Path transformation to null or empty input.");
    if (asl_path_apply(field->path, &stage.scope, &found, &why) != JSONPATH_FOUND)
        return asl_fail(fault, run->arena, STR("States.Runtime"), "Invalid path '%.*s' : %.*s", STR_ARG(asl_path_text(field->path)),
                        STR_ARG(why));
    *out = asl_value_of(found);
    return true;
}

bool asl_effective_input(AslRun *run, AslThread *thread, AslValue *out, AslFault *fault)
{
    const AslStateDef *state = asl_def(thread);
    if (!asl_path_field(run, thread, &state->input_path, thread->input, out, fault)) return false;
    if (!state->jsonata) INSPECT(run, after_input_path, out);
    return true;
}

bool asl_arguments(AslRun *run, AslThread *thread, AslValue *out, AslFault *fault)
{
    const AslStateDef *state = asl_def(thread);
    const AslPayload  *payload = state->jsonata ? &state->arguments : &state->parameters;
    if (!asl_effective_input(run, thread, out, fault)) return false;
    if (asl_payload_is(payload)) {
        AslStage stage;
        Json    *value;
        asl_stage(run, thread, asl_value_json(run, out), &stage);
        if (!asl_payload(&stage, payload, &value, fault)) return false;
        *out = asl_value_of(value);
    }
    if (!state->jsonata) INSPECT(run, after_parameters, out);
    else if (asl_payload_is(payload)) INSPECT(run, after_arguments, out);
    return true;
}

/* ---- coming out ---- */

bool asl_assign(const AslPayload *assign, AslStage *stage, Json **assigned, AslFault *fault)
{
    *assigned = NULL;
    return !asl_payload_is(assign) || asl_payload(stage, assign, assigned, fault);
}

/* Puts the result into the raw input, where ResultPath says. */
bool asl_result_path(AslRun *run, AslThread *thread, const AslPathField *field, AslValue *result, AslFault *fault)
{
    if (field->none) {
        *result = thread->input;
        return true;
    }
    if (!field->path || str_equal(asl_path_text(field->path), STR("$"))) return true;
    Json *merged;
    Str   why;
    if (jsonpath_replace(run->arena, asl_path_inner(field->path), asl_value_json(run, &thread->input),
                         (Json *)asl_value_json(run, result), &merged, &why) != JSONPATH_FOUND)
        return asl_fail(fault, run->arena, STR("States.ResultPathMatchFailure"), "Invalid path '%.*s' : %.*s",
                        STR_ARG(asl_path_text(field->path)), STR_ARG(why));
    *result = asl_value_of(merged);
    return true;
}

static bool select_result(AslRun *run, AslThread *thread, AslValue *result, AslFault *fault)
{
    const AslStateDef *state = asl_def(thread);
    if (asl_payload_is(&state->result_selector)) {
        AslStage stage;
        Json    *selected;
        asl_stage(run, thread, asl_value_json(run, result), &stage);
        if (!asl_payload(&stage, &state->result_selector, &selected, fault)) return false;
        *result = asl_value_of(selected);
    }
    INSPECT(run, after_result_selector, result);
    return true;
}

static bool path_result(AslRun *run, AslThread *thread, AslValue result, AslValue *out, Json **assigned, AslFault *fault)
{
    const AslStateDef *state = asl_def(thread);
    *assigned = NULL;
    if (asl_payload_is(&state->assign)) {
        AslStage stage;
        asl_stage(run, thread, asl_value_json(run, &result), &stage);
        if (!asl_assign(&state->assign, &stage, assigned, fault)) return false;
    }
    if (!select_result(run, thread, &result, fault)) return false;
    if (!asl_result_path(run, thread, &state->result_path, &result, fault)) return false;
    INSPECT(run, after_result_path, &result);
    return asl_path_field(run, thread, &state->output_path, result, out, fault);
}

static bool jsonata_result(AslRun *run, AslThread *thread, AslValue result, AslValue *out, Json **assigned, AslFault *fault)
{
    const AslStateDef *state = asl_def(thread);
    bool               works = state->type == ASL_TASK || state->type == ASL_PARALLEL || state->type == ASL_MAP;
    *out = result;
    *assigned = NULL;
    if (!asl_payload_is(&state->assign) && !asl_payload_is(&state->output)) return true;
    AslStage stage;
    asl_stage(run, thread, asl_value_json(run, &thread->input), &stage);
    if (works) stage.scope.result = asl_value_json(run, &result);
    if (!asl_assign(&state->assign, &stage, assigned, fault)) return false;
    if (!asl_payload_is(&state->output)) return true;
    Json *value;
    if (!asl_payload(&stage, &state->output, &value, fault)) return false;
    *out = asl_value_of(value);
    return true;
}

bool asl_result(AslRun *run, AslThread *thread, AslValue result, AslValue *out, Json **assigned, AslFault *fault)
{
    return asl_def(thread)->jsonata ? jsonata_result(run, thread, result, out, assigned, fault)
                                    : path_result(run, thread, result, out, assigned, fault);
}

/* ---- fields ---- */

Str asl_field_path(const AslField *field)
{
    return field->path ? asl_path_text(field->path) : STR_NONE;
}

bool asl_field_value(AslRun *run, AslThread *thread, const AslField *field, const Json *input, const Json **out, AslFault *fault)
{
    AslStage stage;
    Json    *value = NULL;
    Str      why;
    *out = field->form == ASL_LITERAL ? field->literal : NULL;
    if (field->form == ASL_ABSENT || field->form == ASL_LITERAL) return true;
    asl_stage(run, thread, input, &stage);
    if (field->form == ASL_BY_EXPRESSION && !asl_expression_evaluate(field->expression, &stage.scope, &value, fault)) return false;
    if (field->form == ASL_BY_TEMPLATE && !asl_template_evaluate(field->template, &stage.scope, str_from_c(field->name), &value, fault))
        return false;
    if (field->form == ASL_BY_PATH && asl_path_apply(field->path, &stage.scope, &value, &why) != JSONPATH_FOUND)
        return asl_fail(fault, run->arena, STR("States.Runtime"), "Invalid path '%.*s' : %.*s", STR_ARG(asl_path_text(field->path)),
                        STR_ARG(why));
    *out = value;
    return true;
}

/* The value is no number of the wanted kind. A path may also lead to a text that is one. */
static bool refuse_number(AslRun *run, const AslField *field, const Json *value, const char *kind, AslFault *fault)
{
    Str text = value->type == JSON_STRING ? value->text : json_text(run->arena, value);
    if (field->form == ASL_BY_PATH)
        return asl_fail(fault, run->arena, STR("States.Runtime"), "The %sPath field refers to value \"%.*s\" which is not a valid %s: %.*s",
                        field->name, STR_ARG(text), kind, STR_ARG(asl_path_text(field->path)));
    asl_fail(fault, run->arena, STR("States.QueryEvaluationError"), "The %s field is not a valid %s: %.*s", field->name, kind, STR_ARG(text));
    fault->location = str_from_c(field->name);
    return false;
}

/* An expression has to give a number; the service says so in other words than for a path. */
static bool field_as_number(AslRun *run, AslThread *thread, const AslField *field, const Json *input, const Json **out, AslFault *fault)
{
    if (field->form != ASL_BY_EXPRESSION) return asl_field_value(run, thread, field, input, out, fault);
    AslStage stage;
    Json    *value;
    asl_stage(run, thread, input, &stage);
    if (!asl_expression_evaluate_as(field->expression, &stage.scope, JSON_NUMBER, &value, fault)) return false;
    *out = value;
    return true;
}

bool asl_field_int(AslRun *run, AslThread *thread, const AslField *field, const Json *input, int64_t *out, AslFault *fault)
{
    const Json *value;
    if (!field_as_number(run, thread, field, input, &value, fault)) return false;
    if (!value || (value->type == JSON_NUMBER && json_int(value, out))) return true;
    if (field->form == ASL_BY_PATH && value->type == JSON_STRING && str_parse_int(value->text, out)) return true;
    return refuse_number(run, field, value, "integer", fault);
}

bool asl_field_number(AslRun *run, AslThread *thread, const AslField *field, const Json *input, double *out, AslFault *fault)
{
    const Json *value;
    if (!field_as_number(run, thread, field, input, &value, fault)) return false;
    if (!value) return true;
    if (field->form == ASL_BY_PATH && value->type == JSON_STRING && json_number_parse(value->text, out)) return true;
    if (value->type != JSON_NUMBER) return refuse_number(run, field, value, "float", fault);
    *out = json_number(value);
    return true;
}
