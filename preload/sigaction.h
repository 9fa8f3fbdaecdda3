/* SPDX-License-Identifier: MIT
 *
 * The SIGPIPE disposition: what the program believes and what the kernel has.
 */
#ifndef EPIPE_SIGACTION_H
#define EPIPE_SIGACTION_H

#include "settings.h"

/* Puts the catcher in place where SIGPIPE is at its default action, and has the
 * sigaction family keep it there.  POLICY must stay. */
void disposition_start(const struct policy *policy);

#endif
