/* SPDX-License-Identifier: MIT
 *
 * The second and how many lines it has had are one word, changed at once; what does
 * not fit is added to another.  So each line is either admitted or suppressed.
 */
#include "ratelimit.h"

#include <stdatomic.h>

#include "lib/core/wipeonfork.h"
#include "timestamp.h"

struct counts {
    atomic_uint window; /* seconds << 4 | lines */
    atomic_ulong suppressed;
};

static struct counts *counts;

void ratelimit_start(void)
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

bool ratelimit_admits(bool *is_first)
{
    unsigned now = (unsigned)timestamp_seconds() << 4;
    unsigned window = atomic_load(&counts->window);
    unsigned next;

    epipe_wipeonfork_own();
    do {
        next = is_current(window, now) ? window + 1 : now + 1;
        if ((next & 15) > RATELIMIT_LINES) {
            atomic_fetch_add(&counts->suppressed, 1);
            return false;
        }
    } while (!atomic_compare_exchange_weak(&counts->window, &window, next));
    /* Later ones are not asked: a slow thread may count what belongs to the second before. */
    *is_first = (next & 15) == 1;
    return true;
}

unsigned long ratelimit_take_suppressed(void)
{
    return atomic_exchange(&counts->suppressed, 0);
}

void ratelimit_give_back(unsigned long suppressed)
{
    atomic_fetch_add(&counts->suppressed, suppressed);
}
