/* validate_outline.c -- a definition laid flat.
 *
 * Machines are opened in the order in which they are found, so the states of one stand side by side and no recursion is
 * needed. Then everything gets its rank: the place it has in the text, going down first. A member that occurs twice counts
 * once, the last time, as JSON readers have it. */
#include "asl/validate_internal.h"

const Str asl_type_names[TYPE_COUNT] = {
    [TYPE_NONE] = STR_CONST(""),         [TYPE_TASK] = STR_CONST("Task"),         [TYPE_WAIT] = STR_CONST("Wait"),
    [TYPE_PASS] = STR_CONST("Pass"),     [TYPE_SUCCEED] = STR_CONST("Succeed"),   [TYPE_FAIL] = STR_CONST("Fail"),
    [TYPE_CHOICE] = STR_CONST("Choice"), [TYPE_PARALLEL] = STR_CONST("Parallel"), [TYPE_MAP] = STR_CONST("Map"),
};

AslOutlineType asl_type_of(const Json *state)
{
    Str name = json_get_str(state, STR("Type"));
    for (int type = TYPE_TASK; type < TYPE_COUNT; type++)
        if (str_equal(name, asl_type_names[type])) return (AslOutlineType)type;
    return TYPE_NONE;
}

/* JSONPath only when it says exactly that; anything else that is there is taken for JSONata. */
AslLanguage asl_language_of(const Json *object, AslLanguage otherwise)
{
    const Json *language = json_get(object, STR("QueryLanguage"));
    if (!language) return otherwise;
    bool path = language->type == JSON_STRING && str_equal(language->text, STR("JSONPath"));
    return path ? LANGUAGE_JSONPATH : LANGUAGE_JSONATA;
}

/* ---- arrays ---- */

static void *room_for(Arena *arena, void *items, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room) return items;
    uint32_t more = *room ? *room * 2 : 16;
    items = arena_grow(arena, items, *room * size, arena_size(more, size));
    *room = more;
    return items;
}

static void add_machine(Arena *arena, AslOutline *outline, const Json *json, uint32_t owner, AslPlace place)
{
    outline->machines =
        room_for(arena, outline->machines, outline->machine_count, &outline->machine_room, sizeof *outline->machines);
    outline->machines[outline->machine_count++] =
        (AslOutlineMachine){ .json = json, .owner = owner, .own_place = place, .start = ASL_NOWHERE };
}

static void add_edge(Arena *arena, AslOutline *outline, AslEdgeKind kind, uint32_t index, const Json *from)
{
    const Json *target = json_get(from, kind == EDGE_DEFAULT ? STR("Default") : STR("Next"));
    if (!target || target->type != JSON_STRING) return;
    outline->edges = room_for(arena, outline->edges, outline->edge_count, &outline->edge_room, sizeof *outline->edges);
    outline->edges[outline->edge_count++] = (AslEdge){ kind, index, target->text, ASL_NOWHERE };
}

/* ---- states ---- */

static void add_edges(Arena *arena, AslOutline *outline, AslOutlineState *state)
{
    static const struct {
        Str         field;
        AslEdgeKind kind;
    } lists[] = { { STR_CONST("Choices"), EDGE_RULE }, { STR_CONST("Catch"), EDGE_CATCH } };
    state->first_edge = outline->edge_count;
    if (state->type != TYPE_CHOICE) add_edge(arena, outline, EDGE_NEXT, 0, state->json);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const Json *list = json_get(state->json, lists[i].field), *item;
        if (!list || list->type != JSON_ARRAY) continue;
        JSON_EACH_ITEM(list, item) add_edge(arena, outline, lists[i].kind, item_at, item);
    }
    if (state->type == TYPE_CHOICE) add_edge(arena, outline, EDGE_DEFAULT, 0, state->json);
    state->edge_count = outline->edge_count - state->first_edge;
}

static void add_inner_machines(Arena *arena, AslOutline *outline, uint32_t at)
{
    AslOutlineState *state = &outline->states[at];
    state->first_inner = outline->machine_count;
    const Json *branches = json_get(state->json, STR("Branches")), *branch;
    if (state->type == TYPE_PARALLEL && branches && branches->type == JSON_ARRAY)
        JSON_EACH_ITEM(branches, branch)
            if (branch->type == JSON_OBJECT)
                add_machine(arena, outline, branch, at, asl_place_item(NULL, STR("Branches"), branch_at));
    Str         name = json_get(state->json, STR("ItemProcessor")) ? STR("ItemProcessor") : STR("Iterator");
    const Json *processor = json_get(state->json, name);
    if (state->type == TYPE_MAP && processor && processor->type == JSON_OBJECT)
        add_machine(arena, outline, processor, at, asl_place(NULL, name));
    outline->states[at].inner_count = outline->machine_count - outline->states[at].first_inner;
}

