/* references.c -- which variables each state of a definition reads.
 *
 * The definition is one that was found valid. A field can read a variable in three ways: by a path ("InputPath": "$v.a",
 * "Variable": "$v"), by a member of a template whose name ends in ".$" (a path, or an intrinsic call with paths in it), and
 * by a JSONata expression. In paths and calls a name is what stands behind a '$': "$." and "$[" are the input, "$$" is the
 * context object, and what is between quotes is a text.
 *
 * Values are visited from a list, not by recursion; each knows the state that it is a part of. */
#include "services/states/machines.h"

#include "jsonata/jsonata.h"

typedef struct Names { /* what a state reads */
    Str    state;
    Str   *items;
    size_t count, room;
} Names;

typedef enum Role {
    ROLE_MACHINE,  /* has States */
    ROLE_FIELDS,   /* a state, or an object in it: here "...Path" is a path */
    ROLE_TEMPLATE, /* here only "....$" is one */
    ROLE_JSONATA,  /* a state in JSONata, or anything in it: here "{% %}" counts */
} Role;

typedef struct Item {
    const Json *value;
    Role        role;
    Names      *names;
} Item;

typedef struct Search {
    Arena  *arena;
    Item   *items; /* still to be visited */
    size_t  count, room;
    Names **states; /* in the order in which they are met */
    size_t  state_count, state_room;
    bool    jsonata; /* what a state speaks that does not say */
} Search;

/* ---- lists ---- */

static void *grow(Arena *arena, void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room) return list;
    size_t bigger = *room ? *room * 2 : 16;
    list = arena_grow(arena, list, *room * size, bigger * size);
    *room = bigger;
    return list;
}

static void visit_later(Search *search, const Json *value, Role role, Names *names)
{
    search->items = grow(search->arena, search->items, search->count, &search->room, sizeof *search->items);
    search->items[search->count++] = (Item){ value, role, names };
}

/* In the order of names, each once. */
static void add_name(Search *search, Names *names, Str name)
{
    size_t at = names->count;
    while (at && str_compare(names->items[at - 1], name) > 0) at--;
    if (at && str_equal(names->items[at - 1], name)) return;
    names->items = grow(search->arena, names->items, names->count, &names->room, sizeof *names->items);
    memmove(names->items + at + 1, names->items + at, (names->count - at) * sizeof *names->items);
    names->items[at] = name;
    names->count++;
}

/* ---- texts ---- */

static bool is_name_byte(char byte)
{
    unsigned char c = (unsigned char)byte;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
}

static size_t skip_quoted(Str text, size_t at)
{
    for (at++; at < text.length && text.data[at] != '\''; at++)
        if (text.data[at] == '\\') at++;
    return at + 1;
}

/* A path or an intrinsic call. */
static void read_paths(Search *search, Names *names, Str text)
{
    size_t at = 0;
    while (at < text.length) {
        char byte = text.data[at];
        if (byte == '\'') {
            at = skip_quoted(text, at);
        } else if (byte == '$' && at + 1 < text.length && text.data[at + 1] == '$') {
            at += 2;
        } else if (byte == '$') {
            size_t end = at + 1;
            while (end < text.length && is_name_byte(text.data[end])) end++;
            if (end > at + 1) add_name(search, names, str_slice(text, at + 1, end));
            at = end;
        } else {
            at++;
        }
    }
}

static Error *read_expression(Search *search, Names *names, Str text)
{
    static const JsonataOptions options = { .dialect = JSONATA_STATES };
    JsonataProgram             *program;
    JsonataFault                fault;
    Str                        *variables;
    text = str_trim(text);
    if (!str_starts_with(text, STR("{%")) || !str_ends_with(text, STR("%}")) || text.length < 4) return NULL;
    TRY(jsonata_compile(search->arena, str_slice(text, 2, text.length - 2), &options, &program, &fault));
    size_t count = program ? jsonata_free_variables(program, search->arena, &variables) : 0;
    for (size_t i = 0; i < count; i++)
        if (!str_equal(variables[i], STR("states"))) add_name(search, names, variables[i]);
    return NULL;
}

/* ---- values ---- */

static bool is_listed(const Str *list, size_t count, Str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], name)) return true;
    return false;
}

