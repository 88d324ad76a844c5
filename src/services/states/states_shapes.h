/* states_shapes.h -- input and output of every operation. */
#ifndef SERVICES_STATES_STATES_SHAPES_H
#define SERVICES_STATES_STATES_SHAPES_H

#include "aws/shape.h"

#define SHAPES(operation) extern const Shape states_input_##operation, states_output_##operation;
#define OP(name, function, flags, summary) SHAPES(name)
#include "services/states/states_ops.h"
#undef OP

/* Of operations that have no row yet. */
SHAPES(StartExecution)
SHAPES(StartSyncExecution)
SHAPES(StopExecution)
SHAPES(RedriveExecution)
SHAPES(DescribeExecution)
SHAPES(DescribeStateMachineForExecution)
SHAPES(ListExecutions)
SHAPES(GetExecutionHistory)
SHAPES(TestState)
SHAPES(GetActivityTask)
SHAPES(SendTaskSuccess)
SHAPES(SendTaskFailure)
SHAPES(SendTaskHeartbeat)
SHAPES(ListMapRuns)
SHAPES(DescribeMapRun)
SHAPES(UpdateMapRun)
#undef SHAPES

#endif
