/* batch.c -- what the three batch operations have in common. */
#include "services/sqs/batch.h"

static bool is_entry_id(Str id)
{
    return id.length && id.length <= SQS_BATCH_ID_MAX &&
           str_all_in(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
}

static Error *check_id(Context *context, const Json *entries, uint32_t at, const char *entry_name)
{
    Str id = json_get_str(entries->items[at], STR("Id"));
    if (!id.data) {
        Str name = str_format(context->arena, "%s.%u.Id", entry_name, at + 1);
        return input_missing(str_to_c(context->arena, name));
    }
    if (!is_entry_id(id))
        return error_fault(&sqs_invalid_batch_entry_id,
                           "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                           "It can be at most %d letters long.",
                           SQS_BATCH_ID_MAX);
    for (uint32_t i = 0; i < at; i++)
        if (str_equal(id, json_get_str(entries->items[i], STR("Id"))))
            return error_fault(&sqs_batch_entry_ids_not_distinct, "Id %.*s repeated.", STR_ARG(id));
    return NULL;
}

Error *batch_entries(Context *context, const Json *input, const char *entry_name, const Json **out)
{
    const Json *entries = json_get(input, STR("Entries")); /* the query protocol cannot say that it is empty */
    if (!entries || entries->type != JSON_ARRAY || !entries->count)
        return error_fault(&sqs_empty_batch_request, "There should be at least one %s in the request.", entry_name);
    if (entries->count > SQS_BATCH_ENTRIES_MAX)
        return error_fault(&sqs_too_many_entries, "Maximum number of entries per request are %d. You have sent %u.",
                           SQS_BATCH_ENTRIES_MAX, entries->count);
    for (uint32_t i = 0; i < entries->count; i++) TRY(check_id(context, entries, i, entry_name));
    *out = entries;
    return NULL;
}

static void add_to(Context *context, Json *output, Str list_name, Json *entry)
{
    Json *list = json_get(output, list_name);
    if (!list) {
        list = json_array(context->arena);
        json_add(context->arena, output, list_name, list);
    }
    json_append(context->arena, list, entry);
}

void batch_succeeded(Context *context, Json *output, Json *entry)
{
    add_to(context, output, STR("Successful"), entry);
}

Error *batch_failed(Context *context, Json *output, Str id, Error *error)
{
    if (error->code != ERR_FAULT) return error;
    const Fault *fault = error->fault;
    Str          message = str_copy(context->arena, str_from_c(error->message));
    error_free(error);
    Json *entry = json_object(context->arena);
    json_add_str(context->arena, entry, STR("Id"), id);
    json_add(context->arena, entry, STR("SenderFault"), json_bool(context->arena, fault->status < 500));
    json_add_str(context->arena, entry, STR("Code"), str_from_c(fault->query_code ? fault->query_code : fault->code));
    json_add_str(context->arena, entry, STR("Message"), message);
    add_to(context, output, STR("Failed"), entry);
    return NULL;
}
