/* sts.c -- the operations of STS.
 *
 * Who may become whom. The server knows no trust policies: these are IAM's, and nothing in the house
 * enforces policies. So where it checks signatures (it was given credentials), a caller may take a role of
 * its own account only, and nothing is given for web identities and assertions, whose signers the server
 * does not know: else anybody could become anybody. Where it trusts everybody, which it does on loopback
 * only, tokens and assertions are read, their expiry is honoured, and their signatures are not looked at.
 *
 * Session policies and tags are checked for their form and for their size, like policies everywhere here. */
#include "services/sts/sts.h"

#include "base/hash.h"
#include "base/text.h"
#include "services/sts/sts_internal.h"
#include "services/sts/sts_shapes.h"

#include <assert.h>

#define FAULT(name, code, query_code, status) const Fault sts_##name = { code, query_code, status };
#include "services/sts/sts_errors.h"
#undef FAULT

static const Credentials *issuer;

void sts_use_credentials(const Credentials *credentials)
{
    issuer = credentials;
}

bool sts_is_strict(void)
{
    assert(issuer);
    return credentials_count(issuer) > 0;
}

/* ---- answers ---- */

void tell_credentials(Context *context, Str account, Str principal, Str user_id, int64_t duration_s, Json *output)
{
    Arena              *arena = context->arena;
    TemporaryCredential issued;
    Instant             expires = context->now - context->now % DURATION_SECOND + duration_s * DURATION_SECOND;
    credentials_issue(issuer, arena, context->chance, account, principal, user_id, expires, &issued);
    Json *credentials = json_object(arena);
    json_add_str(arena, credentials, STR("AccessKeyId"), issued.access_key);
    json_add_str(arena, credentials, STR("SecretAccessKey"), issued.secret);
    json_add_str(arena, credentials, STR("SessionToken"), issued.session_token);
    json_add(arena, credentials, STR("Expiration"), json_time(arena, issued.expires));
    json_add(arena, output, STR("Credentials"), credentials);
}

/* The same role has the same id, without its being stored: "AROA" and 17 letters of a digest. */
Str role_id(Arena *arena, const RoleArn *role)
{
    enum { PREFIX = 4, LETTERS = 17 };
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t           sum[HASH_SHA256_SIZE];
    hash_sha256(role->arn, sum);
    char *id = arena_alloc_bytes(arena, PREFIX + LETTERS);
    memcpy(id, "AROA", PREFIX);
    for (int i = 0; i < LETTERS; i++) id[PREFIX + i] = letters[sum[i] % 32];
    return str_from(id, PREFIX + LETTERS);
}

void tell_role(Context *context, const RoleArn *role, Str session, int64_t duration_s, Json *output)
{
    Arena *arena = context->arena;
    Str arn = str_format(arena, "arn:aws:sts::%.*s:assumed-role/%.*s/%.*s", STR_ARG(role->account), STR_ARG(role->name),
                         STR_ARG(session));
    Str id = role_id(arena, role);
    Str user_id = str_format(arena, "%.*s:%.*s", STR_ARG(id), STR_ARG(session));
    tell_credentials(context, role->account, arn, user_id, duration_s, output);
    Json *user = json_object(arena);
    json_add_str(arena, user, STR("AssumedRoleId"), user_id);
    json_add_str(arena, user, STR("Arn"), arn);
    json_add(arena, output, STR("AssumedRoleUser"), user);
}

/* ---- callers ---- */

Error *sts_get_caller_identity(Context *context, const Json *input, Json **out)
{
    (void)input;
    Json *output = json_object(context->arena);
    json_add_str(context->arena, output, STR("UserId"), context->caller->user_id);
    json_add_str(context->arena, output, STR("Account"), context->caller->account);
    json_add_str(context->arena, output, STR("Arn"), context->caller->principal);
    *out = output;
    return NULL;
}

Error *sts_get_access_key_info(Context *context, const Json *input, Json **out)
{
    static const TextRule rule = { "accessKeyId",
                                   STR_CONST("AccessKeyId"),
                                   STS_ACCESS_KEY_MIN,
                                   STS_ACCESS_KEY_MAX,
                                   "[\\w]*",
                                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
                                   true };
    Str                   key;
    TRY(check_text(input, &rule, &key));
    const Credential *known = credentials_find(issuer, key);
    Json             *output = json_object(context->arena);
    json_add(context->arena, output, STR("Account"),
             json_str_copy(context->arena, known ? known->account : account_of_access_key(key)));
    *out = output;
    return NULL;
}

