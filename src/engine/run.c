/* run.c -- one call in the transaction of its batch.
 *
 * A run may end in four ways:
 *   done     its reply waits for the batch it depends on (or leaves at once);
 *   parked   what it wrote stays; it will run again;
 *   refused  a Fault: what it wrote is undone, the error is its reply;
 *   failed   anything else: the same, and the memory its service keeps is dropped, because nobody
 *            knows how far the operation had come. */
#include "engine/world_internal.h"

#include "base/log.h"

#include <assert.h>
#include <stdatomic.h>

/* ---- services in a world ---- */

static const Caller nobody = { .account = STR_CONST("000000000000"), .region = STR_CONST("us-east-1") };

static void begin_run(World *world, Run *run, Slot *slot, Arena *arena, const Caller *caller, Instant now)
{
    run->context = (Context){
        .arena = arena,
        .now = now,
        .store = world->store,
        .chance = &world->chance,
        .caller = caller,
        .state = slot ? slot->state : NULL,
        .service = slot ? slot->service : NULL,
        .started = now,
        .world = world,
    };
    run->slot = slot;
    run->call = NULL;
    run->parking = false;
    run->wake_up_count = 0;
    run->depends = 0;
    run->actions = NULL;
    run->called = 0;
}

void slot_forget(World *world, Slot *slot)
{
    (void)world;
    if (slot->open && slot->service->close) slot->service->close(slot->state);
    slot->state = NULL;
    slot->open = false;
}

typedef Error *Hook(Run *run, void *data);

/* What other services remember of a run that has failed never happened. */
static void forget_called(World *world, const Run *run)
{
    for (size_t i = 0; i < world->slot_count; i++)
        if (run->called >> i & 1) slot_forget(world, &world->slots[i]);
}

/* Runs `hook` under a guard and undoes what it wrote when it fails. */
static Error *guarded(World *world, Run *run, Hook *hook, void *data)
{
    MemoryGuard guard;
    StoreMark mark = store_mark(world->store);
    Error *error;
    if (MEMORY_GUARD_ENTER(&guard)) {
        error = hook(run, data);
        memory_guard_leave(&guard);
    } else {
        error = error_memory();
    }
    if (error) {
        store_rollback(world->store, mark);
        actions_drop(&run->actions);
        forget_called(world, run);
        run->wake_up_count = 0;
        run->parking = false;
    }
    return error;
}

static Error *open_hook(Run *run, void *data)
{
    (void)data;
    return run->slot->service->open(&run->context, &run->slot->state);
}

static void follow_up(World *world, Run *run);

bool slot_ready(World *world, Slot *slot)
{
    if (slot->open) return true;
    slot->state = NULL;
    if (!slot->service->open) return slot->open = true;
    Arena arena;
    Run run;
    arena_init(&arena, 0);
    begin_run(world, &run, slot, &arena, &nobody, clock_now(world->clock));
    Error *error = guarded(world, &run, open_hook, NULL);
    arena_done(&arena);
    if (error) {
        log_error(error, "a service cannot be opened");
        error_free(error);
        slot->state = NULL;
        return false;
    }
    slot->open = true;
    follow_up(world, &run);
    return true;
}

Slot *slot_of(World *world, Str service_name)
{
    for (size_t i = 0; i < world->slot_count; i++)
        if (str_equal(world->slots[i].service->name, service_name)) return &world->slots[i];
    return NULL;
}

/* ---- after a run ---- */

static void wake_parked(World *world, Run *run)
{
    for (size_t i = 0; i < run->wake_up_count; i++) {
        WakeUp *wake_up = &run->wake_ups[i];
        for (size_t n = 0; n < wake_up->count; n++) {
            Call *call = park_take_signalled(world->lot, str_from(wake_up->key, wake_up->key_size));
            if (!call) break;
            call->next = NULL;
            *world->ready_end = call;
            world->ready_end = &call->next;
        }
    }
}

static void follow_up(World *world, Run *run)
{
    wake_parked(world, run);
    actions_adopt(&run->actions, &world->actions_filling);
}

/* The number of the last batch that may hold anything this call has seen or written. */
static uint64_t latest_unsettled(World *world)
{
    uint64_t filling = store_filling(world->store);
    if (store_dirty(world->store)) return filling;
    return world->batch ? filling - 1 : 0;
}

static void reply(World *world, Call *call, uint64_t depends)
{
    call->depends = depends;
    if (world->batch && depends == store_filling(world->store) - 1)
        call_list_add(&world->sealed, call);
    else if (depends >= store_filling(world->store))
        call_list_add(&world->waiting, call);
    else
        call_return(world, call);
}

