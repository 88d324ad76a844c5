/* lint_oracle_test.c -- what the linter calls certain is tried: a state whose path cannot find anything must never be left.
 *
 * Machines by chance push a few shapes of data around by all fields that do so, with paths that often miss. Each is looked
 * over, then played on several inputs. */
#include "asl/lint.h"
#include "loop/chance.h"
#include "play/play.h"
#include "tests/support/test.h"

enum { MACHINES = 1500, INPUTS = 4, DEPTH_MAX = 2 };

static const char *const VALUES[] = { "1",
                                      "\"text\"",
                                      "null",
                                      "{}",
                                      "[]",
                                      "{\"a\":1}",
                                      "{\"a\":{\"b\":2},\"b\":[1,2]}",
                                      "[{\"a\":1},{\"b\":2}]",
                                      "{\"b\":{\"c\":[{\"a\":1}]}}",
                                      "[[1],[2,3]]" };
static const char *const PATHS[] = { "$",       "$.a",    "$.b",    "$.a.b",        "$.b.c", "$[0]",
                                     "$[1]",    "$[0].a", "$.b[0]", "$.b.c[0].a",   "$.d",   "$['a']['b']",
                                     "$[0][1]", "$..a",   "$[*].a", "$$.State.Name" };
static const char *const PLACES[] = { "$", "$.a", "$.b.c", "$.d", "$.a.b.c" };
static const char *const CALLS[] = { "States.Array($.a, 1)", "States.ArrayLength($.b)", "States.Format('{}', $.a.b)",
                                     "States.JsonMerge($.a, $.b, false)", "States.StringToJson('{\"a\":1}')" };

#define PICK(maker, texts) ((texts)[chance_below(&(maker)->chance, sizeof(texts) / sizeof *(texts))])

typedef struct Maker {
    Arena  arena;
    Chance chance;
    int    names;
    Json  *catching; /* states with a Catch: those are left by it, too */
} Maker;

static bool one_in(Maker *maker, uint64_t n)
{
    return chance_one_in(&maker->chance, n);
}

static Json *text(Maker *maker, const char *words)
{
    return json_str(&maker->arena, str_from_c(words));
}

static Json *value(Maker *maker)
{
    Json  *parsed;
    Error *error = json_parse(&maker->arena, str_from_c(PICK(maker, VALUES)), NULL, &parsed);
    if (error) abort();
    return parsed;
}

static void set(Maker *maker, Json *object, const char *name, Json *member)
{
    json_set(&maker->arena, object, str_from_c(name), member);
}

static Json *template(Maker *maker)
{
    Json *object = json_object(&maker->arena);
    set(maker, object, "a.$", text(maker, one_in(maker, 4) ? PICK(maker, CALLS) : PICK(maker, PATHS)));
    if (one_in(maker, 2)) set(maker, object, "b", value(maker));
    if (one_in(maker, 3)) {
        Json *inner = json_object(&maker->arena);
        set(maker, inner, "c.$", text(maker, PICK(maker, PATHS)));
        set(maker, object, "b", inner);
    }
    return object;
}

static void set_path(Maker *maker, Json *state, const char *name, uint64_t rarely)
{
    if (one_in(maker, rarely))
        set(maker, state, name, one_in(maker, 8) ? json_null(&maker->arena) : text(maker, PICK(maker, PATHS)));
}

static void set_result_path(Maker *maker, Json *object)
{
    if (one_in(maker, 3))
        set(maker, object, "ResultPath",
            one_in(maker, 4) ? json_null(&maker->arena) : text(maker, PICK(maker, PLACES)));
}

static Json *machine(Maker *maker, int depth);

