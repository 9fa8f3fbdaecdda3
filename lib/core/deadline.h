/* SPDX-License-Identifier: MIT
 *
 * deadline.h bounds what is waited for.
 */
#ifndef EPIPE_DEADLINE_H
#define EPIPE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Nanoseconds of a clock that nobody sets. */
static inline int64_t deadline_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int64_t deadline_in(int milliseconds)
{
    return deadline_clock() + milliseconds * INT64_C(1000000);
}

static inline bool deadline_is_past(int64_t deadline)
{
    return deadline_clock() >= deadline;
}

/* What is left until then, nothing if it is over. */
static inline struct timespec deadline_left(int64_t deadline)
{
    int64_t left = deadline - deadline_clock();

    if (left < 0)
        left = 0;
    return (struct timespec){(time_t)(left / 1000000000), (long)(left % 1000000000)};
}

/* Between two looks at what changes by itself. */
static inline void deadline_pause(int milliseconds)
{
    nanosleep(&(const struct timespec){.tv_nsec = milliseconds * 1000000L}, NULL);
}

#endif
