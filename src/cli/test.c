/* test.c -- tutti test: tables of cases, played in virtual time.
 *
 * A definition is compiled once, however many files and cases it has; so is its coverage counted. */
#include "cli/cli.h"
#include "cli/definition.h"
#include "play/cases.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

const char test_help[] =
    "usage: tutti test DIRECTORY|FILE... [--filter TEXT] [--coverage] [--json] [--junit FILE]\n"
    "\n"
    "Plays the cases of test files (*.test.json, *.test.yaml; of directories, all that are in them) in virtual\n"
    "time, and says what is not as expected.\n"
    "\n"
    "  --filter TEXT   only cases with that in their names\n"
    "  --coverage      which states and transitions the cases went through, and which they did not\n"
    "  --json          a line for each case on stdout, and one for the end\n"
    "  --junit FILE    the results as JUnit has them\n"
    "\n"
    "A test file:\n"
    "\n"
    "  {\"definition\": \"order.asl.json\",\n"
    "   \"cases\": [{\"name\": \"a refused card\", \"input\": {\"amount\": 5},\n"
    "              \"mocks\": {\"Charge\": [{\"Throw\": {\"Error\": \"Refused\", \"Cause\": \"no money\"}}]},\n"
    "              \"expect\": {\"status\": \"FAILED\", \"error\": \"Refused\", \"path\": [\"Charge\", \"Cancel\"]}}]}\n"
    "\n"
    "exit status: 0 all cases passed; 1 some did not; 2 the command line is not valid\n";

enum { DEPTH_MAX = 64 };

typedef struct Loaded Loaded;
struct Loaded { /* a definition that some file names */
    const char *path, *real; /* as it was named first; without links */
    Definition  definition;
    Coverage   *coverage; /* or NULL */
    Loaded     *next;
};

typedef struct MockFile MockFile;
struct MockFile {
    const char *path;
    Source     *source;
    MockFile   *next;
};

typedef struct Tests {
    const char *junit, *filter;
    bool        coverage, json;
    Arena       arena;       /* of all files */
    Arena       file_arena, case_arena;
    Loaded     *loaded;      /* last first */
    MockFile   *mock_files;  /* of the file under way */
    Buffer      report;      /* JUnit's, of the file under way; and of all */
    Buffer      reports;
    size_t      passed, failed;
    size_t      file_passed, file_failed;
    size_t      files;
} Tests;

/* ---- JUnit ---- */

static void append_xml(Buffer *out, Str text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte == '<') buffer_append_c(out, "&lt;");
        else if (byte == '>') buffer_append_c(out, "&gt;");
        else if (byte == '&') buffer_append_c(out, "&amp;");
        else if (byte == '"') buffer_append_c(out, "&quot;");
        else if (byte == '\n') buffer_append_c(out, "&#10;");
        else if (byte < 32) buffer_append_byte(out, ' ');
        else buffer_append_byte(out, (char)byte);
    }
}

static void report_case(Tests *tests, const char *path, Str name, const CaseOutcome *outcome, Instant took)
{
    Buffer *out = &tests->report;
    if (!tests->junit) return;
    buffer_append_c(out, "    <testcase classname=\"");
    append_xml(out, str_from_c(path));
    buffer_append_c(out, "\" name=\"");
    append_xml(out, name);
    buffer_append_format(out, "\" time=\"%.6f\"", (double)took / DURATION_SECOND);
    if (outcome->passed) {
        buffer_append_c(out, "/>\n");
        return;
    }
    buffer_append_c(out, "><failure message=\"not as expected\">");
    append_xml(out, outcome->wrong);
    buffer_append_c(out, "</failure></testcase>\n");
}

static void report_file(Tests *tests, const char *path)
{
    if (!tests->junit) return;
    buffer_append_c(&tests->reports, "  <testsuite name=\"");
    append_xml(&tests->reports, str_from_c(path));
    buffer_append_format(&tests->reports, "\" tests=\"%zu\" failures=\"%zu\">\n", tests->file_passed + tests->file_failed, tests->file_failed);
    buffer_append_str(&tests->reports, buffer_str(&tests->report));
    buffer_append_c(&tests->reports, "  </testsuite>\n");
    buffer_clear(&tests->report);
}

static Error *write_report(Tests *tests)
{
    Buffer all;
    if (!tests->junit) return NULL;
    buffer_init(&all);
    buffer_append_format(&all, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%zu\" failures=\"%zu\">\n",
                         tests->passed + tests->failed, tests->failed);
    buffer_append_str(&all, buffer_str(&tests->reports));
    buffer_append_c(&all, "</testsuites>\n");
    Error *error = all.failed ? error_memory() : file_write(tests->junit, buffer_str(&all));
    buffer_done(&all);
    return error;
}

