/* SPDX-License-Identifier: MIT
 *
 * syscall.h makes a system call in place: without libc, errno and thread-local storage, which
 * need not be there in a signal handler.  (And behind each return from the kernel a
 * function's own return is predicted badly, which is 2 % of a scope.)
 *
 * Elsewhere than on x86-64, i386, aarch64 and riscv64 the call is made by libc, and needs
 * errno for the moment.
 */
#ifndef EPIPE_SYSCALL_H
#define EPIPE_SYSCALL_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's answer: a result, or a negative error number.  Leaves errno alone.
 * Async-signal-safe, no cancellation point. */
static inline long raw_syscall5(long number, long a, long b, long c, long d, long e)
{
#if defined __x86_64__ && !defined __ILP32__
    register long fourth __asm__("r10") = d, fifth __asm__("r8") = e;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                     : "rcx", "r11", "memory");
    return result;
#elif defined __i386__
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
#elif defined __aarch64__
    register long first __asm__("x0") = a, second __asm__("x1") = b,
                        third __asm__("x2") = c, fourth __asm__("x3") = d,
                        fifth __asm__("x4") = e, call __asm__("x8") = number;

    __asm__ volatile("svc 0"
                     : "+r"(first)
                     : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth)
                     : "memory");
    return first;
#elif defined __riscv && __riscv_xlen == 64
    register long first __asm__("a0") = a, second __asm__("a1") = b,
                        third __asm__("a2") = c, fourth __asm__("a3") = d,
                        fifth __asm__("a4") = e, call __asm__("a7") = number;

    __asm__ volatile("ecall"
                     : "+r"(first)
                     : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth)
                     : "memory");
    return first;
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
