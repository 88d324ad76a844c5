/* states_machines_use_test.c -- what running executions need of state machines (machines.h), through a service that has a
 * few operations more; and what is kept in memory. */
#include "base/log.h"
#include "services/states/counts.h"
#include "services/states/machines.h"
#include "services/states/rows.h"
#include "services/states/states_internal.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

#define ARN  "arn:aws:states:us-east-1:000000000000:stateMachine:"
#define ROLE "arn:aws:iam::000000000000:role/r"

/* ---- more operations ---- */

static void add_machine(Arena *arena, Json *output, const StatesMachine *machine)
{
    json_add_str(arena, output, STR("name"), machine->name);
    json_add_str(arena, output, STR("arn"), machine->arn);
    json_add_str(arena, output, STR("version"), machine->version_arn);
    json_add_str(arena, output, STR("alias"), machine->alias_arn);
    json_add_str(arena, output, STR("label"), machine->label);
    json_add_int(arena, output, STR("id"), (int64_t)machine->id);
    json_add_int(arena, output, STR("revision"), (int64_t)machine->revision);
    json_add_int(arena, output, STR("type"), machine->type);
    json_add(arena, output, STR("deleting"), json_bool(arena, machine->deleting));
}

static Error *resolve(Context *context, const Json *input, Json **out)
{
    StatesMachine machine;
    TRY(states_machine_resolve(context, json_get_str(input, STR("arn")), &machine));
    *out = json_object(context->arena);
    add_machine(context->arena, *out, &machine);
    return NULL;
}

static Error *get_revision(Context *context, const Json *input, Json **out)
{
    const StatesRevision *revision, *again;
    int64_t               id = 0;
    json_get_int(input, STR("id"), &id);
    TRY(states_revision_get(context, (uint64_t)id, &revision));
    TRY(states_revision_get(context, (uint64_t)id, &again));
    CHECK(revision == again && revision->program);
    *out = json_object(context->arena);
    json_add_str(context->arena, *out, STR("definition"), str_copy(context->arena, revision->definition));
    json_add_str(context->arena, *out, STR("role"), str_copy(context->arena, revision->role_arn));
    json_add_int(context->arena, *out, STR("machine"), (int64_t)revision->machine_id);
    states_revision_tell_settings(context->arena, revision, *out);
    *out = json_copy(context->arena, *out);
    return NULL;
}

static StatesOwner owner_of(const Json *input)
{
    StatesOwner owner = { .account = STR("000000000000"),
                          .region = STR("us-east-1"),
                          .name = json_get_str(input, STR("name")) };
    int64_t     machine = 0, revision = 0;
    json_get_int(input, STR("id"), &machine);
    json_get_int(input, STR("revision"), &revision);
    owner.machine = (uint64_t)machine;
    owner.revision = (uint64_t)revision;
    return owner;
}

/* Counts are written when the batch is, and there is one when a row was written: what calls that count always do. */
static Error *write_something(Context *context)
{
    return store_put(context->store, TABLE_STATES_TAGS, STR("test"), STR("something"));
}

/* Counts executions: {"name", "id", "revision", "running", "remembered"}. */
static Error *add_executions(Context *context, const Json *input, Json **out)
{
    StatesOwner owner = owner_of(input);
    int64_t     running = 0, remembered = 0;
    bool        deleting;
    uint64_t    now;
    json_get_int(input, STR("running"), &running);
    json_get_int(input, STR("remembered"), &remembered);
    TRY(states_machine_is_deleting(context, &owner, &deleting));
    TRY(write_something(context));
    TRY(states_executions_add(context, &owner, running, remembered));
    TRY(states_executions_running(context, owner.machine, &now));
    *out = json_object(context->arena);
    json_add(context->arena, *out, STR("deleting"), json_bool(context->arena, deleting));
    json_add_int(context->arena, *out, STR("running"), (int64_t)now);
    return NULL;
}

