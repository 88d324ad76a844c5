/* validate_map.c -- what Map states have besides their machine: readers, writers, labels, modes. */
#include "asl/validate_internal.h"

static bool has(const Json *object, const char *name)
{
    return json_get(object, str_from_c(name)) != NULL;
}

static bool is(const Json *object, const char *name, const char *value)
{
    return str_equal(json_get_str(object, str_from_c(name)), str_from_c(value));
}

void asl_check_processor_config(AslCheck *check, const Json *config, const AslPlace *place)
{
    AslPlace at = asl_place(place, STR("Mode"));
    bool     distributed = is(config, "Mode", "DISTRIBUTED");
    if (distributed && !has(config, "ExecutionType"))
        asl_check_schema(check, place, "These fields are required: [ExecutionType]");
    if (!distributed && has(config, "ExecutionType")) {
        asl_check_schema(check, place, "Field 'ExecutionType' is not supported");
        asl_check_hint(check, STR("Only a Map with \"Mode\": \"DISTRIBUTED\" starts executions of its own."));
    }
    if (distributed && check->inner_express)
        asl_check_schema(check, &at,
                         "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines");
}

/* "arn:aws:states:::s3:getObject", in any partition. */
static bool is_resource(const Json *object, const char *const *actions)
{
    Str rest = json_get_str(object, STR("Resource")), part;
    if (!str_next_part(&rest, ':', &part) || !str_equal(part, STR("arn")) || !str_next_part(&rest, ':', &part))
        return false;
    for (; *actions; actions++)
        if (str_equal(rest, str_from_c(*actions))) return true;
    return false;
}

static void check_resource(AslCheck *check, const Json *object, const char *const *actions, const AslPlace *place)
{
    const Json *resource = json_get(object, STR("Resource"));
    AslPlace    at = asl_place(place, STR("Resource"));
    if (resource && resource->type == JSON_STRING && !is_resource(object, actions))
        asl_check_schema(check, &at, "The field 'Resource' does not match any of the allowed values");
}

void asl_check_reader(AslCheck *check, const Json *reader, const AslPlace *place)
{
    static const char *const actions[] = { "states:::s3:getObject", "states:::s3:listObjectsV2", NULL };
    check_resource(check, reader, actions, place);
}

void asl_check_writer(AslCheck *check, const Json *writer, const AslPlace *place)
{
    static const char *const actions[] = { "states:::s3:putObject", NULL };
    check_resource(check, writer, actions, place);
}

void asl_check_reader_config(AslCheck *check, const Json *config, const AslPlace *place)
{
    bool csv = is(config, "InputType", "CSV"), given = is(config, "CSVHeaderLocation", "GIVEN");
    if (csv && !has(config, "CSVHeaderLocation"))
        asl_check_schema(check, place, "The field 'CSVHeaderLocation' is required");
    if (is(config, "InputType", "JSON") && has(config, "CSVHeaderLocation"))
        asl_check_schema(check, place, "Field 'CSVHeaderLocation' is not supported");
    if (given && !has(config, "CSVHeaders")) asl_check_schema(check, place, "These fields are required: [CSVHeaders]");
}

void asl_check_label(AslCheck *check, Str label, const AslPlace *place)
{
    enum { LABEL_MAX = 40 };
    Str    quoted = asl_quote(label);
    size_t characters = 0, at;
    bool   odd = label.length == 0;
    for (size_t i = 0; i < label.length; i++) {
        characters += ((uint8_t)label.data[i] & 0xc0) != 0x80;
        odd |= (uint8_t)label.data[i] <= ' ' || label.data[i] == 0x7f ||
               str_find_byte(STR("<>{}[]?*\"#%\\^|~`$&,;:/"), label.data[i], &at);
    }
    if (characters > LABEL_MAX)
        asl_check_add(check, ASL_ERROR, "INVALID_LABEL_NAME", place,
                      str_format(check->arena, "Label '%.*s' exceeds the %d-character limit allowed by the service",
                                 STR_ARG(quoted), LABEL_MAX),
                      STR_NONE);
    else if (odd)
        asl_check_add(check, ASL_ERROR, "INVALID_LABEL_NAME", place,
                      str_format(check->arena, "Invalid Label name: %.*s", STR_ARG(quoted)),
                      STR("A label takes no blanks, brackets, wildcards or other special characters."));
    if (json_get(check->labels, label))
        asl_check_add(check, ASL_ERROR, "DUPLICATE_LABEL_NAME", place,
                      str_format(check->arena, "Duplicate Label name: %.*s", STR_ARG(quoted)), STR_NONE);
    json_set(check->arena, check->labels, label, json_null(check->arena));
}
