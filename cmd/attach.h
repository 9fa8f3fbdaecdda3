/* SPDX-License-Identifier: MIT
 *
 * attach.c attaches to processes and detaches from them: the options --attach and
 * --detach.
 */
#ifndef EPIPE_CMD_ATTACH_H
#define EPIPE_CMD_ATTACH_H

#include "lib/core/keep.h"

/* Attaches to each of the processes WORDS, decimal numbers up to a NULL, where RULE keeps the
 * default action, or detaches from them if that is NULL; with a line on standard error for each
 * that is not protected (or not detached from) afterwards.  Returns the worst exit status. */
int attach_processes(char *const words[], const struct keep_rule *rule);

#endif
