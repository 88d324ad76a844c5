/* settings.c -- see settings.h.
 *
 * A log group and a key are names of things that other services have. Their form is checked here; whether they exist
 * would be asked in check_log_group and in states_encryption_read, of whoever knows. */
#include "services/states/settings.h"

#include "services/states/check.h"

/* ---- logging ---- */

static const Str level_names[] = {
    [STATES_LOG_OFF] = STR_CONST("OFF"),
    [STATES_LOG_FATAL] = STR_CONST("FATAL"),
    [STATES_LOG_ERROR] = STR_CONST("ERROR"),
    [STATES_LOG_ALL] = STR_CONST("ALL"),
};

static StatesLogLevel level_of(Str name)
{
    StatesLogLevel level = STATES_LOG_ALL;
    while (level > STATES_LOG_OFF && !str_equal(level_names[level], name)) level--;
    return level;
}

static Error *refuse_logging(const char *why)
{
    return error_fault(&states_invalid_logging_configuration, "Invalid Logging Configuration: %s", why);
}

/* arn:aws:logs:REGION:ACCOUNT:log-group:NAME:* */
static Error *check_log_group(Str arn)
{
    Str parts[6] = { 0 }, rest = arn;
    for (size_t i = 0; i < 6; i++) str_next_part(&rest, ':', &parts[i]);
    bool sound = str_equal(parts[0], STR("arn")) && str_equal(parts[2], STR("logs")) &&
                 str_equal(parts[5], STR("log-group")) && rest.length > 2 && str_ends_with(rest, STR(":*"));
    return sound ? NULL : refuse_logging("Log Destination is not the ARN of a log group that ends with ':*'.");
}

Error *states_logging_read(const Json *input, StatesLogging *out)
{
    const Json *given = json_get(input, STR("loggingConfiguration"));
    if (!given) return NULL;
    const Json   *destinations = json_get(given, STR("destinations"));
    uint32_t      count = destinations ? destinations->count : 0;
    StatesLogging logging = {
        .level = level_of(json_get_str(given, STR("level"))),
        .include_data = states_flag(given, STR("includeExecutionData")),
    };
    if (count > 1 || (!count && logging.level != STATES_LOG_OFF))
        return refuse_logging("Must specify exactly one Log Destination.");
    if (count) {
        const Json *group = json_get(destinations->items[0], STR("cloudWatchLogsLogGroup"));
        logging.log_group_arn = json_get_str(group, STR("logGroupArn"));
        TRY(check_log_group(logging.log_group_arn));
    }
    *out = logging;
    return NULL;
}

bool states_logging_equal(const StatesLogging *a, const StatesLogging *b)
{
    return a->level == b->level && a->include_data == b->include_data && str_equal(a->log_group_arn, b->log_group_arn);
}

static Json *destinations_json(Arena *arena, Str log_group_arn)
{
    Json *destinations = json_array(arena), *destination = json_object(arena), *group = json_object(arena);
    json_add_str(arena, group, STR("logGroupArn"), log_group_arn);
    json_add(arena, destination, STR("cloudWatchLogsLogGroup"), group);
    json_append(arena, destinations, destination);
    return destinations;
}

Json *states_logging_json(Arena *arena, const StatesLogging *logging)
{
    Json *json = json_object(arena);
    json_add_str(arena, json, STR("level"), level_names[logging->level]);
    json_add(arena, json, STR("includeExecutionData"), json_bool(arena, logging->include_data));
    if (logging->log_group_arn.length)
        json_add(arena, json, STR("destinations"), destinations_json(arena, logging->log_group_arn));
    return json;
}

/* ---- tracing ---- */

void states_tracing_read(const Json *input, bool *out)
{
    const Json *given = json_get(input, STR("tracingConfiguration"));
    if (given) *out = states_flag(given, STR("enabled"));
}

/* ---- encryption ---- */

static Error *refuse_encryption(const char *why)
{
    return error_fault(&states_invalid_encryption_configuration, "Invalid Encryption Configuration: %s", why);
}

Error *states_encryption_read(const Json *input, StatesEncryption *out)
{
    const Json *given = json_get(input, STR("encryptionConfiguration"));
    if (!given) return NULL;
    Str     key_id = json_get_str(given, STR("kmsKeyId"));
    int64_t reuse_s = 0;
    bool    customer = str_equal(json_get_str(given, STR("type")), STR("CUSTOMER_MANAGED_KMS_KEY"));
    bool    reuse = json_get_int(given, STR("kmsDataKeyReusePeriodSeconds"), &reuse_s);
    if (!customer && (key_id.length || reuse))
        return refuse_encryption("kmsKeyId and kmsDataKeyReusePeriodSeconds are for customer managed keys only.");
    if (customer && !key_id.length) return refuse_encryption("Must specify the kmsKeyId of the customer managed key.");
    if (!customer)
        *out = (StatesEncryption){ .type = STATES_KEY_OWNED };
    else
        *out = (StatesEncryption){ STATES_KEY_CUSTOMER, key_id, reuse ? (uint64_t)reuse_s : STATES_KMS_REUSE_S };
    return NULL;
}

/* A key that nobody mentioned is the service's own. */
bool states_encryption_equal(const StatesEncryption *a, const StatesEncryption *b)
{
    bool customer = a->type == STATES_KEY_CUSTOMER;
    if (customer != (b->type == STATES_KEY_CUSTOMER)) return false;
    return !customer || (str_equal(a->key_id, b->key_id) && a->reuse_s == b->reuse_s);
}

Json *states_encryption_json(Arena *arena, const StatesEncryption *encryption)
{
    Json *json = json_object(arena);
    bool  customer = encryption->type == STATES_KEY_CUSTOMER;
    json_add_str(arena, json, STR("type"), customer ? STR("CUSTOMER_MANAGED_KMS_KEY") : STR("AWS_OWNED_KEY"));
    if (!customer) return json;
    json_add_str(arena, json, STR("kmsKeyId"), encryption->key_id);
    json_add_int(arena, json, STR("kmsDataKeyReusePeriodSeconds"), (int64_t)encryption->reuse_s);
    return json;
}

/* ---- telling ---- */

/* Recordings from before there were keys to choose have no encryptionConfiguration; clients take none for the service's
 * own key. So it is told where it was said. */
void states_revision_tell_settings(Arena *arena, const StatesRevision *revision, Json *output)
{
    Json *tracing = json_object(arena);
    json_add(arena, tracing, STR("enabled"), json_bool(arena, revision->tracing));
    json_add(arena, output, STR("loggingConfiguration"), states_logging_json(arena, &revision->logging));
    json_add(arena, output, STR("tracingConfiguration"), tracing);
    if (revision->encryption.type != STATES_KEY_UNSAID)
        json_add(arena, output, STR("encryptionConfiguration"), states_encryption_json(arena, &revision->encryption));
}
