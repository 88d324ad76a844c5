/* maprun.c -- what a distributed Map wants, and what its children get.
 *
 * A run's number comes from its thread's nonce, so it is the same whenever it is asked for. Selecting and batching is done item by item
 * as children are begun, in the scope of the Map's own state, which does not move meanwhile. */
#include "asl/map.h"

/* ---- what it wants ---- */

static Str uuid_of(AslRun *run, uint64_t seed)
{
    AslRun own = { .arena = run->arena, .seed = seed };
    return asl_uuid(&own);
}

static Str run_arn(AslRun *run, const AslThread *thread, Str *label)
{
    const AslAbout *about = run->about;
    const AslMapDef *map = asl_def(thread)->map;
    *label = map->label.length > 0 ? map->label : uuid_of(run, ~thread->nonce);
    return str_format(run->arena, "arn:%.*s:states:%.*s:%.*s:mapRun:%.*s/%.*s:%.*s", STR_ARG(about->partition), STR_ARG(about->region),
                      STR_ARG(about->account), STR_ARG(about->machine_name), STR_ARG(*label), STR_ARG(uuid_of(run, thread->nonce)));
}

static bool resolve_payload(AslRun *run, AslThread *thread, const AslPayload *payload, const Json *input, Str *out, AslFault *fault)
{
    AslStage stage;
    Json    *value;
    if (!asl_payload_is(payload)) return true;
    asl_stage(run, thread, input, &stage);
    if (!asl_payload(&stage, payload, &value, fault)) return false;
    *out = json_text(run->arena, value);
    return true;
}

static bool resolve_tolerance(AslRun *run, AslThread *thread, const Json *input, AslMapRun *out, AslFault *fault)
{
    const AslMapDef *map = asl_def(thread)->map;
    out->tolerated_count = -1;
    out->tolerated_percentage = -1;
    if (!asl_field_int(run, thread, &map->tolerated_count, input, &out->tolerated_count, fault)) return false;
    if (!asl_field_number(run, thread, &map->tolerated_percentage, input, &out->tolerated_percentage, fault)) return false;
    if (map->tolerated_count.form != ASL_ABSENT && out->tolerated_count < 0)
        return asl_fail(fault, run->arena, STR("States.Runtime"), "ToleratedFailureCount cannot be negative.");
    if (map->tolerated_percentage.form != ASL_ABSENT && !(out->tolerated_percentage >= 0 && out->tolerated_percentage <= 100))
        return asl_fail(fault, run->arena, STR("States.Runtime"), "ToleratedFailurePercentage must be between 0 and 100.");
    return true;
}

static bool resolve_ends(AslRun *run, AslThread *thread, const Json *input, AslMapRun *out, AslFault *fault)
{
    const AslMapDef *map = asl_def(thread)->map;
    out->has_reader = map->reader.present;
    out->reader_resource = map->reader.resource;
    out->format = map->reader.format;
    out->has_writer = map->writer;
    out->writer_resource = map->writer_resource;
    if (map->writer_config) out->writer_config = json_text(run->arena, map->writer_config);
    return asl_field_int(run, thread, &map->reader.max_items, input, &out->max_items, fault) &&
           resolve_payload(run, thread, &map->reader.arguments, input, &out->reader_parameters, fault) &&
           resolve_payload(run, thread, &map->writer_arguments, input, &out->writer_parameters, fault);
}

static void inspect(AslRun *run, const AslMapDef *map, const AslMapRun *wanted)
{
    AslInspection *inspection = run->about->inspection;
    if (!inspection) return;
    inspection->max_concurrency = str_format(run->arena, "%u", wanted->max_concurrency);
    if (map->tolerated_count.form != ASL_ABSENT)
        inspection->tolerated_failure_count = str_format(run->arena, "%lld", (long long)wanted->tolerated_count);
    if (map->tolerated_percentage.form != ASL_ABSENT)
        inspection->tolerated_failure_percentage = json_text(run->arena, json_double(run->arena, wanted->tolerated_percentage));
}

bool asl_resolve_map_run(AslRun *run, AslThread *thread, AslMapRun *out, AslFault *fault)
{
    const AslMapDef *map = asl_def(thread)->map;
    AslValue         input;
    int64_t          limit = 0;
    *out = (AslMapRun){ .express_children = map->express_children, .items = thread->items };
    out->arn = run_arn(run, thread, &out->label);
    if (!asl_effective_input(run, thread, &input, fault)) return false;
    const Json *seen = asl_value_json(run, &input);
    if (!asl_field_int(run, thread, &map->concurrency, seen, &limit, fault)) return false;
    out->max_concurrency = limit < 0 || limit > UINT32_MAX ? 0 : (uint32_t)limit;
    if (!resolve_tolerance(run, thread, seen, out, fault)) return false;
    inspect(run, map, out);
    return resolve_ends(run, thread, seen, out, fault);
}

/* A run over a stored state, for looking at one of its threads. */
static Error *look_at(AslRun *run, uint32_t id, AslThread **out)
{
    *out = asl_run_load(run) ? asl_thread_get(run, id) : NULL;
    return *out && asl_def(*out)->map ? NULL : error_new(ERR_NOT_FOUND, "thread %u is in no Map state", (unsigned)id);
}

