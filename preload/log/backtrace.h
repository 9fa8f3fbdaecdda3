/* SPDX-License-Identifier: MIT
 *
 * backtrace.c writes the stack that led to a broken write.
 */
#ifndef EPIPE_BACKTRACE_H
#define EPIPE_BACKTRACE_H

#include "lib/core/sigpipe.h"

/* Writes a line for each frame, the innermost first, without the shim's own; where there
 * is no unwinder, or it might never return (atfork.h), for the caller only.
 * dso_start() must have been told to unwind.  Async-signal-safe as dso_stack() is;
 * may change errno. */
void backtrace_log(const struct broken_write *broken);

#endif
