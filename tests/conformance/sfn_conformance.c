/* sfn_conformance.c -- plays what was recorded of the hosted Step Functions, without a server.
 *
 *     sfn_conformance DIRECTORY [FILE]
 *
 * Of the cases that need nothing but the interpreter: executions, calls of TestState, and definitions that are refused or
 * validated; what belongs to the API alone (sequences of calls, logging) is not run here. Prints a line for each level,
 * `sfn-outcome passed/total`, `sfn-history`, `sfn-identity`, and `sfn-validate`; writes the ids that failed with their level to
 * FILE, one a line. CONFORMANCE_VERBOSE shows the first difference of each, CONFORMANCE_ONLY runs the cases with that in their
 * ids. With CONFORMANCE_REPLAY executions that need other services are played too, their tasks answered as recorded. */
#include "asl/lint.h"
#include "loop/chance.h"
#include "play/play.h"
#include "play/test_state.h"
#include "tests/conformance/corpus.h"
#include "tests/conformance/recording.h"

#include <dirent.h>

static const Instant  START = 1767225600 * DURATION_SECOND;
static const Duration A_FEW_SECONDS = 5 * DURATION_SECOND; /* after which a recording says that an execution runs */

enum { STEPS_MAX = 200000 };

typedef enum Level { OUTCOME, HISTORY, IDENTITY, VALIDATE, REPLAY_OUTCOME, REPLAY_HISTORY, LEVELS } Level;

static const char *const LEVEL_NAMES[] = { "outcome", "history", "identity", "validate", "replay-outcome", "replay-history" };

typedef struct Suite {
    FILE       *failures; /* or NULL */
    const char *only;     /* or NULL */
    bool        verbose, replay;
    int         passed[LEVELS], total[LEVELS];
} Suite;

typedef struct Test { /* one case */
    Suite      *suite;
    Arena      *arena;
    const Json *json, *expected;
    Str         id;
} Test;

/* ---- telling ---- */

static void tell(Test *test, Level level, bool passed, const Recording *recording)
{
    Suite *suite = test->suite;
    suite->total[level]++;
    suite->passed[level] += passed;
    if (!passed && suite->failures) fprintf(suite->failures, "%.*s (%s)\n", STR_ARG(test->id), LEVEL_NAMES[level]);
    if (!passed && suite->verbose)
        printf("  %s %.*s: %.*s\n", LEVEL_NAMES[level], STR_ARG(test->id), STR_ARG(recording->difference));
}

static Recording recording_of(const Test *test)
{
    Recording recording;
    recording_init(&recording, test->arena, test->json, false);
    return recording;
}

static void add_text(Arena *arena, Json *object, const char *name, Str text)
{
    if (text.data) json_add(arena, object, str_from_c(name), json_str_copy(arena, text));
}

static Str sent_of(const Test *test, const char *name)
{
    Str         as_text = str_format(test->arena, "%s_text", name);
    const Json *text = json_get(test->json, as_text), *value = json_get(test->json, str_from_c(name));
    if (text) return recording_sent_text(test->arena, text->text, START);
    return value ? recording_sent(test->arena, value, START) : STR_NONE;
}

/* What should be JSON and is not stays a text. */
static Json *parsed(Arena *arena, Str text)
{
    Json  *value;
    Error *error = json_parse(arena, text, NULL, &value);
    bool   bad = error;
    error_free(error);
    return bad ? json_str(arena, text) : value;
}

static Str diagnostics_text(Arena *arena, const AslDiagnostics *diagnostics)
{
    return str_format(arena, "Invalid State Machine Definition: '%.*s'", STR_ARG(asl_diagnostics_text(arena, diagnostics)));
}

/* ---- tasks answered as recorded ---- */

typedef struct Recorded { /* a task of the recording */
    Str        resource;
    PlayAnswer answer;
    bool       used;
} Recorded;

typedef struct Stage {
    Arena    *arena;
    Json     *events;
    Recorded *tasks;
    size_t    task_count;
} Stage;

static const Json *details_of(const Json *event)
{
    JSON_EACH_MEMBER(event, member)
        if (str_ends_with(member->name, STR("EventDetails"))) return member->value;
    return NULL;
}

static Str value_text(Arena *arena, const Json *value)
{
    if (!value) return STR_NONE;
    return value->type == JSON_STRING ? value->text : json_text(arena, value);
}

