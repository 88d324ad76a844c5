/* attributes.h -- checking what clients set, and the policies among it. */
#ifndef SERVICES_SQS_ATTRIBUTES_H
#define SERVICES_SQS_ATTRIBUTES_H

#include "services/sqs/settings.h"

/* Whose attributes: the queue may not exist yet. */
typedef struct QueueName {
    Str  account, region, name;
    bool fifo;
} QueueName;

/* Checks `attributes` (NULL: none) and sets them in the draft, which borrows them. */
Error *attributes_apply(Context *context, const QueueName *whose, bool creating, const Json *attributes,
                        Settings *draft);

/* Redrive policies: redrive.c. */
Error *redrive_policy_apply(Context *context, const QueueName *whose, Str text, Settings *draft);
Error *redrive_allow_policy_check(Context *context, Str text);

Error *policy_check(Context *context, Str text); /* permission.c */

#endif
