/* SPDX-License-Identifier: MIT
 *
 * with-blocked.h makes one call with SIGPIPE blocked around it.
 */
#ifndef EPIPE_WITH_BLOCKED_H
#define EPIPE_WITH_BLOCKED_H

#include <pthread.h>

#include "lib/core/sigmask.h"

static inline void restore_sigmask(void *mask)
{
    epipe_sigmask_restore(mask);
}

/* RESULT = CALL.  The mask is restored if the thread is cancelled in the call, too.
 * Where a sandbox does not let the mask be changed the call is made as it is. */
#define WITH_SIGPIPE_BLOCKED(result, call)                                                \
    do {                                                                                  \
        struct sigmask mask_;                                                             \
        if (epipe_sigmask_block(&mask_)) {                                                \
            pthread_cleanup_push(restore_sigmask, &mask_);                                \
            (result) = (call);                                                            \
            pthread_cleanup_pop(1);                                                       \
        } else {                                                                          \
            (result) = (call);                                                            \
        }                                                                                 \
    } while (0)

#endif