/* ---- telling ---- */

static void print_line(const Json *value)
{
    Buffer line;
    buffer_init(&line);
    json_write(&line, value, JSON_COMPACT);
    buffer_append_byte(&line, '\n');
    fwrite(line.data, 1, line.length, stdout);
    buffer_done(&line);
}

static void tell_case(Tests *tests, const char *path, Str name, const CaseOutcome *outcome, Instant took)
{
    Arena *arena = &tests->case_arena;
    tests->passed += outcome->passed;
    tests->failed += !outcome->passed;
    tests->file_passed += outcome->passed;
    tests->file_failed += !outcome->passed;
    report_case(tests, path, name, outcome, took);
    if (!tests->json) {
        if (!outcome->passed) printf("FAILED %s: %.*s\n%.*s", path, STR_ARG(name), STR_ARG(outcome->wrong));
        return;
    }
    Json *line = json_object(arena);
    json_add_str(arena, line, STR("file"), str_from_c(path));
    json_add_str(arena, line, STR("name"), name);
    json_add(arena, line, STR("passed"), json_bool(arena, outcome->passed));
    if (!outcome->passed) json_add_str(arena, line, STR("wrong"), outcome->wrong);
    json_add(arena, line, STR("lastedSeconds"), json_double(arena, (double)outcome->lasted / DURATION_SECOND));
    json_add(arena, line, STR("tookSeconds"), json_double(arena, (double)took / DURATION_SECOND));
    json_add_int(arena, line, STR("steps"), (int64_t)outcome->steps);
    print_line(line);
}

/* What is wrong with a whole file counts as a case that failed. */
static void tell_broken(Tests *tests, const char *path, Str why)
{
    CaseOutcome outcome = { .wrong = str_format(&tests->case_arena, "  %.*s\n", STR_ARG(why)) };
    tell_case(tests, path, STR("(the file)"), &outcome, 0);
}

/* ---- coverage ---- */

static Json *row_json(Arena *arena, const CoverageRow *row)
{
    if (!row->from.data) return json_str(arena, row->to);
    Json *pair = json_array(arena);
    json_append(arena, pair, json_str(arena, row->from));
    json_append(arena, pair, json_str(arena, row->to));
    return pair;
}

static Json *rows_json(Arena *arena, const CoverageRow *rows, size_t count)
{
    Json *json = json_object(arena), *missing = json_array(arena);
    for (size_t i = 0; i < count; i++)
        if (!rows[i].count) json_append(arena, missing, row_json(arena, &rows[i]));
    json_add_int(arena, json, STR("total"), (int64_t)count);
    json_add_int(arena, json, STR("covered"), (int64_t)coverage_hit(rows, count));
    json_add(arena, json, STR("missing"), missing);
    return json;
}

static void print_share(const char *what, const CoverageRow *rows, size_t count)
{
    size_t hit = coverage_hit(rows, count);
    printf(" %zu of %zu %s (%zu %%)", hit, count, what, count ? hit * 100 / count : 100);
}

static void tell_coverage(Tests *tests, const Loaded *loaded)
{
    size_t             state_count, transition_count;
    const CoverageRow *states = coverage_states(loaded->coverage, &state_count);
    const CoverageRow *transitions = coverage_transitions(loaded->coverage, &transition_count);
    Arena             *arena = &tests->arena;
    if (tests->json) {
        Json *line = json_object(arena);
        json_add_str(arena, line, STR("definition"), str_from_c(loaded->path));
        json_add(arena, line, STR("states"), rows_json(arena, states, state_count));
        json_add(arena, line, STR("transitions"), rows_json(arena, transitions, transition_count));
        print_line(line);
        return;
    }
    printf("coverage of %s:", loaded->path);
    print_share("states", states, state_count);
    fputc(',', stdout);
    print_share("transitions", transitions, transition_count);
    fputc('\n', stdout);
    for (size_t i = 0; i < state_count; i++)
        if (!states[i].count) printf("  never entered: %.*s\n", STR_ARG(states[i].to));
    for (size_t i = 0; i < transition_count; i++)
        if (!transitions[i].count) printf("  never taken: %.*s -> %.*s\n", STR_ARG(transitions[i].from), STR_ARG(transitions[i].to));
}

