/* http_internal.h -- what the files of src/http share.
 *
 * parse.c      bytes to heads and bodies, pure
 * connection.c one socket: reads, hands requests over, sends replies in order
 * reply.c      replies to bytes
 * server.c     listening, accepting, what connections share
 * tls.c        the same bytes under TLS */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include <sys/types.h>

#include "http/http.h"
#include "http/parse.h"

typedef struct Exchange Exchange;

/* A request and the way back for its reply. It is taken from the server, and given back when it has
 * been replied to; its memory is used again by the next one. */
struct Exchange {
    HttpRequest request; /* first: handlers know an exchange by it */
    Arena       arena;
    Buffer      body;
    Buffer      reply; /* bytes of a reply that earlier ones hold up */
    HttpServer *server;
    bool        keep_alive;
    bool        replied;
    bool        ends;  /* nothing is sent after its reply */
    bool        gone;  /* on_gone has been called, or need not be */
};

typedef enum Reading { READING_HEAD, READING_BODY, READING_NOTHING } Reading;

typedef struct TlsSession TlsSession;

struct HttpConnection {
    HttpServer     *server;
    HttpConnection *next, *previous; /* in the server's list */
    LoopEvent       event;
    LoopTimer       timer;
    TlsSession     *tls; /* NULL: plain */

    Reading   reading;
    HttpScan  scan;     /* of a head */
    HttpBody  body;     /* of `incoming` */
    Exchange *incoming; /* not whole yet */
    Buffer    input;    /* read, but not taken apart yet */

    Exchange *first, *last; /* handed over and not replied to, or not in turn yet; in order */
    size_t    waiting;      /* so many */
    Exchange *dispatching;  /* in the handler right now; not used again before that returns */
    bool      dispatch_over; /* and its reply has been queued for sending already */
    Buffer    output;
    size_t    sent; /* of output */

    Instant head_began; /* 0: not one byte of it is here */
    Instant touched;    /* a request ended, or a byte of a body came */
    Instant taken;      /* the client took a byte of a reply, or there was none to take */
    Instant alarm;      /* when the timer rings; INSTANT_NEVER: it is not set */

    bool in_turn;       /* replies wait for the end of the turn */
    bool handshaking;
    bool must_continue; /* "100 Continue" is owed */
    bool blocked;       /* the socket took less than all */
    bool hung_up;       /* the client sends no more; what it sent before may still be unread */
    bool at_end;        /* and all of it has been read */
    bool ending;        /* the last reply is in `output` */
    bool cut_off;       /* there may be input that nobody reads */
    bool lingering;     /* all is sent; waits for the client to have read it */
    bool broken;        /* to be destroyed at the end of the turn */

    char   peer[64];
    size_t peer_length;
};

enum { INPUT_SIZE = 64 * 1024, FIXED_HEADERS_MAX = 192 };

struct HttpServer {
    Loop           *loop;
    HttpOptions     options;
    LoopEvent       listening;
    LoopTimer       accept_again;
    bool            accepting;
    bool            draining;
    HttpConnection *connections;
    size_t          connection_count;
    Exchange       *free_exchanges; /* linked by request.next */
    size_t          free_exchange_count;
    size_t          open_exchange_count; /* taken and not given back */
    Buffer          spare_output;   /* of the connection that was last done */
    int64_t         fixed_second;   /* what `fixed` was made for */
    char            fixed[FIXED_HEADERS_MAX]; /* Server and Date, as in a reply */
    size_t          fixed_length;
    char            input[INPUT_SIZE]; /* every connection reads here first */
};

/* server.c */
Exchange *http_exchange_take(HttpServer *server); /* NULL: out of memory */
void      http_exchange_give_back(Exchange *exchange);
Str       http_server_fixed_headers(HttpServer *server);

/* connection.c */
HttpConnection *http_connection_new(HttpServer *server, int fd, Str peer); /* takes the fd; NULL: out of memory */
void            http_connection_refuse(HttpConnection *connection, HttpRefusal refusal); /* then settle */
void            http_connection_settle(HttpConnection *connection); /* after what was done to it; may free it */
void            http_connection_destroy(HttpConnection *connection);
bool            http_connection_is_idle(const HttpConnection *connection);

/* reply.c: bytes of a reply to `exchange`; `out_body` is what has to follow, lent from the reply */
void http_reply_write(Exchange *exchange, const HttpReply *reply, bool ends, Buffer *out, Str *out_body);

/* tls.c: both transports answer with a count, TRANSPORT_BLOCKED, or TRANSPORT_BROKEN; reading with 0 at the end */
enum { TRANSPORT_BLOCKED = -1, TRANSPORT_BROKEN = -2 };
TlsSession *tls_session_new(HttpTls *tls, int fd); /* NULL: out of memory; borrows the fd */
void        tls_session_free(TlsSession *session); /* says goodbye; accepts NULL */
void        tls_session_end(TlsSession *session);
int         tls_session_shake(TlsSession *session); /* 1: done */
ssize_t     tls_session_read(TlsSession *session, char *out, size_t size);
ssize_t     tls_session_write(TlsSession *session, Str bytes);
bool        tls_session_has_input(TlsSession *session); /* that the socket will not tell of */
bool        tls_session_wants_write(const TlsSession *session);

#endif
