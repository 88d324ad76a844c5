/* signal.h -- a thread sleeps until another has something for it; no raise is ever missed.
 *
 *     uint32_t seen = signal_seen(&signal);
 *     if (nothing to do) signal_wait(&signal, seen, timeout);
 */
#ifndef ENGINE_SIGNAL_H
#define ENGINE_SIGNAL_H

#include "base/instant.h"

typedef struct Signal {
    _Atomic uint32_t count;
    _Atomic uint32_t sleepers;
} Signal;

uint32_t signal_seen(Signal *signal);
void     signal_raise(Signal *signal);
void     signal_wait(Signal *signal, uint32_t seen, Duration timeout); /* returns when raised since, or it is time */

#endif
