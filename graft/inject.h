/* SPDX-License-Identifier: MIT
 *
 * inject.c puts the SIGPIPE handler and its policy into a stopped process, and takes the
 * handler out.
 */
#ifndef EPIPE_GRAFT_INJECT_H
#define EPIPE_GRAFT_INJECT_H

#include "lib/core/keep.h"
#include "maps.h"
#include "proc-status.h"
#include "result.h"
#include "tracee.h"

/* Puts it in.  T stands in a stop; MAPS is of its process, STATUS of its thread, KEEP what
 * keeps the default action; MAY_FSTAT: its other threads' filters let the handler ask what a
 * descriptor is; PAGE becomes the address of the page that it is in, if it got so
 * far.  On each result but GRAFT_DONE there is a line in t->why.  The
 * thread still stands afterwards. */
enum graft_result inject_handler(struct tracee *t, const struct maps *maps,
                                 const struct proc_status *status, const struct keep *keep,
                                 bool may_fstat, uint64_t *page);

/* Takes it out.  The pages stay: a thread may be in them, or have saved the handler. */
enum graft_result inject_removal(struct tracee *t, const struct maps *maps,
                                 const struct proc_status *status);

#endif
