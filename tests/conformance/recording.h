/* recording.h -- comparing what is with what was recorded of the hosted service.
 *
 * Parts of a recording were replaced by placeholders; some places are marked as loose. The README.md of the corpus says how. */
#ifndef CONFORMANCE_RECORDING_H
#define CONFORMANCE_RECORDING_H

#include "json/json.h"

typedef struct RecordingStep RecordingStep;

typedef struct Recording {
    Arena          *arena;
    const Json     *whole;  /* placeholders: an array of texts that stand for any value; or NULL */
    const Json     *within; /* an object whose members' names may be part of a text; or NULL */
    RecordingStep **loose;  /* paths */
    size_t          loose_count;
    bool            exact;  /* texts that hold JSON have to be the same texts */
    Str             difference; /* the first that was found; empty: none */
} Recording;

void recording_init(Recording *recording, Arena *arena, const Json *test, bool strict); /* strict: nothing is loose */

/* Whether the value matches what was recorded under that name; `index` is the place in an array of that name, or -1. */
bool recording_matches(Recording *recording, const char *name, int64_t index, const Json *expected, const Json *actual);

/* As recordings are: every text that holds a JSON object is that object, once. */
Json *recording_normal(Arena *arena, const Json *actual);

/* The text that was sent: blanks behind commas and colons, ASCII, and the marks of time replaced. */
Str recording_sent(Arena *arena, const Json *value, int64_t now);
Str recording_sent_text(Arena *arena, Str text, int64_t now);

#endif
