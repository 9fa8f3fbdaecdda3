/* SPDX-License-Identifier: MIT
 *
 * A look at a descriptor from within a signal handler, by raw system calls: libc's
 * functions may be the program's own, or another preload object's, and some are
 * cancellation points.
 */
#ifndef EPIPE_FDSTAT_H
#define EPIPE_FDSTAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct look {
    mode_t mode;
    uint64_t device;
    uint64_t inode;
    uint64_t modified; /* nanoseconds */
};

/* As fstat, and as stat (FOLLOW) or lstat.  Return 0 or a negative error number.
 * Async-signal-safe. */
long epipe_look_fd(int fd, struct look *look);
long epipe_look_path(const char *path, bool follow, struct look *look);

static inline bool epipe_look(int fd, struct look *look)
{
    return epipe_look_fd(fd, look) == 0;
}

static inline bool epipe_look_is_same(const struct look *one, const struct look *other)
{
    return one->device == other->device && one->inode == other->inode;
}

/* Is FD a pipe or socket whose other end has gone?  Async-signal-safe. */
bool epipe_look_is_dead(int fd);

/* Did a write to FD that failed with EPIPE raise no SIGPIPE?  So do SOCK_SEQPACKET and UDP.
 * One that is alive has taken the number of another.  Async-signal-safe. */
bool epipe_look_raises_none(int fd);

#endif
