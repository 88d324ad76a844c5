/* attributes.c -- GetQueueAttributes, SetQueueAttributes, and the rules for values.
 *
 * Values are kept and told as they were given, so that clients which compare what they read with what
 * they wrote find no difference. */
#include "services/sqs/attributes.h"

static const char *const choices[][3] = {
    [CHOICE_BOOLEAN] = { "true", "false", NULL },
    [CHOICE_SCOPE] = { "queue", "messageGroup", NULL },
    [CHOICE_THROUGHPUT] = { "perQueue", "perMessageGroupId", NULL },
};

static Error *unknown_attribute(Str name)
{
    return error_fault(&sqs_invalid_attribute_name, "Unknown Attribute %.*s.", STR_ARG(name));
}

static Error *invalid_value(AttributeName name)
{
    return error_fault(&sqs_invalid_attribute_value, "Invalid value for the parameter %.*s.",
                       STR_ARG(attribute_table[name].name));
}

/* ATTRIBUTE_COUNT: there is no such attribute for a queue of this kind. */
static AttributeName find_attribute(Str name, bool fifo)
{
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        const AttributeInfo *info = &attribute_table[i];
        bool                 exists = info->kind != NOTE && (fifo || !(info->flags & FIFO_ONLY));
        if (exists && str_equal(info->name, name)) return i;
    }
    return ATTRIBUTE_COUNT;
}

/* ---- setting ---- */

static bool is_choice(int64_t list, Str value)
{
    for (const char *const *word = choices[list]; *word; word++)
        if (str_equal(value, str_from_c(*word))) return true;
    return false;
}

static bool is_valid(AttributeName name, Str value)
{
    const AttributeInfo *info = &attribute_table[name];
    int64_t              number;
    switch (info->kind) {
    case NUMBER: return str_parse_int(value, &number) && number >= info->least && number <= info->most;
    case CHOICE: return is_choice(info->least, value);
    default: return value.length <= (size_t)info->most;
    }
}

static Error *check_policies(Context *context, const QueueName *whose, AttributeName name, Str value, Settings *draft)
{
    switch (name) {
    case ATTRIBUTE_Policy: return value.length ? policy_check(context, value) : NULL;
    case ATTRIBUTE_RedrivePolicy: return redrive_policy_apply(context, whose, value, draft);
    case ATTRIBUTE_RedriveAllowPolicy: return value.length ? redrive_allow_policy_check(context, value) : NULL;
    default: return NULL;
    }
}

static Error *apply_one(Context *context, const QueueName *whose, bool creating, const JsonMember *member,
                        Settings *draft)
{
    AttributeName name = find_attribute(member->name, whose->fifo);
    if (name == ATTRIBUTE_COUNT || attribute_table[name].kind == COMPUTED) return unknown_attribute(member->name);
    if (member->value->type != JSON_STRING || !is_valid(name, member->value->text)) return invalid_value(name);
    Str value = member->value->text;
    if (attribute_table[name].flags & CREATE_ONLY && !creating && !settings_is(draft, name, value))
        return unknown_attribute(member->name);
    TRY(check_policies(context, whose, name, value, draft));
    draft->values[name] = value.length ? value : STR_NONE; /* an empty policy takes it away */
    return NULL;
}

/* One kind of encryption at a time: asking for one ends the other. */
static Error *settle_encryption(const Json *attributes, Settings *draft)
{
    bool kms = json_get_str(attributes, STR("KmsMasterKeyId")).length > 0;
    bool managed = str_equal(json_get_str(attributes, STR("SqsManagedSseEnabled")), STR("true"));
    if (kms && managed)
        return error_fault(&sqs_invalid_attribute_name,
                           "You can use one type of server-side encryption (SSE) at one time. You can either enable "
                           "KMS SSE or SQS SSE.");
    if (kms) draft->values[ATTRIBUTE_SqsManagedSseEnabled] = STR("false");
    if (managed) draft->values[ATTRIBUTE_KmsMasterKeyId] = STR_NONE;
    return NULL;
}

static Error *settle_throughput(const Settings *draft)
{
    if (settings_is(draft, ATTRIBUTE_FifoThroughputLimit, STR("perMessageGroupId")) &&
        !settings_is(draft, ATTRIBUTE_DeduplicationScope, STR("messageGroup")))
        return error_fault(&sqs_invalid_attribute_value,
                           "Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed "
                           "only when DeduplicationScope is messageGroup.");
    return NULL;
}

