/* map_run_record.c -- the rows of map runs. See map_runs.h for the tables.
 *
 * A record:
 *
 *     format (1 byte, 1), status (1), form (1), flags (1), then varints in the order of numbers_of, the tolerated percentage (8: the
 *     bits of a double), then texts in the order of texts_of */
#include "services/states/map_runs.h"

#include "services/states/names.h"
#include "services/states/rows.h"

enum { FORMAT = 1, OF_SIZE = 16 };
enum { LINES = 1, EXPRESS = 2, BATCHED = 4, CONTINUING = 8, REDRIVING = 16 };
enum { NUMBERS = 31, TALLY = 8, TEXTS = 10 };

Str states_map_status_name(StatesMapStatus status)
{
    static const Str NAMES[] = {
        [STATES_MAP_RUNNING] = STR_CONST("RUNNING"),
        [STATES_MAP_SUCCEEDED] = STR_CONST("SUCCEEDED"),
        [STATES_MAP_FAILED] = STR_CONST("FAILED"),
        [STATES_MAP_ABORTED] = STR_CONST("ABORTED"),
    };
    return NAMES[status];
}

/* ---- as bytes ---- */

static void tally_numbers(const StatesMapTally *tally, uint64_t out[TALLY])
{
    const uint64_t numbers[TALLY] = { tally->begun,     tally->running, tally->succeeded,       tally->failed,
                                      tally->timed_out, tally->aborted, tally->pending_redrive, tally->lost };
    memcpy(out, numbers, sizeof numbers);
}

static StatesMapTally tally_of(const uint64_t numbers[TALLY])
{
    return (StatesMapTally){ numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7] };
}

static void numbers_of(const StatesMapRun *run, uint64_t out[NUMBERS])
{
    const uint64_t numbers[NUMBERS - 2 * TALLY] = {
        run->owner.machine,       run->owner.revision,    run->execution,
        run->thread,              run->attempt,           run->machine,
        run->concurrency_max,     (uint64_t)(run->tolerated_count + 1), (uint64_t)run->started,
        (uint64_t)run->stopped,   (uint64_t)run->redriven, run->redrives,
        run->items_total,         run->result_bytes,      run->redrive_next,
    };
    memcpy(out, numbers, sizeof numbers);
    tally_numbers(&run->children, out + NUMBERS - 2 * TALLY);
    tally_numbers(&run->items, out + NUMBERS - TALLY);
}

static void take_numbers(StatesMapRun *run, const uint64_t numbers[NUMBERS])
{
    run->owner.machine = numbers[0];
    run->owner.revision = numbers[1];
    run->execution = numbers[2];
    run->thread = (uint32_t)numbers[3];
    run->attempt = (uint32_t)numbers[4];
    run->machine = (uint32_t)numbers[5];
    run->concurrency_max = (uint32_t)numbers[6];
    run->tolerated_count = (int64_t)numbers[7] - 1;
    run->started = (Instant)numbers[8];
    run->stopped = (Instant)numbers[9];
    run->redriven = (Instant)numbers[10];
    run->redrives = (uint32_t)numbers[11];
    run->items_total = numbers[12];
    run->result_bytes = numbers[13];
    run->redrive_next = numbers[14];
    run->children = tally_of(numbers + NUMBERS - 2 * TALLY);
    run->items = tally_of(numbers + NUMBERS - TALLY);
}

static void texts_of(StatesMapRun *run, Str *out[TEXTS])
{
    Str *texts[TEXTS] = { &run->owner.account, &run->owner.region, &run->owner.name, &run->arn,       &run->label,
                          &run->execution_arn, &run->state_name,   &run->version_arn, &run->alias_arn, &run->trace };
    memcpy(out, texts, sizeof texts);
}

static void encode(Buffer *out, const StatesMapRun *run)
{
    uint64_t numbers[NUMBERS], percentage;
    Str     *texts[TEXTS];
    numbers_of(run, numbers);
    texts_of((StatesMapRun *)run, texts);
    memcpy(&percentage, &run->tolerated_percentage, sizeof percentage);
    buffer_clear(out);
    buffer_append_byte(out, FORMAT);
    buffer_append_byte(out, (char)run->status);
    buffer_append_byte(out, (char)run->form);
    buffer_append_byte(out, (char)((run->lines ? LINES : 0) | (run->express ? EXPRESS : 0) | (run->batched ? BATCHED : 0) |
                                   (run->continuing ? CONTINUING : 0) | (run->redriving ? REDRIVING : 0)));
    for (size_t i = 0; i < NUMBERS; i++) bytes_append_varint(out, numbers[i]);
    bytes_append_u64(out, percentage);
    for (size_t i = 0; i < TEXTS; i++) bytes_append_text(out, *texts[i]);
}

