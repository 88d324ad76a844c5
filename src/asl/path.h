/* path.h -- a path as definitions have them: "$.a" into the input, "$$.b" into the context object, "$v.c" into
 * the workflow variable v. Compiled once, immutable. */
#ifndef ASL_PATH_H
#define ASL_PATH_H

#include "asl/scope.h"
#include "jsonpath/jsonpath.h"

typedef struct AslPath AslPath;
typedef enum AslPathRoot { ASL_PATH_INPUT, ASL_PATH_CONTEXT, ASL_PATH_VARIABLE } AslPathRoot;

/* ERR_SYNTAX when it is no path. Borrows the text. */
Error *asl_path_compile(Arena *arena, Str text, AslPath **out);

Str             asl_path_text(const AslPath *path); /* as written */
AslPathRoot     asl_path_root(const AslPath *path);
Str             asl_path_variable(const AslPath *path); /* "v" of "$v.c"; else empty */
const JsonPath *asl_path_inner(const AslPath *path);    /* what is applied to the root: "$.c" */
bool            asl_path_is_reference(const AslPath *path);

/* The value, which borrows from the scope. NOT_FOUND tells why in the service's words: "No results for path:
 * $['a']". */
JsonPathOutcome asl_path_apply(const AslPath *path, const AslScope *scope, Json **out, Str *out_why);

/* The same for a payload template, where the service gives null for an index that is past the end of an array. */
JsonPathOutcome asl_path_select(const AslPath *path, const AslScope *scope, Json **out, Str *out_why);

/* Whether a variable may have that name: 80 characters of a Unicode identifier, and not "states". */
enum { ASL_VARIABLE_NAME_MAX = 80 };
bool asl_variable_name_valid(Str name);

#endif
