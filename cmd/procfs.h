/* SPDX-License-Identifier: MIT
 *
 * procfs.c reads what /proc says of a running process, which goes on in the meantime, and
 * may end.
 */
#ifndef EPIPE_PROCFS_H
#define EPIPE_PROCFS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "graft/proc-status.h"
#include "target.h"

struct process {
    pid_t pid;
    pid_t thread; /* its first one that lives, whose files in /proc are read */
    struct proc_status status;
    bool ignores, catches; /* SIGPIPE */
    bool is_elsewhere;     /* in another mount namespace or root directory */
    unsigned threads;
    unsigned blocking;            /* so many of them block SIGPIPE */
    char shim[PATH_MAX];          /* empty: not loaded */
    unsigned long long shim_data; /* where its data are */
    size_t shim_data_size;
    struct target target;
};

/* Reads all of the above of the process WORD, a decimal number.  Returns 0, or an
 * errno after UNREAD, of 96 bytes, has been set to what could not be read: ESRCH
 * with an empty UNREAD if there is no such process. */
int procfs_read(const char *word, struct process *process, char unread[static 96]);

/* Of the threads of process PID, how many live and how many of these block SIGPIPE: dispositions
 * are the process's, masks are each thread's.  Returns 0 or an errno. */
int procfs_count_blocking(pid_t pid, unsigned *all, unsigned *blocking);

#endif
