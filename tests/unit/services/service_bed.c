/* service_bed.c -- see service_bed.h. */
#include "tests/unit/services/service_bed.h"

#include "tests/support/test.h"

#include <stdarg.h>

static void must(Error *error)
{
    if (!error) return;
    fprintf(stderr, "bed: %s\n", error->message);
    abort();
}

static void open_world(Bed *bed)
{
    WorldOptions options = {
        .store = { .disk = bed->disk, .directory = "/bed", .no_thread = true, .table_bytes = 1 << 20 },
        .clock = bed->clock,
        .seed = bed->seed++,
        .services = &bed->service,
        .service_count = 1,
    };
    must(world_open(&options, &bed->world));
    must(port_open(bed->world, NULL, NULL, &bed->port));
    bed_settle(bed);
}

static void close_world(Bed *bed)
{
    port_close(bed->port);
    must(world_close(bed->world));
}

void bed_open(Bed *bed, const Service *service, uint64_t seed)
{
    *bed = (Bed){ .service = service, .seed = seed };
    arena_init(&bed->arena, 0);
    must(disk_new_simulated(seed, &bed->disk));
    must(clock_new_virtual(BED_START_TIME, &bed->clock));
    bed->caller = (Caller){
        .account = STR("000000000000"),
        .region = STR("us-east-1"),
        .access_key = STR("000000000000"),
        .principal = STR("arn:aws:iam::000000000000:root"),
        .user_id = STR("000000000000"),
        .endpoint = STR("http://localhost:4566"),
        .request_id = STR("00000000-0000-4000-8000-000000000000"),
    };
    open_world(bed);
}

void bed_close(Bed *bed)
{
    close_world(bed);
    error_free(bed->error);
    arena_done(&bed->arena);
    clock_free(bed->clock);
    disk_free(bed->disk);
}

void bed_restart(Bed *bed, bool crash)
{
    close_world(bed);
    if (crash) disk_crash(bed->disk);
    open_world(bed);
}

void bed_forget(Bed *bed)
{
    arena_reset(&bed->arena);
}

Instant bed_now(const Bed *bed)
{
    return clock_now(bed->clock);
}

void bed_settle(Bed *bed)
{
    Instant next;
    bool    worked;
    if (bed->fail_allocation) {
        memory_fail_nth(bed->fail_allocation, false);
        error_free(world_turn(bed->world, &next, &worked));
        memory_fail_nth(0, false);
        bed->fail_allocation = 0;
    }
    do must(world_turn(bed->world, &next, &worked));
    while (worked || next <= bed_now(bed));
}

void bed_advance(Bed *bed, Duration by)
{
    Instant end = bed_now(bed) + by, next;
    bool    worked;
    for (;;) {
        must(world_turn(bed->world, &next, &worked));
        if (worked || next <= bed_now(bed)) continue;
        if (bed_now(bed) == end) return;
        clock_advance(bed->clock, next < end ? next : end);
    }
}

static Call *submit(Bed *bed, const char *operation, const char *format, va_list arguments)
{
    Str text = str_format_list(&bed->arena, format, arguments);
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == '\'') ((char *)text.data)[i] = '"';
    Json *input;
    must(json_parse(&bed->arena, text, NULL, &input));
    Call *call = NEW(&bed->arena, Call);
    call->arena = &bed->arena;
    call->caller = bed->caller;
    call->service = bed->service;
    call->operation = service_operation(bed->service, str_from_c(operation));
    call->input = input;
    if (!call->operation || !port_submit(bed->port, call)) abort();
    bed->out++;
    port_flush(bed->port);
    return call;
}

static void take_back(Bed *bed)
{
    for (Call *call; (call = port_take(bed->port));) {
        call->user = call;
        bed->out--;
    }
}

Json *bed_answer(Bed *bed, Call *call)
{
    take_back(bed);
    if (!call->user) return NULL;
    error_free(bed->error);
    bed->error = call->error;
    call->error = NULL;
    if (bed->error) return NULL;
    return call->output ? call->output : json_object(&bed->arena);
}

Call *bed_start(Bed *bed, const char *operation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    Call *call = submit(bed, operation, format, arguments);
    va_end(arguments);
    bed_settle(bed);
    return call;
}

Json *bed_call(Bed *bed, const char *operation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    Call *call = submit(bed, operation, format, arguments);
    va_end(arguments);
    bed_settle(bed);
    Json *answer = bed_answer(bed, call);
    if (!call->user) fprintf(stderr, "bed: %s has parked\n", operation), abort();
    return answer;
}

bool bed_refused(Bed *bed, const char *code, const char *words)
{
    const Error *error = bed->error;
    const char  *actual =
        error && error->fault ? error->fault->query_code ? error->fault->query_code : error->fault->code : "";
    bool same = error && strcmp(actual, code) == 0 && strstr(error->message, words);
    if (!same) printf("    got %s: %s\n", actual, error ? error->message : "no error");
    return same;
}

Str bed_text(const Json *value, const char *path)
{
    static Arena arena;
    static bool  made;
    if (made) arena_reset(&arena);
    if (!made) arena_init(&arena, 0), made = true;
    Str rest = str_from_c(path), part;
    while (value && str_next_part(&rest, '.', &part)) {
        uint64_t index;
        if (value->type == JSON_ARRAY)
            value = str_parse_uint(part, &index) && index < value->count ? value->items[index] : NULL;
        else
            value = json_get(value, part);
    }
    if (!value) return STR("(none)");
    return value->type == JSON_STRING ? str_copy(&arena, value->text) : json_text(&arena, value);
}
