/* SPDX-License-Identifier: MIT
 *
 * The calls that wait, each with its model: a megabyte to a descriptor.
 */
#ifndef UNIT_WAITERS_H
#define UNIT_WAITERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct waiter {
    const char *name;
    ssize_t (*ours)(int fd);
    ssize_t (*model)(int fd);
    bool on_socket;
};

extern const struct waiter waiters[];
extern const size_t waiter_count;

extern char waiters_data[]; /* what they write */

/* The source of splice and tee; for this one, a pipe that holds a megabyte. */
extern int waiters_from;
int waiters_full_pipe(void);

#endif
