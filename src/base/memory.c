/* memory.c -- the heap, with a switch that makes it fail. */
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local MemoryGuard *innermost;
static _Thread_local uint64_t     allocations;
static _Thread_local uint64_t     fail_at;
static _Thread_local bool         fail_sticky;

static bool must_fail(void)
{
    allocations++;
    if (__builtin_expect(fail_at == 0, 1)) return false;
    return fail_sticky ? allocations >= fail_at : allocations == fail_at;
}

void *memory_alloc(size_t size)
{
    return must_fail() ? NULL : malloc(size);
}

void *memory_alloc_zero(size_t size)
{
    return must_fail() ? NULL : calloc(1, size);
}

void *memory_resize(void *block, size_t size)
{
    return must_fail() ? NULL : realloc(block, size);
}

void memory_free(void *block)
{
    free(block);
}

void memory_guard_push(MemoryGuard *guard)
{
    guard->outer = innermost;
    innermost = guard;
}

void memory_guard_leave(MemoryGuard *guard)
{
    innermost = guard->outer;
}

_Noreturn void memory_exhausted(void)
{
    MemoryGuard *guard = innermost;
    if (!guard) {
        fputs("tutti: out of memory\n", stderr);
        abort();
    }
    innermost = guard->outer;
    _longjmp(guard->jump, 1);
}

void memory_fail_nth(uint64_t nth, bool sticky)
{
    fail_at = nth ? allocations + nth : 0;
    fail_sticky = sticky;
}

uint64_t memory_count(void)
{
    return allocations;
}
