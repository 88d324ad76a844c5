/* load_aws.c -- what AWS clients ask over HTTP/1.1, and how answers are read.
 *
 * Requests have the headers that a server needs and no more. Replies are not parsed as JSON: the
 * receipt handles are cut out of the text and go, still escaped, into the request that deletes. */
#include "bench/load.h"

#include <strings.h>

#define ACCOUNT "000000000000"

/* ---- framing ---- */

static Error *parse_head(Str head, unsigned *out_status, size_t *out_length)
{
    if (head.length < 12 || memcmp(head.data, "HTTP/1.", 7) != 0) return error_new(ERR_SYNTAX, "not an HTTP reply");
    unsigned status = 0;
    for (int i = 9; i < 12; i++) status = status * 10 + (unsigned)(head.data[i] - '0');
    const char *end = head.data + head.length;
    for (const char *at = head.data; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;) {
        at++;
        if (end - at < 16 || strncasecmp(at, "Content-Length:", 15) != 0) continue;
        *out_status = status;
        *out_length = strtoul(at + 15, NULL, 10);
        return NULL;
    }
    return error_new(ERR_SYNTAX, "an HTTP reply without Content-Length");
}

static Error *frame_http(Str bytes, LoadReply *out)
{
    const char *blank = memmem(bytes.data, bytes.length, "\r\n\r\n", 4);
    if (!blank) return NULL;
    unsigned status = 0;
    size_t length = 0;
    size_t head = (size_t)(blank - bytes.data) + 4;
    TRY(parse_head(str_from(bytes.data, head), &status, &length));
    if (length > bytes.length - head) return NULL;
    Str body = str_from(bytes.data + head, length);
    if (status / 100 != 2) return error_new(ERR_INVALID, "HTTP %u: %.*s", status, STR_ARG(str_slice(body, 0, 300)));
    *out = (LoadReply){ .size = head + length, .body = body };
    return NULL;
}

/* ---- asking ---- */

