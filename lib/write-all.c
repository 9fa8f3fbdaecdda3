/* SPDX-License-Identifier: MIT
 *
 * write-all.c writes all of a buffer or fails, in bounded time where a bound is given.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api.h"
#include "epipe.h"
#include "lib/core/deadline.h"
#include "with-nocancel.h"

/* How to write without waiting longer than the deadline. */
struct write_mode {
    enum {
        MODE_PLAIN,   /* there is no deadline, or the call does not wait anyway */
        MODE_SEND,    /* a socket takes "do not wait" for a single call */
        MODE_PORTIONS /* a pipe or terminal does not: as much as poll vouches for */
    } how;
    int flags;      /* MODE_SEND */
    size_t portion; /* MODE_PORTIONS */
};

/* Looks at FD, which has a deadline.  Returns 0, or -1 with errno. */
static int choose(int fd, struct write_mode *mode)
{
    int status = fcntl(fd, F_GETFL);
    int type;
    socklen_t size = sizeof type;
    struct stat st;

    mode->how = MODE_PLAIN;
    if (status < 0) /* if not EBADF, a sandbox's answer */
        return errno == EBADF ? -1 : 0;
    if ((status & O_ACCMODE) == O_RDONLY) { /* which nothing would ever make ready */
        errno = EBADF;
        return -1;
    }
    if (status & O_NONBLOCK)
        return 0;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0) {
        mode->how = MODE_SEND;
        mode->flags = MSG_DONTWAIT | (type == SOCK_SEQPACKET ? MSG_EOR : 0); /* as write */
    } else if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        mode->how = MODE_PORTIONS;
        mode->portion = isatty(fd) ? 1 : PIPE_BUF;
    }
    return 0;
}

/* What is still to be written: COUNT vectors, of the first without SKIP bytes.  The
 * caller's vector is not ours to change. */
struct iov_cursor {
    const struct iovec *iov;
    int count;
    size_t skip;
};

static void advance(struct iov_cursor *cursor, size_t n)
{
    n += cursor->skip;
    while (cursor->count > 0 && n >= cursor->iov->iov_len) {
        n -= cursor->iov->iov_len;
        cursor->iov++;
        cursor->count--;
    }
    cursor->skip = n;
}

static ssize_t write_some(int fd, const struct iov_cursor *cursor, const struct write_mode *mode)
{
    struct iovec part = {(char *)cursor->iov->iov_base + cursor->skip,
                         cursor->iov->iov_len - cursor->skip};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (mode->how == MODE_PORTIONS)
        return epipe_write(fd, part.iov_base,
                           part.iov_len < mode->portion ? part.iov_len : mode->portion);
    if (cursor->skip > 0 || cursor->count == 1) {
        if (mode->how == MODE_PLAIN)
            return epipe_write(fd, part.iov_base, part.iov_len);
    } else {
        int count = cursor->count < IOV_MAX ? cursor->count : IOV_MAX;

        if (mode->how == MODE_PLAIN)
            return epipe_writev(fd, cursor->iov, count);
        message.msg_iov = (struct iovec *)cursor->iov;
        message.msg_iovlen = (__typeof__(message.msg_iovlen))count;
    }
    return epipe_sendmsg(fd, &message, mode->flags);
}

/* What does not wait is not cancelled while it writes: a cancellation in the call would
 * take the count with it. */
static ssize_t write_counted(int fd, const struct iov_cursor *cursor,
                             const struct write_mode *mode)
{
    ssize_t n;

    pthread_testcancel();
    WITH_CANCEL_DISABLED(n, write_some(fd, cursor, mode));
    return n;
}

/* Waits until FD can be written to, has an error to tell, or END (NULL: never).
 * Returns 0, or -1 with errno ETIMEDOUT or poll's. */
static int wait_until(int fd, const int64_t *end)
{
    struct pollfd poll = {fd, POLLOUT, 0};
    struct timespec left;
    int n;

    do {
        if (end != NULL)
            left = deadline_left(*end);
        n = ppoll(&poll, 1, end ? &left : NULL, NULL);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        errno = ETIMEDOUT;
    return n > 0 ? 0 : -1;
}

API int epipe_writev_all(int fd, const struct iovec *iov, int iovcnt, int timeout,
                         size_t *written)
{
    struct iov_cursor cursor = {iov, iovcnt, 0};
    struct write_mode mode = {MODE_PLAIN, 0, 0};
    int64_t end;
    const int64_t *deadline = timeout < 0 ? NULL : &end;
    int saved = errno;
    size_t unseen;

    if (written == NULL)
        written = &unseen;
    *written = 0;
    if (iovcnt < 0) {
        errno = EINVAL;
        return -1;
    }
    advance(&cursor, 0); /* a call with nothing in it might never end */
    if (deadline != NULL && cursor.count > 0) {
        end = deadline_in(timeout);
        if (choose(fd, &mode) != 0)
            return -1;
    }
    while (cursor.count > 0) {
        ssize_t n;

        if (mode.how == MODE_PORTIONS && wait_until(fd, deadline) != 0)
            return -1;
        n = deadline == NULL ? write_some(fd, &cursor, &mode)
                             : write_counted(fd, &cursor, &mode);
        if (n > 0) {
            *written += (size_t)n;
            advance(&cursor, (size_t)n);
            /* A reader may keep pace for longer than there is time. */
            if (timeout > 0 && cursor.count > 0 && deadline_is_past(end)) {
                errno = ETIMEDOUT;
                return -1;
            }
        } else if (n == 0) { /* LCOV_EXCL_START: t/unit/refused.c; the counters are refused, too */
            errno = EIO; /* a driver's; once more would be for ever */
            return -1;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) { /* LCOV_EXCL_STOP */
            /* An eventfd that is nearly full is ready to poll, and refuses all the same. */
            if (deadline != NULL && deadline_is_past(end)) {
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
