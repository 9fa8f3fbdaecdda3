/* SPDX-License-Identifier: MIT
 *
 * The calls that are stepped through, on the objects that they are made on.
 */
#ifndef STEP_CALLS_H
#define STEP_CALLS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "step.h"

struct target {
    enum object object;
    int fd;
    int pipe, file; /* what splice and sendfile take bytes from */
    FILE *stream;   /* over fd */
    pid_t self;
};

/* Makes what a call on an OBJECT with the descriptor number FD needs; a socket or a pipe.
 * On 1 and 2 it is as a shell makes it for a pipeline. */
struct target target_make(enum object object, bool is_socket, int fd);

/* Returns what the call does; 1 where stdio succeeded.
 * sigaction, signal: OBJECT_PROTECTED asks, OBJECT_ALIVE sets SIG_DFL, OBJECT_KEPT sets
 * SIG_IGN; 0 where SIG_DFL was there before.  kill: to nobody, OBJECT_KEPT to itself,
 * OBJECT_ALIVE not a SIGPIPE. */
long call_plain(enum call call, const struct target *target);

/* The same call by the library. */
long call_flag(enum call call, const struct target *target);

#endif
