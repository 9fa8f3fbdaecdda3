/* SPDX-License-Identifier: MIT
 *
 * proc-environ.c finds the settings in the environment, and in the one that a running
 * process was started with.
 */
#ifndef EPIPE_PROC_ENVIRON_H
#define EPIPE_PROC_ENVIRON_H

#include <sys/types.h>

/* Prints a line on standard error for each variable EPIPE_... that is no setting: a misspelt
 * one has no effect, and nobody else tells. */
void environ_complain(void);

/* Prints the settings, "EPIPE_KEEP=none", in the environment of the process PID: the first of
 * each name, which is the one that the shim goes by.  They are those at its start, unless it has
 * written there since. */
void environ_print(pid_t pid);

#endif
