/* SPDX-License-Identifier: MIT
 *
 * What a SIGPIPE handler needs to know: whether the signal is the answer to a
 * write of this process, and to which one; and how to die of it after all.
 */
#ifndef EPIPE_CATCH_H
#define EPIPE_CATCH_H

#include <signal.h>
#include <stdbool.h>

/* One SIGPIPE that a write of this process raised. */
struct broken {
    int fd;              /* the descriptor written to, or -1: not known */
    bool fd_is_claimed;  /* otherwise it is the call's first argument, which for a raw
                          * splice or tee is the descriptor read from */
    bool is_send;        /* the claimed call is one for sockets */
    const char *call;    /* the claimed call's name, or NULL: none was claimed */
    const void *caller;  /* who made the claimed call, or NULL */
    const void *context; /* the interrupted context (ucontext_t) */
};

/* Remembers the pid, so that most judgements need no system call.  To be called
 * before a handler is put in place. */
void epipe_catch_start(void);

/* Is the SIGPIPE that INFO and CONTEXT describe the kernel's answer to a write
 * of this process?  If so fills BROKEN.  A signal from kill(), raise(),
 * pthread_kill(), sigqueue(), a timer or another process is not.
 * To be called in the SIGPIPE handler, in the thread that got the signal, at
 * most once for each signal.  Async-signal-safe; may change errno.  Makes no
 * system call where the registers show that a claimed call returned EPIPE, nor
 * for any other call that did in the process that called epipe_catch_start(). */
bool epipe_catch_is_ours(const siginfo_t *info, const void *context, struct broken *broken);

/* To be called before the process sends SIGPIPE, maybe to itself, in a way that the
 * kernel's siginfo does not tell from a broken write, as kill() does.  From
 * then on epipe_catch_is_ours() wants evidence.  Async-signal-safe. */
void epipe_catch_expect_sent(void);

/* Ends the process by SIGPIPE at its default action, so that the parent sees
 * WTERMSIG == SIGPIPE.  Returns only where a sandbox forbids that, or puts it off until
 * the handler returns. */
void epipe_catch_die(void);

#endif
