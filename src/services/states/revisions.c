/* revisions.c -- revisions and their programs in memory, and who keeps them.
 *
 * A revision that an execution needs is read and compiled once, in a block of the heap and an arena of its own, and stays
 * while there is room: all of them are in a list, the one used last in front, and between calls those at the back go
 * while they take more than STATES_REVISIONS_BYTES_MAX. So what a call was given stays good until it returns, whatever
 * else it asks for; who needs one for longer keeps it. An id is never used again, so what is in memory is never old.
 *
 * How long a row lives: it has a use for being the current one of its machine, for each version that stands for it, and for
 * each execution that is remembered (STATES_COUNT_USES). Without a use it goes (counts.c). */
#include "services/states/revisions.h"

#include "services/states/counts.h"
#include "services/states/locate.h"

struct StatesKeptRevision {
    StatesRevision      revision; /* the first member: this is what others hold */
    StatesKeptRevision *newer, *older;
    size_t              keepers;
    size_t              bytes;
    Arena               arena; /* of the program */
    char                key[STATES_ID_SIZE];
    char                row[]; /* its texts are here */
};

/* ---- the list ---- */

static void unlink_kept(States *states, StatesKeptRevision *kept)
{
    *(kept->newer ? &kept->newer->older : &states->newest) = kept->older;
    *(kept->older ? &kept->older->newer : &states->oldest) = kept->newer;
    kept->newer = kept->older = NULL;
}

static void link_newest(States *states, StatesKeptRevision *kept)
{
    kept->newer = NULL;
    kept->older = states->newest;
    *(states->newest ? &states->newest->newer : &states->oldest) = kept;
    states->newest = kept;
}

static void drop(States *states, StatesKeptRevision *kept)
{
    map_remove(&states->revisions, str_from(kept->key, sizeof kept->key));
    unlink_kept(states, kept);
    states->revision_bytes -= kept->bytes;
    arena_done(&kept->arena);
    memory_free(kept);
}

void states_revisions_trim(States *states)
{
    StatesKeptRevision *kept = states->oldest;
    while (kept && states->revision_bytes > STATES_REVISIONS_BYTES_MAX) {
        StatesKeptRevision *newer = kept->newer;
        if (!kept->keepers) drop(states, kept);
        kept = newer;
    }
}

void states_revisions_forget(States *states)
{
    while (states->newest) drop(states, states->newest);
    map_done(&states->revisions);
}

/* ---- loading ---- */

static Error *read_revision(Context *context, Str key, Str *out)
{
    bool found;
    TRY(store_get(context->store, context->arena, TABLE_STATES_REVISION, key, out, &found));
    return found ? NULL : error_new(ERR_NOT_FOUND, "nobody kept this revision of a state machine");
}

static Error *compile(Context *context, StatesKeptRevision *kept)
{
    Json       *definition;
    AslProgram *program;
    TRY(json_parse(context->arena, kept->revision.definition, NULL, &definition));
    TRY(asl_compile(&kept->arena, definition, &program));
    kept->revision.program = program;
    return NULL;
}

/* It is in the list before it is compiled: where memory runs out, it goes with all the rest. */
static Error *load(Context *context, Str key, StatesKeptRevision **out)
{
    Str     row;
    States *states = states_of(context);
    TRY(read_revision(context, key, &row));
    StatesKeptRevision *kept = memory_alloc_zero(sizeof *kept + row.length);
    if (!kept) return error_memory();
    arena_init(&kept->arena, 0);
    memcpy(kept->key, key.data, sizeof kept->key);
    memcpy(kept->row, row.data, row.length);
    Error *error = states_revision_decode(str_from(kept->row, row.length), &kept->revision);
    if (!error && !map_put(&states->revisions, str_from(kept->key, sizeof kept->key), kept)) error = error_memory();
    if (error) {
        memory_free(kept);
        return error;
    }
    link_newest(states, kept);
    error = compile(context, kept);
    kept->bytes = sizeof *kept + row.length + kept->arena.held;
    states->revision_bytes += kept->bytes;
    if (states->revision_bytes > STATES_REVISIONS_BYTES_MAX) context_tick_at(context, context->now);
    if (error) drop(states, kept);
    *out = kept;
    return error;
}

