/* server.c -- listening, accepting, and what the connections of a loop share.
 *
 * Several servers, each with its loop and thread, may wait for one listening socket; the kernel wakes
 * one of them for a connection, and each takes only a few at a time, so that they spread.
 *
 * Exchanges are used again with their arenas and buffers: a request of ordinary size costs no heap
 * call. What one large request took is not kept. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_internal.h"

enum {
    BACKLOG = 4096,
    ACCEPTS_A_TURN = 4,
    REFUSED_MAX = 64,              /* connections over the limit that are told so; the rest is cut */
    FREE_EXCHANGES_MAX = 256,
    EXCHANGE_MEMORY_KEPT = 32 * 1024, /* of an arena or a buffer */
};

static const Duration accept_pause = 100 * DURATION_MS; /* when descriptors or memory are out */

const HttpLimits http_limits_default = {
    .head_bytes_max = 64 * 1024,
    .header_count_max = 128,
    .body_bytes_max = 64 * 1024 * 1024,
    .connections_max = 16384,
    .pipeline_max = 32,
    .head_time_max = 20 * DURATION_SECOND,
    .idle_time_max = 75 * DURATION_SECOND,
    .stall_time_max = 30 * DURATION_SECOND,
};

Str http_header(const HttpRequest *request, Str name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (request->headers[i].name.length == name.length && str_equal_nocase(request->headers[i].name, name))
            return request->headers[i].value;
    return STR_NONE;
}

/* Exchanges. */

Exchange *http_exchange_take(HttpServer *server)
{
    Exchange *exchange = server->free_exchanges;
    if (exchange) {
        server->free_exchanges = (Exchange *)exchange->request.next;
        server->free_exchange_count--;
    } else {
        exchange = memory_alloc_zero(sizeof *exchange);
        if (!exchange) return NULL;
        arena_init(&exchange->arena, 0);
    }
    server->open_exchange_count++;
    exchange->request = (HttpRequest){ .arena = &exchange->arena };
    exchange->server = server;
    exchange->keep_alive = exchange->replied = exchange->ends = exchange->gone = false;
    return exchange;
}

static void recycle_buffer(Buffer *buffer)
{
    if (buffer->capacity > EXCHANGE_MEMORY_KEPT) buffer_done(buffer);
    buffer_clear(buffer);
}

static void free_exchange(Exchange *exchange)
{
    arena_done(&exchange->arena);
    buffer_done(&exchange->body);
    buffer_done(&exchange->reply);
    memory_free(exchange);
}

void http_exchange_give_back(Exchange *exchange)
{
    HttpServer *server = exchange->server;
    server->open_exchange_count--;
    if (server->free_exchange_count >= FREE_EXCHANGES_MAX) {
        free_exchange(exchange);
        return;
    }
    if (exchange->arena.held > EXCHANGE_MEMORY_KEPT) {
        arena_done(&exchange->arena);
        arena_init(&exchange->arena, 0); /* small again */
    } else {
        arena_reset(&exchange->arena);
    }
    recycle_buffer(&exchange->body);
    recycle_buffer(&exchange->reply);
    exchange->request.next = (HttpRequest *)server->free_exchanges;
    server->free_exchanges = exchange;
    server->free_exchange_count++;
}

/* Listening. */

/* "host:port" and "[host]:port"; the host may be empty: every address. */
static bool split_address(Arena *arena, Str address, char **out_host, char **out_port)
{
    size_t colon = address.length;
    while (colon > 0 && address.data[colon - 1] != ':') colon--;
    if (colon == 0 || colon == address.length) return false;
    Str host = str_slice(address, 0, colon - 1);
    uint64_t port;
    if (!str_parse_uint(str_slice(address, colon, address.length), &port) || port > UINT16_MAX) return false;
    if (str_starts_with(host, STR("[")) && str_ends_with(host, STR("]"))) host = str_slice(host, 1, host.length - 1);
    *out_host = host.length ? str_to_c(arena, host) : NULL;
    *out_port = str_to_c(arena, str_slice(address, colon, address.length));
    return true;
}

static size_t format_peer(const struct sockaddr_storage *address, char *out, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    int length = 0;
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        length = snprintf(out, size, "%s:%u", host, ntohs(v4->sin_port));
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        length = snprintf(out, size, "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        length = snprintf(out, size, "local");
    }
    return (size_t)length < size ? (size_t)length : size - 1;
}

static Error *bind_and_listen(const struct addrinfo *place, Str address, int fd)
{
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, place->ai_addr, place->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) return NULL;
    if (errno == EADDRINUSE) return error_new(ERR_IN_USE, "%.*s is in use by another process", STR_ARG(address));
    return error_errno(errno, "cannot listen on %.*s", STR_ARG(address));
}

static Str bound_address(int fd, Arena *arena)
{
    struct sockaddr_storage bound = { 0 };
    socklen_t size = sizeof bound;
    char text[64];
    getsockname(fd, (struct sockaddr *)&bound, &size);
    return str_copy(arena, str_from(text, format_peer(&bound, text, sizeof text)));
}

