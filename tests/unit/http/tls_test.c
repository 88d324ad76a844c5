/* tls_test.c -- the same server under TLS, with a certificate made here. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/http/fixture.h"

typedef struct Files {
    char certificate[128];
    char key[128];
} Files;

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    return certificate;
}

static void files_init(Files *files)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    snprintf(files->certificate, sizeof files->certificate, "%s/certificate.pem", test_directory());
    snprintf(files->key, sizeof files->key, "%s/key.pem", test_directory());
    FILE *file = fopen(files->certificate, "w");
    CHECK(file && PEM_write_X509(file, certificate));
    fclose(file);
    file = fopen(files->key, "w");
    CHECK(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

typedef struct Client {
    int      fd;
    SSL_CTX *context;
    SSL     *ssl;
} Client;

static bool client_init(Client *client, const Fixture *fixture, int version_max)
{
    client->fd = client_connect(fixture);
    client->context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(client->context, version_max);
    client->ssl = SSL_new(client->context);
    SSL_set_fd(client->ssl, client->fd);
    bool connected = SSL_connect(client->ssl) == 1;
    ERR_clear_error();
    return connected;
}

static void client_done(Client *client)
{
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    close(client->fd);
}

static void write_all(Client *client, Str bytes)
{
    size_t written = 0;
    CHECK_INT(SSL_write_ex(client->ssl, bytes.data, bytes.length, &written), 1);
    CHECK_INT(written, bytes.length);
}

/* Reads until `size` bytes of bodies and heads have come. */
static void read_exactly(Client *client, Buffer *out, size_t size)
{
    while (out->length < size) {
        size_t got = 0;
        char *room = buffer_reserve(out, size - out->length);
        if (!CHECK_INT(SSL_read_ex(client->ssl, room, size - out->length, &got), 1)) return;
        buffer_extend(out, got);
    }
}

static void expect_text(Client *client, Str text)
{
    Buffer seen;
    size_t at;
    buffer_init(&seen);
    while (!str_find(buffer_str(&seen), text, &at)) {
        size_t before = seen.length;
        read_exactly(client, &seen, seen.length + 1);
        if (seen.length == before) break;
    }
    CHECK(str_find(buffer_str(&seen), text, &at));
    buffer_done(&seen);
}

static void converse(int version_max)
{
    Files files;
    HttpTls *tls;
    Fixture fixture;
    Client client;
    files_init(&files);
    CHECK_OK(http_tls_new(files.certificate, files.key, &tls));
    fixture_start(&fixture, &fixture_limits, tls);
    CHECK(client_init(&client, &fixture, version_max));
    for (int i = 0; i < 3; i++) {
        write_all(&client, STR("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
        expect_text(&client, STR("\r\n\r\nhello"));
    }
    write_all(&client, STR("GET /park HTTP/1.1\r\nHost: h\r\n\r\n"));
    fixture_wait(&fixture.open, 1);
    client_done(&client);
    fixture_wait(&fixture.gone, 1);
    fixture_stop(&fixture);
    http_tls_free(tls);
}

TEST(test_http_tls_12)
{
    converse(TLS1_2_VERSION);
}

TEST(test_http_tls_13)
{
    converse(TLS1_3_VERSION);
}

TEST(test_http_tls_carries_large_bodies_both_ways)
{
    enum { SIZE = 3 * 1000 * 1000 };
    Files files;
    HttpTls *tls;
    Fixture fixture;
    Client client;
    Buffer seen;
    char *bytes = memory_alloc(SIZE);
    for (int i = 0; i < SIZE; i++) bytes[i] = (char)(i * 7 + i / 1000);
    files_init(&files);
    CHECK_OK(http_tls_new(files.certificate, files.key, &tls));
    fixture_start(&fixture, &fixture_limits, tls);
    CHECK(client_init(&client, &fixture, TLS1_3_VERSION));
    write_all(&client, STR("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n"));
    write_all(&client, str_from(bytes, SIZE));
    expect_text(&client, STR("\r\n\r\n"));
    buffer_init(&seen);
    read_exactly(&client, &seen, SIZE);
    CHECK(str_equal(buffer_str(&seen), str_from(bytes, SIZE)));
    buffer_done(&seen);
    write_all(&client, STR("GET /bye HTTP/1.1\r\nHost: h\r\n\r\n"));
    expect_text(&client, STR("bye"));
    CHECK_INT(SSL_read(client.ssl, bytes, 1), 0);
    CHECK_INT(SSL_get_error(client.ssl, 0), SSL_ERROR_ZERO_RETURN); /* a goodbye, not a cut */
    client_done(&client);
    fixture_stop(&fixture);
    http_tls_free(tls);
    memory_free(bytes);
}

TEST(test_http_tls_refuses_old_versions_and_plain_text)
{
    HttpLimits limits = fixture_limits;
    Files files;
    HttpTls *tls;
    Fixture fixture;
    Client client;
    limits.head_time_max = 50 * DURATION_MS;
    files_init(&files);
    CHECK_OK(http_tls_new(files.certificate, files.key, &tls));
    fixture_start(&fixture, &limits, tls);
    CHECK(!client_init(&client, &fixture, TLS1_1_VERSION));
    client_done(&client);
    int fd = client_connect(&fixture);
    char answer[64];
    client_send(fd, STR("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
    while (recv(fd, answer, sizeof answer, 0) > 0) CHECK(memcmp(answer, "HTTP", 4) != 0);
    close(fd);
    fd = client_connect(&fixture); /* says nothing: the handshake has a limit too */
    client_expect_end(fd);
    close(fd);
    fixture_stop(&fixture);
    http_tls_free(tls);
}

TEST(test_http_tls_tells_what_is_wrong_with_files)
{
    Files files;
    HttpTls *tls;
    files_init(&files);
    CHECK_ERROR(http_tls_new("/does/not/exist", files.key, &tls), ERR_INVALID);
    CHECK_ERROR(http_tls_new(files.certificate, files.certificate, &tls), ERR_INVALID);
}
