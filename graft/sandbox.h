/* SPDX-License-Identifier: MIT
 *
 * sandbox.h decides whether a thread's seccomp filters leave room for an attach.
 */
#ifndef EPIPE_GRAFT_SANDBOX_H
#define EPIPE_GRAFT_SANDBOX_H

#include <stdbool.h>

#include "proc-status.h"
#include "tracee.h"

/* To be called for a stopped thread, of which STATUS has been read.  NEEDS_PAGES: nothing
 * has been mapped there yet.  Where the filters refuse a call of the attach's own, they are
 * suspended, if that is allowed.  MAY_FSTAT is set to whether the handler may make the calls
 * by which it asks what a descriptor is.  False with a line in t->why if an attach would kill the
 * target, or may. */
bool sandbox_allows(struct tracee *t, const struct proc_status *status, bool needs_pages,
                    bool *may_fstat);

#endif