static bool parked(World *world, Run *run)
{
    Call *call = run->call;
    if (!run->parking || atomic_load(&call->cancelled) || atomic_load(&world->draining)) return false;
    if (park_lot_count(world->lot) >= world->parked_max) return false;
    Error *error = park_add(world->lot, call, str_from(run->park_key, run->park_key_size), run->park_until);
    error_free(error); /* no memory to wait: it is answered now, as if its time had come */
    return error == NULL;
}

static Error *call_hook(Run *run, void *data)
{
    (void)data;
    return run->call->operation->run(&run->context, run->call->input, &run->call->output);
}

static void finish(World *world, Run *run, Error *error)
{
    Call *call = run->call;
    unsigned flags = call->operation->flags;
    world->stats.calls++;
    if (error) {
        world->stats.errors++;
        call->output = NULL;
        call->error = error;
        if (error->code != ERR_FAULT) slot_forget(world, run->slot);
        call_return(world, call); /* it promises nothing */
        return;
    }
    if (flags & (OP_WRITE | OP_LEND)) run->slot->wrote = true;
    follow_up(world, run);
    if (parked(world, run)) return;
    reply(world, call, flags & OP_LEND ? run->depends : latest_unsettled(world));
}

void run_call(World *world, Call *call)
{
    Run run;
    Instant now = clock_now(world->clock);
    Slot *slot = slot_of(world, call->service->name);
    if (atomic_load(&call->cancelled) && call->operation->flags & OP_PARKS) {
        call_return(world, call);
        return;
    }
    if (!slot || !slot_ready(world, slot)) {
        call->error = error_new(ERR_UNAVAILABLE, "the service %.*s cannot be opened", STR_ARG(call->service->name));
        call_return(world, call);
        return;
    }
    if (call->runs++ == 0) call->started = now;
    call->output = NULL;
    begin_run(world, &run, slot, call->arena, &call->caller, now);
    run.context.started = call->started;
    run.call = call;
    finish(world, &run, guarded(world, &run, call_hook, NULL));
}

/* ---- runs that nobody waits for ---- */

typedef struct Internal {
    const Operation *operation;
    const Json      *input;
    Error *(*also)(Run *run, void *data);
    void *data;
} Internal;

static Error *internal_hook(Run *run, void *data)
{
    Internal *internal = data;
    Json *output = NULL;
    TRY(internal->also(run, internal->data));
    return internal->operation->run(&run->context, internal->input, &output);
}

Error *run_internal(World *world, Slot *slot, const Operation *operation, const Caller *caller, const Json *input,
                    Error *(*also)(Run *run, void *data), void *data)
{
    Run run;
    Arena arena;
    Internal internal = { operation, input, also, data };
    arena_init(&arena, 0);
    begin_run(world, &run, slot, &arena, caller, clock_now(world->clock));
    Error *error = guarded(world, &run, internal_hook, &internal);
    arena_done(&arena);
    if (!error) {
        slot->wrote = true;
        follow_up(world, &run);
    } else if (error->code != ERR_FAULT) {
        slot_forget(world, slot);
    }
    return error;
}

static Error *tick_hook(Run *run, void *data)
{
    return run->slot->service->tick(&run->context, data);
}

static void tick(World *world, Slot *slot, Instant now)
{
    Run run;
    Arena arena;
    Instant next = INSTANT_NEVER;
    arena_init(&arena, 0);
    slot->tick = INSTANT_NEVER; /* the tick itself may ask for an earlier one than it returns */
    begin_run(world, &run, slot, &arena, &nobody, now);
    Error *error = guarded(world, &run, tick_hook, &next);
    arena_done(&arena);
    if (error) {
        if (error->code != ERR_UNAVAILABLE) log_error(error, "housekeeping failed");
        slot_forget(world, slot);
        next = now + DURATION_SECOND;
    } else {
        slot->wrote = true;
        follow_up(world, &run);
    }
    error_free(error);
    if (next < slot->tick) slot->tick = next;
}

void run_ticks(World *world, Instant now)
{
    for (size_t i = 0; i < world->slot_count; i++) {
        Slot *slot = &world->slots[i];
        if (slot->service->tick && slot->tick <= now && slot_ready(world, slot)) tick(world, slot, now);
    }
}

static Error *before_commit_hook(Run *run, void *data)
{
    (void)data;
    return run->slot->service->before_commit(&run->context);
}

