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

/* How much of an environment is read: a process decides by itself where its own begins
 * and ends, and may have it hold a terabyte. */
enum { PROC_ENVIRON_SIZE = 256 << 10 };

/* Gives TAKE the settings, "EPIPE_KEEP=none", in the environment of the process PID:
 * the first of each name, which is the one that the shim goes by.  They are those at its
 * start, unless it has written there since.  Returns how many, or -1 with errno: EFBIG if
 * there is more than is read, after those in what was read have been given. */
int proc_environ_settings(pid_t pid, void (*take)(const char *entry));

#endif
