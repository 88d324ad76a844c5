/* validate.c -- what the service refuses, by the table of fields.
 *
 * An object is checked in four passes: which fields it has, which it lacks, which exclude each other, and then each value
 * by its kind. The tables say all that; what needs more than one field has a file of its own (validate_task.c,
 * validate_map.c, validate_choice.c), and so has what lies between states (validate_flow.c). */
#include "asl/validate_internal.h"

#include "base/instant.h"

/* ---- the table ---- */

enum { BOTH = LANGUAGE_JSONPATH | LANGUAGE_JSONATA, PATH = LANGUAGE_JSONPATH, JSONATA = LANGUAGE_JSONATA };

enum {
    WORKING = OWNER_TASK | OWNER_PARALLEL | OWNER_MAP,
    LEAVING = WORKING | OWNER_PASS | OWNER_WAIT,
    STATES = LEAVING | OWNER_CHOICE | OWNER_SUCCEED | OWNER_FAIL,
    RULES = OWNER_RULE | OWNER_TEST,
    ANYWHERE = STATES | RULES | OWNER_MACHINE | OWNER_BRANCH | OWNER_PROCESSOR | OWNER_RETRIER | OWNER_CATCHER,
};

typedef enum Kind {
    KIND_ANY,
    KIND_TEXT,
    KIND_TEXTS,
    KIND_BOOL,
    KIND_OBJECT,
    KIND_INTEGER,
    KIND_NUMBER,
    KIND_ANY_NUMBER,
    KIND_TIMESTAMP,
    KIND_COMPUTED, /* a template, or expressions */
    KIND_COMPUTED_TEXT,
    KIND_COMPUTED_INTEGER,
    KIND_COMPUTED_NUMBER,
    KIND_TEMPLATE,
    KIND_EXPRESSIONS,
    KIND_CONDITION,
    KIND_ASSIGN,
    KIND_PATH_OR_NULL,
    KIND_RESULT_PATH,
    KIND_REFERENCE,
    KIND_ITEMS_PATH,
    KIND_VARIABLE,
    KIND_PATH_OR_CALL,
    KIND_STATES,
    KIND_BRANCHES,
    KIND_CHOICES,
    KIND_RULES,
    KIND_RETRY,
    KIND_CATCH,
    KIND_ERRORS,
    KIND_RESOURCE,
    KIND_CREDENTIALS,
    KIND_PROCESSOR_CONFIG,
    KIND_READER,
    KIND_READER_CONFIG,
    KIND_BATCHER,
    KIND_WRITER,
    KIND_WRITER_CONFIG,
    KIND_LABEL,
    KIND_VERSION, /* from here on: one of some words */
    KIND_LANGUAGE,
    KIND_STATE_TYPE,
    KIND_MODE,
    KIND_EXECUTION_TYPE,
    KIND_JITTER,
    KIND_INPUT_TYPE,
    KIND_HEADER_LOCATION,
    KIND_DELIMITER,
    KIND_MANIFEST_TYPE,
    KIND_READER_TRANSFORMATION,
    KIND_OUTPUT_TYPE,
    KIND_WRITER_TRANSFORMATION,
    KIND_COUNT,
} Kind;

static const char *const WORDS[KIND_COUNT] = {
    [KIND_VERSION] = "1.0",
    [KIND_LANGUAGE] = "JSONPath, JSONata",
    [KIND_STATE_TYPE] = "Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map",
    [KIND_MODE] = "INLINE, DISTRIBUTED",
    [KIND_EXECUTION_TYPE] = "STANDARD, EXPRESS",
    [KIND_JITTER] = "NONE, FULL",
    [KIND_INPUT_TYPE] = "CSV, JSON, JSONL, MANIFEST, PARQUET",
    [KIND_HEADER_LOCATION] = "FIRST_ROW, GIVEN",
    [KIND_DELIMITER] = "COMMA, PIPE, SEMICOLON, SPACE, TAB",
    [KIND_MANIFEST_TYPE] = "ATHENA_DATA, S3_INVENTORY",
    [KIND_READER_TRANSFORMATION] = "NONE, LOAD_AND_FLATTEN",
    [KIND_OUTPUT_TYPE] = "JSON, JSONL",
    [KIND_WRITER_TRANSFORMATION] = "NONE, COMPACT, FLATTEN",
};

