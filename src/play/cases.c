/* cases.c -- test files: reading them, playing a case, and saying what is not as expected. */
#include "play/cases.h"

enum { DIFFERENCES_MAX = 20, STEPS_MAX = 1000000, SHOWN_MAX = 200 };

static const Duration TIME_MAX = 366 * DURATION_DAY; /* an execution of a year is the longest that the service runs */

static const struct {
    Str       name;
    AslStatus status;
} STATUSES[] = {
    { STR_CONST("SUCCEEDED"), ASL_SUCCEEDED }, { STR_CONST("FAILED"), ASL_FAILED },   { STR_CONST("TIMED_OUT"), ASL_TIMED_OUT },
    { STR_CONST("ABORTED"), ASL_ABORTED },     { STR_CONST("RUNNING"), ASL_RUNNING },
};

/* ---- reading ---- */

typedef struct Reading {
    Arena        *arena;
    const Source *source;
} Reading;

static Error *want(const Reading *reading, const Json *value, JsonType type, Str pointer)
{
    static const char *const names[] = { "null", "a boolean", "a number", "a text", "an array", "an object" };
    if (value->type == type) return NULL;
    return mocks_bad(reading->source, pointer, "this has to be %s, not %s", names[type], names[value->type]);
}

static Error *stranger(const Reading *reading, Str pointer, const char *where, Str name)
{
    return mocks_bad(reading->source, pointer, "%s has no '%.*s'", where, STR_ARG(name));
}

static Error *read_status(const Reading *reading, Str text, Str pointer, AslStatus *out)
{
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++)
        if (str_equal(text, STATUSES[i].name)) {
            *out = STATUSES[i].status;
            return NULL;
        }
    return mocks_bad(reading->source, pointer, "a status is SUCCEEDED, FAILED, TIMED_OUT, ABORTED or RUNNING, not '%.*s'", STR_ARG(text));
}

static Error *read_expect(const Reading *reading, const Json *from, Str pointer, PlayCase *out)
{
    bool status = false;
    TRY(want(reading, from, JSON_OBJECT, pointer));
    JSON_EACH_MEMBER(from, member) {
        Str at = mocks_pointer(reading->arena, pointer, member->name), name = member->name;
        if (str_equal(name, STR("output"))) {
            out->output = member->value;
        } else if (str_equal(name, STR("path"))) {
            TRY(want(reading, member->value, JSON_ARRAY, at));
            out->path = member->value;
        } else if (str_equal(name, STR("status")) || str_equal(name, STR("error")) || str_equal(name, STR("cause"))) {
            TRY(want(reading, member->value, JSON_STRING, at));
            Str text = member->value->text.data ? member->value->text : STR("");
            status |= name.data[0] == 's';
            if (name.data[0] == 's') TRY(read_status(reading, text, at, &out->status));
            else *(name.data[0] == 'e' ? &out->error : &out->cause) = text;
        } else {
            return stranger(reading, at, "expect", name);
        }
    }
    if (!status) out->status = out->error.data || out->cause.data ? ASL_FAILED : ASL_SUCCEEDED;
    return NULL;
}

static Error *read_mocks(const Reading *reading, const Json *from, Str pointer, PlayCase *out)
{
    size_t hash;
    if (from->type == JSON_OBJECT) {
        out->mocks = from;
        return NULL;
    }
    TRY(want(reading, from, JSON_STRING, pointer));
    out->mock_file = from->text;
    out->mock_case = STR("");
    if (!str_find_byte(from->text, '#', &hash)) return NULL;
    out->mock_file = str_slice(from->text, 0, hash);
    out->mock_case = str_slice(from->text, hash + 1, from->text.length);
    return NULL;
}

