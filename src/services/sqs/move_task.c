/* move_task.c -- tasks that move the messages of a dead-letter queue to where they came from, or to one
 * queue that was named.
 *
 *     TABLE_SQS_MOVE_TASK  source queue (8), started (8)  ->
 *         format (1 byte, 1), status (1), rate (varint; 0: as fast as it goes), moved (varint),
 *         to move (varint), destination ARN, failure, id (texts)
 *
 * A task is a row and a timer. The timer runs ContinueMessageMoveTask, which moves a chunk and sets the
 * next one, a second later where there is a rate; so a task survives a crash and two tasks of different
 * queues take turns. It ends when it has moved as many messages as could be received when it started, or
 * when none can be received any more. */
#include "base/text.h"
#include "services/sqs/fifo.h"
#include "services/sqs/group.h"
#include "services/sqs/redrive.h"

enum { TASK_FORMAT = 1, TASK_KEY_SIZE = 16 };

typedef enum TaskStatus {
    TASK_RUNNING,
    TASK_COMPLETED,
    TASK_CANCELLING,
    TASK_CANCELLED,
    TASK_FAILED,
    TASK_STATUS_COUNT
} TaskStatus;

static const Str status_names[TASK_STATUS_COUNT] = {
    STR_CONST("RUNNING"), STR_CONST("COMPLETED"), STR_CONST("CANCELLING"), STR_CONST("CANCELLED"), STR_CONST("FAILED"),
};

typedef struct Task {
    uint64_t   source; /* queue id */
    Instant    started;
    TaskStatus status;
    uint64_t   rate;
    uint64_t   moved;
    uint64_t   to_move;
    Str        destination; /* ARN; empty: where each message came from */
    Str        failure;
    Str        id;
} Task;

/* ---- rows ---- */

static Str task_key(char out[TASK_KEY_SIZE], uint64_t source, Instant started)
{
    bytes_put_u64(out, source);
    bytes_put_u64(out + 8, (uint64_t)started);
    return str_from(out, TASK_KEY_SIZE);
}

static Error *task_write(Context *context, const Task *task)
{
    char    key[TASK_KEY_SIZE];
    Buffer *row = &sqs_of(context)->scratch;
    buffer_clear(row);
    buffer_append_byte(row, TASK_FORMAT);
    buffer_append_byte(row, (char)task->status);
    bytes_append_varint(row, task->rate);
    bytes_append_varint(row, task->moved);
    bytes_append_varint(row, task->to_move);
    bytes_append_text(row, task->destination);
    bytes_append_text(row, task->failure);
    bytes_append_text(row, task->id);
    if (row->failed) return error_memory();
    return store_put(context->store, TABLE_SQS_MOVE_TASK, task_key(key, task->source, task->started), buffer_str(row));
}

static Error *task_decode(Str key, Str row, Task *out)
{
    Reader reader;
    reader_init(&reader, row);
    if (key.length != TASK_KEY_SIZE || reader_u8(&reader) != TASK_FORMAT) reader.failed = true;
    *out = (Task){ .status = reader_u8(&reader) };
    out->rate = reader_varint(&reader);
    out->moved = reader_varint(&reader);
    out->to_move = reader_varint(&reader);
    out->destination = reader_text(&reader);
    out->failure = reader_text(&reader);
    out->id = reader_text(&reader);
    if (!reader_ended(&reader) || out->status >= TASK_STATUS_COUNT)
        return error_new(ERR_CORRUPT, "a stored message move task cannot be read");
    out->source = bytes_get_u64(key.data);
    out->started = (Instant)bytes_get_u64(key.data + 8);
    return NULL;
}

static Error *task_read(Context *context, uint64_t source, Instant started, Task *out, bool *out_found)
{
    char key[TASK_KEY_SIZE];
    Str  row, name = task_key(key, source, started);
    TRY(store_get(context->store, context->arena, TABLE_SQS_MOVE_TASK, name, &row, out_found));
    return *out_found ? task_decode(name, row, out) : NULL;
}

/* The tasks of a source, oldest first: there are never more than SQS_MOVE_TASKS_MAX. */
static Error *tasks_read(Context *context, uint64_t source, Task *out, size_t *out_count)
{
    char         prefix[8];
    size_t       count = 0;
    StoreCursor *cursor;
    bytes_put_u64(prefix, source);
    Str of_source = str_from(prefix, sizeof prefix);
    TRY(store_scan(context->store, context->arena, TABLE_SQS_MOVE_TASK, of_source, of_source, &cursor));
    while (count < SQS_MOVE_TASKS_MAX) {
        Str  key, row;
        bool more;
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) break;
        TRY(task_decode(key, row, &out[count++]));
    }
    store_scan_end(cursor);
    *out_count = count;
    return NULL;
}