Error *http_listen(Str address, int *out_fd, Str *out_bound, Arena *arena)
{
    char *host, *port;
    if (!split_address(arena, address, &host, &port))
        return error_new(ERR_INVALID, "\"%.*s\" is not an address like 127.0.0.1:4566", STR_ARG(address));
    struct addrinfo *place, wanted = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
    int failure = getaddrinfo(host, port, &wanted, &place);
    if (failure) return error_new(ERR_INVALID, "cannot listen on %.*s: %s", STR_ARG(address), gai_strerror(failure));
    int fd = socket(place->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    Error *error = fd < 0 ? error_errno(errno, "cannot make a socket") : bind_and_listen(place, address, fd);
    freeaddrinfo(place);
    if (error) {
        if (fd >= 0) close(fd);
        return error;
    }
    *out_bound = bound_address(fd, arena);
    *out_fd = fd;
    return NULL;
}

/* Accepted sockets inherit these. A client whose machine has vanished is noticed in about two minutes. */
static void prepare_socket(int fd)
{
    static const struct {
        int level, name, value;
    } options[] = {
        { IPPROTO_TCP, TCP_NODELAY, 1 },     { SOL_SOCKET, SO_KEEPALIVE, 1 },   { IPPROTO_TCP, TCP_KEEPIDLE, 60 },
        { IPPROTO_TCP, TCP_KEEPINTVL, 15 },  { IPPROTO_TCP, TCP_KEEPCNT, 4 },
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof options[i].value);
}

/* Accepting. */

static void start_accepting(HttpServer *server)
{
    Error *error = loop_add(server->loop, &server->listening, LOOP_READ | LOOP_EXCLUSIVE);
    server->accepting = !error;
    if (!error) return;
    error_free(error);
    error_free(loop_timer_set(server->loop, &server->accept_again, loop_now(server->loop) + accept_pause));
}

static void stop_accepting(HttpServer *server)
{
    if (server->accepting) loop_remove(server->loop, &server->listening);
    server->accepting = false;
    loop_timer_clear(server->loop, &server->accept_again);
}

static void on_accept_again(void *context)
{
    start_accepting(context);
}

static void welcome(HttpServer *server, int fd, const struct sockaddr_storage *address)
{
    static const HttpRefusal full = { 503, "There are too many connections." };
    char peer[64];
    size_t most = server->options.limits.connections_max;
    size_t length = format_peer(address, peer, sizeof peer);
    HttpConnection *connection =
        server->connection_count < most + REFUSED_MAX ? http_connection_new(server, fd, str_from(peer, length)) : NULL;
    if (!connection) {
        close(fd);
        return;
    }
    if (server->connection_count > most) http_connection_refuse(connection, full);
    http_connection_settle(connection);
}

static bool is_passing(int error_number)
{
    switch (error_number) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return false;
    default: return true; /* this client's trouble, or nobody there */
    }
}

static void on_listening(void *context, int events)
{
    HttpServer *server = context;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage address = { 0 };
        socklen_t size = sizeof address;
        int fd = accept4(server->listening.fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(server, fd, &address);
            continue;
        }
        if (is_passing(errno)) return;
        stop_accepting(server); /* the waiting client would wake us without end */
        error_free(loop_timer_set(server->loop, &server->accept_again, loop_now(server->loop) + accept_pause));
        return;
    }
}

/* The server. */

Str http_server_fixed_headers(HttpServer *server)
{
    int64_t second = loop_now(server->loop) / DURATION_SECOND;
    if (server->fixed_second != second || !server->fixed_length) {
        char date[INSTANT_TEXT_SIZE];
        const char *name = server->options.server_name;
        instant_format_http((Instant)time(NULL) * DURATION_SECOND, date);
        int length = snprintf(server->fixed, sizeof server->fixed, "%s%.64s\r\nDate: %s\r\n", name ? "\r\nServer: " : "",
                              name ? name : "", date);
        server->fixed_length = (size_t)length;
        server->fixed_second = second;
    }
    return str_from(server->fixed, server->fixed_length);
}

Error *http_server_new(Loop *loop, int listen_fd, const HttpOptions *options, HttpServer **out)
{
    HttpServer *server = memory_alloc_zero(sizeof *server);
    if (!server) return error_memory();
    server->loop = loop;
    server->options = *options;
    server->listening = (LoopEvent){ .fd = listen_fd, .handler = on_listening, .context = server };
    server->accept_again = (LoopTimer){ .handler = on_accept_again, .context = server };
    prepare_socket(listen_fd);
    Error *error = loop_add(loop, &server->listening, LOOP_READ | LOOP_EXCLUSIVE);
    if (error) {
        memory_free(server);
        return error;
    }
    server->accepting = true;
    *out = server;
    return NULL;
}

size_t http_server_connections(const HttpServer *server)
{
    return server->connection_count;
}

void http_server_drain(HttpServer *server)
{
    server->draining = true;
    stop_accepting(server);
    for (HttpConnection *connection = server->connections, *next; connection; connection = next) {
        next = connection->next; /* an idle one has no requests, so no handler runs that could end another */
        if (http_connection_is_idle(connection)) http_connection_destroy(connection);
    }
}

void http_server_free(HttpServer *server)
{
    if (!server) return;
    stop_accepting(server);
    while (server->connections) http_connection_destroy(server->connections);
    assert(server->open_exchange_count == 0);
    while (server->free_exchanges) {
        Exchange *exchange = server->free_exchanges;
        server->free_exchanges = (Exchange *)exchange->request.next;
        free_exchange(exchange);
    }
    buffer_done(&server->spare_output);
    memory_free(server);
}
