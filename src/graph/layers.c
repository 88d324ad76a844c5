/* layers.c -- from states and transitions to spots and links between neighbouring ranks.
 *
 *     rank 4    [ Check ]               a transition of more than one rank bends in each rank between. Those that
 *     rank 5   "$.ok" "default" .       lead to the same state share their bends as soon as they can: they join one
 *     rank 6    [ Go ]   .      |       line, so a hundred states that catch into one state cost a line, not a hundred.
 *     rank 7        \    |      |       A label is a spot like others, in the odd rank beside its source, so nothing
 *     rank 8        [ Done ] <--'       can come to lie upon it.
 *
 * A turned transition leaves its source at the side and comes to its target at the side: in the order of ranks it is
 * a link of the two states; when that order is known, a bend is put next to each, and its line goes up between them. */
#include "graph/internal.h"

#include <stdlib.h>

/* The bends of all transitions of one kind to one state: one in each rank from low to high. */
typedef struct Line {
    uint32_t low, high;
    uint32_t first; /* spot in rank low */
    bool     used, straight;
} Line;

typedef struct Building {
    Graph        *graph;
    GraphMachine *machine;
    GraphLayers  *layers;
    Line         *lines; /* four for every state */
} Building;

static Line *line_of(Building *building, const GraphTransition *transition)
{
    return &building->lines[transition->target * 4 + transition->catches * 2 + transition->turned];
}

static bool is_loop(const GraphTransition *transition)
{
    return transition->source == transition->target;
}

/* ---- how much there will be ---- */

/* Where a transition comes to its line. */
static uint32_t rank_of_joining(const GraphMachine *machine, const GraphTransition *transition)
{
    uint32_t rank = machine->states[transition->source].rank, way = transition->shown_count ? 2 : 1;
    return transition->turned ? rank - way : rank + way;
}

static void reach_lines(Building *building)
{
    GraphMachine *machine = building->machine;
    for (uint32_t i = 0; i < machine->transition_count; i++) {
        const GraphTransition *transition = &machine->transitions[i];
        uint32_t               target = machine->states[transition->target].rank;
        if (is_loop(transition)) continue;
        uint32_t joining = rank_of_joining(machine, transition);
        Line    *line = line_of(building, transition);
        if (!line->used) *line = (Line){ .used = true, .low = joining, .high = joining };
        if (joining < line->low) line->low = joining;
        if (joining > line->high) line->high = joining;
        if (transition->turned)
            line->low = target;
        else
            line->high = target - 1; /* less than low where the label is all there is between */
    }
}

/* Lines that would be too much go straight. */
static uint32_t count_bends(Building *building)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < building->machine->state_count * 4; i++) {
        Line *line = &building->lines[i];
        if (!line->used) continue;
        uint32_t bends = line->high + 1 - line->low;
        line->straight = building->graph->bend_count + bends > GRAPH_BENDS_MAX;
        if (line->straight) continue;
        building->graph->bend_count += bends;
        count += bends;
    }
    return count;
}

/* ---- making it ---- */

static uint32_t add_spot(GraphLayers *layers, GraphSpot spot)
{
    if (layers->spot_count == layers->spot_capacity) abort(); /* counted before */
    layers->spots[layers->spot_count] = spot;
    return layers->spot_count++;
}

static uint32_t add_link(GraphLayers *layers, uint32_t upper, uint32_t lower, uint32_t side, bool catches)
{
    if (layers->link_count == layers->link_capacity) abort();
    if (layers->spots[upper].rank > layers->spots[lower].rank) {
        uint32_t other = upper;
        upper = lower;
        lower = other;
    }
    layers->links[layers->link_count] = (GraphLink){ .upper = upper, .lower = lower, .side = side, .catches = catches };
    return layers->link_count++;
}

static bool has_transitions(const GraphMachine *machine, uint32_t state)
{
    for (uint32_t i = 0; i < machine->transition_count; i++)
        if (machine->transitions[i].source == state || machine->transitions[i].target == state) return true;
    return false;
}

