/* SPDX-License-Identifier: MIT
 *
 * For probes that do the same in several manners: which one, and whether it waits.
 */
#ifndef PROBE_WRITE_MODE_H
#define PROBE_WRITE_MODE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>

#include "broken-fd.h"

enum { CHUNK = 4096 };

static const char *how;
static char chunk[CHUNK];

static inline bool is(const char *manner) { return strcmp(how, manner) == 0; }

static inline void ring(int signal) { (void)signal; }

/* From now on what waits is interrupted, again and again. */
static inline void interrupt_what_waits(void)
{
    struct sigaction act = {.sa_handler = ring};
    struct itimerval timer = {{0, 200000}, {0, 200000}};

    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

#endif
