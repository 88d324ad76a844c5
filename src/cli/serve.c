/* serve.c -- tutti serve: the world, its edge, and how both end. */
#include "base/hash.h"
#include "base/log.h"
#include "cli/cli.h"
#include "edge/edge.h"
#include "services/sqs/sqs.h"
#include "services/states/states.h"
#include "services/sts/sts.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

const char serve_help[] =
    "usage: tutti serve [options]\n"
    "\n"
    "  --listen HOST:PORT      where to listen; 127.0.0.1:4566. Port 0 picks one. Beyond this\n"
    "                          machine's own addresses it needs --auth sigv4\n"
    "  --data DIR              where everything is kept; ./data\n"
    "  --memory                keep everything in memory: nothing is left when the server ends\n"
    "  --clock real|virtual    virtual: time moves only by POST /_tutti/clock\n"
    "  --auth none|sigv4       sigv4: every request must be signed by a known key\n"
    "  --credentials FILE      the known keys, in the form of ~/.aws/credentials\n"
    "  --region NAME           of requests that name none; us-east-1\n"
    "  --tls-cert FILE --tls-key FILE\n"
    "                          serve https\n"
    "  --threads N             threads for connections; as many as cores but one, at most 4\n"
    "  --durability full|relaxed\n"
    "                          relaxed: answer before the disk has it. For throw-away use\n"
    "  --access-log            a line of JSON for each request, on stderr\n"
    "  --log-level LEVEL       debug, info, warn, error or nothing; info\n"
    "\n"
    "It prints `tutti listening on http://HOST:PORT` when it answers. SIGTERM and SIGINT end it\n"
    "after what is under way.\n";

enum { DRAIN_SECONDS = 10, KEY_SIZE = 32, REGION_MAX = 32 };

static const Service *const services[] = { &sqs_service, &states_service, &sts_service };
enum { SERVICE_COUNT = sizeof services / sizeof *services };

typedef struct Serve {
    const char *listen, *data, *clock_name, *auth, *credentials_file, *region, *certificate, *key, *threads, *durability,
        *log_level;
    bool memory, access_log;

    Arena        arena;
    Disk        *disk;
    Clock       *clock;
    Credentials *credentials;
    HttpTls     *tls;
    World       *world;
    Edge        *edge;
} Serve;

/* ---- options ---- */

static bool read_options(Serve *serve, int argc, char **argv)
{
    const Option options[] = {
        { "--listen", &serve->listen, NULL },         { "--data", &serve->data, NULL },
        { "--memory", NULL, &serve->memory },         { "--clock", &serve->clock_name, NULL },
        { "--auth", &serve->auth, NULL },             { "--credentials", &serve->credentials_file, NULL },
        { "--region", &serve->region, NULL },         { "--tls-cert", &serve->certificate, NULL },
        { "--tls-key", &serve->key, NULL },           { "--threads", &serve->threads, NULL },
        { "--durability", &serve->durability, NULL }, { "--access-log", NULL, &serve->access_log },
        { "--log-level", &serve->log_level, NULL },
    };
    if (!options_take("serve", options, sizeof options / sizeof *options, &argc, argv)) return false;
    if (argc == 1) return true;
    fprintf(stderr, "tutti serve: what is '%s'? (see: tutti help serve)\n", argv[1]);
    return false;
}

static Error *one_of(const char *option, const char *value, const char *first, const char *second, bool *out_second)
{
    *out_second = value && !strcmp(value, second);
    if (!value || *out_second || !strcmp(value, first)) return NULL;
    return error_new(ERR_INVALID, "%s is %s or %s, not '%s'", option, first, second, value);
}

static Error *thread_count(const Serve *serve, int *out)
{
    int64_t count = sysconf(_SC_NPROCESSORS_ONLN) - 1;
    if (count < 1) count = 1;
    if (count > 4) count = 4;
    if (serve->threads && (!str_parse_int(str_from_c(serve->threads), &count) || count < 1 || count > 64))
        return error_new(ERR_INVALID, "--threads is a number from 1 to 64, not '%s'", serve->threads);
    *out = (int)count;
    return NULL;
}