static bool is_active(const Task *task)
{
    return task->status == TASK_RUNNING || task->status == TASK_CANCELLING;
}

/* ---- handles ---- */

static Str task_handle(Context *context, const Task *task, Str source_arn)
{
    Json *handle = json_object(context->arena);
    json_add_str(context->arena, handle, STR("taskId"), task->id);
    json_add_str(context->arena, handle, STR("sourceArn"), source_arn);
    return text_base64(context->arena, json_text(context->arena, handle));
}

static Error *invalid_handle(void)
{
    return error_fault(&sqs_invalid_parameter_value, "Value for parameter TaskHandle is invalid.");
}

static Error *open_handle(Context *context, Str handle, Str *out_id, Str *out_arn)
{
    Str   text;
    Json *json;
    if (handle.length > SQS_HANDLE_MAX || !text_unbase64(context->arena, handle, &text)) return invalid_handle();
    Error *error = json_parse(context->arena, text, NULL, &json);
    if (error && error->code == ERR_MEMORY) return error;
    error_free(error);
    if (error) return invalid_handle();
    *out_id = json_get_str(json, STR("taskId"));
    *out_arn = json_get_str(json, STR("sourceArn"));
    return out_id->length && out_arn->length ? NULL : invalid_handle();
}

/* ---- starting ---- */

static Error *find_resource(Context *context, Str arn, const char *name, Queue **out)
{
    Str    rest = arn, part;
    size_t parts = 0;
    while (str_next_part(&rest, ':', &part)) parts++;
    if (parts != 6 || !str_starts_with(arn, STR("arn:")))
        return error_fault(&sqs_invalid_parameter_value,
                           "You must use this format to specify the %s: "
                           "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
                           name);
    *out = queue_lookup_arn(sqs_of(context), arn);
    if (*out) return NULL;
    return error_fault(&sqs_resource_not_found, "The resource that you specified for the %s parameter doesn't exist.",
                       name);
}

static uint64_t visible_count(const Queue *queue)
{
    uint64_t hidden = queue->in_flight + queue->delayed;
    return queue->count > hidden ? queue->count - hidden : 0;
}

static Error *check_destination(Context *context, const Queue *source, Str source_arn, Str arn)
{
    Queue *destination;
    if (!arn.length) return NULL;
    TRY(find_resource(context, arn, "DestinationArn", &destination));
    if (str_equal(source_arn, arn))
        return error_fault(&sqs_invalid_parameter_value,
                           "Source queue arn and destination queue arn cannot be the same.");
    if (destination->fifo != source->fifo)
        return error_fault(&sqs_invalid_parameter_value, "Source and destination queues must be of the same type.");
    return NULL;
}

static Error *read_rate(const Json *input, uint64_t *out)
{
    int64_t rate;
    *out = 0;
    if (!json_get_int(input, STR("MaxNumberOfMessagesPerSecond"), &rate)) return NULL;
    if (rate < 1 || rate > SQS_MOVE_RATE_MAX)
        return error_fault(
            &sqs_invalid_parameter_value,
            "Value %lld for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and "
            "%d, if provided.",
            (long long)rate, SQS_MOVE_RATE_MAX);
    *out = (uint64_t)rate;
    return NULL;
}

static Error *check_active_count(Context *context, Str account)
{
    size_t       active = 0;
    StoreCursor *cursor;
    TRY(store_scan(context->store, context->arena, TABLE_SQS_MOVE_TASK, STR(""), STR(""), &cursor));
    for (;;) {
        Str  key, row;
        bool more;
        Task task;
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) break;
        TRY(task_decode(key, row, &task));
        active += is_active(&task);
    }
    store_scan_end(cursor);
    if (active < SQS_MOVE_TASKS_ACTIVE_MAX) return NULL;
    return error_fault(&sqs_over_limit, "Account %.*s has %d active message movement tasks already.", STR_ARG(account),
                       SQS_MOVE_TASKS_ACTIVE_MAX);
}

/* Refuses a second task at a time, and forgets the oldest where there are too many. */
static Error *make_room(Context *context, const Queue *source, bool *out_drop, Instant *out_oldest)
{
    Task   tasks[SQS_MOVE_TASKS_MAX];
    size_t count;
    TRY(tasks_read(context, source->id, tasks, &count));
    for (size_t i = 0; i < count; i++)
        if (is_active(&tasks[i]))
            return error_fault(
                &sqs_invalid_parameter_value,
                "There is already a task running. Only one active task is allowed for a source queue arn at "
                "a given time.");
    bool twin = count && tasks[count - 1].started == context->now; /* ended within the microsecond: replaced */
    *out_drop = count == SQS_MOVE_TASKS_MAX && !twin;
    if (count) *out_oldest = tasks[0].started;
    return NULL;
}

