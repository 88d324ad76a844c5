/* test_state.c -- one state with one input, and what its data went through.
 *
 * The state is compiled alone and stepped until it ends, wants to be tried again, or asks for a task that nobody mocked.
 * A mocked state is made into something that asks: an inline Map into a distributed one, whose run is answered with the mock;
 * a Parallel into a task. Failures that are said to have happened before are gone through one by one.
 *
 * Variables have to be assigned by somebody: where there are some, the state stands in a small machine behind one that
 * assigns them, with ends in the places that it may go on to; what came of it is then read off the history. */
#include "play/test_state_internal.h"

#include "asl/maprun.h"
#include "loop/chance.h"

#define FOR_EACH_STAGE(do) \
    do(input) do(after_input_path) do(after_parameters) do(after_arguments) do(after_items_path) do(after_items_pointer) \
    do(after_item_selector) do(after_item_batcher) do(result) do(after_result_selector) do(after_result_path) do(variables) \
    do(tolerated_failure_count) do(tolerated_failure_percentage) do(max_concurrency)

typedef struct Trial {
    Arena                  *arena; /* of the reply */
    const TestStateRequest *request;
    const TestStateSubject *subject;
    AslProgram             *program;
    AslAbout                about;
    AslState               *state;
    Chance                  chance;
    Instant                 now;
    AslInspection           seen;
    AslStep                 step;       /* the last one; in `scratch` */
    Arena                   scratch;    /* reset before each step */
    Arena                   kept[2];    /* the texts of `seen`, by turns */
    int                     keeping;
    Str                     error, cause; /* of the failure that was sent last */
    bool                    sent_failure;
    int64_t                 tried;      /* retries that have been gone through */
    const AslAction        *wanted;     /* a task that nobody mocked */
    bool                    staged;     /* it stands behind one that assigns the variables */
    bool                    left, went_on;
} Trial;

typedef enum Outcome { OUTCOME_SUCCEEDED, OUTCOME_FAILED, OUTCOME_RETRIABLE, OUTCOME_CAUGHT } Outcome;

/* ---- what is compiled ---- */

static Json *with_member(Arena *arena, const Json *object, Str name, Json *value)
{
    Json *copy = json_object(arena);
    JSON_EACH_MEMBER(object, member) json_set(arena, copy, member->name, member->value);
    if (value) json_set(arena, copy, name, value);
    else json_remove(copy, name);
    return copy;
}

static const Json *as_distributed(Arena *arena, const Json *state)
{
    Str         name = json_get(state, STR("ItemProcessor")) ? STR("ItemProcessor") : STR("Iterator");
    const Json *processor = json_get(state, name);
    Json       *config = json_object(arena);
    json_add_str(arena, config, STR("Mode"), STR("DISTRIBUTED"));
    json_add_str(arena, config, STR("ExecutionType"), STR("STANDARD"));
    if (str_equal(json_get_str(json_get(processor, STR("ProcessorConfig")), STR("Mode")), STR("DISTRIBUTED"))) return state;
    return with_member(arena, state, name, with_member(arena, processor, STR("ProcessorConfig"), config));
}

static const Json *as_task(Arena *arena, const Json *state)
{
    Json *task = with_member(arena, state, STR("Branches"), NULL);
    json_set(arena, task, STR("Type"), json_str(arena, STR("Task")));
    json_set(arena, task, STR("Resource"), json_str(arena, STR("arn:aws:states:::lambda:invoke")));
    return task;
}

static const Json *that_asks(Arena *arena, const TestStateSubject *subject)
{
    if (str_equal(subject->type, STR("Map"))) return as_distributed(arena, subject->state);
    if (str_equal(subject->type, STR("Parallel"))) return as_task(arena, subject->state);
    return subject->state;
}

/* ---- a machine around it, for variables ---- */

static const Str FIRST = STR_CONST("(variables)");

static void add_end(Arena *arena, Json *states, Str name)
{
    Json *end = json_object(arena);
    json_add_str(arena, end, STR("Type"), STR("Succeed"));
    json_add_str(arena, end, STR("QueryLanguage"), STR("JSONata")); /* notes less of its data flow */
    if (name.length && !json_get(states, name)) json_set(arena, states, name, end);
}

static void add_ends_of(Arena *arena, Json *states, const Json *rules)
{
    Json *rule;
    if (!rules || rules->type != JSON_ARRAY) return;
    JSON_EACH_ITEM(rules, rule) add_end(arena, states, json_get_str(rule, STR("Next")));
}

