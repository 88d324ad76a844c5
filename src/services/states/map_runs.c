/* map_runs.c -- the life of a map run.
 *
 *     RUNNING -> SUCCEEDED   all children have ended, and not too many badly         complete
 *     RUNNING -> FAILED      too many have failed, or its items cannot be had        fail
 *     RUNNING -> ABORTED     nobody waits for it any more                            states_map_run_stop
 *     FAILED, ABORTED -> RUNNING   its execution is redriven                         redrive
 *
 * Children are begun as others end, a few at a time: a call begins STATES_MAP_STEP of them at most and leaves the rest to a timer
 * that is due at once (ContinueMapRun), so that others have their turn in between. Only the position is stored.
 *
 * Invariants, true between calls, of a run that is RUNNING:
 *   1. children.running children have begun and have not ended;
 *   2. if there is room for another child and one that could begin, `continuing` is set, and so is a timer;
 *   3. if no child runs, there is one that can begin.
 *
 * A child tells its end once (states_map_child_ended), also after the run has ended: counts are always exact. When a run is redriven,
 * its failed children go on first, in the order of their items: standard ones where they failed, express ones from the beginning. */
#include "services/states/map_runs.h"

#include "services/states/counts.h"
#include "services/states/pump.h"
#include "services/states/redrive.h"
#include "services/states/rows.h"

/* ---- counting ---- */

static uint64_t *count_of(StatesMapTally *tally, AslStatus status)
{
    switch (status) {
    case ASL_RUNNING: return &tally->running;
    case ASL_SUCCEEDED: return &tally->succeeded;
    case ASL_FAILED: return &tally->failed;
    case ASL_TIMED_OUT: return &tally->timed_out;
    case ASL_ABORTED: return &tally->aborted;
    }
    return &tally->failed;
}

static void count(StatesMapRun *run, AslStatus from, AslStatus to, uint32_t items)
{
    --*count_of(&run->children, from);
    ++*count_of(&run->children, to);
    *count_of(&run->items, from) -= items;
    *count_of(&run->items, to) += items;
}

static void count_begun(StatesMapRun *run, uint32_t items)
{
    run->children.begun++;
    run->children.running++;
    run->items.begun += items;
    run->items.running += items;
    if (items > 1) run->batched = true;
}

static bool is_exceeded(const StatesMapRun *run)
{
    const StatesMapTally *items = &run->items;
    AslMapRun             limits = { .tolerated_count = run->tolerated_count, .tolerated_percentage = run->tolerated_percentage };
    return asl_map_run_exceeded(&limits, items->failed + items->timed_out + items->aborted, run->items_total);
}

/* A child is left to begin. */
static bool has_more(const StatesMapRun *run)
{
    return run->status == STATES_MAP_RUNNING && (run->redriving || run->items.begun < run->items_total);
}

static bool has_room(const StatesMapRun *run)
{
    uint64_t most = run->concurrency_max && run->concurrency_max < STATES_MAP_AT_ONCE ? run->concurrency_max : STATES_MAP_AT_ONCE;
    return run->children.running < most;
}

/* ---- ending ---- */

static void answer(StatesPump *pump, const StatesMapRun *run, AslEventKind kind, Str payload, Str error, Str cause)
{
    AslEvent event = { .kind = kind, .thread = run->thread, .attempt = run->attempt, .payload = payload, .error = error, .cause = cause };
    states_pump_send(pump, run->execution, &event);
}

static void stop_child(StatesPump *pump, uint64_t number)
{
    states_pump_send(pump, number, &(AslEvent){ .kind = ASL_STOP });
}

/* Express children are in memory only; others may be there before their row in the list says that they run. */
static void stop_held(StatesPump *pump, const StatesMapRun *run)
{
    const Map *held = &states_of(states_pump_context(pump))->executions;
    for (size_t i = 0; i < held->count; i++) {
        const StatesExecution *child = held->entries[i].value;
        bool ours = child->parent.kind == STATES_PARENT_MAP_RUN && child->parent.execution == run->number;
        if (ours && (child->express || child->listed != ASL_RUNNING)) stop_child(pump, child->number);
    }
}

