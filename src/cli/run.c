/* run.c -- tutti run: a definition in a throw-away world. */
#include "cli/cli.h"
#include "cli/definition.h"
#include "cli/progress.h"
#include "loop/chance.h"
#include "play/mocks.h"
#include "play/test_state.h"

#include <unistd.h>

const char run_help[] =
    "usage: tutti run FILE [--input JSON|@FILE] [--mock FILE[#CASE]] [--clock real|virtual] [--json]\n"
    "                 [--name NAME] [--type STANDARD|EXPRESS] [--seed N]\n"
    "       tutti run FILE --test-state NAME [--input ...] [--mock ...] [--inspect INFO|DEBUG|TRACE]\n"
    "                 [--variables JSON|@FILE] [--context JSON|@FILE]\n"
    "\n"
    "Runs a definition of the States Language, in JSON or YAML, without a server. Progress goes to stderr, the\n"
    "output to stdout.\n"
    "\n"
    "  --input JSON|@FILE   the input; {}\n"
    "  --mock FILE[#CASE]   answers of tasks: a MockConfigFile.json as Step Functions Local reads it, and one of\n"
    "                       its test cases\n"
    "  --clock real|virtual virtual time jumps to whatever is due next; real\n"
    "  --json               a history event a line on stdout, as GetExecutionHistory shows them, and the end\n"
    "  --name NAME          the state machine's: in ARNs, and in the mock file\n"
    "  --type TYPE          STANDARD\n"
    "  --seed N             all chance comes from it; virtual time then begins at 2026-01-01T00:00:00Z\n"
    "  --test-state NAME    TestState instead: only this state; of a file with a single state, any name\n"
    "  --inspect LEVEL      how much TestState tells of the data; INFO\n"
    "  --variables, --context  the workflow variables and the context object that the state sees\n"
    "\n"
    "exit status: 0 it succeeded; 1 it did not; 2 the definition, or the command line, is not valid\n";

static const Instant VIRTUAL_START = 1767225600 * DURATION_SECOND;

enum { STEPS_MAX = 10000000 };

typedef struct Run {
    const char *path, *input, *mock, *clock, *name, *type, *seed, *state, *inspect, *variables, *context;
    bool        json;
    Arena       arena;
    Definition  definition;
    Mocks      *mocks;
    Str         input_text;
    uint64_t    seed_number;
    Instant     start;
    Play       *play;
    Progress   *progress; /* NULL: not shown */
} Run;

/* ---- the command line ---- */

static bool is_express(const Run *run)
{
    return run->type && !strcmp(run->type, "EXPRESS");
}

static Error *check_word(const char *option, const char *word, const char *const *allowed, const char *list)
{
    for (; word && *allowed; allowed++)
        if (!strcmp(word, *allowed)) return NULL;
    return word ? error_new(ERR_INVALID, "%s is %s, not '%s'", option, list, word) : NULL;
}

static Error *check_options(Run *run)
{
    static const char *const clocks[] = { "real", "virtual", NULL }, *const types[] = { "STANDARD", "EXPRESS", NULL };
    static const char *const levels[] = { "INFO", "DEBUG", "TRACE", NULL };
    TRY(check_word("--clock", run->clock, clocks, "real or virtual"));
    TRY(check_word("--type", run->type, types, "STANDARD or EXPRESS"));
    TRY(check_word("--inspect", run->inspect, levels, "INFO, DEBUG or TRACE"));
    if (run->seed && !str_parse_uint(str_from_c(run->seed), &run->seed_number))
        return error_new(ERR_INVALID, "--seed is a number, not '%s'", run->seed);
    if (!run->state && (run->inspect || run->variables || run->context))
        return error_new(ERR_INVALID, "--inspect, --variables and --context belong to --test-state");
    return NULL;
}

static Error *read_input(Run *run)
{
    Json *value;
    run->input_text = STR("{}");
    if (!run->input) return NULL;
    TRY(text_or_file(&run->arena, run->input, &run->input_text));
    TRY_WRAP(json_parse(&run->arena, run->input_text, NULL, &value), "the input");
    return NULL;
}

static Error *read_mocks(Run *run)
{
    Source     *source;
    Str         stranger;
    const char *hash = run->mock ? strrchr(run->mock, '#') : NULL;
    if (!run->mock) {
        run->mocks = mocks_new(&run->arena, run->definition.source);
        return NULL;
    }
    Str path = hash ? str_from(run->mock, (size_t)(hash - run->mock)) : str_from_c(run->mock);
    TRY(source_load(&run->arena, str_to_c(&run->arena, path), &source));
    if (!source) return error_new(ERR_SYNTAX, "%.*s cannot be read", STR_ARG(path));
    TRY_WRAP(mocks_read(&run->arena, source, str_from_c(run->name), str_from_c(hash ? hash + 1 : ""), &run->mocks), "%.*s", STR_ARG(path));
    if (!run->state && mocks_find_stranger(run->mocks, run->definition.value, &stranger))
        fprintf(stderr, "tutti: %.*s mocks '%.*s', which the definition does not have\n", STR_ARG(path), STR_ARG(stranger));
    return NULL;
}

