/* bytes.h -- numbers in stored bytes.
 *
 * Big-endian numbers sort as bytes the way they sort as numbers: keys use them. A Reader takes
 * numbers and texts off the front of bytes that may be damaged: it never runs over the end, and says
 * once, when done, whether all was well. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/buffer.h"

static inline void bytes_put_u32(char *at, uint32_t number)
{
    number = __builtin_bswap32(number);
    memcpy(at, &number, 4);
}

static inline void bytes_put_u64(char *at, uint64_t number)
{
    number = __builtin_bswap64(number);
    memcpy(at, &number, 8);
}

static inline uint32_t bytes_get_u32(const char *at)
{
    uint32_t number;
    memcpy(&number, at, 4);
    return __builtin_bswap32(number);
}

static inline uint64_t bytes_get_u64(const char *at)
{
    uint64_t number;
    memcpy(&number, at, 8);
    return __builtin_bswap64(number);
}

void bytes_append_u32(Buffer *out, uint32_t number);
void bytes_append_u64(Buffer *out, uint64_t number);
void bytes_append_varint(Buffer *out, uint64_t number); /* 1 to 10 bytes, seven bits each, lowest first */
void bytes_append_text(Buffer *out, Str text);          /* varint length, bytes */

typedef struct Reader {
    const char *at;
    const char *end;
    bool        failed;
} Reader;

void     reader_init(Reader *reader, Str bytes);
uint8_t  reader_u8(Reader *reader);
uint32_t reader_u32(Reader *reader);
uint64_t reader_u64(Reader *reader);
uint64_t reader_varint(Reader *reader);
Str      reader_text(Reader *reader);                /* borrows from the bytes read */
Str      reader_bytes(Reader *reader, size_t size);  /* the same, of known length */
bool     reader_ended(const Reader *reader);         /* all was well and nothing is left */

#endif