static Json *assigning_state(Arena *arena, const Json *variables)
{
    Json *state = json_object(arena), *assign = json_object(arena);
    JSON_EACH_MEMBER(variables, member) {
        Str quoted = json_text(arena, json_str(arena, member->name));
        Str lookup = str_format(arena, "{%% $lookup($lookup($states.input, 'variables'), %.*s) %%}", STR_ARG(quoted));
        json_set(arena, assign, member->name, json_str(arena, lookup));
    }
    json_add_str(arena, state, STR("Type"), STR("Pass"));
    json_add_str(arena, state, STR("QueryLanguage"), STR("JSONata"));
    json_add(arena, state, STR("Assign"), assign);
    json_add_str(arena, state, STR("Output"), STR("{% $lookup($states.input, 'input') %}"));
    json_add_str(arena, state, STR("Next"), TEST_STATE_NAME);
    return state;
}

static Json *machine_around(Arena *arena, const TestStateSubject *subject, const Json *state)
{
    Json *machine = json_object(arena), *states = json_object(arena);
    json_set(arena, states, FIRST, assigning_state(arena, subject->variables));
    json_set(arena, states, TEST_STATE_NAME, (Json *)state);
    add_end(arena, states, json_get_str(state, STR("Next")));
    add_end(arena, states, json_get_str(state, STR("Default")));
    add_ends_of(arena, states, json_get(state, STR("Choices")));
    add_ends_of(arena, states, json_get(state, STR("Catch")));
    json_add_str(arena, machine, STR("QueryLanguage"), subject->language);
    json_add_str(arena, machine, STR("StartAt"), FIRST);
    json_add(arena, machine, STR("States"), states);
    return machine;
}

/* The context shows the state's input as the execution's. */
static Error *context_around(Trial *trial)
{
    Arena *arena = trial->arena;
    Json  *context = json_object(arena), *execution = json_object(arena), *input;
    TRY(json_parse(arena, trial->subject->input, NULL, &input));
    json_add(arena, execution, STR("Input"), input);
    const Json *given = json_get(trial->subject->context, STR("Execution"));
    if (given)
        JSON_EACH_MEMBER(given, member) json_set(arena, execution, member->name, member->value);
    if (trial->subject->context)
        JSON_EACH_MEMBER(trial->subject->context, member) json_set(arena, context, member->name, member->value);
    json_set(arena, context, STR("Execution"), execution);
    trial->about.extra_context = context;
    return NULL;
}

static Str input_around(const Trial *trial)
{
    if (!trial->staged) return trial->subject->input;
    return str_format(trial->arena, "{\"variables\":%.*s,\"input\":%.*s}", STR_ARG(trial->request->variables), STR_ARG(trial->subject->input));
}

/* The step as it would be, had the state stood alone. */
static void read_history(Trial *trial)
{
    AslStep *step = &trial->step;
    for (size_t i = 0; i < step->history_count; i++) {
        const AslHistory *event = &step->history[i];
        Str               type = asl_history_type_name(event->type);
        if (trial->went_on) break;
        if (trial->left && str_ends_with(type, STR("StateEntered"))) {
            step->next_state = event->name;
            trial->went_on = true;
        } else if (str_ends_with(type, STR("StateExited")) && str_equal(event->name, TEST_STATE_NAME)) {
            step->output = event->text;
            trial->left = true;
        }
    }
    if (trial->left) step->status = ASL_SUCCEEDED;
    trial->seen.input = trial->subject->input;
}

/* ---- stepping ---- */

/* The texts that were seen are in the step's arena, or the state's own. */
static void keep_seen(Trial *trial)
{
    Arena *to = &trial->kept[trial->keeping ^= 1];
    arena_reset(to);
#define KEEP(stage) \
    if (trial->seen.stage.data) trial->seen.stage = str_copy(to, trial->seen.stage);
    FOR_EACH_STAGE(KEEP)
#undef KEEP
}

static Str keep(Arena *arena, Str text)
{
    return text.data ? str_copy(arena, text) : STR_NONE;
}

