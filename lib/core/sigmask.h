/* SPDX-License-Identifier: MIT
 *
 * sigmask.c blocks SIGPIPE in this thread for the time of some calls, and afterwards takes
 * exactly the signal that these calls raised off the queue.
 *
 * Async-signal-safe, and no cancellation points.  Both functions keep errno.  A pair makes
 * three system calls unless a SIGPIPE is pending.
 */
#ifndef EPIPE_SIGMASK_H
#define EPIPE_SIGMASK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "keep-errno.h"
#include "syscall.h"

struct sigmask {
    bool was_blocked;
    bool was_pending; /* in this thread's own queue */
    bool was_lost;    /* set by epipe_sigmask_restore(): it found SIGPIPE unblocked */
};

/* The kernel's set of signals.  libc's is sixteen times as long, and what it takes to
 * build, copy and ask three of those would be a tenth of a scope.  SIGPIPE is in the
 * first word everywhere. */
struct kernel_sigset {
    unsigned long words[_NSIG / 8 / sizeof(unsigned long)];
};

#define KERNEL_SIGPIPE (1UL << (SIGPIPE - 1))

/* Returns 0 or a negative error number. */
static inline long sigmask_change(int how, struct kernel_sigset *before)
{
    static const struct kernel_sigset only = {{KERNEL_SIGPIPE}};

    return raw_syscall(SYS_rt_sigprocmask, how, (long)&only, (long)before, sizeof only);
}

static inline bool sigmask_is_pending(void)
{
    struct kernel_sigset set;

    return raw_syscall(SYS_rt_sigpending, (long)&set, sizeof set, 0, 0) == 0 &&
           set.words[0] & KERNEL_SIGPIPE;
}

/* The rare paths: SIGPIPE was blocked already, and is it this thread's that is pending?
 * One is pending: takes it if it is this thread's own.  Both may change errno. */
bool epipe_sigmask_was_pending(void);
bool epipe_sigmask_take_pending(void);

/* Blocks SIGPIPE.  Returns false, and changes nothing, where a sandbox does not
 * let the mask be changed.  Inline, as the other one: see syscall.h. */
static inline bool epipe_sigmask_block(struct sigmask *mask)
{
    struct kernel_sigset before;

    *mask = (struct sigmask){.was_blocked = false};
    if (sigmask_change(SIG_BLOCK, &before) != 0)
        return false;
    if (__builtin_expect((before.words[0] & KERNEL_SIGPIPE) != 0, 0)) {
        KEEP_ERRNO;

        mask->was_blocked = true;
        mask->was_pending = epipe_sigmask_was_pending();
    }
    return true;
}

/* Takes the SIGPIPE that a write of this thread raised since epipe_sigmask_block() off
 * the queue, if there is one, and unblocks it if it was not blocked before.  A SIGPIPE that somebody
 * else sent in the meantime stays pending, with its siginfo, and is delivered
 * now if the mask lets it.  Returns whether a signal of this thread's own was
 * taken. */
static inline bool epipe_sigmask_restore(struct sigmask *mask)
{
    KEEP_ERRNO; /* a handler that runs now may change it, too */
    struct kernel_sigset found;
    bool taken = !mask->was_pending && sigmask_is_pending() && epipe_sigmask_take_pending();

    if (!mask->was_blocked)
        mask->was_lost =
            sigmask_change(SIG_UNBLOCK, &found) == 0 && !(found.words[0] & KERNEL_SIGPIPE);
    return taken;
}

#endif
