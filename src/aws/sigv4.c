/* sigv4.c -- AWS Signature Version 4.
 *
 *     canonical request = METHOD \n path \n query \n name:value\n... \n names \n payload hash
 *     string to sign    = AWS4-HMAC-SHA256 \n date \n scope \n SHA256(canonical request)
 *     key               = HMAC(HMAC(HMAC(HMAC("AWS4" secret, day), region), service), "aws4_request")
 *     signature         = HMAC(key, string to sign)
 *
 * What was signed and what will be run must be the same request, so everything is taken from the
 * request as the decoder reads it: a blank in the query is a blank however it was written. The path
 * may be canonical in two ways (clients differ in what they leave unescaped); each is a spelling of the
 * same path, and either will do.
 *
 * The key of a day is kept per thread: making it costs four of the five HMACs. */
#include "aws/wire_parts.h"

#include "base/hash.h"
#include "base/text.h"

#include <openssl/crypto.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

enum {
    SKEW_MINUTES = 15,
    PRESIGNED_SECONDS_MAX = 7 * 86400,
    SIGNATURE_LENGTH = 2 * HASH_SHA256_SIZE,
    SIGNED_HEADERS_MAX = 128,
};

/* ---- refusals ---- */

typedef enum Refusal {
    REFUSED_INCOMPLETE,
    REFUSED_MISMATCH,
    REFUSED_UNKNOWN_KEY,
    REFUSED_TOKEN_EXPIRED,
    REFUSED_UNSIGNED,
    REFUSED_SKEW,
    REFUSED_URL_EXPIRED,
    REFUSED_HEADERS_NOT_SIGNED,
    REFUSED_PAYLOAD,
    REFUSAL_COUNT
} Refusal;

static const Fault faults[REFUSAL_COUNT] = { /* JSON, CBOR and REST-JSON */
    [REFUSED_INCOMPLETE] = { "IncompleteSignatureException", "IncompleteSignature", 400 },
    [REFUSED_MISMATCH] = { "InvalidSignatureException", "SignatureDoesNotMatch", 403 },
    [REFUSED_UNKNOWN_KEY] = { "UnrecognizedClientException", "InvalidClientTokenId", 400 },
    [REFUSED_TOKEN_EXPIRED] = { "ExpiredTokenException", "ExpiredToken", 400 },
    [REFUSED_UNSIGNED] = { "MissingAuthenticationTokenException", "MissingAuthenticationToken", 403 },
    [REFUSED_SKEW] = { "InvalidSignatureException", "SignatureDoesNotMatch", 403 },
    [REFUSED_URL_EXPIRED] = { "InvalidSignatureException", "SignatureDoesNotMatch", 403 },
    [REFUSED_HEADERS_NOT_SIGNED] = { "InvalidSignatureException", "SignatureDoesNotMatch", 403 },
    [REFUSED_PAYLOAD] = { "InvalidSignatureException", "SignatureDoesNotMatch", 403 },
};
static const Fault query_faults[REFUSAL_COUNT] = { /* differ in the status only; the older code is of the row above */
    [REFUSED_UNKNOWN_KEY] = { "UnrecognizedClientException", "InvalidClientTokenId", 403 },
    [REFUSED_TOKEN_EXPIRED] = { "ExpiredTokenException", "ExpiredToken", 403 },
};
static const Fault s3_faults[REFUSAL_COUNT] = {
    [REFUSED_INCOMPLETE] = { "AuthorizationHeaderMalformed", NULL, 400 },
    [REFUSED_MISMATCH] = { "SignatureDoesNotMatch", NULL, 403 },
    [REFUSED_UNKNOWN_KEY] = { "InvalidAccessKeyId", NULL, 403 },
    [REFUSED_TOKEN_EXPIRED] = { "ExpiredToken", NULL, 400 },
    [REFUSED_UNSIGNED] = { "AccessDenied", NULL, 403 },
    [REFUSED_SKEW] = { "RequestTimeTooSkewed", NULL, 403 },
    [REFUSED_URL_EXPIRED] = { "AccessDenied", NULL, 403 },
    [REFUSED_HEADERS_NOT_SIGNED] = { "AccessDenied", NULL, 403 },
    [REFUSED_PAYLOAD] = { "XAmzContentSHA256Mismatch", NULL, 400 },
};

