/* edge.h -- between sockets and the lane.
 *
 * Each edge thread has a loop, an HTTP server on the shared listening socket and a port into the
 * world. It parses, authenticates, decodes, hands the call over, and encodes what comes back. */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "aws/wire.h"
#include "engine/world.h"
#include "http/http.h"

typedef struct Edge Edge;

typedef struct EdgeOptions {
    World      *world; /* started */
    Str         listen; /* "127.0.0.1:4566" */
    int         threads;
    WireOptions wire;
    HttpLimits  limits;
    HttpTls    *tls; /* NULL: plain */
    bool        access_log;
    const char *version;
} EdgeOptions;

Error *edge_start(const EdgeOptions *options, Edge **out);
Str    edge_address(const Edge *edge); /* "http://127.0.0.1:4566", with the port that was bound */

/* Accepts no more, answers what is under way (long polls at once), and returns when all connections
 * have ended or `wait_max` is over. */
void edge_drain(Edge *edge, Duration wait_max);
void edge_stop(Edge *edge); /* the world must have been stopped: every call is back; accepts NULL */

#endif