/* An event that follows from the task's own; false: it is not of its chain. */
static bool take_part(Arena *arena, const Json *event, int64_t *chain, Recorded *task)
{
    int64_t previous = 0, id = 0;
    Str     type = json_get_str(event, STR("type"));
    json_get_int(event, STR("previousEventId"), &previous);
    if (previous != *chain || !json_get_int(event, STR("id"), &id)) return false;
    const Json *details = details_of(event);
    *chain = id;
    if (str_equal(type, STR("ActivityStarted"))) {
        task->answer.worker = json_get_str(details, STR("workerName"));
    } else if (str_equal(type, STR("TaskSubmitted"))) {
        task->answer.submitted = value_text(arena, json_get(details, STR("output")));
    } else if (str_ends_with(type, STR("Succeeded"))) {
        task->answer.result = value_text(arena, json_get(details, STR("output")));
        return true;
    } else if (str_ends_with(type, STR("Failed"))) {
        task->answer.error = value_text(arena, json_get(details, STR("error")));
        task->answer.cause = value_text(arena, json_get(details, STR("cause")));
        return true;
    } else if (str_ends_with(type, STR("TimedOut"))) {
        task->answer.never = true;
        return true;
    }
    return false;
}

static void read_tasks(Stage *stage, const Json *events)
{
    stage->tasks = NEW_ARRAY(stage->arena, Recorded, events->count);
    for (uint32_t i = 0; i < events->count; i++) {
        const Json *event = events->items[i], *details = details_of(event);
        int64_t     chain = -1;
        if (!str_ends_with(json_get_str(event, STR("type")), STR("Scheduled"))) continue;
        Recorded *task = &stage->tasks[stage->task_count++];
        task->resource = json_get_str(details, STR("resource"));
        json_get_int(event, STR("id"), &chain);
        bool ended = false;
        for (uint32_t j = i + 1; j < events->count && !ended; j++) ended = take_part(stage->arena, events->items[j], &chain, task);
        if (!ended) task->answer.never = true;
    }
}

static Error *ask(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    Stage *stage = context;
    (void)arena;
    for (size_t i = 0; i < stage->task_count; i++) {
        Recorded *task = &stage->tasks[i];
        bool same = str_ends_with(action->resource, task->resource) || action->task == ASL_TASK_LAMBDA || action->task == ASL_TASK_ACTIVITY;
        if (task->used || !same) continue;
        task->used = true;
        *out = task->answer;
        return NULL;
    }
    return error_new(ERR_NOT_FOUND, "nothing was recorded for state '%.*s'", STR_ARG(action->state_name));
}

/* ---- executions ---- */

static void hear(void *context, const PlayPlace *place, const AslHistory *event)
{
    Stage *stage = context;
    if (place->execution != 1) return;
    Json *shown = json_copy(stage->arena, asl_history_json(stage->arena, event, true));
    json_append(stage->arena, stage->events, recording_normal(stage->arena, shown));
}

static Error *play_case(Test *test, const AslProgram *program, Stage *stage, Play **out)
{
    PlayOptions options = {
        .program = program, .name = json_get_str(test->json, STR("name")), .machine_name = json_get_str(test->json, STR("machine")),
        .account = STR("111111111111"), .role_arn = STR("arn:aws:iam::111111111111:role/sfn-role"),
        .express = str_equal(json_get_str(test->json, STR("type")), STR("EXPRESS")), .start = START, .seed = 1,
        .ask = ask, .hear = hear, .context = stage, .steps_max = STEPS_MAX,
        .time_max = str_equal(json_get_str(test->expected, STR("status")), STR("RUNNING")) ? A_FEW_SECONDS : 0,
    };
    Str input = sent_of(test, "input");
    TRY(play_new(&options, out));
    TRY(play_start(*out, input.data ? input : STR("{}")));
    return play_run(*out, NULL);
}

/* {"status", "output", "error", "cause"}, as the recording has them. */
static Json *outcome_json(Test *test, const PlayResult *result)
{
    static const char *const statuses[] = { "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED" };
    Json *outcome = json_object(test->arena);
    json_add_str(test->arena, outcome, STR("status"), str_from_c(statuses[result->status]));
    add_text(test->arena, outcome, "error", result->error);
    add_text(test->arena, outcome, "cause", result->cause);
    outcome = recording_normal(test->arena, outcome);
    if (result->output.data) json_add(test->arena, outcome, STR("output"), parsed(test->arena, str_copy(test->arena, result->output)));
    return outcome;
}

static bool outcome_matches(Test *test, Recording *recording, const Json *outcome)
{
    static const char *const members[] = { "status", "error", "cause", "output" };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const Json *expected = json_get(test->expected, str_from_c(members[i])), *actual = json_get(outcome, str_from_c(members[i]));
        if ((expected || actual) && !recording_matches(recording, members[i], -1, expected, actual)) return false;
    }
    return true;
}

