/* sqs_limits.h -- every limit of the service, AWS's quota beside it where there is one. */
#ifndef SERVICES_SQS_SQS_LIMITS_H
#define SERVICES_SQS_SQS_LIMITS_H

#include "base/instant.h"

/* What clients can see. */
enum {
    SQS_NAME_MAX = 80,               /* AWS: 80 */
    SQS_MESSAGE_BYTES_MAX = 1048576, /* AWS: 1 MiB; 256 KiB before 2025 */
    SQS_MESSAGE_BYTES_MIN = 1024,    /* of MaximumMessageSize; AWS: 1 KiB */
    SQS_MESSAGE_ATTRIBUTES_MAX = 10, /* AWS: 10 */
    SQS_ATTRIBUTE_NAME_MAX = 256,    /* AWS: 256 */
    SQS_ATTRIBUTE_TYPE_MAX = 256,    /* AWS: 256 */
    SQS_BATCH_ENTRIES_MAX = 10,      /* AWS: 10 */
    SQS_BATCH_ID_MAX = 80,           /* AWS: 80 */
    SQS_RECEIVE_MAX = 10,            /* AWS: 10 */
    SQS_ID_MAX = 128,                /* group, deduplication and attempt ids; AWS: 128 */
    SQS_DELAY_S_MAX = 900,           /* AWS: 15 minutes */
    SQS_VISIBILITY_S_MAX = 43200,    /* AWS: 12 hours */
    SQS_WAIT_S_MAX = 20,             /* AWS: 20 s */
    SQS_RETENTION_S_MIN = 60,        /* AWS: 1 minute */
    SQS_RETENTION_S_MAX = 1209600,   /* AWS: 14 days */
    SQS_KMS_REUSE_S_MIN = 60,        /* AWS: 1 minute */
    SQS_KMS_REUSE_S_MAX = 86400,     /* AWS: 1 day */
    SQS_KMS_KEY_MAX = 2048,          /* AWS: 2,048 */
    SQS_IN_FLIGHT_MAX = 120000,      /* AWS: 120,000; FIFO 120,000 since 2024, 20,000 before */
    SQS_RECEIVE_COUNT_MAX = 1000,    /* of a redrive policy; AWS: 1,000 */
    SQS_SOURCE_ARNS_MAX = 10,        /* of a redrive allow policy; AWS: 10 */
    SQS_TAGS_MAX = 50,               /* AWS: 50 */
    SQS_TAG_KEY_MAX = 128,           /* characters; AWS: 128 */
    SQS_TAG_VALUE_MAX = 256,         /* characters; AWS: 256 */
    SQS_POLICY_BYTES_MAX = 8192,     /* AWS: 8,192 */
    SQS_POLICY_STATEMENTS_MAX = 20,  /* AWS: 20 */
    SQS_PERMISSION_ACTIONS_MAX = 7,  /* AWS: 7 */
    SQS_LIST_MAX = 1000,             /* queues in one answer; AWS: 1,000 */
    SQS_MOVE_RATE_MAX = 500,         /* messages a second; AWS: 500 */
    SQS_MOVE_TASKS_MAX = 10,         /* remembered for a source; AWS lists 10 */
    SQS_MOVE_TASKS_ACTIVE_MAX = 100, /* of an account; AWS: 100 */
};

#define SQS_DEDUPLICATION_INTERVAL (5 * DURATION_MINUTE)  /* AWS: 5 minutes */
#define SQS_ATTEMPT_INTERVAL       (5 * DURATION_MINUTE)  /* AWS: 5 minutes */
#define SQS_PURGE_INTERVAL         (60 * DURATION_SECOND) /* AWS: 60 s */
#define SQS_MOVE_TASK_TIME_MAX     (36 * DURATION_HOUR)   /* AWS: 36 hours */

/* What keeps memory and the time of one call bounded; ours. */
enum {
    SQS_QUEUES_MAX = 100000,                              /* in a world */
    SQS_REGION_MAX = 64,                                  /* bytes of a region's name */
    SQS_KEY_MAX = 12 + SQS_REGION_MAX + SQS_NAME_MAX + 2, /* "account/region/name" */
    SQS_URL_MAX = 2048,
    SQS_TOKEN_MAX = 1024,            /* of paging, before it is looked at */
    SQS_HANDLE_MAX = 1024,           /* of a receipt or a task, before it is looked at */
    SQS_FILL_ROWS = 256,             /* read from the store at once into the window */
    SQS_FILL_BYTES = 1 << 20,        /* the same, in bytes */
    SQS_FRESH_MAX = 4096,            /* messages never received that a standard queue keeps in memory */
    SQS_FIFO_WINDOW = 120000,        /* messages of a FIFO queue in memory; AWS looks at as many */
    SQS_FILLS = 8,                   /* fills by one call, before the tick goes on */
    SQS_KEPT_ROW_MAX = 16 << 10,     /* a longer message is read from the store when it is lent */
    SQS_KEPT_BYTES_MAX = 64 << 20,   /* of all messages kept in memory */
    SQS_LOSE_MAX = 1000,             /* expired or dead messages that one receive gets rid of */
    SQS_FAIR_LOOK_AHEAD = 256,       /* messages looked at for one of a quiet group */
    SQS_FAIR_IN_FLIGHT_MIN = 5,      /* a group with fewer in flight is never noisy */
    SQS_DEDUPLICATION_MAX = 2000000, /* ids remembered by a queue */
    SQS_ATTEMPTS_MAX = 1000,         /* receive attempts remembered by a queue */
    SQS_CHUNK_ROWS = 1000,           /* deleted by one tick for a queue */
    SQS_TICK_QUEUES = 64,            /* looked after by one tick */
    SQS_MOVE_CHUNK = 100,            /* messages a move task without a rate moves at once */
    SQS_MOVE_TURNS = 16,             /* changes of the destination within that: each wakes other receivers */
};

#define SQS_SWEEP_SPACING DURATION_SECOND /* between two looks for messages past their retention */

#endif
