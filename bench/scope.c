/* SPDX-License-Identifier: MIT
 *
 * What a guard costs with nothing in it: scopes of each kind, the sigaction pair and
 * the mask dance.
 *
 *   scope SECONDS
 */
#include "guards.h"
#include "measure.h"

enum { CALLS = 4000, GUARDS_MOST = 16 };

static double sample(void *data)
{
    const struct guard *guard = data;
    double spent;

    if (guard->begin)
        guard->begin();
    spent = measure_cpu();
    guard->run(CALLS);
    spent = measure_cpu() - spent;
    if (guard->end)
        guard->end();
    return spent / CALLS;
}

int main(int argc, char **argv)
{
    double seconds = measure_seconds(argc, argv);
    struct contender list[GUARDS_MOST];

    measure_pin();
    for (unsigned i = 0; i < guards_count; i++)
        list[i] = (struct contender){"scope,,", guards[i].name, sample, (void *)&guards[i]};
    measure_in_turn(list, guards_count, seconds);
    return 0;
}
