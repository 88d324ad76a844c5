/* execution_store.c -- finding executions, in memory and in the store. See executions.h for the rows. */
#include "services/states/executions.h"

#include "services/states/rows.h"

enum { CELL_KEY = 16, LIST_KEY = 17 };

Str states_status_name(AslStatus status)
{
    static const Str NAMES[] = {
        [ASL_RUNNING] = STR_CONST("RUNNING"), [ASL_SUCCEEDED] = STR_CONST("SUCCEEDED"), [ASL_FAILED] = STR_CONST("FAILED"),
        [ASL_TIMED_OUT] = STR_CONST("TIMED_OUT"), [ASL_ABORTED] = STR_CONST("ABORTED"),
    };
    return NAMES[status];
}

/* "execution:MACHINE:NAME", "execution:MACHINE/LABEL:NAME", "express:MACHINE:NAME:UUID". */
Str states_execution_arn(Arena *arena, const StatesExecution *execution)
{
    const StatesOwner *owner = &execution->owner;
    Str                machine = owner->name, name = execution->name;
    bool               express = execution->express && execution->parent.kind != STATES_PARENT_MAP_RUN;
    if (express) name = str_format(arena, "%.*s:%.*s", STR_ARG(name), STR_ARG(execution->label));
    else if (execution->label.length) machine = str_format(arena, "%.*s/%.*s", STR_ARG(machine), STR_ARG(execution->label));
    return states_arn_text(arena, owner->region, owner->account, express ? "express" : "execution", machine, name);
}

Str states_execution_machine(Arena *arena, const StatesExecution *execution)
{
    if (execution->parent.kind != STATES_PARENT_MAP_RUN) return execution->owner.name;
    return str_format(arena, "%.*s/%.*s", STR_ARG(execution->owner.name), STR_ARG(execution->label));
}

/* ---- keys ---- */

/* What an execution's ARN is made of. Executions outlive the names of their machines. */
typedef struct Naming {
    Str account, region, machine, label, name;
} Naming;

static Str name_key(Arena *arena, const Naming *naming)
{
    static const Str ZERO = { "\0", 1 };
    const Str parts[] = { states_key(arena, naming->account, naming->region, naming->machine), ZERO, naming->label, STR("/"), naming->name };
    const Str plain[] = { parts[0], ZERO, naming->name };
    return naming->label.length ? str_concat(arena, parts, 5) : str_concat(arena, plain, 3);
}

static Naming naming_of(const StatesExecution *execution)
{
    return (Naming){ execution->owner.account, execution->owner.region, execution->owner.name, execution->label, execution->name };
}

/* A name that was made up ends in the execution's number, so it needs no row to be found by: twelve hexadecimal digits behind
 * those that are random. */
enum { NUMBER_DIGITS = 12 };

Str states_execution_make_name(Context *context, uint64_t number)
{
    static const char digits[] = "0123456789abcdef";
    Str   name = chance_uuid(context->chance, context->arena);
    char *end = (char *)name.data + name.length;
    for (int i = 0; i < NUMBER_DIGITS; i++, number >>= 4) *--end = digits[number & 15];
    return name;
}