static void append_head(Load *load, Buffer *out, Str first, Str service, size_t length)
{
    buffer_append_str(out, first);
    buffer_append_str(out, STR("\r\nHost: "));
    buffer_append_c(out, load->options.host);
    buffer_append_byte(out, ':');
    buffer_append_int(out, load->options.port);
    buffer_append_str(out, STR("\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" ACCOUNT "/20260101/us-east-1/"));
    buffer_append_str(out, service);
    buffer_append_str(out, STR("/aws4_request, SignedHeaders=host, Signature="
                               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\nContent-Length: "));
    buffer_append_int(out, (int64_t)length);
    buffer_append_str(out, STR("\r\n\r\n"));
}

#define SQS_POST(operation) \
    STR("POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS." operation)

static void append_sqs(Load *load, Buffer *out, Str first, Str body)
{
    append_head(load, out, first, STR("sqs"), body.length);
    buffer_append_str(out, body);
}

static void begin_body(Load *load, Buffer *body)
{
    buffer_clear(body);
    buffer_append_str(body, STR("{\"QueueUrl\":\"http://"));
    buffer_append_c(body, load->options.host);
    buffer_append_byte(body, ':');
    buffer_append_int(body, load->options.port);
    buffer_append_str(body, STR("/" ACCOUNT "/"));
    buffer_append_c(body, load->options.queue);
    buffer_append_byte(body, '"');
}

static void ask_get(Load *load, LoadConnection *connection, Buffer *out)
{
    (void)connection;
    buffer_append_str(out, STR("GET "));
    buffer_append_c(out, load->options.path);
    buffer_append_str(out, STR(" HTTP/1.1\r\nHost: "));
    buffer_append_c(out, load->options.host);
    buffer_append_str(out, STR("\r\n\r\n"));
}

static void ask_identity(Load *load, LoadConnection *connection, Buffer *out)
{
    (void)connection;
    Str body = STR("Action=GetCallerIdentity&Version=2011-06-15");
    append_head(load, out, STR("POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded"), STR("sts"),
                body.length);
    buffer_append_str(out, body);
}

/* `queue` is the state machine's name. */
static void ask_execution(Load *load, LoadConnection *connection, Buffer *out, Str first)
{
    Buffer *body = &connection->kept;
    buffer_clear(body);
    buffer_append_str(body, STR("{\"stateMachineArn\":\"arn:aws:states:us-east-1:" ACCOUNT ":stateMachine:"));
    buffer_append_c(body, load->options.queue);
    buffer_append_str(body, STR("\",\"input\":\"{\\\"order\\\":12345,\\\"customer\\\":\\\"c-1\\\"}\"}"));
    append_head(load, out, first, STR("states"), body->length);
    buffer_append_str(out, buffer_str(body));
}

#define STATES_POST(operation) \
    STR("POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AWSStepFunctions." operation)

static void ask_start(Load *load, LoadConnection *connection, Buffer *out)
{
    ask_execution(load, connection, out, STATES_POST("StartExecution"));
}

static void ask_start_sync(Load *load, LoadConnection *connection, Buffer *out)
{
    ask_execution(load, connection, out, STATES_POST("StartSyncExecution"));
}

static void ask_queue_url(Load *load, LoadConnection *connection, Buffer *out)
{
    Buffer *body = &connection->kept;
    buffer_clear(body);
    buffer_append_str(body, STR("{\"QueueName\":\""));
    buffer_append_c(body, load->options.queue);
    buffer_append_str(body, STR("\"}"));
    append_sqs(load, out, SQS_POST("GetQueueUrl"), buffer_str(body));
}

static void ask_send(Load *load, LoadConnection *connection, Buffer *out)
{
    Buffer *body = &connection->kept;
    begin_body(load, body);
    buffer_append_str(body, STR(",\"MessageBody\":\""));
    load_append_body(load, body);
    buffer_append_str(body, STR("\"}"));
    append_sqs(load, out, SQS_POST("SendMessage"), buffer_str(body));
}

static void ask_send_batch(Load *load, LoadConnection *connection, Buffer *out)
{
    Buffer *body = &connection->kept;
    begin_body(load, body);
    buffer_append_str(body, STR(",\"Entries\":["));
    for (uint64_t i = 0; i < connection->claimed; i++) {
        if (i) buffer_append_byte(body, ',');
        buffer_append_str(body, STR("{\"Id\":\""));
        buffer_append_int(body, (int64_t)i);
        buffer_append_str(body, STR("\",\"MessageBody\":\""));
        load_append_body(load, body);
        buffer_append_str(body, STR("\"}"));
    }
    buffer_append_str(body, STR("]}"));
    append_sqs(load, out, SQS_POST("SendMessageBatch"), buffer_str(body));
}

static void ask_receive(Load *load, LoadConnection *connection, Buffer *out)
{
    Buffer *body = &connection->kept;
    begin_body(load, body);
    buffer_append_str(body, STR(",\"MaxNumberOfMessages\":"));
    buffer_append_int(body, (int64_t)connection->claimed);
    buffer_append_byte(body, '}');
    append_sqs(load, out, SQS_POST("ReceiveMessage"), buffer_str(body));
}

/* `kept` has been made a delete's body by the receive before. */
static void ask_delete(Load *load, LoadConnection *connection, Buffer *out)
{
    append_sqs(load, out, SQS_POST("DeleteMessage"), buffer_str(&connection->kept));
}

static void ask_delete_batch(Load *load, LoadConnection *connection, Buffer *out)
{
    append_sqs(load, out, SQS_POST("DeleteMessageBatch"), buffer_str(&connection->kept));
}

/* ---- being answered ---- */

static const char *skip_to_value(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == ':')) at++;
    return at < end && *at == '"' ? at + 1 : NULL;
}

