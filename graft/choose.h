/* SPDX-License-Identifier: MIT
 *
 * choose.c finds the thread of a process that a stop disturbs least.
 */
#ifndef EPIPE_GRAFT_CHOOSE_H
#define EPIPE_GRAFT_CHOOSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { CHOOSE_FILTERED = 4, CHOOSE_SHORT = 16, CHOOSE_NONE = 32 };

/* Parses the text of /proc/PID/task/TID/syscall.  False if the thread is not in a system
 * call, or not known to be. */
bool choose_parse(const char *text, long *number, uint64_t args[6]);

/* Returns a sum, and in TID the thread for which it is the smallest: 0 for one that waits in
 * a call which the kernel makes again, 1 for one in a call that returns EINTR, 2 for one that
 * runs, CHOOSE_FILTERED for one that has a seccomp filter.  CHOOSE_SHORT and more: each is in a
 * call that would come back short, or may be.  CHOOSE_NONE: there is none, and errno is ENOENT,
 * or why they cannot be read.  What runs is watched until DEADLINE at most. */
unsigned choose_thread(pid_t pid, bool is32, int64_t deadline, pid_t *tid);

/* May that thread be stopped without its call coming back short?  Watches it for a moment where it
 * runs. */
bool choose_may_stop(pid_t pid, pid_t tid, bool is32);

#endif
