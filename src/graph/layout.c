/* layout.c -- from machines to places on paper.
 *
 * Backwards through the machines: how large are the states, which rank has each, in what order and where do they
 * stand, how high are the ranks; that is how large the machine is, and the frame around it. Then forwards: where in
 * the drawing each machine stands.
 *
 *     .-----------------------.
 *     | =  Parallel           |  header
 *     |    Both of them       |
 *     |     |           |     |  the starts of inner machines are points here,
 *     |  [ One ]     [ Two ]  |
 *     |     |           |     |  their ends points at the bottom
 *     '-----------------------'  */
#include "graph/internal.h"

#include <stdlib.h>

enum {
    TEXT_WIDTH_MAX = 280,
    LABEL_WIDTH_MAX = 220,
    BOX_WIDTH_MIN = 132,
    BOX_RIGHT = 14, /* of the text, to the side of the box */
    LABEL_PADDING = 6,
    FRAME_PADDING = 18,
    BRANCH_GAP = 28,
    EMPTY_WIDTH = 80, /* of a machine without states */
    EMPTY_HEIGHT = 24,
    GAP_BELOW_STATES = 26, /* between ranks, where the lines are straight */
    GAP_ABOVE_STATES = 24,
    GAP_AT_FRAME = 8,
    GAP_WIDER_MAX = 70,
    SLOPE = 14, /* lines that go so far aside get one more down */
};

static int largest(int a, int b)
{
    return a > b ? a : b;
}

static int even(int length)
{
    return length + (length & 1);
}

/* ---- sizes ---- */

static void size_texts(Arena *arena, GraphState *state)
{
    state->shown_name = graph_text_fit(arena, state->name, GRAPH_NAME_SIZE, TEXT_WIDTH_MAX);
    state->shown_detail = graph_text_fit(arena, state->detail, GRAPH_DETAIL_SIZE, TEXT_WIDTH_MAX);
    int text = largest(graph_text_width(state->shown_name, GRAPH_NAME_SIZE),
                       graph_text_width(state->shown_detail, GRAPH_DETAIL_SIZE));
    state->width = largest(even(GRAPH_TEXT_X + text + BOX_RIGHT), BOX_WIDTH_MIN);
    state->height = GRAPH_BOX_HEIGHT;
}

static void size_frame(const Graph *graph, GraphState *state)
{
    int width = 2 * FRAME_PADDING - BRANCH_GAP, height = 0;
    for (uint32_t i = 0; i < state->machine_count; i++) {
        const GraphMachine *inner = graph->machines[state->first_machine + i];
        width += inner->width + BRANCH_GAP;
        height = largest(height, inner->height);
    }
    state->width = largest(state->width, even(width));
    state->height = GRAPH_HEADER_HEIGHT + height;
}

static void size_states(const Graph *graph, GraphMachine *machine)
{
    for (uint32_t i = 0; i < machine->state_count; i++) {
        GraphState *state = &machine->states[i];
        if (i < GRAPH_FIRST_STATE) {
            state->width = state->height = graph_is_outermost(machine) ? GRAPH_CIRCLE : 0;
            continue;
        }
        size_texts(graph->arena, state);
        if (state->machine_count) size_frame(graph, state);
    }
}

static void size_label(Arena *arena, GraphTransition *transition)
{
    uint32_t lines = transition->text_count < GRAPH_LABEL_LINES ? transition->text_count : GRAPH_LABEL_LINES;
    int      width = 0;
    for (uint32_t i = 0; i < lines; i++)
        transition->shown[i] = graph_text_fit(arena, transition->texts[i], GRAPH_LABEL_SIZE, LABEL_WIDTH_MAX);
    if (transition->text_count > lines)
        transition->shown[lines++] = str_format(arena, "and %u more", transition->text_count - GRAPH_LABEL_LINES);
    transition->shown_count = lines;
    for (uint32_t i = 0; i < lines; i++)
        width = largest(width, graph_text_width(transition->shown[i], GRAPH_LABEL_SIZE));
    if (!lines) return;
    transition->label_width = even(width + 2 * LABEL_PADDING);
    transition->label_height = (int)lines * GRAPH_LINE_HEIGHT + 4;
}

/* ---- ranks ---- */

/* How far aside the lines between a rank and the next go at most. */
static int spread_below(const GraphLayers *layers, const GraphRank *rank)
{
    int spread = 0;
    for (uint32_t i = 0; i < rank->count; i++) {
        const GraphSpot *spot = &layers->spots[rank->spots[i]];
        for (uint32_t k = 0; k < spot->down_count; k++) {
            const GraphLink *link = &layers->links[spot->down[k]];
            spread = largest(spread, abs(link->upper_x - link->lower_x));
        }
    }
    return spread;
}

