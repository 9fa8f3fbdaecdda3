/* SPDX-License-Identifier: MIT
 *
 * A system call that leaves errno alone.  On x86-64 it is made in place: behind each
 * return from the kernel a function's own return is predicted badly, which is 2 % of a
 * scope; elsewhere by way of libc.
 */
#ifndef EPIPE_RAW_H
#define EPIPE_RAW_H

#include <errno.h>
#include <unistd.h>

/* The kernel's answer: a result, or a negative error number.  Async-signal-safe, no
 * cancellation point. */
static inline long raw_call(long number, long a, long b, long c, long d)
{
#if defined __x86_64__ && !defined __ILP32__
    register long fourth __asm__("r10") = d;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                     : "rcx", "r11", "memory");
    return result;
#else
    int saved = errno;
    long result = syscall(number, a, b, c, d);

    if (result < 0) {
        result = -errno;
        errno = saved;
    }
    return result;
#endif
}

#endif
