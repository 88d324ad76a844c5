/* sigv4_test.c -- signatures: AWS's published vectors, botocore's, and everything that must be refused. */
#include "tests/support/test.h"

#include "aws/sigv4.h"
#include "aws/wire_parts.h"

#include <stdio.h>

enum { HEADERS_MAX = 24 };

/* A request that a test may change. */
typedef struct Sample {
    Arena        arena;
    Credentials *credentials;
    WireRequest  request;
    NamedStr     headers[HEADERS_MAX];
    Instant      now;
} Sample;

static void sample_init(Sample *sample, const char *key, const char *secret)
{
    *sample = (Sample){ 0 };
    arena_init(&sample->arena, 0);
    Str file = str_format(&sample->arena, "[a]\naws_access_key_id=%s\naws_secret_access_key=%s\n", key, secret);
    CHECK_OK(credentials_parse(file, &sample->credentials));
    credentials_set_key(sample->credentials, (const uint8_t *)"0123456789abcdef0123456789abcdef");
    sample->request.headers = sample->headers;
}

static void sample_done(Sample *sample)
{
    credentials_free(sample->credentials);
    arena_done(&sample->arena);
}

static void add(Sample *sample, Str name, Str value)
{
    sample->headers[sample->request.header_count++] = (NamedStr){ name, value };
}

static Str *value_of(Sample *sample, Str name)
{
    for (size_t i = 0; i < sample->request.header_count; i++)
        if (str_equal_nocase(sample->headers[i].name, name)) return &sample->headers[i].value;
    return NULL;
}

static Error *verify(Sample *sample, Protocol protocol)
{
    Credential who;
    return sigv4_verify(&sample->arena, &sample->request, sample->credentials, protocol, sample->now, &who);
}

static void refused(Sample *sample, Protocol protocol, const char *code)
{
    Error *error = verify(sample, protocol);
    if (CHECK(error != NULL) && CHECK(error->fault != NULL)) {
        bool old = protocol == PROTOCOL_QUERY && error->fault->query_code;
        CHECK_STR(str_from_c(old ? error->fault->query_code : error->fault->code), str_from_c(code));
    }
    error_free(error);
}

/* ---- AWS's vectors ---- */

typedef struct Vector {
    const char *name, *method, *path, *query, *body, *headers, *signed_headers, *signature;
} Vector;

#define FORM_TYPE "Content-Type:application/x-www-form-urlencoded\n"
#define VANILLA "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"

