/* world_test.c -- calls, parks, timers, actions and failing commits, with a small service of its own.
 *
 * The service "shelf" keeps numbers: Put, Get, Fail (writes, then refuses), Wait (parks until a Put),
 * Later (sets a timer that puts), Fetch (an action whose result is put). */
#include "engine/world.h"

#include "tests/support/test.h"

enum { TABLE_SHELF = 210 };

typedef struct Shelf {
    int opened; /* how often */
} Shelf;

static int shelves_opened, before_commits;

static Error *shelf_open(Context *context, void **out_state)
{
    (void)context;
    shelves_opened++;
    Shelf *shelf = memory_alloc_zero(sizeof *shelf);
    if (!shelf) return error_memory();
    *out_state = shelf;
    return NULL;
}

static void shelf_close(void *state)
{
    memory_free(state);
}

static Error *shelf_before_commit(Context *context)
{
    before_commits++;
    return store_put(context->store, TABLE_SHELF, STR("commits"), STR("some"));
}

static Error *put_text(Context *context, Str name, Str value)
{
    TRY(store_put(context->store, TABLE_SHELF, name, value));
    context_signal(context, name, 1);
    return NULL;
}

static Error *put_run(Context *context, const Json *input, Json **out)
{
    (void)out;
    return put_text(context, json_get_str(input, STR("name")), json_get_str(input, STR("value")));
}

static Error *get_run(Context *context, const Json *input, Json **out)
{
    Str value;
    bool found;
    TRY(store_get(context->store, context->arena, TABLE_SHELF, json_get_str(input, STR("name")), &value, &found));
    *out = json_object(context->arena);
    if (found) json_add_str(context->arena, *out, STR("value"), value);
    return NULL;
}

static Error *fail_run(Context *context, const Json *input, Json **out)
{
    TRY(put_run(context, input, out));
    return error_fault(&fault_validation, "as was asked");
}

static Error *exhaust_run(Context *context, const Json *input, Json **out)
{
    TRY(put_run(context, input, out));
    memory_exhausted();
}

static Error *wait_run(Context *context, const Json *input, Json **out)
{
    Str name = json_get_str(input, STR("name"));
    Instant until = context->started + 10 * DURATION_SECOND;
    TRY(get_run(context, input, out));
    if ((*out)->count || context->now >= until) {
        context_depends(context, context_batch(context)); /* what it found may not be durable yet */
        json_add(context->arena, *out, STR("parked"), json_bool(context->arena, context_was_parked(context)));
        return NULL;
    }
    *out = NULL;
    context_park(context, name, until);
    return NULL;
}

static Error *later_run(Context *context, const Json *input, Json **out)
{
    uint64_t id;
    (void)out;
    TRY(context_timer_set(context, context->now + 5 * DURATION_SECOND, STR("Put"), input, &id));
    if (json_get(input, STR("clear"))) TRY(context_timer_clear(context, id));
    return NULL;
}

static Error *fetch_run(Context *context, const Json *input, Json **out)
{
    uint64_t id;
    (void)out;
    return context_act(context, STR("echo"), json_get(input, STR("payload")), STR("Fetched"), &id);
}

static Error *fetched_run(Context *context, const Json *input, Json **out)
{
    (void)out;
    const Json *error = json_get(input, STR("error"));
    return put_text(context, STR("fetched"), error ? error->text : json_get(input, STR("result"))->text);
}

#define ROW(op, run, flags) { STR_CONST(op), run, flags, STR_CONST("for tests"), &shape_document, &shape_document, { NULL, 0 }, 0 }
static const Operation shelf_operations[] = {
    ROW("Put", put_run, OP_WRITE),      ROW("Get", get_run, OP_READ),
    ROW("Fail", fail_run, OP_WRITE),    ROW("Exhaust", exhaust_run, OP_WRITE),
    ROW("Wait", wait_run, OP_LEND | OP_PARKS), ROW("Later", later_run, OP_WRITE),
    ROW("Fetch", fetch_run, OP_WRITE),  ROW("Fetched", fetched_run, OP_WRITE | OP_INTERNAL),
};

static const Service shelf_service = {
    .name = STR_CONST("shelf"),
    .operations = shelf_operations,
    .operation_count = sizeof shelf_operations / sizeof *shelf_operations,
    .open = shelf_open,
    .close = shelf_close,
    .before_commit = shelf_before_commit,
};

static Error *echo(void *context, Arena *arena, const Json *payload, Json **out_result)
{
    ++*(int *)context;
    if (json_equal(payload, &json_null_value)) return error_new(ERR_INVALID, "nothing to fetch");
    *out_result = json_str_copy(arena, payload->text);
    return NULL;
}

/* ---- a world to test ---- */

typedef struct Stage {
    Disk           *disk;
    Clock          *clock;
    World          *world;
    Port           *port;
    Arena           arena;
    WorldOptions    options;
    ActionKind      kind;
    const Service  *services[1];
    int             echoes;
} Stage;

