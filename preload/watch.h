/* SPDX-License-Identifier: MIT
 *
 * What the answers of interposed calls tell the settings that want to know.
 */
#ifndef EPIPE_WATCH_H
#define EPIPE_WATCH_H

#include "policy.h"

/* Has them told if POLICY asks for a summary or for give-up; otherwise nothing is
 * watched.  For the constructor. */
void watch_start(const struct policy *policy);

#endif
