/* state_task.c -- Task: work that somebody else does.
 *
 * A task is out from its Scheduled event to its end. Functions and service calls are started as they are scheduled; an activity is
 * started when a worker takes it. Every try has a number of its own, so an answer to an earlier try is known as such. */
#include "asl/run.h"

/* ORDER of AslTaskKind. */
static const struct {
    AslHistoryType scheduled, started, succeeded, failed, timed_out, start_failed;
} EVENTS[] = {
    [ASL_TASK_LAMBDA] = { ASL_H_LambdaFunctionScheduled, ASL_H_LambdaFunctionStarted, ASL_H_LambdaFunctionSucceeded, ASL_H_LambdaFunctionFailed,
                          ASL_H_LambdaFunctionTimedOut, ASL_H_LambdaFunctionStartFailed },
    [ASL_TASK_ACTIVITY] = { ASL_H_ActivityScheduled, ASL_H_ActivityStarted, ASL_H_ActivitySucceeded, ASL_H_ActivityFailed,
                            ASL_H_ActivityTimedOut, ASL_H_ActivityScheduleFailed },
    [ASL_TASK_SERVICE] = { ASL_H_TaskScheduled, ASL_H_TaskStarted, ASL_H_TaskSucceeded, ASL_H_TaskFailed, ASL_H_TaskTimedOut,
                           ASL_H_TaskStartFailed },
    [ASL_TASK_SDK] = { ASL_H_TaskScheduled, ASL_H_TaskStarted, ASL_H_TaskSucceeded, ASL_H_TaskFailed, ASL_H_TaskTimedOut,
                       ASL_H_TaskStartFailed },
};

static AslTaskAbout *about_task(AslRun *run, const AslThread *thread)
{
    const AslTaskDef *task = asl_def(thread)->task;
    bool              by_arn = task->kind == ASL_TASK_LAMBDA || task->kind == ASL_TASK_ACTIVITY;
    AslTaskAbout     *about = NEW(run->arena, AslTaskAbout);
    *about = (AslTaskAbout){ .resource = by_arn ? task->resource : task->shown, .timeout_s = -1, .heartbeat_s = -1 };
    if (!by_arn) about->resource_type = task->resource_type;
    return about;
}

static AslHistory *note_task(AslRun *run, AslThread *thread, AslHistoryType type)
{
    AslHistory *event = asl_note(run, thread, type);
    if (!run->about->quiet) event->task = about_task(run, thread);
    return event;
}

/* ---- beginning ---- */

typedef struct Request {
    AslValue parameters;
    int64_t  timeout_s, heartbeat_s; /* -1: none */
    Str      role_arn;
} Request;

static bool credentials(AslRun *run, AslThread *thread, const AslTaskDef *task, AslValue *input, Str *role_arn, AslFault *fault)
{
    if (!asl_payload_is(&task->credentials)) return true;
    AslStage stage;
    Json    *value;
    asl_stage(run, thread, asl_value_json(run, input), &stage);
    if (!asl_payload(&stage, &task->credentials, &value, fault)) return false;
    *role_arn = json_get_str(value, STR("RoleArn"));
    return true;
}

static bool request_of(AslRun *run, AslThread *thread, Request *request, AslFault *fault)
{
    const AslTaskDef *task = asl_def(thread)->task;
    AslValue          input;
    *request = (Request){ .timeout_s = -1, .heartbeat_s = -1 };
    if (!asl_effective_input(run, thread, &input, fault)) return false;
    const Json *seen = task->timeout.form > ASL_LITERAL || task->heartbeat.form > ASL_LITERAL ? asl_value_json(run, &input) : NULL;
    if (!asl_field_int(run, thread, &task->timeout, seen, &request->timeout_s, fault)) return false;
    if (!asl_field_int(run, thread, &task->heartbeat, seen, &request->heartbeat_s, fault)) return false;
    if (!asl_arguments(run, thread, &request->parameters, fault)) return false;
    if (!credentials(run, thread, task, &input, &request->role_arn, fault)) return false;
    return asl_check_size(run, asl_def(thread)->name, asl_value_text(run, &request->parameters), fault);
}

static void note_scheduled(AslRun *run, AslThread *thread, const Request *request)
{
    AslHistory *event = asl_note(run, thread, EVENTS[asl_def(thread)->task->kind].scheduled);
    if (run->about->quiet) return;
    AslTaskAbout *about = about_task(run, thread);
    about->region = run->about->region;
    about->role_arn = request->role_arn;
    about->timeout_s = request->timeout_s;
    about->heartbeat_s = request->heartbeat_s;
    event->task = about;
    event->text = request->parameters.text;
}

