/* map_run_results.c -- how the children of a map run have ended, and what the run gives.
 *
 *     TABLE_STATES_MAP_RESULT   run (8), child (8) -> format (1 byte, 1), status (1), lost (1), execution, items, round
 *                                                        (varints), text
 *
 * The text of a child that has succeeded is its output, as compact JSON. Where the result tells more than outputs (Transformation
 * NONE), and of children that have failed and were tolerated, it is what there is to tell about the child: of a standard one that
 * can be read from its record, so only for express ones it is kept here. When the outputs together have become too large for a
 * payload, no more of them are kept. */
#include "services/states/map_runs.h"
#include "services/states/redrive.h"
#include "services/states/rows.h"

enum { FORMAT = 1, KEY_SIZE = 16 };

static Str result_key(char out[KEY_SIZE], uint64_t run, uint64_t child)
{
    bytes_put_u64(out, run);
    bytes_put_u64(out + 8, child);
    return str_from(out, KEY_SIZE);
}

/* ---- what there is to tell about a child ---- */

static void add_date(Arena *arena, Json *object, Str name, Instant instant)
{
    char text[INSTANT_TEXT_SIZE];
    json_add_str(arena, object, name, str_copy(arena, instant_format_iso_ms(instant, text)));
}

static void add_included(Arena *arena, Json *object, Str name)
{
    Json *details = json_object(arena);
    json_add(arena, details, STR("Included"), json_bool(arena, true));
    json_add(arena, object, name, details);
}

static void add_redrive(Arena *arena, Json *object, const StatesExecution *child, const StatesRedrivable *redrivable)
{
    json_add_int(arena, object, STR("RedriveCount"), child->redrives);
    json_add_str(arena, object, STR("RedriveStatus"), redrivable->status);
    if (redrivable->reason.data) json_add_str(arena, object, STR("RedriveStatusReason"), redrivable->reason);
}

static Error *tell_child(Context *context, const StatesExecution *child, Str *out)
{
    Arena             *arena = context->arena;
    const StatesOwner *owner = &child->owner;
    StatesRedrivable   redrivable;
    Json              *told = json_object(arena);
    TRY(states_redrive_look(context, child, &redrivable));
    if (child->cause.data) json_add_str(arena, told, STR("Cause"), child->cause);
    if (child->error.data) json_add_str(arena, told, STR("Error"), child->error);
    json_add_str(arena, told, STR("ExecutionArn"), states_execution_arn(arena, child));
    json_add_str(arena, told, STR("Input"), child->input);
    add_included(arena, told, STR("InputDetails"));
    json_add_str(arena, told, STR("Name"), child->name);
    if (child->output.data) json_add_str(arena, told, STR("Output"), child->output);
    add_included(arena, told, STR("OutputDetails"));
    add_redrive(arena, told, child, &redrivable);
    add_date(arena, told, STR("StartDate"), child->started);
    Str machine = states_execution_machine(arena, child);
    json_add_str(arena, told, STR("StateMachineArn"), states_arn_text(arena, owner->region, owner->account, "stateMachine", machine, STR_NONE));
    json_add_str(arena, told, STR("Status"), states_status_name(child->status));
    add_date(arena, told, STR("StopDate"), child->stopped);
    *out = json_text(arena, told);
    return NULL;
}

/* ---- writing ---- */

static Str compact(Arena *arena, Str text)
{
    Json  *value;
    Error *error = json_parse(arena, text, NULL, &value);
    if (!error) return json_text(arena, value);
    error_free(error);
    return text;
}

static bool is_full(const StatesMapRun *run)
{
    return run->result_bytes > ASL_PAYLOAD_MAX;
}

static bool is_told(const StatesMapRun *run, AslStatus status)
{
    return status != ASL_SUCCEEDED || run->form == STATES_MAP_NONE;
}

/* What goes into the result of what succeeded, brackets of arrays that will be flattened left out. */
static uint64_t size_of(const StatesMapRun *run, Str text)
{
    bool flat = run->form == STATES_MAP_FLATTEN && text.length && text.data[0] == '[';
    return flat ? text.length - 2 : text.length;
}

