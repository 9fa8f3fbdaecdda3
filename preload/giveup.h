/* SPDX-License-Identifier: MIT
 *
 * give-up=N: a descriptor on which N writes in a row have met a swallowed SIGPIPE, and
 * none has succeeded in between, is written to by a program that does not look at its
 * errors.  Thread-safe without a lock, async-signal-safe.
 */
#ifndef EPIPE_GIVEUP_H
#define EPIPE_GIVEUP_H

#include <stdbool.h>

#include "policy.h"

/* Does nothing, and nor do the others, unless POLICY asks for it.  For the constructor. */
void giveup_start(const struct policy *policy);

/* A SIGPIPE for FD, or -1, is about to be swallowed.  Returns true if it must not be,
 * since that many before it were; otherwise counts it.  May change errno. */
bool giveup_is_due(int fd);

/* An interposed call on FD has written something.  Makes no system call. */
void giveup_succeeded(int fd);

#endif