static Error *stop_children(StatesPump *pump, const StatesMapRun *run)
{
    Context   *context = states_pump_context(pump);
    char       prefix[STATES_LIST_PREFIX];
    StatesRow *rows;
    size_t     row_count;
    if (!run->children.running) return NULL;
    stop_held(pump, run);
    TRY(states_row_list(context, TABLE_STATES_LIST, states_list_prefix(prefix, run->number, ASL_RUNNING), STR_NONE, SIZE_MAX, &rows, &row_count));
    for (size_t i = 0; i < row_count; i++) stop_child(pump, ~bytes_get_u64(rows[i].key.data + STATES_LIST_PREFIX));
    return NULL;
}

static void end(StatesPump *pump, StatesMapRun *run, StatesMapStatus status)
{
    Context *context = states_pump_context(pump);
    run->status = status;
    run->stopped = context->now;
    states_map_items_drop(context, run);
}

static Error *fail(StatesPump *pump, StatesMapRun *run, Str error, Str cause)
{
    end(pump, run, STATES_MAP_FAILED);
    TRY(stop_children(pump, run));
    answer(pump, run, ASL_MAP_RUN_FAILED, STR_NONE, error, cause);
    return NULL;
}

static Error *continue_later(Context *context, StatesMapRun *run)
{
    Json    *input = json_object(context->arena);
    uint64_t id;
    if (run->continuing) return NULL;
    run->continuing = true;
    json_add_int(context->arena, input, STR("run"), (int64_t)run->number);
    return context_timer_set(context, context->now, STR("ContinueMapRun"), input, &id);
}

static Error *complete(StatesPump *pump, StatesMapRun *run)
{
    Context *context = states_pump_context(pump);
    Str      text;
    bool     fits;
    TRY(states_map_result_text(context, run, &text, &fits));
    if (!fits)
        return fail(pump, run, STR("States.DataLimitExceeded"),
                    str_format(context->arena, "The state/task '%.*s' returned a result with a size exceeding the maximum number of bytes service limit.",
                               STR_ARG(run->state_name)));
    end(pump, run, STATES_MAP_SUCCEEDED);
    answer(pump, run, ASL_MAP_RUN_SUCCEEDED, text, STR_NONE, STR_NONE);
    return continue_later(context, run); /* to sweep up */
}

/* Whatever the run can do now. */
static Error *settle(StatesPump *pump, StatesMapRun *run)
{
    if (run->status != STATES_MAP_RUNNING) return NULL;
    if (is_exceeded(run))
        return fail(pump, run, STR("States.ExceedToleratedFailureThreshold"), STR("The specified tolerated failure threshold was exceeded"));
    if (!has_more(run)) return run->children.running ? NULL : complete(pump, run);
    return has_room(run) ? continue_later(states_pump_context(pump), run) : NULL;
}

/* ---- children begin ---- */

typedef struct Budget { /* of one call: it must not take too long, nor write too much */
    size_t children, bytes;
} Budget;

static const Budget FULL_BUDGET = { STATES_MAP_STEP, STATES_MAP_STEP_BYTES };

static bool is_left(const Budget *budget)
{
    return budget->children > 0 && budget->bytes > 0;
}

static void spend(Budget *budget, size_t bytes)
{
    budget->children--;
    budget->bytes -= bytes < budget->bytes ? bytes : budget->bytes;
}

static Error *start_child(StatesPump *pump, const StatesMapRun *run, uint64_t child, const StatesMapInput *input, Budget *budget)
{
    const StatesOwner *owner = &run->owner;
    StatesMachine      machine = {
        .account = owner->account, .region = owner->region, .name = owner->name, .version_arn = run->version_arn, .alias_arn = run->alias_arn,
        .id = owner->machine, .revision = owner->revision, .type = STATES_STANDARD,
    };
    StatesStart start = {
        .machine = &machine, .input = input->text, .trace = run->trace, .revision = owner->revision, .label = run->label, .number = run->machine,
        .express = run->express, .parent = { STATES_PARENT_MAP_RUN, run->number, (uint32_t)child, input->items },
    };
    uint64_t number;
    Str      arn;
    Instant  started;
    spend(budget, input->text.length);
    return states_start(pump, &start, &number, &arn, &started);
}

