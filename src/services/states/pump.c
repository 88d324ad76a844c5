/* pump.c -- events are worked off until none waits. See executions.h.
 *
 * An event is a step of the interpreter; what came of it is written: cells, a row of history, the timers and tasks it asked for.
 * Records and lists are written once for each execution, when the pump runs dry, so an execution that begins and ends within a
 * call costs four rows. A call works off STATES_EVENTS_MAX events at most; what waits then becomes timers that are due at once. */
#include "services/states/pump.h"

typedef struct Waiting Waiting;
struct Waiting {
    Waiting *next;
    uint64_t execution;
    AslEvent event;
};

struct StatesPump {
    Context         *context;
    Waiting         *first, **end;
    size_t           worked, postponed;
    StatesExecution *touched; /* to be saved; each only once */
    bool             ignored; /* nobody waited for the last event */
    uint64_t         signalled[STATES_SIGNALS_MAX];
    size_t           signal_count;
};

StatesPump *states_pump(Context *context)
{
    StatesPump *pump = NEW(context->arena, StatesPump);
    pump->context = context;
    pump->end = &pump->first;
    return pump;
}

Context *states_pump_context(StatesPump *pump)
{
    return pump->context;
}

void states_pump_send(StatesPump *pump, uint64_t execution, const AslEvent *event)
{
    Waiting *waiting = NEW(pump->context->arena, Waiting);
    *waiting = (Waiting){ .execution = execution, .event = *event };
    waiting->event.seed = chance_u64(pump->context->chance);
    *pump->end = waiting;
    pump->end = &waiting->next;
}

void states_pump_touch(StatesPump *pump, StatesExecution *execution)
{
    if (execution->touched) return;
    execution->touched = true;
    execution->next_touched = pump->touched;
    pump->touched = execution;
}

bool states_pump_may_signal(StatesPump *pump, uint64_t id)
{
    for (size_t i = 0; i < pump->signal_count; i++)
        if (pump->signalled[i] == id) return true;
    if (pump->signal_count == STATES_SIGNALS_MAX) return false;
    pump->signalled[pump->signal_count++] = id;
    return true;
}

void states_answer(StatesPump *pump, const StatesExecution *execution, const AslAction *action, AslEventKind kind, Str payload, Str error,
                   Str cause)
{
    AslEvent event = { .kind = kind, .thread = action->thread, .attempt = action->attempt, .payload = payload, .error = error, .cause = cause };
    states_pump_send(pump, execution->number, &event);
}

/* ---- who it is ---- */

void states_about(Arena *arena, const StatesExecution *execution, AslAbout *out, char key[STATES_ID_SIZE])
{
    const StatesOwner *owner = &execution->owner;
    Str                machine = states_execution_machine(arena, execution);
    *out = (AslAbout){
        .partition = states_partition(owner->region), .region = owner->region, .account = owner->account,
        .execution_arn = states_execution_arn(arena, execution), .execution_name = execution->name,
        .role_arn = execution->revision->role_arn,
        .machine_arn = states_arn_text(arena, owner->region, owner->account, "stateMachine", machine, STR_NONE),
        .machine_name = machine, .start_time = execution->started, .redrive_count = execution->redrives,
        .redrive_time = execution->redriven, .key = states_id_key(key, execution->number),
        .express = execution->express, .quiet = execution->express,
    };
}

/* ---- what came of a step ---- */

/* A row for the events from `first` on, as many as fit. */
static Error *write_chunk(Context *context, const StatesExecution *execution, const AslHistory *events, size_t count, size_t *taken)
{
    States *states = states_of(context);
    char    key[12];
    buffer_clear(&states->scratch);
    for (*taken = 0; *taken < count && states->scratch.length < STATES_CHUNK; ++*taken) {
        buffer_clear(&states->event);
        asl_history_encode(&events[*taken], *taken > 0 ? &events[*taken - 1] : NULL, &states->event);
        bytes_append_text(&states->scratch, buffer_str(&states->event));
    }
    if (states->scratch.failed || states->event.failed) return error_memory();
    bytes_put_u64(key, execution->number);
    bytes_put_u32(key + 8, events[0].id);
    return store_insert(context->store, TABLE_STATES_HISTORY, str_from(key, sizeof key), buffer_str(&states->scratch));
}

static Error *write_history(Context *context, StatesExecution *execution, const AslStep *step)
{
    for (size_t done = 0, taken; done < step->history_count; done += taken)
        TRY(write_chunk(context, execution, step->history + done, step->history_count - done, &taken));
    if (step->history_count > 0) execution->events = step->history[step->history_count - 1].id;
    return NULL;
}

