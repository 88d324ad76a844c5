/* memory.h -- where every byte of the heap comes from.
 *
 * There are two ways to run out of memory, and each has one answer.
 *
 * Long-lived structures ask memory_alloc() and check for NULL; their functions return an Error.
 *
 * Arenas never return NULL. When they cannot grow they jump to the innermost guard of their thread,
 * which stands where one unit of work begins (a request, a call, a command): that unit fails as a
 * whole and everything it allocated goes with its arena. Code under a guard therefore holds nothing
 * but arena memory across an arena allocation.
 *
 *     MemoryGuard guard;
 *     if (MEMORY_GUARD_ENTER(&guard)) {
 *         work(arena);
 *         memory_guard_leave(&guard);
 *     } else {
 *         ... out of memory; the guard has been left already ...
 *     }
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memory_alloc(size_t size);               /* NULL when out of memory */
void *memory_alloc_zero(size_t size);          /* the same, zeroed */
void *memory_resize(void *block, size_t size); /* NULL when out of memory; block stays valid */
void  memory_free(void *block);                /* accepts NULL */

typedef struct MemoryGuard MemoryGuard;
struct MemoryGuard {
    jmp_buf      jump;
    MemoryGuard *outer;
};

#define MEMORY_GUARD_ENTER(guard) (memory_guard_push(guard), _setjmp((guard)->jump) == 0)

void memory_guard_push(MemoryGuard *guard);
void memory_guard_leave(MemoryGuard *guard);
_Noreturn void memory_exhausted(void); /* jumps to the innermost guard; without one, stops the process */

/* For tests: the n-th allocation from now fails (1 is the next one), and all after it while
 * `sticky`; 0 turns it off. Counts the allocations of the calling thread only. */
void     memory_fail_nth(uint64_t nth, bool sticky);
uint64_t memory_count(void); /* allocations of this thread so far */

#endif
