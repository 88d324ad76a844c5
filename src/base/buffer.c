/* buffer.c -- bytes that grow at the end. */
#include "base/buffer.h"

#include <stdio.h>

void buffer_init(Buffer *buffer)
{
    *buffer = (Buffer){ 0 };
}

void buffer_done(Buffer *buffer)
{
    memory_free(buffer->data);
    buffer_init(buffer);
}

void buffer_clear(Buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

static bool grow(Buffer *buffer, size_t size)
{
    size_t needed;
    if (buffer->failed || __builtin_add_overflow(buffer->length, size, &needed)) return false;
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
    while (capacity < needed) capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    char *data = memory_resize(buffer->data, capacity);
    if (!data) return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

char *buffer_reserve(Buffer *buffer, size_t size)
{
    if (buffer->failed) return NULL;
    if (size > buffer->capacity - buffer->length && !grow(buffer, size)) {
        buffer->failed = true;
        return NULL;
    }
    return buffer->data + buffer->length;
}

void buffer_extend(Buffer *buffer, size_t size)
{
    buffer->length += size;
}

void buffer_append(Buffer *buffer, const void *bytes, size_t size)
{
    if (size == 0) return;
    char *room = buffer_reserve(buffer, size);
    if (!room) return;
    memcpy(room, bytes, size);
    buffer->length += size;
}

void buffer_append_str(Buffer *buffer, Str str)
{
    buffer_append(buffer, str.data, str.length);
}

void buffer_append_c(Buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_byte(Buffer *buffer, char byte)
{
    buffer_append(buffer, &byte, 1);
}

void buffer_append_int(Buffer *buffer, int64_t number)
{
    char digits[24];
    char *at = digits + sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) *--at = '-';
    buffer_append(buffer, at, (size_t)(digits + sizeof digits - at));
}

void buffer_append_format(Buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *room = length < 0 ? NULL : buffer_reserve(buffer, (size_t)length + 1);
    if (!room) return;
    va_start(arguments, format);
    vsnprintf(room, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

void buffer_drop_front(Buffer *buffer, size_t size)
{
    if (size == 0) return;
    buffer->length -= size;
    if (buffer->length) memmove(buffer->data, buffer->data + size, buffer->length);
}
