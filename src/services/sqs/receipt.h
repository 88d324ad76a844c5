/* receipt.h -- the handle a receiver gets with a message. */
#ifndef SERVICES_SQS_RECEIPT_H
#define SERVICES_SQS_RECEIPT_H

#include "base/str.h"

typedef struct Receipt {
    uint64_t queue;
    uint64_t sequence;
    uint64_t nonce; /* new with every receive */
} Receipt;

Str  receipt_encode(Arena *arena, const Receipt *receipt);
bool receipt_decode(Arena *arena, Str handle, Receipt *out); /* false: we never gave it out */

#endif
