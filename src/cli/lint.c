/* lint.c -- tutti lint: what is wrong with definitions, and what is doubtful. */
#include "cli/cli.h"

#include "cli/definition.h"

#include <errno.h>

const char lint_help[] =
    "usage: tutti lint FILE... [--json] [--type STANDARD|EXPRESS]\n"
    "\n"
    "Looks definitions of the States Language over, in JSON or YAML: errors are what Step Functions refuses, in its\n"
    "words, and what fails for certain; warnings are doubts.\n"
    "\n"
    "  --json   an array with an object for each finding, instead of lines\n"
    "  --type   what kind of machine it is to be; STANDARD\n"
    "\n"
    "A finding is a line `FILE:LINE:COLUMN: error CODE: message`, with a hint below it where there is one.\n"
    "Exit status 1 where there are errors.\n";

typedef struct Lint {
    Arena          arena;
    bool           json;
    const char    *type_name;
    AslMachineType type;
    Json          *findings; /* with --json */
    bool           errors;
} Lint;

static void print(const char *path, SourcePlace place, const AslDiagnostic *diagnostic)
{
    const char *severity = diagnostic->severity == ASL_ERROR ? "error" : "warning";
    printf("%s:%u:%u: %s %.*s: %.*s\n", path, place.line, place.column, severity, STR_ARG(diagnostic->code),
           STR_ARG(diagnostic->message));
    if (diagnostic->hint.length) printf("    hint: %.*s\n", STR_ARG(diagnostic->hint));
}

static void collect(Lint *lint, const char *path, SourcePlace place, const AslDiagnostic *diagnostic)
{
    Arena *arena = &lint->arena;
    Json  *finding = json_object(arena);
    json_add_str(arena, finding, STR("file"), str_from_c(path));
    json_add_int(arena, finding, STR("line"), place.line);
    json_add_int(arena, finding, STR("column"), place.column);
    json_add_str(arena, finding, STR("severity"), diagnostic->severity == ASL_ERROR ? STR("ERROR") : STR("WARNING"));
    json_add_str(arena, finding, STR("code"), diagnostic->code);
    json_add(arena, finding, STR("location"),
             diagnostic->location.data ? json_str(arena, diagnostic->location) : json_null(arena));
    json_add_str(arena, finding, STR("message"), diagnostic->message);
    json_add(arena, finding, STR("hint"),
             diagnostic->hint.length ? json_str(arena, diagnostic->hint) : json_null(arena));
    json_append(arena, lint->findings, finding);
}

static void report(Lint *lint, const char *path, SourcePlace place, const AslDiagnostic *diagnostic)
{
    lint->errors |= diagnostic->severity == ASL_ERROR;
    if (lint->json)
        collect(lint, path, place, diagnostic);
    else
        print(path, place, diagnostic);
}

/* "line 3, column 9: what is wrong": the place is said anyway. */
static Str without_place(Str message)
{
    size_t at;
    if (!str_starts_with(message, STR("line ")) || !str_find(message, STR(": "), &at)) return message;
    return str_slice(message, at + 2, message.length);
}

static Error *lint_file(Lint *lint, const char *path)
{
    Str            text;
    Source        *source;
    SourcePlace    fault = { 1, 1 };
    AslDiagnostics diagnostics = { 0 };
    TRY(file_read(&lint->arena, path, &text));
    Error *error = source_read(&lint->arena, text, SOURCE_GUESS, &source, &fault);
    if (error && error->code != ERR_SYNTAX && error->code != ERR_LIMIT) return error;
    if (error) {
        Str message = str_copy(&lint->arena, without_place(str_from_c(error->message)));
        report(lint, path, fault, &(AslDiagnostic){ .code = STR("INVALID_JSON_DESCRIPTION"), .message = message });
        error_free(error);
        return NULL;
    }
    asl_lint(&lint->arena, source_value(source), lint->type, &diagnostics);
    for (size_t i = 0; i < diagnostics.count; i++)
        report(lint, path, diagnostic_place(source, &diagnostics.items[i]), &diagnostics.items[i]);
    return NULL;
}

static Error *print_findings(const Lint *lint)
{
    Buffer text;
    buffer_init(&text);
    json_write(&text, lint->findings, JSON_PRETTY);
    buffer_append_byte(&text, '\n');
    bool failed = text.failed;
    if (!failed) fwrite(text.data, 1, text.length, stdout);
    buffer_done(&text);
    return failed ? error_memory() : NULL;
}

static int run(Lint *lint, int count, char **paths)
{
    int status = 0;
    lint->findings = json_array(&lint->arena);
    for (int i = 0; i < count; i++) {
        Error *error = lint_file(lint, paths[i]);
        if (error) status = fail(error);
        error_free(error);
    }
    Error *error = lint->json ? print_findings(lint) : NULL;
    if (!error && fflush(stdout)) error = error_errno(errno, "cannot write");
    if (error) status = fail(error);
    error_free(error);
    return lint->errors ? 1 : status;
}

int lint_command(int argc, char **argv)
{
    Lint         lint = { .type = ASL_STANDARD };
    const Option options[] = { { "--type", &lint.type_name, NULL }, { "--json", NULL, &lint.json } };
    if (!options_take("lint", options, sizeof options / sizeof *options, &argc, argv)) return 2;
    bool express = lint.type_name && !strcmp(lint.type_name, "EXPRESS");
    if (lint.type_name && !express && strcmp(lint.type_name, "STANDARD") != 0) {
        fprintf(stderr, "tutti lint: --type is STANDARD or EXPRESS, not '%s'\n", lint.type_name);
        return 2;
    }
    if (argc < 2) {
        fputs(lint_help, stderr);
        return 2;
    }
    if (express) lint.type = ASL_EXPRESS;
    arena_init(&lint.arena, 0);
    int status = run(&lint, argc - 1, argv + 1);
    arena_done(&lint.arena);
    return status;
}
