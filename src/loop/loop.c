/* loop.c -- epoll, a heap of timers, and a bell that other threads ring.
 *
 * A round is: sleep until something is ready or the first timer is due; run the wake handler if the
 * bell rang; run the handlers of what is ready; run the timers that are due.
 *
 * Handlers change what is waited for while a round is under way. Readiness that the round has taken
 * from the kernel but not handed out yet is kept in `ready`; removing an event strikes it from there,
 * so its memory may go at once.
 *
 * The bell. `woken` says that the wake handler is owed a run, `asleep` that the loop may be in the
 * kernel. The ringer sets `woken`, then looks at `asleep`; the loop sets `asleep`, then looks at `woken`.
 * All four are sequentially consistent, so at least one sees the other: no ring is lost, and only a
 * sleeping loop costs its ringer a system call. The eventfd is edge-triggered and never read: each
 * write is an edge, and its counter cannot overflow in the lifetime of a machine. */
#include "loop/loop.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "loop/clock.h"

enum { READY_MAX = 256 };

struct Loop {
    int                epoll_fd;
    int                wake_fd;
    Instant            now;
    LoopTimer        **timers; /* a heap: the first is due first */
    size_t             timer_count;
    size_t             timer_capacity;
    struct epoll_event ready[READY_MAX];
    int                ready_count;
    int                ready_next;
    LoopTimerHandler  *wake_handler;
    void              *wake_context;
    LoopTimerHandler  *round_handler;
    void              *round_context;
    bool (*spin_wanted)(void *context);
    void              *spin_context;
    Duration           spin_max;
    atomic_bool        woken;
    atomic_bool        asleep;
    atomic_bool        stopped;
};

static Error *open_descriptors(Loop *loop)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) return error_errno(errno, "cannot make an epoll descriptor");
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->wake_fd < 0) return error_errno(errno, "cannot make an eventfd");
    struct epoll_event bell = { .events = EPOLLIN | EPOLLET, .data.ptr = NULL };
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &bell)) return error_errno(errno, "cannot wait for an eventfd");
    return NULL;
}

Error *loop_new(Loop **out)
{
    Loop *loop = memory_alloc_zero(sizeof *loop);
    if (!loop) return error_memory();
    loop->epoll_fd = loop->wake_fd = -1;
    Error *error = open_descriptors(loop);
    if (error) {
        loop_free(loop);
        return error;
    }
    loop->now = clock_monotonic();
    *out = loop;
    return NULL;
}

void loop_free(Loop *loop)
{
    if (!loop) return;
    if (loop->wake_fd >= 0) close(loop->wake_fd);
    if (loop->epoll_fd >= 0) close(loop->epoll_fd);
    memory_free(loop->timers);
    memory_free(loop);
}

Instant loop_now(const Loop *loop)
{
    return loop->now;
}

/* Descriptors. */

static Error *control(Loop *loop, int what, LoopEvent *event, int events)
{
    struct epoll_event wanted = { .data.ptr = event };
    if (events & LOOP_READ) wanted.events |= EPOLLIN;
    if (events & LOOP_WRITE) wanted.events |= EPOLLOUT;
    if (events & LOOP_HANGUP) wanted.events |= EPOLLRDHUP;
    if (events & LOOP_EXCLUSIVE) wanted.events |= EPOLLEXCLUSIVE;
    if (epoll_ctl(loop->epoll_fd, what, event->fd, &wanted)) return error_errno(errno, "cannot wait for descriptor %d", event->fd);
    event->events = events;
    return NULL;
}

Error *loop_add(Loop *loop, LoopEvent *event, int events)
{
    return control(loop, EPOLL_CTL_ADD, event, events);
}

Error *loop_change(Loop *loop, LoopEvent *event, int events)
{
    if (event->events == events) return NULL;
    if (!((event->events | events) & LOOP_EXCLUSIVE)) return control(loop, EPOLL_CTL_MOD, event, events);
    loop_remove(loop, event); /* the kernel does not change exclusive waits */
    return loop_add(loop, event, events);
}

void loop_remove(Loop *loop, LoopEvent *event)
{
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, event->fd, NULL);
    event->events = 0;
    for (int i = loop->ready_next; i < loop->ready_count; i++)
        if (loop->ready[i].data.ptr == event) loop->ready[i].data.ptr = NULL;
}

/* A broken descriptor is also all that is waited for: who reads or writes it sees how it is broken. */
static int events_of(const LoopEvent *event, uint32_t ready)
{
    int events = 0;
    if (ready & EPOLLIN) events |= LOOP_READ;
    if (ready & EPOLLOUT) events |= LOOP_WRITE;
    if (ready & EPOLLRDHUP) events |= LOOP_HANGUP;
    if (ready & (EPOLLHUP | EPOLLERR)) events |= LOOP_HANGUP | (event->events & (LOOP_READ | LOOP_WRITE));
    return events;
}

static void run_ready(Loop *loop)
{
    while (loop->ready_next < loop->ready_count) {
        const struct epoll_event *ready = &loop->ready[loop->ready_next++];
        LoopEvent *event = ready->data.ptr;
        if (event) event->handler(event->context, events_of(event, ready->events));
    }
    loop->ready_count = 0;
}

/* Timers: `position` is 1 + the index in the heap. */

static void place(Loop *loop, LoopTimer *timer, size_t index)
{
    loop->timers[index] = timer;
    timer->position = index + 1;
}

static void move_up(Loop *loop, LoopTimer *timer, size_t index)
{
    while (index > 0) {
        LoopTimer *parent = loop->timers[(index - 1) / 2];
        if (parent->due <= timer->due) break;
        place(loop, parent, index);
        index = (index - 1) / 2;
    }
    place(loop, timer, index);
}

