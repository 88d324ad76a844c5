/* loop.h -- one thread waiting for many file descriptors, timers and other threads' wake-ups.
 *
 * Every handler runs on the thread that runs the loop. A handler may add, change and remove any
 * descriptor, its own too. Built on epoll, level-triggered. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/error.h"
#include "base/instant.h"

typedef struct Loop      Loop;
typedef struct LoopEvent LoopEvent;
typedef struct LoopTimer LoopTimer;

/* LOOP_HANGUP: the other side sends no more. A broken descriptor reports it unasked, at every round until
 * it is removed, together with all that is waited for. LOOP_EXCLUSIVE: of several loops that wait for
 * one descriptor, wake one. */
enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4, LOOP_EXCLUSIVE = 8 };

typedef void LoopHandler(void *context, int events);

struct LoopEvent { /* the caller's memory, in place until removed */
    int          fd;
    LoopHandler *handler;
    void        *context;
    int          events; /* private: what is waited for */
};

typedef void LoopTimerHandler(void *context);

struct LoopTimer { /* the caller's memory; zeroed before the first use */
    Instant           due; /* by clock_monotonic */
    LoopTimerHandler *handler;
    void             *context;
    size_t            position; /* private: 1 + place in the heap; 0: not set */
};

Error *loop_new(Loop **out);
void   loop_free(Loop *loop); /* accepts NULL; no thread may still be in loop_wake() or loop_stop() */

Error *loop_add(Loop *loop, LoopEvent *event, int events);
Error *loop_change(Loop *loop, LoopEvent *event, int events); /* costs nothing when nothing changes */
void   loop_remove(Loop *loop, LoopEvent *event);

Error *loop_timer_set(Loop *loop, LoopTimer *timer, Instant due); /* moves it when set already */
void   loop_timer_clear(Loop *loop, LoopTimer *timer);            /* fine when not set */

void   loop_on_wake(Loop *loop, LoopTimerHandler *handler, void *context);
void   loop_on_round(Loop *loop, LoopTimerHandler *handler, void *context); /* at the end of each round */
void   loop_wake(Loop *loop); /* from any thread: runs the wake handler soon, once for many calls */
/* While `wanted(context)` holds, the loop looks again and again for up to `spin_max` before it sleeps: a
 * wake-up through the kernel costs more than many answers take to come. Other threads may run meanwhile. */
void   loop_spin(Loop *loop, bool (*wanted)(void *context), void *context, Duration spin_max);
void   loop_stop(Loop *loop); /* from any thread */
Error *loop_run(Loop *loop);  /* until stopped */
Error *loop_turn(Loop *loop, Duration wait_max); /* one round, for tests; negative: waits without end */
Instant loop_now(const Loop *loop); /* monotonic, as of this round */

#endif
