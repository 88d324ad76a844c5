/* signal.c -- a futex with a count.
 *
 * A short spin comes before sleeping: with another core at work the next raise is often only some
 * microseconds away, and a wake-up through the kernel costs tens. Its second half lets others run. */
#include "engine/signal.h"

#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPINS = 50, YIELDS = 60 };

uint32_t signal_seen(Signal *signal)
{
    return atomic_load(&signal->count);
}

void signal_raise(Signal *signal)
{
    atomic_fetch_add(&signal->count, 1);
    if (atomic_load(&signal->sleepers)) syscall(SYS_futex, &signal->count, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void signal_wait(Signal *signal, uint32_t seen, Duration timeout)
{
    for (int i = 0; i < SPINS + YIELDS; i++) {
        if (atomic_load_explicit(&signal->count, memory_order_acquire) != seen) return;
        if (i >= SPINS) sched_yield();
#if defined(__x86_64__)
        else __builtin_ia32_pause();
#endif
    }
    struct timespec wait = { .tv_sec = timeout / DURATION_SECOND, .tv_nsec = timeout % DURATION_SECOND * 1000 };
    atomic_fetch_add(&signal->sleepers, 1);
    if (atomic_load(&signal->count) == seen)
        syscall(SYS_futex, &signal->count, FUTEX_WAIT_PRIVATE, seen, timeout == INSTANT_NEVER ? NULL : &wait, NULL, 0);
    atomic_fetch_sub(&signal->sleepers, 1);
}
