/* sqs_shapes.h -- input and output of every operation. */
#ifndef SERVICES_SQS_SQS_SHAPES_H
#define SERVICES_SQS_SQS_SHAPES_H

#include "aws/shape.h"

#define OP(name, function, flags, summary) extern const Shape sqs_input_##name, sqs_output_##name;
#include "services/sqs/sqs_ops.h"
#undef OP

#endif
