/* play_test.c -- an execution without a server: time, tasks, distributed Maps, limits. */
#include "tests/unit/play/stage.h"

/* ---- time ---- */

TEST(test_play_waits_jump)
{
    Stage stage = { 0 };
    stage_open(&stage);
    const PlayResult *result = stage_play(&stage, "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':86400,'End':true}}}", "{'a':1}");
    CHECK_INT(result->end, PLAY_ENDED);
    CHECK_INT(result->status, ASL_SUCCEEDED);
    CHECK_STR(result->output, STR("{\"a\":1}"));
    CHECK_INT(result->ended - result->started, DURATION_DAY);
    CHECK(!play_state(stage.play));
    stage_close(&stage);
}

TEST(test_play_moves_a_virtual_clock)
{
    Stage   stage = { 0 };
    Clock  *clock;
    Instant start = 1767225600 * DURATION_SECOND;
    stage_open(&stage);
    PlayOptions options = { .program = stage_compile(&stage, "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':60,'End':true}}}"), .start = start };
    CHECK_OK(clock_new_virtual(start, &clock));
    CHECK_OK(play_new(&options, &stage.play));
    CHECK_OK(play_start(stage.play, STR("1")));
    CHECK_OK(play_run(stage.play, clock));
    CHECK_INT(clock_now(clock), start + DURATION_MINUTE);
    CHECK_STR(play_result(stage.play)->output, STR("1"));
    clock_free(clock);
    stage_close(&stage);
}

static Instant count_calls(void *context, Instant now)
{
    ++*(int *)context;
    return now + 10 * DURATION_MS;
}

TEST(test_play_in_real_time_is_idle_meanwhile)
{
    Stage  stage = { 0 };
    Clock *clock;
    int    calls = 0;
    stage_open(&stage);
    CHECK_OK(clock_new_real(&clock));
    Instant     start = clock_now(clock);
    PlayOptions options = { .program = stage_compile(&stage, "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':1,'End':true}}}"),
                            .start = start, .idle = count_calls, .context = &calls };
    CHECK_OK(play_new(&options, &stage.play));
    CHECK_OK(play_start(stage.play, STR("{}")));
    CHECK_OK(play_run(stage.play, clock));
    CHECK(clock_now(clock) - start >= DURATION_SECOND);
    CHECK(calls > 2);
    clock_free(clock);
    stage_close(&stage);
}

/* ---- tasks ---- */

typedef struct Answers {
    const PlayAnswer *answers; /* one after the other; the last one again and again */
    int               count, asked;
    Str               token;
} Answers;

static Error *answer(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    Answers *answers = context;
    int      at = answers->asked++;
    *out = answers->answers[at < answers->count ? at : answers->count - 1];
    if (action->token.data) answers->token = str_copy(arena, action->token);
    return NULL;
}

#define TASK(resource, more) "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'" resource "'" more ",'End':true}}}"

TEST(test_play_answers_functions_and_retries)
{
    const PlayAnswer answers[] = { { .error = STR("Busy"), .cause = STR("later") }, { .result = STR("{\"ok\":true}"), .delay = DURATION_SECOND } };
    Answers          all = { answers, 2, 0, STR_NONE };
    Stage            stage = { .ask = answer, .context = &all };
    stage_open(&stage);
    const PlayResult *result = stage_play(&stage, TASK("arn:aws:lambda:us-east-1:000000000000:function:f",
                                          ",'Retry':[{'ErrorEquals':['Busy'],'IntervalSeconds':5,'MaxAttempts':1}]"), "{}");
    CHECK_INT(result->status, ASL_SUCCEEDED);
    CHECK_STR(result->output, STR("{\"ok\":true}"));
    CHECK_INT(result->ended - result->started, 6 * DURATION_SECOND);
    CHECK_INT(all.asked, 2);
    stage_close(&stage);
}

TEST(test_play_submits_jobs_and_callbacks_first)
{
    static const char *const resources[] = {
        TASK("arn:aws:states:::sqs:sendMessage.waitForTaskToken", ",'Parameters':{'QueueUrl':'q','MessageBody':{'t.$':'$$.Task.Token'}}"),
        TASK("arn:aws:states:::states:startExecution.sync:2", ",'Parameters':{'StateMachineArn':'m'}"),
    };
    for (int i = 0; i < 2; i++) {
        const PlayAnswer one = { .result = STR("7"), .submitted = STR("{\"MessageId\":\"m\"}") };
        Answers          all = { &one, 1, 0, STR_NONE };
        Stage            stage = { .ask = answer, .context = &all };
        size_t           at;
        stage_open(&stage);
        CHECK_STR(stage_play(&stage, resources[i], "{}")->output, STR("7"));
        CHECK(str_find(buffer_str(&stage.events), STR("1:TaskStarted \n1:TaskSubmitted \n1:TaskSucceeded \n"), &at));
        CHECK_INT(all.token.length > 0, i == 0);
        stage_close(&stage);
    }
}

