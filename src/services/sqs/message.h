/* message.h -- a message as it is stored: never changed once it is sent. */
#ifndef SERVICES_SQS_MESSAGE_H
#define SERVICES_SQS_MESSAGE_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/instant.h"
#include "services/sqs/sqs_limits.h"

enum { MESSAGE_ID_SIZE = 36 };

typedef struct MessageAttribute {
    Str  name;
    Str  type; /* "String", "Number.int", "Binary.png" */
    Str  value;
    bool binary;
} MessageAttribute;

typedef struct MessageRow {
    Instant          sent;
    uint64_t         delay_s;        /* of a FIFO queue's message: hidden so long after it was sent */
    uint64_t         prior_receives; /* in the queues it was in before */
    Str              group;
    Str              id; /* MESSAGE_ID_SIZE */
    Str              sender;
    Str              deduplication;
    Str              trace;  /* AWSTraceHeader */
    Str              source; /* ARN of the queue whose dead letter it is */
    uint8_t          body_md5[HASH_MD5_SIZE];
    MessageAttribute attributes[SQS_MESSAGE_ATTRIBUTES_MAX]; /* by name */
    size_t           attribute_count;
    Str              body;
} MessageRow;

void   message_encode(Buffer *out, const MessageRow *row); /* replaces what is in `out` */
Error *message_decode(Str bytes, MessageRow *out);         /* borrows */
bool   message_decode_sent(Str bytes, Instant *out);       /* only that */

/* The digest that clients check. `scratch` is overwritten. False: out of memory. */
bool message_attributes_md5(Buffer *scratch, const MessageAttribute *attributes, size_t count,
                            uint8_t out[HASH_MD5_SIZE]);

/* What happened to a message since: of those that were delayed or received. */
typedef struct MessageState {
    Instant  sent;
    Instant  visible_at;
    Instant  received;       /* last */
    Instant  first_received; /* 0: never */
    uint64_t nonce;          /* of the latest receipt */
    uint64_t receive_count;
    Str      group;
} MessageState;

void   message_state_encode(Buffer *out, const MessageState *state);
Error *message_state_decode(Str bytes, MessageState *out); /* borrows */

#endif
