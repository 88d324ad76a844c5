/* java.c -- strings, hashes and chance as Java has them.
 *
 * A number without fraction and exponent is an Integer, Long or BigInteger there, any other a Double; so 1 and 1.0
 * are not equal, and the first of 1e3 and 1000 prints as 1000.0. (Only the hash of a BigInteger is not Java's here.)
 *
 * A HashMap of n keys has the smallest table that is a power of two, 16 at least, and three quarters of which are n
 * or more. It is gone over from slot to slot, and in a slot in the order of insertion:
 *
 *     slot of a key:  (hash ^ hash >>> 16) & (table size - 1)
 *
 * Values may be nested deeper than the C stack is; below JSON_DEPTH_MAX they are printed as JSON, compared by
 * json_equal and have no hash. */
#include "asl/java.h"

#include <math.h>

#include "base/hash.h"
#include "base/text.h"

/* ---- UTF-16 ---- */

/* Takes one character off the front, as up to two units. What is not UTF-8 is a unit a byte, a lone surrogate
 * itself. */
static uint32_t next_units(Str *text, uint16_t units[2])
{
    uint8_t  first = (uint8_t)text->data[0];
    uint32_t size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size > text->length) size = 1;
    uint32_t code = size == 1 ? first : first & (0xffu >> (size + 1));
    for (uint32_t i = 1; i < size; i++) code = code << 6 | ((uint8_t)text->data[i] & 0x3f);
    *text = str_slice(*text, size, text->length);
    bool pair = code >= 0x10000;
    units[0] = (uint16_t)(pair ? 0xd7c0 + (code >> 10) : code);
    units[1] = (uint16_t)(0xdc00 | (code & 0x3ff));
    return pair ? 2 : 1;
}

uint32_t asl_java_hash(Str text)
{
    uint32_t hash = 0;
    uint16_t units[2];
    while (text.length) {
        uint32_t count = next_units(&text, units);
        for (uint32_t i = 0; i < count; i++) hash = 31 * hash + units[i];
    }
    return hash;
}

size_t asl_java_length(Str text)
{
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        length += ((byte & 0xc0) != 0x80) + (byte >= 0xf0);
    }
    return length;
}

/* Bytes have the order of code points, which differs from that of units only above the surrogates. */
int asl_java_compare(Str a, Str b)
{
    size_t at = 0, shorter = a.length < b.length ? a.length : b.length;
    while (at < shorter && a.data[at] == b.data[at]) at++;
    if (at == shorter) return a.length < b.length ? -1 : a.length > b.length;
    uint8_t left = (uint8_t)a.data[at], right = (uint8_t)b.data[at];
    bool    swapped = left >= 0xee && right >= 0xee && (left >= 0xf0) != (right >= 0xf0);
    return (left < right) != swapped ? -1 : 1;
}

/* ---- numbers ---- */

/* A number that was computed is what it will be once it has been written and read again. */
static bool is_integral(const Json *number)
{
    if (number->flags & JSON_INTEGER) return true;
    if (!number->raw.length) return json_int(number, &(int64_t){ 0 });
    for (size_t i = 0; i < number->raw.length; i++)
        if (strchr(".eE", number->raw.data[i])) return false;
    return true;
}

static bool is_long(const Json *number, int64_t *out)
{
    return is_integral(number) && json_int(number, out);
}

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

enum { DOUBLE_TEXT_SIZE = 40, DOUBLE_DIGITS_MAX = 17 };

/* The fewest digits that read back the same, "d.ddde[+-]dd". */
static void shortest(double number, char *text)
{
    double again;
    for (int digits = 0; digits < DOUBLE_DIGITS_MAX; digits++) {
        int length = snprintf(text, DOUBLE_TEXT_SIZE, "%.*e", digits, number);
        if (json_number_parse(str_from(text, (size_t)length), &again) && again == number) return;
    }
}

/* Double.toString(): plain from 0.001 to 10,000,000, else like 1.0E10; a digit behind the point always. */
static Str double_text(double number, char *out)
{
    char  scientific[DOUBLE_TEXT_SIZE], digits[DOUBLE_DIGITS_MAX + 1];
    char *from = scientific, *to = digits;
    if (number == 0) return signbit(number) ? STR("-0.0") : STR("0.0");
    shortest(number, scientific);
    bool negative = *from == '-';
    for (from += negative; *from != 'e'; from++)
        if (*from != '.') *to++ = *from;
    int         power = (int)strtol(from + 1, NULL, 10), count = (int)(to - digits), length;
    const char *sign = negative ? "-" : "";
    if (power < -3 || power >= 7)
        length = snprintf(out, DOUBLE_TEXT_SIZE, "%s%c.%.*sE%d", sign, digits[0], count > 1 ? count - 1 : 1,
                          count > 1 ? digits + 1 : "0", power);
    else if (power < 0)
        length = snprintf(out, DOUBLE_TEXT_SIZE, "%s0.%.*s%.*s", sign, -power - 1, "00", count, digits);
    else if (count <= power + 1)
        length = snprintf(out, DOUBLE_TEXT_SIZE, "%s%.*s%.*s.0", sign, count, digits, power + 1 - count, "000000");
    else
        length = snprintf(out, DOUBLE_TEXT_SIZE, "%s%.*s.%.*s", sign, power + 1, digits, count - power - 1,
                          digits + power + 1);
    return str_from(out, (size_t)length);
}

