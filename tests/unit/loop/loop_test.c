/* loop_test.c -- descriptors, timers and wake-ups. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/clock.h"
#include "loop/loop.h"
#include "tests/support/test.h"

typedef struct Watch {
    LoopEvent     event;
    Loop         *loop;
    struct Watch *victim; /* removed by the handler */
    int           seen;   /* of events */
    int           calls;
} Watch;

static void on_event(void *context, int events)
{
    Watch *watch = context;
    watch->seen |= events;
    watch->calls++;
    if (watch->victim) loop_remove(watch->loop, &watch->victim->event);
}

static void watch_init(Watch *watch, Loop *loop, int fd)
{
    *watch = (Watch){ .event = { .fd = fd, .handler = on_event, .context = watch }, .loop = loop };
}

TEST(test_loop_tells_what_is_ready)
{
    Loop *loop;
    Watch watch;
    int pair[2];
    CHECK_OK(loop_new(&loop));
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    watch_init(&watch, loop, pair[0]);
    CHECK_OK(loop_add(loop, &watch.event, LOOP_READ));
    CHECK_OK(loop_turn(loop, 0));
    CHECK_INT(watch.calls, 0);
    CHECK_INT(write(pair[1], "x", 1), 1);
    CHECK_OK(loop_turn(loop, DURATION_SECOND));
    CHECK_INT(watch.seen, LOOP_READ);
    CHECK_OK(loop_turn(loop, 0)); /* level-triggered: it is still there */
    CHECK_INT(watch.calls, 2);
    watch.seen = 0;
    CHECK_OK(loop_change(loop, &watch.event, LOOP_WRITE));
    CHECK_OK(loop_turn(loop, DURATION_SECOND));
    CHECK_INT(watch.seen, LOOP_WRITE);
    watch.seen = 0;
    CHECK_OK(loop_change(loop, &watch.event, LOOP_HANGUP));
    CHECK_OK(loop_turn(loop, 0));
    CHECK_INT(watch.seen, 0);
    shutdown(pair[1], SHUT_WR);
    CHECK_OK(loop_turn(loop, DURATION_SECOND));
    CHECK_INT(watch.seen, LOOP_HANGUP);
    loop_remove(loop, &watch.event);
    watch.calls = 0;
    CHECK_OK(loop_turn(loop, 0));
    CHECK_INT(watch.calls, 0);
    close(pair[0]);
    close(pair[1]);
    loop_free(loop);
}

TEST(test_loop_reports_a_broken_descriptor_as_what_was_waited_for)
{
    Loop *loop;
    Watch watch;
    int ends[2];
    CHECK_OK(loop_new(&loop));
    CHECK_INT(pipe2(ends, O_NONBLOCK), 0);
    watch_init(&watch, loop, ends[1]);
    CHECK_OK(loop_add(loop, &watch.event, LOOP_WRITE));
    close(ends[0]);
    CHECK_OK(loop_turn(loop, DURATION_SECOND));
    CHECK_INT(watch.seen, LOOP_WRITE | LOOP_HANGUP);
    loop_remove(loop, &watch.event);
    close(ends[1]);
    loop_free(loop);
}

/* Both are ready in the same round; whichever comes first removes the other. */
TEST(test_loop_removed_event_is_not_dispatched)
{
    Loop *loop;
    Watch one, other;
    int a[2], b[2];
    CHECK_OK(loop_new(&loop));
    CHECK_INT(pipe2(a, O_NONBLOCK) | pipe2(b, O_NONBLOCK), 0);
    watch_init(&one, loop, a[0]);
    watch_init(&other, loop, b[0]);
    one.victim = &other;
    other.victim = &one;
    CHECK_OK(loop_add(loop, &one.event, LOOP_READ));
    CHECK_OK(loop_add(loop, &other.event, LOOP_READ));
    CHECK_INT(write(a[1], "x", 1) + write(b[1], "x", 1), 2);
    CHECK_OK(loop_turn(loop, DURATION_SECOND));
    CHECK_INT(one.calls + other.calls, 1);
    for (int i = 0; i < 2; i++) close(a[i]), close(b[i]);
    loop_free(loop);
}

