/* cases.h -- test files: a definition and a table of cases, each an input, mocks, and what should come of it.
 *
 *     {"definition": "order.asl.json",
 *      "cases": [{"name": "the card is refused", "input": {"amount": 5},
 *                 "mocks": {"Charge": [{"Throw": {"Error": "Refused"}}, {"Return": {"id": "c1"}}]},
 *                 "expect": {"status": "SUCCEEDED", "output": {"id": "c1"}, "path": ["Charge", "Done"]}}]}
 *
 * `mocks` may name a mock file and its case instead: "mocks.json#Case". What `expect` does not mention may be anything; a case
 * that mentions neither status, error nor cause has to succeed. */
#ifndef PLAY_CASES_H
#define PLAY_CASES_H

#include "play/coverage.h"
#include "play/mocks.h"

typedef struct PlayCase {
    Str         name;
    Str         input;   /* JSON text */
    const Json *mocks;   /* an object by state; or NULL */
    Str         mock_file, mock_case; /* instead; no data: none */
    AslStatus   status;
    const Json *output, *path; /* NULL: not asked for */
    Str         error, cause;  /* no data: likewise */
    Instant     start;
    uint64_t    seed;
    Str         pointer; /* where it stands */
} PlayCase;

typedef struct PlaySuite { /* lives in the arena it was read into, and borrows from the source */
    const Source *source;
    Str           definition; /* a path, from where the test file is */
    Str           machine;    /* its name; no data: none given */
    bool          express;
    PlayCase     *cases;
    size_t        count;
} PlaySuite;

Error *cases_read(Arena *arena, const Source *source, PlaySuite *out); /* ERR_INVALID, with line and column */

typedef struct CaseOutcome {
    bool     passed;
    Str      wrong;    /* lines that say what is not as expected */
    Duration lasted;   /* in the play's own time */
    uint64_t steps;
} CaseOutcome;

/* Plays a case in virtual time. `mocks` are the case's own where they stand in it; NULL: none. */
Error *cases_mocks(Arena *arena, const PlaySuite *suite, const PlayCase *one, Mocks **out);
Error *cases_run(Arena *arena, const PlaySuite *suite, const PlayCase *one, const AslProgram *program, Mocks *mocks, Coverage *coverage,
                 CaseOutcome *out);

/* A line for each place where two values differ, up to a few: "  output/items/0: expected 1, was 2\n". */
void cases_diff(Buffer *out, Str path, const Json *expected, const Json *actual);

#endif
