/* redrive.c -- RedriveExecution: an execution that did not succeed goes on where it stood.
 *
 * Children of a map run go on when their run does, and their run when the execution that it belongs to is redriven. A client that
 * asks again with the same token within a quarter of an hour is told when it was first heard; the last ten tokens are remembered. */
#include "services/states/redrive.h"

#include "base/hash.h"
#include "services/states/check.h"
#include "services/states/pump.h"

/* ---- whether it may ---- */

bool states_redrive_is_spent(Context *context, const StatesExecution *execution)
{
    return execution->events >= STATES_REDRIVE_EVENTS_MAX || context->now - execution->started >= STATES_EXECUTION_LIFE ||
           context->now - execution->stopped >= STATES_REDRIVE_DAYS * DURATION_DAY;
}

/* No data: nothing stands against it. */
static Str obstacle(Context *context, const StatesExecution *execution, bool deleting)
{
    if (execution->status == ASL_RUNNING) return STR("Execution is RUNNING and cannot be redriven");
    if (execution->status == ASL_SUCCEEDED) return STR("Execution is SUCCEEDED and cannot be redriven");
    if (deleting) return STR("State machine is in DELETING status");
    if (!states_redrive_is_spent(context, execution)) return STR_NONE;
    if (execution->events >= STATES_REDRIVE_EVENTS_MAX) return STR("Execution history event limit exceeded");
    if (context->now - execution->started >= STATES_EXECUTION_LIFE) return STR("Execution has exceeded the max execution time");
    return STR("Execution redrivable period exceeded");
}

Error *states_redrive_look(Context *context, const StatesExecution *execution, StatesRedrivable *out)
{
    bool child = execution->parent.kind == STATES_PARENT_MAP_RUN, deleting;
    TRY(states_machine_is_deleting(context, &execution->owner, &deleting));
    Str against = obstacle(context, execution, deleting);
    out->may = !against.data && !child;
    out->status = against.data ? STR("NOT_REDRIVABLE") : child ? STR("REDRIVABLE_BY_MAP_RUN") : STR("REDRIVABLE");
    out->reason = against;
    return NULL;
}

/* ---- tokens of clients ---- */

static uint64_t token_hash(Str token)
{
    uint8_t digest[HASH_SHA256_SIZE];
    hash_sha256(token, digest);
    return bytes_get_u64((const char *)digest);
}

static bool was_used(Context *context, const StatesExecution *execution, Str token, Instant *out)
{
    uint64_t hash = token_hash(token);
    for (uint32_t i = 0; token.length && i < execution->token_count; i++) {
        if (execution->tokens[i].hash != hash || context->now - execution->tokens[i].used >= STATES_REDRIVE_TOKEN_LIFE) continue;
        *out = execution->tokens[i].used;
        return true;
    }
    return false;
}

static void remember(Context *context, StatesExecution *execution, Str token)
{
    uint32_t keep = execution->token_count < STATES_REDRIVE_TOKENS ? execution->token_count : STATES_REDRIVE_TOKENS - 1;
    if (!token.length) return;
    memmove(execution->tokens + 1, execution->tokens, keep * sizeof execution->tokens[0]);
    execution->tokens[0] = (StatesRedriveToken){ token_hash(token), context->now };
    execution->token_count = keep + 1;
}

/* ---- doing it ---- */

void states_redrive_begin(StatesPump *pump, StatesExecution *execution)
{
    execution->redrives++;
    execution->redriven = states_pump_context(pump)->now;
    execution->stopped = 0;
    execution->output = execution->error = execution->cause = STR_NONE;
    states_pump_touch(pump, execution);
    states_pump_send(pump, execution->number, &(AslEvent){ .kind = ASL_REDRIVE });
}

static Error *redrive(Context *context, uint64_t number, Str token)
{
    StatesExecution *execution;
    StatesPump      *pump = states_pump(context);
    TRY(states_execution_load(context, number, true, &execution));
    if (!execution) return error_new(ERR_CORRUPT, "an execution has a name and is not there");
    remember(context, execution, token);
    states_redrive_begin(pump, execution);
    return states_pump_run(pump);
}

static bool is_token(Str token)
{
    for (size_t i = 0; i < token.length; i++)
        if (token.data[i] < '!' || token.data[i] > '~') return false;
    return true;
}

static Error *refuse(Str arn, const StatesRedrivable *redrivable)
{
    Str reason = redrivable->reason.data ? redrivable->reason : STR("Execution belongs to a Map Run and is redriven with it");
    return error_fault(&states_execution_not_redrivable, "Execution Not Redrivable: '%.*s': %.*s", STR_ARG(arn), STR_ARG(reason));
}

Error *states_redrive_execution(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        ARN_RULE("executionArn"),
        { .name = STR_CONST("clientToken"), .kind = RULE_TEXT, .min = 1, .max = STATES_CLIENT_TOKEN_MAX, .shown = "[!-~]+", .matches = is_token },
    };
    StatesExecution  execution;
    StatesRedrivable redrivable;
    Instant          date = context->now;
    TRY(states_check(input, RULES(rules)));
    Str arn = json_get_str(input, STR("executionArn")), token = json_get_str(input, STR("clientToken"));
    TRY(states_execution_find(context, arn, &execution));
    if (!was_used(context, &execution, token, &date)) {
        TRY(states_redrive_look(context, &execution, &redrivable));
        if (!redrivable.may) return refuse(arn, &redrivable);
        TRY(redrive(context, execution.number, token));
    }
    *out = json_object(context->arena);
    json_add(context->arena, *out, STR("redriveDate"), json_time(context->arena, date));
    return NULL;
}
