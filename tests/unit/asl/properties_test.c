/* properties_test.c -- what holds for every machine: found by chance, played with answers by chance.
 *
 * A driver of its own steps each execution on its state and on a copy of it, read and written back in another order: both
 * must say the same, to the byte. Every history is read by an automaton. A machine that fails is shown by its seed. */
#include "asl/lint.h"
#include "play/play.h"
#include "tests/support/test.h"
#include "tests/unit/asl/machines.h"

#ifdef __SANITIZE_THREAD__ /* no threads are here: a few will do */
enum { MACHINES = 25 };
#else
enum { MACHINES = 500 };
#endif
enum { EVENTS_MAX = 5000, STEPS_MAX = 600 };

static const Instant START = 1767225600 * DURATION_SECOND;

/* ---- a step as bytes ---- */

static int by_key(const void *a, const void *b)
{
    uint64_t first = ((const AslCell *)a)->key, second = ((const AslCell *)b)->key;
    return first < second ? -1 : first > second;
}

static void put_text(Buffer *out, Str text)
{
    buffer_append_format(out, "%s%zu:", text.data ? "" : "-", text.length);
    buffer_append_str(out, text);
}

static void put_action(Buffer *out, const AslAction *action)
{
    const Str texts[] = { action->state_name, action->resource, action->resource_type, action->api, action->parameters, action->role_arn,
                          action->token, action->map_run_arn };
    buffer_append_format(out, "\naction %d %d %d %u %u %lld %d ", action->kind, action->task, action->pattern, action->thread, action->attempt,
                         (long long)action->due, action->sync_version);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) put_text(out, texts[i]);
}

static void write_step(const AslStep *step, Buffer *out)
{
    if (step->cell_count) qsort(step->cells, step->cell_count, sizeof *step->cells, by_key);
    buffer_append_format(out, "%d %d %d ", step->status, step->ignored, step->more);
    put_text(out, step->output);
    put_text(out, step->error);
    put_text(out, step->cause);
    for (size_t i = 0; i < step->cell_count; i++) {
        buffer_append_format(out, "\ncell %llx ", (unsigned long long)step->cells[i].key);
        put_text(out, step->cells[i].bytes);
    }
    for (size_t i = 0; i < step->history_count; i++) asl_history_encode(&step->history[i], NULL, out);
    for (size_t i = 0; i < step->action_count; i++) put_action(out, &step->actions[i]);
}

/* ---- an execution under test ---- */

typedef struct Pending {
    Instant  at;
    bool     done;
    AslEvent event;
} Pending;

typedef struct Heard { /* an event of the history */
    AslHistoryType type;
    uint32_t       previous;
    Str            name;
} Heard;

typedef struct Trial {
    Arena       arena, step_arenas[2];
    Chance      chance;
    AslProgram *program;
    AslAbout    about;
    AslState   *state;
    Instant     now;
    Pending     pending[256];
    size_t      pending_count;
    Heard      *heard; /* by id; [0] is none */
    uint32_t    heard_count;
    bool        over;
    bool        bad;
} Trial;

static bool trial_check(Trial *trial, bool held, const char *what)
{
    if (!held) trial->bad = true;
    return CHECK(held) || (printf("      %s\n", what), false);
}

/* ---- the automaton ---- */

static bool ends(AslHistoryType type, const char *ending)
{
    return str_ends_with(asl_history_type_name(type), str_from_c(ending));
}

static bool begins(AslHistoryType type, const char *beginning)
{
    return str_starts_with(asl_history_type_name(type), str_from_c(beginning));
}

/* Back along the chain to an event that `wanted` says yes to; 0: there is none. */
static uint32_t back_to(const Trial *trial, uint32_t id, bool (*wanted)(const Heard *event, const void *data), const void *data)
{
    while (id && !wanted(&trial->heard[id], data)) id = trial->heard[id].previous;
    return id;
}

