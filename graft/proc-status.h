/* SPDX-License-Identifier: MIT
 *
 * proc-status.c reads what /proc/PID/task/TID/status says of a thread and its signals.
 */
#ifndef EPIPE_GRAFT_PROC_STATUS_H
#define EPIPE_GRAFT_PROC_STATUS_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct proc_status {
    char name[64]; /* the kernel's, as in ps; with anything in it */
    char letter;   /* R, S, D, T, t, Z, X, I */
    bool is_kernel, has_memory;
    uid_t uid;
    gid_t gid;
    pid_t tracer;
    pid_t tgid; /* its process's number */
    int pid;    /* its process's, in that one's own namespace, the innermost one */
    uint64_t blocked, ignored, caught, shared_pending;
    int seccomp; /* 2: filters */
    long filters;
    long waits; /* voluntary context switches */
};

/* The path of a file of /proc/PID, or of one thread of its where TID is not 0. */
struct proc_path {
    char text[96];
};

struct proc_path proc_path(pid_t pid, pid_t tid, const char *file);

/* What is wrong with /proc, or NULL: it is not there, or has the numbers of another PID namespace
 * than this process's. */
const char *proc_problem(void);

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

/* Is PATH, as a memory map has it, that of the preload object? */
bool proc_is_shim(const char *path);

/* For how many clock ticks a thread has run code of its own, and not the kernel's. */
bool proc_read_user_time(pid_t pid, pid_t tid, unsigned long long *ticks);

/* Fills STATUS from FILE, a status file of any length; what it does not say is 0, but what
 * says nothing of memory, nor of what kind it is, is a kernel thread.  False with
 * errno if reading it fails. */
bool proc_status_parse(FILE *file, struct proc_status *status);

/* The same of process PID, or of its thread TID if that is not 0.  False with errno, ESRCH if
 * there is none. */
bool proc_status_read(pid_t pid, pid_t tid, struct proc_status *status);

/* The same of process *PID, or of the process of thread *PID; or, if its first thread has ended
 * before the others, of one that lives.  *PID becomes the number of what STATUS is of: the files
 * in /proc of an ended one are empty. */
bool proc_status_read_living(pid_t *pid, struct proc_status *status);

/* The threads of process PID, or NULL with errno; closedir() ends that.  And the next one,
 * 0 after the last; not those that the kernel has made, as io_uring's, which run no code of the
 * program's and cannot be stopped. */
DIR *proc_open_threads(pid_t pid);
pid_t proc_next_thread(pid_t pid, DIR *threads);

/* Or is it about to, without memory already? */
static inline bool proc_status_has_ended(const struct proc_status *status)
{
    return status->letter == 'Z' || status->letter == 'X' ||
           (!status->has_memory && !status->is_kernel);
}

/* The same of process PID, or of its thread TID if that is not 0, read now; or is it not there? */
bool proc_status_is_gone(pid_t pid, pid_t tid);

/* Is SIGNAL in SET? */
static inline bool proc_status_has(uint64_t set, int signal)
{
    return set >> (signal - 1) & 1;
}

#endif
