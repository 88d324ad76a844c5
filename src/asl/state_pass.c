/* state_pass.c -- Pass: hands on its input, or a result of its own. */
#include "asl/run.h"

static void inspect_result(AslRun *run, const AslStateDef *state, AslValue *result)
{
    if (run->about->inspection && state->result) run->about->inspection->result = asl_value_text(run, result);
}

void asl_enter_pass(AslRun *run, AslThread *thread)
{
    const AslStateDef *state = asl_def(thread);
    AslValue           value;
    AslFault           fault = { 0 };
    if (state->result) value = asl_value_of((Json *)state->result);
    else if (!asl_arguments(run, thread, &value, &fault)) {
        asl_break_by(run, thread, &fault);
        return;
    }
    inspect_result(run, state, &value);
    asl_leave_with(run, thread, value);
}
