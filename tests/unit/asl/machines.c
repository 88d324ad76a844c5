/* machines.c -- state machines by chance.
 *
 * A block is a row of states; every transition leads to a later one, so a machine ends unless its tasks do not, and each state
 * can be reached from the one before it. Names are numbered over the whole machine. */
#include "tests/unit/asl/machines.h"

enum { ROW_MAX = 4, DEPTH_MAX = 2 };

typedef struct Maker {
    Arena  *arena;
    Chance *chance;
    bool    jsonata, express; /* within an express machine only what answers at once may be asked */
    int     names, depth;
} Maker;

typedef struct Row { /* of a block: the names of its states */
    Str names[ROW_MAX];
    int count, at;
} Row;

static Json *make_block(Maker *maker, int depth);

/* ---- small things ---- */

static int below(Maker *maker, int bound)
{
    return (int)chance_below(maker->chance, (uint64_t)bound);
}

static bool one_in(Maker *maker, int n)
{
    return below(maker, n) == 0;
}

static const char *pick(Maker *maker, const char *const *texts, int count)
{
    return texts[below(maker, count)];
}

#define PICK(maker, texts) pick((maker), (texts), (int)(sizeof(texts) / sizeof *(texts)))

static void set_text(Maker *maker, Json *object, const char *name, const char *text)
{
    json_set(maker->arena, object, str_from_c(name), json_str(maker->arena, str_from_c(text)));
}

static void set_int(Maker *maker, Json *object, const char *name, int64_t value)
{
    json_set(maker->arena, object, str_from_c(name), json_int_new(maker->arena, value));
}

static void set_json(Maker *maker, Json *object, const char *name, const char *text)
{
    Json  *value;
    Error *error = json_parse(maker->arena, str_from_c(text), NULL, &value);
    if (error) abort();
    json_set(maker->arena, object, str_from_c(name), value);
}

static bool has_later(const Row *row)
{
    return row->at + 1 < row->count;
}

/* The next state of the row, so that every state can be reached; or the end. */
static void set_next(Maker *maker, const Row *row, Json *state)
{
    if (has_later(row)) json_set(maker->arena, state, STR("Next"), json_str(maker->arena, row->names[row->at + 1]));
    else json_set(maker->arena, state, STR("End"), json_bool(maker->arena, true));
}

static Json *later(Maker *maker, const Row *row)
{
    return json_str(maker->arena, row->names[row->at + 1 + below(maker, row->count - row->at - 1)]);
}

/* ---- what several types have ---- */

static void add_flow(Maker *maker, Json *state, bool works)
{
    static const char *const outputs[] = { "{\"o\":\"{% $states.input %}\"}", "\"{% $states.input.x + 1 %}\"", "[1,\"{% $count($states.input.items) %}\"]", "null" };
    static const char *const assigns[] = { "{\"v%d\":\"{%% $states.input.x %%}\"}", "{\"v%d\":7}" };
    static const char *const paths[] = { "\"$\"", "\"$.r\"", "\"$.deep.r\"", "null" };
    static const char *const parameters[] = { "{\"p.$\":\"$.x\"}", "{\"p\":{\"q.$\":\"States.Format('a{}', $.x)\"},\"c\":1}", "{\"h.$\":\"States.UUID()\"}" };
    const char *assign = maker->jsonata ? PICK(maker, assigns) : "{\"v%d.$\":\"$\"}"; /* an inner block may not hide an outer one's */
    if (one_in(maker, 3)) set_json(maker, state, "Assign", str_to_c(maker->arena, str_format(maker->arena, assign, maker->depth)));
    if (maker->jsonata) {
        if (one_in(maker, 2)) set_json(maker, state, "Output", PICK(maker, outputs));
        return;
    }
    if (one_in(maker, 6)) set_text(maker, state, "InputPath", "$.x");
    if (one_in(maker, 6)) set_text(maker, state, "OutputPath", one_in(maker, 4) ? "$.missing" : "$");
    if (one_in(maker, 2)) set_json(maker, state, "ResultPath", PICK(maker, paths));
    if (one_in(maker, 3)) set_json(maker, state, "Parameters", PICK(maker, parameters));
    if (works && one_in(maker, 4)) set_json(maker, state, "ResultSelector", "{\"s.$\":\"$\"}");
}