/* Takes the next receipt handle, as escaped in the reply, off the front of `rest`. */
static bool next_handle(Str *rest, Str *out)
{
    static const char name[] = "\"ReceiptHandle\"";
    const char *end = rest->data + rest->length;
    const char *at = memmem(rest->data, rest->length, name, sizeof name - 1);
    if (!at || !(at = skip_to_value(at + sizeof name - 1, end))) return false;
    const char *stop = at;
    while (stop < end && *stop != '"') stop += *stop == '\\' ? 2 : 1;
    if (stop >= end) return false;
    *out = str_from(at, (size_t)(stop - at));
    *rest = str_from(stop, (size_t)(end - stop));
    return true;
}

static Error *received_one(Load *load, LoadConnection *connection, const LoadReply *reply)
{
    Str rest = reply->body, handle;
    if (!next_handle(&rest, &handle)) { /* another connection has what this one sent, and its own is to come */
        load->empty++;
        connection->next = connection->step;
        return NULL;
    }
    begin_body(load, &connection->kept);
    buffer_append_str(&connection->kept, STR(",\"ReceiptHandle\":\""));
    buffer_append_str(&connection->kept, handle);
    buffer_append_str(&connection->kept, STR("\"}"));
    return NULL;
}

static Error *received_batch(Load *load, LoadConnection *connection, const LoadReply *reply)
{
    Buffer *body = &connection->kept;
    uint64_t count = 0;
    begin_body(load, body);
    buffer_append_str(body, STR(",\"Entries\":["));
    for (Str rest = reply->body, handle; next_handle(&rest, &handle); count++) {
        buffer_append_c(body, count ? ",{\"Id\":\"" : "{\"Id\":\"");
        buffer_append_int(body, (int64_t)count);
        buffer_append_str(body, STR("\",\"ReceiptHandle\":\""));
        buffer_append_str(body, handle);
        buffer_append_str(body, STR("\"}"));
    }
    buffer_append_str(body, STR("]}"));
    if (count > connection->claimed) return error_new(ERR_INVALID, "more messages than asked for");
    connection->moved = count;
    if (count) return NULL;
    load->empty++;
    connection->next = 0;
    return NULL;
}

static Error *check_batch(Load *load, LoadConnection *connection, const LoadReply *reply)
{
    (void)load;
    if (memmem(reply->body.data, reply->body.length, "\"Failed\":[{", 11))
        return error_new(ERR_INVALID, "some entries failed: %.*s", STR_ARG(str_slice(reply->body, 0, 300)));
    connection->moved = connection->claimed;
    return NULL;
}

static Error *check_deleted(Load *load, LoadConnection *connection, const LoadReply *reply)
{
    uint64_t moved = connection->moved;
    TRY(check_batch(load, connection, reply));
    connection->moved = moved;
    return NULL;
}

const LoadMode load_aws_modes[] = {
    { "get", frame_http, false, { { "get", ask_get, NULL, 0 } } },
    { "identity", frame_http, false, { { "identity", ask_identity, NULL, 0 } } },
    { "queue-url", frame_http, false, { { "queue-url", ask_queue_url, NULL, 0 } } },
    { "start", frame_http, false, { { "start", ask_start, NULL, 0 } } },
    { "start-sync", frame_http, false, { { "start", ask_start_sync, NULL, 0 } } },
    { "send", frame_http, false, { { "send", ask_send, NULL, 0 } } },
    { "fill", frame_http, true, { { "send", ask_send_batch, check_batch, 0 } } },
    { "receive", frame_http, true, { { "receive", ask_receive, received_batch, 0 } } },
    { "drain",
      frame_http,
      true,
      { { "receive", ask_receive, received_batch, 0 }, { "delete", ask_delete_batch, check_deleted, 0 } } },
    { "cycle",
      frame_http,
      false,
      { { "send", ask_send, NULL, 0 },
        { "receive", ask_receive, received_one, 0 },
        { "delete", ask_delete, NULL, 0 } } },
    { NULL, NULL, false, { { NULL, NULL, NULL, 0 } } },
};
