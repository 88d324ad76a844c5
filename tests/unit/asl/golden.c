/* golden.c -- cases in a file that is read by eye. */
#include "tests/unit/asl/golden.h"

#include "tests/support/test.h"

enum { GOLDEN_SIZE_MAX = 1 << 20 };

typedef struct Golden {
    char      *text;
    Buffer     again; /* the file as it would be written */
    GoldenRun *run;
    int        cases;
} Golden;

static Str file_text(const char *path, char *room)
{
    FILE *file = fopen(path, "r");
    if (!CHECK(file != NULL)) return STR_NONE;
    size_t size = fread(room, 1, GOLDEN_SIZE_MAX, file);
    fclose(file);
    return str_from(room, size);
}

static bool is_head(Str line)
{
    return str_starts_with(line, STR("== "));
}

/* The lines up to one that begins with `stop`, which stays. */
static Str take_lines(Str *rest, const char *stop)
{
    Str all = *rest;
    while (rest->length && !str_starts_with(*rest, str_from_c(stop))) {
        size_t end = rest->length;
        str_find_byte(*rest, '\n', &end);
        *rest = str_slice(*rest, end + 1, rest->length);
    }
    return str_slice(all, 0, all.length - rest->length);
}

static Str kind_of(Str head)
{
    size_t open;
    if (!str_find_byte(head, '[', &open) || head.data[head.length - 1] != ']') return STR_NONE;
    return str_slice(head, open + 1, head.length - 1);
}

static void run_case(Golden *golden, Str head, Str input, Str expected)
{
    Arena  arena;
    Buffer out;
    arena_init(&arena, 0);
    buffer_init(&out);
    golden->run(&arena, kind_of(head), str_slice(input, 0, input.length - 1), &out);
    buffer_append_format(&golden->again, "%.*s\n%.*s--\n%.*s\n", STR_ARG(head), STR_ARG(input),
                         STR_ARG(buffer_str(&out)));
    if (!getenv("GOLDEN") && !str_equal(str_trim(expected), buffer_str(&out))) {
        printf("    %.*s\n", STR_ARG(head));
        CHECK_STR(buffer_str(&out), expected);
    }
    golden->cases++;
    buffer_done(&out);
    arena_done(&arena);
}

static void run_cases(Golden *golden, Str rest)
{
    Str top = take_lines(&rest, "== ");
    buffer_append_str(&golden->again, top);
    while (rest.length && is_head(rest)) {
        size_t end;
        if (!CHECK(str_find_byte(rest, '\n', &end))) return;
        Str head = str_slice(rest, 0, end);
        rest = str_slice(rest, end + 1, rest.length);
        Str input = take_lines(&rest, "--\n");
        if (!CHECK(rest.length > 2 && input.length > 0)) return;
        rest = str_slice(rest, 3, rest.length);
        Str expected = take_lines(&rest, "== ");
        while (expected.length > 1 && str_ends_with(expected, STR("\n\n"))) expected.length--;
        if (str_equal(expected, STR("\n"))) expected.length = 0;
        run_case(golden, head, input, expected);
    }
}

static void write_again(const Golden *golden, const char *path)
{
    FILE *file = fopen(path, "w");
    if (!CHECK(file != NULL)) return;
    fwrite(golden->again.data, 1, golden->again.length, file);
    fclose(file);
}

void golden_check(const char *name, GoldenRun *run)
{
    char   path[1024];
    Golden golden = { .text = malloc(GOLDEN_SIZE_MAX), .run = run };
    snprintf(path, sizeof path, "%s/tests/unit/asl/%s", test_source_root(), name);
    buffer_init(&golden.again);
    run_cases(&golden, file_text(path, golden.text));
    CHECK(golden.cases > 0);
    if (getenv("GOLDEN")) write_again(&golden, path);
    buffer_done(&golden.again);
    free(golden.text);
}