/* Start and end are there where something leads on from them, or to them. */
static bool is_placed(const GraphMachine *machine, uint32_t state)
{
    if (state >= GRAPH_FIRST_STATE || (state == GRAPH_AT_START && graph_is_outermost(machine))) return true;
    return has_transitions(machine, state);
}

static GraphSpot new_spot(GraphSpotKind kind, uint32_t rank)
{
    return (GraphSpot){ .kind = kind, .rank = rank, .next = GRAPH_NONE, .link = GRAPH_NONE, .beside = GRAPH_NONE };
}

static void add_states(Building *building)
{
    GraphMachine *machine = building->machine;
    for (uint32_t i = 0; i < machine->state_count; i++) {
        const GraphState *state = &machine->states[i];
        GraphSpot         spot = new_spot(GRAPH_SPOT_STATE, is_placed(machine, i) ? state->rank : GRAPH_NONE);
        spot.left = spot.right = state->width / 2;
        spot.height = state->height;
        add_spot(building->layers, spot);
    }
    for (uint32_t i = 0; i < machine->transition_count; i++) {
        const GraphTransition *transition = &machine->transitions[i];
        if (is_loop(transition))
            building->layers->spots[transition->source].right += GRAPH_LOOP + transition->label_width;
    }
}

static void add_line(Building *building, uint32_t index)
{
    Line        *line = &building->lines[index];
    GraphLayers *layers = building->layers;
    uint32_t     target = index / 4;
    bool         turned = index % 2, catches = index / 2 % 2;
    line->first = layers->spot_count;
    for (uint32_t rank = line->low; rank != line->high + 1; rank++) {
        GraphSpot spot = new_spot(GRAPH_SPOT_BEND, rank);
        bool      last = turned ? rank == line->low : rank == line->high;
        spot.next = last ? target : turned ? layers->spot_count - 1 : layers->spot_count + 1;
        if (turned && last) spot.beside = target;
        add_spot(layers, spot);
    }
    for (uint32_t at = line->first; at + 1 < layers->spot_count; at++) {
        bool     beside = layers->spots[at].beside != GRAPH_NONE;
        uint32_t link = add_link(layers, beside ? target : at, at + 1, beside ? at : GRAPH_NONE, catches);
        layers->spots[turned ? at + 1 : at].link = link;
    }
    uint32_t last = layers->spot_count - 1;
    if (!turned && last + 1 > line->first)
        layers->spots[last].link = add_link(layers, last, target, GRAPH_NONE, catches);
}

/* From a spot of a transition's own on to its line, or to the target itself; `side` takes the place of that spot. */
static uint32_t join_line(Building *building, const GraphTransition *transition, uint32_t from, uint32_t side,
                          uint32_t *out_link)
{
    const Line  *line = line_of(building, transition);
    GraphLayers *layers = building->layers;
    uint32_t     rank = rank_of_joining(building->machine, transition);
    if (!transition->turned && rank == building->machine->states[transition->target].rank) {
        *out_link = add_link(layers, from, transition->target, side, transition->catches);
        return transition->target;
    }
    uint32_t bend = line->first + rank - line->low;
    bool     beside = layers->spots[bend].beside != GRAPH_NONE;
    *out_link = add_link(layers, from, beside ? transition->target : bend, beside ? bend : side, transition->catches);
    return bend;
}

static uint32_t add_label(Building *building, const GraphTransition *transition)
{
    uint32_t  rank = building->machine->states[transition->source].rank;
    GraphSpot spot = new_spot(GRAPH_SPOT_LABEL, transition->turned ? rank - 1 : rank + 1);
    spot.left = spot.right = transition->label_width / 2;
    spot.height = transition->label_height;
    return add_spot(building->layers, spot);
}

static uint32_t add_side(Building *building, uint32_t state)
{
    GraphSpot spot = new_spot(GRAPH_SPOT_BEND, building->machine->states[state].rank);
    spot.beside = state;
    return add_spot(building->layers, spot);
}

