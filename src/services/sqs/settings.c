/* settings.c -- the row of TABLE_SQS_QUEUE.
 *
 *     format (1 byte, 1), id (8), created (8), modified (8), purged (8),
 *     number of attributes (varint) and for each its number (1 byte) and value (text),
 *     number of tags (varint) and for each key and value (texts)
 *
 * In memory the row is the tail of the block that its texts are taken from. */
#include "services/sqs/settings.h"

enum { SETTINGS_FORMAT = 1 };

const AttributeInfo attribute_table[ATTRIBUTE_COUNT] = {
#define ATTRIBUTE(name, number, kind, least, most, standard, flags) \
    [ATTRIBUTE_##name] = { STR_CONST(#name), number, kind, least, most, STR_CONST(standard), flags },
#include "services/sqs/sqs_attributes.h"
#undef ATTRIBUTE
};

void settings_encode(Buffer *out, uint64_t id, const Settings *settings)
{
    buffer_clear(out);
    buffer_append_byte(out, SETTINGS_FORMAT);
    bytes_append_u64(out, id);
    bytes_append_u64(out, (uint64_t)settings->created);
    bytes_append_u64(out, (uint64_t)settings->modified);
    bytes_append_u64(out, (uint64_t)settings->purged);
    size_t set = 0;
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) set += settings->values[i].data != NULL;
    bytes_append_varint(out, set);
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (!settings->values[i].data) continue;
        buffer_append_byte(out, (char)attribute_table[i].number);
        bytes_append_text(out, settings->values[i]);
    }
    bytes_append_varint(out, settings->tag_count);
    for (size_t i = 0; i < settings->tag_count; i++) {
        bytes_append_text(out, settings->tags[i].name);
        bytes_append_text(out, settings->tags[i].value);
    }
}

static void decode_attribute(Reader *reader, Settings *settings)
{
    uint8_t number = reader_u8(reader);
    Str     value = reader_text(reader);
    for (size_t i = 0; i < ATTRIBUTE_COUNT && number; i++)
        if (attribute_table[i].number == number) settings->values[i] = value;
}

static void fill_in_numbers(Settings *settings)
{
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        bool is_number = attribute_table[i].kind == NUMBER || i == ATTRIBUTE_RedriveCount;
        if (is_number) str_parse_int(settings_value(settings, i), &settings->numbers[i]);
    }
}

/* Where it is called with a NULL tail it only counts the tags. */
static size_t decode(Reader *reader, uint64_t *out_id, Settings *settings, NamedStr *tags)
{
    if (reader_u8(reader) != SETTINGS_FORMAT) reader->failed = true;
    *out_id = reader_u64(reader);
    settings->created = (Instant)reader_u64(reader);
    settings->modified = (Instant)reader_u64(reader);
    settings->purged = (Instant)reader_u64(reader);
    uint64_t count = reader_varint(reader);
    for (uint64_t i = 0; i < count && !reader->failed; i++) decode_attribute(reader, settings);
    uint64_t tag_count = reader_varint(reader);
    if (tag_count > SQS_TAGS_MAX) reader->failed = true;
    for (uint64_t i = 0; i < tag_count && !reader->failed; i++) {
        NamedStr tag = { .name = reader_text(reader) };
        tag.value = reader_text(reader);
        if (tags) tags[i] = tag;
    }
    return tag_count;
}

Error *settings_decode(Str row, uint64_t *out_id, Settings **out)
{
    Settings probe = { 0 };
    Reader   reader;
    reader_init(&reader, row);
    uint64_t id;
    size_t   tag_count = decode(&reader, &id, &probe, NULL);
    if (!reader_ended(&reader)) return error_new(ERR_CORRUPT, "the stored settings of a queue cannot be read");

    size_t    tags_size = tag_count * sizeof(NamedStr);
    Settings *settings = memory_alloc_zero(sizeof *settings + tags_size + row.length);
    if (!settings) return error_memory();
    settings->tags = (NamedStr *)(settings + 1);
    settings->tag_count = tag_count;
    char *tail = (char *)settings->tags + tags_size;
    memcpy(tail, row.data, row.length);
    reader_init(&reader, str_from(tail, row.length));
    decode(&reader, &id, settings, settings->tags);
    fill_in_numbers(settings);
    *out_id = id;
    *out = settings;
    return NULL;
}
