/* predicate.h -- what filter.c reads and compare.c answers. */
#ifndef JSONPATH_PREDICATE_H
#define JSONPATH_PREDICATE_H

#include "jsonpath/internal.h"

typedef struct Operand { /* a path, a pattern or a literal */
    JsonPath   *path;
    pcre2_code *pattern;
    Json       *literal;
} Operand;

typedef struct Value { /* of an operand; nothing set: what its path names is missing */
    const Json       *json;
    const pcre2_code *pattern;
} Value;

typedef struct Operator {
    Str name;
    Verdict (*ask)(Query *query, Value left, Value right);
} Operator;

const Operator *operator_find(Str name); /* words in any case; NULL: none */

bool pattern_compile(Arena *arena, Str text, Str flags, pcre2_code **out);

#endif
