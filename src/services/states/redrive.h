/* redrive.h -- whether an execution can go on where it failed, and how. */
#ifndef SERVICES_STATES_REDRIVE_H
#define SERVICES_STATES_REDRIVE_H

#include "services/states/executions.h"

typedef struct StatesRedrivable {
    bool may;    /* RedriveExecution would do it */
    Str  status; /* as DescribeExecution shows it */
    Str  reason; /* no data: none is shown */
} StatesRedrivable;

Error *states_redrive_look(Context *context, const StatesExecution *execution, StatesRedrivable *out);

/* For good: what it has been through does not fit into its limits any more. */
bool states_redrive_is_spent(Context *context, const StatesExecution *execution);

/* Begins: the execution has failed and was loaded with its state. The rest waits in the pump. */
void states_redrive_begin(StatesPump *pump, StatesExecution *execution);

#endif