/* Writes a row, reads it, and is refused. */
static Error *write_and_refuse(Context *context, const Json *input, Json **out)
{
    Str  row;
    bool found;
    (void)input;
    (void)out;
    TRY(states_row_put(context, TABLE_STATES_MACHINE, STR("000000000000/us-east-1/m"), STR("nonsense")));
    TRY(states_row_get(context, TABLE_STATES_MACHINE, STR("000000000000/us-east-1/m"), &row, &found));
    CHECK_STR(row, STR("nonsense"));
    return error_fault(&states_validation, "refused");
}

/* Adds to the count of machines or activities of the caller. */
static Error *add_count(Context *context, const Json *input, Json **out)
{
    StatesCount *count;
    int64_t      delta = 0;
    (void)out;
    json_get_int(input, STR("delta"), &delta);
    TRY(states_count(context, *json_get_str(input, STR("kind")).data, STR("000000000000/us-east-1"), &count));
    TRY(write_something(context));
    states_count_add(states_of(context), count, delta);
    return NULL;
}

/* Reads more rows and counts than are kept. */
static Error *read_much(Context *context, const Json *input, Json **out)
{
    (void)input;
    (void)out;
    for (uint64_t i = 0; i < STATES_ROWS_MAX + 10; i++) {
        char key[STATES_ID_SIZE];
        Str  row;
        bool found;
        TRY(store_put(context->store, TABLE_STATES_ACTIVITY, states_id_key(key, i), STR("row")));
        TRY(states_row_get(context, TABLE_STATES_ACTIVITY, states_id_key(key, i), &row, &found));
        CHECK(found);
    }
    for (uint64_t i = 0; i < STATES_COUNTS_MAX + 10; i++) {
        StatesCount *count;
        TRY(states_count_of_id(context, STATES_COUNT_RUNNING, i + 1000000, &count));
    }
    return NULL;
}

static Error *tell_kept(Context *context, const Json *input, Json **out)
{
    const States *states = states_of(context);
    (void)input;
    *out = json_object(context->arena);
    json_add_int(context->arena, *out, STR("rows"), (int64_t)states->rows.count);
    json_add_int(context->arena, *out, STR("counts"), (int64_t)states->counts.count);
    json_add_int(context->arena, *out, STR("revisions"), (int64_t)states->revisions.count);
    json_add_int(context->arena, *out, STR("bytes"), (int64_t)states->revision_bytes);
    return NULL;
}

/* Keeps a revision beyond its call, or lets it go. */
static const StatesRevision *held;

static Error *hold(Context *context, const Json *input, Json **out)
{
    int64_t id;
    (void)out;
    if (json_get_int(input, STR("id"), &id)) {
        TRY(states_revision_get(context, (uint64_t)id, &held));
        states_revision_keep(held);
    } else {
        states_revision_release(context, held);
    }
    return NULL;
}

static const Operation more[] = {
    { .name = STR_CONST("Resolve"), .run = resolve, .flags = OP_READ },
    { .name = STR_CONST("GetRevision"), .run = get_revision, .flags = OP_READ },
    { .name = STR_CONST("AddExecutions"), .run = add_executions, .flags = OP_WRITE },
    { .name = STR_CONST("WriteAndRefuse"), .run = write_and_refuse, .flags = OP_WRITE },
    { .name = STR_CONST("AddCount"), .run = add_count, .flags = OP_WRITE },
    { .name = STR_CONST("ReadMuch"), .run = read_much, .flags = OP_WRITE },
    { .name = STR_CONST("TellKept"), .run = tell_kept, .flags = OP_READ },
    { .name = STR_CONST("Hold"), .run = hold, .flags = OP_READ },
};

enum { MORE = sizeof more / sizeof *more, OPERATIONS_MAX = 64 };

static const Service *extended(void)
{
    static Operation operations[OPERATIONS_MAX];
    static Service   service;
    service = states_service;
    memcpy(operations, states_service.operations, states_service.operation_count * sizeof *operations);
    memcpy(operations + states_service.operation_count, more, sizeof more);
    service.operations = operations;
    service.operation_count += MORE;
    return &service;
}

/* ---- helpers ---- */

