/* machines.c -- operations on state machines, and how one goes.
 *
 * A machine is a row that points to its current revision. Creating writes both, updating writes another revision and moves
 * the pointer, but only where something differs: the revision that CreateStateMachine makes has no revision id, each later
 * one has a UUID. A machine that is deleted goes at once, or is marked and goes with the last of its executions that run;
 * its name is taken until then. */
#include "services/states/machines.h"

#include "asl/lint.h"
#include "services/states/check.h"
#include "services/states/counts.h"
#include "services/states/locate.h"
#include "services/states/paging.h"
#include "services/states/revisions.h"
#include "services/states/settings.h"
#include "services/states/tags.h"

/* ---- what is asked for ---- */

static Error *check_definition(Context *context, Str text, StatesType type)
{
    AslDiagnostics diagnostics = { 0 }, errors = { 0 };
    Json          *definition;
    asl_validate_text(context->arena, text, type == STATES_EXPRESS ? ASL_EXPRESS : ASL_STANDARD, &definition,
                      &diagnostics);
    errors.items = NEW_ARRAY(context->arena, AslDiagnostic, diagnostics.count + 1);
    for (size_t i = 0; i < diagnostics.count; i++)
        if (diagnostics.items[i].severity == ASL_ERROR) errors.items[errors.count++] = diagnostics.items[i];
    if (!errors.count) return NULL;
    Str why = asl_diagnostics_text(context->arena, &errors);
    return error_fault(&states_invalid_definition, "Invalid State Machine Definition: '%.*s'", STR_ARG(why));
}

/* What the input says of a revision; what it leaves out stays as it is. */
static Error *read_draft(const Json *input, StatesRevision *draft)
{
    Str role_arn = json_get_str(input, STR("roleArn")), definition = json_get_str(input, STR("definition"));
    if (role_arn.data) {
        TRY(states_role_check(role_arn));
        draft->role_arn = role_arn;
    }
    TRY(states_logging_read(input, &draft->logging));
    TRY(states_encryption_read(input, &draft->encryption));
    states_tracing_read(input, &draft->tracing);
    if (definition.data) draft->definition = definition;
    return NULL;
}

static Error *read_publishing(const Json *input, bool *out_publish, StatesOptional *out_description)
{
    *out_publish = states_flag(input, STR("publish"));
    *out_description = states_optional(input, STR("versionDescription"));
    if (!out_description->given || *out_publish) return NULL;
    return error_fault(&states_validation, "Version description can only be set when publish is true");
}

/* Its role does not count where a machine is created twice. */
static bool is_same(const StatesRevision *a, const StatesRevision *b, bool with_role)
{
    return str_equal(a->definition, b->definition) && states_logging_equal(&a->logging, &b->logging) &&
           a->tracing == b->tracing && states_encryption_equal(&a->encryption, &b->encryption) &&
           (!with_role || str_equal(a->role_arn, b->role_arn));
}

/* ---- writing ---- */

static Error *write_revision(Context *context, MachineRecord *machine, StatesRevision *draft)
{
    char         key[STATES_ID_SIZE];
    StatesCount *uses;
    Buffer      *scratch = &states_of(context)->scratch;
    TRY(states_next_id(context, &draft->id));
    draft->machine_id = machine->id;
    draft->type = machine->type;
    draft->created = context->now;
    states_revision_encode(scratch, draft);
    if (scratch->failed) return error_memory();
    TRY(store_insert(context->store, TABLE_STATES_REVISION, states_id_key(key, draft->id), buffer_str(scratch)));
    TRY(states_count_of_id(context, STATES_COUNT_USES, draft->id, &uses));
    states_count_add(states_of(context), uses, 1);
    machine->revision = draft->id;
    machine->published = 0;
    return NULL;
}

static Error *release_revision(Context *context, uint64_t id)
{
    StatesCount *uses;
    TRY(states_count_of_id(context, STATES_COUNT_USES, id, &uses));
    states_count_add(states_of(context), uses, -1);
    return NULL;
}

/* ---- creating ---- */

static Json *created_output(Context *context, Str arn, const MachineRecord *machine, uint64_t version)
{
    Json *output = json_object(context->arena);
    json_add_str(context->arena, output, STR("stateMachineArn"), arn);
    json_add(context->arena, output, STR("creationDate"), json_time(context->arena, machine->created));
    if (version)
        json_add_str(context->arena, output, STR("stateMachineVersionArn"),
                     states_arn_number(context->arena, arn, version));
    return output;
}

