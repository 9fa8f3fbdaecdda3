/* SPDX-License-Identifier: MIT
 *
 * sigaction.c interposes sigaction() for SIGPIPE: what the program believes the
 * disposition to be, and what the kernel has.
 */
#ifndef EPIPE_SIGACTION_H
#define EPIPE_SIGACTION_H

/* Puts the handler in place where SIGPIPE is at its default action, and under handlers=override
 * before the program's own.  For what is set later the sigaction family does so, from when there
 * are handler_settings. */
void sigaction_start(void);

#endif
