/* compile.h -- what the parts of the compiler share. Private to this folder. */
#ifndef ASL_COMPILE_H
#define ASL_COMPILE_H

#include "asl/program.h"

typedef struct AslCompiler {
    Arena       *arena;
    AslProgram  *program;
    AslStateDef *state;   /* under way */
    bool         jsonata; /* the machine's language */
} AslCompiler;

Error *asl_compile_bad(const AslCompiler *compiler, const char *field);
Error *asl_compile_texts(AslCompiler *compiler, const Json *array, const char *field, Str **out, size_t *out_count);
Error *asl_compile_path_field(AslCompiler *compiler, const Json *from, const char *name, AslPathField *out);
Error *asl_compile_payload(AslCompiler *compiler, const Json *value, const char *name, AslPayload *out);
Error *asl_compile_field(AslCompiler *compiler, const Json *from, const char *name, AslField *out);
Error *asl_compile_block(AslCompiler *compiler, const Json *from, AslBlock **out);

Error *asl_compile_task(AslCompiler *compiler, const Json *from); /* compile_task.c */
Error *asl_compile_map(AslCompiler *compiler, const Json *from);  /* compile_map.c */

#endif
