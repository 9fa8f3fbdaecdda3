/* SPDX-License-Identifier: MIT */
#include "private-fd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STREAMS = STDERR_FILENO + 1 };

static int open_fd(const char *path, int flags)
{
    if (path == NULL)
        return (int)syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0640);
}

/* Another thread may have put something else instead of it. */
static void close_placeholder(int fd)
{
    long flags = syscall(SYS_fcntl, fd, F_GETFL);

    if (flags >= 0 && flags & O_PATH)
        syscall(SYS_close, fd);
}

static int open_past_streams(const char *path, int flags)
{
    int placeholders[STREAMS];
    int count = 0;
    int fd;

    while ((fd = open_fd("/", O_PATH)) >= 0 && fd < STREAMS && count < STREAMS)
        placeholders[count++] = fd;
    if (fd >= 0)
        syscall(SYS_close, fd);
    fd = open_fd(path, flags);
    while (count > 0)
        close_placeholder(placeholders[--count]);
    if (fd >= 0 && fd < STREAMS) { /* another thread has just closed that */
        syscall(SYS_close, fd);
        return -1;
    }
    return fd;
}

bool private_fd_open(struct private_fd *p, const char *path, int flags)
{
    static const int faults[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
    struct kernel_sigset set;

    for (size_t i = 0; i < sizeof set.words / sizeof set.words[0]; i++)
        set.words[i] = ~0UL;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        set.words[0] &= ~(1UL << (faults[i] - 1));
    if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, &p->before, sizeof set) != 0)
        return false;
    p->fd = open_past_streams(path, flags);
    if (p->fd < 0)
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &p->before, NULL, sizeof set);
    return p->fd >= 0;
}

void private_fd_close(struct private_fd *p)
{
    syscall(SYS_close, p->fd);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &p->before, NULL, sizeof p->before);
}
