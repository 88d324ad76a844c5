/* journal.c -- frames in slots.
 *
 * A slot:
 *
 *     0        8            16          24      28                     4096
 *     +--------+------------+-----------+-------+----- - - - ----------+-------+-------+--- - -
 *     | magic  | generation | first     | crc32c|  zeros               | frame | frame |
 *     +--------+------------+-----------+-------+----- - - - ----------+-------+-------+--- - -
 *
 * A frame, anywhere after the head:
 *
 *     0        4        8             16           24
 *     +--------+--------+-------------+------------+--------------- - - -
 *     | magic  | crc32c | sequence    | length     | payload
 *     +--------+--------+-------------+------------+--------------- - - -
 *                        \____________ checked by crc32c _____________ - -
 *
 * Sequences count without gaps, over all slots, for the life of the directory. Slots are read in the
 * order of their generations. What stops reading a slot is the first frame that is not the next one:
 * stale bytes of an earlier use (their sequences are lower), zeros, or a torn write. A frame of the
 * next sequence or later *behind* that point cannot come from a torn write, because the next write
 * begins only after the last was synced: then the file is damaged, and opening it says so.
 *
 * A slot whose write failed may hold the failed frame whole or in part. The slot that follows says
 * from which sequence on it counts (`first`), which voids what the broken one holds from there on; but
 * only when its own first frame is whole: a slot whose start failed counts for nothing, and the frames
 * that were written elsewhere instead are good. */
#include "store/journal.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <assert.h>

enum { SLOT_HEAD = 4096, GROW_MIN = 1 << 20, GROW_MAX = 4 << 20, FRAME_MAX = 1 << 30 };

static const uint64_t slot_magic = 0x74757474694a3031ULL; /* "tuttiJ01" */
static const uint32_t frame_magic = 0x744a6672u;

typedef struct Slot {
    DiskFile *file; /* NULL: never used */
    uint64_t  generation;
    uint64_t  first;     /* sequence of its first frame */
    uint64_t  last;      /* of its last one; first - 1: none */
    uint64_t  end;       /* where the next frame goes */
    uint64_t  allocated; /* written at least once, so that writing again is cheap */
    bool      in_use;
    bool      begun; /* as read: its first frame is whole */
} Slot;

struct Journal {
    Disk    *disk;
    char    *directory;
    Slot     slots[JOURNAL_SLOTS_MAX];
    Slot    *current; /* NULL: none that can be written */
    uint64_t generation;
    uint64_t last;
    char    *zeros;
};

static void slot_path(const Journal *journal, const Slot *slot, char *out, size_t size)
{
    snprintf(out, size, "%s/journal-%d", journal->directory, (int)(slot - journal->slots));
}

/* ---- reading ---- */

typedef struct Frame {
    uint64_t sequence;
    Str      payload;
} Frame;

/* The whole frame at the front of `bytes`; false: there is none. */
static bool parse_frame(Str bytes, Frame *out)
{
    if (bytes.length < JOURNAL_FRAME_HEAD || bytes_get_u32(bytes.data) != frame_magic) return false;
    uint64_t length = bytes_get_u64(bytes.data + 16);
    if (length > bytes.length - JOURNAL_FRAME_HEAD) return false;
    if (hash_crc32c(0, bytes.data + 8, 16 + length) != bytes_get_u32(bytes.data + 4)) return false;
    out->sequence = bytes_get_u64(bytes.data + 8);
    out->payload = str_from(bytes.data + JOURNAL_FRAME_HEAD, length);
    return true;
}

static Error *read_first_frame(Slot *slot)
{
    char head[JOURNAL_FRAME_HEAD];
    size_t got;
    Frame frame;
    TRY(disk_read(slot->file, SLOT_HEAD, head, sizeof head, &got));
    uint64_t length = got == sizeof head ? bytes_get_u64(head + 16) : 0;
    if (got < sizeof head || bytes_get_u32(head) != frame_magic || bytes_get_u64(head + 8) != slot->first || length > FRAME_MAX)
        return NULL;
    char *bytes = memory_alloc(sizeof head + length);
    if (!bytes) return error_memory();
    Error *error = disk_read(slot->file, SLOT_HEAD, bytes, sizeof head + length, &got);
    slot->begun = !error && parse_frame(str_from(bytes, got), &frame);
    memory_free(bytes);
    return error;
}

static Error *read_slot_head(Slot *slot)
{
    char head[28];
    size_t got;
    slot->in_use = false;
    TRY(disk_size(slot->file, &slot->allocated));
    TRY(disk_read(slot->file, 0, head, sizeof head, &got));
    if (got < sizeof head || bytes_get_u64(head) != slot_magic || bytes_get_u32(head + 24) != hash_crc32c(0, head, 24))
        return NULL; /* its start was torn: nothing in it was ever acknowledged */
    slot->generation = bytes_get_u64(head + 8);
    slot->first = bytes_get_u64(head + 16);
    slot->last = slot->first - 1;
    slot->end = SLOT_HEAD;
    slot->in_use = true;
    return read_first_frame(slot);
}

