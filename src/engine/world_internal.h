/* world_internal.h -- a world from the inside; for the files of this module. */
#ifndef ENGINE_WORLD_INTERNAL_H
#define ENGINE_WORLD_INTERNAL_H

#include <pthread.h>

#include "engine/park.h"
#include "engine/signal.h"
#include "engine/world.h"

enum {
    DUE_PER_ROUND = 1024, /* parked calls whose time has come */
    TIMERS_PER_ROUND = 256,
    SERVICES_MAX = 64,
    PARKED_MAX_DEFAULT = 65536,
    ACTION_THREADS = 2,
};

/* A service in this world. */
typedef struct Slot {
    const Service *service;
    void          *state;
    bool           open;  /* its open succeeded; else it is tried again at the next call */
    bool           wrote; /* a call of it wrote into the batch that is being filled */
    Instant        tick;  /* when its tick is due */
} Slot;

typedef struct CallList {
    Call *first, **end;
} CallList;

/* What one run of a call has asked for; taken back when it fails. */
typedef struct WakeUp {
    char   key[PARK_KEY_MAX];
    size_t key_size, count;
} WakeUp;

typedef struct Action Action; /* actions.c */

typedef struct Run {
    Context  context; /* first: operations see this */
    Slot    *slot;
    Call    *call; /* NULL: a hook of a service */
    bool     parking;
    char     park_key[PARK_KEY_MAX];
    size_t   park_key_size;
    Instant  park_until;
    WakeUp   wake_ups[CONTEXT_SIGNALS_MAX];
    size_t   wake_up_count;
    uint64_t depends;
    Action  *actions; /* new ones, newest first */
    uint64_t called;  /* bit i: slots[i] was called by context_call */
} Run;

struct Port {
    World          *world;
    Port           *next;
    _Atomic(Call *) submitted; /* newest first */
    _Atomic(Call *) returned;  /* newest first */
    Call           *taken;     /* returned ones in order, of the owner */
    size_t          out;       /* calls of the owner that are not back */
    void (*wake)(void *context);
    void *context;
};

struct World {
    WorldOptions options;
    Store       *store;
    Clock       *clock;
    Chance       chance;
    Slot         slots[SERVICES_MAX];
    size_t       slot_count;
    ParkLot     *lot;
    size_t       parked_max;

    /* ports */
    pthread_mutex_t ports_mutex;
    _Atomic(Port *) ports;
    _Atomic uint32_t cancels; /* calls that were cancelled since the lane last looked */

    /* the round */
    Call    *ready_first, **ready_end; /* woken: to be run again */
    CallList waiting;   /* replies that wait for the batch that is being filled */
    CallList sealed;    /* replies that wait for the batch under way */
    CallList controls;
    StoreBatch *batch;  /* under way */
    Instant     timer_next;
    Instant     commit_by; /* monotonic: when what was only lent is committed at the latest; 0: nothing waits */
    bool        unwritable;
    Instant     recover_at; /* monotonic */
    bool        returned_any;

    /* actions */
    Action         *actions_filling, *actions_sealed; /* of the batches */
    struct Actions *actions;

    /* threads */
    pthread_t        lane, committer;
    bool             threaded;
    _Atomic bool     stopping, draining;
    Signal           lane_signal, commit_signal;
    _Atomic(StoreBatch *) to_commit; /* for the committer */
    _Atomic bool     committed;
    Error           *commit_error;

    WorldStats stats;
};

/* run.c */
void   run_call(World *world, Call *call);        /* and everything that follows for it */
Error *run_internal(World *world, Slot *slot, const Operation *operation, const Caller *caller, const Json *input,
                    Error *(*also)(Run *run, void *data), void *data); /* `also` in the same transaction */
void   run_ticks(World *world, Instant now);
Error *run_before_commit(World *world);
void   slot_forget(World *world, Slot *slot); /* drops what it keeps in memory */
Slot  *slot_of(World *world, Str service_name);
bool   slot_ready(World *world, Slot *slot);

/* port.c */
bool ports_collect(World *world, CallList *out);
void call_return(World *world, Call *call); /* to its port; wakes follow in ports_wake */
void ports_wake(World *world);
void call_list_init(CallList *list);
void call_list_add(CallList *list, Call *call);

/* timers.c */
Error *timers_open(World *world);
bool   timers_fire(World *world, Instant now);

/* actions.c */
Error *actions_open(World *world); /* dispatches what a crash left */
void   actions_start(World *world);
void   actions_close(World *world);
bool   actions_collect(World *world); /* runs the calls of those that are done */
void   actions_dispatch(World *world, Action **list); /* their batch is durable */
void   actions_drop(Action **list);
void   actions_adopt(Action **from, Action **to); /* moves them */
void   actions_wait(World *world); /* for the threads to end */

#endif
