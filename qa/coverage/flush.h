/* SPDX-License-Identifier: MIT
 *
 * flush.h is included before each file of the shim and the library in `make coverage` alone:
 * their system calls, by libc or in place, tell flush.c of themselves.
 */
#ifndef EPIPE_COVERAGE_FLUSH_H
#define EPIPE_COVERAGE_FLUSH_H

#include "lib/core/arch/arch.h"

/* Writes the counters where NUMBER may be this process's last system call. */
void coverage_before(long number);

#define syscall coverage_syscall
#ifdef ARCH_HAS_SYSCALL
static inline long coverage_syscall5(long number, long a, long b, long c, long d, long e)
{
    coverage_before(number);
    return arch_syscall5(number, a, b, c, d, e);
}
#define arch_syscall5 coverage_syscall5
#endif

#endif
