/* SPDX-License-Identifier: MIT
 *
 * One broken write on a connection between known addresses, for what the shim says of them.
 *
 *   path PATH, abstract NAME   a unix socket's
 *   tcp4, tcp6                 which are printed as LOCAL -> PEER
 */
#include <stddef.h>
#include <sys/un.h>

#include "broken-fd.h"

/* A socket connected to ADDRESS, whose other end is gone. */
static int connected(const struct sockaddr *address, socklen_t length)
{
    int listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    int server;

    need(listener >= 0 && client >= 0, "socket");
    need(bind(listener, address, length) == 0 && listen(listener, 1) == 0, "bind");
    need(getsockname(listener, (struct sockaddr *)&bound, &size) == 0, "getsockname");
    need(connect(client, (struct sockaddr *)&bound, size) == 0, "connect");
    server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    need(server >= 0, "accept");
    close(listener);
    if (address->sa_family == AF_UNIX) {
        close(server);
        return client;
    }
    size = sizeof bound;
    need(getsockname(client, (struct sockaddr *)&bound, &size) == 0, "getsockname");
    printf("%u", ntohs(((struct sockaddr_in *)&bound)->sin_port));
    size = sizeof bound;
    need(getpeername(client, (struct sockaddr *)&bound, &size) == 0, "getpeername");
    printf(" -> %u\n", ntohs(((struct sockaddr_in *)&bound)->sin_port));
    fflush(stdout);
    tcp_kill(client, server);
    return client;
}

static int unix_client(const char *name, int is_abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);

    need(length + 1 < sizeof address.sun_path, "a name that fits");
    memcpy(address.sun_path + is_abstract, name, length);
    /* A NUL inside an abstract name stands for itself; ours is written as a %. */
    for (size_t i = 1; is_abstract && i <= length; i++)
        if (address.sun_path[i] == '%')
            address.sun_path[i] = '\0';
    return connected((struct sockaddr *)&address,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
}

static int tcp_client(int family)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    return family == AF_INET ? connected((struct sockaddr *)&in, sizeof in)
                             : connected((struct sockaddr *)&in6, sizeof in6);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    int fd = -1;

    if (argc == 3 && (strcmp(what, "path") == 0 || strcmp(what, "abstract") == 0))
        fd = unix_client(argv[2], what[0] == 'a');
    else if (argc == 2 && (strcmp(what, "tcp4") == 0 || strcmp(what, "tcp6") == 0))
        fd = tcp_client(what[3] == '4' ? AF_INET : AF_INET6);
    need(fd >= 0, "usage");
    need(write(fd, "x", 1) == -1 && errno == EPIPE, "a write that says EPIPE");
    return 0;
}
