/* play.c -- events in, actions out.
 *
 * An errand is an event that is due: a timer, an answer, a start. Each turn takes the first errand, steps its execution,
 * and does what the step asks for, which puts down new errands. Nothing is stepped inside a step, so there is no recursion,
 * however deep distributed Maps are nested.
 *
 * An execution that ends leaves its errands where they are; they hold a reference and are thrown away when their time
 * comes. */
#include "play/play_internal.h"

#include "loop/loop.h"

/* ---- errands ---- */

static uint64_t errand_key(const Execution *execution, ErrandKind kind, uint32_t thread)
{
    return (uint64_t)execution->number << 36 | (uint64_t)thread << 4 | kind;
}

static void unref(Execution *execution)
{
    if (--execution->references) return;
    asl_state_free(execution->state);
    arena_done(&execution->arena);
    memory_free(execution);
}

static void errand_free(Errand *errand)
{
    if (!errand) return;
    unref(errand->execution);
    memory_free(errand);
}

static void drop(Play *play, Errand *errand)
{
    agenda_remove(&play->agenda, &errand->due);
    errand_free(errand);
}

static Str place_text(char **at, Str text)
{
    if (!text.data) return STR_NONE;
    Str placed = str_from(*at, text.length);
    if (text.length) memcpy(*at, text.data, text.length);
    *at += text.length;
    return placed;
}

Error *errand_put(Play *play, Execution *execution, ErrandKind kind, Instant at, const AslEvent *event)
{
    errand_drop(play, execution, kind, event->thread);
    Errand *errand = memory_alloc(sizeof *errand + event->payload.length + event->error.length + event->cause.length + event->worker.length);
    if (!errand) return error_memory();
    char *texts = (char *)(errand + 1);
    *errand = (Errand){ .due = { .key = errand_key(execution, kind, event->thread), .at = at },
                        .execution = execution, .event = *event };
    errand->event.payload = place_text(&texts, event->payload);
    errand->event.error = place_text(&texts, event->error);
    errand->event.cause = place_text(&texts, event->cause);
    errand->event.worker = place_text(&texts, event->worker);
    Error *error = agenda_put(&play->agenda, &errand->due);
    if (error) memory_free(errand);
    else execution->references++;
    return error;
}

void errand_drop(Play *play, Execution *execution, ErrandKind kind, uint32_t thread)
{
    Due *due = agenda_find(&play->agenda, errand_key(execution, kind, thread));
    if (due) drop(play, (Errand *)due);
}

/* The first errand of an execution that still runs. */
static Errand *first_errand(Play *play)
{
    for (;;) {
        Errand *errand = (Errand *)agenda_first(&play->agenda);
        if (!errand || !errand->execution->ended) return errand;
        drop(play, errand);
    }
}

/* ---- executions ---- */

Error *execution_new(Play *play, const AslProgram *program, Execution **out)
{
    Execution *execution = memory_alloc_zero(sizeof *execution);
    if (!execution) return error_memory();
    arena_init(&execution->arena, 512);
    execution->number = ++play->executions;
    execution->references = 1;
    execution->program = program;
    Error *error = asl_state_new(&execution->state);
    if (error) unref(execution);
    else *out = execution;
    return error;
}

void execution_end(Play *play, Execution *execution)
{
    execution->ended = true;
    while (execution->map_runs) {
        MapRun *run = execution->map_runs;
        execution->map_runs = run->next;
        map_run_free(play, run);
    }
    if (execution->link) {
        *execution->link = execution->sibling;
        if (execution->sibling) execution->sibling->link = execution->link;
        execution->link = NULL;
    }
    unref(execution);
}

static Str or_else(Str text, Str otherwise)
{
    return text.data ? text : otherwise;
}

