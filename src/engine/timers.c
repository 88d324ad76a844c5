/* timers.c -- calls with a due time.
 *
 *     TABLE_TIMER      due (8, BE), id (8)  ->  service, operation, caller, input
 *     TABLE_TIMER_ID   id (8)               ->  due (8)
 *
 * A timer fires by running its operation; its row goes in the same transaction, so it fires exactly
 * once. If the operation refuses (a Fault) the timer is gone all the same: it would refuse again. If it
 * fails, the timer stays and fires again a second later. */
#include "engine/world_internal.h"

#include "base/bytes.h"
#include "base/log.h"

typedef struct Timer {
    char   key[16];
    Str    service, operation;
    Caller caller;
    Str    input;
} Timer;

static Str timer_key(char out[16], Instant due, uint64_t id)
{
    bytes_put_u64(out, (uint64_t)due);
    bytes_put_u64(out + 8, id);
    return str_from(out, 16);
}

static void append_caller(Buffer *row, const Caller *caller)
{
    Str parts[] = { caller->account, caller->region, caller->access_key, caller->principal, caller->user_id, caller->endpoint };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) bytes_append_text(row, parts[i]);
}

static void read_caller(Reader *reader, Caller *out)
{
    Str *parts[] = { &out->account, &out->region, &out->access_key, &out->principal, &out->user_id, &out->endpoint };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) *parts[i] = reader_text(reader);
}

static Error *write_timer(Context *context, Instant due, uint64_t id, Buffer *row)
{
    char key[16], due_bytes[8];
    if (row->failed) return error_memory();
    timer_key(key, due, id);
    bytes_put_u64(due_bytes, (uint64_t)due);
    TRY(store_insert(context->store, TABLE_TIMER, str_from(key, 16), buffer_str(row)));
    return store_insert(context->store, TABLE_TIMER_ID, str_from(key + 8, 8), str_from(due_bytes, 8));
}

Error *context_timer_set(Context *context, Instant due, Str operation, const Json *input, uint64_t *out_id)
{
    uint64_t id = chance_u64(context->chance);
    Str text = json_text(context->arena, input);
    Buffer row;
    buffer_init(&row);
    bytes_append_text(&row, context->service->name);
    bytes_append_text(&row, operation);
    append_caller(&row, context->caller);
    bytes_append_text(&row, text);
    Error *error = write_timer(context, due, id, &row);
    buffer_done(&row);
    if (error) return error;
    if (due < context->world->timer_next) context->world->timer_next = due;
    *out_id = id;
    return NULL;
}

Error *context_timer_clear(Context *context, uint64_t id)
{
    char id_bytes[8], key[16];
    Str due;
    bool found;
    bytes_put_u64(id_bytes, id);
    TRY(store_get(context->store, context->arena, TABLE_TIMER_ID, str_from(id_bytes, 8), &due, &found));
    if (!found || due.length != 8) return NULL;
    TRY(store_delete(context->store, TABLE_TIMER, timer_key(key, (Instant)bytes_get_u64(due.data), id)));
    return store_delete(context->store, TABLE_TIMER_ID, str_from(id_bytes, 8));
}

/* ---- firing ---- */

static Error *parse_timer(Str key, Str row, Timer *out)
{
    Reader reader;
    if (key.length != 16) return error_new(ERR_CORRUPT, "a timer's key makes no sense");
    memcpy(out->key, key.data, 16);
    reader_init(&reader, row);
    out->service = reader_text(&reader);
    out->operation = reader_text(&reader);
    out->caller = (Caller){ 0 };
    read_caller(&reader, &out->caller);
    out->input = reader_text(&reader);
    return reader_ended(&reader) ? NULL : error_new(ERR_CORRUPT, "a timer's record makes no sense");
}

/* The first timers that are due, and when the one after them is. */
static Error *read_due(World *world, Arena *arena, Instant now, Timer *out, size_t *out_count, Instant *out_next)
{
    StoreCursor *cursor;
    Str key, row;
    bool more;
    *out_count = 0;
    *out_next = INSTANT_NEVER;
    TRY(store_scan(world->store, arena, TABLE_TIMER, STR(""), STR(""), &cursor));
    for (;;) {
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) break;
        Instant due = key.length == 16 ? (Instant)bytes_get_u64(key.data) : 0;
        if (due > now || *out_count == TIMERS_PER_ROUND) {
            *out_next = due;
            break;
        }
        TRY(parse_timer(key, row, &out[(*out_count)++]));
    }
    store_scan_end(cursor);
    return NULL;
}

static Error *remove_timer(Run *run, void *data)
{
    Timer *timer = data;
    TRY(store_delete(run->context.store, TABLE_TIMER, str_from(timer->key, 16)));
    return store_delete(run->context.store, TABLE_TIMER_ID, str_from(timer->key + 8, 8));
}

static Error *nothing_run(Context *context, const Json *input, Json **out)
{
    (void)context, (void)input, (void)out;
    return NULL;
}

static const Operation nothing = { .name = STR_CONST("Nothing"), .run = nothing_run };

static void fire(World *world, Arena *arena, Timer *timer)
{
    Slot *slot = slot_of(world, timer->service);
    const Operation *operation = slot ? service_operation(slot->service, timer->operation) : NULL;
    Json *input = NULL;
    Error *error = json_parse(arena, timer->input, NULL, &input);
    if (!error && !operation) error = error_fault(&fault_unknown_operation, "no operation %.*s", STR_ARG(timer->operation));
    if (!slot || !slot_ready(world, slot)) {
        error_free(error);
        world->timer_next = clock_now(world->clock) + DURATION_SECOND;
        return;
    }
    if (!error) error = run_internal(world, slot, operation, &timer->caller, input, remove_timer, timer);
    world->stats.timers++;
    if (!error) return;
    if (error->code == ERR_FAULT || error->code == ERR_SYNTAX) {
        log_error(error, "a timer's operation refused");
        error_free(error);
        error = run_internal(world, slot, &nothing, &timer->caller, NULL, remove_timer, timer);
    }
    if (error) {
        Instant again = clock_now(world->clock) + DURATION_SECOND;
        if (again < world->timer_next) world->timer_next = again;
        if (error->code != ERR_UNAVAILABLE) log_error(error, "a timer cannot fire now");
    }
    error_free(error);
}

static bool fire_due(World *world, Arena *arena, Instant now)
{
    Timer *timers = NEW_ARRAY(arena, Timer, TIMERS_PER_ROUND);
    size_t count = 0;
    Instant next = INSTANT_NEVER;
    Error *error = read_due(world, arena, now, timers, &count, &next);
    if (error) {
        log_error(error, "timers cannot be read");
        error_free(error);
        next = now + DURATION_SECOND;
    }
    world->timer_next = next;
    for (size_t i = 0; i < count; i++) fire(world, arena, &timers[i]);
    return count > 0;
}

bool timers_fire(World *world, Instant now)
{
    if (world->timer_next > now) return false;
    Arena arena;
    MemoryGuard guard;
    volatile bool worked = false;
    arena_init(&arena, 0);
    if (MEMORY_GUARD_ENTER(&guard)) {
        worked = fire_due(world, &arena, now);
        memory_guard_leave(&guard);
    } else {
        world->timer_next = now + DURATION_SECOND;
    }
    arena_done(&arena);
    return worked;
}

Error *timers_open(World *world)
{
    world->timer_next = 0; /* the first round looks */
    return NULL;
}
