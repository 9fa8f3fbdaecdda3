/* SPDX-License-Identifier: MIT
 *
 * SIGPIPE blocked in this thread for the time of some calls, and exactly the
 * signal that these calls raised taken off the queue afterwards.
 *
 * Async-signal-safe, and no cancellation points.  Both functions leave errno as
 * it was.  A pair makes three system calls unless a SIGPIPE is pending.
 */
#ifndef EPIPE_SIGMASK_H
#define EPIPE_SIGMASK_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "syscall.h"

struct mask {
    bool was_blocked;
    bool was_pending; /* in this thread's own queue */
    bool was_lost;    /* set by epipe_mask_leave(): it found SIGPIPE unblocked */
};

/* The kernel's set of signals.  libc's is sixteen times as long, and what it takes to
 * build, copy and ask three of those would be a tenth of a scope.  SIGPIPE is in the
 * first word everywhere. */
struct mask_set {
    unsigned long words[_NSIG / 8 / sizeof(unsigned long)];
};

#define MASK_SIGPIPE (1UL << (SIGPIPE - 1))

/* Returns 0 or a negative error number. */
static inline long mask_change(int how, struct mask_set *before)
{
    static const struct mask_set only = {{MASK_SIGPIPE}};

    return raw_call(SYS_rt_sigprocmask, how, (long)&only, (long)before, sizeof only);
}

static inline bool mask_is_pending(void)
{
    struct mask_set set;

    return raw_call(SYS_rt_sigpending, (long)&set, sizeof set, 0, 0) == 0 &&
           set.words[0] & MASK_SIGPIPE;
}

/* The rare paths: SIGPIPE was blocked already, and is it this thread's that is pending?
 * One is pending: takes it if it is this thread's own.  Both may change errno. */
bool epipe_mask_was_pending(void);
bool epipe_mask_take(void);

/* Blocks SIGPIPE.  Returns false, and changes nothing, where a sandbox does not
 * let the mask be changed.  Inline, as the other one: see syscall.h. */
static inline bool epipe_mask_enter(struct mask *mask)
{
    struct mask_set before;

    *mask = (struct mask){.was_blocked = false};
    if (mask_change(SIG_BLOCK, &before) != 0)
        return false;
    if (__builtin_expect((before.words[0] & MASK_SIGPIPE) != 0, 0)) {
        int saved = errno;

        mask->was_blocked = true;
        mask->was_pending = epipe_mask_was_pending();
        errno = saved;
    }
    return true;
}

/* Takes the SIGPIPE that a write of this thread raised since epipe_mask_enter() off
 * the queue, if there is one, and unblocks it if it was not blocked before.  A SIGPIPE that somebody
 * else sent in the meantime stays pending, with its siginfo, and is delivered
 * now if the mask lets it.  Returns whether a signal of this thread's own was
 * taken. */
static inline bool epipe_mask_leave(struct mask *mask)
{
    struct mask_set found;
    int saved = errno;
    bool taken = !mask->was_pending && mask_is_pending() && epipe_mask_take();

    if (!mask->was_blocked)
        mask->was_lost =
            mask_change(SIG_UNBLOCK, &found) == 0 && !(found.words[0] & MASK_SIGPIPE);
    errno = saved; /* a handler that runs now may change it, too */
    return taken;
}

#endif
