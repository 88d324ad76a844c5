/* coverage.c -- which states and transitions of a definition were gone through.
 *
 * Histories say what follows from what: the event of entering names the event of leaving before it. So the numbers of
 * events of leaving are kept, by execution, for as long as the play lasts. */
#include "play/coverage.h"

#include "base/map.h"

typedef struct Trail { /* of an execution: by event, 1 + the state that it left */
    uint32_t *left;
    uint32_t  capacity;
} Trail;

typedef struct Rows {
    CoverageRow *rows;
    size_t       count, capacity;
} Rows;

struct Coverage {
    Arena    arena;
    Rows     states, transitions;
    Map      by_name;  /* of states: 1 + index, as a pointer */
    Map      by_names; /* of transitions: "from\nto", likewise */
    Trail   *trails;   /* by execution */
    uint32_t trail_capacity;
    bool     failed;   /* out of memory */
};

/* ---- the definition ---- */

static bool add_row(Coverage *coverage, Rows *rows, Map *index, Str key, Str from, Str to)
{
    if (map_get(index, key)) return true;
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 16;
        rows->rows = arena_grow(&coverage->arena, rows->rows, rows->capacity * sizeof(CoverageRow), capacity * sizeof(CoverageRow));
        rows->capacity = capacity;
    }
    rows->rows[rows->count++] = (CoverageRow){ from, to, 0 };
    return map_put(index, key, (void *)(uintptr_t)rows->count);
}

static bool add_transition(Coverage *coverage, Str from, const Json *holder, const char *member)
{
    Str to = json_get_str(holder, str_from_c(member));
    if (!to.data) return true;
    Str key = str_format(&coverage->arena, "%.*s\n%.*s", STR_ARG(from), STR_ARG(to));
    return add_row(coverage, &coverage->transitions, &coverage->by_names, key, from, str_copy(&coverage->arena, to));
}

static bool add_rules(Coverage *coverage, Str from, const Json *rules)
{
    Json *rule;
    if (!rules || rules->type != JSON_ARRAY) return true;
    JSON_EACH_ITEM(rules, rule)
        if (!add_transition(coverage, from, rule, "Next")) return false;
    return true;
}

static bool add_machine(Coverage *coverage, const Json *machine);

static bool add_state(Coverage *coverage, Str name, const Json *state)
{
    const Json *branches = json_get(state, STR("Branches")), *branch;
    Str         copy = str_copy(&coverage->arena, name);
    if (!add_row(coverage, &coverage->states, &coverage->by_name, copy, STR_NONE, copy) ||
        !add_transition(coverage, copy, state, "Next") || !add_rules(coverage, copy, json_get(state, STR("Choices"))) ||
        !add_transition(coverage, copy, state, "Default") || !add_rules(coverage, copy, json_get(state, STR("Catch"))))
        return false;
    if (branches && branches->type == JSON_ARRAY)
        JSON_EACH_ITEM(branches, branch)
            if (!add_machine(coverage, branch)) return false;
    return add_machine(coverage, json_get(state, STR("ItemProcessor"))) && add_machine(coverage, json_get(state, STR("Iterator")));
}

static bool add_machine(Coverage *coverage, const Json *machine)
{
    const Json *states = json_get(machine, STR("States"));
    if (!states || states->type != JSON_OBJECT) return true;
    JSON_EACH_MEMBER(states, member)
        if (!add_state(coverage, member->name, member->value)) return false;
    return true;
}

Error *coverage_new(const Json *definition, Coverage **out)
{
    Coverage *coverage = memory_alloc_zero(sizeof *coverage);
    if (!coverage) return error_memory();
    arena_init(&coverage->arena, 0);
    map_init(&coverage->by_name);
    map_init(&coverage->by_names);
    if (add_machine(coverage, definition)) {
        *out = coverage;
        return NULL;
    }
    coverage_free(coverage);
    return error_memory();
}

static void forget_trails(Coverage *coverage)
{
    for (uint32_t i = 0; i < coverage->trail_capacity; i++) memory_free(coverage->trails[i].left);
    memory_free(coverage->trails);
    coverage->trails = NULL;
    coverage->trail_capacity = 0;
}

