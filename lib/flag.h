/* SPDX-License-Identifier: MIT
 *
 * A call that carries "no signal" itself.
 */
#ifndef EPIPE_FLAG_H
#define EPIPE_FLAG_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

enum flag_answer {
    FLAG_TAKEN,   /* the call was made; its result and errno are there */
    FLAG_UNKNOWN, /* the kernel or the file does not know the flag, but it has looked at
                     the vector, which can be read and is not empty */
    FLAG_REFUSED  /* by a sandbox or a driver, or there is no such call */
};

/* Makes a write by pwritev2 with RWF_NOSIGNAL.  Unless it was taken nothing has been
 * written, and errno is as it was.  A cancellation point; async-signal-safe. */
enum flag_answer epipe_flag_writev(int fd, const struct iovec *iov, int count, ssize_t *result);

/* Is it known that the kernel has no such flag? */
bool epipe_flag_is_absent(void);

#endif
