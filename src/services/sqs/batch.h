/* batch.h -- requests with up to ten entries, each of which succeeds or fails by itself. */
#ifndef SERVICES_SQS_BATCH_H
#define SERVICES_SQS_BATCH_H

#include "services/sqs/queue.h"

/* Checks Entries as a whole: their number and their ids. `entry_name` is what the messages call one. */
Error *batch_entries(Context *context, const Json *input, const char *entry_name, const Json **out);

/* The reply: {"Successful": [...], "Failed": [...]}, each only where there is one. */
void batch_succeeded(Context *context, Json *output, Json *entry);
/* Takes the error if it is a refusal of this entry; else hands it back, and the call fails. */
Error *batch_failed(Context *context, Json *output, Str id, Error *error);

#endif