static Str number_text(const Json *number, char *out)
{
    int64_t whole;
    if (is_long(number, &whole))
        return str_from(out, (size_t)snprintf(out, DOUBLE_TEXT_SIZE, "%lld", (long long)whole));
    return is_integral(number) ? number->raw : double_text(json_number(number), out);
}

/* ---- text ---- */

typedef struct Writer { /* goes over a value twice: to measure, and to write */
    Arena *arena;
    char  *data; /* NULL: measuring */
    size_t length;
} Writer;

static void put(Writer *writer, Str text)
{
    if (writer->data && text.length) memcpy(writer->data + writer->length, text.data, text.length);
    writer->length += text.length;
}

static void put_value(Writer *writer, const Json *value, int depth);

static void put_array(Writer *writer, const Json *array, int depth)
{
    put(writer, STR("["));
    for (uint32_t i = 0; i < array->count; i++) {
        if (i) put(writer, STR(", "));
        put_value(writer, array->items[i], depth);
    }
    put(writer, STR("]"));
}

static void put_object(Writer *writer, const Json *object, int depth)
{
    put(writer, STR("{"));
    JSON_EACH_MEMBER(object, member) {
        if (member > object->members) put(writer, STR(", "));
        put(writer, member->name);
        put(writer, STR("="));
        put_value(writer, member->value, depth);
    }
    put(writer, STR("}"));
}

static void put_value(Writer *writer, const Json *value, int depth)
{
    char number[DOUBLE_TEXT_SIZE];
    if (depth > JSON_DEPTH_MAX) {
        put(writer, json_text(writer->arena, value));
        return;
    }
    switch (value->type) {
    case JSON_NULL: put(writer, STR("null")); break;
    case JSON_BOOL: put(writer, value->boolean ? STR("true") : STR("false")); break;
    case JSON_NUMBER: put(writer, number_text(value, number)); break;
    case JSON_STRING: put(writer, value->text); break;
    case JSON_ARRAY: put_array(writer, value, depth + 1); break;
    case JSON_OBJECT: put_object(writer, value, depth + 1); break;
    }
}

Str asl_java_text(Arena *arena, const Json *value)
{
    if (value->type == JSON_STRING) return value->text;
    Writer writer = { .arena = arena };
    put_value(&writer, value, 0);
    writer.data = arena_alloc_bytes(arena, writer.length + 1);
    writer.length = 0;
    put_value(&writer, value, 0);
    return str_from(writer.data, writer.length);
}

/* ---- order ---- */

void asl_java_order(Arena *arena, const uint32_t *hashes, uint32_t count, uint32_t *out_order)
{
    uint32_t size = 16, filled = 0;
    while (count > size / 4 * 3) size *= 2;
    uint32_t *first = NEW_ARRAY(arena, uint32_t, size), *next = NEW_ARRAY(arena, uint32_t, count + 1);
    for (uint32_t number = count; number > 0; number--) {
        uint32_t hash = hashes[number - 1], slot = (hash ^ hash >> 16) & (size - 1);
        next[number] = first[slot];
        first[slot] = number;
    }
    for (uint32_t slot = 0; slot < size; slot++)
        for (uint32_t number = first[slot]; number; number = next[number]) out_order[filled++] = number - 1;
}

/* ---- sets ---- */

typedef struct Hash {
    uint32_t java;
    uint64_t own; /* which nobody outside can make collide */
} Hash;

static uint64_t mix(uint64_t bits)
{
    return hash_bytes(str_from(&bits, sizeof bits));
}

static Hash hash_value(const Json *value, int depth);

static Hash hash_number(const Json *number)
{
    int64_t  whole;
    bool     is_whole = is_long(number, &whole);
    uint64_t bits = is_whole ? (uint64_t)whole : bits_of(json_number(number));
    if (!is_whole && is_integral(number)) return (Hash){ asl_java_hash(number->raw), hash_bytes(number->raw) };
    if (is_whole && whole == (int32_t)whole) return (Hash){ (uint32_t)bits, mix(bits) };
    return (Hash){ (uint32_t)(bits ^ bits >> 32), mix(bits) };
}

static Hash hash_array(const Json *array, int depth)
{
    Hash hash = { 1, 1 };
    for (uint32_t i = 0; i < array->count; i++) {
        Hash item = hash_value(array->items[i], depth);
        hash = (Hash){ 31 * hash.java + item.java, mix(hash.own + item.own) };
    }
    return hash;
}

