/* agenda.h -- things that are due, soonest first; what is due at one time goes in the order it was put down.
 *
 * A thing holds its node and has a key; the agenda has at most one thing of a key. Private to this folder. */
#ifndef PLAY_AGENDA_H
#define PLAY_AGENDA_H

#include "base/error.h"
#include "base/instant.h"

typedef struct Due Due;
struct Due {
    uint64_t key;
    Instant  at;
    uint64_t order; /* private, and so are the following */
    uint32_t place; /* 1 + index in the heap; 0: in none */
    Due     *next;  /* of the same slot */
};

typedef struct Agenda {
    Due    **heap;
    Due    **slots;
    uint32_t count, capacity; /* slots: as many as capacity, a power of two */
    uint64_t order;
} Agenda;

void   agenda_init(Agenda *agenda); /* takes nothing from the heap yet */
void   agenda_done(Agenda *agenda); /* the things are the caller's */
Error *agenda_put(Agenda *agenda, Due *due); /* of a key that is not there; due->key and due->at are set */
Due   *agenda_find(const Agenda *agenda, uint64_t key); /* NULL: not there */
void   agenda_remove(Agenda *agenda, Due *due);

static inline Due *agenda_first(const Agenda *agenda)
{
    return agenda->count ? agenda->heap[0] : NULL;
}

#endif
