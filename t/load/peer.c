/* SPDX-License-Identifier: MIT
 *
 * Connections for the load, and what is expected of them.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#ifdef LOAD_TLS
#include <openssl/ssl.h>
#endif

static bool failed(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    return false;
}

const char *peer_address(const char *list, uint64_t *random)
{
    static char address[256];
    unsigned count = 1;
    uint64_t chosen;

    for (const char *at = list; *at != '\0'; at++)
        count += *at == ',';
    for (chosen = random_below(random, count); chosen > 0; chosen--)
        list = strchr(list, ',') + 1;
    snprintf(address, sizeof address, "%.*s", (int)strcspn(list, ","), list);
    return address;
}

#ifdef LOAD_TLS
static bool tls_open(struct peer *peer)
{
    static SSL_CTX *context;

    if (context == NULL)
        context = SSL_CTX_new(TLS_client_method());
    peer->tls = SSL_new(context);
    if (SSL_set_fd(peer->tls, peer->fd) == 1 && SSL_connect(peer->tls) == 1)
        return true;
    SSL_free(peer->tls);
    errno = EPROTO;
    return false;
}

static ssize_t tls_send(struct peer *peer, const void *data, size_t size)
{
    int sent = SSL_write(peer->tls, data, (int)size);

    return sent > 0 ? sent : (errno = EPROTO, -1);
}

static ssize_t tls_receive(struct peer *peer)
{
    int got = SSL_read(peer->tls, peer->buffer, sizeof peer->buffer);

    if (got > 0 || SSL_get_error(peer->tls, got) == SSL_ERROR_ZERO_RETURN)
        return got > 0 ? got : 0;
    errno = EPROTO;
    return -1;
}

static void tls_close(struct peer *peer)
{
    SSL_free(peer->tls);
}
#else
static bool tls_open(struct peer *peer)
{
    (void)peer;
    errno = EPROTONOSUPPORT;
    return false;
}

static ssize_t tls_send(struct peer *peer, const void *data, size_t size)
{
    (void)peer, (void)data, (void)size;
    return -1;
}

static ssize_t tls_receive(struct peer *peer)
{
    (void)peer;
    return -1;
}

static void tls_close(struct peer *peer)
{
    (void)peer;
}
#endif

bool peer_open(struct peer *peer, const char *address)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct sockaddr_in port = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct timeval bound = {.tv_sec = PEER_SECONDS};
    bool is_unix = strncmp(address, "unix:", 5) == 0;
    const void *to = is_unix ? (void *)&path : (void *)&port;
    socklen_t length = is_unix ? sizeof path : sizeof port;

    snprintf(path.sun_path, sizeof path.sun_path, "%.*s", (int)sizeof path.sun_path - 1,
             address + 5);
    port.sin_port = htons((uint16_t)atoi(address + 4));
    peer->tls = NULL;
    peer->at = peer->end = 0;
    peer->fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer->fd < 0)
        return failed("socket");
    setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    setsockopt(peer->fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
    if (connect(peer->fd, to, length) == 0 &&
        (strncmp(address, "tls:", 4) != 0 || tls_open(peer)))
        return true;
    failed(address);
    close(peer->fd);
    return false;
}

bool peer_send(struct peer *peer, const void *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = peer->tls != NULL ? tls_send(peer, data, size)
                                         : send(peer->fd, data, size, MSG_NOSIGNAL);
        if (sent < 0)
            return failed("send");
        data = (const char *)data + sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool received(struct peer *peer)
{
    ssize_t got;

    if (peer->at < peer->end)
        return true;
    got = peer->tls != NULL ? tls_receive(peer)
                            : recv(peer->fd, peer->buffer, sizeof peer->buffer, 0);
    if (got < 0)
        return failed("receive");
    if (got == 0) {
        fputs("load: the server has closed the connection\n", stderr);
        return false;
    }
    peer->at = 0;
    peer->end = (size_t)got;
    return true;
}

bool peer_expect(struct peer *peer, const char *wanted, size_t size, const char *what)
{
    for (size_t done = 0; done < size;) {
        size_t part;

        if (!received(peer))
            return false;
        part = peer->end - peer->at < size - done ? peer->end - peer->at : size - done;
        if (memcmp(peer->buffer + peer->at, wanted + done, part) != 0) {
            fprintf(stderr, "load: %s: not what was expected, in bytes %zu to %zu of %zu\n",
                    what, done, done + part, size);
            return false;
        }
        peer->at += part;
        done += part;
    }
    return true;
}

bool peer_line(struct peer *peer, char *line, size_t size)
{
    for (size_t length = 0; length < size; length++) {
        if (!received(peer))
            return false;
        line[length] = peer->buffer[peer->at++];
        if (line[length] == '\n' && length > 0 && line[length - 1] == '\r') {
            line[length - 1] = '\0';
            return true;
        }
    }
    fputs("load: a line without end\n", stderr);
    return false;
}

void peer_close(struct peer *peer)
{
    if (peer->tls != NULL)
        tls_close(peer);
    close(peer->fd);
}
