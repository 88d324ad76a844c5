/* visibility.c -- what is done with a receipt: delete the message, or change how long it is hidden.
 *
 * A receipt may be stale: the message came back and was lent again, or is gone.
 *
 *                        standard queue                 FIFO queue
 *     message is gone    delete succeeds, a change is refused
 *     newer receipt      delete succeeds, in vain       refused: expired
 *     visible again      delete works, a change is      refused: expired
 *                        refused: not in flight
 *
 * A loan may be lost in a crash, because it is answered before it is durable: then the message is
 * visible again, and its receipt, though unknown, still deletes it. */
#include "services/sqs/batch.h"
#include "services/sqs/receipt.h"

static Error *invalid_receipt(Str handle)
{
    return error_fault(&sqs_receipt_handle_is_invalid,
                       "The input receipt handle \"%.*s\" is not a valid receipt handle.", STR_ARG(handle));
}

static Error *refused_receipt(Str handle, const char *reason)
{
    return error_fault(&sqs_invalid_parameter_value, "Value %.*s for parameter ReceiptHandle is invalid. Reason: %s",
                       STR_ARG(handle), reason);
}

static Error *read_receipt(Context *context, const Queue *queue, const Json *input, Str *out_handle, Receipt *out)
{
    TRY(input_str(input, STR("ReceiptHandle"), out_handle));
    if (!receipt_decode(context->arena, *out_handle, out) || out->queue != queue->id)
        return invalid_receipt(*out_handle);
    return NULL;
}

/* ---- deleting ---- */

/* A message that is not in memory was never received, as far as anybody knows. */
static Error *delete_unread(Context *context, Queue *queue, uint64_t sequence, Str handle)
{
    char key[SEQUENCE_KEY_SIZE];
    Str  row, name = sequence_key(key, queue, sequence);
    bool found;
    if (sequence < queue->base_sequence || sequence <= queue->read_to) return NULL;
    TRY(store_get(context->store, context->arena, TABLE_SQS_MESSAGE, name, &row, &found));
    if (!found) return NULL;
    if (queue->fifo) return refused_receipt(handle, "The receipt handle has expired.");
    TRY(store_delete(context->store, TABLE_SQS_MESSAGE, name));
    queue->count--;
    queue_touch(queue);
    return NULL;
}

static Error *delete_one(Context *context, Queue *queue, const Json *input)
{
    Str     handle;
    Receipt receipt;
    TRY(read_receipt(context, queue, input, &handle, &receipt));
    Message *message = queue_message(queue, receipt.sequence);
    if (!message) return delete_unread(context, queue, receipt.sequence, handle);
    bool in_flight = message->place == PLACE_IN_FLIGHT && message->visible_at > context->now;
    bool latest = message->nonce == receipt.nonce;
    if (queue->fifo && (!latest || !in_flight)) return refused_receipt(handle, "The receipt handle has expired.");
    return latest || !in_flight ? message_delete(context, queue, message) : NULL;
}

Error *sqs_delete_message(Context *context, const Json *input, Json **out)
{
    (void)out;
    Queue *queue;
    TRY(queue_open(context, input, &queue));
    TRY(delete_one(context, queue, input));
    return queue_schedule(context, queue);
}

/* ---- changing ---- */

static Error *check_timeout(Context *context, const Message *message, int64_t seconds)
{
    if (seconds < 0 || seconds > SQS_VISIBILITY_S_MAX)
        return error_fault(
            &sqs_invalid_parameter_value,
            "Value %lld for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= %d, if provided.",
            (long long)seconds, SQS_VISIBILITY_S_MAX);
    if (message &&
        context->now + seconds * DURATION_SECOND > message->received + SQS_VISIBILITY_S_MAX * DURATION_SECOND)
        return error_fault(
            &sqs_invalid_parameter_value,
            "Value %lld for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the "
            "message is beyond the limit [%d seconds]",
            (long long)seconds, SQS_VISIBILITY_S_MAX);
    return NULL;
}

static Error *change_one(Context *context, Queue *queue, const Json *input, bool required)
{
    Str     handle;
    Receipt receipt;
    int64_t seconds = queue->settings->numbers[ATTRIBUTE_VisibilityTimeout];
    TRY(read_receipt(context, queue, input, &handle, &receipt));
    if (!json_get_int(input, STR("VisibilityTimeout"), &seconds) && required) return input_missing("VisibilityTimeout");
    TRY(check_timeout(context, NULL, seconds));
    Message *message = queue_message(queue, receipt.sequence);
    if (!message || message->nonce != receipt.nonce)
        return refused_receipt(handle, "Message does not exist or is not available for visibility timeout change.");
    if (message->place != PLACE_IN_FLIGHT)
        return error_fault(&sqs_message_not_inflight, "The specified message isn't in flight.");
    TRY(check_timeout(context, message, seconds));
    TRY(message_hide(context, queue, message, context->now + seconds * DURATION_SECOND, false));
    return queue_ripen(context, queue);
}

Error *sqs_change_message_visibility(Context *context, const Json *input, Json **out)
{
    (void)out;
    Queue *queue;
    TRY(queue_open(context, input, &queue));
    TRY(change_one(context, queue, input, true));
    return queue_schedule(context, queue);
}

/* ---- batches ---- */

static Error *answer_entry(Context *context, const Json *entry, Error *error, Json *output)
{
    Str id = json_get_str(entry, STR("Id"));
    if (error) return batch_failed(context, output, id, error);
    Json *done = json_object(context->arena);
    json_add_str(context->arena, done, STR("Id"), id);
    batch_succeeded(context, output, done);
    return NULL;
}

Error *sqs_delete_message_batch(Context *context, const Json *input, Json **out)
{
    Queue      *queue;
    const Json *entries, *entry;
    TRY(queue_open(context, input, &queue));
    TRY(batch_entries(context, input, "DeleteMessageBatchRequestEntry", &entries));
    *out = json_object(context->arena);
    JSON_EACH_ITEM(entries, entry) TRY(answer_entry(context, entry, delete_one(context, queue, entry), *out));
    return queue_schedule(context, queue);
}

Error *sqs_change_message_visibility_batch(Context *context, const Json *input, Json **out)
{
    Queue      *queue;
    const Json *entries, *entry;
    TRY(queue_open(context, input, &queue));
    TRY(batch_entries(context, input, "ChangeMessageVisibilityBatchRequestEntry", &entries));
    *out = json_object(context->arena);
    JSON_EACH_ITEM(entries, entry) TRY(answer_entry(context, entry, change_one(context, queue, entry, false), *out));
    return queue_schedule(context, queue);
}
