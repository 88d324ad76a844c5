/* fifo.c -- deduplication and receive attempts.
 *
 * For five minutes after a message was sent, another one with the same deduplication id is accepted and
 * not delivered; its sender gets the first one's id and sequence number. The scope of an id is the
 * queue, or the message group. The ids of the last five minutes are in memory, as digests, and in
 *
 *     TABLE_SQS_DEDUPLICATION  queue (8), digest (16)   format (1 byte, 1), expires (8), sequence (8), id (36)
 *
 * where the digest is the first half of the SHA-256 of the group (empty, when the scope is the queue), a
 * zero byte and the id. They all live equally long, so the list in order of expiry is the list in order
 * of sending.
 *
 * Receive attempts are only in memory: after a crash the messages are lent anew when they come back. */
#include "services/sqs/fifo.h"

enum {
    DEDUPLICATION_FORMAT = 1,
    DEDUPLICATION_KEY_SIZE = 8 + DEDUPLICATION_DIGEST_SIZE,
    DEDUPLICATION_ROW_SIZE = 1 + 8 + 8 + MESSAGE_ID_SIZE
};

struct Attempt {
    Attempt *next;
    Instant  expires;
    size_t   count;
    uint64_t sequences[SQS_RECEIVE_MAX];
    uint64_t nonces[SQS_RECEIVE_MAX];
    size_t   id_length;
    char     id[];
};

/* ---- deduplication ---- */

static Str digest_of(const Deduplication *entry)
{
    return str_from(entry->digest, DEDUPLICATION_DIGEST_SIZE);
}

static Str deduplication_key(char out[DEDUPLICATION_KEY_SIZE], const Queue *queue, const char *digest)
{
    bytes_put_u64(out, queue->id);
    memcpy(out + 8, digest, DEDUPLICATION_DIGEST_SIZE);
    return str_from(out, DEDUPLICATION_KEY_SIZE);
}

static void append_entry(Queue *queue, Deduplication *entry)
{
    entry->next = NULL;
    if (queue->deduplication_last)
        queue->deduplication_last->next = entry;
    else
        queue->deduplication_first = entry;
    queue->deduplication_last = entry;
}

static Error *add_entry(Queue *queue, const char *digest, Instant expires, uint64_t sequence, Str id)
{
    Deduplication *entry = memory_alloc(sizeof *entry);
    if (!entry) return error_memory();
    *entry = (Deduplication){ .expires = expires, .sequence = sequence };
    memcpy(entry->digest, digest, DEDUPLICATION_DIGEST_SIZE);
    memcpy(entry->id, id.data, MESSAGE_ID_SIZE);
    /* an older one of the same digest has expired; it stays in the list until its turn */
    if (!map_put(&queue->deduplications, digest_of(entry), entry)) {
        memory_free(entry);
        return error_memory();
    }
    append_entry(queue, entry);
    return NULL;
}

Error *fifo_digest(Queue *queue, Str group, Str id, char out[DEDUPLICATION_DIGEST_SIZE])
{
    Buffer *digest = &queue->sqs->digest;
    uint8_t sum[HASH_SHA256_SIZE];
    buffer_clear(digest);
    buffer_append_str(digest, group);
    buffer_append_byte(digest, 0);
    buffer_append_str(digest, id);
    if (digest->failed) return error_memory();
    hash_sha256(buffer_str(digest), sum);
    memcpy(out, sum, DEDUPLICATION_DIGEST_SIZE);
    return NULL;
}

const Deduplication *fifo_find(const Queue *queue, const char *digest, Instant now)
{
    const Deduplication *entry = map_get(&queue->deduplications, str_from(digest, DEDUPLICATION_DIGEST_SIZE));
    return entry && entry->expires > now ? entry : NULL;
}

Error *fifo_remember(Context *context, Queue *queue, const char *digest, uint64_t sequence, Str id)
{
    char    key[DEDUPLICATION_KEY_SIZE], row[DEDUPLICATION_ROW_SIZE];
    Instant expires = context->now + SQS_DEDUPLICATION_INTERVAL;
    row[0] = DEDUPLICATION_FORMAT;
    bytes_put_u64(row + 1, (uint64_t)expires);
    bytes_put_u64(row + 9, sequence);
    memcpy(row + 17, id.data, MESSAGE_ID_SIZE);
    TRY(store_put(context->store, TABLE_SQS_DEDUPLICATION, deduplication_key(key, queue, digest),
                  str_from(row, sizeof row)));
    return add_entry(queue, digest, expires, sequence, id);
}

static int by_expiry(const void *a, const void *b)
{
    const Deduplication *left = *(Deduplication *const *)a, *right = *(Deduplication *const *)b;
    return (left->expires > right->expires) - (left->expires < right->expires);
}

/* The rows came in the order of their digests. */
static void sort_entries(Arena *arena, Queue *queue)
{
    size_t          count = queue->deduplications.count, at = 0;
    Deduplication **entries = NEW_ARRAY(arena, Deduplication *, count);
    for (Deduplication *entry = queue->deduplication_first; entry; entry = entry->next) entries[at++] = entry;
    if (count > 1) qsort(entries, count, sizeof *entries, by_expiry);
    queue->deduplication_first = queue->deduplication_last = NULL;
    for (size_t i = 0; i < count; i++) append_entry(queue, entries[i]);
}

