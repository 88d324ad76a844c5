/* chance.h -- randomness: the system's, or a sequence that follows from a seed. One thread each. */
#ifndef LOOP_CHANCE_H
#define LOOP_CHANCE_H

#include "base/error.h"
#include "base/text.h"

typedef struct Chance {
    uint64_t state[4];
} Chance;

void     chance_init_seed(Chance *chance, uint64_t seed);
Error   *chance_init_system(Chance *chance);
uint64_t chance_u64(Chance *chance);
uint64_t chance_below(Chance *chance, uint64_t bound); /* 0 .. bound - 1, even */
bool     chance_one_in(Chance *chance, uint64_t n);

enum { CHANCE_UUID_SIZE = TEXT_UUID_SIZE };
Str chance_uuid(Chance *chance, Arena *arena); /* version 4, lower case */
void chance_uuid_write(Chance *chance, char out[CHANCE_UUID_SIZE]);

#endif
