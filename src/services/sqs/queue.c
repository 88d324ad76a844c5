/* queue.c -- queues and their messages, on disk and in memory.
 *
 * ON DISK. A queue has an id, counted up for the life of the store; its messages have sequence numbers,
 * counted up for the life of the queue. Neither is ever used again, so keys are born in order and what
 * remains of a deleted queue is garbage that nobody can see.
 *
 *     TABLE_SQS_QUEUE          account/region/name   settings                        (settings.c)
 *     TABLE_SQS_COUNTER        queue                 counters: format (1 byte, 1), next sequence (8),
 *                                                    base sequence (8), count (8)
 *                              0                     next queue id (8)
 *     TABLE_SQS_MESSAGE        queue, sequence       the message, written once       (message.c)
 *     TABLE_SQS_STATE          queue, sequence       when it is visible, how often it was received
 *     TABLE_SQS_DEDUPLICATION  queue, digest (16)    which message had that id       (fifo.c)
 *     TABLE_SQS_MOVE_TASK      source, start         a move task                     (move_task.c)
 *     TABLE_SQS_GARBAGE        queue                 what is to be deleted           (upkeep.c)
 *
 * A message that is sent and not delayed has no state row: sending is one insert, receiving one small
 * one, deleting takes both away again, in memory if it is soon. The counter row is written once a batch.
 * The count is what AWS calls an approximate number; here it is exact but for what retention has not
 * yet swept.
 *
 * IN MEMORY. A queue's messages are loaded when it is first used: all those with a state row, and of the
 * rest a window that is read from the store as receivers get on.
 *
 *     sequences:   base ....................... read_to ................... next
 *                  | in memory: all that exist  | in the store: not received |
 *                  |                            | yet, or with a state (and  |
 *                  |                            | then in memory too)        |
 *
 * While the window reaches the end (at_end) a send goes straight into it, unless it is full; then
 * at_end becomes false and it is filled from the store as it empties. So a queue of a million messages
 * costs what its window costs, plus some 200 bytes for each message that is delayed, in flight or was
 * received before. Rows stay with their messages while they are small and there are not too many
 * (SQS_KEPT_ROW_MAX, SQS_KEPT_BYTES_MAX); others are read again when they are lent.
 *
 * Invariants:
 *  1. Every message with a state row is in `known` while the queue is loaded; so is every message up to
 *     read_to.
 *  2. in_flight and delayed count the messages in `waiting`; what has ripened by the time of a call has
 *     left it before the call looks (queue_ripen).
 *  3. In a FIFO queue, messages with a state come before those without in the line of their group,
 *     because only the first of a line is ever received. Delays of FIFO messages are in their rows, not in
 *     states, for the same reason: a line is always read from its beginning.
 *
 * Places of a message, and who moves it:
 *
 *     (sent)     -> FRESH | READY | DELAYED     queue_push, queue_fill
 *     FRESH, READY -> IN_FLIGHT                 message_hide
 *     DELAYED, IN_FLIGHT -> READY               queue_ripen
 *     IN_FLIGHT  -> IN_FLIGHT                   message_hide, of another time
 *     any        -> (gone)                      message_delete */
#include "services/sqs/queue.h"

#include "services/sqs/fifo.h"
#include "services/sqs/group.h"
#include "services/sqs/settings.h"

enum { COUNTER_FORMAT = 1, COUNTER_SIZE = 25, ID_SIZE = 8, SIGNAL_KEY_SIZE = 11 };

/* ---- names ---- */

static Str make_key(char out[SQS_KEY_MAX], Str account, Str region, Str name)
{
    if (account.length > 12 || region.length > SQS_REGION_MAX || name.length > SQS_NAME_MAX) return STR_NONE;
    char *at = out;
    at = mempcpy(at, account.data, account.length);
    *at++ = '/';
    at = mempcpy(at, region.data, region.length);
    *at++ = '/';
    at = mempcpy(at, name.data, name.length);
    return str_from(out, (size_t)(at - out));
}

Queue *queue_lookup(const Sqs *sqs, Str account, Str region, Str name)
{
    char bytes[SQS_KEY_MAX];
    Str  key = make_key(bytes, account, region, name);
    return key.data ? map_get(&sqs->queues, key) : NULL;
}

