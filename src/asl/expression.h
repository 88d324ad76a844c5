/* expression.h -- the JSONata side of a definition: values in which every text "{% ... %}" is an expression.
 *
 * Compiled once; evaluated in a scope, where $states is {input, context, result, errorOutput} as the field allows, and
 * the workflow variables are bound by their names. Undefined is a failure of the state, as the service has it. */
#ifndef ASL_EXPRESSION_H
#define ASL_EXPRESSION_H

#include "asl/scope.h"

typedef struct AslExpression AslExpression;

bool asl_is_expression(Str text); /* starts with "{%" and ends with "%}" */

/* ERR_SYNTAX: an expression in it is not JSONata; the message is the service's sentence for the validator. `field` is the
 * name that error texts mention: "Output", "Arguments". Borrows the value. */
Error *asl_expression_compile(Arena *arena, const Json *value, Str field, AslExpression **out);

bool asl_expression_is_literal(const AslExpression *expression);

/* False: States.QueryEvaluationError, with its location. */
bool asl_expression_evaluate(const AslExpression *expression, const AslScope *scope, Json **out, AslFault *fault);

/* The same, when only one type will do: "... returned an unexpected result type. Expected 'array', but was ..." */
bool asl_expression_evaluate_as(const AslExpression *expression, const AslScope *scope, JsonType type, Json **out,
                                AslFault *fault);

#endif