static void act_task(AslRun *run, AslThread *thread, const Request *request)
{
    const AslTaskDef *task = asl_def(thread)->task;
    AslAction        *action = asl_act(run, ASL_DO_TASK, thread->id);
    action->task = task->kind;
    action->pattern = task->pattern;
    action->attempt = thread->attempt;
    action->state_name = asl_def(thread)->name;
    action->resource = task->resource;
    action->resource_type = task->resource_type;
    action->api = task->api;
    action->sync_version = task->sync_version;
    action->parameters = request->parameters.text;
    action->role_arn = request->role_arn;
    if (thread->wants_token || task->kind == ASL_TASK_ACTIVITY) action->token = asl_token(run, thread);
}

static Instant after(AslRun *run, int64_t seconds)
{
    return seconds < 0 ? 0 : run->now + seconds * 1000000;
}

void asl_enter_task(AslRun *run, AslThread *thread)
{
    const AslTaskDef *task = asl_def(thread)->task;
    AslScope          chance = { .seed = &run->seed };
    Request           request;
    AslFault          fault = { 0 };
    thread->attempt++;
    thread->nonce = asl_draw(&chance);
    thread->wants_token = task->pattern == ASL_WAIT_FOR_TOKEN;
    thread->phase = ASL_READY;
    thread->head_changed = true;
    if (!request_of(run, thread, &request, &fault)) {
        asl_break_by(run, thread, &fault);
        return;
    }
    thread->phase = ASL_WORKING;
    if (task->kind == ASL_TASK_ACTIVITY) thread->wants_token = true;
    thread->timeout = after(run, request.timeout_s);
    thread->heartbeat_s = request.heartbeat_s < 0 ? 0 : request.heartbeat_s;
    thread->heartbeat = after(run, request.heartbeat_s);
    note_scheduled(run, thread, &request);
    act_task(run, thread, &request);
    if (task->kind != ASL_TASK_ACTIVITY) note_task(run, thread, EVENTS[task->kind].started);
    asl_set_timer(run, thread);
}

/* ---- ending ---- */

static void back(AslRun *run, AslThread *thread)
{
    thread->phase = ASL_READY;
    asl_set_timer(run, thread);
    thread->head_changed = true;
}

static void task_failed(AslRun *run, AslThread *thread, AslHistoryType type, Str error, Str cause)
{
    AslHistory *event = note_task(run, thread, type);
    event->error = error;
    event->cause = cause;
    back(run, thread);
    asl_break(run, thread, error, cause);
}

static void task_succeeded(AslRun *run, AslThread *thread)
{
    const AslStateDef *state = asl_def(thread);
    AslValue           result = asl_value_of_text(run->event->payload);
    AslFault           fault = { 0 };
    bool               by_arn = state->task->kind == ASL_TASK_LAMBDA || state->task->kind == ASL_TASK_ACTIVITY;
    if (!asl_check_size(run, by_arn ? state->task->resource : state->task->resource_type, result.text, &fault)) {
        task_failed(run, thread, EVENTS[state->task->kind].failed, fault.error, fault.cause);
        return;
    }
    note_task(run, thread, EVENTS[state->task->kind].succeeded)->text = result.text;
    if (run->about->inspection) run->about->inspection->result = result.text;
    back(run, thread);
    asl_leave_with(run, thread, result);
}

static void beat(AslRun *run, AslThread *thread)
{
    if (!thread->heartbeat_s) return;
    thread->heartbeat = after(run, thread->heartbeat_s);
    asl_set_timer(run, thread);
}

void asl_task_event(AslRun *run, AslThread *thread)
{
    const AslEvent *event = run->event;
    AslTaskKind     kind = asl_def(thread)->task ? asl_def(thread)->task->kind : ASL_TASK_SERVICE;
    switch (event->kind) {
    case ASL_TASK_STARTED:
        note_task(run, thread, EVENTS[kind].started)->name = event->worker;
        beat(run, thread);
        return;
    case ASL_TASK_SUBMITTED:
        note_task(run, thread, ASL_H_TaskSubmitted)->text = event->payload;
        beat(run, thread);
        return;
    case ASL_TASK_HEARTBEAT: beat(run, thread); return;
    case ASL_TASK_SUCCEEDED: task_succeeded(run, thread); return;
    case ASL_TASK_FAILED: task_failed(run, thread, EVENTS[kind].failed, event->error, event->cause); return;
    case ASL_TASK_START_FAILED: task_failed(run, thread, EVENTS[kind].start_failed, event->error, event->cause); return;
    default: return;
    }
}

void asl_task_timer(AslRun *run, AslThread *thread)
{
    bool late = thread->timeout && run->now >= thread->timeout, silent = thread->heartbeat && run->now >= thread->heartbeat;
    if (!late && !silent) {
        asl_set_timer(run, thread);
        return;
    }
    asl_cancel(run, thread);
    run->heartbeat_missed = silent && !late;
    task_failed(run, thread, EVENTS[asl_def(thread)->task->kind].timed_out, STR("States.Timeout"), STR_NONE);
    run->heartbeat_missed = false;
}
