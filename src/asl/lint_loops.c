/* lint_loops.c -- cycles that nothing leaves.
 *
 * Going backwards from where a machine can end shows which states can end at all. The others, where they are reached, go
 * round for ever: certainly, when no state among them waits or works or could fail. */
#include "asl/lint_internal.h"

typedef struct Incoming { /* transitions by their target: those of state s are from[starts[s] .. starts[s + 1]] */
    uint32_t *starts, *from;
} Incoming;

static Incoming incoming_of(Arena *arena, const AslOutline *outline)
{
    Incoming in = { NEW_ARRAY(arena, uint32_t, outline->state_count + 2),
                    NEW_ARRAY(arena, uint32_t, outline->edge_count + 1) };
    for (uint32_t e = 0; e < outline->edge_count; e++)
        if (outline->edges[e].to != ASL_NOWHERE) in.starts[outline->edges[e].to + 2]++;
    for (uint32_t s = 2; s < outline->state_count + 2; s++) in.starts[s] += in.starts[s - 1];
    for (uint32_t s = 0; s < outline->state_count; s++) {
        const AslOutlineState *state = &outline->states[s];
        for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++)
            if (outline->edges[e].to != ASL_NOWHERE) in.from[in.starts[outline->edges[e].to + 1]++] = s;
    }
    return in;
}

/* It ends, or leads where something is missing or wrong: that is said elsewhere. */
static bool stops(const AslOutline *outline, const AslOutlineState *state)
{
    if (state->ends || state->type == TYPE_NONE || !state->edge_count) return true;
    for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++)
        if (outline->edges[e].to == ASL_NOWHERE) return true;
    return false;
}

static bool *states_that_end(Arena *arena, const AslOutline *outline)
{
    Incoming  in = incoming_of(arena, outline);
    bool     *ends = NEW_ARRAY(arena, bool, outline->state_count + 1);
    uint32_t *pending = NEW_ARRAY(arena, uint32_t, outline->state_count + 1), count = 0;
    for (uint32_t s = 0; s < outline->state_count; s++) {
        if (!stops(outline, &outline->states[s])) continue;
        ends[s] = true;
        pending[count++] = s;
    }
    while (count) {
        uint32_t s = pending[--count];
        for (uint32_t i = in.starts[s]; i < in.starts[s + 1]; i++) {
            if (ends[in.from[i]]) continue;
            ends[in.from[i]] = true;
            pending[count++] = in.from[i];
        }
    }
    return ends;
}

/* One finding a machine: where its endless part begins in the text, and whether all of it only passes. */
static void look_at_machine(AslCheck *check, const AslOutlineMachine *machine, const bool *ends)
{
    const AslOutlineState *first = NULL;
    bool                   only_pass = true;
    for (uint32_t s = machine->first; s < machine->first + machine->count; s++) {
        const AslOutlineState *state = &check->outline->states[s];
        if (ends[s] || !state->reached) continue;
        if (!first) first = state;
        only_pass &= state->type == TYPE_PASS;
    }
    if (!first) return;
    check->rank = first->rank;
    Str name = asl_quote(first->name);
    asl_lint_say(check, only_pass ? ASL_ERROR : ASL_WARNING, "ENDLESS_LOOP", &first->place,
                 STR("Give the loop a Choice that leaves it."), "from '%.*s' on, no way leads to an end",
                 STR_ARG(name));
}

void asl_lint_loops(AslCheck *check)
{
    const AslOutline *outline = check->outline;
    const bool       *ends = states_that_end(check->arena, outline);
    for (uint32_t i = 0; i < outline->machine_count; i++)
        if (i > 0 || check->ended) look_at_machine(check, &outline->machines[i], ends);
}
