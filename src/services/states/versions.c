/* versions.c -- versions: revisions with a number, which stay as they are.
 *
 * Numbers count up for the life of a machine and are not used again when a version is deleted. A revision has one version
 * at most: publishing it again finds that, whatever its description; deleting that makes room for another. */
#include "services/states/check.h"
#include "services/states/counts.h"
#include "services/states/locate.h"
#include "services/states/paging.h"
#include "services/states/revisions.h"

/* ---- publishing ---- */

Error *states_publish_check(const MachineRecord *machine, bool same_revision)
{
    if ((machine->published && same_revision) || machine->version_count < STATES_VERSIONS_MAX) return NULL;
    return error_fault(&states_service_quota_exceeded, "The state machine has %d versions already",
                       STATES_VERSIONS_MAX);
}

Error *states_publish(Context *context, MachineRecord *machine, const StatesOptional *description, uint64_t *out_number)
{
    char         key[STATES_VERSION_KEY_SIZE];
    StatesCount *uses;
    *out_number = machine->published;
    if (machine->published) return NULL;
    VersionRecord version = { machine->revision, context->now, *description };
    TRY(states_count_of_id(context, STATES_COUNT_USES, machine->revision, &uses));
    *out_number = machine->published = ++machine->version_last;
    machine->version_count++;
    states_version_encode(&states_of(context)->scratch, &version);
    TRY(states_row_put_scratch(context, TABLE_STATES_VERSION, states_version_key(key, machine->id, *out_number)));
    states_count_add(states_of(context), uses, 1);
    return NULL;
}

/* The initial revision has no id; it is called INITIAL here. */
static Error *check_revision_id(Context *context, const Json *input, const MachineRecord *machine)
{
    StatesRevision current;
    Str            wanted = json_get_str(input, STR("revisionId"));
    if (!wanted.data) return NULL;
    TRY(states_revision_read(context, machine->revision, &current));
    Str actual = current.uuid.length ? current.uuid : STR("INITIAL");
    if (str_equal(actual, wanted)) return NULL;
    return error_fault(&states_conflict,
                       "Failed to publish the State Machine version for revision %.*s. The current State Machine "
                       "revision is %.*s.",
                       STR_ARG(wanted), STR_ARG(actual));
}

Error *states_publish_state_machine_version(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        ARN_RULE("stateMachineArn"),
        TEXT_RULE("description", 0, STATES_DESCRIPTION_MAX, RULE_SENSITIVE),
    };
    Arena         *arena = context->arena;
    StatesPlaced   placed;
    VersionRecord  version;
    uint64_t       number;
    bool           found;
    StatesOptional description = states_optional(input, STR("description"));
    TRY(states_check(input, RULES(rules)));
    Str arn = json_get_str(input, STR("stateMachineArn"));
    TRY(states_locate_machine(context, arn, &placed));
    if (placed.machine.deleting) return states_refuse_deleting(arn);
    TRY(check_revision_id(context, input, &placed.machine));
    TRY(states_publish_check(&placed.machine, true));
    TRY(states_publish(context, &placed.machine, &description, &number));
    TRY(states_machine_save(context, placed.key, &placed.machine));
    TRY(states_version_find(context, placed.machine.id, number, &version, &found));
    *out = json_object(arena);
    json_add(arena, *out, STR("creationDate"), json_time(arena, version.created));
    json_add_str(arena, *out, STR("stateMachineVersionArn"), states_arn_number(arena, placed.unqualified, number));
    return NULL;
}

/* ---- deleting ---- */

static Error *check_aliases(Context *context, uint64_t machine, uint64_t number)
{
    char       prefix[STATES_ID_SIZE];
    Str        list = STR("");
    StatesRow *rows;
    size_t     count;
    TRY(states_row_list(context, TABLE_STATES_ALIAS, states_id_key(prefix, machine), STR(""), STATES_ALIASES_MAX, &rows,
                        &count));
    for (size_t i = 0; i < count; i++) {
        AliasRecord alias;
        Str         name = str_slice(rows[i].key, STATES_ID_SIZE, rows[i].key.length);
        TRY(states_alias_decode(rows[i].value, &alias));
        if (states_alias_names(&alias, number))
            list = str_format(context->arena, "%.*s%s%.*s", STR_ARG(list), list.length ? ", " : "", STR_ARG(name));
    }
    if (!list.length) return NULL;
    return error_fault(&states_conflict,
                       "Version to be deleted must not be referenced by an alias. Current list of aliases referencing "
                       "this version: [%.*s]",
                       STR_ARG(list));
}

static Error *delete_version(Context *context, Str key, MachineRecord *machine, uint64_t number,
                             const VersionRecord *version)
{
    char         version_key[STATES_VERSION_KEY_SIZE];
    StatesCount *uses;
    TRY(states_count_of_id(context, STATES_COUNT_USES, version->revision, &uses));
    TRY(states_row_delete(context, TABLE_STATES_VERSION, states_version_key(version_key, machine->id, number)));
    if (machine->published == number) machine->published = 0;
    machine->version_count--;
    TRY(states_machine_save(context, key, machine));
    states_count_add(states_of(context), uses, -1);
    return NULL;
}

Error *states_delete_state_machine_version(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { TEXT_RULE("stateMachineVersionArn", 1, STATES_LONG_ARN_MAX, RULE_REQUIRED) };
    StatesArn               arn;
    MachineRecord           machine;
    VersionRecord           version;
    uint64_t                number;
    bool                    found = false;
    (void)out;
    TRY(states_check(input, RULES(rules)));
    Str text = json_get_str(input, STR("stateMachineVersionArn"));
    TRY(states_arn_parse(text, "stateMachine", &arn));
    if (arn.label.length) return states_refuse_labels();
    if (!states_arn_version(&arn, &number))
        return error_fault(&states_validation, "This operation needs the ARN of a version. Received: %.*s",
                           STR_ARG(text));
    Str key = states_key_of(context->arena, &arn);
    if (str_equal(arn.region, context->caller->region)) TRY(states_machine_find(context, key, &machine, &found));
    if (found) TRY(states_version_find(context, machine.id, number, &version, &found));
    if (!found) return NULL;
    TRY(check_aliases(context, machine.id, number));
    return delete_version(context, key, &machine, number, &version);
}

/* ---- listing ---- */

static Error *tell_version(Context *context, const StatesRow *row, void *data, Json **out)
{
    VersionRecord version;
    Arena        *arena = context->arena;
    const Str    *unqualified = data;
    uint64_t      number = ~bytes_get_u64(row->key.data + STATES_ID_SIZE);
    TRY(states_version_decode(row->value, &version));
    *out = json_object(arena);
    json_add_str(arena, *out, STR("stateMachineVersionArn"), states_arn_number(arena, *unqualified, number));
    json_add(arena, *out, STR("creationDate"), json_time(arena, version.created));
    return NULL;
}

Error *states_list_state_machine_versions(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("stateMachineArn"), PAGE_RULES };
    char                    prefix[STATES_ID_SIZE];
    StatesPlaced            placed;
    TRY(states_check(input, RULES(rules)));
    TRY(states_locate_machine(context, json_get_str(input, STR("stateMachineArn")), &placed));
    Str scope = states_join(context->arena, STR("ListStateMachineVersions "), placed.unqualified);
    return states_page_list(context, input, scope, TABLE_STATES_VERSION, states_id_key(prefix, placed.machine.id),
                            STR("stateMachineVersions"), tell_version, &placed.unqualified, out);
}
