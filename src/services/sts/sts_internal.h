/* sts_internal.h -- what the files of STS share. */
#ifndef SERVICES_STS_STS_INTERNAL_H
#define SERVICES_STS_STS_INTERNAL_H

#include "engine/context.h"
#include "services/sts/sts.h"
#include "services/sts/sts_limits.h"

#define FAULT(name, code, query_code, status) extern const Fault sts_##name;
#include "services/sts/sts_errors.h"
#undef FAULT

#define OP(name, function, flags, summary) OperationRun function;
#include "services/sts/sts_ops.h"
#undef OP

/* True: the server checks who calls, so nothing may be given to whom it cannot check. */
bool sts_is_strict(void);

/* ---- checks (check.c) ---- */

typedef struct TextRule {
    const char *member;   /* as messages call it: "roleSessionName" */
    Str         name;     /* as the input calls it */
    size_t      min, max; /* characters are bytes here: what does not fit the pattern is refused anyway */
    const char *pattern;  /* as messages show it; NULL: anything */
    const char *allowed;  /* the same as letters; NULL: anything */
    bool        required;
} TextRule;

Error *check_text(const Json *input, const TextRule *rule, Str *out);
Error *check_duration(const Json *input, int64_t most, int64_t standard, int64_t *out);
/* Inline policy, policy ARNs and tags, and how much of the room for them they take. */
Error *check_session(Context *context, const Json *input, Json *output);

typedef struct RoleArn {
    Str arn;
    Str account;
    Str name; /* without its path */
} RoleArn;

Error *check_role(const Json *input, RoleArn *out);

extern const TextRule session_name_rule, source_identity_rule;

/* ---- answers (sts.c) ---- */

void tell_credentials(Context *context, Str account, Str principal, Str user_id, int64_t duration_s, Json *output);
void tell_role(Context *context, const RoleArn *role, Str session, int64_t duration_s, Json *output);
Str  role_id(Arena *arena, const RoleArn *role);

/* ---- assertions (saml.c) ---- */

typedef struct Assertion {
    Str     issuer;
    Str     subject, subject_format, name_qualifier;
    Str     audience;  /* the recipient of the confirmation, as AWS tells it */
    Str     session;   /* RoleSessionName */
    Str     source;    /* SourceIdentity */
    Str     roles[10]; /* "role ARN,provider ARN", either way round */
    size_t  role_count;
    int64_t duration_s; /* 0: not said */
    Instant not_after;  /* INSTANT_NEVER: not said */
} Assertion;

bool assertion_parse(Arena *arena, Str xml, Assertion *out); /* false: not an assertion */

#endif