Error *asl_map_run(Arena *arena, const AslProgram *program, const AslAbout *about, const AslState *state, uint32_t thread, Instant now,
                   AslMapRun *out)
{
    AslStep    step = { 0 };
    AslRun     run = { .arena = arena, .program = program, .about = about, .state = state, .now = now, .step = &step };
    AslThread *found;
    AslFault   fault = { 0 };
    TRY(look_at(&run, thread, &found));
    if (!asl_resolve_map_run(&run, found, out, &fault)) return error_new(ERR_INVALID, "%.*s", STR_ARG(fault.cause));
    return NULL;
}

static const AslProgram *children_of(Arena *arena, const AslProgram *program, const AslState *state, uint32_t thread)
{
    AslStep    step = { 0 };
    AslAbout   about = { 0 };
    AslRun     run = { .arena = arena, .program = program, .about = &about, .state = state, .step = &step };
    AslThread *found;
    Error     *error = look_at(&run, thread, &found);
    const AslProgram *children = error ? NULL : asl_def(found)->map->children;
    error_free(error);
    return children;
}

const AslProgram *asl_map_program(const AslProgram *program, const AslState *state, uint32_t thread)
{
    Arena                      arena;
    MemoryGuard                guard;
    const AslProgram *volatile children = NULL;
    arena_init(&arena, 0);
    bool enough = MEMORY_GUARD_ENTER(&guard);
    if (enough) {
        children = children_of(&arena, program, state, thread);
        memory_guard_leave(&guard);
    }
    arena_done(&arena);
    if (!enough) memory_exhausted();
    return children;
}

/* A child's number is that of its block, and one: 0 stands for the whole. */
uint32_t asl_program_number(const AslProgram *program)
{
    return program->child ? program->main + 1 : 0;
}

const AslProgram *asl_program_by_number(const AslProgram *program, uint32_t number)
{
    if (number == 0) return program;
    for (uint32_t b = 0; b < program->block_count; b++)
        for (uint32_t s = 0; s < program->blocks[b]->state_count; s++) {
            const AslMapDef *map = program->blocks[b]->states[s].map;
            if (map && map->children && map->children->main + 1 == number) return map->children;
        }
    return NULL;
}

bool asl_map_run_exceeded(const AslMapRun *run, uint64_t failed, uint64_t total)
{
    if (run->tolerated_count < 0 && run->tolerated_percentage < 0) return failed > 0;
    if (run->tolerated_count >= 0 && failed > (uint64_t)run->tolerated_count) return true;
    return run->tolerated_percentage >= 0 && (double)failed * 100 > run->tolerated_percentage * (double)total;
}

/* ---- what its children get ---- */

struct AslMapItems {
    Arena           *arena;       /* that lasts as long as this does; the run's is that of the input being made */
    AslRun           run;
    AslStep          step;
    AslThread       *thread;
    const AslMapDef *map;
    const Json      *input;       /* that ItemSelector and BatchInput see */
    Str              text;
    AslItemsForm     form;
    AslItems        *items;
    Str              why;         /* the reader has failed */
    uint64_t         index, index_max; /* 0: no limit */
    int64_t          batch_items, batch_bytes; /* 0: no limit */
    Str              batch_input;
    Str              held;        /* an item that did not fit into the last batch */
    Arena            counted;     /* for counting them all */
};

static void free_arena(void *data)
{
    arena_done(data);
}

static Error *open_batcher(AslMapItems *all, AslFault *fault)
{
    const AslMapDef *map = all->map;
    if (!asl_field_int(&all->run, all->thread, &map->batch_items, all->input, &all->batch_items, fault) ||
        !asl_field_int(&all->run, all->thread, &map->batch_bytes, all->input, &all->batch_bytes, fault) ||
        !resolve_payload(&all->run, all->thread, &map->batch_input, all->input, &all->batch_input, fault))
        all->why = fault->cause;
    return NULL;
}

/* Everything that a selector may look at is made now, in the arena that lasts; inputs are made in arenas that do not. */
static void warm(AslRun *run, AslThread *thread)
{
    for (AslThread *at = thread; at; at = asl_thread_up(run, at)) {
        if (asl_value_is(&at->variables)) asl_value_json(run, &at->variables);
        if (asl_value_is(&at->item)) asl_value_json(run, &at->item);
    }
    if (asl_value_is(&run->execution_input)) asl_value_json(run, &run->execution_input);
}

