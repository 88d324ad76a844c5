/* store_internal.h -- a store from the inside; for the files of this module. */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include "store/flush.h"
#include "store/journal.h"
#include "store/store.h"

enum { STORE_JOURNAL_BYTES = 64 << 20, STORE_PATH_MAX = 4096 };

struct StoreBatch {
    Store        *store;
    uint64_t      sequence;
    Buffer        frame; /* of the journal, with room for its head */
    TableUndoList undo;
};

struct Store {
    StoreOptions options;
    char         directory[STORE_PATH_MAX];
    DiskFile    *lock;
    Table       *active, *frozen; /* frozen: NULL most of the time */
    Journal     *journal;         /* these three: NULL in memory */
    MainDb      *main;
    Flusher     *flusher;
    uint64_t     frozen_last; /* the last batch in the frozen table */
    StoreBatch   batches[2];  /* one is filled while the other is written */
    int          filling;
    StoreBatch  *under_way; /* NULL: none */
    uint64_t     last;      /* of the last batch that ended well */
    bool         refusing;  /* a commit failed and store_recover has not succeeded since */
    size_t       freeze_at; /* bytes in the active table that make a freeze due */
    uint64_t     batch_count, batch_bytes;
};

/* Empties the flusher and lets go of the frozen table when it has been flushed. */
void   store_retire(Store *store);
Error *store_freeze(Store *store); /* nothing may be unsettled */

#endif
