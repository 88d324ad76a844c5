/* parse.h -- from bytes to request heads and bodies; no sockets, no clock.
 *
 * Bytes may come in pieces of any size: where they are cut changes nothing about what comes out. */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "http/http.h"

typedef enum HttpProgress { HTTP_MORE, HTTP_DONE, HTTP_REFUSED } HttpProgress;

typedef struct HttpRefusal {
    int         status;
    const char *message; /* static */
} HttpRefusal;

/* Finding the end of a head. */
typedef struct HttpScan { /* zeroed before each head */
    size_t at;    /* looked at so far; at the end: the length of the head */
    size_t line;  /* where the current line starts */
    size_t lines;
} HttpScan;

/* `bytes` start with the head, and are the same ones, and more, at each call. */
HttpProgress http_scan_head(HttpScan *scan, Str bytes, const HttpLimits *limits, HttpRefusal *refusal);

typedef enum HttpFraming { HTTP_NO_BODY, HTTP_LENGTH_BODY, HTTP_CHUNKED_BODY } HttpFraming;

typedef struct HttpHead {
    Str         method, target, path, query;
    int         version_minor;
    HttpHeader *headers;
    size_t      header_count;
    HttpFraming framing;
    uint64_t    content_length;
    bool        keep_alive;
    bool        expects_continue;
} HttpHead;

/* `bytes` are the head that a scan has found; the result borrows from them. */
HttpProgress http_parse_head(Arena *arena, Str bytes, const HttpScan *scan, const HttpLimits *limits, HttpHead *out,
                             HttpRefusal *refusal); /* never HTTP_MORE */

/* Undoing the framing of a body. */
typedef struct HttpBody {
    HttpFraming framing;
    int         state;
    int         digits;     /* of the size of this chunk */
    uint64_t    left;       /* of a body with a length, or of a chunk */
    uint64_t    allowed;    /* bytes the body may still grow by */
    size_t      extra_left; /* bytes that chunk extensions and trailers may still take */
} HttpBody;

void http_body_init(HttpBody *body, const HttpHead *head, const HttpLimits *limits);

/* Takes from the front of `input`; `out_piece` are the bytes of the body in what was taken, lent from
 * the input. To be called again while there is input and it wants more. */
HttpProgress http_body_take(HttpBody *body, Str *input, Str *out_piece, HttpRefusal *refusal);

#endif
