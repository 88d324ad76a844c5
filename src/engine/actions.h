/* actions.h -- who does what has to be done outside. */
#ifndef ENGINE_ACTIONS_H
#define ENGINE_ACTIONS_H

#include "json/json.h"

/* Does one action, on one of the world's action threads, and gives its result. It must not touch the
 * world. An Error becomes the "error" of the result call. */
typedef Error *ActionRun(void *context, Arena *arena, const Json *payload, Json **out_result);

typedef struct ActionKind {
    Str        name;
    ActionRun *run;
    void      *context;
} ActionKind;

#endif
