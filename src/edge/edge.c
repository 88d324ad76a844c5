/* edge.c -- requests to calls, calls to replies.
 *
 *     on_request -> decode -> port_submit ... lane ... on_wake -> port_take -> encode -> http_reply
 *
 * A request's arena is lent to the lane with its call and comes back with it. When memory runs out on
 * the way, that request gets a short 500 and nothing else suffers. When the client goes away first,
 * the call is cancelled, so that a dead long poll is not given a message. */
#include "edge/edge_internal.h"

#include "base/log.h"
#include "base/text.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { SPIN_CALLS_MAX = 2, SPIN_MICROSECONDS = 250, CALLS_TOLD_AT_ONCE = 16 };

/* ---- replies ---- */

static void append_member(Buffer *line, const char *name, Str text)
{
    buffer_append_format(line, ",\"%s\":", name);
    if (text_utf8_valid(text)) {
        json_write_string(line, text);
        return;
    }
    buffer_append_byte(line, '"'); /* a request may hold any bytes; a line of JSON may not */
    for (size_t i = 0; i < text.length; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        bool    plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
        if (plain)
            buffer_append_byte(line, (char)byte);
        else
            buffer_append_format(line, "\\u%04x", byte);
    }
    buffer_append_byte(line, '"');
}

static void access_log(const EdgeThread *thread, const HttpRequest *request, int status)
{
    const Pending *pending = request->user; /* NULL: it never came so far */
    const WireCall *wire = pending ? &pending->wire : NULL;
    char time_text[INSTANT_TEXT_SIZE];
    Buffer line;
    buffer_init(&line);
    instant_format_iso_ms(clock_now(thread->edge->clock), time_text);
    buffer_append_format(&line, "{\"time\":\"%s\"", time_text);
    append_member(&line, "peer", request->peer);
    append_member(&line, "method", request->method);
    append_member(&line, "path", request->path);
    if (wire && wire->service) {
        append_member(&line, "service", wire->service->name);
        append_member(&line, "operation", wire->operation_name);
    }
    if (wire && wire->caller.account.length) append_member(&line, "account", wire->caller.account);
    if (wire && wire->caller.request_id.length) append_member(&line, "requestId", wire->caller.request_id);
    buffer_append_format(&line, ",\"status\":%d,\"microseconds\":%lld}", status,
                         (long long)(clock_monotonic() - request->received));
    if (!line.failed) log_line(buffer_str(&line));
    buffer_done(&line);
}

void reply(EdgeThread *thread, HttpRequest *request, const HttpReply *what)
{
    if (thread->edge->options.access_log) access_log(thread, request, what->status);
    http_reply(request, what);
}

void reply_json(EdgeThread *thread, HttpRequest *request, int status, const Json *body)
{
    NamedStr type = { STR("Content-Type"), STR("application/json") };
    reply(thread, request, &(HttpReply){ .status = status, .headers = &type, .header_count = 1,
                                         .body = json_text(request->arena, body) });
}

void reply_message(EdgeThread *thread, HttpRequest *request, int status, const char *message)
{
    char body[256];
    NamedStr type = { STR("Content-Type"), STR("application/json") };
    int length = snprintf(body, sizeof body, "{\"message\":\"%s\"}", message);
    reply(thread, request, &(HttpReply){ .status = status, .headers = &type, .header_count = 1,
                                         .body = str_from(body, (size_t)length) });
}

/* Makes and sends the reply of a call of a service. */
static void answer(Pending *pending, Error *error)
{
    HttpRequest *request = pending->request;
    WireReply wire = { 0 };
    buffer_init(&wire.body);
    if (error)
        wire_encode_error(request->arena, &pending->wire, error, &wire);
    else
        wire_encode(request->arena, &pending->wire, pending->call.output, &wire);
    metrics_note(pending->thread, pending, wire.status);
    if (wire.body.failed)
        reply_message(pending->thread, request, 500, "out of memory");
    else
        reply(pending->thread, request,
              &(HttpReply){ .status = wire.status, .headers = wire.headers, .header_count = wire.header_count,
                            .body = buffer_str(&wire.body) });
    buffer_done(&wire.body);
}

