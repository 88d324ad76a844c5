/* clock.h -- what time it is: really, or as a test says. */
#ifndef LOOP_CLOCK_H
#define LOOP_CLOCK_H

#include "base/error.h"
#include "base/instant.h"

typedef struct Clock Clock;

Error  *clock_new_real(Clock **out);
Error  *clock_new_virtual(Instant start, Clock **out);
void    clock_free(Clock *clock); /* accepts NULL */
Instant clock_now(Clock *clock);  /* never goes backwards, in any thread */
bool    clock_is_virtual(const Clock *clock);
void    clock_advance(Clock *clock, Instant to); /* virtual only; not backwards */

Instant clock_monotonic(void); /* for measuring durations, real time */

#endif
