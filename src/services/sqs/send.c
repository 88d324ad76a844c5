/* send.c -- SendMessage and SendMessageBatch.
 *
 * Two steps: every entry is checked and made ready before the first is sent, so that a refusal of the
 * whole call has nothing to take back. A standard queue refuses entries one by one; in a FIFO queue one
 * bad entry is the end of the call, as order could not be kept otherwise. */
#include "base/text.h"
#include "services/sqs/batch.h"
#include "services/sqs/fifo.h"
#include "services/sqs/group.h"
#include "services/sqs/settings.h"

typedef struct Outgoing {
    MessageRow row;
    Duration   delay;
    size_t     size; /* what counts against the limits */
    char       id[MESSAGE_ID_SIZE];
    char       digest[DEDUPLICATION_DIGEST_SIZE];
    uint8_t    attributes_md5[HASH_MD5_SIZE];
    uint8_t    trace_md5[HASH_MD5_SIZE];
} Outgoing;

/* ---- characters ---- */

static bool is_allowed(uint32_t c)
{
    return c == 0x9 || c == 0xa || c == 0xd || (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
           (c >= 0x10000 && c <= 0x10ffff);
}

/* How many bytes at the front are printable ASCII, which needs no further look. */
static size_t plain_length(Str text)
{
    const uint64_t ones = 0x0101010101010101ULL, tops = 0x8080808080808080ULL;
    size_t         at = 0;
    for (; at + 8 <= text.length; at += 8) {
        uint64_t word;
        memcpy(&word, text.data + at, 8);
        if ((word & tops) || ((word - 0x20 * ones) & ~word & tops)) break;
    }
    while (at < text.length && text.data[at] >= 0x20) at++;
    return at;
}

/* False: *out_bad is the first character that a message may not have. */
static bool check_characters(Str text, uint32_t *out_bad)
{
    for (size_t at = 0; at < text.length;) {
        Str    rest = str_slice(text, at, text.length);
        size_t plain = plain_length(rest);
        at += plain;
        if (plain == rest.length) break;
        size_t size = text_utf8_decode(str_slice(text, at, text.length), out_bad);
        if (!size) *out_bad = (unsigned char)text.data[at];
        if (!size || !is_allowed(*out_bad)) return false;
        at += size;
    }
    return true;
}

/* ---- attributes ---- */

static Error *invalid(const char *format, Str name)
{
    Error *error = error_fault(&sqs_invalid_parameter_value, format, STR_ARG(name));
    return error;
}

static Error *check_attribute_name(Str name)
{
    if (!name.length)
        return error_fault(&sqs_invalid_parameter_value,
                           "The request must contain non-empty message (user) attribute names.");
    if (name.length > SQS_ATTRIBUTE_NAME_MAX)
        return error_fault(&sqs_invalid_parameter_value, "Message (user) attribute name must be shorter than %d bytes.",
                           SQS_ATTRIBUTE_NAME_MAX);
    Str head4 = str_slice(name, 0, 4), head6 = str_slice(name, 0, 7);
    if (str_equal_nocase(head4, STR("AWS.")) || str_equal_nocase(head6, STR("Amazon.")))
        return error_fault(
            &sqs_invalid_parameter_value,
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are "
            "reserved for internal use.");
    bool letters = str_all_in(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
    bool dots = name.data[0] == '.' || name.data[name.length - 1] == '.' || str_find(name, STR(".."), &(size_t){ 0 });
    if (letters && !dots) return NULL;
    return invalid("Invalid message (user) attribute name '%.*s'. Can only include alphanumeric characters, hyphens, "
                   "underscores, or dots, and dots neither first, last nor beside each other.",
                   name);
}

static Str digits(Str *rest)
{
    size_t count = 0;
    while (count < rest->length && rest->data[count] >= '0' && rest->data[count] <= '9') count++;
    Str taken = str_slice(*rest, 0, count);
    *rest = str_slice(*rest, count, rest->length);
    return taken;
}

static bool take(Str *rest, const char *letters)
{
    if (!rest->length || !strchr(letters, rest->data[0]) || !rest->data[0]) return false;
    *rest = str_slice(*rest, 1, rest->length);
    return true;
}

static bool is_number(Str text)
{
    take(&text, "+-");
    size_t whole = digits(&text).length, fraction = take(&text, ".") ? digits(&text).length : 0;
    if (!whole && !fraction) return false;
    if (!take(&text, "eE")) return text.length == 0;
    take(&text, "+-");
    return digits(&text).length > 0 && text.length == 0;
}

static Error *check_type(Str name, Str type)
{
    if (!type.length)
        return invalid("The message (user) attribute '%.*s' must contain a non-empty message attribute type.", name);
    if (type.length > SQS_ATTRIBUTE_TYPE_MAX)
        return error_fault(&sqs_invalid_parameter_value, "Message (user) attribute type must be shorter than %d bytes.",
                           SQS_ATTRIBUTE_TYPE_MAX);
    Str rest = type, prefix;
    str_next_part(&rest, '.', &prefix);
    if (str_equal(prefix, STR("String")) || str_equal(prefix, STR("Number")) || str_equal(prefix, STR("Binary")))
        return NULL;
    return invalid("The type of message (user) attribute '%.*s' is invalid. You must use only the following supported "
                   "type prefixes: Binary, Number, String.",
                   name);
}

static Error *read_binary(Context *context, const Json *value, MessageAttribute *out)
{
    const Json *blob = json_get(value, STR("BinaryValue"));
    if (!blob || blob->type != JSON_STRING || !blob->text.length)
        return invalid("Message (user) attribute '%.*s' must contain a non-empty value of type 'Binary'.", out->name);
    out->value = blob->text;
    out->binary = true;
    if (blob->flags & JSON_BLOB || text_unbase64(context->arena, blob->text, &out->value)) return NULL;
    return error_fault(&sqs_serialization, "The value of message attribute '%.*s' is not base64.", STR_ARG(out->name));
}

static Error *read_text(const Json *value, MessageAttribute *out)
{
    uint32_t bad;
    out->value = json_get_str(value, STR("StringValue"));
    if (str_starts_with(out->type, STR("Number"))) {
        if (!is_number(str_trim(out->value)))
            return invalid("Can't cast the value of message (user) attribute '%.*s' to a number.", out->name);
        return NULL;
    }
    if (!out->value.length)
        return invalid("Message (user) attribute '%.*s' must contain a non-empty value of type 'String'.", out->name);
    if (!check_characters(out->value, &bad))
        return error_fault(
            &sqs_invalid_parameter_value,
            "Invalid binary character '#x%X' was found in the message attribute '%.*s' value, the set of "
            "allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]",
            bad, STR_ARG(out->name));
    return NULL;
}

static Error *read_attribute(Context *context, const JsonMember *member, MessageAttribute *out)
{
    const Json *value = member->value;
    *out = (MessageAttribute){ .name = member->name, .type = json_get_str(value, STR("DataType")) };
    TRY(check_attribute_name(out->name));
    if (json_get(value, STR("StringListValues")) || json_get(value, STR("BinaryListValues")))
        return error_fault(&sqs_unsupported_operation,
                           "Message attribute list values in SendMessage operation are not supported.");
    TRY(check_type(out->name, out->type));
    return str_starts_with(out->type, STR("Binary")) ? read_binary(context, value, out) : read_text(value, out);
}

/* Sorted by name, as the digest wants them. */
static Error *read_attributes(Context *context, const Json *attributes, Outgoing *out)
{
    MessageRow *row = &out->row;
    if (!attributes || attributes->type != JSON_OBJECT || !attributes->count) return NULL;
    if (attributes->count > SQS_MESSAGE_ATTRIBUTES_MAX)
        return error_fault(&sqs_invalid_parameter_value,
                           "Number of message attributes [%u] exceeds the allowed maximum [%d].", attributes->count,
                           SQS_MESSAGE_ATTRIBUTES_MAX);
    JSON_EACH_MEMBER(attributes, member) {
        MessageAttribute attribute;
        TRY(read_attribute(context, member, &attribute));
        size_t at = row->attribute_count++;
        for (; at && str_compare(row->attributes[at - 1].name, attribute.name) > 0; at--)
            row->attributes[at] = row->attributes[at - 1];
        row->attributes[at] = attribute;
        out->size += attribute.name.length + attribute.type.length + attribute.value.length;
    }
    if (!message_attributes_md5(&sqs_of(context)->digest, row->attributes, row->attribute_count, out->attributes_md5))
        return error_memory();
    return NULL;
}

static Error *read_system_attributes(Context *context, const Json *attributes, Outgoing *out)
{
    if (!attributes || attributes->type != JSON_OBJECT) return NULL;
    JSON_EACH_MEMBER(attributes, member) {
        if (!str_equal(member->name, STR("AWSTraceHeader")))
            return invalid("Message system attribute name '%.*s' is invalid.", member->name);
        MessageAttribute trace = { .name = member->name, .type = json_get_str(member->value, STR("DataType")) };
        if (!str_equal(trace.type, STR("String")))
            return invalid("Message system attribute '%.*s' must be of type String.", member->name);
        TRY(read_text(member->value, &trace));
        if (!message_attributes_md5(&sqs_of(context)->digest, &trace, 1, out->trace_md5)) return error_memory();
        out->row.trace = trace.value;
    }
    return NULL;
}

/* ---- the rest of a message ---- */

static Error *wrong_queue_type(Str value, const char *name)
{
    return error_fault(
        &sqs_invalid_parameter_value,
        "Value %.*s for parameter %s is invalid. Reason: The request include parameter that is not valid "
        "for this queue type.",
        STR_ARG(value), name);
}

static Error *check_message_id(Str id, const char *name)
{
    bool valid = id.length <= SQS_ID_MAX;
    for (size_t i = 0; valid && i < id.length; i++) valid = id.data[i] > 0x20 && id.data[i] < 0x7f;
    if (valid) return NULL;
    return error_fault(
        &sqs_invalid_parameter_value,
        "Value %.*s for parameter %s is invalid. Reason: %s can only include alphanumeric and punctuation "
        "characters. 1 to %d in length.",
        STR_ARG(id), name, name, SQS_ID_MAX);
}

static Error *read_delay(Context *context, const Queue *queue, const Json *input, Outgoing *out)
{
    int64_t seconds = queue->settings->numbers[ATTRIBUTE_DelaySeconds], given;
    if (json_get_int(input, STR("DelaySeconds"), &given)) {
        Str text = str_format(context->arena, "%lld", (long long)given);
        if (given < 0 || given > SQS_DELAY_S_MAX)
            return error_fault(
                &sqs_invalid_parameter_value,
                "Value %.*s for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and "
                "<= %d.",
                STR_ARG(text), SQS_DELAY_S_MAX);
        if (queue->fifo && given) return wrong_queue_type(text, "DelaySeconds");
        if (!queue->fifo) seconds = given;
    }
    out->delay = seconds * DURATION_SECOND;
    out->row.delay_s = queue->fifo ? (uint64_t)seconds : 0;
    return NULL;
}

static Str content_id(Arena *arena, Str body)
{
    uint8_t sum[HASH_SHA256_SIZE];
    hash_sha256(body, sum);
    return text_hex(arena, str_from(sum, sizeof sum));
}

static Error *read_fifo_ids(Context *context, Queue *queue, Outgoing *out)
{
    MessageRow *row = &out->row;
    if (!row->group.length) return input_missing("MessageGroupId");
    if (!row->deduplication.length) {
        if (!settings_is(queue->settings, ATTRIBUTE_ContentBasedDeduplication, STR("true")))
            return error_fault(&sqs_invalid_parameter_value,
                               "The queue should either have ContentBasedDeduplication enabled or "
                               "MessageDeduplicationId provided explicitly");
        row->deduplication = content_id(context->arena, row->body);
    }
    bool by_group = settings_is(queue->settings, ATTRIBUTE_DeduplicationScope, STR("messageGroup"));
    return fifo_digest(queue, by_group ? row->group : STR(""), row->deduplication, out->digest);
}

static Error *read_ids(Context *context, Queue *queue, const Json *input, Outgoing *out)
{
    MessageRow *row = &out->row;
    row->group = json_get_str(input, STR("MessageGroupId"));
    row->deduplication = json_get_str(input, STR("MessageDeduplicationId"));
    TRY(check_message_id(row->group, "MessageGroupId"));
    TRY(check_message_id(row->deduplication, "MessageDeduplicationId"));
    if (queue->fifo) return read_fifo_ids(context, queue, out);
    return row->deduplication.length ? wrong_queue_type(row->deduplication, "MessageDeduplicationId") : NULL;
}

static Error *read_body(const Json *input, const char *missing, Outgoing *out)
{
    uint32_t bad;
    Str      body = json_get_str(input, STR("MessageBody"));
    if (!body.length) return input_missing(missing);
    if (!check_characters(body, &bad))
        return error_fault(
            &sqs_invalid_message_contents,
            "Invalid binary character '#x%X' was found in the message body, the set of allowed characters "
            "is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
            bad);
    hash_md5(body, out->row.body_md5);
    out->row.body = body;
    out->size = body.length;
    return NULL;
}

static Error *prepare(Context *context, Queue *queue, const Json *input, const char *missing_body, Outgoing *out)
{
    TRY(read_body(input, missing_body, out));
    TRY(read_attributes(context, json_get(input, STR("MessageAttributes")), out));
    TRY(read_system_attributes(context, json_get(input, STR("MessageSystemAttributes")), out));
    int64_t most = queue->settings->numbers[ATTRIBUTE_MaximumMessageSize];
    if (out->size > (size_t)most)
        return error_fault(&sqs_invalid_parameter_value,
                           "One or more parameters are invalid. Reason: Message must be shorter than %lld bytes.",
                           (long long)most);
    TRY(read_delay(context, queue, input, out));
    TRY(read_ids(context, queue, input, out));
    if (queue->deduplications.count >= SQS_DEDUPLICATION_MAX)
        return error_fault(&sqs_request_throttled, "The queue remembers %d deduplication ids already.",
                           SQS_DEDUPLICATION_MAX);
    return NULL;
}

/* ---- sending ---- */

static void add_digest(Context *context, Json *output, Str name, const uint8_t digest[HASH_MD5_SIZE])
{
    json_add_str(context->arena, output, name, text_hex(context->arena, str_from(digest, HASH_MD5_SIZE)));
}

static Json *tell_sent(Context *context, const Outgoing *message, Str entry_id, Str id, Str sequence)
{
    Arena *arena = context->arena;
    Json  *output = json_object(arena);
    if (entry_id.data) json_add_str(arena, output, STR("Id"), entry_id);
    add_digest(context, output, STR("MD5OfMessageBody"), message->row.body_md5);
    if (message->row.attribute_count)
        add_digest(context, output, STR("MD5OfMessageAttributes"), message->attributes_md5);
    if (message->row.trace.length) add_digest(context, output, STR("MD5OfMessageSystemAttributes"), message->trace_md5);
    json_add(arena, output, STR("MessageId"), json_str_copy(arena, id));
    if (sequence.length) json_add_str(arena, output, STR("SequenceNumber"), sequence);
    return output;
}

static Error *send_one(Context *context, Queue *queue, Outgoing *message, Str entry_id, Json **out)
{
    if (queue->fifo) {
        const Deduplication *twin = fifo_find(queue, message->digest, context->now);
        if (twin) {
            *out = tell_sent(context, message, entry_id, str_from(twin->id, MESSAGE_ID_SIZE),
                             fifo_sequence_text(context->arena, twin->sequence));
            return NULL;
        }
    }
    uint64_t sequence = queue->next_sequence;
    chance_uuid_write(context->chance, message->id);
    message->row.id = str_from(message->id, MESSAGE_ID_SIZE);
    message->row.sent = context->now;
    message->row.sender = context->caller->user_id;
    TRY(queue_push(context, queue, &message->row, message->delay));
    if (queue->fifo) TRY(fifo_remember(context, queue, message->digest, sequence, message->row.id));
    Str number = queue->fifo ? fifo_sequence_text(context->arena, sequence) : STR_NONE;
    *out = tell_sent(context, message, entry_id, message->row.id, number);
    return NULL;
}

Error *sqs_send_message(Context *context, const Json *input, Json **out)
{
    Queue *queue;
    TRY(queue_open(context, input, &queue));
    Outgoing *message = NEW(context->arena, Outgoing);
    TRY(prepare(context, queue, input, "MessageBody", message));
    TRY(send_one(context, queue, message, STR_NONE, out));
    return queue_schedule(context, queue);
}

static Error *prepare_entry(Context *context, Queue *queue, const Json *entries, uint32_t at, Json *output,
                            Outgoing **out)
{
    const Json *entry = entries->items[at];
    Outgoing   *message = NEW(context->arena, Outgoing);
    Str         missing = str_format(context->arena, "SendMessageBatchRequestEntry.%u.MessageBody", at + 1);
    Error      *error = prepare(context, queue, entry, str_to_c(context->arena, missing), message);
    *out = error ? NULL : message;
    if (!error || queue->fifo) return error;
    return batch_failed(context, output, json_get_str(entry, STR("Id")), error);
}

/* Counts what is readable of each entry: a batch that is too long is refused before its entries are. */
static Error *check_total(const Json *entries)
{
    size_t total = 0;
    for (uint32_t i = 0; i < entries->count; i++) {
        const Json *attributes = json_get(entries->items[i], STR("MessageAttributes"));
        total += json_get_str(entries->items[i], STR("MessageBody")).length;
        if (!attributes || attributes->type != JSON_OBJECT) continue;
        JSON_EACH_MEMBER(attributes, member) {
            const Json *blob = json_get(member->value, STR("BinaryValue"));
            bool        base64 = blob && blob->type == JSON_STRING && !(blob->flags & JSON_BLOB);
            total += member->name.length + json_get_str(member->value, STR("DataType")).length;
            total += base64 ? blob->text.length / 4 * 3 : json_get_str(member->value, STR("BinaryValue")).length;
            total += json_get_str(member->value, STR("StringValue")).length;
        }
    }
    if (total <= SQS_MESSAGE_BYTES_MAX) return NULL;
    return error_fault(&sqs_batch_request_too_long,
                       "Batch requests cannot be longer than %d bytes. You have sent %zu bytes.", SQS_MESSAGE_BYTES_MAX,
                       total);
}

Error *sqs_send_message_batch(Context *context, const Json *input, Json **out)
{
    Queue      *queue;
    const Json *entries;
    Outgoing   *messages[SQS_BATCH_ENTRIES_MAX];
    TRY(queue_open(context, input, &queue));
    TRY(batch_entries(context, input, "SendMessageBatchRequestEntry", &entries));
    TRY(check_total(entries));
    Json *output = json_object(context->arena);
    for (uint32_t i = 0; i < entries->count; i++) TRY(prepare_entry(context, queue, entries, i, output, &messages[i]));
    for (uint32_t i = 0; i < entries->count; i++) {
        Json *sent;
        if (!messages[i]) continue;
        TRY(send_one(context, queue, messages[i], json_get_str(entries->items[i], STR("Id")), &sent));
        batch_succeeded(context, output, sent);
    }
    *out = output;
    return queue_schedule(context, queue);
}