static bool is_frame_side(const GraphMachine *machine, uint32_t rank)
{
    const GraphSpot *start = &machine->layers->spots[GRAPH_AT_START], *end = &machine->layers->spots[GRAPH_AT_END];
    return !graph_is_outermost(machine) && (rank == start->rank || rank + 1 == end->rank);
}

static int gap_below(const GraphMachine *machine, uint32_t number)
{
    int wider = spread_below(machine->layers, &machine->layers->ranks[number]) / SLOPE;
    int gap = number % 2 ? GAP_ABOVE_STATES : GAP_BELOW_STATES;
    if (is_frame_side(machine, number)) gap = GAP_AT_FRAME;
    return gap + (wider < GAP_WIDER_MAX ? wider : GAP_WIDER_MAX);
}

static void place_ranks(GraphMachine *machine)
{
    GraphLayers *layers = machine->layers;
    int          y = 0;
    for (uint32_t i = 0; i < layers->rank_count; i++) {
        GraphRank *rank = &layers->ranks[i];
        rank->y = y;
        for (uint32_t k = 0; k < rank->count; k++)
            rank->height = largest(rank->height, layers->spots[rank->spots[k]].height);
        y += rank->height;
        if (i + 1 < layers->rank_count) y += gap_below(machine, i);
    }
    machine->height = y;
    bool ended = layers->spots[GRAPH_AT_END].rank != GRAPH_NONE;
    if (!graph_is_outermost(machine) && !ended) machine->height += FRAME_PADDING;
}

/* Everything so far to the right that nothing is left of 0. */
static void place_columns(GraphMachine *machine)
{
    GraphLayers *layers = machine->layers;
    int          least = INT32_MAX, most = INT32_MIN;
    for (uint32_t i = 0; i < layers->spot_count; i++) {
        const GraphSpot *spot = &layers->spots[i];
        if (spot->rank == GRAPH_NONE) continue;
        if (spot->x - spot->left < least) least = spot->x - spot->left;
        if (spot->x + spot->right > most) most = spot->x + spot->right;
    }
    for (uint32_t i = 0; i < layers->spot_count; i++) layers->spots[i].x -= least;
    machine->width = most - least;
}

static void take_places(GraphMachine *machine)
{
    for (uint32_t i = 0; i < machine->state_count; i++) {
        const GraphSpot *spot = &machine->layers->spots[i];
        if (spot->rank == GRAPH_NONE) continue;
        machine->states[i].x = spot->x;
        machine->states[i].y = machine->layers->ranks[spot->rank].y;
    }
}

static void lay_out_machine(Graph *graph, GraphMachine *machine)
{
    size_states(graph, machine);
    for (uint32_t i = 0; i < machine->transition_count; i++) size_label(graph->arena, &machine->transitions[i]);
    graph_rank(graph->arena, machine);
    graph_layers_build(graph, machine);
    machine->width = EMPTY_WIDTH;
    machine->height = EMPTY_HEIGHT;
    if (!machine->layers->rank_count) return;
    graph_order(machine->layers);
    graph_layers_add_sides(machine);
    graph_place(machine->layers);
    place_columns(machine);
    graph_ports(machine->layers);
    place_ranks(machine);
    take_places(machine);
}

/* ---- in the drawing ---- */

static void place_inner(Graph *graph, const GraphMachine *machine, const GraphState *state)
{
    int x = 0, height = state->height - GRAPH_HEADER_HEIGHT;
    for (uint32_t i = 0; i < state->machine_count; i++)
        x += graph->machines[state->first_machine + i]->width + (i ? BRANCH_GAP : 0);
    x = machine->x + state->x - x / 2;
    for (uint32_t i = 0; i < state->machine_count; i++) {
        GraphMachine *inner = graph->machines[state->first_machine + i];
        inner->x = x;
        inner->y = machine->y + state->y + GRAPH_HEADER_HEIGHT;
        inner->height = height;
        inner->states[GRAPH_AT_END].y = height; /* the bottom of the frame */
        x += inner->width + BRANCH_GAP;
    }
}

void graph_layout(Graph *graph)
{
    for (uint32_t i = graph->machine_count; i-- > 0;) lay_out_machine(graph, graph->machines[i]);
    graph->machines[0]->x = graph->machines[0]->y = GRAPH_MARGIN;
    for (uint32_t i = 0; i < graph->machine_count; i++) {
        const GraphMachine *machine = graph->machines[i];
        for (uint32_t k = 0; k < machine->state_count; k++) place_inner(graph, machine, &machine->states[k]);
    }
}