Queue *queue_lookup_arn(const Sqs *sqs, Str arn)
{
    Str parts[6];
    for (size_t i = 0; i < 6; i++)
        if (!str_next_part(&arn, ':', &parts[i])) return NULL;
    if (arn.length || !str_equal(parts[0], STR("arn")) || !str_equal(parts[2], STR("sqs"))) return NULL;
    return queue_lookup(sqs, parts[4], parts[3], parts[5]);
}

Str queue_arn(Arena *arena, const Queue *queue)
{
    return str_format(arena, "arn:aws:sqs:%.*s:%.*s:%.*s", STR_ARG(queue->region), STR_ARG(queue->account),
                      STR_ARG(queue->name));
}

Str queue_url(Context *context, const Queue *queue)
{
    return str_format(context->arena, "%.*s/%.*s/%.*s", STR_ARG(context->caller->endpoint), STR_ARG(queue->account),
                      STR_ARG(queue->name));
}

static bool is_account(Str text)
{
    return text.length == 12 && str_all_in(text, "0123456789");
}

/* The last two segments are the account and the name, whatever host comes before. */
static void parse_url(Str url, Str *out_account, Str *out_name)
{
    while (url.length && url.data[url.length - 1] == '/') url.length--;
    size_t name_at = url.length;
    while (name_at && url.data[name_at - 1] != '/') name_at--;
    *out_name = str_slice(url, name_at, url.length);
    Str    rest = str_slice(url, 0, name_at ? name_at - 1 : 0);
    size_t account_at = rest.length;
    while (account_at && rest.data[account_at - 1] != '/') account_at--;
    Str account = str_slice(rest, account_at, rest.length);
    if (is_account(account)) *out_account = account;
}

Error *input_missing(const char *name)
{
    return error_fault(&sqs_missing_parameter, "The request must contain the parameter %s.", name);
}

Error *input_str(const Json *input, Str name, Str *out)
{
    Str text = json_get_str(input, name);
    if (!text.length) return input_missing(name.data);
    *out = text;
    return NULL;
}

Error *queue_find(Context *context, const Json *input, Queue **out)
{
    Str url, name, account = context->caller->account;
    TRY(input_str(input, STR("QueueUrl"), &url));
    parse_url(str_slice(url, 0, SQS_URL_MAX), &account, &name);
    Queue *queue = queue_lookup(sqs_of(context), account, context->caller->region, name);
    if (!queue) return error_fault(&sqs_queue_does_not_exist, "The specified queue does not exist.");
    *out = queue;
    return NULL;
}

Error *queue_open(Context *context, const Json *input, Queue **out)
{
    Queue *queue;
    TRY(queue_find(context, input, &queue));
    TRY(queue_load(context, queue));
    TRY(queue_ripen(context, queue));
    *out = queue;
    return NULL;
}

/* ---- keys ---- */

static Str id_key(char out[ID_SIZE], uint64_t id)
{
    bytes_put_u64(out, id);
    return str_from(out, ID_SIZE);
}

Str sequence_key(char out[SEQUENCE_KEY_SIZE], const Queue *queue, uint64_t sequence)
{
    bytes_put_u64(out, queue->id);
    bytes_put_u64(out + ID_SIZE, sequence);
    return str_from(out, SEQUENCE_KEY_SIZE);
}

static Str signal_key(char out[SIGNAL_KEY_SIZE], const Queue *queue)
{
    memcpy(out, "sqs", 3);
    bytes_put_u64(out + 3, queue->id);
    return str_from(out, SIGNAL_KEY_SIZE);
}

void queue_signal(Context *context, const Queue *queue, size_t count)
{
    char bytes[SIGNAL_KEY_SIZE];
    if (count && queue->parked_until >= context->now) context_signal(context, signal_key(bytes, queue), count);
}

void queue_park(Context *context, Queue *queue, Instant until)
{
    char bytes[SIGNAL_KEY_SIZE];
    if (queue->parked_until < until) queue->parked_until = until;
    context_park(context, signal_key(bytes, queue), until);
}

/* ---- a queue in memory ---- */

