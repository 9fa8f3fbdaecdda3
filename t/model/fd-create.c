/* SPDX-License-Identifier: MIT
 *
 * Making the objects.
 */
#include "fd-create.h"
#include "record.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

static struct sockaddr_in listener_address;
static bool has_made_pipe;

void fd_slot_die(const char *what)
{
    dprintf(FD_DIAGNOSTICS, "model: %s: %s\n", what, strerror(errno));
    _exit(MODEL_BROKEN);
}

ssize_t fd_slot_write(int fd, const void *data, size_t size)
{
    return syscall(SYS_write, fd, data, size);
}

static void need(bool ok, const char *what)
{
    if (!ok)
        fd_slot_die(what);
}

void fd_create_prepare(void)
{
    socklen_t length = sizeof listener_address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    listener_address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    need(fd >= 0 && bind(fd, (struct sockaddr *)&listener_address, length) == 0 &&
             listen(fd, 16) == 0 &&
             getsockname(fd, (struct sockaddr *)&listener_address, &length) == 0,
         "listener");
    need(dup2(fd, FD_LISTENER) == FD_LISTENER, "dup2");
    close(fd);
}

static void fd_create_pipe(int ends[2], int flags)
{
    int pair[2];

    has_made_pipe = true;
    need(pipe2(pair, flags) == 0, "pipe");
    ends[0] = pair[1];
    ends[1] = pair[0];
}

static const char *scratch_name(char name[static 256], const char *what)
{
    const char *directory = getenv("TMPDIR");

    snprintf(name, 256, "%s/epipe-model-%s-%d", directory ? directory : "/tmp", what,
             getpid());
    return name;
}

bool fd_create_has_made_pipe(void) { return has_made_pipe; }

void fd_create_forget_pipes(void) { has_made_pipe = false; }

static void fd_create_fifo(int ends[2])
{
    char name[256];

    need(mkfifo(scratch_name(name, "fifo"), 0600) == 0, "mkfifo");
    ends[1] = open(name, O_RDONLY | O_NONBLOCK);
    ends[0] = open(name, O_WRONLY);
    need(ends[0] >= 0 && ends[1] >= 0, "open of a FIFO");
    unlink(name);
}

static void fd_create_tcp(int ends[2])
{
    int on = 1;

    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    need(connect(ends[0], (struct sockaddr *)&listener_address, sizeof listener_address) == 0,
         "connect");
    ends[1] = accept(FD_LISTENER, NULL, NULL);
    need(ends[1] >= 0, "accept");
    setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void fd_create_udp(int ends[2])
{
    struct sockaddr_in address[2];

    for (int i = 0; i < 2; i++) {
        socklen_t length = sizeof address[i];

        address[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                          .sin_addr = {htonl(INADDR_LOOPBACK)}};
        ends[i] = socket(AF_INET, SOCK_DGRAM, 0);
        need(bind(ends[i], (struct sockaddr *)&address[i], length) == 0, "bind");
        getsockname(ends[i], (struct sockaddr *)&address[i], &length);
    }
    for (int i = 0; i < 2; i++)
        need(connect(ends[i], (struct sockaddr *)&address[1 - i], sizeof address[0]) == 0,
             "connect");
}

static void fd_create_pty(int *terminal, int *master)
{
    struct termios raw;

    memset(&raw, 0, sizeof raw);
    cfmakeraw(&raw);
    need(openpty(master, terminal, NULL, &raw, NULL) == 0, "openpty");
}

void make(enum kind kind, int ends[2])
{
    char name[256];

    ends[0] = ends[1] = -1;
    switch (kind) {
    case KIND_PIPE:
        fd_create_pipe(ends, 0);
        break;
    case KIND_PACKET_PIPE:
        fd_create_pipe(ends, O_DIRECT);
        break;
    case KIND_FIFO:
        fd_create_fifo(ends);
        break;
    case KIND_STREAM:
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        break;
    case KIND_SEQPACKET:
        socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
        break;
    case KIND_DGRAM:
        socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
        break;
    case KIND_TCP:
        fd_create_tcp(ends);
        break;
    case KIND_UDP:
        fd_create_udp(ends);
        break;
    case KIND_PTY:
        fd_create_pty(&ends[0], &ends[1]);
        break;
    case KIND_PTY_MASTER:
        fd_create_pty(&ends[1], &ends[0]);
        break;
    case KIND_EVENTFD:
    case KIND_EVENTFD_NEARLY_FULL:
        ends[0] = eventfd(0, EFD_NONBLOCK);
        if (kind == KIND_EVENTFD_NEARLY_FULL)
            fd_slot_write(ends[0], (const uint64_t[]){UINT64_MAX - 2}, sizeof(uint64_t));
        break;
    case KIND_FILE:
        ends[0] = open(scratch_name(name, "file"), O_RDWR | O_CREAT | O_EXCL, 0600);
        unlink(name);
        break;
    case KIND_MEMFD:
        ends[0] = memfd_create("model", 0);
        break;
    case KIND_NULL:
        ends[0] = open("/dev/null", O_WRONLY);
        break;
    case KIND_FULL:
        ends[0] = open("/dev/full", O_WRONLY);
        break;
    case KIND_READ_END:
        fd_create_pipe(ends, 0);
        need(dup2(ends[1], ends[0]) >= 0, "dup2");
        break;
    case KIND_TCP_ALONE:
        ends[0] = socket(AF_INET, SOCK_STREAM, 0);
        break;
    case KIND_STREAM_ALONE:
        ends[0] = socket(AF_UNIX, SOCK_STREAM, 0);
        break;
    case KIND_START:
        ends[0] = dup(FD_START);
        break;
    default:
        errno = EINVAL;
    }
    need(ends[0] >= 0, "making an object");
}
