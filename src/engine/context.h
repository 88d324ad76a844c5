/* context.h -- what an operation may use, and all that it may use.
 *
 * An operation reads and writes its world's transaction and returns. What it may rely on:
 *
 *  - If it returns an error, everything it wrote to the store is undone.
 *  - If the error is a Fault, the memory its service keeps must be as it was: check first, write to
 *    the store second, change memory last. Any other failure (out of memory, disk) drops the service's
 *    memory (close) and rebuilds it from the store (open), so nothing has to be undone by hand.
 *  - When a commit fails, the same happens to every service.
 *
 * A long poll parks: the operation says what it waits for and until when, and returns; it is run
 * again, from its beginning and with the same input, when the key is signalled or the time has come. */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include "aws/api.h"
#include "loop/chance.h"
#include "store/store.h"
#include "store/table_numbers.h"

typedef struct World World;

struct Context {
    Arena         *arena;   /* ends with the call's reply */
    Instant        now;
    Store         *store;
    Chance        *chance;
    const Caller  *caller;  /* of a service's own hooks: only empty texts */
    void          *state;   /* the service's, from its open */
    const Service *service;
    Instant        started; /* when the call was first run: equal to now until it was parked */
    World         *world;
};

/* The call is set aside until `key` is signalled or `until` has come; the operation then returns with
 * *out left NULL. A key is up to 40 bytes. A run of a timer is never set aside: *out is its output then. */
void context_park(Context *context, Str key, Instant until);
bool context_was_parked(const Context *context); /* this is not its first run */
bool context_client_gone(const Context *context); /* nobody waits for the reply: lend nothing */

/* After this call, calls parked on `key` run again: up to `count` of them, the longest waiting first. One
 * run may signal up to CONTEXT_SIGNALS_MAX different keys. */
enum { CONTEXT_SIGNALS_MAX = 64 };
void context_signal(Context *context, Str key, size_t count);

/* For OP_LEND: the number of the batch that is being filled, to be kept with what was written into it;
 * and that the reply must not leave before that batch is durable. */
uint64_t context_batch(const Context *context);
void     context_depends(Context *context, uint64_t batch);

/* The service's tick runs no later than `at`. */
void context_tick_at(Context *context, Instant at);

/* ---- other services ---- */

/* Runs an operation of another service in this transaction, as `caller`, and gives its output. A refusal
 * (a Fault) takes back what it wrote and is for the caller to act on; any other failure has to be returned
 * on. If this operation fails afterwards, the memory of the services it called is dropped and rebuilt.
 * Nothing parks: a long poll answers at once what it has. ERR_NOT_FOUND: no such service or operation here. */
const Service *context_service(const Context *context, Str name); /* its table; NULL: not in this world */
Error *context_call(Context *context, const Caller *caller, Str service, Str operation, const Json *input, Json **out);

/* ---- timers: a call with a due time, stored in the same commit as its cause ---- */

/* The service's operation (usually OP_INTERNAL) runs with this input when the time has come: once,
 * also after a crash. It runs as the caller of this call. */
Error *context_timer_set(Context *context, Instant due, Str operation, const Json *input, uint64_t *out_id);
Error *context_timer_clear(Context *context, uint64_t id); /* fine where it has fired already */

/* ---- actions: something to do in the outside world, stored in the same commit as its cause ---- */

/* After the commit, `kind`'s runner (see actions.h) gets the payload, on a thread of its own; its
 * result comes back as a call of `operation` with {"id", "result"} or {"id", "error"}, exactly once. A
 * crash in between runs the action again. */
Error *context_act(Context *context, Str kind, const Json *payload, Str operation, uint64_t *out_id);

#endif
