/* template.h -- payload templates of the JSONPath language: Parameters, ResultSelector, ItemSelector, Assign ...
 *
 * A template is a JSON value. A member whose name ends in ".$" is a path or an intrinsic call; it gives the member
 * of the name without that ending. Everything else is literal. What has nothing to compute is shared, not copied. */
#ifndef ASL_TEMPLATE_H
#define ASL_TEMPLATE_H

#include "asl/scope.h"

typedef struct AslTemplate AslTemplate;

/* ERR_SYNTAX names the field: "The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic
 * function call". Borrows the value. */
Error *asl_template_compile(Arena *arena, const Json *value, AslTemplate **out);

/* A single text that is a path or an intrinsic call, as `Assign` members and ErrorPath/CausePath are. */
Error *asl_template_compile_text(Arena *arena, Str text, AslTemplate **out);

/* `field` names the whole for error texts where no ".$" member does. */
bool asl_template_evaluate(const AslTemplate *template, const AslScope *scope, Str field, Json **out, AslFault *fault);

bool asl_template_is_literal(const AslTemplate *template); /* nothing to compute */

#endif
