/* mocks_test.c -- answers written down: what files may say, and what is told the n-th time. */
#include "play/mocks.h"
#include "tests/support/test.h"

static const char FILE_TEXT[] =
    "{'StateMachines': {'M': {'TestCases': {'Good': {'A': 'Ok', 'B': 'Flaky'}, 'Bad': {'A': 'Broken'}}},\n"
    "                   'N': {'TestCases': {'Only': {}}}},\n"
    " 'MockedResponses': {'Ok': {'0': {'Return': {'x': [1, 2]}}},\n"
    "                     'Flaky': {'0': {'Throw': {'Error': 'E', 'Cause': 'c'}}, '1-2': {'Throw': {'Error': 'F'}},\n"
    "                               '3': {'Return': null, 'DelaySeconds': 1.5}},\n"
    "                     'Broken': {'0-9': {'Throw': {'Error': 'Gone'}}}}}";

static Str quoted(Arena *arena, const char *text)
{
    char *copy = str_to_c(arena, str_from_c(text));
    for (char *at = copy; *at; at++)
        if (*at == '\'') *at = '"';
    return str_from_c(copy);
}

static Error *read(Arena *arena, const char *text, const char *machine, const char *test_case, Mocks **out)
{
    Source     *source;
    SourcePlace fault;
    TRY(source_read(arena, quoted(arena, text), SOURCE_JSON, &source, &fault));
    return mocks_read(arena, source, str_from_c(machine), str_from_c(test_case), out);
}

static PlayAnswer answer(Arena *arena, Mocks *mocks, const char *state)
{
    PlayAnswer got = { 0 };
    AslAction  action = { .kind = ASL_DO_TASK, .state_name = str_from_c(state), .resource = STR("arn:r") };
    CHECK_OK(mocks_answer(mocks, arena, &action, &got));
    return got;
}

TEST(test_mocks_answer_by_invocation)
{
    Arena  arena;
    Mocks *mocks;
    arena_init(&arena, 0);
    if (CHECK_OK(read(&arena, FILE_TEXT, "M", "Good", &mocks))) {
        CHECK_STR(answer(&arena, mocks, "A").result, STR("{\"x\":[1,2]}"));
        CHECK_STR(answer(&arena, mocks, "B").error, STR("E"));
        PlayAnswer second = answer(&arena, mocks, "B");
        CHECK_STR(second.error, STR("F"));
        CHECK(!second.cause.data && !second.result.data);
        CHECK_STR(answer(&arena, mocks, "B").error, STR("F"));
        PlayAnswer last = answer(&arena, mocks, "B");
        CHECK_STR(last.result, STR("null"));
        CHECK_INT(last.delay, 1500 * DURATION_MS);
        mocks_rewind(mocks);
        CHECK_STR(answer(&arena, mocks, "B").error, STR("E"));
    }
    arena_done(&arena);
}

TEST(test_mocks_name_what_they_cannot_answer)
{
    Arena     arena;
    Mocks    *mocks;
    AslAction unknown = { .kind = ASL_DO_TASK, .state_name = STR("Z"), .resource = STR("arn:r") };
    AslAction again = { .kind = ASL_DO_TASK, .state_name = STR("A"), .resource = STR("arn:r") };
    PlayAnswer got;
    size_t    at;
    arena_init(&arena, 0);
    CHECK_OK(read(&arena, FILE_TEXT, "M", "Good", &mocks));
    Error *error = mocks_answer(mocks, &arena, &unknown, &got);
    CHECK(error && error->code == ERR_NOT_FOUND && str_find(str_from_c(error->message), STR("'Z' calls arn:r"), &at));
    error_free(error);
    answer(&arena, mocks, "A");
    error = mocks_answer(mocks, &arena, &again, &got);
    CHECK(error && str_find(str_from_c(error->message), STR("invocation 1"), &at));
    error_free(error);
    arena_done(&arena);
}

