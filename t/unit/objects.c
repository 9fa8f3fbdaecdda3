/* SPDX-License-Identifier: MIT
 *
 * How the kinds of descriptor are made.
 */
#include "objects.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <termios.h>

#include "t/probe/broken-fd.h"

static void fill(int fd)
{
    static const char data[4096];

    while (write(fd, data, sizeof data) > 0)
        ;
    while (write(fd, data, 1) > 0)
        ;
    need(errno == EAGAIN, "fill");
}

static void make_pipe(const struct kind *kind, struct object *o)
{
    int pair[2];

    need(pipe2(pair, kind->flags | O_CLOEXEC) == 0, "pipe");
    *o = (struct object){pair[1], pair[0]};
    need(fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
    if (kind->state == FULL) {
        need(fcntl(pair[1], F_SETPIPE_SZ, 4096) > 0, "F_SETPIPE_SZ");
        fill(pair[1]);
    }
    if (kind->state == DEAD) {
        close(o->peer);
        o->peer = -1;
    }
}

/* Its writer is gone, so that reading it is no wait. */
static void make_read_end(const struct kind *kind, struct object *o)
{
    int pair[2];

    (void)kind;
    need(pipe2(pair, O_CLOEXEC) == 0, "pipe");
    close(pair[1]);
    *o = (struct object){pair[0], -1};
}

static void make_fifo(const struct kind *kind, struct object *o)
{
    *o = (struct object){broken_fifo(), -1};
    if (kind->state == LIVING) {
        char path[64];

        snprintf(path, sizeof path, "/proc/self/fd/%d", o->fd);
        o->peer = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        need(o->peer >= 0, "reopen fifo");
    }
}

static void set_state(const struct kind *kind, struct object *o)
{
    if (kind->state == FULL)
        fill(o->fd);
    if (kind->state == SHUT)
        need(shutdown(o->fd, SHUT_WR) == 0, "SHUT_WR");
    if (kind->state == PEER_SHUT)
        need(shutdown(o->peer, SHUT_RD) == 0, "SHUT_RD");
}

static void make_unix(const struct kind *kind, struct object *o)
{
    int pair[2];

    need(socketpair(AF_UNIX, kind->type | kind->flags | SOCK_CLOEXEC, 0, pair) == 0,
         "socketpair");
    *o = (struct object){pair[0], pair[1]};
    need(fcntl(pair[1], F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
    if (kind->state == DEAD) {
        close(o->peer);
        o->peer = -1;
    }
    set_state(kind, o);
}

static void make_tcp(const struct kind *kind, struct object *o)
{
    const struct linger at_once = {1, 0};
    int pair[2] = {-1, -1};

    if (kind->state == UNCONNECTED)
        pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    else
        tcp_pair(pair);
    *o = (struct object){pair[0], pair[1]};
    if (kind->state == DEAD) {
        tcp_kill(o->fd, o->peer);
        o->peer = -1;
    }
    set_state(kind, o);
    setsockopt(o->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static void make_udp(const struct kind *kind, struct object *o)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;

    *o = (struct object){socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                         socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    need(bind(o->peer, (struct sockaddr *)&address, length) == 0, "bind");
    need(getsockname(o->peer, (struct sockaddr *)&address, &length) == 0, "getsockname");
    if (kind->state != UNCONNECTED)
        need(connect(o->fd, (struct sockaddr *)&address, length) == 0, "connect");
    set_state(kind, o);
}

static void make_pty(const struct kind *kind, struct object *o)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    struct termios raw;
    int slave;

    need(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0, "pty");
    slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    need(slave >= 0 && tcgetattr(slave, &raw) == 0, "pty slave");
    cfmakeraw(&raw);
    need(tcsetattr(slave, TCSANOW, &raw) == 0, "raw");
    *o = kind->flags != 0 ? (struct object){master, slave} : (struct object){slave, master};
    need(fcntl(o->fd, F_SETFL, 0) == 0, "blocking");
    if (kind->state == DEAD) {
        close(o->peer);
        o->peer = -1;
    }
}

static void make_file(const struct kind *kind, struct object *o)
{
    *o = (struct object){scratch_file(), -1};
    need(o->fd >= 0 && write(o->fd, "0123456789abcdef", 16) == 16, "file");
    need(lseek(o->fd, 4, SEEK_SET) == 4 && fcntl(o->fd, F_SETFL, kind->flags) == 0,
         "file");
}

static void make_memfd(const struct kind *kind, struct object *o)
{
    *o = (struct object){memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING), -1};
    need(o->fd >= 0 && write(o->fd, "0123456789abcdef", 16) == 16, "memfd");
    need(lseek(o->fd, 4, SEEK_SET) == 4, "memfd");
    need(kind->flags == 0 || fcntl(o->fd, F_ADD_SEALS, kind->flags) == 0, "seal");
}

static void make_eventfd(const struct kind *kind, struct object *o)
{
    *o = (struct object){eventfd(1, EFD_CLOEXEC | kind->flags), -1};
    need(o->fd >= 0, "eventfd");
}

static void make_timerfd(const struct kind *kind, struct object *o)
{
    (void)kind;
    *o = (struct object){timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), -1};
    need(o->fd >= 0, "timerfd");
}

static void make_open(const struct kind *kind, struct object *o)
{
    prctl(PR_SET_NAME, "before");
    *o = (struct object){open(kind->path, kind->flags | O_CLOEXEC), -1};
    need(o->fd >= 0, kind->path);
}

static void make_closed(const struct kind *kind, struct object *o)
{
    (void)kind;
    *o = (struct object){fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 900), -1};
    need(o->fd >= 0 && close(o->fd) == 0, "close");
}

static void make_negative(const struct kind *kind, struct object *o)
{
    (void)kind;
    *o = (struct object){-1, -1};
}

const struct kind kinds[] = {
    {"pipe", make_pipe, 0, 0, LIVING, LOOK_PEER, NULL},
    {"dead pipe", make_pipe, 0, 0, DEAD, LOOK_NOWHERE, NULL},
    {"non-blocking pipe", make_pipe, 0, O_NONBLOCK, LIVING, LOOK_PEER, NULL},
    {"dead non-blocking pipe", make_pipe, 0, O_NONBLOCK, DEAD, LOOK_NOWHERE, NULL},
    {"full non-blocking pipe", make_pipe, 0, O_NONBLOCK, FULL, LOOK_PEER, NULL},
    {"O_DIRECT pipe", make_pipe, 0, O_DIRECT, LIVING, LOOK_PEER, NULL},
    {"dead O_DIRECT pipe", make_pipe, 0, O_DIRECT, DEAD, LOOK_NOWHERE, NULL},
    {"read end of a pipe", make_read_end, 0, 0, LIVING, LOOK_NOWHERE, NULL},
    {"FIFO", make_fifo, 0, 0, LIVING, LOOK_PEER, NULL},
    {"dead FIFO", make_fifo, 0, 0, DEAD, LOOK_NOWHERE, NULL},
    {"unix stream", make_unix, SOCK_STREAM, 0, LIVING, LOOK_PEER, NULL},
    {"dead unix stream", make_unix, SOCK_STREAM, 0, DEAD, LOOK_NOWHERE, NULL},
    {"unix stream after SHUT_WR", make_unix, SOCK_STREAM, 0, SHUT, LOOK_PEER, NULL},
    {"unix stream after its peer's SHUT_RD", make_unix, SOCK_STREAM, 0, PEER_SHUT,
     LOOK_PEER, NULL},
    {"non-blocking unix stream", make_unix, SOCK_STREAM, SOCK_NONBLOCK, LIVING, LOOK_PEER, NULL},
    {"full unix stream", make_unix, SOCK_STREAM, SOCK_NONBLOCK, FULL, LOOK_PEER, NULL},
    {"unix datagram", make_unix, SOCK_DGRAM, 0, LIVING, LOOK_PEER, NULL},
    {"dead unix datagram", make_unix, SOCK_DGRAM, 0, DEAD, LOOK_NOWHERE, NULL},
    {"unix datagram after SHUT_WR", make_unix, SOCK_DGRAM, 0, SHUT, LOOK_PEER, NULL},
    {"full unix datagram", make_unix, SOCK_DGRAM, SOCK_NONBLOCK, FULL, LOOK_PEER, NULL},
    {"seqpacket", make_unix, SOCK_SEQPACKET, 0, LIVING, LOOK_PEER, NULL},
    {"dead seqpacket", make_unix, SOCK_SEQPACKET, 0, DEAD, LOOK_NOWHERE, NULL},
    {"seqpacket after SHUT_WR", make_unix, SOCK_SEQPACKET, 0, SHUT, LOOK_PEER, NULL},
    {"TCP", make_tcp, 0, 0, LIVING, LOOK_END, NULL},
    {"reset TCP", make_tcp, 0, 0, DEAD, LOOK_NOWHERE, NULL},
    {"TCP after SHUT_WR", make_tcp, 0, 0, SHUT, LOOK_END, NULL},
    {"unconnected TCP", make_tcp, 0, 0, UNCONNECTED, LOOK_NOWHERE, NULL},
    {"UDP", make_udp, SOCK_DGRAM, 0, LIVING, LOOK_MARK, NULL},
    {"UDP after SHUT_WR", make_udp, SOCK_DGRAM, 0, SHUT, LOOK_PEER, NULL},
    {"unconnected UDP", make_udp, SOCK_DGRAM, 0, UNCONNECTED, LOOK_PEER, NULL},
    {"pty", make_pty, 0, 0, LIVING, LOOK_MARK, NULL},
    {"dead pty", make_pty, 0, 0, DEAD, LOOK_NOWHERE, NULL},
    {"pty master", make_pty, 0, 1, LIVING, LOOK_MARK, NULL},
    {"eventfd", make_eventfd, 0, EFD_NONBLOCK, LIVING, LOOK_SELF, NULL},
    {"timerfd", make_timerfd, 0, 0, LIVING, LOOK_NOWHERE, NULL},
    {"memfd", make_memfd, 0, 0, LIVING, LOOK_FILE, NULL},
    {"sealed memfd", make_memfd, 0, F_SEAL_WRITE, LIVING, LOOK_FILE, NULL},
    {"file", make_file, 0, 0, LIVING, LOOK_FILE, NULL},
    {"file with O_APPEND", make_file, 0, O_APPEND, LIVING, LOOK_FILE, NULL},
    {"/dev/null", make_open, 0, O_WRONLY, LIVING, LOOK_NOWHERE, "/dev/null"},
    {"/dev/full", make_open, 0, O_WRONLY, LIVING, LOOK_NOWHERE, "/dev/full"},
    {"/proc/self/comm", make_open, 0, O_RDWR, LIVING, LOOK_FILE, "/proc/self/comm"},
    {"a read-only file", make_open, 0, O_RDONLY, LIVING, LOOK_NOWHERE, "/proc/self/exe"},
    {"a directory", make_open, 0, O_RDONLY, LIVING, LOOK_NOWHERE, "/"},
    {"an O_PATH descriptor", make_open, 0, O_PATH, LIVING, LOOK_NOWHERE, "/dev/null"},
    {"a closed number", make_closed, 0, 0, LIVING, LOOK_NOWHERE, NULL},
    {"descriptor -1", make_negative, 0, 0, LIVING, LOOK_NOWHERE, NULL},
};

const size_t kind_count = sizeof kinds / sizeof *kinds;
