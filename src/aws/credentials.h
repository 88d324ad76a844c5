/* credentials.h -- who may call, and the temporary credentials that STS gives out.
 *
 * The file has the form of ~/.aws/credentials: [name] sections with aws_access_key_id,
 * aws_secret_access_key and, of ours, aws_account_id (12 digits; else an access key of 12 digits is
 * its own account, else 000000000000).
 *
 * Temporary credentials need no store: their session token carries account, principal and expiry,
 * sealed with the server's key, and their secret follows from the token. So every thread can check
 * them, and they survive a restart with the same key. */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include "aws/api.h"
#include "loop/chance.h"

typedef struct Credentials Credentials;

typedef struct Credential {
    Str access_key;
    Str secret;
    Str account;
    Str principal;
    Str user_id;
} Credential;

typedef struct TemporaryCredential {
    Str     access_key; /* ASIA... */
    Str     secret;
    Str     session_token;
    Instant expires;
} TemporaryCredential;

Error *credentials_parse(Str text, Credentials **out); /* ERR_SYNTAX with the line */
Error *credentials_new_empty(Credentials **out);       /* none known */
void   credentials_free(Credentials *credentials);
void   credentials_set_key(Credentials *credentials, const uint8_t key[32]); /* that seals session tokens */
size_t credentials_count(const Credentials *credentials);

const Credential *credentials_find(const Credentials *credentials, Str access_key); /* NULL: unknown */

void credentials_issue(const Credentials *credentials, Arena *arena, Chance *chance, Str account, Str principal,
                       Str user_id, Instant expires, TemporaryCredential *out);
/* False: the token is not ours, or not of that key. */
bool credentials_open_token(const Credentials *credentials, Arena *arena, Str access_key, Str session_token,
                            Credential *out, Instant *out_expires);

Str account_of_access_key(Str access_key); /* itself where it is 12 digits, else "000000000000" */

#endif