/* The same call again finds the machine; any other one is refused. */
static Error *find_twin(Context *context, Str arn, Str key, MachineRecord *machine, const MachineRecord *wanted,
                        const StatesRevision *draft, Json **out)
{
    StatesRevision current;
    uint64_t       version = 0;
    if (machine->deleting) return states_refuse_deleting(arn);
    TRY(states_revision_read(context, machine->revision, &current));
    bool twin = machine->type == wanted->type && is_same(&current, draft, false) &&
                machine->born_published == wanted->born_published &&
                states_optional_equal(&machine->born_description, &wanted->born_description);
    if (!twin)
        return error_fault(&states_state_machine_already_exists, "State Machine Already Exists: '%.*s'", STR_ARG(arn));
    if (wanted->born_published) {
        TRY(states_publish_check(machine, true));
        TRY(states_publish(context, machine, &wanted->born_description, &version));
        TRY(states_machine_save(context, key, machine));
    }
    *out = created_output(context, arn, machine, version);
    return NULL;
}

static Error *create(Context *context, Str arn, Str key, MachineRecord *machine, StatesRevision *draft,
                     const StatesTags *tags, Json **out)
{
    Str          place;
    StatesCount *machines;
    uint64_t     version = 0;
    TRY(states_place(context, &place));
    TRY(states_count(context, STATES_COUNT_MACHINES, place, &machines));
    if (states_count_value(machines) >= STATES_MACHINES_MAX)
        return error_fault(&states_state_machine_limit_exceeded, "State Machine Limit Exceeded: there are %d already",
                           STATES_MACHINES_MAX);
    TRY(states_next_id(context, &machine->id));
    TRY(write_revision(context, machine, draft));
    if (machine->born_published) TRY(states_publish(context, machine, &machine->born_description, &version));
    TRY(states_tags_save(context, machine->id, tags));
    TRY(states_machine_save(context, key, machine));
    states_count_add(states_of(context), machines, 1);
    *out = created_output(context, arn, machine, version);
    return NULL;
}

Error *states_create_state_machine(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        TEXT_RULE("name", 1, STATES_NAME_MAX, RULE_REQUIRED),
        TEXT_RULE("definition", 1, STATES_DEFINITION_MAX, RULE_REQUIRED | RULE_SENSITIVE),
        ARN_RULE("roleArn"),
        TYPE_RULE,
        STRUCTURE_RULE("loggingConfiguration", states_logging_rules),
        LIST_RULE("tags", 0, INT64_MAX, 0, &states_tag_item_rule),
        TEXT_RULE("versionDescription", 0, STATES_DESCRIPTION_MAX, RULE_SENSITIVE),
        STRUCTURE_RULE("encryptionConfiguration", states_encryption_rules),
    };
    MachineRecord  wanted = { .type = STATES_STANDARD, .created = context->now }, machine;
    StatesRevision draft = { 0 };
    StatesTags     tags = { 0 };
    Str            name = json_get_str(input, STR("name")), place;
    bool           found;
    TRY(states_check(input, RULES(rules)));
    TRY(states_name_check(name));
    TRY(states_place(context, &place));
    if (str_equal(json_get_str(input, STR("type")), STR("EXPRESS"))) wanted.type = STATES_EXPRESS;
    TRY(read_draft(input, &draft));
    TRY(read_publishing(input, &wanted.born_published, &wanted.born_description));
    TRY(check_definition(context, draft.definition, wanted.type));
    const Caller *caller = context->caller;
    Str           arn = states_arn_text(context->arena, caller->region, caller->account, "stateMachine", name, STR(""));
    Str           key = states_key(context->arena, caller->account, caller->region, name);
    TRY(states_tags_add(context->arena, json_get(input, STR("tags")), arn, &tags));
    TRY(states_machine_find(context, key, &machine, &found));
    if (found) return find_twin(context, arn, key, &machine, &wanted, &draft, out);
    return create(context, arn, key, &wanted, &draft, &tags, out);
}

/* ---- updating ---- */

static Error *check_update(const Json *input)
{
    static const char *const members[] = { "definition", "roleArn", "loggingConfiguration", "tracingConfiguration",
                                           "encryptionConfiguration" };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (json_get(input, str_from_c(members[i]))) return NULL;
    return error_fault(&states_missing_required_parameter,
                       "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
                       "must be specified");
}