static void add_rescue(Maker *maker, const Row *row, Json *state)
{
    static const char *const retries[] = {
        "[{\"ErrorEquals\":[\"E1\"],\"IntervalSeconds\":1,\"MaxAttempts\":2,\"BackoffRate\":1.5}]",
        "[{\"ErrorEquals\":[\"E2\",\"States.Timeout\"],\"MaxAttempts\":1},{\"ErrorEquals\":[\"States.ALL\"],\"MaxAttempts\":2,\"JitterStrategy\":\"FULL\",\"MaxDelaySeconds\":3}]",
        "[{\"ErrorEquals\":[\"States.TaskFailed\"],\"MaxAttempts\":0}]",
    };
    static const char *const errors[] = { "[\"E1\"]", "[\"States.ALL\"]", "[\"States.TaskFailed\"]", "[\"States.Timeout\",\"E2\"]" };
    if (one_in(maker, 2)) set_json(maker, state, "Retry", PICK(maker, retries));
    if (!has_later(row) || one_in(maker, 2)) return;
    Json *catch = json_array(maker->arena), *catcher = json_object(maker->arena);
    set_json(maker, catcher, "ErrorEquals", PICK(maker, errors));
    json_set(maker->arena, catcher, STR("Next"), later(maker, row));
    if (!maker->jsonata && one_in(maker, 2)) set_text(maker, catcher, "ResultPath", "$.error");
    if (maker->jsonata && one_in(maker, 2)) set_text(maker, catcher, "Output", "{% $states.errorOutput %}");
    json_append(maker->arena, catch, catcher);
    json_set(maker->arena, state, STR("Catch"), catch);
}

/* ---- types ---- */

static void make_pass(Maker *maker, const Row *row, Json *state)
{
    set_text(maker, state, "Type", "Pass");
    add_flow(maker, state, false);
    if (!maker->jsonata && one_in(maker, 2)) set_json(maker, state, "Result", "{\"x\":3,\"items\":[1,2,3],\"s\":\"t\"}");
    set_next(maker, row, state);
}

static void make_task(Maker *maker, const Row *row, Json *state)
{
    static const char *const resources[] = {
        "arn:aws:lambda:us-east-1:000000000000:function:f", "arn:aws:states:::lambda:invoke", "arn:aws:states:::aws-sdk:dynamodb:getItem",
        "arn:aws:states:us-east-1:000000000000:activity:a", "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
    };
    set_text(maker, state, "Type", "Task");
    set_text(maker, state, "Resource", pick(maker, resources, maker->express ? 3 : 6));
    add_flow(maker, state, true);
    const char *field = maker->jsonata ? "Arguments" : "Parameters";
    Str resource = json_get_str(state, STR("Resource"));
    size_t at;
    if (str_find(resource, STR(":::lambda"), &at)) set_json(maker, state, field, "{\"FunctionName\":\"f\",\"Payload\":1}");
    if (str_find(resource, STR("sqs"), &at))
        set_json(maker, state, field, maker->jsonata ? "{\"QueueUrl\":\"q\",\"MessageBody\":\"{% $states.context.Task.Token %}\"}"
                                                     : "{\"QueueUrl\":\"q\",\"MessageBody.$\":\"$$.Task.Token\"}");
    if (str_find(resource, STR("startExecution"), &at)) set_json(maker, state, field, "{\"StateMachineArn\":\"arn:aws:states:us-east-1:000000000000:stateMachine:m\"}");
    if (str_find(resource, STR("dynamodb"), &at)) set_json(maker, state, field, "{\"TableName\":\"t\",\"Key\":{\"id\":{\"S\":\"i\"}}}");
    if (one_in(maker, 3)) {
        set_int(maker, state, "TimeoutSeconds", 10 + below(maker, 20));
        if (one_in(maker, 2)) set_int(maker, state, "HeartbeatSeconds", 1 + below(maker, 8));
    }
    add_rescue(maker, row, state);
    set_next(maker, row, state);
}

