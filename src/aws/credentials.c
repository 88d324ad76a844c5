/* credentials.c -- keys from a file, and session tokens that nobody has to store.
 *
 * A session token is base64 of
 *
 *     1 byte    version, 1
 *     8 bytes   expiry, microseconds, big-endian
 *     12 bytes  chance, so that no two tokens are the same
 *     3 texts   account, principal, user id
 *     32 bytes  HMAC-SHA256, under a key made of the server's, of the access key and all before
 *
 * It can be read by its holder, and made by nobody else. Its secret is an HMAC of the token's text
 * under another such key, so whoever has the server's key can check a signature made with it. */
#include "aws/credentials.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/text.h"

#include <assert.h>
#include <openssl/crypto.h>

enum {
    TOKEN_VERSION = 1,
    TOKEN_CHANCE = 12,
    TOKEN_LENGTH_MAX = 8192, /* of the text; what is longer is not ours */
    SECRET_LENGTH = 40,
};

struct Credentials {
    Arena   arena;
    Map     by_access_key; /* to Credential */
    bool    has_key;
    uint8_t token_key[HASH_SHA256_SIZE];
    uint8_t secret_key[HASH_SHA256_SIZE];
};

static bool is_account(Str text)
{
    return text.length == 12 && str_all_in(text, "0123456789");
}

Str account_of_access_key(Str access_key)
{
    return is_account(access_key) ? access_key : STR("000000000000");
}

/* ---- the file ---- */

typedef struct Section { /* one profile while it is read; NULL data: not said */
    Str access_key;
    Str secret;
    Str account;
    int line;
} Section;

static Error *refuse_line(int line, const char *what)
{
    return error_new(ERR_SYNTAX, "line %d: %s", line, what);
}

static Error *add_section(Credentials *credentials, const Section *section)
{
    Arena *arena = &credentials->arena;
    if (!section->access_key.data && !section->secret.data) return NULL; /* a profile of another kind */
    if (!section->access_key.length) return refuse_line(section->line, "a profile with a secret but no aws_access_key_id");
    if (!section->secret.length) return refuse_line(section->line, "a profile with a key but no aws_secret_access_key");
    if (section->account.data && !is_account(section->account))
        return refuse_line(section->line, "aws_account_id is not 12 digits");
    const Credential *known = credentials_find(credentials, section->access_key);
    if (known && !str_equal(known->secret, section->secret))
        return refuse_line(section->line, "the same aws_access_key_id as a profile before, with another secret");

    Credential *credential = NEW(arena, Credential);
    credential->access_key = str_copy(arena, section->access_key);
    credential->secret = str_copy(arena, section->secret);
    credential->account = section->account.data ? str_copy(arena, section->account)
                                                : account_of_access_key(credential->access_key);
    credential->principal = str_format(arena, "arn:aws:iam::%.*s:root", STR_ARG(credential->account));
    credential->user_id = credential->account;
    return map_put(&credentials->by_access_key, credential->access_key, credential) ? NULL : error_memory();
}

static Error *take_setting(Section *section, Str line, int number)
{
    size_t equals;
    if (!str_find_byte(line, '=', &equals)) return refuse_line(number, "neither [profile] nor name = value");
    if (!section->line) return refuse_line(number, "a setting before the first [profile]");
    Str name = str_trim(str_slice(line, 0, equals)), value = str_trim(str_slice(line, equals + 1, line.length));
    if (!value.data) value = STR("");
    if (str_equal_nocase(name, STR("aws_access_key_id"))) section->access_key = value;
    if (str_equal_nocase(name, STR("aws_secret_access_key"))) section->secret = value;
    if (str_equal_nocase(name, STR("aws_account_id"))) section->account = value;
    return NULL;
}

static Error *read_lines(Credentials *credentials, Str text)
{
    Section section = { 0 };
    Str line;
    for (int number = 1; str_next_part(&text, '\n', &line); number++) {
        if (line.length && line.data[line.length - 1] == '\r') line.length--;
        bool indented = line.length && (line.data[0] == ' ' || line.data[0] == '\t');
        line = str_trim(line);
        if (!line.length || line.data[0] == '#' || line.data[0] == ';') continue;
        if (line.data[0] == '[') {
            if (line.data[line.length - 1] != ']') return refuse_line(number, "a [profile] without its ]");
            TRY(add_section(credentials, &section));
            section = (Section){ .line = number };
        } else if (!indented) { /* indented lines are settings of settings */
            TRY(take_setting(&section, line, number));
        }
    }
    return add_section(credentials, &section);
}

Error *credentials_new_empty(Credentials **out)
{
    Credentials *credentials = memory_alloc_zero(sizeof *credentials);
    if (!credentials) return error_memory();
    arena_init(&credentials->arena, 0);
    map_init(&credentials->by_access_key);
    *out = credentials;
    return NULL;
}

static Error *read_guarded(Credentials *credentials, Str text)
{
    MemoryGuard guard;
    if (!MEMORY_GUARD_ENTER(&guard)) return error_memory();
    Error *error = read_lines(credentials, text);
    memory_guard_leave(&guard);
    return error;
}

Error *credentials_parse(Str text, Credentials **out)
{
    Credentials *credentials = NULL;
    TRY(credentials_new_empty(&credentials));
    Error *error = read_guarded(credentials, text);
    if (error)
        credentials_free(credentials);
    else
        *out = credentials;
    return error;
}

