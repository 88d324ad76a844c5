/* world.c -- the lane: rounds of calls, each round one batch.
 *
 * A round:
 *   1. if the batch under way is durable (or has failed), its replies leave;
 *   2. what was submitted, woken or is due is run;
 *   3. if nothing is under way, what was written becomes the next batch under way.
 *
 * The committer writes a batch while the lane fills the next one. When the lane has nothing else to
 * do it writes the batch itself: handing it over would cost a lone call two wake-ups. Before a freeze
 * of the store it does so too, because a freeze needs a moment with nothing unsettled.
 *
 * When a commit fails, the batch and all that was run since are undone and answered with the error;
 * every service forgets what it kept in memory; reads go on. Once a second the store is asked whether
 * it can write again. */
#include "engine/world_internal.h"

#include "base/log.h"

#include <assert.h>
#include <stdatomic.h>

enum {
    COMMIT_ALONE_CALLS = 2,
    LENT_WAIT_MS = 5, /* so long may writes wait for a commit that nobody waits for */
};

static const double CLOCK_MAX = 253402300799.0; /* seconds: the end of the year 9999 */

/* ---- opening ---- */

static Error *open_parts(World *world)
{
    const WorldOptions *options = &world->options;
    TRY(store_open(&options->store, &world->store));
    if (options->seed)
        chance_init_seed(&world->chance, options->seed);
    else
        TRY(chance_init_system(&world->chance));
    TRY(park_lot_new(&world->lot));
    TRY(timers_open(world));
    return actions_open(world);
}

static Error *open_services(World *world)
{
    assert(world->options.service_count <= SERVICES_MAX);
    for (size_t i = 0; i < world->options.service_count; i++) {
        Slot *slot = &world->slots[world->slot_count++];
        *slot = (Slot){ .service = world->options.services[i], .tick = 0 };
        if (!slot_ready(world, slot))
            return error_new(ERR_CORRUPT, "the service %.*s cannot be opened", STR_ARG(slot->service->name));
    }
    return NULL;
}

Error *world_open(const WorldOptions *options, World **out)
{
    World *world = memory_alloc_zero(sizeof *world);
    if (!world) return error_memory();
    world->options = *options;
    world->clock = options->clock;
    world->parked_max = options->parked_max ? options->parked_max : PARKED_MAX_DEFAULT;
    pthread_mutex_init(&world->ports_mutex, NULL);
    world->ready_end = &world->ready_first;
    call_list_init(&world->waiting);
    call_list_init(&world->sealed);
    call_list_init(&world->controls);
    Error *error = open_parts(world);
    if (!error) error = open_services(world);
    if (error) {
        error_free(world_close(world));
        return error;
    }
    *out = world;
    return NULL;
}

Clock *world_clock(World *world)
{
    return world->clock;
}

static void forget_services(World *world)
{
    for (size_t i = 0; i < world->slot_count; i++) {
        slot_forget(world, &world->slots[i]);
        world->slots[i].tick = 0;
        world->slots[i].wrote = false;
    }
}

static void free_ports(World *world)
{
    for (Port *port = atomic_load(&world->ports), *next; port; port = next) {
        next = port->next;
        memory_free(port);
    }
}

Error *world_close(World *world)
{
    if (!world) return NULL;
    assert(!world->threaded && !world->batch);
    forget_services(world);
    actions_drop(&world->actions_filling);
    actions_close(world);
    park_lot_free(world->lot);
    Error *error = store_close(world->store);
    free_ports(world);
    pthread_mutex_destroy(&world->ports_mutex);
    memory_free(world);
    return error;
}

/* ---- commits ---- */

static void note_commit(World *world, Duration took, bool failed)
{
    int bucket = 0;
    while (bucket < WORLD_HISTOGRAM - 1 && took >= (Duration)1 << bucket) bucket++;
    world->stats.commit_histogram[bucket]++;
    world->stats.commit_time += took;
    world->stats.commits++;
    world->stats.commit_failures += failed;
}

