/* SPDX-License-Identifier: MIT
 *
 * arch.h says what the tracer must know of a target's architecture.  x86-64, with
 * i386 beside it, or aarch64.
 */
#ifndef EPIPE_GRAFT_ARCH_H
#define EPIPE_GRAFT_ARCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The system calls that a target makes for the attach, and that its handler makes. */
enum arch_call {
    CALL_MMAP,
    CALL_MPROTECT,
    CALL_RT_SIGACTION,
    CALL_RT_SIGRETURN,
    CALL_GETPID,
    CALL_FSTAT, /* statx on i386 */
    CALL_FCNTL,
    CALL_PPOLL,
    CALL_GETSOCKOPT,
    CALL_SENDMSG,
    CALL_WAIT4,
    CALL_RT_SIGTIMEDWAIT,
    ARCH_CALLS
};

extern const int arch_numbers[2][ARCH_CALLS]; /* by word size: is32 */
extern const uint32_t arch_audit[2];          /* AUDIT_ARCH_* of seccomp_data */

/* What becomes of a system call that is interrupted by a stop. */
enum arch_effect {
    EFFECT_NONE,  /* the kernel makes it again */
    EFFECT_EINTR, /* it returns EINTR, although no handler runs */
    EFFECT_SHORT  /* it may return a short count */
};

/* NUMBER and ARGS are a call as in /proc/PID/task/TID/syscall.  The arguments of
 * i386's socketcall() are read from the memory of PID. */
enum arch_effect arch_effect(pid_t pid, bool is32, long number, const uint64_t args[6]);

#endif
