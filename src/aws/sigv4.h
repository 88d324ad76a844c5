/* sigv4.h -- AWS Signature Version 4: in the header or in the query (presigned).
 *
 * Verifies over the signed headers as listed, the payload hash (x-amz-content-sha256 where it is
 * sent, UNSIGNED-PAYLOAD and STREAMING-* as they say), the date within 15 minutes (presigned: its
 * Expires), in time that does not depend on where a signature is wrong. */
#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include "aws/wire.h"

typedef struct SigV4Scope { /* Credential=KEY/20261120/us-east-1/sqs/aws4_request */
    Str access_key;
    Str date;
    Str region;
    Str service;
    bool presigned;
} SigV4Scope;

/* What a request claims, unverified. False: it carries no V4 credential. */
bool sigv4_scope(Arena *arena, const WireRequest *request, SigV4Scope *out);

/* Refuses with IncompleteSignature, InvalidSignatureException (SignatureDoesNotMatch in query and
 * REST-XML), UnrecognizedClientException (InvalidClientTokenId, InvalidAccessKeyId),
 * ExpiredTokenException, MissingAuthenticationTokenException, RequestTimeTooSkewed as clients of
 * `protocol` expect. On success *out says who it is. */
Error *sigv4_verify(Arena *arena, const WireRequest *request, const Credentials *credentials, Protocol protocol,
                    Instant now, Credential *out);

/* Signs a request (tests, and actions that call out): gives the Authorization header's value. */
Str sigv4_sign(Arena *arena, const WireRequest *request, Str access_key, Str secret, Str region, Str service,
               Instant now, const char *signed_headers);

#endif