static Json *create(Bed *bed, const char *members)
{
    return bed_call(bed, "CreateStateMachine",
                    "{'name': 'm', 'roleArn': '" ROLE
                    "', 'definition': '{\\'StartAt\\': \\'A\\', \\'States\\': {\\'A\\': "
                    "{\\'Type\\': \\'Pass\\', \\'End\\': true}}}'%s}",
                    members);
}

static Json *update(Bed *bed, int number, bool publish)
{
    return bed_call(bed, "UpdateStateMachine",
                    "{'stateMachineArn': '" ARN
                    "m', 'publish': %s, 'definition': '{\\'Comment\\': \\'%d\\', \\'StartAt\\': "
                    "\\'A\\', \\'States\\': {\\'A\\': {\\'Type\\': \\'Pass\\', \\'End\\': true}}}'}",
                    publish ? "true" : "false", number);
}

static Json *resolved(Bed *bed, const char *name)
{
    return bed_call(bed, "Resolve", "{'arn': '" ARN "%s'}", name);
}

static int64_t number_of(const Json *value, const char *member)
{
    int64_t number = -1;
    json_get_int(value, str_from_c(member), &number);
    return number;
}

static Json *executions(Bed *bed, const Json *machine, int running, int remembered)
{
    return bed_call(
        bed, "AddExecutions", "{'name': 'm', 'id': %lld, 'revision': %lld, 'running': %d, 'remembered': %d}",
        (long long)number_of(machine, "id"), (long long)number_of(machine, "revision"), running, remembered);
}

static Json *revision(Bed *bed, const Json *machine)
{
    return bed_call(bed, "GetRevision", "{'id': %lld}", (long long)number_of(machine, "revision"));
}

/* ---- resolving ---- */

TEST(test_states_resolve)
{
    Bed bed;
    bed_open(&bed, extended(), 1);
    create(&bed, ", 'publish': true, 'type': 'EXPRESS'");
    update(&bed, 2, true);
    update(&bed, 3, false);
    bed_call(&bed, "CreateStateMachineAlias",
             "{'name': 'A', 'routingConfiguration': [{'stateMachineVersionArn': '" ARN "m:2', 'weight': 100}]}");
    Json *machine = resolved(&bed, "m"), *version = resolved(&bed, "m:1"), *alias = resolved(&bed, "m:A");
    CHECK_TEXT(machine, "arn", ARN "m");
    CHECK_TEXT(machine, "version", "");
    CHECK_TEXT(machine, "type", "2");
    CHECK_TEXT(version, "arn", ARN "m");
    CHECK_TEXT(version, "version", ARN "m:1");
    CHECK_TEXT(version, "alias", "");
    CHECK_TEXT(alias, "version", ARN "m:2");
    CHECK_TEXT(alias, "alias", ARN "m:A");
    CHECK_INT(number_of(version, "id"), number_of(machine, "id"));
    CHECK(str_find(bed_text(revision(&bed, machine), "definition"), STR("\"3\""), &(size_t){ 0 }));
    CHECK(str_find(bed_text(revision(&bed, alias), "definition"), STR("\"2\""), &(size_t){ 0 }));
    CHECK_TEXT(revision(&bed, version), "definition",
               "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"End\": true}}}");
    CHECK_TEXT(revision(&bed, version), "role", ROLE);
    CHECK_TEXT(revision(&bed, version), "loggingConfiguration.level", "OFF");
    CHECK_TEXT(resolved(&bed, "m/label"), "label", "label");
    CHECK(!resolved(&bed, "m/label:1"));
    CHECK_REFUSED(&bed, "ValidationException", "");
    CHECK(!resolved(&bed, "n"));
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "");
    bed_call(&bed, "Resolve", "{'arn': 'x'}");
    CHECK_REFUSED(&bed, "InvalidArn", "");
    bed_close(&bed);
}

