/* SPDX-License-Identifier: MIT
 *
 * The shim's constructor: reads the settings, remembers what the program was
 * started with, and puts the catcher in place.  Everything that allocates or
 * looks symbols up happens here.  And its destructor, which says what is still to
 * be said.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "counters.h"
#include "environ.h"
#include "give-up.h"
#include "go-program.h"
#include "lib/core/inflight.h"
#include "libc.h"
#include "preload/log/atfork.h"
#include "preload/log/dso.h"
#include "preload/log/log.h"
#include "protect.h"
#include "settings.h"
#include "sigaction.h"

static struct policy policy;

__attribute__((constructor)) static void start(void)
{
    int saved = errno;

    next_resolve();
    epipe_inflight_start();
    policy = policy_default;
    environment_read(&policy);
    if (policy.clean_children)
        environment_clean();
    if (policy.only[0] != '\0' || policy.log != LOG_OFF || policy.trace || policy.summary)
        module_start(policy.trace);
    if (policy.trace)
        forked_start();
    report_start(&policy);
    counters_start(&policy);
    give_up_start(&policy);
    verdict_start(&policy, getauxval(AT_SECURE) != 0 ? NULL : getenv("JOURNAL_STREAM"));
    if (!program_is_go())
        disposition_start(&policy);
    errno = saved;
}

__attribute__((destructor)) static void finish(void)
{
    report_untold();
    counters_report();
}
