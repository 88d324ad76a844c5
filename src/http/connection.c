/* connection.c -- one socket: bytes in, requests over to the handler, replies out in order.
 *
 * Input. The bytes of a turn are read into the server's buffer and taken apart there; only what is
 * left of an unfinished head is kept in `input`, so an idle connection holds no buffer. A head is
 * copied once, into the arena of its request; a body goes into a buffer of its own.
 *
 *     READING_HEAD --head without body--> hand_over --> READING_HEAD
 *         |  --head with body--> READING_BODY --body whole--> hand_over
 *         '--anything refused, end of input, a request that closes--> READING_NOTHING
 *
 * Output. Requests wait in a queue, `first` to `last`. The reply of the first goes to `output`; that
 * of a later one stays with its request until those before it are done. While a turn lasts nothing is
 * sent: all its replies leave with one system call when it settles. A reply that comes at another
 * time settles at once. Reading pauses when too many requests or too many bytes wait; what was read
 * before the pause is taken up again by waiting for the socket to be writable, so that a handler is
 * never called from inside http_reply().
 *
 * Invariants:
 *   1. A connection is destroyed by settle(), by the timer's turn or by the server, never inside a
 *      turn: until then it is `broken`.
 *   2. on_gone is called at most once, and only for requests that have no reply yet.
 *   3. After a reply that `ends`, nothing is appended to `output`.
 *   4. The timer may ring early, never late: it is not moved for deadlines that only recede. */
#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_internal.h"

enum {
    OUTPUT_HIGH = 256 * 1024,  /* unsent bytes that pause reading */
    OUTPUT_KEPT = 64 * 1024,   /* a buffer up to this is used again */
    DIRECT_MIN = 32 * 1024,    /* bodies from here on are sent from the caller's memory */
    BODY_FIRST_MAX = 64 * 1024 /* taken for a body on the word of its Content-Length */
};

static const Duration linger_time_max = 2 * DURATION_SECOND;

static const HttpLimits *limits_of(const HttpConnection *connection)
{
    return &connection->server->options.limits;
}

static Instant now_of(const HttpConnection *connection)
{
    return loop_now(connection->server->loop);
}

static Str unsent_of(const HttpConnection *connection)
{
    return str_slice(buffer_str(&connection->output), connection->sent, connection->output.length);
}

static bool is_paused(const HttpConnection *connection)
{
    if (connection->reading != READING_HEAD) return false;
    return connection->waiting >= limits_of(connection)->pipeline_max || unsent_of(connection).length > OUTPUT_HIGH;
}

/* Whether there is input to take that the socket does not tell of. */
static bool has_leftover(const HttpConnection *connection)
{
    if (connection->reading == READING_NOTHING || is_paused(connection)) return false;
    if (connection->tls && tls_session_has_input(connection->tls)) return true;
    return connection->reading == READING_HEAD && connection->input.length > connection->scan.at;
}

bool http_connection_is_idle(const HttpConnection *connection)
{
    return !connection->in_turn && !connection->waiting && !connection->incoming && !connection->head_began &&
           !unsent_of(connection).length && !connection->input.length && connection->reading == READING_HEAD;
}

/* The socket. */