static Error *open_slots(Journal *journal)
{
    for (Slot *slot = journal->slots; slot < journal->slots + JOURNAL_SLOTS_MAX; slot++) {
        char path[4096];
        slot_path(journal, slot, path, sizeof path);
        if (!disk_exists(journal->disk, path)) continue;
        TRY(disk_open(journal->disk, path, DISK_READ | DISK_WRITE, &slot->file));
        TRY(read_slot_head(slot));
        if (slot->in_use && slot->generation > journal->generation) journal->generation = slot->generation;
    }
    return NULL;
}

/* Is there a whole frame of sequence `expected` or later somewhere in `bytes`? */
static bool later_frame_in(Str bytes, uint64_t expected)
{
    char magic[4];
    bytes_put_u32(magic, frame_magic);
    size_t at;
    while (str_find(bytes, str_from(magic, 4), &at)) {
        Frame frame;
        bytes = str_slice(bytes, at, bytes.length);
        if (parse_frame(bytes, &frame) && frame.sequence >= expected && frame.sequence < expected + (1u << 20)) return true;
        bytes = str_slice(bytes, 4, bytes.length);
    }
    return false;
}

typedef struct ReplayRun {
    JournalReplay *replay;
    void          *context;
    uint64_t       next; /* the sequence that must come */
    uint64_t       limit; /* this and later ones are void in this slot */
} ReplayRun;

static Error *replay_slot(const Journal *journal, Slot *slot, Str bytes, ReplayRun *run)
{
    Frame frame;
    uint64_t expected = slot->first;
    Str rest = str_slice(bytes, SLOT_HEAD, bytes.length);
    while (expected < run->limit && parse_frame(rest, &frame) && frame.sequence == expected) {
        if (expected >= run->next) {
            if (expected > run->next)
                return error_new(ERR_CORRUPT, "journal-%d begins at batch %llu, but batch %llu is missing",
                                 (int)(slot - journal->slots), (unsigned long long)expected, (unsigned long long)run->next);
            TRY(run->replay(run->context, frame.sequence, frame.payload));
            run->next++;
        }
        slot->last = expected++;
        slot->end += JOURNAL_FRAME_HEAD + frame.payload.length;
        rest = str_slice(bytes, slot->end, bytes.length);
    }
    if (expected < run->limit && later_frame_in(rest, expected))
        return error_new(ERR_CORRUPT, "journal-%d is damaged at byte %llu: batch %llu cannot be read, but a later one can",
                         (int)(slot - journal->slots), (unsigned long long)slot->end, (unsigned long long)expected);
    return NULL;
}

static Slot *slot_after(Journal *journal, uint64_t generation, bool begun)
{
    Slot *best = NULL;
    for (Slot *slot = journal->slots; slot < journal->slots + JOURNAL_SLOTS_MAX; slot++)
        if (slot->in_use && (slot->begun || !begun) && slot->generation > generation &&
            (!best || slot->generation < best->generation))
            best = slot;
    return best;
}

static Error *read_and_replay(Journal *journal, Slot *slot, ReplayRun *run)
{
    char *bytes = memory_alloc(slot->allocated + 1);
    if (!bytes) return error_memory();
    size_t got = 0;
    Error *error = disk_read(slot->file, 0, bytes, slot->allocated, &got);
    if (!error) error = replay_slot(journal, slot, str_from(bytes, got), run);
    memory_free(bytes);
    return error;
}

static Error *replay_slots(Journal *journal, uint64_t flushed, JournalReplay *replay, void *context)
{
    ReplayRun run = { .replay = replay, .context = context, .next = flushed + 1 };
    for (Slot *slot = slot_after(journal, 0, false); slot; slot = slot_after(journal, slot->generation, false)) {
        Slot *newer = slot_after(journal, slot->generation, true);
        if (newer && newer->first <= flushed + 1) { /* all of it is in SQLite */
            slot->in_use = false;
            continue;
        }
        run.limit = newer ? newer->first : UINT64_MAX;
        TRY(read_and_replay(journal, slot, &run));
        if (newer && newer->first > run.next)
            return error_new(ERR_CORRUPT, "journal-%d ends before batch %llu", (int)(slot - journal->slots),
                             (unsigned long long)newer->first - 1);
        if (slot->begun || slot->first == run.next)
            journal->current = slot;
        else
            slot->in_use = false;
    }
    journal->last = run.next - 1;
    return NULL;
}

Error *journal_open(Disk *disk, const char *directory, uint64_t flushed, JournalReplay *replay,
                    void *context, Journal **out)
{
    Journal *journal = memory_alloc_zero(sizeof *journal);
    if (!journal) return error_memory();
    journal->disk = disk;
    size_t size = strlen(directory) + 1;
    journal->directory = memory_alloc(size);
    journal->zeros = memory_alloc_zero(GROW_MAX / 4);
    Error *error = journal->directory && journal->zeros ? NULL : error_memory();
    if (!error) memcpy(journal->directory, directory, size);
    if (!error) error = open_slots(journal);
    if (!error) error = replay_slots(journal, flushed, replay, context);
    if (error) {
        journal_close(journal);
        return error;
    }
    journal_release(journal, flushed);
    *out = journal;
    return NULL;
}