static Queue *queue_new(Sqs *sqs, Str key)
{
    Queue *queue = memory_alloc_zero(sizeof *queue + key.length);
    if (!queue) return NULL;
    memcpy(queue->text, key.data, key.length);
    queue->sqs = sqs;
    queue->key = str_from(queue->text, key.length);
    Str rest = queue->key;
    str_next_part(&rest, '/', &queue->account);
    str_next_part(&rest, '/', &queue->region);
    queue->name = rest;
    queue->fifo = str_ends_with(rest, STR(".fifo"));
    queue->next_sequence = queue->base_sequence = 1;
    return queue;
}

static void forget_messages(Queue *queue)
{
    for (size_t i = 0; i < queue->known.count; i++) {
        Message *message = queue->known.entries[i].value;
        queue->sqs->kept_bytes -= message->row_size;
        memory_free(message);
    }
    for (size_t i = 0; i < queue->groups.count; i++) memory_free(queue->groups.entries[i].value);
    map_done(&queue->known);
    map_done(&queue->groups);
    heap_done(&queue->waiting);
    heap_done(&queue->ready);
    queue->fresh_first = queue->fresh_last = NULL;
    queue->fresh_count = 0;
    queue->in_flight = queue->delayed = 0;
    queue->fill_more = false;
}

static void queue_free(Queue *queue)
{
    if (!queue) return;
    forget_messages(queue);
    fifo_forget(queue);
    memory_free(queue->settings);
    memory_free(queue);
}

void queue_touch(Queue *queue)
{
    if (queue->dirty) return;
    queue->dirty = true;
    queue->next_dirty = queue->sqs->dirty;
    queue->sqs->dirty = queue;
}

static void untouch(Queue *queue)
{
    for (Queue **at = &queue->sqs->dirty; *at; at = &(*at)->next_dirty)
        if (*at == queue) {
            *at = queue->next_dirty;
            break;
        }
    queue->dirty = false;
}

static Error *write_counter(Context *context, const Queue *queue)
{
    char key[ID_SIZE], row[COUNTER_SIZE];
    row[0] = COUNTER_FORMAT;
    bytes_put_u64(row + 1, queue->next_sequence);
    bytes_put_u64(row + 9, queue->base_sequence);
    bytes_put_u64(row + 17, queue->count);
    return store_put(context->store, TABLE_SQS_COUNTER, id_key(key, queue->id), str_from(row, sizeof row));
}

Error *sqs_before_commit(Context *context)
{
    Sqs *sqs = sqs_of(context);
    while (sqs->dirty) {
        Queue *queue = sqs->dirty;
        TRY(write_counter(context, queue));
        sqs->dirty = queue->next_dirty;
        queue->dirty = false;
    }
    return NULL;
}

Error *queue_schedule(Context *context, Queue *queue)
{
    Instant   due = queue->fill_more ? context->now : queue->sweep_at;
    HeapNode *waiting = heap_first(&queue->waiting);
    if (waiting && queue->parked_until > context->now && waiting->rank < due) due = waiting->rank;
    Instant expiry = fifo_next_expiry(queue);
    if (expiry < due) due = expiry;
    if (due == INSTANT_NEVER) {
        heap_remove(&queue->sqs->due, &queue->node);
        return NULL;
    }
    if (!queue->node.place || queue->node.rank != due)
        if (!heap_put(&queue->sqs->due, &queue->node, due, queue->id)) return error_memory();
    context_tick_at(context, due);
    return NULL;
}

/* ---- opening and closing ---- */

static Error *read_counter(Context *context, Queue *queue)
{
    char key[ID_SIZE];
    Str  row;
    bool found;
    TRY(store_get(context->store, context->arena, TABLE_SQS_COUNTER, id_key(key, queue->id), &row, &found));
    if (!found || row.length != COUNTER_SIZE || row.data[0] != COUNTER_FORMAT)
        return error_new(ERR_CORRUPT, "the stored counters of queue %.*s cannot be read", STR_ARG(queue->key));
    queue->next_sequence = bytes_get_u64(row.data + 1);
    queue->base_sequence = bytes_get_u64(row.data + 9);
    queue->count = bytes_get_u64(row.data + 17);
    return NULL;
}

