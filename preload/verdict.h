/* SPDX-License-Identifier: MIT
 *
 * What becomes of one SIGPIPE that a write of this process raised.
 */
#ifndef EPIPE_VERDICT_H
#define EPIPE_VERDICT_H

#include <stdbool.h>

#include "catch.h"
#include "policy.h"

/* Remembers POLICY, which must stay, and what descriptors 1 and 2 are now. */
void verdict_start(const struct policy *policy);

/* Is BROKEN to be an EPIPE and nothing else?  False: the program's own
 * disposition is to act.  Async-signal-safe; may change errno. */
bool verdict_protects(const struct broken *broken);

/* Is FD, 1 or 2, still the object that it was at start?  Async-signal-safe;
 * may change errno. */
bool verdict_is_as_at_start(int fd);

#endif
