/* SPDX-License-Identifier: MIT
 *
 * epipe --check: can the shim help this program, or this process?
 */
#ifndef EPIPE_CHECK_H
#define EPIPE_CHECK_H

/* Exit statuses.  Beyond these three, 125 to 127 as for running a program. */
enum { CHECK_CAN = 0, CHECK_NEED_NOT = 1, CHECK_CANNOT = 2 };

/* WORD is a process if it is all digits, and a program otherwise.  Prints the
 * verdict on a line, and the facts that it rests on, to standard output; returns
 * the exit status.  Where there is no verdict, one line on standard error says why. */
int check(const char *word);

#endif
