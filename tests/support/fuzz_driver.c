/* fuzz_driver.c -- runs a fuzz target where clang's libFuzzer is not at hand, with its options:
 *
 *     json_fuzz [-max_total_time=S] [-seed=N] [-max_len=N] [-artifact_prefix=PATH] [FILE|DIRECTORY]...
 *
 * Every file is run as it is; with -max_total_time, mutations of the files of directories follow for so
 * many seconds, all from one seed.
 *
 * The target runs in a child; the input it is about to run stands in memory shared with the parent.
 * However the child ends (a signal, a sanitizer's exit, memory, a hang), the parent has the input that
 * did it, writes it to a file and prints the path. There is no feedback from coverage: the corpus has to
 * know the ways in, this finds what is beside them. */
#include "tests/support/fuzz.h"


#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 20, HANG_SECONDS = 20, MUTATIONS_MAX = 8 };

typedef struct Input {
    uint8_t *bytes;
    size_t   size;
} Input;

typedef struct Shared { /* with the child */
    volatile uint64_t runs;
    volatile size_t   size;
    uint8_t           bytes[INPUT_MAX];
} Shared;

static Shared     *shared;
static Input      *inputs;
static size_t      input_count;
static uint64_t    random_state;
static long        seconds;
static size_t      length_max = 4096;
static const char *artifacts = "./";

/* ---- the corpus ---- */

static void die(const char *what, const char *name)
{
    fprintf(stderr, "fuzz: cannot %s %s: %s\n", what, name, strerror(errno));
    exit(2);
}

static void read_file(const char *path, off_t size)
{
    Input *grown = realloc(inputs, (input_count + 1) * sizeof *inputs);
    if (!grown) die("hold", path);
    inputs = grown;
    Input input = { .size = size > INPUT_MAX ? INPUT_MAX : (size_t)size };
    input.bytes = malloc(input.size + 1);
    FILE *file = fopen(path, "rb");
    if (!input.bytes || !file || fread(input.bytes, 1, input.size, file) != input.size) die("read", path);
    fclose(file);
    inputs[input_count++] = input;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void read_path(const char *path)
{
    struct stat stat_of;
    if (stat(path, &stat_of)) die("read", path);
    if (!S_ISDIR(stat_of.st_mode)) {
        read_file(path, stat_of.st_size);
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, not_hidden, alphasort);
    if (count < 0) die("list", path);
    for (int i = 0; i < count; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        read_path(name);
        free(entries[i]);
    }
    free(entries);
}

/* ---- mutation ---- */

static uint64_t next_random(void) /* splitmix64 */
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static size_t below(size_t bound)
{
    return bound ? (size_t)(next_random() % bound) : 0;
}

static void replace(size_t at, size_t removed, const uint8_t *bytes, size_t added)
{
    size_t size = shared->size;
    if (size - removed + added > length_max) return;
    memmove(shared->bytes + at + added, shared->bytes + at + removed, size - at - removed);
    if (added) memcpy(shared->bytes + at, bytes, added);
    shared->size = size - removed + added;
}

static void flip_bit(void)
{
    if (shared->size) shared->bytes[below(shared->size)] ^= (uint8_t)(1 << below(8));
}

static void set_byte(void)
{
    static const uint8_t telling[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '\\', '{', '}', '[', ']', ',', ':', '&', '=',
                                       '%', '+', '-', '.', 'e', '0', '9', ' ', '\r', '\n', '/', ';', 0xc0, 0xed };
    uint8_t byte = below(2) ? telling[below(sizeof telling)] : (uint8_t)next_random();
    if (shared->size) shared->bytes[below(shared->size)] = byte;
}

static void insert_bytes(void)
{
    uint8_t bytes[16];
    size_t  count = 1 + below(sizeof bytes);
    uint8_t same = (uint8_t)next_random();
    bool    alike = below(2);
    for (size_t i = 0; i < count; i++) bytes[i] = alike ? same : (uint8_t)next_random();
    replace(below(shared->size + 1), 0, bytes, count);
}

static void remove_bytes(void)
{
    if (!shared->size) return;
    size_t at = below(shared->size);
    size_t most = shared->size - at;
    replace(at, 1 + below(below(4) && most > 8 ? 8 : most), NULL, 0);
}

static void repeat_bytes(void)
{
    static uint8_t copy[INPUT_MAX];
    if (!shared->size) return;
    size_t at = below(shared->size);
    size_t count = 1 + below(shared->size - at);
    memcpy(copy, shared->bytes + at, count);
    for (size_t times = 1 + below(8); times; times--) replace(at, 0, copy, count);
}

static void borrow_bytes(void)
{
    const Input *other = &inputs[below(input_count)];
    if (!other->size) return;
    size_t from = below(other->size);
    size_t count = 1 + below(other->size - from);
    size_t at = below(shared->size + 1);
    replace(at, below(2) ? below(shared->size - at + 1) : 0, other->bytes + from, count);
}

static void change_number(void) /* the next run of digits becomes another number */
{
    static const char *const numbers[] = { "0", "-1", "1", "255", "256", "65536", "2147483647", "2147483648",
                                           "4294967296", "9223372036854775807", "9223372036854775808",
                                           "18446744073709551616", "1e400", "-0", "007", "0.1" };
    size_t at = below(shared->size);
    while (at < shared->size && (shared->bytes[at] < '0' || shared->bytes[at] > '9')) at++;
    size_t end = at;
    while (end < shared->size && shared->bytes[end] >= '0' && shared->bytes[end] <= '9') end++;
    const char *number = numbers[below(sizeof numbers / sizeof *numbers)];
    if (at < end) replace(at, end - at, (const uint8_t *)number, strlen(number));
}

static void mutate(void)
{
    static void (*const mutations[])(void) = { flip_bit,     set_byte,     insert_bytes,  remove_bytes,
                                               repeat_bytes, borrow_bytes, change_number, set_byte };
    const Input *source = &inputs[below(input_count)];
    size_t size = source->size < length_max ? source->size : length_max;
    memcpy(shared->bytes, source->bytes, size);
    shared->size = size;
    for (size_t i = 1 + below(MUTATIONS_MAX); i; i--) mutations[below(sizeof mutations / sizeof *mutations)]();
}

/* ---- the child ---- */

static void run_shared(void)
{
    shared->runs++;
    uint8_t *exact = malloc(shared->size ? shared->size : 1); /* so that reading one byte too far is seen */
    if (!exact) die("copy", "an input");
    memcpy(exact, shared->bytes, shared->size);
    LLVMFuzzerTestOneInput(exact, shared->size);
    free(exact);
}

static void child(void)
{
    for (size_t i = 0; i < input_count; i++) {
        memcpy(shared->bytes, inputs[i].bytes, inputs[i].size);
        shared->size = inputs[i].size;
        run_shared();
    }
    if (!seconds) return;
    if (!input_count) read_path("/dev/null");
    time_t end = time(NULL) + seconds;
    for (uint64_t i = 0; i % 64 || time(NULL) < end; i++) {
        mutate();
        run_shared();
    }
}

/* ---- the parent ---- */

static const char *watch(pid_t pid) /* how it failed, or NULL */
{
    static char how[64];
    uint64_t seen = 0;
    int status, idle = 0;
    for (;;) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid) break;
        nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000 * 1000 }, NULL);
        idle = shared->runs == seen ? idle + 1 : 0;
        seen = shared->runs;
        if (idle < HANG_SECONDS * 20) continue;
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        return "no end in sight";
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return NULL;
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "%s", strsignal(WTERMSIG(status)));
    else
        snprintf(how, sizeof how, "exit status %d", WEXITSTATUS(status));
    return how;
}