static Error *decode(Str row, StatesMapRun *out)
{
    Reader   reader;
    uint64_t numbers[NUMBERS];
    Str     *texts[TEXTS];
    reader_init(&reader, row);
    uint8_t format = reader_u8(&reader);
    out->status = reader_u8(&reader);
    out->form = reader_u8(&reader);
    uint8_t flags = reader_u8(&reader);
    for (size_t i = 0; i < NUMBERS; i++) numbers[i] = reader_varint(&reader);
    uint64_t percentage = reader_u64(&reader);
    texts_of(out, texts);
    for (size_t i = 0; i < TEXTS; i++) *texts[i] = reader_text(&reader);
    if (format != FORMAT || out->status > STATES_MAP_ABORTED || out->form > STATES_MAP_FLATTEN || !reader_ended(&reader))
        return error_new(ERR_CORRUPT, "a stored map run cannot be read");
    out->lines = flags & LINES;
    out->express = flags & EXPRESS;
    out->batched = flags & BATCHED;
    out->continuing = flags & CONTINUING;
    out->redriving = flags & REDRIVING;
    memcpy(&out->tolerated_percentage, &percentage, sizeof percentage);
    take_numbers(out, numbers);
    return NULL;
}

/* ---- reading ---- */

Error *states_map_run_read(Context *context, uint64_t number, StatesMapRun *out, bool *out_found)
{
    char key[STATES_ID_SIZE];
    Str  row;
    TRY(store_get(context->store, context->arena, TABLE_STATES_MAP_RUN, states_id_key(key, number), &row, out_found));
    if (!*out_found) return NULL;
    *out = (StatesMapRun){ .number = number };
    return decode(row, out);
}

static Str name_key(Arena *arena, const StatesArn *arn)
{
    return str_format(arena, "%.*s/%.*s:%.*s", STR_ARG(states_key_of(arena, arn)), STR_ARG(arn->label), STR_ARG(arn->qualifier));
}

static Error *by_name(Context *context, const StatesArn *arn, StatesMapRun *out, bool *out_found)
{
    Str row, key = name_key(context->arena, arn);
    *out_found = false;
    if (key.length > STORE_KEY_MAX) return NULL;
    TRY(store_get(context->store, context->arena, TABLE_STATES_MAP_RUN_NAME, key, &row, out_found));
    if (!*out_found) return NULL;
    if (row.length != STATES_ID_SIZE) return error_new(ERR_CORRUPT, "the name of a map run leads nowhere");
    return states_map_run_read(context, bytes_get_u64(row.data), out, out_found);
}

Error *states_map_run_find(Context *context, Str text, StatesMapRun *out)
{
    StatesArn arn;
    bool      found = false;
    TRY(states_arn_parse(text, "mapRun", &arn));
    if (str_equal(arn.region, context->caller->region)) TRY(by_name(context, &arn, out, &found));
    return found ? NULL : error_fault(&states_resource_not_found, "Resource Not Found: '%.*s'", STR_ARG(text));
}

static Error *own_arn(Str text, StatesArn *out)
{
    Error *error = states_arn_parse(text, "mapRun", out);
    if (!error || error->code != ERR_FAULT) return error;
    error_free(error);
    return error_new(ERR_CORRUPT, "the ARN of a map run makes no sense");
}

Error *states_map_run_by_arn(Context *context, Str text, StatesMapRun *out, bool *out_found)
{
    StatesArn arn;
    TRY(own_arn(text, &arn));
    return by_name(context, &arn, out, out_found);
}

Error *states_map_run_of(Context *context, uint64_t execution, uint32_t thread, StatesMapRun *out, bool *out_found)
{
    char       prefix[STATES_ID_SIZE];
    StatesRow *rows;
    size_t     count;
    *out_found = false;
    TRY(states_row_list(context, TABLE_STATES_MAP_OF, states_id_key(prefix, execution), STR_NONE, SIZE_MAX, &rows, &count));
    for (size_t i = count; i-- > 0 && !*out_found;) {
        if (rows[i].key.length != OF_SIZE) return error_new(ERR_CORRUPT, "a map run of an execution leads nowhere");
        TRY(states_map_run_read(context, bytes_get_u64(rows[i].key.data + STATES_ID_SIZE), out, out_found));
        *out_found = *out_found && out->thread == thread && out->status == STATES_MAP_RUNNING;
    }
    return NULL;
}

/* ---- writing ---- */

Error *states_map_run_save(Context *context, const StatesMapRun *run)
{
    char    key[STATES_ID_SIZE];
    Buffer *row = &states_of(context)->scratch;
    encode(row, run);
    if (row->failed) return error_memory();
    return store_put(context->store, TABLE_STATES_MAP_RUN, states_id_key(key, run->number), buffer_str(row));
}

Error *states_map_run_insert(Context *context, const StatesMapRun *run)
{
    char      id[STATES_ID_SIZE], of[OF_SIZE];
    StatesArn arn;
    TRY(own_arn(run->arn, &arn));
    TRY(store_put(context->store, TABLE_STATES_MAP_RUN_NAME, name_key(context->arena, &arn), states_id_key(id, run->number)));
    bytes_put_u64(of, run->execution);
    bytes_put_u64(of + STATES_ID_SIZE, run->number);
    TRY(store_put(context->store, TABLE_STATES_MAP_OF, str_from(of, OF_SIZE), STR("")));
    return states_map_run_save(context, run);
}