Error *fifo_load(Context *context, Queue *queue)
{
    char         prefix[8];
    StoreCursor *cursor;
    bytes_put_u64(prefix, queue->id);
    Str of_queue = str_from(prefix, sizeof prefix);
    TRY(store_scan(context->store, context->arena, TABLE_SQS_DEDUPLICATION, of_queue, of_queue, &cursor));
    for (;;) {
        Str  key, row;
        bool more;
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) break;
        if (key.length != DEDUPLICATION_KEY_SIZE || row.length != DEDUPLICATION_ROW_SIZE ||
            row.data[0] != DEDUPLICATION_FORMAT)
            return error_new(ERR_CORRUPT, "a stored deduplication id cannot be read");
        TRY(add_entry(queue, key.data + 8, (Instant)bytes_get_u64(row.data + 1), bytes_get_u64(row.data + 9),
                      str_from(row.data + 17, MESSAGE_ID_SIZE)));
    }
    store_scan_end(cursor);
    sort_entries(context->arena, queue);
    return NULL;
}

/* The oldest leaves the list; the map and the store forget its digest unless it was used again. */
static Error *expire_first(Context *context, Queue *queue)
{
    Deduplication *entry = queue->deduplication_first;
    if (map_get(&queue->deduplications, digest_of(entry)) == entry) {
        char key[DEDUPLICATION_KEY_SIZE];
        TRY(store_delete(context->store, TABLE_SQS_DEDUPLICATION, deduplication_key(key, queue, entry->digest)));
        map_remove(&queue->deduplications, digest_of(entry));
    }
    queue->deduplication_first = entry->next;
    if (!entry->next) queue->deduplication_last = NULL;
    memory_free(entry);
    return NULL;
}

Error *fifo_expire(Context *context, Queue *queue, bool *out_more)
{
    *out_more = false;
    for (size_t i = 0; queue->deduplication_first && queue->deduplication_first->expires <= context->now; i++) {
        if (i == SQS_CHUNK_ROWS) {
            *out_more = true;
            break;
        }
        TRY(expire_first(context, queue));
    }
    return NULL;
}

Instant fifo_next_expiry(const Queue *queue)
{
    /* a little late, so that one tick forgets many */
    return queue->deduplication_first ? queue->deduplication_first->expires + SQS_SWEEP_SPACING : INSTANT_NEVER;
}

Str fifo_sequence_text(Arena *arena, uint64_t sequence)
{
    const uint64_t first = 10000000000000000000ULL; /* so that all have twenty digits */
    return str_format(arena, "%llu", (unsigned long long)(first + sequence));
}

/* ---- receive attempts ---- */

static Str attempt_id(const Attempt *attempt)
{
    return str_from(attempt->id, attempt->id_length);
}

static void drop_first_attempt(Queue *queue)
{
    Attempt *attempt = queue->attempt_first;
    if (map_get(&queue->attempts, attempt_id(attempt)) == attempt) map_remove(&queue->attempts, attempt_id(attempt));
    queue->attempt_first = attempt->next;
    if (!attempt->next) queue->attempt_last = NULL;
    memory_free(attempt);
}

static void drop_old_attempts(Queue *queue, Instant now)
{
    while (queue->attempt_first && (queue->attempt_first->expires <= now || queue->attempts.count >= SQS_ATTEMPTS_MAX))
        drop_first_attempt(queue);
}

bool fifo_attempt(Queue *queue, Str id, Instant now, Message **out, size_t *out_count)
{
    const Attempt *attempt = map_get(&queue->attempts, id);
    if (!attempt || attempt->expires <= now) return false;
    for (size_t i = 0; i < attempt->count; i++) {
        Message *message = queue_message(queue, attempt->sequences[i]);
        if (!message || message->place != PLACE_IN_FLIGHT || message->nonce != attempt->nonces[i]) return false;
        out[i] = message;
    }
    *out_count = attempt->count;
    return true;
}

Error *fifo_remember_attempt(Queue *queue, Str id, Instant now, Message *const *messages, size_t count)
{
    drop_old_attempts(queue, now);
    Attempt *attempt = memory_alloc_zero(sizeof *attempt + id.length);
    if (!attempt) return error_memory();
    attempt->expires = now + SQS_ATTEMPT_INTERVAL;
    attempt->id_length = id.length;
    memcpy(attempt->id, id.data, id.length);
    attempt->count = count;
    for (size_t i = 0; i < count; i++) {
        attempt->sequences[i] = messages[i]->sequence;
        attempt->nonces[i] = messages[i]->nonce;
    }
    if (!map_put(&queue->attempts, attempt_id(attempt), attempt)) {
        memory_free(attempt);
        return error_memory();
    }
    if (queue->attempt_last)
        queue->attempt_last->next = attempt;
    else
        queue->attempt_first = attempt;
    queue->attempt_last = attempt;
    return NULL;
}

void fifo_forget_attempts(Queue *queue)
{
    while (queue->attempt_first) drop_first_attempt(queue);
    map_done(&queue->attempts);
}

void fifo_forget(Queue *queue)
{
    fifo_forget_attempts(queue);
    for (Deduplication *entry = queue->deduplication_first, *next; entry; entry = next) {
        next = entry->next;
        memory_free(entry);
    }
    queue->deduplication_first = queue->deduplication_last = NULL;
    map_done(&queue->deduplications);
}
