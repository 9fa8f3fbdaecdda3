/* SPDX-License-Identifier: MIT
 *
 * ksigaction.h sets and reads a disposition by the kernel's own sigaction, for libc's may
 * be the shim's, and makes the set of SIGPIPE alone.
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

/* rt_sigaction of SIGNAL: the kernel's, which libc's sigaction may not be: that may be the
 * shim's.  ACT or OLD may be NULL.  Returns 0 or a negative error number.  Keeps errno.
 * Async-signal-safe. */
static inline long ksigaction(int signal, const struct ksigaction *act, struct ksigaction *old)
{
    enum { SET_SIZE = _NSIG / 8 };

#ifdef __sparc__
    return raw_syscall5(SYS_rt_sigaction, signal, (long)act, (long)old, 0, SET_SIZE);
#else
    return raw_syscall(SYS_rt_sigaction, signal, (long)act, (long)old, SET_SIZE);
#endif
}

/* The same, to SIG_DFL: zero is that, no flags and an empty mask in every layout. */
static inline long ksigaction_set_default(int signal, struct ksigaction *old)
{
    static const struct ksigaction dfl;

    return ksigaction(signal, &dfl, old);
}

/* The handler in ACT. */
static inline unsigned long ksigaction_handler(const struct ksigaction *act)
{
#ifdef __mips__
    return act->words[1]; /* behind the flags */
#else
    return act->words[0];
#endif
}

#endif
