/* SPDX-License-Identifier: MIT
 *
 * The claims' storage, and the rare path behind a call that failed.
 */
#include "claim.h"

#include <errno.h>

__thread struct claim_thread epipe_claim_thread;

atomic_uint epipe_claim_sent;

void epipe_claim_failed(void)
{
    if (errno != EPIPE || epipe_claim_thread.now.caught)
        return;
    epipe_claim_thread.owed = epipe_claim_thread.now;
    epipe_claim_thread.owed_sent =
        atomic_load_explicit(&epipe_claim_sent, memory_order_relaxed);
}
