/* buffer.h -- bytes that grow at the end, on the heap.
 *
 * Appending never reports: a buffer that could not grow is `failed` and stays so, and its owner asks
 * once at the end. The bytes may move at each append. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/str.h"

typedef struct Buffer {
    char  *data;
    size_t length;
    size_t capacity;
    bool   failed;
} Buffer;

void  buffer_init(Buffer *buffer); /* takes nothing from the heap yet */
void  buffer_done(Buffer *buffer);
void  buffer_clear(Buffer *buffer); /* empty and not failed; keeps its room */
char *buffer_reserve(Buffer *buffer, size_t size); /* room for so many more, NULL when failed; then: */
void  buffer_extend(Buffer *buffer, size_t size);  /* so many of them have been written */

void buffer_append(Buffer *buffer, const void *bytes, size_t size);
void buffer_append_str(Buffer *buffer, Str str);
void buffer_append_c(Buffer *buffer, const char *text);
void buffer_append_byte(Buffer *buffer, char byte);
void buffer_append_int(Buffer *buffer, int64_t number); /* decimal */
void buffer_append_format(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_drop_front(Buffer *buffer, size_t size); /* moves the rest to the front */

static inline Str buffer_str(const Buffer *buffer)
{
    return (Str){ buffer->data, buffer->length };
}

#endif
