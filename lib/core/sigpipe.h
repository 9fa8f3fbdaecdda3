/* SPDX-License-Identifier: MIT
 *
 * sigpipe.c judges a SIGPIPE: did a write of this process raise it, and to which
 * descriptor?  It also ends the process by the default action.
 *
 * It goes by the siginfo, the interrupted context and what its caller tells it, and uses
 * raw system calls alone: no libc, errno, thread-local storage, memory or data of its own.
 * So it works in threads that libc does not know, and can be compiled freestanding.
 */
#ifndef EPIPE_SIGPIPE_H
#define EPIPE_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct inflight_thread;

/* What the judgement goes by beside the siginfo and the context. */
struct sigpipe_facts {
    struct inflight_thread *thread; /* this thread's record, or NULL: it has none */
    pid_t pid;                      /* the process's, or 0: to be asked for */
    unsigned sent;                  /* how often it may have sent itself SIGPIPE */
    unsigned generation;            /* that a pending call must be of */
};

/* One SIGPIPE that a write of this process raised. */
struct broken_write {
    int fd;              /* the descriptor written to, or -1: not known */
    bool fd_is_recorded; /* otherwise it is the call's first argument, which for a raw
                          * splice or tee is the descriptor read from */
    bool is_send;        /* the recorded call is one for sockets */
    const char *call;    /* the recorded call's name, or NULL: none was recorded */
    const void *caller;  /* who made the recorded call, or NULL */
    const void *context; /* the interrupted context (ucontext_t) */
    mode_t mode;         /* of what was written to; 0: it was not asked for */
};

/* Is the SIGPIPE that INFO and CONTEXT describe the kernel's answer to a write
 * of this process?  If so fills BROKEN.  A signal from kill(), raise(),
 * pthread_kill(), sigqueue(), a timer or another process is not.
 * To be called in the SIGPIPE handler, in the thread that got the signal, at
 * most once for each signal.  Async-signal-safe.  Makes no system call where the
 * registers show that a recorded call returned EPIPE, nor for any other call that did where
 * facts->pid is known. */
bool epipe_sigpipe_is_from_write(const siginfo_t *info, const void *context,
                                 const struct sigpipe_facts *facts,
                                 struct broken_write *broken);

/* Ends the process by SIGPIPE at its default action, so that the parent sees
 * WTERMSIG == SIGPIPE.  THREAD, if not NULL, is cleared before, as it is the parent's, too,
 * in a vfork child.  Returns only where a sandbox forbids it, or puts it off until
 * the handler returns.  Async-signal-safe. */
void epipe_sigpipe_reraise_default(struct inflight_thread *thread);

#endif