static Error *open_queue(Context *context, Sqs *sqs, Str key, Str row)
{
    Queue *queue = queue_new(sqs, key);
    if (!queue) return error_memory();
    if (!map_put(&sqs->queues, queue->key, queue)) {
        memory_free(queue);
        return error_memory();
    }
    TRY(settings_decode(row, &queue->id, &queue->settings));
    TRY(read_counter(context, queue));
    queue->sweep_at = queue->count ? context->now : INSTANT_NEVER;
    queue->parked_until = context->now + SQS_WAIT_S_MAX * DURATION_SECOND; /* by calls from before a failure */
    return queue_schedule(context, queue);
}

static Error *open_queues(Context *context, Sqs *sqs)
{
    char key[ID_SIZE];
    Str  row;
    bool found, more;
    TRY(store_get(context->store, context->arena, TABLE_SQS_COUNTER, id_key(key, 0), &row, &found));
    sqs->next_queue = found && row.length == ID_SIZE ? bytes_get_u64(row.data) : 1;
    StoreCursor *cursor;
    TRY(store_scan(context->store, context->arena, TABLE_SQS_QUEUE, STR(""), STR(""), &cursor));
    for (;;) {
        Str name;
        TRY(store_next(cursor, &name, &row, &more));
        if (!more) break;
        TRY(open_queue(context, sqs, name, row));
    }
    store_scan_end(cursor);
    return NULL;
}

void sqs_close(void *state)
{
    Sqs *sqs = state;
    if (!sqs) return;
    for (size_t i = 0; i < sqs->queues.count; i++) queue_free(sqs->queues.entries[i].value);
    map_done(&sqs->queues);
    heap_done(&sqs->due);
    buffer_done(&sqs->scratch);
    buffer_done(&sqs->digest);
    memory_free(sqs);
}

static void close_unless_kept(void *slot)
{
    sqs_close(*(Sqs **)slot);
}

Error *sqs_open(Context *context, void **out_state)
{
    Sqs **slot = NEW(context->arena, Sqs *); /* closes it if memory runs out half-way */
    arena_on_done(context->arena, close_unless_kept, slot);
    Sqs *sqs = *slot = memory_alloc_zero(sizeof *sqs);
    if (!sqs) return error_memory();
    sqs->garbage = true;
    TRY(open_queues(context, sqs));
    context_tick_at(context, context->now);
    *slot = NULL;
    *out_state = sqs;
    return NULL;
}

/* ---- creating, changing, deleting ---- */

static Error *write_settings(Context *context, Queue *queue, const Settings *draft, Settings **out)
{
    Buffer *scratch = &queue->sqs->scratch;
    settings_encode(scratch, queue->id, draft);
    if (scratch->failed) return error_memory();
    TRY(store_put(context->store, TABLE_SQS_QUEUE, queue->key, buffer_str(scratch)));
    uint64_t id;
    return settings_decode(buffer_str(scratch), &id, out);
}

static Error *take_queue_id(Context *context, Sqs *sqs, uint64_t *out)
{
    char key[ID_SIZE], row[ID_SIZE];
    bytes_put_u64(row, sqs->next_queue + 1);
    TRY(store_put(context->store, TABLE_SQS_COUNTER, id_key(key, 0), str_from(row, sizeof row)));
    *out = sqs->next_queue++;
    return NULL;
}

Error *queue_create(Context *context, Str account, Str region, Str name, const Settings *draft, Queue **out)
{
    char   bytes[SQS_KEY_MAX];
    Sqs   *sqs = sqs_of(context);
    Queue *queue = queue_new(sqs, make_key(bytes, account, region, name));
    if (!queue) return error_memory();
    if (!map_put(&sqs->queues, queue->key, queue)) {
        memory_free(queue);
        return error_memory();
    }
    TRY(take_queue_id(context, sqs, &queue->id));
    TRY(write_settings(context, queue, draft, &queue->settings));
    TRY(write_counter(context, queue));
    queue->sweep_at = INSTANT_NEVER;
    queue->loaded = queue->at_end = true;
    *out = queue;
    return NULL;
}

