/* bench_json.c -- parsing and writing a document of orders of about 1 MB; prints one line of JSON. */
#include "json/json.h"

#include <malloc.h>
#include <time.h>

enum { ORDERS = 2600, ROUNDS = 200 };

static Json *line_of_order(Arena *arena, int order, int line)
{
    static const char *const names[] = { "Kettle, 1.7 l", "Caf\xc3\xa9 cups", "Desk lamp \"Lux\"", "Notebook" };
    Json *object = json_object(arena);
    json_add_str(arena, object, STR("sku"), str_format(arena, "SKU-%05d", (order * 7 + line) % 90000));
    json_add_str(arena, object, STR("name"), str_from_c(names[(order + line) % 4]));
    json_add_int(arena, object, STR("quantity"), 1 + (order + line) % 9);
    json_add(arena, object, STR("price"), json_double(arena, ((order * 31 + line * 17) % 20000) / 100.0));
    return object;
}

static Json *order_of(Arena *arena, int order)
{
    Json *object = json_object(arena), *lines = json_array(arena);
    json_add_int(arena, object, STR("orderId"), 1000000 + order);
    json_add_str(arena, object, STR("customer"), str_format(arena, "customer-%d@example.com", order % 977));
    json_add_str(arena, object, STR("placedAt"), STR("2026-11-20T19:56:46.123Z"));
    json_add(arena, object, STR("express"), json_bool(arena, order % 3 == 0));
    json_add(arena, object, STR("note"), order % 5 ? json_null(arena) : json_str(arena, STR("ring twice,\nthen leave it")));
    for (int i = 0; i < 4; i++) json_append(arena, lines, line_of_order(arena, order, i));
    json_add(arena, object, STR("lines"), lines);
    return object;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double parse_speed(Str text)
{
    Arena arena;
    Json *value;
    double start = seconds();
    for (int i = 0; i < ROUNDS; i++) {
        arena_init(&arena, ARENA_CHUNK_MAX);
        Error *error = json_parse(&arena, text, NULL, &value);
        if (error) abort();
        arena_done(&arena);
    }
    return (double)text.length * ROUNDS / 1e6 / (seconds() - start);
}

static double write_speed(const Json *value)
{
    Buffer out;
    size_t written = 0;
    buffer_init(&out);
    double start = seconds();
    for (int i = 0; i < ROUNDS; i++) {
        buffer_clear(&out);
        json_write(&out, value, JSON_COMPACT);
        written += out.length;
    }
    double speed = (double)written / 1e6 / (seconds() - start);
    buffer_done(&out);
    return speed;
}

int main(void)
{
    mallopt(M_TOP_PAD, 64 << 20); /* a warm heap, as a server has: fresh pages would measure the kernel */
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    Arena arena;
    arena_init(&arena, 0);
    Json *orders = json_array(&arena), *parsed;
    for (int i = 0; i < ORDERS; i++) json_append(&arena, orders, order_of(&arena, i));
    Str text = json_text(&arena, orders);
    if (json_parse(&arena, text, NULL, &parsed)) abort();
    printf("{\"bench\":\"json\",\"bytes\":%zu,\"parse_mb_s\":%.0f,\"write_mb_s\":%.0f,\"write_built_mb_s\":%.0f}\n",
           text.length, parse_speed(text), write_speed(parsed), write_speed(orders));
    arena_done(&arena);
    return 0;
}
