/* SPDX-License-Identifier: MIT
 *
 * self-test.c tells whether epipe works in this environment: the option --self-test.
 */
#ifndef EPIPE_SELF_TEST_H
#define EPIPE_SELF_TEST_H

/* Breaks a pipe, a socket and a stdio stream, each in a child of this program without epipe
 * and in one with it, with the settings at their defaults; prints a line about each.  Returns
 * 0 if each write fails with EPIPE under epipe, or 1. */
int self_test(void);

/* Breaks WHAT, "pipe", "socket" or "stdio", in this process.  Returns the errno of the write,
 * 0 if it succeeds, for exit; or the status of a failure, after a line that tells. */
int self_test_break(const char *what);

#endif
