/* step.c -- the step: an event comes, threads run until all of them wait or have ended.
 *
 * Invariants, true whenever no function of this file runs:
 *   1. every thread that is not gone is READY and on the stack, or waits for something that an action has asked for, or is
 *      FORKED and has children;
 *   2. a child's end reaches its parent at once, so a FORKED thread whose children have all ended has moved on;
 *   3. `previous` of a thread is the number of an event of its own chain or of what it was forked from.
 *
 * A machine that loops without waiting is stopped by the limit on history, an express one by its deadline; a step gives way after
 * ASL_STEP_STATES_MAX states, or so many bytes, so that the driver can look at the clock and free memory. */
#include "asl/run.h"

enum { EXPRESS_LIFE_S = 300 };

/* ORDER of AslStateType; a type without an event of leaving never leaves. */
static const struct {
    AslHistoryType entered, exited;
    void (*enter)(AslRun *run, AslThread *thread);
} BY_TYPE[] = {
    [ASL_PASS] = { ASL_H_PassStateEntered, ASL_H_PassStateExited, asl_enter_pass },
    [ASL_TASK] = { ASL_H_TaskStateEntered, ASL_H_TaskStateExited, asl_enter_task },
    [ASL_CHOICE] = { ASL_H_ChoiceStateEntered, ASL_H_ChoiceStateExited, asl_enter_choice },
    [ASL_WAIT] = { ASL_H_WaitStateEntered, ASL_H_WaitStateExited, asl_enter_wait },
    [ASL_SUCCEED] = { ASL_H_SucceedStateEntered, ASL_H_SucceedStateExited, asl_enter_succeed },
    [ASL_FAIL_STATE] = { ASL_H_FailStateEntered, ASL_HISTORY_TYPES, asl_enter_fail },
    [ASL_PARALLEL] = { ASL_H_ParallelStateEntered, ASL_H_ParallelStateExited, asl_enter_parallel },
    [ASL_MAP] = { ASL_H_MapStateEntered, ASL_H_MapStateExited, asl_enter_map },
};

/* ---- entering and leaving ---- */

static bool history_is_full(AslRun *run)
{
    if (run->about->express || run->next_event < ASL_HISTORY_MAX) return false;
    if (run->about->relaxed) {
        if (run->step->exceeded.length == 0) run->step->exceeded = STR("history of 25,000 events");
        return false;
    }
    return true;
}

static void enter(AslRun *run, AslThread *thread)
{
    if (history_is_full(run)) {
        asl_end(run, ASL_FAILED, STR("States.Runtime"), STR("The execution reached the maximum number of history events (25000)."));
        return;
    }
    const AslStateDef *state = asl_def(thread);
    run->entered++;
    thread->entered_previous = thread->previous;
    AslHistory *event = asl_note(run, thread, BY_TYPE[state->type].entered);
    thread->entered_id = event->id;
    thread->entered_time = run->now;
    if (!run->about->quiet) {
        event->name = state->name;
        event->text = asl_value_text(run, &thread->input);
    }
    if (run->about->inspection) run->about->inspection->input = asl_value_text(run, &thread->input);
    asl_run_state(run, thread);
}

void asl_run_state(AslRun *run, AslThread *thread)
{
    BY_TYPE[asl_def(thread)->type].enter(run, thread);
}

bool asl_check_size(AslRun *run, Str what, Str text, AslFault *fault)
{
    if (text.length <= ASL_PAYLOAD_MAX) return true;
    if (run->about->relaxed) {
        if (run->step->exceeded.length == 0) run->step->exceeded = STR("payload of 262,144 bytes");
        return true;
    }
    asl_fail(fault, run->arena, STR("States.DataLimitExceeded"),
             "The state/task '%.*s' returned a result with a size exceeding the maximum number of bytes service limit.", STR_ARG(what));
    fault->plain = true;
    return false;
}

/* The texts of what was assigned, as histories show them: {"x": "42"}. */
static Str assigned_texts(AslRun *run, const Json *assigned)
{
    Json *texts = json_object(run->arena);
    JSON_EACH_MEMBER(assigned, member)
        json_set(run->arena, texts, member->name, json_str(run->arena, json_text(run->arena, member->value)));
    return json_text(run->arena, texts);
}

