/* metrics.c -- counts and latencies for each operation, in the text form that Prometheus reads.
 *
 * Each edge thread counts for itself; reading adds them up. */
#include "edge/edge_internal.h"

#include <stdatomic.h>
#include <unistd.h>

static size_t operation_count(const WireOptions *options)
{
    size_t count = 0;
    for (size_t i = 0; i < options->service_count; i++) count += options->services[i]->operation_count;
    return count;
}

Error *metrics_open(EdgeThread *thread)
{
    size_t count = operation_count(&thread->edge->options.wire);
    thread->metrics = memory_alloc_zero((count + 1) * sizeof *thread->metrics);
    return thread->metrics ? NULL : error_memory();
}

static OperationMetrics *metrics_of(EdgeThread *thread, const Service *service, const Operation *operation)
{
    const WireOptions *options = &thread->edge->options.wire;
    OperationMetrics *at = thread->metrics;
    for (size_t i = 0; i < options->service_count && options->services[i] != service; i++)
        at += options->services[i]->operation_count;
    return at + (operation - service->operations);
}

static void add(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more, memory_order_relaxed);
}

void metrics_note(EdgeThread *thread, const Pending *pending, int status)
{
    if (!pending->wire.operation) return;
    OperationMetrics *metrics = metrics_of(thread, pending->wire.service, pending->wire.operation);
    Duration took = clock_monotonic() - pending->request->received;
    int bucket = 0;
    while (bucket < METRIC_BUCKETS - 1 && took >= (Duration)64 << bucket) bucket++;
    add(&metrics->calls, 1);
    add(&metrics->time_us, took > 0 ? (uint64_t)took : 0);
    add(&metrics->buckets[bucket], 1);
    if (status >= 500)
        add(&metrics->server_errors, 1);
    else if (status >= 400)
        add(&metrics->client_errors, 1);
}

/* ---- writing ---- */

static uint64_t sum(const Edge *edge, size_t offset)
{
    uint64_t total = 0;
    for (int i = 0; i < edge->thread_count; i++)
        total += atomic_load_explicit((_Atomic uint64_t *)((char *)edge->threads[i].metrics + offset), memory_order_relaxed);
    return total;
}

static void family(Buffer *out, const char *name, const char *type, const char *help)
{
    buffer_append_format(out, "# HELP tutti_%s %s\n# TYPE tutti_%s %s\n", name, help, name, type);
}

typedef void WriteOperation(const Edge *edge, size_t base, const char *labels, Buffer *out);

static void each_operation(const Edge *edge, Buffer *out, WriteOperation *write)
{
    size_t index = 0;
    for (size_t s = 0; s < edge->options.wire.service_count; s++) {
        const Service *service = edge->options.wire.services[s];
        for (size_t o = 0; o < service->operation_count; o++, index++) {
            char labels[160];
            size_t base = index * sizeof(OperationMetrics);
            if (!sum(edge, base + offsetof(OperationMetrics, calls))) continue; /* never called: no line */
            snprintf(labels, sizeof labels, "service=\"%.*s\",operation=\"%.*s\"", STR_ARG(service->name),
                     STR_ARG(service->operations[o].name));
            write(edge, base, labels, out);
        }
    }
}

static void write_calls(const Edge *edge, size_t base, const char *labels, Buffer *out)
{
    buffer_append_format(out, "tutti_calls_total{%s} %llu\n", labels,
                         (unsigned long long)sum(edge, base + offsetof(OperationMetrics, calls)));
}

static void write_errors(const Edge *edge, size_t base, const char *labels, Buffer *out)
{
    buffer_append_format(out, "tutti_errors_total{%s,whose=\"client\"} %llu\n", labels,
                         (unsigned long long)sum(edge, base + offsetof(OperationMetrics, client_errors)));
    buffer_append_format(out, "tutti_errors_total{%s,whose=\"server\"} %llu\n", labels,
                         (unsigned long long)sum(edge, base + offsetof(OperationMetrics, server_errors)));
}

static void write_latency(const Edge *edge, size_t base, const char *labels, Buffer *out)
{
    uint64_t total = 0;
    for (int i = 0; i < METRIC_BUCKETS; i++) {
        total += sum(edge, base + offsetof(OperationMetrics, buckets) + (size_t)i * sizeof(uint64_t));
        if (i < METRIC_BUCKETS - 1)
            buffer_append_format(out, "tutti_call_seconds_bucket{%s,le=\"%g\"} %llu\n", labels, (double)(64 << i) / 1e6,
                                 (unsigned long long)total);
        else
            buffer_append_format(out, "tutti_call_seconds_bucket{%s,le=\"+Inf\"} %llu\n", labels, (unsigned long long)total);
    }
    buffer_append_format(out, "tutti_call_seconds_sum{%s} %.17g\ntutti_call_seconds_count{%s} %llu\n", labels,
                         (double)sum(edge, base + offsetof(OperationMetrics, time_us)) / 1e6, labels, (unsigned long long)total);
}

