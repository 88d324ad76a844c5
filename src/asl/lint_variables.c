/* lint_variables.c -- variables: read before they have a value, or never read.
 *
 * Two sets of bits for each state: what has a value on every way to it, and on some way. The names of a machine are
 * numbered; machines with more than VARIABLES_MAX of them are only asked whether a name is assigned at all. A name is
 * looked for in its machine, then in those around it, as the service does; a distributed Map's children see none of those. */
#include "asl/lint_internal.h"

#include "asl/expression.h"
#include "asl/intrinsic.h"
#include "jsonata/jsonata.h"

enum { VARIABLES_MAX = 512, WORD_BITS = 64 };

typedef struct Sets {  /* of one machine */
    Json     *numbers; /* of its names; NULL: too many */
    uint32_t  words;
    uint64_t *certain, *possible; /* `words` for each of its states */
} Sets;

typedef struct Variables {
    AslCheck              *check;
    Arena                 *arena;
    Sets                  *sets;
    Json                 **used; /* names that are read, by machine */
    const AslOutlineState *state;
    const AslPlace        *place; /* of the field that is being read */
    bool                   jsonata;
    Json                  *said; /* names that this state has been told about */
} Variables;

/* ---- sets ---- */

static uint64_t *row(uint64_t *bits, const Sets *sets, uint32_t state)
{
    return bits + (size_t)state * sets->words;
}

static void set_bits(const Sets *sets, const Json *assign, AslLanguage language, uint64_t *bits)
{
    int64_t number;
    if (!assign || assign->type != JSON_OBJECT) return;
    JSON_EACH_MEMBER(assign, member) {
        Str name = member->name;
        if (language == LANGUAGE_JSONPATH && str_ends_with(name, STR(".$"))) name = str_slice(name, 0, name.length - 2);
        if (json_get_int(sets->numbers, name, &number)) bits[number / WORD_BITS] |= 1ull << (number % WORD_BITS);
    }
}

static void prepare(Variables *variables, uint32_t at)
{
    const AslOutlineMachine *machine = &variables->check->outline->machines[at];
    Sets                    *sets = &variables->sets[at];
    uint32_t                 count = machine->assigned->count, number = 0;
    if (count > VARIABLES_MAX) return;
    sets->numbers = json_object(variables->arena);
    JSON_EACH_MEMBER(machine->assigned, member)
        json_add(variables->arena, sets->numbers, member->name, json_int_new(variables->arena, number++));
    sets->words = count / WORD_BITS + 1;
    size_t words = (size_t)sets->words * (machine->count + 1);
    sets->certain = NEW_ARRAY(variables->arena, uint64_t, words);
    sets->possible = NEW_ARRAY(variables->arena, uint64_t, words);
    memset(sets->certain, 0xff, words * sizeof *sets->certain);
    if (machine->start != ASL_NOWHERE)
        memset(row(sets->certain, sets, machine->start - machine->first), 0, sets->words * sizeof *sets->certain);
}

/* Carries a state's sets over one transition; true: the target has news. */
static bool carry(const Sets *sets, const AslOutlineState *state, const AslEdge *edge, uint32_t from, uint32_t to)
{
    uint64_t  given[VARIABLES_MAX / WORD_BITS + 1] = { 0 };
    uint64_t *certain = row(sets->certain, sets, to), *possible = row(sets->possible, sets, to);
    bool      news = false;
    set_bits(sets, asl_edge_assign(state, edge), state->language, given);
    for (uint32_t i = 0; i < sets->words; i++) {
        uint64_t all = certain[i] & (row(sets->certain, sets, from)[i] | given[i]),
                 some = possible[i] | row(sets->possible, sets, from)[i] | given[i];
        news |= all != certain[i] || some != possible[i];
        certain[i] = all;
        possible[i] = some;
    }
    return news;
}

