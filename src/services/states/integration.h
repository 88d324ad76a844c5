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

typedef struct StatesTaskAnswer {
    Str payload;      /* JSON text; no data: it was refused */
    Str error, cause;
} StatesTaskAnswer;

/* Does a task at once, in this transaction, whether an execution waits for it or not. */
Error *states_task_ask(Context *context, Str account, Str region, Str role, const AslAction *action, StatesTaskAnswer *out);

void states_add_metadata(Context *context, Json *answer); /* of HTTP, as the optimised integrations show it */
void states_answer_refusal(StatesPump *pump, const StatesExecution *execution, const AslAction *action, const StatesIntegration *integration,
                           Error *error); /* takes the error */
Error *states_own_call(StatesPump *pump, StatesExecution *execution, const AslAction *action, const Operation *operation, const Json *parameters);

#endif
