/* load.c -- the engine of the load generator: connections, epoll, and the clock.
 *
 * Every connection goes around:
 *
 *     begin_cycle -> ask -> (reply, ..., reply) -> answered -> ask ... -> end_cycle -> begin_cycle
 *
 * and rests when the time is over or nothing is left to move. Cycles are always finished, so a run
 * leaves the server as it found it; what ends after the deadline is not counted. The clock is read
 * once a reply. Anything unexpected ends the run: a number measured over errors would mean nothing. */
#include "bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { READ_BYTES = 16384, EVENTS_MAX = 256, SILENCE_SECONDS_MAX = 30 };

void load_append_body(Load *load, Buffer *out)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    static const char digits[] = "0123456789abcdef";
    char body[LOAD_BODY_BYTES];
    memcpy(body, letters, sizeof body);
    uint64_t serial = load->serial++;
    for (int i = 15; i >= 0; i--, serial >>= 4) body[i] = digits[serial & 15];
    buffer_append(out, body, sizeof body);
}

/* ---- connections ---- */

static Error *connect_one(const LoadOptions *options, int *out)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)options->port) };
    if (inet_pton(AF_INET, options->host, &address.sin_addr) != 1)
        return error_new(ERR_INVALID, "%s is not an IPv4 address", options->host);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return error_errno(errno, "cannot make a socket");
    int one = 1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        Error *error = error_errno(errno, "cannot connect to %s:%u", options->host, options->port);
        close(fd);
        return error;
    }
    *out = fd;
    return NULL;
}

static Error *watch(Load *load, LoadConnection *connection, int operation, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = connection };
    if (epoll_ctl(load->epoll_fd, operation, connection->fd, &event) != 0) return error_errno(errno, "epoll_ctl");
    return NULL;
}

static Error *open_connections(Load *load)
{
    load->connections = memory_alloc_zero(load->options.connections * sizeof *load->connections);
    if (!load->connections) return error_memory();
    for (unsigned i = 0; i < load->options.connections; i++) load->connections[i].fd = -1;
    load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (load->epoll_fd < 0) return error_errno(errno, "epoll_create1");
    for (unsigned i = 0; i < load->options.connections; i++) {
        LoadConnection *connection = &load->connections[i];
        connection->number = i;
        TRY(connect_one(&load->options, &connection->fd));
        TRY(watch(load, connection, EPOLL_CTL_ADD, EPOLLIN));
    }
    return NULL;
}

static void close_connections(Load *load)
{
    for (unsigned i = 0; load->connections && i < load->options.connections; i++) {
        LoadConnection *connection = &load->connections[i];
        if (connection->fd >= 0) close(connection->fd);
        buffer_done(&connection->in);
        buffer_done(&connection->out);
        buffer_done(&connection->kept);
    }
    memory_free(load->connections);
    load->connections = NULL;
    if (load->epoll_fd >= 0) close(load->epoll_fd);
}

/* ---- asking ---- */

