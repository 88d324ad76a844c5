/* history.c -- events of the history: as the API shows them, and as bytes.
 *
 * Stored: version (u8), type, id, previous, number (varints), time (u64), a varint of flags that says which texts follow, each with its
 * length before it, in the order of the flags, and whether `text` is that of the event before; then what there is about the task. */
#include "asl/asl.h"

#include "base/bytes.h"

static const struct {
    Str name;
    Str details;
} TYPES[] = {
#define ASL_HISTORY(name, details) [ASL_H_##name] = { STR_CONST(#name), STR_CONST(details) },
#include "asl/history_types.h"
#undef ASL_HISTORY
};

Str asl_history_type_name(AslHistoryType type)
{
    return TYPES[type].name;
}

/* ---- as JSON ---- */

static void add_given(Arena *arena, Json *object, Str name, Str text)
{
    if (text.data) json_add_str(arena, object, name, text);
}

static void add_data(Arena *arena, Json *object, Str name, Str details_name, Str text, bool with_data)
{
    if (with_data) json_add_str(arena, object, name, text);
    Json *details = json_object(arena);
    json_add(arena, details, STR("truncated"), json_bool(arena, !with_data));
    json_add(arena, object, details_name, details);
}

static void add_input(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    add_data(arena, object, STR("input"), STR("inputDetails"), event->text, with_data);
}

static void add_output(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    add_data(arena, object, STR("output"), STR("outputDetails"), event->text, with_data);
}

static void add_failure(Arena *arena, Json *object, const AslHistory *event)
{
    add_given(arena, object, STR("error"), event->error);
    add_given(arena, object, STR("cause"), event->cause);
}

static void add_limits(Arena *arena, Json *object, const AslTaskAbout *task)
{
    if (task->timeout_s >= 0) json_add_int(arena, object, STR("timeoutInSeconds"), task->timeout_s);
    if (task->heartbeat_s >= 0) json_add_int(arena, object, STR("heartbeatInSeconds"), task->heartbeat_s);
    if (!task->role_arn.data) return;
    Json *credentials = json_object(arena);
    json_add_str(arena, credentials, STR("roleArn"), task->role_arn);
    json_add(arena, object, STR("taskCredentials"), credentials);
}

static const AslTaskAbout NO_TASK = { .timeout_s = -1, .heartbeat_s = -1 };

static void add_task(Arena *arena, Json *object, const AslHistory *event)
{
    const AslTaskAbout *task = event->task ? event->task : &NO_TASK;
    json_add_str(arena, object, STR("resourceType"), task->resource_type);
    json_add_str(arena, object, STR("resource"), task->resource);
}

static void entered(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    json_add_str(arena, object, STR("name"), event->name);
    add_input(arena, object, event, with_data);
}

static void exited(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    json_add_str(arena, object, STR("name"), event->name);
    add_output(arena, object, event, with_data);
    Json *assigned;
    if (!event->assigned.data || json_parse(arena, event->assigned, NULL, &assigned)) return;
    if (with_data) json_add(arena, object, STR("assignedVariables"), assigned);
    Json *details = json_object(arena);
    json_add(arena, details, STR("truncated"), json_bool(arena, !with_data));
    json_add(arena, object, STR("assignedVariablesDetails"), details);
}

static void started(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    add_input(arena, object, event, with_data);
    add_given(arena, object, STR("roleArn"), event->role_arn);
}

static void succeeded(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    add_output(arena, object, event, with_data);
}

static void failed(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    (void)with_data;
    add_failure(arena, object, event);
}

static void redriven(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    (void)with_data;
    json_add_int(arena, object, STR("redriveCount"), event->number);
}

static void map_run(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    (void)with_data;
    json_add_str(arena, object, STR("mapRunArn"), event->text);
    if (event->number > 0) json_add_int(arena, object, STR("redriveCount"), event->number);
}

static void map_length(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    (void)with_data;
    json_add_int(arena, object, STR("length"), event->number);
}

static void iteration(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    (void)with_data;
    json_add_str(arena, object, STR("name"), event->name);
    json_add_int(arena, object, STR("index"), event->number);
}

