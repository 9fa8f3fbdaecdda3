/* SPDX-License-Identifier: MIT
 *
 * attach.c protects a process that is running already, and takes that back.
 */
#ifndef EPIPE_GRAFT_ATTACH_H
#define EPIPE_GRAFT_ATTACH_H

#include <sys/types.h>

#include "lib/core/keep.h"
#include "result.h"

/* Why the process is not protected afterwards. */
struct attach_report {
    char name[64]; /* the process's, with anything in it; empty: not known */
    char why[200];
};

/* Attaches to process PID; RULE says what keeps the default action, or is NULL: detaches.
 * Fills REPORT unless the result is GRAFT_DONE.  Sets SIGCHLD to its default and forks; the
 * child does the work, and by its end the kernel lets the process go on, whatever has happened. */
enum graft_result attach(pid_t pid, const struct keep_rule *rule, struct attach_report *report);

#endif
