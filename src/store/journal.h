/* journal.h -- the durable order of batches, in a few files that are used again and again.
 *
 * A journal has slots: files journal-0, journal-1, ... A slot is started, filled with frames, and free
 * again when all it holds has reached SQLite. Nothing is renamed or removed, and a slot that was used
 * before is written over in place: a sync then has no metadata to write. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "base/buffer.h"
#include "loop/disk.h"

typedef struct Journal Journal;

enum { JOURNAL_SLOTS_MAX = 8, JOURNAL_FRAME_HEAD = 24 };

/* Called for every whole frame in order; the payload is borrowed. */
typedef Error *JournalReplay(void *context, uint64_t sequence, Str payload);

/* Opens what is there and replays the frames after `flushed`. ERR_CORRUPT when one is missing or
 * damaged before the end; a torn last one is the end. */
Error *journal_open(Disk *disk, const char *directory, uint64_t flushed, JournalReplay *replay,
                    void *context, Journal **out);
void   journal_close(Journal *journal); /* accepts NULL */

uint64_t journal_last(const Journal *journal);     /* sequence of the last durable batch; at least `flushed` */
uint64_t journal_bytes(const Journal *journal);    /* of all slots */
bool     journal_writable(const Journal *journal); /* it has a slot that is not broken */
size_t   journal_used(const Journal *journal);     /* bytes of frames in the current slot */

/* Writes one frame to the current slot and syncs it, unless `relaxed`. The frame has room for its head
 * in front: JOURNAL_FRAME_HEAD bytes, filled in here. A failed write breaks the slot: nothing more is
 * written until journal_turn has started another. */
Error *journal_write(Journal *journal, uint64_t sequence, char *frame, size_t size, bool relaxed);

/* Starts another slot, for frames from `first` on; what older slots hold from there on is void. */
Error *journal_turn(Journal *journal, uint64_t first);

bool   journal_has_room(const Journal *journal); /* a slot is free to turn to */

/* All up to `sequence` is in SQLite, durably: slots that hold nothing later are free. */
void journal_release(Journal *journal, uint64_t sequence);

#endif
