/* golden.h -- cases in a file that is read by eye.
 *
 *     == what the case is about [KIND]
 *     the input, lines of it
 *     --
 *     what is expected, lines of it
 *
 * With GOLDEN=write in the environment what comes out is written into the file instead; look at the difference. */
#ifndef UNIT_ASL_GOLDEN_H
#define UNIT_ASL_GOLDEN_H

#include "base/error.h"

typedef void GoldenRun(Arena *arena, Str kind, Str input, Buffer *out);

void golden_check(const char *name, GoldenRun *run); /* a file in tests/unit/asl */

#endif