static Error *read_world(Run *run)
{
    Chance chance;
    Clock *clock;
    TRY(chance_init_system(&chance));
    TRY(clock_new_real(&clock));
    run->start = run->seed && run->clock && *run->clock == 'v' ? VIRTUAL_START : clock_now(clock);
    clock_free(clock);
    if (!run->seed) run->seed_number = chance_u64(&chance) >> 32; /* short enough to be typed again */
    return NULL;
}

/* The file's name up to its first dot, where that can be a name. */
static Str machine_name(const Run *run)
{
    const char *slash = strrchr(run->path, '/'), *from = slash ? slash + 1 : run->path;
    if (run->name) return str_from_c(run->name);
    return strcspn(from, ".") ? str_from(from, strcspn(from, ".")) : STR("Machine");
}

/* ---- an execution ---- */

static void print_line(const Json *value)
{
    Buffer line;
    buffer_init(&line);
    json_write(&line, value, JSON_COMPACT);
    buffer_append_byte(&line, '\n');
    fwrite(line.data, 1, line.length, stdout);
    buffer_done(&line);
}

static Error *ask(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    return mocks_answer(((Run *)context)->mocks, arena, action, out);
}

static void hear(void *context, const PlayPlace *place, const AslHistory *event)
{
    Run *run = context;
    if (run->progress) progress_hear(run->progress, place, event);
    if (!run->json || place->execution != 1) return;
    Arena arena;
    arena_init(&arena, 0);
    print_line(asl_history_json(&arena, event, true));
    arena_done(&arena);
}

static Instant idle(void *context, Instant now)
{
    Run *run = context;
    return run->progress ? progress_idle(run->progress, now, play_due(run->play)) : INSTANT_NEVER;
}

static const char *status_text(const PlayResult *result)
{
    static const char *const statuses[] = { "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED" };
    return statuses[result->status];
}

static void print_json_end(Run *run, const PlayResult *result)
{
    Arena *arena = &run->arena;
    Json  *end = json_object(arena);
    json_add_str(arena, end, STR("executionArn"), play_about(run->play)->execution_arn);
    json_add_str(arena, end, STR("status"), str_from_c(status_text(result)));
    json_add(arena, end, STR("startDate"), json_time(arena, result->started));
    if (result->end == PLAY_ENDED) json_add(arena, end, STR("stopDate"), json_time(arena, result->ended));
    if (result->output.data) json_add_str(arena, end, STR("output"), result->output);
    if (result->error.data) json_add_str(arena, end, STR("error"), result->error);
    if (result->cause.data) json_add_str(arena, end, STR("cause"), result->cause);
    json_add_int(arena, end, STR("seed"), (int64_t)run->seed_number);
    print_line(end);
}

static void print_end(Run *run, const PlayResult *result)
{
    static const char *const why[] = {
        [PLAY_GOES_ON] = "", [PLAY_ENDED] = "", [PLAY_STUCK] = ": it waits for something that will never happen",
        [PLAY_OUT_OF_STEPS] = ": it was stopped after ten million steps", [PLAY_OUT_OF_TIME] = ": it was stopped",
    };
    if (run->json) {
        print_json_end(run, result);
    } else if (result->status == ASL_SUCCEEDED) {
        printf("%.*s\n", STR_ARG(result->output));
    } else {
        fprintf(stderr, "%s%s", status_text(result), why[result->end]);
        if (result->error.data) fprintf(stderr, ": %.*s", STR_ARG(result->error));
        if (result->cause.data) fprintf(stderr, ": %.*s", STR_ARG(result->cause));
        fprintf(stderr, " (seed %llu)\n", (unsigned long long)run->seed_number);
    }
}

static Error *play_definition(Run *run, int *out_status)
{
    bool   is_virtual = run->clock && *run->clock == 'v';
    Clock *clock = NULL;
    const PlayOptions options = {
        .program = run->definition.program, .machine_name = machine_name(run), .express = is_express(run), .start = run->start,
        .seed = run->seed_number, .ask = ask, .hear = hear, .idle = idle, .context = run, .steps_max = STEPS_MAX,
    };
    TRY(play_new(&options, &run->play));
    if (!run->json) TRY(progress_new(run->start, isatty(STDERR_FILENO), &run->progress));
    if (!is_virtual) TRY(clock_new_real(&clock));
    Error *error = play_start(run->play, run->input_text);
    if (!error) error = play_run(run->play, clock);
    clock_free(clock);
    const PlayResult *result = play_result(run->play);
    if (run->progress) progress_end(run->progress, result);
    if (!error) print_end(run, result);
    *out_status = result->status != ASL_SUCCEEDED;
    return error;
}

