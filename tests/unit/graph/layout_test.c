/* layout_test.c -- over many definitions: ranks lead down, nothing lies upon anything else, what is inside is inside. */
#include "tests/unit/graph/support.h"

static Graph *laid_out(Arena *arena, Str json)
{
    Graph *graph = graph_read(arena, definition_of(arena, json));
    graph_layout(graph);
    return graph;
}

static const GraphSpot *spot_of(const GraphMachine *machine, uint32_t state)
{
    return &machine->layers->spots[state];
}

/* ---- one machine at a time ---- */

static bool ranks_lead_down(const GraphMachine *machine)
{
    for (uint32_t i = 0; i < machine->transition_count; i++) {
        const GraphTransition *transition = &machine->transitions[i];
        const GraphState *source = &machine->states[transition->source], *target = &machine->states[transition->target];
        if (source == target) continue;
        if (transition->turned ? source->rank <= target->rank : source->rank >= target->rank) return false;
    }
    for (uint32_t i = 0; i < machine->state_count; i++)
        if (machine->states[i].rank % 2) return false;
    return true;
}

static bool links_join_neighbours(const GraphLayers *layers)
{
    for (uint32_t i = 0; i < layers->link_count; i++)
        if (layers->spots[layers->links[i].upper].rank + 1 != layers->spots[layers->links[i].lower].rank) return false;
    return true;
}

/* From its first spot every transition comes to its target, a rank at a time. */
static bool ways_arrive(const GraphMachine *machine)
{
    for (uint32_t i = 0; i < machine->transition_count; i++) {
        const GraphTransition *transition = &machine->transitions[i];
        uint32_t               spot = transition->first, steps = 0;
        if (spot == GRAPH_NONE) continue;
        while (machine->layers->spots[spot].kind != GRAPH_SPOT_STATE && steps++ < machine->layers->spot_count)
            spot = machine->layers->spots[spot].next;
        if (spot != transition->target) return false;
    }
    return true;
}

static bool ranks_are_apart(const GraphLayers *layers)
{
    for (uint32_t i = 0; i < layers->rank_count; i++) {
        const GraphRank *rank = &layers->ranks[i];
        if (i && rank->y < rank[-1].y + rank[-1].height) return false;
        for (uint32_t k = 0; k < rank->count; k++) {
            const GraphSpot *spot = &layers->spots[rank->spots[k]];
            if (spot->rank != i || spot->place != k || spot->height > rank->height) return false;
            if (!k) continue;
            const GraphSpot *before = &layers->spots[rank->spots[k - 1]];
            if (before->x + before->right >= spot->x - spot->left) return false;
        }
    }
    return true;
}

static bool all_is_inside(const GraphMachine *machine)
{
    for (uint32_t i = 0; i < machine->layers->spot_count; i++) {
        const GraphSpot *spot = &machine->layers->spots[i];
        if (spot->rank == GRAPH_NONE) continue;
        int lower = machine->layers->ranks[spot->rank].y + spot->height;
        if (spot->x - spot->left < 0 || spot->x + spot->right > machine->width || lower > machine->height) return false;
    }
    return true;
}

/* The bend beside a state is its neighbour in the rank. */
static bool sides_are_beside(const GraphMachine *machine)
{
    for (uint32_t i = 0; i < machine->layers->spot_count; i++) {
        const GraphSpot *spot = &machine->layers->spots[i];
        if (spot->beside == GRAPH_NONE) continue;
        const GraphSpot *state = spot_of(machine, spot->beside);
        const GraphRank *rank = &machine->layers->ranks[spot->rank];
        if (state->rank != spot->rank) return false;
        for (uint32_t k = spot->place; k != state->place; k += state->place > spot->place ? 1 : UINT32_MAX)
            if (machine->layers->spots[rank->spots[k]].beside != spot->beside) return false;
    }
    return true;
}

static bool frame_holds(const Graph *graph, const GraphMachine *machine)
{
    if (graph_is_outermost(machine)) return true;
    const GraphMachine *owner = graph->machines[machine->owner];
    const GraphState   *frame = &owner->states[machine->owner_state];
    int                 left = owner->x + frame->x - frame->width / 2, top = owner->y + frame->y;
    return machine->x > left && machine->x + machine->width < left + frame->width && machine->y > top &&
           machine->y + machine->height <= top + frame->height;
}

static bool branches_are_apart(const Graph *graph, const GraphMachine *machine)
{
    for (uint32_t i = 0; i < machine->state_count; i++) {
        const GraphState *state = &machine->states[i];
        for (uint32_t k = 1; k < state->machine_count; k++) {
            GraphMachine *const *branch = &graph->machines[state->first_machine + k];
            if (branch[-1]->x + branch[-1]->width >= branch[0]->x) return false;
        }
    }
    return true;
}

static void check_layout(Arena *arena, Str json)
{
    const Graph *graph = laid_out(arena, json);
    bool         good = true;
    for (uint32_t i = 0; i < graph->machine_count; i++) {
        const GraphMachine *machine = graph->machines[i];
        good &= CHECK(ranks_lead_down(machine)) && CHECK(links_join_neighbours(machine->layers)) &&
                CHECK(ways_arrive(machine)) && CHECK(ranks_are_apart(machine->layers)) &&
                CHECK(all_is_inside(machine)) && CHECK(sides_are_beside(machine)) &&
                CHECK(frame_holds(graph, machine)) && CHECK(branches_are_apart(graph, machine));
    }
    if (!good) printf("    in %.*s\n", STR_ARG(json));
}

