/* SPDX-License-Identifier: MIT
 *
 * syscall.h makes a system call in place: without libc, errno and thread-local storage, which
 * need not be there in a signal handler.  (And behind each return from the kernel a
 * function's own return is predicted badly, which is 2 % of a scope.)
 *
 * Where the architecture has no arch_syscall5() the call is made by libc, and needs errno for
 * the moment.
 */
#ifndef EPIPE_SYSCALL_H
#define EPIPE_SYSCALL_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch/arch.h"

/* The kernel's answer: a result, or a negative error number.  Keeps errno.
 * Async-signal-safe, no cancellation point. */
static inline long raw_syscall5(long number, long a, long b, long c, long d, long e)
{
#ifdef ARCH_HAS_SYSCALL
    return arch_syscall5(number, a, b, c, d, e);
#else
    int saved = errno;
    long result = syscall(number, a, b, c, d, e);

    if (result < 0) {
        result = -errno;
        errno = saved;
    }
    return result;
#endif
}

static inline long raw_syscall(long number, long a, long b, long c, long d)
{
    return raw_syscall5(number, a, b, c, d, 0);
}

#endif
