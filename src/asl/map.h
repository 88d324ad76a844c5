/* map.h -- what state_map.c, maprun.c and items.c share. Private to this folder. */
#ifndef ASL_MAP_STATE_H
#define ASL_MAP_STATE_H

#include "asl/run.h"

/* Everything a map run has to know, with its fields' values; false: one of them fails the state. */
bool asl_resolve_map_run(AslRun *run, AslThread *thread, AslMapRun *out, AslFault *fault);

/* ---- items out of texts (items.c) ---- */
typedef struct AslItems AslItems;
typedef struct AslItemsForm {
    AslItemFormat format;
    char          delimiter;
    bool          headers_given;
    const Str    *headers;
    size_t        header_count;
    Str           pointer; /* JSON: "/a/b" to the array */
} AslItemsForm;

/* In *why what is wrong with the text; empty: nothing. */
AslItems *asl_items_open(Arena *arena, Str text, const AslItemsForm *form, Str *why);
/* The next item as compact JSON text; false: there is none, or *why. */
bool asl_items_next(AslItems *items, Arena *arena, Str *out, Str *why);

#endif
