/* definition.c -- a definition from a file, found good and compiled, or with what is wrong with it on stderr. */
#include "cli/definition.h"

#include "cli/cli.h"

Error *source_load(Arena *arena, const char *path, Source **out_source)
{
    Str         text;
    SourcePlace fault;
    TRY(file_read(arena, path, &text));
    Error *error = source_read(arena, text, SOURCE_GUESS, out_source, &fault);
    if (!error) return NULL;
    if (error_root(error)->code == ERR_MEMORY) return error;
    const char *words = error->message, *behind = strstr(words, ": ");
    bool        placed = !strncmp(words, "line ", 5) && behind;
    fprintf(stderr, "%s:%u:%u: error INVALID_JSON_DESCRIPTION: %s\n", path, fault.line, fault.column, placed ? behind + 2 : words);
    error_free(error);
    *out_source = NULL;
    return NULL;
}

/* A fault within a text has a place of its own; of an object or an array its name says more than its brace. */
SourcePlace diagnostic_place(const Source *source, const AslDiagnostic *diagnostic)
{
    const Json *found = source_find(source, diagnostic->location);
    if (diagnostic->offset) return source_place_within(source, diagnostic->location, diagnostic->offset);
    bool container = found->type == JSON_OBJECT || found->type == JSON_ARRAY;
    return (container ? source_place_of_name : source_place)(source, diagnostic->location);
}

static bool print_errors(const Definition *definition, const AslDiagnostics *diagnostics)
{
    bool found = false;
    for (size_t i = 0; i < diagnostics->count; i++) {
        const AslDiagnostic *one = &diagnostics->items[i];
        SourcePlace          place = diagnostic_place(definition->source, one);
        if (one->severity != ASL_ERROR) continue;
        fprintf(stderr, "%s:%u:%u: error %.*s: %.*s\n", definition->path, place.line, place.column, STR_ARG(one->code), STR_ARG(one->message));
        if (one->hint.length) fprintf(stderr, "    hint: %.*s\n", STR_ARG(one->hint));
        found = true;
    }
    return found;
}

Error *definition_load(Arena *arena, const char *path, bool express, Definition *out)
{
    AslDiagnostics diagnostics = { 0 };
    *out = (Definition){ .path = path, .express = express };
    TRY(source_load(arena, path, &out->source));
    if (!out->source) return NULL;
    out->value = source_value(out->source);
    asl_validate(arena, out->value, express ? ASL_EXPRESS : ASL_STANDARD, &diagnostics);
    if (print_errors(out, &diagnostics)) return NULL;
    return asl_compile(arena, out->value, &out->program);
}
