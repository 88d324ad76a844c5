/* read.c -- from a definition to machines.
 *
 * Nothing is refused. What has the wrong type is not there; a target that is no state becomes a state that is
 * missing. Fields are read whatever the type of their state: a Pass with Choices goes where they say. Two
 * transitions of one kind between the same two states are one, with the texts of both. */
#include "graph/internal.h"

#include "base/map.h"

typedef struct Reading {
    Graph        *graph;
    GraphMachine *machine;
    uint32_t      number; /* of the machine */
    Map           names;  /* index of a state, plus one */
    uint32_t      state_capacity, transition_capacity;
} Reading;

/* ---- lists ---- */

static void *with_room(Arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity) return items;
    uint32_t more = *capacity ? *capacity * 2 : 8;
    items = arena_grow(arena, items, arena_size(*capacity, size), arena_size(more, size));
    *capacity = more;
    return items;
}

static GraphMachine *add_machine(Graph *graph, const Json *json, uint32_t owner, uint32_t owner_state)
{
    GraphMachine *machine = NEW(graph->arena, GraphMachine);
    machine->json = json;
    machine->owner = owner;
    machine->owner_state = owner_state;
    graph->machines = with_room(graph->arena, graph->machines, graph->machine_count, &graph->machine_capacity,
                                sizeof *graph->machines);
    graph->machines[graph->machine_count++] = machine;
    return machine;
}

static uint32_t add_state(Reading *reading, GraphKind kind, Str name, const Json *json)
{
    GraphMachine *machine = reading->machine;
    machine->states = with_room(reading->graph->arena, machine->states, machine->state_count, &reading->state_capacity,
                                sizeof *machine->states);
    machine->states[machine->state_count] = (GraphState){
        .kind = kind,
        .name = name,
        .json = json,
        .detail = graph_describe_state(reading->graph->arena, kind, json),
    };
    return machine->state_count++;
}

/* ---- states ---- */