static void evaluation(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    (void)with_data;
    add_failure(arena, object, event);
    if (event->location.length > 0) json_add_str(arena, object, STR("location"), event->location);
    json_add_str(arena, object, STR("state"), event->name);
}

/* Of a function or an activity: the resource is an ARN. */
static void arn_scheduled(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    const AslTaskAbout *task = event->task ? event->task : &NO_TASK;
    json_add_str(arena, object, STR("resource"), task->resource);
    add_input(arena, object, event, with_data);
    add_limits(arena, object, task);
}

static void worker(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    (void)with_data;
    add_given(arena, object, STR("workerName"), event->name);
}

static void task_scheduled(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    const AslTaskAbout *task = event->task ? event->task : &NO_TASK;
    add_task(arena, object, event);
    json_add_str(arena, object, STR("region"), task->region);
    json_add_str(arena, object, STR("parameters"), with_data ? event->text : STR(""));
    add_limits(arena, object, task);
}

static void task_started(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    (void)with_data;
    add_task(arena, object, event);
}

static void task_succeeded(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    add_task(arena, object, event);
    add_output(arena, object, event, with_data);
}

static void task_failed(Arena *arena, Json *object, const AslHistory *event, bool with_data)
{
    (void)with_data;
    add_task(arena, object, event);
    add_failure(arena, object, event);
}

/* What the details of a name hold; those that are not here hold error and cause. */
static const struct {
    Str details;
    void (*add)(Arena *arena, Json *object, const AslHistory *event, bool with_data);
} DETAILS[] = {
    { STR_CONST("stateEnteredEventDetails"), entered },
    { STR_CONST("stateExitedEventDetails"), exited },
    { STR_CONST("executionStartedEventDetails"), started },
    { STR_CONST("executionSucceededEventDetails"), succeeded },
    { STR_CONST("executionRedrivenEventDetails"), redriven },
    { STR_CONST("lambdaFunctionScheduledEventDetails"), arn_scheduled },
    { STR_CONST("lambdaFunctionSucceededEventDetails"), succeeded },
    { STR_CONST("activityScheduledEventDetails"), arn_scheduled },
    { STR_CONST("activityStartedEventDetails"), worker },
    { STR_CONST("activitySucceededEventDetails"), succeeded },
    { STR_CONST("taskScheduledEventDetails"), task_scheduled },
    { STR_CONST("taskStartedEventDetails"), task_started },
    { STR_CONST("taskSubmittedEventDetails"), task_succeeded },
    { STR_CONST("taskSucceededEventDetails"), task_succeeded },
    { STR_CONST("taskFailedEventDetails"), task_failed },
    { STR_CONST("taskTimedOutEventDetails"), task_failed },
    { STR_CONST("taskStartFailedEventDetails"), task_failed },
    { STR_CONST("taskSubmitFailedEventDetails"), task_failed },
    { STR_CONST("mapStateStartedEventDetails"), map_length },
    { STR_CONST("mapIterationStartedEventDetails"), iteration },
    { STR_CONST("mapIterationSucceededEventDetails"), iteration },
    { STR_CONST("mapIterationFailedEventDetails"), iteration },
    { STR_CONST("mapIterationAbortedEventDetails"), iteration },
    { STR_CONST("mapRunStartedEventDetails"), map_run },
    { STR_CONST("mapRunRedrivenEventDetails"), map_run },
    { STR_CONST("evaluationFailedEventDetails"), evaluation },
};

Json *asl_history_json(Arena *arena, const AslHistory *event, bool with_data)
{
    Json *object = json_object(arena);
    json_add(arena, object, STR("timestamp"), json_time(arena, event->time));
    json_add_str(arena, object, STR("type"), TYPES[event->type].name);
    json_add_int(arena, object, STR("id"), event->id);
    json_add_int(arena, object, STR("previousEventId"), event->previous);
    Str name = TYPES[event->type].details;
    if (name.length == 0) return object;
    Json *details = json_object(arena);
    void (*add)(Arena *, Json *, const AslHistory *, bool) = failed;
    for (size_t i = 0; i < sizeof DETAILS / sizeof DETAILS[0]; i++)
        if (str_equal(name, DETAILS[i].details)) add = DETAILS[i].add;
    add(arena, details, event, with_data);
    json_add(arena, object, name, details);
    return object;
}

