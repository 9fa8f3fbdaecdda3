/* SPDX-License-Identifier: MIT
 *
 * tcp-server: a server with a thread for each client.  A client sends a line with a
 * number and is answered with as many bytes; it may vanish at any time, and mostly
 * does so in the middle of an answer.  That is the end of this client's thread, and
 * with plain send() or write() it would be the end of the server.
 *
 *     tcp-server [--write] [--plain]
 */

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <epipe.h>

struct client {
    int fd;
    unsigned number;
};

/* Two ways to say the same.  epipe_send is one system call on every kernel, and fit
 * where the descriptor is known to be a socket; epipe_write takes anything. */
static ssize_t by_send(int fd, const void *buf, size_t len)
{
    return epipe_send(fd, buf, len, 0);
}

static ssize_t by_plain_send(int fd, const void *buf, size_t len)
{
    return send(fd, buf, len, 0);
}

static ssize_t (*put)(int fd, const void *buf, size_t len) = by_send;

static void fail(const char *what)
{
    fprintf(stderr, "tcp-server: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Reads up to the end of the line.  Returns 0 also for a client that sent none. */
static unsigned long long read_request(int fd)
{
    char line[32];
    size_t used = 0;

    while (used < sizeof line - 1) {
        ssize_t n = read(fd, line + used, sizeof line - 1 - used);

        if (n <= 0)
            return 0;
        used += (size_t)n;
        if (memchr(line, '\n', used))
            break;
    }
    line[used] = '\0';
    return strtoull(line, NULL, 10);
}

static void *serve(void *argument)
{
    struct client *client = argument;
    unsigned long long asked = read_request(client->fd), sent = 0;
    char text[65536];
    ssize_t n = 0;

    memset(text, 'x', sizeof text);
    while (sent < asked) {
        size_t len = asked - sent < sizeof text ? (size_t)(asked - sent) : sizeof text;

        n = put(client->fd, text, len);
        if (n < 0)
            break; /* EPIPE, or ECONNRESET: this client only */
        sent += (unsigned long long)n;
    }
    printf("client %u: %s after %llu of %llu\n", client->number,
           n < 0 ? strerror(errno) : "done", sent, asked);
    close(client->fd);
    free(client);
    return NULL;
}

static int start_listening(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    /* Port 0: the kernel chooses one, so that no two servers are in each other's way. */
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
        listen(fd, 64) != 0 || getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        fail("listen");
    printf("port %u\n", ntohs(address.sin_port));
    return fd;
}

static void accept_one(int listener, unsigned number)
{
    struct client *client = malloc(sizeof *client);
    pthread_t thread;
    int error;

    if (!client)
        fail("malloc");
    client->number = number;
    client->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (client->fd < 0) { /* gone before it was accepted */
        free(client);
        return;
    }
    error = pthread_create(&thread, NULL, serve, client);
    if (error) {
        errno = error;
        fail("pthread_create");
    }
    pthread_detach(thread);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"write", no_argument, NULL, 'w'},
                                            {"plain", no_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int use_write = 0, plain = 0, option;
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};

    while ((option = getopt_long(argc, argv, "wph", options, NULL)) != -1) {
        if (option == 'w') {
            use_write = 1;
        } else if (option == 'p') {
            plain = 1;
        } else {
            fputs("Usage: tcp-server [-w] [-p]\n"
                  "Answer clients on 127.0.0.1, at the port that is printed, until "
                  "standard\n"
                  "input ends.\n\n"
                  "  -w, --write  answer by epipe_write, not epipe_send\n"
                  "  -p, --plain  by write or send, and be killed by SIGPIPE\n"
                  "  -h, --help   show this text\n",
                  option == 'h' ? stdout : stderr);
            return option == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
        }
    }
    if (use_write)
        put = plain ? write : epipe_write;
    else if (plain)
        put = by_plain_send;

    setvbuf(stdout, NULL, _IOLBF, 0);
    fds[1].fd = start_listening();
    for (unsigned number = 1;;) {
        if (poll(fds, 2, -1) < 0)
            fail("poll");
        if (fds[0].revents)
            return EXIT_SUCCESS; /* whoever started us has gone */
        accept_one(fds[1].fd, number++);
    }
}