static const Fault *fault_of(Protocol protocol, Refusal refusal)
{
    if (protocol == PROTOCOL_REST_XML) return &s3_faults[refusal];
    bool forbids = protocol == PROTOCOL_QUERY || protocol == PROTOCOL_REST_JSON;
    return forbids && query_faults[refusal].code ? &query_faults[refusal] : &faults[refusal];
}

#define REFUSE(protocol, refusal, ...) error_fault(fault_of((protocol), (refusal)), __VA_ARGS__)

Error *sigv4_refuse_expired_token(Protocol protocol)
{
    return REFUSE(protocol, REFUSED_TOKEN_EXPIRED, "The security token included in the request is expired");
}

static Error *refuse_unknown_key(Protocol protocol)
{
    return REFUSE(protocol, REFUSED_UNKNOWN_KEY, "The security token included in the request is invalid.");
}

/* ---- what a request claims ---- */

typedef struct Claim {
    SigV4Scope scope;
    Str        terminator;     /* "aws4_request" */
    Str        signed_headers; /* "host;x-amz-date" */
    Str        signature;
    Str        date;    /* 20261120T000000Z */
    Str        token;   /* NULL data: none */
    int64_t    expires; /* seconds; of a presigned request */
} Claim;

/* The value of a parameter of the query, decoded; NULL data: none. */
static Str query_get(Arena *arena, Str query, Str name)
{
    Str pair;
    while (str_next_part(&query, '&', &pair)) {
        size_t equals = pair.length;
        str_find_byte(pair, '=', &equals);
        if (!str_equal(text_unpercent(arena, str_slice(pair, 0, equals), true), name)) continue;
        Str value = text_unpercent(arena, str_slice(pair, equals + 1, pair.length), true);
        return value.data ? value : STR("");
    }
    return STR_NONE;
}

/* Takes the part behind the last '/' off the end. */
static bool take_last(Str *text, Str *out)
{
    for (size_t at = text->length; at > 0; at--)
        if (text->data[at - 1] == '/') {
            *out = str_slice(*text, at, text->length);
            *text = str_slice(*text, 0, at - 1);
            return true;
        }
    return false;
}

/* Keys and scopes are printable ASCII; what is not could be no part of any reply. */
static bool is_printable(Str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~') return false;
    return true;
}

static bool parse_credential(Str credential, Claim *out)
{
    if (!is_printable(credential)) return false;
    if (!take_last(&credential, &out->terminator) || !take_last(&credential, &out->scope.service) ||
        !take_last(&credential, &out->scope.region) || !take_last(&credential, &out->scope.date))
        return false;
    out->scope.access_key = credential; /* the rest: a key may contain anything */
    return credential.length > 0;
}

/* AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=... in any order. */
static void parse_authorization(Str authorization, Str *credential, Claim *out)
{
    Str rest = str_slice(authorization, sizeof ALGORITHM - 1, authorization.length), part;
    while (str_next_part(&rest, ',', &part)) {
        size_t equals;
        part = str_trim(part);
        if (!str_find_byte(part, '=', &equals)) continue;
        Str name = str_slice(part, 0, equals), value = str_slice(part, equals + 1, part.length);
        if (str_equal(name, STR("Credential"))) *credential = value;
        if (str_equal(name, STR("SignedHeaders"))) out->signed_headers = value;
        if (str_equal(name, STR("Signature"))) out->signature = value;
    }
}

static bool is_v4_header(Str authorization)
{
    return str_starts_with(authorization, STR(ALGORITHM)) && authorization.length > sizeof ALGORITHM - 1 &&
           (authorization.data[sizeof ALGORITHM - 1] == ' ' || authorization.data[sizeof ALGORITHM - 1] == '\t');
}