static void set_variables(AslRun *run, AslThread *thread, const Json *assigned)
{
    Json *all = json_object(run->arena);
    if (asl_value_is(&thread->variables)) {
        const Json *old = asl_value_json(run, &thread->variables);
        JSON_EACH_MEMBER(old, member) json_add(run->arena, all, member->name, member->value);
    }
    JSON_EACH_MEMBER(assigned, member) json_set(run->arena, all, member->name, member->value);
    thread->variables = asl_value_of(all);
}

static void go_to(AslRun *run, AslThread *thread, const AslTarget *target)
{
    thread->retry_count = 0;
    thread->retries = NULL;
    thread->wants_token = false;
    thread->effective = (AslValue){ 0 };
    thread->head_changed = thread->body_changed = true;
    if (run->program->single && thread->parent == 0) {
        run->step->next_state = target->name;
        run->status = ASL_SUCCEEDED;
        run->step->output = asl_value_text(run, &thread->input);
    } else if (target->state == ASL_END) {
        asl_finish_thread(run, thread);
    } else {
        thread->state = (uint32_t)target->state;
        thread->phase = ASL_READY;
        asl_thread_push(run, thread);
    }
}

void asl_leave(AslRun *run, AslThread *thread, AslValue output, Json *assigned, const AslTarget *target)
{
    const AslStateDef *state = asl_def(thread);
    AslFault           fault = { 0 };
    if (!asl_check_size(run, state->name, asl_value_text(run, &output), &fault)) {
        asl_break_by(run, thread, &fault);
        return;
    }
    AslHistory *event = asl_note(run, thread, BY_TYPE[state->type].exited);
    if (!run->about->quiet) {
        event->name = state->name;
        event->text = output.text;
        if (assigned && assigned->count > 0) event->assigned = assigned_texts(run, assigned);
    }
    if (assigned) set_variables(run, thread, assigned);
    if (run->about->inspection && asl_value_is(&thread->variables))
        run->about->inspection->variables = asl_value_text(run, &thread->variables);
    thread->input = output;
    go_to(run, thread, target);
}

void asl_leave_with(AslRun *run, AslThread *thread, AslValue result)
{
    AslValue output;
    Json    *assigned;
    AslFault fault = { 0 };
    if (asl_result(run, thread, result, &output, &assigned, &fault)) asl_leave(run, thread, output, assigned, &asl_def(thread)->next);
    else asl_break_by(run, thread, &fault);
}

void asl_finish_thread(AslRun *run, AslThread *thread)
{
    if (thread->parent) {
        asl_child_done(run, asl_thread_up(run, thread), thread, thread->input);
        return;
    }
    AslHistory *event = asl_note(run, thread, ASL_H_ExecutionSucceeded);
    event->text = run->step->output = asl_value_text(run, &thread->input);
    asl_end(run, ASL_SUCCEEDED, STR_NONE, STR_NONE);
}

/* ---- ending ---- */

void asl_cancel(AslRun *run, AslThread *thread)
{
    if (thread->phase == ASL_WORKING || thread->phase == ASL_MAPPING) {
        AslAction *action = asl_act(run, thread->phase == ASL_WORKING ? ASL_STOP_TASK : ASL_STOP_MAP_RUN, thread->id);
        action->attempt = thread->attempt;
        action->state_name = asl_def(thread)->name;
        if (asl_def(thread)->task) {
            action->task = asl_def(thread)->task->kind;
            action->resource = asl_def(thread)->task->resource;
        }
    }
    if (thread->timer) asl_act(run, ASL_CLEAR_TIMER, thread->id);
    thread->timer = false;
    thread->head_changed = true;
}

static void note_end(AslRun *run, AslStatus status, Str error, Str cause)
{
    static const AslHistoryType TYPES[] = {
        [ASL_FAILED] = ASL_H_ExecutionFailed, [ASL_TIMED_OUT] = ASL_H_ExecutionTimedOut, [ASL_ABORTED] = ASL_H_ExecutionAborted,
    };
    AslThread  *main = status == ASL_FAILED ? run->main : NULL;
    AslHistory *event = asl_note_aside(run, main, TYPES[status]);
    event->error = error;
    event->cause = cause;
}

