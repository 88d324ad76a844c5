/* park.h -- calls set aside until a key is signalled or their time has come. */
#ifndef ENGINE_PARK_H
#define ENGINE_PARK_H

#include "engine/world.h"

typedef struct ParkLot ParkLot;

enum { PARK_KEY_MAX = 40 };

Error  *park_lot_new(ParkLot **out);
void    park_lot_free(ParkLot *lot); /* it must be empty; accepts NULL */
size_t  park_lot_count(const ParkLot *lot);
Error  *park_add(ParkLot *lot, Call *call, Str key, Instant until);
Call   *park_take_signalled(ParkLot *lot, Str key); /* the one that waits longest on the key, or NULL */
Call   *park_take_due(ParkLot *lot, Instant now);   /* one whose time has come, or NULL */
Call   *park_take_cancelled(ParkLot *lot, size_t *at); /* looks on from *at; NULL: no more */
Call   *park_take_any(ParkLot *lot);
Instant park_next_due(const ParkLot *lot); /* INSTANT_NEVER: none */

#endif