/* Definitions in the order they were first named. */
static void tell_all_coverage(Tests *tests, const Loaded *loaded)
{
    if (!loaded) return;
    tell_all_coverage(tests, loaded->next);
    if (loaded->coverage) tell_coverage(tests, loaded);
}

/* ---- what files name ---- */

static Error *load_definition(Tests *tests, const char *path, bool express, Loaded **out)
{
    char real[PATH_MAX];
    const char *known = realpath(path, real) ? real : path;
    for (Loaded *loaded = tests->loaded; loaded; loaded = loaded->next)
        if (!strcmp(loaded->real, known) && loaded->definition.express == express) {
            *out = loaded;
            return NULL;
        }
    Loaded *loaded = NEW(&tests->arena, Loaded);
    loaded->path = str_to_c(&tests->arena, str_from_c(path));
    loaded->real = str_to_c(&tests->arena, str_from_c(known));
    TRY(definition_load(&tests->arena, loaded->path, express, &loaded->definition));
    if (loaded->definition.program && tests->coverage) TRY(coverage_new(loaded->definition.value, &loaded->coverage));
    loaded->next = tests->loaded;
    tests->loaded = loaded;
    *out = loaded;
    return NULL;
}

static Error *load_mock_file(Tests *tests, const char *path, Source **out)
{
    for (MockFile *file = tests->mock_files; file; file = file->next)
        if (!strcmp(file->path, path)) {
            *out = file->source;
            return NULL;
        }
    MockFile *file = NEW(&tests->file_arena, MockFile);
    TRY(source_load(&tests->file_arena, path, &file->source));
    if (!file->source) return error_new(ERR_SYNTAX, "%s cannot be read", path);
    file->path = path;
    file->next = tests->mock_files;
    tests->mock_files = file;
    *out = file->source;
    return NULL;
}

static Error *load_mocks(Tests *tests, const char *path, const PlaySuite *suite, const PlayCase *one, const Json *definition, Mocks **out)
{
    Source *source = NULL;
    Str     stranger;
    if (one->mock_file.data) {
        const char *file = str_to_c(&tests->file_arena, path_beside(&tests->file_arena, path, one->mock_file));
        TRY(load_mock_file(tests, file, &source));
        return mocks_read(&tests->case_arena, source, suite->machine, one->mock_case, out);
    }
    TRY(cases_mocks(&tests->case_arena, suite, one, out));
    if (!mocks_find_stranger(*out, definition, &stranger)) return NULL;
    return mocks_bad(suite->source, mocks_pointer(&tests->case_arena, mocks_pointer(&tests->case_arena, one->pointer, STR("mocks")), stranger),
                     "the definition has no state '%.*s'", STR_ARG(stranger));
}

/* ---- cases ---- */

static bool is_wanted(const Tests *tests, const PlayCase *one)
{
    size_t at;
    return !tests->filter || str_find(one->name, str_from_c(tests->filter), &at);
}

/* An error that is the case's own fault becomes its outcome. */
static Error *excuse(Tests *tests, Error *error, CaseOutcome *out)
{
    if (!error || error_root(error)->code == ERR_MEMORY) return error;
    Buffer words;
    buffer_init(&words);
    error_describe(error, &words);
    *out = (CaseOutcome){ .wrong = str_format(&tests->case_arena, "  %.*s\n", STR_ARG(buffer_str(&words))) };
    buffer_done(&words);
    error_free(error);
    return NULL;
}

static Error *run_case(Tests *tests, const char *path, const PlaySuite *suite, const PlayCase *one, const Loaded *loaded)
{
    CaseOutcome outcome = { 0 };
    Mocks      *mocks;
    Instant     from = clock_monotonic();
    arena_reset(&tests->case_arena);
    Error *error = load_mocks(tests, path, suite, one, loaded->definition.value, &mocks);
    if (!error) error = cases_run(&tests->case_arena, suite, one, loaded->definition.program, mocks, loaded->coverage, &outcome);
    TRY(excuse(tests, error, &outcome));
    tell_case(tests, path, one->name, &outcome, clock_monotonic() - from);
    return NULL;
}

static Error *run_cases(Tests *tests, const char *path, const Source *source)
{
    PlaySuite suite;
    Loaded   *loaded;
    TRY(cases_read(&tests->file_arena, source, &suite));
    const char *definition = str_to_c(&tests->file_arena, path_beside(&tests->file_arena, path, suite.definition));
    TRY(load_definition(tests, definition, suite.express, &loaded));
    if (!loaded->definition.program) return error_new(ERR_INVALID, "%s is not a valid definition", definition);
    for (size_t i = 0; i < suite.count; i++)
        if (is_wanted(tests, &suite.cases[i])) TRY(run_case(tests, path, &suite, &suite.cases[i], loaded));
    return NULL;
}

