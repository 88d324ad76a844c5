/* park.c -- a queue for each key, and one heap by time over all. */
#include "engine/park.h"

#include "base/map.h"

#include <assert.h>
#include <stdatomic.h>

typedef struct Park      Park;
typedef struct ParkQueue ParkQueue;

struct Park {
    Call      *call;
    Instant    until;
    size_t     position; /* in the heap */
    ParkQueue *queue;
    Park      *older, *newer; /* in the queue */
};

struct ParkQueue {
    Park  *oldest, *newest;
    size_t key_size;
    char   key[PARK_KEY_MAX];
};

struct ParkLot {
    Map    queues; /* by key; those that are not empty */
    Park **heap;
    size_t count, capacity;
};

Error *park_lot_new(ParkLot **out)
{
    ParkLot *lot = memory_alloc_zero(sizeof *lot);
    if (!lot) return error_memory();
    map_init(&lot->queues);
    *out = lot;
    return NULL;
}

void park_lot_free(ParkLot *lot)
{
    if (!lot) return;
    assert(lot->count == 0);
    map_done(&lot->queues);
    memory_free(lot->heap);
    memory_free(lot);
}

size_t park_lot_count(const ParkLot *lot)
{
    return lot->count;
}

/* ---- the heap ---- */

static void place(ParkLot *lot, size_t position, Park *park)
{
    lot->heap[position] = park;
    park->position = position;
}

static void sift_up(ParkLot *lot, size_t position, Park *park)
{
    for (; position > 0; position = (position - 1) / 2) {
        Park *parent = lot->heap[(position - 1) / 2];
        if (parent->until <= park->until) break;
        place(lot, position, parent);
    }
    place(lot, position, park);
}

static void sift_down(ParkLot *lot, size_t position, Park *park)
{
    for (;;) {
        size_t child = 2 * position + 1;
        if (child >= lot->count) break;
        if (child + 1 < lot->count && lot->heap[child + 1]->until < lot->heap[child]->until) child++;
        if (park->until <= lot->heap[child]->until) break;
        place(lot, position, lot->heap[child]);
        position = child;
    }
    place(lot, position, park);
}

static void heap_remove(ParkLot *lot, Park *park)
{
    size_t position = park->position;
    Park *last = lot->heap[--lot->count];
    if (last == park) return;
    if (position > 0 && last->until < lot->heap[(position - 1) / 2]->until)
        sift_up(lot, position, last);
    else
        sift_down(lot, position, last);
}

static bool heap_has_room(ParkLot *lot)
{
    if (lot->count < lot->capacity) return true;
    size_t capacity = lot->capacity ? lot->capacity * 2 : 64;
    Park **heap = memory_resize(lot->heap, capacity * sizeof *heap);
    if (!heap) return false;
    lot->heap = heap;
    lot->capacity = capacity;
    return true;
}

/* ---- queues ---- */

static ParkQueue *queue_of(ParkLot *lot, Str key)
{
    ParkQueue *queue = map_get(&lot->queues, key);
    if (queue) return queue;
    queue = memory_alloc_zero(sizeof *queue);
    if (!queue) return NULL;
    memcpy(queue->key, key.data, key.length);
    queue->key_size = key.length;
    if (map_put(&lot->queues, str_from(queue->key, queue->key_size), queue)) return queue;
    memory_free(queue);
    return NULL;
}

static void drop_queue_if_empty(ParkLot *lot, ParkQueue *queue)
{
    if (queue->oldest) return;
    map_remove(&lot->queues, str_from(queue->key, queue->key_size));
    memory_free(queue);
}

static void queue_add(ParkQueue *queue, Park *park)
{
    park->queue = queue;
    park->older = queue->newest;
    if (queue->newest)
        queue->newest->newer = park;
    else
        queue->oldest = park;
    queue->newest = park;
}

static void queue_remove(Park *park)
{
    ParkQueue *queue = park->queue;
    if (park->older)
        park->older->newer = park->newer;
    else
        queue->oldest = park->newer;
    if (park->newer)
        park->newer->older = park->older;
    else
        queue->newest = park->older;
}

static Call *take(ParkLot *lot, Park *park)
{
    Call *call = park->call;
    heap_remove(lot, park);
    queue_remove(park);
    drop_queue_if_empty(lot, park->queue);
    memory_free(park);
    return call;
}

Error *park_add(ParkLot *lot, Call *call, Str key, Instant until)
{
    assert(key.length <= PARK_KEY_MAX);
    Park *park = memory_alloc_zero(sizeof *park);
    if (!park || !heap_has_room(lot)) {
        memory_free(park);
        return error_memory();
    }
    ParkQueue *queue = queue_of(lot, key);
    if (!queue) {
        memory_free(park);
        return error_memory();
    }
    park->call = call;
    park->until = until;
    queue_add(queue, park);
    sift_up(lot, lot->count++, park);
    return NULL;
}

Call *park_take_signalled(ParkLot *lot, Str key)
{
    ParkQueue *queue = map_get(&lot->queues, key);
    return queue ? take(lot, queue->oldest) : NULL;
}

Call *park_take_due(ParkLot *lot, Instant now)
{
    return lot->count && lot->heap[0]->until <= now ? take(lot, lot->heap[0]) : NULL;
}

Call *park_take_cancelled(ParkLot *lot, size_t *at)
{
    for (; *at < lot->count; ++*at)
        if (atomic_load(&lot->heap[*at]->call->cancelled)) {
            Call *call = take(lot, lot->heap[*at]);
            *at = 0; /* others have moved */
            return call;
        }
    return NULL;
}

Call *park_take_any(ParkLot *lot)
{
    return lot->count ? take(lot, lot->heap[0]) : NULL;
}

Instant park_next_due(const ParkLot *lot)
{
    return lot->count ? lot->heap[0]->until : INSTANT_NEVER;
}