#define LISTED(list, name) is_listed((list), sizeof(list) / sizeof *(list), (name))

static const Str literals[] = { STR_CONST("Result"), STR_CONST("ResultPath") };
static const Str machines[] = { STR_CONST("ItemProcessor"), STR_CONST("Iterator"), STR_CONST("Branches") };
static const Str templates[] = { STR_CONST("Parameters"), STR_CONST("ResultSelector"), STR_CONST("ItemSelector"),
                                 STR_CONST("Assign"),     STR_CONST("Credentials"),    STR_CONST("BatchInput") };

static Role role_of_member(Role role, Str name)
{
    if (role == ROLE_FIELDS && LISTED(templates, name)) return ROLE_TEMPLATE;
    return role;
}

static bool holds_path(Role role, Str name)
{
    if (str_ends_with(name, STR(".$"))) return true;
    return role == ROLE_FIELDS && (str_ends_with(name, STR("Path")) || str_equal(name, STR("Variable")));
}

static void visit_members(Search *search, const Item *item, bool is_state)
{
    JSON_EACH_MEMBER(item->value, member) {
        const Json *value = member->value;
        if (is_state && str_equal(member->name, STR("Comment"))) continue;
        if (is_state && LISTED(machines, member->name))
            visit_later(search, value, ROLE_MACHINE, NULL);
        else if (item->role != ROLE_JSONATA && value->type == JSON_STRING && holds_path(item->role, member->name) &&
                 !LISTED(literals, member->name))
            read_paths(search, item->names, value->text);
        else if (item->role != ROLE_FIELDS || !LISTED(literals, member->name))
            visit_later(search, value, role_of_member(item->role, member->name), item->names);
    }
}

static void visit_state(Search *search, Str name, const Json *state)
{
    Str    language = json_get_str(state, STR("QueryLanguage"));
    bool   jsonata = language.length ? str_equal(language, STR("JSONata")) : search->jsonata;
    Names *names = NEW(search->arena, Names);
    Item   item = { state, jsonata ? ROLE_JSONATA : ROLE_FIELDS, names };
    names->state = name;
    search->states =
        grow(search->arena, search->states, search->state_count, &search->state_room, sizeof *search->states);
    search->states[search->state_count++] = names;
    if (state->type == JSON_OBJECT) visit_members(search, &item, true);
}

static void visit_machine(Search *search, const Json *machine)
{
    const Json *item, *states = json_get(machine, STR("States"));
    if (machine->type == JSON_ARRAY) /* branches */
        JSON_EACH_ITEM(machine, item) visit_later(search, item, ROLE_MACHINE, NULL);
    if (!states || states->type != JSON_OBJECT) return;
    JSON_EACH_MEMBER(states, member) visit_state(search, member->name, member->value);
}

static Error *visit(Search *search, const Item *item)
{
    const Json *inner;
    if (item->role == ROLE_MACHINE) {
        visit_machine(search, item->value);
    } else if (item->value->type == JSON_OBJECT) {
        visit_members(search, item, false);
    } else if (item->value->type == JSON_ARRAY) {
        JSON_EACH_ITEM(item->value, inner) visit_later(search, inner, item->role, item->names);
    } else if (item->value->type == JSON_STRING && item->role == ROLE_JSONATA) {
        return read_expression(search, item->names, item->value->text);
    }
    return NULL;
}

static Json *tell(const Search *search)
{
    Arena *arena = search->arena;
    Json  *found = json_object(arena);
    for (size_t i = 0; i < search->state_count; i++) {
        const Names *names = search->states[i];
        Json        *list = json_array(arena);
        for (size_t at = 0; at < names->count; at++) json_append(arena, list, json_str(arena, names->items[at]));
        if (list->count) json_add(arena, found, names->state, list);
    }
    return found->count ? found : NULL;
}

Error *states_variable_references(Arena *arena, const Json *definition, Json **out)
{
    Search search = { .arena = arena };
    search.jsonata = str_equal(json_get_str(definition, STR("QueryLanguage")), STR("JSONata"));
    visit_later(&search, definition, ROLE_MACHINE, NULL);
    while (search.count) {
        Item item = search.items[--search.count];
        TRY(visit(&search, &item));
    }
    *out = tell(&search);
    return NULL;
}