static bool is_presigned(Str query)
{
    size_t at;
    return str_find(query, STR("X-Amz-Credential="), &at);
}

bool sigv4_scope_of(Arena *arena, Str authorization, Str query, SigV4Scope *out)
{
    Claim claim = { 0 };
    Str credential = STR_NONE;
    if (is_v4_header(authorization)) {
        parse_authorization(authorization, &credential, &claim);
    } else if (is_presigned(query)) {
        credential = query_get(arena, query, STR("X-Amz-Credential"));
        claim.scope.presigned = true;
    }
    if (!parse_credential(credential, &claim)) return false;
    *out = claim.scope;
    return true;
}

bool sigv4_scope(Arena *arena, const WireRequest *request, SigV4Scope *out)
{
    return sigv4_scope_of(arena, wire_header(request, STR("authorization")), request->query, out);
}

/* X-Amz-Date, else Date; in the basic form whatever form it came in. */
static Str date_of_headers(Arena *arena, const WireRequest *request)
{
    Instant instant;
    Str date = wire_header(request, STR("x-amz-date"));
    if (!date.data) date = wire_header(request, STR("date"));
    Str gmt = date;
    if (str_ends_with(date, STR(" -0000")) || str_ends_with(date, STR(" +0000"))) /* as mail programs write it */
        gmt = str_format(arena, "%.*s GMT", STR_ARG(str_slice(date, 0, date.length - 6)));
    if (!instant_parse_http(gmt, &instant)) return date;
    char text[INSTANT_TEXT_SIZE];
    return str_copy(arena, instant_format_aws_basic(instant, text));
}

static Error *claim_of_header(Arena *arena, const WireRequest *request, Str authorization, Protocol protocol, Claim *out)
{
    Str credential = STR_NONE;
    if (!is_v4_header(authorization))
        return REFUSE(protocol, REFUSED_INCOMPLETE, "The Authorization header is not of the form '" ALGORITHM
                      " Credential=..., SignedHeaders=..., Signature=...'");
    parse_authorization(authorization, &credential, out);
    out->date = date_of_headers(arena, request);
    out->token = wire_header(request, STR("x-amz-security-token"));

    const struct { bool missing; const char *words; } wants[] = {
        { !credential.length, " Authorization header requires 'Credential' parameter." },
        { !out->signature.length, " Authorization header requires 'Signature' parameter." },
        { !out->signed_headers.length, " Authorization header requires 'SignedHeaders' parameter." },
        { !out->date.length, " Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header." },
    };
    char message[512] = "";
    for (size_t i = 0, used = 0; i < sizeof wants / sizeof *wants; i++)
        if (wants[i].missing) used += (size_t)snprintf(message + used, sizeof message - used, "%s", wants[i].words);
    if (message[0]) return REFUSE(protocol, REFUSED_INCOMPLETE, "%s", message + 1);
    if (!parse_credential(credential, out))
        return REFUSE(protocol, REFUSED_INCOMPLETE, "Credential must have exactly 5 slash-delimited elements, e.g. "
                      "keyid/date/region/service/term, got '%.*s'", STR_ARG(credential));
    return NULL;
}

static Error *claim_of_query(Arena *arena, const WireRequest *request, Protocol protocol, Claim *out)
{
    Str query = request->query;
    Str algorithm = query_get(arena, query, STR("X-Amz-Algorithm"));
    Str credential = query_get(arena, query, STR("X-Amz-Credential"));
    out->signed_headers = query_get(arena, query, STR("X-Amz-SignedHeaders"));
    out->signature = query_get(arena, query, STR("X-Amz-Signature"));
    out->date = query_get(arena, query, STR("X-Amz-Date"));
    out->token = query_get(arena, query, STR("X-Amz-Security-Token"));
    out->scope.presigned = true;
    Str expires = query_get(arena, query, STR("X-Amz-Expires"));
    if (!str_equal(algorithm, STR(ALGORITHM)) || !out->signed_headers.length || !out->signature.length ||
        !out->date.length || !parse_credential(credential, out))
        return REFUSE(protocol, REFUSED_INCOMPLETE, "A presigned request needs X-Amz-Algorithm=" ALGORITHM
                      ", X-Amz-Credential, X-Amz-Date, X-Amz-SignedHeaders and X-Amz-Signature");
    out->expires = SKEW_MINUTES * 60; /* where none is said: other services than S3 */
    if (expires.data && (!str_parse_int(expires, &out->expires) || out->expires < 0 ||
                         out->expires > PRESIGNED_SECONDS_MAX))
        return REFUSE(protocol, REFUSED_INCOMPLETE, "X-Amz-Expires must be a number of seconds, at most %d (a week)",
                      PRESIGNED_SECONDS_MAX);
    return NULL;
}

