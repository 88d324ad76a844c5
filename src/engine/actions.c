/* actions.c -- what has to be done outside, done after its commit and never lost.
 *
 *     TABLE_ACTION   id (8)  ->  kind, service, operation, caller, payload
 *
 *     written --commit--> queued --runner thread--> done --lane--> its operation runs, the row goes
 *                            ^                                       (one transaction)
 *                            |  after a crash: every row that is there
 *
 * In a world without threads the runner is the caller of world_turn. */
#include "engine/world_internal.h"

#include "base/bytes.h"
#include "base/log.h"

struct Action {
    Action  *next;
    uint64_t id;
    Str      kind, service, operation, payload; /* in the arena */
    Caller   caller;
    Arena    arena;
    Json    *result;
    Error   *error;
};

typedef struct Actions {
    pthread_mutex_t mutex;
    pthread_cond_t  changed;
    Action         *queued, **queued_end;
    Action         *done;
    bool            stop;
    pthread_t       threads[ACTION_THREADS];
    int             thread_count;
} Actions;

static void free_action(Action *action)
{
    error_free(action->error);
    arena_done(&action->arena);
    memory_free(action);
}

void actions_drop(Action **list)
{
    while (*list) {
        Action *next = (*list)->next;
        free_action(*list);
        *list = next;
    }
}

void actions_adopt(Action **from, Action **to)
{
    while (*from) {
        Action *action = *from;
        *from = action->next;
        action->next = *to;
        *to = action;
    }
}

/* ---- rows ---- */

static void append_row(Buffer *row, const Action *action)
{
    const Caller *caller = &action->caller;
    Str parts[] = { action->kind, action->service, action->operation, caller->account, caller->region, caller->access_key,
                    caller->principal, caller->user_id, caller->endpoint, action->payload };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) bytes_append_text(row, parts[i]);
}

/* Reads a row into the action's own arena, which longjmps when memory is out: the caller guards. */
static Error *parse_row(Action *action, Str row)
{
    Reader reader;
    Caller *caller = &action->caller;
    Str *parts[] = { &action->kind, &action->service, &action->operation, &caller->account, &caller->region, &caller->access_key,
                     &caller->principal, &caller->user_id, &caller->endpoint, &action->payload };
    reader_init(&reader, str_copy(&action->arena, row));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) *parts[i] = reader_text(&reader);
    return reader_ended(&reader) ? NULL : error_new(ERR_CORRUPT, "an action's record makes no sense");
}

static Action *new_action(uint64_t id)
{
    Action *action = memory_alloc_zero(sizeof *action);
    if (!action) memory_exhausted();
    arena_init(&action->arena, 1024);
    action->id = id;
    return action;
}

static Error *write_row(Context *context, const Action *action, Buffer *row)
{
    char id[8];
    if (row->failed) return error_memory();
    bytes_put_u64(id, action->id);
    return store_insert(context->store, TABLE_ACTION, str_from(id, 8), buffer_str(row));
}

Error *context_act(Context *context, Str kind, const Json *payload, Str operation, uint64_t *out_id)
{
    Run *run = (Run *)context;
    Action named = { .kind = kind, .service = context->service->name, .operation = operation, .caller = *context->caller,
                     .payload = json_text(context->arena, payload) };
    Buffer row;
    buffer_init(&row);
    append_row(&row, &named);
    Action *action = new_action(chance_u64(context->chance));
    action->next = run->actions; /* owned by the run from here on */
    run->actions = action;
    Error *error = row.failed ? error_memory() : parse_row(action, buffer_str(&row));
    if (!error) error = write_row(context, action, &row);
    buffer_done(&row);
    if (!error) *out_id = action->id;
    return error;
}

/* ---- running ---- */

static const ActionKind *kind_of(World *world, Str name)
{
    for (size_t i = 0; i < world->options.action_kind_count; i++)
        if (str_equal(world->options.action_kinds[i].name, name)) return &world->options.action_kinds[i];
    return NULL;
}

static Error *run_action(World *world, Action *action)
{
    const ActionKind *kind = kind_of(world, action->kind);
    Json *payload;
    if (!kind) return error_new(ERR_NOT_FOUND, "nobody does actions of the kind %.*s", STR_ARG(action->kind));
    TRY(json_parse(&action->arena, action->payload, NULL, &payload));
    return kind->run(kind->context, &action->arena, payload, &action->result);
}

static void run_guarded(World *world, Action *action)
{
    MemoryGuard guard;
    if (MEMORY_GUARD_ENTER(&guard)) {
        action->error = run_action(world, action);
        memory_guard_leave(&guard);
    } else {
        action->error = error_memory();
    }
}

static Action *next_queued(Actions *actions)
{
    Action *action = actions->queued;
    if (action) actions->queued = action->next;
    if (!actions->queued) actions->queued_end = &actions->queued;
    return action;
}

static void *runner_thread(void *context)
{
    World *world = context;
    Actions *actions = world->actions;
    pthread_mutex_lock(&actions->mutex);
    for (;;) {
        Action *action = actions->stop ? NULL : next_queued(actions);
        if (actions->stop) break;
        if (!action) {
            pthread_cond_wait(&actions->changed, &actions->mutex);
            continue;
        }
        pthread_mutex_unlock(&actions->mutex);
        run_guarded(world, action);
        pthread_mutex_lock(&actions->mutex);
        action->next = actions->done;
        actions->done = action;
        signal_raise(&world->lane_signal);
    }
    pthread_mutex_unlock(&actions->mutex);
    return NULL;
}

