/* SPDX-License-Identifier: MIT
 *
 * SIGPIPE blocked in this thread for the time of some calls, and exactly the
 * signal that these calls raised taken off the queue afterwards.
 *
 * Async-signal-safe, and no cancellation points.  Both functions leave errno as
 * it was.  A pair makes three system calls unless a SIGPIPE is pending.
 */
#ifndef EPIPE_MASK_H
#define EPIPE_MASK_H

#include <signal.h>
#include <stdbool.h>

struct mask {
    bool was_blocked;
    bool was_pending; /* in this thread's own queue */
};

/* Blocks SIGPIPE.  Returns false, and changes nothing, where a sandbox does not
 * let the mask be changed. */
bool epipe_mask_enter(struct mask *mask);

/* Takes the SIGPIPE that a write of this thread raised since epipe_mask_enter() off
 * the queue, if there is one, and unblocks it if it was not blocked before.  A SIGPIPE that somebody
 * else sent in the meantime stays pending, with its siginfo, and is delivered
 * now if the mask lets it.  Returns whether a signal of this thread's own was
 * taken. */
bool epipe_mask_leave(const struct mask *mask);

#endif
