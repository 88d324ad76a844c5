/* hash.h -- numbers made of bytes: for tables, for checking what was stored, for clients to verify. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

/* For hash tables: keyed with a per-process secret, so that clients cannot choose collisions. */
uint64_t hash_bytes(Str bytes);
void     hash_set_secret(uint64_t low, uint64_t high); /* before the first table is made */

uint32_t hash_crc32c(uint32_t seed, const void *bytes, size_t size); /* Castagnoli; start with 0 */

enum { HASH_MD5_SIZE = 16, HASH_SHA256_SIZE = 32 };
void hash_md5(Str bytes, uint8_t out[HASH_MD5_SIZE]);
void hash_sha256(Str bytes, uint8_t out[HASH_SHA256_SIZE]);
void hash_hmac_sha256(Str key, Str bytes, uint8_t out[HASH_SHA256_SIZE]);

#endif
