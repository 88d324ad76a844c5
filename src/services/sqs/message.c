/* message.c -- the rows of TABLE_SQS_MESSAGE and TABLE_SQS_STATE.
 *
 *     message  format (1 byte, 1), sent (8), delay (varint), prior receives (varint), group, id, sender,
 *              deduplication, trace, source (texts), MD5 of the body (16),
 *              number of attributes (varint) and for each name, type, value (texts), body (the rest)
 *     state    format (1 byte, 1), sent (8), visible at (8), received (8), first received (8), nonce (8),
 *              receive count (varint), group (text)
 *
 * Instants are microseconds. To change a format: give it the next number, read both, write the new one. */
#include "services/sqs/message.h"

enum { MESSAGE_FORMAT = 1, STATE_FORMAT = 1 };

void message_encode(Buffer *out, const MessageRow *row)
{
    buffer_clear(out);
    buffer_append_byte(out, MESSAGE_FORMAT);
    bytes_append_u64(out, (uint64_t)row->sent);
    bytes_append_varint(out, row->delay_s);
    bytes_append_varint(out, row->prior_receives);
    const Str texts[] = { row->group, row->id, row->sender, row->deduplication, row->trace, row->source };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) bytes_append_text(out, texts[i]);
    buffer_append(out, row->body_md5, sizeof row->body_md5);
    bytes_append_varint(out, row->attribute_count);
    for (size_t i = 0; i < row->attribute_count; i++) {
        bytes_append_text(out, row->attributes[i].name);
        bytes_append_text(out, row->attributes[i].type);
        bytes_append_text(out, row->attributes[i].value);
    }
    buffer_append_str(out, row->body);
}

static void decode_attributes(Reader *reader, MessageRow *row)
{
    uint64_t count = reader_varint(reader);
    if (count > SQS_MESSAGE_ATTRIBUTES_MAX) reader->failed = true;
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        MessageAttribute *attribute = &row->attributes[i];
        attribute->name = reader_text(reader);
        attribute->type = reader_text(reader);
        attribute->value = reader_text(reader);
        attribute->binary = str_starts_with(attribute->type, STR("Binary"));
    }
    row->attribute_count = count;
}

Error *message_decode(Str bytes, MessageRow *out)
{
    Reader reader;
    reader_init(&reader, bytes);
    if (reader_u8(&reader) != MESSAGE_FORMAT) reader.failed = true;
    out->sent = (Instant)reader_u64(&reader);
    out->delay_s = reader_varint(&reader);
    out->prior_receives = reader_varint(&reader);
    Str *const texts[] = { &out->group, &out->id, &out->sender, &out->deduplication, &out->trace, &out->source };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = reader_text(&reader);
    Str md5 = reader_bytes(&reader, HASH_MD5_SIZE);
    if (md5.length) memcpy(out->body_md5, md5.data, HASH_MD5_SIZE);
    decode_attributes(&reader, out);
    if (reader.failed) return error_new(ERR_CORRUPT, "a stored message cannot be read");
    out->body = reader_bytes(&reader, (size_t)(reader.end - reader.at));
    return NULL;
}

bool message_decode_sent(Str bytes, Instant *out)
{
    Reader reader;
    reader_init(&reader, bytes);
    if (reader_u8(&reader) != MESSAGE_FORMAT) return false;
    *out = (Instant)reader_u64(&reader);
    return !reader.failed;
}

static void append_measured(Buffer *out, Str text)
{
    bytes_append_u32(out, (uint32_t)text.length);
    buffer_append_str(out, text);
}

bool message_attributes_md5(Buffer *scratch, const MessageAttribute *attributes, size_t count,
                            uint8_t out[HASH_MD5_SIZE])
{
    enum { IS_TEXT = 1, IS_BINARY = 2 };
    buffer_clear(scratch);
    for (size_t i = 0; i < count; i++) {
        append_measured(scratch, attributes[i].name);
        append_measured(scratch, attributes[i].type);
        buffer_append_byte(scratch, attributes[i].binary ? IS_BINARY : IS_TEXT);
        append_measured(scratch, attributes[i].value);
    }
    if (scratch->failed) return false;
    hash_md5(buffer_str(scratch), out);
    return true;
}

void message_state_encode(Buffer *out, const MessageState *state)
{
    buffer_clear(out);
    buffer_append_byte(out, STATE_FORMAT);
    bytes_append_u64(out, (uint64_t)state->sent);
    bytes_append_u64(out, (uint64_t)state->visible_at);
    bytes_append_u64(out, (uint64_t)state->received);
    bytes_append_u64(out, (uint64_t)state->first_received);
    bytes_append_u64(out, state->nonce);
    bytes_append_varint(out, state->receive_count);
    bytes_append_text(out, state->group);
}

Error *message_state_decode(Str bytes, MessageState *out)
{
    Reader reader;
    reader_init(&reader, bytes);
    if (reader_u8(&reader) != STATE_FORMAT) reader.failed = true;
    out->sent = (Instant)reader_u64(&reader);
    out->visible_at = (Instant)reader_u64(&reader);
    out->received = (Instant)reader_u64(&reader);
    out->first_received = (Instant)reader_u64(&reader);
    out->nonce = reader_u64(&reader);
    out->receive_count = reader_varint(&reader);
    out->group = reader_text(&reader);
    return reader_ended(&reader) ? NULL : error_new(ERR_CORRUPT, "the stored state of a message cannot be read");
}