/* A step's texts may be the state's own, which change when its cells do. */
static void detach(Trial *trial)
{
    AslStep *step = &trial->step;
    step->output = keep(&trial->scratch, step->output);
    step->error = keep(&trial->scratch, step->error);
    step->cause = keep(&trial->scratch, step->cause);
    for (size_t i = 0; i < step->action_count; i++) step->actions[i].parameters = keep(&trial->scratch, step->actions[i].parameters);
    keep_seen(trial);
}

static Error *send(Trial *trial, AslEvent event)
{
    event.seed = chance_u64(&trial->chance);
    trial->seen.retry_index = trial->seen.catch_index = -1;
    trial->seen.retry_backoff_s = -1;
    arena_reset(&trial->scratch);
    TRY(asl_step(&trial->scratch, trial->program, &trial->about, trial->state, &event, trial->now, &trial->step));
    if (trial->staged) read_history(trial);
    detach(trial);
    return asl_state_apply(trial->state, trial->step.cells, trial->step.cell_count);
}

static Error *send_failure(Trial *trial, AslEvent event, Str error, Str cause)
{
    event.error = trial->error = error;
    event.cause = trial->cause = cause;
    trial->sent_failure = true;
    return send(trial, event);
}

static Error *answer_task(Trial *trial, const AslAction *task, const PlayAnswer *answer)
{
    AslEvent event = { .kind = ASL_TASK_STARTED, .thread = task->thread, .attempt = task->attempt };
    bool     begins = task->task == ASL_TASK_ACTIVITY || task->pattern != ASL_REQUEST_RESPONSE;
    if (begins && task->task != ASL_TASK_ACTIVITY) {
        event.kind = ASL_TASK_SUBMITTED;
        event.payload = answer->submitted.data ? answer->submitted : STR("{}");
    }
    if (begins) TRY(send(trial, event));
    if (begins && trial->step.status != ASL_RUNNING) return NULL;
    event.payload = STR_NONE;
    event.kind = answer->result.data ? ASL_TASK_SUCCEEDED : ASL_TASK_FAILED;
    if (!answer->result.data) return send_failure(trial, event, answer->error, answer->cause);
    event.payload = answer->result;
    return send(trial, event);
}

/* ---- Map ---- */

/* Goes over the items, so that what selects and batches them is seen to work. */
static Error *select_items(Trial *trial, const AslAction *action, const AslMapRun *run, uint64_t *out_total, Str *error, Str *cause)
{
    AslMapItems *items;
    Arena        arena;
    Str          text = run->has_reader ? trial->request->map_item_reader_data : run->items, input;
    uint32_t     count;
    if (!text.data) return NULL;
    TRY(asl_map_items_open(trial->arena, trial->program, &trial->about, trial->state, action->thread, text, trial->now,
                           chance_u64(&trial->chance), &items));
    arena_init(&arena, 0);
    Error *failed = asl_map_items_next(items, &arena, &input, &count, error, cause);
    *out_total = error->data || failed ? 0 : asl_map_items_total(items);
    *error = error->data ? str_copy(trial->arena, *error) : STR_NONE;
    *cause = cause->data ? str_copy(trial->arena, *cause) : STR_NONE;
    arena_done(&arena);
    return failed;
}

static bool has_tolerance(const AslMapRun *run)
{
    return run->tolerated_count >= 0 || run->tolerated_percentage >= 0;
}

static Error *answer_map(Trial *trial, const AslAction *action)
{
    const TestStateRequest *request = trial->request;
    AslMapRun               run;
    uint64_t                total = 0;
    Str                     error = STR_NONE, cause = STR_NONE;
    AslEvent                event = { .kind = ASL_MAP_RUN_FAILED, .thread = action->thread, .attempt = action->attempt };
    TRY(asl_map_run(trial->arena, trial->program, &trial->about, trial->state, action->thread, trial->now, &run));
    if (!trial->seen.max_concurrency.data) trial->seen.max_concurrency = str_format(trial->arena, "%u", run.max_concurrency);
    TRY(select_items(trial, action, &run, &total, &error, &cause));
    if (error.data) return send_failure(trial, event, error, cause);
    if (request->mock_fails) return send_failure(trial, event, request->mock_error, request->mock_cause);
    if (request->map_iteration_failure_count > 0 && has_tolerance(&run) &&
        asl_map_run_exceeded(&run, (uint64_t)request->map_iteration_failure_count, total))
        return send_failure(trial, event, STR("States.ExceedToleratedFailureThreshold"),
                            STR("The specified tolerated failure threshold was exceeded"));
    event.kind = ASL_MAP_RUN_SUCCEEDED;
    event.payload = request->mock_result;
    return send(trial, event);
}

