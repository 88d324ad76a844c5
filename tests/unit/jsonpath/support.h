/* support.h -- a path and a document as text, and what comes of them as text. */
#ifndef JSONPATH_TEST_SUPPORT_H
#define JSONPATH_TEST_SUPPORT_H

#include "tests/support/test.h"

#include "jsonpath/jsonpath.h"

typedef struct PathCase {
    const char *path, *document;
    const char *wanted; /* the result as JSON; else how it was refused and the sentence: "not found: ..." */
} PathCase;

void check_paths(JsonPathDialect dialect, const PathCase *cases, size_t count);
Str  path_answer(Arena *arena, JsonPathDialect dialect, const char *path, const char *document);

#define CHECK_PATHS(dialect, cases) check_paths((dialect), (cases), sizeof(cases) / sizeof *(cases))

#endif