/* ---- as bytes ---- */

enum { EVENT_VERSION = 1, TEXTS = 7, TASK_TEXTS = 4, FLAG_TASK = 1 << TEXTS, FLAG_SAME_TEXT = 2 << TEXTS, TEXT = 1 };

static void texts_of(const AslHistory *event, Str **out)
{
    AslHistory *texts = (AslHistory *)event;
    Str *all[TEXTS] = { &texts->name, &texts->text, &texts->assigned, &texts->error, &texts->cause, &texts->location, &texts->role_arn };
    memcpy(out, all, sizeof all);
}

static void task_texts_of(const AslTaskAbout *task, Str **out)
{
    AslTaskAbout *texts = (AslTaskAbout *)task;
    Str *all[TASK_TEXTS] = { &texts->resource_type, &texts->resource, &texts->region, &texts->role_arn };
    memcpy(out, all, sizeof all);
}

void asl_history_encode(const AslHistory *event, const AslHistory *before, Buffer *out)
{
    Str     *texts[TEXTS], *task_texts[TASK_TEXTS];
    uint64_t flags = event->task ? FLAG_TASK : 0;
    bool     same = before && before->text.data && event->text.data && str_equal(before->text, event->text);
    texts_of(event, texts);
    for (int i = 0; i < TEXTS; i++)
        if (texts[i]->data && !(same && i == TEXT)) flags |= 1u << i;
    if (same) flags |= FLAG_SAME_TEXT;
    buffer_append_byte(out, EVENT_VERSION);
    bytes_append_varint(out, event->type);
    bytes_append_varint(out, event->id);
    bytes_append_varint(out, event->previous);
    bytes_append_varint(out, event->number);
    bytes_append_u64(out, (uint64_t)event->time);
    bytes_append_varint(out, flags);
    for (int i = 0; i < TEXTS; i++)
        if (flags & 1u << i) bytes_append_text(out, *texts[i]);
    if (!event->task) return;
    task_texts_of(event->task, task_texts);
    for (int i = 0; i < TASK_TEXTS; i++) bytes_append_text(out, *task_texts[i]);
    buffer_append_byte(out, event->task->role_arn.data ? 1 : 0);
    bytes_append_u64(out, (uint64_t)event->task->timeout_s);
    bytes_append_u64(out, (uint64_t)event->task->heartbeat_s);
}

static void decode_task(Arena *arena, Reader *reader, AslHistory *out)
{
    AslTaskAbout *task = NEW(arena, AslTaskAbout);
    Str          *texts[TASK_TEXTS];
    task_texts_of(task, texts);
    for (int i = 0; i < TASK_TEXTS; i++) *texts[i] = reader_text(reader);
    if (!reader_u8(reader)) task->role_arn = STR_NONE;
    task->timeout_s = (int64_t)reader_u64(reader);
    task->heartbeat_s = (int64_t)reader_u64(reader);
    out->task = task;
}

Error *asl_history_decode(Arena *arena, Str bytes, const AslHistory *before, AslHistory *out)
{
    Reader     reader;
    AslHistory event = { 0 };
    Str       *texts[TEXTS];
    reader_init(&reader, bytes);
    uint8_t  version = reader_u8(&reader);
    uint64_t type = reader_varint(&reader);
    event.type = (AslHistoryType)type;
    event.id = (uint32_t)reader_varint(&reader);
    event.previous = (uint32_t)reader_varint(&reader);
    event.number = (uint32_t)reader_varint(&reader);
    event.time = (Instant)reader_u64(&reader);
    uint64_t flags = reader_varint(&reader);
    texts_of(&event, texts);
    for (int i = 0; i < TEXTS; i++)
        if (flags & 1u << i) *texts[i] = reader_text(&reader);
    if (flags & FLAG_TASK) decode_task(arena, &reader, &event);
    if (flags & FLAG_SAME_TEXT) event.text = before ? before->text : STR_NONE;
    if (version != EVENT_VERSION || type >= ASL_HISTORY_TYPES || !reader_ended(&reader))
        return error_new(ERR_CORRUPT, "an event of the history cannot be read");
    *out = event;
    return NULL;
}