static Error *read_member(const Reading *reading, const JsonMember *member, Str at, PlayCase *out)
{
    int64_t number;
    Str     name = member->name;
    if (str_equal(name, STR("expect"))) return read_expect(reading, member->value, at, out);
    if (str_equal(name, STR("mocks"))) return read_mocks(reading, member->value, at, out);
    if (str_equal(name, STR("input"))) {
        out->input = json_text(reading->arena, member->value);
    } else if (str_equal(name, STR("name"))) {
        TRY(want(reading, member->value, JSON_STRING, at));
        out->name = member->value->text;
    } else if (str_equal(name, STR("start"))) {
        TRY(want(reading, member->value, JSON_STRING, at));
        if (!instant_parse_iso(member->value->text, &out->start)) return mocks_bad(reading->source, at, "this is no time in ISO 8601");
    } else if (str_equal(name, STR("seed"))) {
        TRY(want(reading, member->value, JSON_NUMBER, at));
        if (!json_int(member->value, &number)) return mocks_bad(reading->source, at, "a seed is a whole number");
        out->seed = (uint64_t)number;
    } else {
        return stranger(reading, at, "a case", name);
    }
    return NULL;
}

static Error *read_case(const Reading *reading, const Json *from, Str pointer, PlayCase *out)
{
    *out = (PlayCase){ .input = STR("{}"), .start = 1767225600 * DURATION_SECOND, .seed = 1, .pointer = pointer };
    TRY(want(reading, from, JSON_OBJECT, pointer));
    JSON_EACH_MEMBER(from, member) TRY(read_member(reading, member, mocks_pointer(reading->arena, pointer, member->name), out));
    if (!out->name.length) return mocks_bad(reading->source, pointer, "a case has a name");
    if (!json_get(from, STR("expect"))) return mocks_bad(reading->source, pointer, "case '%.*s' expects nothing", STR_ARG(out->name));
    return NULL;
}

static Error *read_cases(const Reading *reading, const Json *from, PlaySuite *out)
{
    TRY(want(reading, from, JSON_ARRAY, STR("/cases")));
    out->cases = NEW_ARRAY(reading->arena, PlayCase, from->count);
    for (; out->count < from->count; out->count++)
        TRY(read_case(reading, from->items[out->count], str_format(reading->arena, "/cases/%zu", out->count), &out->cases[out->count]));
    return NULL;
}

static Error *read_file_member(const Reading *reading, const JsonMember *member, Str at, PlaySuite *out)
{
    if (str_equal(member->name, STR("cases"))) return read_cases(reading, member->value, out);
    Str *texts[] = { &out->definition, &out->machine };
    static const char *const names[] = { "definition", "machine" };
    for (size_t i = 0; i < 2; i++)
        if (str_equal(member->name, str_from_c(names[i]))) {
            TRY(want(reading, member->value, JSON_STRING, at));
            *texts[i] = member->value->text;
            return NULL;
        }
    if (!str_equal(member->name, STR("type"))) return stranger(reading, at, "a test file", member->name);
    TRY(want(reading, member->value, JSON_STRING, at));
    out->express = str_equal(member->value->text, STR("EXPRESS"));
    if (out->express || str_equal(member->value->text, STR("STANDARD"))) return NULL;
    return mocks_bad(reading->source, at, "a type is STANDARD or EXPRESS");
}

Error *cases_read(Arena *arena, const Source *source, PlaySuite *out)
{
    Reading     reading = { arena, source };
    const Json *file = source_value(source);
    *out = (PlaySuite){ .source = source };
    TRY(want(&reading, file, JSON_OBJECT, STR_NONE));
    JSON_EACH_MEMBER(file, member) TRY(read_file_member(&reading, member, mocks_pointer(arena, STR_NONE, member->name), out));
    if (!out->definition.length) return mocks_bad(source, STR_NONE, "a test file names its definition");
    if (!json_get(file, STR("cases"))) return mocks_bad(source, STR_NONE, "a test file has cases");
    return NULL;
}

Error *cases_mocks(Arena *arena, const PlaySuite *suite, const PlayCase *one, Mocks **out)
{
    Mocks *mocks = mocks_new(arena, suite->source);
    Str    pointer = mocks_pointer(arena, one->pointer, STR("mocks"));
    if (one->mocks)
        JSON_EACH_MEMBER(one->mocks, member)
            TRY(mocks_add(mocks, member->name, member->value, mocks_pointer(arena, pointer, member->name)));
    *out = mocks;
    return NULL;
}

