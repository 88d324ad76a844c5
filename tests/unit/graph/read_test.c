/* read_test.c -- what is read of a definition, whatever is wrong with it; rules and resources in a few words. */
#include "tests/unit/graph/support.h"

static const Graph *read_text(Arena *arena, Str json)
{
    return graph_read(arena, definition_of(arena, json));
}

TEST(test_graph_reads_states_and_transitions)
{
    Arena arena;
    arena_init(&arena, 0);
    const Graph *graph =
        read_text(&arena, STR("{\"StartAt\":\"A\",\"States\":{"
                              "\"A\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::lambda:invoke\",\"Next\":\"B\","
                              "\"Catch\":[{\"ErrorEquals\":[\"X\",\"Y\"],\"Next\":\"C\"},{\"ErrorEquals\":[\"States."
                              "ALL\"],\"Next\":\"B\"}]},"
                              "\"B\":{\"Type\":\"Succeed\"},\"C\":{\"Type\":\"Fail\",\"Error\":\"Refused\"}}}"));
    const GraphMachine *machine = graph->machines[0];
    CHECK_INT(graph->machine_count, 1);
    CHECK_INT(machine->state_count, 5);
    CHECK_STR(machine->states[2].detail, STR("Task \xc2\xb7 lambda:invoke"));
    CHECK_STR(machine->states[4].detail, STR("Fail \xc2\xb7 Refused"));
    if (!CHECK_INT(machine->transition_count, 5)) return;
    CHECK_INT(machine->transitions[0].source, GRAPH_AT_START);
    CHECK_INT(machine->transitions[1].target, 3);
    CHECK(machine->transitions[2].catches);
    CHECK_STR(machine->transitions[2].texts[0], STR("X, Y"));
    CHECK(machine->transitions[3].catches); /* beside the other one to B */
    CHECK_INT(machine->transitions[3].text_count, 0);
    CHECK_INT(machine->transitions[4].target, GRAPH_AT_END); /* from B; a Fail does not lead there */
    arena_done(&arena);
}

TEST(test_graph_joins_rules_that_lead_to_one_state)
{
    Arena arena;
    arena_init(&arena, 0);
    const Graph *graph = read_text(&arena, STR("{\"States\":{\"A\":{\"Type\":\"Choice\",\"Choices\":[{\"Condition\":\"{"
                                               "% 1 %}\",\"Next\":\"B\"},{\"Next\":\"C\"},"
                                               "{\"Condition\":true,\"Next\":\"B\"},{\"Condition\":3,\"Next\":\"B\"},{"
                                               "\"Condition\":4,\"Next\":\"B\"}],\"Default\":\"C\"}}}"));
    const GraphMachine *machine = graph->machines[0];
    CHECK_INT(machine->states[3].kind, GRAPH_MISSING);
    if (!CHECK_INT(machine->transition_count, 2)) return;
    CHECK_INT(machine->transitions[0].text_count, 4);
    CHECK_STR(machine->transitions[0].texts[0], STR("1"));
    CHECK_STR(machine->transitions[0].texts[1], STR("true"));
    CHECK_STR(machine->transitions[1].texts[0], STR("rule 2"));
    CHECK_STR(machine->transitions[1].texts[1], STR("default"));
    arena_done(&arena);
}

TEST(test_graph_reads_machines_outer_ones_first)
{
    Arena arena;
    arena_init(&arena, 0);
    const Graph *graph =
        read_text(&arena, STR("{\"States\":{\"P\":{\"Type\":\"Parallel\",\"Branches\":[{\"States\":{\"M\":{\"Type\":"
                              "\"Map\",\"Iterator\":{}}}},7]},"
                              "\"N\":{\"Type\":\"Map\",\"ItemProcessor\":{\"ProcessorConfig\":{\"Mode\":"
                              "\"DISTRIBUTED\"}}},\"T\":{\"Type\":\"Task\",\"Branches\":[{}]}}}"));
    if (!CHECK_INT(graph->machine_count, 5)) return;
    CHECK_INT(graph->machines[0]->states[2].first_machine, 1);
    CHECK_INT(graph->machines[0]->states[2].machine_count, 2);
    CHECK_INT(graph->machines[0]->states[4].machine_count, 0);
    CHECK_INT(graph->machines[3]->owner_state, 3);
    CHECK_INT(graph->machines[4]->owner, 1);
    CHECK_STR(graph->machines[0]->states[3].detail, STR("Map \xc2\xb7 distributed"));
    arena_done(&arena);
}

TEST(test_graph_takes_the_last_of_a_name)
{
    Arena arena;
    arena_init(&arena, 0);
    const Graph *graph = read_text(&arena, STR("{\"States\":{\"A\":{\"Type\":\"Pass\"},\"A\":{\"Type\":\"Wait\"}}}"));
    CHECK_INT(graph->machines[0]->state_count, 3);
    CHECK_INT(graph->machines[0]->states[2].kind, GRAPH_WAIT);
    arena_done(&arena);
}

static void check_rule(const char *rule, const char *words)
{
    Arena arena;
    arena_init(&arena, 0);
    CHECK_STR(graph_describe_rule(&arena, definition_of(&arena, str_from_c(rule))), str_from_c(words));
    arena_done(&arena);
}

