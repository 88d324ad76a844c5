/* heap.h -- things by rank, smallest first. A thing holds its node, and is in at most one heap. */
#ifndef SERVICES_SQS_HEAP_H
#define SERVICES_SQS_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HeapNode {
    int64_t  rank;
    uint64_t tie;   /* decides between equal ranks */
    uint32_t place; /* 1 + index in the heap; 0: in none */
} HeapNode;

typedef struct Heap {
    HeapNode **nodes;
    uint32_t   count;
    uint32_t   capacity;
} Heap;

/* Moves it where it is in already. False: out of memory. */
bool heap_put(Heap *heap, HeapNode *node, int64_t rank, uint64_t tie);
void heap_remove(Heap *heap, HeapNode *node); /* fine where it is not in */
void heap_done(Heap *heap);

static inline HeapNode *heap_first(const Heap *heap)
{
    return heap->count ? heap->nodes[0] : NULL;
}

#define HEAP_OWNER(at, Type) ((Type *)((char *)(at)-offsetof(Type, node)))

#endif
