/* SPDX-License-Identifier: MIT
 *
 * sandbox.c decides whether the seccomp filters of a process leave room for an attach.
 */
#ifndef EPIPE_GRAFT_SANDBOX_H
#define EPIPE_GRAFT_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "proc-status.h"
#include "result.h"
#include "tracee.h"

/* To be called for a stopped thread, of which STATUS has been read.  NEEDS_PAGES: nothing
 * has been mapped there yet.  Where the filters refuse a call of the attach's own, they are
 * suspended, if that is allowed.  MAY_FSTAT becomes false where the handler may not make the
 * calls by which it asks what a descriptor is.  False with a line in t->why if an attach would
 * kill the target, or may. */
bool sandbox_allows(struct tracee *t, const struct proc_status *status, bool needs_pages,
                    bool *may_fstat);

/* The same of the one call by which a handler is taken out. */
bool sandbox_allows_removal(struct tracee *t, const struct proc_status *status);

/* The handler is that of all threads: asks those of the others, which it stops one by one, before
 * T's own is stopped.  Those that have as many filters as that one are taken to have the same.
 * Waits until DEADLINE for one that is in a write.  MAY_FSTAT is set as above; on each result but
 * GRAFT_DONE there is a line in t->why. */
enum graft_result sandbox_asks_threads(struct tracee *t, int64_t deadline, bool *may_fstat);

#endif