static Error *claim_of_request(Arena *arena, const WireRequest *request, Protocol protocol, Claim *out)
{
    Str authorization = wire_header(request, STR("authorization"));
    if (authorization.data) return claim_of_header(arena, request, authorization, protocol, out);
    if (is_presigned(request->query)) return claim_of_query(arena, request, protocol, out);
    return protocol == PROTOCOL_REST_XML ? REFUSE(protocol, REFUSED_UNSIGNED, "Access Denied")
                                         : REFUSE(protocol, REFUSED_UNSIGNED, "Missing Authentication Token");
}

/* ---- the canonical request ---- */

typedef struct Pieces { /* text in an arena, appended to */
    Arena *arena;
    char  *data;
    size_t length;
    size_t capacity;
} Pieces;

static void put(Pieces *out, Str text)
{
    if (text.length > out->capacity - out->length) {
        size_t capacity = 2 * (out->length + text.length) + 512;
        out->data = arena_grow(out->arena, out->data, out->length, capacity);
        out->capacity = capacity;
    }
    if (text.length) memcpy(out->data + out->length, text.data, text.length);
    out->length += text.length;
}

static Str whole(const Pieces *pieces)
{
    return str_from(pieces->data, pieces->length);
}

/* Without empty, "." and ".." segments, as every service but S3 wants it. */
static Str normal_path(Arena *arena, Str path)
{
    char *out = arena_alloc_bytes(arena, path.length + 1);
    size_t length = 0;
    bool ended = false; /* by a slash */
    Str rest = path, part;
    while (str_next_part(&rest, '/', &part)) {
        ended = part.length == 0;
        if (str_equal(part, STR("."))) continue;
        if (str_equal(part, STR(".."))) {
            while (length && out[--length] != '/') continue;
            continue;
        }
        if (!part.length) continue;
        out[length++] = '/';
        memcpy(out + length, part.data, part.length);
        length += part.length;
    }
    if (length == 0 || ended) out[length++] = '/';
    return str_from(out, length);
}

/* `spelling` 0: as most clients do it; 1: what was left unescaped is escaped first. */
static Str canonical_path(Arena *arena, Str path, bool s3, int spelling)
{
    if (!path.length) path = STR("/");
    if (spelling == 1) path = text_percent(arena, text_unpercent(arena, path, false), true);
    return s3 ? path : text_percent(arena, normal_path(arena, path), true);
}

static int compare_pairs(const void *a, const void *b)
{
    const NamedStr *left = a, *right = b;
    int order = str_compare(left->name, right->name);
    return order ? order : str_compare(left->value, right->value);
}

static Str canonical_text(Arena *arena, Str text)
{
    return text_percent(arena, text_unpercent(arena, text, true), false);
}

static void put_query(Pieces *out, Str query, bool presigned)
{
    size_t most = 1, count = 0;
    for (size_t i = 0; i < query.length; i++) most += query.data[i] == '&';
    NamedStr *pairs = NEW_ARRAY(out->arena, NamedStr, most);
    Str pair;
    while (query.length && str_next_part(&query, '&', &pair)) {
        size_t equals = pair.length;
        if (!pair.length) continue;
        str_find_byte(pair, '=', &equals);
        NamedStr *next = &pairs[count];
        next->name = canonical_text(out->arena, str_slice(pair, 0, equals));
        next->value = canonical_text(out->arena, str_slice(pair, equals + 1, pair.length));
        if (!presigned || !str_equal(next->name, STR("X-Amz-Signature"))) count++;
    }
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < count; i++) {
        if (i) put(out, STR("&"));
        put(out, pairs[i].name);
        put(out, STR("="));
        put(out, pairs[i].value);
    }
}

