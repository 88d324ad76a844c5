/* map_run_items.c -- the inputs of a map run's children, one after the other.
 *
 * Going over the items is a position in a text, with a state of the execution to select by. It is kept in memory while the run
 * begins children; after a restart, or where too many runs are under way, it is opened again and goes forward to where it
 * was. Whoever keeps it keeps copies: the execution may be dropped from memory meanwhile.
 *
 * Items that do not come from the state's input are read by fetch(), the only place that would know an object store. */
#include "services/states/map_runs.h"
#include "services/states/pump.h"

typedef struct Items {
    char                  key[STATES_ID_SIZE]; /* the run's number */
    Arena                 arena;               /* of all that follows */
    AslState             *state;
    const StatesRevision *revision;            /* kept */
    char                  execution_key[STATES_ID_SIZE];
    AslAbout              about;
    AslMapItems          *items;
    uint64_t              next;                /* the child whose input comes next */
    Instant               used;
    Arena                 scratch;             /* for inputs that are passed over */
} Items;

/* ---- memory ---- */

static void free_items(Context *context, Items *items) /* without a context, its revision goes with the service's memory */
{
    if (items->revision && context) states_revision_release(context, items->revision);
    asl_state_free(items->state);
    arena_done(&items->arena);
    arena_done(&items->scratch);
    memory_free(items);
}

static void drop(Context *context, Items *items)
{
    map_remove(&states_of(context)->map_items, str_from(items->key, sizeof items->key));
    free_items(context, items);
}

void states_map_items_drop(Context *context, const StatesMapRun *run)
{
    char   key[STATES_ID_SIZE];
    Items *items = map_get(&states_of(context)->map_items, states_id_key(key, run->number));
    if (items) drop(context, items);
}

void states_map_items_forget(States *states)
{
    for (size_t i = 0; i < states->map_items.count; i++) free_items(NULL, states->map_items.entries[i].value);
    map_done(&states->map_items);
}

static void make_room(Context *context)
{
    Map   *all = &states_of(context)->map_items;
    Items *oldest = NULL;
    if (all->count < STATES_MAP_ITEMS_MAX) return;
    for (size_t i = 0; i < all->count; i++) {
        Items *items = all->entries[i].value;
        if (!oldest || items->used < oldest->used) oldest = items;
    }
    drop(context, oldest);
}

/* In the table before it holds anything: where memory runs out while it is filled, it goes with all the rest. */
static Error *new_items(Context *context, const StatesMapRun *run, Items **out)
{
    make_room(context);
    Items *items = memory_alloc_zero(sizeof *items);
    if (!items) return error_memory();
    arena_init(&items->arena, 0);
    arena_init(&items->scratch, 0);
    if (!map_put(&states_of(context)->map_items, states_id_key(items->key, run->number), items)) {
        memory_free(items);
        return error_memory();
    }
    *out = items;
    return NULL;
}

/* ---- opening ---- */

static void refuse(Arena *arena, const char *error, Str what, Str *out_error, Str *out_cause)
{
    *out_error = str_from_c(error);
    *out_cause = str_format(arena, "%.*s: there is no object store in this server.", STR_ARG(what));
}

/* The text that the items are in: the state's own, or what its ItemReader names. */
static void fetch(Arena *arena, const AslMapRun *wanted, Str *out, Str *out_error, Str *out_cause)
{
    *out = wanted->items;
    if (!wanted->has_reader) return;
    refuse(arena, "States.ItemReaderFailed", str_format(arena, "The items cannot be read by '%.*s'", STR_ARG(wanted->reader_resource)), out_error,
           out_cause);
}

typedef struct Copying {
    AslState *to;
    Error    *error;
} Copying;

static void copy_cell(void *data, AslCell cell)
{
    Copying *copying = data;
    if (!copying->error) copying->error = asl_state_apply(copying->to, &cell, 1);
}

static Error *copy_state(Items *items, const AslState *state)
{
    Copying copying;
    TRY(asl_state_new(&items->state));
    copying = (Copying){ items->state, NULL };
    asl_state_each(state, copy_cell, &copying);
    return copying.error;
}

