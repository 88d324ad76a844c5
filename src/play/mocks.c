/* mocks.c -- answers of tasks, written down.
 *
 * The whole file is checked, not only the case that is wanted: a mistake in another case is a mistake of the file. */
#include "play/mocks.h"

typedef struct Response {
    uint32_t from, to; /* which times, from 0; both ends count */
    Str      result;   /* JSON text; no data: it throws */
    Str      error, cause;
    Duration delay;
} Response;

typedef struct MockedState MockedState;
struct MockedState {
    Str          name;
    Response    *responses;
    uint32_t     count;
    uint32_t     asked;
    MockedState *next;
};

struct Mocks {
    Arena        *arena;
    const Source *source;
    MockedState  *states; /* last added first */
};

/* ---- places ---- */

Str mocks_pointer(Arena *arena, Str pointer, Str name)
{
    char *text = arena_alloc_bytes(arena, pointer.length + 1 + 2 * name.length), *at = text;
    if (pointer.length) memcpy(at, pointer.data, pointer.length);
    at += pointer.length;
    *at++ = '/';
    for (size_t i = 0; i < name.length; i++) {
        bool escaped = name.data[i] == '~' || name.data[i] == '/';
        if (escaped) *at++ = '~';
        *at++ = !escaped ? name.data[i] : name.data[i] == '~' ? '0' : '1';
    }
    return str_from(text, (size_t)(at - text));
}

Error *mocks_bad(const Source *source, Str pointer, const char *format, ...)
{
    Arena   arena;
    va_list arguments;
    arena_init(&arena, 512);
    va_start(arguments, format);
    Str words = str_format_list(&arena, format, arguments);
    va_end(arguments);
    SourcePlace place = source_place(source, pointer);
    Error      *error = error_new(ERR_INVALID, "line %u, column %u: %.*s", place.line, place.column, STR_ARG(words));
    arena_done(&arena);
    return error;
}

static Error *want_type(const Mocks *mocks, const Json *value, JsonType type, Str pointer, const char *what)
{
    static const char *const names[] = { "null", "a boolean", "a number", "a text", "an array", "an object" };
    if (!value) return mocks_bad(mocks->source, pointer, "%s is missing", what);
    if (value->type != type) return mocks_bad(mocks->source, pointer, "%s is %s, not %s", what, names[value->type], names[type]);
    return NULL;
}

/* ---- responses ---- */

static Error *read_throw(Mocks *mocks, const Json *from, Str pointer, Response *out)
{
    TRY(want_type(mocks, from, JSON_OBJECT, pointer, "Throw"));
    JSON_EACH_MEMBER(from, member) {
        Str at = mocks_pointer(mocks->arena, pointer, member->name);
        if (str_equal(member->name, STR("Error"))) {
            TRY(want_type(mocks, member->value, JSON_STRING, at, "Error"));
            out->error = member->value->text;
        } else if (str_equal(member->name, STR("Cause"))) {
            TRY(want_type(mocks, member->value, JSON_STRING, at, "Cause"));
            out->cause = member->value->text;
        } else {
            return mocks_bad(mocks->source, at, "Throw has Error and Cause, not '%.*s'", STR_ARG(member->name));
        }
    }
    return out->error.data ? NULL : mocks_bad(mocks->source, pointer, "Throw has no Error");
}

static Error *read_delay(Mocks *mocks, const Json *from, Str pointer, Response *out)
{
    TRY(want_type(mocks, from, JSON_NUMBER, pointer, "DelaySeconds"));
    double seconds = json_number(from);
    if (!(seconds >= 0 && seconds <= 1e10)) return mocks_bad(mocks->source, pointer, "DelaySeconds is not a time to wait for");
    out->delay = (Duration)(seconds * DURATION_SECOND);
    return NULL;
}

static Error *read_response(Mocks *mocks, const Json *from, Str pointer, Response *out)
{
    bool returns = false, throws = false;
    TRY(want_type(mocks, from, JSON_OBJECT, pointer, "a response"));
    JSON_EACH_MEMBER(from, member) {
        Str at = mocks_pointer(mocks->arena, pointer, member->name);
        if (str_equal(member->name, STR("Return"))) {
            out->result = json_text(mocks->arena, member->value);
            returns = true;
        } else if (str_equal(member->name, STR("Throw"))) {
            TRY(read_throw(mocks, member->value, at, out));
            throws = true;
        } else if (str_equal(member->name, STR("DelaySeconds"))) {
            TRY(read_delay(mocks, member->value, at, out));
        } else {
            return mocks_bad(mocks->source, at, "a response has Return or Throw, not '%.*s'", STR_ARG(member->name));
        }
    }
    if (returns == throws) return mocks_bad(mocks->source, pointer, "a response has either Return or Throw");
    return NULL;
}