void journal_close(Journal *journal)
{
    if (!journal) return;
    for (int i = 0; i < JOURNAL_SLOTS_MAX; i++) disk_close(journal->slots[i].file);
    memory_free(journal->zeros);
    memory_free(journal->directory);
    memory_free(journal);
}

uint64_t journal_last(const Journal *journal)
{
    return journal->last;
}

uint64_t journal_bytes(const Journal *journal)
{
    uint64_t bytes = 0;
    for (int i = 0; i < JOURNAL_SLOTS_MAX; i++) bytes += journal->slots[i].file ? journal->slots[i].allocated : 0;
    return bytes;
}

bool journal_writable(const Journal *journal)
{
    return journal->current != NULL;
}

size_t journal_used(const Journal *journal)
{
    return journal->current ? journal->current->end - SLOT_HEAD : 0;
}

/* ---- writing ---- */

/* Zeros are written ahead in steps that double, so that most frames land on blocks the file system
 * has already given: their sync writes data and nothing else. */
static Error *grow_slot(Journal *journal, Slot *slot, uint64_t needed)
{
    while (slot->allocated < needed) {
        uint64_t step = slot->allocated < GROW_MIN ? GROW_MIN : slot->allocated > GROW_MAX ? GROW_MAX : slot->allocated;
        for (uint64_t done = 0; done < step; done += GROW_MAX / 4) {
            uint64_t part = step - done < GROW_MAX / 4 ? step - done : GROW_MAX / 4;
            TRY(disk_write(slot->file, slot->allocated, journal->zeros, part));
            slot->allocated += part;
        }
    }
    return NULL;
}

static Error *write_frame(Journal *journal, Slot *slot, char *frame, size_t size, bool relaxed)
{
    TRY(grow_slot(journal, slot, slot->end + size));
    TRY(disk_write(slot->file, slot->end, frame, size));
    return relaxed ? NULL : disk_sync(slot->file);
}

Error *journal_write(Journal *journal, uint64_t sequence, char *frame, size_t size, bool relaxed)
{
    Slot *slot = journal->current;
    if (!slot) return error_new(ERR_UNAVAILABLE, "the journal cannot be written");
    assert(sequence == journal->last + 1 && size >= JOURNAL_FRAME_HEAD && size < FRAME_MAX);
    bytes_put_u32(frame, frame_magic);
    bytes_put_u64(frame + 8, sequence);
    bytes_put_u64(frame + 16, size - JOURNAL_FRAME_HEAD);
    bytes_put_u32(frame + 4, hash_crc32c(0, frame + 8, size - 8));
    Error *error = write_frame(journal, slot, frame, size, relaxed);
    if (error) {
        journal->current = NULL;
        return error;
    }
    slot->end += size;
    slot->last = sequence;
    journal->last = sequence;
    return NULL;
}

static Slot *free_slot(Journal *journal)
{
    for (Slot *slot = journal->slots; slot < journal->slots + JOURNAL_SLOTS_MAX; slot++)
        if (!slot->in_use && slot != journal->current) return slot;
    return NULL;
}

bool journal_has_room(const Journal *journal)
{
    return free_slot((Journal *)journal) != NULL;
}

static Error *write_slot_head(Journal *journal, Slot *slot, uint64_t first)
{
    char head[28];
    bytes_put_u64(head, slot_magic);
    bytes_put_u64(head + 8, journal->generation);
    bytes_put_u64(head + 16, first);
    bytes_put_u32(head + 24, hash_crc32c(0, head, 24));
    TRY(grow_slot(journal, slot, SLOT_HEAD));
    TRY(disk_write(slot->file, 0, head, sizeof head));
    return disk_sync(slot->file);
}

static Error *open_slot(Journal *journal, Slot *slot)
{
    char path[4096];
    slot_path(journal, slot, path, sizeof path);
    TRY(disk_open(journal->disk, path, DISK_READ | DISK_WRITE | DISK_CREATE, &slot->file));
    Error *error = disk_size(slot->file, &slot->allocated);
    if (!error) error = disk_sync_directory(journal->disk, journal->directory);
    if (!error) return NULL;
    disk_close(slot->file); /* so that the next try syncs the directory again */
    slot->file = NULL;
    return error;
}

Error *journal_turn(Journal *journal, uint64_t first)
{
    Slot *slot = free_slot(journal);
    if (!slot) return error_new(ERR_UNAVAILABLE, "all journal files wait to be flushed");
    if (!slot->file) TRY(open_slot(journal, slot));
    journal->generation++; /* also when it fails: no two starts may look the same */
    TRY(write_slot_head(journal, slot, first));
    slot->generation = journal->generation;
    slot->first = first;
    slot->last = first - 1;
    slot->end = SLOT_HEAD;
    slot->in_use = true;
    journal->current = slot;
    return NULL;
}

void journal_release(Journal *journal, uint64_t sequence)
{
    for (Slot *slot = journal->slots; slot < journal->slots + JOURNAL_SLOTS_MAX; slot++)
        if (slot != journal->current && slot->in_use && slot->last <= sequence) slot->in_use = false;
}
