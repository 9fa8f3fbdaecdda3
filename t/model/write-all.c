/* SPDX-License-Identifier: MIT
 *
 * Whole writes.  The loop knows no deadline: it is used with none, with one that is past
 * at once, and with one that is never reached.
 */
#include "write-all.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include <epipe.h>

enum { NEVER_REACHED = 30000 };

static bool is_ready(int fd, int timeout)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int n;

    do
        n = poll(&p, 1, timeout);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

static int loop(int fd, const struct iovec *iov, int count, int timeout, size_t *written)
{
    int saved = errno, flags = fcntl(fd, F_GETFL);
    bool asks = timeout >= 0 && flags >= 0 && !(flags & O_NONBLOCK);
    size_t skip = 0;

    *written = 0;
    if (count < 0)
        return fail(EINVAL);
    for (;;) {
        ssize_t n;

        for (; count > 0 && skip >= iov->iov_len; count--)
            skip -= iov++->iov_len;
        if (count == 0)
            break;
        if (asks && !is_ready(fd, timeout))
            return fail(ETIMEDOUT);
        if (count == 1 || skip > 0)
            n = write(fd, (char *)iov->iov_base + skip, iov->iov_len - skip);
        else
            n = writev(fd, iov, count);
        if (n == 0)
            return fail(EIO);
        if (n > 0) {
            *written += (size_t)n;
            skip += (size_t)n;
        } else if (errno == EAGAIN) {
            if (timeout == 0 || !is_ready(fd, timeout))
                return fail(ETIMEDOUT);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    errno = saved;
    return 0;
}

static int timeout_of(const struct transfer *t)
{
    static const int some[] = {-1, NEVER_REACHED, 0};
    unsigned which = t->shape >> 20;

    if (t->closes)
        return some[which % 2];
    return t->waits ? some[which % 3] : 0;
}

void write_all_run(struct transfer *t, const struct iovec *iov, int count)
{
    int timeout = timeout_of(t);
    size_t written = 0;

    if (t->manner == PLAINLY)
        t->result = loop(t->fd, iov, count, timeout, &written);
    else if (t->code == OP_WRITEV_ALL)
        t->result = epipe_writev_all(t->fd, iov, count, timeout, &written);
    else
        t->result = epipe_write_all(t->fd, iov->iov_base, iov->iov_len, timeout, &written);
    t->error = errno;
    t->detail = t->bytes = written;
    t->messages = written > 0;
}