/* Trimmed, and with one blank where there are more. */
static void put_value(Pieces *out, Str value)
{
    value = str_trim(value);
    while (value.length) {
        size_t blank = 0, next;
        while (blank < value.length && value.data[blank] != ' ' && value.data[blank] != '\t') blank++;
        for (next = blank; next < value.length && (value.data[next] == ' ' || value.data[next] == '\t');) next++;
        put(out, str_slice(value, 0, blank));
        if (next > blank) put(out, STR(" "));
        value = str_slice(value, next, value.length);
    }
}

/* All headers of that name, in their order; false: there is none. */
static bool put_header(Pieces *out, const WireRequest *request, Str name)
{
    bool any = false;
    for (size_t i = 0; i < request->header_count; i++) {
        if (!str_equal_nocase(request->headers[i].name, name)) continue;
        if (any) {
            put(out, STR(","));
        } else {
            put(out, name);
            put(out, STR(":"));
        }
        put_value(out, request->headers[i].value);
        any = true;
    }
    put(out, STR("\n"));
    return any;
}

typedef struct Signing { /* what goes into a signature besides the request */
    Str  date;
    Str  day;
    Str  region;
    Str  service;
    Str  signed_headers;
    Str  payload_hash;
    bool presigned;
    bool s3;
} Signing;

static Str canonical_request(Arena *arena, const WireRequest *request, const Signing *signing, int spelling)
{
    Pieces out = { .arena = arena };
    put(&out, request->method);
    put(&out, STR("\n"));
    put(&out, canonical_path(arena, request->path, signing->s3, spelling));
    put(&out, STR("\n"));
    put_query(&out, request->query, signing->presigned);
    put(&out, STR("\n"));
    Str names = signing->signed_headers, name;
    while (str_next_part(&names, ';', &name)) put_header(&out, request, name);
    put(&out, STR("\n"));
    put(&out, signing->signed_headers);
    put(&out, STR("\n"));
    put(&out, signing->payload_hash);
    return whole(&out);
}

static Str hash_text(Arena *arena, Str bytes)
{
    uint8_t hash[HASH_SHA256_SIZE];
    hash_sha256(bytes, hash);
    return text_hex(arena, str_from(hash, sizeof hash));
}

static Str string_to_sign(Arena *arena, const Signing *signing, Str canonical)
{
    Pieces out = { .arena = arena };
    const Str parts[] = { STR(ALGORITHM "\n"), signing->date,    STR("\n"), signing->day,
                          STR("/"),            signing->region,  STR("/"),  signing->service,
                          STR("/aws4_request\n"), hash_text(arena, canonical) };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) put(&out, parts[i]);
    return whole(&out);
}

/* ---- keys ---- */

enum { KEY_SLOTS = 16, KEY_NAME_MAX = 240 };

typedef struct KeySlot {
    size_t  name_length;
    char    name[KEY_NAME_MAX]; /* "SECRET\nDAY\nREGION\nSERVICE" */
    uint8_t key[HASH_SHA256_SIZE];
} KeySlot;

static void make_key(Arena *arena, Str secret, const Signing *signing, uint8_t out[HASH_SHA256_SIZE])
{
    Pieces first = { .arena = arena };
    put(&first, STR("AWS4"));
    put(&first, secret);
    uint8_t day[HASH_SHA256_SIZE], region[HASH_SHA256_SIZE], service[HASH_SHA256_SIZE];
    hash_hmac_sha256(whole(&first), signing->day, day);
    hash_hmac_sha256(str_from(day, sizeof day), signing->region, region);
    hash_hmac_sha256(str_from(region, sizeof region), signing->service, service);
    hash_hmac_sha256(str_from(service, sizeof service), STR("aws4_request"), out);
}

