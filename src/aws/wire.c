/* wire.c -- requests to calls, outputs and errors to replies.
 *
 *     headers ──> route ──> who calls ──> input        output | error ──> body, headers, status
 *                 route.c   sigv4.c       query.c                         xml.c
 *                 known.c   credentials.c rest.c, json, cbor              rest.c, json, cbor
 *
 * The way of JSON requests is short on purpose: the headers are gone over once, nothing is copied
 * that can be borrowed, and the reply's body is written once, straight into the buffer that is sent. */
#include "aws/wire_parts.h"

#include "base/text.h"
#include "json/cbor.h"


Str wire_header(const WireRequest *request, Str name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (request->headers[i].name.length == name.length && str_equal_nocase(request->headers[i].name, name))
            return request->headers[i].value.data ? request->headers[i].value : STR("");
    return STR_NONE;
}

static Str join(Arena *arena, Str first, Str second, Str third)
{
    char *text = arena_alloc_bytes(arena, first.length + second.length + third.length);
    const Str parts[] = { first, second, third };
    size_t length = 0;
    for (int i = 0; i < 3; i++) {
        if (parts[i].length) memcpy(text + length, parts[i].data, parts[i].length);
        length += parts[i].length;
    }
    return str_from(text, length);
}

/* ---- who calls, and where to ---- */

/* Prefixes that SDKs put before any host, and the services for which they do. */
static const struct { Str signing_name; Str prefix; } host_prefixes[] = {
    { STR_CONST("states"), STR_CONST("sync-") },    { STR_CONST("airflow"), STR_CONST("api.") },
    { STR_CONST("airflow"), STR_CONST("env.") },    { STR_CONST("airflow"), STR_CONST("ops.") },
    { STR_CONST("logs"), STR_CONST("streaming-") }, { STR_CONST("logs"), STR_CONST("stream-") },
};

static Str without_prefix(Str host, Str signing_name)
{
    for (size_t i = 0; i < sizeof host_prefixes / sizeof *host_prefixes; i++)
        if (str_equal(host_prefixes[i].signing_name, signing_name) && str_starts_with(host, host_prefixes[i].prefix))
            return str_slice(host, host_prefixes[i].prefix.length, host.length);
    return host;
}

