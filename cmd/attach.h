/* SPDX-License-Identifier: MIT
 *
 * attach.c attaches to processes and detaches from them: the options --attach and
 * --detach.
 */
#ifndef EPIPE_CMD_ATTACH_H
#define EPIPE_CMD_ATTACH_H

#include <stdbool.h>

#include "lib/core/keep.h"
#include "preload/settings.h"

/* Attaches to, or detaches from, each of the processes WORDS, decimal numbers up to a NULL,
 * with a line on standard error for each that is not protected (or not detached from)
 * afterwards.  GIVEN are the options' values.  Returns the worst exit status. */
int attach_processes(char *const words[], bool detach, const char *const given[SETTINGS_KEYS]);

/* What keeps the default action by GIVEN or the environment, whose values are right.  In a
 * static buffer. */
const struct keep_rule *attach_keep_rule(const char *const given[SETTINGS_KEYS]);

#endif
