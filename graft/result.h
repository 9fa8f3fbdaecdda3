/* SPDX-License-Identifier: MIT
 *
 * result.h says what became of an attach or a detach.
 */
#ifndef EPIPE_GRAFT_RESULT_H
#define EPIPE_GRAFT_RESULT_H

/* The exit statuses of --attach and --detach, worse ones last. */
enum graft_result {
    GRAFT_DONE = 0,
    GRAFT_NOT_NEEDED = 1, /* or, for a detach, there is nothing to take out */
    GRAFT_CANNOT = 2,
    GRAFT_AGAIN = 3, /* within graft/: the thread or the program has ended, not the process */
    GRAFT_ERROR = 125
};

#endif