TEST(test_loop_exclusive_wait_can_be_changed)
{
    Loop *loop;
    Watch watch;
    int ends[2];
    CHECK_OK(loop_new(&loop));
    CHECK_INT(pipe2(ends, O_NONBLOCK), 0);
    watch_init(&watch, loop, ends[0]);
    CHECK_OK(loop_add(loop, &watch.event, LOOP_READ | LOOP_EXCLUSIVE));
    CHECK_OK(loop_change(loop, &watch.event, LOOP_READ));
    CHECK_OK(loop_change(loop, &watch.event, LOOP_READ | LOOP_EXCLUSIVE));
    CHECK_INT(write(ends[1], "x", 1), 1);
    CHECK_OK(loop_turn(loop, DURATION_SECOND));
    CHECK_INT(watch.calls, 1);
    loop_remove(loop, &watch.event);
    close(ends[0]);
    close(ends[1]);
    loop_free(loop);
}

TEST(test_loop_refuses_a_descriptor_that_is_none)
{
    Loop *loop;
    Watch watch;
    CHECK_OK(loop_new(&loop));
    watch_init(&watch, loop, -1);
    CHECK_ERROR(loop_add(loop, &watch.event, LOOP_READ), ERR_IO);
    loop_free(loop);
}

/* Timers. */

enum { ALARMS = 200 };

typedef struct Alarm {
    LoopTimer timer;
    Loop     *loop;
    Instant  *last_due; /* of those that rang */
    int      *rung;
    bool      repeats;
} Alarm;

static void ring(void *context)
{
    Alarm *alarm = context;
    CHECK(alarm->timer.due >= *alarm->last_due);
    *alarm->last_due = alarm->timer.due;
    ++*alarm->rung;
    if (alarm->repeats) CHECK_OK(loop_timer_set(alarm->loop, &alarm->timer, alarm->timer.due));
}

/* Against the obvious: after many random moves, those that are set ring once, in order. */
TEST(test_loop_timers_ring_in_order)
{
    static Alarm alarms[ALARMS];
    Loop *loop;
    Instant last_due = INT64_MIN;
    int rung = 0, set = 0;
    uint32_t chance = 12345;
    CHECK_OK(loop_new(&loop));
    Instant past = loop_now(loop) - DURATION_HOUR;
    for (int i = 0; i < ALARMS; i++)
        alarms[i] = (Alarm){ .timer = { .handler = ring, .context = &alarms[i] }, .loop = loop, .last_due = &last_due, .rung = &rung };
    for (int i = 0; i < 20 * ALARMS; i++) {
        chance = chance * 1664525 + 1013904223;
        Alarm *alarm = &alarms[(chance >> 8) % ALARMS];
        if (chance >> 30 == 0)
            loop_timer_clear(loop, &alarm->timer);
        else
            CHECK_OK(loop_timer_set(loop, &alarm->timer, past + (chance >> 16) % 1000));
    }
    for (int i = 0; i < ALARMS; i++) set += alarms[i].timer.position != 0;
    CHECK_OK(loop_turn(loop, -1));
    CHECK_INT(rung, set);
    CHECK_OK(loop_turn(loop, 0));
    CHECK_INT(rung, set);
    loop_free(loop);
}

TEST(test_loop_timer_wakes_the_loop_and_may_repeat)
{
    Loop *loop;
    Instant last_due = 0;
    int rung = 0;
    CHECK_OK(loop_new(&loop));
    Alarm alarm = { .timer = { .handler = ring, .context = &alarm }, .loop = loop, .last_due = &last_due, .rung = &rung };
    Instant due = clock_monotonic() + 20 * DURATION_MS;
    CHECK_OK(loop_timer_set(loop, &alarm.timer, due));
    while (!rung) CHECK_OK(loop_turn(loop, -1));
    CHECK(clock_monotonic() >= due);
    alarm.repeats = true;
    CHECK_OK(loop_timer_set(loop, &alarm.timer, due));
    CHECK_OK(loop_turn(loop, -1)); /* once a round, though it is due again at once */
    CHECK_INT(rung, 2);
    loop_timer_clear(loop, &alarm.timer);
    loop_timer_clear(loop, &alarm.timer);
    loop_free(loop);
}