static Error *text_to_keep(Context *context, StatesMapRun *run, const StatesExecution *child, Str *out)
{
    *out = STR("");
    if (is_told(run, child->status)) return child->express ? tell_child(context, child, out) : NULL;
    if (is_full(run)) return NULL;
    *out = compact(context->arena, child->output);
    run->result_bytes += size_of(run, *out);
    return NULL;
}

bool states_map_child_is_lost(const StatesExecution *child)
{
    return child->status != ASL_SUCCEEDED && !child->express && child->events >= STATES_REDRIVE_EVENTS_MAX;
}

Error *states_map_result_write(Context *context, StatesMapRun *run, const StatesExecution *child)
{
    char    key[KEY_SIZE];
    Str     text;
    Buffer *row = &states_of(context)->scratch;
    TRY(text_to_keep(context, run, child, &text));
    buffer_clear(row);
    buffer_append_byte(row, FORMAT);
    buffer_append_byte(row, (char)child->status);
    buffer_append_byte(row, states_map_child_is_lost(child));
    bytes_append_varint(row, child->number);
    bytes_append_varint(row, child->parent.attempt);
    bytes_append_varint(row, run->redrives);
    bytes_append_text(row, text);
    if (row->failed) return error_memory();
    return store_put(context->store, TABLE_STATES_MAP_RESULT, result_key(key, run->number, child->parent.thread), buffer_str(row));
}

/* ---- reading ---- */

typedef struct Result {
    StatesMapFailure ended; /* well or not */
    Str              text;
} Result;

static Error *read_result(Str key, Str row, Result *out)
{
    Reader reader;
    reader_init(&reader, row);
    uint8_t format = reader_u8(&reader);
    out->ended.child = key.length == KEY_SIZE ? bytes_get_u64(key.data + 8) : 0;
    out->ended.status = reader_u8(&reader);
    out->ended.lost = reader_u8(&reader) != 0;
    out->ended.execution = reader_varint(&reader);
    out->ended.items = (uint32_t)reader_varint(&reader);
    out->ended.round = (uint32_t)reader_varint(&reader);
    out->text = reader_text(&reader);
    if (format == FORMAT && key.length == KEY_SIZE && reader_ended(&reader)) return NULL;
    return error_new(ERR_CORRUPT, "how a child of a map run has ended cannot be read");
}

Error *states_map_failure_next(Context *context, const StatesMapRun *run, uint64_t from, StatesMapFailure *out, bool *out_found)
{
    StoreCursor *cursor;
    char         key_bytes[KEY_SIZE];
    Str          key = result_key(key_bytes, run->number, from), row;
    *out_found = false;
    TRY(store_scan(context->store, context->arena, TABLE_STATES_MAP_RESULT, key, str_slice(key, 0, STATES_ID_SIZE), &cursor));
    for (bool more = true; more && !*out_found;) {
        Result result;
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) break;
        TRY(read_result(key, row, &result));
        *out = result.ended;
        *out_found = result.ended.status != ASL_SUCCEEDED;
    }
    store_scan_end(cursor);
    return NULL;
}

Error *states_map_failure_get(Context *context, const StatesMapRun *run, uint64_t child, StatesMapFailure *out, bool *out_found)
{
    char   key_bytes[KEY_SIZE];
    Str    key = result_key(key_bytes, run->number, child), row;
    Result result;
    TRY(store_get(context->store, context->arena, TABLE_STATES_MAP_RESULT, key, &row, out_found));
    if (!*out_found) return NULL;
    TRY(read_result(key, row, &result));
    *out = result.ended;
    *out_found = result.ended.status != ASL_SUCCEEDED;
    return NULL;
}

Error *states_map_failure_remove(Context *context, const StatesMapRun *run, uint64_t child)
{
    char key[KEY_SIZE];
    return store_delete(context->store, TABLE_STATES_MAP_RESULT, result_key(key, run->number, child));
}

