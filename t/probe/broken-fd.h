/* SPDX-License-Identifier: MIT
 *
 * Descriptors whose other end is gone, for the probe programs.
 */
#ifndef PROBE_BROKEN_FD_H
#define PROBE_BROKEN_FD_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
        exit(90);
    }
}

/* Two connected TCP sockets on loopback. */
static inline void tcp_pair(int pair[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    need(listener >= 0, "socket");
    need(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
    need(listen(listener, 1) == 0, "listen");
    need(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(connect(pair[0], (struct sockaddr *)&address, length) == 0, "connect");
    pair[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    need(pair[1] >= 0, "accept");
    close(listener);
}

/* Closes PEER so that FD's very first write is EPIPE: end of file first, then a
 * reset, and both have arrived when this returns. */
static inline void tcp_kill(int fd, int peer)
{
    struct linger at_once = {1, 0};
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};

    need(shutdown(peer, SHUT_WR) == 0, "shutdown");
    need(poll(&p, 1, 5000) == 1, "poll for end of file");
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(peer);
    p.events = 0;
    need(poll(&p, 1, 5000) == 1 && (p.revents & POLLHUP), "poll for reset");
}

/* A regular file without a name, on file systems without O_TMPFILE too. */
static inline int scratch_file(void)
{
    char path[] = "/tmp/epipe-file-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);

    need(fd >= 0 && unlink(path) == 0, "file");
    return fd;
}

static inline int broken_fifo(void)
{
    char path[] = "/tmp/epipe-fifo-XXXXXX";
    int reader, writer;

    need(mkdtemp(path) != NULL, "mkdtemp");
    need(chdir(path) == 0 && mkfifo("fifo", 0600) == 0, "mkfifo");
    reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    writer = open("fifo", O_WRONLY | O_CLOEXEC);
    need(reader >= 0 && writer >= 0, "open fifo");
    close(reader);
    unlink("fifo");
    need(chdir("/") == 0 && rmdir(path) == 0, "rmdir");
    return writer;
}

/* A dead descriptor of KIND: pipe, fifo, unix, tcp, or seqpacket (which answers
 * EPIPE without a signal). */
static inline int broken_fd(const char *kind)
{
    int pair[2];

    if (strcmp(kind, "pipe") == 0) {
        need(pipe2(pair, O_CLOEXEC) == 0, "pipe");
        close(pair[0]);
        return pair[1];
    }
    if (strcmp(kind, "fifo") == 0)
        return broken_fifo();
    if (strcmp(kind, "tcp") == 0) {
        tcp_pair(pair);
        tcp_kill(pair[0], pair[1]);
        return pair[0];
    }
    need(socketpair(AF_UNIX,
                    (strcmp(kind, "unix") == 0 ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC,
                    0, pair) == 0,
         "socketpair");
    close(pair[1]);
    return pair[0];
}

/* Standard output, once its reader has left. */
static inline int broken_stdout(void)
{
    struct pollfd p = {.fd = 1};

    need(poll(&p, 1, 5000) == 1 && (p.revents & POLLERR), "a reader that leaves");
    return 1;
}

static inline const char *errno_name(void)
{
    static char number[16];

    if (errno == EPIPE)
        return "EPIPE";
    snprintf(number, sizeof number, "errno %d", errno);
    return number;
}

/* One line for the test to read: what a call returned. */
static inline void say(const char *what, long result)
{
    printf("%s: %ld %s\n", what, result, result < 0 ? errno_name() : "ok");
    fflush(stdout);
}

#endif
