/* SPDX-License-Identifier: MIT
 *
 * A call that carries "no signal" itself.
 */
#ifndef EPIPE_FLAG_H
#define EPIPE_FLAG_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Makes the write by pwritev2 with RWF_NOSIGNAL.  Returns false where that cannot
 * be done: the kernel, the file or a sandbox does not take it; then nothing has
 * been written.  Otherwise RESULT, and errno, are the call's.  Asks nothing of the
 * kernel once it is known not to have the flag.
 * A cancellation point; async-signal-safe.  The total length must not be 0 (for
 * which any unknown flag is taken) nor more than SSIZE_MAX. */
bool epipe_flag_writev(int fd, const struct iovec *iov, int count, ssize_t *result);

#endif