static void return_list(World *world, CallList *list, const Error *failure)
{
    for (Call *call = list->first, *next; call; call = next) {
        next = call->next;
        if (failure) {
            call->output = NULL;
            call->error = error_new(ERR_UNAVAILABLE, "not stored: %s", error_root(failure)->message);
        }
        call_return(world, call);
    }
    call_list_init(list);
}

static void commit_failed(World *world, Error *error)
{
    if (!world->unwritable) log_error(error, "a commit failed; nothing of it is answered as done, reads go on");
    world->unwritable = true;
    world->recover_at = clock_monotonic() + DURATION_SECOND;
    return_list(world, &world->sealed, error);
    return_list(world, &world->waiting, error);
    actions_drop(&world->actions_sealed);
    actions_drop(&world->actions_filling);
    forget_services(world);
    world->timer_next = 0;
    error_free(error);
}

static void end_commit(World *world, Error *error)
{
    StoreBatch *batch = world->batch;
    world->batch = NULL;
    store_batch_end(world->store, batch, error != NULL);
    if (error) {
        commit_failed(world, error);
        return;
    }
    return_list(world, &world->sealed, NULL);
    actions_dispatch(world, &world->actions_sealed);
}

static Error *write_batch(World *world, StoreBatch *batch)
{
    Instant start = clock_monotonic();
    Error *error = store_batch_write(batch);
    note_commit(world, clock_monotonic() - start, error != NULL);
    return error;
}

static void commit_here(World *world)
{
    end_commit(world, write_batch(world, world->batch));
}

static void seal(World *world)
{
    if (store_dirty(world->store)) {
        Error *error = run_before_commit(world);
        if (error) { /* as if the disk had refused: all that was run since the last batch is undone */
            StoreBatch *batch = store_seal(world->store);
            store_batch_end(world->store, batch, true);
            commit_failed(world, error);
            return;
        }
    }
    world->batch = store_seal(world->store);
    if (!world->batch) {
        return_list(world, &world->waiting, NULL);
        return;
    }
    world->sealed = world->waiting;
    if (!world->sealed.first) call_list_init(&world->sealed);
    call_list_init(&world->waiting);
    world->actions_sealed = world->actions_filling;
    world->actions_filling = NULL;
}

static void *committer_thread(void *context)
{
    World *world = context;
    for (;;) {
        uint32_t seen = signal_seen(&world->commit_signal);
        StoreBatch *batch = atomic_exchange(&world->to_commit, NULL);
        if (batch) {
            world->commit_error = write_batch(world, batch);
            atomic_store(&world->committed, true);
            signal_raise(&world->lane_signal);
        } else if (atomic_load(&world->stopping)) {
            return NULL;
        } else {
            signal_wait(&world->commit_signal, seen, INSTANT_NEVER);
        }
    }
}

static void finish_commit(World *world)
{
    if (!world->batch || !atomic_load(&world->committed)) return;
    atomic_store(&world->committed, false);
    end_commit(world, world->commit_error);
}

static void wait_for_commit(World *world)
{
    while (world->batch) {
        uint32_t seen = signal_seen(&world->lane_signal);
        finish_commit(world);
        if (world->batch) signal_wait(&world->lane_signal, seen, INSTANT_NEVER);
    }
}

/* What receives have written may wait for company: no reply depends on it. */
static bool may_wait(World *world)
{
    if (world->waiting.first || world->actions_filling || !store_dirty(world->store)) return false;
    Instant now = clock_monotonic();
    if (!world->commit_by) world->commit_by = now + LENT_WAIT_MS * DURATION_MS;
    return world->threaded && now < world->commit_by && !atomic_load(&world->stopping);
}

static void start_commit(World *world, size_t calls)
{
    if (world->batch || may_wait(world)) return;
    world->commit_by = 0;
    ports_wake(world); /* those who need not wait for it */
    seal(world);
    if (!world->batch) return;
    if (!world->threaded || calls <= COMMIT_ALONE_CALLS || store_wants_pause(world->store)) {
        commit_here(world);
        return;
    }
    atomic_store(&world->to_commit, world->batch);
    signal_raise(&world->commit_signal);
}

