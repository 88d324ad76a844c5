/* failure.c -- when a state fails: Retry, then Catch, then the failure goes up.
 *
 * What matches what: States.ALL matches everything but States.Runtime; States.TaskFailed everything that this and States.Timeout
 * are not; a missed heartbeat is a States.Timeout that States.HeartbeatTimeout matches too.
 * States.Runtime is beyond help: neither Retry nor Catch sees it. */
#include "asl/run.h"

#include <math.h>

static bool matches(const AslRun *run, Str wanted, Str error)
{
    if (error.data && str_equal(wanted, error)) return true;
    if (str_equal(wanted, STR("States.ALL"))) return true;
    if (str_equal(wanted, STR("States.HeartbeatTimeout"))) return run->heartbeat_missed;
    return str_equal(wanted, STR("States.TaskFailed")) && !str_equal(error, STR("States.Timeout"));
}

static bool matches_any(const AslRun *run, const Str *wanted, size_t count, Str error)
{
    for (size_t i = 0; i < count; i++)
        if (matches(run, wanted[i], error)) return true;
    return false;
}

/* ---- Retry ---- */

static Duration delay_of(AslRun *run, const AslRetrier *retrier, uint32_t tries)
{
    double seconds = retrier->interval_s * pow(retrier->backoff, tries);
    if (retrier->delay_max_s >= 0 && seconds > (double)retrier->delay_max_s) seconds = (double)retrier->delay_max_s;
    if (!(seconds < 1e10)) seconds = 1e10;
    AslScope scope = { .seed = &run->seed };
    if (retrier->jitter) seconds *= (double)(asl_draw(&scope) >> 11) / 9007199254740992.0;
    return (Duration)(seconds * 1e6);
}

/* The first retrier that matches decides; NULL: it will not be tried again. */
static const AslRetrier *find_retrier(AslRun *run, AslThread *thread, Str error)
{
    const AslStateDef *state = asl_def(thread);
    for (size_t i = 0; i < state->retrier_count; i++) {
        const AslRetrier *retrier = &state->retriers[i];
        if (!matches_any(run, retrier->errors, retrier->error_count, error)) continue;
        if (!thread->retries) thread->retries = NEW_ARRAY(run->arena, uint32_t, state->retrier_count);
        return thread->retries[i] < retrier->attempts_max ? retrier : NULL;
    }
    return NULL;
}

static void retry_later(AslRun *run, AslThread *thread, const AslRetrier *retrier)
{
    size_t   index = (size_t)(retrier - asl_def(thread)->retriers);
    Duration delay = delay_of(run, retrier, thread->retries[index]++);
    thread->retry_count++;
    thread->phase = ASL_RETRYING;
    thread->due = run->now + delay;
    thread->head_changed = true;
    asl_set_timer(run, thread);
    if (!run->about->inspection) return;
    run->about->inspection->retry_index = (int)index;
    run->about->inspection->retry_backoff_s = delay / 1000000;
}

/* ---- Catch ---- */

/* What has no cause shows none, but a timeout an empty one. */
static Json *error_output(AslRun *run, Str error, Str cause)
{
    if (!cause.data && str_equal(error, STR("States.Timeout"))) cause = STR("");
    Json *output = json_object(run->arena);
    json_add(run->arena, output, STR("Error"), error.data ? json_str(run->arena, error) : json_null(run->arena));
    json_add(run->arena, output, STR("Cause"), cause.data ? json_str(run->arena, cause) : json_null(run->arena));
    return output;
}

static bool caught_output(AslRun *run, AslThread *thread, const AslCatcher *catcher, Json *failure, AslValue *out, Json **assigned, AslFault *fault)
{
    AslStage stage;
    bool     jsonata = asl_def(thread)->jsonata;
    *out = asl_value_of(failure);
    asl_stage(run, thread, jsonata ? asl_value_json(run, &thread->input) : failure, &stage);
    stage.scope.error_output = jsonata ? failure : NULL;
    if (!asl_assign(&catcher->assign, &stage, assigned, fault)) return false;
    if (!jsonata) return asl_result_path(run, thread, &catcher->result_path, out, fault);
    Json *value;
    if (!asl_payload_is(&catcher->output)) return true;
    if (!asl_payload(&stage, &catcher->output, &value, fault)) return false;
    *out = asl_value_of(value);
    return true;
}

