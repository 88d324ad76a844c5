/* clock.c -- the real clock and the one that tests turn. */
#include "loop/clock.h"

#include <assert.h>
#include <stdatomic.h>

struct Clock {
    bool            is_virtual;
    _Atomic Instant latest; /* the latest that was told; the virtual clock is nothing more */
};

static Instant read_clock(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return now.tv_sec * DURATION_SECOND + now.tv_nsec / 1000;
}

static Error *make(bool is_virtual, Instant start, Clock **out)
{
    Clock *clock = memory_alloc_zero(sizeof *clock);
    if (!clock) return error_memory();
    clock->is_virtual = is_virtual;
    atomic_init(&clock->latest, start);
    *out = clock;
    return NULL;
}

Error *clock_new_real(Clock **out)
{
    return make(false, 0, out);
}

Error *clock_new_virtual(Instant start, Clock **out)
{
    return make(true, start, out);
}

void clock_free(Clock *clock)
{
    memory_free(clock);
}

static Instant raise_latest(Clock *clock, Instant now)
{
    Instant latest = atomic_load_explicit(&clock->latest, memory_order_relaxed);
    while (now > latest)
        if (atomic_compare_exchange_weak_explicit(&clock->latest, &latest, now, memory_order_relaxed,
                                                  memory_order_relaxed))
            return now;
    return latest; /* somebody set the wall clock back: time stands still until it has caught up */
}

Instant clock_now(Clock *clock)
{
    if (clock->is_virtual) return atomic_load(&clock->latest);
    return raise_latest(clock, read_clock(CLOCK_REALTIME));
}

bool clock_is_virtual(const Clock *clock)
{
    return clock->is_virtual;
}

void clock_advance(Clock *clock, Instant to)
{
    assert(clock->is_virtual);
    raise_latest(clock, to);
}

Instant clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