static void stage_open(Stage *stage)
{
    CHECK_OK(world_open(&stage->options, &stage->world));
    CHECK_OK(port_open(stage->world, NULL, NULL, &stage->port));
}

static void stage_init(Stage *stage)
{
    *stage = (Stage){ .services = { &shelf_service } };
    arena_init(&stage->arena, 0);
    CHECK_OK(disk_new_simulated(1, &stage->disk));
    CHECK_OK(clock_new_virtual(1000 * DURATION_SECOND, &stage->clock));
    stage->kind = (ActionKind){ STR("echo"), echo, &stage->echoes };
    stage->options = (WorldOptions){
        .store = { .disk = stage->disk, .directory = "/data", .no_thread = true },
        .clock = stage->clock,
        .seed = 1,
        .services = stage->services,
        .service_count = 1,
        .action_kinds = &stage->kind,
        .action_kind_count = 1,
    };
    stage_open(stage);
}

static void stage_done(Stage *stage)
{
    port_close(stage->port);
    CHECK_OK(world_close(stage->world));
    clock_free(stage->clock);
    disk_free(stage->disk);
    arena_done(&stage->arena);
}

static void end_arena(void *arena)
{
    arena_done(arena);
}

static Call *submit(Stage *stage, const char *operation, const char *input)
{
    Call *call = NEW(&stage->arena, Call);
    Arena *own = NEW(&stage->arena, Arena); /* it is lent to the lane */
    Json *value = NULL;
    arena_init(own, 0);
    arena_on_done(&stage->arena, end_arena, own);
    CHECK_OK(json_parse(own, str_copy(own, str_from_c(input)), NULL, &value));
    call->service = &shelf_service;
    call->operation = service_operation(&shelf_service, str_from_c(operation));
    call->arena = own;
    call->input = value;
    call->caller.account = STR("000000000000");
    CHECK(port_submit(stage->port, call));
    return call;
}

static void turn(Stage *stage)
{
    Instant next;
    bool worked = true;
    for (int i = 0; i < 20 && worked; i++) error_free(world_turn(stage->world, &next, &worked));
}

static Call *back(Stage *stage)
{
    turn(stage);
    return port_take(stage->port);
}

static Str ask(Stage *stage, const char *operation, const char *input)
{
    Call *call = submit(stage, operation, input);
    CHECK(back(stage) == call);
    if (call->error) {
        Str message = str_copy(&stage->arena, str_from_c(call->error->message));
        error_free(call->error);
        return message;
    }
    return call->output ? json_text(&stage->arena, call->output) : STR("");
}

TEST(test_world_runs_calls_and_undoes_refused_ones)
{
    Stage stage;
    stage_init(&stage);
    CHECK_STR(ask(&stage, "Put", "{\"name\":\"a\",\"value\":\"1\"}"), STR(""));
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"a\"}"), STR("{\"value\":\"1\"}"));
    CHECK_STR(ask(&stage, "Fail", "{\"name\":\"a\",\"value\":\"2\"}"), STR("as was asked"));
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"a\"}"), STR("{\"value\":\"1\"}"));
    int opened = shelves_opened;
    CHECK_STR(ask(&stage, "Exhaust", "{\"name\":\"a\",\"value\":\"2\"}"), STR("out of memory"));
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"a\"}"), STR("{\"value\":\"1\"}"));
    CHECK_INT(shelves_opened, opened + 1); /* nobody knows what it had done to its memory */
    CHECK(before_commits > 0);
    stage_done(&stage);
}

TEST(test_world_parks_wakes_and_lets_time_pass)
{
    Stage stage;
    stage_init(&stage);
    Call *first = submit(&stage, "Wait", "{\"name\":\"a\"}");
    turn(&stage);
    Call *second = submit(&stage, "Wait", "{\"name\":\"a\"}");
    turn(&stage);
    CHECK(!port_take(stage.port));
    submit(&stage, "Put", "{\"name\":\"a\",\"value\":\"1\"}");
    turn(&stage);
    Call *put = port_take(stage.port), *woken = port_take(stage.port);
    CHECK(put && woken == first); /* the longest waiting, after the Put that woke it, and no other */
    CHECK(!port_take(stage.port));
    CHECK_STR(json_text(&stage.arena, first->output), STR("{\"value\":\"1\",\"parked\":true}"));
    port_cancel(stage.port, second);
    CHECK(back(&stage) == second && !second->output);
    Call *third = submit(&stage, "Wait", "{\"name\":\"b\"}");
    turn(&stage);
    Instant next;
    bool worked;
    CHECK_OK(world_turn(stage.world, &next, &worked));
    CHECK_INT(next, 1010 * DURATION_SECOND);
    clock_advance(stage.clock, next);
    CHECK(back(&stage) == third);
    CHECK_STR(json_text(&stage.arena, third->output), STR("{\"parked\":true}"));
    stage_done(&stage);
}

static void crash(Stage *stage)
{
    port_close(stage->port);
    CHECK_OK(world_close(stage->world));
    disk_crash(stage->disk);
    stage_open(stage);
}