static void key_of(Arena *arena, Str secret, const Signing *signing, uint8_t out[HASH_SHA256_SIZE])
{
    static _Thread_local KeySlot slots[KEY_SLOTS];
    Pieces name = { .arena = arena };
    const Str parts[] = { secret, STR("\n"), signing->day, STR("\n"), signing->region, STR("\n"), signing->service };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) put(&name, parts[i]);
    if (name.length > KEY_NAME_MAX) {
        make_key(arena, secret, signing, out);
        return;
    }
    KeySlot *slot = &slots[hash_bytes(whole(&name)) % KEY_SLOTS];
    if (!str_equal(str_from(slot->name, slot->name_length), whole(&name))) {
        uint8_t key[HASH_SHA256_SIZE];
        make_key(arena, secret, signing, key);
        memcpy(slot->key, key, sizeof key);
        memcpy(slot->name, name.data, name.length);
        slot->name_length = name.length;
    }
    memcpy(out, slot->key, HASH_SHA256_SIZE);
}

static Str signature_of(Arena *arena, Str secret, const Signing *signing, Str canonical, Str *out_to_sign)
{
    uint8_t key[HASH_SHA256_SIZE], signature[HASH_SHA256_SIZE];
    key_of(arena, secret, signing, key);
    *out_to_sign = string_to_sign(arena, signing, canonical);
    hash_hmac_sha256(str_from(key, sizeof key), *out_to_sign, signature);
    return text_hex(arena, str_from(signature, sizeof signature));
}

/* ---- verifying ---- */

static Error *check_scope(const Claim *claim, Protocol protocol)
{
    if (!str_equal(claim->terminator, STR("aws4_request")))
        return REFUSE(protocol, REFUSED_MISMATCH, "Credential should be scoped with a valid terminator: 'aws4_request', "
                      "not '%.*s'.", STR_ARG(claim->terminator));
    if (!str_equal(claim->scope.date, str_slice(claim->date, 0, 8)))
        return REFUSE(protocol, REFUSED_MISMATCH, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version "
                      "of date from HTTP: '%.*s' != '%.*s', from '%.*s'.", STR_ARG(claim->scope.date),
                      STR_ARG(str_slice(claim->date, 0, 8)), STR_ARG(claim->date));
    return NULL;
}

static Error *refuse_time(const Claim *claim, Protocol protocol, Instant now, Instant limit, bool expired)
{
    char now_text[INSTANT_TEXT_SIZE], limit_text[INSTANT_TEXT_SIZE];
    if (protocol == PROTOCOL_REST_XML && claim->scope.presigned && expired)
        return REFUSE(protocol, REFUSED_URL_EXPIRED, "Request has expired");
    if (protocol == PROTOCOL_REST_XML)
        return REFUSE(protocol, REFUSED_SKEW, "The difference between the request time and the current time is too large.");
    instant_format_aws_basic(now, now_text);
    instant_format_aws_basic(limit, limit_text);
    if (expired && claim->scope.presigned)
        return REFUSE(protocol, REFUSED_URL_EXPIRED, "Signature expired: %.*s is now earlier than %s (%s - %lld min.)",
                      STR_ARG(claim->date), limit_text, now_text, (long long)(claim->expires / 60));
    return expired ? REFUSE(protocol, REFUSED_SKEW, "Signature expired: %.*s is now earlier than %s (%s - %d min.)",
                            STR_ARG(claim->date), limit_text, now_text, SKEW_MINUTES)
                   : REFUSE(protocol, REFUSED_SKEW, "Signature not yet current: %.*s is still later than %s (%s + %d min.)",
                            STR_ARG(claim->date), limit_text, now_text, SKEW_MINUTES);
}

