/* SPDX-License-Identifier: MIT
 *
 * write.c makes single writes and sends that raise no SIGPIPE.
 *
 * The flag first; without it MSG_NOSIGNAL, which a socket takes and anything else refuses
 * with ENOTSOCK before it does anything; then the mask.  Whatever refuses has written
 * nothing, so nothing is lost or written twice.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "epipe.h"
#include "rwf-nosignal.h"
#include "with-blocked.h"

/* Is the answer of a send one that a write might not give?  ENOTSOCK; EFAULT, for a
 * write looks at the descriptor first; what sandboxes say, and protocols that do not
 * know the flag.  Nothing has been sent. */
static bool is_for_write(int error)
{
    return error == ENOTSOCK || error == EFAULT || error == EPERM || error == ENOSYS ||
           error == EINVAL || error == EOPNOTSUPP;
}

/* The kernel writes no more than about this at a time, and of a longer buffer only
 * write looks at the whole. */
enum { LONGEST = 0x7fff0000 };

/* Out of line, so that the flag's path saves no registers for it. */
__attribute__((noinline)) static ssize_t write_without_flag(int fd, const void *buf, size_t len)
{
    int saved = errno;
    ssize_t result;

    if (len <= LONGEST) {
        result = send(fd, buf, len, MSG_NOSIGNAL);
        if (result >= 0 || !is_for_write(errno))
            return result;
        errno = saved;
    }
    WITH_SIGPIPE_BLOCKED(result, write(fd, buf, len));
    return result;
}

API ssize_t epipe_write(int fd, const void *buf, size_t len)
{
    struct iovec iov = {(void *)buf, len};
    ssize_t result;

    /* pwritev2 does nothing with nothing, where write may send an empty datagram. */
    if (len > 0 && len <= LONGEST && rwf_nosignal_writev(fd, &iov, 1, &result))
        return result;
    return write_without_flag(fd, buf, len);
}

/* A message of nothing would be an empty datagram, so before a sendmsg the vector must
 * be known not to be empty.  It may be a bad address, for which the kernel has an
 * answer and we a fault; not so on the page of our own frame, where the callers' vectors
 * mostly are.  There is no more to rely on: neither where a stack ends is known, nor what
 * lies above it. */
static bool is_seen_not_empty(const struct iovec *iov, int count)
{
    enum { SMALLEST_PAGE = 4096 };
    const char here = 0;
    uintptr_t page = (uintptr_t)&here & -(uintptr_t)SMALLEST_PAGE;

    if (count <= 0 || (uintptr_t)iov - page > SMALLEST_PAGE - sizeof *iov ||
        (unsigned)count > (SMALLEST_PAGE - ((uintptr_t)iov - page)) / sizeof *iov)
        return false;
    for (int i = 0; i < count; i++)
        if (iov[i].iov_len != 0)
            return true;
    return false;
}

API ssize_t epipe_writev(int fd, const struct iovec *iov, int iovcnt)
{
    struct msghdr message = {.msg_iov = (struct iovec *)iov};
    int saved = errno;
    ssize_t result;

    if (rwf_nosignal_writev(fd, iov, iovcnt, &result))
        return result;
    if (is_seen_not_empty(iov, iovcnt)) {
        message.msg_iovlen = (__typeof__(message.msg_iovlen))iovcnt;
        result = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (result >= 0 || !is_for_write(errno))
            return result;
        errno = saved;
    }
    WITH_SIGPIPE_BLOCKED(result, writev(fd, iov, iovcnt));
    return result;
}

API ssize_t epipe_send(int fd, const void *buf, size_t len, int flags)
{
    return send(fd, buf, len, flags | MSG_NOSIGNAL);
}

API ssize_t epipe_sendto(int fd, const void *buf, size_t len, int flags,
                         const struct sockaddr *to, socklen_t tolen)
{
    return sendto(fd, buf, len, flags | MSG_NOSIGNAL, to, tolen);
}

API ssize_t epipe_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    return sendmsg(fd, msg, flags | MSG_NOSIGNAL);
}

API int epipe_sendmmsg(int fd, struct mmsghdr *msgs, unsigned count, int flags)
{
#ifdef __GLIBC__
    return sendmmsg(fd, msgs, count, flags | MSG_NOSIGNAL);
#else
    return sendmmsg(fd, msgs, count, (unsigned)flags | MSG_NOSIGNAL);
#endif
}

API int epipe_vdprintf(int fd, const char *format, va_list arguments)
{
    int result;

    WITH_SIGPIPE_BLOCKED(result, vdprintf(fd, format, arguments));
    return result;
}

API int epipe_dprintf(int fd, const char *format, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, format);
    result = epipe_vdprintf(fd, format, arguments);
    va_end(arguments);
    return result;
}
