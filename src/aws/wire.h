/* wire.h -- from a request's bytes to a call's input, and from its output to a reply's bytes.
 *
 *     request -> wire_decode -> WireCall{service, operation, caller, input} -> ... the lane ...
 *             -> wire_encode | wire_encode_error -> reply
 *
 * wire_decode decides in the order of the API notes: Smithy-Protocol, X-Amz-Target, credential scope,
 * Action, REST paths and hosts. When it refuses, the WireCall knows enough of the protocol for
 * wire_encode_error to answer in the shape that the client reads. Bodies in a content coding
 * (gzip) must have been decoded before. */
#ifndef AWS_WIRE_H
#define AWS_WIRE_H

#include "aws/api.h"
#include "aws/credentials.h"

typedef struct WireRequest {
    Str             method;
    Str             path;  /* still percent-encoded */
    Str             query; /* without '?' */
    const NamedStr *headers;
    size_t          header_count;
    Str             body;
    bool            secure; /* TLS */
} WireRequest;

typedef struct WireOptions {
    const Service *const *services;
    size_t                service_count;
    const Credentials    *credentials; /* verify signatures with these; NULL: trust everybody */
    const Credentials    *issued;      /* open session tokens with these, verifying or not; may be the same */
    Str                   region;      /* of requests that name none */
    Str                   endpoint_host; /* of requests without Host header: "127.0.0.1:4566" */
} WireOptions;

typedef struct WireCall {
    Protocol         protocol;
    Str              content_type; /* of the reply */
    const Service   *service;      /* NULL: none was found */
    const Operation *operation;
    Str              operation_name; /* as asked for */
    Caller           caller;
    Json            *input;
    bool             head; /* HEAD: replies have no body */
} WireCall;

typedef struct WireReply { /* the caller zeroes it, and inits and ends the body */
    int       status;
    NamedStr *headers; /* in the arena */
    size_t    header_count;
    size_t    header_capacity;
    Buffer    body; /* check `failed` before sending */
} WireReply;

/* `request_id` is new for every request. Everything in *out lives in arena or borrows the request. */
Error *wire_decode(Arena *arena, const WireOptions *options, const WireRequest *request, Instant now,
                   Str request_id, WireCall *out);

void wire_encode(Arena *arena, const WireCall *call, const Json *output, WireReply *out);
void wire_encode_error(Arena *arena, const WireCall *call, const Error *error, WireReply *out);

Str wire_header(const WireRequest *request, Str name); /* in any case; NULL data: none */

#endif
