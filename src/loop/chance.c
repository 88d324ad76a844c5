/* chance.c -- xoshiro256**, seeded by splitmix64 or by the system. */
#include "loop/chance.h"

#include <errno.h>
#include <sys/random.h>

static uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

void chance_init_seed(Chance *chance, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15ULL;
        uint64_t word = seed;
        word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9ULL;
        word = (word ^ word >> 27) * 0x94d049bb133111ebULL;
        chance->state[i] = word ^ word >> 31;
    }
}

Error *chance_init_system(Chance *chance)
{
    char *at = (char *)chance->state;
    size_t left = sizeof chance->state;
    while (left) {
        ssize_t got = getrandom(at, left, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error_errno(errno, "no randomness from the system");
        at += got;
        left -= (size_t)got;
    }
    chance->state[0] |= 1; /* all zeros would stay so */
    return NULL;
}

uint64_t chance_u64(Chance *chance)
{
    uint64_t *s = chance->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t chance_below(Chance *chance, uint64_t bound)
{
    uint64_t unfair = -bound % bound; /* so many of the lowest numbers would come once too often */
    uint64_t word;
    do word = chance_u64(chance);
    while (word < unfair);
    return word % bound;
}

bool chance_one_in(Chance *chance, uint64_t n)
{
    return chance_below(chance, n) == 0;
}

void chance_uuid_write(Chance *chance, char out[CHANCE_UUID_SIZE])
{
    uint64_t high = chance_u64(chance), low = chance_u64(chance);
    text_uuid_write(high, low, out);
}

Str chance_uuid(Chance *chance, Arena *arena)
{
    char *text = arena_alloc_bytes(arena, CHANCE_UUID_SIZE);
    chance_uuid_write(chance, text);
    return str_from(text, CHANCE_UUID_SIZE);
}
