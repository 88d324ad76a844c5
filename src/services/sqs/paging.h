/* paging.h -- MaxResults and NextToken of the operations that list queues. */
#ifndef SERVICES_SQS_PAGING_H
#define SERVICES_SQS_PAGING_H

#include "services/sqs/queue.h"

typedef struct Paging {
    size_t max;
    bool   pages; /* MaxResults was given: a NextToken tells that there is more */
    Str    after; /* the name of the last queue of the page before; empty: from the beginning */
} Paging;

Error *paging_parse(Context *context, const Json *input, Paging *out);

/* Lists the queues of an account and region whose names begin with `prefix` and that `take` accepts, into
 * `list_name` of the output, which has a NextToken where it must. */
Error *paging_list(Context *context, const Paging *paging, Str account, Str prefix,
                   bool (*take)(const Queue *queue, Str argument), Str argument, Str list_name, bool empty_list,
                   Json **out);

#endif