/* A state of that name was entered; or it failed by an expression, which follows from what came before it was entered. */
static bool is_within(const Heard *event, const void *data)
{
    const Heard *wanted = data;
    bool entered = ends(event->type, "StateEntered") || event->type == ASL_H_EvaluationFailed;
    return entered && str_equal(event->name, wanted->name);
}

static bool is_in_a_task(const Heard *event, const void *data)
{
    (void)data;
    return event->type == ASL_H_TaskStateEntered;
}

static bool is_fork(const Heard *event, const void *data)
{
    (void)data;
    return event->type == ASL_H_MapStateStarted;
}

static bool is_work(AslHistoryType type)
{
    return !ends(type, "StateEntered") && !ends(type, "StateExited") && !ends(type, "StateAborted") &&
           (begins(type, "Task") || begins(type, "LambdaFunction") || begins(type, "Activity"));
}

static bool may_be_entered_after(AslHistoryType type)
{
    return ends(type, "StateExited") || type == ASL_H_MapIterationStarted || type == ASL_H_ParallelStateStarted || type == ASL_H_ExecutionStarted;
}

static void read_event(Trial *trial, const AslHistory *event)
{
    uint32_t id = event->id;
    Heard    heard = { event->type, event->previous, str_copy(&trial->arena, event->name) };
    bool     last = begins(event->type, "Execution") && event->type != ASL_H_ExecutionStarted && event->type != ASL_H_ExecutionRedriven;
    trial_check(trial, id == trial->heard_count + 1, "ids are consecutive");
    trial_check(trial, event->previous < id, "an event follows from an earlier one");
    trial_check(trial, (id == 1) == (event->type == ASL_H_ExecutionStarted), "ExecutionStarted is the first, and only that");
    if (event->type == ASL_H_ExecutionRedriven) trial->over = false;
    trial_check(trial, !trial->over, "nothing comes after the end");
    if (trial->bad || id >= EVENTS_MAX) return;
    trial->heard[id] = heard;
    trial->heard_count = id;
    trial->over = last;
    AslHistoryType before = trial->heard[event->previous].type;
    if (ends(event->type, "StateEntered"))
        trial_check(trial, !event->previous || may_be_entered_after(before), "a state is entered after another, or as the first of its block");
    if (ends(event->type, "StateExited"))
        trial_check(trial, back_to(trial, event->previous, is_within, &heard), "a state is left that was entered");
    if (is_work(event->type)) trial_check(trial, back_to(trial, event->previous, is_in_a_task, NULL), "tasks are out in Task states");
    if (event->type == ASL_H_MapIterationStarted) trial_check(trial, back_to(trial, event->previous, is_fork, NULL), "iterations are a Map's");
    if (event->type == ASL_H_ExecutionSucceeded) trial_check(trial, ends(before, "StateExited"), "success follows from a state's exit");
}

static void read_back(Trial *trial, const AslHistory *event)
{
    Buffer     first, second;
    AslHistory copy;
    buffer_init(&first);
    buffer_init(&second);
    asl_history_encode(event, NULL, &first);
    if (CHECK_OK(asl_history_decode(&trial->step_arenas[0], buffer_str(&first), NULL, &copy))) {
        asl_history_encode(&copy, NULL, &second);
        trial_check(trial, str_equal(buffer_str(&first), buffer_str(&second)), "an event reads back the same");
        Str was = json_text(&trial->step_arenas[0], asl_history_json(&trial->step_arenas[0], event, true));
        Str is = json_text(&trial->step_arenas[0], asl_history_json(&trial->step_arenas[0], &copy, true));
        trial_check(trial, str_equal(was, is), "and is shown the same");
    }
    buffer_done(&first);
    buffer_done(&second);
}

/* ---- the driver ---- */

static void forget(Trial *trial, bool timer, uint32_t thread)
{
    for (size_t i = 0; i < trial->pending_count; i++)
        if ((trial->pending[i].event.kind == ASL_TIMER) == timer && trial->pending[i].event.thread == thread && thread + 1) trial->pending[i].done = true;
}

