/* redrive.h -- dead-letter queues. */
#ifndef SERVICES_SQS_REDRIVE_H
#define SERVICES_SQS_REDRIVE_H

#include "services/sqs/queue.h"

Queue *redrive_target(const Queue *queue);                         /* where its dead letters go; NULL: nowhere */
bool   redrive_is_due(const Queue *queue, const Message *message); /* it was received often enough */
bool   redrive_is_target(const Sqs *sqs, Str arn);                 /* some queue sends its dead letters there */

#endif
