/* tell.c -- what there is to tell about executions: DescribeExecution, DescribeStateMachineForExecution, ListExecutions.
 *
 * A list is made of rows of TABLE_STATES_LIST: one sequence for each status, each with the newest first, which are merged. What is
 * asked for beyond that (a version, an alias, redriven or not) is seen in the records; a call looks at STATES_LOOKED_AT_MAX of them
 * at most and then gives a page that is not full. */
#include "services/states/check.h"
#include "services/states/locate.h"
#include "services/states/map_runs.h"
#include "services/states/paging.h"
#include "services/states/redrive.h"

/* ---- parts ---- */

static Str machine_arn(Arena *arena, const StatesExecution *execution)
{
    const StatesOwner *owner = &execution->owner;
    return states_arn_text(arena, owner->region, owner->account, "stateMachine", states_execution_machine(arena, execution), STR_NONE);
}

static void add_given(Arena *arena, Json *object, Str name, Str text)
{
    if (text.length) json_add_str(arena, object, name, text);
}

static void add_data(Arena *arena, Json *object, Str name, Str details_name, Str text)
{
    Json *details = json_object(arena);
    json_add_str(arena, object, name, text);
    json_add(arena, details, STR("included"), json_bool(arena, true));
    json_add(arena, object, details_name, details);
}

/* Those of a list's items, of which a description has more. */
static Error *tell_summary(Context *context, const StatesExecution *execution, Str map_run_arn, Json **out)
{
    Arena *arena = context->arena;
    Json  *told = json_object(arena);
    Str    status;
    TRY(states_shown_status(context, execution, &status));
    json_add_str(arena, told, STR("executionArn"), states_execution_arn(arena, execution));
    json_add_str(arena, told, STR("stateMachineArn"), machine_arn(arena, execution));
    json_add_str(arena, told, STR("name"), execution->name);
    json_add_str(arena, told, STR("status"), status);
    json_add(arena, told, STR("startDate"), json_time(arena, execution->started));
    if (execution->stopped) json_add(arena, told, STR("stopDate"), json_time(arena, execution->stopped));
    add_given(arena, told, STR("mapRunArn"), map_run_arn);
    add_given(arena, told, STR("stateMachineVersionArn"), execution->version_arn);
    add_given(arena, told, STR("stateMachineAliasArn"), execution->alias_arn);
    json_add_int(arena, told, STR("redriveCount"), execution->redrives);
    if (execution->redrives) json_add(arena, told, STR("redriveDate"), json_time(arena, execution->redriven));
    *out = told;
    return NULL;
}

/* Of the map run that an execution is a child of; false: of none. */
static Error *read_map_run(Context *context, const StatesExecution *execution, StatesMapRun *out, bool *out_found)
{
    *out_found = false;
    if (execution->parent.kind != STATES_PARENT_MAP_RUN) return NULL;
    return states_map_run_read(context, execution->parent.execution, out, out_found);
}

static bool is_bare(const Json *input)
{
    return str_equal(json_get_str(input, STR("includedData")), STR("METADATA_ONLY"));
}

/* ---- one execution ---- */

static Error *add_redrive(Context *context, const StatesExecution *execution, Json *told)
{
    StatesRedrivable redrivable;
    TRY(states_redrive_look(context, execution, &redrivable));
    json_add_str(context->arena, told, STR("redriveStatus"), redrivable.status);
    if (redrivable.reason.data) json_add_str(context->arena, told, STR("redriveStatusReason"), redrivable.reason);
    return NULL;
}

