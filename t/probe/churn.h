/* SPDX-License-Identifier: MIT
 *
 * What churn.c and its ways of changing share: each goes on until standard input ends.
 */
#ifndef PROBE_CHURN_H
#define PROBE_CHURN_H

#include <poll.h>
#include <stdbool.h>

#include "broken-fd.h"

static inline bool is_over(void)
{
    struct pollfd p = {.fd = 0, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

/* They print what has come out of it, and return the program's status. */
int churn_sequences(void);
int churn_timers(void);

#endif
