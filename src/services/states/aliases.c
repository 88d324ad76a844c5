/* aliases.c -- aliases: names for a version, or for two with their shares of what is started. */
#include "services/states/check.h"
#include "services/states/locate.h"
#include "services/states/paging.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
#define NAME_PATTERN "^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$"

static bool is_alias_name(Str name)
{
    return str_all_in(name, NAME_LETTERS) && !str_all_in(name, "0123456789");
}

/* ---- routes ---- */

static const StatesRule route_rules[] = {
    ARN_RULE("stateMachineVersionArn"),
    { .name = STR_CONST("weight"), .kind = RULE_NUMBER, .flags = RULE_REQUIRED, .max = STATES_WEIGHT_MAX },
};
static const StatesRule route_rule = STRUCTURE_RULE("", route_rules);

/* "what. Received: [arn, arn]" */
static Error *refuse_routes(Arena *arena, const char *what, const Json *list)
{
    Str         received = STR("");
    const Json *route;
    JSON_EACH_ITEM(list, route) {
        Str arn = json_get_str(route, STR("stateMachineVersionArn"));
        received = str_format(arena, "%.*s%s%.*s", STR_ARG(received), received.length ? ", " : "", STR_ARG(arn));
    }
    return error_fault(&states_validation, "%s. Received: [%.*s]", what, STR_ARG(received));
}

/* What the list says by itself; *out_arn is the first version's. */
static Error *read_routes(Arena *arena, const Json *list, AliasRecord *alias, StatesArn *out_arn)
{
    const Json *route;
    int64_t     sum = 0;
    StatesArn   arns[STATES_ROUTES_MAX];
    alias->route_count = 0;
    JSON_EACH_ITEM(list, route) {
        int64_t      weight = 0;
        StatesArn   *arn = &arns[alias->route_count];
        StatesRoute *read = &alias->routes[alias->route_count++];
        TRY(states_arn_parse(json_get_str(route, STR("stateMachineVersionArn")), "stateMachine", arn));
        if (arn->label.length || !states_arn_version(arn, &read->version))
            return refuse_routes(arena, "Routing configuration must contain state machine version ARNs", list);
        json_get_int(route, STR("weight"), &weight);
        read->weight = (uint64_t)weight;
        sum += weight;
    }
    bool two = alias->route_count == 2;
    if (two && !str_equal(states_key_of(arena, &arns[0]), states_key_of(arena, &arns[1])))
        return refuse_routes(arena, "Routing configuration must contain versions of one state machine", list);
    if (two && alias->routes[0].version == alias->routes[1].version)
        return refuse_routes(arena, "Routing configuration must contain distinct state machine version ARNs", list);
    if (sum != STATES_WEIGHT_MAX)
        return refuse_routes(arena, "Sum of routing configuration weights must equal 100", list);
    *out_arn = arns[0];
    return NULL;
}

static Error *check_versions(Context *context, uint64_t machine, const AliasRecord *alias)
{
    for (size_t i = 0; i < alias->route_count; i++) {
        VersionRecord version;
        bool          found;
        TRY(states_version_find(context, machine, alias->routes[i].version, &version, &found));
        if (!found) return states_refuse_no_resource();
    }
    return NULL;
}

static bool same_routes(const AliasRecord *a, const AliasRecord *b)
{
    bool same = a->route_count == b->route_count;
    for (size_t i = 0; i < a->route_count && same; i++)
        same = a->routes[i].version == b->routes[i].version && a->routes[i].weight == b->routes[i].weight;
    return same;
}

static Error *save(Context *context, uint64_t machine, Str name, const AliasRecord *alias)
{
    states_alias_encode(&states_of(context)->scratch, alias);
    return states_row_put_scratch(context, TABLE_STATES_ALIAS, states_alias_key(context->arena, machine, name));
}

/* ---- creating ---- */

static Error *find_machine_of_version(Context *context, const StatesArn *arn, Str *out_key, MachineRecord *out)
{
    bool found = false;
    *out_key = states_key_of(context->arena, arn);
    if (str_equal(arn->region, context->caller->region)) TRY(states_machine_find(context, *out_key, out, &found));
    if (!found) return states_refuse_no_resource();
    if (!out->deleting) return NULL;
    return states_refuse_deleting(
        states_arn_text(context->arena, arn->region, arn->account, "stateMachine", arn->name, STR("")));
}