static GraphKind kind_of(const Json *state)
{
    static const struct {
        Str       name;
        GraphKind kind;
    } rows[] = {
        { STR_CONST("Task"), GRAPH_TASK },         { STR_CONST("Pass"), GRAPH_PASS },
        { STR_CONST("Choice"), GRAPH_CHOICE },     { STR_CONST("Wait"), GRAPH_WAIT },
        { STR_CONST("Succeed"), GRAPH_SUCCEED },   { STR_CONST("Fail"), GRAPH_FAIL },
        { STR_CONST("Parallel"), GRAPH_PARALLEL }, { STR_CONST("Map"), GRAPH_MAP },
    };
    Str type = json_get_str(state, STR("Type"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_equal(rows[i].name, type)) return rows[i].kind;
    return GRAPH_UNKNOWN;
}

/* False: there are enough. */
static bool admit(Graph *graph)
{
    bool room = graph->state_count < GRAPH_STATES_MAX;
    graph->state_count += room;
    graph->left_out += !room;
    return room;
}

static void name_state(Reading *reading, Str name, uint32_t index)
{
    if (!map_put(&reading->names, name, (void *)((uintptr_t)index + 1))) memory_exhausted();
}

static void read_states(Reading *reading)
{
    const Json *states = json_get(reading->machine->json, STR("States"));
    if (!states || states->type != JSON_OBJECT) return;
    JSON_EACH_MEMBER(states, member) {
        if (json_get(states, member->name) != member->value) continue; /* another of that name follows */
        uint32_t index = GRAPH_NONE;
        if (admit(reading->graph)) index = add_state(reading, kind_of(member->value), member->name, member->value);
        name_state(reading, member->name, index);
    }
}

/* The state of that name, made where it is missing; GRAPH_NONE for one that is left out. */
static uint32_t find_state(Reading *reading, Str name)
{
    uintptr_t found = (uintptr_t)map_get(&reading->names, name);
    if (found) return (uint32_t)(found - 1);
    uint32_t index = GRAPH_NONE;
    if (admit(reading->graph)) index = add_state(reading, GRAPH_MISSING, name, NULL);
    name_state(reading, name, index);
    return index;
}

/* ---- transitions ---- */

static bool admit_transition(Graph *graph)
{
    bool room = graph->transition_count < GRAPH_TRANSITIONS_MAX;
    graph->transition_count += room;
    return room;
}

/* The one of that kind between the two, or a new one; NULL where there are enough. */
static GraphTransition *find_transition(Reading *reading, uint32_t source, uint32_t target, bool catches)
{
    GraphMachine *machine = reading->machine;
    uint32_t     *latest = &machine->states[target].latest[catches];
    if (*latest && machine->transitions[*latest - 1].source == source) return &machine->transitions[*latest - 1];
    if (!admit_transition(reading->graph)) return NULL;
    machine->transitions = with_room(reading->graph->arena, machine->transitions, machine->transition_count,
                                     &reading->transition_capacity, sizeof *machine->transitions);
    GraphTransition *transition = &machine->transitions[machine->transition_count++];
    *transition = (GraphTransition){ .source = source, .target = target, .catches = catches };
    *latest = machine->transition_count;
    return transition;
}

static void add_transition(Reading *reading, uint32_t source, uint32_t target, bool catches, Str text)
{
    if (target == GRAPH_NONE) return;
    GraphTransition *transition = find_transition(reading, source, target, catches);
    if (!transition || !text.length) return;
    if (transition->text_count < GRAPH_LABEL_LINES) transition->texts[transition->text_count] = text;
    transition->text_count++;
}

static void add_next(Reading *reading, uint32_t source, const Json *holder, Str field, bool catches, Str text)
{
    const Json *next = json_get(holder, field);
    if (next && next->type == JSON_STRING)
        add_transition(reading, source, find_state(reading, next->text), catches, text);
}

static void read_choices(Reading *reading, uint32_t source, const Json *state)
{
    const Json *rules = json_get(state, STR("Choices")), *rule;
    if (rules && rules->type == JSON_ARRAY)
        JSON_EACH_ITEM(rules, rule) {
            Str text = graph_describe_rule(reading->graph->arena, rule);
            if (!text.length) text = str_format(reading->graph->arena, "rule %u", rule_at + 1);
            add_next(reading, source, rule, STR("Next"), false, text);
        }
    add_next(reading, source, state, STR("Default"), false, STR("default"));
}

static void read_catchers(Reading *reading, uint32_t source, const Json *state)
{
    const Json *catchers = json_get(state, STR("Catch")), *catcher;
    if (!catchers || catchers->type != JSON_ARRAY) return;
    JSON_EACH_ITEM(catchers, catcher) {
        Str text = graph_describe_errors(reading->graph->arena, catcher);
        add_next(reading, source, catcher, STR("Next"), true, text);
    }
}

/* A Fail has no way on: it is where an execution ends in another way than it should. */
static bool ends(const GraphState *state)
{
    const Json *end = json_get(state->json, STR("End"));
    return state->kind == GRAPH_SUCCEED || (end && end->type == JSON_BOOL && end->boolean);
}

static void read_transitions(Reading *reading)
{
    add_next(reading, GRAPH_AT_START, reading->machine->json, STR("StartAt"), false, STR_NONE);
    for (uint32_t i = GRAPH_FIRST_STATE; i < reading->machine->state_count; i++) {
        const Json *state = reading->machine->states[i].json;
        if (!state || state->type != JSON_OBJECT) continue;
        read_choices(reading, i, state);
        add_next(reading, i, state, STR("Next"), false, STR_NONE);
        if (ends(&reading->machine->states[i])) add_transition(reading, i, GRAPH_AT_END, false, STR_NONE);
        read_catchers(reading, i, state);
    }
}

/* ---- machines in states ---- */

static void add_inner(Reading *reading, GraphState *state, uint32_t index, const Json *json)
{
    if (!admit(reading->graph)) return;
    if (!state->machine_count++) state->first_machine = reading->graph->machine_count;
    add_machine(reading->graph, json, reading->number, index);
}

static void read_inner(Reading *reading, uint32_t index)
{
    GraphState *state = &reading->machine->states[index];
    const Json *branches = json_get(state->json, STR("Branches")), *branch;
    const Json *processor = json_get(state->json, STR("ItemProcessor"));
    if (!processor) processor = json_get(state->json, STR("Iterator"));
    if (state->kind == GRAPH_PARALLEL && branches && branches->type == JSON_ARRAY)
        JSON_EACH_ITEM(branches, branch) add_inner(reading, state, index, branch);
    if (state->kind == GRAPH_MAP && processor && processor->type == JSON_OBJECT)
        add_inner(reading, state, index, processor);
}

/* ---- all of it ---- */

static void forget_names(void *data)
{
    map_done(&((Reading *)data)->names);
}

static void read_machine(Graph *graph, uint32_t number)
{
    Reading *reading = NEW(graph->arena, Reading); /* in the arena: names outlive a jump to the guard */
    *reading = (Reading){ .graph = graph, .machine = graph->machines[number], .number = number };
    map_init(&reading->names);
    arena_on_done(graph->arena, forget_names, reading);
    add_state(reading, GRAPH_START, STR("Start"), NULL);
    add_state(reading, GRAPH_END, STR("End"), NULL);
    read_states(reading);
    read_transitions(reading);
    for (uint32_t i = GRAPH_FIRST_STATE; i < reading->machine->state_count; i++) read_inner(reading, i);
    forget_names(reading);
}

Graph *graph_read(Arena *arena, const Json *definition)
{
    Graph *graph = NEW(arena, Graph);
    graph->arena = arena;
    add_machine(graph, definition, GRAPH_NONE, GRAPH_NONE);
    for (uint32_t i = 0; i < graph->machine_count; i++) read_machine(graph, i);
    return graph;
}

bool graph_is_outermost(const GraphMachine *machine)
{
    return machine->owner == GRAPH_NONE;
}
