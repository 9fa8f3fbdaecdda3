/* SPDX-License-Identifier: MIT */
#include "fdstat.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "syscall.h"

/* Where the kernel's struct stat is libc's too.  Sandboxes know this older call, and
 * not the one that glibc's fstat makes. */
#if defined SYS_fstat && defined ARCH_STAT_IS_KERNELS
#define FDSTAT_BY_FSTAT 1
#endif

static uint64_t nanoseconds(int64_t seconds, unsigned long rest)
{
    return (uint64_t)seconds * 1000000000 + rest;
}

/* AT_EMPTY_PATH with "" is FD itself. */
static long fill(int fd, const char *path, int flags, struct fdstat *object)
{
#ifdef FDSTAT_BY_FSTAT
    struct stat st;
    long result = flags & AT_EMPTY_PATH
                      ? raw_syscall(SYS_fstat, fd, (long)&st, 0, 0)
                      : raw_syscall(SYS_newfstatat, fd, (long)path, (long)&st, flags);

    if (result == 0)
        *object = (struct fdstat){
            st.st_mode, st.st_dev, st.st_ino,
            nanoseconds(st.st_mtim.tv_sec, (unsigned long)st.st_mtim.tv_nsec)};
#else
    /* The kernel's struct statx, which musl before 1.2.4 does not have. */
    struct {
        uint32_t before[7];
        uint16_t mode, unused;
        uint64_t inode;
        uint32_t between[18];
        int64_t seconds; /* of the last modification */
        uint32_t nanoseconds, more[3], major, minor;
        uint64_t after[14];
    } st;
    const unsigned basic_stats = 0x7ff;
    long result = raw_syscall5(SYS_statx, fd, (long)path, flags, basic_stats, (long)&st);

    _Static_assert(sizeof st == 256, "as the kernel has it");
    /* The device's number as fstat has it. */
    if (result == 0)
        *object = (struct fdstat){
            st.mode, (st.minor & 0xff) | st.major << 8 | (st.minor & ~0xffU) << 12,
            st.inode, nanoseconds(st.seconds, st.nanoseconds)};
#endif
    return result;
}

long epipe_fdstat_fd(int fd, struct fdstat *object)
{
    return fill(fd, "", AT_EMPTY_PATH, object);
}

long epipe_fdstat_path(const char *path, bool follow, struct fdstat *object)
{
    return fill(AT_FDCWD, path, follow ? 0 : AT_SYMLINK_NOFOLLOW, object);
}

/* SOCK_STREAM and so on, or -1: no socket. */
static int socket_type(int fd)
{
    int type = -1;
    socklen_t size = sizeof type;

    raw_syscall5(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, (long)&type, (long)&size);
    return type;
}

/* A stream that was shut down for writing looks alive to poll while its other half is.
 * To one that is alive nothing is sent. */
static bool is_shut_for_writing(int fd)
{
    struct msghdr nothing = {.msg_iovlen = 0};

    return socket_type(fd) == SOCK_STREAM &&
           raw_syscall(SYS_sendmsg, fd, (long)&nothing, MSG_DONTWAIT | MSG_NOSIGNAL, 0) ==
               -EPIPE;
}

bool epipe_fdstat_is_broken(int fd)
{
    const long long at_once[2] = {0}; /* a timespec of either width */
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    struct fdstat object;
    short signs;

    /* A terminal that hung up looks dead to poll, but never raises SIGPIPE. */
    if (fd < 0 || !epipe_fdstat(fd, &object) ||
        !(S_ISFIFO(object.mode) || S_ISSOCK(object.mode)))
        return false;
    /* The reading end of a pipe hangs up when its writers are gone. */
    signs = S_ISFIFO(object.mode) ? POLLERR : POLLERR | POLLHUP;
    if (raw_syscall(SYS_ppoll, (long)&p, 1, (long)at_once, 0) == 1 && (p.revents & signs) != 0)
        return true;
    return S_ISSOCK(object.mode) && is_shut_for_writing(fd);
}

bool epipe_fdstat_raises_none(int fd)
{
    int type = socket_type(fd);

    return type == SOCK_DGRAM || (type == SOCK_SEQPACKET && epipe_fdstat_is_broken(fd));
}