Error *states_describe_execution(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("executionArn"), INCLUDED_RULE };
    Arena                  *arena = context->arena;
    StatesExecution         execution;
    StatesMapRun            run;
    bool                    child;
    Json                   *told;
    TRY(states_check(input, RULES(rules)));
    TRY(states_execution_find(context, json_get_str(input, STR("executionArn")), &execution));
    TRY(read_map_run(context, &execution, &run, &child));
    TRY(tell_summary(context, &execution, child ? run.arn : STR_NONE, &told));
    if (!is_bare(input)) add_data(arena, told, STR("input"), STR("inputDetails"), execution.input);
    if (!is_bare(input) && execution.output.data) add_data(arena, told, STR("output"), STR("outputDetails"), execution.output);
    if (execution.error.data) json_add_str(arena, told, STR("error"), execution.error);
    if (execution.cause.data) json_add_str(arena, told, STR("cause"), execution.cause);
    add_given(arena, told, STR("traceHeader"), execution.trace);
    TRY(add_redrive(context, &execution, told));
    *out = told;
    return NULL;
}

/* ---- its state machine ---- */

/* The Map state of that name, wherever it is. Names are unique in a definition. */
static const Json *find_state(const Json *value, Str name)
{
    const Json *item, *found = NULL;
    if (value->type == JSON_ARRAY) JSON_EACH_ITEM(value, item) if (!found) found = find_state(item, name);
    if (value->type != JSON_OBJECT) return found;
    JSON_EACH_MEMBER(value, member) {
        bool is_it = str_equal(member->name, name) && str_equal(json_get_str(member->value, STR("Type")), STR("Map"));
        if (!found) found = is_it ? member->value : find_state(member->value, name);
    }
    return found;
}

/* A map run's children run what is inside its state. */
static const Json *children_of(const Json *definition, Str state_name)
{
    const Json *state = find_state(definition, state_name);
    const Json *inside = state ? json_get(state, STR("ItemProcessor")) : NULL;
    if (state && !inside) inside = json_get(state, STR("Iterator"));
    return inside ? inside : definition;
}

static Error *add_definition(Context *context, const StatesRevision *revision, const StatesMapRun *run, Json *told)
{
    Arena *arena = context->arena;
    Json  *definition, *references;
    TRY(json_parse(arena, revision->definition, NULL, &definition));
    const Json *shown = run ? children_of(definition, run->state_name) : definition;
    json_add_str(arena, told, STR("definition"), run ? shown->raw : revision->definition);
    TRY(states_variable_references(arena, shown, &references));
    if (references) json_add(arena, told, STR("variableReferences"), references);
    return NULL;
}

Error *states_describe_state_machine_for_execution(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("executionArn"), INCLUDED_RULE };
    Arena                  *arena = context->arena;
    StatesExecution         execution;
    StatesMapRun            run;
    bool                    child;
    const StatesRevision   *revision;
    TRY(states_check(input, RULES(rules)));
    TRY(states_execution_find(context, json_get_str(input, STR("executionArn")), &execution));
    TRY(read_map_run(context, &execution, &run, &child));
    TRY(states_revision_get(context, execution.owner.revision, &revision));
    Json *told = json_object(arena);
    json_add_str(arena, told, STR("stateMachineArn"), machine_arn(arena, &execution));
    json_add_str(arena, told, STR("name"), states_execution_machine(arena, &execution));
    if (is_bare(input)) json_add_str(arena, told, STR("definition"), STR("{}"));
    else TRY(add_definition(context, revision, child ? &run : NULL, told));
    json_add_str(arena, told, STR("roleArn"), revision->role_arn);
    json_add(arena, told, STR("updateDate"), json_time(arena, revision->created));
    states_revision_tell_settings(arena, revision, told);
    add_given(arena, told, STR("mapRunArn"), child ? run.arn : STR_NONE);
    add_given(arena, told, STR("label"), child ? run.label : STR_NONE);
    add_given(arena, told, STR("revisionId"), revision->uuid);
    *out = told;
    return NULL;
}

/* ---- many executions ---- */

enum { SEQUENCES = 5, POSITION_SIZE = 8 };

typedef struct Sequence { /* the rows of one status */
    StoreCursor *cursor;
    bool         more;
    uint64_t     place; /* the complement of the execution's number: small is new */
} Sequence;

