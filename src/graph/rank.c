/* rank.c -- which state stands in which row.
 *
 * A walk in depth from the start follows transitions in their order and turns those that lead back to a state it is
 * still inside of; without them there is no circle. What is left gives each state the rank behind the last of those
 * before it, so most transitions lead down. A state that nothing leads to stands just above what it leads to. States
 * have even ranks; the start has 0, the end comes last. */
#include "graph/internal.h"

typedef struct Ranking {
    GraphMachine *machine;
    uint32_t     *first; /* by state: its first transition; one more entry at the end */
    uint32_t     *order; /* every state behind those before it */
    uint32_t      order_count;
} Ranking;

static uint32_t *first_transitions(Arena *arena, const GraphMachine *machine)
{
    uint32_t *first = NEW_ARRAY(arena, uint32_t, machine->state_count + 1), at = 0;
    for (uint32_t i = 0; i <= machine->state_count; i++) {
        while (at < machine->transition_count && machine->transitions[at].source < i) at++;
        first[i] = at;
    }
    return first;
}

/* ---- circles ---- */

typedef enum Mark { MARK_NEW, MARK_INSIDE, MARK_LEFT } Mark;

typedef struct Walk {
    uint32_t *stack, *next; /* states it is inside of; by state, the transition to follow next */
    uint8_t  *marks;
} Walk;

static void walk_from(Ranking *ranking, Walk *walk, uint32_t root, bool reached)
{
    GraphMachine *machine = ranking->machine;
    uint32_t      depth = 0;
    if (walk->marks[root] != MARK_NEW) return;
    walk->stack[depth++] = root;
    walk->marks[root] = MARK_INSIDE;
    while (depth) {
        uint32_t state = walk->stack[depth - 1];
        machine->states[state].reached |= reached;
        if (walk->next[state] == ranking->first[state + 1]) {
            walk->marks[state] = MARK_LEFT;
            ranking->order[--ranking->order_count] = state;
            depth--;
            continue;
        }
        GraphTransition *transition = &machine->transitions[walk->next[state]++];
        Mark             mark = walk->marks[transition->target];
        transition->turned = mark == MARK_INSIDE;
        if (mark != MARK_NEW) continue;
        walk->marks[transition->target] = MARK_INSIDE;
        walk->stack[depth++] = transition->target;
    }
}

/* Leaving the walk in reverse is an order in which every transition that was not turned leads on. */
static void turn_circles(Arena *arena, Ranking *ranking)
{
    uint32_t count = ranking->machine->state_count;
    Walk     walk = {
            .stack = NEW_ARRAY(arena, uint32_t, count),
            .next = NEW_ARRAY(arena, uint32_t, count),
            .marks = NEW_ARRAY(arena, uint8_t, count),
    };
    memcpy(walk.next, ranking->first, count * sizeof *walk.next);
    ranking->order = NEW_ARRAY(arena, uint32_t, count);
    ranking->order_count = count; /* filled from the end */
    walk_from(ranking, &walk, GRAPH_AT_START, true);
    for (uint32_t i = 0; i < count; i++) walk_from(ranking, &walk, i, false);
}

/* ---- ranks ---- */

static void raise_to(uint32_t *rank, uint32_t least)
{
    if (*rank < least) *rank = least;
}

/* Turned ones need no look: the walk went down from their targets to their sources. */
static void rank_downwards(Ranking *ranking, bool *led_to)
{
    GraphMachine *machine = ranking->machine;
    for (uint32_t i = 0; i < machine->state_count; i++) machine->states[i].rank = i == GRAPH_AT_START ? 0 : 2;
    for (uint32_t i = 0; i < machine->state_count; i++) {
        uint32_t state = ranking->order[i];
        for (uint32_t at = ranking->first[state]; at < ranking->first[state + 1]; at++) {
            const GraphTransition *transition = &machine->transitions[at];
            if (transition->turned) continue;
            raise_to(&machine->states[transition->target].rank, machine->states[state].rank + 2);
            led_to[transition->target] = true;
        }
    }
}

static void end_comes_last(GraphMachine *machine)
{
    GraphState *end = &machine->states[GRAPH_AT_END];
    for (uint32_t i = 0; i < machine->state_count; i++)
        if (i != GRAPH_AT_END) raise_to(&end->rank, machine->states[i].rank + 2);
}

static void pull_down(Ranking *ranking, uint32_t state)
{
    GraphMachine *machine = ranking->machine;
    uint32_t      nearest = GRAPH_NONE;
    for (uint32_t at = ranking->first[state]; at < ranking->first[state + 1]; at++) {
        const GraphTransition *transition = &machine->transitions[at];
        uint32_t               rank = machine->states[transition->target].rank;
        if (!transition->turned && rank < nearest) nearest = rank;
    }
    if (nearest != GRAPH_NONE) machine->states[state].rank = nearest - 2;
}

void graph_rank(Arena *arena, GraphMachine *machine)
{
    Ranking ranking = { .machine = machine, .first = first_transitions(arena, machine) };
    bool   *led_to = NEW_ARRAY(arena, bool, machine->state_count);
    turn_circles(arena, &ranking);
    rank_downwards(&ranking, led_to);
    end_comes_last(machine);
    for (uint32_t i = machine->state_count; i-- > 0;)
        if (!led_to[ranking.order[i]] && ranking.order[i] != GRAPH_AT_START) pull_down(&ranking, ranking.order[i]);
}