static void make_work(Maker *maker, Json *state, int depth)
{
    if (one_in(maker, 3)) set(maker, state, "ResultSelector", template(maker));
    set_result_path(maker, state);
    if (depth < DEPTH_MAX && one_in(maker, 2)) {
        Json *branches = json_array(&maker->arena);
        set(maker, state, "Type", text(maker, "Parallel"));
        for (int i = 1 + (int)chance_below(&maker->chance, 2); i > 0; i--)
            json_append(&maker->arena, branches, machine(maker, depth + 1));
        set(maker, state, "Branches", branches);
        if (one_in(maker, 3)) set(maker, state, "Parameters", template(maker));
    } else if (depth < DEPTH_MAX && one_in(maker, 2)) {
        set(maker, state, "Type", text(maker, "Map"));
        set(maker, state, "ItemProcessor", machine(maker, depth + 1));
        if (one_in(maker, 2)) set(maker, state, "ItemsPath", text(maker, PATHS[chance_below(&maker->chance, 13)]));
        if (one_in(maker, 3)) set(maker, state, "ItemSelector", template(maker));
    } else {
        set(maker, state, "Type", text(maker, "Task"));
        set(maker, state, "Resource", text(maker, "arn:aws:lambda:us-east-1:000000000000:function:f"));
        if (one_in(maker, 3)) set(maker, state, "Parameters", template(maker));
    }
}

static void make_pass(Maker *maker, Json *state)
{
    set(maker, state, "Type", text(maker, "Pass"));
    if (one_in(maker, 2))
        set(maker, state, "Result", value(maker));
    else if (one_in(maker, 2))
        set(maker, state, "Parameters", template(maker));
    set_result_path(maker, state);
}

static void make_choice(Maker *maker, Json *state, Str next)
{
    Json *choices = json_array(&maker->arena), *rule = json_object(&maker->arena);
    set(maker, state, "Type", text(maker, "Choice"));
    set(maker, rule, "Variable", text(maker, PATHS[chance_below(&maker->chance, 13)]));
    set(maker, rule, one_in(maker, 2) ? "IsPresent" : "IsNull", json_bool(&maker->arena, true));
    set(maker, rule, "Next", json_str(&maker->arena, next));
    json_append(&maker->arena, choices, rule);
    set(maker, state, "Choices", choices);
}

/* A row of states; each leads to one that comes after it. */
static Json *machine(Maker *maker, int depth)
{
    Str   names[5];
    int   count = 2 + (int)chance_below(&maker->chance, 4);
    Json *states = json_object(&maker->arena), *whole = json_object(&maker->arena);
    for (int i = 0; i < count; i++) names[i] = str_format(&maker->arena, "S%d", maker->names++);
    for (int i = 0; i < count; i++) {
        Json *state = json_object(&maker->arena);
        Str   next = i + 1 < count ? names[i + 1] : STR("");
        Json *later = json_str(
            &maker->arena,
            i + 2 < count ? names[i + 1 + (int)chance_below(&maker->chance, (uint64_t)(count - i - 1))] : next);
        bool choice = i + 1 < count && one_in(maker, 5), pass = !choice && one_in(maker, 2);
        if (choice)
            make_choice(maker, state, next);
        else if (pass)
            make_pass(maker, state);
        else
            make_work(maker, state, depth);
        set_path(maker, state, "InputPath", 5);
        set_path(maker, state, "OutputPath", 6);
        if (choice)
            set(maker, state, "Default", later);
        else if (i + 1 < count)
            set(maker, state, "Next", json_str(&maker->arena, next));
        else
            set(maker, state, "End", json_bool(&maker->arena, true));
        if (!choice && !pass && i + 1 < count && one_in(maker, 3)) {
            Json *list = json_array(&maker->arena), *catcher = json_object(&maker->arena),
                 *errors = json_array(&maker->arena);
            json_append(&maker->arena, errors, text(maker, one_in(maker, 2) ? "States.ALL" : "Custom"));
            set(maker, catcher, "ErrorEquals", errors);
            set_result_path(maker, catcher);
            set(maker, catcher, "Next", later);
            json_append(&maker->arena, list, catcher);
            set(maker, state, "Catch", list);
            json_set(&maker->arena, maker->catching, names[i], list);
        }
        json_add(&maker->arena, states, names[i], state);
    }
    json_add_str(&maker->arena, whole, STR("StartAt"), names[0]);
    json_add(&maker->arena, whole, STR("States"), states);
    return whole;
}

/* ---- trying it ---- */

