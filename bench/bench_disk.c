/* bench_disk.c -- how long this disk takes to make a few bytes durable.
 *
 *     bench_disk DIRECTORY [SECONDS [BYTES]]
 *
 * Writes so many bytes (512) at a time into a preallocated file, each with one fdatasync. */
#include "bench/measure.h"

enum { LOG_BYTES = 16 << 20, RECORD_BYTES_MAX = 1 << 20 };

static Error *measure(const char *directory, double seconds, size_t size)
{
    static char record[RECORD_BYTES_MAX];
    static Histogram latencies;
    BareLog log;
    TRY(bare_log_open(directory, LOG_BYTES, &log));
    memset(record, 'x', size);
    uint64_t start = measure_now(), now = start, deadline = start + measure_seconds(seconds);
    Error *error = NULL;
    while (!error && now < deadline) {
        error = bare_log_write(&log, record, size);
        uint64_t after = measure_now();
        histogram_add(&latencies, after - now);
        now = after;
    }
    bare_log_close(&log);
    if (error) return error;
    printf("{\"mode\":\"disk\",\"bytes\":%zu,\"per_second\":%.1f,", size,
           (double)latencies.total * 1e9 / (double)(now - start));
    histogram_print(&latencies, "latency_us");
    puts("}");
    return NULL;
}

int main(int argc, char **argv)
{
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    size_t size = argc > 3 ? strtoul(argv[3], NULL, 10) : 512;
    if (argc < 2 || argc > 4 || seconds <= 0 || size == 0 || size > RECORD_BYTES_MAX) {
        fputs("usage: bench_disk DIRECTORY [SECONDS [BYTES]]\n", stderr);
        return 2;
    }
    return measure_exit("bench_disk", measure(argv[1], seconds, size));
}