/* An error that is not the caller's belongs in the log: its text is for us, not for the client. */
static void log_fault(const Pending *pending, const Error *error)
{
    bool own_mistake = pending->answer && (error->code == ERR_INVALID || error->code == ERR_SYNTAX);
    if (error->code == ERR_FAULT || error->code == ERR_UNAVAILABLE || own_mistake) return;
    char what[160];
    snprintf(what, sizeof what, "%.*s %.*s (request %.*s)", STR_ARG(pending->wire.service ? pending->wire.service->name : STR("?")),
             STR_ARG(pending->wire.operation_name), STR_ARG(pending->wire.caller.request_id));
    log_error(error, what);
}

static void answer_guarded(Pending *pending)
{
    MemoryGuard guard;
    Error *error = pending->call.error;
    HttpRequest *request = pending->request;
    EdgeThread  *thread = pending->thread;
    if (MEMORY_GUARD_ENTER(&guard)) {
        if (error) log_fault(pending, error);
        if (pending->answer)
            pending->answer(pending);
        else
            answer(pending, error);
        memory_guard_leave(&guard);
    } else {
        reply_message(thread, request, 500, "out of memory");
    }
    error_free(error);
}

static void on_wake(void *context)
{
    EdgeThread *thread = context;
    for (Call *call; (call = port_take(thread->port));) {
        Pending *pending = (Pending *)call;
        pending->out = false;
        answer_guarded(pending);
    }
    if (atomic_load(&thread->drain)) http_server_drain(thread->server);
    atomic_store(&thread->connections, http_server_connections(thread->server));
}

/* ---- requests ---- */

static void on_gone(HttpRequest *request)
{
    Pending *pending = request->user;
    if (pending->out) port_cancel(pending->thread->port, &pending->call);
}

/* Waking the lane costs more than a call: it is told of several at once, at the latest when the round of
 * the loop ends. */
static void tell_lane(void *context)
{
    EdgeThread *thread = context;
    if (thread->unseen) port_flush(thread->port);
    thread->unseen = 0;
}

bool pending_submit(Pending *pending)
{
    pending->out = port_submit(pending->thread->port, &pending->call);
    if (!pending->out) {
        reply_message(pending->thread, pending->request, 503, "too many calls are waiting");
        return false;
    }
    if (++pending->thread->unseen >= CALLS_TOLD_AT_ONCE) tell_lane(pending->thread);
    return true;
}

static void decode_and_submit(EdgeThread *thread, Pending *pending)
{
    HttpRequest *request = pending->request;
    WireRequest wire = {
        .method = request->method,
        .path = request->path,
        .query = request->query,
        .headers = request->headers,
        .header_count = request->header_count,
        .body = request->body,
        .secure = request->secure,
    };
    Str request_id = chance_uuid(&thread->chance, request->arena);
    Error *error = wire_decode(request->arena, &thread->edge->options.wire, &wire, clock_now(thread->edge->clock), request_id,
                               &pending->wire);
    if (error) {
        atomic_fetch_add_explicit(&thread->refused, 1, memory_order_relaxed);
        log_fault(pending, error);
        answer(pending, error);
        error_free(error);
        return;
    }
    pending->call.service = pending->wire.service;
    pending->call.operation = pending->wire.operation;
    pending->call.caller = pending->wire.caller;
    pending->call.input = pending->wire.input;
    pending_submit(pending);
}

static void begin_request(EdgeThread *thread, HttpRequest *request)
{
    if (own_path(request->path)) {
        own_request(thread, request);
        return;
    }
    Pending *pending = NEW(request->arena, Pending);
    pending->thread = thread;
    pending->request = request;
    pending->call.arena = request->arena;
    request->user = pending;
    request->on_gone = on_gone;
    decode_and_submit(thread, pending);
}

static void on_request(void *context, HttpRequest *request)
{
    MemoryGuard guard;
    if (MEMORY_GUARD_ENTER(&guard)) {
        begin_request(context, request);
        memory_guard_leave(&guard);
    } else {
        reply_message(context, request, 500, "out of memory");
    }
}

/* ---- threads ---- */

static void wake(void *context)
{
    loop_wake(((EdgeThread *)context)->loop);
}

/* A lone caller waits for each answer: then the way through the kernel would be most of its wait. */
static bool few_are_waiting(void *context)
{
    size_t out = port_out(((EdgeThread *)context)->port);
    return out > 0 && out <= SPIN_CALLS_MAX;
}

