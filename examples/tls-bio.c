/* SPDX-License-Identifier: MIT
 *
 * tls-bio: OpenSSL over a socket without SIGPIPE, and without this library: a BIO that is
 * OpenSSL's own for sockets, but that it writes by send() with MSG_NOSIGNAL.
 *
 *     tls-bio [--plain]     to a socket whose other end is gone
 */

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int write_nosignal(BIO *bio, const char *buffer, int size)
{
    int n = (int)send((int)BIO_get_fd(bio, NULL), buffer, (size_t)size, MSG_NOSIGNAL);

    BIO_clear_retry_flags(bio);
    if (n <= 0 && BIO_sock_should_retry(n))
        BIO_set_retry_write(bio);
    return n;
}

/* To be made once. */
static BIO_METHOD *new_method(void)
{
    const BIO_METHOD *own = BIO_s_socket();
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");

    if (method != NULL) {
        BIO_meth_set_write(method, write_nosignal);
        BIO_meth_set_read(method, BIO_meth_get_read(own));
        BIO_meth_set_puts(method, BIO_meth_get_puts(own));
        BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(own));
        BIO_meth_set_create(method, BIO_meth_get_create(own));
        BIO_meth_set_destroy(method, BIO_meth_get_destroy(own));
    }
    return method;
}

/* In place of SSL_set_fd(). */
static int set_fd(SSL *ssl, int fd, const BIO_METHOD *method)
{
    BIO *bio = BIO_new(method);

    if (bio == NULL)
        return 0;
    BIO_set_fd(bio, fd, BIO_NOCLOSE);
    SSL_set_bio(ssl, bio, bio);
    return 1;
}

int main(int argc, char **argv)
{
    int ends[2], result, error, plain = argc > 1 && strcmp(argv[1], "--plain") == 0;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    BIO_METHOD *method = new_method();

    if (argc > 1 && !plain)
        return fputs("Usage: tls-bio [--plain]\n", stderr), 1;
    if (method == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || close(ends[1]) != 0)
        return 1;
    if (!(plain ? SSL_set_fd(ssl, ends[0]) : set_fd(ssl, ends[0], method)))
        return 1;
    result = SSL_connect(ssl);
    error = errno;
    printf("SSL_connect: %s, %s\n",
           SSL_get_error(ssl, result) == SSL_ERROR_SYSCALL ? "SSL_ERROR_SYSCALL"
                                                           : "another error",
           strerror(error));
    SSL_free(ssl);
    SSL_CTX_free(context);
    BIO_meth_free(method);
    return 0;
}
