/* SPDX-License-Identifier: MIT
 *
 * What the shim can know of a SIGPIPE that was blocked when a call raised it, and is delivered
 * later: the last such call of each thread.
 */
#ifndef MODEL_SHIM_PENDING_H
#define MODEL_SHIM_PENDING_H

#include <stdbool.h>

/* How often the program has sent itself a signal, and how often the shim's handler has been put
 * in place or taken away.  The shim may remember what has happened since the last change. */
struct shim_moment {
    unsigned sent, changes;
};

/* A call on SLOT, -1 for one that the shim cannot see, SLOTS for a handler's, has raised a signal
 * that is pending now.  IS_NOTED: the shim was there to see it. */
void shim_pending_raised(int slot, struct shim_moment now, bool is_noted, bool by_handler);

/* A call that raises no signal has failed with EPIPE, on SLOT or (-1) in a handler. */
void shim_pending_failed(int slot, struct shim_moment now);

/* No signal is pending any more: it was taken, or this is a child. */
void shim_pending_forget(void);

/* The signal is delivered: is what raised it a guess (epipe-preload(7)), and does it keep the
 * default action? */
bool shim_pending_is_guess(struct shim_moment now);
bool shim_pending_is_kept(struct shim_moment now);

#endif