/* The same call again finds the alias; any other one is refused. */
static Error *check_twin(Str name, const AliasRecord *existing, const AliasRecord *wanted)
{
    if (same_routes(existing, wanted) && states_optional_equal(&existing->description, &wanted->description))
        return NULL;
    return error_fault(&states_conflict,
                       "An alias named %.*s already exists with another description or routing configuration",
                       STR_ARG(name));
}

static Error *create(Context *context, Str key, MachineRecord *machine, Str name, const AliasRecord *alias)
{
    if (machine->alias_count >= STATES_ALIASES_MAX)
        return error_fault(&states_service_quota_exceeded, "The state machine has %d aliases already",
                           STATES_ALIASES_MAX);
    machine->alias_count++;
    TRY(save(context, machine->id, name, alias));
    return states_machine_save(context, key, machine);
}

Error *states_create_state_machine_alias(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        TEXT_RULE("description", 0, STATES_DESCRIPTION_MAX, RULE_SENSITIVE),
        { .name = STR_CONST("name"),
          .kind = RULE_TEXT,
          .flags = RULE_REQUIRED,
          .min = 1,
          .max = STATES_NAME_MAX,
          .shown = NAME_PATTERN,
          .matches = is_alias_name },
        LIST_RULE("routingConfiguration", 1, STATES_ROUTES_MAX, RULE_REQUIRED, &route_rule),
    };
    Arena        *arena = context->arena;
    AliasRecord   wanted = { .created = context->now, .updated = context->now }, alias;
    StatesArn     arn;
    MachineRecord machine;
    Str           key, name = json_get_str(input, STR("name"));
    bool          found;
    TRY(states_check(input, RULES(rules)));
    wanted.description = states_optional(input, STR("description"));
    TRY(read_routes(arena, json_get(input, STR("routingConfiguration")), &wanted, &arn));
    TRY(find_machine_of_version(context, &arn, &key, &machine));
    TRY(check_versions(context, machine.id, &wanted));
    TRY(states_alias_find(context, machine.id, name, &alias, &found));
    TRY(found ? check_twin(name, &alias, &wanted) : create(context, key, &machine, name, &wanted));
    *out = json_object(arena);
    json_add_str(arena, *out, STR("stateMachineAliasArn"),
                 states_arn_text(arena, arn.region, arn.account, "stateMachine", arn.name, name));
    json_add(arena, *out, STR("creationDate"), json_time(arena, found ? alias.created : context->now));
    return NULL;
}

/* ---- one alias ---- */

typedef struct Found {
    StatesArn     arn;
    Str           key;
    MachineRecord machine;
    AliasRecord   alias;
    bool          found;
} Found;

static Error *find_alias(Context *context, const Json *input, Found *out)
{
    Str      text = json_get_str(input, STR("stateMachineAliasArn"));
    uint64_t number;
    TRY(states_arn_parse(text, "stateMachine", &out->arn));
    if (out->arn.label.length) return states_refuse_labels();
    if (!out->arn.qualifier.length || states_arn_version(&out->arn, &number))
        return error_fault(&states_validation, "This operation needs the ARN of an alias. Received: %.*s",
                           STR_ARG(text));
    out->key = states_key_of(context->arena, &out->arn);
    out->found = false;
    if (str_equal(out->arn.region, context->caller->region))
        TRY(states_machine_find(context, out->key, &out->machine, &out->found));
    if (!out->found) return NULL;
    return states_alias_find(context, out->machine.id, out->arn.qualifier, &out->alias, &out->found);
}

static Error *update_routes(Context *context, const Json *list, const Found *found, AliasRecord *alias)
{
    StatesArn arn;
    if (!list) return NULL;
    TRY(read_routes(context->arena, list, alias, &arn));
    if (!str_equal(states_key_of(context->arena, &arn), found->key))
        return refuse_routes(context->arena, "Routing configuration must contain versions of the alias's state machine",
                             list);
    return check_versions(context, found->machine.id, alias);
}