/* A failure here fails the batch: what the calls wrote would be without its counters. */
Error *run_before_commit(World *world)
{
    Error *first = NULL;
    for (size_t i = 0; i < world->slot_count && !first; i++) {
        Slot *slot = &world->slots[i];
        if (!slot->wrote || !slot->open || !slot->service->before_commit) {
            slot->wrote = false;
            continue;
        }
        Run run;
        Arena arena;
        arena_init(&arena, 0);
        begin_run(world, &run, slot, &arena, &nobody, clock_now(world->clock));
        first = guarded(world, &run, before_commit_hook, NULL);
        arena_done(&arena);
        slot->wrote = false;
    }
    return first;
}

/* ---- what an operation may use ---- */

static Run *run_of(const Context *context)
{
    return (Run *)context; /* it is the first member */
}

void context_park(Context *context, Str key, Instant until)
{
    Run *run = run_of(context);
    assert(key.length <= PARK_KEY_MAX);
    if (!run->call) return;
    run->parking = true;
    memcpy(run->park_key, key.data, key.length);
    run->park_key_size = key.length;
    run->park_until = until;
}

bool context_was_parked(const Context *context)
{
    const Run *run = run_of(context);
    return run->call && run->call->runs > 1;
}

bool context_client_gone(const Context *context)
{
    const Run *run = run_of(context);
    return run->call && atomic_load(&run->call->cancelled);
}

/* ---- calls within calls ---- */

enum { WAITED_LONG_ENOUGH = 86400 }; /* seconds: no operation waits so long, so a nested one never parks */

static Error *run_nested(Run *outer, Slot *slot, const Operation *operation, const Caller *caller, const Json *input, Json **out)
{
    World *world = outer->context.world;
    Call   call = { .service = slot->service, .operation = operation, .caller = *caller, .input = input, .runs = 2 };
    Run    run;
    begin_run(world, &run, slot, outer->context.arena, &call.caller, outer->context.now);
    run.context.started = outer->context.now - WAITED_LONG_ENOUGH * DURATION_SECOND;
    run.call = &call;
    Error *error = guarded(world, &run, call_hook, NULL);
    if (error) return error;
    slot->wrote = true;
    wake_parked(world, &run);
    actions_adopt(&run.actions, &outer->actions);
    outer->called |= run.called | 1ull << (slot - world->slots);
    if (run.depends > outer->depends) outer->depends = run.depends;
    *out = call.output;
    return NULL;
}

const Service *context_service(const Context *context, Str name)
{
    Slot *slot = slot_of(context->world, name);
    return slot ? slot->service : NULL;
}

Error *context_call(Context *context, const Caller *caller, Str service, Str operation, const Json *input, Json **out)
{
    World           *world = context->world;
    Slot            *slot = slot_of(world, service);
    const Operation *row = slot ? service_operation(slot->service, operation) : NULL;
    if (!row) return error_new(ERR_NOT_FOUND, "there is no operation %.*s of %.*s", STR_ARG(operation), STR_ARG(service));
    if (!slot_ready(world, slot)) return error_new(ERR_UNAVAILABLE, "the service %.*s cannot be opened", STR_ARG(service));
    Error *error = run_nested(run_of(context), slot, row, caller, input, out);
    if (error && error->code != ERR_FAULT && slot != run_of(context)->slot) slot_forget(world, slot);
    return error;
}

static WakeUp *wake_up_for(Run *run, Str key)
{
    for (size_t i = 0; i < run->wake_up_count; i++)
        if (str_equal(str_from(run->wake_ups[i].key, run->wake_ups[i].key_size), key)) return &run->wake_ups[i];
    assert(run->wake_up_count < CONTEXT_SIGNALS_MAX);
    WakeUp *wake_up = &run->wake_ups[run->wake_up_count++];
    memcpy(wake_up->key, key.data, key.length);
    wake_up->key_size = key.length;
    wake_up->count = 0;
    return wake_up;
}

void context_signal(Context *context, Str key, size_t count)
{
    assert(key.length <= PARK_KEY_MAX);
    wake_up_for(run_of(context), key)->count += count;
}

uint64_t context_batch(const Context *context)
{
    return store_filling(context->store);
}

void context_depends(Context *context, uint64_t batch)
{
    Run *run = run_of(context);
    if (batch > run->depends) run->depends = batch;
}

void context_tick_at(Context *context, Instant at)
{
    Slot *slot = run_of(context)->slot;
    if (at < slot->tick) slot->tick = at;
}
