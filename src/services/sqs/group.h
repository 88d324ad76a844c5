/* group.h -- message groups in memory: the order of a FIFO queue, the fairness of a standard one. */
#ifndef SERVICES_SQS_GROUP_H
#define SERVICES_SQS_GROUP_H

#include "services/sqs/queue.h"

/* Adds a message to the group of that id: at its end in a FIFO queue. False: out of memory. */
bool group_add(Queue *queue, Str id, Message *message);
void group_remove(Queue *queue, Message *message); /* forgets a group that has become empty */

/* After something about it changed: a group of a FIFO queue is in `ready` when its first message can be
 * received. False: out of memory. */
bool group_refresh(Queue *queue, Group *group);

static inline Str group_id(const Group *group)
{
    return group ? str_from(group->id, group->id_length) : STR_NONE;
}

/* The message that the next receiver of a standard queue should get; NULL: none. */
Error *standard_pick(Context *context, Queue *queue, Message **out);

#endif
