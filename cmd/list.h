/* SPDX-License-Identifier: MIT
 *
 * list.c lists the processes that a broken connection would kill.
 */
#ifndef EPIPE_LIST_H
#define EPIPE_LIST_H

#include <stdbool.h>

/* Prints a line for each process that leaves SIGPIPE at its default and has a socket or pipe
 * besides its standard streams, those with the most of them first; where ALL is true the
 * others follow, with the reason why they are in no danger.  In the end, how many could not be read.
 * Returns 0, or 125 after a line where there is no /proc of this PID namespace, or no memory. */
int list_processes(bool all);

#endif