void actions_dispatch(World *world, Action **list)
{
    Actions *actions = world->actions;
    Action *oldest = NULL;
    if (!*list) return;
    actions_adopt(list, &oldest); /* they come newest first: this turns them round */
    pthread_mutex_lock(&actions->mutex);
    while (oldest) {
        Action *action = oldest;
        oldest = action->next;
        action->next = NULL;
        *actions->queued_end = action;
        actions->queued_end = &action->next;
    }
    pthread_cond_broadcast(&actions->changed);
    pthread_mutex_unlock(&actions->mutex);
}

static Error *remove_action(Run *run, void *data)
{
    char id[8];
    bytes_put_u64(id, ((Action *)data)->id);
    return store_delete(run->context.store, TABLE_ACTION, str_from(id, 8));
}

static Json *result_input(Action *action)
{
    Json *input = json_object(&action->arena);
    json_add_str(&action->arena, input, STR("id"), str_format(&action->arena, "%016llx", (unsigned long long)action->id));
    if (action->error) {
        Buffer text;
        buffer_init(&text);
        error_describe(action->error, &text);
        Json *message = json_str_copy(&action->arena, buffer_str(&text));
        buffer_done(&text);
        json_add(&action->arena, input, STR("error"), message);
    } else {
        json_add(&action->arena, input, STR("result"), action->result ? action->result : json_null(&action->arena));
    }
    return input;
}

/* True: its row is gone, or is to be left for the next start; false: to be tried again. */
static bool finish_action(World *world, Action *action)
{
    Slot *slot = slot_of(world, action->service);
    const Operation *operation = slot ? service_operation(slot->service, action->operation) : NULL;
    if (!operation) return true; /* of a service that this build does not have: its row waits for one that does */
    if (!slot_ready(world, slot)) return false;
    Error *error = run_internal(world, slot, operation, &action->caller, result_input(action), remove_action, action);
    bool again = error && error->code != ERR_FAULT;
    if (error) log_error(error, "the result of an action was refused");
    error_free(error);
    world->stats.actions++;
    return !again;
}

static Action *take_done(World *world)
{
    Actions *actions = world->actions;
    pthread_mutex_lock(&actions->mutex);
    if (!world->threaded)
        for (Action *action; (action = next_queued(actions));) {
            run_guarded(world, action);
            action->next = actions->done;
            actions->done = action;
        }
    Action *done = actions->done;
    actions->done = NULL;
    pthread_mutex_unlock(&actions->mutex);
    return done;
}

static bool finish_guarded(World *world, Action *action)
{
    MemoryGuard guard;
    volatile bool finished = false;
    if (MEMORY_GUARD_ENTER(&guard)) {
        finished = finish_action(world, action);
        memory_guard_leave(&guard);
    }
    return finished;
}

bool actions_collect(World *world)
{
    Action *done = take_done(world), *newest = NULL;
    bool worked = done != NULL;
    actions_adopt(&done, &newest);
    while (newest) {
        Action *action = newest;
        newest = action->next;
        if (finish_guarded(world, action)) {
            free_action(action);
        } else {
            pthread_mutex_lock(&world->actions->mutex);
            action->next = world->actions->done;
            world->actions->done = action;
            pthread_mutex_unlock(&world->actions->mutex);
        }
    }
    return worked;
}

/* ---- life ---- */

static Error *requeue(World *world, Arena *arena)
{
    StoreCursor *cursor;
    Str key, row;
    bool more;
    Action *found = NULL;
    TRY(store_scan(world->store, arena, TABLE_ACTION, STR(""), STR(""), &cursor));
    for (;;) {
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) break;
        if (key.length != 8) continue;
        Action *action = new_action(bytes_get_u64(key.data));
        action->next = found;
        found = action;
        TRY(parse_row(action, row));
    }
    store_scan_end(cursor);
    actions_dispatch(world, &found);
    return NULL;
}

Error *actions_open(World *world)
{
    Actions *actions = memory_alloc_zero(sizeof *actions);
    if (!actions) return error_memory();
    pthread_mutex_init(&actions->mutex, NULL);
    pthread_cond_init(&actions->changed, NULL);
    actions->queued_end = &actions->queued;
    world->actions = actions;
    Arena arena;
    MemoryGuard guard;
    Error *error;
    arena_init(&arena, 0);
    if (MEMORY_GUARD_ENTER(&guard)) {
        error = requeue(world, &arena);
        memory_guard_leave(&guard);
    } else {
        error = error_memory();
    }
    arena_done(&arena);
    return error;
}

void actions_start(World *world)
{
    Actions *actions = world->actions;
    if (!world->options.action_kind_count) return;
    for (; actions->thread_count < ACTION_THREADS; actions->thread_count++)
        if (pthread_create(&actions->threads[actions->thread_count], NULL, runner_thread, world)) break;
}

void actions_wait(World *world)
{
    Actions *actions = world->actions;
    pthread_mutex_lock(&actions->mutex);
    actions->stop = true;
    pthread_cond_broadcast(&actions->changed);
    pthread_mutex_unlock(&actions->mutex);
    while (actions->thread_count > 0) pthread_join(actions->threads[--actions->thread_count], NULL);
    actions->stop = false;
}

void actions_close(World *world)
{
    Actions *actions = world->actions;
    if (!actions) return;
    actions_drop(&actions->queued);
    actions_drop(&actions->done);
    pthread_cond_destroy(&actions->changed);
    pthread_mutex_destroy(&actions->mutex);
    memory_free(actions);
}
