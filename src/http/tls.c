/* tls.c -- TLS 1.2 and newer, on sockets that do not block, by OpenSSL.
 *
 * OpenSSL reads and writes the socket itself, through a BIO of our own: its own one would raise
 * SIGPIPE when the client has gone. A record may be decrypted further than was asked for; the socket
 * knows nothing of such bytes, so tls_session_has_input() does. */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "http/http_internal.h"

struct HttpTls {
    SSL_CTX    *context;
    BIO_METHOD *transport;
};

struct TlsSession {
    SSL *ssl;
    bool wants_write;
    bool failed; /* nothing more may be said on it */
};

/* The BIO: its data is the descriptor, in a pointer. */

static int descriptor_of(BIO *bio)
{
    return (int)(intptr_t)BIO_get_data(bio);
}

static bool may_try_again(int error_number)
{
    return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

static int transport_write(BIO *bio, const char *bytes, int size)
{
    BIO_clear_retry_flags(bio);
    ssize_t written = send(descriptor_of(bio), bytes, (size_t)size, MSG_NOSIGNAL);
    if (written < 0 && may_try_again(errno)) BIO_set_retry_write(bio);
    return (int)written;
}

static int transport_read(BIO *bio, char *out, int size)
{
    BIO_clear_retry_flags(bio);
    ssize_t got = recv(descriptor_of(bio), out, (size_t)size, 0);
    if (got < 0 && may_try_again(errno)) BIO_set_retry_read(bio);
    if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return (int)got;
}

static long transport_control(BIO *bio, int command, long number, void *pointer)
{
    (void)number, (void)pointer;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *transport_new(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket without signals");
    if (!method) return NULL;
    BIO_meth_set_write(method, transport_write);
    BIO_meth_set_read(method, transport_read);
    BIO_meth_set_ctrl(method, transport_control);
    return method;
}

/* The context. */

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *offered,
                           unsigned offered_length, void *context)
{
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl, (void)context;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_length, ours, sizeof ours - 1, offered, offered_length) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static Error *tls_error(const char *what, const char *file)
{
    char reason[256];
    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
    ERR_clear_error();
    return error_new(ERR_INVALID, "%s %s: %s", what, file, reason);
}

static Error *configure(SSL_CTX *context, const char *certificate_file, const char *key_file)
{
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1) return tls_error("cannot use the certificate", certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1) return tls_error("cannot use the key", key_file);
    if (SSL_CTX_check_private_key(context) != 1) return tls_error("the certificate is of another key than", key_file);
    return NULL;
}

Error *http_tls_new(const char *certificate_file, const char *key_file, HttpTls **out)
{
    HttpTls *tls = memory_alloc_zero(sizeof *tls);
    if (!tls) return error_memory();
    tls->context = SSL_CTX_new(TLS_server_method());
    tls->transport = transport_new();
    Error *error = tls->context && tls->transport ? configure(tls->context, certificate_file, key_file) : error_memory();
    if (error) {
        http_tls_free(tls);
        return error;
    }
    *out = tls;
    return NULL;
}

void http_tls_free(HttpTls *tls)
{
    if (!tls) return;
    SSL_CTX_free(tls->context);
    BIO_meth_free(tls->transport);
    memory_free(tls);
}

/* Sessions. */

TlsSession *tls_session_new(HttpTls *tls, int fd)
{
    TlsSession *session = memory_alloc_zero(sizeof *session);
    if (!session) return NULL;
    session->ssl = SSL_new(tls->context);
    BIO *bio = session->ssl ? BIO_new(tls->transport) : NULL;
    if (!bio) {
        tls_session_free(session);
        return NULL;
    }
    BIO_set_data(bio, (void *)(intptr_t)fd);
    BIO_set_init(bio, 1);
    SSL_set_bio(session->ssl, bio, bio);
    SSL_set_accept_state(session->ssl);
    return session;
}

void tls_session_end(TlsSession *session)
{
    if (!session->ssl || session->failed || !SSL_is_init_finished(session->ssl)) return;
    ERR_clear_error();
    SSL_shutdown(session->ssl); /* the client's goodbye is not waited for */
    session->failed = true;
}

void tls_session_free(TlsSession *session)
{
    if (!session) return;
    tls_session_end(session);
    SSL_free(session->ssl);
    memory_free(session);
}

static int judge(TlsSession *session, int result)
{
    int error = SSL_get_error(session->ssl, result);
    session->wants_write = error == SSL_ERROR_WANT_WRITE;
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return TRANSPORT_BLOCKED;
    session->failed = true;
    return TRANSPORT_BROKEN;
}

int tls_session_shake(TlsSession *session)
{
    ERR_clear_error();
    int result = SSL_do_handshake(session->ssl);
    if (result != 1) {
        result = judge(session, result);
        return result == 0 ? TRANSPORT_BROKEN : result;
    }
    session->wants_write = false;
    return 1;
}

/* As much as fits: one call gives one record at most. */
ssize_t tls_session_read(TlsSession *session, char *out, size_t size)
{
    size_t total = 0;
    session->wants_write = false;
    while (total < size) {
        size_t got = 0;
        ERR_clear_error();
        int result = SSL_read_ex(session->ssl, out + total, size - total, &got);
        if (result != 1) {
            int verdict = judge(session, result);
            return total > 0 ? (ssize_t)total : verdict; /* an end or a failure shows again at the next call */
        }
        total += got;
    }
    return (ssize_t)total;
}

ssize_t tls_session_write(TlsSession *session, Str bytes)
{
    size_t total = 0;
    while (total < bytes.length) {
        size_t written = 0;
        ERR_clear_error();
        int result = SSL_write_ex(session->ssl, bytes.data + total, bytes.length - total, &written);
        if (result != 1) {
            int verdict = judge(session, result);
            if (verdict != TRANSPORT_BLOCKED) return TRANSPORT_BROKEN;
            return total > 0 ? (ssize_t)total : verdict;
        }
        total += written;
    }
    return (ssize_t)total;
}

bool tls_session_has_input(TlsSession *session)
{
    return SSL_pending(session->ssl) > 0; /* not SSL_has_pending: half a record is nothing to read yet */
}

bool tls_session_wants_write(const TlsSession *session)
{
    return session->wants_write;
}
