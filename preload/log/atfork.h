/* SPDX-License-Identifier: MIT
 *
 * atfork.c tells whether this process was forked while there were other threads.  A lock
 * that one of them held is held for ever in it, the unwinder's, too.
 */
#ifndef EPIPE_ATFORK_H
#define EPIPE_ATFORK_H

#include <stdbool.h>

/* For the constructor: allocates. */
void atfork_start(void);

/* After atfork_start(): as above, or the child of one, if the fork was libc's fork().  Not
 * in a vfork child: the threads are there.  False where libc is not glibc 2.32 or later,
 * which cannot unwind.  Async-signal-safe. */
bool atfork_among_threads(void);

#endif