static Error *update(Context *context, StatesPlaced *placed, StatesRevision *draft, const StatesRevision *current,
                     bool publish, const StatesOptional *description, Json **out)
{
    Arena         *arena = context->arena;
    MachineRecord *machine = &placed->machine;
    bool           same = is_same(current, draft, true);
    uint64_t       version;
    if (publish) TRY(states_publish_check(machine, same));
    if (!same) {
        draft->uuid = chance_uuid(context->chance, arena);
        TRY(write_revision(context, machine, draft));
        TRY(release_revision(context, current->id));
    }
    Json *output = json_object(arena);
    json_add(arena, output, STR("updateDate"), json_time(arena, context->now));
    if (draft->uuid.length) json_add_str(arena, output, STR("revisionId"), draft->uuid);
    if (publish) {
        TRY(states_publish(context, machine, description, &version));
        json_add_str(arena, output, STR("stateMachineVersionArn"),
                     states_arn_number(arena, placed->unqualified, version));
    }
    *out = output;
    return same && !publish ? NULL : states_machine_save(context, placed->key, machine);
}

Error *states_update_state_machine(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        ARN_RULE("stateMachineArn"),
        TEXT_RULE("definition", 1, STATES_DEFINITION_MAX, RULE_SENSITIVE),
        TEXT_RULE("roleArn", 1, STATES_ARN_MAX, 0),
        STRUCTURE_RULE("loggingConfiguration", states_logging_rules),
        TEXT_RULE("versionDescription", 0, STATES_DESCRIPTION_MAX, RULE_SENSITIVE),
        STRUCTURE_RULE("encryptionConfiguration", states_encryption_rules),
    };
    StatesPlaced   placed;
    StatesRevision current;
    StatesOptional description;
    bool           publish;
    TRY(states_check(input, RULES(rules)));
    TRY(check_update(input));
    Str arn = json_get_str(input, STR("stateMachineArn"));
    TRY(states_locate_machine(context, arn, &placed));
    if (placed.machine.deleting) return states_refuse_deleting(arn);
    TRY(read_publishing(input, &publish, &description));
    TRY(states_revision_read(context, placed.revision, &current));
    StatesRevision draft = current;
    TRY(read_draft(input, &draft));
    if (!str_equal(draft.definition, current.definition))
        TRY(check_definition(context, draft.definition, placed.machine.type));
    return update(context, &placed, &draft, &current, publish, &description, out);
}

/* ---- deleting ---- */

static Error *remove_versions(Context *context, uint64_t machine)
{
    char       prefix[STATES_ID_SIZE];
    StatesRow *rows;
    size_t     count;
    TRY(states_row_list(context, TABLE_STATES_VERSION, states_id_key(prefix, machine), STR(""), STATES_VERSIONS_MAX,
                        &rows, &count));
    for (size_t i = 0; i < count; i++) {
        VersionRecord version;
        TRY(states_version_decode(rows[i].value, &version));
        TRY(release_revision(context, version.revision));
        TRY(states_row_delete(context, TABLE_STATES_VERSION, rows[i].key));
    }
    return NULL;
}

static Error *remove_aliases(Context *context, uint64_t machine)
{
    char       prefix[STATES_ID_SIZE];
    StatesRow *rows;
    size_t     count;
    TRY(states_row_list(context, TABLE_STATES_ALIAS, states_id_key(prefix, machine), STR(""), STATES_ALIASES_MAX, &rows,
                        &count));
    for (size_t i = 0; i < count; i++) TRY(states_row_delete(context, TABLE_STATES_ALIAS, rows[i].key));
    return NULL;
}

/* Its revisions stay while executions that have ended are remembered. */
Error *states_machine_remove(Context *context, Str key, const MachineRecord *machine)
{
    size_t       place = key.length;
    StatesCount *machines;
    while (key.data[place - 1] != '/') place--;
    TRY(states_count(context, STATES_COUNT_MACHINES, str_slice(key, 0, place - 1), &machines));
    TRY(remove_versions(context, machine->id));
    TRY(remove_aliases(context, machine->id));
    TRY(states_tags_save(context, machine->id, &(StatesTags){ 0 }));
    TRY(release_revision(context, machine->revision));
    TRY(states_row_delete(context, TABLE_STATES_MACHINE, key));
    states_count_add(states_of(context), machines, -1);
    return NULL;
}