void asl_end(AslRun *run, AslStatus status, Str error, Str cause)
{
    run->status = status;
    run->machine_changed = true;
    run->step->error = error;
    run->step->cause = cause;
    if (run->deadline && run->deadline_set) asl_act(run, ASL_CLEAR_TIMER, ASL_THREAD_MACHINE);
    if (status == ASL_SUCCEEDED) return;
    note_end(run, status, error, cause);
    AslThread **threads;
    size_t      count;
    asl_thread_children(run, NULL, &threads, &count);
    for (size_t i = 0; i < count; i++)
        if (!threads[i]->gone) asl_cancel(run, threads[i]);
}

/* ---- events ---- */

static void begin(AslRun *run)
{
    const AslEvent *event = run->event;
    run->next_event = run->next_thread = 1;
    run->machine_changed = true;
    if (run->program->wants_input) {
        run->execution_input = asl_value_of_text(event->payload);
        run->input_changed = true;
    }
    int64_t life_s = run->program->timeout_s;
    if (run->about->express && (life_s < 0 || life_s > EXPRESS_LIFE_S)) life_s = EXPRESS_LIFE_S;
    if (life_s >= 0) run->deadline = run->now + life_s * 1000000;
    run->main = asl_thread_new(run, NULL, 0, run->program->blocks[run->program->main]);
    run->main->input = asl_value_of_text(event->payload);
    AslHistory *started = asl_note_aside(run, NULL, ASL_H_ExecutionStarted);
    started->text = event->payload;
    started->role_arn = run->about->role_arn;
    asl_thread_push(run, run->main);
}

static void machine_timer(AslRun *run)
{
    if (run->deadline && run->now >= run->deadline) {
        run->deadline_set = false;
        asl_end(run, ASL_TIMED_OUT, STR_NONE, STR_NONE);
    } else if (run->deadline) {
        asl_act(run, ASL_SET_TIMER, ASL_THREAD_MACHINE)->due = run->deadline;
    }
}

static void thread_timer(AslRun *run, AslThread *thread)
{
    thread->timer = false;
    thread->head_changed = true;
    if (thread->phase == ASL_WORKING) {
        asl_task_timer(run, thread);
    } else if ((thread->phase == ASL_WAITING || thread->phase == ASL_RETRYING) && run->now < thread->due) {
        asl_set_timer(run, thread);
    } else if (thread->phase == ASL_WAITING) {
        asl_wait_over(run, thread);
    } else if (thread->phase == ASL_RETRYING) {
        asl_run_state(run, thread);
    }
}

/* After a step that gave way: everything that can run is found again. */
static void find_work(AslRun *run)
{
    AslThread **threads;
    size_t      count;
    asl_thread_children(run, NULL, &threads, &count);
    for (size_t i = 0; i < count; i++)
        if (threads[i]->phase == ASL_FORKED && threads[i]->next < threads[i]->total) asl_thread_push(run, threads[i]);
    for (size_t i = count; i-- > 0;)
        if (threads[i]->phase == ASL_READY || threads[i]->phase == ASL_AGAIN) asl_thread_push(run, threads[i]);
}

/* What was under way when the execution ended begins again, in the states where it stood. */
static void redrive(AslRun *run)
{
    AslThread **threads;
    size_t      count;
    run->status = ASL_RUNNING;
    run->machine_changed = true;
    run->main = asl_thread_get(run, 1);
    AslHistory *event = asl_note(run, run->main, ASL_H_ExecutionRedriven);
    event->number = run->about->redrive_count;
    if (run->deadline && run->program->timeout_s >= 0) run->deadline = run->now + run->program->timeout_s * 1000000;
    asl_thread_children(run, NULL, &threads, &count);
    for (size_t i = 0; i < count; i++) {
        AslThread *thread = threads[i];
        if (thread->phase == ASL_READY || thread->phase == ASL_FORKED) continue;
        if (thread->parent == 0) thread->previous = event->id;
        thread->retries = NULL;
        thread->retry_count = 0;
        thread->head_changed = true;
        if (thread->phase == ASL_WAITING) asl_set_timer(run, thread);
        else thread->phase = ASL_AGAIN;
    }
    find_work(run);
}

