/* SPDX-License-Identifier: MIT
 *
 * A second thread that is watched.  Of the two one acts and the other waits.
 */
#ifndef MODEL_SECOND_THREAD_H
#define MODEL_SECOND_THREAD_H

#include <stdbool.h>

/* Begins it, with the signal mask of the calling thread.  START is what it does first. */
void second_thread_begin(void (*start)(void));

/* Ends it, in a scope or not, for the first thread to call. */
void second_thread_end(void);

/* In a child of the sequence's process it is gone. */
void second_thread_forget(void);
bool second_thread_is_there(void);

/* Has it do JOB(ARGUMENT), and waits for that. */
void second_thread_run(void (*job)(void *), void *argument);

/* Which of the two is the calling thread: 0 or 1. */
unsigned second_thread_self(void);

#endif
