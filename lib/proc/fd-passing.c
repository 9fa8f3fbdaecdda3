/* SPDX-License-Identifier: MIT
 *
 * By SCM_RIGHTS, see unix(7).
 */
#include "fd-passing.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/core/keep-errno.h"
#include "pipe.h"

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(FD_PASSING_MAX * sizeof(int))];
};

int epipe_fd_passing_open(int sockets[2])
{
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) != 0)
        return -1;
    return epipe_pipe_move_up(sockets, 2);
}

int epipe_fd_passing_send(const int sockets[2], const int *fds, int count)
{
    union control control = {0};
    struct iovec byte = {(char[]){0}, 1};
    struct msghdr message = {.msg_iov = &byte,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen =
                                 (socklen_t)CMSG_SPACE((unsigned)count * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = (socklen_t)CMSG_LEN((unsigned)count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, (unsigned)count * sizeof(int));
    return sendmsg(sockets[1], &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Returns how many descriptors came with one message, or -1 with errno. */
static int receive(int socket, int fds[static FD_PASSING_MAX])
{
    union control control;
    struct iovec byte = {(char[]){0}, 1};
    struct msghdr message = {.msg_iov = &byte,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header;
    size_t size;

    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
        return -1;
    header = CMSG_FIRSTHDR(&message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        return 0;
    size = header->cmsg_len - CMSG_LEN(0);
    memcpy(fds, CMSG_DATA(header), size);
    return (int)(size / sizeof(int));
}

static void close_all(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

int epipe_fd_passing_receive(const int sockets[2], int *fds, int count)
{
    int came[FD_PASSING_MAX];
    int n = receive(sockets[0], came);

    if (n < 0)
        return -1;
    if (n != count) { /* the kernel leaves out what the table has no room for */
        close_all(came, n);
        errno = EMFILE;
        return -1;
    }
    memcpy(fds, came, (unsigned)count * sizeof(int));
    return epipe_pipe_move_up(fds, count);
}

void epipe_fd_passing_close(const int sockets[2])
{
    KEEP_ERRNO;
    int fds[FD_PASSING_MAX];
    int n;

    /* A copy of the pair in another process must not keep open what is on it. */
    while ((n = receive(sockets[0], fds)) >= 0)
        close_all(fds, n);
    close(sockets[0]);
    close(sockets[1]);
}