/* A host goes into URLs of replies, so it must look like one. */
static bool is_host(Str host)
{
    for (size_t i = 0; i < host.length; i++) {
        char c = host.data[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                    c == '-' || c == ':' || c == '_' || c == '[' || c == ']';
        if (!fits) return false;
    }
    return host.length > 0 && host.length <= 255 + 6;
}

static Str endpoint_of(Arena *arena, const WireOptions *options, const WireRequest *request, Str host, Str signing_name)
{
    host = without_prefix(host, signing_name);
    if (!is_host(host)) host = options->endpoint_host;
    return join(arena, request->secure ? STR("https://") : STR("http://"), host, STR_NONE);
}

/* A region is free, but it becomes a part of ARNs. */
static bool is_region(Str region)
{
    for (size_t i = 0; i < region.length; i++) {
        char c = region.data[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!fits) return false;
    }
    return region.length > 0 && region.length <= 64;
}

static void become(Caller *caller, const Credential *credential)
{
    caller->access_key = credential->access_key;
    caller->account = credential->account;
    caller->principal = credential->principal;
    caller->user_id = credential->user_id;
}

static void become_root(Arena *arena, Str access_key, Caller *caller)
{
    static const Str nobody = STR_CONST("000000000000");
    caller->access_key = access_key;
    caller->account = account_of_access_key(access_key);
    caller->user_id = caller->account;
    caller->principal = str_equal(caller->account, nobody)
                            ? STR("arn:aws:iam::000000000000:root")
                            : join(arena, STR("arn:aws:iam::"), caller->account, STR(":root"));
}

static Str token_of(Arena *arena, const WireRequest *request, const Route *route)
{
    static const Str name = STR_CONST("X-Amz-Security-Token=");
    Str query = request->query, pair;
    if (!route->scope.presigned) return route->heads.security_token;
    while (str_next_part(&query, '&', &pair))
        if (str_starts_with(pair, name)) return text_unpercent(arena, str_slice(pair, name.length, pair.length), true);
    return STR_NONE;
}

/* Nobody is asked for a signature: the key says the account, a session token of ours says all. */
static Error *believe(Arena *arena, const WireOptions *options, const WireRequest *request, const Route *route,
                      Instant now, WireCall *call)
{
    Str access_key = route->has_scope ? route->scope.access_key : STR_NONE;
    Str token = token_of(arena, request, route);
    Credential credential;
    Instant expires;
    if (options->issued && token.length &&
        credentials_open_token(options->issued, arena, access_key, token, &credential, &expires)) {
        if (expires <= now) return sigv4_refuse_expired_token(call->protocol);
        become(&call->caller, &credential);
        return NULL;
    }
    const Credential *known = options->issued ? credentials_find(options->issued, access_key) : NULL;
    if (known)
        become(&call->caller, known);
    else
        become_root(arena, access_key, &call->caller);
    return NULL;
}

static Error *verify(Arena *arena, const WireOptions *options, const WireRequest *request, const Route *route,
                     Instant now, WireCall *call)
{
    static const Fault query_scope = { "SignatureDoesNotMatch", NULL, 403 };
    static const Fault json_scope = { "InvalidSignatureException", NULL, 403 };
    Credential credential;
    TRY(sigv4_verify(arena, request, options->credentials, call->protocol, now, &credential));
    bool old_names = call->protocol == PROTOCOL_QUERY || call->protocol == PROTOCOL_REST_XML;
    if (!str_equal(route->scope.service, call->service->signing_name))
        return error_fault(old_names ? &query_scope : &json_scope, "Credential should be scoped to correct service: '%.*s'.",
                           STR_ARG(call->service->signing_name));
    become(&call->caller, &credential);
    return NULL;
}

static Error *identify(Arena *arena, const WireOptions *options, const WireRequest *request, const Route *route,
                       Instant now, WireCall *call)
{
    call->caller.endpoint = endpoint_of(arena, options, request, route->heads.host, call->service->signing_name);
    call->caller.region = route->has_scope ? route->scope.region : options->region;
    if (!is_region(call->caller.region))
        return error_fault(&fault_validation, "'%.*s' is not a valid region name",
                           STR_ARG(str_slice(call->caller.region, 0, 64)));
    if (!options->credentials) return believe(arena, options, request, route, now, call);
    if (!(call->operation->flags & OP_UNSIGNED)) return verify(arena, options, request, route, now, call);
    become_root(arena, STR_NONE, &call->caller); /* whatever it claims is not proven */
    return NULL;
}

/* ---- input ---- */

/* What a parser refuses is the client's mistake; running out of memory is not. */
static Error *refuse_body(Error *error, const char *format)
{
    if (error->code == ERR_MEMORY) return error;
    Error *refusal = error_fault(&fault_serialization, "The body is not valid %s: %s", format, error->message);
    error_free(error);
    return refusal;
}

Error *wire_parse_json(Arena *arena, Str body, Json **out)
{
    Error *error = json_parse(arena, body, NULL, out);
    return error ? refuse_body(error, "JSON") : NULL;
}

static Error *parse_cbor(Arena *arena, Str body, Json **out)
{
    Error *error = cbor_parse(arena, body, NULL, out);
    return error ? refuse_body(error, "CBOR") : NULL;
}

static Error *decode_document(Arena *arena, const WireCall *call, const Shape *shape, Str body, Json **out)
{
    Json *value = NULL;
    if (!body.length) {
        *out = json_object(arena);
        return NULL;
    }
    if (call->protocol == PROTOCOL_JSON)
        TRY(wire_parse_json(arena, body, &value));
    else
        TRY(parse_cbor(arena, body, &value));
    return call->protocol == PROTOCOL_KINESIS_CBOR ? shape_check_milliseconds(arena, shape, value, out)
                                                   : shape_check(arena, shape, value, out);
}

static Error *decode_input(Arena *arena, const WireRequest *request, const Route *route, WireCall *call)
{
    const Shape *shape = call->operation->input ? call->operation->input : &shape_nothing;
    switch (call->protocol) {
    case PROTOCOL_QUERY: return query_decode(arena, shape, &route->form, &call->input);
    case PROTOCOL_REST_JSON:
    case PROTOCOL_REST_XML: return rest_decode(arena, call, request, &call->input);
    default: return decode_document(arena, call, shape, request->body, &call->input);
    }
}

/* "/000000000000/NAME": two segments, the first an account. */
static bool is_queue_path(Str path)
{
    size_t slash;
    if (path.length < 15 || path.data[0] != '/' || path.data[13] != '/') return false;
    return str_all_in(str_slice(path, 1, 13), "0123456789") && !str_find_byte(str_slice(path, 14, path.length), '/', &slash);
}

/* SQS takes requests at the address of a queue, which then need not name it. */
static void take_queue_from_path(Arena *arena, const WireRequest *request, WireCall *call)
{
    static const Str name = STR_CONST("QueueUrl");
    if (call->protocol != PROTOCOL_QUERY && call->protocol != PROTOCOL_JSON) return;
    if (!is_queue_path(request->path) || !call->operation->input || !shape_field(call->operation->input, name)) return;
    if (json_get(call->input, name)) return;
    Str path = text_unpercent(arena, request->path, false);
    if (!text_utf8_valid(path)) return;
    json_add(arena, call->input, name, json_str(arena, join(arena, call->caller.endpoint, path, STR_NONE)));
}

Error *wire_decode(Arena *arena, const WireOptions *options, const WireRequest *request, Instant now,
                   Str request_id, WireCall *out)
{
    Route route;
    *out = (WireCall){ .head = str_equal(request->method, STR("HEAD")), .caller.request_id = request_id };
    TRY(route_request(arena, options, request, &route, out));
    TRY(identify(arena, options, request, &route, now, out));
    TRY(decode_input(arena, request, &route, out));
    take_queue_from_path(arena, request, out);
    return NULL;
}

/* ---- replies ---- */

/* Control characters would end the header, or the reply. */
static Str header_value(Arena *arena, Str value)
{
    for (size_t i = 0; i < value.length; i++) {
        if ((uint8_t)value.data[i] >= 0x20 && value.data[i] != 0x7f) continue;
        char *copy = arena_copy(arena, value.data, value.length);
        for (; i < value.length; i++)
            if ((uint8_t)copy[i] < 0x20 || copy[i] == 0x7f) copy[i] = ' ';
        return str_from(copy, value.length);
    }
    return value;
}

void wire_add_header(Arena *arena, WireReply *reply, Str name, Str value)
{
    if (reply->header_count == reply->header_capacity) {
        size_t capacity = reply->header_capacity ? 2 * reply->header_capacity : 8;
        reply->headers = arena_grow(arena, reply->headers, arena_size(reply->header_capacity, sizeof *reply->headers),
                                    arena_size(capacity, sizeof *reply->headers));
        reply->header_capacity = capacity;
    }
    reply->headers[reply->header_count++] = (NamedStr){ header_value(arena, name), header_value(arena, value) };
}

/* S3's ids are shorter and in capitals. */
static Str s3_request_id(Arena *arena, Str request_id)
{
    enum { LENGTH = 16 };
    char *id = arena_alloc_bytes(arena, LENGTH);
    size_t length = 0;
    for (size_t i = 0; i < request_id.length && length < LENGTH; i++) {
        char byte = request_id.data[i];
        if (byte != '-') id[length++] = byte >= 'a' && byte <= 'z' ? (char)(byte - 32) : byte;
    }
    return str_from(id, length);
}

static void add_ids(Arena *arena, const WireCall *call, WireReply *out)
{
    if (call->protocol != PROTOCOL_REST_XML) {
        wire_add_header(arena, out, STR("x-amzn-RequestId"), call->caller.request_id);
        return;
    }
    wire_add_header(arena, out, STR("x-amz-request-id"), s3_request_id(arena, call->caller.request_id));
    wire_add_header(arena, out, STR("x-amz-id-2"), text_base64(arena, call->caller.request_id));
}

static void begin_reply(Arena *arena, const WireCall *call, int status, WireReply *out)
{
    out->status = status;
    out->headers = NULL;
    out->header_count = out->header_capacity = 0;
    add_ids(arena, call, out);
    if (call->protocol == PROTOCOL_CBOR) wire_add_header(arena, out, STR("smithy-protocol"), STR("rpc-v2-cbor"));
}

static void open_root(Buffer *out, const WireCall *call, Str name, const char *suffix)
{
    buffer_append_c(out, "<?xml version=\"1.0\"?>\n<");
    buffer_append_str(out, name);
    buffer_append_c(out, suffix);
    if (call->service && call->service->xml_namespace.length) {
        buffer_append_c(out, " xmlns=\"");
        xml_escape(out, call->service->xml_namespace);
        buffer_append_byte(out, '"');
    }
    buffer_append_byte(out, '>');
}

static void close_tag(Buffer *out, Str name, const char *suffix)
{
    buffer_append_c(out, "</");
    buffer_append_str(out, name);
    buffer_append_c(out, suffix);
    buffer_append_byte(out, '>');
}

static void write_query_result(Buffer *out, const WireCall *call, const Json *output)
{
    static const Json empty = { .type = JSON_OBJECT };
    const Shape *shape = call->operation->output ? call->operation->output : &shape_nothing;
    Str name = call->operation->name;
    open_root(out, call, name, "Response");
    if (shape->field_count || !call->service->flat_result) {
        buffer_append_byte(out, '<');
        buffer_append_str(out, name);
        buffer_append_c(out, "Result>");
        xml_members(out, shape, output ? output : &empty, XML_TIMES_SHORT);
        close_tag(out, name, "Result");
    }
    buffer_append_c(out, "<ResponseMetadata>");
    xml_element(out, "RequestId", call->caller.request_id);
    buffer_append_c(out, "</ResponseMetadata>");
    close_tag(out, name, "Response");
}

static void write_document(Buffer *out, Protocol protocol, const Json *value)
{
    if (protocol == PROTOCOL_CBOR || protocol == PROTOCOL_KINESIS_CBOR)
        cbor_write(out, value, protocol == PROTOCOL_CBOR ? CBOR_TIMES_TAGGED : CBOR_TIMES_MILLISECONDS);
    else
        json_write(out, value, JSON_COMPACT);
}

void wire_encode(Arena *arena, const WireCall *call, const Json *output, WireReply *out)
{
    static const Json empty = { .type = JSON_OBJECT };
    begin_reply(arena, call, 200, out);
    if (call->protocol == PROTOCOL_REST_JSON || call->protocol == PROTOCOL_REST_XML) {
        rest_encode(arena, call, output, out);
    } else {
        wire_add_header(arena, out, STR("Content-Type"), call->content_type);
        if (call->protocol == PROTOCOL_QUERY)
            write_query_result(&out->body, call, output);
        else
            write_document(&out->body, call->protocol, output ? output : &empty);
    }
    if (call->head) out->body.length = 0;
}

/* ---- errors ---- */

typedef struct Refusal { /* an error as clients see it */
    Str  code;       /* the modelled name, */
    Str  query_code; /* and the older one */
    int  status;
    Str  message;
    bool sender; /* who is to blame */
} Refusal;

static const Fault *fault_of(const Error *error)
{
    switch (error->code) {
    case ERR_FAULT: return error->fault ? error->fault : &fault_internal;
    case ERR_UNAVAILABLE:
    case ERR_DISK_FULL:
    case ERR_IO: return &fault_unavailable;
    default: return &fault_internal;
    }
}

/* Messages quote what clients sent; what is not UTF-8 would make the reply unreadable. */
static Str clean_text(Arena *arena, Str text)
{
    if (text_utf8_valid(text)) return text;
    char *copy = arena_copy(arena, text.data, text.length);
    uint32_t code_point;
    for (size_t i = 0, size; i < text.length; i += size ? size : 1) {
        size = text_utf8_decode(str_slice(text, i, text.length), &code_point);
        if (!size) copy[i] = '?';
    }
    return str_from(copy, text.length);
}

/* "what: why: why" */
static Str describe(Arena *arena, const Error *error)
{
    Str text = str_from_c(error->message);
    for (error = error->cause; error; error = error->cause)
        text = join(arena, text, STR(": "), str_from_c(error->message));
    return clean_text(arena, text);
}

static int status_of(const Fault *fault, Protocol protocol)
{
    if (fault != &fault_unknown_operation) return fault->status;
    switch (protocol) {
    case PROTOCOL_NONE:
    case PROTOCOL_CBOR:
    case PROTOCOL_REST_JSON: return 404;
    case PROTOCOL_REST_XML: return 501;
    default: return fault->status;
    }
}

static Refusal refusal_of(Arena *arena, const WireCall *call, const Error *error)
{
    const Fault *fault = fault_of(error);
    bool hidden = fault == &fault_internal && error->code != ERR_FAULT;
    bool s3_unknown = fault == &fault_unknown_operation && call->protocol == PROTOCOL_REST_XML;
    Refusal refusal = {
        .code = s3_unknown ? STR("NotImplemented") : str_from_c(fault->code),
        .query_code = str_from_c(fault->query_code ? fault->query_code : fault->code),
        .status = status_of(fault, call->protocol),
        .message = hidden ? STR("An internal error occurred; see the server's log") : describe(arena, error),
    };
    refusal.sender = refusal.status < 500;
    return refusal;
}

static void write_query_error(Buffer *out, const WireCall *call, const Refusal *refusal)
{
    open_root(out, call, STR("ErrorResponse"), "");
    buffer_append_c(out, "<Error>");
    xml_element(out, "Type", refusal->sender ? STR("Sender") : STR("Receiver"));
    xml_element(out, "Code", refusal->query_code);
    xml_element(out, "Message", refusal->message);
    buffer_append_c(out, "</Error>");
    xml_element(out, "RequestId", call->caller.request_id);
    close_tag(out, STR("ErrorResponse"), "");
}

static void write_s3_error(Arena *arena, Buffer *out, const WireCall *call, const Refusal *refusal)
{
    buffer_append_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    xml_element(out, "Code", refusal->code);
    xml_element(out, "Message", refusal->message);
    xml_element(out, "RequestId", s3_request_id(arena, call->caller.request_id));
    xml_element(out, "HostId", text_base64(arena, call->caller.request_id));
    buffer_append_c(out, "</Error>");
}

static void write_document_error(Arena *arena, Buffer *out, const WireCall *call, const Refusal *refusal)
{
    Str space = call->service ? call->service->error_namespace : STR("com.amazon.coral.service");
    Str type = space.length ? join(arena, space, STR("#"), refusal->code) : refusal->code;
    bool capital = call->service && call->service->capital_message;
    Json *body = json_object(arena);
    json_add_str(arena, body, STR("__type"), type);
    json_add_str(arena, body, capital ? STR("Message") : STR("message"), refusal->message);
    write_document(out, call->protocol, body);
}

static void add_error_headers(Arena *arena, const WireCall *call, const Refusal *refusal, WireReply *out)
{
    if (call->protocol != PROTOCOL_CBOR) wire_add_header(arena, out, STR("x-amzn-ErrorType"), refusal->code);
    if (call->service && call->service->query_compatible)
        wire_add_header(arena, out, STR("x-amzn-query-error"),
                        join(arena, refusal->query_code, STR(";"), refusal->sender ? STR("Sender") : STR("Receiver")));
}

void wire_encode_error(Arena *arena, const WireCall *call, const Error *error, WireReply *out)
{
    Refusal refusal = refusal_of(arena, call, error);
    begin_reply(arena, call, refusal.status, out);
    wire_add_header(arena, out, STR("Content-Type"), call->content_type.length ? call->content_type : STR("application/json"));
    switch (call->protocol) {
    case PROTOCOL_QUERY: write_query_error(&out->body, call, &refusal); break;
    case PROTOCOL_REST_XML: write_s3_error(arena, &out->body, call, &refusal); break;
    default:
        add_error_headers(arena, call, &refusal, out);
        write_document_error(arena, &out->body, call, &refusal);
    }
    if (call->head) out->body.length = 0;
}