static void add_state(Arena *arena, AslOutline *outline, uint32_t machine, Str name, const Json *json)
{
    outline->states =
        room_for(arena, outline->states, outline->state_count, &outline->state_room, sizeof *outline->states);
    AslOutlineState *state = &outline->states[outline->state_count++];
    *state = (AslOutlineState){ .json = json, .name = name, .machine = machine };
    state->type = asl_type_of(json);
    state->language = asl_language_of(json, outline->language);
    const Json *end = json_get(json, STR("End"));
    state->ends =
        state->type == TYPE_SUCCEED || state->type == TYPE_FAIL || (end && end->type == JSON_BOOL && end->boolean);
    add_edges(arena, outline, state);
}

static void read_config(AslOutline *outline, AslOutlineMachine *machine)
{
    const Json *config = json_get(machine->json, STR("ProcessorConfig"));
    machine->distributed = str_equal(json_get_str(config, STR("Mode")), STR("DISTRIBUTED"));
    bool     express = str_equal(json_get_str(config, STR("ExecutionType")), STR("EXPRESS"));
    uint32_t outer = outline->states[machine->owner].machine;
    machine->express = machine->distributed ? express : outline->machines[outer].express;
}

/* The states of a machine, and the machines in them. */
static void open_machine(Arena *arena, AslOutline *outline, uint32_t at)
{
    const Json *states = json_get(outline->machines[at].json, STR("States"));
    Json       *index = json_object(arena);
    if (outline->machines[at].owner != ASL_NOWHERE) read_config(outline, &outline->machines[at]);
    uint32_t first = outline->machines[at].first = outline->state_count;
    if (states && states->type == JSON_OBJECT)
        JSON_EACH_MEMBER(states, member) {
            if (member->value->type != JSON_OBJECT || json_get(states, member->name) != member->value) continue;
            json_add(arena, index, member->name, json_int_new(arena, outline->state_count));
            add_state(arena, outline, at, member->name, member->value);
        }
    int64_t found;
    outline->machines[at].count = outline->state_count - first;
    if (json_get_int(index, json_get_str(outline->machines[at].json, STR("StartAt")), &found))
        outline->machines[at].start = (uint32_t)found;
    for (uint32_t i = first; i < outline->state_count; i++)
        for (uint32_t e = outline->states[i].first_edge;
             e < outline->states[i].first_edge + outline->states[i].edge_count; e++)
            if (json_get_int(index, outline->edges[e].name, &found)) outline->edges[e].to = (uint32_t)found;
    for (uint32_t i = first; i < first + outline->machines[at].count; i++) add_inner_machines(arena, outline, i);
}

/* ---- places, ranks ---- */

/* Only now: the arrays do not move any more. */
static void place_all(AslOutline *outline)
{
    for (uint32_t i = 0; i < outline->machine_count; i++) {
        AslOutlineMachine *machine = &outline->machines[i];
        if (machine->owner != ASL_NOWHERE) {
            machine->own_place.parent = &outline->states[machine->owner].place;
            machine->place = &machine->own_place;
        }
        machine->states_place = asl_place(machine->place, STR("States"));
        for (uint32_t s = machine->first; s < machine->first + machine->count; s++)
            outline->states[s].place = asl_place(&machine->states_place, outline->states[s].name);
    }
}

typedef struct Visit {
    uint32_t machine, state; /* the next one */
} Visit;

