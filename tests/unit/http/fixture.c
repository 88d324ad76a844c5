/* fixture.c -- see fixture.h. */
#include "tests/unit/http/fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ORDER_NOTHING, ORDER_RELEASE, ORDER_DRAIN, ORDER_COUNT };

const HttpLimits fixture_limits = {
    .head_bytes_max = 1024,
    .header_count_max = 8,
    .body_bytes_max = 32 * 1024 * 1024,
    .connections_max = 2000,
    .pipeline_max = 8,
    .head_time_max = 10 * DURATION_SECOND,
    .idle_time_max = 20 * DURATION_SECOND,
    .stall_time_max = 10 * DURATION_SECOND,
};

static void say(HttpRequest *request, Str body)
{
    http_reply(request, &(HttpReply){ .status = 200, .body = body });
}

static void answer_hello(Fixture *fixture, HttpRequest *request)
{
    (void)fixture;
    say(request, STR("hello"));
}

static void answer_echo(Fixture *fixture, HttpRequest *request)
{
    (void)fixture;
    say(request, request->body);
}

static void answer_big(Fixture *fixture, HttpRequest *request)
{
    (void)fixture;
    uint64_t size = 0;
    str_parse_uint(str_slice(request->path, 5, request->path.length), &size);
    char *body = arena_alloc_bytes(request->arena, size);
    memset(body, 'x', size);
    say(request, str_from(body, size));
}

static void answer_hold(Fixture *fixture, HttpRequest *request)
{
    fixture->held[fixture->held_count++] = request;
    atomic_fetch_add(&fixture->open, 1);
}

static size_t release_all(Fixture *fixture)
{
    size_t count = fixture->held_count;
    for (; fixture->held_count > 0; atomic_fetch_sub(&fixture->open, 1)) {
        HttpRequest *held = fixture->held[--fixture->held_count];
        say(held, held->query);
    }
    return count;
}

static void answer_release(Fixture *fixture, HttpRequest *request)
{
    size_t count = release_all(fixture);
    say(request, str_format(request->arena, "%zu", count));
}

static void on_gone(HttpRequest *request)
{
    Fixture *fixture = request->user;
    atomic_fetch_add(&fixture->gone, 1);
    atomic_fetch_sub(&fixture->open, 1);
    say(request, STR("too late"));
}

static void answer_park(Fixture *fixture, HttpRequest *request)
{
    request->user = fixture;
    request->on_gone = on_gone;
    atomic_fetch_add(&fixture->open, 1);
}

static void answer_bye(Fixture *fixture, HttpRequest *request)
{
    (void)fixture;
    http_reply(request, &(HttpReply){ .status = 200, .body = STR("bye"), .close = true });
}

static void answer_length(Fixture *fixture, HttpRequest *request)
{
    static const HttpHeader headers[] = {
        { STR_CONST("content-length"), STR_CONST("12345") },
        { STR_CONST("Transfer-Encoding"), STR_CONST("chunked") },
        { STR_CONST("X-Split"), STR_CONST("a\r\nX-Injected: b") },
    };
    (void)fixture;
    http_reply(request, &(HttpReply){ .status = 200, .headers = headers, .header_count = 3 });
}

static void answer_exhaust(Fixture *fixture, HttpRequest *request)
{
    (void)fixture, (void)request;
    memory_exhausted();
}

static const struct {
    Str path;
    void (*answer)(Fixture *fixture, HttpRequest *request);
} answers[] = {
    { STR_CONST("/hello"), answer_hello },     { STR_CONST("/echo"), answer_echo }, { STR_CONST("/big/"), answer_big },
    { STR_CONST("/hold"), answer_hold },       { STR_CONST("/park"), answer_park }, { STR_CONST("/bye"), answer_bye },
    { STR_CONST("/release"), answer_release }, { STR_CONST("/length"), answer_length },
    { STR_CONST("/exhaust"), answer_exhaust },
};

static void handle(void *context, HttpRequest *request)
{
    Fixture *fixture = context;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (str_starts_with(request->path, answers[i].path)) {
            answers[i].answer(fixture, request);
            return;
        }
    say(request, str_format(request->arena, "%.*s %.*s %.*s", STR_ARG(request->method), STR_ARG(request->path), STR_ARG(request->query)));
}

static void on_wake(void *context)
{
    Fixture *fixture = context;
    switch (atomic_exchange(&fixture->order, ORDER_NOTHING)) {
    case ORDER_RELEASE: release_all(fixture); break;
    case ORDER_DRAIN: http_server_drain(fixture->server); break;
    case ORDER_COUNT: atomic_store(&fixture->connections, http_server_connections(fixture->server)); break;
    default: break;
    }
}