static void try_to_recover(World *world)
{
    Instant now = clock_monotonic();
    if (!world->unwritable || (world->threaded && now < world->recover_at)) return;
    Error *error = store_recover(world->store);
    if (error) {
        world->recover_at = now + DURATION_SECOND;
        error_free(error);
        return;
    }
    world->unwritable = false;
    log_write(LOG_INFO, "the disk can be written again");
}

/* ---- rounds ---- */

static size_t run_list(World *world, Call *first)
{
    size_t count = 0;
    for (Call *call = first, *next; call; call = next, count++) {
        next = call->next;
        if (call->control)
            call_list_add(&world->controls, call);
        else
            run_call(world, call);
    }
    return count;
}

static size_t run_submitted(World *world)
{
    CallList submitted;
    call_list_init(&submitted);
    ports_collect(world, &submitted);
    return run_list(world, submitted.first);
}

static size_t run_woken(World *world)
{
    size_t count = 0;
    while (world->ready_first) {
        Call *call = world->ready_first;
        world->ready_first = call->next;
        if (!world->ready_first) world->ready_end = &world->ready_first;
        run_call(world, call);
        count++;
    }
    return count;
}

static size_t run_due_parks(World *world, Instant now)
{
    size_t count = 0;
    for (Call *call; count < DUE_PER_ROUND && (call = park_take_due(world->lot, now)); count++) run_call(world, call);
    return count;
}

static void end_parked(World *world)
{
    for (Call *call; (call = park_take_any(world->lot));) {
        atomic_store(&call->cancelled, 1);
        call_return(world, call);
    }
}

static size_t return_cancelled(World *world)
{
    size_t at = 0, count = 0;
    if (!atomic_exchange(&world->cancels, 0)) return 0;
    for (Call *call; (call = park_take_cancelled(world->lot, &at)); count++) call_return(world, call);
    return count;
}

static void run_controls(World *world)
{
    if (!world->controls.first) return;
    if (world->batch && world->threaded) wait_for_commit(world);
    if (store_dirty(world->store)) {
        seal(world);
        if (world->batch) commit_here(world);
    }
    CallList controls = world->controls;
    call_list_init(&world->controls);
    for (Call *call = controls.first, *next; call; call = next) {
        next = call->next;
        call->error = call->control(world, call);
        call_return(world, call);
    }
}

static size_t run_round(World *world)
{
    Instant now = clock_now(world->clock);
    size_t count = return_cancelled(world);
    if (atomic_load(&world->draining)) end_parked(world);
    try_to_recover(world);
    count += run_submitted(world);
    count += actions_collect(world);
    count += timers_fire(world, now);
    run_ticks(world, now);
    count += run_due_parks(world, now);
    count += run_woken(world);
    return count;
}

static Instant next_due(World *world)
{
    Instant next = park_next_due(world->lot);
    if (world->timer_next < next) next = world->timer_next;
    for (size_t i = 0; i < world->slot_count; i++)
        if (world->slots[i].service->tick && world->slots[i].tick < next) next = world->slots[i].tick;
    return next;
}

Error *world_turn(World *world, Instant *out_next, bool *out_worked)
{
    uint64_t failures = world->stats.commit_failures;
    size_t count = run_round(world);
    start_commit(world, count);
    run_controls(world);
    ports_wake(world);
    *out_next = next_due(world);
    *out_worked = count > 0 || world->ready_first;
    return world->stats.commit_failures == failures ? NULL : error_new(ERR_UNAVAILABLE, "the commit failed");
}

/* How long the lane may sleep: not at all while it has work, a second while it cannot write. */
static Duration time_to_sleep(World *world)
{
    Duration longest = world->unwritable ? DURATION_SECOND : INSTANT_NEVER;
    if (world->commit_by && !world->batch) longest = LENT_WAIT_MS * DURATION_MS;
    if (world->ready_first) return 0;
    if (clock_is_virtual(world->clock)) return next_due(world) <= clock_now(world->clock) ? 0 : longest;
    Instant next = next_due(world);
    if (next == INSTANT_NEVER) return longest;
    Duration wait = next - clock_now(world->clock);
    if (wait < 0) wait = 0;
    return wait < longest ? wait : longest;
}