/* Who the execution is, in texts of the items' own. */
static Error *copy_about(Context *context, Items *items, const StatesExecution *execution)
{
    Buffer         *scratch = &states_of(context)->scratch;
    StatesExecution twin = { .number = execution->number, .revision = execution->revision };
    states_execution_encode(scratch, execution);
    if (scratch->failed) return error_memory();
    TRY(states_execution_decode(str_copy(&items->arena, buffer_str(scratch)), &twin));
    states_about(&items->arena, &twin, &items->about, items->execution_key);
    items->revision = execution->revision;
    states_revision_keep(items->revision);
    return NULL;
}

/* ERR_INVALID: a field of the state has no value after all. */
static Error *take_refusal(Arena *arena, Error *error, Str *out_error, Str *out_cause)
{
    if (!error || error->code != ERR_INVALID) return error;
    *out_error = STR("States.Runtime");
    *out_cause = str_copy(arena, str_from_c(error->message));
    error_free(error);
    return NULL;
}

static Error *fill(Context *context, const StatesMapRun *run, const StatesExecution *execution, Items *items, Str *out_error, Str *out_cause)
{
    AslMapRun wanted;
    Str       text;
    uint64_t  seed = chance_u64(context->chance);
    TRY(copy_state(items, execution->state));
    TRY(copy_about(context, items, execution));
    Arena            *arena = &items->arena;
    const AslProgram *program = execution->program;
    TRY(take_refusal(context->arena, asl_map_run(arena, program, &items->about, items->state, run->thread, context->now, &wanted), out_error, out_cause));
    if (out_error->data) return NULL;
    fetch(context->arena, &wanted, &text, out_error, out_cause);
    if (out_error->data) return NULL;
    Error *error = asl_map_items_open(arena, program, &items->about, items->state, run->thread, text, context->now, seed, &items->items);
    return take_refusal(context->arena, error, out_error, out_cause);
}

static Error *open_items(Context *context, const StatesMapRun *run, Items **out, Str *out_error, Str *out_cause)
{
    StatesExecution *execution;
    TRY(states_execution_load(context, run->execution, false, &execution));
    if (!execution) {
        *out_error = STR("States.Runtime");
        *out_cause = STR("The execution that the Map Run belongs to has ended.");
        return NULL;
    }
    TRY(new_items(context, run, out));
    Error *error = fill(context, run, execution, *out, out_error, out_cause);
    if (error || out_error->data) drop(context, *out);
    return error;
}

/* Opened, and not beyond the child. */
static Error *items_for(Context *context, const StatesMapRun *run, uint64_t child, Items **out, Str *out_error, Str *out_cause)
{
    char key[STATES_ID_SIZE];
    *out_error = *out_cause = STR_NONE;
    *out = map_get(&states_of(context)->map_items, states_id_key(key, run->number));
    if (*out && (*out)->next > child) {
        drop(context, *out);
        *out = NULL;
    }
    if (!*out) TRY(open_items(context, run, out, out_error, out_cause));
    if (!out_error->data) (*out)->used = context->now;
    return NULL;
}

/* ---- asking ---- */

Error *states_map_items_count(Context *context, const StatesMapRun *run, uint64_t *out_total, Str *out_error, Str *out_cause)
{
    Items *items;
    TRY(items_for(context, run, 0, &items, out_error, out_cause));
    if (!out_error->data) *out_total = asl_map_items_total(items->items);
    return NULL;
}

/* Passes over the children before this one. */
static Error *skip(Items *items, uint64_t child, StatesMapInput *out)
{
    while (items->next < child) {
        arena_reset(&items->scratch);
        TRY(asl_map_items_next(items->items, &items->scratch, &out->text, &out->items, &out->error, &out->cause));
        if (out->error.data || !out->text.data) return NULL;
        items->next++;
    }
    return NULL;
}

/* Texts of its own: the items may be dropped before they are used. */
static void own_texts(Arena *arena, StatesMapInput *input)
{
    Str *texts[] = { &input->text, &input->error, &input->cause };
    for (size_t i = 0; i < 3; i++)
        if (texts[i]->data) *texts[i] = str_copy(arena, *texts[i]);
}

Error *states_map_items_get(Context *context, const StatesMapRun *run, uint64_t child, StatesMapInput *out)
{
    Items *items;
    *out = (StatesMapInput){ 0 };
    TRY(items_for(context, run, child, &items, &out->error, &out->cause));
    if (out->error.data) return NULL;
    TRY(skip(items, child, out));
    if (items->next == child) {
        TRY(asl_map_items_next(items->items, context->arena, &out->text, &out->items, &out->error, &out->cause));
        items->next++;
    }
    own_texts(context->arena, out);
    return NULL;
}
