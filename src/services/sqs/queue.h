/* queue.h -- a queue and its messages, in memory and in the store. Private to the service. */
#ifndef SERVICES_SQS_QUEUE_H
#define SERVICES_SQS_QUEUE_H

#include "base/map.h"
#include "engine/context.h"
#include "json/json.h"
#include "services/sqs/heap.h"
#include "services/sqs/message.h"

#define FAULT(name, code, query_code, status) extern const Fault sqs_##name;
#include "services/sqs/sqs_errors.h"
#undef FAULT

#define OP(name, function, flags, summary) OperationRun function;
#include "services/sqs/sqs_ops.h"
#undef OP

typedef struct Sqs           Sqs;
typedef struct Queue         Queue;
typedef struct Message       Message;
typedef struct Group         Group;
typedef struct Settings      Settings;
typedef struct Deduplication Deduplication;
typedef struct Attempt       Attempt;

typedef enum AttributeName {
#define ATTRIBUTE(name, number, kind, least, most, standard, flags) ATTRIBUTE_##name,
#include "services/sqs/sqs_attributes.h"
#undef ATTRIBUTE
    ATTRIBUTE_COUNT
} AttributeName;

/* What was set; one block of the heap, replaced as a whole. */
struct Settings {
    Instant   created;
    Instant   modified;
    Instant   purged;                   /* last; 0: never */
    Str       values[ATTRIBUTE_COUNT];  /* as given; NULL data: the default */
    int64_t   numbers[ATTRIBUTE_COUNT]; /* of the numeric ones, defaults filled in */
    NamedStr *tags;
    size_t    tag_count;
};

typedef enum Place {
    PLACE_FRESH,     /* of a standard queue: never received, in the list of the fresh */
    PLACE_READY,     /* to be received: of a standard queue in `ready`, by the time since when */
    PLACE_DELAYED,   /* in `waiting` until it may be received for the first time */
    PLACE_IN_FLIGHT, /* in `waiting` until it comes back */
} Place;

struct Message {
    HeapNode node;
    Message *next, *previous; /* in the fresh of a standard queue; in the group of a FIFO queue */
    Group   *group;           /* NULL: none */
    uint64_t sequence;
    char     key[8]; /* the same, for Queue.known */
    uint64_t batch;  /* that its sending is a part of: who gets it must wait for that to be durable */
    Instant  sent;
    Instant  visible_at;
    Instant  received; /* last */
    Instant  first_received;
    uint64_t nonce;
    uint32_t receive_count;
    uint32_t row_size; /* 0: the row is only in the store */
    Place    place;
    bool     has_state; /* a row of TABLE_SQS_STATE */
    char     row[];
};

struct Group {
    HeapNode node;         /* in `ready` of a FIFO queue, by the sequence of its first message */
    Message *first, *last; /* of a FIFO queue: those in memory, in order */
    size_t   count;        /* of its messages in memory */
    size_t   in_flight;
    size_t   id_length;
    char     id[];
};

struct Queue {
    HeapNode  node; /* in Sqs.due */
    Sqs      *sqs;
    Settings *settings;
    uint64_t  id;
    bool      fifo;

    /* the counter row, written at the end of each batch that changed it */
    uint64_t next_sequence;
    uint64_t base_sequence; /* no message below it exists any more */
    uint64_t count;         /* of messages stored */
    bool     dirty;
    Queue   *next_dirty;

    /* messages in memory; see the essay in queue.c */
    bool     loaded;
    Map      known; /* all of them, by sequence */
    Message *fresh_first, *fresh_last;
    size_t   fresh_count;
    uint64_t read_to; /* messages up to this sequence are in memory, where they exist */
    bool     at_end;  /* ... and there are none beyond it */
    Heap     waiting; /* of messages, by visible_at */
    Heap     ready;   /* of messages by visible_at; of a FIFO queue: of groups */
    Map      groups;
    uint64_t in_flight;
    uint64_t delayed;
    uint64_t sent_batch;   /* of the latest send */
    Instant  parked_until; /* the latest deadline of a receiver that waits */
    Instant  sweep_at;     /* when to look for messages past their retention */
    bool     fill_more;    /* the tick should go on reading: none could be received among those read */

