/* server_test.c -- what clients of every kind get from a server on real sockets. */
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/http/fixture.h"

#define GET(target) STR("GET " target " HTTP/1.1\r\nHost: h\r\n\r\n")

TEST(test_http_keeps_connections)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    for (int i = 0; i < 3; i++) {
        client_send(fd, GET("/hello"));
        client_expect(fd, 200, STR("hello"));
    }
    client_send(fd, GET("/a%20b?x=1"));
    client_expect(fd, 200, STR("GET /a%20b x=1"));
    client_send(fd, STR("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    Reply reply;
    CHECK(client_read(fd, &reply, false));
    CHECK(reply_has(&reply, STR("\r\nConnection: close\r\n")));
    CHECK(reply_has(&reply, STR("\r\nServer: fixture\r\n")));
    CHECK(reply_has(&reply, STR("\r\nDate: ")));
    reply_done(&reply);
    client_expect_end(fd);
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_serves_old_clients)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    Reply reply;
    client_send(fd, STR("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    CHECK(client_read(fd, &reply, false));
    CHECK(reply_has(&reply, STR("\r\nConnection: keep-alive\r\n")));
    reply_done(&reply);
    client_send(fd, STR("GET /hello HTTP/1.0\r\n\r\n"));
    client_expect(fd, 200, STR("hello"));
    client_expect_end(fd);
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_head_has_a_length_and_no_body)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    Reply reply;
    client_send(fd, STR("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
    CHECK(client_read(fd, &reply, true));
    CHECK(reply_has(&reply, STR("\r\nContent-Length: 5\r\n")));
    reply_done(&reply);
    client_send(fd, STR("HEAD /length HTTP/1.1\r\nHost: h\r\n\r\n"));
    CHECK(client_read(fd, &reply, true));
    CHECK(reply_has(&reply, STR("\r\nContent-Length: 12345\r\n")));
    reply_done(&reply);
    client_send(fd, STR("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"));
    client_expect(fd, 200, STR("OPTIONS * "));
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_reply_headers_cannot_break_the_message)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    Reply reply;
    client_send(fd, GET("/length"));
    CHECK(client_read(fd, &reply, false));
    CHECK(reply_has(&reply, STR("\r\nContent-Length: 0\r\n")));
    CHECK(!reply_has(&reply, STR("12345")));
    CHECK(!reply_has(&reply, STR("Transfer-Encoding")));
    CHECK(reply_has(&reply, STR("\r\nX-Split: a  X-Injected: b\r\n")));
    reply_done(&reply);
    close(fd);
    fixture_stop(&fixture);
}

/* Pipelining. */

TEST(test_http_answers_in_order)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    client_send(fd, STR("GET /hold?1 HTTP/1.1\r\nHost: h\r\n\r\nGET /hold?2 HTTP/1.1\r\nHost: h\r\n\r\n"
                        "GET /hello HTTP/1.1\r\nHost: h\r\n\r\nGET /release HTTP/1.1\r\nHost: h\r\n\r\n"));
    client_expect(fd, 200, STR("1"));
    client_expect(fd, 200, STR("2"));
    client_expect(fd, 200, STR("hello"));
    client_expect(fd, 200, STR("2"));
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_answers_in_order_from_outside_of_turns)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    client_send(fd, STR("GET /hold?1 HTTP/1.1\r\nHost: h\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n"
                        "GET /hold?2 HTTP/1.1\r\nHost: h\r\n\r\n"));
    fixture_wait(&fixture.open, 2);
    fixture_release(&fixture);
    client_expect(fd, 200, STR("1"));
    client_expect(fd, 200, STR("hello"));
    client_expect(fd, 200, STR("2"));
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_stops_reading_when_too_many_wait)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    int most = (int)fixture_limits.pipeline_max;
    for (int i = 0; i < 2 * most; i++) client_send(fd, GET("/hold?x"));
    fixture_wait(&fixture.open, most);
    usleep(20000);
    CHECK_INT(atomic_load(&fixture.open), most);
    fixture_release(&fixture);
    for (int i = 0; i < most; i++) client_expect(fd, 200, STR("x"));
    fixture_wait(&fixture.open, most); /* what had been read before the pause has been taken up */
    fixture_release(&fixture);
    for (int i = 0; i < most; i++) client_expect(fd, 200, STR("x"));
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_deep_pipeline_of_large_replies)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    Reply reply;
    for (int i = 0; i < 100; i++) client_send(fd, i % 2 ? GET("/big/20000") : GET("/big/100000"));
    for (int i = 0; i < 100; i++) {
        CHECK(client_read(fd, &reply, false));
        CHECK_INT(reply.body.length, i % 2 ? 20000 : 100000);
        reply_done(&reply);
    }
    close(fd);
    fixture_stop(&fixture);
}

