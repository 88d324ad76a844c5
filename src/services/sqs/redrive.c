/* redrive.c -- redrive policies, and who may name whom as its dead-letter queue. */
#include "services/sqs/redrive.h"

#include "services/sqs/attributes.h"
#include "services/sqs/paging.h"

Queue *redrive_target(const Queue *queue)
{
    Str arn = queue->settings->values[ATTRIBUTE_RedriveTarget];
    return arn.length ? queue_lookup_arn(queue->sqs, arn) : NULL;
}

bool redrive_is_due(const Queue *queue, const Message *message)
{
    int64_t most = queue->settings->numbers[ATTRIBUTE_RedriveCount];
    return most && message->receive_count >= most;
}

bool redrive_is_target(const Sqs *sqs, Str arn)
{
    for (size_t i = 0; i < sqs->queues.count; i++) {
        const Queue *queue = sqs->queues.entries[i].value;
        if (str_equal(queue->settings->values[ATTRIBUTE_RedriveTarget], arn)) return true;
    }
    return false;
}

/* ---- RedrivePolicy ---- */

static Error *invalid_redrive(Str text, const char *reason)
{
    return error_fault(&sqs_invalid_parameter_value, "Value %.*s for parameter RedrivePolicy is invalid. Reason: %s",
                       STR_ARG(text), reason);
}

/* NULL where it is not a JSON object. */
static Error *parse_object(Context *context, Str text, Json **out)
{
    Error *error = json_parse(context->arena, text, NULL, out);
    if (error && error->code != ERR_SYNTAX && error->code != ERR_LIMIT) return error;
    if (error || (*out)->type != JSON_OBJECT) *out = NULL;
    error_free(error);
    return NULL;
}

static bool whole_number(const Json *value, int64_t *out)
{
    if (value->type == JSON_STRING) return str_parse_int(value->text, out);
    return value->type == JSON_NUMBER && json_int(value, out);
}

