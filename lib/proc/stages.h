/* SPDX-License-Identifier: MIT
 *
 * stages.c starts the programs of a pipeline, which may be a single one, connects them and
 * waits for them.  To be called with cancellation disabled.
 */
#ifndef EPIPE_STAGES_H
#define EPIPE_STAGES_H

#include <stdbool.h>
#include <stddef.h>

/* Under which numbers the first finds what it reads from, and the last what it writes to. */
struct fd_layout {
    int receive, send;
    int lowest; /* of what they do not keep */
};

extern const struct fd_layout epipe_stages_stdio __attribute__((visibility("hidden")));

struct stages {
    char *const *const *argvs; /* of each */
    size_t count;
    const struct fd_layout *layout;
    char *const *envp;
    const char *directory; /* NULL: this process's */
    int flags;             /* see struct epipe_channel_options */
    bool has_ends; /* the caller is at both ends, in place of its standard streams */
};

/* Is there at least one, each with the name of a program? */
bool epipe_stages_are_runnable(const struct stages *stages);

/* Starts them all, connected.  PIDS become their process IDs, and ENDS what to write to and
 * to read from, if they have ends.  Returns 0, or -1 with errno; then nothing is open, those
 * that were started have been killed and waited for, and PIDS are wait statuses or -1. */
int epipe_stages_start(const struct stages *stages, int *pids, int ends[2]);

/* Waits for all of PIDS, which become wait statuses, or -1 where that was taken by others.
 * After TIMEOUT milliseconds (0: never) those that are left get SIGTERM, and after the same
 * time again SIGKILL; where IS_GROUP, the process group that the first one leads.  Returns
 * 0, or -1 with errno ECHILD. */
int epipe_stages_wait(int *pids, size_t count, int timeout, bool is_group);

#endif
