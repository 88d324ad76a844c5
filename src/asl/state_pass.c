/* state_pass.c -- Pass: hands on its input, or a result of its own. */
#include "asl/run.h"

static void inspect_result(AslRun *run, const AslStateDef *state, AslValue *result)
{
    if (run->about->inspection && state->result) run->about->inspection->result = asl_value_text(run, result);
}

void asl_enter_pass(AslRun *run, AslThread *thread)
{
    const AslStateDef *state = asl_def(thread);
    AslValue           value, output;
    Json              *assigned;
    AslFault           fault = { 0 };
    if (state->result) value = asl_value_of((Json *)state->result);
    else if (!asl_arguments(run, thread, &value, &fault)) {
        asl_break_by(run, thread, &fault);
        return;
    }
    inspect_result(run, state, &value);
    if (asl_result(run, thread, value, &output, &assigned, &fault)) asl_leave(run, thread, output, assigned, &state->next);
    else asl_break_by(run, thread, &fault);
}
