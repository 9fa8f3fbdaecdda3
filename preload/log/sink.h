/* SPDX-License-Identifier: MIT
 *
 * sink.c writes the shim's lines to the log.  Each is one write or one datagram; no
 * descriptor is held between two of them, and a line that cannot be written, or not at
 * once, is lost and nothing else.
 *
 * Async-signal-safe; may change errno.
 */
#ifndef EPIPE_SINK_H
#define EPIPE_SINK_H

#include <stdbool.h>

#include "options.h"
#include "strbuf.h"

/* As log_start() was given them. */
extern struct log_options sink_options;

/* Begins a line with what says when, and which process: to syslog, which has the time
 * itself, the second only. */
void sink_begin(struct strbuf *line);

/* Begins one that belongs to the line before. */
void sink_continue(struct strbuf *line);

/* Ends LINE and writes it to the log; to standard error where there is none.  False: it
 * could not be written. */
bool sink_line(struct strbuf *line);

/* Ends LINE and writes it to standard error, whatever that is, as far as it can be written
 * at once. */
void sink_complaint(struct strbuf *line);

#endif
