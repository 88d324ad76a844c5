/* hash.c -- SipHash-1-3 for tables, CRC-32C for stored bytes, OpenSSL's digests for the rest. */
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>

static uint64_t secret_low = 0x74757474692d6c6fULL, secret_high = 0x6c6f77202d2d2068ULL;

void hash_set_secret(uint64_t low, uint64_t high)
{
    secret_low = low;
    secret_high = high;
}

static uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

typedef struct Sip {
    uint64_t a, b, c, d;
} Sip;

static inline void sip_round(Sip *s)
{
    s->a += s->b;
    s->b = rotate(s->b, 13) ^ s->a;
    s->a = rotate(s->a, 32);
    s->c += s->d;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotate(s->b, 17) ^ s->c;
    s->c = rotate(s->c, 32);
}

static inline void sip_word(Sip *s, uint64_t word)
{
    s->d ^= word;
    sip_round(s);
    s->a ^= word;
}

uint64_t hash_bytes(Str bytes)
{
    Sip s = { secret_low ^ 0x736f6d6570736575ULL, secret_high ^ 0x646f72616e646f6dULL,
              secret_low ^ 0x6c7967656e657261ULL, secret_high ^ 0x7465646279746573ULL };
    size_t whole = bytes.length / 8;
    for (size_t i = 0; i < whole; i++) {
        uint64_t word;
        memcpy(&word, bytes.data + i * 8, 8);
        sip_word(&s, word);
    }
    uint64_t last = (uint64_t)bytes.length << 56;
    size_t rest = bytes.length % 8;
    if (rest) {
        uint64_t tail = 0;
        memcpy(&tail, bytes.data + whole * 8, rest);
        last |= tail;
    }
    sip_word(&s, last);
    s.c ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}

static uint32_t       crc_table[8][256];
static pthread_once_t crc_once = PTHREAD_ONCE_INIT;

static void make_crc_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
        crc_table[0][i] = crc;
    }
    for (int slice = 1; slice < 8; slice++)
        for (int i = 0; i < 256; i++) {
            uint32_t before = crc_table[slice - 1][i];
            crc_table[slice][i] = before >> 8 ^ crc_table[0][before & 255];
        }
}

static uint32_t crc_by_table(uint32_t crc, const uint8_t *at, size_t size)
{
    pthread_once(&crc_once, make_crc_table);
    for (; size >= 8; at += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        word ^= crc;
        crc = 0;
        for (int i = 0; i < 8; i++) crc ^= crc_table[7 - i][word >> (8 * i) & 255];
    }
    while (size--) crc = crc >> 8 ^ crc_table[0][(crc ^ *at++) & 255];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(uint32_t crc, const uint8_t *at, size_t size)
{
    uint64_t wide = crc;
    for (; size >= 8; at += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    while (size--) crc = __builtin_ia32_crc32qi(crc, *at++);
    return crc;
}
#endif

uint32_t hash_crc32c(uint32_t seed, const void *bytes, size_t size)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return ~crc_by_instruction(~seed, bytes, size);
#endif
    return ~crc_by_table(~seed, bytes, size);
}

/* Fetching a digest by name costs more than hashing a small message, so it is done once. */
static EVP_MD        *md5_digest, *sha256_digest;
static pthread_key_t  context_key; /* each thread's EVP_MD_CTX; ends with it */
static pthread_once_t digests_once = PTHREAD_ONCE_INIT;

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

static void fetch_digests(void)
{
    if (pthread_key_create(&context_key, free_context)) abort();
    md5_digest = EVP_MD_fetch(NULL, "MD5", NULL);
    sha256_digest = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static EVP_MD_CTX *context_of_thread(void)
{
    EVP_MD_CTX *context = pthread_getspecific(context_key);
    if (context) return context;
    context = EVP_MD_CTX_new();
    if (context && !pthread_setspecific(context_key, context)) return context;
    EVP_MD_CTX_free(context);
    return NULL;
}

static void digest(EVP_MD **which, Str bytes, uint8_t *out)
{
    pthread_once(&digests_once, fetch_digests);
    EVP_MD_CTX *context = context_of_thread();
    if (!*which || !context || !EVP_DigestInit_ex2(context, *which, NULL) ||
        !EVP_DigestUpdate(context, bytes.data, bytes.length) || !EVP_DigestFinal_ex(context, out, NULL))
        memory_exhausted(); /* nothing else can fail here */
}

void hash_md5(Str bytes, uint8_t out[HASH_MD5_SIZE])
{
    digest(&md5_digest, bytes, out);
}

void hash_sha256(Str bytes, uint8_t out[HASH_SHA256_SIZE])
{
    digest(&sha256_digest, bytes, out);
}

void hash_hmac_sha256(Str key, Str bytes, uint8_t out[HASH_SHA256_SIZE])
{
    unsigned int length = HASH_SHA256_SIZE;
    if (!HMAC(EVP_sha256(), key.data, (int)key.length, (const uint8_t *)bytes.data, bytes.length, out, &length))
        memory_exhausted();
}