/* "3" or "1-2". */
static bool parse_range(Str text, Response *out)
{
    Str      first = text, last = text;
    size_t   dash;
    uint64_t from, to;
    if (str_find_byte(text, '-', &dash)) {
        first = str_slice(text, 0, dash);
        last = str_slice(text, dash + 1, text.length);
    }
    if (!str_parse_uint(first, &from) || !str_parse_uint(last, &to) || from > to || to >= UINT32_MAX) return false;
    out->from = (uint32_t)from;
    out->to = (uint32_t)to;
    return true;
}

static Error *check_overlap(const Mocks *mocks, const MockedState *state, const Response *added, Str pointer)
{
    for (uint32_t i = 0; i < state->count; i++)
        if (state->responses[i].from <= added->to && added->from <= state->responses[i].to)
            return mocks_bad(mocks->source, pointer, "%u-%u overlaps with %u-%u", added->from, added->to, state->responses[i].from,
                             state->responses[i].to);
    return NULL;
}

static Error *read_numbered(Mocks *mocks, const Json *from, Str pointer, MockedState *state)
{
    TRY(want_type(mocks, from, JSON_OBJECT, pointer, "what a state is told"));
    if (!from->count) return mocks_bad(mocks->source, pointer, "there are no responses");
    state->responses = NEW_ARRAY(mocks->arena, Response, from->count);
    JSON_EACH_MEMBER(from, member) {
        Response *response = &state->responses[state->count];
        Str       at = mocks_pointer(mocks->arena, pointer, member->name);
        if (!parse_range(member->name, response))
            return mocks_bad(mocks->source, at, "'%.*s' does not count invocations: \"0\" or \"1-2\" does", STR_ARG(member->name));
        TRY(check_overlap(mocks, state, response, at));
        TRY(read_response(mocks, member->value, at, response));
        state->count++;
    }
    return NULL;
}

static Error *read_listed(Mocks *mocks, const Json *from, Str pointer, MockedState *state)
{
    state->responses = NEW_ARRAY(mocks->arena, Response, from->count);
    for (uint32_t i = 0; i < from->count; i++) {
        Response *response = &state->responses[state->count++];
        response->from = response->to = i;
        TRY(read_response(mocks, from->items[i], str_format(mocks->arena, "%.*s/%u", STR_ARG(pointer), i), response));
    }
    return NULL;
}

Mocks *mocks_new(Arena *arena, const Source *source)
{
    Mocks *mocks = NEW(arena, Mocks);
    mocks->arena = arena;
    mocks->source = source;
    return mocks;
}

static MockedState *find_state(const Mocks *mocks, Str name)
{
    MockedState *state = mocks->states;
    while (state && !str_equal(state->name, name)) state = state->next;
    return state;
}

Error *mocks_add(Mocks *mocks, Str name, const Json *responses, Str pointer)
{
    if (find_state(mocks, name)) return mocks_bad(mocks->source, pointer, "state '%.*s' has a mock already", STR_ARG(name));
    MockedState *state = NEW(mocks->arena, MockedState);
    state->name = name;
    if (responses && responses->type == JSON_ARRAY) {
        TRY(read_listed(mocks, responses, pointer, state));
    } else if (json_get(responses, STR("Return")) || json_get(responses, STR("Throw"))) {
        state->responses = NEW(mocks->arena, Response);
        state->count = 1;
        state->responses->to = UINT32_MAX;
        TRY(read_response(mocks, responses, pointer, state->responses));
    } else {
        TRY(read_numbered(mocks, responses, pointer, state));
    }
    state->next = mocks->states;
    mocks->states = state;
    return NULL;
}

/* ---- the file ---- */

static Str names_of(Arena *arena, const Json *object)
{
    Str text = STR_NONE;
    JSON_EACH_MEMBER(object, member)
        text = str_format(arena, "%.*s%s'%.*s'", STR_ARG(text), text.length ? ", " : "", STR_ARG(member->name));
    return text;
}

/* The member of that name; without one, the only member there is. */
static Error *choose(Arena *arena, const Json *object, Str name, const char *what, const JsonMember **out)
{
    if (!object->count) return error_new(ERR_NOT_FOUND, "the mock file has no %s", what);
    JSON_EACH_MEMBER(object, member)
        if (name.length ? str_equal(member->name, name) : object->count == 1) {
            *out = member;
            return NULL;
        }
    Str names = names_of(arena, object);
    if (!name.length) return error_new(ERR_NOT_FOUND, "the mock file has more than one %s: %.*s", what, STR_ARG(names));
    return error_new(ERR_NOT_FOUND, "the mock file has no %s '%.*s'; it has %.*s", what, STR_ARG(name), STR_ARG(names));
}

static Error *read_case(Mocks *mocks, const Json *from, const Json *responses, Str pointer)
{
    TRY(want_type(mocks, from, JSON_OBJECT, pointer, "a test case"));
    JSON_EACH_MEMBER(from, member) {
        Str at = mocks_pointer(mocks->arena, pointer, member->name);
        TRY(want_type(mocks, member->value, JSON_STRING, at, "a response's name"));
        const Json *found = json_get(responses, member->value->text);
        if (!found)
            return mocks_bad(mocks->source, at, "MockedResponses has no '%.*s'", STR_ARG(member->value->text));
        TRY(mocks_add(mocks, member->name, found, mocks_pointer(mocks->arena, STR("/MockedResponses"), member->value->text)));
    }
    return NULL;
}

