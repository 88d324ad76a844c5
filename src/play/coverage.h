/* coverage.h -- which states and transitions of a definition were gone through.
 *
 * A transition is a Next, a Default, a choice's or a catcher's Next. It was taken when a state was entered right after
 * another was left; which of two rules with the same target did it is not told apart. */
#ifndef PLAY_COVERAGE_H
#define PLAY_COVERAGE_H

#include "play/play.h"

typedef struct Coverage Coverage;

typedef struct CoverageRow {
    Str      from; /* of a state itself: no data */
    Str      to;
    uint64_t count;
} CoverageRow;

Error *coverage_new(const Json *definition, Coverage **out); /* copies the names */
void   coverage_free(Coverage *coverage); /* accepts NULL */
Error *coverage_begin(Coverage *coverage); /* another play; out of memory in the last one is told here */
void   coverage_hear(void *coverage, const PlayPlace *place, const AslHistory *event); /* a PlayHear */

/* Rows in the order of the definition, states and transitions apart. */
const CoverageRow *coverage_states(const Coverage *coverage, size_t *out_count);
const CoverageRow *coverage_transitions(const Coverage *coverage, size_t *out_count);
size_t             coverage_hit(const CoverageRow *rows, size_t count); /* that were gone through */

#endif