static void *run_thread(void *context)
{
    EdgeThread *thread = context;
    Error *error = loop_run(thread->loop);
    if (error) {
        log_error(error, "an edge thread ended");
        error_free(error);
    }
    return NULL;
}

static Error *open_thread(Edge *edge, EdgeThread *thread)
{
    HttpOptions http = {
        .limits = edge->options.limits,
        .tls = edge->options.tls,
        .handler = on_request,
        .context = thread,
        .server_name = "Tutti",
    };
    thread->edge = edge;
    TRY(chance_init_system(&thread->chance));
    TRY(metrics_open(thread));
    TRY(loop_new(&thread->loop));
    TRY(port_open(edge->options.world, wake, thread, &thread->port));
    TRY(http_server_new(thread->loop, edge->listen_fd, &http, &thread->server));
    loop_on_wake(thread->loop, on_wake, thread);
    loop_on_round(thread->loop, tell_lane, thread);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1) loop_spin(thread->loop, few_are_waiting, thread, SPIN_MICROSECONDS);
    return NULL;
}

static Error *start_thread(EdgeThread *thread)
{
    int failed = pthread_create(&thread->thread, NULL, run_thread, thread);
    if (failed) return error_errno(failed, "cannot start an edge thread");
    thread->running = true;
    return NULL;
}

static Error *open_edge(Edge *edge)
{
    Str bound;
    TRY(http_listen(edge->options.listen, &edge->listen_fd, &bound, &edge->arena));
    edge->address = str_format(&edge->arena, "%s://%.*s", edge->options.tls ? "https" : "http", STR_ARG(bound));
    edge->options.wire.endpoint_host = bound;
    for (int i = 0; i < edge->thread_count; i++) TRY(open_thread(edge, &edge->threads[i]));
    for (int i = 0; i < edge->thread_count; i++) TRY(start_thread(&edge->threads[i]));
    return NULL;
}

Error *edge_start(const EdgeOptions *options, Edge **out)
{
    Edge *edge = memory_alloc_zero(sizeof *edge);
    EdgeThread *threads = memory_alloc_zero((size_t)options->threads * sizeof *threads);
    if (!edge || !threads) {
        memory_free(edge);
        memory_free(threads);
        return error_memory();
    }
    edge->options = *options;
    edge->clock = world_clock(options->world);
    edge->listen_fd = -1;
    edge->threads = threads;
    edge->thread_count = options->threads;
    edge->started = clock_monotonic();
    arena_init(&edge->arena, 0);
    signal(SIGPIPE, SIG_IGN);
    Error *error = open_edge(edge);
    if (error) {
        edge_stop(edge);
        return error;
    }
    *out = edge;
    return NULL;
}

Str edge_address(const Edge *edge)
{
    return edge->address;
}

static bool any_connection(Edge *edge)
{
    for (int i = 0; i < edge->thread_count; i++) {
        loop_wake(edge->threads[i].loop);
        if (atomic_load(&edge->threads[i].connections)) return true;
    }
    return false;
}

void edge_drain(Edge *edge, Duration wait_max)
{
    Instant until = clock_monotonic() + wait_max;
    for (int i = 0; i < edge->thread_count; i++) {
        atomic_store(&edge->threads[i].connections, 1); /* until its thread has looked */
        atomic_store(&edge->threads[i].drain, true);
    }
    while (any_connection(edge) && clock_monotonic() < until) usleep(2000);
}

static void end_thread(EdgeThread *thread)
{
    if (thread->running) {
        loop_stop(thread->loop);
        pthread_join(thread->thread, NULL);
    }
    if (thread->port) on_wake(thread); /* what came back since is answered, or freed with its connection */
    http_server_free(thread->server);
    port_close(thread->port);
    loop_free(thread->loop);
    memory_free(thread->metrics);
}

void edge_stop(Edge *edge)
{
    if (!edge) return;
    for (int i = 0; i < edge->thread_count; i++) end_thread(&edge->threads[i]);
    if (edge->listen_fd >= 0) close(edge->listen_fd);
    memory_free(edge->threads);
    arena_done(&edge->arena);
    memory_free(edge);
}
