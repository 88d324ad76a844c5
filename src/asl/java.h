/* java.h -- where it shows that the hosted service is written in Java.
 *
 * States.Format prints values as Java does. States.ArrayUnique and payload templates go through a hash table, and their
 * results have its order. States.MathRandom with a seed is java.util.Random. */
#ifndef ASL_JAVA_H
#define ASL_JAVA_H

#include "json/json.h"

/* As toString() has it: {a=1, b=[null, 2.5]}, a text without quotes. A text is borrowed. */
Str asl_java_text(Arena *arena, const Json *value);

/* Of UTF-16 units, so "🚀" is two. */
int    asl_java_compare(Str a, Str b);
size_t asl_java_length(Str text);

uint32_t asl_java_hash(Str text);

/* The order in which a HashMap gives keys of those hashes, put into it one after the other: numbers into `hashes`. */
void asl_java_order(Arena *arena, const uint32_t *hashes, uint32_t count, uint32_t *out_order);

/* The items without those that are equal to an earlier one, as a HashSet gives them. */
Json *asl_java_set(Arena *arena, const Json *array);

/* new Random(seed).nextInt(bound); bound > 0 */
int32_t asl_java_random(int64_t seed, int32_t bound);

#endif
