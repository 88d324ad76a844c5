/* permission.c -- AddPermission and RemovePermission write statements into the queue's policy, in the
 * form that the hosted service writes. The policy is kept and told; nothing here enforces it. */
#include "services/sqs/attributes.h"

static const char *const grantable[] = {
    "*",
    "SendMessage",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
};

static Error *invalid_policy(void)
{
    return error_fault(&sqs_invalid_attribute_value, "Invalid value for the parameter Policy.");
}

static Error *parse_policy(Context *context, Str text, Json **out)
{
    Error *error = json_parse(context->arena, text, NULL, out);
    if (error && error->code != ERR_SYNTAX && error->code != ERR_LIMIT) return error;
    error_free(error);
    if (error || (*out)->type != JSON_OBJECT) return invalid_policy();
    return NULL;
}

static Error *check_statement_count(size_t count)
{
    if (count <= SQS_POLICY_STATEMENTS_MAX) return NULL;
    return error_fault(&sqs_over_limit, "%zu statements were found in the submitted policy, max allowed is %d", count,
                       SQS_POLICY_STATEMENTS_MAX);
}

Error *policy_check(Context *context, Str text)
{
    Json *policy;
    TRY(parse_policy(context, text, &policy));
    const Json *statements = json_get(policy, STR("Statement"));
    if (!statements || (statements->type != JSON_OBJECT && statements->type != JSON_ARRAY)) return invalid_policy();
    return check_statement_count(statements->type == JSON_ARRAY ? statements->count : 1);
}

/* The policy as an object whose Statement is an array of its own, ready to be changed. */
static Error *open_policy(Context *context, const Queue *queue, Json **out_policy, Json **out_statements)
{
    Arena *arena = context->arena;
    Str    text = queue->settings->values[ATTRIBUTE_Policy];
    Json  *old = NULL, *policy = json_object(arena), *statements = json_array(arena);
    if (text.length) {
        TRY(parse_policy(context, str_copy(arena, text), &old));
        JSON_EACH_MEMBER(old, member)
            if (!str_equal(member->name, STR("Statement"))) json_set(arena, policy, member->name, member->value);
        Json *kept = json_get(old, STR("Statement"));
        if (kept && kept->type == JSON_OBJECT) json_append(arena, statements, kept);
        for (uint32_t i = 0; kept && kept->type == JSON_ARRAY && i < kept->count; i++)
            json_append(arena, statements, kept->items[i]);
    } else {
        Str arn = queue_arn(arena, queue);
        json_add_str(arena, policy, STR("Version"), STR("2008-10-17"));
        json_add_str(arena, policy, STR("Id"), str_format(arena, "%.*s/SQSDefaultPolicy", STR_ARG(arn)));
    }
    json_set(arena, policy, STR("Statement"), statements);
    *out_policy = policy;
    *out_statements = statements;
    return NULL;
}

static Error *save_policy(Context *context, Queue *queue, const Json *policy, const Json *statements)
{
    Settings draft = *queue->settings;
    TRY(check_statement_count(statements->count));
    Str text = statements->count ? json_text(context->arena, policy) : STR_NONE;
    if (text.length > SQS_POLICY_BYTES_MAX)
        return error_fault(&sqs_over_limit, "The policy would be longer than %d bytes.", SQS_POLICY_BYTES_MAX);
    draft.values[ATTRIBUTE_Policy] = text;
    draft.modified = context->now;
    return queue_save(context, queue, &draft);
}

static Json *one_or_many(Json *list)
{
    return list->count == 1 ? list->items[0] : list;
}

static Error *principals(Context *context, const Json *accounts, Json **out)
{
    Json       *list = json_array(context->arena);
    const Json *item;
    JSON_EACH_ITEM(accounts, item) {
        Str account = item->type == JSON_STRING ? item->text : STR("");
        if (account.length != 12 || !str_all_in(account, "0123456789"))
            return error_fault(&sqs_invalid_parameter_value,
                               "Value %.*s for parameter PrincipalId is invalid. Reason: Unable to verify.",
                               STR_ARG(account));
        Str arn = str_format(context->arena, "arn:aws:iam::%.*s:root", STR_ARG(account));
        json_append(context->arena, list, json_str(context->arena, arn));
    }
    *out = one_or_many(list);
    return NULL;
}

