/* pump.h -- the parts of the pump that other files of the data plane use. */
#ifndef SERVICES_STATES_PUMP_H
#define SERVICES_STATES_PUMP_H

#include "services/states/executions.h"

void   states_pump_touch(StatesPump *pump, StatesExecution *execution); /* it is saved when the pump runs dry */
Error *states_pump_later(StatesPump *pump, uint64_t execution, const AslEvent *event); /* in a call of its own, at once */
/* Whether this call may signal something of that id: only so many different ones (engine/context.h). */
bool   states_pump_may_signal(StatesPump *pump, uint64_t id);
void   states_about(Arena *arena, const StatesExecution *execution, AslAbout *out, char key[STATES_ID_SIZE]);

/* The answer of a StartSyncExecution is kept until its call fetches it (sync.c). */
Error *states_sync_keep(Context *context, const StatesExecution *execution);
void   states_sync_trim(Context *context);   /* those that nobody has fetched */
void   states_sync_forget(States *states);

#endif