static void add_transition(Building *building, GraphTransition *transition)
{
    GraphLayers *layers = building->layers;
    uint32_t     side = transition->turned ? add_side(building, transition->source) : GRAPH_NONE;
    if (transition->shown_count) {
        uint32_t label = add_label(building, transition), link;
        transition->first = transition->label = label;
        transition->link = add_link(layers, transition->source, label, side, transition->catches);
        layers->spots[label].next = join_line(building, transition, label, GRAPH_NONE, &link);
        layers->spots[label].link = link;
    } else
        transition->first = join_line(building, transition, transition->source, side, &transition->link);
    if (!transition->turned) return;
    layers->spots[side].next = transition->first;
    layers->spots[side].link = transition->link;
    transition->first = side;
}

/* ---- ranks and neighbours ---- */

static void fill_ranks(GraphLayers *layers)
{
    for (uint32_t i = 0; i < layers->spot_count; i++)
        if (layers->spots[i].rank != GRAPH_NONE) layers->ranks[layers->spots[i].rank].count++;
    for (uint32_t i = 0; i < layers->rank_count; i++) {
        GraphRank *rank = &layers->ranks[i];
        rank->spots = NEW_ARRAY(layers->arena, uint32_t, rank->count);
        rank->count = 0;
    }
    for (uint32_t i = 0; i < layers->spot_count; i++) {
        GraphSpot *spot = &layers->spots[i];
        if (spot->rank == GRAPH_NONE || spot->beside != GRAPH_NONE) continue; /* these come in last */
        GraphRank *rank = &layers->ranks[spot->rank];
        spot->place = rank->count;
        rank->spots[rank->count++] = i;
    }
}

/* Gives every spot its lists of links, as old as their transitions; those of turned ones last, or first. */
void graph_layers_connect(GraphLayers *layers, bool turned_first)
{
    for (uint32_t i = 0; i < layers->spot_count; i++) layers->spots[i].up_count = layers->spots[i].down_count = 0;
    for (uint32_t i = 0; i < layers->link_count; i++) {
        layers->spots[layers->links[i].upper].down_count++;
        layers->spots[layers->links[i].lower].up_count++;
    }
    for (uint32_t i = 0; i < layers->spot_count; i++) {
        GraphSpot *spot = &layers->spots[i];
        spot->up = NEW_ARRAY(layers->arena, uint32_t, spot->up_count);
        spot->down = NEW_ARRAY(layers->arena, uint32_t, spot->down_count);
        spot->up_count = spot->down_count = 0;
    }
    for (uint32_t i = 0; i < layers->link_count * 2; i++) {
        uint32_t number = i % layers->link_count;
        bool     first = (layers->links[number].side == GRAPH_NONE) != turned_first;
        if (first != (i < layers->link_count)) continue;
        GraphSpot *upper = &layers->spots[layers->links[number].upper];
        GraphSpot *lower = &layers->spots[layers->links[number].lower];
        upper->down[upper->down_count++] = number;
        lower->up[lower->up_count++] = number;
    }
}

void graph_layers_gather(GraphLayers *layers, uint32_t rank)
{
    const GraphRank *own = &layers->ranks[rank];
    for (uint32_t i = 0; i < own->count; i++)
        layers->spots[own->spots[i]].up_count = layers->spots[own->spots[i]].down_count = 0;
    const GraphRank *above = rank ? own - 1 : NULL, *below = rank + 1 < layers->rank_count ? own + 1 : NULL;
    for (uint32_t i = 0; above && i < above->count; i++) {
        const GraphSpot *spot = &layers->spots[above->spots[i]];
        for (uint32_t k = 0; k < spot->down_count; k++) {
            GraphSpot *lower = &layers->spots[layers->links[spot->down[k]].lower];
            lower->up[lower->up_count++] = spot->down[k];
        }
    }
    for (uint32_t i = 0; below && i < below->count; i++) {
        const GraphSpot *spot = &layers->spots[below->spots[i]];
        for (uint32_t k = 0; k < spot->up_count; k++) {
            GraphSpot *upper = &layers->spots[layers->links[spot->up[k]].upper];
            upper->down[upper->down_count++] = spot->up[k];
        }
    }
}

