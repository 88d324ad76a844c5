/* measure.c -- see measure.h.
 *
 * A bucket's number is the value's highest bit and the HISTOGRAM_BITS after it; values below
 * 1 << HISTOGRAM_BITS have a bucket each. */
#include "bench/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

uint64_t measure_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t measure_seconds(double seconds)
{
    return (uint64_t)(seconds * 1e9);
}

int measure_exit(const char *program, Error *error)
{
    if (!error) return 0;
    Buffer text;
    buffer_init(&text);
    error_describe(error, &text);
    fprintf(stderr, "%s: %.*s\n", program, (int)text.length, text.data);
    buffer_done(&text);
    error_free(error);
    return 1;
}

static size_t bucket_of(uint64_t value)
{
    if (value >> HISTOGRAM_BITS == 0) return value;
    unsigned shift = 63 - HISTOGRAM_BITS - (unsigned)__builtin_clzll(value);
    return ((size_t)shift << HISTOGRAM_BITS) + (value >> shift);
}

static uint64_t bucket_middle(size_t bucket)
{
    if (bucket >> HISTOGRAM_BITS == 0) return bucket;
    unsigned shift = (unsigned)(bucket >> HISTOGRAM_BITS) - 1;
    uint64_t low = (uint64_t)(bucket - ((size_t)shift << HISTOGRAM_BITS)) << shift;
    return low + (((uint64_t)1 << shift) >> 1);
}

void histogram_add(Histogram *histogram, uint64_t value)
{
    histogram->counts[bucket_of(value)]++;
    histogram->total++;
    if (value > histogram->max) histogram->max = value;
}

uint64_t histogram_quantile(const Histogram *histogram, double quantile)
{
    uint64_t wanted = (uint64_t)(quantile * (double)histogram->total);
    uint64_t seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen <= wanted) continue;
        uint64_t middle = bucket_middle(i);
        return middle < histogram->max ? middle : histogram->max;
    }
    return histogram->max;
}

void histogram_print(const Histogram *histogram, const char *name)
{
    printf("\"%s\":{\"count\":%llu,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}", name,
           (unsigned long long)histogram->total, (double)histogram_quantile(histogram, 0.5) / 1e3,
           (double)histogram_quantile(histogram, 0.99) / 1e3, (double)histogram_quantile(histogram, 0.999) / 1e3,
           (double)histogram->max / 1e3);
}

static Error *write_fully(int fd, const char *bytes, size_t size, size_t offset)
{
    while (size) {
        ssize_t written = pwrite(fd, bytes, size, (off_t)offset);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return error_errno(errno, "cannot write the bare log");
        bytes += written;
        size -= (size_t)written;
        offset += (size_t)written;
    }
    return NULL;
}

static Error *fill_with_zeros(const BareLog *log)
{
    static const char zeros[1 << 16];
    for (size_t at = 0; at < log->size; at += sizeof zeros) {
        size_t left = log->size - at;
        TRY(write_fully(log->fd, zeros, left < sizeof zeros ? left : sizeof zeros, at));
    }
    if (fsync(log->fd) != 0) return error_errno(errno, "cannot sync the bare log");
    return NULL;
}

Error *bare_log_open(const char *directory, size_t size, BareLog *out)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/bare.log", directory) >= (int)sizeof path)
        return error_new(ERR_LIMIT, "the directory's name is too long");
    BareLog log = { .fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), .size = size };
    if (log.fd < 0) return error_errno(errno, "cannot create %s", path);
    Error *error = fill_with_zeros(&log);
    if (error) {
        bare_log_close(&log);
        return error;
    }
    *out = log;
    return NULL;
}

Error *bare_log_write(BareLog *log, const void *bytes, size_t size)
{
    if (size > log->size) return error_new(ERR_LIMIT, "the bare log is shorter than %zu bytes", size);
    if (log->at + size > log->size) log->at = 0;
    TRY(write_fully(log->fd, bytes, size, log->at));
    if (fdatasync(log->fd) != 0) return error_errno(errno, "cannot sync the bare log");
    log->at += size;
    return NULL;
}

void bare_log_close(BareLog *log)
{
    close(log->fd);
    log->fd = -1;
}