static AslThread *event_thread(AslRun *run)
{
    return run->event->thread == ASL_THREAD_MACHINE ? NULL : asl_thread_get(run, run->event->thread);
}

/* False: nobody waits for the event. */
static bool take_event(AslRun *run)
{
    AslEventKind kind = run->event->kind;
    AslThread   *thread = event_thread(run);
    switch (kind) {
    case ASL_START: begin(run); return true;
    case ASL_STOP: asl_end(run, ASL_ABORTED, run->event->error, run->event->cause); return true;
    case ASL_CONTINUE: find_work(run); return true;
    case ASL_REDRIVE: redrive(run); return true;
    case ASL_TIMER:
        if (run->event->thread == ASL_THREAD_MACHINE) machine_timer(run);
        else if (!thread) return false;
        else thread_timer(run, thread);
        return true;
    case ASL_MAP_RUN_SUCCEEDED:
    case ASL_MAP_RUN_FAILED:
        if (!thread || thread->phase != ASL_MAPPING || thread->attempt != run->event->attempt) return false;
        asl_map_event(run, thread);
        return true;
    default:
        if (!thread || thread->phase != ASL_WORKING || thread->attempt != run->event->attempt) return false;
        asl_task_event(run, thread);
        return true;
    }
}

/* ---- the step ---- */

static void pop(AslRun *run)
{
    AslThread *thread = run->stack[--run->stack_count];
    thread->stacked = false;
    if (!thread->gone || thread->stored) return;
    thread->older = run->spare;
    run->spare = thread;
}

static void run_threads(AslRun *run)
{
    while (run->stack_count > 0 && run->status == ASL_RUNNING) {
        AslThread *thread = run->stack[run->stack_count - 1];
        bool can_run = thread->phase == ASL_READY || thread->phase == ASL_FORKED || thread->phase == ASL_AGAIN;
        if (thread->gone || !can_run) {
            pop(run);
        } else if (thread->phase == ASL_AGAIN) {
            if (!asl_redrive_map_run(run, thread)) asl_run_state(run, thread);
        } else if (thread->phase == ASL_FORKED) {
            if (!asl_fork_next(run, thread)) pop(run);
        } else if (run->entered >= ASL_STEP_STATES_MAX || run->arena->held > run->held + ASL_STEP_BYTES_MAX) {
            run->step->more = true;
            return;
        } else {
            enter(run, thread);
        }
    }
}

static bool may_take(const AslRun *run)
{
    if (run->event->kind == ASL_REDRIVE) return run->status != ASL_RUNNING && run->status != ASL_SUCCEEDED;
    return run->status == ASL_RUNNING && run->event->kind != ASL_START;
}

Error *asl_step(Arena *arena, const AslProgram *program, const AslAbout *about, const AslState *state, const AslEvent *event, Instant now,
                AslStep *out)
{
    *out = (AslStep){ .status = ASL_RUNNING };
    AslRun run = {
        .arena = arena, .program = program, .about = about, .state = state, .event = event, .now = now, .seed = event->seed, .step = out,
        .held = arena->held, .status = ASL_RUNNING, .deadline_set = event->kind != ASL_START,
    };
    bool known = asl_run_load(&run);
    if (event->kind == ASL_START ? known : !known || !may_take(&run)) {
        out->status = run.status;
        out->ignored = true;
        return NULL;
    }
    run.main = event->kind == ASL_START ? NULL : asl_thread_get(&run, 1);
    if (event->kind != ASL_START && !run.main) return error_new(ERR_CORRUPT, "an execution's state has no main thread");
    out->ignored = !take_event(&run);
    run_threads(&run);
    if ((event->kind == ASL_START || event->kind == ASL_REDRIVE) && run.status == ASL_RUNNING && run.deadline)
        asl_act(&run, ASL_SET_TIMER, ASL_THREAD_MACHINE)->due = run.deadline;
    out->status = run.status;
    if (!out->ignored) asl_run_store(&run);
    return NULL;
}