static void describe_root(Play *play, AslAbout *about)
{
    Arena             *arena = &play->arena;
    const PlayOptions *options = &play->options;
    Str                name = options->name.data ? options->name : chance_uuid(&play->chance, arena);
    *about = (AslAbout){
        .partition = or_else(options->partition, STR("aws")),
        .region = or_else(options->region, STR("us-east-1")),
        .account = or_else(options->account, STR("000000000000")),
        .execution_name = name,
        .machine_name = or_else(options->machine_name, STR("Machine")),
        .role_arn = options->role_arn,
        .start_time = play->now,
        .key = STR("1"),
        .express = options->express,
        .relaxed = options->relaxed,
        .quiet = !options->hear,
    };
    Str prefix = str_format(arena, "arn:%.*s:states:%.*s:%.*s:", STR_ARG(about->partition), STR_ARG(about->region),
                            STR_ARG(about->account));
    about->machine_arn = str_format(arena, "%.*sstateMachine:%.*s", STR_ARG(prefix), STR_ARG(about->machine_name));
    Str run = options->express ? chance_uuid(&play->chance, arena) : STR_NONE;
    about->execution_arn = str_format(arena, "%.*s%s:%.*s:%.*s%s%.*s", STR_ARG(prefix), options->express ? "express" : "execution",
                                      STR_ARG(about->machine_name), STR_ARG(name), run.length ? ":" : "", STR_ARG(run));
    if (!about->role_arn.data)
        about->role_arn = str_format(arena, "arn:%.*s:iam::%.*s:role/tutti", STR_ARG(about->partition), STR_ARG(about->account));
}

/* ---- what a step asks for ---- */

static AslEvent answer_event(const AslAction *action, const PlayAnswer *answer)
{
    AslEvent event = { .kind = ASL_TASK_FAILED, .thread = action->thread, .attempt = action->attempt };
    if (answer->result.data) {
        event.kind = ASL_TASK_SUCCEEDED;
        event.payload = answer->result;
    } else {
        event.error = answer->error;
        event.cause = answer->cause;
    }
    return event;
}

/* An activity is taken by a worker, and a job or a callback's request is accepted, before the answer comes. */
static Error *begin_task(Play *play, Execution *execution, const AslAction *action, const PlayAnswer *answer)
{
    AslEvent event = { .kind = ASL_TASK_STARTED, .thread = action->thread, .attempt = action->attempt, .worker = answer->worker };
    if (action->task != ASL_TASK_ACTIVITY) {
        if (action->pattern == ASL_REQUEST_RESPONSE) return NULL;
        event.kind = ASL_TASK_SUBMITTED;
        event.payload = or_else(answer->submitted, STR("{}"));
    }
    return errand_put(play, execution, ERRAND_TASK_BEGUN, play->now, &event);
}

Error *play_ask(Play *play, const AslAction *action, PlayAnswer *out)
{
    arena_reset(&play->answer);
    if (play->options.ask) return play->options.ask(play->options.context, &play->answer, action, out);
    return error_new(ERR_NOT_FOUND, "state '%.*s': there is nobody to answer it", STR_ARG(action->state_name));
}

static Error *do_task(Play *play, Execution *execution, const AslAction *action)
{
    PlayAnswer answer = { 0 };
    TRY(play_ask(play, action, &answer));
    if (answer.never && action->task == ASL_TASK_ACTIVITY && !answer.worker.data) return NULL; /* no worker comes */
    TRY(begin_task(play, execution, action, &answer));
    if (answer.never) return NULL;
    AslEvent event = answer_event(action, &answer);
    return errand_put(play, execution, ERRAND_TASK_DONE, play->now + answer.delay, &event);
}

static Error *act(Play *play, Execution *execution, const AslAction *action)
{
    AslEvent timer = { .kind = ASL_TIMER, .thread = action->thread };
    switch (action->kind) {
    case ASL_DO_TASK: return do_task(play, execution, action);
    case ASL_STOP_TASK:
        errand_drop(play, execution, ERRAND_TASK_BEGUN, action->thread);
        errand_drop(play, execution, ERRAND_TASK_DONE, action->thread);
        return NULL;
    case ASL_SET_TIMER: return errand_put(play, execution, ERRAND_TIMER, action->due, &timer);
    case ASL_CLEAR_TIMER: errand_drop(play, execution, ERRAND_TIMER, action->thread); return NULL;
    case ASL_DO_MAP_RUN: return map_run_begin(play, execution, action);
    case ASL_STOP_MAP_RUN: map_run_stop(play, execution, action->thread); return NULL;
    }
    return NULL;
}

