/* fork.c -- children: the branches of a Parallel, the iterations of an inline Map.
 *
 * A parent begins its children one after the other, as many at a time as it may; each runs as far as it can before the next one
 * begins. Their results are kept by index until the last one has come. The first that fails ends its brothers. */
#include "asl/run.h"

void asl_fork(AslRun *run, AslThread *parent, uint32_t total, uint32_t limit, uint32_t after)
{
    parent->phase = ASL_FORKED;
    parent->total = total;
    parent->next = parent->running = 0;
    parent->limit = limit;
    parent->forked = after;
    parent->results = NULL;
    parent->arrived = NULL;
    parent->head_changed = true;
    if (total > 0) asl_thread_push(run, parent);
    else if (asl_def(parent)->type == ASL_MAP) asl_map_done(run, parent);
    else asl_parallel_done(run, parent);
}

static bool begin_iteration(AslRun *run, AslThread *parent, AslThread *child)
{
    const AslMapDef *map = asl_def(parent)->map;
    size_t           end = asl_value_end(parent->items, parent->cursor);
    AslHistory      *event = asl_note(run, child, ASL_H_MapIterationStarted);
    event->name = asl_def(parent)->name;
    event->number = child->index;
    child->item = (AslValue){ .text = str_slice(parent->items, parent->cursor, end), .compact = true };
    child->input = child->item;
    parent->cursor = end + 1;
    if (!asl_payload_is(&map->selector)) return true;
    AslStage stage;
    AslFault fault = { 0 };
    Json    *selected;
    if (!asl_value_is(&parent->effective) && !asl_effective_input(run, parent, &parent->effective, &fault)) {
        asl_break_by(run, parent, &fault);
        return false;
    }
    asl_stage(run, parent, asl_value_json(run, &parent->effective), &stage);
    stage.item_of = child;
    if (!asl_payload(&stage, &map->selector, &selected, &fault)) {
        asl_break_by(run, parent, &fault);
        return false;
    }
    child->input = asl_value_of(selected);
    return true;
}

static bool begin_branch(AslRun *run, AslThread *parent, AslThread *child)
{
    AslFault fault = { 0 };
    if (!asl_value_is(&parent->effective) && !asl_arguments(run, parent, &parent->effective, &fault)) {
        asl_break_by(run, parent, &fault);
        return false;
    }
    child->input = parent->effective;
    return true;
}

bool asl_fork_next(AslRun *run, AslThread *parent)
{
    if (parent->next >= parent->total || (parent->limit > 0 && parent->running >= parent->limit)) return false;
    const AslStateDef *state = asl_def(parent);
    uint32_t           index = parent->next++;
    AslThread *child = asl_thread_new(run, parent, index, state->type == ASL_MAP ? state->map->processor : state->branches[index]);
    child->previous = parent->limit == 0 || index < parent->limit ? parent->forked : parent->previous;
    parent->running++;
    parent->head_changed = true;
    if (state->type == ASL_MAP ? !begin_iteration(run, parent, child) : !begin_branch(run, parent, child)) return true;
    asl_thread_push(run, child);
    return true;
}

void asl_child_done(AslRun *run, AslThread *parent, AslThread *child, AslValue output)
{
    asl_thread_set_result(run, parent, child->index, output);
    parent->running--;
    parent->previous = child->previous;
    parent->head_changed = true;
    bool map = asl_def(parent)->type == ASL_MAP, last = parent->running == 0 && parent->next == parent->total;
    if (map) {
        AslHistory *event = asl_note_aside(run, child, ASL_H_MapIterationSucceeded);
        event->name = asl_def(parent)->name;
        event->number = child->index;
        if (last) parent->previous = event->id;
    }
    asl_thread_drop(run, child);
    if (!last) asl_thread_push(run, parent);
    else if (map) asl_map_done(run, parent);
    else asl_parallel_done(run, parent);
}

void asl_child_broken(AslRun *run, AslThread *parent, AslThread *child, Str error, Str cause)
{
    if (asl_def(parent)->type == ASL_MAP) {
        AslHistory *event = asl_note_aside(run, child, ASL_H_MapIterationFailed);
        event->name = asl_def(parent)->name;
        event->number = child->index;
    }
    parent->previous = child->previous;
    parent->failed = parent->head_changed = true;
    asl_break(run, parent, error, cause);
}

/* ---- stopping ---- */

/* The event of a state that is left behind, where its type has one. */
static void note_abort(AslRun *run, AslThread *parent, AslThread *child)
{
    static const struct {
        AslStateType   type;
        AslHistoryType event;
    } EVENTS[] = {
        { ASL_TASK, ASL_H_TaskStateAborted },
        { ASL_WAIT, ASL_H_WaitStateAborted },
        { ASL_MAP, ASL_H_MapStateAborted },
        { ASL_PARALLEL, ASL_H_ParallelStateAborted },
    };
    AslStateType type = asl_def(child)->type;
    if (asl_def(parent)->type == ASL_MAP) {
        if (child->phase == ASL_BROKEN || child->failed) return;
        AslHistory *event = asl_note_aside(run, child, ASL_H_MapIterationAborted);
        event->name = asl_def(parent)->name;
        event->number = child->index;
        return;
    }
    if (child->failed && type != ASL_TASK) return;
    for (size_t i = 0; i < sizeof EVENTS / sizeof EVENTS[0]; i++)
        if (type == EVENTS[i].type) asl_note_aside(run, child, EVENTS[i].event);
}

static bool descends_from(AslRun *run, AslThread *thread, const AslThread *ancestor)
{
    for (AslThread *up = asl_thread_up(run, thread); up; up = asl_thread_up(run, up))
        if (up == ancestor) return true;
    return false;
}

void asl_stop_children(AslRun *run, AslThread *parent, bool keep)
{
    if (parent->phase != ASL_FORKED) return;
    AslThread **threads;
    size_t      count;
    asl_thread_children(run, NULL, &threads, &count);
    for (size_t i = 0; i < count; i++)
        if (threads[i]->parent == parent->id) note_abort(run, parent, threads[i]);
    for (size_t i = 0; i < count; i++)
        if (descends_from(run, threads[i], parent)) {
            asl_cancel(run, threads[i]);
            threads[i]->doomed = true;
        }
    for (size_t i = 0; i < count && !keep; i++)
        if (threads[i]->doomed) asl_thread_drop(run, threads[i]);
    if (!keep) asl_thread_forget_results(run, parent);
}

/* ---- joining ---- */

/* The children's results as one array; they are not needed any more. */
AslValue asl_join(AslRun *run, AslThread *parent)
{
    AslValue *results = asl_thread_results(run, parent);
    size_t    size = 2 + parent->total;
    for (uint32_t i = 0; i < parent->total; i++) {
        results[i].text = asl_value_compact(run, &results[i]);
        size += results[i].text.length;
    }
    char *text = arena_alloc_bytes(run->arena, size), *at = text;
    *at++ = '[';
    for (uint32_t i = 0; i < parent->total; i++) {
        if (i > 0) *at++ = ',';
        memcpy(at, results[i].text.data, results[i].text.length);
        at += results[i].text.length;
    }
    *at++ = ']';
    asl_thread_forget_results(run, parent);
    parent->phase = ASL_READY;
    return (AslValue){ .text = str_from(text, (size_t)(at - text)), .compact = true };
}
