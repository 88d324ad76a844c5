/* edge_internal.h -- for the files of this module. */
#ifndef EDGE_EDGE_INTERNAL_H
#define EDGE_EDGE_INTERNAL_H

#include <pthread.h>

#include "edge/edge.h"

enum { METRIC_BUCKETS = 16 }; /* of latency: under 64 us << i, the last without end */

typedef struct OperationMetrics {
    _Atomic uint64_t calls, client_errors, server_errors, time_us;
    _Atomic uint64_t buckets[METRIC_BUCKETS];
} OperationMetrics;

typedef struct EdgeThread {
    Edge             *edge;
    pthread_t         thread;
    bool              running;
    Loop             *loop;
    HttpServer       *server;
    Port             *port;
    int               unseen; /* calls submitted that the lane has not been told of */
    Chance            chance;
    OperationMetrics *metrics; /* one for each operation of each service, in their order */
    _Atomic bool      drain;
    _Atomic size_t    connections; /* as of the last look, for the thread that drains */
    _Atomic uint64_t  refused;     /* requests that never became a call */
} EdgeThread;

struct Edge {
    EdgeOptions options;
    Clock      *clock;
    int         listen_fd;
    Arena       arena;
    Str         address;
    Instant     started;
    EdgeThread *threads;
    int         thread_count;
};

/* A request on its way. Lives in the request's arena. */
typedef struct Pending Pending;
struct Pending {
    Call         call; /* first: a call that comes back is its Pending */
    EdgeThread  *thread;
    HttpRequest *request;
    WireCall     wire;
    bool         out; /* with the lane */
    void (*answer)(Pending *pending); /* own paths: makes the reply from what came back */
    WorldStats   stats;
};

/* edge.c */
bool pending_submit(Pending *pending); /* false: refused, has been answered */
/* Each sends the reply and writes the line of the access log. */
void reply(EdgeThread *thread, HttpRequest *request, const HttpReply *what);
void reply_json(EdgeThread *thread, HttpRequest *request, int status, const Json *body);
void reply_message(EdgeThread *thread, HttpRequest *request, int status, const char *message);

/* own.c */
bool own_path(Str path);
void own_request(EdgeThread *thread, HttpRequest *request);

/* metrics.c */
Error *metrics_open(EdgeThread *thread);
void   metrics_note(EdgeThread *thread, const Pending *pending, int status);
void   metrics_write(Edge *edge, const WorldStats *stats, Buffer *out);

#endif
