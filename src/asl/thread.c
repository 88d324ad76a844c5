/* thread.c -- threads, and the cells they are kept in.
 *
 * A cell's key is the thread's number, shifted by 32, and a part:
 *
 *     0       head: phase, counters, times       small; written whenever the thread has moved
 *     1       body: input, item, variables       written when the thread enters another state
 *     2       items: of a Map, the array's text  written once
 *     16 + i  the result of child i              written once
 *
 * Thread 0 is the machine: part 0 its counters, part 1 the execution's input where an expression may ask for it.
 * Numbers are varints, but for times and nonces (u64, big-endian); texts have their length before them. */
#include "asl/run.h"

#include "base/bytes.h"

enum { PART_HEAD, PART_BODY, PART_ITEMS, PART_RESULT = 16 };
enum { FLAG_TOKEN = 1, FLAG_TIMER = 2, FLAG_ITEMS = 4 };
enum { BODY_ITEM = 1, BODY_VARIABLES = 2, BODY_COMPACT = 4 };
enum { CELL_VERSION = 1 };

static uint64_t cell_key(uint32_t thread, uint32_t part)
{
    return (uint64_t)thread << 32 | part;
}

/* ---- writing ---- */

static void put_cell(AslRun *run, uint64_t key, Str bytes)
{
    AslStep *step = run->step;
    if (step->cell_count == run->cell_capacity) {
        size_t capacity = run->cell_capacity ? 2 * run->cell_capacity : 8;
        step->cells = arena_grow(run->arena, step->cells, run->cell_capacity * sizeof(AslCell), capacity * sizeof(AslCell));
        run->cell_capacity = capacity;
    }
    step->cells[step->cell_count++] = (AslCell){ key, bytes };
}

/* A writer over arena memory: what a cell holds is measured generously first. */
typedef struct Writer {
    char *start, *at;
} Writer;

static Writer writer_new(AslRun *run, size_t size)
{
    char *start = arena_alloc_bytes(run->arena, size);
    return (Writer){ start, start };
}

static void write_varint(Writer *writer, uint64_t number)
{
    while (number >= 0x80) {
        *writer->at++ = (char)(number | 0x80);
        number >>= 7;
    }
    *writer->at++ = (char)number;
}

static void write_u64(Writer *writer, uint64_t number)
{
    bytes_put_u64(writer->at, number);
    writer->at += 8;
}

static void write_text(Writer *writer, Str text)
{
    write_varint(writer, text.length);
    if (text.length > 0) memcpy(writer->at, text.data, text.length);
    writer->at += text.length;
}

static Str written(const Writer *writer)
{
    return str_from(writer->start, (size_t)(writer->at - writer->start));
}

/* Of its task or its map run; that of a run is needed to redrive it. */
static bool has_nonce(AslPhase phase)
{
    return phase != ASL_READY && phase != ASL_WAITING && phase != ASL_FORKED;
}

static void store_head(AslRun *run, const AslThread *thread)
{
    size_t retriers = thread->retries ? asl_def(thread)->retrier_count : 0;
    Writer writer = writer_new(run, 240 + retriers * 10);
    *writer.at++ = CELL_VERSION;
    *writer.at++ = (char)thread->phase;
    *writer.at++ = (char)((thread->wants_token ? FLAG_TOKEN : 0) | (thread->timer ? FLAG_TIMER : 0) |
                          (thread->items.data ? FLAG_ITEMS : 0));
    const uint64_t numbers[] = { thread->parent, thread->index, thread->block->number, thread->state, thread->previous,
                                 thread->entered_id, thread->entered_previous, thread->attempt, thread->retry_count,
                                 (uint64_t)thread->heartbeat_s, (uint64_t)thread->timeout_s, thread->total, thread->next,
                                 thread->running, thread->limit, thread->cursor, thread->forked, retriers };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) write_varint(&writer, numbers[i]);
    for (size_t i = 0; i < retriers; i++) write_varint(&writer, thread->retries[i]);
    write_u64(&writer, (uint64_t)thread->entered_time);
    write_varint(&writer, (uint64_t)thread->due);
    write_varint(&writer, (uint64_t)thread->timeout);
    write_varint(&writer, (uint64_t)thread->heartbeat);
    if (has_nonce(thread->phase)) write_u64(&writer, thread->nonce);
    put_cell(run, cell_key(thread->id, PART_HEAD), written(&writer));
}