static Error *flush(Load *load, LoadConnection *connection)
{
    Buffer *out = &connection->out;
    while (connection->out_at < out->length) {
        ssize_t sent =
            send(connection->fd, out->data + connection->out_at, out->length - connection->out_at, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) return watch(load, connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
        if (sent < 0) return error_errno(errno, "cannot send");
        connection->out_at += (size_t)sent;
    }
    return NULL;
}

static Error *ask(Load *load, LoadConnection *connection, uint64_t now)
{
    const LoadStep *step = &load->mode->steps[connection->step];
    buffer_clear(&connection->out);
    connection->out_at = 0;
    step->ask(load, connection, &connection->out);
    if (connection->out.failed || connection->kept.failed) return error_memory();
    connection->replies = step->replies ? step->replies : 1;
    connection->step_started = now;
    return flush(load, connection);
}

static uint64_t claim(Load *load)
{
    uint64_t wanted = load->mode->batched ? load->options.batch : 1;
    if (load->options.count == 0) return wanted;
    if (wanted > load->left) wanted = load->left;
    load->left -= wanted;
    return wanted;
}

static Error *begin_cycle(Load *load, LoadConnection *connection, uint64_t now)
{
    connection->claimed = now < load->deadline ? claim(load) : 0;
    if (connection->claimed == 0) {
        load->active--;
        return NULL;
    }
    connection->moved = 1;
    connection->step = 0;
    connection->cycle_started = now;
    return ask(load, connection, now);
}

/* ---- being answered ---- */

static bool is_measured(const Load *load, uint64_t now)
{
    return now >= load->measured_from && now < load->deadline;
}

static Error *end_cycle(Load *load, LoadConnection *connection, uint64_t now)
{
    if (load->options.count) load->left += connection->claimed - connection->moved;
    if (is_measured(load, now) && connection->moved) {
        histogram_add(&load->cycle_latency, now - connection->cycle_started);
        load->cycles++;
        load->moved += connection->moved;
        load->last = now;
    }
    return begin_cycle(load, connection, now);
}

static Error *finish_step(Load *load, LoadConnection *connection, const LoadReply *reply, uint64_t now)
{
    const LoadStep *step = &load->mode->steps[connection->step];
    connection->next = step[1].ask ? connection->step + 1 : 0;
    if (step->answered) TRY_WRAP(step->answered(load, connection, reply), "%s", step->name);
    if (--connection->replies) return NULL;
    if (is_measured(load, now)) histogram_add(&load->step_latency[connection->step], now - connection->step_started);
    if (connection->next == 0) return end_cycle(load, connection, now);
    connection->step = connection->next;
    return ask(load, connection, now);
}

static Error *take_replies(Load *load, LoadConnection *connection)
{
    Buffer *in = &connection->in;
    while (in->length) {
        LoadReply reply = { 0 };
        TRY_WRAP(load->mode->frame(buffer_str(in), &reply), "%s", load->mode->steps[connection->step].name);
        if (reply.size == 0) return NULL;
        if (connection->replies == 0) return error_new(ERR_INVALID, "a reply that nobody asked for");
        TRY(finish_step(load, connection, &reply, measure_now()));
        buffer_drop_front(in, reply.size);
    }
    return NULL;
}

static Error *serve(Load *load, LoadConnection *connection, uint32_t events)
{
    if (events & EPOLLOUT) {
        TRY(watch(load, connection, EPOLL_CTL_MOD, EPOLLIN));
        TRY(flush(load, connection));
    }
    if (!(events & ~(uint32_t)EPOLLOUT)) return NULL;
    char *room = buffer_reserve(&connection->in, READ_BYTES);
    if (!room) return error_memory();
    ssize_t received = recv(connection->fd, room, READ_BYTES, 0);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) return NULL;
    if (received < 0) return error_errno(errno, "cannot receive");
    if (received == 0) return error_new(ERR_IO, "the server closed the connection");
    buffer_extend(&connection->in, (size_t)received);
    return take_replies(load, connection);
}

/* ---- a run ---- */

static void set_clock(Load *load)
{
    load->started = load->last = measure_now();
    load->measured_from = load->started + measure_seconds(load->options.warmup);
    load->deadline = load->measured_from + measure_seconds(load->options.seconds);
    load->left = load->options.count;
    load->active = load->options.connections;
}

static Error *go_around(Load *load)
{
    struct epoll_event events[EVENTS_MAX];
    for (unsigned i = 0; i < load->options.connections; i++)
        TRY(begin_cycle(load, &load->connections[i], measure_now()));
    while (load->active) {
        int count = epoll_wait(load->epoll_fd, events, EVENTS_MAX, SILENCE_SECONDS_MAX * 1000);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_errno(errno, "epoll_wait");
        if (count == 0) return error_new(ERR_IO, "no reply for %d seconds", SILENCE_SECONDS_MAX);
        for (int i = 0; i < count; i++) TRY(serve(load, events[i].data.ptr, events[i].events));
    }
    if (load->left)
        return error_new(ERR_LIMIT, "%llu messages were left when the time was over", (unsigned long long)load->left);
    return NULL;
}

static double cpu_seconds(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

Error *load_run(Load *load)
{
    load->epoll_fd = -1;
    Error *error = open_connections(load);
    if (!error) {
        set_clock(load);
        double cpu_before = cpu_seconds();
        error = go_around(load);
        load->own_cpu = (cpu_seconds() - cpu_before) * 1e9 / (double)(measure_now() - load->started);
    }
    close_connections(load);
    return error;
}

void load_print(const Load *load)
{
    uint64_t end = load->options.count ? load->last : load->deadline;
    double seconds = (double)(end - load->measured_from) / 1e9;
    printf("{\"mode\":\"%s\",\"connections\":%u,\"seconds\":%.3f,\"cycles\":%llu,\"moved\":%llu,\"empty\":%llu,"
           "\"own_cpu\":%.2f,\"per_second\":%.1f,",
           load->mode->name, load->options.connections, seconds, (unsigned long long)load->cycles,
           (unsigned long long)load->moved, (unsigned long long)load->empty, load->own_cpu,
           seconds > 0 ? (double)load->moved / seconds : 0.0);
    histogram_print(&load->cycle_latency, "latency_us");
    printf(",\"steps_us\":{");
    for (unsigned i = 0; load->mode->steps[i].ask; i++) {
        if (i) putchar(',');
        histogram_print(&load->step_latency[i], load->mode->steps[i].name);
    }
    puts("}}");
}