static Error *begin_new(StatesPump *pump, StatesMapRun *run, Budget *budget)
{
    StatesMapInput input;
    TRY(states_map_items_get(states_pump_context(pump), run, run->children.begun, &input));
    if (input.error.data) return fail(pump, run, input.error, input.cause);
    if (!input.text.data) {
        run->items_total = run->items.begun;
        return NULL;
    }
    TRY(start_child(pump, run, run->children.begun, &input, budget));
    count_begun(run, input.items);
    return NULL;
}

/* The run has it counted among those that wait. */
static void count_redriven(StatesMapRun *run, uint32_t items)
{
    run->children.pending_redrive--;
    run->items.pending_redrive -= items;
    run->children.running++;
    run->items.running += items;
}

/* It has become too old while it waited: it stays what it is. */
static void count_lost(StatesMapRun *run, const StatesMapFailure *failure)
{
    run->children.pending_redrive--;
    run->items.pending_redrive -= failure->items;
    ++*count_of(&run->children, failure->status);
    *count_of(&run->items, failure->status) += failure->items;
    run->children.lost++;
    run->items.lost += failure->items;
}

static Error *redrive_standard(StatesPump *pump, StatesMapRun *run, const StatesMapFailure *failure, Budget *budget)
{
    Context         *context = states_pump_context(pump);
    StatesExecution *child;
    TRY(states_execution_load(context, failure->execution, true, &child));
    if (!child) return error_new(ERR_CORRUPT, "a child of a map run has ended and is not there");
    if (states_redrive_is_spent(context, child)) {
        count_lost(run, failure);
        return NULL;
    }
    spend(budget, child->input.length);
    states_redrive_begin(pump, child);
    count_redriven(run, failure->items);
    return states_map_failure_remove(context, run, failure->child);
}

static Error *redrive_express(StatesPump *pump, StatesMapRun *run, const StatesMapFailure *failure, Budget *budget)
{
    Context       *context = states_pump_context(pump);
    StatesMapInput input;
    TRY(states_map_items_get(context, run, failure->child, &input));
    if (input.error.data) return fail(pump, run, input.error, input.cause);
    if (!input.text.data || input.items != failure->items) return fail(pump, run, STR("States.Runtime"), STR("The items of the Map Run have changed."));
    TRY(start_child(pump, run, failure->child, &input, budget));
    count_redriven(run, failure->items);
    return states_map_failure_remove(context, run, failure->child);
}

/* Those that have ended in this round have had their turn, and those that cannot be redriven are counted so already. */
static Error *redrive_next(StatesPump *pump, StatesMapRun *run, Budget *budget)
{
    StatesMapFailure failure;
    bool             found;
    TRY(states_map_failure_next(states_pump_context(pump), run, run->redrive_next, &failure, &found));
    run->redriving = found && run->children.pending_redrive > 0;
    if (!run->redriving) return NULL;
    run->redrive_next = failure.child + 1;
    if (failure.round >= run->redrives || failure.lost) {
        spend(budget, 0);
        return NULL;
    }
    return run->express ? redrive_express(pump, run, &failure, budget) : redrive_standard(pump, run, &failure, budget);
}

static Error *begin_children(StatesPump *pump, StatesMapRun *run, Budget *budget)
{
    while (has_more(run) && has_room(run) && is_left(budget)) TRY(run->redriving ? redrive_next(pump, run, budget) : begin_new(pump, run, budget));
    return NULL;
}

/* ---- the run begins ---- */

static StatesMapForm form_of(const AslMapRun *wanted, const Json *config)
{
    Str word = json_get_str(config, STR("Transformation"));
    if (!wanted->has_writer || str_equal(word, STR("COMPACT"))) return STATES_MAP_COMPACT;
    return str_equal(word, STR("FLATTEN")) ? STATES_MAP_FLATTEN : STATES_MAP_NONE;
}

