/* eval.c -- tutti eval: an expression against an input, to try it. */
#include "cli/cli.h"
#include "jsonata/jsonata.h"
#include "jsonpath/jsonpath.h"
#include "loop/chance.h"
#include "loop/clock.h"

const char eval_help[] =
    "usage: tutti eval EXPRESSION [--input JSON|@FILE] [--path] [--dialect standard|2.0.6|states]\n"
    "\n"
    "  --input JSON|@FILE   what it is applied to; without it JSONata has no input, JSONPath {}\n"
    "  --path               the expression is a JSONPath, not JSONata\n"
    "  --dialect NAME       of JSONata: the newest, version 2.0.6, or as Step Functions speaks it\n"
    "\n"
    "Prints the result as JSON; nothing when it is undefined. A mistake is named with its place;\n"
    "exit status 1.\n";

typedef struct Eval {
    const char *input, *dialect;
    bool        path;
    Str         expression;
    Arena       arena;
} Eval;

static Error *read_input(Eval *eval, Json **out)
{
    *out = NULL;
    if (!eval->input) return NULL;
    Str text;
    TRY(text_or_file(&eval->arena, eval->input, &text));
    TRY_WRAP(json_parse(&eval->arena, text, NULL, out), "the input");
    return NULL;
}

static void print(const Json *value)
{
    Buffer text;
    buffer_init(&text);
    json_write(&text, value, JSON_PRETTY);
    buffer_append_byte(&text, '\n');
    fwrite(text.data, 1, text.length, stdout);
    buffer_done(&text);
}

/* The expression's line with a mark under the place. */
static int print_fault(const Eval *eval, const JsonataFault *fault)
{
    size_t at = fault->position > eval->expression.length ? eval->expression.length : fault->position;
    size_t line = 1, start = 0;
    for (size_t i = 0; i < at; i++)
        if (eval->expression.data[i] == '\n') {
            line++;
            start = i + 1;
        }
    Str rest = str_slice(eval->expression, start, eval->expression.length);
    size_t end = rest.length;
    str_find_byte(rest, '\n', &end);
    fprintf(stderr, "%zu:%zu: error %.*s: %.*s\n  %.*s\n  %*s^\n", line, at - start + 1, STR_ARG(fault->code), STR_ARG(fault->message),
            (int)end, rest.data, (int)(at - start), "");
    return 1;
}

static Error *read_dialect(const Eval *eval, JsonataDialect *out)
{
    static const struct {
        const char    *name;
        JsonataDialect dialect;
    } names[] = { { "standard", JSONATA_STANDARD }, { "2.0.6", JSONATA_2_0_6 }, { "states", JSONATA_STATES } };
    *out = JSONATA_STANDARD;
    for (size_t i = 0; eval->dialect && i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i].name, eval->dialect)) {
            *out = names[i].dialect;
            return NULL;
        }
    return eval->dialect ? error_new(ERR_INVALID, "--dialect is standard, 2.0.6 or states, not '%s'", eval->dialect) : NULL;
}

static Error *eval_jsonata(Eval *eval, const Json *input, int *out_status)
{
    JsonataOptions options;
    JsonataProgram *program;
    JsonataFault fault = { 0 };
    Json *value = NULL;
    Chance chance;
    Clock *clock;
    TRY(read_dialect(eval, &options.dialect));
    TRY(jsonata_compile(&eval->arena, eval->expression, &options, &program, &fault));
    if (!program) {
        *out_status = print_fault(eval, &fault);
        return NULL;
    }
    TRY(chance_init_system(&chance));
    TRY(clock_new_real(&clock));
    JsonataRun run = { .now = clock_now(clock), .seed = chance_u64(&chance) };
    clock_free(clock);
    TRY(jsonata_evaluate(&eval->arena, program, input, &run, &value, &fault));
    if (fault.code.length)
        *out_status = print_fault(eval, &fault);
    else if (value)
        print(value);
    return NULL;
}

static Error *eval_path(Eval *eval, Json *input, int *out_status)
{
    JsonPath *path;
    Json *value;
    Str why = STR_NONE;
    TRY(jsonpath_compile(&eval->arena, eval->expression, &path));
    if (!input) input = json_object(&eval->arena);
    if (jsonpath_apply(&eval->arena, path, input, &value, &why) == JSONPATH_FOUND) {
        print(value);
        return NULL;
    }
    fprintf(stderr, "error: %.*s\n", STR_ARG(why));
    *out_status = 1;
    return NULL;
}

static Error *run(Eval *eval, int *out_status)
{
    Json *input;
    TRY(read_input(eval, &input));
    return eval->path ? eval_path(eval, input, out_status) : eval_jsonata(eval, input, out_status);
}

int eval_command(int argc, char **argv)
{
    Eval eval = { .input = NULL };
    int status = 0;
    const Option options[] = { { "--input", &eval.input, NULL }, { "--dialect", &eval.dialect, NULL }, { "--path", NULL, &eval.path } };
    if (!options_take("eval", options, sizeof options / sizeof *options, &argc, argv)) return 2;
    if (argc != 2) {
        fputs(eval_help, stderr);
        return 2;
    }
    eval.expression = str_from_c(argv[1]);
    arena_init(&eval.arena, 0);
    Error *error = run(&eval, &status);
    if (error) status = fail(error);
    error_free(error);
    arena_done(&eval.arena);
    return status;
}
