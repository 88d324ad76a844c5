/* group.c -- message groups.
 *
 * In a FIFO queue a group is a line. Its messages in memory are a list in order of sequence; only the
 * first can be received, and only while none of the group is in flight: then the group is in the
 * queue's heap `ready`, by the sequence of its first message, so that groups take turns in the order
 * in which their messages came. A receiver gets the first messages of one group before any of the next.
 *
 *      ready (heap)      group a: 3 -> 7 -> 8
 *         3 a            group b: 4 -> 5            4 is in flight: b is not in the heap
 *         6 c            group c: 6
 *
 * In a standard queue groups keep noisy neighbours from starving the others. A group is noisy while it
 * has at least SQS_FAIR_IN_FLIGHT_MIN messages in flight and more than one and a half times its even
 * share of all that are in flight (the share is over the groups that have messages in memory). When the
 * message whose turn it is belongs to a noisy group, the oldest message of a group that is not noisy
 * goes before it, if there is one among the next SQS_FAIR_LOOK_AHEAD. Nobody waits for that: where all
 * are noisy, the order is as if there were no groups. */
#include "services/sqs/group.h"

static Group *group_new(Queue *queue, Str id)
{
    Group *group = memory_alloc_zero(sizeof *group + id.length);
    if (!group) return NULL;
    group->id_length = id.length;
    memcpy(group->id, id.data, id.length);
    if (map_put(&queue->groups, group_id(group), group)) return group;
    memory_free(group);
    return NULL;
}

bool group_add(Queue *queue, Str id, Message *message)
{
    Group *group = map_get(&queue->groups, id);
    if (!group) group = group_new(queue, id);
    if (!group) return false;
    message->group = group;
    group->count++;
    if (!queue->fifo) return true;
    message->previous = group->last;
    message->next = NULL;
    if (group->last)
        group->last->next = message;
    else
        group->first = message;
    group->last = message;
    return true;
}

static void unlink_from_line(Group *group, Message *message)
{
    if (message->previous)
        message->previous->next = message->next;
    else
        group->first = message->next;
    if (message->next)
        message->next->previous = message->previous;
    else
        group->last = message->previous;
    message->next = message->previous = NULL;
}

void group_remove(Queue *queue, Message *message)
{
    Group *group = message->group;
    if (!group) return;
    if (queue->fifo) unlink_from_line(group, message);
    message->group = NULL;
    if (--group->count) return;
    if (queue->fifo) heap_remove(&queue->ready, &group->node);
    map_remove(&queue->groups, group_id(group));
    memory_free(group);
}

bool group_refresh(Queue *queue, Group *group)
{
    bool ready = !group->in_flight && group->first && group->first->place == PLACE_READY;
    if (ready) return heap_put(&queue->ready, &group->node, 0, group->first->sequence);
    heap_remove(&queue->ready, &group->node);
    return true;
}

/* ---- a standard queue's next ---- */

static bool is_noisy(const Queue *queue, const Group *group)
{
    if (!group || group->in_flight < SQS_FAIR_IN_FLIGHT_MIN || queue->groups.count < 2) return false;
    return 2 * (uint64_t)group->in_flight * queue->groups.count > 3 * queue->in_flight;
}

static Instant since(const Message *message)
{
    return message->place == PLACE_FRESH ? message->sent : message->visible_at;
}

static Message *older(Message *a, Message *b)
{
    if (!a || !b) return a ? a : b;
    if (since(a) != since(b)) return since(a) < since(b) ? a : b;
    return a->sequence < b->sequence ? a : b;
}

static Message *quiet_fresh(const Queue *queue)
{
    Message *message = queue->fresh_first;
    for (size_t i = 0; message && i < SQS_FAIR_LOOK_AHEAD; i++, message = message->next)
        if (!is_noisy(queue, message->group)) return message;
    return NULL;
}

/* The front of the heap's array is not sorted but early. */
static Message *quiet_ready(const Queue *queue)
{
    Message *found = NULL;
    for (uint32_t i = 0; i < queue->ready.count && i < SQS_FAIR_LOOK_AHEAD; i++) {
        Message *message = HEAP_OWNER(queue->ready.nodes[i], Message);
        if (!is_noisy(queue, message->group)) found = older(found, message);
    }
    return found;
}

Error *standard_pick(Context *context, Queue *queue, Message **out)
{
    TRY(queue_seek(context, queue));
    HeapNode *node = heap_first(&queue->ready);
    Message  *next = older(node ? HEAP_OWNER(node, Message) : NULL, queue->fresh_first);
    if (next && is_noisy(queue, next->group)) {
        if (queue->fresh_count < SQS_FAIR_LOOK_AHEAD) TRY(queue_fill(context, queue));
        Message *quiet = older(quiet_ready(queue), quiet_fresh(queue));
        if (quiet) next = quiet;
    }
    *out = next;
    return NULL;
}
