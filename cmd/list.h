/* SPDX-License-Identifier: MIT
 *
 * list.c lists the processes that a broken connection would kill.
 */
#ifndef EPIPE_LIST_H
#define EPIPE_LIST_H

/* Prints a line for each process that leaves SIGPIPE at its default and has a socket or pipe
 * besides its standard streams, those with the most of them first; where WHICH is "all" the
 * others too, and why they are in no danger.  In the end, how many could not be read.
 * Returns 0, or 125 where there is no /proc or WHICH is neither NULL nor "all". */
int list_processes(const char *which);

#endif