TEST(test_world_fires_timers_once_also_after_a_crash)
{
    Stage stage;
    stage_init(&stage);
    ask(&stage, "Later", "{\"name\":\"a\",\"value\":\"late\"}");
    ask(&stage, "Later", "{\"name\":\"b\",\"value\":\"never\",\"clear\":true}");
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"a\"}"), STR("{}"));
    crash(&stage);
    clock_advance(stage.clock, 1006 * DURATION_SECOND);
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"a\"}"), STR("{}")); /* this round's calls come before its timers */
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"a\"}"), STR("{\"value\":\"late\"}"));
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"b\"}"), STR("{}"));
    ask(&stage, "Put", "{\"name\":\"a\",\"value\":\"new\"}");
    crash(&stage);
    turn(&stage);
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"a\"}"), STR("{\"value\":\"new\"}")); /* it did not fire again */
    stage_done(&stage);
}

TEST(test_world_does_actions_after_their_commit)
{
    Stage stage;
    stage_init(&stage);
    ask(&stage, "Fetch", "{\"payload\":\"water\"}");
    turn(&stage);
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"fetched\"}"), STR("{\"value\":\"water\"}"));
    CHECK_INT(stage.echoes, 1);
    ask(&stage, "Fetch", "{\"payload\":null}");
    turn(&stage);
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"fetched\"}"), STR("{\"value\":\"nothing to fetch\"}"));
    disk_fail_nth(stage.disk, DISK_FAULT_SYNC, 1, false);
    CHECK_STR(ask(&stage, "Fetch", "{\"payload\":\"wine\"}"), STR("not stored: cannot sync /data/journal-0: as planned"));
    turn(&stage);
    CHECK_INT(stage.echoes, 2); /* what was not stored is not done */
    stage_done(&stage);
}

TEST(test_world_repeats_an_action_that_a_crash_cut_off)
{
    Stage stage;
    stage_init(&stage);
    Instant next;
    bool worked;
    Call *call = submit(&stage, "Fetch", "{\"payload\":\"bread\"}");
    CHECK_OK(world_turn(stage.world, &next, &worked)); /* stored, not yet done */
    CHECK(port_take(stage.port) == call && !call->error);
    int before = stage.echoes;
    crash(&stage);
    turn(&stage);
    CHECK_INT(stage.echoes, before + 1);
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"fetched\"}"), STR("{\"value\":\"bread\"}"));
    stage_done(&stage);
}

TEST(test_world_goes_on_reading_when_a_commit_fails)
{
    Stage stage;
    stage_init(&stage);
    ask(&stage, "Put", "{\"name\":\"a\",\"value\":\"1\"}");
    int opened = shelves_opened;
    disk_fail_nth(stage.disk, DISK_FAULT_SYNC, 1, true);
    CHECK_STR(ask(&stage, "Put", "{\"name\":\"a\",\"value\":\"2\"}"), STR("not stored: cannot sync /data/journal-0: as planned"));
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"a\"}"), STR("{\"value\":\"1\"}"));
    CHECK(shelves_opened > opened);
    CHECK_STR(ask(&stage, "Put", "{\"name\":\"a\",\"value\":\"3\"}"), STR("nothing can be written: the last commit failed"));
    disk_fail_nth(stage.disk, DISK_FAULT_SYNC, 0, false);
    CHECK_STR(ask(&stage, "Put", "{\"name\":\"a\",\"value\":\"4\"}"), STR(""));
    crash(&stage);
    CHECK_STR(ask(&stage, "Get", "{\"name\":\"a\"}"), STR("{\"value\":\"4\"}"));
    stage_done(&stage);
}

/* ---- with threads ---- */

TEST(test_world_with_threads_answers_everybody)
{
    enum { CALLS = 5000 };
    Stage stage;
    stage_init(&stage);
    port_close(stage.port);
    CHECK_OK(world_close(stage.world));
    Disk *real;
    char path[128];
    snprintf(path, sizeof path, "%s/world", test_directory());
    CHECK_OK(disk_new_real(&real));
    stage.options.store = (StoreOptions){ .disk = real, .directory = path, .table_bytes = 50000 };
    stage_open(&stage);
    CHECK_OK(world_start(stage.world));
    int returned = 0;
    Call *parked = submit(&stage, "Wait", "{\"name\":\"never\"}");
    for (int i = 0; i < CALLS; i++) {
        char input[80];
        snprintf(input, sizeof input, "{\"name\":\"n%d\",\"value\":\"%d\"}", i % 500, i);
        submit(&stage, "Put", input);
        port_flush(stage.port);
        for (Call *call; (call = port_take(stage.port)); returned++) CHECK(!call->error);
    }
    while (returned < CALLS)
        for (Call *call; (call = port_take(stage.port)); returned++) CHECK(!call->error);
    world_stop(stage.world);
    CHECK(port_take(stage.port) == parked);
    stage_done(&stage);
    disk_free(real);
}