typedef struct Trial {
    Maker maker;
    Json *certain; /* the states that must not be left */
    bool  left;
    int   alarms;
} Trial;

static Error *answer(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    Trial *trial = context;
    (void)arena, (void)action;
    *out = (PlayAnswer){ .result = str_from_c(PICK(&trial->maker, VALUES)) };
    if (one_in(&trial->maker, 4)) *out = (PlayAnswer){ .error = STR("Custom"), .cause = STR("by chance") };
    return NULL;
}

static void hear(void *context, const PlayPlace *place, const AslHistory *event)
{
    Trial *trial = context;
    (void)place;
    bool exit = str_ends_with(asl_history_type_name(event->type), STR("StateExited"));
    if (!exit || !json_get(trial->certain, event->name) || trial->left) return;
    printf("    left: %.*s\n", STR_ARG(event->name));
    trial->left = true;
}

/* The state at the end of "/States/S1/Branches[0]/States/S2/Parameters/a.$"; what only holds when an error or a later rule comes is left out. */
static Str state_of(Str location)
{
    size_t at;
    Str    rest = location, name = STR_NONE;
    if (str_find(location, STR("/Catch["), &at) ||
        (str_find(location, STR("/Choices["), &at) && !str_find(location, STR("/Choices[0]"), &at)))
        return STR_NONE;
    while (str_find(rest, STR("/States/"), &at)) {
        rest = str_slice(rest, at + 8, rest.length);
        size_t end = rest.length;
        str_find_byte(rest, '/', &end);
        name = str_slice(rest, 0, end);
    }
    return name;
}

static bool is_about_data(Str code)
{
    return str_equal(code, STR("PATH_NOT_FOUND")) || str_equal(code, STR("RESULT_PATH_MISMATCH")) ||
           str_equal(code, STR("NOT_AN_ARRAY"));
}

static void play(Trial *trial, const AslProgram *program, Str input)
{
    Play       *play;
    PlayOptions options = {
        .program = program, .seed = 5, .ask = answer, .hear = hear, .context = trial, .steps_max = 10000
    };
    if (!CHECK_OK(play_new(&options, &play))) return;
    if (CHECK_OK(play_start(play, input))) CHECK_OK(play_run(play, NULL));
    play_free(play);
}

static void try_machine(Trial *trial, uint64_t seed)
{
    AslProgram    *program;
    AslDiagnostics found = { 0 };
    Arena         *arena = &trial->maker.arena;
    arena_init(arena, 0);
    chance_init_seed(&trial->maker.chance, seed);
    trial->maker.names = 0;
    trial->maker.catching = json_object(arena);
    Json *definition = machine(&trial->maker, 0);
    trial->certain = json_object(arena);
    trial->left = false;
    asl_lint(arena, definition, ASL_STANDARD, &found);
    for (size_t i = 0; i < found.count; i++) {
        Str name = state_of(found.items[i].location);
        if (found.items[i].severity != ASL_ERROR) continue;
        CHECK(is_about_data(found.items[i].code) || str_equal(found.items[i].code, STR("INTRINSIC_ARGUMENTS")));
        if (!name.data || json_get(trial->maker.catching, name)) continue;
        json_set(arena, trial->certain, name, json_null(arena));
        trial->alarms++;
    }
    if (CHECK_OK(asl_compile(arena, definition, &program)))
        for (int i = 0; i < INPUTS && !trial->left; i++) play(trial, program, str_from_c(PICK(&trial->maker, VALUES)));
    if (!CHECK(!trial->left)) {
        printf("      seed %llu: %.*s\n", (unsigned long long)seed, STR_ARG(json_text(arena, definition)));
        for (size_t i = 0; i < found.count; i++)
            printf("      %.*s: %.*s\n", STR_ARG(found.items[i].location), STR_ARG(found.items[i].message));
    }
    arena_done(arena);
}

TEST(test_what_the_linter_calls_certain_is)
{
    Trial trial = { .alarms = 0 };
    for (uint64_t seed = 1; seed <= MACHINES; seed++) try_machine(&trial, seed);
    CHECK(trial.alarms > MACHINES / 2);
}