static Error *write_cells(Context *context, const StatesExecution *execution, const AslStep *step)
{
    char key[16];
    if (execution->express) return NULL;
    bytes_put_u64(key, execution->number);
    for (size_t i = 0; i < step->cell_count; i++) {
        const AslCell *cell = &step->cells[i];
        bytes_put_u64(key + 8, cell->key);
        Str name = str_from(key, sizeof key);
        TRY(cell->bytes.data ? store_put(context->store, TABLE_STATES_CELL, name, cell->bytes)
                             : store_delete(context->store, TABLE_STATES_CELL, name));
    }
    return NULL;
}

/* ---- timers ---- */

static Str timer_key(char out[12], uint64_t execution, uint32_t thread)
{
    bytes_put_u64(out, execution);
    bytes_put_u32(out + 8, thread);
    return str_from(out, 12);
}

static Error *clear_timer(Context *context, uint64_t execution, uint32_t thread)
{
    char key[12];
    Str  row;
    bool found;
    Str  name = timer_key(key, execution, thread);
    TRY(store_get(context->store, context->arena, TABLE_STATES_TIMER, name, &row, &found));
    if (!found || row.length != 8) return NULL;
    TRY(context_timer_clear(context, bytes_get_u64(row.data)));
    return store_delete(context->store, TABLE_STATES_TIMER, name);
}

static Error *set_timer(Context *context, uint64_t execution, const AslAction *action)
{
    char     key[12], id_bytes[8];
    uint64_t id;
    Json    *input = json_object(context->arena);
    json_add_int(context->arena, input, STR("execution"), (int64_t)execution);
    json_add_int(context->arena, input, STR("thread"), action->thread);
    TRY(clear_timer(context, execution, action->thread));
    TRY(context_timer_set(context, action->due, STR("WakeExecution"), input, &id));
    bytes_put_u64(id_bytes, id);
    return store_put(context->store, TABLE_STATES_TIMER, timer_key(key, execution, action->thread), str_from(id_bytes, 8));
}

static Error *act(StatesPump *pump, StatesExecution *execution, const AslAction *action)
{
    switch (action->kind) {
    case ASL_SET_TIMER: return set_timer(pump->context, execution->number, action);
    case ASL_CLEAR_TIMER: return clear_timer(pump->context, execution->number, action->thread);
    case ASL_DO_TASK: return states_task_begin(pump, execution, action);
    case ASL_STOP_TASK: return states_task_stop(pump, execution, action);
    case ASL_DO_MAP_RUN: return states_map_run_begin(pump, execution, action);
    case ASL_STOP_MAP_RUN: return states_map_run_stop(pump, execution, action);
    }
    return NULL;
}

/* Map runs look at the state that the step has left behind, so they come later than the rest. */
static Error *act_all(StatesPump *pump, StatesExecution *execution, const AslStep *step, bool map_runs)
{
    for (size_t i = 0; i < step->action_count; i++) {
        const AslAction *action = &step->actions[i];
        if ((action->kind == ASL_DO_MAP_RUN || action->kind == ASL_STOP_MAP_RUN) == map_runs) TRY(act(pump, execution, action));
    }
    return NULL;
}

/* ---- one event ---- */

static Str copy_given(Arena *arena, Str text)
{
    return text.data ? str_copy(arena, text) : STR_NONE;
}

static void keep_end(Arena *arena, StatesExecution *execution, const AslStep *step)
{
    execution->status = step->status;
    execution->output = copy_given(arena, step->output);
    execution->error = copy_given(arena, step->error);
    execution->cause = copy_given(arena, step->cause);
}

static Error *end(StatesPump *pump, StatesExecution *execution)
{
    execution->stopped = pump->context->now;
    if (execution->parent.kind == STATES_PARENT_MAP_RUN) return states_map_child_ended(pump, execution);
    return execution->parent.kind == STATES_NO_PARENT ? NULL : states_nested_ended(pump, execution);
}

static Error *work(StatesPump *pump, const Waiting *waiting)
{
    Context         *context = pump->context;
    StatesExecution *execution;
    AslAbout         about;
    AslStep          step;
    char             key[STATES_ID_SIZE];
    TRY(states_execution_load(context, waiting->execution, waiting->event.kind == ASL_REDRIVE, &execution));
    pump->ignored = true;
    if (!execution) return NULL;
    states_about(context->arena, execution, &about, key);
    TRY(asl_step(context->arena, execution->program, &about, execution->state, &waiting->event, context->now, &step));
    pump->ignored = step.ignored;
    if (step.ignored) return NULL;
    states_pump_touch(pump, execution);
    if (waiting->event.kind == ASL_REDRIVE) execution->status = ASL_RUNNING;
    TRY(write_history(context, execution, &step));
    TRY(write_cells(context, execution, &step));
    TRY(act_all(pump, execution, &step, false));
    if (step.status != ASL_RUNNING) keep_end(context->arena, execution, &step);
    TRY(asl_state_apply(execution->state, step.cells, step.cell_count)); /* the step's texts may go with the old cells */
    TRY(act_all(pump, execution, &step, true));
    if (step.more) TRY(states_pump_later(pump, execution->number, &(AslEvent){ .kind = ASL_CONTINUE }));
    return step.status == ASL_RUNNING ? NULL : end(pump, execution);
}