static void write_commits(const WorldStats *stats, Buffer *out)
{
    uint64_t total = 0;
    family(out, "commit_seconds", "histogram", "How long batches took to become durable.");
    for (int i = 4; i < WORLD_HISTOGRAM; i++) {
        if (i == 4)
            for (int j = 0; j < 4; j++) total += stats->commit_histogram[j];
        total += stats->commit_histogram[i];
        if (i < WORLD_HISTOGRAM - 1)
            buffer_append_format(out, "tutti_commit_seconds_bucket{le=\"%g\"} %llu\n", (double)(1 << i) / 1e6, (unsigned long long)total);
    }
    buffer_append_format(out, "tutti_commit_seconds_bucket{le=\"+Inf\"} %llu\ntutti_commit_seconds_sum %.17g\ntutti_commit_seconds_count %llu\n",
                         (unsigned long long)total, (double)stats->commit_time / 1e6, (unsigned long long)total);
}

static uint64_t resident_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%*u %llu", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void number(Buffer *out, const char *name, const char *type, const char *help, double value)
{
    family(out, name, type, help);
    buffer_append_format(out, "tutti_%s %.17g\n", name, value);
}

static void write_world(const Edge *edge, const WorldStats *stats, Buffer *out)
{
    uint64_t connections = 0, refused = 0;
    for (int i = 0; i < edge->thread_count; i++) {
        connections += atomic_load(&edge->threads[i].connections);
        refused += atomic_load(&edge->threads[i].refused);
    }
    number(out, "requests_refused_total", "counter", "Requests that never became a call.", (double)refused);
    number(out, "connections", "gauge", "Open connections.", (double)connections);
    number(out, "parked", "gauge", "Calls set aside: long polls that wait.", (double)stats->parked);
    number(out, "lane_calls_total", "counter", "Calls run by the lane, woken ones each time.", (double)stats->calls);
    number(out, "lane_busy_seconds_total", "counter", "Time in which the lane had calls.", (double)stats->busy_time / 1e6);
    number(out, "timers_fired_total", "counter", "Timers fired.", (double)stats->timers);
    number(out, "actions_done_total", "counter", "Actions done.", (double)stats->actions);
    number(out, "commit_failures_total", "counter", "Batches that could not be made durable.", (double)stats->commit_failures);
    number(out, "writable", "gauge", "1 while the disk takes commits.", stats->writable);
    number(out, "store_batch_bytes_total", "counter", "Bytes written to the journal.", (double)stats->store.batch_bytes);
    number(out, "store_flushes_total", "counter", "Tables folded from memory into SQLite.", (double)stats->store.flushes);
    number(out, "store_flushed_rows_total", "counter", "Rows written to SQLite.", (double)stats->store.flushed_rows);
    number(out, "store_checkpoints_total", "counter", "Checkpoints of SQLite's write-ahead log.", (double)stats->store.checkpoints);
    number(out, "store_flush_seconds_total", "counter", "Time spent flushing.", (double)stats->store.flush_time / 1e6);
    number(out, "store_memory_bytes", "gauge", "Rows in memory that are not in SQLite yet.", (double)stats->store.table_bytes);
    number(out, "store_journal_bytes", "gauge", "Size of the journal files.", (double)stats->store.journal_bytes);
    number(out, "store_main_bytes", "gauge", "Size of the SQLite database.", (double)stats->store.main_bytes);
    number(out, "store_wal_bytes", "gauge", "Size of SQLite's write-ahead log.", (double)stats->store.wal_bytes);
    number(out, "resident_memory_bytes", "gauge", "Resident memory.", (double)resident_bytes());
    number(out, "uptime_seconds", "gauge", "Since the server started.", (double)(clock_monotonic() - edge->started) / 1e6);
}

void metrics_write(Edge *edge, const WorldStats *stats, Buffer *out)
{
    family(out, "calls_total", "counter", "Calls answered.");
    each_operation(edge, out, write_calls);
    family(out, "errors_total", "counter", "Calls answered with an error.");
    each_operation(edge, out, write_errors);
    family(out, "call_seconds", "histogram", "From a request's first byte to its reply.");
    each_operation(edge, out, write_latency);
    write_commits(stats, out);
    write_world(edge, stats, out);
}