static void store_body(AslRun *run, AslThread *thread)
{
    Str    input = asl_value_text(run, &thread->input);
    Str    item = asl_value_is(&thread->item) ? asl_value_text(run, &thread->item) : STR_NONE;
    Str    variables = asl_value_is(&thread->variables) ? asl_value_text(run, &thread->variables) : STR_NONE;
    Writer writer = writer_new(run, 40 + input.length + item.length + variables.length);
    *writer.at++ = (char)((item.data ? BODY_ITEM : 0) | (variables.data ? BODY_VARIABLES : 0) | (thread->input.compact ? BODY_COMPACT : 0));
    write_text(&writer, input);
    if (item.data) write_text(&writer, item);
    if (variables.data) write_text(&writer, variables);
    put_cell(run, cell_key(thread->id, PART_BODY), written(&writer));
}

static void put_result(AslRun *run, const AslThread *thread, uint32_t index, AslValue *result)
{
    put_cell(run, cell_key(thread->id, PART_RESULT + index), asl_value_compact(run, result));
}

static void store_results(AslRun *run, AslThread *thread)
{
    for (uint32_t i = 0; thread->results && i < thread->total; i++)
        if (asl_value_is(&thread->results[i])) put_result(run, thread, i, &thread->results[i]);
    for (AslArrival *at = thread->arrived; at; at = at->next) put_result(run, thread, at->index, &at->result);
}

static void store_thread(AslRun *run, AslThread *thread)
{
    if (thread->head_changed || !thread->stored) store_head(run, thread);
    if (thread->body_changed || !thread->stored) store_body(run, thread);
    if (thread->items.data && !thread->items_stored) put_cell(run, cell_key(thread->id, PART_ITEMS), thread->items);
    store_results(run, thread);
}

static void store_machine(AslRun *run)
{
    Writer writer = writer_new(run, 64);
    *writer.at++ = CELL_VERSION;
    *writer.at++ = (char)run->status;
    write_varint(&writer, run->next_event);
    write_varint(&writer, run->next_thread);
    write_u64(&writer, (uint64_t)run->deadline);
    put_cell(run, cell_key(0, PART_HEAD), written(&writer));
    if (run->input_changed) put_cell(run, cell_key(0, PART_BODY), asl_value_text(run, &run->execution_input));
}

static void forget_cell(void *data, AslCell cell)
{
    put_cell(data, cell.key, STR_NONE);
}

void asl_run_store(AslRun *run)
{
    if (run->status == ASL_SUCCEEDED || (run->status != ASL_RUNNING && run->about->express)) { /* nobody will ask again */
        asl_state_each(run->state, forget_cell, run);
        return;
    }
    for (AslThread *thread = run->threads; thread; thread = thread->older)
        if (!thread->gone) store_thread(run, thread);
    if (run->machine_changed) store_machine(run);
}

/* ---- reading ---- */

bool asl_run_load(AslRun *run)
{
    Str    bytes;
    Reader reader;
    if (!asl_state_get(run->state, cell_key(0, PART_HEAD), &bytes)) return false;
    reader_init(&reader, bytes);
    if (reader_u8(&reader) != CELL_VERSION) return false;
    run->status = reader_u8(&reader);
    run->next_event = (uint32_t)reader_varint(&reader);
    run->next_thread = (uint32_t)reader_varint(&reader);
    run->deadline = (Instant)reader_u64(&reader);
    if (asl_state_get(run->state, cell_key(0, PART_BODY), &bytes)) run->execution_input = asl_value_of_text(bytes);
    return !reader.failed;
}

static bool place_thread(AslRun *run, AslThread *thread, uint64_t block, uint64_t state)
{
    if (!run->program) return true;
    if (block >= run->program->block_count || state >= run->program->blocks[block]->state_count) return false;
    thread->block = run->program->blocks[block];
    thread->state = (uint32_t)state;
    return true;
}

static bool read_head(AslRun *run, AslThread *thread, Str bytes)
{
    Reader reader;
    reader_init(&reader, bytes);
    if (reader_u8(&reader) != CELL_VERSION) return false;
    thread->phase = reader_u8(&reader);
    uint8_t flags = reader_u8(&reader);
    thread->wants_token = flags & FLAG_TOKEN;
    thread->timer = flags & FLAG_TIMER;
    thread->items_stored = flags & FLAG_ITEMS;
    uint64_t numbers[18];
    for (size_t i = 0; i < 18; i++) numbers[i] = reader_varint(&reader);
    thread->parent = (uint32_t)numbers[0];
    thread->index = (uint32_t)numbers[1];
    if (!place_thread(run, thread, numbers[2], numbers[3])) return false;
    thread->previous = (uint32_t)numbers[4];
    thread->entered_id = (uint32_t)numbers[5];
    thread->entered_previous = (uint32_t)numbers[6];
    thread->attempt = (uint32_t)numbers[7];
    thread->retry_count = (uint32_t)numbers[8];
    thread->heartbeat_s = (int64_t)numbers[9];
    thread->timeout_s = (int64_t)numbers[10];
    thread->total = (uint32_t)numbers[11];
    thread->next = (uint32_t)numbers[12];
    thread->running = (uint32_t)numbers[13];
    thread->limit = (uint32_t)numbers[14];
    thread->cursor = (size_t)numbers[15];
    thread->forked = (uint32_t)numbers[16];
    if (run->program && numbers[17] > 0) {
        if (numbers[17] != asl_def(thread)->retrier_count) return false;
        thread->retries = NEW_ARRAY(run->arena, uint32_t, numbers[17]);
    }
    for (uint64_t i = 0; i < numbers[17] && !reader.failed; i++) {
        uint32_t count = (uint32_t)reader_varint(&reader);
        if (thread->retries) thread->retries[i] = count;
    }
    thread->entered_time = (Instant)reader_u64(&reader);
    thread->due = (Instant)reader_varint(&reader);
    thread->timeout = (Instant)reader_varint(&reader);
    thread->heartbeat = (Instant)reader_varint(&reader);
    if (has_nonce(thread->phase)) thread->nonce = reader_u64(&reader);
    return reader_ended(&reader);
}