/* ---- differences ---- */

typedef struct Diff {
    Arena   arena; /* of paths and shown values */
    Buffer *out;
    int     count;
} Diff;

static Str shown(Diff *diff, const Json *value)
{
    Str text = json_text(&diff->arena, value);
    return text.length > SHOWN_MAX ? str_format(&diff->arena, "%.*s...", SHOWN_MAX, text.data) : text;
}

static void differ(Diff *diff, Str path, const Json *expected, const Json *actual)
{
    if (diff->count++ >= DIFFERENCES_MAX) return;
    if (!actual)
        buffer_append_format(diff->out, "  %.*s: expected %.*s, is missing\n", STR_ARG(path), STR_ARG(shown(diff, expected)));
    else if (!expected)
        buffer_append_format(diff->out, "  %.*s: not expected, was %.*s\n", STR_ARG(path), STR_ARG(shown(diff, actual)));
    else
        buffer_append_format(diff->out, "  %.*s: expected %.*s, was %.*s\n", STR_ARG(path), STR_ARG(shown(diff, expected)),
                             STR_ARG(shown(diff, actual)));
}

static void compare(Diff *diff, Str path, const Json *expected, const Json *actual);

static void compare_objects(Diff *diff, Str path, const Json *expected, const Json *actual)
{
    JSON_EACH_MEMBER(expected, member) {
        if (json_get(expected, member->name) != member->value) continue; /* a later one of that name counts */
        compare(diff, mocks_pointer(&diff->arena, path, member->name), member->value, json_get(actual, member->name));
    }
    JSON_EACH_MEMBER(actual, member)
        if (!json_get(expected, member->name)) differ(diff, mocks_pointer(&diff->arena, path, member->name), NULL, member->value);
}

static void compare_arrays(Diff *diff, Str path, const Json *expected, const Json *actual)
{
    for (uint32_t i = 0; i < expected->count || i < actual->count; i++)
        compare(diff, str_format(&diff->arena, "%.*s/%u", STR_ARG(path), i), i < expected->count ? expected->items[i] : NULL,
                i < actual->count ? actual->items[i] : NULL);
}

static void compare(Diff *diff, Str path, const Json *expected, const Json *actual)
{
    if (diff->count >= DIFFERENCES_MAX) return;
    if (!expected || !actual || expected->type != actual->type) differ(diff, path, expected, actual);
    else if (expected->type == JSON_OBJECT) compare_objects(diff, path, expected, actual);
    else if (expected->type == JSON_ARRAY) compare_arrays(diff, path, expected, actual);
    else if (!json_equal(expected, actual)) differ(diff, path, expected, actual);
}

void cases_diff(Buffer *out, Str path, const Json *expected, const Json *actual)
{
    Diff diff = { .out = out };
    arena_init(&diff.arena, 0);
    compare(&diff, path, expected, actual);
    if (diff.count >= DIFFERENCES_MAX) buffer_append_c(out, "  ...\n");
    arena_done(&diff.arena);
}

/* ---- playing ---- */

typedef struct Stage {
    Arena    *arena;
    Mocks    *mocks;
    Coverage *coverage;
    Json     *path; /* names of the states entered; NULL: nobody asks */
} Stage;

static Error *ask(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    return mocks_answer(((Stage *)context)->mocks, arena, action, out);
}

static void hear(void *context, const PlayPlace *place, const AslHistory *event)
{
    Stage *stage = context;
    if (stage->coverage) coverage_hear(stage->coverage, place, event);
    if (stage->path && place->execution == 1 && str_ends_with(asl_history_type_name(event->type), STR("StateEntered")))
        json_append(stage->arena, stage->path, json_str_copy(stage->arena, event->name));
}

static Str status_name(AslStatus status)
{
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++)
        if (STATUSES[i].status == status) return STATUSES[i].name;
    return STR("?");
}