static Hash hash_object(const Json *object, int depth)
{
    Hash hash = { 0, 2 };
    JSON_EACH_MEMBER(object, member) {
        if (json_get(object, member->name) != member->value) continue;
        Hash value = hash_value(member->value, depth);
        hash.java += asl_java_hash(member->name) ^ value.java;
        hash.own += mix(hash_bytes(member->name) + value.own);
    }
    return hash;
}

static Hash hash_value(const Json *value, int depth)
{
    if (depth > JSON_DEPTH_MAX) return (Hash){ 0, 0 };
    switch (value->type) {
    case JSON_BOOL: return value->boolean ? (Hash){ 1231, mix(3) } : (Hash){ 1237, mix(4) };
    case JSON_NUMBER: return hash_number(value);
    case JSON_STRING: return (Hash){ asl_java_hash(value->text), hash_bytes(value->text) };
    case JSON_ARRAY: return hash_array(value, depth + 1);
    case JSON_OBJECT: return hash_object(value, depth + 1);
    default: return (Hash){ 0, 0 };
    }
}

static bool equal(const Json *a, const Json *b, int depth);

static bool equal_numbers(const Json *a, const Json *b)
{
    int64_t left, right;
    bool    whole = is_long(a, &left);
    if (whole != is_long(b, &right) || is_integral(a) != is_integral(b)) return false;
    if (whole) return left == right;
    return is_integral(a) ? str_equal(a->raw, b->raw) : bits_of(json_number(a)) == bits_of(json_number(b));
}

static bool equal_arrays(const Json *a, const Json *b, int depth)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!equal(a->items[i], b->items[i], depth)) return false;
    return true;
}

static bool contains_members(const Json *a, const Json *b, int depth)
{
    JSON_EACH_MEMBER(b, member) {
        const Json *value = json_get(a, member->name);
        if (!value || !equal(value, json_get(b, member->name), depth)) return false;
    }
    return true;
}

static bool has_names_of(const Json *a, const Json *b)
{
    JSON_EACH_MEMBER(b, member)
        if (!json_get(a, member->name)) return false;
    return true;
}

static bool equal(const Json *a, const Json *b, int depth)
{
    if (a == b) return true;
    if (a->type != b->type) return false;
    if (depth > JSON_DEPTH_MAX) return json_equal(a, b);
    switch (a->type) {
    case JSON_BOOL: return a->boolean == b->boolean;
    case JSON_NUMBER: return equal_numbers(a, b);
    case JSON_STRING: return str_equal(a->text, b->text);
    case JSON_ARRAY: return equal_arrays(a, b, depth + 1);
    case JSON_OBJECT: return has_names_of(b, a) && contains_members(a, b, depth + 1);
    default: return true;
    }
}

typedef struct Set {
    const Json **items;
    Hash        *hashes;
    uint32_t     count;
    uint32_t    *slots; /* number of an item + 1, 0: free; at least half of them are free */
    uint32_t     mask;
} Set;

static void add(Set *set, const Json *item)
{
    Hash     hash = hash_value(item, 0);
    uint32_t at = (uint32_t)mix(hash.own) & set->mask;
    for (; set->slots[at]; at = (at + 1) & set->mask) {
        uint32_t number = set->slots[at] - 1;
        if (set->hashes[number].own == hash.own && equal(set->items[number], item, 0)) return;
    }
    set->items[set->count] = item;
    set->hashes[set->count] = hash;
    set->slots[at] = ++set->count;
}

Json *asl_java_set(Arena *arena, const Json *array)
{
    uint32_t size = 16;
    while (size < 2 * (uint64_t)array->count) size *= 2;
    Set set = { .items = NEW_ARRAY(arena, const Json *, array->count + 1),
                .hashes = NEW_ARRAY(arena, Hash, array->count + 1),
                .slots = NEW_ARRAY(arena, uint32_t, size),
                .mask = size - 1 };
    for (uint32_t i = 0; i < array->count; i++) add(&set, array->items[i]);
    uint32_t *hashes = NEW_ARRAY(arena, uint32_t, set.count + 1), *order = NEW_ARRAY(arena, uint32_t, set.count + 1);
    for (uint32_t i = 0; i < set.count; i++) hashes[i] = set.hashes[i].java;
    asl_java_order(arena, hashes, set.count, order);
    Json *result = json_array(arena);
    for (uint32_t i = 0; i < set.count; i++) json_append(arena, result, (Json *)set.items[order[i]]);
    return result;
}

/* ---- chance ---- */

static int64_t next_bits(uint64_t *state)
{
    *state = (*state * 0x5deece66d + 0xb) & ((1ull << 48) - 1);
    return (int64_t)(*state >> 17);
}

int32_t asl_java_random(int64_t seed, int32_t bound)
{
    uint64_t state = ((uint64_t)seed ^ 0x5deece66d) & ((1ull << 48) - 1);
    int64_t  bits = next_bits(&state);
    if ((bound & (bound - 1)) == 0) return (int32_t)((bound * bits) >> 31);
    while (bits - bits % bound + (bound - 1) > INT32_MAX) bits = next_bits(&state);
    return (int32_t)(bits % bound);
}
