/* records.h -- the rows of the control plane as structures. Texts of what was decoded borrow from the row. */
#ifndef SERVICES_STATES_RECORDS_H
#define SERVICES_STATES_RECORDS_H

#include "services/states/machines.h"
#include "services/states/rows.h"

typedef struct StatesOptional { /* a text that may be absent, which is not the same as empty */
    Str  text;
    bool given;
} StatesOptional;

typedef struct MachineRecord {
    uint64_t       id;
    StatesType     type;
    bool           deleting;
    Instant        created;
    uint64_t       revision;     /* the current one */
    uint64_t       version_last; /* the number that was given out last */
    uint64_t       published;    /* the version of the current revision; 0: none */
    uint64_t       version_count, alias_count;
    bool           born_published;   /* CreateStateMachine asked for a version, */
    StatesOptional born_description; /* described so: an identical call is no mistake */
} MachineRecord;

typedef struct VersionRecord {
    uint64_t       revision;
    Instant        created;
    StatesOptional description;
} VersionRecord;

typedef struct StatesRoute {
    uint64_t version;
    uint64_t weight;
} StatesRoute;

typedef struct AliasRecord {
    Instant        created, updated;
    StatesOptional description;
    StatesRoute    routes[STATES_ROUTES_MAX];
    size_t         route_count;
} AliasRecord;

typedef struct ActivityRecord {
    uint64_t         id;
    Instant          created;
    StatesEncryption encryption;
} ActivityRecord;

/* Each replaces what is in `out`. */
void states_machine_encode(Buffer *out, const MachineRecord *machine);
void states_revision_encode(Buffer *out, const StatesRevision *revision);
void states_version_encode(Buffer *out, const VersionRecord *version);
void states_alias_encode(Buffer *out, const AliasRecord *alias);
void states_activity_encode(Buffer *out, const ActivityRecord *activity);
void states_tags_encode(Buffer *out, const NamedStr *tags, size_t count);

/* ERR_CORRUPT where a row cannot be read. */
Error *states_machine_decode(Str row, MachineRecord *out);
Error *states_revision_decode(Str row, StatesRevision *out);
Error *states_version_decode(Str row, VersionRecord *out);
Error *states_alias_decode(Str row, AliasRecord *out);
Error *states_activity_decode(Str row, ActivityRecord *out);
Error *states_tags_decode(Arena *arena, Str row, NamedStr **out, size_t *out_count);

#endif
