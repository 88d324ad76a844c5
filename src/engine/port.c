/* port.c -- calls between a submitting thread and the lane.
 *
 * Each direction is a list that one side pushes to and the other empties with a single exchange; it
 * comes out newest first and is turned round by the taker. Nobody waits for anybody. */
#include "engine/world_internal.h"

#include <assert.h>
#include <stdatomic.h>

void call_list_init(CallList *list)
{
    list->first = NULL;
    list->end = &list->first;
}

void call_list_add(CallList *list, Call *call)
{
    call->next = NULL;
    *list->end = call;
    list->end = &call->next;
}

static void push(_Atomic(Call *) *head, Call *call)
{
    call->next = atomic_load_explicit(head, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(head, &call->next, call, memory_order_release, memory_order_relaxed))
        continue;
}

/* Everything, oldest first. */
static Call *take_all(_Atomic(Call *) *head)
{
    if (!atomic_load_explicit(head, memory_order_relaxed)) return NULL;
    Call *newest = atomic_exchange_explicit(head, NULL, memory_order_acquire), *oldest = NULL;
    while (newest) {
        Call *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

Error *port_open(World *world, void (*wake)(void *context), void *context, Port **out)
{
    Port *port = memory_alloc_zero(sizeof *port);
    if (!port) return error_memory();
    port->world = world;
    port->wake = wake;
    port->context = context;
    pthread_mutex_lock(&world->ports_mutex);
    port->next = atomic_load(&world->ports);
    atomic_store(&world->ports, port);
    pthread_mutex_unlock(&world->ports_mutex);
    *out = port;
    return NULL;
}

/* A port stays in the world's list until the world is closed: the lane may be looking at it. */
void port_close(Port *port)
{
    if (port) assert(port->out == 0);
}

bool port_submit(Port *port, Call *call)
{
    if (port->out >= PORT_CALLS_MAX) return false;
    port->out++;
    call->port = port;
    push(&port->submitted, call);
    return true;
}

void port_flush(Port *port)
{
    if (port->world->threaded) signal_raise(&port->world->lane_signal);
}

size_t port_out(const Port *port)
{
    return port->out;
}

Call *port_take(Port *port)
{
    if (!port->taken) port->taken = take_all(&port->returned);
    Call *call = port->taken;
    if (!call) return NULL;
    port->taken = call->next;
    port->out--;
    return call;
}

void port_cancel(Port *port, Call *call)
{
    atomic_store(&call->cancelled, 1);
    atomic_fetch_add(&port->world->cancels, 1);
    port_flush(port);
}

/* ---- the lane's side ---- */

bool ports_collect(World *world, CallList *out)
{
    for (Port *port = atomic_load(&world->ports); port; port = port->next)
        for (Call *call = take_all(&port->submitted), *next; call; call = next) {
            next = call->next;
            call_list_add(out, call);
        }
    return out->first != NULL;
}

void call_return(World *world, Call *call)
{
    push(&call->port->returned, call);
    world->returned_any = true;
}

void ports_wake(World *world)
{
    if (!world->returned_any) return;
    world->returned_any = false;
    for (Port *port = atomic_load(&world->ports); port; port = port->next)
        if (atomic_load_explicit(&port->returned, memory_order_relaxed) && port->wake) port->wake(port->context);
}
