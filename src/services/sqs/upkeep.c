/* upkeep.c -- the tick: what has to be done without being asked.
 *
 *  - Garbage. Deleting a queue, or purging it, only writes down what nobody can see any more; the rows go
 *    here, SQS_CHUNK_ROWS at a time.
 *
 *        TABLE_SQS_GARBAGE  queue (8) -> the sequence before which all is garbage (8); the largest number:
 *                                        the queue is gone, and its other rows with it
 *
 *  - Waking. Messages whose time has come are made ready, and as many waiting receivers are woken.
 *  - Retention. Messages that are too old are deleted from the old end. A receiver never sees one, swept
 *    or not; in a dead-letter queue, where ages are not in order, an old one may stay behind a young one
 *    for a while.
 *  - Deduplication ids that have expired are forgotten.
 *
 * Every queue that waits for one of these is in the heap `due`; a tick looks after SQS_TICK_QUEUES of them. */
#include "services/sqs/fifo.h"
#include "services/sqs/group.h"

enum { ID_SIZE = 8 };

/* ---- garbage ---- */

/* Finds up to `max` keys of a table that begin with the queue's id and come before `before`. */
static Error *find_keys(Context *context, StoreTable table, Str prefix, uint64_t before, size_t max, Str *out,
                        size_t *out_count)
{
    size_t       count = 0;
    StoreCursor *cursor;
    TRY(store_scan(context->store, context->arena, table, prefix, prefix, &cursor));
    while (count < max) {
        Str  key, row;
        bool more;
        TRY(store_next(cursor, &key, &row, &more));
        if (!more || (before != UINT64_MAX && bytes_get_u64(key.data + ID_SIZE) >= before)) break;
        out[count++] = key;
    }
    store_scan_end(cursor);
    *out_count = count;
    return NULL;
}

/* Deletes what it may at once; *room is how much of that is left. */
static Error *clear_table(Context *context, StoreTable table, Str prefix, uint64_t before, size_t *room)
{
    size_t count;
    if (!*room) return NULL;
    Str *keys = NEW_ARRAY(context->arena, Str, *room);
    TRY(find_keys(context, table, prefix, before, *room, keys, &count));
    for (size_t i = 0; i < count; i++) TRY(store_delete(context->store, table, keys[i]));
    *room -= count;
    return NULL;
}

static Error *collect_garbage(Context *context, Sqs *sqs)
{
    Str          key, row;
    bool         more;
    size_t       room = SQS_CHUNK_ROWS;
    StoreCursor *cursor;
    TRY(store_scan(context->store, context->arena, TABLE_SQS_GARBAGE, STR(""), STR(""), &cursor));
    TRY(store_next(cursor, &key, &row, &more));
    if (more && (key.length != ID_SIZE || row.length != ID_SIZE))
        return error_new(ERR_CORRUPT, "a stored note of garbage cannot be read");
    key = more ? str_copy(context->arena, key) : key;
    uint64_t before = more ? bytes_get_u64(row.data) : 0;
    store_scan_end(cursor);
    sqs->garbage = more;
    if (!more) return NULL;
    TRY(clear_table(context, TABLE_SQS_STATE, key, before, &room));
    TRY(clear_table(context, TABLE_SQS_MESSAGE, key, before, &room));
    if (before == UINT64_MAX) {
        TRY(clear_table(context, TABLE_SQS_DEDUPLICATION, key, before, &room));
        TRY(clear_table(context, TABLE_SQS_MOVE_TASK, key, before, &room));
    }
    return room ? store_delete(context->store, TABLE_SQS_GARBAGE, key) : NULL;
}

/* ---- retention ---- */

typedef struct Sweep {
    uint64_t sequences[SQS_CHUNK_ROWS];
    size_t   count;
    uint64_t first; /* the oldest message that stays; 0: none does */
    Instant  first_sent;
    bool     ended; /* all that are too old were found */
} Sweep;