static Error *check_time(const Claim *claim, Protocol protocol, Instant now)
{
    static const Duration skew = SKEW_MINUTES * DURATION_MINUTE;
    Instant date;
    if (!instant_parse_aws_basic(claim->date, &date))
        return REFUSE(protocol, REFUSED_INCOMPLETE, "Date must be in ISO-8601 'basic format'. Got '%.*s'. See "
                      "http://en.wikipedia.org/wiki/ISO_8601", STR_ARG(str_slice(claim->date, 0, 64)));
    Duration lasts = claim->scope.presigned ? claim->expires * DURATION_SECOND : skew;
    if (date < now - lasts) return refuse_time(claim, protocol, now, now - lasts, true);
    if (date > now + skew) return refuse_time(claim, protocol, now, now + skew, false);
    return NULL;
}

static Error *find_credential(Arena *arena, const Claim *claim, const Credentials *credentials, Protocol protocol,
                              Instant now, Credential *out)
{
    Instant expires;
    if (claim->token.data) {
        if (!credentials_open_token(credentials, arena, claim->scope.access_key, claim->token, out, &expires))
            return refuse_unknown_key(protocol);
        return expires <= now ? sigv4_refuse_expired_token(protocol) : NULL;
    }
    const Credential *known = credentials_find(credentials, claim->scope.access_key);
    if (!known) {
        if (protocol == PROTOCOL_REST_XML)
            return REFUSE(protocol, REFUSED_UNKNOWN_KEY, "The AWS Access Key Id you provided does not exist in our records.");
        return refuse_unknown_key(protocol);
    }
    *out = *known;
    return NULL;
}

