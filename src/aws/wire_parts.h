/* wire_parts.h -- what wire.c is put together from. For the files of this folder only. */
#ifndef AWS_WIRE_PARTS_H
#define AWS_WIRE_PARTS_H

#include "aws/sigv4.h"
#include "aws/wire.h"

/* ---- forms: query.c ---- */

typedef struct Parameter {
    Str    name;
    Str    value;
    size_t order; /* in the request */
} Parameter;

typedef struct Form {
    const Parameter *parameters; /* sorted by name, then order */
    size_t           count;
} Form;

enum {
    FORM_PARAMETERS_MAX = 100000, /* CloudWatch's largest legal request has some 60,000 */
    QUERY_DEPTH_MAX = 64,         /* of structures in structures */
};

extern const Fault fault_malformed_input; /* MalformedInput, 400 */

/* The query string's parameters, then the body's. */
Error *form_parse(Arena *arena, Str query, Str body, Form *out);
Str    form_get(const Form *form, Str name); /* the last of that name; NULL data: none */
Error *query_decode(Arena *arena, const Shape *input, const Form *form, Json **out);

/* A scalar from its text in a form, a path, a parameter or a header. `name` is for the refusal. */
Error *value_from_text(Arena *arena, const Shape *shape, Str text, Str name, const Fault *fault, Json **out);

/* ---- XML: xml.c ---- */

typedef enum XmlTimes { XML_TIMES_SHORT, XML_TIMES_MILLISECONDS } XmlTimes; /* query; S3 */

void xml_escape(Buffer *out, Str text);
void xml_element(Buffer *out, const char *name, Str text); /* <name>text</name> */
void xml_members(Buffer *out, const Shape *structure, const Json *value, XmlTimes times); /* without an element around */
void xml_value(Buffer *out, const Shape *shape, const Json *value, Str name, XmlTimes times); /* within <name> */
Instant instant_of_json(const Json *timestamp);

/* ---- REST: rest.c ---- */

const Operation *rest_find(const Service *service, const WireRequest *request); /* NULL: no path fits */
Error *rest_decode(Arena *arena, const WireCall *call, const WireRequest *request, Json **out);
void   rest_encode(Arena *arena, const WireCall *call, const Json *output, WireReply *out);

void wire_add_header(Arena *arena, WireReply *reply, Str name, Str value);

/* ---- JSON bodies: wire.c ---- */

Error *wire_parse_json(Arena *arena, Str body, Json **out); /* SerializationException where it is none */

/* ---- routing: route.c ---- */

typedef struct WireHeads { /* the headers that every request is asked for, from one pass; NULL data: none */
    Str target;
    Str content_type;
    Str authorization;
    Str host;
    Str security_token;
    Str smithy_protocol;
} WireHeads;

typedef struct Route {
    WireHeads  heads;
    SigV4Scope scope; /* has_scope */
    Form       form;  /* has_form */
    bool       has_scope;
    bool       has_form;
} Route;

/* Fills in protocol, content_type, service, operation and operation_name of the call, as far as it
 * comes; refuses when there is no operation to run. */
Error *route_request(Arena *arena, const WireOptions *options, const WireRequest *request, Route *out, WireCall *call);

/* A service of AWS's, built here or not. */
typedef struct KnownService {
    Str      name;
    Str      signing_name;
    Str      target_prefix; /* of X-Amz-Target and of rpcv2Cbor's paths; empty: none */
    Str      version;       /* of the query protocol; empty: does not speak it */
    Protocol protocol;      /* where nothing else tells */
} KnownService;

extern const KnownService known_services[];
extern const size_t       known_service_count;

/* ---- signatures: sigv4.c ---- */

bool sigv4_scope_of(Arena *arena, Str authorization, Str query, SigV4Scope *out);
Error *sigv4_refuse_expired_token(Protocol protocol);

#endif