static void *lane_thread(void *context)
{
    World *world = context;
    for (;;) {
        uint32_t seen = signal_seen(&world->lane_signal);
        Instant start = clock_monotonic();
        finish_commit(world);
        size_t count = run_round(world);
        start_commit(world, count);
        run_controls(world);
        ports_wake(world);
        if (count) world->stats.busy_time += clock_monotonic() - start;
        if (count) continue; /* more has come meanwhile, perhaps */
        if (atomic_load(&world->stopping) && !world->batch) break;
        Duration wait = time_to_sleep(world);
        if (wait > 0) signal_wait(&world->lane_signal, seen, wait);
    }
    end_parked(world);
    ports_wake(world);
    return NULL;
}

Error *world_start(World *world)
{
    world->threaded = true;
    int failed = pthread_create(&world->committer, NULL, committer_thread, world);
    if (failed) {
        world->threaded = false;
        return error_errno(failed, "cannot start a thread");
    }
    failed = pthread_create(&world->lane, NULL, lane_thread, world);
    if (failed) {
        atomic_store(&world->stopping, true);
        signal_raise(&world->commit_signal);
        pthread_join(world->committer, NULL);
        world->threaded = false;
        return error_errno(failed, "cannot start a thread");
    }
    actions_start(world);
    return NULL;
}

void world_drain(World *world)
{
    atomic_store(&world->draining, true);
    signal_raise(&world->lane_signal);
}

void world_stop(World *world)
{
    if (!world->threaded) return;
    actions_wait(world);
    atomic_store(&world->stopping, true);
    signal_raise(&world->lane_signal);
    pthread_join(world->lane, NULL);
    signal_raise(&world->commit_signal);
    pthread_join(world->committer, NULL);
    atomic_store(&world->stopping, false);
    world->threaded = false;
}

/* ---- controls ---- */

Error *world_control_reset(World *world, Call *call)
{
    (void)call;
    end_parked(world);
    forget_services(world);
    TRY(store_wipe(world->store));
    world->timer_next = INSTANT_NEVER;
    return NULL;
}

Error *world_control_backup(World *world, Call *call)
{
    Str directory = json_get_str(call->input, STR("directory"));
    if (!directory.length) return error_new(ERR_INVALID, "a backup needs a \"directory\"");
    return store_backup(world->store, str_to_c(call->arena, directory));
}

/* Exactly one of "to" and "by", a number of seconds, not backwards, not beyond CLOCK_MAX. */
static Error *read_clock_target(const Json *input, Instant now, Instant *out)
{
    const Json *to = json_get(input, STR("to")), *by = json_get(input, STR("by"));
    const Json *given = to ? to : by;
    if (input->type != JSON_OBJECT || !given || (to && by) || given->type != JSON_NUMBER)
        return error_new(ERR_INVALID, "the clock wants {\"by\": seconds} or {\"to\": seconds since 1970}");
    double seconds = json_number(given), from = (double)now / (double)DURATION_SECOND;
    double target = to ? seconds : from + seconds;
    if (target > CLOCK_MAX) return error_new(ERR_INVALID, "the clock does not go beyond the year 9999");
    if (by ? seconds < 0 : (Instant)(target * (double)DURATION_SECOND) < now)
        return error_new(ERR_INVALID, "the clock does not go backwards");
    *out = to ? (Instant)(target * (double)DURATION_SECOND) : now + (Duration)(seconds * (double)DURATION_SECOND);
    return NULL;
}

Error *world_control_clock(World *world, Call *call)
{
    Instant target = 0;
    if (!clock_is_virtual(world->clock)) return error_new(ERR_INVALID, "the server runs on the real clock");
    TRY(read_clock_target(call->input, clock_now(world->clock), &target));
    clock_advance(world->clock, target);
    call->output = json_object(call->arena);
    json_add(call->arena, call->output, STR("now"), json_time(call->arena, clock_now(world->clock)));
    return NULL;
}

Error *world_control_stats(World *world, Call *call)
{
    WorldStats *stats = call->user;
    *stats = world->stats;
    stats->parked = park_lot_count(world->lot);
    stats->writable = !world->unwritable;
    store_stats(world->store, &stats->store);
    return NULL;
}
