/* compile_task.c -- Task states: what a Resource means.
 *
 *     arn:aws:lambda:REGION:ACCOUNT:function:NAME          a function
 *     arn:aws:states:REGION:ACCOUNT:activity:NAME          an activity
 *     arn:aws:states:::SERVICE:API[.sync[:2]|.waitForTaskToken]
 *     arn:aws:states:::aws-sdk:SERVICE:API[...]            any action of any service
 */
#include "asl/compile.h"

/* The n-th part of an ARN and everything after it. */
static Str arn_rest(Str arn, int parts)
{
    for (int i = 0; i < parts; i++) {
        size_t at;
        if (!str_find_byte(arn, ':', &at)) return STR_NONE;
        arn = str_slice(arn, at + 1, arn.length);
    }
    return arn;
}

static void split_pattern(AslTaskDef *task)
{
    static const struct {
        Str        ending;
        AslPattern pattern;
        int        version;
    } PATTERNS[] = {
        { STR_CONST(".waitForTaskToken"), ASL_WAIT_FOR_TOKEN, 0 },
        { STR_CONST(".sync:2"), ASL_SYNC, 2 },
        { STR_CONST(".sync"), ASL_SYNC, 1 },
    };
    for (size_t i = 0; i < sizeof PATTERNS / sizeof PATTERNS[0]; i++)
        if (str_ends_with(task->api, PATTERNS[i].ending)) {
            task->pattern = PATTERNS[i].pattern;
            task->sync_version = PATTERNS[i].version;
            task->api = str_slice(task->api, 0, task->api.length - PATTERNS[i].ending.length);
            return;
        }
}

static bool split_resource(AslTaskDef *task)
{
    Str arn = task->resource;
    Str service = arn_rest(arn, 2), account_rest = arn_rest(arn, 5);
    if (str_starts_with(service, STR("lambda:"))) {
        task->kind = ASL_TASK_LAMBDA;
        task->resource_type = STR("lambda");
        return true;
    }
    if (!str_starts_with(service, STR("states:")) || account_rest.length == 0) return false;
    size_t at;
    if (str_starts_with(account_rest, STR("activity:"))) {
        task->kind = ASL_TASK_ACTIVITY;
        task->resource_type = STR("activity");
        return true;
    }
    task->kind = str_starts_with(account_rest, STR("aws-sdk:")) ? ASL_TASK_SDK : ASL_TASK_SERVICE;
    Str rest = task->kind == ASL_TASK_SDK ? arn_rest(account_rest, 1) : account_rest;
    if (!str_find_byte(rest, ':', &at) || at == 0 || at + 1 == rest.length) return false;
    size_t type_length = (size_t)(rest.data - account_rest.data) + at;
    task->resource_type = str_slice(account_rest, 0, type_length);
    task->api = task->shown = str_slice(rest, at + 1, rest.length);
    split_pattern(task);
    return true;
}

Error *asl_compile_task(AslCompiler *compiler, const Json *from)
{
    AslTaskDef *task = NEW(compiler->arena, AslTaskDef);
    compiler->state->task = task;
    task->resource = json_get_str(from, STR("Resource"));
    if (!split_resource(task)) return asl_compile_bad(compiler, "Resource");
    TRY(asl_compile_field(compiler, from, "TimeoutSeconds", &task->timeout));
    TRY(asl_compile_field(compiler, from, "HeartbeatSeconds", &task->heartbeat));
    return asl_compile_payload(compiler, json_get(from, STR("Credentials")), "Credentials", &task->credentials);
}
