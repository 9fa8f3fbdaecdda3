/* SPDX-License-Identifier: MIT
 *
 * A look at a descriptor from within a signal handler, by raw system calls: libc's
 * functions may be the program's own, or another preload object's, and some are
 * cancellation points.
 */
#ifndef EPIPE_LOOK_H
#define EPIPE_LOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct look {
    mode_t mode;
    uint64_t device;
    uint64_t inode;
    uint64_t modified; /* nanoseconds */
};

/* As fstat.  Async-signal-safe. */
bool epipe_look(int fd, struct look *look);

/* Is FD a pipe or socket whose other end has gone?  Async-signal-safe; may change
 * errno. */
bool epipe_look_is_dead(int fd);

#endif
