/* sqs.h -- the Simple Queue Service. */
#ifndef SERVICES_SQS_SQS_H
#define SERVICES_SQS_SQS_H

#include "aws/api.h"

extern const Service sqs_service;

#endif
