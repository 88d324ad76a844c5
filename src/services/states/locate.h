/* locate.h -- what an ARN stands for, from the rows. */
#ifndef SERVICES_STATES_LOCATE_H
#define SERVICES_STATES_LOCATE_H

#include "services/states/names.h"
#include "services/states/records.h"

typedef struct StatesPlaced { /* a machine that was found */
    StatesArn     arn;  /* what was asked for */
    Str           key;  /* of its row */
    Str           unqualified; /* its own ARN */
    MachineRecord machine;
    uint64_t      revision;   /* of the version, if one was asked for; else the current one */
    uint64_t      version;    /* 0: none was asked for */
    VersionRecord version_record;
    bool          by_alias;   /* the version was chosen by an alias */
} StatesPlaced;

Error *states_machine_find(Context *context, Str key, MachineRecord *out, bool *out_found);
Error *states_machine_save(Context *context, Str key, const MachineRecord *machine);
Error *states_machine_remove(Context *context, Str key, const MachineRecord *machine); /* with all that is its own */

/* Any ARN of a machine: StateMachineDoesNotExist where it stands for nothing; ValidationException where it is a
 * Distributed Map's, which only executions have to do with, unless `labels`. */
Error *states_locate(Context *context, Str arn, bool labels, StatesPlaced *out);

/* The ARN of a machine itself: a qualified one stands for no machine. */
Error *states_locate_machine(Context *context, Str arn, StatesPlaced *out);

Error *states_refuse_unknown(Str arn);      /* StateMachineDoesNotExist */
Error *states_refuse_labels(void);          /* ValidationException */
Error *states_refuse_deleting(Str arn);     /* StateMachineDeleting */
Error *states_refuse_no_resource(void);     /* ResourceNotFound, of aliases and versions */

/* ---- versions and aliases of a machine ---- */

enum { STATES_VERSION_KEY_SIZE = 16 };
Str    states_version_key(char out[STATES_VERSION_KEY_SIZE], uint64_t machine, uint64_t number);
Str    states_alias_key(Arena *arena, uint64_t machine, Str name);
Error *states_version_find(Context *context, uint64_t machine, uint64_t number, VersionRecord *out, bool *out_found);
Error *states_alias_find(Context *context, uint64_t machine, Str name, AliasRecord *out, bool *out_found);

bool   states_alias_names(const AliasRecord *alias, uint64_t version);

/* Publishing, in two steps: check first, write later. `revision` is that the machine will have. */
Error *states_publish_check(const MachineRecord *machine, bool same_revision);
Error *states_publish(Context *context, MachineRecord *machine, const StatesOptional *description, uint64_t *out_number);

StatesOptional states_optional(const Json *input, Str name);
bool           states_optional_equal(const StatesOptional *a, const StatesOptional *b);

#endif