TEST(test_graph_says_rules_in_a_few_words)
{
    check_rule("{\"Variable\":\"$.risk\",\"NumericGreaterThan\":80,\"Next\":\"X\"}", "$.risk > 80");
    check_rule("{\"StringEquals\":\"a b\",\"Variable\":\"$.s\"}", "$.s = \"a b\"");
    check_rule("{\"Variable\":\"$.t\",\"TimestampLessThanEqualsPath\":\"$.u\"}", "$.t \xe2\x89\xa4 $.u");
    check_rule("{\"Variable\":\"$.s\",\"StringMatches\":\"*.log\"}", "$.s like \"*.log\"");
    check_rule("{\"Variable\":\"$.s\",\"IsPresent\":false}", "$.s is absent");
    check_rule("{\"Variable\":\"$.s\",\"IsNumeric\":true}", "$.s is a number");
    check_rule("{\"Variable\":\"$.s\",\"Sounds\":1.50}", "$.s Sounds 1.50");
    check_rule("{\"And\":[{\"Variable\":\"$.a\",\"BooleanEquals\":true},{\"Or\":[{\"Condition\":\"{% b "
               "%}\"},{\"Condition\":\"{% c %}\"}]}]}",
               "$.a = true and (b or c)");
    check_rule("{\"Not\":{\"Or\":[{\"Variable\":\"$.a\",\"IsNull\":true},{\"Variable\":\"$.b\",\"IsNull\":false}]}}",
               "not ($.a is null or $.b is not null)");
    check_rule("{\"Condition\":\" {%\\n  $a\\n > 1 %} \"}", "$a > 1");
    check_rule("[]", "");
}

TEST(test_graph_cuts_rules_of_any_size)
{
    Arena arena;
    arena_init(&arena, 0);
    Str deep = STR("{\"Condition\":true}");
    for (int i = 0; i < 400; i++)
        deep = str_format(&arena, i % 2 ? "{\"Not\":%.*s}" : "{\"And\":[%.*s]}", STR_ARG(deep));
    Str words = graph_describe_rule(&arena, definition_of(&arena, deep));
    CHECK(words.length > 0 && words.length < 240);
    Str wide = STR("{\"Or\":[{\"Condition\":\"\xc3\xa9\xc3\xa9\xc3\xa9\"}");
    for (int i = 0; i < 100; i++) wide = str_format(&arena, "%.*s,{\"Condition\":\"\xc3\xa9\xc3\xa9\"}", STR_ARG(wide));
    words = graph_describe_rule(&arena, definition_of(&arena, str_format(&arena, "%.*s]}", STR_ARG(wide))));
    CHECK(words.length <= 240 && str_ends_with(words, STR("\xe2\x80\xa6")));
    arena_done(&arena);
}

static void check_state(GraphKind kind, const char *state, const char *words)
{
    Arena arena;
    arena_init(&arena, 0);
    CHECK_STR(graph_describe_state(&arena, kind, definition_of(&arena, str_from_c(state))), str_from_c(words));
    arena_done(&arena);
}

TEST(test_graph_names_what_a_state_does)
{
    check_state(GRAPH_TASK, "{\"Resource\":\"arn:aws:states:::aws-sdk:s3:getObject\"}", "Task \xc2\xb7 s3:getObject");
    check_state(GRAPH_TASK, "{\"Resource\":\"arn:aws:lambda:us-east-1:111111111111:function:clean:live\"}",
                "Task \xc2\xb7 lambda clean:live");
    check_state(GRAPH_TASK, "{\"Resource\":\"arn:aws:states:us-east-1:111111111111:activity:hands\"}",
                "Task \xc2\xb7 activity hands");
    check_state(GRAPH_TASK, "{\"Resource\":\"arn:\"}", "Task");
    check_state(GRAPH_TASK, "{\"Resource\":\"${Function.Arn}\"}", "Task \xc2\xb7 ${Function.Arn}");
    check_state(GRAPH_WAIT, "{\"Seconds\":30}", "Wait \xc2\xb7 30 s");
    check_state(GRAPH_WAIT, "{\"Seconds\":\"{% $n %}\"}", "Wait \xc2\xb7 $n");
    check_state(GRAPH_WAIT, "{\"TimestampPath\":\"$.due\"}", "Wait \xc2\xb7 $.due");
    check_state(GRAPH_UNKNOWN, "{\"Type\":\"Lambda\"}", "Unknown type \xc2\xb7 Lambda");
    check_state(GRAPH_UNKNOWN, "[]", "Unknown type");
}

TEST(test_graph_draws_so_many_states_and_counts_the_rest)
{
    Arena  arena;
    Buffer text;
    arena_init(&arena, 0);
    buffer_init(&text);
    buffer_append_c(&text, "{\"StartAt\":\"s0\",\"States\":{\"s0\":{\"Type\":\"Pass\",\"Next\":\"s10004\"}");
    for (int i = 1; i < GRAPH_STATES_MAX + 5; i++) buffer_append_format(&text, ",\"s%d\":{}", i);
    buffer_append_c(&text, "}}");
    const Graph *graph = read_text(&arena, buffer_str(&text));
    CHECK_INT(graph->left_out, 5);
    CHECK_INT(graph->machines[0]->state_count, GRAPH_STATES_MAX + GRAPH_FIRST_STATE);
    CHECK_INT(graph->machines[0]->transition_count, 1); /* what is left out is not missing */
    CHECK(has(svg_of(&arena, buffer_str(&text)), "5 more states are not drawn"));
    buffer_done(&text);
    arena_done(&arena);
}
