/* receive.c -- ReceiveMessage.
 *
 * Lends up to ten messages: each is hidden, its count goes up, its receipt is new. What is past its
 * retention is deleted on the way, what was received too often goes to the dead-letter queue.
 *
 * The reply promises nothing: a crash takes the loan back, and the message is lent again. So it does not
 * wait for its own commit, only for that of the sends whose messages it shows.
 *
 * Who finds nothing and may wait is parked under the queue's key until its own deadline. It is woken by
 * what makes messages visible (a send, a change of visibility, the tick), one waiter for one message. */
#include "base/text.h"
#include "services/sqs/fifo.h"
#include "services/sqs/group.h"
#include "services/sqs/receipt.h"
#include "services/sqs/redrive.h"
#include "services/sqs/settings.h"

typedef enum SystemAttribute {
    SENDER_ID,
    SENT_TIMESTAMP,
    RECEIVE_COUNT,
    FIRST_RECEIVE_TIMESTAMP,
    SEQUENCE_NUMBER,
    DEDUPLICATION_ID,
    GROUP_ID,
    TRACE_HEADER,
    SOURCE_ARN,
    SYSTEM_ATTRIBUTE_COUNT
} SystemAttribute;

static const Str system_names[SYSTEM_ATTRIBUTE_COUNT] = {
    [SENDER_ID] = STR_CONST("SenderId"),
    [SENT_TIMESTAMP] = STR_CONST("SentTimestamp"),
    [RECEIVE_COUNT] = STR_CONST("ApproximateReceiveCount"),
    [FIRST_RECEIVE_TIMESTAMP] = STR_CONST("ApproximateFirstReceiveTimestamp"),
    [SEQUENCE_NUMBER] = STR_CONST("SequenceNumber"),
    [DEDUPLICATION_ID] = STR_CONST("MessageDeduplicationId"),
    [GROUP_ID] = STR_CONST("MessageGroupId"),
    [TRACE_HEADER] = STR_CONST("AWSTraceHeader"),
    [SOURCE_ARN] = STR_CONST("DeadLetterQueueSourceArn"),
};

typedef struct Receiver {
    Queue      *queue;
    size_t      max;
    Duration    wait;
    Instant     visible_at; /* when what is lent now comes back */
    unsigned    system;     /* bits of SystemAttribute */
    const Json *attribute_names;
    Str         attempt;
    Message    *lent[SQS_RECEIVE_MAX];
    size_t      lent_count;
    size_t      lost_count; /* expired and dead messages met on the way */
} Receiver;

/* ---- input ---- */

static Error *out_of_range(int64_t value, const char *name, const char *range)
{
    return error_fault(&sqs_invalid_parameter_value,
                       "Value %lld for parameter %s is invalid. Reason: Must be %s, if provided.", (long long)value,
                       name, range);
}

static Error *read_system_names(const Json *names, unsigned *bits)
{
    const Json *item;
    if (!names || names->type != JSON_ARRAY) return NULL;
    JSON_EACH_ITEM(names, item) {
        Str      name = item->type == JSON_STRING ? item->text : STR("");
        unsigned found = str_equal(name, STR("All")) ? (1u << SYSTEM_ATTRIBUTE_COUNT) - 1 : 0;
        for (size_t i = 0; i < SYSTEM_ATTRIBUTE_COUNT; i++)
            if (str_equal(name, system_names[i])) found |= 1u << i;
        if (!found) return error_fault(&sqs_invalid_attribute_name, "Unknown Attribute %.*s.", STR_ARG(name));
        *bits |= found;
    }
    return NULL;
}

