/* SPDX-License-Identifier: MIT
 *
 * Contenders measured in turn, A B C, C B A, and so on, so that whatever else the
 * machine does falls on all of them alike.  What is written are the raw values, round
 * by round; bench/report makes medians and ratios of them.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>

struct contender {
    const char *label;            /* "part,setting,size" */
    const char *name;             /* of the way */
    double (*sample)(void *data); /* one value; NAN: void, the round does not count */
    void *data;
};

/* CPU time of this thread, in ns. */
double measure_cpu(void);

/* Keeps this thread, and what it starts, on one CPU where that is allowed. */
void measure_pin(void);

/* Samples each contender once a round until SECONDS are over, three rounds at least, and
 * prints a line for each: "part,setting,size,name,VALUE VALUE ...". */
void measure_in_turn(const struct contender *list, unsigned count, double seconds);

/* The first argument as a number of seconds, or a usage message and exit status 2. */
double measure_seconds(int argc, char **argv);

/* Says what could not be done, with errno, and exits. */
_Noreturn void measure_fail(const char *what);

#endif
