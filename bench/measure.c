/* SPDX-License-Identifier: MIT
 *
 * The clock, and the turns.
 */
#include "measure.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 4096 }; /* rounds */

static double read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double measure_cpu(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* The last CPU: the first one gets most of the interrupts. */
void measure_pin(void)
{
    cpu_set_t set;
    size_t last = CPU_SETSIZE;

    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set))
            last = cpu;
    if (last == CPU_SETSIZE)
        return;
    CPU_ZERO(&set);
    CPU_SET(last, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* Every second round backwards, and each beginning with another contender, so that
 * nobody always comes after the same one. */
static bool play_round(const struct contender *list, unsigned count, unsigned round,
                       double *values)
{
    bool counts = true;

    for (unsigned i = 0; i < count; i++) {
        unsigned turn = round % 2 == 0 ? i : count - 1 - i;
        unsigned which = (turn + round / 2) % count;

        values[which] = list[which].sample(list[which].data);
        counts = counts && !isnan(values[which]);
    }
    return counts;
}

void measure_in_turn(const struct contender *list, unsigned count, double seconds)
{
    double(*values)[count] = calloc(MOST, sizeof *values);
    double end = read_clock(CLOCK_MONOTONIC) + seconds * 1e9;
    unsigned rounds = 0, played = 0;

    if (values == NULL)
        measure_fail("calloc");
    play_round(list, count, 0, values[0]); /* to warm up */
    while (rounds < MOST && (read_clock(CLOCK_MONOTONIC) < end || rounds < 3)) {
        if (play_round(list, count, played++, values[rounds]))
            rounds++;
        if (played > 2 * MOST)
            break;
    }
    for (unsigned i = 0; i < count; i++) {
        printf("%s,%s,", list[i].label, list[i].name);
        for (unsigned round = 0; round < rounds; round++)
            printf("%s%.5g", round == 0 ? "" : " ", values[round][i]);
        putchar('\n');
    }
    fflush(stdout);
    free(values);
}

double measure_seconds(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 0;

    if (seconds <= 0) {
        fprintf(stderr, "usage: %s SECONDS\n", argv[0]);
        exit(2);
    }
    return seconds;
}

_Noreturn void measure_fail(const char *what)
{
    perror(what);
    exit(1);
}