static Error *read_attempt(const Queue *queue, const Json *input, Str *out)
{
    *out = json_get_str(input, STR("ReceiveRequestAttemptId"));
    if (!out->length) return NULL;
    bool valid = out->length <= SQS_ID_MAX;
    for (size_t i = 0; valid && i < out->length; i++) valid = out->data[i] > 0x20 && out->data[i] < 0x7f;
    if (!queue->fifo)
        return error_fault(&sqs_invalid_parameter_value,
                           "Value %.*s for parameter ReceiveRequestAttemptId is invalid. Reason: The request include "
                           "parameter that is not valid for this queue type.",
                           STR_ARG(*out));
    if (!valid)
        return error_fault(
            &sqs_invalid_parameter_value,
            "Value %.*s for parameter ReceiveRequestAttemptId is invalid. Reason: ReceiveRequestAttemptId "
            "can only include alphanumeric and punctuation characters. 1 to %d in length.",
            STR_ARG(*out), SQS_ID_MAX);
    return NULL;
}

static Error *read_receiver(Context *context, const Json *input, Receiver *out)
{
    Queue *queue;
    TRY(queue_open(context, input, &queue));
    int64_t max = 1, wait = queue->settings->numbers[ATTRIBUTE_ReceiveMessageWaitTimeSeconds];
    int64_t hidden = queue->settings->numbers[ATTRIBUTE_VisibilityTimeout];
    json_get_int(input, STR("MaxNumberOfMessages"), &max);
    json_get_int(input, STR("WaitTimeSeconds"), &wait);
    json_get_int(input, STR("VisibilityTimeout"), &hidden);
    if (max < 1 || max > SQS_RECEIVE_MAX) return out_of_range(max, "MaxNumberOfMessages", "between 1 and 10");
    if (wait < 0 || wait > SQS_WAIT_S_MAX) return out_of_range(wait, "WaitTimeSeconds", ">= 0 and <= 20");
    if (hidden < 0 || hidden > SQS_VISIBILITY_S_MAX)
        return out_of_range(hidden, "VisibilityTimeout", ">= 0 and <= 43200");
    TRY(read_system_names(json_get(input, STR("AttributeNames")), &out->system));
    TRY(read_system_names(json_get(input, STR("MessageSystemAttributeNames")), &out->system));
    TRY(read_attempt(queue, input, &out->attempt));
    out->queue = queue;
    out->max = (size_t)max;
    out->wait = wait * DURATION_SECOND;
    out->visible_at = context->now + hidden * DURATION_SECOND;
    out->attribute_names = json_get(input, STR("MessageAttributeNames"));
    return NULL;
}

/* ---- lending ---- */

static bool has_room(const Receiver *receiver)
{
    return receiver->lent_count < receiver->max && receiver->lost_count < SQS_LOSE_MAX &&
           receiver->queue->in_flight < SQS_IN_FLIGHT_MAX;
}

/* Gets rid of a message that nobody is to receive here any more. */
static Error *lose(Context *context, Receiver *receiver, Message *message, bool *out_lost)
{
    Queue *queue = receiver->queue, *target;
    *out_lost = true;
    if (message_expired(queue, message, context->now)) {
        receiver->lost_count++;
        return message_delete(context, queue, message);
    }
    if (redrive_is_due(queue, message) && (target = redrive_target(queue)) && target != queue) {
        receiver->lost_count++;
        return message_move(context, queue, message, target, queue_arn(context->arena, queue));
    }
    *out_lost = false;
    return NULL;
}

static Error *lend(Context *context, Receiver *receiver, Message *message)
{
    TRY(message_hide(context, receiver->queue, message, receiver->visible_at, true));
    receiver->lent[receiver->lent_count++] = message;
    return NULL;
}

static Error *lend_standard(Context *context, Receiver *receiver)
{
    while (has_room(receiver)) {
        Message *message;
        bool     lost;
        TRY(standard_pick(context, receiver->queue, &message));
        if (!message) break;
        TRY(lose(context, receiver, message, &lost));
        if (!lost) TRY(lend(context, receiver, message));
    }
    return NULL;
}

