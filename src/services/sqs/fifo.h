/* fifo.h -- what only FIFO queues do: deduplication, and receive attempts that can be repeated. */
#ifndef SERVICES_SQS_FIFO_H
#define SERVICES_SQS_FIFO_H

#include "services/sqs/queue.h"

enum { DEDUPLICATION_DIGEST_SIZE = 16, SEQUENCE_TEXT_SIZE = 20 };

struct Deduplication {
    Deduplication *next;
    Instant        expires;
    uint64_t       sequence;
    char           digest[DEDUPLICATION_DIGEST_SIZE];
    char           id[MESSAGE_ID_SIZE]; /* of the message that had it first */
};

Error  *fifo_load(Context *context, Queue *queue);
void    fifo_forget(Queue *queue);
Instant fifo_next_expiry(const Queue *queue);
Error  *fifo_expire(Context *context, Queue *queue, bool *out_more); /* a chunk of what has expired */

/* Makes the digest that stands for an id in its scope. */
Error               *fifo_digest(Queue *queue, Str group, Str id, char out[DEDUPLICATION_DIGEST_SIZE]);
const Deduplication *fifo_find(const Queue *queue, const char *digest, Instant now); /* NULL: not sent recently */
Error               *fifo_remember(Context *context, Queue *queue, const char *digest, uint64_t sequence, Str id);
Str                  fifo_sequence_text(Arena *arena, uint64_t sequence);

/* A receive attempt by its id: the messages it got, if all are still as they were lent. */
bool   fifo_attempt(Queue *queue, Str id, Instant now, Message **out, size_t *out_count);
Error *fifo_remember_attempt(Queue *queue, Str id, Instant now, Message *const *messages, size_t count);
void   fifo_forget_attempts(Queue *queue);

#endif