typedef struct Listing {
    Context *context;
    uint64_t list;        /* of a machine or a map run */
    Str      map_run_arn; /* no data: of a machine */
    Str      version_arn, alias_arn; /* only those; no data: all */
    Str      status, redrive_filter; /* the same */
    Sequence sequences[SEQUENCES];
    size_t   looked_at;
    uint64_t place;       /* of the last one that was looked at */
    bool     more;
} Listing;

static Error *next_of(Sequence *sequence)
{
    Str key, value;
    TRY(store_next(sequence->cursor, &key, &value, &sequence->more));
    if (!sequence->more) return NULL;
    if (key.length != STATES_LIST_PREFIX + POSITION_SIZE) return error_new(ERR_CORRUPT, "an execution in a list has no number");
    sequence->place = bytes_get_u64(key.data + STATES_LIST_PREFIX);
    return NULL;
}

/* Children that wait to be redriven are among those that have failed. */
static bool is_wanted(const Listing *listing, AslStatus status)
{
    bool pending = str_equal(listing->status, STR("PENDING_REDRIVE"));
    return !listing->status.data || str_equal(listing->status, states_status_name(status)) ||
           (pending && listing->map_run_arn.data && status != ASL_RUNNING && status != ASL_SUCCEEDED);
}

static Error *open_sequences(Listing *listing, Str after)
{
    Context *context = listing->context;
    char     prefix[STATES_LIST_PREFIX], position[POSITION_SIZE];
    for (AslStatus status = ASL_RUNNING; status <= ASL_ABORTED; status++) {
        Sequence *sequence = &listing->sequences[status];
        if (!is_wanted(listing, status)) continue;
        Str rows = states_list_prefix(prefix, listing->list, status), from = rows;
        if (after.length == POSITION_SIZE) {
            bytes_put_u64(position, bytes_get_u64(after.data) + 1);
            from = states_join(context->arena, rows, str_from(position, POSITION_SIZE));
        }
        TRY(store_scan(context->store, context->arena, TABLE_STATES_LIST, from, rows, &sequence->cursor));
        TRY(next_of(sequence));
    }
    return NULL;
}

static void close_sequences(Listing *listing)
{
    for (size_t i = 0; i < SEQUENCES; i++) store_scan_end(listing->sequences[i].cursor);
}

/* The newest execution of those that were not looked at; false: there is none. */
static Error *take_newest(Listing *listing, uint64_t *out_number, bool *out_found)
{
    Sequence *newest = NULL;
    for (size_t i = 0; i < SEQUENCES; i++) {
        Sequence *sequence = &listing->sequences[i];
        if (sequence->more && (!newest || sequence->place < newest->place)) newest = sequence;
    }
    *out_found = newest;
    if (!newest) return NULL;
    listing->place = newest->place;
    *out_number = ~newest->place;
    listing->looked_at++;
    return next_of(newest);
}

static bool matches(const Listing *listing, const StatesExecution *execution)
{
    if (listing->version_arn.data && !str_equal(listing->version_arn, execution->version_arn)) return false;
    if (listing->alias_arn.data && !str_equal(listing->alias_arn, execution->alias_arn)) return false;
    return !listing->redrive_filter.data || str_equal(listing->redrive_filter, STR("REDRIVEN")) == (execution->redrives > 0);
}

static Error *tell_one(Listing *listing, uint64_t number, Json *list)
{
    Arena          *arena = listing->context->arena;
    StatesExecution execution;
    bool            found;
    Json           *told;
    TRY(states_execution_read(listing->context, number, &execution, &found));
    if (!found || !matches(listing, &execution)) return NULL;
    TRY(tell_summary(listing->context, &execution, listing->map_run_arn, &told));
    if (listing->status.data && !str_equal(listing->status, json_get_str(told, STR("status")))) return NULL;
    if (listing->map_run_arn.data) json_add_int(arena, told, STR("itemCount"), execution.parent.attempt);
    json_append(arena, list, told);
    return NULL;
}