TEST(test_play_activities_are_taken_by_a_worker)
{
    const PlayAnswer one = { .result = STR("1"), .worker = STR("me") };
    Answers          all = { &one, 1, 0, STR_NONE };
    Stage            stage = { .ask = answer, .context = &all };
    size_t           at;
    stage_open(&stage);
    CHECK_STR(stage_play(&stage, TASK("arn:aws:states:us-east-1:000000000000:activity:a", ""), "{}")->output, STR("1"));
    CHECK(str_find(buffer_str(&stage.events), STR("1:ActivityScheduled \n1:ActivityStarted me\n1:ActivitySucceeded \n"), &at));
    stage_close(&stage);
}

TEST(test_play_a_task_that_is_never_answered_times_out_or_is_stuck)
{
    const PlayAnswer one = { .never = true };
    Answers          all = { &one, 1, 0, STR_NONE };
    for (int i = 0; i < 2; i++) {
        Stage stage = { .ask = answer, .context = &all };
        stage_open(&stage);
        const PlayResult *result = stage_play(&stage, i ? TASK("arn:aws:lambda:us-east-1:000000000000:function:f", "")
                                              : TASK("arn:aws:lambda:us-east-1:000000000000:function:f", ",'TimeoutSeconds':30"), "{}");
        CHECK_INT(result->end, i ? PLAY_STUCK : PLAY_ENDED);
        CHECK_INT(result->status, i ? ASL_RUNNING : ASL_FAILED);
        if (!i) CHECK_STR(result->error, STR("States.Timeout"));
        if (!i) CHECK_INT(result->ended - result->started, 30 * DURATION_SECOND);
        CHECK((play_state(stage.play) != NULL) == (i == 1));
        stage_close(&stage);
    }
}

TEST(test_play_an_answer_that_comes_too_late_is_nobodys)
{
    const PlayAnswer answers[] = { { .result = STR("\"late\""), .delay = 100 * DURATION_SECOND }, { .result = STR("\"good\"") } };
    Answers          all = { answers, 2, 0, STR_NONE };
    Stage            stage = { .ask = answer, .context = &all };
    stage_open(&stage);
    const PlayResult *result = stage_play(&stage, TASK("arn:aws:lambda:us-east-1:000000000000:function:f",
                                          ",'TimeoutSeconds':10,'Retry':[{'ErrorEquals':['States.Timeout'],'IntervalSeconds':1}]"), "{}");
    CHECK_STR(result->output, STR("\"good\""));
    CHECK_INT(result->ended - result->started, 11 * DURATION_SECOND);
    stage_close(&stage);
}

static Error *refuse(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    (void)context, (void)arena, (void)out;
    return error_new(ERR_NOT_FOUND, "nobody knows '%.*s'", STR_ARG(action->state_name));
}

TEST(test_play_ends_where_nobody_can_answer)
{
    Stage stage = { .ask = refuse };
    stage_open(&stage);
    const PlayOptions options = { .program = stage_compile(&stage, TASK("arn:aws:lambda:us-east-1:000000000000:function:f",
                                  ",'Catch':[{'ErrorEquals':['States.ALL'],'Next':'T'}]")), .ask = refuse };
    CHECK_OK(play_new(&options, &stage.play));
    CHECK_OK(play_start(stage.play, STR("{}")));
    CHECK_ERROR(play_run(stage.play, NULL), ERR_NOT_FOUND);
    stage_close(&stage);
}

/* ---- distributed Maps ---- */

#define MAP(more, inner) \
    "{'StartAt':'M','States':{'M':{'Type':'Map','ItemProcessor':{'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'}," \
    "'StartAt':'I','States':{'I':" inner "}}" more ",'End':true}}}"
#define SLOW "{'Type':'Wait','SecondsPath':'$','End':true}"

TEST(test_play_children_give_results_in_order)
{
    Stage stage = { 0 };
    stage_open(&stage);
    const PlayResult *result = stage_play(&stage, MAP("", SLOW), "[3,1,2]");
    CHECK_STR(result->output, STR("[3,1,2]"));
    CHECK_INT(result->ended - result->started, 3 * DURATION_SECOND);
    stage_close(&stage);
}

