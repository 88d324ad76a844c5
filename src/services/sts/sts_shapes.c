/* sts_shapes.c -- the shapes of STS. */
#include "services/sts/sts_shapes.h"

/* clang-format off */

#define S(name) { F(name), &shape_string, 0, { NULL, 0 } }
#define S_REQUIRED(name) { F(name), &shape_string, REQUIRED, { NULL, 0 } }
#define I(name) { F(name), &shape_integer, 0, { NULL, 0 } }
#define OF(name, shape) { F(name), shape, 0, { NULL, 0 } }
#define INPUT(operation, fields) const Shape sts_input_##operation = STRUCTURE(#operation "Request", fields)
#define OUTPUT(operation, fields) const Shape sts_output_##operation = STRUCTURE(#operation "Response", fields)

static const Field policy_fields[] = { S("arn") };
static const Shape policy = STRUCTURE("PolicyDescriptorType", policy_fields);
static const Shape policy_list = LIST("policyDescriptorListType", &policy);
static const Field tag_fields[] = { S_REQUIRED("Key"), S_REQUIRED("Value") };
static const Shape tag = STRUCTURE("Tag", tag_fields);
static const Shape tag_list = LIST("tagListType", &tag);
static const Field context_fields[] = { S("ProviderArn"), S("ContextAssertion") };
static const Shape provided_context = STRUCTURE("ProvidedContext", context_fields);
static const Shape context_list = LIST("ProvidedContextsListType", &provided_context);

static const Field credentials_fields[] = {
    S_REQUIRED("AccessKeyId"),
    S_REQUIRED("SecretAccessKey"),
    S_REQUIRED("SessionToken"),
    { F("Expiration"), &shape_timestamp, REQUIRED, { NULL, 0 } },
};
static const Shape credentials = STRUCTURE("Credentials", credentials_fields);
static const Field assumed_role_fields[] = { S_REQUIRED("AssumedRoleId"), S_REQUIRED("Arn") };
static const Shape assumed_role = STRUCTURE("AssumedRoleUser", assumed_role_fields);
static const Field federated_fields[] = { S_REQUIRED("FederatedUserId"), S_REQUIRED("Arn") };
static const Shape federated = STRUCTURE("FederatedUser", federated_fields);

const Shape sts_input_GetCallerIdentity = EMPTY_STRUCTURE("GetCallerIdentityRequest");
static const Field identity_output[] = { S("UserId"), S("Account"), S("Arn") };
OUTPUT(GetCallerIdentity, identity_output);

static const Field assume_input[] = {
    S_REQUIRED("RoleArn"), S_REQUIRED("RoleSessionName"), OF("PolicyArns", &policy_list), S("Policy"),
    I("DurationSeconds"), OF("Tags", &tag_list), OF("TransitiveTagKeys", &shape_string_list), S("ExternalId"),
    S("SerialNumber"), S("TokenCode"), S("SourceIdentity"), OF("ProvidedContexts", &context_list),
};
INPUT(AssumeRole, assume_input);
static const Field assume_output[] = {
    OF("Credentials", &credentials), OF("AssumedRoleUser", &assumed_role), I("PackedPolicySize"), S("SourceIdentity"),
};
OUTPUT(AssumeRole, assume_output);

static const Field web_input[] = {
    S_REQUIRED("RoleArn"), S_REQUIRED("RoleSessionName"), S_REQUIRED("WebIdentityToken"), S("ProviderId"),
    OF("PolicyArns", &policy_list), S("Policy"), I("DurationSeconds"),
};
INPUT(AssumeRoleWithWebIdentity, web_input);
static const Field web_output[] = {
    OF("Credentials", &credentials), S("SubjectFromWebIdentityToken"), OF("AssumedRoleUser", &assumed_role),
    I("PackedPolicySize"), S("Provider"), S("Audience"), S("SourceIdentity"),
};
OUTPUT(AssumeRoleWithWebIdentity, web_output);

static const Field saml_input[] = {
    S_REQUIRED("RoleArn"), S_REQUIRED("PrincipalArn"), S_REQUIRED("SAMLAssertion"), OF("PolicyArns", &policy_list),
    S("Policy"), I("DurationSeconds"),
};
INPUT(AssumeRoleWithSAML, saml_input);
static const Field saml_output[] = {
    OF("Credentials", &credentials), OF("AssumedRoleUser", &assumed_role), I("PackedPolicySize"), S("Subject"),
    S("SubjectType"), S("Issuer"), S("Audience"), S("NameQualifier"), S("SourceIdentity"),
};
OUTPUT(AssumeRoleWithSAML, saml_output);

static const Field session_input[] = { I("DurationSeconds"), S("SerialNumber"), S("TokenCode") };
INPUT(GetSessionToken, session_input);
static const Field session_output[] = { OF("Credentials", &credentials) };
OUTPUT(GetSessionToken, session_output);

static const Field federation_input[] = {
    S_REQUIRED("Name"), S("Policy"), OF("PolicyArns", &policy_list), I("DurationSeconds"), OF("Tags", &tag_list),
};
INPUT(GetFederationToken, federation_input);
static const Field federation_output[] = {
    OF("Credentials", &credentials), OF("FederatedUser", &federated), I("PackedPolicySize"),
};
OUTPUT(GetFederationToken, federation_output);

static const Field key_input[] = { S_REQUIRED("AccessKeyId") };
INPUT(GetAccessKeyInfo, key_input);
static const Field key_output[] = { S("Account") };
OUTPUT(GetAccessKeyInfo, key_output);

static const Field decode_input[] = { S_REQUIRED("EncodedMessage") };
INPUT(DecodeAuthorizationMessage, decode_input);
static const Field decode_output[] = { S("DecodedMessage") };
OUTPUT(DecodeAuthorizationMessage, decode_output);
