/* jsonpath_conformance.c -- runs the cases of a directory of paths and documents through jsonpath.
 *
 *     jsonpath_conformance DIRECTORY [FILE]
 *
 * Prints `jsonpath passed/total` for the cases on which version 2.0.0 of the library is known, the one
 * the service answers as, and `jsonpath-2.10 passed/total` for all cases of version 2.10. Writes the ids
 * of the cases that failed to FILE, one a line. The README.md of the directory says what a case is; one
 * without a document is tried on {}. */
#include "jsonpath/jsonpath.h"
#include "tests/conformance/corpus.h"

typedef struct Score {
    JsonPathDialect dialect;
    const char     *name;
    int             passed, total;
} Score;

typedef struct Run {
    Arena       arena;
    const char *directory;
    FILE       *failures; /* or NULL */
    Score       states, newer;
} Run;

/* Each item of one is in the other as often. */
static bool same_items(Arena *arena, const Json *a, const Json *b)
{
    if (a->type != JSON_ARRAY || b->type != JSON_ARRAY || a->count != b->count) return json_equal(a, b);
    bool *taken = NEW_ARRAY(arena, bool, b->count + 1u);
    for (uint32_t i = 0; i < a->count; i++) {
        uint32_t at = 0;
        while (at < b->count && (taken[at] || !json_equal(a->items[i], b->items[at]))) at++;
        if (at == b->count) return false;
        taken[at] = true;
    }
    return true;
}

static bool passes(Run *run, const Json *test, JsonPathDialect dialect)
{
    JsonPath       *path = NULL;
    Json           *found = NULL, *document = json_get(test, STR("document")), *wanted = json_get(test, STR("result"));
    Str             why = STR_NONE, refusal = json_get_str(test, STR("error"));
    JsonPathOutcome outcome = JSONPATH_NOT_SUPPORTED;
    Error          *error = jsonpath_compile_as(&run->arena, json_get_str(test, STR("path")), dialect, &path);
    if (!error)
        outcome = jsonpath_apply(&run->arena, path, document ? document : json_object(&run->arena), &found, &why);
    error_free(error);
    if (str_equal(refusal, STR("NOT_FOUND"))) return outcome == JSONPATH_NOT_FOUND;
    if (refusal.length) return outcome == JSONPATH_NOT_SUPPORTED;
    if (outcome != JSONPATH_FOUND) return false;
    return json_get(test, STR("unordered")) ? same_items(&run->arena, wanted, found) : json_equal(wanted, found);
}

static void count_case(Run *run, const Json *test, Score *score)
{
    bool passed = passes(run, test, score->dialect);
    Str  id = json_get_str(test, STR("id"));
    score->total++;
    score->passed += passed;
    if (!passed && run->failures) fprintf(run->failures, "%s %.*s\n", score->name, STR_ARG(id));
}

static void run_file(Run *run, Str name)
{
    Json *cases = corpus_file(&run->arena, run->directory, name), *test;
    JSON_EACH_ITEM(cases, test) {
        Json *agreed = json_get(test, STR("since_2_0_0")); /* no word of it where 2.0.0 alone is meant */
        if (!agreed || agreed->boolean) count_case(run, test, &run->states);
        if (agreed) count_case(run, test, &run->newer);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) corpus_stop("usage", "jsonpath_conformance DIRECTORY [FILE]");
    Run run = { .directory = argv[1], .failures = argc > 2 ? fopen(argv[2], "w") : NULL };
    if (argc > 2 && !run.failures) corpus_stop(argv[2], "cannot be written");
    run.states = (Score){ .dialect = JSONPATH_STATES, .name = "2.0.0" };
    run.newer = (Score){ .dialect = JSONPATH_2_10, .name = "2.10" };
    arena_init(&run.arena, 0);
    Json *files = json_get(corpus_file(&run.arena, run.directory, STR("index.json")), STR("files"));
    if (!files || files->type != JSON_OBJECT) corpus_stop("index.json", "names no files");
    JSON_EACH_MEMBER(files, file) run_file(&run, file->name);
    printf("jsonpath %d/%d\n", run.states.passed, run.states.total);
    printf("jsonpath-2.10 %d/%d\n", run.newer.passed, run.newer.total);
    if (run.failures) fclose(run.failures);
    arena_done(&run.arena);
    return run.states.passed != run.states.total || run.newer.passed != run.newer.total;
}