static void expect(Trial *trial, Duration delay, AslEvent event)
{
    size_t at = 0;
    while (at < trial->pending_count && !trial->pending[at].done) at++;
    if (at == sizeof trial->pending / sizeof *trial->pending) return; /* it will never come: time decides, or nothing */
    event.payload = event.payload.data ? str_copy(&trial->arena, event.payload) : STR_NONE;
    trial->pending[at] = (Pending){ trial->now + delay, false, event };
    if (at == trial->pending_count) trial->pending_count++;
}

static void answer(Trial *trial, const AslAction *action)
{
    static const char *const results[] = { "{\"x\": 2, \"items\": [1], \"s\": \"t\"}", "1", "null", "[{\"a\":[]}]" };
    static const char *const errors[] = { "E1", "E2", "States.TaskFailed", "Other" };
    AslEvent event = { .thread = action->thread, .attempt = action->attempt };
    Duration delay = (Duration)chance_below(&trial->chance, 12) * DURATION_SECOND;
    bool     map = action->kind == ASL_DO_MAP_RUN;
    if (chance_one_in(&trial->chance, 8)) return;
    if (!map && (action->pattern != ASL_REQUEST_RESPONSE || action->task == ASL_TASK_ACTIVITY)) {
        event.kind = action->task == ASL_TASK_ACTIVITY ? ASL_TASK_STARTED : ASL_TASK_SUBMITTED;
        event.payload = STR("{\"id\":1}");
        expect(trial, 0, event);
        event.kind = ASL_TASK_HEARTBEAT;
        if (chance_one_in(&trial->chance, 2)) expect(trial, delay / 2, event);
    }
    event.payload = STR_NONE;
    if (chance_one_in(&trial->chance, 3)) {
        event.kind = map ? ASL_MAP_RUN_FAILED : ASL_TASK_FAILED;
        event.error = str_from_c(errors[chance_below(&trial->chance, 4)]);
        if (chance_one_in(&trial->chance, 2)) event.cause = STR("c");
    } else {
        event.kind = map ? ASL_MAP_RUN_SUCCEEDED : ASL_TASK_SUCCEEDED;
        event.payload = str_from_c(results[chance_below(&trial->chance, 4)]);
    }
    expect(trial, delay, event);
}

static void act(Trial *trial, const AslAction *action)
{
    switch (action->kind) {
    case ASL_DO_TASK:
    case ASL_DO_MAP_RUN: answer(trial, action); return;
    case ASL_STOP_TASK:
    case ASL_STOP_MAP_RUN: forget(trial, false, action->thread); return;
    case ASL_CLEAR_TIMER: forget(trial, true, action->thread); return;
    case ASL_SET_TIMER:
        forget(trial, true, action->thread);
        expect(trial, action->due > trial->now ? action->due - trial->now : 0, (AslEvent){ .kind = ASL_TIMER, .thread = action->thread });
        return;
    }
}

typedef struct Cells {
    Arena   *arena;
    AslCell *items;
    size_t   count;
} Cells;

static void collect(void *data, AslCell cell)
{
    Cells *cells = data;
    cells->items = arena_grow(cells->arena, cells->items, cells->count * sizeof cell, (cells->count + 1) * sizeof cell);
    cells->items[cells->count++] = cell;
}

static AslState *copy_backwards(Trial *trial)
{
    AslState *copy = NULL;
    Cells     cells = { .arena = &trial->step_arenas[1] };
    asl_state_each(trial->state, collect, &cells);
    CHECK_OK(asl_state_new(&copy));
    for (size_t i = cells.count; i-- > 0;) CHECK_OK(asl_state_apply(copy, &cells.items[i], 1));
    trial_check(trial, asl_state_count(copy) == asl_state_count(trial->state), "as many cells");
    return copy;
}

