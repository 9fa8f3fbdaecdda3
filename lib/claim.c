/* SPDX-License-Identifier: MIT
 *
 * The claims' storage, and the rare path behind a call that failed.
 */
#include "claim.h"

#include <errno.h>

__thread struct claim_thread claim_thread;

atomic_uint claim_sent;

void claim_failed(void)
{
    if (errno != EPIPE || claim_thread.now.caught)
        return;
    claim_thread.owed = claim_thread.now;
    claim_thread.owed_sent = atomic_load_explicit(&claim_sent, memory_order_relaxed);
}
