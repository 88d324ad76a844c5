/* text.c -- bytes written as text and back. */
#include "base/text.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

Str text_hex(Arena *arena, Str bytes)
{
    char *out = arena_alloc_bytes(arena, arena_size(bytes.length, 2));
    for (size_t i = 0; i < bytes.length; i++) {
        uint8_t byte = (uint8_t)bytes.data[i];
        out[2 * i] = hex_digits[byte >> 4];
        out[2 * i + 1] = hex_digits[byte & 15];
    }
    return str_from(out, bytes.length * 2);
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

bool text_unhex(Arena *arena, Str hex, Str *out)
{
    if (hex.length % 2) return false;
    char *bytes = arena_alloc_bytes(arena, hex.length / 2);
    for (size_t i = 0; i < hex.length / 2; i++) {
        int high = hex_value(hex.data[2 * i]), low = hex_value(hex.data[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i] = (char)(high << 4 | low);
    }
    *out = str_from(bytes, hex.length / 2);
    return true;
}

Str text_base64(Arena *arena, Str bytes)
{
    char *out = arena_alloc_bytes(arena, arena_size(bytes.length / 3 + 1, 4));
    const uint8_t *in = (const uint8_t *)bytes.data;
    size_t at = 0, left = bytes.length;
    for (; left >= 3; left -= 3, in += 3) {
        uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        for (int shift = 18; shift >= 0; shift -= 6) out[at++] = base64_digits[group >> shift & 63];
    }
    if (left) {
        uint32_t group = (uint32_t)in[0] << 16 | (left == 2 ? (uint32_t)in[1] << 8 : 0);
        out[at++] = base64_digits[group >> 18];
        out[at++] = base64_digits[group >> 12 & 63];
        out[at++] = left == 2 ? base64_digits[group >> 6 & 63] : '=';
        out[at++] = '=';
    }
    return str_from(out, at);
}

static int base64_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z') return digit - 'A';
    if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9') return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

bool text_unbase64(Arena *arena, Str text, Str *out)
{
    for (int i = 0; i < 2 && text.length && text.data[text.length - 1] == '='; i++) text.length--;
    if (text.length % 4 == 1) return false;
    char *bytes = arena_alloc_bytes(arena, text.length / 4 * 3 + 3);
    size_t at = 0;
    uint32_t group = 0;
    int bits = 0;
    for (size_t i = 0; i < text.length; i++) {
        int value = base64_value(text.data[i]);
        if (value < 0) return false;
        group = group << 6 | (uint32_t)value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[at++] = (char)(group >> bits & 255);
        }
    }
    *out = str_from(bytes, at);
    return true;
}

Str text_unpercent(Arena *arena, Str text, bool plus_is_blank)
{
    size_t at;
    if (!str_find_byte(text, '%', &at) && !(plus_is_blank && str_find_byte(text, '+', &at))) return text;
    char *out = arena_alloc_bytes(arena, text.length);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        if (byte == '%' && i + 2 < text.length && hex_value(text.data[i + 1]) >= 0 &&
            hex_value(text.data[i + 2]) >= 0) {
            byte = (char)(hex_value(text.data[i + 1]) << 4 | hex_value(text.data[i + 2]));
            i += 2;
        } else if (byte == '+' && plus_is_blank) {
            byte = ' ';
        }
        out[length++] = byte;
    }
    return str_from(out, length);
}

static bool is_unreserved(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '_' || byte == '.' || byte == '~';
}

Str text_percent(Arena *arena, Str text, bool keep_slash)
{
    char *out = arena_alloc_bytes(arena, arena_size(text.length, 3));
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        if (is_unreserved(byte) || (byte == '/' && keep_slash)) {
            out[length++] = byte;
            continue;
        }
        out[length++] = '%';
        out[length++] = "0123456789ABCDEF"[(uint8_t)byte >> 4];
        out[length++] = "0123456789ABCDEF"[byte & 15];
    }
    return str_from(out, length);
}

static bool is_continuation(Str text, size_t at)
{
    return at < text.length && ((uint8_t)text.data[at] & 0xc0) == 0x80;
}

size_t text_utf8_decode(Str text, uint32_t *out)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (!text.length) return 0;
    uint8_t first = (uint8_t)text.data[0];
    if (first < 0x80) {
        *out = first;
        return 1;
    }
    size_t size = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc0 && first < 0xe0 ? 2 : 0;
    if (!size) return 0;
    uint32_t code_point = first & (0x7f >> size);
    for (size_t i = 1; i < size; i++) {
        if (!is_continuation(text, i)) return 0;
        code_point = code_point << 6 | ((uint8_t)text.data[i] & 0x3f);
    }
    if (code_point < smallest[size] || code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000)) return 0;
    *out = code_point;
    return size;
}

size_t text_utf8_encode(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    size_t size = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3f));
        code_point >>= 6;
    }
    out[0] = (char)((0xf00 >> size & 0xff) | code_point);
    return size;
}

bool text_utf8_valid(Str text)
{
    uint32_t code_point;
    while (text.length) {
        size_t size = text_utf8_decode(text, &code_point);
        if (!size) return false;
        text = str_slice(text, size, text.length);
    }
    return true;
}

/* ---- UUIDs ---- */

void text_uuid_write(uint64_t high, uint64_t low, char out[TEXT_UUID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t words[2] = { (high & ~0xf000ULL) | 0x4000ULL, (low & ~(3ULL << 62)) | 2ULL << 62 };
    for (int i = 0, nibble = 0; i < TEXT_UUID_SIZE; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            out[i] = '-';
            continue;
        }
        out[i] = digits[words[nibble / 16] >> (60 - 4 * (nibble % 16)) & 15];
        nibble++;
    }
}

Str text_uuid(Arena *arena, uint64_t high, uint64_t low)
{
    char *text = arena_alloc_bytes(arena, TEXT_UUID_SIZE);
    text_uuid_write(high, low, text);
    return str_from(text, TEXT_UUID_SIZE);
}
