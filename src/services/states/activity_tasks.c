/* activity_tasks.c -- tasks of activities wait for a worker: GetActivityTask.
 *
 *     TABLE_STATES_TASK   activity (8), task (8) -> format (1 byte, 1), token (text), input (text)
 *
 * A task's number comes from the counter of ids, so the rows of an activity are a queue. A row says nothing about whether anybody
 * still waits for the task: that is in the state of its execution, where the token leads. Rows of tasks that have timed out meanwhile
 * are thrown away when a worker comes upon them. When an activity is deleted, its tasks stay where nobody finds them, and time out.
 *
 * A worker that finds nothing is parked under the activity's id and woken by the next task. The one that is woken may have gone by
 * then; so everybody looks again now and then. */
#include "services/states/activities.h"
#include "services/states/check.h"
#include "services/states/counts.h"
#include "services/states/pump.h"

enum { FORMAT = 1, KEY_SIZE = 16, SIGNAL_SIZE = 9, LOOKS_MAX = 64 };

static Str signal_key(char out[SIGNAL_SIZE], uint64_t activity)
{
    out[0] = 'a';
    bytes_put_u64(out + 1, activity);
    return str_from(out, SIGNAL_SIZE);
}

/* ---- a task comes ---- */

/* By the execution's own account and region, whoever calls. */
static Error *find_activity(Context *context, const StatesExecution *execution, Str text, ActivityRecord *out, bool *out_found)
{
    StatesArn arn;
    Str       row;
    *out_found = false;
    Error *error = states_arn_parse(text, "activity", &arn);
    if (error) {
        if (error->code != ERR_FAULT) return error;
        error_free(error);
        return NULL;
    }
    if (arn.qualifier.length || arn.label.length || !str_equal(arn.region, execution->owner.region)) return NULL;
    TRY(states_row_get(context, TABLE_STATES_ACTIVITY, states_key_of(context->arena, &arn), &row, out_found));
    return *out_found ? states_activity_decode(row, out) : NULL;
}

static Error *write_task(Context *context, uint64_t activity, const AslAction *action)
{
    char     key[KEY_SIZE];
    uint64_t task;
    Buffer  *row = &states_of(context)->scratch;
    TRY(states_next_id(context, &task));
    bytes_put_u64(key, activity);
    bytes_put_u64(key + 8, task);
    buffer_clear(row);
    buffer_append_byte(row, FORMAT);
    bytes_append_text(row, action->token);
    bytes_append_text(row, action->parameters);
    if (row->failed) return error_memory();
    return store_insert(context->store, TABLE_STATES_TASK, str_from(key, KEY_SIZE), buffer_str(row));
}

static Error *offer(StatesPump *pump, uint64_t activity)
{
    Context *context = states_pump_context(pump);
    char     key[SIGNAL_SIZE];
    uint64_t id;
    if (states_pump_may_signal(pump, activity)) {
        context_signal(context, signal_key(key, activity), 1);
        return NULL;
    }
    Json *input = json_object(context->arena);
    json_add_int(context->arena, input, STR("activity"), (int64_t)activity);
    return context_timer_set(context, context->now, STR("OfferTasks"), input, &id);
}

Error *states_offer_tasks(Context *context, const Json *input, Json **out)
{
    int64_t activity = 0;
    char    key[SIGNAL_SIZE];
    (void)out;
    json_get_int(input, STR("activity"), &activity);
    context_signal(context, signal_key(key, (uint64_t)activity), 1);
    return NULL;
}

Error *states_activity_begin(StatesPump *pump, StatesExecution *execution, const AslAction *action)
{
    Context       *context = states_pump_context(pump);
    ActivityRecord activity;
    bool           found;
    TRY(find_activity(context, execution, action->resource, &activity, &found));
    if (!found) {
        states_answer(pump, execution, action, ASL_TASK_START_FAILED, STR_NONE, STR("ActivityDoesNotExist"),
                      str_format(context->arena, "Activity Does Not Exist: '%.*s'", STR_ARG(action->resource)));
        return NULL;
    }
    TRY(write_task(context, activity.id, action));
    return offer(pump, activity.id);
}

/* ---- a worker comes ---- */

typedef struct Task {
    Str      token, input;
    uint64_t execution;
    uint32_t thread, attempt;
} Task;

static Error *read_task(Arena *arena, Str row, Task *out)
{
    Reader reader;
    Str    key = STR_NONE;
    reader_init(&reader, row);
    uint8_t format = reader_u8(&reader);
    out->token = reader_text(&reader);
    out->input = reader_text(&reader);
    bool sound = format == FORMAT && reader_ended(&reader) && asl_token_parse(arena, out->token, &key, &out->thread, &out->attempt);
    if (!sound || key.length != STATES_ID_SIZE) return error_new(ERR_CORRUPT, "a task of an activity cannot be read");
    out->execution = bytes_get_u64(key.data);
    return NULL;
}

static Error *is_waited_for(Context *context, const Task *task, bool *out)
{
    StatesExecution *execution;
    TRY(states_execution_load(context, task->execution, false, &execution));
    *out = execution && asl_token_waits(context->arena, execution->state, task->token);
    return NULL;
}

/* The rows that were looked at are gone: the last one is the task, the others nobody waits for. */
static Error *look(Context *context, uint64_t activity, Task *out, bool *out_found, bool *out_more)
{
    char       prefix[STATES_ID_SIZE];
    StatesRow *rows;
    size_t     count;
    *out_found = false;
    TRY(states_row_list(context, TABLE_STATES_TASK, states_id_key(prefix, activity), STR_NONE, STATES_TASKS_LOOKED_AT, &rows, &count));
    for (size_t i = 0; i < count && !*out_found; i++) {
        TRY(read_task(context->arena, rows[i].value, out));
        TRY(store_delete(context->store, TABLE_STATES_TASK, rows[i].key));
        TRY(is_waited_for(context, out, out_found));
    }
    *out_more = count == STATES_TASKS_LOOKED_AT;
    return NULL;
}

static Error *hand_out(Context *context, const Task *task, Str worker, Json **out)
{
    AslEvent event = { .kind = ASL_TASK_STARTED, .thread = task->thread, .attempt = task->attempt, .worker = worker };
    bool     ignored;
    TRY(states_send(context, task->execution, &event, &ignored));
    json_add_str(context->arena, *out, STR("taskToken"), task->token);
    json_add_str(context->arena, *out, STR("input"), task->input);
    return NULL;
}

static void wait(Context *context, uint64_t activity, bool more, Json **out)
{
    char    key[SIGNAL_SIZE];
    Instant end = context->started + STATES_POLL_S * DURATION_SECOND, look_again = context->now + STATES_POLL_LOOK_S * DURATION_SECOND;
    if (more) look_again = context->now;
    if (context->now >= end && !more) return;
    *out = NULL;
    context_park(context, signal_key(key, activity), look_again < end ? look_again : end);
}

Error *states_get_activity_task(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("activityArn"), TEXT_RULE("workerName", 1, STATES_WORKER_MAX, 0) };
    StatesActivity          activity;
    Task                    task;
    bool                    found = false, more = true;
    if (context_client_gone(context)) return NULL;
    TRY(states_check(input, RULES(rules)));
    TRY(states_activity_find(context, json_get_str(input, STR("activityArn")), &activity));
    for (int looks = 0; looks < LOOKS_MAX && more && !found; looks++) TRY(look(context, activity.id, &task, &found, &more));
    *out = json_object(context->arena);
    if (found) return hand_out(context, &task, json_get_str(input, STR("workerName")), out);
    wait(context, activity.id, more, out);
    return NULL;
}
