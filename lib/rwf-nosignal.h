/* SPDX-License-Identifier: MIT
 *
 * rwf-nosignal.c makes a write by pwritev2 with RWF_NOSIGNAL, where kernel and file have
 * the flag.
 */
#ifndef EPIPE_RWF_NOSIGNAL_H
#define EPIPE_RWF_NOSIGNAL_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

/* What is known of the kernel. */
enum { RWF_NOSIGNAL_UNKNOWN, RWF_NOSIGNAL_PRESENT, RWF_NOSIGNAL_ABSENT };

extern atomic_int epipe_rwf_nosignal_state __attribute__((visibility("hidden")));

/* After a call with the flag that failed: is its errno the answer?  If not the flag was
 * refused; then errno is SAVED again.  No cancellation point; async-signal-safe. */
bool epipe_rwf_nosignal_was_accepted(int saved);

/* Makes a write by pwritev2 with RWF_NOSIGNAL.  Returns false where that cannot be
 * done: the kernel is known not to have the flag, or the kernel, the file or a sandbox
 * has just refused it; then nothing has been written, and errno is kept.
 * Otherwise RESULT and errno are the call's.  A cancellation point;
 * async-signal-safe.  With a total length of 0 it does nothing, as writev does. */
static inline bool rwf_nosignal_writev(int fd, const struct iovec *iov, int count,
                                       ssize_t *result)
{
#ifdef HAVE_PWRITEV2
    int saved = errno;

    if (atomic_load_explicit(&epipe_rwf_nosignal_state, memory_order_relaxed) ==
        RWF_NOSIGNAL_ABSENT)
        return false;
    *result = pwritev2(fd, iov, count, -1, RWF_NOSIGNAL);
    return __builtin_expect(*result >= 0, 1) || epipe_rwf_nosignal_was_accepted(saved);
#else
    /* Without libc's function there is no cancellation point to be had. */
    (void)fd;
    (void)iov;
    (void)count;
    (void)result;
    return false;
#endif
}

#endif
