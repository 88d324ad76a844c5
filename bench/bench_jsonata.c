/* bench_jsonata.c -- evaluations a second of the benchmarks given as files; prints a line of JSON for each.
 *
 *     bench_jsonata FILE...
 *
 * A file names an expression, its input (a file beside it) and the result, which is checked first. */
#include "bench/measure.h"
#include "jsonata/jsonata.h"

enum { SLICE_MS = 1000, BATCH = 20 };

static _Noreturn void stop(const char *what, const char *why)
{
    fprintf(stderr, "bench_jsonata: %s: %s\n", what, why);
    exit(2);
}

static Json *parse_file(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    Json *value;
    if (!file) stop(path, "cannot be opened");
    char  *text = arena_alloc_bytes(arena, 1 << 24);
    size_t length = fread(text, 1, 1 << 24, file);
    fclose(file);
    Error *error = json_parse(arena, str_from(text, length), NULL, &value);
    if (error) stop(path, error->message);
    return value;
}

static void evaluate_once(Arena *arena, const JsonataProgram *program, const Json *input, const Json *expected)
{
    JsonataRun   run = { .seed = 1 };
    JsonataFault fault;
    Json        *value;
    Error       *error = jsonata_evaluate(arena, program, input, &run, &value, &fault);
    if (error) stop("evaluation", error->message);
    if (fault.code.length) stop("evaluation", str_to_c(arena, fault.message));
    if (expected && (!value || !json_equal(value, expected))) stop("evaluation", "another result than expected");
}

static double speed_of(const JsonataProgram *program, const Json *input)
{
    Arena    arena;
    uint64_t count = 0, start = measure_now(), end = start + SLICE_MS * 1000000ULL, now;
    arena_init(&arena, 0);
    do {
        for (int i = 0; i < BATCH; i++, count++) {
            evaluate_once(&arena, program, input, NULL);
            arena_reset(&arena);
        }
        now = measure_now();
    } while (now < end);
    arena_done(&arena);
    return (double)count * 1e9 / (double)(now - start);
}

static void run_file(const char *path)
{
    Arena           arena;
    JsonataProgram *program;
    JsonataFault    fault;
    arena_init(&arena, 0);
    const Json *bench = parse_file(&arena, path);
    const char *slash = strrchr(path, '/');
    Str         name = json_get_str(bench, STR("data"));
    Str         folder = slash ? str_from(path, (size_t)(slash - path) + 1) : STR("");
    Json  *input = parse_file(&arena, str_to_c(&arena, str_format(&arena, "%.*s%.*s", STR_ARG(folder), STR_ARG(name))));
    Error *error = jsonata_compile(&arena, json_get_str(bench, STR("expression")), NULL, &program, &fault);
    if (error) stop(path, error->message);
    if (!program) stop(path, str_to_c(&arena, fault.message));
    evaluate_once(&arena, program, input, json_get(bench, STR("result")));
    printf("{\"bench\":\"jsonata\",\"name\":\"%.*s\",\"per_second\":%.0f}\n", STR_ARG(json_get_str(bench, STR("name"))),
           speed_of(program, input));
    arena_done(&arena);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) run_file(argv[i]);
    return 0;
}