void fixture_init(Fixture *fixture, const HttpLimits *limits, HttpTls *tls)
{
    *fixture = (Fixture){ .listen_fd = -1 };
    HttpOptions options = { .limits = *limits, .tls = tls, .handler = handle, .context = fixture, .server_name = "fixture" };
    Arena arena;
    Str bound = STR_NONE;
    arena_init(&arena, 0);
    CHECK_OK(loop_new(&fixture->loop));
    CHECK_OK(http_listen(STR("127.0.0.1:0"), &fixture->listen_fd, &bound, &arena));
    snprintf(fixture->address, sizeof fixture->address, "%.*s", STR_ARG(bound));
    arena_done(&arena);
    CHECK_OK(http_server_new(fixture->loop, fixture->listen_fd, &options, &fixture->server));
    loop_on_wake(fixture->loop, on_wake, fixture);
}

void fixture_done(Fixture *fixture)
{
    release_all(fixture);
    http_server_free(fixture->server);
    loop_free(fixture->loop);
    close(fixture->listen_fd);
    CHECK_INT(atomic_load(&fixture->open), 0);
}

static void *run(void *context)
{
    CHECK_OK(loop_run(context));
    return NULL;
}

void fixture_start(Fixture *fixture, const HttpLimits *limits, HttpTls *tls)
{
    fixture_init(fixture, limits, tls);
    CHECK_INT(pthread_create(&fixture->thread, NULL, run, fixture->loop), 0);
}

void fixture_stop(Fixture *fixture)
{
    loop_stop(fixture->loop);
    pthread_join(fixture->thread, NULL);
    fixture_done(fixture);
}

static void give_order(Fixture *fixture, int order)
{
    atomic_store(&fixture->order, order);
    loop_wake(fixture->loop);
    fixture_wait(&fixture->order, ORDER_NOTHING);
}

void fixture_release(Fixture *fixture)
{
    give_order(fixture, ORDER_RELEASE);
}

void fixture_drain(Fixture *fixture)
{
    give_order(fixture, ORDER_DRAIN);
}

void fixture_count(Fixture *fixture)
{
    atomic_store(&fixture->connections, SIZE_MAX);
    give_order(fixture, ORDER_COUNT);
    while (atomic_load(&fixture->connections) == SIZE_MAX) usleep(100);
}

bool fixture_wait(atomic_int *counter, int expected)
{
    for (int i = 0; i < 20000; i++) {
        if (atomic_load(counter) == expected) return true;
        usleep(500);
    }
    return CHECK_INT(atomic_load(counter), expected);
}

/* The client. */

int client_connect(const Fixture *fixture)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { .tv_sec = 10 };
    address.sin_port = htons((uint16_t)strtol(strchr(fixture->address, ':') + 1, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)); /* what is sent is there at once */
    CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return fd;
}

void client_send(int fd, Str bytes)
{
    while (bytes.length > 0) {
        ssize_t sent = send(fd, bytes.data, bytes.length, MSG_NOSIGNAL);
        if (sent <= 0) return; /* what comes back tells why */
        bytes = str_slice(bytes, (size_t)sent, bytes.length);
    }
}

bool client_read_head(int fd, Reply *reply)
{
    char byte;
    buffer_init(&reply->head);
    buffer_init(&reply->body);
    reply->status = 0;
    while (!str_ends_with(buffer_str(&reply->head), STR("\r\n\r\n"))) {
        if (recv(fd, &byte, 1, 0) != 1) return false;
        buffer_append_byte(&reply->head, byte);
    }
    buffer_append_byte(&reply->head, 0);
    reply->status = (int)strtol(reply->head.data + 9, NULL, 10);
    return true;
}

bool client_read(int fd, Reply *reply, bool bodiless)
{
    if (!client_read_head(fd, reply)) return false;
    const char *header = strstr(reply->head.data, "\r\nContent-Length: ");
    size_t left = header && !bodiless ? strtoul(header + 18, NULL, 10) : 0;
    while (left > 0) {
        char *room = buffer_reserve(&reply->body, left);
        ssize_t got = recv(fd, room, left, 0);
        if (got <= 0) return false;
        buffer_extend(&reply->body, (size_t)got);
        left -= (size_t)got;
    }
    return true;
}

void client_expect(int fd, int status, Str body)
{
    Reply reply;
    CHECK(client_read(fd, &reply, false));
    CHECK_INT(reply.status, status);
    CHECK_STR(buffer_str(&reply.body), body);
    reply_done(&reply);
}

void client_expect_end(int fd)
{
    char byte;
    CHECK_INT(recv(fd, &byte, 1, 0), 0);
}

void reply_done(Reply *reply)
{
    buffer_done(&reply->head);
    buffer_done(&reply->body);
}

bool reply_has(const Reply *reply, Str text)
{
    size_t at;
    return str_find(buffer_str(&reply->head), text, &at);
}
