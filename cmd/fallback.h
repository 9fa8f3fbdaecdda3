/* SPDX-License-Identifier: MIT
 *
 * fallback.c refuses a program that the shim cannot be loaded into, or ignores SIGPIPE for
 * it: the option --fallback.
 */
#ifndef EPIPE_FALLBACK_H
#define EPIPE_FALLBACK_H

#include <stdbool.h>

#include "target.h"

enum fallback { FALLBACK_REFUSE, FALLBACK_IGNORE };

/* Reads the value of --fallback.  False after a line on standard error. */
bool fallback_parse(const char *value, enum fallback *fallback);

/* Says in one line on standard error why the shim cannot be loaded into PATH, which
 * is run for PROGRAM, and what is done about it.  True if it is to be executed all
 * the same; SIGPIPE is then ignored, and not blocked, in this process.  DETAIL says more about
 * it, or is NULL. */
bool fallback_take(enum fallback fallback, const char *program, const char *path,
                   enum target_refusal refusal, const char *detail);

/* The exit status after it has been refused. */
int fallback_status(enum target_refusal refusal);

#endif