static Error *check_machine(Mocks *mocks, const Json *machine, const Json *responses, Str pointer)
{
    TRY(want_type(mocks, machine, JSON_OBJECT, pointer, "a state machine"));
    const Json *cases = json_get(machine, STR("TestCases"));
    pointer = mocks_pointer(mocks->arena, pointer, STR("TestCases"));
    TRY(want_type(mocks, cases, JSON_OBJECT, pointer, "TestCases"));
    JSON_EACH_MEMBER(cases, member) {
        mocks->states = NULL;
        TRY(read_case(mocks, member->value, responses, mocks_pointer(mocks->arena, pointer, member->name)));
    }
    return NULL;
}

static Error *check_responses(Mocks *mocks, const Json *responses)
{
    if (responses) TRY(want_type(mocks, responses, JSON_OBJECT, STR("/MockedResponses"), "MockedResponses"));
    else return NULL;
    JSON_EACH_MEMBER(responses, member) {
        MockedState state = { .name = member->name };
        TRY(read_numbered(mocks, member->value, mocks_pointer(mocks->arena, STR("/MockedResponses"), member->name), &state));
    }
    return NULL;
}

Error *mocks_read(Arena *arena, const Source *source, Str machine, Str test_case, Mocks **out)
{
    Mocks      *mocks = mocks_new(arena, source);
    const Json *file = source_value(source), *machines = json_get(file, STR("StateMachines"));
    const Json *responses = json_get(file, STR("MockedResponses"));
    const JsonMember *chosen_machine, *chosen_case;
    TRY(want_type(mocks, file, JSON_OBJECT, STR_NONE, "a mock file"));
    TRY(want_type(mocks, machines, JSON_OBJECT, STR("/StateMachines"), "StateMachines"));
    TRY(check_responses(mocks, responses));
    JSON_EACH_MEMBER(machines, member)
        TRY(check_machine(mocks, member->value, responses, mocks_pointer(arena, STR("/StateMachines"), member->name)));
    TRY(choose(arena, machines, machine, "state machine", &chosen_machine));
    TRY(choose(arena, json_get(chosen_machine->value, STR("TestCases")), test_case, "test case", &chosen_case));
    mocks->states = NULL;
    TRY(read_case(mocks, chosen_case->value, responses, STR_NONE));
    *out = mocks;
    return NULL;
}

/* ---- answering ---- */

static Error *no_mock(const AslAction *action)
{
    if (action->kind == ASL_DO_MAP_RUN)
        return error_new(ERR_NOT_FOUND, "state '%.*s' reads its items, and no mock says what they are", STR_ARG(action->state_name));
    return error_new(ERR_NOT_FOUND, "state '%.*s' calls %.*s, and no mock answers it", STR_ARG(action->state_name),
                     STR_ARG(action->resource));
}

Error *mocks_answer(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    MockedState *state = find_state(context, action->state_name);
    (void)arena;
    if (!state) return no_mock(action);
    uint32_t time = state->asked++;
    for (uint32_t i = 0; i < state->count; i++) {
        const Response *response = &state->responses[i];
        if (time < response->from || time > response->to) continue;
        *out = (PlayAnswer){ .result = response->result, .error = response->error, .cause = response->cause, .delay = response->delay };
        return NULL;
    }
    return error_new(ERR_NOT_FOUND, "state '%.*s' is asked for invocation %u (from 0), and its mock has no response for that",
                     STR_ARG(action->state_name), time);
}

void mocks_rewind(Mocks *mocks)
{
    for (MockedState *state = mocks->states; state; state = state->next) state->asked = 0;
}

/* ---- strangers ---- */

static bool has_state(const Json *machine, Str name);

/* Every machine within a state: branches, and processors under their two names. */
static bool has_state_within(const Json *state, Str name)
{
    const Json *branches = json_get(state, STR("Branches")), *branch;
    if (branches && branches->type == JSON_ARRAY)
        JSON_EACH_ITEM(branches, branch)
            if (has_state(branch, name)) return true;
    return has_state(json_get(state, STR("ItemProcessor")), name) || has_state(json_get(state, STR("Iterator")), name);
}

static bool has_state(const Json *machine, Str name)
{
    const Json *states = json_get(machine, STR("States"));
    if (!states || states->type != JSON_OBJECT) return false;
    if (json_get(states, name)) return true;
    JSON_EACH_MEMBER(states, member)
        if (has_state_within(member->value, name)) return true;
    return false;
}

bool mocks_find_stranger(const Mocks *mocks, const Json *definition, Str *out)
{
    for (const MockedState *state = mocks->states; state; state = state->next)
        if (!has_state(definition, state->name)) {
            *out = state->name;
            return true;
        }
    return false;
}
