/* fixture.h -- a server with a few obvious answers, and a client that blocks. */
#ifndef UNIT_HTTP_FIXTURE_H
#define UNIT_HTTP_FIXTURE_H

#include <pthread.h>
#include <stdatomic.h>

#include "http/http.h"
#include "tests/support/test.h"

/* What the server answers:
 *
 *     /hello         "hello"
 *     /echo          the body that came
 *     /big/N         N bytes "x"
 *     /hold          later: when /release comes, newest first, or when fixture_release() is called
 *     /release       replies to all that are held, then says how many they were
 *     /park          when the client is gone
 *     /bye           "bye", and closes
 *     /length        no body, but headers that try to break the message
 *     /exhaust       runs out of memory in the handler
 *     anything else  its method, path and query */
typedef struct Fixture {
    Loop         *loop;
    HttpServer   *server;
    int           listen_fd;
    char          address[64];
    pthread_t     thread;
    HttpRequest  *held[64];
    size_t        held_count;
    atomic_int    open;    /* requests held or parked */
    atomic_int    gone;    /* calls of on_gone */
    atomic_int    order;   /* what the wake handler is to do */
    atomic_size_t connections;
} Fixture;

extern const HttpLimits fixture_limits; /* the defaults, smaller */

void fixture_init(Fixture *fixture, const HttpLimits *limits, HttpTls *tls); /* turned by the test */
void fixture_done(Fixture *fixture);
void fixture_start(Fixture *fixture, const HttpLimits *limits, HttpTls *tls); /* runs in a thread */
void fixture_stop(Fixture *fixture);
void fixture_release(Fixture *fixture); /* from any thread, as the next three */
void fixture_drain(Fixture *fixture);
void fixture_count(Fixture *fixture);   /* puts the number of connections into `connections` */
bool fixture_wait(atomic_int *counter, int expected);

typedef struct Reply {
    int    status;
    Buffer head;
    Buffer body;
} Reply;

int  client_connect(const Fixture *fixture);
void client_send(int fd, Str bytes);
bool client_read_head(int fd, Reply *reply);             /* byte by byte: takes nothing behind it */
bool client_read(int fd, Reply *reply, bool bodiless);   /* initialises the reply */
void client_expect(int fd, int status, Str body);
void client_expect_end(int fd);
void reply_done(Reply *reply);
bool reply_has(const Reply *reply, Str text); /* in its head */

#endif
