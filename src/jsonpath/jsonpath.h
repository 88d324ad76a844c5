/* jsonpath.h -- paths into JSON values.
 *
 * A path is compiled once and applied often; a compiled path is immutable. A *definite* path can select
 * one node at most and gives that node; any other gives an array of what it selects. A *reference* path
 * names exactly one place: only .name, ['name'] and [n]. */
#ifndef JSONPATH_JSONPATH_H
#define JSONPATH_JSONPATH_H

#include "json/json.h"

typedef struct JsonPath JsonPath;

typedef enum JsonPathOutcome {
    JSONPATH_FOUND,
    JSONPATH_NOT_FOUND,     /* a definite path selects nothing; or something on the way to it is missing */
    JSONPATH_NOT_SUPPORTED, /* refused on these data */
} JsonPathOutcome;

/* The library has grown since the hosted service took it: JSONPATH_STATES is what the service answers,
 * version 2.0.0 with its rules (no functions, no words as operators, names taken literally, only definite
 * paths within filters); JSONPATH_2_10 is the language of today. */
typedef enum JsonPathDialect { JSONPATH_STATES, JSONPATH_2_10 } JsonPathDialect;

/* ERR_SYNTAX, with the library's own words, when it is no path. */
Error *jsonpath_compile(Arena *arena, Str text, JsonPath **out); /* JSONPATH_STATES; borrows the text */
Error *jsonpath_compile_as(Arena *arena, Str text, JsonPathDialect dialect, JsonPath **out);

bool jsonpath_is_definite(const JsonPath *path);
bool jsonpath_is_reference(const JsonPath *path);
Str  jsonpath_text(const JsonPath *path);                 /* as it was written */
Str  jsonpath_normal(const JsonPath *path, Arena *arena); /* $['a'][0]['b'], as error texts show it */

/* Applies a path to a document, which may be shared by many. Results borrow from the document. When it is
 * not found, *out_why is the library's sentence: "No results for path: $['a']", "Missing property in path
 * $['no']", ... Also when it is not supported. Bounded: work beyond JSONPATH_STEPS_MAX is JSONPATH_NOT_SUPPORTED. */
enum { JSONPATH_STEPS_MAX = 10000000 };
JsonPathOutcome jsonpath_apply(Arena *arena, const JsonPath *path, const Json *document, Json **out, Str *out_why);

/* For a reference path: the document with `value` in that place, objects on the way made where they are
 * missing; shares what does not change. NOT_FOUND where an array's index or a scalar is in the way. */
JsonPathOutcome jsonpath_replace(Arena *arena, const JsonPath *path, const Json *document, Json *value, Json **out,
                                 Str *out_why);

#endif