/* Encoded messages come with refusals by policies, which this server never gives: none can be ours. */
Error *sts_decode_authorization_message(Context *context, const Json *input, Json **out)
{
    (void)context, (void)out;
    static const TextRule rule = {
        "encodedMessage", STR_CONST("EncodedMessage"), 1, STS_MESSAGE_MAX, NULL, NULL, true
    };
    Str message;
    TRY(check_text(input, &rule, &message));
    return error_fault(&sts_invalid_authorization_message, "Message is not a valid encoded authorization message.");
}

/* ---- roles ---- */

static Error *check_mfa(const Json *input)
{
    static const TextRule serial_rule = { "serialNumber",
                                          STR_CONST("SerialNumber"),
                                          STS_SERIAL_MIN,
                                          STS_SERIAL_MAX,
                                          "[\\w+=/:,.@-]*",
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=/:,.@-",
                                          false };
    static const TextRule code_rule = { "tokenCode", STR_CONST("TokenCode"), STS_TOKEN_CODE, STS_TOKEN_CODE,
                                        "[\\d]*",    "0123456789",           false };
    Str                   serial, code;
    TRY(check_text(input, &serial_rule, &serial));
    return check_text(input, &code_rule, &code);
}

static Error *denied(const Context *context, const char *action, Str resource)
{
    return error_fault(&sts_access_denied, "User: %.*s is not authorized to perform: sts:%s on resource: %.*s",
                       STR_ARG(context->caller->principal), action, STR_ARG(resource));
}

Error *sts_assume_role(Context *context, const Json *input, Json **out)
{
    static const TextRule external_rule = { "externalId",
                                            STR_CONST("ExternalId"),
                                            STS_EXTERNAL_ID_MIN,
                                            STS_EXTERNAL_ID_MAX,
                                            "[\\w+=,.@:\\/-]*",
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@:/-",
                                            false };
    RoleArn               role = { 0 };
    Str                   session, source, external;
    int64_t               duration;
    Json                 *output = json_object(context->arena);
    TRY(check_role(input, &role));
    TRY(check_text(input, &session_name_rule, &session));
    TRY(check_text(input, &source_identity_rule, &source));
    TRY(check_text(input, &external_rule, &external));
    TRY(check_mfa(input));
    TRY(check_duration(input, STS_ROLE_DURATION_S_MAX, STS_ROLE_DURATION_S, &duration));
    TRY(check_session(context, input, output));
    if (sts_is_strict() && !str_equal(role.account, context->caller->account))
        return denied(context, "AssumeRole", role.arn);
    tell_role(context, &role, session, duration, output);
    if (source.length) json_add_str(context->arena, output, STR("SourceIdentity"), source);
    *out = output;
    return NULL;
}

/* ---- web identities ---- */

static Error *invalid_token(const char *why)
{
    return error_fault(&sts_invalid_identity_token, "The ID Token provided is not a valid JWT. (%s)", why);
}