/* ---- histories ---- */

static Json *without(Arena *arena, const Json *event, bool numbers)
{
    Json *copy = json_object(arena);
    JSON_EACH_MEMBER(event, member)
        if (numbers || (!str_equal(member->name, STR("id")) && !str_equal(member->name, STR("previousEventId"))))
            json_add(arena, copy, member->name, member->value);
    return copy;
}

static bool is_type(const Json *event, const char *type)
{
    return str_equal(json_get_str(event, STR("type")), str_from_c(type));
}

/* Where the branches of the first Parallel at or behind `from` run: [*out_from, *out_to). */
static bool find_stretch(const Json *events, uint32_t from, uint32_t *out_from, uint32_t *out_to)
{
    while (from < events->count && !is_type(events->items[from], "ParallelStateStarted")) from++;
    if (from >= events->count) return false;
    *out_from = *out_to = from + 1;
    while (*out_to < events->count && !is_type(events->items[*out_to], "ParallelStateExited")) ++*out_to;
    return true;
}

/* The recording has no word of how the Parallel itself ended. */
static uint32_t without_end(const Json *events, uint32_t from, uint32_t to)
{
    bool exited = to < events->count;
    if (exited && to > from && (is_type(events->items[to - 1], "ParallelStateSucceeded") || is_type(events->items[to - 1], "ParallelStateFailed")))
        return to - 1;
    return to;
}

static bool stretch_matches(Recording *recording, const Json *expected, uint32_t from, uint32_t to, const Json *actual, uint32_t at, uint32_t end)
{
    bool  *used = NEW_ARRAY(recording->arena, bool, actual->count + 1);
    if (to - from != end - at) {
        recording->difference = STR("the branches have another number of events");
        return false;
    }
    for (uint32_t i = from; i < to; i++) {
        const Json *wanted = without(recording->arena, expected->items[i], false);
        bool        found = false;
        for (uint32_t j = at; j < end && !found; j++) {
            if (used[j]) continue;
            found = recording_matches(recording, "events", i, wanted, without(recording->arena, actual->items[j], false));
            used[j] = found;
        }
        if (!found) return false;
        recording->difference = STR_NONE;
    }
    return true;
}

static bool events_match(Recording *recording, const Json *expected, const Json *actual, bool sorted, bool numbers)
{
    uint32_t from, to, at = 0, end;
    for (uint32_t i = 0; i < expected->count || at < actual->count; i++, at++) {
        const Json *wanted = i < expected->count ? without(recording->arena, expected->items[i], numbers) : NULL;
        const Json *was = at < actual->count ? without(recording->arena, actual->items[at], numbers) : NULL;
        if (!recording_matches(recording, "events", i, wanted, was)) return false;
        if (!sorted || !is_type(wanted, "ParallelStateStarted")) continue;
        find_stretch(expected, i, &from, &to);
        uint32_t resume = to - 1;
        find_stretch(actual, at, &from, &end);
        if (!stretch_matches(recording, expected, i + 1, to, actual, from, without_end(actual, from, end))) return false;
        i = resume;
        at = end - 1;
    }
    return true;
}

static void compare_histories(Test *test, const Json *events)
{
    const Json *expected = json_get(test->expected, STR("events")), *sorted = json_get(test->json, STR("parallel_events_sorted"));
    bool        replay = !str_equal(json_text(test->arena, json_get(test->json, STR("needs"))), STR("[]"));
    if (!expected) return;
    Recording recording = recording_of(test);
    tell(test, replay ? REPLAY_HISTORY : HISTORY, events_match(&recording, expected, events, sorted && sorted->boolean, false), &recording);
    if (replay) return;
    recording = recording_of(test);
    recording.exact = true;
    tell(test, IDENTITY, events_match(&recording, expected, events, sorted && sorted->boolean, true), &recording);
}

static void run_execution(Test *test, bool replay)
{
    AslDiagnostics diagnostics = { 0 };
    Json          *definition;
    AslProgram    *program;
    Play          *play = NULL;
    Stage          stage = { .arena = test->arena, .events = json_array(test->arena) };
    Recording      recording = recording_of(test);
    const Json    *events = json_get(test->expected, STR("events"));
    Level          level = replay ? REPLAY_OUTCOME : OUTCOME;
    if (replay) read_tasks(&stage, events);
    asl_validate_text(test->arena, sent_of(test, "definition"), ASL_STANDARD, &definition, &diagnostics);
    if (diagnostics.count) {
        recording.difference = diagnostics_text(test->arena, &diagnostics);
        tell(test, level, false, &recording);
        return;
    }
    Error *error = asl_compile(test->arena, definition, &program);
    if (!error) error = play_case(test, program, &stage, &play);
    if (error) {
        recording.difference = str_format(test->arena, "%s", error->message);
        error_free(error);
        tell(test, level, false, &recording);
    } else {
        tell(test, level, outcome_matches(test, &recording, outcome_json(test, play_result(play))), &recording);
        compare_histories(test, stage.events);
    }
    play_free(play);
}