static bool may_try_again(int error_number)
{
    return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

static ssize_t receive(HttpConnection *connection, char *out, size_t size)
{
    if (connection->tls) return tls_session_read(connection->tls, out, size);
    ssize_t got = recv(connection->event.fd, out, size, 0);
    if (got >= 0) return got;
    return may_try_again(errno) ? TRANSPORT_BLOCKED : TRANSPORT_BROKEN;
}

static ssize_t transmit_tls(TlsSession *tls, Str first, Str second)
{
    ssize_t sent = first.length ? tls_session_write(tls, first) : 0;
    if (sent < (ssize_t)first.length || !second.length) return sent;
    ssize_t more = tls_session_write(tls, second);
    if (more == TRANSPORT_BROKEN) return more;
    return more > 0 ? sent + more : sent;
}

static ssize_t transmit(HttpConnection *connection, Str first, Str second)
{
    if (connection->tls) return transmit_tls(connection->tls, first, second);
    struct iovec pieces[] = { { (char *)first.data, first.length }, { (char *)second.data, second.length } };
    struct msghdr message = { .msg_iov = pieces, .msg_iovlen = second.length ? 2 : 1 };
    ssize_t sent = sendmsg(connection->event.fd, &message, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    return may_try_again(errno) ? TRANSPORT_BLOCKED : TRANSPORT_BROKEN;
}

/* Output. */

static Buffer *output_of(HttpConnection *connection)
{
    Buffer *spare = &connection->server->spare_output;
    if (!connection->output.data && spare->data) {
        connection->output = *spare;
        buffer_init(spare);
    }
    return &connection->output;
}

static void release_output(HttpConnection *connection)
{
    Buffer *spare = &connection->server->spare_output;
    connection->sent = 0;
    buffer_clear(&connection->output);
    if (spare->data || connection->output.capacity > OUTPUT_KEPT) {
        buffer_done(&connection->output);
    } else {
        *spare = connection->output;
        buffer_init(&connection->output);
    }
}

/* Sends what is in `output` and then `body`; what the socket does not take of the body is kept. */
static void send_output(HttpConnection *connection, Str body)
{
    Str unsent = unsent_of(connection);
    ssize_t count = transmit(connection, unsent, body);
    if (count == TRANSPORT_BROKEN) {
        connection->broken = true;
        return;
    }
    if (count > 0 || !connection->blocked) connection->taken = now_of(connection);
    size_t sent = count > 0 ? (size_t)count : 0;
    size_t of_output = sent < unsent.length ? sent : unsent.length;
    connection->sent += of_output;
    if (connection->sent > connection->output.length / 2) {
        buffer_drop_front(&connection->output, connection->sent);
        connection->sent = 0;
    }
    buffer_append_str(&connection->output, str_slice(body, sent - of_output, body.length));
    connection->blocked = connection->output.length > 0;
    if (connection->output.failed) connection->broken = true;
}

static void flush(HttpConnection *connection)
{
    if (connection->output.failed) connection->broken = true;
    if (connection->handshaking || connection->broken) return;
    if (unsent_of(connection).length) send_output(connection, STR_NONE);
    if (!connection->broken && connection->output.data && !connection->output.length) release_output(connection);
}

/* The queue of requests. */

static void enqueue(HttpConnection *connection, Exchange *exchange)
{
    exchange->request.connection = connection;
    exchange->request.next = NULL;
    if (connection->last)
        connection->last->request.next = &exchange->request;
    else
        connection->first = exchange;
    connection->last = exchange;
    connection->waiting++;
}

static void dequeue_first(HttpConnection *connection)
{
    connection->first = (Exchange *)connection->first->request.next;
    if (!connection->first) connection->last = NULL;
    connection->waiting--;
}

static void dequeue_last(HttpConnection *connection)
{
    Exchange *before = connection->first;
    connection->waiting--;
    if (before == connection->last) {
        connection->first = connection->last = NULL;
        return;
    }
    while (before->request.next != &connection->last->request) before = (Exchange *)before->request.next;
    before->request.next = NULL;
    connection->last = before;
}

static Exchange *next_to_tell(const HttpConnection *connection)
{
    for (Exchange *exchange = connection->first; exchange; exchange = (Exchange *)exchange->request.next)
        if (exchange->request.on_gone && !exchange->gone && !exchange->replied) return exchange;
    return NULL;
}

static void tell_one(Exchange *exchange)
{
    MemoryGuard guard; /* its own: it may run in the middle of anything */
    exchange->gone = true;
    if (MEMORY_GUARD_ENTER(&guard)) {
        exchange->request.on_gone(&exchange->request);
        memory_guard_leave(&guard);
    }
}

/* Tells those who wait that nobody waits for them. They may reply at once, which changes the queue. */
static void tell_gone(HttpConnection *connection)
{
    bool in_turn = connection->in_turn;
    connection->in_turn = true;
    for (Exchange *exchange; (exchange = next_to_tell(connection));) tell_one(exchange);
    connection->in_turn = in_turn;
}

/* A client that waits for our word before it sends its body gets it when all before is answered. */
static void offer_to_continue(HttpConnection *connection)
{
    if (!connection->must_continue || connection->first) return;
    connection->must_continue = false;
    connection->touched = now_of(connection);
    buffer_append_str(output_of(connection), STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* Takes leave of the requests at the front that have their reply. */
static void advance(HttpConnection *connection)
{
    while (connection->first && connection->first->replied && !connection->ending) {
        Exchange *done = connection->first;
        if (done->reply.length) buffer_append_str(output_of(connection), buffer_str(&done->reply));
        connection->ending = done->ends;
        connection->touched = now_of(connection);
        dequeue_first(connection);
        if (done == connection->dispatching)
            connection->dispatch_over = true;
        else
            http_exchange_give_back(done);
    }
    offer_to_continue(connection);
}

static bool must_end(const HttpConnection *connection, const Exchange *exchange, const HttpReply *reply)
{
    if (reply->close || !exchange->keep_alive) return true;
    return connection->server->draining && !exchange->request.next && !connection->incoming;
}

static void write_reply(HttpConnection *connection, Exchange *exchange, const HttpReply *reply)
{
    bool is_next = exchange == connection->first && !connection->ending;
    Buffer *out = is_next ? output_of(connection) : &exchange->reply;
    Str body;
    http_reply_write(exchange, reply, exchange->ends, out, &body);
    if (is_next && body.length >= DIRECT_MIN && !connection->handshaking && !connection->blocked && !out->failed && !connection->broken)
        send_output(connection, body);
    else
        buffer_append_str(out, body);
    if (out->failed) connection->broken = true;
}

void http_reply(HttpRequest *request, const HttpReply *reply)
{
    Exchange *exchange = (Exchange *)request;
    HttpConnection *connection = request->connection;
    assert(!exchange->replied);
    if (!connection) {
        http_exchange_give_back(exchange);
        return;
    }
    exchange->replied = true;
    exchange->ends = must_end(connection, exchange, reply);
    if (exchange->ends && exchange->keep_alive) connection->cut_off = true;
    write_reply(connection, exchange, reply);
    advance(connection);
    if (!connection->in_turn) http_connection_settle(connection);
}

/* Input. */

static void drop_incoming(HttpConnection *connection)
{
    if (connection->incoming) http_exchange_give_back(connection->incoming);
    connection->incoming = NULL;
    connection->must_continue = false;
    connection->head_began = 0;
}

/* The refusal is a reply like others: requests before it are answered first. */
void http_connection_refuse(HttpConnection *connection, HttpRefusal refusal)
{
    drop_incoming(connection);
    connection->reading = READING_NOTHING;
    connection->cut_off = true;
    Exchange *exchange = http_exchange_take(connection->server);
    if (!exchange) {
        connection->broken = true;
        return;
    }
    exchange->request.version_minor = 1;
    enqueue(connection, exchange);
    static const HttpHeader type = { STR_CONST("Content-Type"), STR_CONST("application/json") };
    char text[160];
    int length = snprintf(text, sizeof text, "{\"message\":\"%s\"}", refusal.message);
    bool in_turn = connection->in_turn;
    connection->in_turn = true;
    http_reply(&exchange->request, &(HttpReply){ .status = refusal.status, .headers = &type, .header_count = 1,
                                                 .body = str_from(text, (size_t)length), .close = true });
    connection->in_turn = in_turn;
}

static void end_dispatch(HttpConnection *connection)
{
    Exchange *exchange = connection->dispatching;
    connection->dispatching = NULL;
    if (exchange && connection->dispatch_over) http_exchange_give_back(exchange);
}

static void hand_over(HttpConnection *connection)
{
    Exchange *exchange = connection->incoming;
    connection->incoming = NULL;
    connection->must_continue = false;
    connection->reading = exchange->keep_alive ? READING_HEAD : READING_NOTHING;
    exchange->request.body = buffer_str(&exchange->body);
    enqueue(connection, exchange);
    connection->dispatching = exchange;
    connection->dispatch_over = false;
    connection->server->options.handler(connection->server->options.context, &exchange->request);
    end_dispatch(connection);
}

static void fill_request(HttpConnection *connection, Exchange *exchange, const HttpHead *head)
{
    HttpRequest *request = &exchange->request;
    request->method = head->method;
    request->target = head->target;
    request->path = head->path;
    request->query = head->query;
    request->headers = head->headers;
    request->header_count = head->header_count;
    request->version_minor = head->version_minor;
    request->peer = str_copy(&exchange->arena, str_from(connection->peer, connection->peer_length));
    request->secure = connection->tls != NULL;
    request->received = connection->head_began;
    exchange->keep_alive = head->keep_alive;
}

static HttpProgress begin_request(HttpConnection *connection, Str bytes, HttpRefusal *refusal)
{
    Exchange *exchange = http_exchange_take(connection->server);
    if (!exchange) memory_exhausted();
    connection->incoming = exchange;
    HttpHead head;
    bytes = str_copy(&exchange->arena, bytes);
    if (http_parse_head(&exchange->arena, bytes, &connection->scan, limits_of(connection), &head, refusal) != HTTP_DONE)
        return HTTP_REFUSED;
    fill_request(connection, exchange, &head);
    http_body_init(&connection->body, &head, limits_of(connection));
    if (head.framing == HTTP_NO_BODY) return HTTP_DONE;
    connection->reading = READING_BODY;
    connection->must_continue = head.expects_continue;
    connection->touched = now_of(connection);
    size_t expected = head.content_length < BODY_FIRST_MAX ? (size_t)head.content_length : BODY_FIRST_MAX;
    if (expected && !buffer_reserve(&exchange->body, expected)) memory_exhausted();
    return HTTP_DONE;
}

/* Both take from the front of the input; false: there is nothing more to be done with the rest now. */

static bool take_head(HttpConnection *connection, Str *input)
{
    HttpRefusal refusal;
    if (!connection->head_began) connection->head_began = now_of(connection);
    HttpProgress progress = http_scan_head(&connection->scan, *input, limits_of(connection), &refusal);
    if (progress == HTTP_MORE) return false;
    if (progress == HTTP_DONE) progress = begin_request(connection, str_slice(*input, 0, connection->scan.at), &refusal);
    if (progress == HTTP_REFUSED) {
        http_connection_refuse(connection, refusal);
        return false;
    }
    *input = str_slice(*input, connection->scan.at, input->length);
    connection->scan = (HttpScan){ 0 };
    connection->head_began = 0;
    if (connection->reading == READING_HEAD) hand_over(connection);
    return true;
}

static bool take_body(HttpConnection *connection, Str *input)
{
    HttpRefusal refusal;
    Str piece;
    HttpProgress progress = http_body_take(&connection->body, input, &piece, &refusal);
    if (progress == HTTP_REFUSED) {
        http_connection_refuse(connection, refusal);
        return false;
    }
    connection->must_continue = false; /* it does not wait for it */
    connection->touched = now_of(connection);
    buffer_append_str(&connection->incoming->body, piece);
    if (connection->incoming->body.failed) memory_exhausted();
    if (progress == HTTP_DONE) hand_over(connection);
    return true;
}

static Str take_requests(HttpConnection *connection, Str input)
{
    bool more = true;
    while (more && input.length > 0 && !is_paused(connection) && connection->reading != READING_NOTHING)
        more = connection->reading == READING_HEAD ? take_head(connection, &input) : take_body(connection, &input);
    return connection->reading == READING_NOTHING ? STR_NONE : input;
}

/* Takes what can be taken of what was left before and is `fresh` now; keeps the rest. */
static void take_input(HttpConnection *connection, Str fresh)
{
    Buffer *kept = &connection->input;
    if (!kept->length) {
        Str rest = take_requests(connection, fresh);
        buffer_append_str(kept, rest);
    } else {
        buffer_append_str(kept, fresh);
        if (kept->failed) memory_exhausted();
        Str rest = take_requests(connection, buffer_str(kept));
        buffer_drop_front(kept, kept->length - rest.length);
        if (!kept->length) buffer_done(kept);
    }
    if (kept->failed) memory_exhausted();
    offer_to_continue(connection);
}

static void reach_end(HttpConnection *connection)
{
    drop_incoming(connection);
    connection->reading = READING_NOTHING;
    connection->hung_up = connection->at_end = true;
    tell_gone(connection);
}

static void read_input(HttpConnection *connection)
{
    char *input = connection->server->input;
    ssize_t got = receive(connection, input, INPUT_SIZE);
    if (got > 0)
        take_input(connection, str_from(input, (size_t)got));
    else if (got == 0)
        reach_end(connection);
    else if (got == TRANSPORT_BROKEN)
        connection->broken = true;
}

/* The client may close only its side, and still read. But it cannot be told from one that went away,
 * so whoever waits long for something is told; a reply that comes all the same is sent. */
static void hang_up(HttpConnection *connection)
{
    if (connection->hung_up) {
        connection->broken = true; /* not asked for any more: this is the other side of it */
        return;
    }
    connection->hung_up = true;
    tell_gone(connection);
}

static void shake_hands(HttpConnection *connection)
{
    int result = tls_session_shake(connection->tls);
    if (result == TRANSPORT_BROKEN) connection->broken = true;
    if (result == 1) connection->handshaking = false;
}

static void discard_input(HttpConnection *connection)
{
    ssize_t got = recv(connection->event.fd, connection->server->input, INPUT_SIZE, 0);
    if (got == 0 || (got < 0 && !may_try_again(errno))) connection->broken = true;
}

static void take_turn(HttpConnection *connection, int events)
{
    if (connection->handshaking) shake_hands(connection);
    if (connection->handshaking || connection->broken) return;
    if (connection->lingering) {
        discard_input(connection);
        return;
    }
    if ((events & LOOP_HANGUP) && !(connection->event.events & LOOP_READ)) hang_up(connection);
    if (connection->reading == READING_NOTHING || is_paused(connection) || connection->broken) return;
    if ((events & LOOP_READ) || (connection->tls && tls_session_has_input(connection->tls)))
        read_input(connection);
    else if (has_leftover(connection))
        take_input(connection, STR_NONE);
}

/* Out of memory in a turn. The request that was in the handler has not been kept by it: see http.h. */
static void give_up(HttpConnection *connection)
{
    Exchange *exchange = connection->dispatching;
    if (exchange && !connection->dispatch_over && !exchange->replied) {
        dequeue_last(connection);
        connection->dispatch_over = true;
    }
    end_dispatch(connection);
    connection->broken = true;
}

static void on_event(void *context, int events)
{
    HttpConnection *connection = context;
    MemoryGuard guard;
    connection->in_turn = true;
    if (MEMORY_GUARD_ENTER(&guard)) {
        take_turn(connection, events);
        memory_guard_leave(&guard);
    } else {
        give_up(connection);
    }
    connection->in_turn = false;
    http_connection_settle(connection);
}

/* What comes next. */

static int events_to_wait_for(const HttpConnection *connection)
{
    if (connection->handshaking) return LOOP_READ | (tls_session_wants_write(connection->tls) ? LOOP_WRITE : 0);
    if (connection->lingering) return LOOP_READ;
    int events = 0;
    if (connection->reading != READING_NOTHING && !is_paused(connection))
        events |= LOOP_READ; /* which tells of an end as well */
    else if (!connection->hung_up)
        events |= LOOP_HANGUP;
    if (unsent_of(connection).length || has_leftover(connection)) events |= LOOP_WRITE;
    return events;
}

static Instant input_deadline(const HttpConnection *connection)
{
    const HttpLimits *limits = limits_of(connection);
    if (connection->reading == READING_BODY)
        return connection->must_continue ? INSTANT_NEVER : connection->touched + limits->stall_time_max;
    if (connection->reading == READING_NOTHING || is_paused(connection)) return INSTANT_NEVER;
    if (connection->head_began) return connection->head_began + limits->head_time_max;
    if (connection->waiting || unsent_of(connection).length) return INSTANT_NEVER;
    return connection->touched + limits->idle_time_max;
}

static Instant deadline(const HttpConnection *connection)
{
    const HttpLimits *limits = limits_of(connection);
    if (connection->handshaking) return connection->touched + limits->head_time_max;
    if (connection->lingering) return connection->touched + linger_time_max;
    Instant input = input_deadline(connection);
    if (!unsent_of(connection).length) return input;
    Instant output = connection->taken + limits->stall_time_max;
    return output < input ? output : input;
}

static Error *wait_for_more(HttpConnection *connection)
{
    Loop *loop = connection->server->loop;
    if (connection->head_began && is_paused(connection)) connection->head_began = now_of(connection); /* not the client's fault */
    TRY(loop_change(loop, &connection->event, events_to_wait_for(connection)));
    Instant due = deadline(connection);
    if (due >= connection->alarm) return NULL;
    TRY(loop_timer_set(loop, &connection->timer, due));
    connection->alarm = due;
    return NULL;
}

/* A socket closed with unread input resets the connection, and the client may lose the reply that
 * says why. So the last word is said, and the rest is read and dropped for a while. */
static void linger(HttpConnection *connection)
{
    if (connection->tls) tls_session_end(connection->tls);
    shutdown(connection->event.fd, SHUT_WR);
    connection->reading = READING_NOTHING;
    connection->lingering = true;
    connection->touched = now_of(connection);
    tell_gone(connection);
}

/* All that there was to send has been sent. */
static void rest(HttpConnection *connection)
{
    if (connection->ending && connection->cut_off && !connection->at_end)
        linger(connection);
    else if (connection->ending || (connection->at_end && !connection->waiting) ||
             (connection->server->draining && http_connection_is_idle(connection)))
        connection->broken = true;
}

void http_connection_settle(HttpConnection *connection)
{
    flush(connection);
    if (!connection->broken && !connection->lingering && !unsent_of(connection).length) rest(connection);
    Error *error = connection->broken ? NULL : wait_for_more(connection);
    if (error) connection->broken = true;
    error_free(error);
    if (connection->broken) http_connection_destroy(connection);
}

static void on_timer(void *context)
{
    HttpConnection *connection = context;
    static const HttpRefusal slow = { 408, "The request did not come in time." };
    connection->alarm = INSTANT_NEVER;
    Instant now = now_of(connection);
    if (deadline(connection) <= now) {
        bool refusable = !connection->handshaking && !connection->lingering && input_deadline(connection) <= now &&
                         (connection->reading == READING_BODY || connection->head_began);
        if (refusable && !unsent_of(connection).length)
            http_connection_refuse(connection, slow);
        else
            connection->broken = true;
    }
    http_connection_settle(connection);
}

/* Beginning and end. */

HttpConnection *http_connection_new(HttpServer *server, int fd, Str peer)
{
    HttpConnection *connection = memory_alloc_zero(sizeof *connection);
    if (!connection) return NULL;
    connection->server = server;
    connection->event = (LoopEvent){ .fd = fd, .handler = on_event, .context = connection };
    connection->timer = (LoopTimer){ .handler = on_timer, .context = connection };
    connection->touched = connection->taken = loop_now(server->loop);
    connection->alarm = INSTANT_NEVER;
    connection->peer_length = peer.length < sizeof connection->peer ? peer.length : sizeof connection->peer;
    memcpy(connection->peer, peer.data, connection->peer_length);
    if (server->options.tls) {
        connection->tls = tls_session_new(server->options.tls, fd);
        connection->handshaking = true;
    }
    Error *error = NULL;
    if ((server->options.tls && !connection->tls) || (error = loop_add(server->loop, &connection->event, LOOP_READ))) {
        error_free(error);
        tls_session_free(connection->tls);
        memory_free(connection);
        return NULL;
    }
    connection->next = server->connections;
    if (connection->next) connection->next->previous = connection;
    server->connections = connection;
    server->connection_count++;
    return connection;
}

static void unlink_connection(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next) connection->next->previous = connection->previous;
    server->connection_count--;
}

/* Requests without a reply live on without a connection. */
static void let_go(HttpConnection *connection)
{
    while (connection->first) {
        Exchange *exchange = connection->first;
        dequeue_first(connection);
        exchange->request.connection = NULL;
        if (exchange->replied) http_exchange_give_back(exchange);
    }
}

void http_connection_destroy(HttpConnection *connection)
{
    unlink_connection(connection);
    connection->in_turn = true; /* replies from on_gone do not settle it again */
    tell_gone(connection);
    let_go(connection);
    drop_incoming(connection);
    loop_timer_clear(connection->server->loop, &connection->timer);
    loop_remove(connection->server->loop, &connection->event);
    tls_session_free(connection->tls);
    close(connection->event.fd);
    buffer_done(&connection->input);
    buffer_done(&connection->output);
    memory_free(connection);
}
