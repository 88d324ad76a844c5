/* names.h -- names and ARNs, with the service's words for those that are none. */
#ifndef SERVICES_STATES_NAMES_H
#define SERVICES_STATES_NAMES_H

#include "services/states/states_internal.h"

/* arn:PARTITION:states:REGION:ACCOUNT:TYPE:NAME[/LABEL][:QUALIFIER] */
typedef struct StatesArn {
    Str text; /* all of it */
    Str partition, region, account;
    Str type;      /* "stateMachine", "activity", "execution", "express", "mapRun" */
    Str name;      /* of the state machine or the activity */
    Str label;     /* of a Distributed Map; empty: none */
    Str qualifier; /* what comes behind: a version, an alias, an execution's name. Empty: none */
} StatesArn;

/* InvalidArn where the text is no ARN of this service, or of none of the types ("stateMachine activity"). */
Error *states_arn_parse(Str text, const char *types, StatesArn *out);
bool   states_arn_version(const StatesArn *arn,
                          uint64_t        *out); /* false: its qualifier is no number; 0: none that can be */

Error *states_role_check(Str arn);  /* InvalidArn */
Error *states_name_check(Str name); /* InvalidName */

Str states_partition(Str region);

/* "arn:aws:states:REGION:ACCOUNT:TYPE:NAME", and what is not empty of the qualifier behind it. */
Str states_arn_text(Arena *arena, Str region, Str account, const char *type, Str name, Str qualifier);
Str states_arn_number(Arena *arena, Str unqualified, uint64_t number); /* ":N" behind it */

/* Keys of machines and activities: "account/region/name"; without a name, what all of a region begin with. */
Str states_key(Arena *arena, Str account, Str region, Str name);
Str states_key_of(Arena *arena, const StatesArn *arn);

/* "account/region" of the caller; a refusal where the region's name is no name. */
Error *states_place(const Context *context, Str *out);

#endif