Error *queue_save(Context *context, Queue *queue, const Settings *draft)
{
    Settings *settings;
    TRY(write_settings(context, queue, draft, &settings));
    bool keeps = settings->numbers[ATTRIBUTE_MessageRetentionPeriod] ==
                 queue->settings->numbers[ATTRIBUTE_MessageRetentionPeriod];
    memory_free(queue->settings);
    queue->settings = settings;
    if (!keeps && queue->count) queue->sweep_at = context->now;
    return queue_schedule(context, queue);
}

/* What is below `before` is nobody's any more; the tick deletes it. */
static Error *leave_garbage(Context *context, Queue *queue, uint64_t before)
{
    char key[ID_SIZE], row[ID_SIZE];
    bytes_put_u64(row, before);
    TRY(store_put(context->store, TABLE_SQS_GARBAGE, id_key(key, queue->id), str_from(row, sizeof row)));
    queue->sqs->garbage = true;
    context_tick_at(context, context->now);
    return NULL;
}

Error *queue_delete(Context *context, Queue *queue)
{
    char key[ID_SIZE];
    TRY(store_delete(context->store, TABLE_SQS_QUEUE, queue->key));
    TRY(store_delete(context->store, TABLE_SQS_COUNTER, id_key(key, queue->id)));
    TRY(leave_garbage(context, queue, UINT64_MAX));
    queue_signal(context, queue, UINT32_MAX); /* who waits learns that it is gone */
    untouch(queue);
    heap_remove(&queue->sqs->due, &queue->node);
    map_remove(&queue->sqs->queues, queue->key);
    queue_free(queue);
    return NULL;
}

Error *queue_purge(Context *context, Queue *queue)
{
    Settings draft = *queue->settings;
    draft.purged = context->now;
    TRY(leave_garbage(context, queue, queue->next_sequence));
    TRY(queue_save(context, queue, &draft));
    forget_messages(queue);
    fifo_forget_attempts(queue);
    queue->count = 0;
    queue->base_sequence = queue->next_sequence;
    queue->read_to = queue->next_sequence - 1;
    queue->at_end = true;
    queue->sweep_at = INSTANT_NEVER;
    queue_touch(queue);
    return queue_schedule(context, queue);
}

/* ---- messages come into memory ---- */

Message *queue_message(const Queue *queue, uint64_t sequence)
{
    char key[8];
    bytes_put_u64(key, sequence);
    return map_get(&queue->known, str_from(key, sizeof key));
}

/* Knows a message, with its row where that may be kept; it has no place yet. NULL: out of memory. */
static Message *remember(Queue *queue, uint64_t sequence, Instant sent, Str group, Str row)
{
    Sqs     *sqs = queue->sqs;
    bool     keep = row.length <= SQS_KEPT_ROW_MAX && sqs->kept_bytes + row.length <= SQS_KEPT_BYTES_MAX;
    size_t   row_size = keep ? row.length : 0;
    Message *message = memory_alloc(sizeof *message + row_size);
    if (!message) return NULL;
    *message =
        (Message){ .sequence = sequence, .batch = queue->sent_batch, .sent = sent, .row_size = (uint32_t)row_size };
    if (row_size) memcpy(message->row, row.data, row_size);
    bytes_put_u64(message->key, sequence);
    if (!map_put(&queue->known, str_from(message->key, sizeof message->key), message)) {
        memory_free(message);
        return NULL;
    }
    sqs->kept_bytes += row_size;
    if ((group.length || queue->fifo) && !group_add(queue, group, message)) return NULL;
    return message;
}

static void append_fresh(Queue *queue, Message *message)
{
    message->place = PLACE_FRESH;
    message->previous = queue->fresh_last;
    message->next = NULL;
    if (queue->fresh_last)
        queue->fresh_last->next = message;
    else
        queue->fresh_first = message;
    queue->fresh_last = message;
    queue->fresh_count++;
}

static bool enter_ready(Queue *queue, Message *message)
{
    message->place = PLACE_READY;
    if (queue->fifo) return group_refresh(queue, message->group);
    return heap_put(&queue->ready, &message->node, message->visible_at, message->sequence);
}