/* Lends from the front of one group's line. */
static Error *lend_line(Context *context, Receiver *receiver, Message *message)
{
    while (message && message->place == PLACE_READY && has_room(receiver)) {
        Message *next = message->next;
        bool     lost;
        TRY(lose(context, receiver, message, &lost));
        if (!lost) TRY(lend(context, receiver, message));
        message = next;
    }
    return NULL;
}

static Error *lend_fifo(Context *context, Receiver *receiver)
{
    while (has_room(receiver)) {
        TRY(queue_seek(context, receiver->queue));
        HeapNode *node = heap_first(&receiver->queue->ready);
        if (!node) break;
        TRY(lend_line(context, receiver, HEAP_OWNER(node, Group)->first));
    }
    return NULL;
}

/* An attempt that is repeated gets what it got, hidden anew; true when it did. */
static Error *repeat_attempt(Context *context, Receiver *receiver, bool *out_repeated)
{
    *out_repeated = receiver->attempt.length && fifo_attempt(receiver->queue, receiver->attempt, context->now,
                                                             receiver->lent, &receiver->lent_count);
    for (size_t i = 0; *out_repeated && i < receiver->lent_count; i++)
        TRY(message_hide(context, receiver->queue, receiver->lent[i], receiver->visible_at, false));
    return NULL;
}

static Error *lend_messages(Context *context, Receiver *receiver)
{
    bool repeated;
    TRY(repeat_attempt(context, receiver, &repeated));
    if (repeated) return NULL;
    TRY(receiver->queue->fifo ? lend_fifo(context, receiver) : lend_standard(context, receiver));
    if (receiver->attempt.length && receiver->lent_count)
        TRY(fifo_remember_attempt(receiver->queue, receiver->attempt, context->now, receiver->lent,
                                  receiver->lent_count));
    return NULL;
}

/* ---- the reply ---- */

static Str decimal(Arena *arena, uint64_t number)
{
    char   digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    return str_from(arena_copy(arena, digits + at, sizeof digits - at), sizeof digits - at);
}

static Str system_value(Context *context, const Queue *queue, const Message *message, const MessageRow *row,
                        SystemAttribute attribute)
{
    Arena *arena = context->arena;
    switch (attribute) {
    case SENDER_ID: return row->sender;
    case SENT_TIMESTAMP: return decimal(arena, (uint64_t)(row->sent / DURATION_MS));
    case RECEIVE_COUNT: return decimal(arena, message->receive_count + row->prior_receives);
    case FIRST_RECEIVE_TIMESTAMP: return decimal(arena, (uint64_t)(message->first_received / DURATION_MS));
    case SEQUENCE_NUMBER: return queue->fifo ? fifo_sequence_text(arena, message->sequence) : STR_NONE;
    case DEDUPLICATION_ID: return row->deduplication;
    case GROUP_ID: return row->group;
    case TRACE_HEADER: return row->trace;
    default: return row->source;
    }
}

static void tell_system_attributes(Context *context, const Receiver *receiver, const Message *message,
                                   const MessageRow *row, Json *output)
{
    if (!receiver->system) return;
    Json *attributes = json_object(context->arena);
    for (size_t i = 0; i < SYSTEM_ATTRIBUTE_COUNT; i++) {
        if (!(receiver->system & 1u << i)) continue;
        Str value = system_value(context, receiver->queue, message, row, i);
        if (value.length) json_add_str(context->arena, attributes, system_names[i], value);
    }
    if (attributes->count) json_add(context->arena, output, STR("Attributes"), attributes);
}

/* "All" and ".*" want every attribute, "name.*" those that begin with "name". */
static bool is_wanted(const Json *names, Str name)
{
    const Json *item;
    if (!names || names->type != JSON_ARRAY) return false;
    JSON_EACH_ITEM(names, item) {
        if (item->type != JSON_STRING) continue;
        Str pattern = item->text;
        if (str_equal(pattern, STR("All")) || str_equal(pattern, name)) return true;
        if (str_ends_with(pattern, STR(".*")) && str_starts_with(name, str_slice(pattern, 0, pattern.length - 2)))
            return true;
    }
    return false;
}

