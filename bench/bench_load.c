/* bench_load.c -- loads a server over keep-alive connections and prints one JSON line.
 *
 *     bench_load MODE --port N [--connections 64] [--seconds 2] ...
 *
 * See the tables in load_aws.c and load_peers.c for the modes. */
#include "bench/load.h"

#include <getopt.h>

static const char usage[] = "usage: bench_load MODE --port N [option...]\n"
                            "modes: get identity queue-url start start-sync send fill receive drain cycle beanstalk-cycle redis-cycle\n"
                            "  --host ADDRESS       127.0.0.1\n"
                            "  --connections N      64\n"
                            "  --seconds S          2; with --count the longest it may take\n"
                            "  --warmup S           0.2, not measured; none with --count\n"
                            "  --count N            end after so many messages\n"
                            "  --batch N            messages at a time for fill, receive and drain: 10\n"
                            "  --queue NAME         the queue or stream: bench\n"
                            "  --path PATH          for get: /\n";

enum { SECONDS_MAX_WITH_COUNT = 180 };

static const LoadMode *find_mode(const LoadMode *modes, const char *name)
{
    for (; modes->name; modes++)
        if (strcmp(modes->name, name) == 0) return modes;
    return NULL;
}

static bool parse_options(int argc, char **argv, LoadOptions *options)
{
    enum { HOST = 1, PORT, CONNECTIONS, SECONDS, WARMUP, COUNT, BATCH, QUEUE, PATH };
    static const struct option table[] = {
        { "host", required_argument, NULL, HOST },
        { "port", required_argument, NULL, PORT },
        { "connections", required_argument, NULL, CONNECTIONS },
        { "seconds", required_argument, NULL, SECONDS },
        { "warmup", required_argument, NULL, WARMUP },
        { "count", required_argument, NULL, COUNT },
        { "batch", required_argument, NULL, BATCH },
        { "queue", required_argument, NULL, QUEUE },
        { "path", required_argument, NULL, PATH },
        { NULL, 0, NULL, 0 },
    };
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        switch (option) {
        case HOST: options->host = optarg; break;
        case PORT: options->port = (unsigned)strtoul(optarg, NULL, 10); break;
        case CONNECTIONS: options->connections = (unsigned)strtoul(optarg, NULL, 10); break;
        case SECONDS: options->seconds = strtod(optarg, NULL); break;
        case WARMUP: options->warmup = strtod(optarg, NULL); break;
        case COUNT: options->count = strtoull(optarg, NULL, 10); break;
        case BATCH: options->batch = (unsigned)strtoul(optarg, NULL, 10); break;
        case QUEUE: options->queue = optarg; break;
        case PATH: options->path = optarg; break;
        default: return false;
        }
    }
    return true;
}

static bool options_valid(const LoadOptions *options)
{
    return options->port > 0 && options->port < 65536 && options->connections > 0 &&
           options->connections <= LOAD_CONNECTIONS_MAX && options->seconds > 0 && options->warmup >= 0 &&
           options->batch > 0 && options->batch <= LOAD_BATCH_MAX;
}

int main(int argc, char **argv)
{
    static Load load = {
        .options = { .host = "127.0.0.1", .connections = 64, .warmup = -1, .batch = 10, .queue = "bench", .path = "/" }
    };
    LoadOptions *options = &load.options;
    bool fine = parse_options(argc, argv, options) && optind == argc - 1;
    if (options->seconds == 0) options->seconds = options->count ? SECONDS_MAX_WITH_COUNT : 2;
    if (options->warmup < 0) options->warmup = options->count ? 0 : 0.2;
    if (fine) load.mode = find_mode(load_aws_modes, argv[optind]);
    if (fine && !load.mode) load.mode = find_mode(load_peer_modes, argv[optind]);
    if (!load.mode || !options_valid(options)) {
        fputs(usage, stderr);
        return 2;
    }
    Error *error = load_run(&load);
    if (!error) load_print(&load);
    return measure_exit("bench_load", error);
}
