/* state.c -- an execution's state between two steps: cells by key, in memory.
 *
 * A hash table with open addressing; a removal shifts back what follows, so there are no marks of what is gone. Applying a
 * step's cells copies all of them before it changes anything. */
#include "asl/asl.h"

typedef struct Slot {
    uint64_t key;
    char    *bytes; /* NULL: free */
    size_t   size;
} Slot;

struct AslState {
    Slot  *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    size_t bytes; /* of all cells */
};

enum { CAPACITY_FIRST = 4 };

Error *asl_state_new(AslState **out)
{
    AslState *state = memory_alloc_zero(sizeof *state);
    if (!state) return error_memory();
    *out = state;
    return NULL;
}

void asl_state_free(AslState *state)
{
    if (!state) return;
    for (size_t i = 0; i < state->capacity; i++) memory_free(state->slots[i].bytes);
    memory_free(state->slots);
    memory_free(state);
}

size_t asl_state_count(const AslState *state)
{
    return state->count;
}

size_t asl_state_bytes(const AslState *state)
{
    return sizeof *state + state->capacity * sizeof(Slot) + state->bytes;
}

static size_t home(const AslState *state, uint64_t key)
{
    uint64_t mixed = key * 0x9E3779B97F4A7C15u;
    return (size_t)(mixed ^ mixed >> 29) & (state->capacity - 1);
}

/* Where the key is, or the free slot where it would go. There is always a free one. */
static Slot *find(const AslState *state, uint64_t key)
{
    size_t at = home(state, key);
    while (state->slots[at].bytes && state->slots[at].key != key) at = (at + 1) & (state->capacity - 1);
    return &state->slots[at];
}

bool asl_state_get(const AslState *state, uint64_t key, Str *out)
{
    if (state->capacity == 0) return false;
    const Slot *slot = find(state, key);
    if (!slot->bytes) return false;
    *out = str_from(slot->bytes, slot->size);
    return true;
}

void asl_state_each(const AslState *state, void (*visit)(void *data, AslCell cell), void *data)
{
    for (size_t i = 0; i < state->capacity; i++)
        if (state->slots[i].bytes) visit(data, (AslCell){ state->slots[i].key, str_from(state->slots[i].bytes, state->slots[i].size) });
}

/* Room for `more` cells with a quarter of the slots left free. */
static Error *reserve(AslState *state, size_t more)
{
    size_t capacity = state->capacity ? state->capacity : CAPACITY_FIRST;
    while ((state->count + more) * 4 > capacity * 3) capacity *= 2;
    if (capacity == state->capacity) return NULL;
    Slot *slots = memory_alloc_zero(capacity * sizeof *slots);
    if (!slots) return error_memory();
    AslState old = *state;
    state->slots = slots;
    state->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].bytes) *find(state, old.slots[i].key) = old.slots[i];
    memory_free(old.slots);
    return NULL;
}

static void take_out(AslState *state, uint64_t key)
{
    if (state->capacity == 0) return;
    Slot *slot = find(state, key);
    if (!slot->bytes) return;
    state->count--;
    state->bytes -= slot->size;
    memory_free(slot->bytes);
    size_t hole = (size_t)(slot - state->slots), mask = state->capacity - 1;
    for (size_t at = (hole + 1) & mask; state->slots[at].bytes; at = (at + 1) & mask) {
        size_t wanted = home(state, state->slots[at].key);
        if (((at - wanted) & mask) < ((at - hole) & mask)) continue;
        state->slots[hole] = state->slots[at];
        hole = at;
    }
    state->slots[hole] = (Slot){ 0 };
}

static void put_in(AslState *state, uint64_t key, char *bytes, size_t size)
{
    Slot *slot = find(state, key);
    if (slot->bytes) {
        state->bytes -= slot->size;
        memory_free(slot->bytes);
    } else {
        state->count++;
    }
    *slot = (Slot){ key, bytes, size };
    state->bytes += size;
}

/* A cell's bytes on the heap; a cell may be empty, so there is always one byte. */
static char *copy_bytes(Str bytes)
{
    char *copy = memory_alloc(bytes.length + 1);
    if (copy && bytes.length > 0) memcpy(copy, bytes.data, bytes.length);
    return copy;
}

Error *asl_state_apply(AslState *state, const AslCell *cells, size_t count)
{
    if (count == 0) return NULL;
    TRY(reserve(state, count));
    char **copies = memory_alloc_zero(count * sizeof *copies);
    if (!copies) return error_memory();
    for (size_t i = 0; i < count; i++) {
        if (!cells[i].bytes.data) continue;
        copies[i] = copy_bytes(cells[i].bytes);
        if (copies[i]) continue;
        while (i-- > 0) memory_free(copies[i]);
        memory_free(copies);
        return error_memory();
    }
    for (size_t i = 0; i < count; i++) {
        if (copies[i]) put_in(state, cells[i].key, copies[i], cells[i].bytes.length);
        else take_out(state, cells[i].key);
    }
    memory_free(copies);
    return NULL;
}
