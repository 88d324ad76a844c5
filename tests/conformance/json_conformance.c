/* json_conformance.c -- runs the cases of a directory of JSON texts through json_parse.
 *
 *     json_conformance DIRECTORY [FILE]
 *
 * Prints `json passed/total`; writes the ids of the cases that failed to FILE, one a line. The
 * README.md of the directory says what a case is. */
#include "tests/conformance/corpus.h"

#include "base/text.h"

typedef struct Run {
    Arena       arena;
    const char *directory;
    FILE       *failures; /* or NULL */
    int         passed, total;
} Run;

static Str decoded(Run *run, const Json *test, Str name)
{
    Str bytes = STR_NONE;
    if (!text_unbase64(&run->arena, json_get_str(test, name), &bytes)) corpus_stop("a case", "is not base64");
    return bytes;
}

/* base64, as often as `repeat` says, then tail. */
static Str text_of(Run *run, const Json *test)
{
    Str part = decoded(run, test, STR("base64")), tail = decoded(run, test, STR("tail"));
    int64_t times = 1;
    json_get_int(test, STR("repeat"), &times);
    size_t length = part.length * (size_t)times;
    char *text = arena_alloc_bytes(&run->arena, length + tail.length);
    for (size_t at = 0; at < length; at += part.length) memcpy(text + at, part.data, part.length);
    if (tail.length) memcpy(text + length, tail.data, tail.length);
    return str_from(text, length + tail.length);
}

static bool passes(Run *run, const Json *test)
{
    Json *value;
    Error *error = json_parse(&run->arena, text_of(run, test), NULL, &value);
    bool accepted = !error;
    error_free(error);
    Str expected = json_get_str(test, STR("expected"));
    if (str_equal(expected, STR("reject"))) return !accepted;
    if (str_equal(expected, STR("accept"))) return accepted && json_equal(value, json_get(test, STR("value")));
    return str_equal(expected, STR("either"));
}

static void run_file(Run *run, Str name)
{
    Json *cases = corpus_file(&run->arena, run->directory, name), *test;
    JSON_EACH_ITEM(cases, test)
    {
        bool passed = passes(run, test);
        Str id = json_get_str(test, STR("id"));
        run->total++;
        run->passed += passed;
        if (!passed && run->failures) fprintf(run->failures, "%.*s\n", STR_ARG(id));
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) corpus_stop("usage", "json_conformance DIRECTORY [FILE]");
    Run run = { .directory = argv[1], .failures = argc > 2 ? fopen(argv[2], "w") : NULL };
    if (argc > 2 && !run.failures) corpus_stop(argv[2], "cannot be written");
    arena_init(&run.arena, 0);
    Json *files = json_get(corpus_file(&run.arena, run.directory, STR("index.json")), STR("files"));
    if (!files || files->type != JSON_OBJECT) corpus_stop("index.json", "names no files");
    JSON_EACH_MEMBER(files, file) run_file(&run, file->name);
    printf("json %d/%d\n", run.passed, run.total);
    if (run.failures) fclose(run.failures);
    arena_done(&run.arena);
    return run.passed != run.total;
}
