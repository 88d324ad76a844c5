/* states_map_random_test.c -- map runs under random operations with restarts and crashes: whatever happens, the counts add up, a
 * run that is under way moves on, its execution knows how it ended, and what it gives are its items in their order. */
#include "loop/chance.h"
#include "tests/unit/services/states_bed.h"

#define EXECUTION STATES_ARN("execution")
#define CHILD \
    "'StartAt': 'P', 'States': {'P': {'Type': 'Wait', 'SecondsPath': '$.s', 'Next': 'Q'}, " \
    "'Q': {'Type': 'Choice', 'Choices': [{'Variable': '$.bad', 'IsPresent': true, 'Next': 'F'}], 'Default': 'S'}, " \
    "'F': {'Type': 'Fail', 'Error': 'E'}, 'S': {'Type': 'Succeed'}}"
#define MAP_OF(type, fields) \
    "{'StartAt': 'M', 'States': {'M': {'Type': 'Map', 'End': true, " fields "'ItemProcessor': {'ProcessorConfig': {'Mode': 'DISTRIBUTED', " \
    "'ExecutionType': '" type "'}, " CHILD "}}}}"

static const struct {
    const char *name, *definition;
    int64_t     limit;
    bool        express;
} machines[] = {
    { "strict", MAP_OF("STANDARD", "'MaxConcurrency': 3, "), 3, false },
    { "count", MAP_OF("STANDARD", "'ToleratedFailureCount': 2, "), 1000, false },
    { "percent", MAP_OF("STANDARD", "'MaxConcurrency': 1, 'ToleratedFailurePercentage': 40, "), 1, false },
    { "express", MAP_OF("EXPRESS", "'MaxConcurrency': 4, 'ToleratedFailurePercentage': 20, "), 4, true },
};

enum { MACHINES = sizeof machines / sizeof machines[0], EXECUTIONS_MAX = 60, ITEMS_MAX = 14, STEPS = 220 };

typedef struct Started {
    int  machine, items;
    char input[ITEMS_MAX * 24 + 4];
} Started;

static Started started[EXECUTIONS_MAX];
static int     started_count;

static void start(Bed *bed, Chance *chance)
{
    char name[16];
    if (started_count == EXECUTIONS_MAX) return;
    Started *one = &started[started_count];
    size_t   at = 1;
    one->machine = (int)chance_below(chance, MACHINES);
    one->items = (int)chance_below(chance, ITEMS_MAX + 1);
    one->input[0] = '[';
    for (int i = 0; i < one->items; i++)
        at += (size_t)snprintf(one->input + at, sizeof one->input - at, "%s{'s':%d,'i':%d%s}", i ? "," : "", (int)chance_below(chance, 20), i,
                               chance_one_in(chance, 8) ? ",'bad':1" : "");
    snprintf(one->input + at, sizeof one->input - at, "]");
    snprintf(name, sizeof name, "e%d", started_count);
    states_run(bed, machines[one->machine].name, name, one->input);
    started_count++;
}

static void name_of(int execution, char out[40])
{
    snprintf(out, 40, "%s:e%d", machines[started[execution].machine].name, execution);
}

static int64_t number(const Json *object, const char *name)
{
    int64_t value = 0;
    json_get_int(object, str_from_c(name), &value);
    return value;
}

static int64_t children_that_run(Bed *bed, Str run)
{
    Json *list = bed_call(bed, "ListExecutions", "{'mapRunArn': '%.*s', 'statusFilter': 'RUNNING', 'maxResults': 1000}", STR_ARG(run));
    return list ? (int64_t)json_get(list, STR("executions"))->count : -1;
}

static void check_counts(const Json *counts, int64_t items)
{
    static const char *const parts[] = { "pending", "running", "succeeded", "failed", "timedOut", "aborted", "pendingRedrive" };
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        CHECK(number(counts, parts[i]) >= 0);
        sum += number(counts, parts[i]);
    }
    CHECK_INT(sum, items);
    CHECK_INT(number(counts, "total"), items);
}

