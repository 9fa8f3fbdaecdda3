/* SPDX-License-Identifier: MIT
 *
 * keep-errno.h restores errno at the end of a block.
 */
#ifndef EPIPE_KEEP_ERRNO_H
#define EPIPE_KEEP_ERRNO_H

#include <errno.h>

static inline void keep_errno_restore(const int *saved)
{
    errno = *saved;
}

/* A declaration: errno is at the end of the block, however that is left, what it is here.
 * Not for a function that reports a failure by errno. */
#define KEEP_ERRNO                                                                        \
    int saved_errno __attribute__((cleanup(keep_errno_restore), unused)) = errno

#endif
