/* integration.h -- how tasks speak to services; for tasks.c and nested.c. */
#ifndef SERVICES_STATES_INTEGRATION_H
#define SERVICES_STATES_INTEGRATION_H

#include "services/states/pump.h"

typedef struct StatesIntegration {
    Str         resource_type; /* "sqs", "aws-sdk:sqs" */
    Str         service;       /* its name here */
    const char *prefix;        /* of error names */
    const char *product;       /* in causes */
    bool        sdk;
} StatesIntegration;

void states_add_metadata(StatesPump *pump, Json *answer);
void states_answer_refusal(StatesPump *pump, const StatesExecution *execution, const AslAction *action, const StatesIntegration *integration,
                           Error *error); /* takes the error */
Error *states_own_call(StatesPump *pump, StatesExecution *execution, const AslAction *action, const Operation *operation, const Json *parameters);

#endif
