/* state_map.c -- Map: the same machine for every item.
 *
 * Inline, iterations are threads of this execution (fork.c). Distributed, they are executions of their own: the state asks for a map
 * run and waits for its end (maprun.c). */
#include "asl/map.h"

/* ---- the items ---- */

static bool items_value(AslRun *run, AslThread *thread, AslValue *out, AslFault *fault)
{
    const AslStateDef *state = asl_def(thread);
    if (!asl_effective_input(run, thread, out, fault)) return false;
    if (state->jsonata && asl_payload_is(&state->map->items)) {
        AslStage stage;
        Json    *items;
        asl_stage(run, thread, asl_value_json(run, out), &stage);
        if (!asl_expression_evaluate_as(state->map->items.expression, &stage.scope, JSON_ARRAY, &items, fault)) return false;
        *out = asl_value_of(items);
        return true;
    }
    return asl_path_field(run, thread, &state->map->items_path, *out, out, fault);
}

static bool find_items(AslRun *run, AslThread *thread, AslValue *out, AslFault *fault)
{
    const AslStateDef *state = asl_def(thread);
    if (!items_value(run, thread, out, fault)) return false;
    if (asl_value_json(run, out)->type != JSON_ARRAY) {
        Str shown = asl_value_compact(run, out);
        if (state->jsonata)
            return asl_fail(fault, run->arena, STR("States.QueryEvaluationError"), "Map state input must be an array but was: %.*s", STR_ARG(shown));
        Str path = state->map->items_path.path ? jsonpath_text(asl_path_inner(state->map->items_path.path)) : STR("$");
        fault->plain = true;
        return asl_fail(fault, run->arena, STR("States.Runtime"), "Reference path \"%.*s\" must point to array.", STR_ARG(path));
    }
    if (run->about->inspection)
        *(state->jsonata ? &run->about->inspection->after_items_pointer : &run->about->inspection->after_items_path) = asl_value_shown(run, out);
    return true;
}

static bool find_limit(AslRun *run, AslThread *thread, int64_t *limit, AslFault *fault)
{
    const AslField *field = &asl_def(thread)->map->concurrency;
    AslValue        input;
    *limit = 0;
    if (field->form == ASL_ABSENT) return true;
    if (!asl_effective_input(run, thread, &input, fault)) return false;
    if (!asl_field_int(run, thread, field, asl_value_json(run, &input), limit, fault)) return false;
    if (*limit >= 0) return true;
    return asl_fail(fault, run->arena, STR("States.Runtime"), "MaxConcurrency cannot be negative.");
}

/* ---- beginning ---- */

static void begin_inline(AslRun *run, AslThread *thread, AslValue *items, int64_t limit)
{
    uint32_t total = asl_value_json(run, items)->count;
    asl_thread_forget_results(run, thread);
    thread->items = asl_value_compact(run, items);
    thread->cursor = 1;
    thread->effective = (AslValue){ 0 };
    AslHistory *started = asl_note(run, thread, ASL_H_MapStateStarted);
    started->number = total;
    asl_fork(run, thread, total, limit > UINT32_MAX ? 0 : (uint32_t)limit, started->id);
}

static AslHistory *ask_for_run(AslRun *run, AslThread *thread, AslHistoryType type, const AslMapRun *wanted)
{
    thread->phase = ASL_MAPPING;
    thread->head_changed = true;
    AslHistory *event = asl_note(run, thread, type);
    event->text = wanted->arn;
    AslAction *action = asl_act(run, ASL_DO_MAP_RUN, thread->id);
    action->attempt = ++thread->attempt;
    action->state_name = asl_def(thread)->name;
    action->map_run_arn = wanted->arn;
    return event;
}

static void begin_run(AslRun *run, AslThread *thread, AslValue *items)
{
    AslScope  chance = { .seed = &run->seed };
    AslFault  fault = { 0 };
    AslMapRun wanted;
    asl_thread_forget_results(run, thread);
    if (items) thread->items = asl_value_compact(run, items);
    thread->nonce = asl_draw(&chance);
    thread->total = 0;
    thread->head_changed = true;
    asl_note(run, thread, ASL_H_MapStateStarted)->number = items ? asl_value_json(run, items)->count : 0;
    if (asl_resolve_map_run(run, thread, &wanted, &fault)) thread->forked = ask_for_run(run, thread, ASL_H_MapRunStarted, &wanted)->id;
    else asl_break_by(run, thread, &fault);
}

/* The same run goes on: its nonce makes it the same, and so its ARN. */
bool asl_redrive_map_run(AslRun *run, AslThread *thread)
{
    const AslMapDef *map = asl_def(thread)->map;
    AslMapRun        wanted;
    AslValue         items;
    AslFault         fault = { 0 };
    if (!map || !map->distributed || !thread->forked) return false;
    thread->phase = ASL_READY;
    if (!map->reader.present && !find_items(run, thread, &items, &fault)) {
        asl_break_by(run, thread, &fault);
        return true;
    }
    asl_thread_forget_results(run, thread);
    if (!map->reader.present) thread->items = asl_value_compact(run, &items);
    thread->total++;
    if (asl_resolve_map_run(run, thread, &wanted, &fault)) ask_for_run(run, thread, ASL_H_MapRunRedriven, &wanted)->number = thread->total;
    else asl_break_by(run, thread, &fault);
    return true;
}

void asl_enter_map(AslRun *run, AslThread *thread)
{
    const AslMapDef *map = asl_def(thread)->map;
    bool             read = map->distributed && map->reader.present;
    AslValue         items;
    int64_t          limit;
    AslFault         fault = { 0 };
    thread->phase = ASL_READY;
    if (map->distributed) thread->forked = 0;
    if ((!read && !find_items(run, thread, &items, &fault)) || !find_limit(run, thread, &limit, &fault)) asl_break_by(run, thread, &fault);
    else if (map->distributed || run->program->single) begin_run(run, thread, read ? NULL : &items);
    else begin_inline(run, thread, &items, limit);
}

/* ---- ending ---- */

static void leave(AslRun *run, AslThread *thread, AslValue result)
{
    if (run->about->inspection) run->about->inspection->result = asl_value_text(run, &result);
    asl_leave_with(run, thread, result);
}

void asl_map_done(AslRun *run, AslThread *thread)
{
    AslValue result = asl_join(run, thread);
    asl_note_aside(run, thread, ASL_H_MapStateSucceeded);
    leave(run, thread, result);
}

void asl_map_event(AslRun *run, AslThread *thread)
{
    bool succeeded = run->event->kind == ASL_MAP_RUN_SUCCEEDED;
    thread->phase = ASL_READY;
    thread->head_changed = true;
    asl_thread_forget_results(run, thread);
    AslHistory *event = asl_note(run, thread, succeeded ? ASL_H_MapRunSucceeded : ASL_H_MapRunFailed);
    if (succeeded) {
        thread->forked = 0;
        asl_note_aside(run, thread, ASL_H_MapStateSucceeded);
        leave(run, thread, asl_value_of_text(run->event->payload));
        return;
    }
    event->error = run->event->error;
    event->cause = run->event->cause;
    thread->failed = true;
    asl_break(run, thread, run->event->error, run->event->cause);
}
