/* calls_fuzz.c -- every operation with any input: the first byte says which, the rest is its JSON. The
 * world lives on from one input to the next, so that they meet each other's queues and state machines. */
#include "base/log.h"
#include "engine/world.h"
#include "services/sqs/sqs.h"
#include "services/states/states.h"
#include "services/sts/sts.h"
#include "tests/support/fuzz.h"

#include <assert.h>

/* New services at the end: the seeds of the others keep their meaning. */
static const Service *const services[] = { &sqs_service, &sts_service, &states_service };
enum { SERVICE_COUNT = sizeof services / sizeof *services };
static World       *world;
static Port        *port;
static Clock       *fuzz_clock;
static Credentials *credentials;

static void check(Error *error)
{
    assert(!error);
    (void)error;
}

static void open_world(void)
{
    static const uint8_t key[32] = { 1 };
    log_set_level(LOG_NOTHING);
    check(clock_new_virtual(1700000000 * DURATION_SECOND, &fuzz_clock));
    check(credentials_new_empty(&credentials));
    credentials_set_key(credentials, key);
    sts_use_credentials(credentials);
    WorldOptions options = { .clock = fuzz_clock, .seed = 1, .services = services, .service_count = SERVICE_COUNT };
    check(world_open(&options, &world));
    check(port_open(world, NULL, NULL, &port));
}

static const Operation *pick(uint8_t number, const Service **out_service)
{
    size_t all = 0, at = 0;
    for (size_t i = 0; i < SERVICE_COUNT; i++) all += services[i]->operation_count;
    size_t index = number % all;
    while (index >= services[at]->operation_count) index -= services[at++]->operation_count;
    *out_service = services[at];
    return &services[at]->operations[index];
}

static void run(Call *call)
{
    Instant next;
    bool    worked;
    assert(port_submit(port, call));
    for (int i = 0; i < 200; i++) {
        error_free(world_turn(world, &next, &worked));
        Call *back = port_take(port);
        if (back) {
            if (!back->error && back->output) json_text(back->arena, back->output);
            error_free(back->error);
            return;
        }
        clock_advance(fuzz_clock, clock_now(fuzz_clock) + DURATION_SECOND);
    }
    assert(!"a call never came back");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!world) open_world();
    if (size < 2) return 0;
    Arena arena;
    arena_init(&arena, 0);
    Call  call = { .arena = &arena };
    Json *input;
    call.operation = pick(data[0], &call.service);
    call.caller = (Caller){ .account = STR("000000000000"),
                            .region = STR("us-east-1"),
                            .endpoint = STR("http://localhost:4566"),
                            .principal = STR("arn:aws:iam::000000000000:root"),
                            .user_id = STR("000000000000") };
    Error *error = json_parse(&arena, str_from(data + 1, size - 1), NULL, &input);
    if (!error) error = shape_check(&arena, call.operation->input, input, &input);
    if (!error && !(call.operation->flags & OP_INTERNAL)) {
        call.input = input;
        run(&call);
    }
    error_free(error);
    arena_done(&arena);
    return 0;
}