static bool enter_waiting(Queue *queue, Message *message, Place place)
{
    message->place = place;
    if (place == PLACE_DELAYED) {
        queue->delayed++;
    } else {
        queue->in_flight++;
        if (message->group) message->group->in_flight++;
    }
    if (!heap_put(&queue->waiting, &message->node, message->visible_at, message->sequence)) return false;
    return !queue->fifo || group_refresh(queue, message->group);
}

static void leave_waiting(Queue *queue, Message *message)
{
    heap_remove(&queue->waiting, &message->node);
    if (message->place == PLACE_DELAYED) {
        queue->delayed--;
    } else {
        queue->in_flight--;
        if (message->group) message->group->in_flight--;
    }
}

static void leave_fresh(Queue *queue, Message *message)
{
    if (message->previous)
        message->previous->next = message->next;
    else
        queue->fresh_first = message->next;
    if (message->next)
        message->next->previous = message->previous;
    else
        queue->fresh_last = message->previous;
    message->next = message->previous = NULL;
    queue->fresh_count--;
}

static void leave_place(Queue *queue, Message *message)
{
    switch (message->place) {
    case PLACE_FRESH: leave_fresh(queue, message); break;
    case PLACE_READY:
        if (!queue->fifo) heap_remove(&queue->ready, &message->node);
        break;
    case PLACE_DELAYED:
    case PLACE_IN_FLIGHT: leave_waiting(queue, message); break;
    }
}

/* A message that was never received takes its place. */
static bool enter_new(Context *context, Queue *queue, Message *message)
{
    if (message->visible_at > context->now) return enter_waiting(queue, message, PLACE_DELAYED);
    if (queue->fifo) return enter_ready(queue, message);
    append_fresh(queue, message);
    return true;
}

/* ---- loading ---- */

static Error *load_state(Context *context, Queue *queue, uint64_t sequence, Str row)
{
    MessageState state;
    TRY(message_state_decode(row, &state));
    Message *message = remember(queue, sequence, state.sent, state.group, STR_NONE);
    if (!message) return error_memory();
    message->visible_at = state.visible_at;
    message->received = state.received;
    message->first_received = state.first_received;
    message->nonce = state.nonce;
    message->receive_count = (uint32_t)state.receive_count;
    message->has_state = true;
    bool placed = state.visible_at > context->now
                      ? enter_waiting(queue, message, state.receive_count ? PLACE_IN_FLIGHT : PLACE_DELAYED)
                      : enter_ready(queue, message);
    return placed ? NULL : error_memory();
}

static Error *load_states(Context *context, Queue *queue)
{
    char         from[SEQUENCE_KEY_SIZE], prefix[ID_SIZE];
    StoreCursor *cursor;
    TRY(store_scan(context->store, context->arena, TABLE_SQS_STATE, sequence_key(from, queue, queue->base_sequence),
                   id_key(prefix, queue->id), &cursor));
    for (;;) {
        Str  key, row;
        bool more;
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) break;
        TRY(load_state(context, queue, bytes_get_u64(key.data + ID_SIZE), row));
    }
    store_scan_end(cursor);
    return NULL;
}

Error *queue_load(Context *context, Queue *queue)
{
    if (queue->loaded) return NULL;
    TRY(load_states(context, queue));
    if (queue->fifo) TRY(fifo_load(context, queue));
    queue->read_to = queue->base_sequence - 1;
    queue->at_end = queue->next_sequence == queue->base_sequence;
    queue->loaded = true;
    return queue_schedule(context, queue);
}

static Error *fill_one(Context *context, Queue *queue, uint64_t sequence, Str bytes)
{
    queue->read_to = sequence;
    if (queue_message(queue, sequence)) return NULL; /* it has a state */
    MessageRow row;
    TRY(message_decode(bytes, &row));
    Message *message = remember(queue, sequence, row.sent, row.group, bytes);
    if (!message) return error_memory();
    if (queue->fifo) message->visible_at = row.sent + (Instant)row.delay_s * DURATION_SECOND;
    return enter_new(context, queue, message) ? NULL : error_memory();
}

static bool window_is_full(const Queue *queue)
{
    return queue->fifo ? queue->known.count >= SQS_FIFO_WINDOW : queue->fresh_count >= SQS_FRESH_MAX;
}