/* On the state and on its copy. */
static bool step_twice(Trial *trial, const AslEvent *event, AslStep *out)
{
    Buffer    texts[2];
    AslStep   other = { 0 };
    arena_reset(&trial->step_arenas[0]);
    arena_reset(&trial->step_arenas[1]);
    AslState *copy = copy_backwards(trial);
    buffer_init(&texts[0]);
    buffer_init(&texts[1]);
    bool well = CHECK_OK(asl_step(&trial->step_arenas[0], trial->program, &trial->about, trial->state, event, trial->now, out)) &&
                CHECK_OK(asl_step(&trial->step_arenas[1], trial->program, &trial->about, copy, event, trial->now, &other));
    if (well) {
        write_step(out, &texts[0]);
        write_step(&other, &texts[1]);
        well = trial_check(trial, str_equal(buffer_str(&texts[0]), buffer_str(&texts[1])), "a state that was read back goes the same way");
    }
    buffer_done(&texts[0]);
    buffer_done(&texts[1]);
    asl_state_free(copy);
    return well;
}

/* True: it goes on. */
static bool turn(Trial *trial, AslEvent event)
{
    AslStep step;
    event.seed = chance_u64(&trial->chance);
    if (!step_twice(trial, &event, &step)) return false;
    for (size_t i = 0; i < step.history_count; i++) {
        read_event(trial, &step.history[i]);
        read_back(trial, &step.history[i]);
    }
    for (size_t i = 0; i < step.action_count; i++) act(trial, &step.actions[i]);
    if (step.more) expect(trial, 0, (AslEvent){ .kind = ASL_CONTINUE, .thread = UINT32_MAX });
    trial_check(trial, (step.status == ASL_RUNNING) == !trial->over || step.ignored, "the history ends when the execution does");
    CHECK_OK(asl_state_apply(trial->state, step.cells, step.cell_count));
    return step.status == ASL_RUNNING && !trial->bad;
}

static Pending *first_pending(Trial *trial)
{
    Pending *first = NULL;
    for (size_t i = 0; i < trial->pending_count; i++)
        if (!trial->pending[i].done && (!first || trial->pending[i].at < first->at)) first = &trial->pending[i];
    return first;
}

static void go_on(Trial *trial, AslEvent first)
{
    bool goes_on = turn(trial, first);
    for (int steps = 0; goes_on && steps < STEPS_MAX && trial->heard_count + 100 < EVENTS_MAX; steps++) {
        Pending *pending = first_pending(trial);
        AslEvent stop = { .kind = ASL_STOP, .error = STR("Stop") };
        if (!pending || chance_one_in(&trial->chance, 100)) {
            goes_on = turn(trial, stop);
            continue;
        }
        pending->done = true;
        if (pending->at > trial->now) trial->now = pending->at;
        goes_on = turn(trial, pending->event);
    }
}

static bool has_failed(const Trial *trial)
{
    return trial->over && trial->heard[trial->heard_count].type != ASL_H_ExecutionSucceeded;
}

static void run_trial(Trial *trial, Str input)
{
    go_on(trial, (AslEvent){ .kind = ASL_START, .payload = input });
    for (int i = 0; i < 2 && has_failed(trial) && !trial->bad && chance_one_in(&trial->chance, 3); i++) {
        trial->pending_count = 0;
        trial->about.redrive_count++;
        trial->about.redrive_time = trial->now += DURATION_MINUTE;
        go_on(trial, (AslEvent){ .kind = ASL_REDRIVE });
    }
}

static bool check_machine(uint64_t seed)
{
    Trial          trial = { .now = START, .about = { .partition = STR("aws"), .region = STR("us-east-1"), .account = STR("000000000000"),
                             .execution_arn = STR("arn:e"), .execution_name = STR("e"), .machine_arn = STR("arn:m"), .machine_name = STR("m"),
                             .start_time = START, .key = STR("k") } };
    AslDiagnostics diagnostics = { 0 };
    arena_init(&trial.arena, 0);
    arena_init(&trial.step_arenas[0], 0);
    arena_init(&trial.step_arenas[1], 0);
    chance_init_seed(&trial.chance, seed);
    trial.heard = NEW_ARRAY(&trial.arena, Heard, EVENTS_MAX + 1);
    Json *machine = machines_make(&trial.arena, &trial.chance);
    Str   input = json_text(&trial.arena, machines_make_input(&trial.arena, &trial.chance));
    asl_validate(&trial.arena, machine, ASL_STANDARD, &diagnostics);
    if (trial_check(&trial, diagnostics.count == 0, "it is valid") && CHECK_OK(asl_compile(&trial.arena, machine, &trial.program)) &&
        CHECK_OK(asl_state_new(&trial.state)))
        run_trial(&trial, input);
    if (trial.bad) {
        Str text = json_text(&trial.arena, machine), wrong = asl_diagnostics_text(&trial.arena, &diagnostics);
        printf("      seed %llu: %.*s\n      %.*s\n      %.*s\n", (unsigned long long)seed, STR_ARG(text), STR_ARG(input), STR_ARG(wrong));
    }
    asl_state_free(trial.state);
    arena_done(&trial.arena);
    arena_done(&trial.step_arenas[0]);
    arena_done(&trial.step_arenas[1]);
    return !trial.bad;
}