TEST(test_states_alias_weights)
{
    Bed bed;
    int second = 0;
    bed_open(&bed, extended(), 2);
    create(&bed, ", 'publish': true");
    update(&bed, 2, true);
    bed_call(&bed, "CreateStateMachineAlias",
             "{'name': 'A', 'routingConfiguration': [{'stateMachineVersionArn': '" ARN "m:1', 'weight': 90}, "
             "{'stateMachineVersionArn': '" ARN "m:2', 'weight': 10}]}");
    for (int i = 0; i < 1000; i++) second += str_equal(bed_text(resolved(&bed, "m:A"), "version"), STR(ARN "m:2"));
    CHECK(second > 60 && second < 140);
    bed_call(&bed, "UpdateStateMachineAlias",
             "{'stateMachineAliasArn': '" ARN "m:A', 'routingConfiguration': [{'stateMachineVersionArn': '" ARN
             "m:1', 'weight': 0}, {'stateMachineVersionArn': '" ARN "m:2', 'weight': 100}]}");
    for (int i = 0; i < 100; i++) CHECK_TEXT(resolved(&bed, "m:A"), "version", ARN "m:2");
    bed_close(&bed);
}

/* ---- revisions ---- */

/* A revision is there for as long as somebody needs it. */
TEST(test_states_revision_uses)
{
    Bed bed;
    bed_open(&bed, extended(), 3);
    create(&bed, "");
    Json *first = resolved(&bed, "m");
    executions(&bed, first, 1, 1);
    update(&bed, 2, true);
    Json *second = resolved(&bed, "m");
    update(&bed, 3, false);
    Json *third = resolved(&bed, "m");
    update(&bed, 4, false);
    log_set_level(LOG_NOTHING);
    for (int life = 0; life < 2; life++) {
        CHECK(revision(&bed, first));
        CHECK(revision(&bed, second));
        bed_restart(&bed, true);
        CHECK(!revision(&bed, third));
    }
    executions(&bed, first, -1, 0);
    bed_restart(&bed, true);
    CHECK(revision(&bed, first));
    executions(&bed, first, 0, -1);
    bed_call(&bed, "DeleteStateMachineVersion", "{'stateMachineVersionArn': '" ARN "m:1'}");
    bed_restart(&bed, true);
    CHECK(!revision(&bed, first));
    CHECK(!revision(&bed, second));
    CHECK(revision(&bed, resolved(&bed, "m")));
    log_set_level(LOG_INFO);
    bed_close(&bed);
}

/* What an execution that has ended ran outlives the machine, until it is forgotten. */
TEST(test_states_revision_outlives_machine)
{
    Bed bed;
    bed_open(&bed, extended(), 4);
    create(&bed, ", 'publish': true");
    Json *machine = resolved(&bed, "m");
    executions(&bed, machine, 1, 1);
    executions(&bed, machine, -1, 0);
    bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m'}");
    CHECK(!resolved(&bed, "m"));
    CHECK(create(&bed, ""));
    bed_restart(&bed, true);
    CHECK_INT(number_of(revision(&bed, machine), "machine"), number_of(machine, "id"));
    CHECK(number_of(resolved(&bed, "m"), "id") != number_of(machine, "id"));
    CHECK_TEXT(executions(&bed, machine, 0, -1), "deleting", "true"); /* its machine is gone; this one is another */
    bed_restart(&bed, true);
    log_set_level(LOG_NOTHING);
    CHECK(!revision(&bed, machine));
    log_set_level(LOG_INFO);
    CHECK(revision(&bed, resolved(&bed, "m")));
    bed_close(&bed);
}