Error *queue_fill(Context *context, Queue *queue)
{
    if (queue->at_end || window_is_full(queue)) return NULL;
    char         from[SEQUENCE_KEY_SIZE], prefix[ID_SIZE];
    StoreCursor *cursor;
    TRY(store_scan(context->store, context->arena, TABLE_SQS_MESSAGE, sequence_key(from, queue, queue->read_to + 1),
                   id_key(prefix, queue->id), &cursor));
    size_t bytes = 0;
    for (size_t i = 0; i < SQS_FILL_ROWS && bytes < SQS_FILL_BYTES; i++) {
        Str  key, row;
        bool more;
        TRY(store_next(cursor, &key, &row, &more));
        if (!more) {
            queue->read_to = queue->next_sequence - 1;
            queue->at_end = true;
            break;
        }
        TRY(fill_one(context, queue, bytes_get_u64(key.data + ID_SIZE), row));
        bytes += row.length;
    }
    store_scan_end(cursor);
    return NULL;
}

/* A line of a FIFO queue is next only where all that is older than its first has been read. */
static bool has_next(const Queue *queue)
{
    const HeapNode *ready = heap_first(&queue->ready);
    return queue->fifo ? ready && ready->tie <= queue->read_to : queue->fresh_first != NULL;
}

Error *queue_seek(Context *context, Queue *queue)
{
    for (size_t i = 0; !has_next(queue) && !queue->at_end && !window_is_full(queue); i++) {
        if (i == SQS_FILLS) {
            queue->fill_more = true;
            return queue_schedule(context, queue);
        }
        TRY(queue_fill(context, queue));
    }
    queue->fill_more = false;
    return NULL;
}

/* ---- messages move ---- */

Error *queue_ripen(Context *context, Queue *queue)
{
    size_t    ripe = 0;
    HeapNode *node;
    while ((node = heap_first(&queue->waiting)) && node->rank <= context->now) {
        Message *message = HEAP_OWNER(node, Message);
        leave_waiting(queue, message);
        if (!enter_ready(queue, message)) return error_memory();
        ripe++;
    }
    queue_signal(context, queue, ripe);
    return NULL;
}

static Error *write_state(Context *context, Queue *queue, const Message *message, const MessageState *state)
{
    Buffer *digest = &queue->sqs->digest;
    char    key[SEQUENCE_KEY_SIZE];
    message_state_encode(digest, state);
    if (digest->failed) return error_memory();
    Str name = sequence_key(key, queue, message->sequence);
    if (message->has_state) return store_put(context->store, TABLE_SQS_STATE, name, buffer_str(digest));
    return store_insert(context->store, TABLE_SQS_STATE, name, buffer_str(digest));
}

Error *message_hide(Context *context, Queue *queue, Message *message, Instant visible_at, bool received)
{
    MessageState state = { .sent = message->sent,
                           .visible_at = visible_at,
                           .received = received ? context->now : message->received,
                           .first_received = message->first_received,
                           .nonce = received ? chance_u64(context->chance) : message->nonce,
                           .receive_count = message->receive_count + received,
                           .group = group_id(message->group) };
    if (received && !state.first_received) state.first_received = context->now;
    TRY(write_state(context, queue, message, &state));
    leave_place(queue, message);
    message->has_state = true;
    message->visible_at = visible_at;
    message->received = state.received;
    message->first_received = state.first_received;
    message->nonce = state.nonce;
    message->receive_count = (uint32_t)state.receive_count;
    if (!received) message->batch = context_batch(context); /* who is lent it next relies on this */
    return enter_waiting(queue, message, PLACE_IN_FLIGHT) ? NULL : error_memory();
}

static bool goes_into_window(Queue *queue)
{
    if (!queue->at_end) return false;
    if (window_is_full(queue)) queue->at_end = false;
    return queue->at_end;
}

