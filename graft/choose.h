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

/* What was seen of a thread that is looked at again and again; all 0 before the first look. */
struct choose_watch {
    long waits;
    unsigned long long ticks;
    int looks; /* in which it ran and had not waited since the first of them */
};

/* Returns a sum: 0 for a thread that waits in a call which the kernel makes again, 1 for one in
 * a call that returns EINTR, 2 for one that runs code of its own, which takes some looks to see,
 * a millisecond apart, CHOOSE_FILTERED for one that has a seccomp filter.  CHOOSE_SHORT and more:
 * it is in a call that would come back short, or may be.  CHOOSE_NONE: it has ended, and errno is
 * ESRCH, or why it cannot be read. */
unsigned choose_look(pid_t pid, pid_t tid, bool is32, struct choose_watch *watch);

/* Returns the smallest sum of a process's threads, and in TID which of them that is.  CHOOSE_NONE:
 * there is none, and errno is ENOENT, or why they cannot be read.  Those that run are watched until
 * DEADLINE at most. */
unsigned choose_thread(pid_t pid, bool is32, int64_t deadline, pid_t *tid);

#endif