TEST(test_states_revisions_kept)
{
    enum { COUNT = 80, BIG = 1000000 };
    Bed   bed;
    char *filler = memory_alloc(BIG + 1);
    if (!CHECK(filler != NULL)) return;
    memset(filler, ' ', BIG);
    filler[BIG] = 0;
    bed_open(&bed, extended(), 5);
    create(&bed, "");
    long long ids[COUNT];
    for (int i = 0; i < COUNT; i++) {
        bed_call(&bed, "UpdateStateMachine",
                 "{'stateMachineArn': '" ARN
                 "m', 'publish': true, 'definition': '{\\'StartAt\\': \\'A\\', \\'States\\': "
                 "{\\'A\\': {\\'Type\\': \\'Pass\\', \\'Result\\': \\'%d %s\\', \\'End\\': true}}}'}",
                 i, filler);
        ids[i] = number_of(resolved(&bed, "m"), "revision");
        if (!i) bed_call(&bed, "Hold", "{'id': %lld}", ids[0]);
        CHECK(bed_call(&bed, "GetRevision", "{'id': %lld}", ids[i]));
        bed_forget(&bed);
    }
    Json *kept = bed_call(&bed, "TellKept", "{}");
    CHECK(number_of(kept, "bytes") <= STATES_REVISIONS_BYTES_MAX && number_of(kept, "bytes") > BIG);
    CHECK(number_of(kept, "revisions") < COUNT);
    /* who is kept is not moved */
    const StatesRevision *before = held;
    CHECK(bed_call(&bed, "GetRevision", "{'id': %lld}", ids[0]));
    CHECK(before == held && held->definition.length > BIG);
    bed_call(&bed, "Hold", "{}");
    for (int i = 1; i < COUNT; i++) {
        CHECK(bed_call(&bed, "GetRevision", "{'id': %lld}", ids[i]));
        bed_forget(&bed);
    }
    CHECK(number_of(bed_call(&bed, "TellKept", "{}"), "bytes") <= STATES_REVISIONS_BYTES_MAX);
    bed_close(&bed);
    memory_free(filler);
}

/* ---- deleting ---- */