TEST(test_graph_layout_lays_nothing_upon_anything)
{
    for (uint32_t seed = 1; seed <= 400; seed++) {
        Arena arena;
        arena_init(&arena, 0);
        check_layout(&arena, made_definition(&arena, seed, 1 + (int)(seed % 30)));
        arena_done(&arena);
    }
}

TEST(test_graph_layout_of_a_thousand_states)
{
    Arena arena;
    arena_init(&arena, 0);
    check_layout(&arena, made_definition(&arena, 4, 1000));
    arena_done(&arena);
}

/* ---- single cases ---- */

TEST(test_graph_layout_stands_a_chain_straight)
{
    Arena arena;
    arena_init(&arena, 0);
    const Graph *graph = laid_out(
        &arena,
        STR("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Next\":\"B\",\"Catch\":[{\"ErrorEquals\":["
            "\"States.ALL\"],\"Next\":\"E\"}]},"
            "\"B\":{\"Type\":\"Pass\",\"Next\":\"C\"},\"C\":{\"Type\":\"Succeed\"},\"E\":{\"Type\":\"Fail\"}}}"));
    const GraphState *states = graph->machines[0]->states;
    for (uint32_t i = 2; i < 5; i++) {
        CHECK_INT(states[i].x, states[GRAPH_AT_START].x);
        CHECK_INT(states[i].rank, 2 * (i - 1));
    }
    CHECK_INT(states[GRAPH_AT_END].x, states[GRAPH_AT_START].x);
    CHECK(states[5].x > states[4].x); /* errors go aside */
    arena_done(&arena);
}

TEST(test_graph_layout_keeps_the_order_of_rules)
{
    Arena arena;
    arena_init(&arena, 0);
    const Graph *graph = laid_out(
        &arena, STR("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Choice\",\"Choices\":[{\"Next\":\"D\"},{\"Next\":"
                    "\"C\"}],\"Default\":\"B\"},"
                    "\"B\":{\"Type\":\"Succeed\"},\"C\":{\"Type\":\"Succeed\"},\"D\":{\"Type\":\"Succeed\"}}}"));
    const GraphState *states = graph->machines[0]->states;
    CHECK(states[5].x < states[4].x && states[4].x < states[3].x);
    CHECK_INT(states[4].x, states[2].x);
    arena_done(&arena);
}

TEST(test_graph_layout_turns_what_leads_back)
{
    Arena arena;
    arena_init(&arena, 0);
    const Graph *graph =
        laid_out(&arena, STR("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Wait\",\"Next\":\"B\"},\"B\":{\"Type\":"
                             "\"Choice\",\"Choices\":[{\"Next\":\"A\"},{\"Next\":\"B\"}],"
                             "\"Default\":\"C\"},\"C\":{\"Type\":\"Succeed\"}}}"));
    const GraphMachine *machine = graph->machines[0];
    CHECK(!machine->transitions[1].turned);
    CHECK(machine->transitions[2].turned);
    CHECK_INT(machine->layers->spots[machine->transitions[2].first].beside, 3);
    CHECK_INT(machine->transitions[3].first, GRAPH_NONE); /* to itself */
    arena_done(&arena);
}

TEST(test_graph_layout_shares_a_line_to_one_state)
{
    Arena  arena;
    Buffer text;
    arena_init(&arena, 0);
    buffer_init(&text);
    buffer_append_c(&text, "{\"StartAt\":\"s0\",\"States\":{\"E\":{\"Type\":\"Fail\"}");
    for (int i = 0; i < 200; i++)
        buffer_append_format(&text,
                             ",\"s%d\":{\"Type\":\"Task\",\"Next\":\"s%d\",\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"]"
                             ",\"Next\":\"E\"}]}",
                             i, i + 1);
    buffer_append_c(&text, "}}");
    const Graph *graph = laid_out(&arena, buffer_str(&text));
    CHECK(graph->bend_count < 4 * 200 + 10);
    buffer_done(&text);
    arena_done(&arena);
}

/* More bends than there may be: the longest lines go straight, the rest stands as it should. */
TEST(test_graph_layout_bounds_its_bends)
{
    Arena  arena;
    Buffer text;
    arena_init(&arena, 0);
    buffer_init(&text);
    buffer_append_c(&text, "{\"StartAt\":\"s0\",\"States\":{\"x\":{}");
    for (int i = 0; i < 900; i++)
        buffer_append_format(&text,
                             ",\"s%d\":{\"Type\":\"Choice\",\"Choices\":[{\"Next\":\"s%d\"}],\"Default\":\"t%d\"}", i,
                             i + 1, 900 - i);
    for (int i = 0; i < 900; i++)
        buffer_append_format(&text, ",\"t%d\":{\"Type\":\"Pass\",\"Next\":\"t%d\"}", i, i + 1);
    buffer_append_c(&text, "}}");
    check_layout(&arena, buffer_str(&text));
    CHECK(laid_out(&arena, buffer_str(&text))->bend_count <= GRAPH_BENDS_MAX);
    CHECK(svg_of(&arena, buffer_str(&text)).length > 0);
    buffer_done(&text);
    arena_done(&arena);
}
