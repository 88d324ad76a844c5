/* intrinsic.h -- the eighteen intrinsic functions: States.Format('{}', $.name), nested as deep as one likes.
 *
 * A call is parsed once, with the service's rules for literals and escapes, and evaluated in a scope. */
#ifndef ASL_INTRINSIC_H
#define ASL_INTRINSIC_H

#include "asl/scope.h"

typedef struct AslIntrinsic AslIntrinsic;

bool asl_is_intrinsic(Str text); /* it begins as a call does: "States." */

/* ERR_SYNTAX: no valid call (an unknown function, a bad literal or escape, a bad path, nested deeper than
 * ASL_INTRINSIC_DEPTH_MAX). Borrows the text. A wrong number of arguments is no such error: the service fails when it
 * gets there; asl_intrinsic_misused tells it beforehand. */
enum { ASL_INTRINSIC_DEPTH_MAX = 100 };
Error *asl_intrinsic_compile(Arena *arena, Str text, AslIntrinsic **out);

/* The name of a function in the call that has a wrong number of arguments; empty: none. */
Str asl_intrinsic_misused(const AslIntrinsic *call);

/* False: the call failed as the service would say it; always "States.Runtime", whatever its documentation says. What
 * the functions make is bounded by ASL_EVALUATION_BYTES_MAX. */
enum { ASL_EVALUATION_BYTES_MAX = 64 << 20 };
bool asl_intrinsic_evaluate(const AslIntrinsic *call, const AslScope *scope, Json **out, AslFault *fault);

/* Each path within the call, for linters: `visit` gets its text as written. */
void asl_intrinsic_paths(const AslIntrinsic *call, void (*visit)(void *data, Str path), void *data);

#endif
