/* history.c -- GetExecutionHistory.
 *
 *     TABLE_STATES_HISTORY   execution (8), first event (4) -> the events of a step, each a text (asl_history_encode)
 *
 * A page is made of short runs of events, read forwards whatever the order; it ends early where its events are very large. A row
 * is known by its first event only: which one holds a given event is found by looking ever further back from it, so a page costs
 * no more in the middle of a long history than at its beginning. A token holds the last event told. */
#include "services/states/check.h"
#include "services/states/executions.h"
#include "services/states/paging.h"

enum { KEY_SIZE = 12, EVENT_SIZE = 4, RUN_OF_EVENTS = 32 };

typedef struct History {
    Context              *context;
    const StatesExecution *execution;
    bool                  with_data, reverse;
    Json                 *events;
    size_t                bytes; /* of the events told, as they are stored */
} History;

static Str history_key(char out[KEY_SIZE], uint64_t execution, uint32_t event)
{
    bytes_put_u64(out, execution);
    bytes_put_u32(out + 8, event);
    return str_from(out, KEY_SIZE);
}

/* ---- reading ---- */

typedef struct Rows {
    StoreCursor *cursor;
    Str          row;
    uint32_t     first; /* event of the row */
    bool         more;
} Rows;

static Error *next_row(Rows *rows)
{
    Str key;
    TRY(store_next(rows->cursor, &key, &rows->row, &rows->more));
    if (!rows->more) return NULL;
    if (key.length != KEY_SIZE) return error_new(ERR_CORRUPT, "a part of an execution's history has no name");
    rows->first = bytes_get_u32(key.data + 8);
    return NULL;
}

/* The first row is the one that holds the event, or one before it. */
static Error *open_rows(History *history, uint32_t event, Rows *rows)
{
    Context *context = history->context;
    char     key[KEY_SIZE];
    for (uint32_t at = event, step = 1;; step *= 2) {
        Str from = history_key(key, history->execution->number, at);
        TRY(store_scan(context->store, context->arena, TABLE_STATES_HISTORY, from, str_slice(from, 0, STATES_ID_SIZE), &rows->cursor));
        TRY(next_row(rows));
        if (at == 1 || (rows->more && rows->first <= event)) return NULL;
        store_scan_end(rows->cursor);
        at = at > step ? at - step : 1;
    }
}

typedef struct Run { /* of events that follow each other */
    AslHistory events[RUN_OF_EVENTS];
    size_t     sizes[RUN_OF_EVENTS];
    size_t     count;
} Run;

static Error *read_row(History *history, Str row, uint32_t first, uint32_t last, Run *run)
{
    Reader     reader;
    AslHistory before = { 0 }; /* the event before, of this row: texts that are the same are not repeated */
    reader_init(&reader, row);
    while (reader.at < reader.end && run->count < RUN_OF_EVENTS) {
        AslHistory *event = &run->events[run->count];
        Str         text = reader_text(&reader);
        if (reader.failed) return error_new(ERR_CORRUPT, "an execution's history cannot be read");
        TRY(asl_history_decode(history->context->arena, text, &before, event));
        before = *event;
        if (event->id > last) break;
        bool repeats = text.length < event->text.length; /* its text is not in its bytes */
        if (event->id >= first) run->sizes[run->count++] = text.length + (repeats ? event->text.length : 0);
    }
    return NULL;
}

static Error *read_run(History *history, uint32_t first, uint32_t last, Run *run)
{
    Rows rows;
    run->count = 0;
    TRY(open_rows(history, first, &rows));
    while (rows.more && rows.first <= last) {
        TRY(read_row(history, rows.row, first, last, run));
        TRY(next_row(&rows));
    }
    store_scan_end(rows.cursor);
    return NULL;
}

/* ---- telling ---- */

/* *last: the event that was told last. False: the page is full of bytes. */
static bool tell_run(History *history, const Run *run, uint32_t *last)
{
    Arena *arena = history->context->arena;
    for (size_t i = 0; i < run->count; i++) {
        size_t at = history->reverse ? run->count - 1 - i : i;
        if (history->bytes >= STATES_HISTORY_PAGE_BYTES) return false;
        json_append(arena, history->events, asl_history_json(arena, &run->events[at], history->with_data));
        history->bytes += history->with_data ? run->sizes[at] : 0;
        *last = run->events[at].id;
    }
    return true;
}

/* Events after `*last`, or before it; `*last` moves to where the page ends. */
static Error *tell_page(History *history, size_t max, uint32_t *last)
{
    uint32_t total = history->execution->events;
    for (size_t told = 0; told < max;) {
        size_t   length = max - told < RUN_OF_EVENTS ? max - told : RUN_OF_EVENTS;
        uint32_t left = history->reverse ? *last - 1 : total - *last;
        Run      run;
        if (!left) break;
        if (length > left) length = left;
        uint32_t first = history->reverse ? *last - (uint32_t)length : *last + 1;
        TRY(read_run(history, first, first + (uint32_t)length - 1, &run));
        if (run.count != length) return error_new(ERR_CORRUPT, "an execution's history has a gap");
        if (!tell_run(history, &run, last)) break;
        told += length;
    }
    return NULL;
}

static Error *parse_page(Context *context, const Json *input, Str scope, const History *history, size_t *max, uint32_t *last)
{
    StatesPage page;
    uint32_t   total = history->execution->events;
    TRY(states_page_parse(context, input, scope, &page));
    *max = page.max;
    *last = history->reverse ? total + 1 : 0;
    if (page.after.length == EVENT_SIZE) *last = bytes_get_u32(page.after.data);
    if (history->reverse ? *last >= 1 && *last <= total + 1 : *last <= total) return NULL;
    return error_fault(&states_invalid_token, "Invalid Token: 'Invalid token'");
}

static bool includes_data(const Json *input)
{
    return !json_get(input, STR("includeExecutionData")) || states_flag(input, STR("includeExecutionData"));
}

Error *states_get_execution_history(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("executionArn"), PAGE_RULES };
    Arena                  *arena = context->arena;
    StatesExecution         execution;
    size_t                  max;
    uint32_t                last;
    char                    position[EVENT_SIZE];
    TRY(states_check(input, RULES(rules)));
    Str arn = json_get_str(input, STR("executionArn"));
    TRY(states_execution_find(context, arn, &execution));
    History history = { context, &execution, includes_data(input), states_flag(input, STR("reverseOrder")), json_array(arena), 0 };
    Str     scope = str_format(arena, "GetExecutionHistory%s %.*s", history.reverse ? " reverse" : "", STR_ARG(arn));
    TRY(parse_page(context, input, scope, &history, &max, &last));
    TRY(tell_page(&history, max, &last));
    *out = json_object(arena);
    json_add(arena, *out, STR("events"), history.events);
    if (history.reverse ? last <= 1 : last >= execution.events) return NULL;
    bytes_put_u32(position, last);
    json_add_str(arena, *out, STR("nextToken"), states_page_token(context, scope, str_from(position, EVENT_SIZE)));
    return NULL;
}