typedef struct Field {
    Str         name;
    uint32_t    owners;
    AslLanguage languages;
    Kind        kind;
    double      least, most;
} Field;

static const Field FIELDS[] = {
#define FIELD(name, owners, languages, kind, least, most) \
    { STR_CONST(#name), owners, (AslLanguage)(languages), kind, least, most },
#define FIELD2(id, name, owners, languages, kind, least, most) \
    { STR_CONST(name), owners, (AslLanguage)(languages), kind, least, most },
#include "asl/validate_fields.h"
#undef FIELD
#undef FIELD2
};

enum { FIELD_COUNT = sizeof FIELDS / sizeof *FIELDS, GROUP_MAX = 4 };

static const struct {
    uint32_t owners;
    Str      fields[2];
} REQUIRED[] = {
    { OWNER_MACHINE | OWNER_BRANCH | OWNER_PROCESSOR, { STR_CONST("States"), STR_CONST("StartAt") } },
    { OWNER_TASK, { STR_CONST("Resource") } },
    { OWNER_CHOICE, { STR_CONST("Choices") } },
    { OWNER_PARALLEL, { STR_CONST("Branches") } },
    { OWNER_RETRIER, { STR_CONST("ErrorEquals") } },
    { OWNER_CATCHER, { STR_CONST("ErrorEquals"), STR_CONST("Next") } },
    { OWNER_RULE, { STR_CONST("Next") } },
    { OWNER_READER, { STR_CONST("Resource") } },
};

static const struct {
    uint32_t owners;
    bool     required;
    Str      fields[GROUP_MAX];
} EXCLUSIVE[] = {
    { LEAVING, true, { STR_CONST("Next"), STR_CONST("End") } },
    { OWNER_WAIT,
      true,
      { STR_CONST("SecondsPath"), STR_CONST("Seconds"), STR_CONST("TimestampPath"), STR_CONST("Timestamp") } },
    { OWNER_TASK, false, { STR_CONST("TimeoutSeconds"), STR_CONST("TimeoutSecondsPath") } },
    { OWNER_TASK, false, { STR_CONST("HeartbeatSeconds"), STR_CONST("HeartbeatSecondsPath") } },
    { OWNER_FAIL, false, { STR_CONST("Error"), STR_CONST("ErrorPath") } },
    { OWNER_FAIL, false, { STR_CONST("Cause"), STR_CONST("CausePath") } },
    { OWNER_MAP, true, { STR_CONST("ItemProcessor"), STR_CONST("Iterator") } },
    { OWNER_MAP, false, { STR_CONST("MaxConcurrency"), STR_CONST("MaxConcurrencyPath") } },
    { OWNER_MAP, false, { STR_CONST("ToleratedFailureCount"), STR_CONST("ToleratedFailureCountPath") } },
    { OWNER_MAP, false, { STR_CONST("ToleratedFailurePercentage"), STR_CONST("ToleratedFailurePercentagePath") } },
    { OWNER_MAP, false, { STR_CONST("ItemSelector"), STR_CONST("Parameters") } },
    { OWNER_READER_CONFIG, false, { STR_CONST("MaxItems"), STR_CONST("MaxItemsPath") } },
    { OWNER_BATCHER, false, { STR_CONST("MaxItemsPerBatch"), STR_CONST("MaxItemsPerBatchPath") } },
    { OWNER_BATCHER, false, { STR_CONST("MaxInputBytesPerBatch"), STR_CONST("MaxInputBytesPerBatchPath") } },
};

static const Field *find_field(Str name, uint32_t owner)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if ((FIELDS[i].owners & owner) && str_equal(FIELDS[i].name, name)) return &FIELDS[i];
    return NULL;
}

/* ---- which fields there are ---- */

static void suggest_field(AslCheck *check, Str name, uint32_t owner)
{
    Str    names[FIELD_COUNT];
    size_t count = 0;
    if (owner == OWNER_TEST && find_field(name, OWNER_RULE)) {
        asl_check_hint(check, str_format(check->arena, "Only the outer rule has '%.*s'.", STR_ARG(name)));
        return;
    }
    for (int i = 0; i < FIELD_COUNT; i++)
        if (FIELDS[i].owners & owner) names[count++] = FIELDS[i].name;
    Str near = asl_nearest_of(name, names, count);
    if (near.data) asl_check_hint(check, str_format(check->arena, "Did you mean '%.*s'?", STR_ARG(near)));
}

static void check_name(AslCheck *check, Str name, uint32_t owner, bool mixed, const AslPlace *place)
{
    static const char *const names[] = { [LANGUAGE_JSONPATH] = "JSONPath", [LANGUAGE_JSONATA] = "JSONata" };
    const Field             *field = find_field(name, owner);
    Str                      quoted = asl_quote(name);
    if (!field) {
        asl_check_schema(check, place, "Field '%.*s' is not supported", STR_ARG(quoted));
        suggest_field(check, name, owner);
    } else if (!(field->languages & check->language) && !mixed) {
        asl_check_schema(
            check, place,
            "The QueryLanguage is set to '%s', but field '%.*s' is only supported for the '%s' QueryLanguage",
            names[check->language], STR_ARG(quoted), names[field->languages]);
    }
}

static bool is_there(const Json *object, Str name)
{
    const Json *value = json_get(object, name);
    if (value && str_equal(name, STR("End"))) return value->type != JSON_BOOL || value->boolean;
    return value != NULL;
}

static void check_required(AslCheck *check, uint32_t owner, const Json *object, const AslPlace *place)
{
    for (size_t i = 0; i < sizeof REQUIRED / sizeof *REQUIRED; i++) {
        Str missing = STR_NONE;
        if (!(REQUIRED[i].owners & owner)) continue;
        for (int f = 0; f < 2 && REQUIRED[i].fields[f].data; f++) {
            Str name = REQUIRED[i].fields[f];
            if (json_get(object, name)) continue;
            missing = missing.data ? str_format(check->arena, "%.*s, %.*s", STR_ARG(missing), STR_ARG(name)) : name;
        }
        if (missing.data) asl_check_schema(check, place, "These fields are required: [%.*s]", STR_ARG(missing));
    }
}

static void check_exclusive(AslCheck *check, uint32_t owner, const Json *object, const AslPlace *place)
{
    for (size_t i = 0; i < sizeof EXCLUSIVE / sizeof *EXCLUSIVE; i++) {
        Str list = STR_NONE;
        int there = 0;
        if (!(EXCLUSIVE[i].owners & owner)) continue;
        for (int f = 0; f < GROUP_MAX && EXCLUSIVE[i].fields[f].data; f++) {
            Str name = EXCLUSIVE[i].fields[f];
            there += is_there(object, name);
            list = list.data ? str_format(check->arena, "%.*s, %.*s", STR_ARG(list), STR_ARG(name)) : name;
        }
        if (there > 1)
            asl_check_schema(check, place, "There should only be one of the following fields: [%.*s]", STR_ARG(list));
        if (there == 0 && EXCLUSIVE[i].required)
            asl_check_schema(check, place, "This object should have only one of the following fields: [%.*s]",
                             STR_ARG(list));
    }
}

/* ---- values ---- */

bool asl_check_type(AslCheck *check, const Json *value, JsonType type, const AslPlace *place)
{
    static const char *const names[] = { [JSON_NULL] = "NULL",     [JSON_BOOL] = "BOOLEAN", [JSON_NUMBER] = "NUMBER",
                                         [JSON_STRING] = "STRING", [JSON_ARRAY] = "ARRAY",  [JSON_OBJECT] = "OBJECT" };
    if (value->type == type) return true;
    asl_check_schema(check, place, "Expected value of type [%s]", names[type]);
    if (type == JSON_STRING && value->type == JSON_BOOL)
        asl_check_hint(check, STR("YAML reads Yes, No, On and Off as true and false: put the text in quotes."));
    return false;
}

static bool in_jsonata(const AslCheck *check, const Json *value)
{
    return check->language == LANGUAGE_JSONATA && value->type == JSON_STRING && str_starts_with(value->text, STR("{%"));
}

static void check_words(AslCheck *check, const Field *field, const Json *value, const AslPlace *place)
{
    Str words = str_from_c(WORDS[field->kind]), rest = words, word;
    if (!asl_check_type(check, value, JSON_STRING, place)) return;
    while (str_next_part(&rest, ',', &word))
        if (str_equal(str_trim(word), value->text)) return;
    asl_check_schema(check, place, "Value should be one of the following: [%.*s]", STR_ARG(words));
}

static void check_number(AslCheck *check, const Field *field, const Json *value, bool integer, const AslPlace *place)
{
    double number = value->type == JSON_NUMBER ? json_number(value) : 0;
    if (value->type != JSON_NUMBER || (integer && number != (double)(long double)__builtin_trunc(number))) {
        asl_check_schema(check, place, "Expected value of type %s", integer ? "Integer" : "[NUMBER]");
        return;
    }
    int digits = integer ? 0 : 1;
    if (number < field->least) asl_check_schema(check, place, "Minimum value is %.*f", digits, field->least);
    if (number > field->most) asl_check_schema(check, place, "Maximum value is %.*f", digits, field->most);
}

static void check_texts(AslCheck *check, const Json *value, const AslPlace *place)
{
    const Json *item;
    if (!asl_check_type(check, value, JSON_ARRAY, place)) return;
    JSON_EACH_ITEM(value, item) {
        AslPlace at = asl_place_item(place, STR_NONE, item_at);
        asl_check_type(check, item, JSON_STRING, &at);
    }
}

static void check_errors(AslCheck *check, const Json *value, const AslPlace *place)
{
    check_texts(check, value, place);
    if (value->type == JSON_ARRAY && !value->count) asl_check_schema(check, place, "Value cannot be empty");
}

/* ---- Retry and Catch ---- */

static bool says_all(const Json *errors)
{
    const Json *item;
    if (!errors || errors->type != JSON_ARRAY) return false;
    JSON_EACH_ITEM(errors, item)
        if (item->type == JSON_STRING && str_equal(item->text, STR("States.ALL"))) return true;
    return false;
}

static void check_handlers(AslCheck *check, AslOwner owner, const Json *list, const AslPlace *place)
{
    const Json *item;
    if (!asl_check_type(check, list, JSON_ARRAY, place)) return;
    JSON_EACH_ITEM(list, item) {
        AslPlace at = asl_place_item(place->parent, place->name, item_at),
                 errors_at = asl_place(&at, STR("ErrorEquals"));
        if (!asl_check_type(check, item, JSON_OBJECT, &at)) continue;
        asl_check_object(check, owner, item, &at);
        const Json *errors = json_get(item, STR("ErrorEquals"));
        if (says_all(errors) && (errors->count > 1 || item_at + 1 < list->count))
            asl_check_schema(check, &errors_at, "States.ALL must appear alone and at end of list");
    }
}

/* ---- States and Branches; what is in them is in the outline ---- */

static void check_states(AslCheck *check, const Json *states, const AslPlace *place)
{
    if (!asl_check_type(check, states, JSON_OBJECT, place)) return;
    if (!states->count) asl_check_schema(check, place, "Value cannot be empty");
    JSON_EACH_MEMBER(states, member) {
        AslPlace at = asl_place(place, member->name);
        asl_check_type(check, member->value, JSON_OBJECT, &at);
    }
}

static void check_branches(AslCheck *check, const Json *branches, const AslPlace *place)
{
    const Json *branch;
    if (!asl_check_type(check, branches, JSON_ARRAY, place)) return;
    if (!branches->count) asl_check_schema(check, place, "Value cannot be empty");
    JSON_EACH_ITEM(branches, branch) {
        AslPlace at = asl_place_item(place->parent, place->name, branch_at);
        asl_check_type(check, branch, JSON_OBJECT, &at);
    }
}

static void check_credentials(AslCheck *check, const Json *credentials, const AslPlace *place)
{
    if (in_jsonata(check, credentials)) {
        asl_check_expressions(check, credentials, place);
        return;
    }
    if (!asl_check_type(check, credentials, JSON_OBJECT, place)) return;
    asl_check_object(check, OWNER_CREDENTIALS, credentials, place);
    if (!json_get(credentials, STR("RoleArn")) && !json_get(credentials, STR("RoleArn.$")))
        asl_check_schema(check, place, "The field 'RoleArn' is required but was missing");
    if (check->language == LANGUAGE_JSONATA)
        asl_check_expressions(check, credentials, place);
    else
        asl_check_template(check, credentials, place);
}

/* ---- paths ---- */

static void check_path(AslCheck *check, const Field *field, const Json *value, const AslPlace *place)
{
    bool nullable = field->kind == KIND_PATH_OR_NULL || field->kind == KIND_RESULT_PATH;
    if (nullable && value->type == JSON_NULL) return;
    if (!asl_check_type(check, value, JSON_STRING, place)) return;
    switch (field->kind) {
    case KIND_PATH_OR_NULL: asl_check_jsonpath(check, value->text, place); break;
    case KIND_PATH_OR_CALL:
        if (!asl_is_path_or_call(check->arena, value->text))
            asl_check_schema(check, place, "Value must be a valid JSONPath or a valid intrinsic function call");
        break;
    case KIND_VARIABLE:
        if (!str_starts_with(value->text, STR("$")))
            asl_check_schema(check, place, "Value is not a Reference Path: Reference path didn't start with '$'");
        else
            asl_check_reference(check, value->text, true, place);
        break;
    default:
        if (asl_check_jsonpath(check, value->text, place))
            asl_check_reference(check, value->text, field->kind == KIND_ITEMS_PATH, place);
        break;
    }
}

static void check_timestamp(AslCheck *check, const Json *value, const AslPlace *place)
{
    if (in_jsonata(check, value)) {
        asl_check_expressions(check, value, place);
        return;
    }
    int64_t instant;
    if (!asl_check_type(check, value, JSON_STRING, place)) return;
    size_t upper;
    bool   separated = str_find_byte(value->text, 'T', &upper) && !str_find_byte(value->text, 'z', &upper);
    if (!separated || !instant_parse_iso(value->text, &instant))
        asl_check_schema(check, place, "String does not match RFC3339 timestamp");
}

/* ---- by kind ---- */

static void check_computed(AslCheck *check, const Field *field, const Json *value, const AslPlace *place)
{
    if (in_jsonata(check, value))
        asl_check_expressions(check, value, place);
    else if (field->kind == KIND_COMPUTED_TEXT)
        asl_check_type(check, value, JSON_STRING, place);
    else
        check_number(check, field, value, field->kind == KIND_COMPUTED_INTEGER, place);
}

static void check_part(AslCheck *check, AslOwner owner, const Json *value, const AslPlace *place)
{
    if (!asl_check_type(check, value, JSON_OBJECT, place)) return;
    asl_check_object(check, owner, value, place);
    if (owner == OWNER_READER) asl_check_reader(check, value, place);
    if (owner == OWNER_READER_CONFIG) asl_check_reader_config(check, value, place);
    if (owner == OWNER_WRITER) asl_check_writer(check, value, place);
    if (owner == OWNER_PROCESSOR_CONFIG) asl_check_processor_config(check, value, place);
}

static void check_list(AslCheck *check, const Json *value, const AslPlace *place)
{
    if (asl_check_type(check, value, JSON_ARRAY, place) && !value->count)
        asl_check_schema(check, place, "Value cannot be empty");
}

static void check_value(AslCheck *check, const Field *field, const Json *value, const AslPlace *place)
{
    bool jsonata = check->language == LANGUAGE_JSONATA;
    switch (field->kind) {
    case KIND_ANY: break;
    case KIND_TEXT: asl_check_type(check, value, JSON_STRING, place); break;
    case KIND_TEXTS: check_texts(check, value, place); break;
    case KIND_BOOL: asl_check_type(check, value, JSON_BOOL, place); break;
    case KIND_OBJECT: asl_check_type(check, value, JSON_OBJECT, place); break;
    case KIND_INTEGER: check_number(check, field, value, true, place); break;
    case KIND_NUMBER: check_number(check, field, value, false, place); break;
    case KIND_ANY_NUMBER: asl_check_type(check, value, JSON_NUMBER, place); break;
    case KIND_TIMESTAMP: check_timestamp(check, value, place); break;
    case KIND_COMPUTED_TEXT:
    case KIND_COMPUTED_INTEGER:
    case KIND_COMPUTED_NUMBER: check_computed(check, field, value, place); break;
    case KIND_COMPUTED: (jsonata ? asl_check_expressions : asl_check_template)(check, value, place); break;
    case KIND_TEMPLATE: asl_check_template(check, value, place); break;
    case KIND_EXPRESSIONS: asl_check_expressions(check, value, place); break;
    case KIND_CONDITION:
        if (value->type != JSON_BOOL && asl_check_type(check, value, JSON_STRING, place))
            asl_check_expressions(check, value, place);
        break;
    case KIND_ASSIGN: asl_check_assign(check, value, place); break;
    case KIND_PATH_OR_NULL:
    case KIND_RESULT_PATH:
    case KIND_REFERENCE:
    case KIND_ITEMS_PATH:
    case KIND_VARIABLE:
    case KIND_PATH_OR_CALL: check_path(check, field, value, place); break;
    case KIND_STATES: check_states(check, value, place); break;
    case KIND_BRANCHES: check_branches(check, value, place); break;
    case KIND_CHOICES: asl_check_choices(check, value, place); break;
    case KIND_RULES: check_list(check, value, place); break;
    case KIND_RETRY: check_handlers(check, OWNER_RETRIER, value, place); break;
    case KIND_CATCH: check_handlers(check, OWNER_CATCHER, value, place); break;
    case KIND_ERRORS: check_errors(check, value, place); break;
    case KIND_RESOURCE: asl_check_type(check, value, JSON_STRING, place); break; /* asl_check_task looks at it */
    case KIND_CREDENTIALS: check_credentials(check, value, place); break;
    case KIND_PROCESSOR_CONFIG: check_part(check, OWNER_PROCESSOR_CONFIG, value, place); break;
    case KIND_READER: check_part(check, OWNER_READER, value, place); break;
    case KIND_READER_CONFIG: check_part(check, OWNER_READER_CONFIG, value, place); break;
    case KIND_BATCHER: check_part(check, OWNER_BATCHER, value, place); break;
    case KIND_WRITER: check_part(check, OWNER_WRITER, value, place); break;
    case KIND_WRITER_CONFIG: check_part(check, OWNER_WRITER_CONFIG, value, place); break;
    case KIND_LABEL:
        if (asl_check_type(check, value, JSON_STRING, place)) asl_check_label(check, value->text, place);
        break;
    default: check_words(check, field, value, place); break;
    }
}

void asl_check_object(AslCheck *check, AslOwner owner, const Json *object, const AslPlace *place)
{
    bool state = (owner & STATES) != 0;
    bool mixed = state && check->outline->language == LANGUAGE_JSONATA && check->language == LANGUAGE_JSONPATH;
    if (mixed)
        asl_check_schema(check, place,
                         "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
    JSON_EACH_MEMBER(object, member) check_name(check, member->name, owner, mixed, place);
    check_required(check, owner, object, place);
    check_exclusive(check, owner, object, place);
    JSON_EACH_MEMBER(object, member) {
        const Field *field = find_field(member->name, owner);
        if (!field || !(field->languages & check->language)) continue;
        AslPlace at = asl_place(place, member->name);
        check_value(check, field, member->value, &at);
    }
}

/* ---- machines and states ---- */

static void check_machine(AslCheck *check, const AslOutlineMachine *machine)
{
    AslOwner owner = OWNER_MACHINE;
    if (machine->owner != ASL_NOWHERE) {
        const AslOutlineState *state = &check->outline->states[machine->owner];
        owner = state->type == TYPE_MAP ? OWNER_PROCESSOR : OWNER_BRANCH;
        check->inner_express = check->outline->machines[state->machine].express;
    }
    check->state = NULL;
    check->language = check->outline->language;
    asl_check_object(check, owner, machine->json, machine->place);
    asl_check_start(check, machine);
}

static void check_state_name(AslCheck *check, const AslOutlineState *state)
{
    enum { STATE_NAME_MAX = 80 };
    size_t characters = 0;
    for (size_t i = 0; i < state->name.length; i++) characters += ((uint8_t)state->name.data[i] & 0xc0) != 0x80;
    Str quoted = asl_quote(state->name);
    if (characters > STATE_NAME_MAX)
        asl_check_add(check, ASL_ERROR, "INVALID_STATE_NAME", &state->place,
                      str_format(check->arena,
                                 "State name '%.*s' exceeds the %d-character limit allowed by the service",
                                 STR_ARG(quoted), STATE_NAME_MAX),
                      STR_NONE);
    if (json_get(check->names, state->name))
        asl_check_add(check, ASL_ERROR, "DUPLICATE_STATE_NAME", &state->place,
                      str_format(check->arena, "Duplicate State name: %.*s", STR_ARG(quoted)),
                      STR("Names are unique in the whole machine, branches and item processors included."));
    json_set(check->arena, check->names, state->name, json_null(check->arena));
}

static void check_state_type(AslCheck *check, const AslOutlineState *state)
{
    const Json *type = json_get(state->json, STR("Type"));
    AslPlace    at = asl_place(&state->place, STR("Type"));
    if (!type) {
        asl_check_schema(check, &state->place, "These fields are required: [Type]");
        return;
    }
    check_words(check, find_field(STR("Type"), OWNER_PASS), type, &at);
    if (type->type != JSON_STRING) return;
    Str near = asl_nearest_of(type->text, asl_type_names + 1, TYPE_COUNT - 1);
    if (near.data) asl_check_hint(check, str_format(check->arena, "Did you mean '%.*s'?", STR_ARG(near)));
}

static void check_state(AslCheck *check, const AslOutlineState *state)
{
    check->state = state;
    check->language = state->language;
    check_state_name(check, state);
    if (state->type == TYPE_NONE) {
        check_state_type(check, state);
    } else {
        asl_check_object(check, (AslOwner)(1u << state->type), state->json, &state->place);
        if (state->type == TYPE_TASK) asl_check_task(check, state->json, &state->place);
    }
    asl_check_flow(check, state);
}

void asl_run_validation(AslCheck *check)
{
    const AslOutline *outline = check->outline;
    asl_check_prepare(check);
    for (uint32_t i = 0; i < outline->order_count; i++) {
        uint32_t at = outline->order[i];
        check->rank = i;
        if (!(at & ORDER_MACHINE))
            check_state(check, &outline->states[at]);
        else if (at != ORDER_MACHINE || !check->single)
            check_machine(check, &outline->machines[at & ~ORDER_MACHINE]);
    }
    if (!check->single) asl_check_end(check);
}

void asl_validate(Arena *arena, const Json *definition, AslMachineType type, AslDiagnostics *out)
{
    AslCheck *check = asl_check_new(arena, definition, type);
    if (definition->type == JSON_OBJECT)
        asl_run_validation(check);
    else
        asl_check_add(check, ASL_ERROR, "INVALID_JSON_DESCRIPTION", NULL, STR("Definition must be a valid JSON object"),
                      STR_NONE);
    asl_check_finish(check, out);
}

void asl_validate_state(Arena *arena, const Json *state, AslDiagnostics *out)
{
    Json *machine = json_object(arena), *states = json_object(arena);
    json_add(arena, states, STR("StateName"), (Json *)(uintptr_t)state);
    json_add_str(arena, machine, STR("StartAt"), STR("StateName"));
    json_add(arena, machine, STR("States"), states);
    AslCheck *check = asl_check_new(arena, machine, ASL_STANDARD);
    check->single = true;
    if (state->type == JSON_OBJECT)
        asl_run_validation(check);
    else
        asl_check_add(check, ASL_ERROR, "INVALID_JSON_DESCRIPTION", NULL, STR("Definition must be a valid JSON object"),
                      STR_NONE);
    asl_check_finish(check, out);
}

void asl_validate_text(Arena *arena, Str text, AslMachineType type, Json **out_definition, AslDiagnostics *out)
{
    AslCheck *check;
    Str       message, location;
    *out_definition = NULL;
    if (!asl_json_fault(arena, text, &message, &location)) {
        Json  *definition = NULL;
        Error *error = json_parse(arena, text, NULL, &definition);
        if (!error) {
            *out_definition = definition->type == JSON_OBJECT ? definition : NULL;
            asl_validate(arena, definition, type, out);
            return;
        }
        message = str_format(arena, "%s", error->message ? error->message : "");
        location = STR_NONE;
        error_free(error);
    }
    check = asl_check_new(arena, &json_null_value, type);
    asl_check_add(check, ASL_ERROR, "INVALID_JSON_DESCRIPTION", NULL, message, STR_NONE);
    check->findings[0].diagnostic.location = location;
    asl_check_finish(check, out);
}
