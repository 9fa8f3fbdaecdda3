/* SPDX-License-Identifier: MIT
 *
 * A call that carries "no signal" itself.
 */
#ifndef EPIPE_FLAG_H
#define EPIPE_FLAG_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Makes a write by pwritev2 with RWF_NOSIGNAL.  Returns false where that cannot be
 * done: the kernel is known not to have the flag, or the kernel, the file or a sandbox
 * has just refused it; then nothing has been written, and errno is as it was.
 * Otherwise RESULT, and errno, are the call's.  A cancellation point;
 * async-signal-safe.  With a total length of 0 it does nothing, as writev does. */
bool epipe_flag_writev(int fd, const struct iovec *iov, int count, ssize_t *result);

#endif