static uint32_t ranks_needed(const GraphMachine *machine, const GraphLayers *layers)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < machine->state_count; i++)
        if (layers->spots[i].rank != GRAPH_NONE && layers->spots[i].rank >= count) count = layers->spots[i].rank + 1;
    return count;
}

void graph_layers_build(Graph *graph, GraphMachine *machine)
{
    Arena       *arena = graph->arena;
    GraphLayers *layers = NEW(arena, GraphLayers);
    Building     building = { .graph = graph, .machine = machine, .layers = layers };
    building.lines = NEW_ARRAY(arena, Line, arena_size(machine->state_count, 4));
    machine->layers = layers;
    layers->arena = arena;
    reach_lines(&building);
    uint32_t bends = count_bends(&building);
    layers->spot_capacity = machine->state_count + bends + 2 * machine->transition_count;
    layers->link_capacity = bends + 2 * machine->transition_count;
    layers->spots = NEW_ARRAY(arena, GraphSpot, layers->spot_capacity);
    layers->links = NEW_ARRAY(arena, GraphLink, layers->link_capacity);
    add_states(&building);
    for (uint32_t i = 0; i < machine->state_count * 4; i++)
        if (building.lines[i].used && !building.lines[i].straight) add_line(&building, i);
    for (uint32_t i = 0; i < machine->transition_count; i++) {
        GraphTransition *transition = &machine->transitions[i];
        transition->first = transition->label = GRAPH_NONE;
        if (!is_loop(transition) && !line_of(&building, transition)->straight) add_transition(&building, transition);
    }
    layers->rank_count = ranks_needed(machine, layers);
    layers->ranks = NEW_ARRAY(arena, GraphRank, layers->rank_count);
    fill_ranks(layers);
}

/* ---- the sides ---- */

typedef struct Side {
    uint32_t spot, state;
    uint32_t key;    /* where its line goes on: from left to right */
    bool     left;   /* of the state */
    bool     leaves; /* the state, upwards; the others come to it, from below */
} Side;

static int compare_sides(const void *a, const void *b)
{
    const Side *one = a, *two = b;
    if (one->state != two->state) return one->state < two->state ? -1 : 1;
    if (one->left != two->left) return one->left ? -1 : 1;
    if (one->key != two->key) return one->key < two->key ? -1 : 1;
    return one->spot < two->spot ? -1 : one->spot > two->spot;
}

static uint32_t other_end(const GraphLink *link, uint32_t spot)
{
    return link->upper == spot ? link->lower : link->upper;
}

/* On the side where fewer links are in its way; not where a transition to the state itself is. */
static Side choose_side(const GraphLayers *layers, const GraphLink *link)
{
    const GraphSpot *side = &layers->spots[link->side], *state = &layers->spots[side->beside];
    bool             leaves = link->lower == side->beside;
    const uint32_t  *links = leaves ? state->up : state->down;
    uint32_t         count = leaves ? state->up_count : state->down_count, left = 0, right = 0;
    uint32_t         key = layers->spots[other_end(link, side->beside)].place;
    for (uint32_t i = 0; i < count; i++) {
        const GraphLink *other = &layers->links[links[i]];
        uint32_t         place = layers->spots[other_end(other, side->beside)].place;
        if (other->side != GRAPH_NONE) continue;
        left += place < key;
        right += place > key;
    }
    return (Side){ .spot = link->side,
                   .state = side->beside,
                   .key = key,
                   .left = left < right || state->right > state->left,
                   .leaves = leaves };
}