static void keep_input(const char *name, const char *how)
{
    char path[4096];
    uint64_t hash = 0xcbf29ce484222325ULL;
    for (size_t i = 0; i < shared->size; i++) hash = (hash ^ shared->bytes[i]) * 0x100000001b3ULL;
    snprintf(path, sizeof path, "%scrash-%s-%016llx", artifacts, name, (unsigned long long)hash);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(shared->bytes, 1, shared->size, file) != shared->size || fclose(file)) die("write", path);
    printf("%s: %s\n", how, path);
}

static bool option(const char *argument)
{
    static const char *const names[] = { "-max_total_time=", "-seed=", "-max_len=", "-artifact_prefix=" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(argument, names[i], length)) continue;
        const char *value = argument + length;
        if (i == 0) seconds = strtol(value, NULL, 10);
        if (i == 1) random_state = strtoull(value, NULL, 10);
        if (i == 2) length_max = strtoul(value, NULL, 10);
        if (i == 3) artifacts = value;
        return true;
    }
    return argument[0] == '-'; /* libFuzzer has more options; they mean nothing here */
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    for (int i = 1; i < argc; i++)
        if (!option(argv[i])) read_path(argv[i]);
    if (length_max > INPUT_MAX) length_max = INPUT_MAX;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) die("map", "memory");
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) die("start", "a process");
    if (pid == 0) {
        child();
        return 0; /* by way of exit: leaks are looked for there */
    }
    const char *how = watch(pid);
    if (how) keep_input(name, how);
    printf("fuzz %s: %llu runs, %d crashes\n", name, (unsigned long long)shared->runs, how != NULL);
    for (size_t i = 0; i < input_count; i++) free(inputs[i].bytes);
    free(inputs);
    return how != NULL;
}