static void check_text(Buffer *wrong, const char *what, Str expected, Str actual)
{
    if (!expected.data || (actual.data && str_equal(expected, actual))) return;
    if (actual.data)
        buffer_append_format(wrong, "  %s: expected '%.*s', was '%.*s'\n", what, STR_ARG(expected), STR_ARG(actual));
    else
        buffer_append_format(wrong, "  %s: expected '%.*s', there is none\n", what, STR_ARG(expected));
}

static void check_status(Buffer *wrong, const PlayCase *one, const PlayResult *result)
{
    static const char *const ends[] = { [PLAY_STUCK] = "nothing is due any more", [PLAY_OUT_OF_STEPS] = "it was stopped after too many steps",
                                        [PLAY_OUT_OF_TIME] = "it was stopped after a year" };
    if (result->status == one->status) return;
    buffer_append_format(wrong, "  status: expected %.*s, was %.*s", STR_ARG(status_name(one->status)), STR_ARG(status_name(result->status)));
    if (result->end != PLAY_ENDED) buffer_append_format(wrong, " (%s)", ends[result->end]);
    if (result->error.data && !one->error.data) buffer_append_format(wrong, ": %.*s", STR_ARG(result->error));
    if (result->cause.data && !one->cause.data) buffer_append_format(wrong, ": %.*s", STR_ARG(result->cause));
    buffer_append_byte(wrong, '\n');
}

static Error *check(Arena *arena, const PlayCase *one, const PlayResult *result, const Json *path, Buffer *wrong)
{
    Json *output = NULL;
    check_status(wrong, one, result);
    check_text(wrong, "error", one->error, result->error);
    check_text(wrong, "cause", one->cause, result->cause);
    if (result->output.data) TRY(json_parse(arena, result->output, NULL, &output));
    if (one->output && (output || one->status == result->status)) cases_diff(wrong, STR("output"), one->output, output);
    if (one->path && !json_equal(one->path, path)) {
        Str was = json_text(arena, path), expected = json_text(arena, one->path);
        buffer_append_format(wrong, "  path: expected %.*s\n        was      %.*s\n", STR_ARG(expected), STR_ARG(was));
    }
    return NULL;
}

static Error *play_case(Stage *stage, const PlaySuite *suite, const PlayCase *one, const AslProgram *program, Buffer *wrong, CaseOutcome *out)
{
    Play       *play;
    PlayOptions options = {
        .program = program, .machine_name = suite->machine, .express = suite->express, .start = one->start, .seed = one->seed,
        .ask = ask, .hear = stage->path || stage->coverage ? hear : NULL, .context = stage,
        .steps_max = STEPS_MAX, .time_max = TIME_MAX,
    };
    TRY(play_new(&options, &play));
    Error *error = play_start(play, one->input);
    if (!error) error = play_run(play, NULL);
    const PlayResult *result = play_result(play);
    if (error && error_root(error)->code == ERR_NOT_FOUND) { /* a mock is missing: the case's own fault */
        buffer_append_format(wrong, "  %s\n", error->message);
        error_free(error);
        error = NULL;
    } else if (!error) {
        error = check(stage->arena, one, result, stage->path, wrong);
    }
    out->lasted = result->ended - result->started;
    out->steps = result->steps;
    play_free(play);
    return error;
}

Error *cases_run(Arena *arena, const PlaySuite *suite, const PlayCase *one, const AslProgram *program, Mocks *mocks, Coverage *coverage,
                 CaseOutcome *out)
{
    Buffer wrong;
    Stage  stage = { arena, mocks, coverage, one->path ? json_array(arena) : NULL };
    *out = (CaseOutcome){ 0 };
    if (coverage) TRY(coverage_begin(coverage));
    if (mocks) mocks_rewind(mocks);
    buffer_init(&wrong);
    Error *error = play_case(&stage, suite, one, program, &wrong, out);
    out->passed = !error && !wrong.length;
    out->wrong = str_copy(arena, buffer_str(&wrong));
    if (wrong.failed && !error) error = error_memory();
    buffer_done(&wrong);
    return error;
}