TEST(test_mocks_choose_machine_and_case)
{
    static const struct {
        const char *machine, *test_case, *words;
    } rows[] = {
        { "N", "", NULL },   { "N", "Only", NULL },         { "", "Good", "more than one state machine: 'M', 'N'" },
        { "M", "", "more than one test case: 'Good', 'Bad'" }, { "M", "Ugly", "no test case 'Ugly'; it has 'Good', 'Bad'" },
        { "O", "Good", "no state machine 'O'; it has 'M', 'N'" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Arena  arena;
        Mocks *mocks;
        size_t at;
        arena_init(&arena, 0);
        Error *error = read(&arena, FILE_TEXT, rows[i].machine, rows[i].test_case, &mocks);
        if (!rows[i].words) CHECK_OK(error);
        else if (CHECK(error && error->code == ERR_NOT_FOUND)) {
            if (!CHECK(str_find(str_from_c(error->message), str_from_c(rows[i].words), &at))) puts(error->message);
            error_free(error);
        }
        arena_done(&arena);
    }
}

#define RESPONSE(text) "{'StateMachines': {'M': {'TestCases': {'C': {'A': 'R'}}}},\n 'MockedResponses': {'R': " text "}}"

TEST(test_mocks_refuse_bad_files_with_the_place)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        { "[]", "line 1, column 1: a mock file is an array, not an object" },
        { "{}", "StateMachines is missing" },
        { "{'StateMachines': {'M': {}}}", "TestCases is missing" },
        { "{'StateMachines': {'M': {'TestCases': {'C': {'A': 'R'}}}}}", "MockedResponses has no 'R'" },
        { "{'StateMachines': {'M': {'TestCases': {'C': {'A': 1}}}}}", "a response's name is a number, not a text" },
        { RESPONSE("{}"), "line 2, column 27: there are no responses" },
        { RESPONSE("{'x': {'Return': 1}}"), "'x' does not count invocations" },
        { RESPONSE("{'2-1': {'Return': 1}}"), "'2-1' does not count invocations" },
        { RESPONSE("{'0-2': {'Return': 1}, '2': {'Return': 1}}"), "2-2 overlaps with 0-2" },
        { RESPONSE("{'0': {}}"), "either Return or Throw" },
        { RESPONSE("{'0': {'Return': 1, 'Throw': {'Error': 'E'}}}"), "either Return or Throw" },
        { RESPONSE("{'0': {'Returns': 1}}"), "Return or Throw, not 'Returns'" },
        { RESPONSE("{'0': {'Throw': {'Cause': 'c'}}}"), "Throw has no Error" },
        { RESPONSE("{'0': {'Throw': {'Error': 'e', 'Why': 1}}}"), "Error and Cause, not 'Why'" },
        { RESPONSE("{'0': {'Throw': {'Error': 1}}}"), "Error is a number, not a text" },
        { RESPONSE("{'0': {'Return': 1, 'DelaySeconds': -1}}"), "not a time to wait for" },
        { RESPONSE("{'0': {'Return': 1, 'DelaySeconds': 'x'}}"), "DelaySeconds is a text, not a number" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Arena  arena;
        Mocks *mocks;
        size_t at;
        arena_init(&arena, 0);
        Error *error = read(&arena, rows[i].text, "", "", &mocks);
        if (CHECK(error && error->code == ERR_INVALID)) {
            CHECK(str_starts_with(str_from_c(error->message), STR("line ")));
            if (!CHECK(str_find(str_from_c(error->message), str_from_c(rows[i].words), &at))) puts(error->message);
        }
        error_free(error);
        arena_done(&arena);
    }
}

TEST(test_mocks_by_hand_and_strangers)
{
    Arena  arena;
    Source *source;
    SourcePlace fault;
    Json  *definition;
    Str    stranger;
    arena_init(&arena, 0);
    CHECK_OK(source_read(&arena, quoted(&arena, "{'L': [{'Return': 1}, {'Throw': {'Error': 'E'}}], 'O': {'Return': 2}}"), SOURCE_JSON, &source, &fault));
    CHECK_OK(json_parse(&arena, quoted(&arena, "{'States':{'P':{'Type':'Parallel','Branches':[{'States':{'L':{}}}]},'M':{'ItemProcessor':{'States':{'O':{}}}}}}"),
                        NULL, &definition));
    Mocks *mocks = mocks_new(&arena, source);
    CHECK_OK(mocks_add(mocks, STR("L"), json_get(source_value(source), STR("L")), STR("/L")));
    CHECK_OK(mocks_add(mocks, STR("O"), json_get(source_value(source), STR("O")), STR("/O")));
    CHECK_STR(answer(&arena, mocks, "L").result, STR("1"));
    CHECK_STR(answer(&arena, mocks, "L").error, STR("E"));
    for (int i = 0; i < 3; i++) CHECK_STR(answer(&arena, mocks, "O").result, STR("2"));
    CHECK(!mocks_find_stranger(mocks, definition, &stranger));
    CHECK_OK(mocks_add(mocks, STR("X"), json_get(source_value(source), STR("O")), STR("/O")));
    CHECK(mocks_find_stranger(mocks, definition, &stranger));
    CHECK_STR(stranger, STR("X"));
    CHECK_STR(mocks_pointer(&arena, STR("/a"), STR("b/c~d")), STR("/a/b~1c~0d"));
    arena_done(&arena);
}