static void rank_all(Arena *arena, AslOutline *outline)
{
    Visit   *stack = NEW_ARRAY(arena, Visit, outline->machine_count + 1);
    uint32_t depth = 0;
    outline->order = NEW_ARRAY(arena, uint32_t, outline->machine_count + outline->state_count);
    stack[depth++] = (Visit){ 0, outline->machines[0].first };
    outline->order[outline->order_count++] = ORDER_MACHINE;
    while (depth) {
        Visit                   *visit = &stack[depth - 1];
        const AslOutlineMachine *machine = &outline->machines[visit->machine];
        if (visit->state == machine->first + machine->count) {
            depth--;
            if (!depth || outline->machines[visit->machine].owner == ASL_NOWHERE) continue;
            uint32_t               next = visit->machine + 1;
            const AslOutlineState *owner = &outline->states[machine->owner];
            if (next == owner->first_inner + owner->inner_count) continue;
            outline->machines[next].rank = outline->order_count;
            outline->order[outline->order_count++] = ORDER_MACHINE | next;
            stack[depth++] = (Visit){ next, outline->machines[next].first };
            continue;
        }
        AslOutlineState *state = &outline->states[visit->state];
        state->rank = outline->order_count;
        outline->order[outline->order_count++] = visit->state++;
        if (!state->inner_count) continue;
        outline->machines[state->first_inner].rank = outline->order_count;
        outline->order[outline->order_count++] = ORDER_MACHINE | state->first_inner;
        stack[depth++] = (Visit){ state->first_inner, outline->machines[state->first_inner].first };
    }
}

/* ---- reachability ---- */

static void reach(Arena *arena, AslOutline *outline)
{
    uint32_t *pending = NEW_ARRAY(arena, uint32_t, outline->state_count + 1), count = 0;
    for (uint32_t i = 0; i < outline->machine_count; i++) {
        uint32_t start = outline->machines[i].start;
        if (start == ASL_NOWHERE || outline->states[start].reached) continue;
        outline->states[start].reached = true;
        pending[count++] = start;
    }
    while (count) {
        const AslOutlineState *state = &outline->states[pending[--count]];
        for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++) {
            uint32_t to = outline->edges[e].to;
            if (to == ASL_NOWHERE || outline->states[to].reached) continue;
            outline->states[to].reached = true;
            pending[count++] = to;
        }
    }
}

/* ---- variables ---- */

/* A Choice's own Assign is for its Default; a rule and a catcher have theirs. */
const Json *asl_edge_assign(const AslOutlineState *state, const AslEdge *edge)
{
    const Json *from = state->json;
    if (edge->kind == EDGE_RULE) from = json_get(from, STR("Choices"))->items[edge->index];
    if (edge->kind == EDGE_CATCH) from = json_get(from, STR("Catch"))->items[edge->index];
    return json_get(from, STR("Assign"));
}

static void collect_names(Arena *arena, Json *names, const Json *from, AslLanguage language)
{
    const Json *assign = json_get(from, STR("Assign"));
    if (!assign || assign->type != JSON_OBJECT) return;
    JSON_EACH_MEMBER(assign, member) {
        Str name = member->name;
        if (language == LANGUAGE_JSONPATH && str_ends_with(name, STR(".$"))) name = str_slice(name, 0, name.length - 2);
        json_set(arena, names, name, json_null(arena));
    }
}

static void collect_list(Arena *arena, Json *names, const Json *list, AslLanguage language)
{
    const Json *item;
    if (!list || list->type != JSON_ARRAY) return;
    JSON_EACH_ITEM(list, item) collect_names(arena, names, item, language);
}

static void collect_variables(Arena *arena, AslOutline *outline)
{
    for (uint32_t i = 0; i < outline->machine_count; i++) {
        Json              *names = json_object(arena);
        AslOutlineMachine *machine = &outline->machines[i];
        for (uint32_t s = machine->first; s < machine->first + machine->count; s++) {
            const AslOutlineState *state = &outline->states[s];
            collect_names(arena, names, state->json, state->language);
            collect_list(arena, names, json_get(state->json, STR("Choices")), state->language);
            collect_list(arena, names, json_get(state->json, STR("Catch")), state->language);
        }
        machine->assigned = names;
    }
}

AslOutline *asl_outline(Arena *arena, const Json *definition, AslMachineType type)
{
    AslOutline *outline = NEW(arena, AslOutline);
    outline->definition = definition;
    outline->language = asl_language_of(definition, LANGUAGE_JSONPATH);
    add_machine(arena, outline, definition, ASL_NOWHERE, asl_place(NULL, STR_NONE));
    outline->machines[0].express = type == ASL_EXPRESS;
    for (uint32_t i = 0; i < outline->machine_count; i++) open_machine(arena, outline, i);
    place_all(outline);
    rank_all(arena, outline);
    reach(arena, outline);
    collect_variables(arena, outline);
    return outline;
}