/* ---- to the end ---- */

static const AslAction *find_action(const Trial *trial, AslActionKind kind)
{
    for (size_t i = 0; i < trial->step.action_count; i++) {
        const AslAction *action = &trial->step.actions[i];
        if (action->kind == kind && (kind != ASL_SET_TIMER || action->thread != ASL_THREAD_MACHINE)) return action;
    }
    return NULL;
}

static const AslAction *copy_action(Arena *arena, const AslAction *action)
{
    AslAction *copy = arena_copy(arena, action, sizeof *action);
    Str *texts[] = { &copy->state_name, &copy->resource, &copy->resource_type, &copy->api, &copy->parameters, &copy->role_arn,
                     &copy->token, &copy->map_run_arn };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i]->data) *texts[i] = str_copy(arena, *texts[i]);
    return copy;
}

static Error *do_task(Trial *trial, const AslAction *task)
{
    const TestStateRequest *request = trial->request;
    PlayAnswer mock = { .result = request->mock_result, .error = request->mock_error, .cause = request->mock_cause };
    AslAction  kept = *task; /* the step that it is part of goes when the next one comes */
    if (request->has_mock) return answer_task(trial, &kept, &mock);
    if (request->answer) return answer_task(trial, &kept, request->answer);
    trial->wanted = copy_action(trial->arena, task);
    return NULL;
}

/* Does what the last step waits for. *out_goes_on: it waited for something that could be done. */
static Error *go_on(Trial *trial, bool *out_goes_on)
{
    const AslAction *action;
    *out_goes_on = true;
    if ((action = find_action(trial, ASL_DO_TASK))) {
        TRY(do_task(trial, action));
        *out_goes_on = !trial->wanted;
        return NULL;
    }
    if ((action = find_action(trial, ASL_DO_MAP_RUN))) {
        AslAction kept = *action;
        return answer_map(trial, &kept);
    }
    action = find_action(trial, ASL_SET_TIMER);
    *out_goes_on = action && (trial->seen.retry_index < 0 || trial->tried < trial->request->retrier_retry_count);
    if (!*out_goes_on) return NULL;
    if (trial->seen.retry_index >= 0) trial->tried++;
    if (action->due > trial->now) trial->now = action->due;
    return send(trial, (AslEvent){ .kind = ASL_TIMER, .thread = action->thread });
}

static Error *run_trial(Trial *trial)
{
    bool goes_on = true;
    TRY(send(trial, (AslEvent){ .kind = ASL_START, .payload = input_around(trial) }));
    while (goes_on && trial->step.status == ASL_RUNNING) TRY(go_on(trial, &goes_on));
    return NULL;
}

static Str or_else(Str text, Str otherwise)
{
    return text.data ? text : otherwise;
}

static void describe(Trial *trial)
{
    Arena                  *arena = trial->arena;
    const TestStateRequest *request = trial->request;
    AslAbout               *about = &trial->about;
    *about = (AslAbout){
        .partition = or_else(request->partition, STR("aws")),
        .region = or_else(request->region, STR("us-east-1")),
        .account = or_else(request->account, STR("000000000000")),
        .execution_name = chance_uuid(&trial->chance, arena),
        .machine_name = chance_uuid(&trial->chance, arena),
        .role_arn = request->role_arn,
        .start_time = trial->now,
        .key = STR("test"),
        .express = true,
        .quiet = true,
        .extra_context = trial->subject->context,
        .inspection = &trial->seen,
    };
    Str prefix = str_format(arena, "arn:%.*s:states:%.*s:%.*s:", STR_ARG(about->partition), STR_ARG(about->region),
                            STR_ARG(about->account));
    about->machine_arn = str_format(arena, "%.*sstateMachine:%.*s", STR_ARG(prefix), STR_ARG(about->machine_name));
    about->execution_arn = str_format(arena, "%.*sexpress:%.*s:%.*s", STR_ARG(prefix), STR_ARG(about->machine_name),
                                      STR_ARG(about->execution_name));
}

