/* SPDX-License-Identifier: MIT
 *
 * tracee-ptrace.h is what the files of tracee.h share: requests, and waits for stops.
 */
#ifndef EPIPE_GRAFT_TRACEE_PTRACE_H
#define EPIPE_GRAFT_TRACEE_PTRACE_H

#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "tracee.h"

#define TRACEE_FAIL(t, ...) (snprintf((t)->why, sizeof(t)->why, __VA_ARGS__), false)

enum { SYSCALL_STOP = SIGTRAP | 0x80 };

/* WHAT may be one that libc's header does not know. */
static inline long tracee_request(const struct tracee *t, int what, unsigned long address,
                                  unsigned long data)
{
#ifdef __GLIBC__
    return ptrace((enum __ptrace_request)what, t->tid, address, data);
#else
    return ptrace(what, t->tid, address, data);
#endif
}

/* The signal that a stop is about to deliver, or 0. */
static inline unsigned long tracee_signal(int status)
{
    return status >> 16 != 0 || WSTOPSIG(status) == SYSCALL_STOP
               ? 0
               : (unsigned long)WSTOPSIG(status);
}

/* Is it one of the whole process, by SIGSTOP or its kin, in which it is to stay?  (The end of
 * such a stop is told by another one, with SIGTRAP.) */
static inline bool tracee_is_group_stop(int status)
{
    return status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP;
}

/* Waits for the next stop of t->tid, up to three seconds. */
bool tracee_await(struct tracee *t, int *status);

#endif
