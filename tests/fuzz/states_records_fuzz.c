/* states_records_fuzz.c -- rows of Step Functions' control plane that somebody else wrote. The first byte says which. What
 * can be read is written and read again, and must be the same then. */
#include "services/states/records.h"
#include "tests/support/fuzz.h"

#include <assert.h>

/* Reads a row; writes what it was into `out`. */
typedef Error *Rewrite(Arena *arena, Str row, Buffer *out);

#define REWRITE(what, Record) \
    static Error *rewrite_##what(Arena *arena, Str row, Buffer *out) \
    { \
        Record record; \
        (void)arena; \
        TRY(states_##what##_decode(row, &record)); \
        states_##what##_encode(out, &record); \
        return NULL; \
    }

REWRITE(machine, MachineRecord)
REWRITE(revision, StatesRevision)
REWRITE(version, VersionRecord)
REWRITE(alias, AliasRecord)
REWRITE(activity, ActivityRecord)

static Error *rewrite_tags(Arena *arena, Str row, Buffer *out)
{
    NamedStr *tags;
    size_t    count;
    TRY(states_tags_decode(arena, row, &tags, &count));
    states_tags_encode(out, tags, count);
    return NULL;
}

static Rewrite *const rewrites[] = { rewrite_machine, rewrite_revision, rewrite_version,
                                     rewrite_alias,   rewrite_activity, rewrite_tags };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena  arena;
    Buffer once, twice;
    if (!size) return 0;
    Rewrite *rewrite = rewrites[data[0] % (sizeof rewrites / sizeof *rewrites)];
    arena_init(&arena, 0);
    buffer_init(&once);
    buffer_init(&twice);
    Error *error = rewrite(&arena, str_from(data + 1, size - 1), &once);
    if (!error) {
        error = rewrite(&arena, buffer_str(&once), &twice);
        assert(!error && str_equal(buffer_str(&once), buffer_str(&twice)));
    }
    error_free(error);
    buffer_done(&once);
    buffer_done(&twice);
    arena_done(&arena);
    return 0;
}
