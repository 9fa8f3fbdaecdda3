/* SPDX-License-Identifier: MIT
 *
 * ratelimit.c admits RATELIMIT_LINES lines in a second of the clock, and counts the
 * others.  Thread-safe without a lock, async-signal-safe.
 */
#ifndef EPIPE_RATELIMIT_H
#define EPIPE_RATELIMIT_H

#include <stdbool.h>

enum { RATELIMIT_LINES = 10 };

/* For the constructor. */
void ratelimit_start(void);

/* May a line be written now?  If not it is counted as suppressed.  *IS_FIRST: it is its
 * second's first, and the one to tell of those that did not fit.  May change errno. */
bool ratelimit_admits(bool *is_first);

/* Takes the number of suppressed lines, and leaves 0.  Who cannot write it gives it back. */
unsigned long ratelimit_take_suppressed(void);
void ratelimit_give_back(unsigned long suppressed);

#endif
