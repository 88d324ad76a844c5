/* step_test.c -- the stepper by examples: an event goes in, states, actions and a history come out. */
#include "asl/asl.h"
#include "tests/support/test.h"

typedef struct Bed { /* one execution, driven by hand */
    Arena       arena;
    AslProgram *program;
    AslState   *state;
    AslAbout    about;
    AslStep     step;
    Instant     now;
    uint64_t    seed;
} Bed;

static const Instant T0 = 1700000000000000;

static void bed_open(Bed *bed, const char *definition)
{
    Json *parsed;
    *bed = (Bed){ .now = T0 };
    arena_init(&bed->arena, 0);
    bed->about = (AslAbout){
        .partition = STR("aws"), .region = STR("us-east-1"), .account = STR("000000000000"),
        .execution_arn = STR("arn:aws:states:us-east-1:000000000000:execution:m:e"), .execution_name = STR("e"),
        .machine_arn = STR("arn:aws:states:us-east-1:000000000000:stateMachine:m"), .machine_name = STR("m"),
        .role_arn = STR("arn:aws:iam::000000000000:role/r"), .start_time = T0, .key = STR("key"),
    };
    Str text = str_from_c(definition);
    char *quoted = arena_copy(&bed->arena, text.data, text.length); /* ' for " */
    for (size_t i = 0; i < text.length; i++)
        if (quoted[i] == '\'') quoted[i] = '"';
    CHECK_OK(json_parse(&bed->arena, str_from(quoted, text.length), NULL, &parsed));
    CHECK_OK(asl_compile(&bed->arena, parsed, &bed->program));
    CHECK_OK(asl_state_new(&bed->state));
}

static void bed_close(Bed *bed)
{
    asl_state_free(bed->state);
    arena_done(&bed->arena);
}

static void send(Bed *bed, AslEvent event)
{
    event.seed = ++bed->seed;
    CHECK_OK(asl_step(&bed->arena, bed->program, &bed->about, bed->state, &event, bed->now, &bed->step));
    CHECK_OK(asl_state_apply(bed->state, bed->step.cells, bed->step.cell_count));
}

static void start(Bed *bed, const char *input)
{
    send(bed, (AslEvent){ .kind = ASL_START, .payload = str_from_c(input) });
}

static const AslAction *action(const Bed *bed, AslActionKind kind)
{
    for (size_t i = 0; i < bed->step.action_count; i++)
        if (bed->step.actions[i].kind == kind) return &bed->step.actions[i];
    return NULL;
}

static void fire(Bed *bed, const AslAction *timer)
{
    CHECK(timer != NULL);
    bed->now = timer->due;
    send(bed, (AslEvent){ .kind = ASL_TIMER, .thread = timer->thread });
}

/* The history of the last step: "PassStateEntered 2<0, PassStateExited 3<2". */
static Str told(Bed *bed)
{
    Str all = STR("");
    for (size_t i = 0; i < bed->step.history_count; i++) {
        const AslHistory *event = &bed->step.history[i];
        all = str_format(&bed->arena, "%.*s%s%.*s %u<%u", STR_ARG(all), i ? ", " : "", STR_ARG(asl_history_type_name(event->type)), event->id,
                         event->previous);
    }
    return all;
}

static AslEvent answer(const AslAction *task, AslEventKind kind)
{
    return (AslEvent){ .kind = kind, .thread = task->thread, .attempt = task->attempt, .payload = STR("{\"ok\":true}") };
}

#define TASK "'Type':'Task','Resource':'arn:aws:states:::sqs:sendMessage.waitForTaskToken'"

TEST(test_asl_pass_states_are_one_step)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'A','States':{'A':{'Type':'Pass','Next':'B'},'B':{'Type':'Succeed'}}}");
    start(&bed, "{\"a\": 1}");
    CHECK_INT(bed.step.status, ASL_SUCCEEDED);
    CHECK_STR(bed.step.output, STR("{\"a\": 1}"));
    CHECK_STR(told(&bed), STR("ExecutionStarted 1<0, PassStateEntered 2<0, PassStateExited 3<2, SucceedStateEntered 4<3, SucceedStateExited 5<4, "
                              "ExecutionSucceeded 6<5"));
    CHECK_INT(bed.step.action_count, 0);
    CHECK_INT(asl_state_count(bed.state), 0);
    bed_close(&bed);
}

