/* SPDX-License-Identifier: MIT
 *
 * target-stdio.c finds out what the standard streams of another process are, for the rule of what
 * keeps the default action.
 */
#ifndef EPIPE_GRAFT_TARGET_STDIO_H
#define EPIPE_GRAFT_TARGET_STDIO_H

#include <sys/types.h>

#include "lib/core/keep.h"

/* Fills KEEP for process PID with RULE and with what its descriptors 1 and 2 are now.  What
 * they were at start cannot be known, unless this IS the START, so a two-way socket counts as one
 * that it was started with only if it stands under two of 0, 1 and 2, as inetd's does; and never
 * the journal's, by JOURNAL_STREAM in its environment or by the name of the other end.  What
 * cannot be read is left out. */
void target_stdio(pid_t pid, bool is_start, const struct keep_rule *rule, struct keep *keep);

/* Is the socket OBJECT, its descriptor FD, the journal's? */
bool target_stdio_is_journal(pid_t pid, int fd, const struct fdstat *object);

#endif