static bool read_body(AslThread *thread, Str bytes)
{
    Reader reader;
    reader_init(&reader, bytes);
    uint8_t flags = reader_u8(&reader);
    thread->input = asl_value_of_text(reader_text(&reader));
    thread->input.compact = flags & BODY_COMPACT;
    if (flags & BODY_ITEM) thread->item = asl_value_of_text(reader_text(&reader));
    if (flags & BODY_VARIABLES) thread->variables = asl_value_of_text(reader_text(&reader));
    return reader_ended(&reader);
}

static uint32_t slot_of(const AslRun *run, uint32_t id)
{
    uint32_t at = id * 2654435761u & (run->table_capacity - 1);
    while (run->table[at] && run->table[at]->id != id) at = (at + 1) & (run->table_capacity - 1);
    return at;
}

static void enter_table(AslRun *run, AslThread *thread)
{
    if (2 * (run->table_count + 1) > run->table_capacity) {
        uint32_t    old_capacity = run->table_capacity;
        AslThread **old = run->table;
        run->table_capacity = old_capacity ? 2 * old_capacity : 16;
        run->table = NEW_ARRAY(run->arena, AslThread *, run->table_capacity);
        for (uint32_t i = 0; i < old_capacity; i++)
            if (old[i]) run->table[slot_of(run, old[i]->id)] = old[i];
    }
    run->table[slot_of(run, thread->id)] = thread;
    run->table_count++;
}

static void link_thread(AslRun *run, AslThread *thread)
{
    thread->newer = NULL;
    thread->older = run->threads;
    if (run->threads) run->threads->newer = thread;
    run->threads = thread;
}

AslThread *asl_thread_get(AslRun *run, uint32_t id)
{
    if (run->table) {
        AslThread *known = run->table[slot_of(run, id)];
        if (known) return known->gone ? NULL : known;
    }
    Str head, body;
    if (id == 0 || !asl_state_get(run->state, cell_key(id, PART_HEAD), &head) || !asl_state_get(run->state, cell_key(id, PART_BODY), &body))
        return NULL;
    AslThread *thread = NEW(run->arena, AslThread);
    thread->id = id;
    thread->stored = true;
    if (!read_head(run, thread, head) || !read_body(thread, body)) return NULL;
    if (thread->items_stored) asl_state_get(run->state, cell_key(id, PART_ITEMS), &thread->items);
    enter_table(run, thread);
    link_thread(run, thread);
    return thread;
}

AslThread *asl_thread_up(AslRun *run, AslThread *thread)
{
    if (!thread->up && thread->parent) thread->up = asl_thread_get(run, thread->parent);
    return thread->up;
}

/* ---- beginning and ending ---- */

AslThread *asl_thread_new(AslRun *run, AslThread *parent, uint32_t index, const AslBlock *block)
{
    AslThread *thread = run->spare;
    if (thread) run->spare = thread->older;
    else thread = arena_alloc(run->arena, sizeof *thread);
    *thread = (AslThread){
        .id = run->next_thread++, .parent = parent ? parent->id : 0, .up = parent, .index = index, .block = block, .state = block->start,
    };
    run->machine_changed = true;
    link_thread(run, thread);
    return thread;
}

static void drop_cells(AslRun *run, const AslThread *thread)
{
    Str bytes;
    put_cell(run, cell_key(thread->id, PART_HEAD), STR_NONE);
    put_cell(run, cell_key(thread->id, PART_BODY), STR_NONE);
    if (thread->items_stored) put_cell(run, cell_key(thread->id, PART_ITEMS), STR_NONE);
    for (uint32_t i = 0; i < thread->next; i++)
        if (asl_state_get(run->state, cell_key(thread->id, PART_RESULT + i), &bytes))
            put_cell(run, cell_key(thread->id, PART_RESULT + i), STR_NONE);
}