/* Whether the same step takes it back: a branch that fails stops what its brothers have just begun. */
static bool is_taken_back(const AslStep *step, size_t at, size_t stops_end)
{
    AslActionKind kind = step->actions[at].kind, stop = kind == ASL_DO_TASK ? ASL_STOP_TASK : ASL_STOP_MAP_RUN;
    if (kind != ASL_DO_TASK && kind != ASL_DO_MAP_RUN) return false;
    for (size_t i = at + 1; i < stops_end; i++)
        if (step->actions[i].kind == stop && step->actions[i].thread == step->actions[at].thread) return true;
    return false;
}

static Error *act_all(Play *play, Execution *execution, const AslStep *step)
{
    size_t stops_end = step->action_count;
    while (stops_end && step->actions[stops_end - 1].kind != ASL_STOP_TASK && step->actions[stops_end - 1].kind != ASL_STOP_MAP_RUN) stops_end--;
    for (size_t i = 0; i < step->action_count; i++)
        if (!is_taken_back(step, i, stops_end)) TRY(act(play, execution, &step->actions[i]));
    return NULL;
}

/* ---- stepping ---- */

static void tell(Play *play, const Execution *execution, const AslStep *step)
{
    PlayPlace place = { .execution = execution->number, .index = execution->index };
    if (execution->of) place.map_state = execution->of->state_name;
    if (!play->options.hear) return;
    for (size_t i = 0; i < step->history_count; i++) play->options.hear(play->options.context, &place, &step->history[i]);
}

static Str keep(Arena *arena, Str text)
{
    return text.data ? str_copy(arena, text) : STR_NONE;
}

static void end_root(Play *play, const AslStep *step)
{
    PlayResult *result = &play->result;
    result->end = PLAY_ENDED;
    result->status = step->status;
    result->output = keep(&play->arena, step->output);
    result->error = keep(&play->arena, step->error);
    result->cause = keep(&play->arena, step->cause);
    Execution *root = play->root;
    play->root = NULL;
    execution_end(play, root);
}

static Error *settle(Play *play, Execution *execution, const AslStep *step)
{
    if (step->exceeded.data && !play->result.exceeded.data) play->result.exceeded = keep(&play->arena, step->exceeded);
    if (step->status == ASL_RUNNING) {
        AslEvent go_on = { .kind = ASL_CONTINUE };
        return step->more ? errand_put(play, execution, ERRAND_SELF, play->now, &go_on) : NULL;
    }
    if (execution->of) return map_run_child_ended(play, execution, step);
    end_root(play, step);
    return NULL;
}

/* A step's texts may be the state's own, which change when its cells do: what is needed after that is copied. */
static void detach(Arena *arena, AslStep *step)
{
    step->output = keep(arena, step->output);
    step->error = keep(arena, step->error);
    step->cause = keep(arena, step->cause);
    for (size_t i = 0; i < step->action_count; i++) step->actions[i].parameters = keep(arena, step->actions[i].parameters);
}

static Error *step_execution(Play *play, Execution *execution, AslEvent *event)
{
    AslStep step = { 0 };
    arena_reset(&play->step);
    event->seed = chance_u64(&play->chance);
    play->result.steps++;
    TRY(asl_step(&play->step, execution->program, &execution->about, execution->state, event, play->now, &step));
    if (step.ignored) return NULL;
    tell(play, execution, &step);
    detach(&play->step, &step);
    TRY(asl_state_apply(execution->state, step.cells, step.cell_count));
    TRY(act_all(play, execution, &step));
    return settle(play, execution, &step);
}

/* ---- the play ---- */

