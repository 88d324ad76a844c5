/* state_choice.c -- Choice: the first rule that matches says where to go. */
#include "asl/run.h"

static bool rule_matches(AslStage *stage, const AslRule *rule, AslFault *fault)
{
    if (rule->rule) return asl_choice_matches(rule->rule, &stage->scope, fault);
    Json *verdict;
    return asl_expression_evaluate_as(rule->condition, &stage->scope, JSON_BOOL, &verdict, fault) && verdict->boolean;
}

/* A rule's own Output and Assign take the place of the state's. */
static bool rule_output(AslStage *stage, const AslStateDef *state, const AslRule *rule, AslValue *output, Json **assigned, AslFault *fault)
{
    const AslPayload *assign = rule ? &rule->assign : &state->assign, *out = rule ? &rule->output : &state->output;
    Json             *value;
    if (!asl_assign(assign, stage, assigned, fault)) return false;
    if (!state->jsonata || !asl_payload_is(out)) return true;
    if (!asl_payload(stage, out, &value, fault)) return false;
    *output = asl_value_of(value);
    return true;
}

static bool choose(AslRun *run, AslThread *thread, const AslTarget **target, AslValue *output, Json **assigned, AslFault *fault)
{
    const AslStateDef *state = asl_def(thread);
    const AslRule     *chosen = NULL;
    AslStage           stage;
    if (!asl_effective_input(run, thread, output, fault)) return false;
    asl_stage(run, thread, asl_value_json(run, output), &stage);
    for (size_t i = 0; i < state->rule_count && !chosen; i++) {
        if (rule_matches(&stage, &state->rules[i], fault)) chosen = &state->rules[i];
        else if (fault->error.length > 0) return false;
    }
    if (!chosen && state->next.state == ASL_END)
        return asl_fail(fault, run->arena, STR("States.NoChoiceMatched"),
                        "Failed to transition out of the state. The state does not point to a next state.");
    *target = chosen ? &chosen->next : &state->next;
    if (!rule_output(&stage, state, chosen, output, assigned, fault)) return false;
    return state->jsonata || asl_path_field(run, thread, &state->output_path, *output, output, fault);
}

void asl_enter_choice(AslRun *run, AslThread *thread)
{
    const AslTarget *target = NULL;
    AslValue         output;
    Json            *assigned = NULL;
    AslFault         fault = { 0 };
    if (choose(run, thread, &target, &output, &assigned, &fault)) asl_leave(run, thread, output, assigned, target);
    else asl_break_by(run, thread, &fault);
}