Error *states_revision_get(Context *context, uint64_t id, const StatesRevision **out)
{
    char                key[STATES_ID_SIZE];
    States             *states = states_of(context);
    Str                 name = states_id_key(key, id);
    StatesKeptRevision *kept = map_get(&states->revisions, name);
    if (!kept) {
        TRY_WRAP(load(context, name, &kept), "revision %llu", (unsigned long long)id);
    } else if (kept != states->newest) {
        unlink_kept(states, kept);
        link_newest(states, kept);
    }
    *out = &kept->revision;
    return NULL;
}

void states_revision_keep(const StatesRevision *revision)
{
    ((StatesKeptRevision *)revision)->keepers++;
}

void states_revision_release(Context *context, const StatesRevision *revision)
{
    ((StatesKeptRevision *)revision)->keepers--;
    if (states_of(context)->revision_bytes > STATES_REVISIONS_BYTES_MAX) context_tick_at(context, context->now);
}

Error *states_revision_read(Context *context, uint64_t id, StatesRevision *out)
{
    char key[STATES_ID_SIZE];
    Str  row;
    TRY(read_revision(context, states_id_key(key, id), &row));
    return states_revision_decode(row, out);
}

/* ---- resolving ---- */

Error *states_machine_resolve(Context *context, Str arn, StatesMachine *out)
{
    StatesPlaced placed;
    TRY(states_locate(context, arn, true, &placed));
    *out = (StatesMachine){
        .account = placed.arn.account,
        .region = placed.arn.region,
        .name = placed.arn.name,
        .arn = placed.unqualified,
        .label = placed.arn.label,
        .id = placed.machine.id,
        .revision = placed.revision,
        .type = placed.machine.type,
        .created = placed.machine.created,
        .deleting = placed.machine.deleting,
    };
    if (placed.version) out->version_arn = states_arn_number(context->arena, placed.unqualified, placed.version);
    if (placed.by_alias) out->alias_arn = arn;
    return NULL;
}

/* ---- executions ---- */

/* The machine of that name may be another one by now. */
static Error *find_owner(Context *context, const StatesOwner *owner, Str *out_key, MachineRecord *out, bool *out_found)
{
    *out_key = states_key(context->arena, owner->account, owner->region, owner->name);
    TRY(states_machine_find(context, *out_key, out, out_found));
    *out_found = *out_found && out->id == owner->machine;
    return NULL;
}

Error *states_machine_is_deleting(Context *context, const StatesOwner *owner, bool *out)
{
    Str           key;
    MachineRecord machine;
    bool          found;
    TRY(find_owner(context, owner, &key, &machine, &found));
    *out = !found || machine.deleting;
    return NULL;
}

Error *states_executions_running(Context *context, uint64_t machine, uint64_t *out)
{
    StatesCount *running;
    TRY(states_count_of_id(context, STATES_COUNT_RUNNING, machine, &running));
    *out = (uint64_t)states_count_value(running);
    return NULL;
}

Error *states_executions_add(Context *context, const StatesOwner *owner, int64_t running, int64_t remembered)
{
    StatesCount  *runs, *uses;
    Str           key;
    MachineRecord machine;
    bool          found = false;
    TRY(states_count_of_id(context, STATES_COUNT_RUNNING, owner->machine, &runs));
    TRY(states_count_of_id(context, STATES_COUNT_USES, owner->revision, &uses));
    if (running) states_count_add(states_of(context), runs, running);
    if (remembered) states_count_add(states_of(context), uses, remembered);
    if (running >= 0 || states_count_value(runs)) return NULL;
    TRY(find_owner(context, owner, &key, &machine, &found));
    return found && machine.deleting ? states_machine_remove(context, key, &machine) : NULL;
}