Error *play_new(const PlayOptions *options, Play **out)
{
    Play *play = memory_alloc_zero(sizeof *play);
    if (!play) return error_memory();
    play->options = *options;
    play->now = options->start;
    chance_init_seed(&play->chance, options->seed);
    agenda_init(&play->agenda);
    arena_init(&play->arena, 1024);
    arena_init(&play->step, 0);
    arena_init(&play->answer, 512);
    *out = play;
    return NULL;
}

void play_free(Play *play)
{
    if (!play) return;
    errand_free(play->current); /* memory ran out in its middle */
    if (play->root) execution_end(play, play->root);
    for (Due *due; (due = agenda_first(&play->agenda));) drop(play, (Errand *)due);
    agenda_done(&play->agenda);
    arena_done(&play->arena);
    arena_done(&play->step);
    arena_done(&play->answer);
    memory_free(play);
}

Error *play_start(Play *play, Str input)
{
    AslEvent start = { .kind = ASL_START, .payload = input };
    TRY(execution_new(play, play->options.program, &play->root));
    describe_root(play, &play->about);
    play->root->about = play->about;
    play->result.started = play->result.ended = play->now;
    return errand_put(play, play->root, ERRAND_SELF, play->now, &start);
}

/* Whether a limit stops it before what is due then. */
static bool is_out(Play *play, Instant due)
{
    const PlayOptions *options = &play->options;
    if (options->steps_max && play->result.steps >= options->steps_max) play->result.end = PLAY_OUT_OF_STEPS;
    else if (options->time_max && due - play->result.started > options->time_max) play->result.end = PLAY_OUT_OF_TIME;
    return play->result.end != PLAY_GOES_ON;
}

Instant play_due(Play *play)
{
    if (play->result.end != PLAY_GOES_ON) return INSTANT_NEVER;
    const Errand *errand = first_errand(play);
    if (errand && !is_out(play, errand->due.at)) return errand->due.at;
    if (play->result.end == PLAY_GOES_ON) play->result.end = PLAY_STUCK;
    return INSTANT_NEVER;
}

Error *play_turn(Play *play, Instant now)
{
    if (play_due(play) == INSTANT_NEVER) return NULL;
    Errand *errand = play->current = (Errand *)agenda_first(&play->agenda);
    if (now > play->now) play->now = now;
    play->result.ended = play->now;
    agenda_remove(&play->agenda, &errand->due);
    Error *error = step_execution(play, errand->execution, &errand->event);
    play->current = NULL;
    errand_free(errand);
    return error;
}

/* Sleeps until `due`, and lets the idle hook do its part meanwhile. */
static Error *sleep_until(Play *play, Clock *clock, Loop *loop, Instant due)
{
    for (Instant now; (now = clock_now(clock)) < due;) {
        Instant until = due, wanted = play->options.idle ? play->options.idle(play->options.context, now) : due;
        if (wanted < until) until = wanted;
        TRY(loop_turn(loop, until > now ? until - now : 0));
    }
    return NULL;
}

static Error *run_real(Play *play, Clock *clock)
{
    Loop *loop;
    TRY(loop_new(&loop));
    Error *error = NULL;
    for (Instant due; !error && (due = play_due(play)) != INSTANT_NEVER;) {
        error = sleep_until(play, clock, loop, due);
        if (!error) error = play_turn(play, clock_now(clock));
    }
    loop_free(loop);
    return error;
}

Error *play_run(Play *play, Clock *clock)
{
    if (clock && !clock_is_virtual(clock)) return run_real(play, clock);
    for (Instant due; (due = play_due(play)) != INSTANT_NEVER;) {
        if (clock) clock_advance(clock, due);
        TRY(play_turn(play, due));
    }
    return NULL;
}

const PlayResult *play_result(const Play *play)
{
    return &play->result;
}

const AslState *play_state(const Play *play)
{
    return play->root ? play->root->state : NULL;
}

const AslAbout *play_about(const Play *play)
{
    return &play->about;
}
