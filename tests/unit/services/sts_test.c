/* sts_test.c -- who am I, and credentials that stand for somebody. */
#include "services/sts/sts.h"
#include "base/text.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

#define ROLE "'RoleArn': 'arn:aws:iam::222222222222:role/path/worker'"

static Credentials *issuer;

static void open_sts(Bed *bed, const char *known)
{
    static const uint8_t key[32] = { 1, 2, 3 };
    CHECK_OK(credentials_parse(str_from_c(known), &issuer));
    credentials_set_key(issuer, key);
    sts_use_credentials(issuer);
    bed_open(bed, &sts_service, 5);
}

static void close_sts(Bed *bed)
{
    bed_close(bed);
    credentials_free(issuer);
}

/* The credentials of an output open as this principal, until then. */
static void check_issued(Bed *bed, const Json *output, const char *account, const char *principal, const char *user_id,
                         int64_t seconds)
{
    const Json *credentials = json_get(output, STR("Credentials"));
    Credential  opened;
    Instant     expires;
    Str         key = json_get_str(credentials, STR("AccessKeyId"));
    CHECK(str_starts_with(key, STR("ASIA")) && key.length == 20);
    if (!CHECK(credentials_open_token(issuer, &bed->arena, key, json_get_str(credentials, STR("SessionToken")), &opened,
                                      &expires)))
        return;
    CHECK_STR(opened.account, str_from_c(account));
    CHECK_STR(opened.principal, str_from_c(principal));
    if (user_id) CHECK_STR(opened.user_id, str_from_c(user_id));
    CHECK_STR(opened.secret, json_get_str(credentials, STR("SecretAccessKey")));
    CHECK_INT(expires, bed_now(bed) + seconds * DURATION_SECOND);
    CHECK_INT((int64_t)json_number(json_get(credentials, STR("Expiration"))), expires / DURATION_SECOND);
}

TEST(test_sts_identity)
{
    Bed bed;
    open_sts(&bed, "");
    Json *output = bed_call(&bed, "GetCallerIdentity", "{}");
    CHECK_TEXT(output, "Account", "000000000000");
    CHECK_TEXT(output, "Arn", "arn:aws:iam::000000000000:root");
    CHECK_TEXT(output, "UserId", "000000000000");
    CHECK_TEXT(bed_call(&bed, "GetAccessKeyInfo", "{'AccessKeyId': 'AKIAIOSFODNN7EXAMPLE'}"), "Account",
               "000000000000");
    bed_call(&bed, "GetAccessKeyInfo", "{'AccessKeyId': 'short'}");
    CHECK_REFUSED(&bed, "ValidationError",
                  "Value 'short' at 'accessKeyId' failed to satisfy constraint: Member must have length greater than "
                  "or equal to 16");
    bed_call(&bed, "GetAccessKeyInfo", "{}");
    CHECK_REFUSED(&bed, "ValidationError",
                  "Value null at 'accessKeyId' failed to satisfy constraint: Member must not be null");
    bed_call(&bed, "DecodeAuthorizationMessage", "{'EncodedMessage': 'abc'}");
    CHECK_REFUSED(&bed, "InvalidAuthorizationMessageException", "");
    close_sts(&bed);
}

TEST(test_sts_assume_role)
{
    Bed bed;
    open_sts(&bed, "");
    Json *output = bed_call(&bed, "AssumeRole", "{" ROLE ", 'RoleSessionName': 'nightly', 'SourceIdentity': 'me'}");
    check_issued(&bed, output, "222222222222", "arn:aws:sts::222222222222:assumed-role/worker/nightly", NULL, 3600);
    CHECK_TEXT(output, "AssumedRoleUser.Arn", "arn:aws:sts::222222222222:assumed-role/worker/nightly");
    Str id = bed_text(output, "AssumedRoleUser.AssumedRoleId");
    CHECK(str_starts_with(id, STR("AROA")) && str_ends_with(id, STR(":nightly")) && id.length == 21 + 8);
    CHECK_TEXT(output, "SourceIdentity", "me");
    CHECK_TEXT(output, "PackedPolicySize", "(none)");
    output = bed_call(&bed, "AssumeRole",
                      "{" ROLE
                      ", 'RoleSessionName': 'nightly', 'DurationSeconds': 43200, 'Tags': [{'Key': 'a', 'Value': 'b'}],"
                      " 'Policy': '{\\u0022Version\\u0022:\\u00222012-10-17\\u0022,\\u0022Statement\\u0022:[]}'}");
    check_issued(&bed, output, "222222222222", "arn:aws:sts::222222222222:assumed-role/worker/nightly", NULL, 43200);
    CHECK_TEXT(output, "PackedPolicySize", "3");
    close_sts(&bed);
}

