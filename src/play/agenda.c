/* agenda.c -- a binary heap by time and order, beside a table by key. */
#include "play/agenda.h"

#include <assert.h>

void agenda_init(Agenda *agenda)
{
    *agenda = (Agenda){ 0 };
}

void agenda_done(Agenda *agenda)
{
    memory_free(agenda->heap);
    memory_free(agenda->slots);
    agenda_init(agenda);
}

static Due **slot_of(const Agenda *agenda, uint64_t key)
{
    uint64_t mixed = key * 0x9e3779b97f4a7c15u;
    return &agenda->slots[(mixed ^ mixed >> 32) & (agenda->capacity - 1)];
}

static bool goes_before(const Due *a, const Due *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void set(Agenda *agenda, uint32_t at, Due *due)
{
    agenda->heap[at] = due;
    due->place = at + 1;
}

static void sift_up(Agenda *agenda, uint32_t at)
{
    Due *due = agenda->heap[at];
    for (; at && goes_before(due, agenda->heap[(at - 1) / 2]); at = (at - 1) / 2) set(agenda, at, agenda->heap[(at - 1) / 2]);
    set(agenda, at, due);
}

static void sift_down(Agenda *agenda, uint32_t at)
{
    Due *due = agenda->heap[at];
    for (uint32_t child; (child = 2 * at + 1) < agenda->count; at = child) {
        if (child + 1 < agenda->count && goes_before(agenda->heap[child + 1], agenda->heap[child])) child++;
        if (!goes_before(agenda->heap[child], due)) break;
        set(agenda, at, agenda->heap[child]);
    }
    set(agenda, at, due);
}

static Error *grow(Agenda *agenda)
{
    uint32_t capacity = agenda->capacity ? 2 * agenda->capacity : 8;
    Due    **slots = memory_alloc_zero(capacity * sizeof *slots);
    Due    **heap = slots ? memory_resize(agenda->heap, capacity * sizeof *heap) : NULL;
    if (!heap) {
        memory_free(slots);
        return error_memory();
    }
    memory_free(agenda->slots);
    agenda->heap = heap;
    agenda->slots = slots;
    agenda->capacity = capacity;
    for (uint32_t i = 0; i < agenda->count; i++) {
        Due **slot = slot_of(agenda, heap[i]->key);
        heap[i]->next = *slot;
        *slot = heap[i];
    }
    return NULL;
}

Error *agenda_put(Agenda *agenda, Due *due)
{
    assert(!agenda_find(agenda, due->key));
    if (agenda->count == agenda->capacity) TRY(grow(agenda));
    Due **slot = slot_of(agenda, due->key);
    due->next = *slot;
    *slot = due;
    due->order = agenda->order++;
    set(agenda, agenda->count, due);
    sift_up(agenda, agenda->count++);
    return NULL;
}

Due *agenda_find(const Agenda *agenda, uint64_t key)
{
    if (!agenda->capacity) return NULL;
    Due *due = *slot_of(agenda, key);
    while (due && due->key != key) due = due->next;
    return due;
}

void agenda_remove(Agenda *agenda, Due *due)
{
    Due **link = slot_of(agenda, due->key);
    while (*link != due) link = &(*link)->next;
    *link = due->next;
    uint32_t at = due->place - 1;
    due->place = 0;
    Due *last = agenda->heap[--agenda->count];
    if (last == due) return;
    set(agenda, at, last);
    sift_up(agenda, at);
    sift_down(agenda, last->place - 1);
}