/* Only what has not failed can be compared; the others are told about. */
static void check_output(Bed *bed, const Started *one, Str output)
{
    Json *wanted, *given, *item;
    Str   input = str_copy(&bed->arena, str_from_c(one->input));
    for (size_t i = 0; i < input.length; i++)
        if (input.data[i] == '\'') ((char *)input.data)[i] = '"';
    CHECK_OK(json_parse(&bed->arena, input, NULL, &wanted));
    CHECK_OK(json_parse(&bed->arena, output, NULL, &given));
    CHECK_INT(given->count, wanted->count);
    JSON_EACH_ITEM(given, item) {
        if (!json_get(item, STR("Status"))) CHECK(json_equal(item, wanted->items[item_at]));
        else CHECK_STR(json_get_str(item, STR("Input")), json_text(&bed->arena, wanted->items[item_at]));
    }
}

static void check(Bed *bed, int execution)
{
    const Started *one = &started[execution];
    char           name[40];
    name_of(execution, name);
    Json *told = states_told(bed, name);
    Json *runs = bed_call(bed, "ListMapRuns", "{'executionArn': '" EXECUTION "%s'}", name);
    if (!CHECK(told && runs && json_get(runs, STR("mapRuns"))->count == 1)) return;
    Str   arn = str_copy(&bed->arena, bed_text(runs, "mapRuns.0.mapRunArn")), status = json_get_str(told, STR("status"));
    Json *run = bed_call(bed, "DescribeMapRun", "{'mapRunArn': '%.*s'}", STR_ARG(arn));
    int64_t running = number(json_get(run, STR("itemCounts")), "running");
    CHECK_STR(json_get_str(run, STR("status")), status);
    check_counts(json_get(run, STR("itemCounts")), one->items);
    check_counts(json_get(run, STR("executionCounts")), one->items);
    if (!machines[one->machine].express) CHECK_INT(children_that_run(bed, arn), running);
    CHECK(str_equal(status, STR("RUNNING")) ? running > 0 && running <= machines[one->machine].limit : running == 0);
    if (str_equal(status, STR("SUCCEEDED"))) check_output(bed, one, json_get_str(told, STR("output")));
}

static void operate(Bed *bed, Chance *chance, const char *operation)
{
    char name[40];
    if (!started_count) return;
    name_of((int)chance_below(chance, (uint64_t)started_count), name);
    bed_call(bed, operation, "{'executionArn': '" EXECUTION "%s'}", name); /* some are refused */
}

static void step(Bed *bed, Chance *chance)
{
    switch (chance_below(chance, 10)) {
    case 0:
    case 1:
    case 2: start(bed, chance); break;
    case 3: operate(bed, chance, "StopExecution"); break;
    case 4:
    case 5: operate(bed, chance, "RedriveExecution"); break;
    case 6: bed_restart(bed, chance_one_in(chance, 2)); break;
    default: bed_advance(bed, (Duration)chance_below(chance, 15000) * DURATION_MS);
    }
    bed_settle(bed);
}

TEST(test_states_map_random)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        Bed    bed;
        Chance chance;
        bed_open(&bed, &states_service, seed);
        chance_init_seed(&chance, seed);
        started_count = 0;
        for (size_t i = 0; i < MACHINES; i++) states_machine(&bed, machines[i].name, machines[i].definition);
        for (int i = 0; i < STEPS; i++) {
            step(&bed, &chance);
            if (i % 4 == 0 && started_count) check(&bed, (int)chance_below(&chance, (uint64_t)started_count));
            bed_forget(&bed);
        }
        bed_advance(&bed, DURATION_HOUR);
        for (int i = 0; i < started_count; i++) {
            char name[40];
            name_of(i, name);
            check(&bed, i);
            CHECK(!str_equal(json_get_str(states_told(&bed, name), STR("status")), STR("RUNNING")));
            bed_forget(&bed);
        }
        bed_close(&bed);
    }
}