/* ---- when there is too much for one call ---- */

static void add_text(Arena *arena, Json *object, Str name, Str text)
{
    if (text.data) json_add_str(arena, object, name, text);
}

Error *states_pump_later(StatesPump *pump, uint64_t execution, const AslEvent *event)
{
    Arena   *arena = pump->context->arena;
    Json    *input = json_object(arena);
    uint64_t id;
    json_add_int(arena, input, STR("execution"), (int64_t)execution);
    json_add_int(arena, input, STR("kind"), event->kind);
    json_add_int(arena, input, STR("thread"), event->thread);
    json_add_int(arena, input, STR("attempt"), event->attempt);
    add_text(arena, input, STR("payload"), event->payload);
    add_text(arena, input, STR("error"), event->error);
    add_text(arena, input, STR("cause"), event->cause);
    Instant due = pump->context->now + pump->postponed++; /* in their order: timers of one instant fire in any */
    return context_timer_set(pump->context, due, STR("MoveExecution"), input, &id);
}

static Str given(const Json *input, Str name)
{
    return json_get_str(input, name);
}

Error *states_move_execution(Context *context, const Json *input, Json **out)
{
    int64_t execution = 0, kind = 0, thread = 0, attempt = 0;
    bool    ignored;
    (void)out;
    json_get_int(input, STR("execution"), &execution);
    json_get_int(input, STR("kind"), &kind);
    json_get_int(input, STR("thread"), &thread);
    json_get_int(input, STR("attempt"), &attempt);
    AslEvent event = { .kind = (AslEventKind)kind, .thread = (uint32_t)thread, .attempt = (uint32_t)attempt, .payload = given(input, STR("payload")),
                       .error = given(input, STR("error")), .cause = given(input, STR("cause")) };
    return states_send(context, (uint64_t)execution, &event, &ignored);
}

Error *states_wake_execution(Context *context, const Json *input, Json **out)
{
    int64_t execution = 0, thread = 0;
    char    key[12];
    bool    ignored;
    (void)out;
    json_get_int(input, STR("execution"), &execution);
    json_get_int(input, STR("thread"), &thread);
    TRY(store_delete(context->store, TABLE_STATES_TIMER, timer_key(key, (uint64_t)execution, (uint32_t)thread)));
    AslEvent event = { .kind = ASL_TIMER, .thread = (uint32_t)thread };
    return states_send(context, (uint64_t)execution, &event, &ignored);
}

/* ---- until it is dry ---- */

/* What lived in the call's arena has to be its own from now on. */
static Error *own_texts(Context *context, StatesExecution *execution)
{
    Buffer *scratch = &states_of(context)->scratch;
    if (execution->bytes) return NULL;
    states_execution_encode(scratch, execution);
    if (scratch->failed) return error_memory();
    execution->bytes = memory_alloc(scratch->length);
    if (!execution->bytes) return error_memory();
    memcpy(execution->bytes, scratch->data, scratch->length);
    return states_execution_decode(str_from(execution->bytes, scratch->length), execution);
}

static Error *settle(StatesPump *pump, StatesExecution *execution)
{
    Context *context = pump->context;
    bool     was_running = execution->counted, runs = execution->status == ASL_RUNNING;
    execution->touched = false;
    TRY(states_execution_save(context, execution));
    if (runs) TRY(own_texts(context, execution));
    if (execution->sync && !runs) TRY(states_sync_keep(context, execution));
    int64_t running = (runs ? 1 : 0) - (was_running ? 1 : 0);
    int64_t remembered = execution->remembered ? 0 : 1;
    if (execution->express && !runs) remembered = execution->remembered ? -1 : 0;
    if (running || remembered) TRY(states_executions_add(context, &execution->owner, running, remembered));
    execution->counted = runs;
    execution->remembered = true;
    if (!runs) states_execution_drop(context, execution);
    return NULL;
}

Error *states_pump_run(StatesPump *pump)
{
    while (pump->first) {
        Waiting *waiting = pump->first;
        pump->first = waiting->next;
        if (!pump->first) pump->end = &pump->first;
        if (pump->worked++ < STATES_EVENTS_MAX) TRY(work(pump, waiting));
        else TRY(states_pump_later(pump, waiting->execution, &waiting->event));
    }
    while (pump->touched) {
        StatesExecution *execution = pump->touched;
        pump->touched = execution->next_touched;
        TRY(settle(pump, execution));
    }
    return NULL;
}

Error *states_send(Context *context, uint64_t execution, const AslEvent *event, bool *out_ignored)
{
    StatesPump *pump = states_pump(context);
    states_pump_send(pump, execution, event);
    Waiting *first = pump->first;
    pump->first = NULL;
    pump->end = &pump->first;
    TRY(work(pump, first));
    *out_ignored = pump->ignored;
    return states_pump_run(pump);
}