static void fail_up(AslRun *run, AslThread *thread, Str error, Str cause);
static void note_evaluation(AslRun *run, AslThread *thread, const AslFault *fault);

/* What a failure of the state's own fields is called and why, with where it happened. */
static Str full_cause(AslRun *run, const AslThread *thread, Str cause)
{
    return str_format(run->arena, "An error occurred while executing the state '%.*s' (entered at the event id #%u). %.*s",
                      STR_ARG(asl_def(thread)->name), thread->entered_id, STR_ARG(cause));
}

static const AslCatcher *find_catcher(const AslRun *run, const AslThread *thread, Str error)
{
    const AslStateDef *state = asl_def(thread);
    for (size_t i = 0; i < state->catcher_count; i++)
        if (matches_any(run, state->catchers[i].errors, state->catchers[i].error_count, error)) return &state->catchers[i];
    return NULL;
}

static void go_by_catcher(AslRun *run, AslThread *thread, const AslCatcher *catcher, Str error, Str cause)
{
    AslValue output;
    Json    *assigned = NULL;
    AslFault fault = { 0 };
    if (run->about->inspection) run->about->inspection->catch_index = (int)(catcher - asl_def(thread)->catchers);
    if (caught_output(run, thread, catcher, error_output(run, error, cause), &output, &assigned, &fault)) {
        asl_leave(run, thread, output, assigned, &catcher->next);
        return;
    }
    if (!fault.plain) fault.cause = full_cause(run, thread, fault.cause);
    note_evaluation(run, thread, &fault);
    fail_up(run, thread, fault.error, fault.cause);
}

/* ---- up ---- */

static void fail_up(AslRun *run, AslThread *thread, Str error, Str cause)
{
    if (thread->phase != ASL_FORKED) thread->phase = ASL_BROKEN;
    thread->head_changed = true;
    if (run->program->single && thread->parent == 0) {
        run->status = ASL_FAILED;
        run->step->error = error;
        run->step->cause = cause;
    } else if (thread->parent) {
        asl_child_broken(run, asl_thread_up(run, thread), thread, error, cause);
    } else {
        asl_end(run, ASL_FAILED, error, cause);
    }
}

/* A Map or a Parallel says so when it has failed and will not be tried again; not when the very machine is at fault. */
static void note_failed(AslRun *run, AslThread *thread, bool helpless)
{
    AslStateType type = asl_def(thread)->type;
    if (type == ASL_PARALLEL && !helpless) asl_note(run, thread, ASL_H_ParallelStateFailed);
    if (type == ASL_MAP && !helpless) asl_note(run, thread, ASL_H_MapStateFailed);
}

void asl_break(AslRun *run, AslThread *thread, Str error, Str cause)
{
    bool              helpless = str_equal(error, STR("States.Runtime"));
    const AslRetrier *retrier = helpless ? NULL : find_retrier(run, thread, error);
    const AslCatcher *catcher = helpless || retrier ? NULL : find_catcher(run, thread, error);
    asl_stop_children(run, thread, !retrier && !catcher);
    if (retrier) {
        retry_later(run, thread, retrier);
        return;
    }
    note_failed(run, thread, helpless);
    if (catcher) go_by_catcher(run, thread, catcher, error, cause);
    else fail_up(run, thread, error, cause);
}

/* ---- failures of a state's own fields ---- */

/* Expressions that fail have an event of their own, which follows from what the state followed from, but in a Wait. */
static void note_evaluation(AslRun *run, AslThread *thread, const AslFault *fault)
{
    if (!str_equal(fault->error, STR("States.QueryEvaluationError"))) return;
    AslStateType type = asl_def(thread)->type;
    if (type != ASL_WAIT && thread->previous == thread->entered_id) thread->previous = thread->entered_previous;
    AslHistory *event = asl_note(run, thread, ASL_H_EvaluationFailed);
    event->name = asl_def(thread)->name;
    event->error = fault->error;
    event->cause = fault->cause;
    event->location = fault->location;
}

void asl_break_by(AslRun *run, AslThread *thread, const AslFault *fault)
{
    AslFault full = *fault;
    if (!fault->plain) full.cause = full_cause(run, thread, fault->cause);
    note_evaluation(run, thread, &full);
    asl_break(run, thread, full.error, full.cause);
}
