/* SPDX-License-Identifier: MIT
 *
 * fdstat.c tells in a signal handler what a descriptor is, and whether it is broken.  By
 * raw system calls: libc's functions may be the program's own, or another preload
 * object's, and some are cancellation points.
 */
#ifndef EPIPE_FDSTAT_H
#define EPIPE_FDSTAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The same in 32 and 64 bits: graft/ fills it for processes of both. */
struct fdstat {
    mode_t mode;
    _Alignas(8) uint64_t device;
    _Alignas(8) uint64_t inode;
    _Alignas(8) uint64_t modified; /* nanoseconds */
};

/* As fstat, and as stat (FOLLOW) or lstat.  Return 0 or a negative error number.
 * Async-signal-safe. */
long epipe_fdstat_fd(int fd, struct fdstat *object);
long epipe_fdstat_path(const char *path, bool follow, struct fdstat *object);

static inline bool epipe_fdstat(int fd, struct fdstat *object)
{
    return epipe_fdstat_fd(fd, object) == 0;
}

static inline bool epipe_fdstat_is_same(const struct fdstat *one, const struct fdstat *other)
{
    return one->device == other->device && one->inode == other->inode;
}

/* Is FD a pipe or socket whose other end has gone?  Async-signal-safe. */
bool epipe_fdstat_is_broken(int fd);

/* Did a write to FD that failed with EPIPE raise no SIGPIPE?  So do SOCK_SEQPACKET and UDP.
 * One that is alive has taken the number of another.  Async-signal-safe. */
bool epipe_fdstat_raises_none(int fd);

#endif