/* ---- TestState ---- */

static Json *error_json(Arena *arena, Str code, Str message)
{
    Json *error = json_object(arena);
    add_text(arena, error, "code", code);
    add_text(arena, error, "message", message);
    return error;
}

static Json *without_status(Arena *arena, const Json *error)
{
    Json *copy = json_object(arena);
    JSON_EACH_MEMBER(error, member)
        if (!str_equal(member->name, STR("http_status"))) json_add(arena, copy, member->name, member->value);
    return copy;
}

static Error *call_test_state(Test *test, TestStateReply *reply)
{
    TestStateRequest request;
    const Json      *params = json_get(test->json, STR("params"));
    Json            *all = json_object(test->arena);
    JSON_EACH_MEMBER(params, member) json_add(test->arena, all, member->name, member->value);
    Str definition = sent_of(test, "definition"), input = sent_of(test, "input");
    json_add_str(test->arena, all, STR("definition"), definition);
    if (input.data) json_add_str(test->arena, all, STR("input"), input);
    if (!test_state_read(test->arena, all, &request, reply)) return NULL;
    request.account = STR("111111111111");
    request.now = START;
    request.seed = 1;
    return test_state(test->arena, &request, reply);
}

static const Json *pick(Arena *arena, const Json *response)
{
    static const char *const members[] = { "status", "error", "cause", "nextState" };
    Json *picked = json_object(arena);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        Json *value = json_get(response, str_from_c(members[i]));
        if (value) json_add(arena, picked, str_from_c(members[i]), value);
    }
    Json *output = json_get(response, STR("output"));
    if (output) json_add(arena, picked, STR("output"), output);
    return picked;
}

static void run_test_state(Test *test)
{
    TestStateReply reply;
    const Json    *expected = json_get(test->expected, STR("response"));
    const char    *name = expected ? "response" : "error";
    Error         *error = call_test_state(test, &reply);
    if (error) corpus_stop("a case", error->message);
    Json *actual = reply.response ? recording_normal(test->arena, reply.response) : error_json(test->arena, reply.code, reply.message);
    if (!expected) expected = without_status(test->arena, json_get(test->expected, STR("error")));
    for (Level level = OUTCOME; level <= IDENTITY; level++) {
        Recording   recording = recording_of(test);
        const Json *wanted = level == OUTCOME && reply.response ? pick(test->arena, expected) : expected;
        const Json *was = level == OUTCOME && reply.response ? pick(test->arena, actual) : actual;
        recording.exact = level == IDENTITY;
        tell(test, level, recording_matches(&recording, name, -1, wanted, was), &recording);
    }
}

/* ---- definitions ---- */

static AslMachineType machine_type(const Test *test)
{
    return str_equal(json_get_str(test->json, STR("type")), STR("EXPRESS")) ? ASL_EXPRESS : ASL_STANDARD;
}

static Json *diagnostic_json(Arena *arena, const AslDiagnostic *diagnostic)
{
    Json *json = json_object(arena);
    add_text(arena, json, "code", diagnostic->code);
    add_text(arena, json, "location", diagnostic->location);
    add_text(arena, json, "message", diagnostic->message);
    json_add_str(arena, json, STR("severity"), diagnostic->severity == ASL_ERROR ? STR("ERROR") : STR("WARNING"));
    return json;
}

/* Diagnostics are marked as loose all over; they are compared all the same. */
static void run_validate(Test *test)
{
    Recording      recording;
    AslDiagnostics diagnostics = { 0 };
    Json          *definition, *response = json_object(test->arena), *list = json_array(test->arena);
    asl_validate_text(test->arena, sent_of(test, "definition"), machine_type(test), &definition, &diagnostics);
    for (size_t i = 0; i < diagnostics.count; i++) json_append(test->arena, list, diagnostic_json(test->arena, &diagnostics.items[i]));
    json_add(test->arena, response, STR("diagnostics"), list);
    json_add_str(test->arena, response, STR("result"), diagnostics.count ? STR("FAIL") : STR("OK"));
    json_add(test->arena, response, STR("truncated"), json_bool(test->arena, false));
    recording_init(&recording, test->arena, test->json, true);
    tell(test, VALIDATE, recording_matches(&recording, "response", -1, json_get(test->expected, STR("response")), response), &recording);
}

