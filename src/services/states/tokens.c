/* tokens.c -- SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat: answers from outside, by the token of a task.
 *
 * A token holds the number of its execution, the thread, and which try of which task it is for, with a number that cannot be guessed
 * (asl.h). A token that was ours but that nobody waits for any more has timed out, was answered, or its execution has ended: all
 * of that is one refusal, as the service has it. Tokens are good for callers of the execution's own account and region. */
#include "services/states/check.h"
#include "services/states/executions.h"

typedef struct Token {
    Str      text;
    uint64_t execution;
    uint32_t thread, attempt;
} Token;

static Error *refuse_token(void)
{
    return error_fault(&states_invalid_token, "Invalid Token: 'Invalid token'");
}

static Error *parse_token(Context *context, const Json *input, Token *out)
{
    Str key;
    out->text = json_get_str(input, STR("taskToken"));
    if (!asl_token_parse(context->arena, out->text, &key, &out->thread, &out->attempt) || key.length != STATES_ID_SIZE) return refuse_token();
    out->execution = bytes_get_u64(key.data);
    return NULL;
}

static bool is_own(const Context *context, const StatesExecution *execution)
{
    return str_equal(context->caller->account, execution->owner.account) && str_equal(context->caller->region, execution->owner.region);
}

static Error *refuse_late(void)
{
    return error_fault(&states_task_timed_out, "Task Timed Out: 'Provided task does not exist anymore'");
}

/* Of an execution that does not run. */
static Error *refuse_ended(Context *context, const Token *token)
{
    StatesExecution execution;
    bool            found;
    TRY(states_execution_read(context, token->execution, &execution, &found));
    if (!found) return error_fault(&states_task_does_not_exist, "Task Does Not Exist: 'Provided task does not exist'");
    return is_own(context, &execution) ? refuse_late() : refuse_token();
}

static Error *answer(Context *context, const Token *token, AslEvent *event)
{
    StatesExecution *execution;
    bool             ignored;
    TRY(states_execution_load(context, token->execution, false, &execution));
    if (!execution) return refuse_ended(context, token);
    if (!is_own(context, execution)) return refuse_token();
    if (!asl_token_waits(context->arena, execution->state, token->text)) return refuse_late();
    event->thread = token->thread;
    event->attempt = token->attempt;
    return states_send(context, token->execution, event, &ignored);
}

/* ---- operations ---- */

#define TOKEN_RULE TEXT_RULE("taskToken", 1, STATES_TASK_TOKEN_MAX, RULE_REQUIRED)

static Error *refuse_output(Str why)
{
    return error_fault(&states_invalid_output, "Invalid Output: '%.*s'", STR_ARG(why));
}

static Error *check_output(Arena *arena, Str output)
{
    Json *value;
    if (output.length > STATES_INPUT_MAX)
        return refuse_output(str_format(arena, "The output has %zu bytes, %d are allowed", output.length, STATES_INPUT_MAX));
    Error *error = json_parse(arena, output, NULL, &value);
    if (!error) return NULL;
    Str why = str_copy(arena, str_from_c(error->message));
    error_free(error);
    return refuse_output(why);
}

Error *states_send_task_success(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { TOKEN_RULE, TEXT_RULE("output", 0, STATES_INPUT_MAX, RULE_REQUIRED | RULE_SENSITIVE) };
    Token                   token;
    AslEvent                event = { .kind = ASL_TASK_SUCCEEDED, .payload = json_get_str(input, STR("output")) };
    (void)out;
    TRY(states_check(input, RULES(rules)));
    TRY(parse_token(context, input, &token));
    TRY(check_output(context->arena, event.payload));
    return answer(context, &token, &event);
}

Error *states_send_task_failure(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        TOKEN_RULE,
        TEXT_RULE("error", 0, STATES_ERROR_MAX, RULE_SENSITIVE),
        TEXT_RULE("cause", 0, STATES_CAUSE_MAX, RULE_SENSITIVE),
    };
    Token    token;
    AslEvent event = { .kind = ASL_TASK_FAILED, .error = json_get_str(input, STR("error")), .cause = json_get_str(input, STR("cause")) };
    (void)out;
    TRY(states_check(input, RULES(rules)));
    TRY(parse_token(context, input, &token));
    return answer(context, &token, &event);
}

Error *states_send_task_heartbeat(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { TOKEN_RULE };
    Token                   token;
    AslEvent                event = { .kind = ASL_TASK_HEARTBEAT };
    (void)out;
    TRY(states_check(input, RULES(rules)));
    TRY(parse_token(context, input, &token));
    return answer(context, &token, &event);
}
