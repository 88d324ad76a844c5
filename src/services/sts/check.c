/* check.c -- what STS requires of its input, in the words of its validator. */
#include "services/sts/sts_internal.h"

#define LETTERS         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define SESSION_LETTERS LETTERS "_+=,.@-"

const TextRule session_name_rule = { "roleSessionName",
                                     STR_CONST("RoleSessionName"),
                                     STS_SESSION_NAME_MIN,
                                     STS_SESSION_NAME_MAX,
                                     "[\\w+=,.@-]*",
                                     SESSION_LETTERS,
                                     true };
const TextRule source_identity_rule = { "sourceIdentity",
                                        STR_CONST("SourceIdentity"),
                                        STS_SESSION_NAME_MIN,
                                        STS_SESSION_NAME_MAX,
                                        "[\\w+=,.@-]*",
                                        SESSION_LETTERS,
                                        false };

static Error *violated(const TextRule *rule, Str value, const char *constraint)
{
    return error_fault(&sts_validation,
                       "1 validation error detected: Value '%.*s' at '%s' failed to satisfy constraint: Member must %s",
                       (int)(value.length > 256 ? 256 : value.length), value.data ? value.data : "", rule->member,
                       constraint);
}

Error *check_text(const Json *input, const TextRule *rule, Str *out)
{
    char constraint[160];
    Str  value = json_get_str(input, rule->name);
    *out = value;
    if (!value.data) {
        if (!rule->required) return NULL;
        return error_fault(
            &sts_validation,
            "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not "
            "be null",
            rule->member);
    }
    if (value.length < rule->min) {
        snprintf(constraint, sizeof constraint, "have length greater than or equal to %zu", rule->min);
        return violated(rule, value, constraint);
    }
    if (value.length > rule->max) {
        snprintf(constraint, sizeof constraint, "have length less than or equal to %zu", rule->max);
        return violated(rule, value, constraint);
    }
    if (!rule->allowed || str_all_in(value, rule->allowed)) return NULL;
    snprintf(constraint, sizeof constraint, "satisfy regular expression pattern: %s", rule->pattern);
    return violated(rule, value, constraint);
}

Error *check_duration(const Json *input, int64_t most, int64_t standard, int64_t *out)
{
    const Json *given = json_get(input, STR("DurationSeconds"));
    *out = standard;
    if (!given) return NULL;
    bool        whole = json_int(given, out);
    const char *bound = !whole || *out < STS_DURATION_S_MIN ? "greater" : *out > most ? "less" : NULL;
    if (!bound) return NULL;
    return error_fault(
        &sts_validation,
        "1 validation error detected: Value '%lld' at 'durationSeconds' failed to satisfy constraint: Member "
        "must have value %s than or equal to %lld",
        (long long)*out, bound, (long long)(*bound == 'g' ? STS_DURATION_S_MIN : most));
}

/* ---- roles ---- */

static Error *invalid_arn(Str arn)
{
    return error_fault(&sts_validation, "%.*s is invalid", STR_ARG(arn));
}

Error *check_role(const Json *input, RoleArn *out)
{
    static const TextRule rule = { "roleArn", STR_CONST("RoleArn"), STS_ARN_MIN, STS_ARN_MAX, NULL, NULL, true };
    TRY(check_text(input, &rule, &out->arn));
    Str rest = out->arn, parts[5];
    for (size_t i = 0; i < 5; i++)
        if (!str_next_part(&rest, ':', &parts[i])) return invalid_arn(out->arn);
    bool is_role = str_equal(parts[0], STR("arn")) && str_equal(parts[2], STR("iam")) && !parts[3].length &&
                   parts[4].length == 12 && str_all_in(parts[4], "0123456789") && str_starts_with(rest, STR("role/"));
    if (!is_role) return invalid_arn(out->arn);
    out->account = parts[4];
    for (Str part; str_next_part(&rest, '/', &part);) out->name = part;
    if (!out->name.length || out->name.length > STS_SESSION_NAME_MAX || !str_all_in(out->name, SESSION_LETTERS))
        return invalid_arn(out->arn);
    return NULL;
}

/* ---- what narrows a session ---- */

static Error *check_policy(Context *context, const Json *input, size_t *size)
{
    static const TextRule rule = { "policy", STR_CONST("Policy"), 1, STS_POLICY_MAX, NULL, NULL, false };
    Str                   text;
    Json                 *policy;
    TRY(check_text(input, &rule, &text));
    if (!text.data) return NULL;
    Error *error = json_parse(context->arena, text, NULL, &policy);
    if (error && error->code != ERR_SYNTAX && error->code != ERR_LIMIT) return error;
    bool valid = !error && policy->type == JSON_OBJECT && json_get(policy, STR("Statement"));
    error_free(error);
    *size += text.length;
    return valid ? NULL : error_fault(&sts_malformed_policy_document, "The policy is not in the valid JSON format.");
}

static Error *check_policy_arns(const Json *input, size_t *size)
{
    const Json           *arns = json_get(input, STR("PolicyArns")), *item;
    static const TextRule rule = {
        "policyArns.1.member.arn", STR_CONST("arn"), STS_ARN_MIN, STS_ARN_MAX, NULL, NULL, true
    };
    if (!arns || arns->type != JSON_ARRAY) return NULL;
    if (arns->count > STS_POLICY_ARNS_MAX)
        return error_fault(&sts_validation, "The number of policy ARNs exceeds the allowed maximum of %d.",
                           STS_POLICY_ARNS_MAX);
    JSON_EACH_ITEM(arns, item) {
        Str arn;
        TRY(check_text(item, &rule, &arn));
        *size += arn.length;
    }
    return NULL;
}

static Error *check_tags(const Json *input, size_t *size)
{
    const Json *tags = json_get(input, STR("Tags")), *item;
    if (!tags || tags->type != JSON_ARRAY) return NULL;
    if (tags->count > STS_TAGS_MAX)
        return error_fault(
            &sts_validation,
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length "
            "less than or equal to %d",
            STS_TAGS_MAX);
    static const TextRule key_rule = { "tags.1.member.key", STR_CONST("Key"), 1, STS_TAG_KEY_MAX, NULL, NULL, true };
    static const TextRule value_rule = {
        "tags.1.member.value", STR_CONST("Value"), 0, STS_TAG_VALUE_MAX, NULL, NULL, true
    };
    JSON_EACH_ITEM(tags, item) {
        Str key, value;
        TRY(check_text(item, &key_rule, &key));
        TRY(check_text(item, &value_rule, &value));
        for (uint32_t i = 0; i < item_at; i++)
            if (str_equal_nocase(key, json_get_str(tags->items[i], STR("Key"))))
                return error_fault(&sts_validation,
                                   "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        *size += key.length + value.length;
    }
    return NULL;
}

Error *check_session(Context *context, const Json *input, Json *output)
{
    size_t size = 0;
    TRY(check_policy(context, input, &size));
    TRY(check_policy_arns(input, &size));
    TRY(check_tags(input, &size));
    size_t percent = (size * 100 + STS_POLICY_MAX - 1) / STS_POLICY_MAX;
    if (percent > 100)
        return error_fault(&sts_packed_policy_too_large,
                           "Serialized token too large for session: %zu%% of the allowed size.", percent);
    if (size) json_add_int(context->arena, output, STR("PackedPolicySize"), (int64_t)percent);
    return NULL;
}
