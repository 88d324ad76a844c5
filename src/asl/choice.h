/* choice.h -- the rules of a Choice state in the JSONPath language: all operators, And, Or, Not, nested.
 *
 * The JSONata language has Conditions, which are expressions and none of this file's business. */
#ifndef ASL_CHOICE_H
#define ASL_CHOICE_H

#include "asl/scope.h"

typedef struct AslChoiceRule AslChoiceRule;

/* One member of "Choices", whose Next, Assign, Output and Comment are ignored. ERR_SYNTAX says what is wrong. */
Error *asl_choice_compile(Arena *arena, const Json *rule, AslChoiceRule **out);

/* Whether the rule matches. False with a fault: a Variable or a ...Path that finds nothing fails the state, with the
 * service's words; IsPresent does not. */
bool asl_choice_matches(const AslChoiceRule *rule, const AslScope *scope, AslFault *fault);

#endif
