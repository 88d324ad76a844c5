/* states.h -- Step Functions. */
#ifndef SERVICES_STATES_STATES_H
#define SERVICES_STATES_STATES_H

#include "aws/api.h"

extern const Service states_service;

#endif