static Json *attribute_value(Arena *arena, const MessageAttribute *attribute)
{
    Json *value = json_object(arena);
    if (attribute->binary)
        json_add(arena, value, STR("BinaryValue"), json_blob(arena, attribute->value));
    else
        json_add_str(arena, value, STR("StringValue"), attribute->value);
    json_add_str(arena, value, STR("DataType"), attribute->type);
    return value;
}

static Error *tell_attributes(Context *context, const Receiver *receiver, const MessageRow *row, Json *output)
{
    Arena           *arena = context->arena;
    MessageAttribute wanted[SQS_MESSAGE_ATTRIBUTES_MAX];
    size_t           count = 0;
    for (size_t i = 0; i < row->attribute_count; i++)
        if (is_wanted(receiver->attribute_names, row->attributes[i].name)) wanted[count++] = row->attributes[i];
    if (!count) return NULL;
    uint8_t digest[HASH_MD5_SIZE];
    if (!message_attributes_md5(&sqs_of(context)->digest, wanted, count, digest)) return error_memory();
    Json *attributes = json_object(arena);
    for (size_t i = 0; i < count; i++) json_add(arena, attributes, wanted[i].name, attribute_value(arena, &wanted[i]));
    json_add_str(arena, output, STR("MD5OfMessageAttributes"), text_hex(arena, str_from(digest, sizeof digest)));
    json_add(arena, output, STR("MessageAttributes"), attributes);
    return NULL;
}

static Error *tell_message(Context *context, const Receiver *receiver, const Message *message, Json **out)
{
    Arena     *arena = context->arena;
    MessageRow row;
    TRY(message_read(context, receiver->queue, message, &row));
    Receipt receipt = { receiver->queue->id, message->sequence, message->nonce };
    Json   *output = json_object(arena);
    json_add_str(arena, output, STR("MessageId"), row.id);
    json_add_str(arena, output, STR("ReceiptHandle"), receipt_encode(arena, &receipt));
    json_add_str(arena, output, STR("MD5OfBody"), text_hex(arena, str_from(row.body_md5, sizeof row.body_md5)));
    json_add_str(arena, output, STR("Body"), row.body);
    tell_system_attributes(context, receiver, message, &row, output);
    TRY(tell_attributes(context, receiver, &row, output));
    /* A loan from a FIFO queue locks its group, and must do so after a crash: it is durable first. */
    context_depends(context, receiver->queue->fifo ? context_batch(context) : message->batch);
    *out = output;
    return NULL;
}

static Error *tell_messages(Context *context, Receiver *receiver, Json **out)
{
    Json *messages = json_array(context->arena);
    for (size_t i = 0; i < receiver->lent_count; i++) {
        Json *message;
        TRY(tell_message(context, receiver, receiver->lent[i], &message));
        json_append(context->arena, messages, message);
    }
    *out = json_object(context->arena);
    json_add(context->arena, *out, STR("Messages"), messages);
    return NULL;
}

Error *sqs_receive_message(Context *context, const Json *input, Json **out)
{
    Receiver receiver = { 0 };
    if (context_client_gone(context)) return NULL;
    TRY(read_receiver(context, input, &receiver));
    Queue *queue = receiver.queue;
    if (!queue->fifo && !receiver.wait && queue->in_flight >= SQS_IN_FLIGHT_MAX)
        return error_fault(&sqs_over_limit, "There are %d messages in flight already.", SQS_IN_FLIGHT_MAX);

    TRY(lend_messages(context, &receiver));
    if (receiver.lent_count) {
        TRY(tell_messages(context, &receiver, out));
        TRY(queue_ripen(context, queue)); /* what was lent for no time at all */
    } else if (receiver.wait && context->now < context->started + receiver.wait) {
        queue_park(context, queue, context->started + receiver.wait);
    }
    return queue_schedule(context, queue);
}
