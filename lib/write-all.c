/* SPDX-License-Identifier: MIT
 *
 * Whole writes: all of it or an error, in bounded time where a bound is given.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "epipe.h"
#include "with-blocked.h"
#include "with-nocancel.h"

/* How to write without waiting longer than the deadline. */
struct manner {
    enum {
        AS_IT_IS,   /* there is no deadline, or the call does not wait anyway */
        BY_SEND,    /* a socket takes "do not wait" for a single call */
        BY_PORTIONS /* a pipe or terminal does not: as much as poll vouches for */
    } how;
    int flags;      /* BY_SEND */
    size_t portion; /* BY_PORTIONS */
};

/* Looks at FD, which has a deadline.  Returns 0, or -1 with errno. */
static int choose(int fd, struct manner *manner)
{
    int status = fcntl(fd, F_GETFL);
    int type;
    socklen_t size = sizeof type;
    struct stat st;

    manner->how = AS_IT_IS;
    if (status < 0) /* if not EBADF, a sandbox's answer */
        return errno == EBADF ? -1 : 0;
    if (status & O_NONBLOCK)
        return 0;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0) {
        manner->how = BY_SEND;
        manner->flags = MSG_DONTWAIT | (type == SOCK_SEQPACKET ? MSG_EOR : 0); /* as write */
    } else if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        manner->how = BY_PORTIONS;
        manner->portion = isatty(fd) ? 1 : PIPE_BUF;
    }
    return 0;
}

/* What is still to be written: COUNT vectors, of the first without SKIP bytes.  The
 * caller's vector is not ours to change. */
struct rest {
    const struct iovec *iov;
    int count;
    size_t skip;
};

static void advance(struct rest *rest, size_t n)
{
    n += rest->skip;
    while (rest->count > 0 && n >= rest->iov->iov_len) {
        n -= rest->iov->iov_len;
        rest->iov++;
        rest->count--;
    }
    rest->skip = n;
}

static ssize_t write_some(int fd, const struct rest *rest, const struct manner *manner)
{
    struct iovec part = {(char *)rest->iov->iov_base + rest->skip,
                         rest->iov->iov_len - rest->skip};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (manner->how == BY_PORTIONS)
        return epipe_write(fd, part.iov_base,
                           part.iov_len < manner->portion ? part.iov_len : manner->portion);
    if (rest->skip > 0 || rest->count == 1) {
        if (manner->how == AS_IT_IS)
            return epipe_write(fd, part.iov_base, part.iov_len);
    } else {
        int count = rest->count < IOV_MAX ? rest->count : IOV_MAX;

        if (manner->how == AS_IT_IS)
            return epipe_writev(fd, rest->iov, count);
        message.msg_iov = (struct iovec *)rest->iov;
        message.msg_iovlen = (__typeof__(message.msg_iovlen))count;
    }
    return epipe_sendmsg(fd, &message, manner->flags);
}

/* What does not wait is not cancelled while it writes: a cancellation in the call would
 * take the count with it. */
static ssize_t write_counted(int fd, const struct rest *rest, const struct manner *manner)
{
    ssize_t n;

    pthread_testcancel();
    UNCANCELLED(n, write_some(fd, rest, manner));
    return n;
}

static struct timespec after(int milliseconds)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += milliseconds / 1000;
    end.tv_nsec += milliseconds % 1000 * 1000000L;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    return end;
}

/* How long it is to END; nothing if that is past. */
static struct timespec until(const struct timespec *end)
{
    struct timespec left, now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    left.tv_sec = end->tv_sec - now.tv_sec;
    left.tv_nsec = end->tv_nsec - now.tv_nsec;
    if (left.tv_nsec < 0) {
        left.tv_sec--;
        left.tv_nsec += 1000000000;
    }
    return left.tv_sec < 0 ? (struct timespec){0} : left;
}

/* Waits until FD can be written to, has an error to tell, or END (NULL: never).
 * Returns 0, or -1 with errno ETIMEDOUT or poll's. */
static int wait_until(int fd, const struct timespec *end)
{
    struct pollfd poll = {fd, POLLOUT, 0};
    struct timespec left;
    int n;

    do {
        if (end != NULL)
            left = until(end);
        n = ppoll(&poll, 1, end ? &left : NULL, NULL);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        errno = ETIMEDOUT;
    return n > 0 ? 0 : -1;
}

/* A reader may keep pace for longer than there is time. */
static bool is_past(const struct timespec *end)
{
    struct timespec left = until(end);

    return left.tv_sec == 0 && left.tv_nsec == 0;
}

API int epipe_writev_all(int fd, const struct iovec *iov, int iovcnt, int timeout,
                         size_t *written)
{
    struct rest rest = {iov, iovcnt, 0};
    struct manner manner = {AS_IT_IS, 0, 0};
    struct timespec end;
    const struct timespec *deadline = timeout < 0 ? NULL : &end;
    int saved = errno;
    size_t unseen;

    if (written == NULL)
        written = &unseen;
    *written = 0;
    if (iovcnt < 0) {
        errno = EINVAL;
        return -1;
    }
    advance(&rest, 0); /* a call with nothing in it might never end */
    if (deadline != NULL && rest.count > 0) {
        end = after(timeout);
        if (choose(fd, &manner) != 0)
            return -1;
    }
    while (rest.count > 0) {
        ssize_t n;

        if (manner.how == BY_PORTIONS && wait_until(fd, deadline) != 0)
            return -1;
        n = deadline == NULL ? write_some(fd, &rest, &manner)
                             : write_counted(fd, &rest, &manner);
        if (n > 0) {
            *written += (size_t)n;
            advance(&rest, (size_t)n);
            if (timeout > 0 && rest.count > 0 && is_past(deadline)) {
                errno = ETIMEDOUT;
                return -1;
            }
        } else if (n == 0) {
            errno = EIO; /* a driver's; once more would be for ever */
            return -1;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            /* An eventfd that is nearly full is ready to poll, and refuses all the same. */
            if (deadline != NULL && is_past(deadline)) {
                errno = ETIMEDOUT;
                return -1;
            }
            if (wait_until(fd, deadline) != 0)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    errno = saved;
    return 0;
}

API int epipe_write_all(int fd, const void *buf, size_t len, int timeout, size_t *written)
{
    struct iovec iov = {(void *)buf, len};

    return epipe_writev_all(fd, &iov, 1, timeout, written);
}
