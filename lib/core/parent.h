/* SPDX-License-Identifier: MIT
 *
 * parent.c finds out whether the parent process has a pipe open for writing.
 */
#ifndef EPIPE_PARENT_H
#define EPIPE_PARENT_H

#include <stdbool.h>

#include "fdstat.h"

/* Does the parent, by its /proc/PID/fd, have OBJECT, which is FD here, open for writing
 * among its first thousand descriptors?  False where that cannot be read.  Opens no
 * descriptor.  Async-signal-safe. */
bool epipe_parent_can_write(const struct fdstat *object, int fd);

#endif
