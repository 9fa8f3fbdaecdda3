/* SPDX-License-Identifier: MIT
 *
 * enter.c lets a helper process put the SIGPIPE handler into this process's next program,
 * between its exec and its first instruction.
 */
#ifndef EPIPE_GRAFT_ENTER_H
#define EPIPE_GRAFT_ENTER_H

#include <sys/types.h>

#include "lib/core/keep.h"

/* Called in the helper where PROGRAM runs unprotected. */
typedef void enter_complain(const char *program, const char *why);

/* Starts the helper, which becomes this process's tracer.  The next exec's program has the
 * handler unless it ignores SIGPIPE, and neither child nor zombie nor SIGCHLD of the
 * helper's.  If the helper is killed the program runs unprotected.  Returns the helper's
 * pid; 0 in the first process of a PID namespace, which SIGPIPE does not kill; or -1 with
 * errno where this process cannot be traced, or /proc is that of another PID namespace. */
pid_t enter_prepare(const struct keep_rule *rule, enter_complain *complain);

/* Takes that back, when exec has failed. */
void enter_cancel(pid_t helper);

#endif