static bool carries_number(Str name, uint64_t *out)
{
    if (name.length != TEXT_UUID_SIZE) return false;
    *out = 0;
    for (size_t i = name.length - NUMBER_DIGITS; i < name.length; i++) {
        char digit = name.data[i];
        if (!(digit >= '0' && digit <= '9') && !(digit >= 'a' && digit <= 'f')) return false;
        *out = *out << 4 | (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return true;
}

static Str list_key(char out[LIST_KEY], uint64_t machine, AslStatus status, uint64_t number)
{
    bytes_put_u64(out, machine);
    out[8] = (char)status;
    bytes_put_u64(out + 9, ~number);
    return str_from(out, LIST_KEY);
}

/* ---- reading ---- */

Error *states_execution_read(Context *context, uint64_t number, StatesExecution *out, bool *out_found)
{
    char key[STATES_ID_SIZE];
    Str  row;
    *out = (StatesExecution){ .number = number };
    TRY(store_get(context->store, context->arena, TABLE_STATES_EXECUTION, states_id_key(key, number), &row, out_found));
    if (!*out_found) return NULL;
    TRY(states_execution_decode(row, out));
    out->number = number;
    out->listed = (int)out->status;
    return NULL;
}

static Error *number_of(Context *context, Str key, uint64_t *out, bool *out_found)
{
    Str row;
    TRY(store_get(context->store, context->arena, TABLE_STATES_NAME, key, &row, out_found));
    if (*out_found && row.length != STATES_ID_SIZE) return error_new(ERR_CORRUPT, "the name of an execution leads nowhere");
    if (*out_found) *out = bytes_get_u64(row.data);
    return NULL;
}

static bool is_called(const StatesExecution *execution, const Naming *naming)
{
    Naming own = naming_of(execution);
    return str_equal(own.name, naming->name) && str_equal(own.machine, naming->machine) && str_equal(own.account, naming->account) &&
           str_equal(own.region, naming->region) && str_equal(own.label, naming->label);
}

static Error *find_named(Context *context, const Naming *naming, StatesExecution *out, bool *out_found)
{
    uint64_t number;
    if (carries_number(naming->name, &number)) {
        TRY(states_execution_read(context, number, out, out_found));
        if (*out_found && is_called(out, naming)) return NULL;
    }
    TRY(number_of(context, name_key(context->arena, naming), &number, out_found));
    return *out_found ? states_execution_read(context, number, out, out_found) : NULL;
}

Error *states_execution_by_name(Context *context, const StatesMachine *machine, Str name, StatesExecution *out, bool *out_found)
{
    Naming naming = { machine->account, machine->region, machine->name, STR_NONE, name };
    return find_named(context, &naming, out, out_found);
}

static Error *refuse_unknown(Str arn)
{
    return error_fault(&states_execution_does_not_exist, "Execution Does Not Exist: '%.*s'", STR_ARG(arn));
}

Error *states_execution_find(Context *context, Str text, StatesExecution *out)
{
    StatesArn arn;
    bool      found = false;
    TRY(states_arn_parse(text, "execution express", &arn));
    if (str_equal(arn.type, STR("express"))) return refuse_unknown(text);
    Naming naming = { arn.account, arn.region, arn.name, arn.label, arn.qualifier };
    TRY(find_named(context, &naming, out, &found));
    return found ? NULL : refuse_unknown(text);
}

/* ---- memory ---- */

static void unlink_execution(States *states, StatesExecution *execution)
{
    *(execution->newer ? &execution->newer->older : &states->execution_newest) = execution->older;
    *(execution->older ? &execution->older->newer : &states->execution_oldest) = execution->newer;
    execution->newer = execution->older = NULL;
}

static void unlink_unborn(States *states, StatesExecution *execution)
{
    if (states->execution_unborn == execution) states->execution_unborn = execution->older;
    if (execution->newer) execution->newer->older = execution->older;
    if (execution->older) execution->older->newer = execution->newer;
    execution->newer = execution->older = NULL;
}

static void link_unborn(States *states, StatesExecution *execution)
{
    execution->older = states->execution_unborn;
    if (execution->older) execution->older->newer = execution;
    states->execution_unborn = execution;
}

static void link_execution(States *states, StatesExecution *execution)
{
    execution->older = states->execution_newest;
    execution->newer = NULL;
    *(states->execution_newest ? &states->execution_newest->newer : &states->execution_oldest) = execution;
    states->execution_newest = execution;
}

static void free_execution(Context *context, StatesExecution *execution)
{
    if (context && execution->revision) states_revision_release(context, execution->revision);
    asl_state_free(execution->state);
    memory_free(execution->bytes);
    memory_free(execution);
}

void states_execution_drop(Context *context, StatesExecution *execution)
{
    States *states = states_of(context);
    if (execution->held) {
        map_remove(&states->executions, str_from(execution->key, sizeof execution->key));
        unlink_execution(states, execution);
    } else {
        unlink_unborn(states, execution);
    }
    free_execution(context, execution);
}

Error *states_execution_hold(Context *context, StatesExecution *execution)
{
    States *states = states_of(context);
    if (execution->held) return NULL;
    states_id_key(execution->key, execution->number);
    if (!map_put(&states->executions, str_from(execution->key, sizeof execution->key), execution)) return error_memory();
    execution->held = true;
    unlink_unborn(states, execution);
    link_execution(states, execution);
    if (states->executions.count > STATES_HELD_MAX) context_tick_at(context, context->now);
    return NULL;
}

/* Standard ones can be read again; express ones are nowhere else. */
void states_executions_trim(Context *context)
{
    States *states = states_of(context);
    for (StatesExecution *at = states->execution_oldest, *newer; at && states->executions.count > STATES_HELD_MAX * 3 / 4; at = newer) {
        newer = at->newer;
        if (!at->express && !at->touched) states_execution_drop(context, at);
    }
}

static void forget_list(StatesExecution *first)
{
    for (StatesExecution *at = first, *older; at; at = older) {
        older = at->older;
        free_execution(NULL, at);
    }
}

/* With the revisions they hold: those go with the service's memory too. */
void states_executions_forget(States *states)
{
    forget_list(states->execution_newest);
    forget_list(states->execution_unborn);
    map_done(&states->executions);
    states->execution_newest = states->execution_oldest = states->execution_unborn = NULL;
}

/* ---- with its state ---- */

Error *states_execution_new(Context *context, StatesExecution **out)
{
    StatesExecution *execution = memory_alloc_zero(sizeof *execution);
    if (!execution) return error_memory();
    Error *error = asl_state_new(&execution->state);
    if (error) {
        memory_free(execution);
        return error;
    }
    link_unborn(states_of(context), execution);
    *out = execution;
    return NULL;
}

static Error *read_cells(Context *context, StatesExecution *execution)
{
    StoreCursor *cursor;
    Str          prefix = states_id_key(execution->key, execution->number), key, value;
    bool         more;
    TRY(store_scan(context->store, context->arena, TABLE_STATES_CELL, prefix, prefix, &cursor));
    for (;;) {
        TRY(store_next(cursor, &key, &value, &more));
        if (!more) break;
        if (key.length != CELL_KEY) return error_new(ERR_CORRUPT, "a cell of an execution's state has no name");
        AslCell cell = { bytes_get_u64(key.data + 8), value.data ? value : STR("") };
        TRY(asl_state_apply(execution->state, &cell, 1));
    }
    store_scan_end(cursor);
    return NULL;
}

Error *states_execution_prepare(Context *context, StatesExecution *execution)
{
    TRY(states_revision_get(context, execution->owner.revision, &execution->revision));
    states_revision_keep(execution->revision);
    execution->program = asl_program_by_number(execution->revision->program, execution->machine);
    return execution->program ? NULL : error_new(ERR_CORRUPT, "an execution runs a machine that its definition does not have");
}

static Error *fill(Context *context, StatesExecution *execution, Str row)
{
    execution->bytes = memory_alloc(row.length + 1);
    if (!execution->bytes) return error_memory();
    memcpy(execution->bytes, row.data, row.length);
    uint64_t number = execution->number;
    TRY(states_execution_decode(str_from(execution->bytes, row.length), execution));
    execution->number = number;
    execution->listed = (int)execution->status;
    execution->counted = execution->status == ASL_RUNNING;
    execution->remembered = true;
    TRY(states_execution_prepare(context, execution));
    return read_cells(context, execution);
}

Error *states_execution_load(Context *context, uint64_t number, bool ended, StatesExecution **out)
{
    States *states = states_of(context);
    char    key[STATES_ID_SIZE];
    Str     row;
    bool    found;
    *out = map_get(&states->executions, states_id_key(key, number));
    if (*out) {
        unlink_execution(states, *out);
        link_execution(states, *out);
        return NULL;
    }
    TRY(store_get(context->store, context->arena, TABLE_STATES_EXECUTION, str_from(key, sizeof key), &row, &found));
    if (!found || (!ended && row.length > 1 && row.data[1] != ASL_RUNNING)) return NULL;
    StatesExecution *execution;
    TRY(states_execution_new(context, &execution));
    execution->number = number;
    Error *error = fill(context, execution, row);
    if (!error) error = states_execution_hold(context, execution);
    if (error) {
        states_execution_drop(context, execution);
        return error;
    }
    *out = execution;
    return NULL;
}

/* ---- writing ---- */

static Error *write_first(Context *context, const StatesExecution *execution)
{
    char     id[STATES_ID_SIZE];
    uint64_t number;
    Naming   naming = naming_of(execution);
    if (carries_number(execution->name, &number) && number == execution->number) return NULL;
    return store_put(context->store, TABLE_STATES_NAME, name_key(context->arena, &naming), states_id_key(id, execution->number));
}

static Error *write_list(Context *context, StatesExecution *execution)
{
    char   key[LIST_KEY];
    /* A map run's children are listed with their run. */
    uint64_t list = execution->parent.kind == STATES_PARENT_MAP_RUN ? execution->parent.execution : execution->owner.machine;
    if (execution->listed == (int)execution->status) return NULL;
    if (execution->listed >= 0) TRY(store_delete(context->store, TABLE_STATES_LIST, list_key(key, list, (AslStatus)execution->listed, execution->number)));
    TRY(store_put(context->store, TABLE_STATES_LIST, list_key(key, list, execution->status, execution->number), STR("")));
    execution->listed = (int)execution->status;
    return NULL;
}

static Error *write_record(Context *context, StoreTable table, const StatesExecution *execution)
{
    char    key[STATES_ID_SIZE];
    Buffer *row = &states_of(context)->scratch;
    states_execution_encode(row, execution);
    if (row->failed) return error_memory();
    return store_put(context->store, table, states_id_key(key, execution->number), buffer_str(row));
}

/* An express execution leaves a row only while a crash would have to begin it again. */
static Error *save_express(Context *context, StatesExecution *execution)
{
    char key[STATES_ID_SIZE];
    bool wanted = execution->status == ASL_RUNNING && !execution->sync;
    bool there = execution->listed >= 0;
    if (wanted && !there) TRY(write_record(context, TABLE_STATES_EXPRESS, execution));
    if (!wanted && there) TRY(store_delete(context->store, TABLE_STATES_EXPRESS, states_id_key(key, execution->number)));
    execution->listed = wanted ? ASL_RUNNING : -1;
    return NULL;
}

Error *states_execution_save(Context *context, StatesExecution *execution)
{
    if (execution->express) return save_express(context, execution);
    if (execution->listed < 0) TRY(write_first(context, execution));
    TRY(write_list(context, execution));
    return write_record(context, TABLE_STATES_EXECUTION, execution);
}

/* ---- after a crash ---- */

enum { REVIVED_AT_ONCE = 64 };

static Error *revive(Context *context, uint64_t number, Str row)
{
    StatesExecution *execution;
    bool             ignored;
    TRY(states_execution_new(context, &execution));
    execution->number = number;
    Error *error = fill(context, execution, row);
    if (!error) error = states_execution_hold(context, execution);
    if (error) {
        states_execution_drop(context, execution);
        return error;
    }
    AslEvent start = { .kind = ASL_START, .payload = str_copy(context->arena, execution->input) };
    return states_send(context, number, &start, &ignored);
}

Error *states_executions_revive(Context *context, bool *out_more)
{
    States    *states = states_of(context);
    StatesRow *rows;
    size_t     count;
    char       key[STATES_ID_SIZE];
    TRY(states_row_list(context, TABLE_STATES_EXPRESS, STR_NONE, states_id_key(key, states->revived), REVIVED_AT_ONCE, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        uint64_t number = bytes_get_u64(rows[i].key.data);
        states->revived = number;
        if (!map_get(&states->executions, rows[i].key)) TRY(revive(context, number, rows[i].value));
    }
    *out_more = count == REVIVED_AT_ONCE;
    return NULL;
}
