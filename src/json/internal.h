/* internal.h -- what the files of this module share.
 *
 * The builder is the stack on which both parsers grow a tree; the walk is the stack on which values
 * are written, compared and copied. Neither nests on the C stack. */
#ifndef JSON_INTERNAL_H
#define JSON_INTERNAL_H

#include "json/json.h"

/* ---- builder ---- */

enum { JSON_BUILDER_ROOM = 64, JSON_WALK_ROOM = 32 };

#define JSON_NOTHING_OPEN UINT32_MAX

/* The largest text: an entry takes two bytes at least, so their numbers fit. */
#define JSON_TEXT_MAX ((size_t)UINT32_MAX - 1)

typedef struct JsonBuilder {
    Arena      *arena;
    JsonMember *entries; /* an open container, its children so far, among them the next open one, its ... */
    uint32_t    count, capacity;
    uint32_t    open; /* the entry of the innermost open container; its `count` is that of the next outer one */
    uint32_t    depth;
    Json       *nodes, *nodes_end; /* a few values in advance */
    JsonMember  room[JSON_BUILDER_ROOM];
} JsonBuilder;

void json_builder_init(JsonBuilder *builder, Arena *arena);
void json_builder_done(JsonBuilder *builder);
void json_builder_take_nodes(JsonBuilder *builder, size_t bytes_left);
void json_builder_grow(JsonBuilder *builder);
void json_builder_open(JsonBuilder *builder); /* the value added last is a container, now the innermost open one */
void json_builder_close(JsonBuilder *builder);

/* Adds a zeroed value behind what is there. `bytes_left` of the input tells how many more may come. */
static inline Json *json_builder_add(JsonBuilder *builder, Str name, size_t bytes_left)
{
    if (__builtin_expect(builder->nodes == builder->nodes_end, 0)) json_builder_take_nodes(builder, bytes_left);
    if (__builtin_expect(builder->count == builder->capacity, 0)) json_builder_grow(builder);
    Json *value = builder->nodes++;
    *value = (Json){ 0 };
    builder->entries[builder->count++] = (JsonMember){ name, value };
    return value;
}

/* ---- walk ---- */

typedef struct JsonStep {
    const Json *value;
    const Json *other; /* of a comparison the other side, of copying the copy */
    uint32_t    at;    /* the next item or member */
} JsonStep;

typedef struct JsonWalk {
    JsonStep *steps;
    uint32_t  depth, capacity;
    JsonStep  room[JSON_WALK_ROOM];
} JsonWalk;

void json_walk_init(JsonWalk *walk);
void json_walk_done(JsonWalk *walk);
bool json_walk_push(JsonWalk *walk, const Json *value, const Json *other); /* false: out of memory */

static inline Json *json_child(const Json *container, uint32_t at)
{
    return container->type == JSON_OBJECT ? container->members[at].value : container->items[at];
}

/* ---- members ---- */

JsonIndex  *json_index_new(Arena *arena, uint32_t capacity); /* NULL for a number of members that needs none */
JsonMember *json_find(const Json *object, Str name);         /* the last of that name, or NULL */

/* ---- numbers ---- */

/* A number as read: digits * 10^exponent. Of more than 19 significant digits the rest is dropped, and
 * it is `cut` unless they are zeros. */
typedef struct JsonDecimal {
    uint64_t    digits;
    int64_t     exponent;
    int64_t     power; /* the exponent as written */
    bool        negative;
    bool        whole; /* neither fraction nor exponent */
    bool        cut;
    const char *what; /* where it is no number: what was expected */
} JsonDecimal;

/* Returns its end, or where it fails; then `what` is set. */
const char *json_decimal_scan(const char *at, const char *end, JsonDecimal *out);
void        json_decimal_store(const JsonDecimal *decimal, Json *number); /* whose raw is set */

/* ---- text ---- */

#define JSON_EACH_BYTE(byte) ((uint64_t)(byte) * 0x0101010101010101ULL)

/* The first byte that is a quote, a backslash, a control character or not ASCII. Eight at a time:
 * a subtraction borrows into bit 7 of the bytes that are too small, and wrongly only into bytes
 * behind such a one, so the lowest bit is right. */
static inline const char *json_scan_plain(const char *at, const char *end)
{
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        uint64_t quote = word ^ JSON_EACH_BYTE('"'), backslash = word ^ JSON_EACH_BYTE('\\');
        uint64_t hits = (quote - JSON_EACH_BYTE(1)) | (backslash - JSON_EACH_BYTE(1));
        hits = (hits | (word - JSON_EACH_BYTE(0x20)) | word) & JSON_EACH_BYTE(0x80);
        if (hits) return at + __builtin_ctzll(hits) / 8;
    }
    while (at < end && (uint8_t)(*at - 0x20) < 0x60 && *at != '"' && *at != '\\') at++;
    return at;
}

static inline bool json_is_continuation(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

/* Bytes of the well-formed sequence that starts with a byte beyond ASCII, 0 when it is not. */
static inline size_t json_utf8_size(const char *at, const char *end)
{
    uint8_t first = (uint8_t)at[0];
    size_t  left = (size_t)(end - at);
    if (left < 2 || !json_is_continuation(at[1])) return 0;
    uint8_t second = (uint8_t)at[1];
    if (first < 0xe0) return first >= 0xc2 ? 2 : 0;
    if (left < 3 || !json_is_continuation(at[2])) return 0;
    if (first == 0xe0 && second < 0xa0) return 0; /* too long a form */
    if (first == 0xed && second >= 0xa0) return 0; /* a surrogate */
    if (first < 0xf0) return 3;
    if (left < 4 || !json_is_continuation(at[3])) return 0;
    if (first == 0xf0 && second < 0x90) return 0;
    return first < 0xf4 || (first == 0xf4 && second < 0x90) ? 4 : 0;
}

static inline bool json_is_surrogate(const char *at, const char *end)
{
    return end - at >= 3 && (uint8_t)at[0] == 0xed && (uint8_t)at[1] >= 0xa0 && (uint8_t)at[1] < 0xc0 &&
           json_is_continuation(at[2]);
}

/* The first byte that is not part of well-formed UTF-8, or the end. */
static inline const char *json_scan_utf8(const char *at, const char *end)
{
    while (at < end) {
        uint64_t word = 0;
        if (end - at >= 8) memcpy(&word, at, 8);
        if (end - at >= 8 && !(word & JSON_EACH_BYTE(0x80))) {
            at += 8;
            continue;
        }
        size_t size = *at >= 0 ? 1 : json_utf8_size(at, end);
        if (!size) return at;
        at += size;
    }
    return end;
}

#endif