TEST(test_asl_retry_waits_longer_each_time_and_gives_up)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'T','States':{'T':{" TASK ",'Retry':[{'ErrorEquals':['States.TaskFailed'],'IntervalSeconds':2,'MaxAttempts':3,"
                   "'BackoffRate':3,'MaxDelaySeconds':10}],'End':true}}}");
    start(&bed, "{}");
    static const int delays_s[] = { 2, 6, 10 };
    for (int i = 0; i < 3; i++) {
        AslEvent failed = answer(action(&bed, ASL_DO_TASK), ASL_TASK_FAILED);
        failed.error = STR("Broken");
        send(&bed, failed);
        const AslAction *timer = action(&bed, ASL_SET_TIMER);
        CHECK_INT(timer->due - bed.now, delays_s[i] * 1000000LL);
        fire(&bed, timer);
        CHECK_INT(action(&bed, ASL_DO_TASK)->attempt, i + 2);
    }
    AslEvent failed = answer(action(&bed, ASL_DO_TASK), ASL_TASK_FAILED);
    failed.error = STR("Broken");
    send(&bed, failed);
    CHECK_INT(bed.step.status, ASL_FAILED);
    CHECK_STR(bed.step.error, STR("Broken"));
    CHECK(bed.step.cause.data == NULL);
    bed_close(&bed);
}

TEST(test_asl_an_answer_to_an_earlier_try_is_ignored)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'T','States':{'T':{" TASK ",'Retry':[{'ErrorEquals':['States.ALL']}],'End':true}}}");
    start(&bed, "{}");
    AslAction first = *action(&bed, ASL_DO_TASK);
    CHECK(asl_token_waits(&bed.arena, bed.state, first.token));
    send(&bed, answer(&first, ASL_TASK_FAILED));
    CHECK(!asl_token_waits(&bed.arena, bed.state, first.token));
    fire(&bed, action(&bed, ASL_SET_TIMER));
    AslAction second = *action(&bed, ASL_DO_TASK);
    send(&bed, answer(&first, ASL_TASK_SUCCEEDED));
    CHECK(bed.step.ignored);
    CHECK_INT(bed.step.cell_count, 0);
    send(&bed, answer(&second, ASL_TASK_SUCCEEDED));
    CHECK_INT(bed.step.status, ASL_SUCCEEDED);
    bed_close(&bed);
}

TEST(test_asl_tokens_lead_back)
{
    Bed      bed;
    Str      key;
    uint32_t thread, attempt;
    bed_open(&bed, "{'StartAt':'T','States':{'T':{" TASK ",'Parameters':{'Token.$':'$$.Task.Token'},'End':true}}}");
    start(&bed, "{}");
    const AslAction *task = action(&bed, ASL_DO_TASK);
    CHECK(asl_token_parse(&bed.arena, task->token, &key, &thread, &attempt));
    CHECK_STR(key, STR("key"));
    CHECK_INT(thread, task->thread);
    CHECK_INT(attempt, 1);
    CHECK_STR(task->parameters, str_format(&bed.arena, "{\"Token\":\"%.*s\"}", STR_ARG(task->token)));
    CHECK(!asl_token_parse(&bed.arena, STR("no token"), &key, &thread, &attempt));
    bed_close(&bed);
}