static bool is_grantable(Str action)
{
    for (size_t i = 0; i < sizeof grantable / sizeof *grantable; i++)
        if (str_equal(action, str_from_c(grantable[i]))) return true;
    return false;
}

static Error *granted_actions(Context *context, const Json *actions, Json **out)
{
    if (actions->count > SQS_PERMISSION_ACTIONS_MAX)
        return error_fault(&sqs_over_limit, "%u Actions were found, maximum allowed is %d.", actions->count,
                           SQS_PERMISSION_ACTIONS_MAX);
    Json       *list = json_array(context->arena);
    const Json *item;
    JSON_EACH_ITEM(actions, item) {
        Str action = item->type == JSON_STRING ? item->text : STR("");
        if (!is_grantable(action))
            return error_fault(&sqs_invalid_parameter_value,
                               "Value SQS:%.*s for parameter ActionName is invalid. Reason: Only the queue owner is "
                               "allowed to invoke this action.",
                               STR_ARG(action));
        json_append(context->arena, list,
                    json_str(context->arena, str_format(context->arena, "SQS:%.*s", STR_ARG(action))));
    }
    *out = one_or_many(list);
    return NULL;
}

static Error *check_label(Str label)
{
    bool valid = label.length <= SQS_NAME_MAX &&
                 str_all_in(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    if (valid) return NULL;
    return error_fault(&sqs_invalid_parameter_value,
                       "Value %.*s for parameter Label is invalid. Reason: Can only include alphanumeric characters, "
                       "hyphens, or underscores. 1 to %d in length.",
                       STR_ARG(label), SQS_NAME_MAX);
}

static bool has_label(const Json *statement, Str label)
{
    return str_equal(json_get_str(statement, STR("Sid")), label);
}

static Error *non_empty_list(const Json *input, Str name, const Json **out)
{
    const Json *list = json_get(input, name);
    if (!list || list->type != JSON_ARRAY || !list->count) return input_missing(name.data);
    *out = list;
    return NULL;
}

Error *sqs_add_permission(Context *context, const Json *input, Json **out)
{
    (void)out;
    Arena      *arena = context->arena;
    Queue      *queue;
    Str         label;
    const Json *accounts = NULL, *actions = NULL, *old;
    Json       *principal = NULL, *action = NULL, *policy, *statements;
    TRY(queue_find(context, input, &queue));
    TRY(input_str(input, STR("Label"), &label));
    TRY(check_label(label));
    TRY(non_empty_list(input, STR("AWSAccountIds"), &accounts));
    TRY(non_empty_list(input, STR("Actions"), &actions));
    TRY(granted_actions(context, actions, &action));
    TRY(principals(context, accounts, &principal));
    TRY(open_policy(context, queue, &policy, &statements));
    JSON_EACH_ITEM(statements, old)
        if (has_label(old, label))
            return error_fault(&sqs_invalid_parameter_value,
                               "Value %.*s for parameter Label is invalid. Reason: Already exists.", STR_ARG(label));

    Json *who = json_object(arena), *statement = json_object(arena);
    json_add(arena, who, STR("AWS"), principal);
    json_add_str(arena, statement, STR("Sid"), label);
    json_add_str(arena, statement, STR("Effect"), STR("Allow"));
    json_add(arena, statement, STR("Principal"), who);
    json_add(arena, statement, STR("Action"), action);
    json_add_str(arena, statement, STR("Resource"), queue_arn(arena, queue));
    json_append(arena, statements, statement);
    return save_policy(context, queue, policy, statements);
}

Error *sqs_remove_permission(Context *context, const Json *input, Json **out)
{
    (void)out;
    Queue *queue;
    Str    label;
    Json  *policy, *statements, *kept = json_array(context->arena);
    TRY(queue_find(context, input, &queue));
    TRY(input_str(input, STR("Label"), &label));
    TRY(open_policy(context, queue, &policy, &statements));
    for (uint32_t i = 0; i < statements->count; i++)
        if (!has_label(statements->items[i], label)) json_append(context->arena, kept, statements->items[i]);
    if (kept->count == statements->count)
        return error_fault(&sqs_invalid_parameter_value,
                           "Value %.*s for parameter Label is invalid. Reason: can't find label.", STR_ARG(label));
    json_set(context->arena, policy, STR("Statement"), kept);
    return save_policy(context, queue, policy, kept);
}
