/* SPDX-License-Identifier: MIT
 *
 * attached.c reads what an attach has left in a process: since when, and its counters.
 */
#ifndef EPIPE_GRAFT_ATTACHED_H
#define EPIPE_GRAFT_ATTACHED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "lib/core/keep.h"

struct attached {
    time_t since; /* the policy holds */
    uint64_t swallowed, kept, foreign;
    struct keep_rule rule;
};

/* False if there is nothing of an attach in process PID, or it may not be read.  Whether the
 * handler is in place still, its SigCgt says. */
bool attached_read(pid_t pid, struct attached *attached);

#endif
