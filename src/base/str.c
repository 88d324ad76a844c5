/* str.c -- text as a pointer and a length. */
#include "base/str.h"

#include <stdio.h>

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

int str_compare(Str a, Str b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    if (order) return order;
    return a.length < b.length ? -1 : a.length > b.length;
}

bool str_equal_nocase(Str a, Str b)
{
    if (a.length != b.length) return false;
    for (size_t i = 0; i < a.length; i++)
        if (lower(a.data[i]) != lower(b.data[i])) return false;
    return true;
}

bool str_starts_with(Str str, Str prefix)
{
    return str.length >= prefix.length && str_equal(str_slice(str, 0, prefix.length), prefix);
}

bool str_ends_with(Str str, Str suffix)
{
    return str.length >= suffix.length && str_equal(str_slice(str, str.length - suffix.length, str.length), suffix);
}

bool str_find(Str str, Str needle, size_t *out_at)
{
    if (needle.length == 0) {
        *out_at = 0;
        return true;
    }
    const char *hit = str.length ? memmem(str.data, str.length, needle.data, needle.length) : NULL;
    if (hit) *out_at = (size_t)(hit - str.data);
    return hit != NULL;
}

bool str_find_byte(Str str, char byte, size_t *out_at)
{
    const char *hit = str.length ? memchr(str.data, byte, str.length) : NULL;
    if (hit) *out_at = (size_t)(hit - str.data);
    return hit != NULL;
}

bool str_all_in(Str str, const char *allowed)
{
    for (size_t i = 0; i < str.length; i++)
        if (str.data[i] == 0 || !strchr(allowed, str.data[i])) return false;
    return true;
}

Str str_slice(Str str, size_t from, size_t to)
{
    if (to > str.length) to = str.length;
    if (from >= to) return (Str){ str.data, 0 };
    return (Str){ str.data + from, to - from };
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

Str str_trim(Str str)
{
    while (str.length && is_blank(str.data[0])) str = str_slice(str, 1, str.length);
    while (str.length && is_blank(str.data[str.length - 1])) str.length--;
    return str;
}

bool str_next_part(Str *rest, char separator, Str *out_part)
{
    if (!rest->data) return false;
    size_t at;
    if (str_find_byte(*rest, separator, &at)) {
        *out_part = str_slice(*rest, 0, at);
        *rest = (Str){ rest->data + at + 1, rest->length - at - 1 };
    } else {
        *out_part = *rest;
        *rest = STR_NONE;
    }
    return true;
}

bool str_parse_uint(Str str, uint64_t *out)
{
    uint64_t number = 0;
    if (str.length == 0) return false;
    for (size_t i = 0; i < str.length; i++) {
        if (str.data[i] < '0' || str.data[i] > '9') return false;
        if (__builtin_mul_overflow(number, 10, &number)) return false;
        if (__builtin_add_overflow(number, (uint64_t)(str.data[i] - '0'), &number)) return false;
    }
    *out = number;
    return true;
}

bool str_parse_int(Str str, int64_t *out)
{
    bool negative = str.length && str.data[0] == '-';
    uint64_t size;
    if (!str_parse_uint(negative ? str_slice(str, 1, str.length) : str, &size)) return false;
    if (size > (uint64_t)INT64_MAX + negative) return false;
    *out = negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}

Str str_copy(Arena *arena, Str str)
{
    return (Str){ arena_copy(arena, str.data, str.length), str.length };
}

char *str_to_c(Arena *arena, Str str)
{
    char *copy = arena_alloc_bytes(arena, str.length + 1);
    if (str.length) memcpy(copy, str.data, str.length);
    copy[str.length] = 0;
    return copy;
}

Str str_lower(Arena *arena, Str str)
{
    char *copy = arena_alloc_bytes(arena, str.length);
    for (size_t i = 0; i < str.length; i++) copy[i] = lower(str.data[i]);
    return (Str){ copy, str.length };
}

Str str_format_list(Arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *text = arena_alloc_bytes(arena, length < 0 ? 1 : (size_t)length + 1);
    if (length > 0) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return (Str){ text, length < 0 ? 0 : (size_t)length };
}

Str str_concat(Arena *arena, const Str *parts, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++) length += parts[i].length;
    char *bytes = arena_alloc_bytes(arena, length), *at = bytes;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length) memcpy(at, parts[i].data, parts[i].length);
        at += parts[i].length;
    }
    return str_from(bytes, length);
}

Str str_format(Arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    Str text = str_format_list(arena, format, arguments);
    va_end(arguments);
    return text;
}
