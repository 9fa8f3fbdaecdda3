/* SPDX-License-Identifier: MIT
 *
 * RWF_NOSIGNAL: is it there?
 *
 * pwritev2 answers EOPNOTSUPP for a kernel that does not know the flag and for a
 * file that does not take it (an eventfd, some of /proc).  So the first such answer
 * is followed by one byte written to a pipe of our own that has no reader: EPIPE
 * says that the kernel knows the flag, anything else that it does not.
 */
#include "flag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

#ifdef HAVE_PWRITEV2

enum { UNKNOWN, PRESENT, ABSENT };

/* Several threads may find out at the same time; they find the same. */
static atomic_int state = UNKNOWN;

/* Raw calls: the probe is no cancellation point. */
static int probe(void)
{
    struct iovec byte = {(char[]){0}, 1};
    int pair[2];
    long result;
    int error;

    if (syscall(SYS_pipe2, pair, O_CLOEXEC) != 0)
        return UNKNOWN;
    syscall(SYS_close, pair[0]);
    result = syscall(SYS_pwritev2, pair[1], &byte, 1L, -1L, -1L, RWF_NOSIGNAL);
    error = errno;
    syscall(SYS_close, pair[1]);
    return result < 0 && error == EPIPE ? PRESENT : ABSENT;
}

/* EPERM: a sandbox.  EINVAL: a driver (ALSA's) to which a vector of one is not a
 * write.  EFAULT: older kernels look at the vector before the descriptor, write does
 * not.  If it is the file's own answer the caller will hear it again. */
static bool is_refusal(int error)
{
    return error == EOPNOTSUPP || error == ENOSYS || error == EPERM || error == EINVAL ||
           error == EFAULT;
}

bool epipe_flag_writev(int fd, const struct iovec *iov, int count, ssize_t *result)
{
    int saved = errno;

    if (atomic_load_explicit(&state, memory_order_relaxed) == ABSENT)
        return false;
    *result = pwritev2(fd, iov, count, -1, RWF_NOSIGNAL);
    if (*result >= 0 || !is_refusal(errno))
        return true;
    if (atomic_load_explicit(&state, memory_order_relaxed) == UNKNOWN)
        atomic_store_explicit(&state, probe(), memory_order_relaxed);
    errno = saved;
    return false;
}

#else

/* Without libc's function there is no cancellation point to be had. */
bool epipe_flag_writev(int fd, const struct iovec *iov, int count, ssize_t *result)
{
    (void)fd;
    (void)iov;
    (void)count;
    (void)result;
    return false;
}

#endif