static void make_wait(Maker *maker, const Row *row, Json *state)
{
    set_text(maker, state, "Type", "Wait");
    if (one_in(maker, 4)) set_text(maker, state, "Timestamp", "2026-01-01T00:00:10Z");
    else if (one_in(maker, 4) && !maker->jsonata) set_text(maker, state, "SecondsPath", "$.x");
    else if (one_in(maker, 4) && maker->jsonata) set_text(maker, state, "Seconds", "{% $states.input.x %}");
    else set_int(maker, state, "Seconds", below(maker, 30));
    set_next(maker, row, state);
}

static void make_choice(Maker *maker, const Row *row, Json *state)
{
    static const char *const rules[] = {
        "{\"Variable\":\"$.x\",\"NumericGreaterThan\":3}", "{\"Not\":{\"Variable\":\"$.s\",\"IsPresent\":true}}",
        "{\"And\":[{\"Variable\":\"$.x\",\"IsNumeric\":true},{\"Variable\":\"$.s\",\"StringMatches\":\"t*\"}]}",
    };
    static const char *const conditions[] = { "{\"Condition\":\"{% $states.input.x > 3 %}\"}", "{\"Condition\":\"{% $exists($states.input.s) %}\"}" };
    Json *choices = json_array(maker->arena);
    set_text(maker, state, "Type", "Choice");
    for (int i = 1 + below(maker, 2); i; i--) {
        Json *holder = json_object(maker->arena);
        set_json(maker, holder, "rule", maker->jsonata ? PICK(maker, conditions) : PICK(maker, rules));
        Json *rule = json_copy(maker->arena, json_get(holder, STR("rule"))), *copy = json_object(maker->arena);
        JSON_EACH_MEMBER(rule, member) json_set(maker->arena, copy, member->name, member->value);
        json_set(maker->arena, copy, STR("Next"), i == 1 ? json_str(maker->arena, row->names[row->at + 1]) : later(maker, row));
        json_append(maker->arena, choices, copy);
    }
    json_set(maker->arena, state, STR("Choices"), choices);
    if (!one_in(maker, 5)) json_set(maker->arena, state, STR("Default"), later(maker, row));
}

static void make_parallel(Maker *maker, const Row *row, Json *state, int depth)
{
    Json *branches = json_array(maker->arena);
    set_text(maker, state, "Type", "Parallel");
    add_flow(maker, state, true);
    for (int i = 1 + below(maker, 3); i; i--) json_append(maker->arena, branches, make_block(maker, depth + 1));
    json_set(maker->arena, state, STR("Branches"), branches);
    add_rescue(maker, row, state);
    set_next(maker, row, state);
}

static void make_map(Maker *maker, const Row *row, Json *state, int depth)
{
    bool  distributed = !maker->express && one_in(maker, 3), express = distributed && one_in(maker, 2), within = maker->express;
    maker->express |= express;
    Json *processor = make_block(maker, depth + 1);
    maker->express = within;
    set_text(maker, state, "Type", "Map");
    set_json(maker, processor, "ProcessorConfig", !distributed ? "{\"Mode\":\"INLINE\"}"
             : express ? "{\"Mode\":\"DISTRIBUTED\",\"ExecutionType\":\"EXPRESS\"}" : "{\"Mode\":\"DISTRIBUTED\",\"ExecutionType\":\"STANDARD\"}");
    json_set(maker->arena, state, STR("ItemProcessor"), processor);
    if (maker->jsonata) set_text(maker, state, "Items", "{% $states.input.items %}");
    else if (!one_in(maker, 5)) set_text(maker, state, "ItemsPath", "$.items");
    if (one_in(maker, 3))
        set_json(maker, state, "ItemSelector", maker->jsonata ? "{\"x\":\"{% $states.context.Map.Item.Value %}\",\"items\":[1]}"
                                                              : "{\"x.$\":\"$$.Map.Item.Value\",\"i.$\":\"$$.Map.Item.Index\",\"items\":[1]}");
    if (one_in(maker, 2)) set_int(maker, state, "MaxConcurrency", below(maker, 3));
    if (distributed && one_in(maker, 3))
        set_json(maker, state, "ItemBatcher", one_in(maker, 2) ? "{\"MaxItemsPerBatch\":2,\"BatchInput\":{\"x\":1}}" : "{\"MaxInputBytesPerBatch\":14}");
    if (distributed && one_in(maker, 2)) set_int(maker, state, "ToleratedFailureCount", below(maker, 3));
    if (!maker->jsonata && one_in(maker, 3)) set_text(maker, state, "ResultPath", "$.mapped");
    add_rescue(maker, row, state);
    set_next(maker, row, state);
}