static Error *set_timer(Context *context, const Task *task, Instant due)
{
    uint64_t id;
    Json    *input = json_object(context->arena);
    json_add_int(context->arena, input, STR("Queue"), (int64_t)task->source);
    json_add_int(context->arena, input, STR("Started"), task->started);
    return context_timer_set(context, due, STR("ContinueMessageMoveTask"), input, &id);
}

Error *sqs_start_message_move_task(Context *context, const Json *input, Json **out)
{
    Str     source_arn;
    Queue  *source;
    bool    drop = false;
    Instant oldest = 0;
    Task    task = { .started = context->now, .destination = json_get_str(input, STR("DestinationArn")) };
    TRY(input_str(input, STR("SourceArn"), &source_arn));
    TRY(find_resource(context, source_arn, "SourceArn", &source));
    if (!redrive_is_target(sqs_of(context), source_arn))
        return error_fault(&sqs_invalid_parameter_value, "Source queue must be configured as a Dead Letter Queue.");
    TRY(check_destination(context, source, source_arn, task.destination));
    TRY(read_rate(input, &task.rate));
    TRY(make_room(context, source, &drop, &oldest));
    TRY(check_active_count(context, source->account));
    TRY(queue_load(context, source));
    TRY(queue_ripen(context, source));

    task.source = source->id;
    task.to_move = visible_count(source);
    task.id = chance_uuid(context->chance, context->arena);
    if (drop) {
        char key[TASK_KEY_SIZE];
        TRY(store_delete(context->store, TABLE_SQS_MOVE_TASK, task_key(key, source->id, oldest)));
    }
    TRY(task_write(context, &task));
    TRY(set_timer(context, &task, context->now));
    *out = json_object(context->arena);
    json_add_str(context->arena, *out, STR("TaskHandle"), task_handle(context, &task, source_arn));
    return NULL;
}

/* ---- going on ---- */

static Queue *queue_by_id(const Sqs *sqs, uint64_t id)
{
    for (size_t i = 0; i < sqs->queues.count; i++) {
        Queue *queue = sqs->queues.entries[i].value;
        if (queue->id == id) return queue;
    }
    return NULL;
}

static Error *next_message(Context *context, Queue *source, Message **out)
{
    if (!source->fifo) return standard_pick(context, source, out);
    TRY(queue_seek(context, source));
    HeapNode *node = heap_first(&source->ready);
    *out = node ? HEAP_OWNER(node, Group)->first : NULL;
    return NULL;
}

/* Where this message goes; NULL with a failure where that cannot be said. */
static Error *destination_of(Context *context, const Queue *source, const Message *message, Task *task, Queue **out)
{
    MessageRow row;
    Str        arn = task->destination;
    *out = NULL;
    if (!arn.length) {
        TRY(message_read(context, source, message, &row));
        arn = row.source;
    }
    *out = arn.length ? queue_lookup_arn(sqs_of(context), arn) : NULL;
    if (*out) return NULL;
    task->status = TASK_FAILED;
    task->failure = arn.length ? STR("AWS.SimpleQueueService.NonExistentQueue") : STR("CouldNotDetermineMessageSource");
    return NULL;
}

static Error *move_chunk(Context *context, Queue *source, Task *task)
{
    uint64_t     chunk = task->rate ? task->rate : SQS_MOVE_CHUNK, turns = 0;
    const Queue *latest = NULL;
    for (uint64_t i = 0; i < chunk && turns < SQS_MOVE_TURNS && task->status == TASK_RUNNING; i++) {
        Message *message = NULL;
        Queue   *destination;
        if (task->moved < task->to_move) TRY(next_message(context, source, &message));
        if (!message) {
            if (task->moved >= task->to_move || !source->fill_more) task->status = TASK_COMPLETED;
            break;
        }
        if (message_expired(source, message, context->now)) {
            TRY(message_delete(context, source, message));
            continue;
        }
        TRY(destination_of(context, source, message, task, &destination));
        if (!destination) break;
        turns += destination != latest;
        latest = destination;
        TRY(message_move(context, source, message, destination, STR_NONE));
        task->moved++;
    }
    if (task->status == TASK_RUNNING && task->moved >= task->to_move) task->status = TASK_COMPLETED;
    return queue_schedule(context, source);
}

