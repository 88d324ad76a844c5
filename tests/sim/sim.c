/* sim.c -- the whole server but its sockets, in one thread, from one seed.
 *
 *     sim SEED [SEED_LAST]
 *
 * A world on a virtual clock and a simulated disk. Clients send, receive, delete, change visibility and
 * poll; the disk fails now and then; the machine crashes at random instants, also between a commit and
 * its answers, and starts again. What must hold, whatever happens:
 *
 *   - a message whose sending was acknowledged is received until its deletion was asked for;
 *   - a message whose deletion by its latest handle was acknowledged is never received again;
 *   - a FIFO group comes in the order of its sending;
 *   - the same seed gives the same run, to the byte: each seed is run twice and the traces compared.
 *
 * A failure names the seed; `script/sim SEED` runs it again. */
#include "base/hash.h"
#include "base/log.h"
#include "engine/world.h"
#include "services/sqs/sqs.h"

enum { STEPS = 600, MESSAGES_MAX = 1000, QUEUES = 3, PENDING_MAX = 16, DRAIN_ROUNDS = 4000 };

typedef enum Fate { UNSENT, IN_DOUBT, SENT, DELETING, DELETED } Fate;

typedef struct Message {
    Fate fate;
    int  queue, group;
    int  lent;     /* how often it was received */
    bool received; /* at least once, in the final drain */
} Message;

typedef struct Pending { /* a call that is out */
    Call  call;
    Arena arena;
    int   queue;
    int   message; /* sent or deleted by it; -1: none */
    char  what;    /* 's'end, 'r'eceive, 'd'elete, 'v'isibility, 'c'reate */
    bool  used;
    bool  certain; /* of a deletion: the handle was the latest, and nobody was receiving */
} Pending;

typedef struct Handle { /* something that was received and not yet deleted */
    int  queue, message, lent;
    char text[200];
} Handle;

typedef struct Sim {
    uint64_t     seed;
    Chance       chance;
    Disk        *disk;
    Clock       *clock;
    World       *world;
    Port        *port;
    WorldOptions options;
    const Service *services[1];
    Pending      pending[PENDING_MAX];
    Message      messages[MESSAGES_MAX];
    int          message_count;
    Handle       handles[64];
    int          handle_count;
    int          order[QUEUES][4]; /* FIFO: the latest of each group that came in the drain */
    bool         draining;
    uint32_t     trace;
    int          crashes, failures, received;
    const char  *broken; /* what did not hold */
} Sim;

static const char *const queue_names[QUEUES] = { "orders", "payments", "ledger.fifo" };

static bool is_fifo(int queue)
{
    return queue == 2;
}

static bool verbose; /* one seed alone: the whole story on stdout */

static void note(Sim *sim, Str bytes)
{
    if (verbose) printf("%10.3f %.*s\n", (double)(clock_now(sim->clock) % (100000 * DURATION_SECOND)) / 1e6, STR_ARG(bytes));
    sim->trace = hash_crc32c(sim->trace, bytes.data, bytes.length);
}

static void must(Sim *sim, Error *error, const char *what)
{
    if (!error) return;
    if (!sim->broken) {
        log_error(error, what);
        sim->broken = what;
    }
    error_free(error);
}

/* ---- the world ---- */

static void open_world(Sim *sim)
{
    must(sim, world_open(&sim->options, &sim->world), "the world does not open");
    if (!sim->broken) must(sim, port_open(sim->world, NULL, NULL, &sim->port), "no port");
}

static void forget(Pending *pending)
{
    error_free(pending->call.error);
    arena_done(&pending->arena);
    pending->used = false;
}

/* An answer that never came: what it asked for may have happened or not. */
static void lose_answers(Sim *sim)
{
    while (port_take(sim->port)) continue;
    for (int i = 0; i < PENDING_MAX; i++) {
        Pending *pending = &sim->pending[i];
        if (!pending->used) continue;
        if (pending->what == 's') sim->messages[pending->message].fate = IN_DOUBT;
        forget(pending);
    }
}

static void close_world(Sim *sim)
{
    for (int i = 0; i < PENDING_MAX; i++)
        if (sim->pending[i].used) port_cancel(sim->port, &sim->pending[i].call);
    bool worked;
    Instant next;
    disk_fail_nth(sim->disk, DISK_FAULT_WRITE, 1, true); /* the crash has happened: nothing reaches the disk */
    disk_fail_nth(sim->disk, DISK_FAULT_SYNC, 1, true);
    for (int i = 0; i < 3; i++) error_free(world_turn(sim->world, &next, &worked));
    lose_answers(sim);
    port_close(sim->port);
    error_free(world_close(sim->world));
}

