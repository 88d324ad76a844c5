/* credentials_test.c -- the file of keys, and session tokens. */
#include "tests/support/test.h"

#include "aws/credentials.h"

static void refuses(const char *text, const char *words)
{
    Credentials *credentials = NULL;
    Error *error = credentials_parse(str_from_c(text), &credentials);
    if (CHECK(error != NULL)) {
        CHECK_INT(error->code, ERR_SYNTAX);
        CHECK_STR(str_from_c(error->message), str_from_c(words));
    }
    error_free(error);
}

TEST(test_credentials_file)
{
    Credentials *credentials;
    CHECK_OK(credentials_parse(STR("# a comment\r\n[default]\r\naws_access_key_id = AKIA1 \r\naws_secret_access_key=s/1=\r\n"
                                   "region = x\ns3 =\n  max = 1\n\n[other]\naws_access_key_id=123456789012\n"
                                   "aws_secret_access_key=two\n[third]\nAWS_ACCESS_KEY_ID=AKIA3\naws_secret_access_key=three\n"
                                   "aws_account_id=111122223333\n[role]\nrole_arn=arn\n"), &credentials));
    CHECK_INT((int64_t)credentials_count(credentials), 3);
    const Credential *first = credentials_find(credentials, STR("AKIA1"));
    CHECK_STR(first->secret, STR("s/1="));
    CHECK_STR(first->account, STR("000000000000"));
    CHECK_STR(credentials_find(credentials, STR("123456789012"))->account, STR("123456789012"));
    CHECK_STR(credentials_find(credentials, STR("AKIA3"))->principal, STR("arn:aws:iam::111122223333:root"));
    CHECK(!credentials_find(credentials, STR("akia1")));
    credentials_free(credentials);
}

TEST(test_credentials_file_refusals)
{
    refuses("x=1", "line 1: a setting before the first [profile]");
    refuses("[a", "line 1: a [profile] without its ]");
    refuses("[a]\nnonsense", "line 2: neither [profile] nor name = value");
    refuses("[a]\naws_access_key_id=k", "line 1: a profile with a key but no aws_secret_access_key");
    refuses("\n[a]\naws_secret_access_key=s", "line 2: a profile with a secret but no aws_access_key_id");
    refuses("[a]\naws_access_key_id=k\naws_secret_access_key=s\naws_account_id=12", "line 1: aws_account_id is not 12 digits");
    refuses("[a]\naws_access_key_id=k\naws_secret_access_key=s\n[b]\naws_access_key_id=k\naws_secret_access_key=t",
            "line 4: the same aws_access_key_id as a profile before, with another secret");
}

TEST(test_credentials_out_of_memory)
{
    for (uint64_t nth = 1; nth < 100; nth++) {
        Credentials *credentials;
        memory_fail_nth(nth, true);
        Error *error = credentials_parse(STR("[a]\naws_access_key_id=k\naws_secret_access_key=s\n"), &credentials);
        memory_fail_nth(0, false);
        if (!error) {
            credentials_free(credentials);
            CHECK(nth > 2);
            return;
        }
        CHECK_ERROR(error, ERR_MEMORY);
    }
    CHECK(false);
}

TEST(test_session_tokens)
{
    Arena arena;
    arena_init(&arena, 0);
    Chance chance;
    chance_init_seed(&chance, 1);
    Credentials *ours, *theirs;
    CHECK_OK(credentials_new_empty(&ours));
    CHECK_OK(credentials_new_empty(&theirs));
    TemporaryCredential given, another;
    Credential found;
    Instant expires;
    CHECK(!credentials_open_token(ours, &arena, STR("k"), STR("AAAA"), &found, &expires)); /* no key: no tokens */
    credentials_set_key(ours, (const uint8_t *)"0123456789abcdef0123456789abcdef");
    credentials_set_key(theirs, (const uint8_t *)"0123456789abcdef0123456789abcdeX");

    credentials_issue(ours, &arena, &chance, STR("123456789012"), STR("arn:p"), STR("AROA:s"), 77, &given);
    credentials_issue(ours, &arena, &chance, STR("123456789012"), STR("arn:p"), STR("AROA:s"), 77, &another);
    CHECK(!str_equal(given.session_token, another.session_token));
    CHECK_INT((int64_t)given.access_key.length, 20);
    CHECK_INT((int64_t)given.secret.length, 40);
    CHECK(credentials_open_token(ours, &arena, given.access_key, given.session_token, &found, &expires));
    CHECK_STR(found.secret, given.secret);
    CHECK_STR(found.account, STR("123456789012"));
    CHECK_STR(found.principal, STR("arn:p"));
    CHECK_STR(found.user_id, STR("AROA:s"));
    CHECK_INT(expires, 77);

    CHECK(!credentials_open_token(theirs, &arena, given.access_key, given.session_token, &found, &expires));
    CHECK(!credentials_open_token(ours, &arena, another.access_key, given.session_token, &found, &expires));
    for (size_t i = 0; i < given.session_token.length; i++) {
        char *changed = str_to_c(&arena, given.session_token);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        Str text = str_from(changed, given.session_token.length);
        Credential other;
        if (credentials_open_token(ours, &arena, given.access_key, text, &other, &expires))
            CHECK(!str_equal(other.secret, given.secret)); /* bits that base64 does not use */
    }
    for (size_t length = 0; length < given.session_token.length; length++) {
        Str cut = str_slice(given.session_token, 0, length);
        if (credentials_open_token(ours, &arena, given.access_key, cut, &found, &expires))
            CHECK(length + 2 >= given.session_token.length); /* only padding is missing */
    }
    credentials_free(ours);
    credentials_free(theirs);
    arena_done(&arena);
}