Error *attributes_apply(Context *context, const QueueName *whose, bool creating, const Json *attributes,
                        Settings *draft)
{
    if (!attributes || attributes->type != JSON_OBJECT) return NULL;
    JSON_EACH_MEMBER(attributes, member) TRY(apply_one(context, whose, creating, member, draft));
    TRY(settle_encryption(attributes, draft));
    return settle_throughput(draft);
}

Error *sqs_set_queue_attributes(Context *context, const Json *input, Json **out)
{
    (void)out;
    Queue *queue;
    TRY(queue_find(context, input, &queue));
    const Json *attributes = json_get(input, STR("Attributes"));
    if (!attributes) return input_missing("Attributes");
    Settings  draft = *queue->settings;
    QueueName whose = { queue->account, queue->region, queue->name, queue->fifo };
    TRY(attributes_apply(context, &whose, false, attributes, &draft));
    draft.modified = context->now;
    return queue_save(context, queue, &draft);
}

/* ---- telling ---- */

static Str number_text(Arena *arena, int64_t number)
{
    return str_format(arena, "%lld", (long long)number);
}

static Str computed_value(Context *context, const Queue *queue, AttributeName name)
{
    uint64_t hidden = queue->in_flight + queue->delayed;
    switch (name) {
    case ATTRIBUTE_QueueArn: return queue_arn(context->arena, queue);
    case ATTRIBUTE_ApproximateNumberOfMessages:
        return number_text(context->arena, queue->count > hidden ? (int64_t)(queue->count - hidden) : 0);
    case ATTRIBUTE_ApproximateNumberOfMessagesNotVisible: return number_text(context->arena, (int64_t)queue->in_flight);
    case ATTRIBUTE_ApproximateNumberOfMessagesDelayed: return number_text(context->arena, (int64_t)queue->delayed);
    case ATTRIBUTE_CreatedTimestamp: return number_text(context->arena, queue->settings->created / DURATION_SECOND);
    case ATTRIBUTE_LastModifiedTimestamp:
        return number_text(context->arena, queue->settings->modified / DURATION_SECOND);
    default: return STR_NONE;
    }
}

static Str told_value(Context *context, const Queue *queue, AttributeName name)
{
    const Settings *settings = queue->settings;
    if (attribute_table[name].kind == COMPUTED) return computed_value(context, queue, name);
    /* only where a key was set, or itself */
    bool encrypted = settings->values[ATTRIBUTE_KmsMasterKeyId].length || settings->values[name].length;
    if (name == ATTRIBUTE_KmsDataKeyReusePeriodSeconds && !encrypted) return STR_NONE;
    return settings_value(settings, name);
}

static Error *wanted_attributes(const Json *names, bool fifo, bool *wanted)
{
    const Json *item;
    JSON_EACH_ITEM(names, item) {
        if (item->type != JSON_STRING) return error_fault(&sqs_serialization, "AttributeNames must be strings.");
        bool          all = str_equal(item->text, STR("All"));
        AttributeName name = find_attribute(item->text, fifo);
        if (!all && name == ATTRIBUTE_COUNT) return unknown_attribute(item->text);
        for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
            const AttributeInfo *info = &attribute_table[i];
            bool                 exists = info->kind != NOTE && (fifo || !(info->flags & FIFO_ONLY));
            if (all ? exists : i == (size_t)name) wanted[i] = true;
        }
    }
    return NULL;
}

Error *sqs_get_queue_attributes(Context *context, const Json *input, Json **out)
{
    Queue *queue;
    bool   wanted[ATTRIBUTE_COUNT] = { false };
    TRY(queue_open(context, input, &queue));
    const Json *names = json_get(input, STR("AttributeNames"));
    if (names && names->type == JSON_ARRAY) TRY(wanted_attributes(names, queue->fifo, wanted));
    Json *attributes = json_object(context->arena);
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        Str value = wanted[i] ? told_value(context, queue, i) : STR_NONE;
        if (value.length)
            json_add_str(context->arena, attributes, attribute_table[i].name, str_copy(context->arena, value));
    }
    *out = json_object(context->arena);
    if (attributes->count) json_add(context->arena, *out, STR("Attributes"), attributes);
    return NULL;
}