/* base64url, without padding */
static bool open_part(Arena *arena, Str part, Json **out)
{
    char *text = arena_copy(arena, part.data, part.length);
    for (size_t i = 0; i < part.length; i++) text[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    Str bytes;
    if (!text_unbase64(arena, str_from(text, part.length), &bytes)) return false;
    Error *error = json_parse(arena, bytes, NULL, out);
    bool   parsed = !error && (*out)->type == JSON_OBJECT;
    error_free(error);
    return parsed;
}

static Error *open_jwt(Context *context, Str token, Json **out_claims)
{
    Str    rest = token, header_part, claims_part, signature;
    Json  *header;
    double expires;
    bool   three = str_next_part(&rest, '.', &header_part) && str_next_part(&rest, '.', &claims_part) &&
                 str_next_part(&rest, '.', &signature) && !rest.length;
    if (!three) return invalid_token("You must have three parts");
    if (!open_part(context->arena, header_part, &header) || !open_part(context->arena, claims_part, out_claims))
        return invalid_token("a part cannot be decoded");
    const Json *expiry = json_get(*out_claims, STR("exp"));
    if (!expiry || expiry->type != JSON_NUMBER)
        return error_fault(&sts_invalid_identity_token, "Missing a required claim: exp");
    expires = json_number(expiry);
    if (expires * (double)DURATION_SECOND <= (double)context->now)
        return error_fault(&sts_expired_token,
                           "Token expired: current date/time %lld must be before the expiration date/time %.0f",
                           (long long)(context->now / DURATION_SECOND), expires);
    return NULL;
}

static Str audience_of(const Json *claims)
{
    const Json *audience = json_get(claims, STR("aud"));
    if (audience && audience->type == JSON_ARRAY && audience->count) audience = audience->items[0];
    return audience && audience->type == JSON_STRING ? audience->text : STR("");
}

static Error *tell_claims(Context *context, const Json *claims, Json *output)
{
    Str subject = json_get_str(claims, STR("sub")), provider = json_get_str(claims, STR("iss")),
        audience = audience_of(claims);
    if (!subject.length) return error_fault(&sts_invalid_identity_token, "Missing a required claim: sub");
    if (!provider.length) return error_fault(&sts_invalid_identity_token, "Missing a required claim: iss");
    if (!audience.length) return error_fault(&sts_invalid_identity_token, "Missing a required claim: aud");
    json_add_str(context->arena, output, STR("SubjectFromWebIdentityToken"), subject);
    json_add_str(context->arena, output, STR("Provider"), provider);
    json_add_str(context->arena, output, STR("Audience"), audience);
    return NULL;
}

Error *sts_assume_role_with_web_identity(Context *context, const Json *input, Json **out)
{
    static const TextRule token_rule = {
        "webIdentityToken", STR_CONST("WebIdentityToken"), STS_WEB_TOKEN_MIN, STS_WEB_TOKEN_MAX, NULL, NULL, true
    };
    RoleArn role = { 0 };
    Str     session, token;
    int64_t duration;
    Json   *claims, *output = json_object(context->arena);
    TRY(check_role(input, &role));
    TRY(check_text(input, &session_name_rule, &session));
    TRY(check_text(input, &token_rule, &token));
    TRY(check_duration(input, STS_ROLE_DURATION_S_MAX, STS_ROLE_DURATION_S, &duration));
    TRY(check_session(context, input, output));
    if (sts_is_strict())
        return error_fault(&sts_access_denied, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    if (json_get_str(input, STR("ProviderId")).length)
        return error_fault(&sts_idp_communication_error,
                           "The identity provider %.*s cannot be asked about an access token.",
                           STR_ARG(json_get_str(input, STR("ProviderId"))));
    TRY(open_jwt(context, token, &claims));
    TRY(tell_claims(context, claims, output));
    tell_role(context, &role, session, duration, output);
    *out = output;
    return NULL;
}

/* ---- assertions ---- */

static bool names_role(const Assertion *assertion, Str role, Str principal)
{
    for (size_t i = 0; i < assertion->role_count; i++) {
        Str rest = assertion->roles[i], first;
        str_next_part(&rest, ',', &first);
        Str a = str_trim(first), b = str_trim(rest);
        if ((str_equal(a, role) && str_equal(b, principal)) || (str_equal(a, principal) && str_equal(b, role)))
            return true;
    }
    return false;
}

static Error *check_assertion(Context *context, const Assertion *assertion, const RoleArn *role, Str principal)
{
    if (assertion->not_after <= context->now)
        return error_fault(&sts_expired_token, "Token must be redeemed within 5 minutes of issuance");
    if (!names_role(assertion, role->arn, principal))
        return error_fault(&sts_access_denied, "Not authorized to perform sts:AssumeRoleWithSAML");
    if (assertion->session.length < STS_SESSION_NAME_MIN || assertion->session.length > STS_SESSION_NAME_MAX ||
        !str_all_in(assertion->session, session_name_rule.allowed))
        return error_fault(&sts_invalid_identity_token,
                           "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
    return NULL;
}

static void tell_assertion(Context *context, const Assertion *assertion, Json *output)
{
    const NamedStr members[] = {
        { STR("Subject"), assertion->subject },
        { STR("SubjectType"), assertion->subject_format },
        { STR("Issuer"), assertion->issuer },
        { STR("Audience"), assertion->audience },
        { STR("NameQualifier"), assertion->name_qualifier },
        { STR("SourceIdentity"), assertion->source },
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (members[i].value.length) json_add_str(context->arena, output, members[i].name, members[i].value);
}

Error *sts_assume_role_with_saml(Context *context, const Json *input, Json **out)
{
    static const TextRule principal_rule = {
        "principalArn", STR_CONST("PrincipalArn"), STS_ARN_MIN, STS_ARN_MAX, NULL, NULL, true
    };
    static const TextRule assertion_rule = {
        "sAMLAssertion", STR_CONST("SAMLAssertion"), STS_ASSERTION_MIN, STS_ASSERTION_MAX, NULL, NULL, true
    };
    RoleArn role = { 0 };
    Str     principal, encoded, xml;
    int64_t duration;
    Json   *output = json_object(context->arena);
    TRY(check_role(input, &role));
    TRY(check_text(input, &principal_rule, &principal));
    TRY(check_text(input, &assertion_rule, &encoded));
    TRY(check_duration(input, STS_ROLE_DURATION_S_MAX, STS_ROLE_DURATION_S, &duration));
    TRY(check_session(context, input, output));
    if (sts_is_strict()) return error_fault(&sts_access_denied, "Not authorized to perform sts:AssumeRoleWithSAML");
    Assertion *assertion = NEW(context->arena, Assertion);
    if (!text_unbase64(context->arena, encoded, &xml) || !assertion_parse(context->arena, xml, assertion))
        return error_fault(&sts_invalid_identity_token, "Invalid base64 SAMLResponse");
    TRY(check_assertion(context, assertion, &role, principal));
    if (assertion->duration_s >= STS_DURATION_S_MIN && assertion->duration_s < duration)
        duration = assertion->duration_s;
    tell_assertion(context, assertion, output);
    tell_role(context, &role, assertion->session, duration, output);
    *out = output;
    return NULL;
}

/* ---- the caller's own ---- */

static Error *check_long_lived(const Context *context, const char *action)
{
    if (!str_starts_with(context->caller->access_key, STR("ASIA"))) return NULL;
    return error_fault(&sts_access_denied, "Cannot call %s with session credentials", action);
}

Error *sts_get_session_token(Context *context, const Json *input, Json **out)
{
    int64_t       duration;
    Json         *output = json_object(context->arena);
    const Caller *caller = context->caller;
    TRY(check_duration(input, STS_SESSION_DURATION_S_MAX, STS_SESSION_DURATION_S, &duration));
    TRY(check_mfa(input));
    TRY(check_long_lived(context, "GetSessionToken"));
    tell_credentials(context, caller->account, caller->principal, caller->user_id, duration, output);
    *out = output;
    return NULL;
}

Error *sts_get_federation_token(Context *context, const Json *input, Json **out)
{
    static const TextRule name_rule = { "name",
                                        STR_CONST("Name"),
                                        STS_SESSION_NAME_MIN,
                                        STS_FEDERATED_NAME_MAX,
                                        "[\\w+=,.@-]*",
                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-",
                                        true };
    Arena                *arena = context->arena;
    Str                   name;
    int64_t               duration;
    Json                 *output = json_object(arena), *user = json_object(arena);
    TRY(check_text(input, &name_rule, &name));
    TRY(check_duration(input, STS_SESSION_DURATION_S_MAX, STS_SESSION_DURATION_S, &duration));
    TRY(check_session(context, input, output));
    TRY(check_long_lived(context, "GetFederationToken"));
    Str account = context->caller->account;
    Str arn = str_format(arena, "arn:aws:sts::%.*s:federated-user/%.*s", STR_ARG(account), STR_ARG(name));
    Str id = str_format(arena, "%.*s:%.*s", STR_ARG(account), STR_ARG(name));
    tell_credentials(context, account, arn, id, duration, output);
    json_add_str(arena, user, STR("FederatedUserId"), id);
    json_add_str(arena, user, STR("Arn"), arn);
    json_add(arena, output, STR("FederatedUser"), user);
    *out = output;
    return NULL;
}

/* ---- the service ---- */

static const Operation operations[] = {
#define OP(op_name, function, op_flags, op_summary) \
    { .name = STR_CONST(#op_name), \
      .run = function, \
      .flags = (op_flags), \
      .summary = STR_CONST(op_summary), \
      .input = &sts_input_##op_name, \
      .output = &sts_output_##op_name },
#include "services/sts/sts_ops.h"
#undef OP
};

const Service sts_service = {
    .name = STR_CONST("sts"),
    .title = STR_CONST("STS"),
    .signing_name = STR_CONST("sts"),
    .version = STR_CONST("2011-06-15"),
    .xml_namespace = STR_CONST("https://sts.amazonaws.com/doc/2011-06-15/"),
    .error_namespace = STR_CONST("com.amazonaws.sts"),
    .protocols = SPEAKS(PROTOCOL_QUERY),
    .operations = operations,
    .operation_count = sizeof operations / sizeof *operations,
};
