/* SPDX-License-Identifier: MIT
 *
 * The second and how many lines it has had are one word, changed at once; what does
 * not fit is added to another.  So each line is either admitted or untold.
 */
#include "ratelimit.h"

#include <stdatomic.h>

#include "lib/core/wipeonfork.h"
#include "timestamp.h"

struct counts {
    atomic_uint window; /* seconds << 4 | lines */
    atomic_ulong untold;
};

static struct counts *counts;

void limit_start(void)
{
    counts = epipe_wipeonfork_memory(sizeof *counts);
}

/* Is WINDOW that of the second NOW, or of one that a thread which read the clock later
 * has begun already? */
static bool is_current(unsigned window, unsigned now)
{
    enum { A_MINUTE = 60 << 4 };

    return (window & ~15U) - now <= A_MINUTE;
}

bool limit_admits(bool *is_first)
{
    unsigned now = (unsigned)stamp_seconds() << 4;
    unsigned window = atomic_load(&counts->window);
    unsigned next;

    epipe_wipeonfork_own();
    do {
        next = is_current(window, now) ? window + 1 : now + 1;
        if ((next & 15) > LIMIT_LINES) {
            atomic_fetch_add(&counts->untold, 1);
            return false;
        }
    } while (!atomic_compare_exchange_weak(&counts->window, &window, next));
    /* Later ones are not asked: a slow thread may count what belongs to the second before. */
    *is_first = (next & 15) == 1;
    return true;
}

unsigned long limit_take_untold(void)
{
    return atomic_exchange(&counts->untold, 0);
}

void limit_give_back(unsigned long untold)
{
    atomic_fetch_add(&counts->untold, untold);
}
