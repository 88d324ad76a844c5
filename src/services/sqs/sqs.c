/* sqs.c -- the service: its rows and its hooks. */
#include "services/sqs/sqs.h"

#include "services/sqs/queue.h"
#include "services/sqs/sqs_shapes.h"

#define FAULT(name, code, query_code, status) const Fault sqs_##name = { code, query_code, status };
#include "services/sqs/sqs_errors.h"
#undef FAULT

static const Operation operations[] = {
#define OP(op_name, function, op_flags, op_summary) \
    { .name = STR_CONST(#op_name), \
      .run = function, \
      .flags = (op_flags), \
      .summary = STR_CONST(op_summary), \
      .input = &sqs_input_##op_name, \
      .output = &sqs_output_##op_name },
#include "services/sqs/sqs_ops.h"
#undef OP
};

const Service sqs_service = {
    .name = STR_CONST("sqs"),
    .title = STR_CONST("SQS"),
    .signing_name = STR_CONST("sqs"),
    .target_prefix = STR_CONST("AmazonSQS"),
    .version = STR_CONST("2012-11-05"),
    .xml_namespace = STR_CONST("http://queue.amazonaws.com/doc/2012-11-05/"),
    .error_namespace = STR_CONST("com.amazonaws.sqs"),
    .protocols = SPEAKS(PROTOCOL_JSON) | SPEAKS(PROTOCOL_QUERY),
    .query_compatible = true,
    .flat_result = true,
    .operations = operations,
    .operation_count = sizeof operations / sizeof *operations,
    .open = sqs_open,
    .close = sqs_close,
    .before_commit = sqs_before_commit,
    .tick = sqs_tick,
};
