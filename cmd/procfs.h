/* SPDX-License-Identifier: MIT
 *
 * A running process, as /proc describes it.
 */
#ifndef EPIPE_PROCFS_H
#define EPIPE_PROCFS_H

#include <limits.h>
#include <stdbool.h>

#include "target.h"

struct process {
    char number[16]; /* whose files in /proc are read: that of a thread that lives */
    char name[64];   /* the kernel's, as in ps */
    bool has_ended;
    bool has_program; /* kernel threads and zombies have none */
    bool ignores;     /* SIGPIPE */
    bool catches;
    bool is_first; /* of its PID namespace */
    bool is_elsewhere; /* in another mount namespace or root directory */
    unsigned threads;
    unsigned blocking;   /* so many of them block SIGPIPE */
    char shim[PATH_MAX]; /* empty: not loaded */
    struct target target;
};

/* Reads all of the above of the process WORD, a decimal number.  Returns 0, or an
 * errno after UNREAD, of 96 bytes, has been set to what could not be read: ESRCH
 * with an empty UNREAD if there is no such process. */
int procfs_read(const char *word, struct process *process, char unread[static 96]);

/* Is SIGPIPE in the set that HEX, as in /proc/PID/status, stands for? */
bool procfs_mask_has_sigpipe(const char *hex);

#endif