static Error *run_execution(Run *run, int *out_status)
{
    TRY(definition_load(&run->arena, run->path, is_express(run), &run->definition));
    if (!run->definition.program) {
        *out_status = 2;
        return NULL;
    }
    TRY(read_mocks(run));
    return play_definition(run, out_status);
}

/* ---- one state ---- */

static Error *take_mock(Run *run, TestStateRequest *request)
{
    AslAction  action = { .kind = ASL_DO_TASK, .state_name = request->state_name.data ? request->state_name : str_from_c(run->state) };
    PlayAnswer answer = { 0 };
    if (!run->mock) return NULL;
    TRY(mocks_answer(run->mocks, &run->arena, &action, &answer));
    request->has_mock = true;
    request->mock_fails = !answer.result.data;
    request->mock_result = answer.result;
    request->mock_error = answer.error;
    request->mock_cause = answer.cause;
    return NULL;
}

static Error *make_request(Run *run, TestStateRequest *request)
{
    *request = (TestStateRequest){
        .definition = json_text(&run->arena, run->definition.value), .input = run->input_text, .retrier_retry_count = -1,
        .map_iteration_failure_count = -1, .role_arn = STR("arn:aws:iam::000000000000:role/tutti"), .now = run->start,
        .seed = run->seed_number,
    };
    if (json_get(run->definition.value, STR("States"))) request->state_name = str_from_c(run->state);
    if (run->inspect) request->level = *run->inspect == 'T' ? TEST_STATE_TRACE : *run->inspect == 'D' ? TEST_STATE_DEBUG : TEST_STATE_INFO;
    if (run->variables) TRY(text_or_file(&run->arena, run->variables, &request->variables));
    if (run->context) TRY(text_or_file(&run->arena, run->context, &request->context));
    return take_mock(run, request);
}

static void print_pretty(const Json *value)
{
    Buffer text;
    buffer_init(&text);
    json_write(&text, value, JSON_PRETTY);
    buffer_append_byte(&text, '\n');
    fwrite(text.data, 1, text.length, stdout);
    buffer_done(&text);
}

static int print_reply(const Run *run, const TestStateReply *reply)
{
    if (reply->response) {
        Str status = json_get_str(reply->response, STR("status"));
        if (run->json) print_line(reply->response);
        else print_pretty(reply->response);
        return !str_equal(status, STR("SUCCEEDED")) && !str_equal(status, STR("CAUGHT_ERROR"));
    }
    fprintf(stderr, "%s: error %.*s: %.*s\n", run->path, STR_ARG(reply->code), STR_ARG(reply->message));
    return str_equal(reply->code, STR("InvalidDefinition")) ? 2 : 1;
}

static Error *run_test_state(Run *run, int *out_status)
{
    TestStateRequest request;
    TestStateReply   reply;
    TRY(source_load(&run->arena, run->path, &run->definition.source));
    *out_status = 2;
    if (!run->definition.source) return NULL;
    run->definition.value = source_value(run->definition.source);
    TRY(read_mocks(run));
    TRY(make_request(run, &request));
    TRY(test_state(&run->arena, &request, &reply));
    if (reply.task)
        return error_new(ERR_NOT_FOUND, "state '%s' calls %.*s, and no mock answers it", run->state, STR_ARG(reply.task->resource));
    *out_status = print_reply(run, &reply);
    return NULL;
}

/* ---- the command ---- */

static Error *run_all(Run *run, int *out_status)
{
    TRY(read_world(run));
    TRY(read_input(run));
    return run->state ? run_test_state(run, out_status) : run_execution(run, out_status);
}

int run_command(int argc, char **argv)
{
    Run run = { .path = NULL };
    int status = 0;
    const Option options[] = {
        { "--input", &run.input, NULL },     { "--mock", &run.mock, NULL },      { "--clock", &run.clock, NULL },
        { "--json", NULL, &run.json },       { "--name", &run.name, NULL },      { "--type", &run.type, NULL },
        { "--seed", &run.seed, NULL },       { "--test-state", &run.state, NULL }, { "--inspect", &run.inspect, NULL },
        { "--variables", &run.variables, NULL }, { "--context", &run.context, NULL },
    };
    if (!options_take("run", options, sizeof options / sizeof *options, &argc, argv)) return 2;
    if (argc != 2) {
        fputs(run_help, stderr);
        return 2;
    }
    run.path = argv[1];
    arena_init(&run.arena, 0);
    Error *misuse = check_options(&run), *error = misuse ? misuse : run_all(&run, &status);
    if (error) status = fail(error);
    if (misuse) status = 2;
    error_free(error);
    play_free(run.play);
    progress_free(run.progress);
    arena_done(&run.arena);
    return status;
}