void asl_thread_drop(AslRun *run, AslThread *thread)
{
    thread->gone = true;
    if (thread->stored) {
        drop_cells(run, thread);
        return;
    }
    if (thread->newer) thread->newer->older = thread->older;
    else run->threads = thread->older;
    if (thread->older) thread->older->newer = thread->newer;
    if (thread->stacked) return; /* the stack still holds it */
    thread->older = run->spare;
    run->spare = thread;
}

void asl_thread_push(AslRun *run, AslThread *thread)
{
    if (thread->stacked) return;
    if (run->stack_count == run->stack_capacity) {
        uint32_t capacity = run->stack_capacity ? 2 * run->stack_capacity : 8;
        run->stack = arena_grow(run->arena, run->stack, run->stack_capacity * sizeof *run->stack, capacity * sizeof *run->stack);
        run->stack_capacity = capacity;
    }
    thread->stacked = true;
    run->stack[run->stack_count++] = thread;
}

/* ---- children ---- */

typedef struct Children {
    AslRun          *run;
    const AslThread *parent;
    AslThread      **found;
    size_t           count, capacity;
} Children;

static void add_child(Children *children, AslThread *child)
{
    if (children->count == children->capacity) {
        size_t capacity = children->capacity ? 2 * children->capacity : 16;
        children->found = arena_grow(children->run->arena, children->found, children->capacity * sizeof(AslThread *),
                                     capacity * sizeof(AslThread *));
        children->capacity = capacity;
    }
    children->found[children->count++] = child;
}

static void load_child(void *data, AslCell cell)
{
    Children *children = data;
    if ((uint32_t)cell.key != PART_HEAD || cell.key == 0) return;
    AslThread *thread = asl_thread_get(children->run, (uint32_t)(cell.key >> 32));
    if (thread && !children->parent && thread->id != 0) add_child(children, thread);
    else if (thread && children->parent && thread->parent == children->parent->id) add_child(children, thread);
}

static int by_index(const void *a, const void *b)
{
    const AslThread *first = *(AslThread *const *)a, *second = *(AslThread *const *)b;
    if (first->index != second->index) return first->index < second->index ? -1 : 1;
    return first->id < second->id ? -1 : first->id > second->id;
}

void asl_thread_children(AslRun *run, const AslThread *parent, AslThread ***out, size_t *out_count)
{
    Children children = { .run = run, .parent = parent };
    for (AslThread *thread = run->threads; thread; thread = thread->older)
        if (!thread->gone && !thread->stored && (!parent || thread->parent == parent->id)) add_child(&children, thread);
    asl_state_each(run->state, load_child, &children);
    if (children.count > 1) qsort(children.found, children.count, sizeof(AslThread *), by_index);
    *out = children.found;
    *out_count = children.count;
}

/* ---- results ---- */

void asl_thread_set_result(AslRun *run, AslThread *parent, uint32_t index, AslValue result)
{
    if (!parent->stored) {
        if (!parent->results) parent->results = NEW_ARRAY(run->arena, AslValue, parent->total);
        parent->results[index] = result;
        return;
    }
    AslArrival *arrival = arena_alloc(run->arena, sizeof *arrival);
    *arrival = (AslArrival){ parent->arrived, index, result };
    parent->arrived = arrival;
}

AslValue *asl_thread_results(AslRun *run, AslThread *parent)
{
    Str bytes;
    if (!parent->results) parent->results = NEW_ARRAY(run->arena, AslValue, parent->total);
    for (uint32_t i = 0; parent->stored && i < parent->total; i++)
        if (asl_state_get(run->state, cell_key(parent->id, PART_RESULT + i), &bytes))
            parent->results[i] = (AslValue){ .text = bytes, .compact = true };
    for (const AslArrival *at = parent->arrived; at; at = at->next) parent->results[at->index] = at->result;
    return parent->results;
}

void asl_thread_forget_results(AslRun *run, AslThread *parent)
{
    Str bytes;
    parent->results = NULL;
    parent->arrived = NULL;
    for (uint32_t i = 0; parent->stored && i < parent->next; i++)
        if (asl_state_get(run->state, cell_key(parent->id, PART_RESULT + i), &bytes))
            put_cell(run, cell_key(parent->id, PART_RESULT + i), STR_NONE);
    if (parent->items_stored) put_cell(run, cell_key(parent->id, PART_ITEMS), STR_NONE);
    parent->items = STR_NONE;
    parent->items_stored = false;
}