static Error *trial_open(Trial *trial, Arena *arena, const TestStateRequest *request, const TestStateSubject *subject, const Json *state)
{
    *trial = (Trial){ .arena = arena, .request = request, .subject = subject, .now = request->now };
    chance_init_seed(&trial->chance, request->seed);
    describe(trial);
    arena_init(&trial->scratch, 0);
    arena_init(&trial->kept[0], 0);
    arena_init(&trial->kept[1], 0);
    TRY(asl_state_new(&trial->state));
    trial->staged = subject->variables && subject->variables->count;
    if (!trial->staged) return asl_compile_state(arena, state, TEST_STATE_NAME, subject->language, &trial->program);
    trial->about.quiet = false;
    TRY(context_around(trial));
    return asl_compile(arena, machine_around(arena, subject, state), &trial->program);
}

static void trial_close(Trial *trial)
{
    asl_state_free(trial->state);
    arena_done(&trial->scratch);
    arena_done(&trial->kept[0]);
    arena_done(&trial->kept[1]);
}

/* ---- the response ---- */

static Outcome outcome_of(const Trial *trial)
{
    if (trial->step.status == ASL_RUNNING) return OUTCOME_RETRIABLE;
    if (trial->step.status != ASL_SUCCEEDED) return OUTCOME_FAILED;
    return trial->seen.catch_index >= 0 ? OUTCOME_CAUGHT : OUTCOME_SUCCEEDED;
}

/* A cause without where it happened: there is only one state. */
static Str bare_cause(Str cause)
{
    size_t at;
    Str    before = STR("An error occurred while executing the state '"), after = STR("). ");
    if (!str_starts_with(cause, before) || !str_find(cause, after, &at)) return cause;
    return str_slice(cause, at + after.length, cause.length);
}

static void add_failure(Arena *arena, Json *response, Str error, Str cause)
{
    if (error.data) json_set(arena, response, STR("error"), json_str_copy(arena, error));
    if (cause.data) json_set(arena, response, STR("cause"), json_str_copy(arena, bare_cause(cause)));
}

/* What the state failed with that is caught or would be tried again, where it failed by its own fields: the same state says it
 * aloud when it has neither Retry nor Catch. */
static Error *add_hidden_failure(const Trial *trial, Json *response)
{
    Trial       plain;
    const Json *state = that_asks(trial->arena, trial->subject);
    state = with_member(trial->arena, with_member(trial->arena, state, STR("Retry"), NULL), STR("Catch"), NULL);
    Error *error = trial_open(&plain, trial->arena, trial->request, trial->subject, state);
    if (!error) error = run_trial(&plain);
    if (!error) add_failure(trial->arena, response, plain.step.error, plain.step.cause);
    trial_close(&plain);
    return error;
}

enum {
    OF_PASS = 1, OF_TASK = 2, OF_CHOICE = 4, OF_WAIT = 8, OF_SUCCEED = 16, OF_FAIL = 32, OF_PARALLEL = 64, OF_MAP = 128,
    OF_ALL = 255, OF_WORK = OF_TASK | OF_PARALLEL | OF_MAP
};

/* A stage is shown for some types of states only, in one language or both. */
static const struct {
    const char *name;
    size_t      offset;
    int         types;
    bool        path_only, number;
} STAGES[] = {
#define STAGE(field) offsetof(AslInspection, field)
    { "input", STAGE(input), OF_ALL, false, false },
    { "afterInputPath", STAGE(after_input_path), OF_ALL & ~OF_PARALLEL, true, false },
    { "afterParameters", STAGE(after_parameters), OF_PASS | OF_TASK, true, false },
    { "afterArguments", STAGE(after_arguments), OF_TASK | OF_PARALLEL, false, false },
    { "afterItemsPath", STAGE(after_items_path), OF_MAP, true, false },
    { "afterItemsPointer", STAGE(after_items_pointer), OF_MAP, false, false },
    { "afterItemSelector", STAGE(after_item_selector), OF_MAP, false, false },
    { "afterItemBatcher", STAGE(after_item_batcher), OF_MAP, false, false },
    { "result", STAGE(result), OF_PASS | OF_TASK, false, false },
    { "afterResultSelector", STAGE(after_result_selector), OF_PASS | OF_WORK, true, false },
    { "afterResultPath", STAGE(after_result_path), OF_PASS | OF_WORK, true, false },
    { "variables", STAGE(variables), OF_ALL, false, false },
    { "toleratedFailureCount", STAGE(tolerated_failure_count), OF_MAP, false, true },
    { "toleratedFailurePercentage", STAGE(tolerated_failure_percentage), OF_MAP, false, true },
    { "maxConcurrency", STAGE(max_concurrency), OF_MAP, false, true },
#undef STAGE
};