static const Vector vectors[] = {
    { "get-vanilla", "GET", "/", "", "", "", "host;x-amz-date", VANILLA },
    { "get-relative", "GET", "/example/..", "", "", "", "host;x-amz-date", VANILLA },
    { "get-relative-relative", "GET", "/example1/example2/../..", "", "", "", "host;x-amz-date", VANILLA },
    { "get-slash", "GET", "//", "", "", "", "host;x-amz-date", VANILLA },
    { "get-slash-dot-slash", "GET", "/./", "", "", "", "host;x-amz-date", VANILLA },
    { "get-vanilla-query-order-key-case", "GET", "/", "Param2=value2&Param1=value1", "", "", "host;x-amz-date",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
    { "get-vanilla-query-unreserved", "GET", "/",
      "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
      "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "", "host;x-amz-date",
      "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197" },
    { "get-utf8", "GET", "/\xe1\x88\xb4", "", "", "", "host;x-amz-date",
      "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
    { "get-header-key-duplicate", "GET", "/", "", "", "My-Header1:value2\nMy-Header1:value2\nMy-Header1:value1\n",
      "host;my-header1;x-amz-date", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea" },
    { "get-header-value-trim", "GET", "/", "", "", "My-Header1: value1\nMy-Header2: \"a   b   c\"\n",
      "host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
    { "post-vanilla", "POST", "/", "", "", "", "host;x-amz-date",
      "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
    { "post-header-key-sort", "POST", "/", "", "", "My-Header1:value1\n", "host;my-header1;x-amz-date",
      "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c" },
    { "post-x-www-form-urlencoded", "POST", "/", "", "Param1=value1", FORM_TYPE, "content-type;host;x-amz-date",
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
};

static void make_vector(Sample *sample, const Vector *vector)
{
    sample_init(sample, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    CHECK(instant_parse_aws_basic(STR("20150830T123600Z"), &sample->now));
    sample->request.method = str_from_c(vector->method);
    sample->request.path = str_from_c(vector->path);
    sample->request.query = str_from_c(vector->query);
    sample->request.body = str_from_c(vector->body);
    add(sample, STR("Host"), STR("example.amazonaws.com"));
    add(sample, STR("X-Amz-Date"), STR("20150830T123600Z"));
    Str lines = str_from_c(vector->headers), line;
    size_t colon;
    while (str_next_part(&lines, '\n', &line))
        if (str_find_byte(line, ':', &colon)) add(sample, str_slice(line, 0, colon), str_slice(line, colon + 1, line.length));
    add(sample, STR("Authorization"),
        str_format(&sample->arena, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                   "SignedHeaders=%s, Signature=%s", vector->signed_headers, vector->signature));
}

TEST(test_sigv4_published_vectors)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        Sample sample;
        make_vector(&sample, &vectors[i]);
        if (!CHECK_OK(verify(&sample, PROTOCOL_QUERY))) printf("    vector %s\n", vectors[i].name);
        Str signature = sigv4_sign(&sample.arena, &sample.request, STR("AKIDEXAMPLE"),
                                   STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), STR("us-east-1"), STR("service"),
                                   sample.now, vectors[i].signed_headers);
        CHECK_STR(signature, *value_of(&sample, STR("authorization")));
        sample_done(&sample);
    }
}

TEST(test_sigv4_published_presigned)
{
    Sample sample;
    sample_init(&sample, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    CHECK(instant_parse_aws_basic(STR("20130524T120000Z"), &sample.now));
    sample.request.method = STR("GET");
    sample.request.path = STR("/test.txt");
    sample.request.query = STR("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
                               "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
                               "X-Amz-SignedHeaders=host&X-Amz-Signature="
                               "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    add(&sample, STR("host"), STR("examplebucket.s3.amazonaws.com"));
    CHECK_OK(verify(&sample, PROTOCOL_REST_XML));
    SigV4Scope scope;
    CHECK(sigv4_scope(&sample.arena, &sample.request, &scope));
    CHECK(scope.presigned);
    CHECK_STR(scope.service, STR("s3"));
    CHECK_STR(scope.access_key, STR("AKIAIOSFODNN7EXAMPLE"));
    sample.now += DURATION_DAY;
    Error *error = verify(&sample, PROTOCOL_REST_XML);
    CHECK_STR(str_from_c(error->message), STR("Request has expired"));
    error_free(error);
    sample.now -= 2 * DURATION_DAY;
    refused(&sample, PROTOCOL_REST_XML, "RequestTimeTooSkewed");
    sample_done(&sample);
}

/* ---- botocore's vectors ---- */

static Str read_file(Arena *arena, const char *name)
{
    Str path = str_format(arena, "%s/%s", test_source_root(), name);
    FILE *file = fopen(str_to_c(arena, path), "rb");
    if (!CHECK(file != NULL)) return STR_NONE;
    enum { ROOM = 1 << 20 };
    char *text = arena_alloc_bytes(arena, ROOM);
    size_t length = fread(text, 1, ROOM, file);
    fclose(file);
    return str_from(text, length);
}

static void make_golden(Sample *sample, const Json *golden, const Json *vector)
{
    sample_init(sample, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    CHECK(instant_parse_aws_basic(json_get_str(golden, STR("now")), &sample->now));
    sample->request.method = json_get_str(vector, STR("method"));
    sample->request.path = json_get_str(vector, STR("path"));
    sample->request.query = json_get_str(vector, STR("query"));
    sample->request.body = json_get_str(vector, STR("body"));
    const Json *header;
    JSON_EACH_ITEM(json_get(vector, STR("headers")), header) add(sample, header->items[0]->text, header->items[1]->text);
}

static Protocol protocol_of(const Json *vector)
{
    return str_equal(json_get_str(vector, STR("service")), STR("s3")) ? PROTOCOL_REST_XML : PROTOCOL_JSON;
}

TEST(test_sigv4_botocore_vectors)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *golden, *vector;
    CHECK_OK(json_parse(&arena, read_file(&arena, "tests/unit/aws/sigv4_vectors.json"), NULL, &golden));
    JSON_EACH_ITEM(json_get(golden, STR("vectors")), vector) {
        Sample sample;
        make_golden(&sample, golden, vector);
        Protocol protocol = protocol_of(vector);
        if (!CHECK_OK(verify(&sample, protocol)))
            printf("    vector %.*s\n", STR_ARG(json_get_str(vector, STR("name"))));

        sample.request.path = str_format(&sample.arena, "%.*sx", STR_ARG(sample.request.path));
        CHECK_ERROR(verify(&sample, protocol), ERR_FAULT);
        sample.request.path = json_get_str(vector, STR("path"));
        sample.request.query = str_format(&sample.arena, "%.*s&x=y", STR_ARG(sample.request.query));
        CHECK_ERROR(verify(&sample, protocol), ERR_FAULT);
        sample.request.query = json_get_str(vector, STR("query"));
        sample.request.method = STR("DELETE");
        CHECK_ERROR(verify(&sample, protocol), ERR_FAULT);
        sample.request.method = json_get_str(vector, STR("method"));
        sample.request.body = STR("tampered");
        bool unsigned_payload = str_equal(json_get_str(vector, STR("name")), STR("s3 presigned"));
        if (!unsigned_payload) CHECK_ERROR(verify(&sample, protocol), ERR_FAULT);
        sample_done(&sample);
    }
    arena_done(&arena);
}

/* ---- refusals ---- */

#define REFUSED_WITH(sample, protocol, code, change) \
    do {                                             \
        make_vector(&(sample), &vectors[0]);         \
        change;                                      \
        refused(&(sample), (protocol), (code));      \
        sample_done(&(sample));                      \
    } while (0)

TEST(test_sigv4_refusals)
{
    Sample s;
    static const Str name = STR_CONST("authorization");
#define AUTHORIZATION(text) *value_of(&s, name) = STR(text)
    REFUSED_WITH(s, PROTOCOL_JSON, "MissingAuthenticationTokenException", s.request.header_count--);
    REFUSED_WITH(s, PROTOCOL_QUERY, "MissingAuthenticationToken", s.request.header_count--);
    REFUSED_WITH(s, PROTOCOL_REST_XML, "AccessDenied", s.request.header_count--);
    REFUSED_WITH(s, PROTOCOL_QUERY, "IncompleteSignature", AUTHORIZATION("Basic abc"));
    REFUSED_WITH(s, PROTOCOL_QUERY, "IncompleteSignature", AUTHORIZATION("AWS4-HMAC-SHA256 "));
    REFUSED_WITH(s, PROTOCOL_QUERY, "IncompleteSignature", AUTHORIZATION("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0"));
    REFUSED_WITH(s, PROTOCOL_REST_XML, "AuthorizationHeaderMalformed", AUTHORIZATION("AWS4-HMAC-SHA256 Credential=,"));
    REFUSED_WITH(s, PROTOCOL_QUERY, "IncompleteSignature", *value_of(&s, STR("x-amz-date")) = STR("20150830"));
    REFUSED_WITH(s, PROTOCOL_JSON, "InvalidSignatureException", *value_of(&s, STR("host")) = STR("elsewhere"));
    REFUSED_WITH(s, PROTOCOL_QUERY, "SignatureDoesNotMatch", *value_of(&s, STR("x-amz-date")) = STR("20150831T123600Z"));
    REFUSED_WITH(s, PROTOCOL_JSON, "InvalidSignatureException", s.request.body = STR("x"));
    REFUSED_WITH(s, PROTOCOL_JSON, "InvalidSignatureException", add(&s, STR("Host"), STR("second")));
    REFUSED_WITH(s, PROTOCOL_JSON, "InvalidSignatureException", add(&s, STR("X-Amz-Target"), STR("A.B")));
    REFUSED_WITH(s, PROTOCOL_JSON, "UnrecognizedClientException", add(&s, STR("X-Amz-Security-Token"), STR("AAAA")));
    REFUSED_WITH(s, PROTOCOL_REST_XML, "XAmzContentSHA256Mismatch", add(&s, STR("x-amz-content-sha256"), STR("00")));
    REFUSED_WITH(s, PROTOCOL_JSON, "InvalidSignatureException", add(&s, STR("x-amz-content-sha256"), STR("UNSIGNED-PAYLOAD")));
#define SCOPED(key, headers) "AWS4-HMAC-SHA256 Credential=" key "/20150830/us-east-1/service/aws4_request, SignedHeaders=" headers ", Signature=" VANILLA
    REFUSED_WITH(s, PROTOCOL_JSON, "UnrecognizedClientException", AUTHORIZATION(SCOPED("AKIDOTHER", "host;x-amz-date")));
    REFUSED_WITH(s, PROTOCOL_QUERY, "InvalidClientTokenId", AUTHORIZATION(SCOPED("AKIDOTHER", "host;x-amz-date")));
    REFUSED_WITH(s, PROTOCOL_REST_XML, "InvalidAccessKeyId", AUTHORIZATION(SCOPED("AKIDOTHER", "host;x-amz-date")));
    REFUSED_WITH(s, PROTOCOL_JSON, "InvalidSignatureException", AUTHORIZATION(SCOPED("AKIDEXAMPLE", "x-amz-date")));
    REFUSED_WITH(s, PROTOCOL_JSON, "InvalidSignatureException", AUTHORIZATION(SCOPED("AKIDEXAMPLE", "host;not-there;x-amz-date")));
    REFUSED_WITH(s, PROTOCOL_JSON, "IncompleteSignatureException", AUTHORIZATION(SCOPED("AKIDEXAMPLE", "x-amz-date;host")));
    REFUSED_WITH(s, PROTOCOL_JSON, "IncompleteSignatureException", AUTHORIZATION(SCOPED("AKIDEXAMPLE", "host;host")));
}

TEST(test_sigv4_clock_skew)
{
    Sample s;
    make_vector(&s, &vectors[0]);
    Instant signed_at = s.now;
    s.now = signed_at + 15 * DURATION_MINUTE;
    CHECK_OK(verify(&s, PROTOCOL_JSON));
    s.now = signed_at - 15 * DURATION_MINUTE;
    CHECK_OK(verify(&s, PROTOCOL_JSON));
    s.now = signed_at + 16 * DURATION_MINUTE;
    Error *error = verify(&s, PROTOCOL_JSON);
    CHECK_STR(str_from_c(error->message), STR("Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z "
                                              "(20150830T125200Z - 15 min.)"));
    error_free(error);
    s.now = signed_at - 16 * DURATION_MINUTE;
    error = verify(&s, PROTOCOL_JSON);
    CHECK_STR(str_from_c(error->message), STR("Signature not yet current: 20150830T123600Z is still later than "
                                              "20150830T123500Z (20150830T122000Z + 15 min.)"));
    error_free(error);
    refused(&s, PROTOCOL_REST_XML, "RequestTimeTooSkewed");
    sample_done(&s);
}

TEST(test_sigv4_session_credentials)
{
    Sample s;
    sample_init(&s, "AKIDEXAMPLE", "secret");
    Chance chance;
    chance_init_seed(&chance, 7);
    TemporaryCredential given;
    s.now = 1000 * DURATION_DAY;
    credentials_issue(s.credentials, &s.arena, &chance, STR("123456789012"), STR("arn:x"), STR("AROA:y"),
                      s.now + DURATION_MINUTE, &given);
    char date[INSTANT_TEXT_SIZE];
    s.request.method = STR("POST");
    s.request.path = STR("/");
    add(&s, STR("Host"), STR("localhost"));
    add(&s, STR("X-Amz-Date"), instant_format_aws_basic(s.now, date));
    add(&s, STR("X-Amz-Security-Token"), given.session_token);
    add(&s, STR("Authorization"), sigv4_sign(&s.arena, &s.request, given.access_key, given.secret, STR("r"), STR("sqs"), s.now,
                                             "host;x-amz-date;x-amz-security-token"));
    Credential who;
    CHECK_OK(sigv4_verify(&s.arena, &s.request, s.credentials, PROTOCOL_JSON, s.now, &who));
    CHECK_STR(who.account, STR("123456789012"));
    CHECK_STR(who.user_id, STR("AROA:y"));
    s.now += DURATION_MINUTE;
    refused(&s, PROTOCOL_JSON, "ExpiredTokenException");
    refused(&s, PROTOCOL_QUERY, "ExpiredToken");
    *value_of(&s, STR("x-amz-security-token")) = STR("");
    refused(&s, PROTOCOL_JSON, "UnrecognizedClientException");
    sample_done(&s);
}

TEST(test_sigv4_path_spellings)
{
    Sample s;
    make_vector(&s, &vectors[0]);
    /* signed over an escaped path, sent with '!' and ':' as they are */
    s.request.path = STR("/a%21%3A");
    *value_of(&s, STR("authorization")) = sigv4_sign(&s.arena, &s.request, STR("AKIDEXAMPLE"),
        STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), STR("us-east-1"), STR("s3"), s.now, "host;x-amz-date");
    CHECK_OK(verify(&s, PROTOCOL_REST_XML));
    s.request.path = STR("/a!:");
    CHECK_OK(verify(&s, PROTOCOL_REST_XML));
    s.request.path = STR("/a!%3B");
    CHECK_ERROR(verify(&s, PROTOCOL_REST_XML), ERR_FAULT);
    sample_done(&s);
}
