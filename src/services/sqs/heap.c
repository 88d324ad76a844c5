/* heap.c -- a binary heap whose nodes know where they are. */
#include "services/sqs/heap.h"

#include "base/memory.h"

enum { HEAP_CAPACITY_FIRST = 16 };

static bool is_before(const HeapNode *a, const HeapNode *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->tie < b->tie;
}

static void set(Heap *heap, uint32_t index, HeapNode *node)
{
    heap->nodes[index] = node;
    node->place = index + 1;
}

static void sift_up(Heap *heap, uint32_t index, HeapNode *node)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / 2;
        if (!is_before(node, heap->nodes[parent])) break;
        set(heap, index, heap->nodes[parent]);
        index = parent;
    }
    set(heap, index, node);
}

static void sift_down(Heap *heap, uint32_t index, HeapNode *node)
{
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= heap->count) break;
        if (child + 1 < heap->count && is_before(heap->nodes[child + 1], heap->nodes[child])) child++;
        if (!is_before(heap->nodes[child], node)) break;
        set(heap, index, heap->nodes[child]);
        index = child;
    }
    set(heap, index, node);
}

static void settle(Heap *heap, uint32_t index, HeapNode *node)
{
    if (index > 0 && is_before(node, heap->nodes[(index - 1) / 2]))
        sift_up(heap, index, node);
    else
        sift_down(heap, index, node);
}

static bool grow(Heap *heap)
{
    uint32_t   capacity = heap->capacity ? heap->capacity * 2 : HEAP_CAPACITY_FIRST;
    HeapNode **nodes = memory_resize(heap->nodes, capacity * sizeof(HeapNode *));
    if (!nodes) return false;
    heap->nodes = nodes;
    heap->capacity = capacity;
    return true;
}

bool heap_put(Heap *heap, HeapNode *node, int64_t rank, uint64_t tie)
{
    if (!node->place) {
        if (heap->count == heap->capacity && !grow(heap)) return false;
        node->rank = rank;
        node->tie = tie;
        sift_up(heap, heap->count++, node);
        return true;
    }
    node->rank = rank;
    node->tie = tie;
    settle(heap, node->place - 1, node);
    return true;
}

void heap_remove(Heap *heap, HeapNode *node)
{
    if (!node->place) return;
    uint32_t  index = node->place - 1;
    HeapNode *last = heap->nodes[--heap->count];
    node->place = 0;
    if (last != node) settle(heap, index, last);
}

void heap_done(Heap *heap)
{
    memory_free(heap->nodes);
    *heap = (Heap){ 0 };
}