static void spread(Variables *variables, uint32_t at)
{
    const AslOutline        *outline = variables->check->outline;
    const AslOutlineMachine *machine = &outline->machines[at];
    const Sets              *sets = &variables->sets[at];
    if (!sets->numbers || machine->start == ASL_NOWHERE || !machine->assigned->count) return;
    uint32_t *pending = NEW_ARRAY(variables->arena, uint32_t, machine->count + 1), count = 0;
    bool     *waiting = NEW_ARRAY(variables->arena, bool, machine->count + 1),
         *seen = NEW_ARRAY(variables->arena, bool, machine->count + 1);
    pending[count++] = machine->start - machine->first;
    seen[machine->start - machine->first] = true;
    while (count) {
        uint32_t               from = pending[--count];
        const AslOutlineState *state = &outline->states[machine->first + from];
        waiting[from] = false;
        for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++) {
            if (outline->edges[e].to == ASL_NOWHERE) continue;
            uint32_t to = outline->edges[e].to - machine->first;
            bool     news = carry(sets, state, &outline->edges[e], from, to) || !seen[to];
            seen[to] = true;
            if (!news || waiting[to]) continue;
            waiting[to] = true;
            pending[count++] = to;
        }
    }
}

/* ---- reads ---- */

typedef enum Value { VALUE_NEVER, VALUE_SOMETIMES, VALUE_ALWAYS } Value;

static Value value_at(const Variables *variables, uint32_t machine, uint32_t state, Str name)
{
    int64_t     number;
    const Sets *sets = &variables->sets[machine];
    if (!sets->numbers) return VALUE_ALWAYS;
    if (!json_get_int(sets->numbers, name, &number)) return VALUE_NEVER;
    uint32_t at = state - variables->check->outline->machines[machine].first;
    uint64_t bit = 1ull << (number % WORD_BITS);
    if (row(sets->certain, sets, at)[number / WORD_BITS] & bit) return VALUE_ALWAYS;
    return row(sets->possible, sets, at)[number / WORD_BITS] & bit ? VALUE_SOMETIMES : VALUE_NEVER;
}

/* From the inside out. */
static Value look_up(const Variables *variables, Str name, bool *out_assigned)
{
    const AslOutline *outline = variables->check->outline;
    uint32_t          state = (uint32_t)(variables->state - outline->states), at = variables->state->machine;
    Value             best = VALUE_NEVER;
    *out_assigned = false;
    for (;;) {
        const AslOutlineMachine *machine = &outline->machines[at];
        if (json_get(machine->assigned, name)) {
            Value value = value_at(variables, at, state, name);
            *out_assigned = true;
            json_set(variables->arena, variables->used[at], name, json_null(variables->arena));
            if (value > best) best = value;
            if (best == VALUE_ALWAYS) return best;
        }
        if (machine->owner == ASL_NOWHERE || machine->distributed) return best;
        state = machine->owner;
        at = outline->states[state].machine;
    }
}

static void read_variable(Variables *variables, Str name)
{
    bool      assigned;
    Value     value = look_up(variables, name, &assigned);
    Str       quoted = asl_quote(name);
    AslCheck *check = variables->check;
    if (value == VALUE_ALWAYS || !variables->state->reached || json_get(variables->said, name)) return;
    json_set(variables->arena, variables->said, name, json_null(variables->arena));
    check->rank = variables->state->rank;
    if (value == VALUE_SOMETIMES) {
        asl_lint_say(check, ASL_WARNING, "VARIABLE_NOT_SET", variables->place,
                     STR("Assign it on every way that leads here."),
                     "the variable '$%.*s' has no value on some ways that lead here", STR_ARG(quoted));
        return;
    }
    Str near = asl_nearest(name, check->outline->machines[variables->state->machine].assigned);
    Str hint = near.data && !str_equal(near, name)
                   ? str_format(variables->arena, "Did you mean '$%.*s'?", STR_ARG(near))
                   : STR("");
    asl_lint_say(check, variables->jsonata ? ASL_WARNING : ASL_ERROR, "UNDEFINED_VARIABLE", variables->place, hint,
                 assigned ? "the variable '$%.*s' is only assigned later"
                          : "the variable '$%.*s' is not assigned anywhere that can be seen from here",
                 STR_ARG(quoted));
}

static void read_path(void *data, Str path)
{
    Variables *variables = data;
    size_t     end = 1;
    if (path.length < 2 || path.data[0] != '$' || is_one_of(path.data[1], "$.[")) return;
    while (end < path.length && !is_one_of(path.data[end], ".[")) end++;
    read_variable(variables, str_slice(path, 1, end));
}

static void read_text(Variables *variables, Str text)
{
    AslIntrinsic *call;
    if (!asl_is_intrinsic(text)) {
        read_path(variables, text);
        return;
    }
    Error *error = asl_intrinsic_compile(variables->arena, text, &call);
    error_free(error);
    if (!error) asl_intrinsic_paths(call, read_path, variables);
}

