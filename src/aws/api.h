/* api.h -- a service is a table of operations.
 *
 * To add an operation is to add a row and write its function. Routing, every protocol, metrics, the
 * reference page and the integrations of state machines read the same row. */
#ifndef AWS_API_H
#define AWS_API_H

#include "aws/shape.h"
#include "base/instant.h"

typedef struct Context   Context; /* engine/context.h: what an operation may use */
typedef struct Operation Operation;
typedef struct Service   Service;

/* Answers a call: reads and writes its world's transaction, gives an output or an error, and does
 * nothing else. Sets *out to the output; leaves it NULL where the output is empty. */
typedef Error *OperationRun(Context *context, const Json *input, Json **out);

enum {
    OP_READ = 1,      /* writes nothing */
    OP_WRITE = 2,     /* its reply leaves when its writes are durable */
    OP_LEND = 4,      /* writes, but its reply promises nothing and need not wait for the disk */
    OP_PARKS = 8,     /* may be set aside and run again */
    OP_INTERNAL = 16, /* for timers and actions: clients cannot call it */
    OP_UNSIGNED = 32, /* needs no signature: STS AssumeRoleWithWebIdentity */
};

struct Operation {
    Str           name;
    OperationRun *run;
    unsigned      flags;
    Str           summary;
    const Shape  *input;
    const Shape  *output;
    Str           http;   /* REST protocols: "PUT /2015-03-31/functions/{FunctionName}/code"; else empty */
    int           status; /* REST protocols: of success; 0 is 200 */
};

typedef enum Protocol {
    PROTOCOL_NONE,
    PROTOCOL_JSON, /* awsJson1_0 and 1_1: the reply has the request's content type */
    PROTOCOL_QUERY,
    PROTOCOL_CBOR,         /* rpcv2Cbor */
    PROTOCOL_KINESIS_CBOR, /* application/x-amz-cbor-1.1 */
    PROTOCOL_REST_JSON,
    PROTOCOL_REST_XML,
    PROTOCOL_COUNT
} Protocol;

#define SPEAKS(protocol) (1u << (protocol))

struct Service {
    Str      name;          /* "sqs": of the folder, in metrics and messages */
    Str      title;         /* "SQS": for people */
    Str      signing_name;  /* of the credential scope */
    Str      target_prefix; /* of X-Amz-Target: "AmazonSQS"; empty: none */
    Str      cbor_name;     /* of /service/NAME/operation/: empty: none */
    Str      version;       /* of the query protocol: "2012-11-05" */
    Str      xml_namespace;
    Str      error_namespace; /* of __type: "com.amazonaws.sqs" */
    unsigned protocols;       /* SPEAKS(...) | ... */
    bool     query_compatible; /* errors in JSON and CBOR carry x-amzn-query-error */
    bool     capital_message;  /* JSON errors say "Message" where others say "message" */
    bool     flat_result;      /* query: no <OpResult/> for empty outputs */
    const Operation *operations;
    size_t           operation_count;

    /* The service in a world; see engine/context.h. Each may be NULL. */
    Error *(*open)(Context *context, void **out_state);          /* what it keeps in memory, from the store */
    void (*close)(void *state);                                  /* frees that */
    Error *(*before_commit)(Context *context);                   /* once a batch, when a call of it wrote */
    Error *(*tick)(Context *context, Instant *out_next);         /* housekeeping; when to be called next */
};

const Operation *service_operation(const Service *service, Str name); /* NULL: none */

/* Who calls, and how the server was addressed. Texts live as long as the call. */
typedef struct Caller {
    Str account; /* 12 digits */
    Str region;
    Str access_key;
    Str principal; /* "arn:aws:iam::000000000000:root" */
    Str user_id;   /* "000000000000", "AROA...:session" */
    Str endpoint;  /* "http://localhost:4566", as the client reaches us: for URLs in replies */
    Str request_id;
} Caller;

/* Refusals that any service may give. */
extern const Fault fault_internal;               /* InternalFailure, 500 */
extern const Fault fault_unavailable;            /* ServiceUnavailable, 503 */
extern const Fault fault_not_implemented;        /* NotImplemented, 501 */
extern const Fault fault_serialization;          /* SerializationException, 400 */
extern const Fault fault_unknown_operation;      /* UnknownOperationException / InvalidAction, 400 (REST and CBOR: 404) */
extern const Fault fault_validation;             /* ValidationException / ValidationError, 400 */
extern const Fault fault_missing_parameter;      /* MissingParameter, 400 */
extern const Fault fault_access_denied;          /* AccessDeniedException / AccessDenied, 403 */
extern const Fault fault_request_too_large;      /* RequestEntityTooLarge, 413 */

#endif