static Error *run_file(Tests *tests, const char *path)
{
    Source *source = NULL;
    Instant from = clock_monotonic();
    tests->files++;
    tests->file_passed = tests->file_failed = 0;
    tests->mock_files = NULL;
    arena_reset(&tests->file_arena);
    arena_reset(&tests->case_arena);
    Error *error = source_load(&tests->file_arena, path, &source);
    if (!error && source) error = run_cases(tests, path, source);
    if (error && error_root(error)->code == ERR_MEMORY) return error;
    if (error || !source) {
        CaseOutcome broken = { 0 };
        TRY(excuse(tests, error ? error : error_new(ERR_SYNTAX, "it is neither JSON nor YAML"), &broken));
        tell_broken(tests, path, str_trim(str_slice(broken.wrong, 0, broken.wrong.length - 1)));
    }
    report_file(tests, path);
    if (!tests->json && (tests->file_passed || tests->file_failed))
        printf("%s: %zu passed, %zu failed (%.1f ms)\n", path, tests->file_passed, tests->file_failed,
               (double)(clock_monotonic() - from) / DURATION_MS);
    return NULL;
}

/* ---- files ---- */

static bool is_test_file(Str name)
{
    return str_ends_with(name, STR(".test.json")) || str_ends_with(name, STR(".test.yaml")) || str_ends_with(name, STR(".test.yml"));
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool is_directory(const char *path)
{
    struct stat status;
    return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static Error *run_directory(Tests *tests, const char *path, int depth)
{
    struct dirent **entries;
    Error          *error = NULL;
    Arena           arena;
    int             count = depth < DEPTH_MAX ? scandir(path, &entries, not_hidden, alphasort) : 0;
    if (count < 0) return error_new(ERR_IO, "%s cannot be listed", path);
    arena_init(&arena, 512);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name, *inner = strcmp(path, ".") ? str_to_c(&arena, str_format(&arena, "%s/%s", path, name)) : name;
        if (!error && is_directory(inner)) error = run_directory(tests, inner, depth + 1);
        else if (!error && is_test_file(str_from_c(inner))) error = run_file(tests, inner);
        free(entries[i]);
    }
    if (depth < DEPTH_MAX) free(entries);
    arena_done(&arena);
    return error;
}

static Error *run_all(Tests *tests, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) TRY(is_directory(argv[i]) ? run_directory(tests, argv[i], 0) : run_file(tests, argv[i]));
    if (!tests->files) return error_new(ERR_NOT_FOUND, "there are no test files (*.test.json, *.test.yaml)");
    tell_all_coverage(tests, tests->loaded);
    return write_report(tests);
}

static void print_end(Tests *tests)
{
    if (!tests->json) {
        printf("%zu passed, %zu failed\n", tests->passed, tests->failed);
        return;
    }
    Json *line = json_object(&tests->arena);
    json_add_int(&tests->arena, line, STR("passed"), (int64_t)tests->passed);
    json_add_int(&tests->arena, line, STR("failed"), (int64_t)tests->failed);
    print_line(line);
}

static void close_tests(Tests *tests)
{
    for (Loaded *loaded = tests->loaded; loaded; loaded = loaded->next) coverage_free(loaded->coverage);
    buffer_done(&tests->report);
    buffer_done(&tests->reports);
    arena_done(&tests->arena);
    arena_done(&tests->file_arena);
    arena_done(&tests->case_arena);
}

int test_command(int argc, char **argv)
{
    Tests tests = { .junit = NULL };
    const Option options[] = { { "--junit", &tests.junit, NULL }, { "--filter", &tests.filter, NULL },
                               { "--coverage", NULL, &tests.coverage }, { "--json", NULL, &tests.json } };
    if (!options_take("test", options, sizeof options / sizeof *options, &argc, argv)) return 2;
    if (argc < 2) {
        fputs(test_help, stderr);
        return 2;
    }
    arena_init(&tests.arena, 0);
    arena_init(&tests.file_arena, 0);
    arena_init(&tests.case_arena, 0);
    Error *error = run_all(&tests, argc, argv);
    int    status = error ? fail(error) : tests.failed > 0;
    if (!error) print_end(&tests);
    error_free(error);
    close_tests(&tests);
    return status;
}
