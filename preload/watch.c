/* SPDX-License-Identifier: MIT
 *
 * The shim's observer of claimed calls.
 */
#include "watch.h"

#include <errno.h>

#include "claim.h"
#include "giveup.h"
#include "tally.h"

/* A length of 0 may be answered by 0 whatever the descriptor is, and tells nothing. */
static void watch(int fd, long result)
{
    if (result > 0)
        giveup_succeeded(fd);
    else if (result < 0 && errno == EPIPE)
        tally_call();
}

void watch_start(const struct policy *policy)
{
    tally_start(policy);
    giveup_start(policy);
    if (policy->summary || policy->give_up != 0)
        epipe_claim_observer = watch;
}
