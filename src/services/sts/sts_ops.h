/* sts_ops.h -- every STS operation.
 *
 * OP(name, function, flags, summary). Shapes are found by name: sts_input_NAME, sts_output_NAME. */
OP(GetCallerIdentity, sts_get_caller_identity, OP_READ, "Tells who the caller is.")
OP(AssumeRole, sts_assume_role, OP_READ, "Gives credentials of a role.")
OP(AssumeRoleWithWebIdentity, sts_assume_role_with_web_identity, OP_READ | OP_UNSIGNED, "Gives credentials of a role for an OpenID Connect token.")
OP(AssumeRoleWithSAML, sts_assume_role_with_saml, OP_READ | OP_UNSIGNED, "Gives credentials of a role for a SAML assertion.")
OP(GetSessionToken, sts_get_session_token, OP_READ, "Gives temporary credentials of the caller.")
OP(GetFederationToken, sts_get_federation_token, OP_READ, "Gives temporary credentials of a federated user.")
OP(GetAccessKeyInfo, sts_get_access_key_info, OP_READ, "Tells the account of an access key.")
OP(DecodeAuthorizationMessage, sts_decode_authorization_message, OP_READ, "Decodes what an authorization failure said.")