/* Bodies. */

TEST(test_http_chunked_body_in_pieces)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    client_send(fd, STR("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhel"));
    usleep(5000);
    client_send(fd, STR("lo\r\n6\r\n world\r\n0\r\nTrai"));
    usleep(5000);
    client_send(fd, STR("ler: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
    client_expect(fd, 200, STR("hello world"));
    client_expect(fd, 200, STR("hello"));
    close(fd);
    fixture_stop(&fixture);
}

static void *send_all(void *context)
{
    Str *bytes = ((void **)context)[0];
    client_send(*(int *)((void **)context)[1], *bytes);
    return NULL;
}

TEST(test_http_big_body_comes_back)
{
    enum { SIZE = 20 * 1000 * 1000 };
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    char *bytes = memory_alloc(SIZE);
    for (int i = 0; i < SIZE; i++) bytes[i] = (char)(i * 31 + i / 4096);
    Str body = str_from(bytes, SIZE);
    client_send(fd, STR("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n"));
    pthread_t sender;
    CHECK_INT(pthread_create(&sender, NULL, send_all, (void *[]){ &body, &fd }), 0);
    Reply reply;
    CHECK(client_read(fd, &reply, false));
    pthread_join(sender, NULL);
    CHECK_INT(reply.status, 200);
    CHECK(str_equal(buffer_str(&reply.body), body));
    reply_done(&reply);
    memory_free(bytes);
    client_send(fd, GET("/hello"));
    client_expect(fd, 200, STR("hello"));
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_says_continue)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    Reply reply;
    client_send(fd, STR("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
    CHECK(client_read_head(fd, &reply));
    CHECK_INT(reply.status, 100);
    reply_done(&reply);
    client_send(fd, STR("hello"));
    client_expect(fd, 200, STR("hello"));
    client_send(fd, STR("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok"));
    client_expect(fd, 200, STR("ok")); /* it did not wait, so it is not told */
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_says_continue_after_earlier_replies)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    Reply reply;
    client_send(fd, STR("GET /hold?1 HTTP/1.1\r\nHost: h\r\n\r\n"
                        "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
    fixture_wait(&fixture.open, 1);
    fixture_release(&fixture);
    client_expect(fd, 200, STR("1"));
    CHECK(client_read_head(fd, &reply));
    CHECK_INT(reply.status, 100);
    reply_done(&reply);
    client_send(fd, STR("hello"));
    client_expect(fd, 200, STR("hello"));
    close(fd);
    fixture_stop(&fixture);
}

/* Refusals. */

static void expect_refusal(const HttpLimits *limits, Str bytes, int status)
{
    Fixture fixture;
    fixture_start(&fixture, limits, NULL);
    int fd = client_connect(&fixture);
    Reply reply;
    client_send(fd, bytes);
    CHECK(client_read(fd, &reply, false));
    CHECK_INT(reply.status, status);
    CHECK(reply_has(&reply, STR("\r\nConnection: close\r\n")));
    CHECK(reply_has(&reply, STR("\r\nContent-Type: application/json\r\n")));
    CHECK(str_starts_with(buffer_str(&reply.body), STR("{\"message\":\"")));
    reply_done(&reply);
    client_expect_end(fd);
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_refuses_with_the_right_status)
{
    static const struct {
        Str bytes;
        int status;
    } cases[] = {
        { STR_CONST("nonsense\r\n\r\n"), 400 },
        { STR_CONST("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505 },
        { STR_CONST("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"), 501 },
        { STR_CONST("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n"), 413 },
        { STR_CONST("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n"), 413 },
        { STR_CONST("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"), 413 },
        { STR_CONST("GET / HTTP/1.1\r\nHost: h\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n"), 431 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) expect_refusal(&fixture_limits, cases[i].bytes, cases[i].status);
}

TEST(test_http_refuses_long_heads)
{
    char head[2000];
    memset(head, 'x', sizeof head);
    expect_refusal(&fixture_limits, str_from(head, sizeof head), 431);
}

TEST(test_http_refuses_slow_heads_and_bodies)
{
    HttpLimits limits = fixture_limits;
    limits.head_time_max = limits.stall_time_max = 50 * DURATION_MS;
    expect_refusal(&limits, STR("GET / HTTP/1.1\r\nHo"), 408);
    expect_refusal(&limits, STR("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel"), 408);
    expect_refusal(&limits, STR("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), 408);
}

/* The refusal waits for the replies before it, and its client may still be sending. */
TEST(test_http_refusal_reaches_a_client_that_still_sends)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    Reply reply;
    char junk[100000];
    memset(junk, 'x', sizeof junk);
    client_send(fd, STR("GET /hold?first HTTP/1.1\r\nHost: h\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n"));
    client_send(fd, str_from(junk, sizeof junk));
    fixture_wait(&fixture.open, 1);
    fixture_release(&fixture);
    client_send(fd, str_from(junk, sizeof junk));
    client_expect(fd, 200, STR("first"));
    CHECK(client_read(fd, &reply, false));
    CHECK_INT(reply.status, 413);
    reply_done(&reply);
    client_expect_end(fd);
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_refuses_too_many_connections)
{
    HttpLimits limits = fixture_limits;
    limits.connections_max = 2;
    Fixture fixture;
    fixture_start(&fixture, &limits, NULL);
    int fds[3];
    for (int i = 0; i < 2; i++) {
        fds[i] = client_connect(&fixture);
        client_send(fds[i], GET("/hello"));
        client_expect(fds[i], 200, STR("hello"));
    }
    fds[2] = client_connect(&fixture);
    Reply reply;
    CHECK(client_read(fds[2], &reply, false));
    CHECK_INT(reply.status, 503);
    reply_done(&reply);
    close(fds[2]);
    client_send(fds[0], GET("/hello")); /* the others go on */
    client_expect(fds[0], 200, STR("hello"));
    close(fds[0]);
    close(fds[1]);
    fixture_stop(&fixture);
}

TEST(test_http_closes_idle_connections)
{
    HttpLimits limits = fixture_limits;
    limits.idle_time_max = 50 * DURATION_MS;
    Fixture fixture;
    fixture_start(&fixture, &limits, NULL);
    int silent = client_connect(&fixture), fd = client_connect(&fixture);
    client_send(fd, GET("/hello"));
    client_expect(fd, 200, STR("hello"));
    client_expect_end(fd);
    client_expect_end(silent);
    close(fd);
    close(silent);
    fixture_stop(&fixture);
}

/* A client that takes nothing is cut off; others do not notice it. */
TEST(test_http_cuts_off_stalled_readers)
{
    HttpLimits limits = fixture_limits;
    limits.stall_time_max = 100 * DURATION_MS;
    Fixture fixture;
    fixture_start(&fixture, &limits, NULL);
    int stalled = client_connect(&fixture), fd = client_connect(&fixture);
    client_send(stalled, GET("/big/30000000"));
    client_send(fd, GET("/hello"));
    client_expect(fd, 200, STR("hello"));
    for (int i = 0; i < 100; i++) {
        fixture_count(&fixture);
        if (atomic_load(&fixture.connections) == 1) break;
        usleep(20000);
    }
    CHECK_INT(atomic_load(&fixture.connections), 1);
    client_send(fd, GET("/hello"));
    client_expect(fd, 200, STR("hello"));
    close(stalled);
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_slow_reader_gets_everything)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    client_send(fd, GET("/big/30000000")); /* more than the kernel holds */
    client_send(fd, GET("/hello"));
    usleep(50000);
    Reply reply;
    CHECK(client_read(fd, &reply, false));
    CHECK_INT(reply.body.length, 30000000);
    reply_done(&reply);
    client_expect(fd, 200, STR("hello"));
    close(fd);
    fixture_stop(&fixture);
}

/* Clients that go away. */

TEST(test_http_notices_that_the_client_has_gone)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    client_send(fd, GET("/park"));
    client_send(fd, GET("/park"));
    fixture_wait(&fixture.open, 2);
    close(fd);
    fixture_wait(&fixture.gone, 2);
    fd = client_connect(&fixture);
    client_send(fd, GET("/park"));
    fixture_wait(&fixture.open, 1);
    struct linger abort_it = { .l_onoff = 1 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
    close(fd); /* a reset */
    fixture_wait(&fixture.gone, 3);
    fixture_wait(&fixture.open, 0);
    fixture_stop(&fixture);
}

TEST(test_http_notices_it_while_it_does_not_read)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    int most = (int)fixture_limits.pipeline_max;
    for (int i = 0; i < most + 3; i++) client_send(fd, GET("/park"));
    fixture_wait(&fixture.open, most);
    close(fd);
    fixture_wait(&fixture.gone, most + 3); /* each that is handed over later is told so too */
    fd = client_connect(&fixture);
    client_send(fd, STR("GET /park HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    fixture_wait(&fixture.open, 1);
    close(fd);
    fixture_wait(&fixture.gone, most + 4);
    fixture_stop(&fixture);
}

TEST(test_http_half_closed_client_gets_its_replies)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    client_send(fd, GET("/hold?late"));
    client_send(fd, GET("/hello"));
    shutdown(fd, SHUT_WR);
    fixture_wait(&fixture.open, 1);
    usleep(10000);
    fixture_release(&fixture);
    client_expect(fd, 200, STR("late"));
    client_expect(fd, 200, STR("hello"));
    client_expect_end(fd);
    close(fd);
    fixture_stop(&fixture);
}

TEST(test_http_reply_to_a_connection_that_has_gone)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    struct linger abort_it = { .l_onoff = 1 };
    client_send(fd, GET("/hold?x"));
    fixture_wait(&fixture.open, 1);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
    close(fd);
    for (atomic_store(&fixture.connections, 1); atomic_load(&fixture.connections) > 0;) fixture_count(&fixture);
    fixture_release(&fixture);
    fixture_wait(&fixture.open, 0);
    fixture_stop(&fixture);
}

TEST(test_http_reply_may_close)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int fd = client_connect(&fixture);
    client_send(fd, STR("GET /bye HTTP/1.1\r\nHost: h\r\n\r\nGET /park HTTP/1.1\r\nHost: h\r\n\r\n"));
    client_expect(fd, 200, STR("bye"));
    client_expect_end(fd);
    close(fd);
    fixture_wait(&fixture.gone, atomic_load(&fixture.gone)); /* the second may or may not have been handed over */
    fixture_wait(&fixture.open, 0);
    fixture_stop(&fixture);
}

/* The server's life. */

TEST(test_http_drains)
{
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    int idle = client_connect(&fixture), busy = client_connect(&fixture);
    client_send(idle, GET("/hello"));
    client_expect(idle, 200, STR("hello"));
    client_send(busy, STR("GET /hold?1 HTTP/1.1\r\nHost: h\r\n\r\nGET /hold?2 HTTP/1.1\r\nHost: h\r\n\r\n"));
    fixture_wait(&fixture.open, 2);
    fixture_drain(&fixture);
    client_expect_end(idle);
    fixture_release(&fixture);
    client_expect(busy, 200, STR("1"));
    Reply reply;
    CHECK(client_read(busy, &reply, false));
    CHECK(reply_has(&reply, STR("\r\nConnection: close\r\n")));
    reply_done(&reply);
    client_expect_end(busy);
    close(idle);
    close(busy);
    fixture_stop(&fixture);
}

TEST(test_http_holds_a_thousand_idle_connections)
{
    enum { MANY = 1000 };
    static int fds[MANY];
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 2 * MANY + 100) {
        files.rlim_cur = files.rlim_max < 2 * MANY + 100 ? files.rlim_max : 2 * MANY + 100;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    Fixture fixture;
    fixture_start(&fixture, &fixture_limits, NULL);
    for (int i = 0; i < MANY; i++) fds[i] = client_connect(&fixture);
    for (int i = 0; i < MANY; i += 7) client_send(fds[i], GET("/hello"));
    for (int i = 0; i < MANY; i += 7) client_expect(fds[i], 200, STR("hello"));
    fixture_count(&fixture);
    CHECK_INT(atomic_load(&fixture.connections), MANY);
    for (int i = 0; i < MANY; i++) close(fds[i]);
    fixture_stop(&fixture);
}

TEST(test_http_listen_says_what_is_wrong)
{
    Arena arena;
    Str bound, again;
    int fd, other;
    arena_init(&arena, 0);
    CHECK_OK(http_listen(STR("127.0.0.1:0"), &fd, &bound, &arena));
    CHECK(str_starts_with(bound, STR("127.0.0.1:")));
    CHECK_ERROR(http_listen(bound, &other, &again, &arena), ERR_IN_USE);
    CHECK_ERROR(http_listen(STR("127.0.0.1"), &other, &again, &arena), ERR_INVALID);
    CHECK_ERROR(http_listen(STR("127.0.0.1:"), &other, &again, &arena), ERR_INVALID);
    CHECK_ERROR(http_listen(STR("127.0.0.1:65536"), &other, &again, &arena), ERR_INVALID);
    CHECK_ERROR(http_listen(STR("not an address:80"), &other, &again, &arena), ERR_INVALID);
    CHECK_ERROR(http_listen(STR("203.0.113.1:0"), &other, &again, &arena), ERR_IO);
    close(fd);
    arena_done(&arena);
}

/* Two servers on one socket: both loops serve. */
TEST(test_http_servers_share_a_socket)
{
    Fixture one, other;
    fixture_init(&one, &fixture_limits, NULL);
    fixture_init(&other, &fixture_limits, NULL);
    HttpOptions options = { .limits = fixture_limits };
    HttpServer *second;
    CHECK_OK(http_server_new(other.loop, one.listen_fd, &options, &second));
    int fd = client_connect(&one), late = client_connect(&one);
    CHECK_OK(loop_turn(other.loop, DURATION_SECOND));
    CHECK_INT(http_server_connections(second), 2);
    int more = client_connect(&one);
    CHECK_OK(loop_turn(one.loop, DURATION_SECOND));
    CHECK_INT(http_server_connections(one.server), 1);
    http_server_free(second);
    fixture_done(&other);
    fixture_done(&one);
    close(fd);
    close(late);
    close(more);
}
