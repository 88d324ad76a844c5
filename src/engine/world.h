/* world.h -- one store, one clock, one source of chance, one timeline.
 *
 * A world has one owner thread, its lane. It takes calls from ports, runs each in a transaction, and
 * makes all of them durable with one commit; replies leave after it.
 *
 *     port A --calls--\                       /--> replies, port A
 *     port B --calls---> lane: run, run, run -> seal -> commit (sync) -> replies, port B
 *     timers, ticks --/        (the next batch is filled meanwhile)
 *
 * A call goes: submitted, waiting in its port's ring -> running -> parked (and running again) | done,
 * waiting for its batch -> replied, in its port's ring. Whoever submitted takes it back out.
 *
 * In a simulation there is no thread: world_turn does one round on the caller's. */
#ifndef ENGINE_WORLD_H
#define ENGINE_WORLD_H

#include "engine/actions.h"
#include "engine/context.h"
#include "loop/clock.h"

typedef struct Port       Port;
typedef struct Call       Call;
typedef struct WorldStats WorldStats;

/* A call may be, instead of an operation, something done to the world as a whole: it runs on the lane
 * when nothing is under way, and comes back as other calls do. */
typedef Error *WorldControl(World *world, Call *call);

struct Call {
    const Service   *service;
    const Operation *operation;
    Caller           caller;
    const Json      *input;
    Arena           *arena;  /* lent to the world until the call comes back */
    Json            *output; /* when back: NULL for an empty one */
    Error           *error;  /* when back: taken by whoever takes the call */
    void            *user;
    WorldControl    *control; /* NULL: an operation of a service */
    /* private to the world: */
    Call    *next;
    Port    *port;
    uint64_t depends;   /* the batch that must be durable before the reply */
    Instant  started;   /* world time of the first run */
    uint32_t runs;      /* so far */
    _Atomic uint32_t cancelled; /* the client has gone */
};

typedef struct WorldOptions {
    StoreOptions          store;
    Clock                *clock;  /* borrowed */
    uint64_t              seed;   /* of chance; 0: the system's */
    const Service *const *services;
    size_t                service_count;
    const ActionKind     *action_kinds;
    size_t                action_kind_count;
    size_t                parked_max; /* calls set aside at once; more are not, and answer at once. 0: 65,536 */
} WorldOptions;

Error *world_open(const WorldOptions *options, World **out);
Error *world_close(World *world); /* no calls may be out; accepts NULL */

Clock *world_clock(World *world);

Error *world_start(World *world); /* the lane, the committer and the action runners get their threads */
void   world_drain(World *world); /* from any thread: what is parked is answered now, nothing parks any more */
void   world_stop(World *world);  /* ends what is parked, waits for what runs; threads have ended when it returns */

/* ---- ports: one for each thread that submits ---- */

enum { PORT_CALLS_MAX = 65536 };

/* `wake(context)` is called from the lane when calls came back while the owner might be asleep. */
Error *port_open(World *world, void (*wake)(void *context), void *context, Port **out);
void   port_close(Port *port); /* its calls must all be back; accepts NULL */
bool   port_submit(Port *port, Call *call); /* false: full; the lane is not woken before: */
void   port_flush(Port *port);              /* submitted calls are seen soon */
size_t port_out(const Port *port);               /* how many calls are not back */
Call  *port_take(Port *port);               /* a call that came back, or NULL */
void   port_cancel(Port *port, Call *call); /* its client has gone: it comes back soon, having done nothing more */

/* ---- without threads ---- */

/* One round: takes what was submitted, runs what is due, commits. Tells when to come again at the
 * latest, and whether anything was done. An error is a failed commit (its calls have it too). */
Error *world_turn(World *world, Instant *out_next, bool *out_worked);

/* ---- controls ---- */

Error *world_control_reset(World *world, Call *call);  /* everything is gone, durably */
Error *world_control_backup(World *world, Call *call); /* to input's "directory" */
Error *world_control_clock(World *world, Call *call);  /* virtual: input's "to" or "by", in seconds, moves it on */
Error *world_control_stats(World *world, Call *call);  /* call->user points at a WorldStats to fill */

enum { WORLD_HISTOGRAM = 24 };

struct WorldStats {
    uint64_t   calls, errors; /* run; refused */
    uint64_t   commits, commit_failures;
    uint64_t   commit_histogram[WORLD_HISTOGRAM]; /* commits that took under 2^i microseconds, not cumulated */
    Duration   commit_time;
    Duration   busy_time;       /* the lane has been running calls */
    uint64_t   parked;          /* calls set aside now */
    uint64_t   timers, actions; /* fired; done */
    bool       writable;        /* false: the disk refuses; reads go on */
    StoreStats store;
};

#endif
