/* bytes.c -- numbers in stored bytes. */
#include "base/bytes.h"

void bytes_append_u32(Buffer *out, uint32_t number)
{
    char bytes[4];
    bytes_put_u32(bytes, number);
    buffer_append(out, bytes, sizeof bytes);
}

void bytes_append_u64(Buffer *out, uint64_t number)
{
    char bytes[8];
    bytes_put_u64(bytes, number);
    buffer_append(out, bytes, sizeof bytes);
}

void bytes_append_varint(Buffer *out, uint64_t number)
{
    char bytes[10];
    size_t size = 0;
    for (; number >= 0x80; number >>= 7) bytes[size++] = (char)(number | 0x80);
    bytes[size++] = (char)number;
    buffer_append(out, bytes, size);
}

void bytes_append_text(Buffer *out, Str text)
{
    bytes_append_varint(out, text.length);
    buffer_append_str(out, text);
}

void reader_init(Reader *reader, Str bytes)
{
    *reader = (Reader){ .at = bytes.data, .end = bytes.data ? bytes.data + bytes.length : NULL };
}

Str reader_bytes(Reader *reader, size_t size)
{
    if (reader->failed || size > (size_t)(reader->end - reader->at)) {
        reader->failed = true;
        return STR_NONE;
    }
    Str taken = str_from(reader->at, size);
    reader->at += size;
    return taken;
}

uint8_t reader_u8(Reader *reader)
{
    Str bytes = reader_bytes(reader, 1);
    return bytes.length ? (uint8_t)bytes.data[0] : 0;
}

uint32_t reader_u32(Reader *reader)
{
    Str bytes = reader_bytes(reader, 4);
    return bytes.length ? bytes_get_u32(bytes.data) : 0;
}

uint64_t reader_u64(Reader *reader)
{
    Str bytes = reader_bytes(reader, 8);
    return bytes.length ? bytes_get_u64(bytes.data) : 0;
}

uint64_t reader_varint(Reader *reader)
{
    uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        uint8_t byte = reader_u8(reader);
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return reader->failed ? 0 : number;
    }
    reader->failed = true;
    return 0;
}

Str reader_text(Reader *reader)
{
    return reader_bytes(reader, reader_varint(reader));
}

bool reader_ended(const Reader *reader)
{
    return !reader->failed && reader->at == reader->end;
}
