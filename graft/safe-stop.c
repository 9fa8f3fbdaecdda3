/* SPDX-License-Identifier: MIT */
#include "safe-stop.h"

#include <errno.h>
#include <string.h>

#include "choose.h"
#include "lib/core/deadline.h"
#include "tracee-ptrace.h"

bool safe_stop(struct tracee *t, int64_t deadline)
{
    struct choose_watch watch = {0};
    unsigned rank;

    while ((rank = choose_look(t->pid, t->tid, t->is32, &watch)) >= CHOOSE_SHORT &&
           (rank != CHOOSE_NONE || errno != ESRCH)) {
        if (deadline_is_past(deadline))
            return TRACEE_FAIL(t, TRACEE_SHORT);
        tracee_serve_lock(t);
        deadline_pause(1);
    }
    if (!tracee_seize(t, 0))
        return TRACEE_FAIL(t, "cannot be traced: %s", strerror(errno));
    return tracee_stop(t);
}
