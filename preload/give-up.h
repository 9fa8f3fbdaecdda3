/* SPDX-License-Identifier: MIT
 *
 * give-up.c counts the swallowed SIGPIPEs of each pipe and socket for give-up=N, and tells
 * when there have been N.  Thread-safe without a lock, async-signal-safe.
 */
#ifndef EPIPE_GIVE_UP_H
#define EPIPE_GIVE_UP_H

#include <stdbool.h>

#include "settings.h"

/* For the constructor. */
void give_up_start(const struct settings *settings);

/* A SIGPIPE for FD, or -1, is about to be swallowed.  Returns true if it must not be,
 * since that many before it were; otherwise counts it.  False, without a system call,
 * unless the settings ask for give-up.  May change errno. */
bool give_up_is_due(int fd);

#endif