static Error *check_members(Str text, const Json *policy)
{
    if (!json_get(policy, STR("maxReceiveCount")))
        return invalid_redrive(text, "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
    if (!json_get(policy, STR("deadLetterTargetArn")))
        return invalid_redrive(text, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    JSON_EACH_MEMBER(policy, member)
        if (!str_equal(member->name, STR("maxReceiveCount")) && !str_equal(member->name, STR("deadLetterTargetArn")))
            return invalid_redrive(text,
                                   "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].");
    return NULL;
}

static Error *check_count(Context *context, Str text, const Json *policy, int64_t *out)
{
    const Json *count = json_get(policy, STR("maxReceiveCount"));
    if (whole_number(count, out) && *out >= 1 && *out <= SQS_RECEIVE_COUNT_MAX) return NULL;
    Str given = count->type == JSON_STRING ? count->text : json_text(context->arena, count);
    return error_fault(&sqs_invalid_parameter_value,
                       "Value %.*s for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: "
                       "%.*s, valid values are from 1 to %d both inclusive.",
                       STR_ARG(text), STR_ARG(given), SQS_RECEIVE_COUNT_MAX);
}

static bool lists_arn(const Json *list, Str arn)
{
    for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
        if (list->items[i]->type == JSON_STRING && str_equal(list->items[i]->text, arn)) return true;
    return false;
}

/* Does the target let this queue send its dead letters there? */
static Error *check_permission(Context *context, const QueueName *whose, Str text, const Queue *target)
{
    Json *policy;
    Str   allow = target->settings->values[ATTRIBUTE_RedriveAllowPolicy];
    if (!allow.length) return NULL;
    TRY(parse_object(context, allow, &policy));
    Str  permission = json_get_str(policy, STR("redrivePermission"));
    Str  arn = str_format(context->arena, "arn:aws:sqs:%.*s:%.*s:%.*s", STR_ARG(whose->region), STR_ARG(whose->account),
                          STR_ARG(whose->name));
    bool allowed = str_equal(permission, STR("allowAll")) ||
                   (str_equal(permission, STR("byQueue")) && lists_arn(json_get(policy, STR("sourceQueueArns")), arn));
    return allowed ? NULL
                   : invalid_redrive(text,
                                     "The dead-letter queue's redrive allow policy does not permit this source queue.");
}

static Error *check_target(Context *context, const QueueName *whose, Str text, const Json *policy)
{
    Str    arn = json_get_str(policy, STR("deadLetterTargetArn")), rest = arn, part;
    size_t parts = 0;
    while (str_next_part(&rest, ':', &part)) parts++;
    if (parts != 6 || !str_starts_with(arn, STR("arn:")))
        return invalid_redrive(text, "Invalid value for deadLetterTargetArn.");
    const Queue *target = queue_lookup_arn(sqs_of(context), arn);
    if (!target) return invalid_redrive(text, "Dead letter target does not exist.");
    if (!str_equal(target->account, whose->account) || !str_equal(target->region, whose->region))
        return invalid_redrive(text, "Dead-letter target owner should be same as the source.");
    if (target->fifo != whose->fifo)
        return invalid_redrive(text, "Dead letter queue must be same type of queue as the source.");
    return check_permission(context, whose, text, target);
}

Error *redrive_policy_apply(Context *context, const QueueName *whose, Str text, Settings *draft)
{
    draft->values[ATTRIBUTE_RedriveTarget] = draft->values[ATTRIBUTE_RedriveCount] = STR_NONE;
    if (!text.length) return NULL;
    Json   *policy;
    int64_t count;
    TRY(parse_object(context, text, &policy));
    if (!policy)
        return error_fault(
            &sqs_invalid_parameter_value,
            "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.");
    TRY(check_members(text, policy));
    TRY(check_count(context, text, policy, &count));
    TRY(check_target(context, whose, text, policy));
    draft->values[ATTRIBUTE_RedriveTarget] = json_get_str(policy, STR("deadLetterTargetArn"));
    draft->values[ATTRIBUTE_RedriveCount] = str_format(context->arena, "%lld", (long long)count);
    return NULL;
}

/* ---- RedriveAllowPolicy ---- */

static Error *invalid_allow(Str text, const char *reason)
{
    return error_fault(&sqs_invalid_parameter_value,
                       "Value %.*s for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS can't create the "
                       "redrive allow policy. %s",
                       STR_ARG(text), reason);
}

static Error *check_sources(Str text, const Json *sources, bool by_queue)
{
    if (sources && !by_queue)
        return invalid_allow(text,
                             "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.");
    if (!by_queue) return NULL;
    if (!sources || !sources->count)
        return invalid_allow(text, "When you specify the byQueue permission type, you must also specify one or more "
                                   "sourceQueueArns values.");
    if (sources->count > SQS_SOURCE_ARNS_MAX)
        return invalid_allow(text, "The maximum number of source queue ARNs you can specify is 10.");
    return NULL;
}

static bool is_well_formed(const Json *policy)
{
    Str         permission = json_get_str(policy, STR("redrivePermission"));
    const Json *sources = json_get(policy, STR("sourceQueueArns"));
    JSON_EACH_MEMBER(policy, member)
        if (!str_equal(member->name, STR("redrivePermission")) && !str_equal(member->name, STR("sourceQueueArns")))
            return false;
    if (sources && sources->type != JSON_ARRAY) return false;
    for (uint32_t i = 0; sources && i < sources->count; i++)
        if (sources->items[i]->type != JSON_STRING) return false;
    return str_equal(permission, STR("allowAll")) || str_equal(permission, STR("denyAll")) ||
           str_equal(permission, STR("byQueue"));
}

Error *redrive_allow_policy_check(Context *context, Str text)
{
    Json *policy;
    TRY(parse_object(context, text, &policy));
    if (!policy || !is_well_formed(policy))
        return error_fault(&sqs_invalid_parameter_value,
                           "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the "
                           "redrive allow policy, as it\xe2\x80\x99s in an unsupported format.");
    bool by_queue = str_equal(json_get_str(policy, STR("redrivePermission")), STR("byQueue"));
    return check_sources(text, json_get(policy, STR("sourceQueueArns")), by_queue);
}

/* ---- ListDeadLetterSourceQueues ---- */

static bool sends_to(const Queue *queue, Str arn)
{
    return str_equal(queue->settings->values[ATTRIBUTE_RedriveTarget], arn);
}

Error *sqs_list_dead_letter_source_queues(Context *context, const Json *input, Json **out)
{
    Queue *queue;
    Paging paging;
    TRY(queue_find(context, input, &queue));
    TRY(paging_parse(context, input, &paging));
    return paging_list(context, &paging, queue->account, STR(""), sends_to, queue_arn(context->arena, queue),
                       STR("queueUrls"), true, out);
}
