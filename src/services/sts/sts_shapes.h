/* sts_shapes.h -- input and output of every operation. */
#ifndef SERVICES_STS_STS_SHAPES_H
#define SERVICES_STS_STS_SHAPES_H

#include "aws/shape.h"

#define OP(name, function, flags, summary) extern const Shape sts_input_##name, sts_output_##name;
#include "services/sts/sts_ops.h"
#undef OP

#endif
