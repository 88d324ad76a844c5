/* place.h -- where in a document an evaluation is: a chain of names and indexes, told only in errors. */
#ifndef JSONPATH_PLACE_H
#define JSONPATH_PLACE_H

#include "jsonpath/internal.h"

typedef struct Place Place;
struct Place {
    const Place *outer; /* NULL: the root itself */
    const Step  *names; /* of several names at once, else NULL */
    Str          name;  /* with NULL data: the index */
    int64_t      index;
};

JsonPathOutcome query_miss(Query *query, const char *before, const Place *place, const char *after);

#endif