TEST(test_loop_timer_out_of_memory)
{
    Loop *loop;
    LoopTimer timer = { .handler = ring };
    CHECK_OK(loop_new(&loop));
    memory_fail_nth(1, false);
    CHECK_ERROR(loop_timer_set(loop, &timer, 0), ERR_MEMORY);
    memory_fail_nth(0, false);
    CHECK_INT(timer.position, 0);
    loop_free(loop);
}

/* Wake-ups. */

enum { RINGERS = 3, RINGS = 20000 };

typedef struct Bell {
    Loop      *loop;
    atomic_int sent;
    int        taken; /* the loop's */
    int        calls;
} Bell;

static void take_rings(void *context)
{
    Bell *bell = context;
    bell->taken = atomic_load_explicit(&bell->sent, memory_order_relaxed); /* the wake itself orders it */
    bell->calls++;
    if (bell->taken == RINGERS * RINGS) loop_stop(bell->loop);
}

static void *ring_often(void *context)
{
    Bell *bell = context;
    for (int i = 0; i < RINGS; i++) {
        atomic_fetch_add_explicit(&bell->sent, 1, memory_order_relaxed);
        loop_wake(bell->loop);
        if (i % 64 == 0) usleep(20); /* lets the loop fall asleep now and then */
    }
    return NULL;
}

/* A lost wake-up would leave loop_run() asleep for ever. */
TEST(test_loop_loses_no_wake)
{
    pthread_t threads[RINGERS];
    Bell bell = { 0 };
    CHECK_OK(loop_new(&bell.loop));
    loop_on_wake(bell.loop, take_rings, &bell);
    for (int i = 0; i < RINGERS; i++) CHECK_INT(pthread_create(&threads[i], NULL, ring_often, &bell), 0);
    CHECK_OK(loop_run(bell.loop));
    for (int i = 0; i < RINGERS; i++) pthread_join(threads[i], NULL);
    CHECK_INT(bell.taken, RINGERS * RINGS);
    CHECK(bell.calls <= RINGERS * RINGS);
    loop_free(bell.loop);
}

TEST(test_loop_many_wakes_are_one_call)
{
    Bell bell = { 0 };
    CHECK_OK(loop_new(&bell.loop));
    loop_on_wake(bell.loop, take_rings, &bell);
    for (int i = 0; i < 10; i++) loop_wake(bell.loop);
    CHECK_OK(loop_turn(bell.loop, -1));
    CHECK_INT(bell.calls, 1);
    CHECK_OK(loop_turn(bell.loop, 0));
    CHECK_INT(bell.calls, 1);
    loop_free(bell.loop);
}

static void *handing_over(void *context)
{
    int *message = ((void **)context)[0];
    *message = 42; /* plain memory: the wake has to publish it */
    loop_wake(((void **)context)[1]);
    return NULL;
}

static void receive_message(void *context)
{
    int **slots = context;
    *slots[1] = *slots[0];
}

TEST(test_loop_wake_publishes_what_was_written_before)
{
    Loop *loop;
    pthread_t thread;
    int message = 0, received = 0;
    int *slots[] = { &message, &received };
    CHECK_OK(loop_new(&loop));
    loop_on_wake(loop, receive_message, slots);
    CHECK_INT(pthread_create(&thread, NULL, handing_over, (void *[]){ &message, loop }), 0);
    while (!received) CHECK_OK(loop_turn(loop, DURATION_SECOND));
    CHECK_INT(received, 42);
    pthread_join(thread, NULL);
    loop_free(loop);
}

TEST(test_loop_stopped_before_it_runs_returns_at_once)
{
    Loop *loop;
    CHECK_OK(loop_new(&loop));
    loop_stop(loop);
    CHECK_OK(loop_run(loop));
    loop_free(loop);
}
