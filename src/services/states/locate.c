/* locate.c -- see locate.h.
 *
 *     arn ...:stateMachine:NAME            the machine, its current revision
 *         ...:stateMachine:NAME:7          version 7, and the revision it stands for
 *         ...:stateMachine:NAME:PROD       alias PROD, and one of the versions it names, drawn by weight
 *         ...:stateMachine:NAME/LABEL      the machine; the label is for executions
 *
 * A region knows only its own machines. Accounts are not kept apart beyond their names: there are no policies to ask. */
#include "services/states/locate.h"

#include "services/states/counts.h"

/* ---- refusals ---- */

Error *states_refuse_unknown(Str arn)
{
    return error_fault(&states_state_machine_does_not_exist, "State Machine Does Not Exist: '%.*s'", STR_ARG(arn));
}

Error *states_refuse_labels(void)
{
    return error_fault(&states_validation, "This operation does not support the ARN of a Distributed Map state.");
}

Error *states_refuse_deleting(Str arn)
{
    return error_fault(&states_state_machine_deleting, "State Machine is being deleted: '%.*s'", STR_ARG(arn));
}

Error *states_refuse_no_resource(void)
{
    return error_fault(&states_resource_not_found, "Request references a resource that does not exist.");
}

/* ---- rows ---- */

Error *states_machine_find(Context *context, Str key, MachineRecord *out, bool *out_found)
{
    Str row;
    TRY(states_row_get(context, TABLE_STATES_MACHINE, key, &row, out_found));
    return *out_found ? states_machine_decode(row, out) : NULL;
}

Error *states_machine_save(Context *context, Str key, const MachineRecord *machine)
{
    states_machine_encode(&states_of(context)->scratch, machine);
    return states_row_put_scratch(context, TABLE_STATES_MACHINE, key);
}

Str states_version_key(char out[STATES_VERSION_KEY_SIZE], uint64_t machine, uint64_t number)
{
    bytes_put_u64(out, machine);
    bytes_put_u64(out + STATES_ID_SIZE, ~number);
    return str_from(out, STATES_VERSION_KEY_SIZE);
}

Str states_alias_key(Arena *arena, uint64_t machine, Str name)
{
    char id[STATES_ID_SIZE];
    return states_join(arena, states_id_key(id, machine), name);
}

Error *states_version_find(Context *context, uint64_t machine, uint64_t number, VersionRecord *out, bool *out_found)
{
    char key[STATES_VERSION_KEY_SIZE];
    Str  row;
    TRY(states_row_get(context, TABLE_STATES_VERSION, states_version_key(key, machine, number), &row, out_found));
    return *out_found ? states_version_decode(row, out) : NULL;
}

Error *states_alias_find(Context *context, uint64_t machine, Str name, AliasRecord *out, bool *out_found)
{
    Str row;
    TRY(states_row_get(context, TABLE_STATES_ALIAS, states_alias_key(context->arena, machine, name), &row, out_found));
    return *out_found ? states_alias_decode(row, out) : NULL;
}

bool states_alias_names(const AliasRecord *alias, uint64_t version)
{
    for (size_t i = 0; i < alias->route_count; i++)
        if (alias->routes[i].version == version) return true;
    return false;
}

/* ---- locating ---- */

static Error *find_machine(Context *context, Str text, StatesPlaced *out)
{
    bool found = false;
    TRY(states_arn_parse(text, "stateMachine", &out->arn));
    const StatesArn *arn = &out->arn;
    out->key = states_key_of(context->arena, arn);
    out->unqualified = states_arn_text(context->arena, arn->region, arn->account, "stateMachine", arn->name, STR(""));
    if (str_equal(arn->region, context->caller->region))
        TRY(states_machine_find(context, out->key, &out->machine, &found));
    if (!found) return states_refuse_unknown(text);
    out->revision = out->machine.revision;
    return NULL;
}

/* The weights add up to 100. */
static uint64_t draw(Context *context, const AliasRecord *alias)
{
    uint64_t dart = chance_below(context->chance, STATES_WEIGHT_MAX);
    for (size_t i = 0; i + 1 < alias->route_count; i++) {
        if (dart < alias->routes[i].weight) return alias->routes[i].version;
        dart -= alias->routes[i].weight;
    }
    return alias->routes[alias->route_count - 1].version;
}

static Error *follow_qualifier(Context *context, Str text, StatesPlaced *out)
{
    bool found = true;
    if (!states_arn_version(&out->arn, &out->version)) {
        AliasRecord alias;
        TRY(states_alias_find(context, out->machine.id, out->arn.qualifier, &alias, &found));
        if (!found) return states_refuse_unknown(text);
        out->version = draw(context, &alias);
        out->by_alias = true;
    }
    TRY(states_version_find(context, out->machine.id, out->version, &out->version_record, &found));
    if (!found) return states_refuse_unknown(text);
    out->revision = out->version_record.revision;
    return NULL;
}

Error *states_locate(Context *context, Str arn, bool labels, StatesPlaced *out)
{
    StatesPlaced placed = { 0 };
    TRY(find_machine(context, arn, &placed));
    bool labelled = placed.arn.label.length > 0, qualified = placed.arn.qualifier.length > 0;
    if (labelled && (qualified || !labels)) return states_refuse_labels();
    if (qualified) TRY(follow_qualifier(context, arn, &placed));
    *out = placed;
    return NULL;
}

Error *states_locate_machine(Context *context, Str arn, StatesPlaced *out)
{
    StatesPlaced placed = { 0 };
    TRY(find_machine(context, arn, &placed));
    if (placed.arn.label.length) return states_refuse_labels();
    if (placed.arn.qualifier.length) return states_refuse_unknown(arn);
    *out = placed;
    return NULL;
}

/* ---- texts that may be absent ---- */

StatesOptional states_optional(const Json *input, Str name)
{
    Str text = json_get_str(input, name);
    return (StatesOptional){ .text = text, .given = text.data != NULL };
}

bool states_optional_equal(const StatesOptional *a, const StatesOptional *b)
{
    return a->given == b->given && str_equal(a->text, b->text);
}