TEST(test_sts_assume_role_refusals)
{
    static const struct {
        const char *input, *code, *words;
    } cases[] = {
        { "'RoleSessionName': 'me'", "ValidationError",
          "Value null at 'roleArn' failed to satisfy constraint: Member must not be null" },
        { "'RoleArn': 'arn:x', 'RoleSessionName': 'me'", "ValidationError",
          "Value 'arn:x' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to "
          "20" },
        { "'RoleArn': 'arn:aws:iam::222222222222:user/worker', 'RoleSessionName': 'me'", "ValidationError",
          "arn:aws:iam::222222222222:user/worker is invalid" },
        { ROLE, "ValidationError", "'roleSessionName'" },
        { ROLE ", 'RoleSessionName': 'x'", "ValidationError",
          "Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal "
          "to 2" },
        { ROLE ", 'RoleSessionName': 'a b'", "ValidationError",
          "Member must satisfy regular expression pattern: [\\w+=,.@-]*" },
        { ROLE ", 'RoleSessionName': 'me', 'DurationSeconds': 899", "ValidationError",
          "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal "
          "to 900" },
        { ROLE ", 'RoleSessionName': 'me', 'DurationSeconds': 43201", "ValidationError",
          "Member must have value less than or equal to 43200" },
        { ROLE ", 'RoleSessionName': 'me', 'Policy': 'x'", "MalformedPolicyDocument", "not in the valid JSON format" },
        { ROLE ", 'RoleSessionName': 'me', 'ExternalId': '?'", "ValidationError", "'externalId'" },
        { ROLE ", 'RoleSessionName': 'me', 'TokenCode': '12345'", "ValidationError", "'tokenCode'" },
        { ROLE ", 'RoleSessionName': 'me', 'Tags': [{'Key': 'a', 'Value': 'b'}, {'Key': 'A', 'Value': 'c'}]",
          "ValidationError", "Duplicate tag keys found." },
        { ROLE ", 'RoleSessionName': 'me', 'Tags': [{'Key': 'a'}]", "ValidationError", "null" },
        { ROLE ", 'RoleSessionName': 'me', 'PolicyArns': [{}]", "ValidationError", "null" },
    };
    Bed bed;
    open_sts(&bed, "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bed_call(&bed, "AssumeRole", "{%s}", cases[i].input);
        CHECK_REFUSED(&bed, cases[i].code, cases[i].words);
    }
    close_sts(&bed);
}

/* With known credentials, nobody becomes what cannot be checked. */
TEST(test_sts_strict)
{
    Bed bed;
    open_sts(
        &bed,
        "[me]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_account_id = 333333333333\n");
    CHECK_TEXT(bed_call(&bed, "GetAccessKeyInfo", "{'AccessKeyId': 'AKIAIOSFODNN7EXAMPLE'}"), "Account",
               "333333333333");
    bed_call(&bed, "AssumeRole", "{" ROLE ", 'RoleSessionName': 'me'}");
    CHECK_REFUSED(
        &bed, "AccessDenied",
        "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/path/worker");
    bed.caller.account = STR("222222222222");
    CHECK(bed_call(&bed, "AssumeRole", "{" ROLE ", 'RoleSessionName': 'me'}"));
    bed_call(&bed, "AssumeRoleWithWebIdentity", "{" ROLE ", 'RoleSessionName': 'me', 'WebIdentityToken': 'a.b.c.d'}");
    CHECK_REFUSED(&bed, "AccessDenied", "sts:AssumeRoleWithWebIdentity");
    bed_call(&bed, "AssumeRoleWithSAML",
             "{" ROLE ", 'PrincipalArn': 'arn:aws:iam::222222222222:saml-provider/p', 'SAMLAssertion': 'AAAA'}");
    CHECK_REFUSED(&bed, "AccessDenied", "sts:AssumeRoleWithSAML");
    close_sts(&bed);
}

