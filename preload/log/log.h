/* SPDX-License-Identifier: MIT
 *
 * log.c writes a line for each swallowed SIGPIPE where the operator asked for it, and one
 * about each setting that makes no sense.
 */
#ifndef EPIPE_LOG_H
#define EPIPE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/sigpipe.h"
#include "options.h"

/* Makes ready for what OPTIONS ask for. */
void log_start(const struct log_options *options);

/* Do the options ask for a line for each swallowed SIGPIPE?  Async-signal-safe. */
bool log_is_wanted(void);

/* Logs that BROKEN was answered by EPIPE, with the stack that led to it for trace=on.
 * What is beyond the limit (ratelimit.h) is counted, and told with the next line that is
 * within it.  A log that cannot be written costs its line and nothing else.
 * Async-signal-safe; may change errno. */
void log_swallowed(const struct broken_write *broken);

/* Logs that BROKEN was not, since only= needs a caller.  As above. */
void log_unknown_caller(const struct broken_write *broken);

/* Logs that BROKEN was not, since COUNT others on its descriptor were.  As above; if it
 * is the LAST that this process says, beyond the limit, too. */
void log_given_up(const struct broken_write *broken, unsigned count, bool last);

/* Tells how many lines are suppressed, if any are.  As above. */
void log_suppressed(void);

/* Says on standard error that the value of VARIABLE is not used, for its part WORD, LENGTH
 * bytes. */
void log_bad_setting(const char *variable, const char *word, size_t length, const char *why);

#endif
