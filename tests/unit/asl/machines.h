/* machines.h -- state machines by chance: valid ones, of all types of states, that end. */
#ifndef UNIT_ASL_MACHINES_H
#define UNIT_ASL_MACHINES_H

#include "json/json.h"
#include "loop/chance.h"

Json *machines_make(Arena *arena, Chance *chance);
Json *machines_make_input(Arena *arena, Chance *chance); /* one that fits their paths, mostly */

#endif
