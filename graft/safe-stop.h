/* SPDX-License-Identifier: MIT
 *
 * safe-stop.c stops a thread when no call of its own comes back short by it.
 */
#ifndef EPIPE_GRAFT_SAFE_STOP_H
#define EPIPE_GRAFT_SAFE_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "tracee.h"

/* Waits until t->tid is where it may be stopped, becomes its tracer and stops it.  False with
 * a line in t->why: not by DEADLINE (deadline.h), it cannot be traced, or it has ended. */
bool safe_stop(struct tracee *t, int64_t deadline);

#endif
