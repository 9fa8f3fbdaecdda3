/* SPDX-License-Identifier: MIT
 *
 * check-process.c tells whether and how a running process can be protected: --check PID.
 */
#ifndef EPIPE_CHECK_PROCESS_H
#define EPIPE_CHECK_PROCESS_H

/* Of the process WORD, a decimal number: as check() in check.h. */
int check_process(const char *word);

#endif
