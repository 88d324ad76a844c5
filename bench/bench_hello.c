/* bench_hello.c -- a server that only says hello: what the HTTP library costs, with nothing behind it.
 *
 *     bench_hello PORT [threads]
 *     wrk -t1 -c64 -d3 http://127.0.0.1:PORT/ */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "http/http.h"

enum { THREADS_MAX = 64 };

typedef struct Worker {
    pthread_t   thread;
    Loop       *loop;
    HttpServer *server;
} Worker;

static void hello(void *context, HttpRequest *request)
{
    static const HttpHeader type = { STR_CONST("Content-Type"), STR_CONST("text/plain") };
    (void)context;
    http_reply(request, &(HttpReply){ .status = 200, .headers = &type, .header_count = 1, .body = STR("Hello, world!") });
}

static Error *worker_init(Worker *worker, int listen_fd)
{
    HttpOptions options = { .limits = http_limits_default, .handler = hello };
    TRY(loop_new(&worker->loop));
    return http_server_new(worker->loop, listen_fd, &options, &worker->server);
}

static void *work(void *context)
{
    Worker *worker = context;
    Error *error = loop_run(worker->loop);
    if (error) log_error(error, "the loop stopped");
    error_free(error);
    return NULL;
}

static Error *start(const char *port, int *out_listen_fd, Arena *arena)
{
    Str bound;
    TRY(http_listen(str_format(arena, "127.0.0.1:%s", port), out_listen_fd, &bound, arena));
    printf("listening on http://%.*s\n", STR_ARG(bound));
    fflush(stdout);
    return NULL;
}

static Error *serve(int listen_fd, int threads)
{
    static Worker workers[THREADS_MAX];
    sigset_t signals;
    int signal_number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    for (int i = 0; i < threads; i++) TRY(worker_init(&workers[i], listen_fd));
    for (int i = 0; i < threads; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i])) return error_new(ERR_IO, "cannot start a thread");
    sigwait(&signals, &signal_number);
    for (int i = 0; i < threads; i++) {
        loop_stop(workers[i].loop);
        pthread_join(workers[i].thread, NULL);
        http_server_free(workers[i].server);
        loop_free(workers[i].loop);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    Arena arena;
    int listen_fd;
    long threads = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    if (argc < 2 || threads < 1 || threads > THREADS_MAX) {
        fprintf(stderr, "usage: bench_hello PORT [threads]\n");
        return 2;
    }
    arena_init(&arena, 0);
    Error *error = start(argv[1], &listen_fd, &arena);
    if (!error) error = serve(listen_fd, (int)threads);
    if (error) log_error(error, "bench_hello");
    arena_done(&arena);
    return error != NULL;
}
