/* definition.h -- a definition from a file, found good and compiled, or with what is wrong with it on stderr. */
#ifndef CLI_DEFINITION_H
#define CLI_DEFINITION_H

#include "asl/asl.h"
#include "asl/lint.h"
#include "source/source.h"

typedef struct Definition { /* lives in the arena it was read into */
    const char *path;
    Source     *source;
    Json       *value;
    AslProgram *program; /* NULL: it is not valid, and stderr says why */
    bool        express;
} Definition;

/* *out_source is NULL when the text is neither JSON nor YAML; stderr says where. */
Error *source_load(Arena *arena, const char *path, Source **out_source);

/* Where a diagnostic of the source's value is about. */
SourcePlace diagnostic_place(const Source *source, const AslDiagnostic *diagnostic);

Error *definition_load(Arena *arena, const char *path, bool express, Definition *out);

#endif
