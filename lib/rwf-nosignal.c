/* SPDX-License-Identifier: MIT
 *
 * pwritev2 answers EOPNOTSUPP for a kernel that does not know the flag and for a file that
 * does not take it (an eventfd, some of /proc).  So the first such answer is followed by
 * one byte written to a pipe of our own that has no reader: EPIPE says that the kernel
 * knows the flag, anything else that it does not.
 */
#include "rwf-nosignal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Several threads may find out at the same time; they find the same. */
atomic_int epipe_rwf_nosignal_state = RWF_NOSIGNAL_UNKNOWN;

/* Raw calls: the probe is no cancellation point. */
static int probe(void)
{
    struct iovec byte = {(char[]){0}, 1};
    int pair[2];
    long result;
    int error;

    if (syscall(SYS_pipe2, pair, O_CLOEXEC) != 0)
        return RWF_NOSIGNAL_UNKNOWN;
    syscall(SYS_close, pair[0]);
    result = syscall(SYS_pwritev2, pair[1], &byte, 1L, -1L, -1L, RWF_NOSIGNAL);
    error = errno;
    syscall(SYS_close, pair[1]);
    return result < 0 && error == EPIPE ? RWF_NOSIGNAL_PRESENT : RWF_NOSIGNAL_ABSENT;
}

/* EPERM: a sandbox.  EINVAL: a driver (ALSA's) to which a vector of one is not a
 * write.  EFAULT: older kernels look at the vector before the descriptor, write does
 * not.  If it is the file's own answer the caller will hear it again. */
static bool is_refusal(int error)
{
    return error == EOPNOTSUPP || error == ENOSYS || error == EPERM || error == EINVAL ||
           error == EFAULT;
}

bool epipe_rwf_nosignal_was_accepted(int saved)
{
    if (!is_refusal(errno))
        return true;
    if (atomic_load_explicit(&epipe_rwf_nosignal_state, memory_order_relaxed) ==
        RWF_NOSIGNAL_UNKNOWN)
        atomic_store_explicit(&epipe_rwf_nosignal_state, probe(), memory_order_relaxed);
    errno = saved;
    return false;
}