static Error *find_old(Context *context, const Queue *queue, Instant oldest, Sweep *sweep)
{
    char from[SEQUENCE_KEY_SIZE], prefix[ID_SIZE];
    bytes_put_u64(prefix, queue->id);
    StoreCursor *cursor;
    TRY(store_scan(context->store, context->arena, TABLE_SQS_MESSAGE, sequence_key(from, queue, queue->base_sequence),
                   str_from(prefix, sizeof prefix), &cursor));
    while (sweep->count < SQS_CHUNK_ROWS) {
        Str     key, row;
        bool    more;
        Instant sent;
        TRY(store_next(cursor, &key, &row, &more));
        sweep->ended = !more;
        if (!more) break;
        if (!message_decode_sent(row, &sent)) return error_new(ERR_CORRUPT, "a stored message cannot be read");
        uint64_t sequence = bytes_get_u64(key.data + ID_SIZE);
        if (sent > oldest) {
            sweep->first = sequence;
            sweep->first_sent = sent;
            sweep->ended = true;
            break;
        }
        sweep->sequences[sweep->count++] = sequence;
    }
    store_scan_end(cursor);
    return NULL;
}

static Error *delete_old(Context *context, Queue *queue, uint64_t sequence)
{
    Message *message = queue->loaded ? queue_message(queue, sequence) : NULL;
    if (message) return message_delete(context, queue, message);
    char key[SEQUENCE_KEY_SIZE];
    Str  name = sequence_key(key, queue, sequence);
    TRY(store_delete(context->store, TABLE_SQS_MESSAGE, name));
    if (!queue->loaded) TRY(store_delete(context->store, TABLE_SQS_STATE, name));
    queue->count--;
    queue_touch(queue);
    return NULL;
}

/* No message is below the first that stays: neither loading nor the next sweep need look there. */
static void raise_base(Queue *queue, const Sweep *sweep)
{
    uint64_t base = sweep->first ? sweep->first : queue->next_sequence;
    if (!sweep->ended || base <= queue->base_sequence) return;
    queue->base_sequence = base;
    if (queue->loaded && queue->read_to < base - 1) queue->read_to = base - 1;
    queue_touch(queue);
}

static Error *sweep_queue(Context *context, Queue *queue)
{
    Duration retention = queue->settings->numbers[ATTRIBUTE_MessageRetentionPeriod] * DURATION_SECOND;
    Sweep   *sweep = NEW(context->arena, Sweep);
    TRY(find_old(context, queue, context->now - retention, sweep));
    for (size_t i = 0; i < sweep->count; i++) TRY(delete_old(context, queue, sweep->sequences[i]));
    raise_base(queue, sweep);
    Instant next = sweep->first ? sweep->first_sent + retention : INSTANT_NEVER;
    if (next < context->now + SQS_SWEEP_SPACING) next = context->now + SQS_SWEEP_SPACING;
    queue->sweep_at = sweep->ended ? next : context->now;
    return NULL;
}

/* ---- the tick ---- */

static Error *look_after(Context *context, Queue *queue)
{
    bool more;
    if (queue->sweep_at <= context->now) TRY(sweep_queue(context, queue));
    if (queue->loaded) TRY(queue_ripen(context, queue));
    TRY(fifo_expire(context, queue, &more));
    if (queue->fill_more) {
        TRY(queue_seek(context, queue));
        queue_signal(context, queue, queue->fifo ? queue->ready.count : queue->fresh_count);
    }
    return queue_schedule(context, queue);
}

Error *sqs_tick(Context *context, Instant *out_next)
{
    Sqs      *sqs = sqs_of(context);
    HeapNode *node;
    if (sqs->garbage) TRY(collect_garbage(context, sqs));
    for (size_t i = 0; i < SQS_TICK_QUEUES && (node = heap_first(&sqs->due)) && node->rank <= context->now; i++)
        TRY(look_after(context, HEAP_OWNER(node, Queue)));
    TRY(sqs_before_commit(context));
    node = heap_first(&sqs->due);
    *out_next = sqs->garbage ? context->now : node ? node->rank : INSTANT_NEVER;
    return NULL;
}
