/* test_state.c -- TestState: one state by itself, with mocked tasks or with those of this world.
 *
 * The state is played by play/test_state.h, which is a function; a task that nobody mocked is done here, in this call's transaction,
 * and the same is asked again with its answer. */
#include "play/test_state.h"

#include "services/states/integration.h"

enum { TASKS_MAX = 8 }; /* of one state; a retry is not waited for, so there is one */

static const Fault *fault_of(Str code)
{
    static const Fault *const FAULTS[] = { &states_invalid_definition, &states_invalid_execution_input, &states_invalid_arn, &states_validation };
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++)
        if (str_equal(code, str_from_c(FAULTS[i]->code))) return FAULTS[i];
    return &states_validation;
}

static Error *refused(const TestStateReply *reply)
{
    return error_fault(fault_of(reply->code), "%.*s", STR_ARG(reply->message));
}

Error *states_test_state(Context *context, const Json *input, Json **out)
{
    Arena           *arena = context->arena;
    TestStateRequest request;
    TestStateReply   reply = { 0 };
    PlayAnswer       answer;
    if (!test_state_read(arena, input, &request, &reply)) return refused(&reply);
    request.account = context->caller->account;
    request.region = context->caller->region;
    request.partition = states_partition(request.region);
    request.now = context->now;
    request.seed = chance_u64(context->chance);
    for (int i = 0; i < TASKS_MAX; i++) {
        StatesTaskAnswer done;
        TRY(test_state(arena, &request, &reply));
        if (!reply.task) break;
        TRY(states_task_ask(context, request.account, request.region, request.role_arn, reply.task, &done));
        answer = (PlayAnswer){ .result = done.payload, .error = done.error, .cause = done.cause };
        request.answer = &answer;
    }
    if (reply.code.length > 0) return refused(&reply);
    *out = reply.response;
    return NULL;
}