static Side *choose_sides(GraphLayers *layers, uint32_t *out_count)
{
    Side    *sides = NEW_ARRAY(layers->arena, Side, layers->link_count);
    bool    *chosen = NEW_ARRAY(layers->arena, bool, layers->spot_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < layers->link_count; i++) {
        uint32_t spot = layers->links[i].side;
        if (spot == GRAPH_NONE || chosen[spot]) continue;
        chosen[spot] = true;
        sides[count++] = choose_side(layers, &layers->links[i]);
    }
    qsort(sides, count, sizeof *sides, compare_sides);
    *out_count = count;
    return sides;
}

/* Where the lines of one side of a state touch it. Those that leave go up from there, those that come come from
 * below: so the ones stay above the others, and of each kind the outer ones nearer to the middle, and no line
 * crosses another. */
static void set_ports(GraphLayers *layers, const Side *sides, uint32_t count)
{
    enum { PORT_FARTHEST = 14, PORT_NEAREST = 3 };
    uint32_t leaving = 0, left_yet[2];
    for (uint32_t i = 0; i < count; i++) leaving += sides[i].leaves;
    left_yet[false] = count - leaving;
    left_yet[true] = leaving;
    for (uint32_t i = 0; count > 1 && i < count; i++) {
        const Side *side = &sides[sides->left ? i : count - 1 - i]; /* from the outermost */
        uint32_t    all = side->leaves ? leaving : count - leaving, inner = --left_yet[side->leaves];
        int         port = PORT_FARTHEST - (int)((PORT_FARTHEST - PORT_NEAREST) * (int64_t)inner / all);
        layers->spots[side->spot].port = side->leaves ? -port : port;
    }
}

static uint32_t group_end(const Side *sides, uint32_t count, uint32_t from)
{
    uint32_t end = from;
    while (end < count && sides[end].state == sides[from].state && sides[end].left == sides[from].left) end++;
    return end;
}

static void take_place(GraphLayers *layers, GraphRank *rank, uint32_t spot)
{
    layers->spots[spot].place = rank->count;
    rank->spots[rank->count++] = spot;
}

/* The rank's spots again, with the bends beside its states. `first` is a state's first side, `sides` end with
 * another's. */
static void insert_sides(GraphLayers *layers, uint32_t number, const Side *sides, const uint32_t *first)
{
    GraphRank *rank = &layers->ranks[number];
    uint32_t   count = rank->count, *before = arena_copy(layers->arena, rank->spots, count * sizeof *before);
    rank->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool        is_state = layers->spots[before[i]].kind == GRAPH_SPOT_STATE;
        const Side *side = sides + (is_state ? first[before[i]] : 0);
        const Side *end = sides + (is_state ? first[before[i] + 1] : 0);
        for (; side < end && side->left; side++) take_place(layers, rank, side->spot);
        take_place(layers, rank, before[i]);
        for (; side < end; side++) take_place(layers, rank, side->spot);
    }
}

static void link_sides(GraphLayers *layers)
{
    for (uint32_t i = 0; i < layers->link_count; i++) {
        GraphLink *link = &layers->links[i];
        if (link->side == GRAPH_NONE) continue;
        if (layers->spots[link->side].rank == layers->spots[link->upper].rank)
            link->upper = link->side;
        else
            link->lower = link->side;
    }
}

void graph_layers_add_sides(GraphMachine *machine)
{
    GraphLayers *layers = machine->layers;
    for (uint32_t i = 0; i < layers->rank_count; i++) graph_layers_gather(layers, i);
    uint32_t count, at = 0;
    Side    *sides = choose_sides(layers, &count);
    for (uint32_t from = 0; from < count; from = group_end(sides, count, from))
        set_ports(layers, sides + from, group_end(sides, count, from) - from);
    uint32_t *first = NEW_ARRAY(layers->arena, uint32_t, machine->state_count + 1);
    for (uint32_t i = 0; i <= machine->state_count; i++) {
        while (at < count && sides[at].state < i) at++;
        first[i] = at;
    }
    for (uint32_t i = 0; i < layers->rank_count; i++) insert_sides(layers, i, sides, first);
    link_sides(layers);
    graph_layers_connect(layers, false);
    for (uint32_t i = 0; i < layers->rank_count; i++) graph_layers_gather(layers, i);
}
