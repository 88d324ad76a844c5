/* load.h -- a load generator: many connections, one thread, each asks again when it has its answer.
 *
 * A mode is a cycle of steps. A step asks (appends one request, or several at once) and is answered;
 * the answer decides which step comes next. All modes share one engine and one way of framing each
 * protocol, so that what the generator itself costs is the same for all it measures. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/str.h"
#include "bench/measure.h"

typedef struct Load Load;
typedef struct LoadConnection LoadConnection;

enum { LOAD_STEPS_MAX = 3, LOAD_CONNECTIONS_MAX = 16384, LOAD_BATCH_MAX = 10, LOAD_BODY_BYTES = 100 };

typedef struct LoadReply {
    size_t size;  /* of the whole reply on the wire */
    Str body;     /* HTTP: the body. Others: the reply's line or first text */
    Str words[2]; /* RESP: the first texts in it */
} LoadReply;

/* Finds one whole reply at the front of `bytes`; *out is left alone while there is less. */
typedef Error *LoadFrame(Str bytes, LoadReply *out);

typedef struct LoadStep {
    const char *name;
    void (*ask)(Load *load, LoadConnection *connection, Buffer *out);
    Error *(*answered)(Load *load, LoadConnection *connection, const LoadReply *reply); /* NULL: nothing to learn */
    unsigned replies; /* how many come for what is asked; 0 means 1 */
} LoadStep;

typedef struct LoadMode {
    const char *name;
    LoadFrame *frame;
    bool batched;                       /* a cycle moves up to a batch of messages, not one */
    LoadStep steps[LOAD_STEPS_MAX + 1]; /* ends with an empty one */
} LoadMode;

struct LoadConnection {
    int fd;
    unsigned number;
    unsigned step;
    unsigned next;    /* the step after this one, which `answered` may change; 0 ends the cycle */
    unsigned replies; /* still to come for this step */
    uint64_t claimed; /* messages that this cycle may move */
    uint64_t moved;   /* messages that it did move; 1 unless `answered` says otherwise */
    Buffer in;
    Buffer out;
    size_t out_at;
    Buffer kept; /* what a later step of the cycle needs from an earlier answer */
    uint64_t cycle_started;
    uint64_t step_started;
};

typedef struct LoadOptions {
    const char *host; /* an IPv4 address */
    unsigned port;
    unsigned connections;
    double seconds; /* measured; with `count`, the longest it may take */
    double warmup;  /* before, not measured */
    uint64_t count; /* messages to move, then end; 0: until the time is over */
    unsigned batch;
    const char *queue;
    const char *path;
} LoadOptions;

struct Load {
    LoadOptions options;
    const LoadMode *mode;
    LoadConnection *connections;
    int epoll_fd;
    unsigned active; /* connections with a cycle under way */
    uint64_t left;   /* of the count */
    uint64_t serial; /* makes every message different */
    uint64_t started, measured_from, deadline, last;
    uint64_t cycles, moved, empty;
    double own_cpu; /* of one core: near 1, it is the generator that was measured */
    Histogram cycle_latency;
    Histogram step_latency[LOAD_STEPS_MAX];
};

Error *load_run(Load *load);                    /* `options` and `mode` are set, the rest is zero */
void load_print(const Load *load);              /* as one JSON line */
void load_append_body(Load *load, Buffer *out); /* LOAD_BODY_BYTES of message, unlike any before */

/* The tables of modes; each ends with one without a name. */
extern const LoadMode load_aws_modes[];
extern const LoadMode load_peer_modes[];

#endif
