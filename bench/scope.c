/* SPDX-License-Identifier: MIT
 *
 * What a guard costs with nothing in it: scopes of each kind, the sigaction pair and
 * the mask dance.
 *
 *   scope SECONDS
 */
#include "measure.h"
#include "ways.h"

enum { CALLS = 2000, WAYS_MOST = 16 };

static double sample(void *data)
{
    const struct way *way = data;
    ssize_t (*call)(int, const void *, size_t) = way->call;
    double spent;

    if (way->begin)
        way->begin();
    spent = measure_cpu();
    for (unsigned i = 0; i < CALLS; i++)
        call(-1, NULL, 0);
    spent = measure_cpu() - spent;
    if (way->end)
        way->end();
    return spent / CALLS;
}

int main(int argc, char **argv)
{
    double seconds = measure_seconds(argc, argv);
    struct contender list[WAYS_MOST];

    measure_pin();
    for (unsigned i = 0; i < ways_guard_count; i++)
        list[i] = (struct contender){"scope,,", ways_guard[i].name, sample,
                                     (void *)&ways_guard[i]};
    measure_in_turn(list, ways_guard_count, seconds);
    return 0;
}