TEST(test_asl_timeouts_and_heartbeats)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'T','States':{'T':{" TASK ",'TimeoutSeconds':60,'HeartbeatSeconds':10,'Catch':[{'ErrorEquals':"
                   "['States.HeartbeatTimeout'],'Next':'H'},{'ErrorEquals':['States.Timeout'],'Next':'L'}],'End':true},"
                   "'H':{'Type':'Pass','Result':'heartbeat','End':true},'L':{'Type':'Pass','Result':'late','End':true}}}");
    start(&bed, "{}");
    AslAction task = *action(&bed, ASL_DO_TASK), timer = *action(&bed, ASL_SET_TIMER);
    CHECK_INT(timer.due - T0, 10000000);
    bed.now += 5000000;
    send(&bed, answer(&task, ASL_TASK_HEARTBEAT));
    CHECK_INT(action(&bed, ASL_SET_TIMER)->due - T0, 15000000);
    AslAction later = *action(&bed, ASL_SET_TIMER);
    bed.now = timer.due;
    send(&bed, (AslEvent){ .kind = ASL_TIMER, .thread = timer.thread }); /* the old one comes all the same */
    CHECK_INT(bed.step.status, ASL_RUNNING);
    CHECK_INT(action(&bed, ASL_SET_TIMER)->due, later.due);
    fire(&bed, &later);
    CHECK(action(&bed, ASL_STOP_TASK) != NULL);
    CHECK_STR(bed.step.output, STR("\"heartbeat\""));
    bed_close(&bed);

    bed_open(&bed, "{'StartAt':'T','States':{'T':{" TASK ",'TimeoutSeconds':60,'End':true}}}");
    start(&bed, "{}");
    fire(&bed, action(&bed, ASL_SET_TIMER));
    CHECK_INT(bed.step.status, ASL_FAILED);
    CHECK_STR(bed.step.error, STR("States.Timeout"));
    CHECK_STR(told(&bed), STR("TaskTimedOut 5<4, ExecutionFailed 6<5"));
    bed_close(&bed);
}

TEST(test_asl_the_machine_has_a_timeout_too)
{
    Bed bed;
    bed_open(&bed, "{'TimeoutSeconds':3,'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':10,'End':true}}}");
    start(&bed, "{}");
    CHECK_INT(bed.step.action_count, 2);
    CHECK_INT(bed.step.actions[1].thread, ASL_THREAD_MACHINE);
    fire(&bed, &bed.step.actions[1]);
    CHECK_INT(bed.step.status, ASL_TIMED_OUT);
    CHECK_STR(told(&bed), STR("ExecutionTimedOut 3<0"));
    CHECK_INT(action(&bed, ASL_CLEAR_TIMER)->thread, 1);
    bed_close(&bed);
}

TEST(test_asl_a_failed_branch_ends_its_brothers)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'P','States':{'P':{'Type':'Parallel','Branches':[{'StartAt':'T','States':{'T':{" TASK ",'End':true}}},"
                   "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':9,'Next':'F'},'F':{'Type':'Fail','Error':'Bad'}}}],"
                   "'Catch':[{'ErrorEquals':['Bad'],'Next':'C'}],'End':true},'C':{'Type':'Pass','End':true}}}");
    start(&bed, "{}");
    AslAction task = *action(&bed, ASL_DO_TASK);
    fire(&bed, action(&bed, ASL_SET_TIMER));
    CHECK_INT(bed.step.status, ASL_SUCCEEDED);
    CHECK_INT(action(&bed, ASL_STOP_TASK)->thread, task.thread);
    CHECK_STR(told(&bed), STR("WaitStateExited 8<7, FailStateEntered 9<8, TaskStateAborted 10<6, ParallelStateFailed 11<9, ParallelStateExited 12<11, "
                              "PassStateEntered 13<12, PassStateExited 14<13, ExecutionSucceeded 15<14"));
    CHECK_INT(asl_state_count(bed.state), 0);
    bed_close(&bed);
}

TEST(test_asl_a_map_runs_so_many_at_a_time)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'M','States':{'M':{'Type':'Map','MaxConcurrency':2,'ItemProcessor':{'StartAt':'T','States':{'T':{" TASK
                   ",'End':true}}},'End':true}}}");
    start(&bed, "[1,2,3]");
    CHECK_INT(bed.step.action_count, 2);
    AslAction first = bed.step.actions[0], second = bed.step.actions[1];
    CHECK_STR(second.parameters, STR("2"));
    send(&bed, answer(&second, ASL_TASK_SUCCEEDED));
    AslAction third = *action(&bed, ASL_DO_TASK);
    CHECK_STR(third.parameters, STR("3"));
    send(&bed, answer(&third, ASL_TASK_SUCCEEDED));
    AslEvent last = answer(&first, ASL_TASK_SUCCEEDED);
    last.payload = STR("\"one\"");
    send(&bed, last);
    CHECK_STR(bed.step.output, STR("[\"one\",{\"ok\":true},{\"ok\":true}]"));
    bed_close(&bed);
}

TEST(test_asl_stopping_stops_everything)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'P','States':{'P':{'Type':'Parallel','Branches':[{'StartAt':'T','States':{'T':{" TASK ",'End':true}}},"
                   "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':9,'End':true}}}],'End':true}}}");
    start(&bed, "{}");
    send(&bed, (AslEvent){ .kind = ASL_STOP, .error = STR("E"), .cause = STR("C") });
    CHECK_INT(bed.step.status, ASL_ABORTED);
    CHECK_STR(told(&bed), STR("ExecutionAborted 8<0"));
    CHECK(action(&bed, ASL_STOP_TASK) != NULL);
    CHECK(action(&bed, ASL_CLEAR_TIMER) != NULL);
    send(&bed, (AslEvent){ .kind = ASL_STOP });
    CHECK(bed.step.ignored);
    bed_close(&bed);
}

TEST(test_asl_a_redrive_goes_on_where_it_failed)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'P','States':{'P':{'Type':'Parallel','Branches':[{'StartAt':'A','States':{'A':{'Type':'Pass','End':true}}},"
                   "{'StartAt':'T','States':{'T':{" TASK ",'End':true}}}],'End':true}}}");
    start(&bed, "{\"n\":1}");
    send(&bed, answer(action(&bed, ASL_DO_TASK), ASL_TASK_FAILED));
    CHECK_INT(bed.step.status, ASL_FAILED);
    bed.about.redrive_count = 1;
    bed.about.redrive_time = bed.now;
    send(&bed, (AslEvent){ .kind = ASL_REDRIVE });
    CHECK_INT(bed.step.status, ASL_RUNNING);
    CHECK(action(&bed, ASL_DO_TASK) != NULL);
    send(&bed, answer(action(&bed, ASL_DO_TASK), ASL_TASK_SUCCEEDED));
    CHECK_INT(bed.step.status, ASL_SUCCEEDED);
    CHECK_STR(bed.step.output, STR("[{\"n\":1},{\"ok\":true}]"));
    bed_close(&bed);
}

TEST(test_asl_a_long_step_gives_way)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'A','States':{'A':{'Type':'Pass','Next':'A'}}}");
    bed.about.express = bed.about.quiet = true;
    start(&bed, "{}");
    CHECK(bed.step.more);
    CHECK_INT(action(&bed, ASL_SET_TIMER)->due - T0, 300 * 1000000LL);
    send(&bed, (AslEvent){ .kind = ASL_CONTINUE });
    CHECK(bed.step.more);
    bed.now += 300 * 1000000LL;
    send(&bed, (AslEvent){ .kind = ASL_TIMER, .thread = ASL_THREAD_MACHINE });
    CHECK_INT(bed.step.status, ASL_TIMED_OUT);
    bed_close(&bed);

    bed_open(&bed, "{'StartAt':'A','States':{'A':{'Type':'Pass','Next':'A'}}}");
    start(&bed, "{}");
    CHECK_INT(bed.step.status, ASL_FAILED);
    CHECK_INT(bed.step.history_count, ASL_HISTORY_MAX);
    CHECK_STR(bed.step.cause, STR("The execution reached the maximum number of history events (25000)."));
    bed_close(&bed);
}

TEST(test_asl_results_have_a_limit)
{
    Bed bed;
    bed_open(&bed, "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:lambda:us-east-1:000000000000:function:f','End':true}}}");
    start(&bed, "{}");
    char *large = arena_alloc_bytes(&bed.arena, ASL_PAYLOAD_MAX + 1);
    memset(large, 'x', ASL_PAYLOAD_MAX + 1);
    large[0] = large[ASL_PAYLOAD_MAX] = '"';
    AslEvent done = answer(action(&bed, ASL_DO_TASK), ASL_TASK_SUCCEEDED);
    done.payload = str_from(large, ASL_PAYLOAD_MAX + 1);
    send(&bed, done);
    CHECK_INT(bed.step.status, ASL_FAILED);
    CHECK_STR(bed.step.error, STR("States.DataLimitExceeded"));
    CHECK_STR(told(&bed), STR("LambdaFunctionFailed 5<4, ExecutionFailed 6<5"));
    bed_close(&bed);
}

TEST(test_asl_histories_do_not_repeat_a_text)
{
    AslHistory first = { .id = 1, .type = ASL_H_PassStateEntered, .text = STR("{\"a\":1}"), .name = STR("A") }, second = first, other = first, read;
    Arena      arena;
    Buffer     whole, again, differs;
    arena_init(&arena, 0);
    buffer_init(&whole);
    buffer_init(&again);
    buffer_init(&differs);
    other.text = STR("{\"a\":2}");
    asl_history_encode(&second, NULL, &whole);
    asl_history_encode(&second, &first, &again);
    asl_history_encode(&second, &other, &differs);
    CHECK_INT(whole.length - again.length, 8 - 1); /* a byte more of flags */
    CHECK_INT(differs.length, whole.length);
    CHECK_OK(asl_history_decode(&arena, buffer_str(&again), &first, &read));
    CHECK_STR(read.text, first.text);
    buffer_done(&whole);
    buffer_done(&again);
    buffer_done(&differs);
    arena_done(&arena);
}