/* What was just stored becomes known to receivers, if it is their turn soon. */
static Error *introduce(Context *context, Queue *queue, uint64_t sequence, const MessageRow *row, Duration delay)
{
    bool has_state = delay && !queue->fifo;
    bool in_window = goes_into_window(queue);
    if (in_window) queue->read_to = sequence;
    if (!in_window && !has_state) return NULL;
    Message *message = remember(queue, sequence, row->sent, row->group, buffer_str(&queue->sqs->scratch));
    if (!message) return error_memory();
    message->batch = queue->sent_batch;
    message->visible_at = delay ? context->now + delay : 0;
    if (has_state) {
        MessageState state = { .sent = row->sent, .visible_at = message->visible_at, .group = row->group };
        TRY(write_state(context, queue, message, &state));
        message->has_state = true;
    }
    if (!enter_new(context, queue, message)) return error_memory();
    if (!delay) queue_signal(context, queue, 1);
    return NULL;
}

/* The queue is not loaded: the message will be found in the store. */
static Error *store_delay(Context *context, Queue *queue, uint64_t sequence, const MessageRow *row, Duration delay)
{
    Message      message = { .sequence = sequence };
    MessageState state = { .sent = row->sent, .visible_at = context->now + delay, .group = row->group };
    return write_state(context, queue, &message, &state);
}

Error *queue_push(Context *context, Queue *queue, const MessageRow *row, Duration delay)
{
    char     key[SEQUENCE_KEY_SIZE];
    Buffer  *scratch = &queue->sqs->scratch;
    uint64_t sequence = queue->next_sequence;
    message_encode(scratch, row);
    if (scratch->failed) return error_memory();
    TRY(store_insert(context->store, TABLE_SQS_MESSAGE, sequence_key(key, queue, sequence), buffer_str(scratch)));
    queue->sent_batch = context_batch(context);
    queue->next_sequence++;
    queue->count++;
    queue_touch(queue);
    if (queue->loaded)
        TRY(introduce(context, queue, sequence, row, delay));
    else if (delay && !queue->fifo)
        TRY(store_delay(context, queue, sequence, row, delay));
    else
        queue_signal(context, queue, 1);
    Instant expiry = row->sent + queue->settings->numbers[ATTRIBUTE_MessageRetentionPeriod] * DURATION_SECOND;
    if (expiry < queue->sweep_at) queue->sweep_at = expiry;
    return queue_schedule(context, queue);
}

static Error *forget(Context *context, Queue *queue, Message *message)
{
    Group *group = message->group;
    bool   group_stays = group && group->count > 1;
    leave_place(queue, message);
    group_remove(queue, message);
    map_remove(&queue->known, str_from(message->key, sizeof message->key));
    queue->sqs->kept_bytes -= message->row_size;
    memory_free(message);
    if (!queue->fifo || !group_stays) return NULL;
    if (!group_refresh(queue, group)) return error_memory();
    queue_signal(context, queue, group->node.place ? 1 : 0);
    return NULL;
}

Error *message_delete(Context *context, Queue *queue, Message *message)
{
    char key[SEQUENCE_KEY_SIZE];
    Str  name = sequence_key(key, queue, message->sequence);
    TRY(store_delete(context->store, TABLE_SQS_MESSAGE, name));
    if (message->has_state) TRY(store_delete(context->store, TABLE_SQS_STATE, name));
    queue->count--;
    queue_touch(queue);
    return forget(context, queue, message);
}

Error *message_read(Context *context, const Queue *queue, const Message *message, MessageRow *out)
{
    Str row = str_from(message->row, message->row_size);
    if (message->row_size) {
        row.data = arena_copy(context->arena, row.data, row.length);
    } else {
        char key[SEQUENCE_KEY_SIZE];
        bool found;
        TRY(store_get(context->store, context->arena, TABLE_SQS_MESSAGE, sequence_key(key, queue, message->sequence),
                      &row, &found));
        if (!found) return error_new(ERR_CORRUPT, "a message of queue %.*s is missing", STR_ARG(queue->key));
    }
    return message_decode(row, out);
}

Error *message_move(Context *context, Queue *from, Message *message, Queue *to, Str source)
{
    MessageRow row;
    TRY(message_read(context, from, message, &row));
    row.source = source;
    row.delay_s = 0;
    row.prior_receives += message->receive_count;
    if (to->fifo) row.sent = context->now; /* retention starts anew in FIFO queues, and only there */
    TRY(queue_push(context, to, &row, 0));
    return message_delete(context, from, message);
}