Error *asl_map_items_open(Arena *arena, const AslProgram *program, const AslAbout *about, const AslState *state, uint32_t thread, Str text,
                          Instant now, uint64_t seed, AslMapItems **out)
{
    AslMapItems *all = NEW(arena, AslMapItems);
    AslFault     fault = { 0 };
    AslMapRun    wanted;
    AslValue     input;
    all->arena = arena;
    arena_init(&all->counted, 0);
    arena_on_done(arena, free_arena, &all->counted);
    all->run = (AslRun){ .arena = arena, .program = program, .about = about, .state = state, .now = now, .seed = seed, .step = &all->step };
    TRY(look_at(&all->run, thread, &all->thread));
    all->map = asl_def(all->thread)->map;
    if (!asl_resolve_map_run(&all->run, all->thread, &wanted, &fault) || !asl_effective_input(&all->run, all->thread, &input, &fault))
        return error_new(ERR_INVALID, "%.*s", STR_ARG(fault.cause));
    all->input = asl_value_json(&all->run, &input);
    warm(&all->run, all->thread);
    const AslReaderDef *reader = &all->map->reader;
    all->form = (AslItemsForm){ wanted.has_reader ? wanted.format : ASL_ITEMS_JSON, reader->delimiter.length > 0 ? reader->delimiter.data[0] : ',',
                                reader->headers_given, reader->headers, reader->header_count, reader->items_pointer };
    all->text = text;
    all->items = asl_items_open(arena, text, &all->form, &all->why);
    if (wanted.max_items < 0) all->why = STR("field MaxItems must be positive");
    all->index_max = wanted.max_items > 0 ? (uint64_t)wanted.max_items : 0;
    TRY(open_batcher(all, &fault));
    *out = all;
    return NULL;
}

/* The next item as its child shall see it; false: the end, or a fault. */
static bool next_item(AslMapItems *all, Arena *arena, Str *out, AslFault *fault)
{
    Str why;
    if (all->held.data) {
        *out = all->held;
        all->held = STR_NONE;
        return true;
    }
    if (all->index_max && all->index >= all->index_max) return false;
    if (!asl_items_next(all->items, arena, out, &why)) {
        if (why.length > 0) asl_fail(fault, arena, STR("States.ItemReaderFailed"), "%.*s", STR_ARG(why));
        return false;
    }
    uint64_t index = all->index++;
    if (!asl_payload_is(&all->map->selector)) return true;
    AslThread item = { .index = (uint32_t)index, .item = asl_value_of_text(*out), .block = all->thread->block, .state = all->thread->state };
    AslStage  stage;
    Json     *selected;
    asl_stage(&all->run, all->thread, all->input, &stage);
    stage.item_of = &item;
    if (!asl_payload(&stage, &all->map->selector, &selected, fault)) return false;
    *out = json_text(arena, selected);
    return true;
}

static bool fits(const AslMapItems *all, uint32_t count, size_t bytes)
{
    if (count == 0) return true;
    return (all->batch_items <= 0 || count < all->batch_items) && (all->batch_bytes <= 0 || bytes <= (size_t)all->batch_bytes);
}

/* {"BatchInput": ..., "Items": [...]}: as many items as both limits allow, but one at least. */
static Str next_batch(AslMapItems *all, Arena *arena, uint32_t *out_items, AslFault *fault)
{
    Str    head = all->batch_input.data ? str_format(arena, "{\"BatchInput\":%.*s,\"Items\":[", STR_ARG(all->batch_input)) : STR("{\"Items\":[");
    char  *text = NULL;
    size_t length = 0, capacity = 0;
    *out_items = 0;
    for (Str item; (all->batch_items <= 0 || *out_items < all->batch_items) && next_item(all, arena, &item, fault);) {
        if (!fits(all, *out_items, head.length + length + item.length + 3)) {
            all->held = str_copy(all->arena, item);
            break;
        }
        size_t wanted = length + item.length + 1;
        if (wanted > capacity) {
            size_t bigger = wanted < 256 ? 512 : 2 * wanted;
            text = arena_grow(arena, text, capacity, bigger);
            capacity = bigger;
        }
        if (*out_items > 0) text[length++] = ',';
        memcpy(text + length, item.data, item.length);
        length += item.length;
        ++*out_items;
    }
    if (*out_items == 0 || fault->error.length > 0) return STR_NONE;
    return str_format(arena, "%.*s%.*s]}", STR_ARG(head), (int)length, text);
}

Error *asl_map_items_next(AslMapItems *all, Arena *arena, Str *out_input, uint32_t *out_items, Str *out_error, Str *out_cause)
{
    AslFault fault = { 0 };
    *out_input = *out_error = *out_cause = STR_NONE;
    *out_items = 1;
    if (all->why.length > 0) {
        *out_error = STR("States.ItemReaderFailed");
        *out_cause = all->why;
        return NULL;
    }
    all->run.arena = arena;
    if (all->map->batched) *out_input = next_batch(all, arena, out_items, &fault);
    else if (!next_item(all, arena, out_input, &fault)) *out_input = STR_NONE;
    all->run.arena = all->arena;
    if (fault.error.length > 0) {
        *out_input = STR_NONE;
        *out_error = fault.error;
        *out_cause = fault.cause;
    }
    return NULL;
}

size_t asl_map_items_total(AslMapItems *all)
{
    Str       why, item;
    AslItems *again = asl_items_open(&all->counted, all->text, &all->form, &why);
    size_t    total = 0;
    while (why.length == 0 && (!all->index_max || total < all->index_max) && asl_items_next(again, &all->counted, &item, &why)) total++;
    arena_done(&all->counted);
    return total;
}
