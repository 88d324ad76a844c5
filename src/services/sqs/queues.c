/* queues.c -- operations on queues as a whole: create, find, list, purge, delete, tag. */
#include "base/text.h"
#include "services/sqs/attributes.h"
#include "services/sqs/paging.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* ---- tags ---- */

static bool fits(Str text, size_t characters_max)
{
    size_t characters = 0;
    for (size_t i = 0; i < text.length; i++) characters += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return characters <= characters_max;
}

static Error *check_tag(const JsonMember *tag)
{
    if (tag->value->type != JSON_STRING) return error_fault(&sqs_serialization, "Tag values must be strings.");
    if (!tag->name.length || !fits(tag->name, SQS_TAG_KEY_MAX))
        return error_fault(&sqs_invalid_parameter_value, "Tag keys must be between 1 and %d characters in length.",
                           SQS_TAG_KEY_MAX);
    if (!fits(tag->value->text, SQS_TAG_VALUE_MAX))
        return error_fault(&sqs_invalid_parameter_value, "Tag values must be between 0 and %d characters in length.",
                           SQS_TAG_VALUE_MAX);
    return NULL;
}

static void put_tag(Settings *draft, Str key, Str value)
{
    size_t at = 0;
    while (at < draft->tag_count && !str_equal(draft->tags[at].name, key)) at++;
    if (at == draft->tag_count) draft->tag_count++;
    draft->tags[at] = (NamedStr){ key, value };
}

/* Adds tags to the draft, in a new list in the arena. */
static Error *add_tags(Context *context, Str queue_name, const Json *tags, Settings *draft)
{
    if (!tags || tags->type != JSON_OBJECT) return NULL;
    NamedStr *list = NEW_ARRAY(context->arena, NamedStr, draft->tag_count + tags->count);
    if (draft->tag_count) memcpy(list, draft->tags, draft->tag_count * sizeof *list);
    draft->tags = list;
    JSON_EACH_MEMBER(tags, tag) {
        TRY(check_tag(tag));
        put_tag(draft, tag->name, tag->value->text);
    }
    if (draft->tag_count > SQS_TAGS_MAX)
        return error_fault(&sqs_invalid_parameter_value, "Too many tags added for queue %.*s.", STR_ARG(queue_name));
    return NULL;
}

Error *sqs_tag_queue(Context *context, const Json *input, Json **out)
{
    (void)out;
    Queue *queue;
    TRY(queue_find(context, input, &queue));
    const Json *tags = json_get(input, STR("Tags"));
    if (!tags || !tags->count) return input_missing("Tags");
    Settings draft = *queue->settings;
    TRY(add_tags(context, queue->name, tags, &draft));
    return queue_save(context, queue, &draft);
}

static bool is_listed(const Json *list, Str text)
{
    const Json *item;
    JSON_EACH_ITEM(list, item)
        if (item->type == JSON_STRING && str_equal(item->text, text)) return true;
    return false;
}

Error *sqs_untag_queue(Context *context, const Json *input, Json **out)
{
    (void)out;
    Queue *queue;
    TRY(queue_find(context, input, &queue));
    const Json *keys = json_get(input, STR("TagKeys"));
    if (!keys || keys->type != JSON_ARRAY || !keys->count)
        return error_fault(&sqs_invalid_parameter_value, "Tag keys must be between 1 and %d characters in length.",
                           SQS_TAG_KEY_MAX);
    Settings draft = *queue->settings;
    draft.tags = NEW_ARRAY(context->arena, NamedStr, draft.tag_count);
    draft.tag_count = 0;
    for (size_t i = 0; i < queue->settings->tag_count; i++)
        if (!is_listed(keys, queue->settings->tags[i].name)) draft.tags[draft.tag_count++] = queue->settings->tags[i];
    return queue_save(context, queue, &draft);
}

Error *sqs_list_queue_tags(Context *context, const Json *input, Json **out)
{
    Queue *queue;
    TRY(queue_find(context, input, &queue));
    Json *tags = json_object(context->arena);
    for (size_t i = 0; i < queue->settings->tag_count; i++) {
        const NamedStr *tag = &queue->settings->tags[i];
        json_add_str(context->arena, tags, str_copy(context->arena, tag->name), str_copy(context->arena, tag->value));
    }
    *out = json_object(context->arena);
    if (tags->count) json_add(context->arena, *out, STR("Tags"), tags);
    return NULL;
}

/* ---- creating and finding ---- */

static Error *check_name(Str name, bool fifo)
{
    Str  stem = fifo && str_ends_with(name, STR(".fifo")) ? str_slice(name, 0, name.length - 5) : name;
    bool valid = stem.length && name.length <= SQS_NAME_MAX && str_all_in(stem, NAME_LETTERS);
    if (valid && fifo == (stem.length < name.length)) return NULL;
    if (fifo)
        return error_fault(
            &sqs_invalid_parameter_value,
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to %d in length.",
            SQS_NAME_MAX);
    return error_fault(&sqs_invalid_parameter_value,
                       "Can only include alphanumeric characters, hyphens, or underscores. 1 to %d in length",
                       SQS_NAME_MAX);
}

/* What is asked for must be what the queue has; what is not mentioned does not matter. */
static Error *check_twin(const Queue *queue, const Json *attributes, const Settings *draft)
{
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        bool named = attributes && json_get(attributes, attribute_table[i].name);
        if (named && !str_equal(settings_value(draft, i), settings_value(queue->settings, i)))
            return error_fault(&sqs_queue_name_exists,
                               "A queue already exists with the same name and a different value for attribute %.*s",
                               STR_ARG(attribute_table[i].name));
    }
    return NULL;
}

