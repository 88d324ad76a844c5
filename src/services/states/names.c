/* names.c -- see names.h.
 *
 * What cannot be right is refused here in the order in which the service looks: the prefix, the service, the type of the
 * resource, the rest. Whether such a thing exists is asked elsewhere. */
#include "services/states/names.h"

#include "base/text.h"

enum { ACCOUNT_LENGTH = 12, KEY_NAME_MAX = STATES_NAME_MAX * 4 };

static bool is_account(Str text)
{
    return text.length == ACCOUNT_LENGTH && str_all_in(text, "0123456789");
}

/* ---- names ---- */

static bool is_forbidden(uint32_t code_point)
{
    if (code_point <= 0x20 || (code_point >= 0x7f && code_point <= 0x9f)) return true;
    if (code_point == 0xfffe || code_point == 0xffff || code_point == 0x10ffff) return true;
    return code_point < 0x80 && strchr("<>{}[]?*\"#%\\^|~`$&,;:/", (int)code_point);
}

static bool is_name(Str text)
{
    size_t size;
    for (size_t at = 0; at < text.length; at += size) {
        uint32_t code_point;
        size = text_utf8_decode(str_slice(text, at, text.length), &code_point);
        if (!size || is_forbidden(code_point)) return false;
    }
    return text.length && text.length <= KEY_NAME_MAX;
}

Error *states_name_check(Str name)
{
    if (is_name(name)) return NULL;
    return error_fault(&states_invalid_name, "Invalid Name: '%.*s'", STR_ARG(name));
}

/* ---- ARNs ---- */

static Error *invalid(const char *why, Str what)
{
    return error_fault(&states_invalid_arn, "Invalid Arn: '%s: %.*s'", why, STR_ARG(what));
}

static bool is_listed(const char *words, Str word)
{
    Str rest = str_from_c(words), part;
    while (str_next_part(&rest, ' ', &part))
        if (str_equal(part, word)) return true;
    return false;
}

/* NAME[/LABEL][:QUALIFIER] */
static void split_resource(Str resource, StatesArn *arn)
{
    size_t at;
    arn->name = resource;
    if (str_find_byte(resource, ':', &at)) {
        arn->name = str_slice(resource, 0, at);
        arn->qualifier = str_slice(resource, at + 1, resource.length);
    }
    if (str_find_byte(arn->name, '/', &at)) {
        arn->label = str_slice(arn->name, at + 1, arn->name.length);
        arn->name = str_slice(arn->name, 0, at);
    }
}

/* Something must stand behind each sign that says so. */
static bool is_complete(const StatesArn *arn)
{
    char last = arn->text.data[arn->text.length - 1];
    bool half = (!arn->qualifier.length && last == ':') || (!arn->label.length && last == '/');
    return arn->region.length && arn->region.length <= STATES_REGION_MAX && is_account(arn->account) &&
           is_name(arn->name) && !half;
}

Error *states_arn_parse(Str text, const char *types, StatesArn *out)
{
    StatesArn arn = { .text = text };
    Str       service = STR_NONE, rest = text, word;
    if (!str_starts_with(text, STR("arn:"))) return invalid("Invalid ARN prefix", text);
    str_next_part(&rest, ':', &word);
    str_next_part(&rest, ':', &arn.partition);
    str_next_part(&rest, ':', &service);
    str_next_part(&rest, ':', &arn.region);
    str_next_part(&rest, ':', &arn.account);
    str_next_part(&rest, ':', &arn.type);
    if (!str_equal(arn.partition, states_partition(arn.region))) return invalid("Invalid ARN prefix", text);
    if (!str_equal(service, STR("states"))) return invalid("Invalid ARN service", text);
    if (!is_listed(types, arn.type)) return invalid("Resource type not valid in this context", arn.type);
    split_resource(rest, &arn);
    if (!is_complete(&arn)) return invalid("Invalid ARN", text);
    *out = arn;
    return NULL;
}

bool states_arn_version(const StatesArn *arn, uint64_t *out)
{
    if (!str_parse_uint(arn->qualifier, out)) return false;
    if (arn->qualifier.data[0] == '0') *out = 0; /* written otherwise than we write it: there is no such version */
    return true;
}

/* arn:aws:iam::123456789012:role/path/name */
Error *states_role_check(Str arn)
{
    Str parts[5] = { 0 }, rest = arn;
    for (size_t i = 0; i < 5; i++) str_next_part(&rest, ':', &parts[i]);
    bool sound = str_equal(parts[0], STR("arn")) && str_starts_with(parts[1], STR("aws")) &&
                 str_equal(parts[2], STR("iam")) && !parts[3].length && is_account(parts[4]) &&
                 str_starts_with(rest, STR("role/")) && rest.length > 5;
    if (sound) return NULL;
    return error_fault(&states_invalid_arn, "Invalid Role Arn: '%.*s'", STR_ARG(arn));
}

Str states_partition(Str region)
{
    if (str_starts_with(region, STR("cn-"))) return STR("aws-cn");
    return str_starts_with(region, STR("us-gov-")) ? STR("aws-us-gov") : STR("aws");
}

Str states_arn_text(Arena *arena, Str region, Str account, const char *type, Str name, Str qualifier)
{
    const Str colon = STR(":"), parts[] = { STR("arn:"), states_partition(region), STR(":states:"), region, colon, account, colon,
                                            str_from_c(type), colon, name, colon, qualifier };
    return str_concat(arena, parts, qualifier.length ? 12 : 10);
}

Str states_arn_number(Arena *arena, Str unqualified, uint64_t number)
{
    return str_format(arena, "%.*s:%llu", STR_ARG(unqualified), (unsigned long long)number);
}

/* ---- keys ---- */

Str states_key(Arena *arena, Str account, Str region, Str name)
{
    const Str parts[] = { account, STR("/"), region, STR("/"), name };
    return str_concat(arena, parts, 5);
}

Str states_key_of(Arena *arena, const StatesArn *arn)
{
    return states_key(arena, arn->account, arn->region, arn->name);
}

Error *states_place(const Context *context, Str *out)
{
    const Caller *caller = context->caller;
    if (caller->region.length > STATES_REGION_MAX)
        return error_fault(&states_validation, "The name of the region is too long.");
    *out = str_format(context->arena, "%.*s/%.*s", STR_ARG(caller->account), STR_ARG(caller->region));
    return NULL;
}
