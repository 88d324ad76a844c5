/* wire_test.c -- requests of every protocol, and the replies to them. */
#include "tests/support/test.h"
#include "tests/unit/aws/example.h"

#include "aws/sigv4.h"
#include "json/cbor.h"

#include <stdio.h>

enum { HEADERS_MAX = 16 };

typedef struct Exchange {
    Arena       arena;
    WireOptions options;
    WireRequest request;
    NamedStr    headers[HEADERS_MAX];
    WireCall    call;
    WireReply   reply;
} Exchange;

static void start(Exchange *x, const char *method, const char *path, const char *query, Str body)
{
    *x = (Exchange){ .options = example_options() };
    arena_init(&x->arena, 0);
    buffer_init(&x->reply.body);
    x->request = (WireRequest){ .method = str_from_c(method), .path = str_from_c(path), .query = str_from_c(query),
                                .headers = x->headers, .body = body };
}

static void add(Exchange *x, const char *name, const char *value)
{
    x->headers[x->request.header_count++] = (NamedStr){ str_from_c(name), str_from_c(value) };
}

static void finish(Exchange *x)
{
    buffer_done(&x->reply.body);
    arena_done(&x->arena);
}

static Error *decode(Exchange *x)
{
    return wire_decode(&x->arena, &x->options, &x->request, EXAMPLE_NOW, EXAMPLE_REQUEST_ID, &x->call);
}

static Str encode(Exchange *x, const char *output)
{
    wire_encode(&x->arena, &x->call, output ? example_json(&x->arena, output) : NULL, &x->reply);
    return example_body(&x->reply);
}

static Str encode_error(Exchange *x, Error *error)
{
    wire_encode_error(&x->arena, &x->call, error, &x->reply);
    error_free(error);
    return example_body(&x->reply);
}

static Str header(Exchange *x, const char *name)
{
    return example_reply_header(&x->reply, str_from_c(name));
}

static void start_json(Exchange *x, const char *target, const char *body)
{
    start(x, "POST", "/", "", str_from_c(body));
    add(x, "Host", "localhost:4566");
    add(x, "Content-Type", "application/x-amz-json-1.1; charset=utf-8");
    add(x, "X-Amz-Target", target);
}

static void start_form(Exchange *x, const char *path, const char *body)
{
    start(x, "POST", path, "", str_from_c(body));
    add(x, "Host", "localhost:4566");
    add(x, "Content-Type", "application/x-www-form-urlencoded");
}

#define AUTHORIZATION(key, service) \
    "AWS4-HMAC-SHA256 Credential=" key "/20261120/eu-west-1/" service "/aws4_request, SignedHeaders=host, Signature=0"

/* Decodes what must be refused, and gives the status and the reply. */
static Str refused(Exchange *x, int status)
{
    Error *error = decode(x);
    if (!CHECK(error != NULL)) return STR_NONE;
    Str body = encode_error(x, error);
    CHECK_INT(x->reply.status, status);
    return body;
}

/* ---- JSON ---- */

TEST(test_wire_json)
{
    Exchange x;
    start_json(&x, "ExampleQueue.Echo", "{\"Text\":\"hi\",\"Count\":null,\"Strange\":[1]}");
    add(&x, "AUTHORIZATION", AUTHORIZATION("123456789012", "queue"));
    CHECK_OK(decode(&x));
    CHECK(x.call.service == &example_queue);
    CHECK_STR(x.call.operation->name, STR("Echo"));
    CHECK_STR(x.call.caller.account, STR("123456789012"));
    CHECK_STR(x.call.caller.principal, STR("arn:aws:iam::123456789012:root"));
    CHECK_STR(x.call.caller.region, STR("eu-west-1"));
    CHECK_STR(x.call.caller.endpoint, STR("http://localhost:4566"));
    CHECK_STR(json_text(&x.arena, x.call.input), STR("{\"Text\":\"hi\",\"Strange\":[1]}"));
    CHECK_STR(encode(&x, "{\"Text\":\"a\",\"When\":1.5}"), STR("{\"Text\":\"a\",\"When\":1.5}"));
    CHECK_INT(x.reply.status, 200);
    CHECK_STR(header(&x, "content-type"), STR("application/x-amz-json-1.1"));
    CHECK_STR(header(&x, "x-amzn-requestid"), EXAMPLE_REQUEST_ID);
    finish(&x);
}