static int type_bit(Str type)
{
    static const char *const names[] = { "Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map" };
    for (int i = 0; i < 8; i++)
        if (str_equal(type, str_from_c(names[i]))) return 1 << i;
    return 0;
}

/* A Pass with a Result looks at nothing that comes before it; a pointer is followed only where there is one. */
static bool is_hidden(const TestStateSubject *subject, const char *name)
{
    if (!strcmp(name, "afterItemsPointer"))
        return !json_get(json_get(json_get(subject->state, STR("ItemReader")), STR("ReaderConfig")), STR("ItemsPointer"));
    if (!str_equal(subject->type, STR("Pass"))) return false;
    bool has_result = json_get(subject->state, STR("Result"));
    return has_result ? !strcmp(name, "afterInputPath") || !strcmp(name, "afterParameters") : !strcmp(name, "result");
}

static Error *add_stage(Arena *arena, Json *data, const char *name, Str text, bool number)
{
    Json *value = json_str_copy(arena, text);
    if (number) TRY(json_parse(arena, value->text, NULL, &value));
    json_add(arena, data, str_from_c(name), value);
    return NULL;
}

static void add_error_details(Arena *arena, Json *data, const AslInspection *seen)
{
    Json *details = json_object(arena);
    if (seen->catch_index >= 0) json_add_int(arena, details, STR("catchIndex"), seen->catch_index);
    if (seen->retry_index >= 0) {
        json_add_int(arena, details, STR("retryBackoffIntervalSeconds"), seen->retry_backoff_s);
        json_add_int(arena, details, STR("retryIndex"), seen->retry_index);
    }
    if (details->count) json_add(arena, data, STR("errorDetails"), details);
}

static Error *inspection_data(const Trial *trial, Json **out)
{
    Json *data = json_object(trial->arena);
    int   type = type_bit(trial->subject->type);
    for (size_t i = 0; i < sizeof STAGES / sizeof *STAGES; i++) {
        Str text = *(const Str *)((const char *)&trial->seen + STAGES[i].offset);
        if (!text.data || !(STAGES[i].types & type) || (STAGES[i].path_only && trial->subject->jsonata)) continue;
        if (!is_hidden(trial->subject, STAGES[i].name)) TRY(add_stage(trial->arena, data, STAGES[i].name, text, STAGES[i].number));
    }
    if (trial->sent_failure || outcome_of(trial) != OUTCOME_SUCCEEDED) add_error_details(trial->arena, data, &trial->seen);
    *out = data;
    return NULL;
}

static Error *respond(const Trial *trial, Json **out)
{
    static const char *const statuses[] = { "SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR" };
    Arena  *arena = trial->arena;
    Outcome outcome = outcome_of(trial);
    Json   *response = json_object(arena), *data;
    if (outcome == OUTCOME_SUCCEEDED || outcome == OUTCOME_CAUGHT)
        json_add(arena, response, STR("output"), json_str_copy(arena, trial->step.output));
    if (outcome == OUTCOME_FAILED) add_failure(arena, response, trial->step.error, trial->step.cause);
    else if (outcome != OUTCOME_SUCCEEDED && trial->sent_failure) add_failure(arena, response, trial->error, trial->cause);
    else if (outcome != OUTCOME_SUCCEEDED) TRY(add_hidden_failure(trial, response));
    if (trial->request->level != TEST_STATE_INFO) {
        TRY(inspection_data(trial, &data));
        json_add(arena, response, STR("inspectionData"), data);
    }
    if (trial->step.next_state.length) json_add(arena, response, STR("nextState"), json_str_copy(arena, trial->step.next_state));
    json_add_str(arena, response, STR("status"), str_from_c(statuses[outcome]));
    *out = response;
    return NULL;
}

Error *test_state(Arena *arena, const TestStateRequest *request, TestStateReply *out)
{
    TestStateSubject subject;
    Trial            trial;
    *out = (TestStateReply){ 0 };
    if (!test_state_check(arena, request, &subject, out)) return NULL;
    Error *error = trial_open(&trial, arena, request, &subject, request->has_mock ? that_asks(arena, &subject) : subject.state);
    if (!error) error = run_trial(&trial);
    if (!error && trial.wanted) out->task = trial.wanted;
    else if (!error) error = respond(&trial, &out->response);
    trial_close(&trial);
    return error;
}