static Json *url_output(Context *context, const Queue *queue)
{
    Json *output = json_object(context->arena);
    json_add_str(context->arena, output, STR("QueueUrl"), queue_url(context, queue));
    return output;
}

Error *sqs_create_queue(Context *context, const Json *input, Json **out)
{
    Str name;
    TRY(input_str(input, STR("QueueName"), &name));
    const Json *attributes = json_get(input, STR("Attributes"));
    bool        fifo = str_equal(json_get_str(attributes, STR("FifoQueue")), STR("true"));
    TRY(check_name(name, fifo));
    const Caller *caller = context->caller;
    if (caller->region.length > SQS_REGION_MAX)
        return error_fault(&sqs_invalid_parameter_value, "The name of the region is too long.");
    QueueName whose = { caller->account, caller->region, name, fifo };
    Settings  draft = { .created = context->now, .modified = context->now };
    TRY(attributes_apply(context, &whose, true, attributes, &draft));
    TRY(add_tags(context, name, json_get(input, STR("tags")), &draft));

    Queue *queue = queue_lookup(sqs_of(context), caller->account, caller->region, name);
    if (queue) {
        TRY(check_twin(queue, attributes, &draft));
    } else {
        if (sqs_of(context)->queues.count >= SQS_QUEUES_MAX)
            return error_fault(&sqs_over_limit, "There are %d queues already.", SQS_QUEUES_MAX);
        TRY(queue_create(context, caller->account, caller->region, name, &draft, &queue));
    }
    *out = url_output(context, queue);
    return NULL;
}

Error *sqs_get_queue_url(Context *context, const Json *input, Json **out)
{
    Str name, owner = json_get_str(input, STR("QueueOwnerAWSAccountId"));
    TRY(input_str(input, STR("QueueName"), &name));
    Str          account = owner.length ? owner : context->caller->account;
    const Queue *queue = queue_lookup(sqs_of(context), account, context->caller->region, name);
    if (!queue) return error_fault(&sqs_queue_does_not_exist, "The specified queue does not exist.");
    *out = url_output(context, queue);
    return NULL;
}

Error *sqs_delete_queue(Context *context, const Json *input, Json **out)
{
    (void)out;
    Queue *queue;
    TRY(queue_find(context, input, &queue));
    return queue_delete(context, queue);
}

Error *sqs_purge_queue(Context *context, const Json *input, Json **out)
{
    (void)out;
    Queue *queue;
    TRY(queue_find(context, input, &queue));
    Instant purged = queue->settings->purged;
    if (purged && purged + SQS_PURGE_INTERVAL > context->now)
        return error_fault(&sqs_purge_queue_in_progress,
                           "Only one PurgeQueue operation on %.*s is allowed every %d seconds.", STR_ARG(queue->name),
                           (int)(SQS_PURGE_INTERVAL / DURATION_SECOND));
    TRY(queue_load(context, queue));
    return queue_purge(context, queue);
}

/* ---- listing ---- */

Error *paging_parse(Context *context, const Json *input, Paging *out)
{
    int64_t max = SQS_LIST_MAX;
    out->pages = json_get_int(input, STR("MaxResults"), &max);
    if (max < 1 || max > SQS_LIST_MAX)
        return error_fault(
            &sqs_invalid_parameter_value,
            "Value %lld for parameter MaxResults is invalid. Reason: Must be between 1 and %d, if provided.",
            (long long)max, SQS_LIST_MAX);
    out->max = (size_t)max;
    out->after = STR("");
    Str token = json_get_str(input, STR("NextToken"));
    if (!token.length) return NULL;
    if (token.length > SQS_TOKEN_MAX || !text_unbase64(context->arena, token, &out->after) || !out->after.length)
        return error_fault(&sqs_invalid_parameter_value, "Invalid or expired next token.");
    return NULL;
}

Error *paging_list(Context *context, const Paging *paging, Str account, Str prefix,
                   bool (*take)(const Queue *queue, Str argument), Str argument, Str list_name, bool empty_list,
                   Json **out)
{
    Str region = context->caller->region;
    Str keys = str_format(context->arena, "%.*s/%.*s/%.*s", STR_ARG(account), STR_ARG(region), STR_ARG(prefix));
    Str from = str_format(context->arena, "%.*s/%.*s/%.*s", STR_ARG(account), STR_ARG(region), STR_ARG(paging->after));
    if (keys.length > STORE_KEY_MAX) keys.length = STORE_KEY_MAX;
    if (str_compare(from, keys) < 0) from = keys;
    Json *urls = json_array(context->arena);
    *out = json_object(context->arena);
    Str          last = STR_NONE;
    StoreCursor *cursor;
    TRY(store_scan(context->store, context->arena, TABLE_SQS_QUEUE, from, keys, &cursor));
    for (;;) {
        Str  key, row;
        bool more;
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) break;
        const Queue *queue = map_get(&sqs_of(context)->queues, key);
        if (!queue || str_equal(queue->name, paging->after) || (take && !take(queue, argument))) continue;
        if (urls->count == paging->max) {
            if (paging->pages) json_add_str(context->arena, *out, STR("NextToken"), text_base64(context->arena, last));
            break;
        }
        json_append(context->arena, urls, json_str(context->arena, queue_url(context, queue)));
        last = queue->name;
    }
    store_scan_end(cursor);
    if (urls->count || empty_list) json_add(context->arena, *out, list_name, urls);
    return NULL;
}

Error *sqs_list_queues(Context *context, const Json *input, Json **out)
{
    Paging paging;
    TRY(paging_parse(context, input, &paging));
    Str prefix = str_slice(json_get_str(input, STR("QueueNamePrefix")), 0, SQS_NAME_MAX + 1);
    return paging_list(context, &paging, context->caller->account, prefix, NULL, STR(""), STR("QueueUrls"), false, out);
}