/* Only addresses that can be nothing else: a name is looked up, and could lead anywhere. */
static bool is_loopback(Str address)
{
    char host[64];
    struct in_addr parsed;
    size_t colon = address.length;
    while (colon && address.data[colon - 1] != ':') colon--;
    Str name = str_slice(address, 0, colon ? colon - 1 : 0);
    if (str_equal(name, STR("[::1]")) || str_equal(name, STR("localhost"))) return true;
    if (name.length >= sizeof host || !name.length) return false;
    memcpy(host, name.data, name.length);
    host[name.length] = 0;
    return inet_pton(AF_INET, host, &parsed) == 1 && (ntohl(parsed.s_addr) >> 24) == 127;
}

static Error *check_region(const char *region)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    Str text = str_from_c(region);
    if (text.length && text.length <= REGION_MAX && str_all_in(text, allowed)) return NULL;
    return error_new(ERR_INVALID, "--region is a name of letters, digits and hyphens, not '%s'", region);
}

/* ---- files ---- */

static Error *read_file(Serve *serve, const char *path, Str *out)
{
    DiskFile *file;
    uint64_t size = 0;
    size_t got = 0;
    TRY(disk_open(serve->disk, path, DISK_READ, &file));
    Error *error = disk_size(file, &size);
    if (!error && size > 1 << 20) error = error_new(ERR_LIMIT, "%s is too large", path);
    char *bytes = error ? NULL : arena_alloc_bytes(&serve->arena, size + 1);
    if (!error) error = disk_read(file, 0, bytes, size, &got);
    disk_close(file);
    *out = str_from(bytes, got);
    return error;
}

static Error *write_new_key(Serve *serve, const char *path, uint8_t key[KEY_SIZE])
{
    Chance chance;
    DiskFile *file;
    TRY(chance_init_system(&chance));
    for (int i = 0; i < KEY_SIZE; i++) key[i] = (uint8_t)chance_u64(&chance);
    TRY(disk_open(serve->disk, path, DISK_WRITE | DISK_CREATE, &file));
    Error *error = disk_write(file, 0, key, KEY_SIZE);
    if (!error) error = disk_sync(file);
    disk_close(file);
    return error;
}

/* The key that seals session tokens is made once for a data directory. */
static Error *load_key(Serve *serve)
{
    uint8_t key[KEY_SIZE];
    char path[4096];
    Str stored = STR_NONE;
    snprintf(path, sizeof path, "%s/key", serve->data);
    if (serve->memory) {
        Chance chance;
        TRY(chance_init_system(&chance));
        for (int i = 0; i < KEY_SIZE; i++) key[i] = (uint8_t)chance_u64(&chance);
    } else {
        if (disk_exists(serve->disk, path)) TRY(read_file(serve, path, &stored));
        if (stored.length == KEY_SIZE)
            memcpy(key, stored.data, KEY_SIZE);
        else
            TRY(write_new_key(serve, path, key));
    }
    credentials_set_key(serve->credentials, key);
    return NULL;
}

/* ---- starting ---- */

static Error *load_credentials(Serve *serve, bool verify)
{
    Str text;
    if (!serve->credentials_file) {
        if (verify) return error_new(ERR_INVALID, "--auth sigv4 needs --credentials FILE");
        return credentials_new_empty(&serve->credentials);
    }
    TRY(read_file(serve, serve->credentials_file, &text));
    TRY_WRAP(credentials_parse(text, &serve->credentials), "%s", serve->credentials_file);
    if (verify && credentials_count(serve->credentials) == 0)
        return error_new(ERR_INVALID, "%s holds no key", serve->credentials_file);
    return NULL;
}

static Error *open_world(Serve *serve)
{
    bool is_virtual, relaxed;
    TRY(one_of("--clock", serve->clock_name, "real", "virtual", &is_virtual));
    TRY(one_of("--durability", serve->durability, "full", "relaxed", &relaxed));
    if (is_virtual) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        TRY(clock_new_virtual(now.tv_sec * DURATION_SECOND, &serve->clock));
    } else {
        TRY(clock_new_real(&serve->clock));
    }
    WorldOptions options = {
        .store = { .disk = serve->memory ? NULL : serve->disk, .directory = serve->data, .relaxed = relaxed },
        .clock = serve->clock,
        .services = services,
        .service_count = SERVICE_COUNT,
    };
    TRY(world_open(&options, &serve->world));
    return world_start(serve->world);
}