static void read_expression(Variables *variables, Str text)
{
    const JsonataOptions options = { JSONATA_STATES };
    JsonataProgram      *program = NULL;
    JsonataFault         fault;
    Str                 *names;
    Error *error = jsonata_compile(variables->arena, str_slice(text, 2, text.length - 2), &options, &program, &fault);
    error_free(error);
    if (error || !program) return;
    size_t count = jsonata_free_variables(program, variables->arena, &names);
    for (size_t i = count; i-- > 0;)
        if (!str_equal(names[i], STR("states"))) read_variable(variables, names[i]);
}

/* ---- states ---- */

static bool is_path_field(Str name)
{
    return str_ends_with(name, STR(".$")) || str_ends_with(name, STR("Path")) || str_equal(name, STR("Variable"));
}

/* Fields of a state that are not its own computing: what is in other machines, and what is taken as it stands. */
bool asl_is_other_value(Str name)
{
    static const Str names[] = { STR_CONST("Branches"), STR_CONST("ItemProcessor"), STR_CONST("Iterator"),
                                 STR_CONST("Result"), STR_CONST("Comment") };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal(name, names[i])) return true;
    return false;
}

static void read_state(Variables *variables, const AslOutlineState *state)
{
    const Json *part;
    AslPlace    at;
    AslWalk     walk = { .arena = variables->arena };
    variables->state = state;
    variables->jsonata = state->language == LANGUAGE_JSONATA;
    variables->said = json_object(variables->arena);
    asl_walk_into(&walk, state->json, state->place);
    while (asl_walk_next(&walk, &part, &at)) {
        variables->place = &at;
        if (walk.depth == 1 && asl_is_other_value(at.name)) continue;
        if (part->type == JSON_OBJECT || part->type == JSON_ARRAY) asl_walk_into(&walk, part, at);
        if (part->type != JSON_STRING) continue;
        if (variables->jsonata && asl_is_expression(part->text)) read_expression(variables, part->text);
        if (!variables->jsonata && at.name.data && is_path_field(at.name)) read_text(variables, part->text);
    }
}

/* ---- never read ---- */

static void say_unused(Variables *variables, const AslOutlineState *state, const Json *assign, AslPlace place)
{
    if (!assign || assign->type != JSON_OBJECT) return;
    JSON_EACH_MEMBER(assign, member) {
        Str      name = member->name;
        AslPlace at = asl_place(&place, member->name);
        if (state->language == LANGUAGE_JSONPATH && str_ends_with(name, STR(".$")))
            name = str_slice(name, 0, name.length - 2);
        if (json_get(variables->used[state->machine], name)) continue;
        json_set(variables->arena, variables->used[state->machine], name, json_null(variables->arena));
        variables->check->rank = state->rank;
        asl_lint_say(variables->check, ASL_WARNING, "UNUSED_VARIABLE", &at, STR(""),
                     "the variable '$%.*s' is never read", STR_ARG(asl_quote(name)));
    }
}

static void say_unused_in(Variables *variables, const AslOutlineState *state)
{
    static const Str lists[] = { STR_CONST("Choices"), STR_CONST("Catch") };
    say_unused(variables, state, json_get(state->json, STR("Assign")), asl_place(&state->place, STR("Assign")));
    for (size_t i = 0; i < 2; i++) {
        const Json *list = json_get(state->json, lists[i]), *item;
        if (!list || list->type != JSON_ARRAY) continue;
        JSON_EACH_ITEM(list, item) {
            AslPlace at = asl_place_item(&state->place, lists[i], item_at);
            say_unused(variables, state, json_get(item, STR("Assign")), asl_place(&at, STR("Assign")));
        }
    }
}

void asl_lint_variables(AslCheck *check)
{
    const AslOutline *outline = check->outline;
    Variables         variables = { .check = check, .arena = check->arena };
    variables.sets = NEW_ARRAY(check->arena, Sets, outline->machine_count);
    variables.used = NEW_ARRAY(check->arena, Json *, outline->machine_count);
    for (uint32_t i = 0; i < outline->machine_count; i++) {
        variables.used[i] = json_object(check->arena);
        prepare(&variables, i);
        spread(&variables, i);
    }
    for (uint32_t i = 0; i < outline->state_count; i++) read_state(&variables, &outline->states[i]);
    for (uint32_t i = 0; i < outline->state_count; i++) say_unused_in(&variables, &outline->states[i]);
}