static Str jwt(Bed *bed, const char *claims)
{
    Str body = text_base64(&bed->arena, str_from_c(claims));
    while (body.length && body.data[body.length - 1] == '=') body.length--;
    return str_format(&bed->arena, "eyJhbGciOiJub25lIn0.%.*s.c2ln", STR_ARG(body));
}

static Json *with_token(Bed *bed, Str token)
{
    return bed_call(bed, "AssumeRoleWithWebIdentity",
                    "{" ROLE ", 'RoleSessionName': 'web', 'WebIdentityToken': '%.*s'}", STR_ARG(token));
}

TEST(test_sts_web_identity)
{
    Bed bed;
    open_sts(&bed, "");
    Json *output = with_token(
        &bed, jwt(&bed, "{\"iss\":\"https://idp\",\"sub\":\"user-1\",\"aud\":[\"app\"],\"exp\":1767225601}"));
    check_issued(&bed, output, "222222222222", "arn:aws:sts::222222222222:assumed-role/worker/web", NULL, 3600);
    CHECK_TEXT(output, "SubjectFromWebIdentityToken", "user-1");
    CHECK_TEXT(output, "Provider", "https://idp");
    CHECK_TEXT(output, "Audience", "app");
    with_token(&bed, jwt(&bed, "{\"iss\":\"i\",\"sub\":\"s\",\"aud\":\"a\",\"exp\":1767225600}"));
    CHECK_REFUSED(&bed, "ExpiredTokenException", "Token expired");
    with_token(&bed, jwt(&bed, "{\"iss\":\"i\",\"sub\":\"s\",\"aud\":\"a\"}"));
    CHECK_REFUSED(&bed, "InvalidIdentityToken", "Missing a required claim: exp");
    with_token(&bed, jwt(&bed, "{\"iss\":\"i\",\"aud\":\"a\",\"exp\":1767225601}"));
    CHECK_REFUSED(&bed, "InvalidIdentityToken", "Missing a required claim: sub");
    with_token(&bed, STR("not-a-token"));
    CHECK_REFUSED(&bed, "InvalidIdentityToken", "The ID Token provided is not a valid JWT.");
    with_token(&bed, STR("a.b.c"));
    CHECK_REFUSED(&bed, "InvalidIdentityToken", "The ID Token provided is not a valid JWT.");
    bed_call(&bed, "AssumeRoleWithWebIdentity",
             "{" ROLE ", 'RoleSessionName': 'web', 'WebIdentityToken': 'opaque', 'ProviderId': 'www.amazon.com'}");
    CHECK_REFUSED(&bed, "IDPCommunicationError", "www.amazon.com");
    close_sts(&bed);
}

#define PROVIDER "arn:aws:iam::222222222222:saml-provider/p"
#define ASSERTION(until, roles, session) \
    "<?xml version=\"1.0\"?><samlp:Response xmlns:samlp='p'><!-- a > b " \
    "--><saml:Assertion><saml:Issuer>https://idp</saml:Issuer>" \
    "<saml:Subject><saml:NameID Format = 'persistent' NameQualifier=\"q&amp;r\">user " \
    "&lt;1&gt;</saml:NameID><saml:SubjectConfirmation>" \
    "<saml:SubjectConfirmationData NotOnOrAfter='" until \
    "' Recipient='https://signin.aws.amazon.com/saml'/></saml:SubjectConfirmation></saml:Subject>" \
    "<saml:AttributeStatement><saml:Attribute " \
    "Name='https://aws.amazon.com/SAML/Attributes/Role'><saml:AttributeValue>" roles "</saml:AttributeValue>" \
    "</saml:Attribute><saml:Attribute " \
    "Name='https://aws.amazon.com/SAML/Attributes/RoleSessionName'><saml:AttributeValue>" session \
    "</saml:AttributeValue></saml:Attribute><saml:Attribute " \
    "Name='https://aws.amazon.com/SAML/Attributes/SessionDuration'>" \
    "<saml:AttributeValue>900</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion></" \
    "samlp:Response>\n"

