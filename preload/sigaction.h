/* SPDX-License-Identifier: MIT
 *
 * sigaction.c interposes sigaction() for SIGPIPE: what the program believes the
 * disposition to be, and what the kernel has.
 */
#ifndef EPIPE_SIGACTION_H
#define EPIPE_SIGACTION_H

#include "settings.h"

/* Puts the handler in place where SIGPIPE is at its default action, and has the
 * sigaction family keep it there.  SETTINGS must stay. */
void sigaction_start(const struct settings *settings);

#endif
