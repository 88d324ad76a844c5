/* measure.h -- what benchmarks share: time, latencies, and a bare file to compare with.
 *
 * A Histogram counts durations in buckets 1.6 % wide, so that recording costs the same however long
 * a run lasts. A BareLog is the most that a disk can do for a log: a file that was filled with zeros
 * beforehand and is written around and around, one write and one fdatasync at a time. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "base/error.h"

uint64_t measure_now(void);                          /* monotonic, nanoseconds */
uint64_t measure_seconds(double seconds);            /* in nanoseconds */
int measure_exit(const char *program, Error *error); /* reports and takes it; the exit status */

enum { HISTOGRAM_BITS = 6, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS };

typedef struct Histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    uint64_t max;
} Histogram;

void histogram_add(Histogram *histogram, uint64_t value);
uint64_t histogram_quantile(const Histogram *histogram, double quantile);
void histogram_print(const Histogram *histogram, const char *name); /* "name":{"p50":..}, in microseconds */

typedef struct BareLog {
    int fd;
    size_t size;
    size_t at;
} BareLog;

Error *bare_log_open(const char *directory, size_t size, BareLog *out);
Error *bare_log_write(BareLog *log, const void *bytes, size_t size); /* durable when it returns */
void bare_log_close(BareLog *log);

#endif