static Json *with_assertion(Bed *bed, const char *xml)
{
    return bed_call(bed, "AssumeRoleWithSAML", "{" ROLE ", 'PrincipalArn': '" PROVIDER "', 'SAMLAssertion': '%.*s'}",
                    STR_ARG(text_base64(&bed->arena, str_from_c(xml))));
}

#define GRANT "arn:aws:iam::222222222222:role/path/worker," PROVIDER

TEST(test_sts_saml)
{
    Bed bed;
    open_sts(&bed, "");
    Json *output = with_assertion(&bed, ASSERTION("2026-01-01T00:00:01Z", GRANT, "web"));
    check_issued(&bed, output, "222222222222", "arn:aws:sts::222222222222:assumed-role/worker/web", NULL, 900);
    CHECK_TEXT(output, "Subject", "user <1>");
    CHECK_TEXT(output, "SubjectType", "persistent");
    CHECK_TEXT(output, "NameQualifier", "q&r");
    CHECK_TEXT(output, "Issuer", "https://idp");
    CHECK_TEXT(output, "Audience", "https://signin.aws.amazon.com/saml");
    with_assertion(&bed, ASSERTION("2026-01-01T00:00:00Z", GRANT, "web"));
    CHECK_REFUSED(&bed, "ExpiredTokenException", "");
    with_assertion(&bed, ASSERTION("2026-01-01T00:00:01Z", "arn:aws:iam::222222222222:role/other," PROVIDER, "web"));
    CHECK_REFUSED(&bed, "AccessDenied", "sts:AssumeRoleWithSAML");
    with_assertion(&bed, ASSERTION("2026-01-01T00:00:01Z", GRANT, "a b"));
    CHECK_REFUSED(&bed, "InvalidIdentityToken", "RoleSessionName in AuthnResponse must match");
    static const char *const bad[] = { "nothing", "<a>",  "<a></b>",      "<!DOCTYPE x><Assertion/>",
                                       "<a",      "</a>", "<a><!-- </a>", "<Assertion>" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        with_assertion(&bed, bad[i]);
        CHECK_REFUSED(&bed, "InvalidIdentityToken", "Invalid base64 SAMLResponse");
    }
    close_sts(&bed);
}

TEST(test_sts_own_sessions)
{
    Bed bed;
    open_sts(&bed, "");
    check_issued(&bed, bed_call(&bed, "GetSessionToken", "{}"), "000000000000", "arn:aws:iam::000000000000:root",
                 "000000000000", 43200);
    check_issued(&bed, bed_call(&bed, "GetSessionToken", "{'DurationSeconds': 129600}"), "000000000000",
                 "arn:aws:iam::000000000000:root", "000000000000", 129600);
    bed_call(&bed, "GetSessionToken", "{'DurationSeconds': 129601}");
    CHECK_REFUSED(&bed, "ValidationError", "less than or equal to 129600");
    Json *output = bed_call(&bed, "GetFederationToken", "{'Name': 'bob'}");
    check_issued(&bed, output, "000000000000", "arn:aws:sts::000000000000:federated-user/bob", "000000000000:bob",
                 43200);
    CHECK_TEXT(output, "FederatedUser",
               "{\"FederatedUserId\":\"000000000000:bob\",\"Arn\":\"arn:aws:sts::000000000000:federated-user/bob\"}");
    bed_call(&bed, "GetFederationToken", "{'Name': 'x'}");
    CHECK_REFUSED(&bed, "ValidationError", "'name'");
    bed_call(&bed, "GetFederationToken", "{}");
    CHECK_REFUSED(&bed, "ValidationError", "'name'");
    bed.caller.access_key = STR("ASIAIOSFODNN7EXAMPLE");
    bed_call(&bed, "GetSessionToken", "{}");
    CHECK_REFUSED(&bed, "AccessDenied", "Cannot call GetSessionToken with session credentials");
    bed_call(&bed, "GetFederationToken", "{'Name': 'bob'}");
    CHECK_REFUSED(&bed, "AccessDenied", "Cannot call GetFederationToken with session credentials");
    close_sts(&bed);
}