static Error *describe(Context *context, const StatesExecution *execution, const AslAction *action, const AslMapRun *wanted, StatesMapRun *run)
{
    Json *config = NULL;
    if (wanted->writer_config.data) TRY(json_parse(context->arena, wanted->writer_config, NULL, &config));
    TRY(states_next_id(context, &run->number));
    run->status = STATES_MAP_RUNNING;
    run->form = form_of(wanted, config);
    run->lines = str_equal(json_get_str(config, STR("OutputType")), STR("JSONL"));
    run->express = wanted->express_children;
    run->owner = execution->owner;
    run->arn = wanted->arn;
    run->label = wanted->label;
    if (execution->parent.kind == STATES_PARENT_MAP_RUN) /* within a child of another run */
        run->label = str_format(context->arena, "%.*s/%.*s", STR_ARG(execution->label), STR_ARG(wanted->label));
    run->execution_arn = states_execution_arn(context->arena, execution);
    run->state_name = action->state_name;
    run->version_arn = execution->version_arn;
    run->alias_arn = execution->alias_arn;
    run->trace = execution->trace;
    run->execution = execution->number;
    run->thread = action->thread;
    run->attempt = action->attempt;
    run->machine = asl_program_number(asl_map_program(execution->program, execution->state, action->thread));
    run->concurrency_max = wanted->max_concurrency;
    run->tolerated_count = wanted->tolerated_count;
    run->tolerated_percentage = wanted->tolerated_percentage;
    run->started = context->now;
    return NULL;
}

/* Nothing has begun yet; the run is there all the same, to be looked at and to be redriven. */
static Error *find_items(StatesPump *pump, StatesMapRun *run, const AslMapRun *wanted)
{
    Context *context = states_pump_context(pump);
    Str      error, cause;
    if (wanted->has_writer && wanted->writer_resource.length)
        return fail(pump, run, STR("States.ResultWriterFailed"),
                    str_format(context->arena, "The results cannot be written by '%.*s': there is no object store in this server.",
                               STR_ARG(wanted->writer_resource)));
    TRY(states_map_items_count(context, run, &run->items_total, &error, &cause));
    return error.data ? fail(pump, run, error, cause) : NULL;
}

static Error *resolve(Context *context, const StatesExecution *execution, const AslAction *action, AslMapRun *out)
{
    AslAbout about;
    char     key[STATES_ID_SIZE];
    states_about(context->arena, execution, &about, key);
    return asl_map_run(context->arena, execution->program, &about, execution->state, action->thread, context->now, out);
}

static Error *create(StatesPump *pump, const StatesExecution *execution, const AslAction *action, StatesMapRun *run)
{
    Context  *context = states_pump_context(pump);
    AslMapRun wanted;
    *run = (StatesMapRun){ 0 };
    TRY(resolve(context, execution, action, &wanted));
    TRY(describe(context, execution, action, &wanted, run));
    TRY(states_map_run_insert(context, run));
    return find_items(pump, run, &wanted);
}

/* ---- the run begins again ---- */

static void tally_redrive(StatesMapTally *tally)
{
    tally->pending_redrive += tally->failed + tally->timed_out + tally->aborted - tally->lost;
    tally->failed = tally->lost;
    tally->timed_out = tally->aborted = 0;
}

static Error *redrive(StatesPump *pump, const StatesExecution *execution, const AslAction *action, StatesMapRun *run)
{
    AslMapRun wanted;
    run->thread = action->thread;
    run->attempt = action->attempt;
    if (run->redrives >= STATES_MAP_REDRIVES_MAX)
        return fail(pump, run, STR("States.Runtime"), STR("The Map Run has been redriven as often as it may be."));
    run->status = STATES_MAP_RUNNING;
    run->redrives++;
    run->redriven = states_pump_context(pump)->now;
    run->stopped = 0;
    tally_redrive(&run->children);
    tally_redrive(&run->items);
    run->redriving = run->children.pending_redrive > 0;
    run->redrive_next = 0;
    if (run->children.begun) return NULL;
    TRY(resolve(states_pump_context(pump), execution, action, &wanted));
    return find_items(pump, run, &wanted);
}

/* ---- for the pump ---- */

static Error *go_on(StatesPump *pump, StatesMapRun *run)
{
    Budget budget = FULL_BUDGET;
    TRY(begin_children(pump, run, &budget));
    TRY(settle(pump, run));
    return states_map_run_save(states_pump_context(pump), run);
}

