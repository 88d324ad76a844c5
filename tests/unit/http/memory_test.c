/* memory_test.c -- every allocation of a server's work fails once: the connection may end, the others
 * go on, nothing is lost. The loop is turned here, because failing is a thread's own. */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/http/fixture.h"

static void turn_until_quiet(Fixture *fixture)
{
    for (int i = 0; i < 12; i++) CHECK_OK(loop_turn(fixture->loop, i < 2 ? 2 * DURATION_MS : 0));
}

static void turn_until_readable(Fixture *fixture, int fd)
{
    struct pollfd poller = { .fd = fd, .events = POLLIN };
    for (int i = 0; i < 1000 && poll(&poller, 1, 0) == 0; i++) CHECK_OK(loop_turn(fixture->loop, DURATION_MS));
}

static void expect_hello(Fixture *fixture, int fd)
{
    client_send(fd, STR("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
    turn_until_readable(fixture, fd);
    client_expect(fd, 200, STR("hello"));
}

/* Connects, does many things in one breath, goes away; what waits behind /park is kept until then. */
static void do_much(Fixture *fixture)
{
    static char large[100000];
    int fd = client_connect(fixture);
    memset(large, 'x', sizeof large);
    client_send(fd, STR("GET /hold?1 HTTP/1.1\r\nHost: h\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n"
                        "GET /park HTTP/1.1\r\nHost: h\r\n\r\nGET /release HTTP/1.1\r\nHost: h\r\n\r\n"
                        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n"));
    turn_until_quiet(fixture);
    client_send(fd, str_from(large, sizeof large));
    turn_until_quiet(fixture);
    client_send(fd, STR("GET /big/200000 HTTP/1.1\r\nHost: h\r\n\r\nGET /he"));
    turn_until_quiet(fixture);
    client_send(fd, STR("llo HTTP/1.1\r\nHost: h\r\n\r\nbad\r\n\r\n"));
    turn_until_quiet(fixture);
    close(fd);
    turn_until_quiet(fixture);
}

/* The allocations of a whole run; `nth` of them fails, 0: none. */
static uint64_t run_once(uint64_t nth, bool sticky)
{
    Fixture fixture;
    fixture_init(&fixture, &fixture_limits, NULL);
    int other = client_connect(&fixture);
    expect_hello(&fixture, other);
    uint64_t before = memory_count();
    memory_fail_nth(nth, sticky);
    do_much(&fixture);
    memory_fail_nth(0, false);
    uint64_t count = memory_count() - before;
    expect_hello(&fixture, other);
    close(other);
    turn_until_quiet(&fixture);
    fixture_done(&fixture);
    return count;
}

static void sweep(bool sticky)
{
    uint64_t count = run_once(0, false);
    CHECK(count > 20);
    for (uint64_t nth = 1; nth <= count; nth++) run_once(nth, sticky);
}

TEST(test_http_survives_each_failed_allocation)
{
    sweep(false);
}

TEST(test_http_survives_memory_running_out)
{
    sweep(true);
}

TEST(test_http_handler_out_of_memory_ends_its_connection_only)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture), other = client_connect(&fixture);
    client_send(fd, STR("GET /park HTTP/1.1\r\nHost: h\r\n\r\nGET /exhaust HTTP/1.1\r\nHost: h\r\n\r\n"));
    client_expect_end(fd);
    fixture_wait(&fixture.gone, 1);
    client_send(other, STR("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
    client_expect(other, 200, STR("hello"));
    close(fd);
    close(other);
    fixture_stop(&fixture);
}