/* ---- the result ---- */

typedef struct Writing {
    Context            *context;
    const StatesMapRun *run;
    char               *text; /* in the arena */
    size_t              length, capacity;
} Writing;

static void append(Writing *writing, Str text)
{
    size_t wanted = writing->length + text.length;
    if (wanted > writing->capacity) {
        size_t bigger = wanted < 512 ? 1024 : 2 * wanted;
        writing->text = arena_grow(writing->context->arena, writing->text, writing->capacity, bigger);
        writing->capacity = bigger;
    }
    if (text.length) memcpy(writing->text + writing->length, text.data, text.length);
    writing->length = wanted;
}

static void append_item(Writing *writing, Str item)
{
    if (writing->length > (writing->run->lines ? 0 : 1)) append(writing, writing->run->lines ? STR("\n") : STR(","));
    append(writing, item);
}

static Error *append_items_of(Writing *writing, Str array)
{
    Json *value, *item;
    TRY(json_parse(writing->context->arena, array, NULL, &value));
    JSON_EACH_ITEM(value, item) append_item(writing, json_text(writing->context->arena, item));
    return NULL;
}

/* Of a standard child: from its record, or from memory while the call that has ended it goes on. */
static Error *told_later(Writing *writing, const StatesMapFailure *ended, Str *out)
{
    Context               *context = writing->context;
    char                   key[STATES_ID_SIZE];
    StatesExecution        stored;
    bool                   found = true;
    const StatesExecution *child = map_get(&states_of(context)->executions, states_id_key(key, ended->execution));
    if (!child) {
        TRY(states_execution_read(context, ended->execution, &stored, &found));
        child = &stored;
    }
    *out = STR("null");
    return found ? tell_child(context, child, out) : NULL;
}

static Error *append_result(Writing *writing, const Result *result)
{
    const StatesMapRun *run = writing->run;
    Str                 text = result->text;
    bool                told = is_told(run, result->ended.status);
    if (told && !run->express) TRY(told_later(writing, &result->ended, &text));
    if (!told && run->form == STATES_MAP_FLATTEN && text.length && text.data[0] == '[') return append_items_of(writing, text);
    append_item(writing, text);
    return NULL;
}

static Error *append_all(Writing *writing)
{
    Context     *context = writing->context;
    char         prefix[STATES_ID_SIZE];
    Str          from = states_id_key(prefix, writing->run->number), key, row;
    StoreCursor *cursor;
    bool         more;
    TRY(store_scan(context->store, context->arena, TABLE_STATES_MAP_RESULT, from, from, &cursor));
    while (writing->length <= ASL_PAYLOAD_MAX) {
        Result result;
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) break;
        TRY(read_result(key, row, &result));
        TRY(append_result(writing, &result));
    }
    store_scan_end(cursor);
    return NULL;
}

Error *states_map_result_text(Context *context, const StatesMapRun *run, Str *out, bool *out_fits)
{
    Writing writing = { .context = context, .run = run };
    *out_fits = !is_full(run);
    if (!*out_fits) return NULL;
    if (!run->lines) append(&writing, STR("["));
    TRY(append_all(&writing));
    if (!run->lines) append(&writing, STR("]"));
    Str text = str_from(writing.text, writing.length);
    *out = run->lines ? json_text(context->arena, json_str(context->arena, text)) : text;
    *out_fits = out->length <= ASL_PAYLOAD_MAX;
    return NULL;
}

Error *states_map_result_sweep(Context *context, const StatesMapRun *run, bool *out_more)
{
    char       prefix[STATES_ID_SIZE];
    StatesRow *rows;
    size_t     count;
    TRY(states_row_list(context, TABLE_STATES_MAP_RESULT, states_id_key(prefix, run->number), STR_NONE, STATES_MAP_SWEEP, &rows, &count));
    for (size_t i = 0; i < count; i++) TRY(store_delete(context->store, TABLE_STATES_MAP_RESULT, rows[i].key));
    *out_more = count == STATES_MAP_SWEEP;
    return NULL;
}
