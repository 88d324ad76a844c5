/* revisions.h -- revisions, for the rest of the control plane. */
#ifndef SERVICES_STATES_REVISIONS_H
#define SERVICES_STATES_REVISIONS_H

#include "services/states/machines.h"
#include "services/states/states_internal.h"

Error *states_revision_read(Context *context, uint64_t id, StatesRevision *out); /* without its program */

void states_revisions_trim(States *states); /* between calls: within bounds again */
void states_revisions_forget(States *states);

#endif