TEST(test_properties_of_any_machine)
{
    for (uint64_t seed = 1; seed <= MACHINES; seed++)
        if (!check_machine(seed)) return;
}

/* ---- whole plays ---- */

typedef struct Script {
    Chance chance;
    Buffer told;
} Script;

static Error *ask(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    Script *script = context;
    (void)arena, (void)action;
    *out = (PlayAnswer){ .delay = (Duration)chance_below(&script->chance, 5) * DURATION_SECOND };
    if (chance_one_in(&script->chance, 10)) out->never = true;
    else if (chance_one_in(&script->chance, 4)) out->error = chance_one_in(&script->chance, 2) ? STR("E1") : STR("E2");
    else out->result = STR("{\"x\":2,\"items\":[{\"x\":1,\"items\":[]}],\"s\":\"t\"}");
    return NULL;
}

static void hear(void *context, const PlayPlace *place, const AslHistory *event)
{
    Script *script = context;
    buffer_append_format(&script->told, "%u ", place->execution);
    asl_history_encode(event, NULL, &script->told);
}

static void play(const AslProgram *program, Str input, uint64_t seed, bool heard, Script *script)
{
    Play       *play;
    PlayOptions options = { .program = program, .start = START, .seed = seed, .ask = ask, .hear = heard ? hear : NULL, .context = script,
                            .steps_max = 2000 };
    chance_init_seed(&script->chance, seed);
    if (!CHECK_OK(play_new(&options, &play))) return;
    if (CHECK_OK(play_start(play, input))) CHECK_OK(play_run(play, NULL));
    const PlayResult *result = play_result(play);
    buffer_append_format(&script->told, "\n%d %d %lld %llu ", result->end, result->status, (long long)result->ended, (unsigned long long)result->steps);
    put_text(&script->told, result->output);
    put_text(&script->told, result->error);
    put_text(&script->told, result->cause);
    play_free(play);
}

static bool check_plays(uint64_t seed)
{
    Arena       arena;
    Chance      chance;
    AslProgram *program;
    Script      scripts[3];
    bool        well = false;
    arena_init(&arena, 0);
    chance_init_seed(&chance, seed);
    Json *machine = machines_make(&arena, &chance);
    Str   input = json_text(&arena, machines_make_input(&arena, &chance));
    for (int i = 0; i < 3; i++) buffer_init(&scripts[i].told);
    if (CHECK_OK(asl_compile(&arena, machine, &program))) {
        for (int i = 0; i < 3; i++) play(program, input, seed, i < 2, &scripts[i]);
        Str    first = buffer_str(&scripts[0].told), quiet = buffer_str(&scripts[2].told);
        well = CHECK(str_equal(first, buffer_str(&scripts[1].told))) && CHECK(str_ends_with(first, quiet));
        if (!well) printf("      seed %llu\n", (unsigned long long)seed);
    }
    for (int i = 0; i < 3; i++) buffer_done(&scripts[i].told);
    arena_done(&arena);
    return well;
}

TEST(test_plays_go_the_same_way_heard_or_not)
{
    for (uint64_t seed = 1; seed <= MACHINES; seed++)
        if (!check_plays(seed)) return;
}
