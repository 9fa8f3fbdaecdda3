/* SPDX-License-Identifier: MIT
 *
 * Which signals are pending, and in which queue.
 */
#ifndef MODEL_PENDING_H
#define MODEL_PENDING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pending {
    uint64_t thread, process; /* bit SIGNAL - 1 */
};

/* Of the calling thread. */
struct pending pending_read(void);

/* Is SIGNAL in the calling thread's own queue? */
bool pending_own(int signal);

/* Has THREAD of this process SIGNAL blocked?  For other threads to ask. */
bool pending_is_blocked(pid_t thread, int signal);

/* Has the calling thread SIGPIPE blocked? */
bool pending_is_held(void);

/* In the process's? */
bool pending_in_process(int signal);

#endif
