/* validate_flow.c -- what lies between states: targets that are missing, states that nothing leads to, no end.
 *
 * The service calls every transition Next in its message, also StartAt and Default. It asks only the main machine for a
 * terminal state, and when there is none it does not look for states that cannot be reached there. */
#include "asl/validate_internal.h"

enum { SUGGESTIONS_MAX = 64 }; /* looking for the nearest name goes over all of them */

static bool has_end(const AslOutline *outline, const AslOutlineMachine *machine)
{
    for (uint32_t i = machine->first; i < machine->first + machine->count; i++)
        if (outline->states[i].ends) return true;
    return machine->count == 0;
}

static void miss(AslCheck *check, const AslOutlineMachine *machine, Str target, const AslPlace *place)
{
    Str quoted = asl_quote(target);
    asl_check_add(check, ASL_ERROR, "MISSING_TRANSITION_TARGET", place,
                  str_format(check->arena, "Missing 'Next' target: %.*s", STR_ARG(quoted)), STR_NONE);
    if (check->misses++ >= SUGGESTIONS_MAX) return;
    Str near = asl_nearest(target, json_get(machine->json, STR("States")));
    if (near.data) {
        asl_check_hint(check, str_format(check->arena, "Did you mean '%.*s'?", STR_ARG(near)));
    } else if (json_get(check->everywhere, target)) {
        asl_check_hint(
            check,
            STR("A state of that name is in another machine; a transition cannot leave its branch or item processor."));
    }
}

void asl_check_start(AslCheck *check, const AslOutlineMachine *machine)
{
    const Json *start = json_get(machine->json, STR("StartAt"));
    const Json *states = json_get(machine->json, STR("States"));
    AslPlace    at = asl_place(machine->place, STR("StartAt"));
    if (!start || start->type != JSON_STRING || machine->start != ASL_NOWHERE) return;
    if (states && states->type == JSON_OBJECT && states->count && !json_get(states, start->text))
        miss(check, machine, start->text, &at);
}

static AslPlace edge_place(const AslEdge *edge, AslPlace *room, const AslPlace *state)
{
    switch (edge->kind) {
    case EDGE_DEFAULT: return asl_place(state, STR("Default"));
    case EDGE_RULE: *room = asl_place_item(state, STR("Choices"), edge->index); break;
    case EDGE_CATCH: *room = asl_place_item(state, STR("Catch"), edge->index); break;
    default: return asl_place(state, STR("Next"));
    }
    return asl_place(room, STR("Next"));
}

/* A target may be there and be no state: that is said where it stands. */
static bool is_missing(const AslOutlineMachine *machine, const AslEdge *edge)
{
    return edge->to == ASL_NOWHERE && !json_get(json_get(machine->json, STR("States")), edge->name);
}

void asl_check_flow(AslCheck *check, const AslOutlineState *state)
{
    const AslOutline        *outline = check->outline;
    const AslOutlineMachine *machine = &outline->machines[state->machine];
    bool                     main = machine->owner == ASL_NOWHERE;
    if (main && check->single) return;
    for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++) {
        AslPlace room, at = edge_place(&outline->edges[e], &room, &state->place);
        if (is_missing(machine, &outline->edges[e])) miss(check, machine, outline->edges[e].name, &at);
    }
    if (state->reached || !json_get(machine->json, STR("StartAt")) || (main && !check->ended)) return;
    Str quoted = asl_quote(state->name);
    asl_check_add(check, ASL_ERROR, "MISSING_TRANSITION_TARGET", &state->place,
                  str_format(check->arena, "State \"%.*s\" is not reachable.", STR_ARG(quoted)),
                  STR("Nothing leads here from StartAt."));
}

void asl_check_end(AslCheck *check)
{
    if (check->ended) return;
    check->rank = UINT32_MAX;
    asl_check_add(check, ASL_ERROR, "MISSING_END_STATE", NULL, STR("Workflow has no terminal state"),
                  STR("Give a state \"End\": true, or add a Succeed or Fail state."));
}

void asl_check_prepare(AslCheck *check)
{
    const AslOutline *outline = check->outline;
    check->ended = has_end(outline, &outline->machines[0]);
    check->everywhere = json_object(check->arena);
    for (uint32_t i = 0; i < outline->state_count; i++)
        json_set(check->arena, check->everywhere, outline->states[i].name, json_null(check->arena));
}