static void run_create_error(Test *test)
{
    Recording      recording;
    AslDiagnostics diagnostics = { 0 };
    Json          *definition;
    const Json    *error = without_status(test->arena, json_get(test->expected, STR("error")));
    if (!str_equal(json_get_str(error, STR("code")), STR("InvalidDefinition"))) return; /* not the definition's fault */
    asl_validate_text(test->arena, sent_of(test, "definition"), machine_type(test), &definition, &diagnostics);
    const Json *actual = error_json(test->arena, STR("InvalidDefinition"), diagnostics_text(test->arena, &diagnostics));
    recording_init(&recording, test->arena, test->json, true);
    tell(test, VALIDATE, recording_matches(&recording, "error", -1, error, actual), &recording);
}

/* ---- the corpus ---- */

/* Distributed Maps show nothing of their children's tasks, sorted histories nothing of what follows from what. */
static bool can_replay(const Test *test)
{
    const Json *events = json_get(test->expected, STR("events")), *event, *sorted = json_get(test->json, STR("parallel_events_sorted"));
    if (!test->suite->replay || !events || (sorted && sorted->boolean)) return false;
    JSON_EACH_ITEM(events, event)
        if (is_type(event, "MapRunStarted") || is_type(event, "TaskStartFailed") || is_type(event, "TaskSubmitFailed")) return false;
    return true;
}

static void run_case(Suite *suite, const Json *json)
{
    Arena arena;
    Test  test = { suite, &arena, json, json_get(json, STR("expected")), json_get_str(json, STR("id")) };
    Str   kind = json_get_str(json, STR("kind"));
    bool  bare = json_get(json, STR("needs"))->count == 0;
    size_t at;
    if (suite->only && !str_find(test.id, str_from_c(suite->only), &at)) return;
    arena_init(&arena, 0);
    if (str_equal(kind, STR("execution")) || str_equal(kind, STR("execution-sync"))) {
        if (bare || can_replay(&test)) run_execution(&test, !bare);
    } else if (bare && str_equal(kind, STR("test-state"))) {
        run_test_state(&test);
    } else if (bare && str_equal(kind, STR("validate"))) {
        run_validate(&test);
    } else if (bare && str_equal(kind, STR("create-error"))) {
        run_create_error(&test);
    }
    arena_done(&arena);
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_file(Suite *suite, const char *directory, Str name)
{
    Arena arena;
    Json *test;
    arena_init(&arena, 0);
    const Json *cases = corpus_file(&arena, directory, name);
    JSON_EACH_ITEM(cases, test) run_case(suite, test);
    arena_done(&arena);
}

/* Files are in directories, one for each topic. */
static void run_directory(Suite *suite, const char *root, const char *topic)
{
    struct dirent **entries;
    Arena           arena;
    arena_init(&arena, 0);
    char *path = str_to_c(&arena, topic ? str_format(&arena, "%s/%s", root, topic) : str_from_c(root));
    int   count = scandir(path, &entries, not_hidden, alphasort);
    for (int i = 0; i < count; i++) {
        Str name = str_from_c(entries[i]->d_name);
        if (!topic && !str_ends_with(name, STR(".md"))) run_directory(suite, root, entries[i]->d_name);
        else if (topic && str_ends_with(name, STR(".json"))) run_file(suite, path, name);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    arena_done(&arena);
}

int main(int argc, char **argv)
{
    if (argc < 2) corpus_stop("usage", "sfn_conformance DIRECTORY [FILE]");
    Suite suite = { .failures = argc > 2 ? fopen(argv[2], "w") : NULL, .only = getenv("CONFORMANCE_ONLY"),
                    .verbose = getenv("CONFORMANCE_VERBOSE"), .replay = getenv("CONFORMANCE_REPLAY") };
    if (argc > 2 && !suite.failures) corpus_stop(argv[2], "cannot be written");
    run_directory(&suite, argv[1], NULL);
    bool all = true;
    for (Level level = 0; level < LEVELS; level++) {
        if (suite.total[level]) printf("sfn-%s %d/%d\n", LEVEL_NAMES[level], suite.passed[level], suite.total[level]);
        all &= suite.passed[level] == suite.total[level];
    }
    if (suite.failures) fclose(suite.failures);
    return !all;
}
