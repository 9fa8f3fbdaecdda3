/* SPDX-License-Identifier: MIT
 *
 * spawn.c starts a child process that keeps nothing of its parent's by accident, and waits
 * for it.
 *
 * To be called with cancellation disabled.  Thread-safe, not async-signal-safe; may change
 * errno.
 */
#ifndef EPIPE_SPAWN_H
#define EPIPE_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct spawn {
    char *const *argv; /* argv[0] is looked for in PATH */
    char *const *envp;
    int lowest; /* of the descriptors that the child does not keep */
    /* Called in the child, to make its descriptors and put them in place.  The child
     * may share the parent's memory, but not its table of descriptors.  Returns 0, or
     * -1 with errno. */
    int (*arrange)(const void *data);
    const void *data;
};

/* Starts a child: SIGPIPE is at its default and unblocked, all else as after fork and
 * exec.  Returns once the program has been executed: the process ID, or -1 with the
 * errno of whatever failed in the parent or in the child, which is then gone. */
pid_t epipe_spawn_start(const struct spawn *spawn);

/* Waits for PID.  Returns its wait status, or -1 with errno ECHILD: another thread has
 * waited for it, or the process ignores SIGCHLD. */
int epipe_spawn_wait(pid_t pid);

/* Waits until PID has ended, or END (deadline.h).  Returns whether epipe_spawn_wait() will
 * not wait. */
bool epipe_spawn_ends_by(pid_t pid, int64_t end);

#endif
