/* states_limits.h -- every limit of the control plane, AWS's quota beside it where there is one. */
#ifndef SERVICES_STATES_STATES_LIMITS_H
#define SERVICES_STATES_STATES_LIMITS_H

#include "base/instant.h"

/* What clients can see. Texts are counted in UTF-16 units, as the service does. */
enum {
    STATES_NAME_MAX = 80,                /* AWS: 80 */
    STATES_ARN_MAX = 256,                /* AWS: 256 */
    STATES_LONG_ARN_MAX = 2000,          /* of versions to be deleted and of map runs; AWS: 2,000 */
    STATES_DEFINITION_MAX = 1048576,     /* AWS: 1 MiB */
    STATES_DESCRIPTION_MAX = 256,        /* of a version or an alias; AWS: 256 */
    STATES_MACHINES_MAX = 100000,        /* of an account in a region; AWS: 100,000 */
    STATES_ACTIVITIES_MAX = 100000,      /* the same; AWS: 100,000 */
    STATES_VERSIONS_MAX = 1000,          /* of a state machine; AWS: 1,000 */
    STATES_ALIASES_MAX = 100,            /* of a state machine; AWS: 100 */
    STATES_ROUTES_MAX = 2,               /* of an alias; AWS: 2 */
    STATES_WEIGHT_MAX = 100,             /* AWS: 100 */
    STATES_TAGS_MAX = 50,                /* of a resource; AWS: 50 */
    STATES_TAG_KEY_MAX = 128,            /* AWS: 128 */
    STATES_TAG_VALUE_MAX = 256,          /* AWS: 256 */
    STATES_KMS_KEY_MAX = 2048,           /* AWS: 2,048 */
    STATES_KMS_REUSE_S_MIN = 60,         /* AWS: 60 */
    STATES_KMS_REUSE_S_MAX = 900,        /* AWS: 900 */
    STATES_KMS_REUSE_S = 300,            /* unless told otherwise; AWS: 300 */
    STATES_PAGE = 100,                   /* unless told otherwise; AWS: 100 */
    STATES_PAGE_MAX = 1000,              /* AWS: 1,000 */
    STATES_TOKEN_MAX = 1024,             /* of paging; AWS: 1,024 */
    STATES_LONG_TOKEN_MAX = 3096,        /* of ListExecutions; AWS: 3,096 */
    STATES_INPUT_MAX = 262144,           /* bytes of an execution's input and of a task's output; AWS: 262,144 */
    STATES_TASK_TOKEN_MAX = 2048,        /* AWS: 2,048 */
    STATES_CAUSE_MAX = 32768,            /* AWS: 32,768 */
    STATES_ERROR_MAX = 256,              /* AWS: 256 */
    STATES_REDRIVE_DAYS = 14,            /* AWS: 14 days */
    STATES_DIAGNOSTICS_MAX = 100,        /* of one validation; AWS: 100 */
    STATES_WORKER_MAX = 80,              /* of a worker's name; AWS: 80 */
    STATES_POLL_S = 60,                  /* that GetActivityTask waits; AWS: 60 */
    STATES_CLIENT_TOKEN_MAX = 64,        /* AWS: 64 */
    STATES_REDRIVE_EVENTS_MAX = 24999,   /* a history of so many is not redriven; AWS: 24,999 */
    STATES_REDRIVE_TOKENS = 10,          /* of clients, remembered for an execution; AWS: 10 */
    STATES_MAP_REDRIVES_MAX = 1000,      /* of a map run; AWS: 1,000 */
};

#define STATES_TOKEN_LIFE DURATION_DAY /* of a page's token; AWS: 24 hours */
#define STATES_REDRIVE_TOKEN_LIFE (15 * DURATION_MINUTE) /* AWS: 15 minutes */
#define STATES_EXECUTION_LIFE (365 * DURATION_DAY) /* of a standard one; AWS: one year */

/* What keeps memory and the time of one call bounded; ours. */
enum {
    STATES_REGION_MAX = 64,                 /* bytes of a region's name */
    STATES_VIOLATIONS_MAX = 10,             /* told of one input */
    STATES_ROWS_MAX = 8192,                 /* small rows kept in memory */
    STATES_KEPT_ROW_MAX = 4096,             /* bytes of such a row */
    STATES_COUNTS_MAX = 65536,              /* counters kept in memory */
    STATES_HELD_MAX = 20000,                /* executions kept in memory */
    STATES_EVENTS_MAX = 2000,               /* of executions, worked off in one call; others wait for the next round */
    STATES_MAP_AT_ONCE = 1000,              /* children of a map run that run; AWS: 10,000 */
    STATES_MAP_STEP = 100,                  /* children that one call begins, */
    STATES_MAP_STEP_BYTES = 1 << 20,        /* with inputs of about so many bytes: each is written a dozen times */
    STATES_MAP_SWEEP = 1000,                /* results of a run that one call deletes */
    STATES_MAP_ITEMS_MAX = 64,              /* map runs whose items are kept open */
    STATES_HISTORY_PAGE_BYTES = 16 << 20,   /* of events, about; fewer are told then */
    STATES_LOOKED_AT_MAX = 10000,           /* executions that one call looks at to list some of them */
    STATES_POLL_LOOK_S = 20,                /* a waiting worker looks again: who was woken in its place may have gone */
    STATES_TASKS_LOOKED_AT = 16,            /* of an activity, read at a time */
    STATES_SIGNALS_MAX = 48,                /* different ones that a pump gives; others go by a call of their own */
    STATES_CHUNK = 1 << 20,                 /* bytes of a row of the history, about */
    STATES_REVISIONS_BYTES_MAX = 64 << 20,  /* of definitions and programs kept in memory */
};

#endif