/* The thread that has asked was stopped within the same step, or a field of its state has no value after all. */
static Error *not_begun(StatesPump *pump, const StatesExecution *execution, const AslAction *action, Error *error)
{
    if (error->code != ERR_NOT_FOUND && error->code != ERR_INVALID) return error;
    Str why = str_copy(states_pump_context(pump)->arena, str_from_c(error->message));
    states_answer(pump, execution, action, ASL_MAP_RUN_FAILED, STR_NONE, STR("States.Runtime"), why);
    error_free(error);
    return NULL;
}

Error *states_map_run_begin(StatesPump *pump, StatesExecution *execution, const AslAction *action)
{
    StatesMapRun run;
    bool         found;
    TRY(states_map_run_by_arn(states_pump_context(pump), action->map_run_arn, &run, &found));
    Error *error = found ? redrive(pump, execution, action, &run) : create(pump, execution, action, &run);
    return error ? not_begun(pump, execution, action, error) : go_on(pump, &run);
}

Error *states_map_run_changed(StatesPump *pump, StatesMapRun *run)
{
    TRY(settle(pump, run));
    return states_map_run_save(states_pump_context(pump), run);
}

Error *states_map_run_stop(StatesPump *pump, StatesExecution *execution, const AslAction *action)
{
    Context     *context = states_pump_context(pump);
    StatesMapRun run;
    bool         found;
    TRY(states_map_run_of(context, execution->number, action->thread, &run, &found));
    if (!found) return NULL;
    end(pump, &run, STATES_MAP_ABORTED);
    TRY(stop_children(pump, &run));
    return states_map_run_save(context, &run);
}

static void count_end(StatesMapRun *run, const StatesExecution *child)
{
    count(run, ASL_RUNNING, child->status, child->parent.attempt);
    if (!states_map_child_is_lost(child)) return;
    run->children.lost++;
    run->items.lost += child->parent.attempt;
}

Error *states_map_child_ended(StatesPump *pump, StatesExecution *child)
{
    Context     *context = states_pump_context(pump);
    StatesMapRun run;
    bool         found;
    TRY(states_map_run_read(context, child->parent.execution, &run, &found));
    if (!found) return error_new(ERR_CORRUPT, "the map run of an execution is not there");
    count_end(&run, child);
    TRY(states_map_result_write(context, &run, child));
    TRY(settle(pump, &run));
    return states_map_run_save(context, &run);
}

/* ---- a call of its own ---- */

/* Executions of a machine that is being deleted end when they could go on. */
static Error *begin_more(StatesPump *pump, StatesMapRun *run, Budget *budget)
{
    bool deleting;
    TRY(states_machine_is_deleting(states_pump_context(pump), &run->owner, &deleting));
    if (!deleting) return begin_children(pump, run, budget);
    stop_child(pump, run->execution);
    return NULL;
}

/* Children that end within this call make room for others, as long as it lasts. */
static Error *work(StatesPump *pump, StatesMapRun *run, bool *out_found)
{
    Context *context = states_pump_context(pump);
    Budget   budget = FULL_BUDGET;
    for (size_t before = 0; before != budget.children && is_left(&budget);) {
        before = budget.children;
        TRY(states_map_run_read(context, run->number, run, out_found));
        if (!*out_found || !has_more(run)) return NULL;
        TRY(begin_more(pump, run, &budget));
        TRY(states_map_run_save(context, run));
        TRY(states_pump_run(pump));
    }
    return states_map_run_read(context, run->number, run, out_found);
}

Error *states_continue_map_run(Context *context, const Json *input, Json **out)
{
    int64_t      number = 0;
    StatesPump  *pump = states_pump(context);
    bool         found, more = false;
    (void)out;
    json_get_int(input, STR("run"), &number);
    StatesMapRun run = { .number = (uint64_t)number };
    TRY(work(pump, &run, &found));
    if (!found) return NULL;
    run.continuing = false;
    if (run.status == STATES_MAP_SUCCEEDED) TRY(states_map_result_sweep(context, &run, &more));
    if (more) TRY(continue_later(context, &run));
    TRY(settle(pump, &run));
    TRY(states_map_run_save(context, &run));
    return states_pump_run(pump);
}