static Error *move_on(Context *context, Task *task)
{
    Queue *source = queue_by_id(sqs_of(context), task->source);
    if (!source) return NULL; /* deleted, and this task's row is garbage */
    if (context->now - task->started > SQS_MOVE_TASK_TIME_MAX) {
        task->status = TASK_FAILED;
        task->failure = STR("The task took longer than 36 hours.");
    } else {
        TRY(queue_load(context, source));
        TRY(queue_ripen(context, source));
        TRY(move_chunk(context, source, task));
    }
    if (task->status != TASK_RUNNING) return NULL;
    return set_timer(context, task, context->now + (task->rate ? DURATION_SECOND : 0));
}

Error *sqs_continue_message_move_task(Context *context, const Json *input, Json **out)
{
    (void)out;
    int64_t source = 0, started = 0;
    Task    task;
    bool    found;
    json_get_int(input, STR("Queue"), &source);
    json_get_int(input, STR("Started"), &started);
    TRY(task_read(context, (uint64_t)source, started, &task, &found));
    if (!found || !is_active(&task) || !queue_by_id(sqs_of(context), task.source)) return NULL;
    if (task.status == TASK_CANCELLING)
        task.status = TASK_CANCELLED;
    else
        TRY(move_on(context, &task));
    return task_write(context, &task);
}

/* ---- listing and cancelling ---- */

static Json *tell_task(Context *context, const Task *task, Str source_arn)
{
    Arena *arena = context->arena;
    Json  *output = json_object(arena);
    if (task->status == TASK_RUNNING)
        json_add_str(arena, output, STR("TaskHandle"), task_handle(context, task, source_arn));
    json_add_str(arena, output, STR("Status"), status_names[task->status]);
    json_add_str(arena, output, STR("SourceArn"), source_arn);
    if (task->destination.length) json_add_str(arena, output, STR("DestinationArn"), task->destination);
    if (task->rate) json_add_int(arena, output, STR("MaxNumberOfMessagesPerSecond"), (int64_t)task->rate);
    json_add_int(arena, output, STR("ApproximateNumberOfMessagesMoved"), (int64_t)task->moved);
    json_add_int(arena, output, STR("ApproximateNumberOfMessagesToMove"), (int64_t)task->to_move);
    if (task->failure.length) json_add_str(arena, output, STR("FailureReason"), task->failure);
    json_add_int(arena, output, STR("StartedTimestamp"), task->started / DURATION_MS);
    return output;
}

Error *sqs_list_message_move_tasks(Context *context, const Json *input, Json **out)
{
    Str     source_arn;
    Queue  *source;
    Task    tasks[SQS_MOVE_TASKS_MAX];
    size_t  count;
    int64_t max = 1;
    TRY(input_str(input, STR("SourceArn"), &source_arn));
    json_get_int(input, STR("MaxResults"), &max);
    if (max < 1 || max > SQS_MOVE_TASKS_MAX)
        return error_fault(
            &sqs_invalid_parameter_value,
            "Value %lld for parameter MaxResults is invalid. Reason: Must be between 1 and %d, if provided.",
            (long long)max, SQS_MOVE_TASKS_MAX);
    TRY(find_resource(context, source_arn, "SourceArn", &source));
    TRY(tasks_read(context, source->id, tasks, &count));
    Json *results = json_array(context->arena);
    for (size_t i = count; i-- > 0 && results->count < max;)
        json_append(context->arena, results, tell_task(context, &tasks[i], source_arn));
    *out = json_object(context->arena);
    if (results->count) json_add(context->arena, *out, STR("Results"), results);
    return NULL;
}

Error *sqs_cancel_message_move_task(Context *context, const Json *input, Json **out)
{
    Str    handle, id, source_arn;
    Queue *source;
    Task   tasks[SQS_MOVE_TASKS_MAX];
    size_t count, at = 0;
    TRY(input_str(input, STR("TaskHandle"), &handle));
    TRY(open_handle(context, handle, &id, &source_arn));
    TRY(find_resource(context, source_arn, "SourceArn", &source));
    TRY(tasks_read(context, source->id, tasks, &count));
    while (at < count && !str_equal(tasks[at].id, id)) at++;
    if (at == count) return error_fault(&sqs_resource_not_found, "Task does not exist.");
    if (tasks[at].status != TASK_RUNNING)
        return error_fault(&sqs_unsupported_operation, "Only active tasks can be cancelled.");
    tasks[at].status = TASK_CANCELLING;
    TRY(task_write(context, &tasks[at]));
    *out = json_object(context->arena);
    json_add_int(context->arena, *out, STR("ApproximateNumberOfMessagesMoved"), (int64_t)tasks[at].moved);
    return NULL;
}