static Error *tell_list(Listing *listing, size_t max, Json *list)
{
    uint64_t number;
    bool     found;
    while (list->count < max && listing->looked_at < STATES_LOOKED_AT_MAX) {
        TRY(take_newest(listing, &number, &found));
        if (!found) return NULL;
        TRY(tell_one(listing, number, list));
    }
    for (size_t i = 0; i < SEQUENCES; i++) listing->more |= listing->sequences[i].more;
    return NULL;
}

/* ---- whose executions ---- */

static Error *refuse_express(void)
{
    return error_fault(&states_state_machine_type_not_supported, "This operation is not supported by this type of state machine");
}

static Error *of_machine(Listing *listing, Str arn)
{
    StatesPlaced placed;
    TRY(states_locate(listing->context, arn, false, &placed));
    if (placed.machine.type == STATES_EXPRESS) return refuse_express();
    if (listing->redrive_filter.data)
        return error_fault(&states_validation, "redriveFilter can be specified with a Map Run ARN only. Received: %.*s", STR_ARG(arn));
    listing->list = placed.machine.id;
    if (placed.by_alias) listing->alias_arn = arn;
    else if (placed.version) listing->version_arn = arn;
    return NULL;
}

static Error *of_map_run(Listing *listing, Str arn)
{
    StatesMapRun run;
    TRY(states_map_run_find(listing->context, arn, &run));
    if (run.express) return refuse_express();
    listing->list = run.number;
    listing->map_run_arn = run.arn;
    return NULL;
}

static Error *find_list(Listing *listing, const Json *input, Str *out_arn)
{
    Str machine = json_get_str(input, STR("stateMachineArn")), run = json_get_str(input, STR("mapRunArn"));
    if (machine.data && run.data)
        return error_fault(&states_validation, "Only one of the state machine ARN and the Map Run ARN can be specified");
    if (!machine.data && !run.data) return error_fault(&states_validation, "Either a state machine ARN or a Map Run ARN must be specified");
    *out_arn = machine.data ? machine : run;
    return machine.data ? of_machine(listing, machine) : of_map_run(listing, run);
}

Error *states_list_executions(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        TEXT_RULE("stateMachineArn", 1, STATES_ARN_MAX, 0),
        WORD_RULE("statusFilter", "[SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]", 0),
        NUMBER_RULE("maxResults", 0, STATES_PAGE_MAX),
        TEXT_RULE("nextToken", 1, STATES_LONG_TOKEN_MAX, 0),
        TEXT_RULE("mapRunArn", 1, STATES_LONG_ARN_MAX, 0),
        WORD_RULE("redriveFilter", "[NOT_REDRIVEN, REDRIVEN]", 0),
    };
    Arena     *arena = context->arena;
    Listing    listing = { .context = context };
    StatesPage page;
    Str        arn = STR_NONE;
    char       position[POSITION_SIZE];
    TRY(states_check(input, RULES(rules)));
    listing.status = json_get_str(input, STR("statusFilter"));
    listing.redrive_filter = json_get_str(input, STR("redriveFilter"));
    TRY(find_list(&listing, input, &arn));
    Str scope = str_format(arena, "ListExecutions %.*s %.*s %.*s", STR_ARG(listing.status), STR_ARG(listing.redrive_filter), STR_ARG(arn));
    TRY(states_page_parse(context, input, scope, &page));
    Json *list = json_array(arena);
    TRY(open_sequences(&listing, page.after));
    TRY(tell_list(&listing, page.max, list));
    close_sequences(&listing);
    *out = json_object(arena);
    json_add(arena, *out, STR("executions"), list);
    if (!listing.more) return NULL;
    bytes_put_u64(position, listing.place);
    json_add_str(arena, *out, STR("nextToken"), states_page_token(context, scope, str_from(position, POSITION_SIZE)));
    return NULL;
}
