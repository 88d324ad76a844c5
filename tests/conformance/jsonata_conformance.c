/* jsonata_conformance.c -- runs the reference suite of JSONata, for its newest version and for 2.0.6.
 *
 *     jsonata_conformance DIRECTORY [FILE]
 *
 * Prints `jsonata passed/total` and `jsonata-2.0.6 passed/total`; writes the ids of the cases that
 * failed to FILE, one a line. The README.md of the directory says what a case is. */
#include "jsonata/jsonata.h"
#include "tests/conformance/corpus.h"

enum { STEPS_PER_MS = 50000 };

typedef struct Suite {
    const char    *directory;
    const Json    *datasets;
    FILE          *failures; /* or NULL */
    JsonataDialect dialect;
    int            passed, total;
} Suite;

/* ---- a case ---- */

static const Json *input_of(const Suite *suite, const Json *test)
{
    const Json *data = json_get(test, STR("data")), *name = json_get(test, STR("dataset"));
    if (data) return data;
    return name && name->type == JSON_STRING ? json_get(suite->datasets, name->text) : NULL;
}

static JsonataRun run_of(Arena *arena, const Json *test)
{
    JsonataRun  run = { .now = 1600000000 * DURATION_SECOND, .seed = 1 };
    const Json *bindings = json_get(test, STR("bindings"));
    int64_t     number;
    if (bindings && bindings->count) {
        JsonataBinding *list = NEW_ARRAY(arena, JsonataBinding, bindings->count);
        JSON_EACH_MEMBER(bindings, member) list[run.binding_count++] = (JsonataBinding){ member->name, member->value };
        run.bindings = list;
    }
    if (json_get_int(test, STR("timelimit"), &number)) run.limits.steps_max = (uint64_t)number * STEPS_PER_MS;
    if (json_get_int(test, STR("depth"), &number)) run.limits.depth_max = (uint32_t)number;
    run.limits.memory_max = (size_t)1 << 30;
    return run;
}

static bool same_set(const Json *a, const Json *b)
{
    if (a->type != JSON_ARRAY || b->type != JSON_ARRAY || a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        bool found = false;
        for (uint32_t j = 0; j < b->count && !found; j++) found = json_equal(a->items[i], b->items[j]);
        if (!found) return false;
    }
    return true;
}

static bool same_fault(const Json *expected, const JsonataFault *fault)
{
    const Json *error = json_get(expected, STR("error")), *token = json_get(expected, STR("token"));
    const Json *message = json_get(error, STR("message"));
    if (!str_equal(json_get_str(expected, STR("code")), fault->code)) return false;
    if (!token) token = json_get(error, STR("token"));
    if (token && token->type == JSON_STRING && !str_equal(token->text, fault->token)) return false;
    return !message || str_equal(message->text, fault->message);
}

static bool is_expected(const Json *test, const Json *expected, const Json *value, const JsonataFault *fault)
{
    const Json *result = json_get(expected, STR("result"));
    if (fault->code.length) return json_get(expected, STR("code")) && same_fault(expected, fault);
    if (json_get(expected, STR("undefinedResult"))) return !value;
    if (!result || !value) return false;
    return json_get(test, STR("unordered")) ? same_set(result, value) : json_equal(result, value);
}

static void show(Arena *arena, Str id, const Json *value, const JsonataFault *fault)
{
    if (!getenv("CONFORMANCE_VERBOSE")) return;
    Str text = value ? json_text(arena, value) : STR("undefined");
    if (text.length > 300) text.length = 300;
    printf("  %.*s: %.*s %.*s `%.*s` %.*s\n", STR_ARG(id), STR_ARG(text), STR_ARG(fault->code), STR_ARG(fault->token),
           STR_ARG(fault->message));
}

static bool passes(Suite *suite, Arena *arena, const Json *test, const Json *expected)
{
    JsonataProgram *program;
    JsonataFault    fault;
    Json           *value = NULL;
    JsonataRun      run = run_of(arena, test);
    JsonataOptions  options = { suite->dialect };
    Error          *error = jsonata_compile(arena, json_get_str(test, STR("expr")), &options, &program, &fault);
    if (!error && program) error = jsonata_evaluate(arena, program, input_of(suite, test), &run, &value, &fault);
    if (error) corpus_stop("a case", error->message);
    if (is_expected(test, expected, value, &fault)) return true;
    show(arena, json_get_str(test, STR("id")), value, &fault);
    return false;
}

static void run_case(Suite *suite, const Json *test)
{
    Arena       arena;
    const Json *older = json_get(test, STR("v2_0_6")), *expected = test;
    Str         id = json_get_str(test, STR("id"));
    if (suite->dialect == JSONATA_2_0_6 && older) expected = older;
    if (json_get(expected, STR("defect"))) return;
    arena_init(&arena, 0);
    bool passed = passes(suite, &arena, test, expected);
    suite->total++;
    suite->passed += passed;
    if (!passed && suite->failures)
        fprintf(suite->failures, "%.*s%s\n", STR_ARG(id), suite->dialect == JSONATA_2_0_6 ? " (2.0.6)" : "");
    arena_done(&arena);
}

static bool run_suite(Suite *suite, const char *name)
{
    Arena arena;
    arena_init(&arena, 0);
    suite->passed = suite->total = 0;
    suite->datasets = corpus_file(&arena, suite->directory, STR("datasets.json"));
    const Json *index = corpus_file(&arena, suite->directory, STR("index.json")), *files = json_get(index, STR("files"));
    if (!files || files->type != JSON_OBJECT) corpus_stop("index.json", "names no files");
    JSON_EACH_MEMBER(files, file) {
        if (!str_starts_with(file->name, STR("groups/"))) continue;
        const Json *cases = corpus_file(&arena, suite->directory, file->name), *test;
        JSON_EACH_ITEM(cases, test) run_case(suite, test);
    }
    printf("%s %d/%d\n", name, suite->passed, suite->total);
    arena_done(&arena);
    return suite->passed == suite->total;
}

int main(int argc, char **argv)
{
    if (argc < 2) corpus_stop("usage", "jsonata_conformance DIRECTORY [FILE]");
    Suite suite = { .directory = argv[1], .failures = argc > 2 ? fopen(argv[2], "w") : NULL };
    if (argc > 2 && !suite.failures) corpus_stop(argv[2], "cannot be written");
    bool all = run_suite(&suite, "jsonata");
    suite.dialect = JSONATA_2_0_6;
    all &= run_suite(&suite, "jsonata-2.0.6");
    if (suite.failures) fclose(suite.failures);
    return !all;
}
