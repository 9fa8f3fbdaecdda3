/* SPDX-License-Identifier: MIT
 *
 * SIGPIPE alone in a set, and its default action set past every sigaction.
 */
#ifndef EPIPE_KSIGACTION_H
#define EPIPE_KSIGACTION_H

#include <signal.h>
#include <stddef.h>

#include "syscall.h"

static inline void sigset_only_sigpipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

/* The kernel's struct sigaction, in any layout. */
struct ksigaction {
    unsigned long words[16];
};

/* Sets SIG_DFL, and fills OLD unless it is NULL.  Zero is SIG_DFL, no flags and an
 * empty mask in every layout.  libc's sigaction is not used: it may be the shim's.
 * Returns 0 or a negative error number, and leaves errno alone.  Async-signal-safe. */
static inline long ksigaction_set_default(struct ksigaction *old)
{
    static const struct ksigaction dfl;

    return raw_syscall(SYS_rt_sigaction, SIGPIPE, (long)&dfl, (long)old, _NSIG / 8);
}

#endif
