/* SPDX-License-Identifier: MIT
 *
 * proc-status.h reads what /proc/PID/task/TID/status says of a thread and its signals.
 */
#ifndef EPIPE_GRAFT_PROC_STATUS_H
#define EPIPE_GRAFT_PROC_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_status {
    char name[32];
    char letter; /* R, S, D, T, t, Z, X, I */
    bool is_kernel;
    uid_t uid;
    pid_t tracer;
    int pid; /* in its own namespace, the innermost one */
    uint64_t blocked, ignored, caught, shared_pending;
    int seccomp; /* 2: filters */
    long filters;
    long waits; /* voluntary context switches */
};

/* A file of /proc/PID, or of one thread of its where TID is not 0, as text: at most SIZE - 1
 * bytes.  Returns its length, or -1 with errno. */
ssize_t proc_read_file(pid_t pid, pid_t tid, const char *file, char *text, size_t size);

/* The first line of the file PATH, "" if it cannot be read. */
void proc_read_line(const char *path, char *line, size_t size);

/* Where the program of process PID and its stack begin, which exec changes; 0 where that
 * cannot be read. */
struct proc_image {
    unsigned long long start, end, stack;
};

struct proc_image proc_read_image(pid_t pid);

/* Fills STATUS from the text of a status file; what it does not say is 0. */
void proc_status_parse(const char *text, struct proc_status *status);

/* Both at once.  False with errno if it cannot be read; ESRCH if there is none. */
bool proc_status_read(pid_t pid, pid_t tid, struct proc_status *status);

/* Is SIGNAL in SET? */
static inline bool proc_status_has(uint64_t set, int signal)
{
    return set >> (signal - 1) & 1;
}

#endif
