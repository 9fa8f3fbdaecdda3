/* SPDX-License-Identifier: MIT
 *
 * timestamp.c reads the clock, for log lines and their limit, and writes the time as text.
 * By the raw system call: libc's functions for it may be the program's own, and its
 * calendar's take a lock.  Async-signal-safe; may change errno.
 */
#ifndef EPIPE_TIMESTAMP_H
#define EPIPE_TIMESTAMP_H

#include "strbuf.h"

/* Seconds of a clock that is never set. */
long long timestamp_seconds(void);

/* Appends the time in UTC as ISO 8601 has it: 2026-11-21T10:20:30.123Z. */
void timestamp_now(struct strbuf *line);

/* The same for SECONDS since 1970, which the kernel's clock is never before. */
void timestamp_format(struct strbuf *line, long long seconds, unsigned milliseconds);

#endif