    /* FIFO */
    Map            deduplications;                           /* by digest */
    Deduplication *deduplication_first, *deduplication_last; /* by expiry */
    Map            attempts;
    Attempt       *attempt_first, *attempt_last;

    /* "account/region/name" and its parts */
    Str  key, account, region, name;
    char text[];
};

struct Sqs {
    Map      queues;     /* by key */
    Heap     due;        /* of queues: when the tick has something to do */
    Queue   *dirty;      /* whose counter rows are to be written */
    size_t   kept_bytes; /* of rows kept with messages */
    bool     garbage;    /* there may be rows in TABLE_SQS_GARBAGE */
    uint64_t next_queue;
    Buffer   scratch; /* for rows while they are written */
    Buffer   digest;  /* for states while they are written, and what digests are made of */
};

/* ---- the service ---- */

Error *sqs_open(Context *context, void **out_state);
void   sqs_close(void *state);
Error *sqs_before_commit(Context *context);
Error *sqs_tick(Context *context, Instant *out_next);

static inline Sqs *sqs_of(const Context *context)
{
    return context->state;
}

/* ---- queues ---- */

Queue *queue_lookup(const Sqs *sqs, Str account, Str region, Str name); /* NULL: none */
Queue *queue_lookup_arn(const Sqs *sqs, Str arn);                       /* the same */
Str    queue_arn(Arena *arena, const Queue *queue);
Str    queue_url(Context *context, const Queue *queue);
Error *queue_find(Context *context, const Json *input, Queue **out); /* by its QueueUrl, or a refusal */
Error *queue_open(Context *context, const Json *input, Queue **out); /* the same, with its messages as of now */

Error *queue_create(Context *context, Str account, Str region, Str name, const Settings *draft, Queue **out);
Error *queue_save(Context *context, Queue *queue, const Settings *draft);
Error *queue_delete(Context *context, Queue *queue);
Error *queue_purge(Context *context, Queue *queue);

void   queue_touch(Queue *queue);                                        /* its counter row changes with this batch */
Error *queue_schedule(Context *context, Queue *queue);                   /* after its times have changed */
void   queue_signal(Context *context, const Queue *queue, size_t count); /* so many messages can be received */
void   queue_park(Context *context, Queue *queue, Instant until);

/* ---- its messages ---- */

Error   *queue_load(Context *context, Queue *queue);           /* fine when loaded already */
Error   *queue_fill(Context *context, Queue *queue);           /* the next messages from the store; see at_end */
Error   *queue_seek(Context *context, Queue *queue);           /* fills until one can be received, within bounds */
Error   *queue_ripen(Context *context, Queue *queue);          /* what was hidden until now becomes ready */
Message *queue_message(const Queue *queue, uint64_t sequence); /* among those in memory, or NULL */

enum { SEQUENCE_KEY_SIZE = 16 };
Str sequence_key(char out[SEQUENCE_KEY_SIZE], const Queue *queue, uint64_t sequence);

/* Stores a message as the next one of the queue, and makes it known to receivers. */
Error *queue_push(Context *context, Queue *queue, const MessageRow *row, Duration delay);
/* Forgets a message, in the store and in memory. */
Error *message_delete(Context *context, Queue *queue, Message *message);
/* Hides a message until `visible_at` and stores that; `received` when this is a receive. */
Error *message_hide(Context *context, Queue *queue, Message *message, Instant visible_at, bool received);
Error *message_read(Context *context, const Queue *queue, const Message *message, MessageRow *out); /* in the arena */
/* Moves a message to the end of another queue; `source` is the queue it is a dead letter of, if so. */
Error *message_move(Context *context, Queue *from, Message *message, Queue *to, Str source);

static inline bool message_expired(const Queue *queue, const Message *message, Instant now)
{
    return message->sent + queue->settings->numbers[ATTRIBUTE_MessageRetentionPeriod] * DURATION_SECOND <= now;
}

/* ---- input ---- */

Error *input_missing(const char *name);                  /* "The request must contain the parameter NAME." */
Error *input_str(const Json *input, Str name, Str *out); /* required and not empty */

#endif
