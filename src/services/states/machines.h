/* machines.h -- state machines, as those who run their executions need them.
 *
 * An execution belongs to a machine and to one of its revisions, both known by ids that are never used again. A revision
 * never changes: it is the definition, the role and the settings as they were when somebody wrote them. It is kept while
 * it is the machine's current one, while a version stands for it, and while an execution is remembered that ran it.
 *
 *     states_machine_resolve(context, arn, &machine)              what an ARN stands for: an alias draws its version
 *     states_revision_get(context, machine.revision, &revision)   also for what has run long since
 *     states_executions_add(context, &machine_of, +1, +1)         last in the call that starts an execution
 *     states_executions_add(context, &machine_of, -1, 0)          last in the call that ends it
 *     states_executions_add(context, &machine_of, 0, -1)          when its history is forgotten */
#ifndef SERVICES_STATES_MACHINES_H
#define SERVICES_STATES_MACHINES_H

#include "asl/asl.h"
#include "engine/context.h"

typedef enum StatesType { STATES_STANDARD = 1, STATES_EXPRESS = 2 } StatesType;       /* on disk */
typedef enum StatesLogLevel { STATES_LOG_OFF, STATES_LOG_FATAL, STATES_LOG_ERROR, STATES_LOG_ALL } StatesLogLevel; /* too */
typedef enum StatesEncryptionType { STATES_KEY_UNSAID, STATES_KEY_OWNED, STATES_KEY_CUSTOMER } StatesEncryptionType; /* too */

typedef struct StatesLogging {
    StatesLogLevel level;
    bool           include_data;
    Str            log_group_arn; /* "...:log-group:NAME:*"; empty: none */
} StatesLogging;

typedef struct StatesEncryption {
    StatesEncryptionType type;
    Str                  key_id;  /* of a customer's key */
    uint64_t             reuse_s;
} StatesEncryption;

/* Immutable. Valid until the operation returns, or until it is released by whoever keeps it longer. */
typedef struct StatesRevision {
    uint64_t          id;
    uint64_t          machine_id;
    StatesType        type;
    Str               uuid;    /* the revisionId; empty: of the initial revision, which has none */
    Instant           created; /* when the machine was updated to it */
    Str               role_arn;
    Str               definition;
    StatesLogging     logging;
    bool              tracing;
    StatesEncryption  encryption;
    const AslProgram *program;
} StatesRevision;

typedef struct StatesMachine { /* texts live in the call's arena */
    Str        account, region, name;
    Str        arn;         /* of the machine itself */
    Str        version_arn; /* what was asked for, or what the alias chose; empty: neither */
    Str        alias_arn;   /* empty: none was asked for */
    Str        label;       /* "stateMachine:NAME/LABEL": of a Distributed Map; whether there is such a one was not asked */
    uint64_t   id;
    uint64_t   revision;
    StatesType type;
    Instant    created;
    bool       deleting;    /* nothing may be started any more: StateMachineDeleting */
} StatesMachine;

/* Unqualified, of a version, of an alias (its weights decide, by the context's chance), of a Distributed Map. InvalidArn,
 * StateMachineDoesNotExist. */
Error *states_machine_resolve(Context *context, Str arn, StatesMachine *out);

/* With its program, from memory where it was used lately. ERR_NOT_FOUND where nobody kept it. */
Error *states_revision_get(Context *context, uint64_t id, const StatesRevision **out);
void   states_revision_keep(const StatesRevision *revision);
void   states_revision_release(Context *context, const StatesRevision *revision);

/* Whose execution it is. The names are those of its ARN. */
typedef struct StatesOwner {
    Str      account, region, name; /* of the machine */
    uint64_t machine, revision;     /* ids */
} StatesOwner;

/* Executions that run, and executions that are remembered (running ones too). When the last running one of a machine
 * that is being deleted ends, the machine goes. Last in a call that writes rows of its own: what it changes in memory is
 * written with its batch, and not taken back when the call is refused. */
Error *states_executions_add(Context *context, const StatesOwner *owner, int64_t running, int64_t remembered);
Error *states_executions_running(Context *context, uint64_t machine, uint64_t *out);

/* Whether DeleteStateMachine was called for the machine that this execution belongs to: at its next transition it ends. */
Error *states_machine_is_deleting(Context *context, const StatesOwner *owner, bool *out);

/* Which variables each state of a definition reads: {"State": ["a", "b"]}; NULL where none does. */
Error *states_variable_references(Arena *arena, const Json *definition, Json **out);

/* loggingConfiguration, tracingConfiguration and encryptionConfiguration, as Describe calls show them. */
void states_revision_tell_settings(Arena *arena, const StatesRevision *revision, Json *output);

typedef struct StatesActivity {
    uint64_t id;
    Str      account, region, name;
    Str      arn;
    Instant  created;
} StatesActivity;

/* InvalidArn, ActivityDoesNotExist. */
Error *states_activity_find(Context *context, Str arn, StatesActivity *out);

#endif
