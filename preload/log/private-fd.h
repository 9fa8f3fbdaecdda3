/* SPDX-License-Identifier: MIT
 *
 * private-fd.c opens a descriptor for a moment within a signal handler: its number is past
 * the standard streams', and no signal handler can leave it open by a jump.
 *
 * Another thread may write to a standard stream that the program has closed.  So what is
 * free below 3 is taken by O_PATH descriptors first, which answer EBADF as before, and
 * given back when the private one has its number.  In that time another thread that opens
 * something gets a higher number.
 */
#ifndef EPIPE_PRIVATE_FD_H
#define EPIPE_PRIVATE_FD_H

#include <stdbool.h>

#include "lib/core/sigmask.h"

struct private_fd {
    int fd;
    struct kernel_sigset before; /* the mask */
};

/* Opens PATH by FLAGS and O_CLOEXEC; if PATH is NULL, a unix datagram socket that does not
 * wait.  Blocks what a signal handler could be called for, until private_fd_close(): but
 * for the signals of a thread's own faults, for which a sandbox may have a handler.
 * Returns false where it cannot; nothing is to be closed then.  Async-signal-safe, no
 * cancellation points; may change errno. */
bool private_fd_open(struct private_fd *p, const char *path, int flags);
void private_fd_close(struct private_fd *p);

#endif
