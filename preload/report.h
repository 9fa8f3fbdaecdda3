/* SPDX-License-Identifier: MIT
 *
 * What the shim says: one line for each swallowed SIGPIPE where the operator
 * asked for it, and one about each setting that makes no sense.
 */
#ifndef EPIPE_REPORT_H
#define EPIPE_REPORT_H

#include "catch.h"
#include "policy.h"

/* POLICY must stay. */
void report_start(const struct policy *policy);

/* Logs that BROKEN was answered by EPIPE.  No descriptor is held, nothing is
 * allocated, and a log that cannot be written costs its line and nothing else.
 * Async-signal-safe; may change errno. */
void report_swallowed(const struct broken *broken);

/* Says on standard error that VARIABLE has a bad value and is not used. */
void report_bad_setting(const char *variable, const struct policy_error *error);

#endif
