/* support.h -- definitions as text, drawn; and definitions made by chance. */
#ifndef GRAPH_TEST_SUPPORT_H
#define GRAPH_TEST_SUPPORT_H

#include "tests/support/test.h"

#include "graph/internal.h"

const Json *definition_of(Arena *arena, Str json);
Str  made_definition(Arena *arena, uint32_t seed, int size); /* may well have circles, frames and missing targets */
Str  svg_of(Arena *arena, Str json);
Str  mermaid_of(Arena *arena, Str json);
bool has(Str text, const char *part); /* prints the text where it has not */

#endif