void credentials_free(Credentials *credentials)
{
    if (!credentials) return;
    map_done(&credentials->by_access_key);
    arena_done(&credentials->arena);
    OPENSSL_cleanse(credentials, sizeof *credentials);
    memory_free(credentials);
}

size_t credentials_count(const Credentials *credentials)
{
    return credentials->by_access_key.count;
}

const Credential *credentials_find(const Credentials *credentials, Str access_key)
{
    return map_get(&credentials->by_access_key, access_key);
}

/* ---- session tokens ---- */

void credentials_set_key(Credentials *credentials, const uint8_t key[32])
{
    Str server_key = str_from(key, 32);
    hash_hmac_sha256(server_key, STR("tutti session token"), credentials->token_key);
    hash_hmac_sha256(server_key, STR("tutti session secret"), credentials->secret_key);
    credentials->has_key = true;
}

static void seal_of(const Credentials *credentials, Arena *arena, Str access_key, Str content,
                    uint8_t out[HASH_SHA256_SIZE])
{
    char *sealed = arena_alloc_bytes(arena, 4 + access_key.length + content.length);
    bytes_put_u32(sealed, (uint32_t)access_key.length);
    if (access_key.length) memcpy(sealed + 4, access_key.data, access_key.length);
    memcpy(sealed + 4 + access_key.length, content.data, content.length);
    hash_hmac_sha256(str_from(credentials->token_key, HASH_SHA256_SIZE),
                     str_from(sealed, 4 + access_key.length + content.length), out);
}

static Str secret_of(const Credentials *credentials, Arena *arena, Str token)
{
    uint8_t bytes[HASH_SHA256_SIZE];
    hash_hmac_sha256(str_from(credentials->secret_key, HASH_SHA256_SIZE), token, bytes);
    return str_slice(text_base64(arena, str_from(bytes, sizeof bytes)), 0, SECRET_LENGTH);
}

static Str new_access_key(Arena *arena, Chance *chance)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    enum { RANDOM_DIGITS = 16 };
    char *key = arena_alloc_bytes(arena, 4 + RANDOM_DIGITS);
    memcpy(key, "ASIA", 4);
    for (int i = 0; i < RANDOM_DIGITS; i++) key[4 + i] = digits[chance_below(chance, 32)];
    return str_from(key, 4 + RANDOM_DIGITS);
}

static char *put_text(char *at, Str text)
{
    bytes_put_u32(at, (uint32_t)text.length);
    if (text.length) memcpy(at + 4, text.data, text.length);
    return at + 4 + text.length;
}

void credentials_issue(const Credentials *credentials, Arena *arena, Chance *chance, Str account, Str principal,
                       Str user_id, Instant expires, TemporaryCredential *out)
{
    assert(credentials->has_key);
    size_t texts = 3 * 4 + account.length + principal.length + user_id.length;
    char *token = arena_alloc_bytes(arena, 1 + 8 + TOKEN_CHANCE + texts + HASH_SHA256_SIZE);
    char *at = token;
    *at++ = TOKEN_VERSION;
    bytes_put_u64(at, (uint64_t)expires);
    bytes_put_u64(at + 8, chance_u64(chance));
    bytes_put_u32(at + 16, (uint32_t)chance_u64(chance));
    at = put_text(put_text(put_text(at + 8 + TOKEN_CHANCE, account), principal), user_id);

    out->access_key = new_access_key(arena, chance);
    uint8_t seal[HASH_SHA256_SIZE];
    seal_of(credentials, arena, out->access_key, str_from(token, (size_t)(at - token)), seal);
    memcpy(at, seal, sizeof seal);
    out->session_token = text_base64(arena, str_from(token, (size_t)(at - token) + sizeof seal));
    out->secret = secret_of(credentials, arena, out->session_token);
    out->expires = expires;
}

/* Only the seal is judged here: what is read before it has been verified is not used. */
static bool seal_holds(const Credentials *credentials, Arena *arena, Str access_key, Str token)
{
    uint8_t seal[HASH_SHA256_SIZE];
    size_t content = token.length - sizeof seal;
    seal_of(credentials, arena, access_key, str_slice(token, 0, content), seal);
    return CRYPTO_memcmp(seal, token.data + content, sizeof seal) == 0;
}

bool credentials_open_token(const Credentials *credentials, Arena *arena, Str access_key, Str session_token,
                            Credential *out, Instant *out_expires)
{
    Str token;
    if (!credentials->has_key || session_token.length > TOKEN_LENGTH_MAX) return false;
    if (!text_unbase64(arena, session_token, &token) || token.length <= HASH_SHA256_SIZE) return false;
    if (!seal_holds(credentials, arena, access_key, token)) return false;

    Reader reader;
    reader_init(&reader, str_slice(token, 0, token.length - HASH_SHA256_SIZE));
    uint8_t version = reader_u8(&reader);
    Instant expires = (Instant)reader_u64(&reader);
    reader_bytes(&reader, TOKEN_CHANCE);
    Credential credential = { .access_key = access_key };
    credential.account = reader_bytes(&reader, reader_u32(&reader));
    credential.principal = reader_bytes(&reader, reader_u32(&reader));
    credential.user_id = reader_bytes(&reader, reader_u32(&reader));
    if (version != TOKEN_VERSION || !reader_ended(&reader)) return false;
    credential.secret = secret_of(credentials, arena, session_token);
    *out = credential;
    *out_expires = expires;
    return true;
}
