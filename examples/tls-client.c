/* SPDX-License-Identifier: MIT
 *
 * tls-client: a TLS client whose server goes away.  OpenSSL writes to its socket by
 * write(), and offers no way to say MSG_NOSIGNAL; so the second SSL_write after the
 * server's end kills a client, unless it stands in an EPIPE_SCOPE.
 *
 * The server is a child of this process, on loopback, with a certificate that is made
 * in memory.  It answers once and ends without a farewell.
 *
 *     tls-client [--install] [--plain]
 */

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <epipe.h>

enum { PATIENCE = 10000 }; /* milliseconds for what takes none */

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "tls-client: %s: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(EXIT_FAILURE);
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    need(X509_sign(certificate, key, EVP_sha256()) > 0, "X509_sign");
    return certificate;
}

/* The server's life: one connection, one request, one answer. */
static void serve(int listener, X509 *certificate, EVP_PKEY *key)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL *ssl;
    char request[64];

    need(SSL_CTX_use_certificate(context, certificate) == 1 &&
             SSL_CTX_use_PrivateKey(context, key) == 1,
         "server's certificate");
    ssl = SSL_new(context);
    SSL_set_fd(ssl, accept(listener, NULL, NULL));
    need(SSL_accept(ssl) == 1, "SSL_accept");
    need(SSL_read(ssl, request, sizeof request) > 0, "server's SSL_read");
    need(SSL_write(ssl, "hello\n", 6) == 6, "server's SSL_write");
    _exit(EXIT_SUCCESS);
}

/* Waits until EVENT of the connection has arrived. */
static void wait_for(int fd, short event)
{
    struct pollfd p = {.fd = fd, .events = event};

    need(poll(&p, 1, PATIENCE) == 1 && (p.revents & event), "poll");
}

/* SSL_write, and what became of it.  SSL_get_error must come before anything else of
 * OpenSSL's; errno is what the scope's block left. */
static void write_line(SSL *ssl, int number, bool plain)
{
    int result = 0, error = 0;

    errno = 0;
    if (plain) {
        result = SSL_write(ssl, "again\n", 6);
        error = SSL_get_error(ssl, result);
    } else {
        EPIPE_SCOPE
        {
            result = SSL_write(ssl, "again\n", 6);
            error = SSL_get_error(ssl, result);
        }
    }
    if (error == SSL_ERROR_NONE)
        printf("SSL_write %d: %d\n", number, result);
    else
        printf("SSL_write %d: %d, %s, %s\n", number, result,
               error == SSL_ERROR_SYSCALL ? "SSL_ERROR_SYSCALL" : "?", strerror(errno));
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"install", no_argument, NULL, 'i'},
                                            {"plain", no_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    bool plain = false;
    int option, fd, listener, status;
    char answer[64];

    while ((option = getopt_long(argc, argv, "iph", options, NULL)) != -1) {
        if (option == 'i') {
            need(epipe_install() == 0, "epipe_install"); /* scopes without system calls */
        } else if (option == 'p') {
            plain = true;
        } else {
            fputs("Usage: tls-client [-i] [-p]\n"
                  "Write to a TLS server that has gone, and print what SSL_write "
                  "returned.\n\n"
                  "  -i, --install  call epipe_install() before\n"
                  "  -p, --plain    without a scope: be killed by SIGPIPE\n"
                  "  -h, --help     show this text\n",
                  option == 'h' ? stdout : stderr);
            return option == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);

    EVP_PKEY *key = EVP_EC_gen("P-256");
    need(key != NULL, "EVP_EC_gen");
    X509 *certificate = make_certificate(key);

    listener = socket(AF_INET, SOCK_STREAM, 0);
    need(listener >= 0 && bind(listener, (struct sockaddr *)&address, length) == 0 &&
             listen(listener, 1) == 0 &&
             getsockname(listener, (struct sockaddr *)&address, &length) == 0,
         "listen");
    pid_t server = fork();
    need(server >= 0, "fork");
    if (server == 0)
        serve(listener, certificate, key);
    close(listener);

    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    need(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) == 1, "trust");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL *ssl = SSL_new(context);
    need(SSL_set1_host(ssl, "localhost") == 1, "SSL_set1_host");
    fd = socket(AF_INET, SOCK_STREAM, 0);
    need(fd >= 0 && connect(fd, (struct sockaddr *)&address, length) == 0, "connect");
    SSL_set_fd(ssl, fd);
    need(SSL_connect(ssl) == 1, "SSL_connect");
    need(SSL_write(ssl, "hello\n", 6) == 6, "SSL_write");
    need(SSL_read(ssl, answer, sizeof answer) == 6, "SSL_read");

    /* The end of file has come, which says no more than that the server will not write.
     * So the first write is sent, and answered by a reset; the second is EPIPE. */
    need(waitpid(server, &status, 0) == server && status == 0, "waitpid");
    wait_for(fd, POLLRDHUP);
    write_line(ssl, 1, plain);
    wait_for(fd, POLLHUP);
    write_line(ssl, 2, plain);

    SSL_free(ssl);
    SSL_CTX_free(context);
    X509_free(certificate);
    EVP_PKEY_free(key);
    close(fd);
    return EXIT_SUCCESS;
}