static Error *open_edge(Serve *serve, bool verify)
{
    EdgeOptions options = {
        .world = serve->world,
        .listen = str_from_c(serve->listen),
        .wire = { .services = services,
                  .service_count = SERVICE_COUNT,
                  .credentials = verify ? serve->credentials : NULL,
                  .issued = serve->credentials,
                  .region = str_from_c(serve->region) },
        .limits = http_limits_default,
        .tls = serve->tls,
        .access_log = serve->access_log,
        .version = TUTTI_VERSION,
    };
    TRY(thread_count(serve, &options.threads));
    return edge_start(&options, &serve->edge);
}

static Error *start(Serve *serve)
{
    bool verify;
    LogLevel level = LOG_INFO;
    if (serve->log_level && !log_parse_level(str_from_c(serve->log_level), &level))
        return error_new(ERR_INVALID, "--log-level is debug, info, warn, error or nothing, not '%s'", serve->log_level);
    log_set_level(level);
    TRY(check_region(serve->region));
    TRY(one_of("--auth", serve->auth, "none", "sigv4", &verify));
    if (!verify && !is_loopback(str_from_c(serve->listen)))
        return error_new(ERR_INVALID, "to listen on %s, which other machines can reach, use --auth sigv4 --credentials FILE",
                         serve->listen);
    if (!serve->certificate != !serve->key) return error_new(ERR_INVALID, "--tls-cert and --tls-key go together");
    TRY(disk_new_real(&serve->disk));
    TRY(load_credentials(serve, verify));
    if (serve->certificate) TRY(http_tls_new(serve->certificate, serve->key, &serve->tls));
    sts_use_credentials(serve->credentials);
    TRY(open_world(serve));
    TRY(load_key(serve)); /* the world holds the directory by now */
    return open_edge(serve, verify);
}

/* ---- running ---- */

/* Tells systemd, where it asked to be told (Type=notify). */
static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (!path || strlen(path) >= sizeof address.sun_path) return;
    memcpy(address.sun_path, path, strlen(path));
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (address.sun_path[0] == '@') address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    (void)sent; /* systemd gone: nobody to tell */
    close(fd);
}

static void block_signals(sigset_t *out)
{
    sigemptyset(out);
    sigaddset(out, SIGTERM);
    sigaddset(out, SIGINT);
    pthread_sigmask(SIG_BLOCK, out, NULL); /* before any thread is made: all inherit it */
}

static void stop(Serve *serve)
{
    if (serve->edge) {
        world_drain(serve->world);
        edge_drain(serve->edge, DRAIN_SECONDS * DURATION_SECOND);
    }
    if (serve->world) world_stop(serve->world);
    edge_stop(serve->edge);
    Error *error = world_close(serve->world);
    if (error) log_error(error, "the store was not closed well");
    error_free(error);
    http_tls_free(serve->tls);
    credentials_free(serve->credentials);
    clock_free(serve->clock);
    disk_free(serve->disk);
    arena_done(&serve->arena);
}

static int run(Serve *serve)
{
    sigset_t signals;
    int which;
    block_signals(&signals);
    Error *error = start(serve);
    if (error) {
        int status = fail(error);
        error_free(error);
        return status;
    }
    Str address = edge_address(serve->edge);
    printf("tutti listening on %.*s\n", STR_ARG(address));
    fflush(stdout);
    notify("READY=1");
    sigwait(&signals, &which);
    notify("STOPPING=1");
    log_write(LOG_INFO, "ending: %s", which == SIGTERM ? "SIGTERM" : "SIGINT");
    return 0;
}

int serve_command(int argc, char **argv)
{
    Serve serve = { .listen = "127.0.0.1:4566", .data = "data", .region = "us-east-1" };
    Chance chance;
    if (!read_options(&serve, argc, argv)) return 2;
    mallopt(M_ARENA_MAX, 2); /* few threads allocate much: many arenas only scatter memory */
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    arena_init(&serve.arena, 0);
    Error *error = chance_init_system(&chance);
    if (error) return fail(error);
    hash_set_secret(chance_u64(&chance), chance_u64(&chance));
    int status = run(&serve);
    stop(&serve);
    return status;
}
