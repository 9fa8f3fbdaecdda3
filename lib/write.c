/* SPDX-License-Identifier: MIT
 *
 * Single writes and sends that raise no SIGPIPE.
 *
 * The flag first; without it MSG_NOSIGNAL, which a socket takes and anything else
 * refuses with ENOTSOCK before it does anything; then the mask.  Whatever refuses
 * has written nothing, so nothing is lost or written twice.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "epipe.h"
#include "flag.h"
#include "masked.h"

/* Is the answer of a send one that a write might not give?  ENOTSOCK; EFAULT, for a
 * write looks at the descriptor first; and what sandboxes say.  Nothing has been sent. */
static bool is_for_write(int error)
{
    return error == ENOTSOCK || error == EFAULT || error == EPERM || error == ENOSYS;
}

/* The kernel writes no more than about this at a time, and of a longer buffer only
 * write looks at the whole. */
enum { LONGEST = 0x7fff0000 };

API ssize_t epipe_write(int fd, const void *buf, size_t len)
{
    struct iovec iov = {(void *)buf, len};
    int saved = errno;
    ssize_t result;

    if (len <= LONGEST) {
        /* pwritev2 does nothing with nothing, where write may send an empty datagram. */
        if (len > 0 && !epipe_flag_is_absent() &&
            epipe_flag_writev(fd, &iov, 1, &result) == FLAG_TAKEN)
            return result;
        result = send(fd, buf, len, MSG_NOSIGNAL);
        if (result >= 0 || !is_for_write(errno))
            return result;
        errno = saved;
    }
    MASKED(result, write(fd, buf, len));
    return result;
}

API ssize_t epipe_writev(int fd, const struct iovec *iov, int iovcnt)
{
    struct msghdr message = {.msg_iov = (struct iovec *)iov};
    int saved = errno;
    ssize_t result;
    enum flag_answer answer = epipe_flag_writev(fd, iov, iovcnt, &result);

    if (answer == FLAG_TAKEN)
        return result;
    /* A message of nothing would be an empty datagram, so the vector must be known not
     * to be empty; it is not for us to read, for it may be a bad address. */
    if (answer == FLAG_UNKNOWN) {
        message.msg_iovlen = (unsigned)iovcnt;
        result = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (result >= 0 || !is_for_write(errno))
            return result;
        errno = saved;
    }
    MASKED(result, writev(fd, iov, iovcnt));
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

    MASKED(result, vdprintf(fd, format, arguments));
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