Error *states_update_state_machine_alias(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        ARN_RULE("stateMachineAliasArn"),
        TEXT_RULE("description", 0, STATES_DESCRIPTION_MAX, RULE_SENSITIVE),
        LIST_RULE("routingConfiguration", 1, STATES_ROUTES_MAX, 0, &route_rule),
    };
    Found          found;
    StatesOptional description = states_optional(input, STR("description"));
    const Json    *routes = json_get(input, STR("routingConfiguration"));
    TRY(states_check(input, RULES(rules)));
    if (!description.given && !routes)
        return error_fault(&states_validation, "Either the description or the routing configuration must be specified");
    TRY(find_alias(context, input, &found));
    if (!found.found) return states_refuse_no_resource();
    if (found.machine.deleting) return states_refuse_deleting(json_get_str(input, STR("stateMachineAliasArn")));
    if (description.given) found.alias.description = description;
    TRY(update_routes(context, routes, &found, &found.alias));
    found.alias.updated = context->now;
    TRY(save(context, found.machine.id, found.arn.qualifier, &found.alias));
    *out = json_object(context->arena);
    json_add(context->arena, *out, STR("updateDate"), json_time(context->arena, context->now));
    return NULL;
}

Error *states_delete_state_machine_alias(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("stateMachineAliasArn") };
    Found                   found;
    (void)out;
    TRY(states_check(input, RULES(rules)));
    TRY(find_alias(context, input, &found));
    if (!found.found) return NULL;
    found.machine.alias_count--;
    TRY(states_row_delete(context, TABLE_STATES_ALIAS,
                          states_alias_key(context->arena, found.machine.id, found.arn.qualifier)));
    return states_machine_save(context, found.key, &found.machine);
}

/* ---- telling ---- */

static Json *tell_routes(Arena *arena, Str unqualified, const AliasRecord *alias)
{
    Json *list = json_array(arena);
    for (size_t i = 0; i < alias->route_count; i++) {
        Json *route = json_object(arena);
        json_add_str(arena, route, STR("stateMachineVersionArn"),
                     states_arn_number(arena, unqualified, alias->routes[i].version));
        json_add_int(arena, route, STR("weight"), (int64_t)alias->routes[i].weight);
        json_append(arena, list, route);
    }
    return list;
}

Error *states_describe_state_machine_alias(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("stateMachineAliasArn") };
    Arena                  *arena = context->arena;
    Found                   found;
    TRY(states_check(input, RULES(rules)));
    TRY(find_alias(context, input, &found));
    if (!found.found) return states_refuse_no_resource();
    const AliasRecord *alias = &found.alias;
    const StatesArn   *arn = &found.arn;
    Str   unqualified = states_arn_text(arena, arn->region, arn->account, "stateMachine", arn->name, STR(""));
    Json *output = json_object(arena);
    json_add_str(arena, output, STR("stateMachineAliasArn"), arn->text);
    json_add_str(arena, output, STR("name"), arn->qualifier);
    if (alias->description.given) json_add_str(arena, output, STR("description"), alias->description.text);
    json_add(arena, output, STR("routingConfiguration"), tell_routes(arena, unqualified, alias));
    json_add(arena, output, STR("creationDate"), json_time(arena, alias->created));
    json_add(arena, output, STR("updateDate"), json_time(arena, alias->updated));
    *out = output;
    return NULL;
}

static Error *tell_alias(Context *context, const StatesRow *row, void *data, Json **out)
{
    AliasRecord         alias;
    Arena              *arena = context->arena;
    const StatesPlaced *placed = data;
    *out = NULL;
    TRY(states_alias_decode(row->value, &alias));
    if (placed->version && !states_alias_names(&alias, placed->version)) return NULL;
    Str name = str_slice(row->key, STATES_ID_SIZE, row->key.length);
    *out = json_object(arena);
    json_add_str(
        arena, *out, STR("stateMachineAliasArn"),
        states_arn_text(arena, placed->arn.region, placed->arn.account, "stateMachine", placed->arn.name, name));
    json_add(arena, *out, STR("creationDate"), json_time(arena, alias.created));
    return NULL;
}

/* Of a machine, or of one of its versions. */
Error *states_list_state_machine_aliases(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("stateMachineArn"), PAGE_RULES };
    char                    prefix[STATES_ID_SIZE];
    StatesPlaced            placed;
    TRY(states_check(input, RULES(rules)));
    Str arn = json_get_str(input, STR("stateMachineArn"));
    TRY(states_locate(context, arn, false, &placed));
    if (placed.by_alias) return states_refuse_unknown(arn);
    if (placed.machine.deleting) return states_refuse_deleting(arn);
    Str scope = states_join(context->arena, STR("ListStateMachineAliases "), arn);
    return states_page_list(context, input, scope, TABLE_STATES_ALIAS, states_id_key(prefix, placed.machine.id),
                            STR("stateMachineAliases"), tell_alias, &placed, out);
}