static void make_end(Maker *maker, Json *state)
{
    set_text(maker, state, "Type", one_in(maker, 2) ? "Succeed" : "Fail");
    if (str_equal(json_get_str(state, STR("Type")), STR("Fail"))) {
        set_text(maker, state, "Error", "E1");
        if (one_in(maker, 2)) set_text(maker, state, "Cause", "by chance");
    }
}

static Json *make_state(Maker *maker, const Row *row, int depth)
{
    Json *state = json_object(maker->arena);
    int   kind = below(maker, depth < DEPTH_MAX ? 14 : 10);
    if (kind < 3) make_pass(maker, row, state);
    else if (kind < 6) make_task(maker, row, state);
    else if (kind < 8) make_wait(maker, row, state);
    else if (kind == 8 && has_later(row)) make_choice(maker, row, state);
    else if (kind < 10 && !has_later(row)) make_end(maker, state);
    else if (kind < 10) make_pass(maker, row, state);
    else if (kind < 12) make_parallel(maker, row, state, depth);
    else make_map(maker, row, state, depth);
    return state;
}

static Json *make_block(Maker *maker, int depth)
{
    Row   row = { .count = 1 + below(maker, ROW_MAX) };
    Json *block = json_object(maker->arena), *states = json_object(maker->arena);
    maker->depth = depth;
    for (int i = 0; i < row.count; i++) row.names[i] = str_format(maker->arena, "S%d", ++maker->names);
    for (; row.at < row.count; row.at++) {
        json_set(maker->arena, states, row.names[row.at], make_state(maker, &row, depth));
        maker->depth = depth;
    }
    json_set(maker->arena, block, STR("StartAt"), json_str(maker->arena, row.names[0]));
    json_set(maker->arena, block, STR("States"), states);
    return block;
}

Json *machines_make(Arena *arena, Chance *chance)
{
    Maker maker = { .arena = arena, .chance = chance, .jsonata = chance_one_in(chance, 2) };
    Json *machine = make_block(&maker, 0);
    if (maker.jsonata) set_text(&maker, machine, "QueryLanguage", "JSONata");
    if (one_in(&maker, 4)) set_int(&maker, machine, "TimeoutSeconds", 20 + below(&maker, 100));
    return machine;
}

Json *machines_make_input(Arena *arena, Chance *chance)
{
    static const char *const inputs[] = {
        "{\"x\": 1, \"items\": [1, 2, 3], \"s\": \"text\"}", "{\"x\":5,\"items\":[{\"x\":1,\"items\":[]},{\"x\":2,\"items\":[7]}],\"s\":\"t\"}",
        "{\"x\":4,\"items\":[]}", "{\"x\":2,\"items\":[[1],[2]],\"s\":null}", "[1,2]", "\"text\"",
    };
    Json  *input;
    Error *error = json_parse(arena, str_from_c(inputs[chance_below(chance, chance_one_in(chance, 8) ? 6 : 4)]), NULL, &input);
    if (error) abort();
    return input;
}