static void move_down(Loop *loop, LoopTimer *timer, size_t index)
{
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= loop->timer_count) break;
        if (child + 1 < loop->timer_count && loop->timers[child + 1]->due < loop->timers[child]->due) child++;
        if (timer->due <= loop->timers[child]->due) break;
        place(loop, loop->timers[child], index);
        index = child;
    }
    place(loop, timer, index);
}

static void settle(Loop *loop, LoopTimer *timer, size_t index)
{
    if (index > 0 && loop->timers[(index - 1) / 2]->due > timer->due)
        move_up(loop, timer, index);
    else
        move_down(loop, timer, index);
}

static bool reserve_timer(Loop *loop)
{
    if (loop->timer_count < loop->timer_capacity) return true;
    size_t capacity = loop->timer_capacity ? loop->timer_capacity * 2 : 64;
    LoopTimer **timers = memory_resize(loop->timers, capacity * sizeof *timers);
    if (!timers) return false;
    loop->timers = timers;
    loop->timer_capacity = capacity;
    return true;
}

Error *loop_timer_set(Loop *loop, LoopTimer *timer, Instant due)
{
    if (!timer->position) {
        if (!reserve_timer(loop)) return error_memory();
        place(loop, timer, loop->timer_count++);
    }
    timer->due = due;
    settle(loop, timer, timer->position - 1);
    return NULL;
}

void loop_timer_clear(Loop *loop, LoopTimer *timer)
{
    if (!timer->position) return;
    size_t index = timer->position - 1;
    timer->position = 0;
    LoopTimer *last = loop->timers[--loop->timer_count];
    if (last != timer) settle(loop, last, index);
}

/* A timer that its handler sets again for now has to wait for the next round: no timer can keep the
 * loop from its descriptors. */
static void run_timers(Loop *loop)
{
    for (size_t left = loop->timer_count; left > 0 && loop->timer_count > 0; left--) {
        LoopTimer *timer = loop->timers[0];
        if (timer->due > loop->now) break;
        loop_timer_clear(loop, timer);
        timer->handler(timer->context);
    }
}

/* The bell. */

void loop_on_wake(Loop *loop, LoopTimerHandler *handler, void *context)
{
    loop->wake_handler = handler;
    loop->wake_context = context;
}

void loop_on_round(Loop *loop, LoopTimerHandler *handler, void *context)
{
    loop->round_handler = handler;
    loop->round_context = context;
}

void loop_wake(Loop *loop)
{
    if (atomic_exchange(&loop->woken, true) || !atomic_load(&loop->asleep)) return;
    uint64_t one = 1;
    while (write(loop->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {}
}

void loop_stop(Loop *loop)
{
    atomic_store(&loop->stopped, true);
    loop_wake(loop);
}

static void answer_bell(Loop *loop)
{
    if (!atomic_load_explicit(&loop->woken, memory_order_relaxed)) return;
    atomic_exchange(&loop->woken, false); /* not a store: what the ringers did before must be seen after */
    if (loop->wake_handler) loop->wake_handler(loop->wake_context);
}

/* Rounds. */

static int milliseconds_to_wait(const Loop *loop, Duration wait_max)
{
    Duration wait = wait_max;
    if (loop->timer_count > 0) {
        Instant now = clock_monotonic(), due = loop->timers[0]->due;
        Duration until = due > now ? due - now : 0;
        if (wait < 0 || until < wait) wait = until;
    }
    if (wait < 0) return -1;
    if (wait > DURATION_HOUR) wait = DURATION_HOUR;
    return (int)((wait + DURATION_MS - 1) / DURATION_MS); /* rounded up: never early, so never twice */
}

void loop_spin(Loop *loop, bool (*wanted)(void *context), void *context, Duration spin_max)
{
    loop->spin_wanted = wanted;
    loop->spin_context = context;
    loop->spin_max = spin_max;
}

/* Looks without sleeping, as long as that is wanted: the number of ready descriptors, or 0. */
static int spin(Loop *loop)
{
    if (!loop->spin_wanted || !loop->spin_wanted(loop->spin_context)) return 0;
    Instant until = clock_monotonic() + loop->spin_max;
    int count = 0;
    while (count == 0 && !atomic_load(&loop->woken) && clock_monotonic() < until) {
        sched_yield();
        count = epoll_wait(loop->epoll_fd, loop->ready, READY_MAX, 0);
    }
    return count;
}

Error *loop_turn(Loop *loop, Duration wait_max)
{
    int wait = milliseconds_to_wait(loop, wait_max);
    int count = wait == 0 ? 0 : spin(loop);
    if (count == 0) {
        atomic_store(&loop->asleep, true);
        if (atomic_load(&loop->woken)) wait = 0;
        count = epoll_wait(loop->epoll_fd, loop->ready, READY_MAX, wait);
    }
    int error_number = count < 0 ? errno : 0;
    atomic_store_explicit(&loop->asleep, false, memory_order_relaxed);
    if (error_number && error_number != EINTR) return error_errno(error_number, "cannot wait for descriptors");
    loop->now = clock_monotonic();
    loop->ready_count = count > 0 ? count : 0; /* before any handler: each may strike events from it */
    loop->ready_next = 0;
    answer_bell(loop);
    run_ready(loop);
    run_timers(loop);
    if (loop->round_handler) loop->round_handler(loop->round_context);
    return NULL;
}

Error *loop_run(Loop *loop)
{
    while (!atomic_load(&loop->stopped)) TRY(loop_turn(loop, -1));
    atomic_store(&loop->stopped, false);
    return NULL;
}