TEST(test_states_deleting)
{
    Bed bed;
    bed_open(&bed, extended(), 6);
    create(&bed, ", 'publish': true");
    bed_call(&bed, "CreateStateMachineAlias",
             "{'name': 'A', 'routingConfiguration': [{'stateMachineVersionArn': '" ARN "m:1', 'weight': 100}]}");
    Json *machine = resolved(&bed, "m");
    CHECK_TEXT(executions(&bed, machine, 2, 2), "deleting", "false");
    CHECK(bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m'}"));
    CHECK(bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m'}"));
    bed_restart(&bed, true);
    CHECK_TEXT(bed_call(&bed, "DescribeStateMachine", "{'stateMachineArn': '" ARN "m'}"), "status", "DELETING");
    CHECK_TEXT(resolved(&bed, "m"), "deleting", "true");
    CHECK_TEXT(bed_call(&bed, "ListStateMachines", "{}"), "stateMachines.0.name", "m");
    static const struct {
        const char *operation, *input;
    } refused[] = {
        { "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'roleArn': '" ROLE "'}" },
        { "PublishStateMachineVersion", "{'stateMachineArn': '" ARN "m'}" },
        { "ListStateMachineAliases", "{'stateMachineArn': '" ARN "m'}" },
        { "UpdateStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:A', 'description': 'd'}" },
        { "CreateStateMachineAlias",
          "{'name': 'B', 'routingConfiguration': [{'stateMachineVersionArn': '" ARN "m:1', 'weight': 100}]}" },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        bed_call(&bed, refused[i].operation, "%s", refused[i].input);
        CHECK_REFUSED(&bed, "StateMachineDeleting", "State Machine is being deleted: '" ARN "m");
    }
    create(&bed, "");
    CHECK_REFUSED(&bed, "StateMachineDeleting", "State Machine is being deleted: '" ARN "m'");
    CHECK_TEXT(executions(&bed, machine, -1, 0), "running", "1");
    CHECK_TEXT(executions(&bed, machine, 0, 0), "deleting", "true");
    CHECK(resolved(&bed, "m"));
    CHECK_TEXT(executions(&bed, machine, -1, -1), "running", "0");
    CHECK(!resolved(&bed, "m"));
    CHECK(!resolved(&bed, "m:1"));
    CHECK(create(&bed, ""));
    bed_restart(&bed, true);
    CHECK(resolved(&bed, "m"));
    CHECK(!resolved(&bed, "m:A"));
    bed_close(&bed);
}

/* ---- limits and memory ---- */

TEST(test_states_resource_limits)
{
    Bed bed;
    bed_open(&bed, extended(), 7);
    bed_call(&bed, "AddCount", "{'kind': 'm', 'delta': %d}", STATES_MACHINES_MAX - 1);
    bed_call(&bed, "AddCount", "{'kind': 'a', 'delta': %d}", STATES_ACTIVITIES_MAX - 1);
    CHECK(create(&bed, ""));
    CHECK(create(&bed, "")); /* a twin is not one more */
    CHECK(bed_call(&bed, "CreateActivity", "{'name': 'a'}"));
    bed_restart(&bed, true);
    bed_call(&bed, "CreateStateMachine",
             "{'name': 'n', 'roleArn': '" ROLE "', 'definition': '{\\'StartAt\\': \\'A\\', \\'States\\': {\\'A\\': "
             "{\\'Type\\': \\'Succeed\\'}}}'}");
    CHECK_REFUSED(&bed, "StateMachineLimitExceeded", "100000");
    bed_call(&bed, "CreateActivity", "{'name': 'b'}");
    CHECK_REFUSED(&bed, "ActivityLimitExceeded", "100000");
    bed.caller.region = STR("eu-west-1");
    CHECK(create(&bed, ""));
    bed.caller.region = STR("us-east-1");
    CHECK(bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m'}"));
    CHECK(create(&bed, ""));
    CHECK(bed_call(&bed, "DeleteActivity", "{'activityArn': 'arn:aws:states:us-east-1:000000000000:activity:a'}"));
    CHECK(bed_call(&bed, "CreateActivity", "{'name': 'b'}"));
    bed_close(&bed);
}

/* A call that is refused has changed nothing, in the store or in memory. */
TEST(test_states_refused_write)
{
    Bed bed;
    bed_open(&bed, extended(), 8);
    create(&bed, "");
    CHECK(resolved(&bed, "m"));
    bed_call(&bed, "WriteAndRefuse", "{}");
    CHECK_REFUSED(&bed, "ValidationException", "refused");
    CHECK_TEXT(resolved(&bed, "m"), "name", "m");
    CHECK(bed_call(&bed, "CreateActivity", "{'name': 'a'}")); /* something is committed */
    CHECK_TEXT(resolved(&bed, "m"), "name", "m");
    CHECK_TEXT(resolved(&bed, "m"), "name", "m");
    bed_close(&bed);
}

TEST(test_states_memory_bounds)
{
    Bed bed;
    bed_open(&bed, extended(), 9);
    create(&bed, "");
    CHECK(bed_call(&bed, "ReadMuch", "{}"));
    Json *kept = bed_call(&bed, "TellKept", "{}");
    CHECK(number_of(kept, "rows") < STATES_ROWS_MAX);
    CHECK(number_of(kept, "counts") < STATES_COUNTS_MAX);
    CHECK(resolved(&bed, "m"));
    bed_close(&bed);
}

/* Fails the n-th allocation of each operation: it has happened as a whole, or not. */
TEST(test_states_out_of_memory)
{
    Bed bed;
    int refused = 0;
    bed_open(&bed, extended(), 10);
    log_set_level(LOG_NOTHING);
    for (uint64_t nth = 1; nth <= 60; nth++) {
        bed.fail_allocation = nth;
        bool created = create(&bed, ", 'publish': true") != NULL;
        CHECK((resolved(&bed, "m:1") != NULL) == created);
        if (!created) refused++, create(&bed, ", 'publish': true");
        bed.fail_allocation = nth;
        bool updated = update(&bed, (int)nth, true) != NULL;
        CHECK((resolved(&bed, "m:2") != NULL) == updated);
        refused += !updated;
        bed.fail_allocation = nth;
        refused += revision(&bed, resolved(&bed, "m")) == NULL;
        CHECK(revision(&bed, resolved(&bed, "m")));
        bed.fail_allocation = nth;
        bool deleted = bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m'}") != NULL;
        CHECK((resolved(&bed, "m") == NULL) == deleted);
        if (!deleted) refused++, bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m'}");
        CHECK_TEXT(bed_call(&bed, "ListStateMachines", "{}"), "stateMachines", "[]");
    }
    CHECK(refused > 10);
    log_set_level(LOG_INFO);
    bed_close(&bed);
}