TEST(test_play_children_keep_to_the_limit_on_concurrency)
{
    Stage stage = { 0 };
    stage_open(&stage);
    const PlayResult *result = stage_play(&stage, MAP(",'MaxConcurrency':2", SLOW), "[5,1,1,1]");
    CHECK_STR(result->output, STR("[5,1,1,1]"));
    CHECK_INT(result->ended - result->started, 5 * DURATION_SECOND);
    stage_close(&stage);
    stage_open(&stage);
    result = stage_play(&stage, MAP(",'MaxConcurrency':1", SLOW), "[5,1,1,1]");
    CHECK_INT(result->ended - result->started, 8 * DURATION_SECOND);
    stage_close(&stage);
}

TEST(test_play_no_items_no_children)
{
    Stage stage = { 0 };
    stage_open(&stage);
    CHECK_STR(stage_play(&stage, MAP("", SLOW), "[]")->output, STR("[]"));
    stage_close(&stage);
}

#define PICKY "{'Type':'Choice','Choices':[{'Variable':'$','NumericGreaterThan':0,'Next':'Good'}],'Default':'Bad'}," \
    "'Good':{'Type':'Succeed'},'Bad':{'Type':'Fail','Error':'Bad'}"

TEST(test_play_a_run_fails_when_too_many_items_have)
{
    static const struct {
        const char *definition;
        AslStatus   status;
        const char *output;
    } rows[] = {
        { MAP("", PICKY), ASL_FAILED, NULL },
        { MAP(",'ToleratedFailureCount':1", PICKY), ASL_FAILED, NULL },
        { MAP(",'ToleratedFailureCount':2", PICKY), ASL_SUCCEEDED, "[1,2]" },
        { MAP(",'ToleratedFailurePercentage':49", PICKY), ASL_FAILED, NULL },
        { MAP(",'ToleratedFailurePercentage':50", PICKY), ASL_SUCCEEDED, "[1,2]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Stage stage = { 0 };
        stage_open(&stage);
        const PlayResult *result = stage_play(&stage, rows[i].definition, "[1,0,2,-1]");
        CHECK_INT(result->status, rows[i].status);
        if (rows[i].output) CHECK_STR(result->output, str_from_c(rows[i].output));
        else CHECK_STR(result->error, STR("States.ExceedToleratedFailureThreshold"));
        stage_close(&stage);
    }
}

TEST(test_play_a_failed_run_leaves_no_child_behind)
{
    Stage stage = { 0 };
    stage_open(&stage);
    const PlayResult *result = stage_play(&stage,
        "{'StartAt':'M','States':{'M':{'Type':'Map','ItemProcessor':{'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'},"
        "'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':1,'Next':'C'},'C':{'Type':'Choice','Choices':[{'Variable':'$',"
        "'NumericEquals':1,'Next':'Bad'}],'Default':'Long'},'Bad':{'Type':'Fail'},'Long':{'Type':'Wait','Seconds':500,'End':true}}},"
        "'Catch':[{'ErrorEquals':['States.ALL'],'Next':'After'}],'Next':'After'},'After':{'Type':'Wait','Seconds':1000,'End':true}}}",
        "[0,1,0]");
    size_t at;
    CHECK_INT(result->status, ASL_SUCCEEDED);
    CHECK_INT(result->ended - result->started, 1001 * DURATION_SECOND);
    CHECK(!str_find(buffer_str(&stage.events), STR("WaitStateExited Long"), &at));
    stage_close(&stage);
}

TEST(test_play_maps_in_maps)
{
    Stage stage = { 0 };
    stage_open(&stage);
    const PlayResult *result = stage_play(&stage, MAP("", "{'Type':'Map','ItemProcessor':{'ProcessorConfig':{'Mode':'DISTRIBUTED',"
        "'ExecutionType':'EXPRESS'},'StartAt':'J','States':{'J':" SLOW "}},'End':true}"), "[[1,2],[],[3]]");
    CHECK_STR(result->output, STR("[[1,2],[],[3]]"));
    CHECK_INT(result->ended - result->started, 3 * DURATION_SECOND);
    stage_close(&stage);
}

TEST(test_play_reads_items_from_whoever_plays_the_world)
{
    static const struct {
        const char *config, *read, *output;
    } rows[] = {
        { "{'InputType':'JSON'}", "[1,2]", "[1,2]" },
        { "{'InputType':'JSONL'}", "\"{\\\"a\\\":1}\\n{\\\"a\\\":2}\\n\"", "[{\"a\":1},{\"a\":2}]" },
        { "{'InputType':'CSV','CSVHeaderLocation':'FIRST_ROW'}", "\"a,b\\n1,2\\n\"", "[{\"a\":\"1\",\"b\":\"2\"}]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const PlayAnswer one = { .result = str_from_c(rows[i].read) };
        Answers          all = { &one, 1, 0, STR_NONE };
        Stage            stage = { .ask = answer, .context = &all };
        stage_open(&stage);
        const char *definition = str_to_c(&stage.arena, str_format(&stage.arena, MAP(
            ",'ItemReader':{'Resource':'arn:aws:states:::s3:getObject','ReaderConfig':%s,'Parameters':{'Bucket':'b','Key':'k'}}",
            "{'Type':'Pass','End':true}"), rows[i].config));
        CHECK_STR(stage_play(&stage, definition, "{}")->output, str_from_c(rows[i].output));
        stage_close(&stage);
    }
}

TEST(test_play_batches_items)
{
    static const struct {
        const char *batcher, *output;
    } rows[] = {
        { "{'MaxItemsPerBatch':2}", "[[1,2],[3,4],[5]]" },
        { "{'MaxInputBytesPerBatch':28,'MaxItemsPerBatch':3}", "[[1,2],[3,4],[5]]" },
        { "{'MaxInputBytesPerBatch':1}", "[[1],[2],[3],[4],[5]]" },
        { "{'MaxItemsPerBatch':9,'BatchInput':{'f':true}}", "[[1,2,3,4,5]]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Stage stage = { 0 };
        stage_open(&stage);
        const char *definition = str_to_c(&stage.arena, str_format(&stage.arena, MAP(
            ",'ItemSelector':{'v.$':'$$.Map.Item.Value'},'ItemBatcher':%s", "{'Type':'Pass','InputPath':'$.Items[*].v','End':true}"),
            rows[i].batcher));
        CHECK_STR(stage_play(&stage, definition, "[1,2,3,4,5]")->output, str_from_c(rows[i].output));
        stage_close(&stage);
    }
}

TEST(test_play_batches_large_items)
{
    Stage stage = { 0 };
    char  item[6000];
    stage_open(&stage);
    memset(item, 'x', sizeof item);
    const char *input = str_to_c(&stage.arena, str_format(&stage.arena, "['%.*s','%.*s','%.*s']", (int)sizeof item, item, (int)sizeof item, item,
                                                          (int)sizeof item, item));
    const PlayResult *result = stage_play(&stage, MAP(",'ItemBatcher':{'MaxInputBytesPerBatch':7000}", "{'Type':'Pass','OutputPath':'$.Items[0]','End':true}"), input);
    CHECK_STR(result->output, stage_quoted(&stage, input));
    stage_close(&stage);
}

TEST(test_play_a_reader_that_fails_fails_the_run)
{
    const PlayAnswer one = { .cause = STR("gone") };
    Answers          all = { &one, 1, 0, STR_NONE };
    Stage            stage = { .ask = answer, .context = &all };
    stage_open(&stage);
    const PlayResult *result = stage_play(&stage, MAP(",'ItemReader':{'Resource':'arn:aws:states:::s3:getObject','Parameters':{'Bucket':'b',"
                                                      "'Key':'k'}}", "{'Type':'Pass','End':true}"), "{}");
    CHECK_STR(result->error, STR("States.ItemReaderFailed"));
    CHECK_STR(result->cause, STR("gone"));
    stage_close(&stage);
}

TEST(test_play_writes_results_as_the_writer_says)
{
    static const char writer[] = ",'ResultWriter':{'WriterConfig':{'Transformation':'%s','OutputType':'JSON'}}";
    Stage stage = { 0 };
    stage_open(&stage);
    const char *flatten = str_to_c(&stage.arena, str_format(&stage.arena, writer, "FLATTEN"));
    const char *definition = str_to_c(&stage.arena, str_format(&stage.arena, MAP("%s", "{'Type':'Pass','End':true}"), flatten));
    CHECK_STR(stage_play(&stage, definition, "[[1,2],[],3]")->output, STR("[1,2,3]"));
    stage_close(&stage);
    stage_open(&stage);
    const PlayResult *result = stage_play(&stage, MAP(",'ResultWriter':{'Resource':'arn:aws:states:::s3:putObject','Parameters':"
                                                      "{'Bucket':'b','Prefix':'p'}}", "{'Type':'Pass','End':true}"), "[1]");
    Json *output;
    CHECK_OK(json_parse(&stage.arena, result->output, NULL, &output));
    CHECK_STR(json_get_str(json_get(output, STR("ResultWriterDetails")), STR("Bucket")), STR("b"));
    CHECK(str_ends_with(json_get_str(json_get(output, STR("ResultWriterDetails")), STR("Key")), STR("/manifest.json")));
    CHECK(json_get_str(output, STR("MapRunArn")).length > 0);
    stage_close(&stage);
}

/* ---- limits ---- */

TEST(test_play_is_bounded)
{
    static const char loop[] = "{'StartAt':'A','States':{'A':{'Type':'Wait','Seconds':1,'Next':'B'},'B':{'Type':'Wait','Seconds':1,'Next':'A'}}}";
    Stage stage = { .steps_max = 10 };
    stage_open(&stage);
    CHECK_INT(stage_play(&stage, loop, "{}")->end, PLAY_OUT_OF_STEPS);
    CHECK_INT((int64_t)play_result(stage.play)->steps, 10);
    stage_close(&stage);
    stage = (Stage){ .time_max = DURATION_MINUTE };
    stage_open(&stage);
    CHECK_INT(stage_play(&stage, loop, "{}")->end, PLAY_OUT_OF_TIME);
    stage_close(&stage);
    stage = (Stage){ .express = true };
    stage_open(&stage);
    CHECK_INT(stage_play(&stage, loop, "{}")->status, ASL_TIMED_OUT);
    stage_close(&stage);
    stage = (Stage){ 0 };
    stage_open(&stage);
    CHECK_STR(stage_play(&stage, loop, "{}")->error, STR("States.Runtime")); /* 25,000 events */
    stage_close(&stage);
}

TEST(test_play_may_be_left_at_any_time)
{
    Stage stage = { .steps_max = 4 };
    stage_open(&stage);
    CHECK_INT(stage_play(&stage, MAP("", SLOW), "[3,1,2]")->end, PLAY_OUT_OF_STEPS);
    CHECK(play_state(stage.play));
    stage_close(&stage);
}

TEST(test_play_goes_the_same_way_from_the_same_seed)
{
    static const char chance[] = "{'QueryLanguage':'JSONata','StartAt':'A','States':{'A':{'Type':'Pass','Output':{'u':'{% $uuid() %}',"
                                 "'r':'{% $random() %}','n':'{% $states.context.Execution.Name %}'},'End':true}}}";
    Str outputs[3];
    Stage stages[3];
    for (int i = 0; i < 3; i++) {
        stages[i] = (Stage){ .seed = i < 2 ? 5 : 6 };
        stage_open(&stages[i]);
        outputs[i] = stage_play(&stages[i], chance, "{}")->output;
    }
    CHECK_STR(outputs[0], outputs[1]);
    CHECK(!str_equal(outputs[0], outputs[2]));
    for (int i = 0; i < 3; i++) stage_close(&stages[i]);
}

/* True: it came to its end. */
static bool play_with_failure(Stage *stage, const PlayOptions *options, uint64_t nth)
{
    MemoryGuard    guard;
    volatile bool  ended = false;
    Error *volatile error = NULL;
    if (MEMORY_GUARD_ENTER(&guard)) {
        memory_fail_nth(nth, false);
        error = play_new(options, &stage->play);
        if (!error) error = play_start(stage->play, STR("[1,2,3]"));
        if (!error) error = play_run(stage->play, NULL);
        ended = !error && play_result(stage->play)->status == ASL_SUCCEEDED;
        memory_guard_leave(&guard);
    }
    memory_fail_nth(0, false);
    CHECK(!error || error->code == ERR_MEMORY);
    error_free(error);
    play_free(stage->play);
    stage->play = NULL;
    return ended;
}

TEST(test_play_survives_failing_memory)
{
    const PlayAnswer one = { .result = STR("1"), .delay = 1 };
    Stage            stage = { 0 };
    uint64_t         nth = 0;
    stage_open(&stage);
    AslProgram *program = stage_compile(&stage, MAP("", "{'Type':'Task','Resource':'arn:aws:lambda:us-east-1:000000000000:function:f','End':true}"));
    for (bool ended = false; !ended && nth < 5000;) {
        Answers           all = { &one, 1, 0, STR_NONE };
        const PlayOptions options = { .program = program, .ask = answer, .context = &all };
        ended = play_with_failure(&stage, &options, ++nth);
    }
    CHECK(nth > 20 && nth < 5000);
    stage_close(&stage);
}
