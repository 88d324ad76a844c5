/* activities.h -- activities, for the rest of the control plane. */
#ifndef SERVICES_STATES_ACTIVITIES_H
#define SERVICES_STATES_ACTIVITIES_H

#include "services/states/names.h"
#include "services/states/records.h"

Error *states_activity_lookup(Context *context, const StatesArn *arn, ActivityRecord *out, bool *out_found);

#endif
