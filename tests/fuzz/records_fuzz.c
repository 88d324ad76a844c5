/* records_fuzz.c -- stored bytes that somebody else wrote. The first byte says what they are: a journal's
 * slot, the payload of a frame that is whole, a message's row, its state. */
#include "base/hash.h"
#include "services/sqs/message.h"
#include "store/store.h"
#include "tests/support/fuzz.h"

#include <assert.h>

enum { SLOT_HEAD = 4096, FRAME_HEAD = 24 };

static void write_slot(Disk *disk, const char *bytes, size_t size)
{
    DiskFile *file;
    Error *error = disk_open(disk, "/data/journal-0", DISK_READ | DISK_WRITE | DISK_CREATE, &file);
    assert(!error);
    error = disk_write(file, 0, bytes, size);
    assert(!error);
    disk_close(file);
}

/* A slot of generation 1 from batch 1 on. */
static void slot_head(char *out)
{
    bytes_put_u64(out, 0x74757474694a3031ULL);
    bytes_put_u64(out + 8, 1);
    bytes_put_u64(out + 16, 1);
    bytes_put_u32(out + 24, hash_crc32c(0, out, 24));
}

static void frame_head(char *frame, size_t payload_size)
{
    bytes_put_u32(frame, 0x744a6672u);
    bytes_put_u64(frame + 8, 1);
    bytes_put_u64(frame + 16, payload_size);
    bytes_put_u32(frame + 4, hash_crc32c(0, frame + 8, 16 + payload_size));
}

static void open_store_with(const uint8_t *data, size_t size, bool whole_frame)
{
    Disk *disk;
    Store *store = NULL;
    Arena arena;
    size_t total = SLOT_HEAD + FRAME_HEAD + size;
    char *slot = calloc(1, total);
    Error *error = disk_new_simulated(1, &disk);
    assert(slot && !error);
    slot_head(slot);
    if (size) memcpy(slot + SLOT_HEAD + (whole_frame ? FRAME_HEAD : 0), data, size);
    if (whole_frame) frame_head(slot + SLOT_HEAD, size);
    write_slot(disk, slot, total);
    StoreOptions options = { .disk = disk, .directory = "/data", .no_thread = true };
    error = store_open(&options, &store);
    arena_init(&arena, 0);
    if (!error) {
        StoreCursor *cursor;
        Str key, value;
        bool more = true;
        error = store_scan(store, &arena, 1, STR(""), STR(""), &cursor);
        while (!error && more) error = store_next(cursor, &key, &value, &more);
        error_free(error);
        error = store_flush(store);
    }
    error_free(error);
    arena_done(&arena);
    error_free(store_close(store));
    disk_free(disk);
    free(slot);
}

static void decode_message(Str bytes)
{
    MessageRow row, again;
    Buffer out;
    Error *error = message_decode(bytes, &row);
    if (error) {
        error_free(error);
        return;
    }
    buffer_init(&out);
    message_encode(&out, &row);
    error = message_decode(buffer_str(&out), &again);
    assert(!error && str_equal(again.body, row.body) && again.attribute_count == row.attribute_count);
    buffer_done(&out);
}

static void decode_state(Str bytes)
{
    MessageState state, again;
    Buffer out;
    Error *error = message_state_decode(bytes, &state);
    if (error) {
        error_free(error);
        return;
    }
    buffer_init(&out);
    message_state_encode(&out, &state);
    error = message_state_decode(buffer_str(&out), &again);
    assert(!error && again.nonce == state.nonce && str_equal(again.group, state.group));
    buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    Str rest = str_from(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0: open_store_with(data + 1, size - 1, false); break;
    case 1: open_store_with(data + 1, size - 1, true); break;
    case 2: decode_message(rest); break;
    default: decode_state(rest); break;
    }
    return 0;
}
