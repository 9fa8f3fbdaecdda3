/* SPDX-License-Identifier: MIT
 *
 * with-nocancel.h makes one call in which the thread is not cancelled, whatever
 * cancellation points are in it.
 */
#ifndef EPIPE_WITH_NOCANCEL_H
#define EPIPE_WITH_NOCANCEL_H

#include <pthread.h>

/* RESULT = CALL, with errno as CALL leaves it. */
#define WITH_CANCEL_DISABLED(result, call)                                                \
    do {                                                                                  \
        int state_;                                                                       \
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state_);                          \
        (result) = (call);                                                                \
        pthread_setcancelstate(state_, NULL);                                             \
    } while (0)

#endif
