/* SPDX-License-Identifier: MIT
 *
 * What summary=on counts, and the line that says it.  Thread-safe without a lock,
 * async-signal-safe; the counters are touched when something is broken, and never
 * otherwise.
 */
#ifndef EPIPE_TALLY_H
#define EPIPE_TALLY_H

#include "policy.h"

/* Does nothing, and nor do the others, unless POLICY asks for a summary.  For the
 * constructor. */
void tally_start(const struct policy *policy);

/* An interposed call has returned -1 with EPIPE. */
void tally_call(void);

/* A SIGPIPE for FD, or -1, was swallowed.  May change errno. */
void tally_swallowed(int fd);

/* One that a write of this process raised was not. */
void tally_let_through(void);

/* Writes the line, at the end of the process that the counters belong to.  May change
 * errno. */
void tally_say(void);

#endif