TEST(test_wire_json_bodies)
{
    Exchange x;
    start_json(&x, "ExampleQueue.Nothing", "");
    CHECK_OK(decode(&x));
    CHECK_STR(json_text(&x.arena, x.call.input), STR("{}"));
    CHECK_STR(x.call.caller.account, STR("000000000000"));
    CHECK_STR(x.call.caller.region, STR("us-east-1"));
    CHECK_STR(encode(&x, NULL), STR("{}"));
    finish(&x);

    static const char *const bad[] = { "[]", "1", "null", "{", "{\"a\":1}x", "\xff", "{\"Text\":5}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        start_json(&x, "ExampleQueue.Echo", bad[i]);
        Json *body = example_json(&x.arena, str_to_c(&x.arena, refused(&x, 400)));
        CHECK_STR(json_get_str(body, STR("__type")), STR("com.example.queue#SerializationException"));
        CHECK_STR(header(&x, "x-amzn-errortype"), STR("SerializationException"));
        CHECK_STR(header(&x, "x-amzn-query-error"), STR("MalformedInput;Sender"));
        finish(&x);
    }
}

TEST(test_wire_json_unknown)
{
    static const struct { const char *target; int status; const char *code; } cases[] = {
        { "ExampleQueue.Nonsense", 400, "UnknownOperationException" },
        { "ExampleQueue.Secret", 400, "UnknownOperationException" }, /* for timers, not for clients */
        { "ExampleQueue", 400, "UnknownOperationException" },
        { "", 400, "UnknownOperationException" },
        { "Nobody.Echo", 400, "UnknownOperationException" },
        { "AWSGlue.StartJobRun", 501, "NotImplemented" },
        { "\xff\xfe.\xff", 400, "UnknownOperationException" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Exchange x;
        start_json(&x, cases[i].target, "{}");
        refused(&x, cases[i].status);
        CHECK_STR(header(&x, "x-amzn-errortype"), str_from_c(cases[i].code));
        example_json(&x.arena, str_to_c(&x.arena, example_body(&x.reply)));
        finish(&x);
    }
}

TEST(test_wire_not_built_names_the_service)
{
    Exchange x;
    start_json(&x, "AWSGlue.StartJobRun", "{}");
    CHECK_STR(refused(&x, 501), STR("{\"__type\":\"com.amazon.coral.service#NotImplemented\",\"message\":"
                                    "\"Service glue is not built in this version of Tutti (asked for StartJobRun)\"}"));
    finish(&x);
}

/* ---- query ---- */

TEST(test_wire_query)
{
    Exchange x;
    start_form(&x, "/", "Action=Echo&Version=2001-01-01&Text=hi&Names.member.1=a");
    CHECK_OK(decode(&x));
    CHECK_STR(json_text(&x.arena, x.call.input), STR("{\"Text\":\"hi\",\"Names\":[\"a\"]}"));
    CHECK_STR(encode(&x, "{\"Text\":\"<\"}"),
              STR("<?xml version=\"1.0\"?>\n<EchoResponse xmlns=\"http://queue.example/\"><EchoResult><Text>&lt;</Text>"
                  "</EchoResult><ResponseMetadata><RequestId>00000000-1111-4222-8333-444444444444</RequestId>"
                  "</ResponseMetadata></EchoResponse>"));
    CHECK_STR(header(&x, "content-type"), STR("text/xml"));
    finish(&x);

    start(&x, "GET", "/", "Version=2002-02-02&Action=Shared", STR_NONE);
    CHECK_OK(decode(&x));
    CHECK(x.call.service == &example_tokens);
    CHECK_STR(x.call.caller.endpoint, STR("http://127.0.0.1:4566"));
    CHECK_STR(encode(&x, NULL), STR("<?xml version=\"1.0\"?>\n<SharedResponse><ResponseMetadata><RequestId>"
                                    "00000000-1111-4222-8333-444444444444</RequestId></ResponseMetadata></SharedResponse>"));
    finish(&x);
}

TEST(test_wire_query_chooses_the_service)
{
    Exchange x;
    start_form(&x, "/", "Action=Shared");
    add(&x, "Authorization", AUTHORIZATION("k", "tokens"));
    CHECK_OK(decode(&x));
    CHECK(x.call.service == &example_tokens);
    finish(&x);

    start_form(&x, "/", "Action=Shared&Version=2001-01-01");
    add(&x, "Authorization", AUTHORIZATION("k", "unheard-of"));
    CHECK_OK(decode(&x));
    CHECK(x.call.service == &example_queue);
    finish(&x);
}

TEST(test_wire_query_errors)
{
    Exchange x;
    start_form(&x, "/", "Action=Nonsense&Version=2001-01-01");
    CHECK_STR(refused(&x, 400),
              STR("<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"http://queue.example/\"><Error><Type>Sender</Type>"
                  "<Code>InvalidAction</Code><Message>The action Nonsense is not valid for this endpoint.</Message></Error>"
                  "<RequestId>00000000-1111-4222-8333-444444444444</RequestId></ErrorResponse>"));
    finish(&x);

    static const struct { const char *body; const char *scope; int status; const char *code; } cases[] = {
        { "Action=Echo&Version=2001-01-01&Count=x", "", 400, "<Code>MalformedInput</Code>" },
        { "Version=2001-01-01", "", 400, "<Code>MissingAction</Code>" },
        { "Action=Publish&Version=2010-03-31", "", 501, "<Code>NotImplemented</Code>" },
        { "Action=Publish", AUTHORIZATION("k", "sns"), 501, "<Code>NotImplemented</Code>" },
        { "Action=Enter&Version=2001-01-01", AUTHORIZATION("k", "queue"), 400, "<Code>InvalidAction</Code>" },
        { "Action=Secret", AUTHORIZATION("k", "queue"), 400, "<Code>InvalidAction</Code>" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t at;
        start_form(&x, "/", cases[i].body);
        add(&x, "Authorization", cases[i].scope);
        Str body = refused(&x, cases[i].status);
        if (!CHECK(str_find(body, str_from_c(cases[i].code), &at))) printf("    %s\n    %.*s\n", cases[i].body, STR_ARG(body));
        finish(&x);
    }
}

TEST(test_wire_queue_paths)
{
    Exchange x;
    start_form(&x, "/000000000000/my-queue", "Action=Echo&Text=a");
    CHECK_OK(decode(&x));
    CHECK_STR(json_get_str(x.call.input, STR("QueueUrl")), STR("http://localhost:4566/000000000000/my-queue"));
    finish(&x);

    start_form(&x, "/000000000000/my-queue", "Action=Echo&QueueUrl=own");
    x.request.secure = true;
    CHECK_OK(decode(&x));
    CHECK_STR(json_get_str(x.call.input, STR("QueueUrl")), STR("own"));
    CHECK_STR(x.call.caller.endpoint, STR("https://localhost:4566"));
    finish(&x);

    start_json(&x, "ExampleQueue.Echo", "{}");
    x.request.path = STR("/000000000000/my-queue");
    CHECK_OK(decode(&x));
    CHECK_STR(json_get_str(x.call.input, STR("QueueUrl")), STR("http://localhost:4566/000000000000/my-queue"));
    finish(&x);

    start_form(&x, "/000000000000/my-queue/more", "Action=Echo");
    CHECK_OK(decode(&x));
    CHECK(!json_get(x.call.input, STR("QueueUrl")));
    finish(&x);
}

/* ---- CBOR ---- */

static Str cbor_of(Exchange *x, const char *json)
{
    Buffer out;
    buffer_init(&out);
    cbor_write(&out, example_json(&x->arena, json), CBOR_TIMES_TAGGED);
    Str bytes = str_copy(&x->arena, buffer_str(&out));
    buffer_done(&out);
    return bytes;
}

TEST(test_wire_cbor)
{
    Exchange x;
    start(&x, "POST", "/prefix/service/ExampleQueue/operation/Echo", "", STR_NONE);
    add(&x, "Smithy-Protocol", "rpc-v2-cbor");
    x.request.body = cbor_of(&x, "{\"Text\":\"hi\",\"Count\":3}");
    CHECK_OK(decode(&x));
    CHECK_STR(json_text(&x.arena, x.call.input), STR("{\"Text\":\"hi\",\"Count\":3}"));
    encode(&x, "{\"Text\":\"a\"}");
    Json *back;
    CHECK_OK(cbor_parse(&x.arena, example_body(&x.reply), NULL, &back));
    CHECK_STR(json_text(&x.arena, back), STR("{\"Text\":\"a\"}"));
    CHECK_STR(header(&x, "smithy-protocol"), STR("rpc-v2-cbor"));
    CHECK_STR(header(&x, "content-type"), STR("application/cbor"));
    finish(&x);

    static const struct { const char *path; int status; const char *type; } cases[] = {
        { "/service/ExampleQueue/operation/Nonsense", 404, "com.example.queue#UnknownOperationException" },
        { "/service/Nobody/operation/Echo", 404, "com.amazon.coral.service#UnknownOperationException" },
        { "/service/GraniteServiceVersion20100801/operation/PutMetricData", 501, "com.amazon.coral.service#NotImplemented" },
        { "/", 404, "com.amazon.coral.service#UnknownOperationException" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(&x, "POST", cases[i].path, "", STR_NONE);
        add(&x, "smithy-protocol", "rpc-v2-cbor");
        CHECK_OK(cbor_parse(&x.arena, refused(&x, cases[i].status), NULL, &back));
        CHECK_STR(json_get_str(back, STR("__type")), str_from_c(cases[i].type));
        CHECK(!header(&x, "x-amzn-errortype").data);
        CHECK_STR(header(&x, "smithy-protocol"), STR("rpc-v2-cbor"));
        finish(&x);
    }
}

TEST(test_wire_kinesis_cbor)
{
    Exchange x;
    start(&x, "POST", "/", "", STR_NONE);
    add(&x, "content-type", "application/x-amz-cbor-1.1");
    add(&x, "x-amz-target", "ExampleQueue.Echo");
    x.request.body = cbor_of(&x, "{\"When\":1500}");
    CHECK_OK(decode(&x));
    CHECK(json_number(json_get(x.call.input, STR("When"))) == 1.5);
    Json *output = json_object(&x.arena), *back;
    json_add(&x.arena, output, STR("When"), json_time(&x.arena, 2500000));
    wire_encode(&x.arena, &x.call, output, &x.reply);
    CHECK_OK(cbor_parse(&x.arena, example_body(&x.reply), NULL, &back));
    CHECK_STR(json_text(&x.arena, back), STR("{\"When\":2500}"));
    CHECK_STR(header(&x, "content-type"), STR("application/x-amz-cbor-1.1"));
    finish(&x);
}

/* ---- REST ---- */

static const Operation *rest_operation(const char *method, const char *path, const char *query)
{
    Exchange x;
    start(&x, method, path, query, STR_NONE);
    add(&x, "Authorization", AUTHORIZATION("k", "parts"));
    Error *error = decode(&x);
    const Operation *operation = error ? NULL : x.call.operation;
    error_free(error);
    finish(&x);
    return operation;
}

TEST(test_rest_paths)
{
    CHECK_STR(rest_operation("GET", "/things", "")->name, STR("ListThings"));
    CHECK_STR(rest_operation("GET", "/things/", "")->name, STR("ListThings"));
    CHECK_STR(rest_operation("GET", "/things/a", "x=1")->name, STR("GetThing"));
    CHECK_STR(rest_operation("GET", "/things/special", "")->name, STR("GetSpecial"));
    CHECK_STR(rest_operation("GET", "/things/a", "history")->name, STR("GetHistory"));
    CHECK_STR(rest_operation("GET", "/things/a", "x&history=")->name, STR("GetHistory"));
    CHECK_STR(rest_operation("POST", "/raw/a/b/", "")->name, STR("Raw"));
    CHECK(!rest_operation("POST", "/raw/", ""));
    CHECK(!rest_operation("GET", "/things//", ""));
    CHECK(!rest_operation("GET", "/", ""));
    CHECK(!rest_operation("DELETE", "/things/a", ""));
    CHECK(!rest_operation("GET", "/things/a/b", ""));
}

TEST(test_rest_bindings_in)
{
    Exchange x;
    start(&x, "PUT", "/things/a%2Fb/parts/c+d", "dry=true&id=1&id=2&other=x%20y", STR("{\"Title\":\"t\",\"Thing\":\"no\",\"Dry\":false}"));
    add(&x, "if-match", "\"e\"");
    add(&x, "X-Since", "Fri, 20 Nov 2026 19:56:46 GMT");
    add(&x, "X-Meta-Colour", "red");
    CHECK_OK(decode(&x));
    CHECK_STR(json_text(&x.arena, x.call.input),
              STR("{\"Thing\":\"a/b\",\"Part\":\"c+d\",\"Dry\":true,\"Ids\":[1,2],\"Rest\":{\"other\":\"x y\"},"
                  "\"Match\":\"\\\"e\\\"\",\"Since\":1795204606,\"Meta\":{\"colour\":\"red\"},\"Title\":\"t\"}"));
    CHECK_STR(encode(&x, "{\"Status\":202,\"ETag\":\"a\\r\\nb\",\"Changed\":1795204606,\"Meta\":{\"k\":\"v\"},\"Title\":\"t\"}"),
              STR("{\"Title\":\"t\"}"));
    CHECK_INT(x.reply.status, 202);
    CHECK_STR(header(&x, "etag"), STR("a  b"));
    CHECK_STR(header(&x, "last-modified"), STR("Fri, 20 Nov 2026 19:56:46 GMT"));
    CHECK_STR(header(&x, "x-meta-k"), STR("v"));
    CHECK_STR(header(&x, "content-type"), STR("application/json"));
    finish(&x);

    start(&x, "PUT", "/things/a/parts/b", "dry=maybe", STR_NONE);
    CHECK_STR(refused(&x, 400), STR("{\"__type\":\"SerializationException\",\"Message\":\"The value 'maybe' of Dry is not true or false\"}"));
    CHECK_STR(header(&x, "x-amzn-errortype"), STR("SerializationException"));
    finish(&x);
}

TEST(test_rest_payloads)
{
    Exchange x;
    start(&x, "POST", "/raw/a%20b/c", "", STR("\x00\xff"));
    add(&x, "Content-Type", "image/png");
    CHECK_OK(decode(&x));
    CHECK_STR(json_get_str(x.call.input, STR("Path")), STR("a b/c"));
    CHECK_STR(json_get_str(x.call.input, STR("Body")), STR("\x00\xff"));
    CHECK_STR(encode(&x, "{\"Body\":\"aGk=\",\"Type\":\"text/x\"}"), STR("hi"));
    CHECK_STR(header(&x, "content-type"), STR("text/x"));
    CHECK_INT(x.reply.status, 200);
    finish(&x);
}

TEST(test_rest_unknown)
{
    Exchange x;
    start(&x, "GET", "/nowhere", "", STR_NONE);
    add(&x, "Authorization", AUTHORIZATION("k", "parts"));
    CHECK_STR(refused(&x, 404), STR("{\"__type\":\"UnknownOperationException\",\"Message\":\"No operation is known for this method and path\"}"));
    finish(&x);

    start(&x, "GET", "/2015-03-31/functions", "", STR_NONE);
    add(&x, "Authorization", AUTHORIZATION("k", "lambda"));
    refused(&x, 501);
    CHECK_STR(header(&x, "x-amzn-errortype"), STR("NotImplemented"));
    finish(&x);

    start(&x, "GET", "/", "", STR_NONE);
    refused(&x, 404); /* no bucket, no path: nobody's */
    CHECK_STR(header(&x, "content-type"), STR("application/json"));
    finish(&x);
}

TEST(test_rest_xml)
{
    Exchange x;
    start(&x, "GET", "/bucket", "", STR_NONE);
    CHECK_OK(decode(&x));
    CHECK(x.call.service == &example_objects);
    CHECK_STR(encode(&x, "{\"Contents\":[{\"Name\":\"n\",\"Changed\":0,\"Kind\":\"a\\n\\\"\"}]}"),
              STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://objects.example/\">"
                  "<Contents kind=\"a&#xA;&quot;\"><Name>n</Name><LastModified>1970-01-01T00:00:00.000Z</LastModified></Contents>"
                  "</ListBucketResult>"));
    CHECK_STR(header(&x, "content-type"), STR("application/xml"));
    CHECK_STR(header(&x, "x-amz-request-id"), STR("0000000011114222"));
    finish(&x);

    start(&x, "HEAD", "/bucket/a//b", "", STR_NONE);
    CHECK_OK(decode(&x));
    CHECK_STR(json_get_str(x.call.input, STR("Key")), STR("a//b"));
    CHECK(x.call.head);
    CHECK_STR(encode_error(&x, error_fault(&fault_access_denied, "no")), STR(""));
    CHECK_INT(x.reply.status, 403);
    finish(&x);

    start(&x, "PATCH", "/bucket", "", STR_NONE);
    add(&x, "Authorization", "AWS key:signature");
    size_t at;
    CHECK(str_find(refused(&x, 501), STR("<Error><Code>NotImplemented</Code>"), &at));
    finish(&x);
}

/* ---- errors ---- */

TEST(test_wire_errors)
{
    static const Fault conflict = { "QueueDoesNotExist", "Old.NonExistentQueue", 400 };
    Exchange x;
    start_json(&x, "ExampleQueue.Echo", "{}");
    CHECK_OK(decode(&x));
    CHECK_STR(encode_error(&x, error_fault(&conflict, "gone \xff")),
              STR("{\"__type\":\"com.example.queue#QueueDoesNotExist\",\"message\":\"gone ?\"}"));
    CHECK_STR(header(&x, "x-amzn-query-error"), STR("Old.NonExistentQueue;Sender"));
    CHECK_STR(header(&x, "content-type"), STR("application/x-amz-json-1.1"));
    buffer_clear(&x.reply.body);
    CHECK_STR(encode_error(&x, error_new(ERR_CORRUPT, "/var/secret is damaged")),
              STR("{\"__type\":\"com.example.queue#InternalFailure\",\"message\":\"An internal error occurred; see the server's log\"}"));
    CHECK_INT(x.reply.status, 500);
    CHECK_STR(header(&x, "x-amzn-query-error"), STR("InternalFailure;Receiver"));
    buffer_clear(&x.reply.body);
    CHECK_STR(encode_error(&x, error_wrap(error_new(ERR_DISK_FULL, "no space"), "cannot commit")),
              STR("{\"__type\":\"com.example.queue#ServiceUnavailable\",\"message\":\"cannot commit: no space\"}"));
    CHECK_INT(x.reply.status, 503);
    buffer_clear(&x.reply.body);
    encode_error(&x, error_memory());
    CHECK_INT(x.reply.status, 500);
    finish(&x);

    WireCall nothing = { 0 }; /* a request that never got as far as a protocol */
    start(&x, "GET", "/", "", STR_NONE);
    x.call = nothing;
    encode_error(&x, error_fault(&fault_request_too_large, "too large"));
    CHECK_INT(x.reply.status, 413);
    CHECK_STR(header(&x, "content-type"), STR("application/json"));
    finish(&x);
}

/* ---- who calls ---- */

TEST(test_wire_endpoints)
{
    static const struct { const char *host; const char *endpoint; } cases[] = {
        { "sync-tutti.localhost:4566", "http://sync-tutti.localhost:4566" }, /* not a prefix of this service */
        { "[::1]:4566", "http://[::1]:4566" },
        { "a<script>", "http://127.0.0.1:4566" },
        { "", "http://127.0.0.1:4566" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Exchange x;
        start(&x, "POST", "/", "Action=Nothing", STR_NONE);
        add(&x, "Host", cases[i].host);
        CHECK_OK(decode(&x));
        CHECK_STR(x.call.caller.endpoint, str_from_c(cases[i].endpoint));
        finish(&x);
    }
}

TEST(test_wire_bad_region)
{
    Exchange x;
    start_json(&x, "ExampleQueue.Nothing", "{}");
    add(&x, "Authorization", "AWS4-HMAC-SHA256 Credential=k/20261120/a:b/queue/aws4_request, SignedHeaders=host, Signature=0");
    refused(&x, 400);
    CHECK_STR(header(&x, "x-amzn-errortype"), STR("ValidationException"));
    finish(&x);
}

TEST(test_wire_verifies)
{
    Credentials *credentials;
    Exchange x;
    CHECK_OK(credentials_parse(STR("[a]\naws_access_key_id=AK\naws_secret_access_key=s\naws_account_id=111122223333"), &credentials));
    start_json(&x, "ExampleQueue.Nothing", "{}");
    x.options.credentials = x.options.issued = credentials;
    CHECK_STR(refused(&x, 403), STR("{\"__type\":\"com.example.queue#MissingAuthenticationTokenException\",\"message\":\"Missing Authentication Token\"}"));
    add(&x, "X-Amz-Date", "20261120T195646Z");
    Str names = STR("host;x-amz-date;x-amz-target");
    Str other = sigv4_sign(&x.arena, &x.request, STR("AK"), STR("s"), STR("eu-west-1"), STR("tokens"), EXAMPLE_NOW, names.data);
    Str right = sigv4_sign(&x.arena, &x.request, STR("AK"), STR("s"), STR("eu-west-1"), STR("queue"), EXAMPLE_NOW, names.data);
    add(&x, "Authorization", str_to_c(&x.arena, right));
    CHECK_OK(decode(&x));
    CHECK_STR(x.call.caller.account, STR("111122223333"));
    CHECK_STR(x.call.caller.region, STR("eu-west-1"));
    x.headers[x.request.header_count - 1].value = other;
    CHECK_ERROR(decode(&x), ERR_FAULT); /* a good signature, for another service */
    finish(&x);

    start_form(&x, "/", "Action=Enter");
    x.options.credentials = credentials;
    add(&x, "Authorization", AUTHORIZATION("111122223333", "tokens"));
    CHECK_OK(decode(&x)); /* needs no signature, and gets no account for claiming one */
    CHECK_STR(x.call.caller.account, STR("000000000000"));
    finish(&x);
    credentials_free(credentials);
}

TEST(test_wire_session_tokens)
{
    Credentials *issued;
    Exchange x;
    Chance chance;
    TemporaryCredential given;
    chance_init_seed(&chance, 3);
    CHECK_OK(credentials_new_empty(&issued));
    credentials_set_key(issued, (const uint8_t *)"0123456789abcdef0123456789abcdef");
    for (int expired = 0; expired < 2; expired++) {
        start_json(&x, "ExampleQueue.Nothing", "{}");
        x.options.issued = issued;
        credentials_issue(issued, &x.arena, &chance, STR("444455556666"), STR("arn:role"), STR("AROA:me"),
                          EXAMPLE_NOW + (expired ? 0 : DURATION_SECOND), &given);
        Str authorization = str_format(&x.arena, "AWS4-HMAC-SHA256 Credential=%.*s/20261120/r/queue/aws4_request, Signature=0",
                                       STR_ARG(given.access_key));
        add(&x, "Authorization", str_to_c(&x.arena, authorization));
        add(&x, "X-Amz-Security-Token", str_to_c(&x.arena, given.session_token));
        if (expired) {
            refused(&x, 400);
            CHECK_STR(header(&x, "x-amzn-errortype"), STR("ExpiredTokenException"));
        } else {
            CHECK_OK(decode(&x));
            CHECK_STR(x.call.caller.account, STR("444455556666"));
            CHECK_STR(x.call.caller.principal, STR("arn:role"));
            CHECK_STR(x.call.caller.user_id, STR("AROA:me"));
        }
        finish(&x);
    }
    credentials_free(issued);
}

/* ---- out of memory ---- */

/* True: decoded and answered, or refused and answered. */
static bool exchange(Exchange *x, Arena *arena)
{
    static const char output[] = "{\"Text\":\"<a>\",\"Names\":[\"b\"],\"Anything\":{\"a\":1},\"Title\":\"t\",\"Meta\":{\"a\":\"b\"}}";
    Error *error = wire_decode(arena, &x->options, &x->request, EXAMPLE_NOW, EXAMPLE_REQUEST_ID, &x->call);
    bool refusal = error && error->code == ERR_FAULT, memory = error && error->code == ERR_MEMORY;
    error_free(error); /* before the reply, which may not come to its end */
    if (memory) return false;
    Json *value;
    if (refusal)
        wire_encode_error(arena, &x->call, error_memory(), &x->reply);
    else if (json_parse(arena, str_from_c(output), NULL, &value) == NULL)
        wire_encode(arena, &x->call, value, &x->reply);
    else
        return false;
    return !x->reply.body.failed;
}

static bool exchange_with_failure(Exchange *x, uint64_t nth)
{
    MemoryGuard guard;
    Arena arena;
    volatile bool whole = false;
    arena_init(&arena, 64); /* small, so that every step comes to the heap */
    buffer_done(&x->reply.body);
    memory_fail_nth(nth, true);
    if (MEMORY_GUARD_ENTER(&guard)) {
        whole = exchange(x, &arena);
        memory_guard_leave(&guard);
    }
    memory_fail_nth(0, false);
    arena_done(&arena);
    return whole;
}

static void sweep(Exchange *x)
{
    Credentials *credentials;
    CHECK_OK(credentials_new_empty(&credentials));
    credentials_set_key(credentials, (const uint8_t *)"0123456789abcdef0123456789abcdef");
    x->options.issued = credentials;
    uint64_t nth = 1;
    while (nth < 500 && !exchange_with_failure(x, nth)) nth++;
    CHECK(nth > 1 && nth < 500);
    credentials_free(credentials);
    finish(x);
}

TEST(test_wire_out_of_memory)
{
    Exchange x;
    start_json(&x, "ExampleQueue.Echo", "{\"Text\":\"hi\\n\",\"Names\":[null,\"a\"]}");
    add(&x, "Authorization", AUTHORIZATION("123456789012", "queue"));
    add(&x, "X-Amz-Security-Token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    sweep(&x);
    start_json(&x, "AWSGlue.StartJobRun", "{}");
    sweep(&x);
    start_form(&x, "/000000000000/q", "Action=Echo&Text=a+b&Names.member.1=c&Attribute.1.Name=d&Attribute.1.Value=e&Count=5");
    sweep(&x);
    start_form(&x, "/", "Action=Echo&Count=x");
    sweep(&x);
    start(&x, "PUT", "/things/a%2Fb/parts/c", "dry=true&id=1&other=x%20y", STR("{\"Title\":\"t\"}"));
    add(&x, "X-Meta-Colour", "red");
    sweep(&x);
    start(&x, "POST", "/service/ExampleQueue/operation/Echo", "", STR_NONE);
    add(&x, "Smithy-Protocol", "rpc-v2-cbor");
    x.request.body = cbor_of(&x, "{\"Text\":\"hi\",\"Count\":3}");
    sweep(&x);
}
