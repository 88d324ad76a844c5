/* check.c -- see check.h. */
#include "services/states/check.h"

#include "base/text.h"

/* ---- rules that several operations share ---- */

static const StatesRule tag_rules[] = { TEXT_RULE("key", 1, STATES_TAG_KEY_MAX, 0),
                                        TEXT_RULE("value", 0, STATES_TAG_VALUE_MAX, 0) };
const StatesRule        states_tag_item_rule = STRUCTURE_RULE("", tag_rules);

static const StatesRule log_group_rules[] = { TEXT_RULE("logGroupArn", 1, STATES_ARN_MAX, 0) };
static const StatesRule destination_rules[] = { STRUCTURE_RULE("cloudWatchLogsLogGroup", log_group_rules) };
static const StatesRule destination_rule = STRUCTURE_RULE("", destination_rules);
const StatesRule        states_logging_rules[] = {
           WORD_RULE("level", "[ALL, ERROR, FATAL, OFF]", 0),
           LIST_RULE("destinations", 0, INT64_MAX, 0, &destination_rule),
};

const StatesRule states_encryption_rules[] = {
    TEXT_RULE("kmsKeyId", 1, STATES_KMS_KEY_MAX, 0),
    NUMBER_RULE("kmsDataKeyReusePeriodSeconds", STATES_KMS_REUSE_S_MIN, STATES_KMS_REUSE_S_MAX),
    WORD_RULE("type", "[AWS_OWNED_KEY, CUSTOMER_MANAGED_KMS_KEY]", RULE_REQUIRED),
};

/* ---- checking ---- */

typedef struct Place Place; /* a chain from the value outwards: nothing is allocated for a value that is right */
struct Place {
    const Place *outer;
    Str          name; /* of an item: empty */
    size_t       item; /* from 1 */
};

typedef struct Findings {
    Buffer text;
    size_t count;
} Findings;

static void write_place(Buffer *out, const Place *place)
{
    if (place->outer) {
        write_place(out, place->outer);
        buffer_append_byte(out, '.');
    }
    if (place->item)
        buffer_append_format(out, "%zu.member", place->item);
    else
        buffer_append_str(out, place->name);
}

static void write_value(Buffer *out, const StatesRule *rule, const Json *value)
{
    buffer_append_c(out, "Value ");
    if (!value) {
        buffer_append_c(out, "null ");
    } else if (value->type == JSON_STRING && !(rule->flags & RULE_SENSITIVE)) {
        buffer_append_format(out, "'%.*s' ", STR_ARG(value->text));
    } else if (value->type == JSON_NUMBER) {
        buffer_append_byte(out, '\'');
        json_write(out, value, JSON_COMPACT);
        buffer_append_c(out, "' ");
    }
}

/* "Value 'x' at 'place' failed to satisfy constraint: Member must ..." */
static void found(Findings *findings, const StatesRule *rule, const Json *value, const Place *place, const char *format,
                  ...) __attribute__((format(printf, 5, 6)));

static void found(Findings *findings, const StatesRule *rule, const Json *value, const Place *place, const char *format,
                  ...)
{
    char    must[256];
    va_list arguments;
    if (findings->count++ >= STATES_VIOLATIONS_MAX) return;
    va_start(arguments, format);
    vsnprintf(must, sizeof must, format, arguments);
    va_end(arguments);
    if (findings->count > 1) buffer_append_c(&findings->text, "; ");
    write_value(&findings->text, rule, value);
    buffer_append_c(&findings->text, "at '");
    write_place(&findings->text, place);
    buffer_append_format(&findings->text, "' failed to satisfy constraint: Member must %s", must);
}

static int64_t utf16_length(Str text)
{
    int64_t units = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        units += (byte & 0xc0) != 0x80; /* a character begins */
        units += byte >= 0xf0;          /* beyond the first plane: a pair */
    }
    return units;
}

static void check_length(Findings *findings, const StatesRule *rule, const Json *value, const Place *place)
{
    int64_t length = rule->kind == RULE_LIST ? (int64_t)value->count : utf16_length(value->text);
    if (length < rule->min)
        found(findings, rule, value, place, "have length greater than or equal to %lld", (long long)rule->min);
    if (length > rule->max)
        found(findings, rule, value, place, "have length less than or equal to %lld", (long long)rule->max);
}

static void check_number(Findings *findings, const StatesRule *rule, const Json *value, const Place *place)
{
    int64_t number = 0;
    json_int(value, &number);
    if (number < rule->min)
        found(findings, rule, value, place, "have value greater than or equal to %lld", (long long)rule->min);
    if (number > rule->max)
        found(findings, rule, value, place, "have value less than or equal to %lld", (long long)rule->max);
}

/* One of "[A, B, C]". */
static bool is_choice(const char *choices, Str word)
{
    Str rest = str_from_c(choices), part;
    rest = str_slice(rest, 1, rest.length - 1);
    while (str_next_part(&rest, ',', &part))
        if (str_equal(str_trim(part), word)) return true;
    return false;
}

static void check_members(Findings *findings, const StatesRule *rules, size_t count, const Json *value,
                          const Place *place);

static void check_value(Findings *findings, const StatesRule *rule, const Json *value, const Place *place)
{
    const Json *item;
    switch (rule->kind) {
    case RULE_NUMBER: check_number(findings, rule, value, place); break;
    case RULE_STRUCTURE: check_members(findings, rule->inner, rule->inner_count, value, place); break;
    case RULE_WORD:
        if (!is_choice(rule->shown, value->text))
            found(findings, rule, value, place, "satisfy enum value set: %s", rule->shown);
        break;
    case RULE_TEXT:
        check_length(findings, rule, value, place);
        if (rule->matches && !rule->matches(value->text))
            found(findings, rule, value, place, "satisfy regular expression pattern: %s", rule->shown);
        break;
    case RULE_LIST:
        check_length(findings, rule, value, place);
        JSON_EACH_ITEM(value, item) {
            Place inside = { .outer = place, .item = item_at + 1 };
            check_value(findings, rule->inner, item, &inside);
        }
        break;
    }
}

static void check_members(Findings *findings, const StatesRule *rules, size_t count, const Json *value,
                          const Place *place)
{
    for (size_t i = 0; i < count; i++) {
        const Json *member = json_get(value, rules[i].name);
        Place       inside = { .outer = place, .name = rules[i].name };
        if (member)
            check_value(findings, &rules[i], member, &inside);
        else if (rules[i].flags & RULE_REQUIRED)
            found(findings, &rules[i], NULL, &inside, "not be null");
    }
}

Error *states_check(const Json *input, const StatesRule *rules, size_t rule_count)
{
    Findings findings = { 0 };
    buffer_init(&findings.text);
    check_members(&findings, rules, rule_count, input, NULL);
    Error *error = NULL;
    if (findings.text.failed)
        error = error_memory();
    else if (findings.count)
        error = error_fault(&states_validation, "%zu validation error%s detected: %.*s", findings.count,
                            findings.count == 1 ? "" : "s", STR_ARG(buffer_str(&findings.text)));
    buffer_done(&findings.text);
    return error;
}

bool states_flag(const Json *input, Str name)
{
    const Json *value = json_get(input, name);
    return value && value->type == JSON_BOOL && value->boolean;
}
