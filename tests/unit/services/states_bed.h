/* states_bed.h -- whole executions on a service bed, in one line each. Texts of JSON are written with ' for ". */
#ifndef SERVICES_STATES_BED_H
#define SERVICES_STATES_BED_H

#include "services/states/states.h"
#include "services/states/states_limits.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

#define STATES_ARN(type) "arn:aws:states:us-east-1:000000000000:" type ":"

const char *states_quote(Bed *bed, const char *json); /* as a text within JSON */
void        states_machine(Bed *bed, const char *name, const char *definition);
void        states_machine_of_type(Bed *bed, const char *name, const char *type, const char *definition);
Json       *states_run(Bed *bed, const char *machine, const char *name, const char *input); /* StartExecution's answer */
Json       *states_told(Bed *bed, const char *execution); /* DescribeExecution of "machine:name" */
Str         states_types(Bed *bed, const char *execution); /* of the events of its history, with blanks between */

Str         states_whole(Bed *bed, const Json *value); /* as compact JSON */

#define CHECK_WHOLE(bed, value, expected) CHECK_STR(states_whole((bed), (value)), STR(expected))
#define CHECK_STATUS(bed, execution, expected) CHECK_TEXT(states_told((bed), (execution)), "status", (expected))

#endif