/* In lower case, ascending (so none twice), and each of them sent. */
static Error *check_signed_headers(const Claim *claim, const WireRequest *request, Protocol protocol)
{
    Str rest = claim->signed_headers, name, before = STR_NONE;
    bool host = false;
    for (int count = 0; str_next_part(&rest, ';', &name); count++, before = name) {
        if (count == SIGNED_HEADERS_MAX || (before.data && str_compare(before, name) >= 0))
            return REFUSE(protocol, REFUSED_INCOMPLETE, "SignedHeaders must be sorted, in lower case, each once");
        if (!wire_header(request, name).data)
            return REFUSE(protocol, REFUSED_MISMATCH, "The signed header '%.*s' was not sent", STR_ARG(name));
        host |= str_equal(name, STR("host"));
    }
    return host ? NULL : REFUSE(protocol, REFUSED_MISMATCH, "'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                                "Authorization.");
}

static bool is_signed(const Claim *claim, Str header)
{
    Str rest = claim->signed_headers, name;
    while (str_next_part(&rest, ';', &name))
        if (str_equal_nocase(name, header)) return true;
    return false;
}

/* What changes the meaning of a request must be signed: for S3 all of its own headers, for the others
 * the one that names the operation. */
static Error *check_meaning_is_signed(const Claim *claim, const WireRequest *request, Protocol protocol, bool s3)
{
    for (size_t i = 0; i < request->header_count; i++) {
        Str name = request->headers[i].name;
        bool counts = str_equal_nocase(name, STR("x-amz-target")) ||
                      (s3 && str_equal_nocase(str_slice(name, 0, 6), STR("x-amz-")) &&
                       !str_equal_nocase(name, STR("x-amz-content-sha256")));
        if (counts && !is_signed(claim, name))
            return REFUSE(protocol, REFUSED_HEADERS_NOT_SIGNED,
                          "There were headers present in the request which were not signed: %.*s", STR_ARG(name));
    }
    return NULL;
}

/* The payload hash to sign with: as announced, when that is true of the body. */
static Error *hash_payload(Arena *arena, const Claim *claim, const WireRequest *request, Protocol protocol, bool s3,
                           Str *out)
{
    Str announced = wire_header(request, STR("x-amz-content-sha256"));
    if (!announced.data && claim->scope.presigned)
        announced = s3 ? STR("UNSIGNED-PAYLOAD") : query_get(arena, request->query, STR("X-Amz-Content-Sha256"));
    if (str_equal(announced, STR("UNSIGNED-PAYLOAD")) || str_starts_with(announced, STR("STREAMING-"))) {
        *out = announced;
        return NULL;
    }
    Str actual = hash_text(arena, request->body);
    if (announced.data && !str_equal(announced, actual))
        return REFUSE(protocol, REFUSED_PAYLOAD, "The provided 'x-amz-content-sha256' header does not match what was "
                      "computed.");
    *out = actual;
    return NULL;
}

static Error *refuse_mismatch(Protocol protocol, Str canonical, Str to_sign)
{
    static const char words[] = "The request signature we calculated does not match the signature you provided. Check "
                                "your AWS Secret Access Key and signing method. Consult the service documentation for "
                                "details.";
    if (!text_utf8_valid(canonical)) return REFUSE(protocol, REFUSED_MISMATCH, "%s", words);
    return REFUSE(protocol, REFUSED_MISMATCH,
                  "%s\n\nThe Canonical String for this request should have been\n'%.*s'\n\n"
                  "The String-to-Sign should have been\n'%.*s'\n", words, STR_ARG(canonical), STR_ARG(to_sign));
}

static Error *check_signature(Arena *arena, const WireRequest *request, const Claim *claim, const Signing *signing,
                              Str secret, Protocol protocol)
{
    Str first_canonical = STR_NONE, first_to_sign = STR_NONE;
    for (int spelling = 0; spelling < 2; spelling++) {
        Str to_sign, canonical = canonical_request(arena, request, signing, spelling);
        if (spelling == 1 && str_equal(canonical, first_canonical)) break;
        Str signature = signature_of(arena, secret, signing, canonical, &to_sign);
        if (claim->signature.length == SIGNATURE_LENGTH &&
            CRYPTO_memcmp(signature.data, claim->signature.data, SIGNATURE_LENGTH) == 0)
            return NULL;
        if (spelling == 0) first_canonical = canonical, first_to_sign = to_sign;
    }
    return refuse_mismatch(protocol, first_canonical, first_to_sign);
}

Error *sigv4_verify(Arena *arena, const WireRequest *request, const Credentials *credentials, Protocol protocol,
                    Instant now, Credential *out)
{
    Claim claim = { 0 };
    Credential credential;
    TRY(claim_of_request(arena, request, protocol, &claim));
    bool s3 = str_equal(claim.scope.service, STR("s3"));
    TRY(check_scope(&claim, protocol));
    TRY(check_time(&claim, protocol, now));
    TRY(find_credential(arena, &claim, credentials, protocol, now, &credential));
    TRY(check_signed_headers(&claim, request, protocol));
    TRY(check_meaning_is_signed(&claim, request, protocol, s3));
    Signing signing = { .date = claim.date, .day = claim.scope.date, .region = claim.scope.region,
                        .service = claim.scope.service, .signed_headers = claim.signed_headers,
                        .presigned = claim.scope.presigned, .s3 = s3 };
    TRY(hash_payload(arena, &claim, request, protocol, s3, &signing.payload_hash));
    TRY(check_signature(arena, request, &claim, &signing, credential.secret, protocol));
    *out = credential;
    return NULL;
}

/* ---- signing ---- */

Str sigv4_sign(Arena *arena, const WireRequest *request, Str access_key, Str secret, Str region, Str service,
               Instant now, const char *signed_headers)
{
    char date[INSTANT_TEXT_SIZE];
    Str announced = wire_header(request, STR("x-amz-content-sha256")), to_sign;
    Signing signing = { .date = instant_format_aws_basic(now, date), .region = region, .service = service,
                        .signed_headers = str_from_c(signed_headers), .s3 = str_equal(service, STR("s3")) };
    signing.day = str_slice(signing.date, 0, 8);
    signing.payload_hash = announced.data ? announced : hash_text(arena, request->body);
    Str signature = signature_of(arena, secret, &signing, canonical_request(arena, request, &signing, 0), &to_sign);
    return str_format(arena, ALGORITHM " Credential=%.*s/%.*s/%.*s/%.*s/aws4_request, SignedHeaders=%s, Signature=%.*s",
                      STR_ARG(access_key), STR_ARG(signing.day), STR_ARG(region), STR_ARG(service), signed_headers,
                      STR_ARG(signature));
}
