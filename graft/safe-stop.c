/* SPDX-License-Identifier: MIT */
#include "safe-stop.h"

#include <errno.h>
#include <string.h>

#include "choose.h"
#include "lib/core/deadline.h"
#include "proc-status.h"
#include "tracee-ptrace.h"

bool safe_stop(struct tracee *t, int64_t deadline)
{
    struct choose_watch watch = {0};

    while (choose_look(t->pid, t->tid, t->is32, &watch) >= CHOOSE_SHORT &&
           !proc_status_is_gone(t->pid, t->tid)) {
        if (deadline_clock() >= deadline)
            return TRACEE_FAIL(t, TRACEE_SHORT);
        tracee_serve_lock(t);
        deadline_pause(1);
    }
    if (!tracee_seize(t, 0))
        return TRACEE_FAIL(t, "cannot be traced: %s", strerror(errno));
    return tracee_stop(t);
}