static Error *find_to_delete(Context *context, Str text, Str *out_key, MachineRecord *out, bool *out_found)
{
    StatesArn arn;
    TRY(states_arn_parse(text, "stateMachine", &arn));
    if (arn.label.length) return states_refuse_labels();
    if (arn.qualifier.length)
        return error_fault(&states_validation, "This operation does not support the ARN of a version or an alias.");
    *out_key = states_key_of(context->arena, &arn);
    *out_found = false;
    if (!str_equal(arn.region, context->caller->region)) return NULL;
    return states_machine_find(context, *out_key, out, out_found);
}

Error *states_delete_state_machine(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("stateMachineArn") };
    Str                     key;
    MachineRecord           machine;
    bool                    found;
    uint64_t                running;
    (void)out;
    TRY(states_check(input, RULES(rules)));
    TRY(find_to_delete(context, json_get_str(input, STR("stateMachineArn")), &key, &machine, &found));
    if (!found || machine.deleting) return NULL;
    TRY(states_executions_running(context, machine.id, &running));
    if (!running) return states_machine_remove(context, key, &machine);
    machine.deleting = true;
    return states_machine_save(context, key, &machine);
}

/* ---- telling ---- */

static Str type_name(StatesType type)
{
    return type == STATES_EXPRESS ? STR("EXPRESS") : STR("STANDARD");
}

static Error *tell_variables(Context *context, Str text, Json *output)
{
    Json *definition, *references;
    TRY(json_parse(context->arena, text, NULL, &definition));
    TRY(states_variable_references(context->arena, definition, &references));
    if (references) json_add(context->arena, output, STR("variableReferences"), references);
    return NULL;
}

Error *states_describe_state_machine(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("stateMachineArn"), INCLUDED_RULE };
    Arena                  *arena = context->arena;
    StatesPlaced            placed;
    StatesRevision          revision;
    TRY(states_check(input, RULES(rules)));
    TRY(states_locate(context, json_get_str(input, STR("stateMachineArn")), false, &placed));
    TRY(states_revision_read(context, placed.revision, &revision));
    const MachineRecord *machine = &placed.machine;
    const VersionRecord *version = &placed.version_record;
    bool                 bare = str_equal(json_get_str(input, STR("includedData")), STR("METADATA_ONLY"));
    Json                *output = json_object(arena);
    json_add_str(arena, output, STR("stateMachineArn"),
                 placed.version ? states_arn_number(arena, placed.unqualified, placed.version) : placed.unqualified);
    json_add_str(arena, output, STR("name"), placed.arn.name);
    json_add_str(arena, output, STR("status"), machine->deleting ? STR("DELETING") : STR("ACTIVE"));
    json_add_str(arena, output, STR("definition"), bare ? STR("{}") : revision.definition);
    json_add_str(arena, output, STR("roleArn"), revision.role_arn);
    json_add_str(arena, output, STR("type"), type_name(machine->type));
    json_add(arena, output, STR("creationDate"),
             json_time(arena, placed.version ? version->created : machine->created));
    states_revision_tell_settings(arena, &revision, output);
    if (revision.uuid.length) json_add_str(arena, output, STR("revisionId"), revision.uuid);
    if (version->description.given) json_add_str(arena, output, STR("description"), version->description.text);
    if (!bare) TRY(tell_variables(context, revision.definition, output));
    *out = output;
    return NULL;
}

static Error *tell_machine(Context *context, const StatesRow *row, void *data, Json **out)
{
    MachineRecord machine;
    const Str    *prefix = data;
    const Caller *caller = context->caller;
    Arena        *arena = context->arena;
    TRY(states_machine_decode(row->value, &machine));
    Str name = str_slice(row->key, prefix->length, row->key.length);
    *out = json_object(arena);
    json_add_str(arena, *out, STR("stateMachineArn"),
                 states_arn_text(arena, caller->region, caller->account, "stateMachine", name, STR("")));
    json_add_str(arena, *out, STR("name"), name);
    json_add_str(arena, *out, STR("type"), type_name(machine.type));
    json_add(arena, *out, STR("creationDate"), json_time(arena, machine.created));
    return NULL;
}

Error *states_list_state_machines(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { PAGE_RULES };
    const Caller           *caller = context->caller;
    Str                     place;
    TRY(states_check(input, RULES(rules)));
    TRY(states_place(context, &place));
    Str prefix = states_key(context->arena, caller->account, caller->region, STR(""));
    Str scope = states_join(context->arena, STR("ListStateMachines "), place);
    return states_page_list(context, input, scope, TABLE_STATES_MACHINE, prefix, STR("stateMachines"), tell_machine,
                            &prefix, out);
}