void coverage_free(Coverage *coverage)
{
    if (!coverage) return;
    forget_trails(coverage);
    map_done(&coverage->by_name);
    map_done(&coverage->by_names);
    arena_done(&coverage->arena);
    memory_free(coverage);
}

Error *coverage_begin(Coverage *coverage)
{
    forget_trails(coverage);
    return coverage->failed ? error_memory() : NULL;
}

/* ---- events ---- */

/* Room for number `wanted`; what is new is zero. */
static bool make_room(void **array, uint32_t *capacity, size_t size, uint32_t wanted)
{
    if (wanted < *capacity) return true;
    uint32_t larger = *capacity ? *capacity : 8;
    while (larger <= wanted) larger *= 2;
    void *grown = memory_resize(*array, larger * size);
    if (!grown) return false;
    memset((char *)grown + *capacity * size, 0, (larger - *capacity) * size);
    *array = grown;
    *capacity = larger;
    return true;
}

static Trail *trail_of(Coverage *coverage, const PlayPlace *place)
{
    bool room = make_room((void **)&coverage->trails, &coverage->trail_capacity, sizeof(Trail), place->execution);
    if (!room) coverage->failed = true;
    return room ? &coverage->trails[place->execution] : NULL;
}

static void hear_left(Coverage *coverage, const PlayPlace *place, const AslHistory *event, uintptr_t state)
{
    Trail *trail = trail_of(coverage, place);
    if (!trail) return;
    if (make_room((void **)&trail->left, &trail->capacity, sizeof *trail->left, event->id)) trail->left[event->id] = (uint32_t)state;
    else coverage->failed = true;
}

static void hear_entered(Coverage *coverage, const PlayPlace *place, const AslHistory *event, uintptr_t state)
{
    char   key[512];
    Trail *trail = trail_of(coverage, place);
    coverage->states.rows[state - 1].count++;
    if (!trail || event->previous >= trail->capacity || !trail->left[event->previous]) return;
    Str from = coverage->states.rows[trail->left[event->previous] - 1].to;
    int length = snprintf(key, sizeof key, "%.*s\n%.*s", STR_ARG(from), STR_ARG(event->name));
    if (length <= 0 || (size_t)length >= sizeof key) return; /* names have 80 characters at most */
    uintptr_t transition = (uintptr_t)map_get(&coverage->by_names, str_from(key, (size_t)length));
    if (transition) coverage->transitions.rows[transition - 1].count++;
}

static bool is_kind(const AslHistory *event, Str ending)
{
    return str_ends_with(asl_history_type_name(event->type), ending);
}

static void end_trail(Coverage *coverage, const PlayPlace *place)
{
    Trail *trail = trail_of(coverage, place);
    if (!trail) return;
    memory_free(trail->left);
    *trail = (Trail){ 0 };
}

void coverage_hear(void *context, const PlayPlace *place, const AslHistory *event)
{
    Coverage *coverage = context;
    bool      entered = is_kind(event, STR("StateEntered")), left = is_kind(event, STR("StateExited"));
    if (event->type == ASL_H_ExecutionSucceeded || event->type == ASL_H_ExecutionFailed) end_trail(coverage, place);
    if (!entered && !left) return;
    uintptr_t state = (uintptr_t)map_get(&coverage->by_name, event->name);
    if (!state) return;
    if (entered) hear_entered(coverage, place, event, state);
    else hear_left(coverage, place, event, state);
}

/* ---- what came of it ---- */

const CoverageRow *coverage_states(const Coverage *coverage, size_t *out_count)
{
    *out_count = coverage->states.count;
    return coverage->states.rows;
}

const CoverageRow *coverage_transitions(const Coverage *coverage, size_t *out_count)
{
    *out_count = coverage->transitions.count;
    return coverage->transitions.rows;
}

size_t coverage_hit(const CoverageRow *rows, size_t count)
{
    size_t hit = 0;
    for (size_t i = 0; i < count; i++) hit += rows[i].count > 0;
    return hit;
}