static void crash(Sim *sim)
{
    close_world(sim);
    disk_fail_nth(sim->disk, DISK_FAULT_WRITE, 0, false);
    disk_fail_nth(sim->disk, DISK_FAULT_SYNC, 0, false);
    disk_crash(sim->disk);
    sim->handle_count = 0;
    sim->crashes++;
    note(sim, STR("crash"));
    open_world(sim);
}

/* ---- calls ---- */

static Pending *free_pending(Sim *sim)
{
    for (int i = 0; i < PENDING_MAX; i++)
        if (!sim->pending[i].used) return &sim->pending[i];
    return NULL;
}

static Pending *submit(Sim *sim, char what, int queue, int message, const char *operation, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

static Pending *submit(Sim *sim, char what, int queue, int message, const char *operation, const char *format, ...)
{
    Pending *pending = free_pending(sim);
    Json *input = NULL;
    va_list arguments;
    if (!pending) return NULL;
    *pending = (Pending){ .used = true, .what = what, .queue = queue, .message = message };
    arena_init(&pending->arena, 0);
    va_start(arguments, format);
    Str text = str_format_list(&pending->arena, format, arguments);
    va_end(arguments);
    must(sim, json_parse(&pending->arena, text, NULL, &input), "a call's input");
    pending->call = (Call){ .service = &sqs_service, .operation = service_operation(&sqs_service, str_from_c(operation)),
                            .arena = &pending->arena, .input = input };
    pending->call.caller = (Caller){ .account = STR("000000000000"), .region = STR("us-east-1"), .endpoint = STR("http://sim"),
                                     .access_key = STR("sim"), .principal = STR("arn:aws:iam::000000000000:root"),
                                     .user_id = STR("000000000000"), .request_id = STR("sim") };
    note(sim, str_from_c(operation));
    note(sim, text);
    port_submit(sim->port, &pending->call);
    return pending;
}

#define URL "\"QueueUrl\":\"http://sim/000000000000/%s\""

static void create_queues(Sim *sim)
{
    for (int q = 0; q < QUEUES; q++)
        submit(sim, 'c', q, -1, "CreateQueue", "{\"QueueName\":\"%s\",\"Attributes\":{%s\"VisibilityTimeout\":\"20\"}}",
               queue_names[q], is_fifo(q) ? "\"FifoQueue\":\"true\",\"ContentBasedDeduplication\":\"true\"," : "");
}

static void send(Sim *sim)
{
    if (sim->message_count == MESSAGES_MAX || !free_pending(sim)) return;
    int id = sim->message_count++, queue = (int)chance_below(&sim->chance, QUEUES);
    int group = (int)chance_below(&sim->chance, 4);
    char more[64] = "";
    sim->messages[id] = (Message){ .fate = UNSENT, .queue = queue, .group = group };
    if (is_fifo(queue))
        snprintf(more, sizeof more, ",\"MessageGroupId\":\"g%d\"", group);
    else if (chance_one_in(&sim->chance, 5))
        snprintf(more, sizeof more, ",\"DelaySeconds\":%d", (int)chance_below(&sim->chance, 30));
    submit(sim, 's', queue, id, "SendMessage", "{" URL ",\"MessageBody\":\"%d\"%s}", queue_names[queue], id, more);
}

static void receive(Sim *sim, int queue, int wait)
{
    submit(sim, 'r', queue, -1, "ReceiveMessage", "{" URL ",\"MaxNumberOfMessages\":%d,\"WaitTimeSeconds\":%d}", queue_names[queue],
           1 + (int)chance_below(&sim->chance, 10), wait);
}

static bool receiving(const Sim *sim, int queue)
{
    for (int i = 0; i < PENDING_MAX; i++)
        if (sim->pending[i].used && sim->pending[i].what == 'r' && sim->pending[i].queue == queue) return true;
    return false;
}

static void delete(Sim *sim, const Handle *handle)
{
    Message *message = &sim->messages[handle->message];
    bool certain = handle->lent == message->lent && !receiving(sim, handle->queue);
    Pending *pending = submit(sim, 'd', handle->queue, handle->message, "DeleteMessage", "{" URL ",\"ReceiptHandle\":\"%s\"}",
                              queue_names[handle->queue], handle->text);
    if (!pending) return;
    pending->certain = certain;
    if (message->fate != DELETED) message->fate = DELETING;
}

static void use_handle(Sim *sim)
{
    if (!sim->handle_count || !free_pending(sim)) return;
    int at = (int)chance_below(&sim->chance, (uint64_t)sim->handle_count);
    Handle handle = sim->handles[at];
    sim->handles[at] = sim->handles[--sim->handle_count];
    if (chance_one_in(&sim->chance, 4)) {
        submit(sim, 'v', handle.queue, -1, "ChangeMessageVisibility", "{" URL ",\"ReceiptHandle\":\"%s\",\"VisibilityTimeout\":%d}",
               queue_names[handle.queue], handle.text, (int)chance_below(&sim->chance, 40));
        return;
    }
    delete(sim, &handle);
}

/* ---- answers ---- */

static void break_on(Sim *sim, const char *what)
{
    if (!sim->broken) sim->broken = what;
}

static void check_order(Sim *sim, int queue, int id)
{
    int *latest = &sim->order[queue][sim->messages[id].group];
    if (!is_fifo(queue) || !sim->draining) return;
    if (id < *latest) break_on(sim, "a FIFO group came out of order");
    *latest = id;
}

static void take_message(Sim *sim, int queue, const Json *message)
{
    int64_t id;
    Str body = json_get_str(message, STR("Body")), handle = json_get_str(message, STR("ReceiptHandle"));
    if (!str_parse_int(body, &id) || id < 0 || id >= sim->message_count || sim->messages[id].queue != queue) {
        break_on(sim, "a message came that nobody sent");
        return;
    }
    Message *known = &sim->messages[id];
    sim->received++;
    known->lent++;
    if (known->fate == DELETED) break_on(sim, "a message came back after its deletion was acknowledged");
    check_order(sim, queue, (int)id);
    known->received |= sim->draining;
    if (sim->handle_count == 64 || handle.length >= sizeof sim->handles->text) return;
    Handle *kept = &sim->handles[sim->handle_count++];
    *kept = (Handle){ .queue = queue, .message = (int)id, .lent = known->lent };
    memcpy(kept->text, handle.data, handle.length);
}

static void answer(Sim *sim, Pending *pending)
{
    const Call *call = &pending->call;
    Message *message = pending->message >= 0 ? &sim->messages[pending->message] : NULL;
    if (call->error) {
        sim->failures++;
        note(sim, str_from_c(call->error->message));
        if (pending->what == 's') message->fate = IN_DOUBT;
        return;
    }
    Str text = call->output ? json_text(&pending->arena, call->output) : STR("-");
    note(sim, str_format(&pending->arena, "%c %d: %.*s", pending->what, pending->message, STR_ARG(text)));
    if (pending->what == 's') message->fate = SENT;
    if (pending->what == 'd' && pending->certain) message->fate = DELETED;
    const Json *messages = pending->what == 'r' && call->output ? json_get(call->output, STR("Messages")) : NULL, *item;
    if (messages) JSON_EACH_ITEM(messages, item) take_message(sim, pending->queue, item);
}

static bool turn(Sim *sim)
{
    Instant next;
    bool worked;
    error_free(world_turn(sim->world, &next, &worked));
    for (Call *call; (call = port_take(sim->port));) {
        Pending *pending = (Pending *)call;
        answer(sim, pending);
        forget(pending);
    }
    return worked;
}

static bool anything_out(const Sim *sim)
{
    for (int i = 0; i < PENDING_MAX; i++)
        if (sim->pending[i].used) return true;
    return false;
}

/* ---- one run ---- */

static void let_time_pass(Sim *sim, Duration by)
{
    clock_advance(sim->clock, clock_now(sim->clock) + by);
}

static void disturb(Sim *sim)
{
    DiskFault kind = chance_one_in(&sim->chance, 2) ? DISK_FAULT_SYNC : DISK_FAULT_WRITE;
    disk_fail_nth(sim->disk, kind, 1 + chance_below(&sim->chance, 6), chance_one_in(&sim->chance, 3));
}

static void calm(Sim *sim)
{
    for (int kind = 0; kind < DISK_FAULT_KINDS; kind++) disk_fail_nth(sim->disk, (DiskFault)kind, 0, false);
}

static void step(Sim *sim)
{
    switch (chance_below(&sim->chance, 16)) {
    case 0: case 1: case 2: case 3: case 4: send(sim); break;
    case 5: case 6: receive(sim, (int)chance_below(&sim->chance, QUEUES), 0); break;
    case 7: receive(sim, (int)chance_below(&sim->chance, QUEUES), (int)chance_below(&sim->chance, 20)); break;
    case 8: case 9: case 10: use_handle(sim); break;
    case 11: let_time_pass(sim, (Duration)chance_below(&sim->chance, 8 * DURATION_SECOND)); break;
    case 12: if (chance_one_in(&sim->chance, 6)) crash(sim); break;
    case 13: if (chance_one_in(&sim->chance, 6)) disturb(sim); break;
    case 14: calm(sim); break;
    default: break;
    }
    if (!sim->broken && !chance_one_in(&sim->chance, 3)) turn(sim);
}

/* Receives and deletes until nothing has come for longer than any visibility timeout or delay. */
static void drain(Sim *sim)
{
    calm(sim);
    sim->draining = true;
    sim->handle_count = 0;
    let_time_pass(sim, 60 * DURATION_SECOND);
    int quiet = 0;
    for (int round = 0; round < DRAIN_ROUNDS && quiet < 12 && !sim->broken; round++) {
        int before = sim->received;
        for (int q = 0; q < QUEUES; q++) receive(sim, q, 0);
        for (int i = 0; i < 30 && anything_out(sim) && !sim->broken; i++) {
            turn(sim);
            let_time_pass(sim, DURATION_SECOND / 10);
        }
        while (sim->handle_count) {
            Handle handle = sim->handles[--sim->handle_count];
            delete(sim, &handle);
            while (anything_out(sim)) turn(sim);
        }
        quiet = sim->received == before ? quiet + 1 : 0;
        if (quiet) let_time_pass(sim, 10 * DURATION_SECOND);
    }
}

static void check_nothing_lost(Sim *sim)
{
    for (int i = 0; i < sim->message_count; i++)
        if (sim->messages[i].fate == SENT && !sim->messages[i].received) {
            if (verbose) printf("lost: %d, sent to %s\n", i, queue_names[sim->messages[i].queue]);
            break_on(sim, "an acknowledged message was lost");
        }
}

static void run(Sim *sim)
{
    open_world(sim);
    if (sim->broken) return;
    create_queues(sim);
    while (anything_out(sim)) turn(sim);
    for (int i = 0; i < STEPS && !sim->broken; i++) step(sim);
    if (!sim->broken) drain(sim);
    if (!sim->broken) check_nothing_lost(sim);
    if (sim->world) close_world(sim);
}

static Sim *run_seed(uint64_t seed)
{
    Sim *sim = calloc(1, sizeof *sim);
    if (!sim) abort();
    sim->seed = seed;
    chance_init_seed(&sim->chance, seed);
    must(sim, disk_new_simulated(seed, &sim->disk), "a disk");
    must(sim, clock_new_virtual(1700000000 * DURATION_SECOND, &sim->clock), "a clock");
    sim->services[0] = &sqs_service;
    sim->options = (WorldOptions){
        .store = { .disk = sim->disk, .directory = "/data", .no_thread = true, .table_bytes = 30000 },
        .clock = sim->clock,
        .seed = seed,
        .services = sim->services,
        .service_count = 1,
    };
    run(sim);
    clock_free(sim->clock);
    disk_free(sim->disk);
    return sim;
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : first;
    int passed = 0, failed = 0, crashes = 0, received = 0, failures = 0;
    verbose = argc == 2;
    log_set_level(argc > 2 ? LOG_NOTHING : LOG_ERROR);
    for (uint64_t seed = first; seed <= last; seed++) {
        Sim *once = run_seed(seed);
        verbose = false;
        Sim *again = run_seed(seed);
        if (!once->broken && once->trace != again->trace) once->broken = "two runs of the same seed differ";
        if (once->broken)
            printf("seed %llu: %s\n  script/sim %llu\n", (unsigned long long)seed, once->broken, (unsigned long long)seed);
        *(once->broken ? &failed : &passed) += 1;
        crashes += once->crashes;
        failures += once->failures;
        received += once->received;
        free(once);
        free(again);
    }
    printf("%d crashes, %d refused calls, %d messages received\n", crashes, failures, received);
    printf("sim: %d passed, %d failed\n", passed, failed);
    return failed != 0;
}
