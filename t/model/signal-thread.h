/* SPDX-License-Identifier: MIT
 *
 * Who helps a sequence: a thread, and a process outside.
 *
 * The thread has every signal blocked.  In the ways that are the reference it makes the
 * writes, so that their SIGPIPE goes to it and not to the thread that is watched, which
 * then has the signals that it would have if writes raised none, by the kernel itself.
 */
#ifndef MODEL_SIGNAL_THREAD_H
#define MODEL_SIGNAL_THREAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "write-calls.h"

/* Has the thread do JOB(ARGUMENT).  It is started at the first time, in a child anew. */
void signal_thread_begin(void (*job)(void *), void *argument);
void signal_thread_wait(void);

/* Makes the transfer T in the thread.  Returns whether it raised SIGPIPE. */
bool signal_thread_transfer(struct transfer *t);
bool signal_thread_was_raised(void); /* by a transfer that was begun and waited for */
void signal_thread_begin_transfer(struct transfer *t);

/* Starts the process outside. */
void signal_thread_outside_start(void);
pid_t signal_thread_outside_pid(void);

/* Has it send SIGNAL to this process; when this returns it has. */
void signal_thread_outside_kill(int signal);

#endif
