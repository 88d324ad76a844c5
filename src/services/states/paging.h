/* paging.h -- maxResults and nextToken of the operations that list. */
#ifndef SERVICES_STATES_PAGING_H
#define SERVICES_STATES_PAGING_H

#include "services/states/rows.h"

typedef struct StatesPage {
    size_t max;
    Str    after; /* the position that the page before ended with; empty: from the beginning */
} StatesPage;

/* `scope` says what is listed ("ListStateMachines 000000000000/us-east-1"): a token is good for that only. InvalidToken where
 * it was not given out for it, or a day ago. */
Error *states_page_parse(Context *context, const Json *input, Str scope, StatesPage *out);
Str    states_page_token(Context *context, Str scope, Str position);

/* Rows of a table with a prefix, page by page: `tell` makes an item of a row, or NULL to leave it out. Sets *out to
 * {`list_name`: [...], "nextToken"}; positions are what follows the prefix in keys. */
typedef Error *StatesTell(Context *context, const StatesRow *row, void *data, Json **out);
Error *states_page_list(Context *context, const Json *input, Str scope, StoreTable table, Str prefix, Str list_name,
                        StatesTell *tell, void *data, Json **out);

#endif
