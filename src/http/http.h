/* http.h -- an HTTP/1.1 server on a Loop.
 *
 * One HttpServer belongs to one loop and its thread; several may share a listening socket. A request
 * is handed to the handler when it is whole, and lives until http_reply() has been called for it and
 * its bytes are sent, or its connection has gone (then http_reply() is still to be called, and does
 * nothing but free it). Replies may come later and from any order: pipelined requests are answered in
 * their order. Requests must be replied to on the loop's thread, once; after that the request and its
 * arena are gone (where the handler itself replies: when it returns).
 *
 * The handler runs under a memory guard of the connection: where it may run out of arena memory, it has
 * not given the request to anybody yet, or stands under a guard of its own.
 *
 * A client that ends its side of the connection counts as gone, though it may still read: on_gone is
 * called for requests without a reply, and replies are sent all the same as long as that works.
 *
 * Limits are refused with the status that says so: 431 for heads, 413 for bodies, 408 for slow ones,
 * 503 for too many connections. The refused get a small JSON body, never HTML. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/arena.h"
#include "base/error.h"
#include "loop/loop.h"

typedef struct HttpServer     HttpServer;
typedef struct HttpConnection HttpConnection;
typedef struct HttpTls        HttpTls;

typedef NamedStr HttpHeader;

typedef struct HttpRequest HttpRequest;
struct HttpRequest {
    Arena      *arena; /* ends with the request; the handler may use it, and give it to one other thread meanwhile */
    Str         method;
    Str         target; /* as sent: "/a%20b?x=1" */
    Str         path;   /* of the target, still encoded */
    Str         query;  /* of the target, without '?' */
    HttpHeader *headers; /* values trimmed, names as sent */
    size_t      header_count;
    Str         body; /* whole, with transfer coding undone */
    int         version_minor; /* HTTP/1.x */
    Str         peer;          /* "127.0.0.1:4711" */
    bool        secure;        /* came by TLS */
    void       *user;          /* the handler's */
    void (*on_gone)(HttpRequest *request); /* set by the handler: the client went away before the reply; may reply */
    Instant     received; /* monotonic: its first byte was there */
    HttpConnection *connection; /* private */
    HttpRequest    *next;       /* private */
};

Str http_header(const HttpRequest *request, Str name); /* in any case; NULL data: none. The first of that name */

typedef struct HttpReply {
    int               status;
    const HttpHeader *headers; /* Content-Length, Date, Connection are added, and left out where given here; but the
                                * Content-Length given for a HEAD or 304 is sent */
    size_t            header_count;
    Str               body;    /* copied or sent before return: the caller's arena may go */
    bool              close;   /* the connection ends after it */
} HttpReply;

void http_reply(HttpRequest *request, const HttpReply *reply);

typedef struct HttpLimits {
    size_t   head_bytes_max;    /* request line and headers; 64 KiB */
    size_t   header_count_max;  /* 128 */
    size_t   body_bytes_max;    /* 64 MiB */
    size_t   connections_max;   /* of this server; 16,384 */
    size_t   pipeline_max;      /* requests of one connection not yet answered; 32: then reading pauses */
    Duration head_time_max;     /* from first byte to the end of the head; 20 s */
    Duration idle_time_max;     /* between requests; 75 s */
    Duration stall_time_max;    /* no byte of a body came, or none of a reply was taken; 30 s */
} HttpLimits;

extern const HttpLimits http_limits_default;

typedef void HttpHandler(void *context, HttpRequest *request);

typedef struct HttpOptions {
    HttpLimits   limits;
    HttpTls     *tls; /* NULL: plain; borrowed */
    HttpHandler *handler;
    void        *context;
    const char  *server_name; /* of the Server header; NULL: none */
} HttpOptions;

/* A listening socket: "127.0.0.1:4566", "[::1]:0", "0.0.0.0:80". ERR_IN_USE where another has it. */
Error *http_listen(Str address, int *out_fd, Str *out_bound, Arena *arena);

Error *http_server_new(Loop *loop, int listen_fd, const HttpOptions *options, HttpServer **out); /* borrows the fd */
void   http_server_drain(HttpServer *server); /* accepts no more; ends connections as they fall idle */
size_t http_server_connections(const HttpServer *server);
void   http_server_free(HttpServer *server); /* closes all; accepts NULL. Open requests' replies must be over */

Error *http_tls_new(const char *certificate_file, const char *key_file, HttpTls **out);
void   http_tls_free(HttpTls *tls);

#endif
