/* SPDX-License-Identifier: MIT
 *
 * interpose-signal.c interposes the older ways to set a disposition.  In libc each of them
 * reaches the kernel without passing an interposed sigaction, so each has its wrapper,
 * which does for SIGPIPE what libc does: the same flags, the same mask, the same system
 * calls.  sigignore needs none: SIG_IGN is not translated.
 *
 * Thread-safe and async-signal-safe as their models.
 */
#include <stdatomic.h>
#include <stdbool.h>

#include "lib/core/ksigaction.h"
#include "libc.h"

/* What siginterrupt() last asked for; libc's own note of it cannot be read. */
static atomic_bool interrupts;

#ifdef __GLIBC__
#define SIGNAL_FLAGS (atomic_load(&interrupts) ? 0 : SA_RESTART)
#define SIGNAL_MASKS_ITSELF true
#define SYSV_FLAGS ((int)(SA_RESETHAND | SA_NODEFER | SA_INTERRUPT))
#else
#define SIGNAL_FLAGS SA_RESTART
#define SIGNAL_MASKS_ITSELF false
#define SYSV_FLAGS SA_RESTART
#endif

static sighandler_t establish(sighandler_t handler, int flags, bool masks_itself)
{
    struct sigaction act = {.sa_flags = flags};
    struct sigaction old;

    act.sa_handler = handler;
    sigemptyset(&act.sa_mask);
    if (masks_itself)
        sigaddset(&act.sa_mask, SIGPIPE);
    return sigaction(SIGPIPE, &act, &old) == 0 ? old.sa_handler : SIG_ERR;
}

API sighandler_t signal(int signal, sighandler_t handler)
{
    if (signal != SIGPIPE || handler == SIG_ERR)
        return LIBC(signal)(signal, handler);
    return establish(handler, SIGNAL_FLAGS, SIGNAL_MASKS_ITSELF);
}

sighandler_t bsd_signal(int signal, sighandler_t handler) ALIAS_OF_LEAF(signal);
sighandler_t ssignal(int signal, sighandler_t handler) ALIAS_OF_LEAF(signal);

API sighandler_t __sysv_signal(int signal, sighandler_t handler)
{
    if (signal != SIGPIPE || handler == SIG_ERR)
        return LIBC(__sysv_signal)(signal, handler);
    return establish(handler, SYSV_FLAGS, false);
}

sighandler_t sysv_signal(int signal, sighandler_t handler) ALIAS_OF_LEAF(__sysv_signal);

API sighandler_t sigset(int signal, sighandler_t handler)
{
    sigset_t set, before;
    sighandler_t old;

    if (signal != SIGPIPE || handler == SIG_ERR)
        return LIBC(sigset)(signal, handler);
    sigset_only_sigpipe(&set);
    if (handler == SIG_HOLD) {
        struct sigaction now;

        if (sigprocmask(SIG_BLOCK, &set, &before) != 0)
            return SIG_ERR;
        if (sigismember(&before, SIGPIPE))
            return SIG_HOLD;
        return sigaction(SIGPIPE, NULL, &now) == 0 ? now.sa_handler : SIG_ERR;
    }
    old = establish(handler, 0, false);
    if (old == SIG_ERR || sigprocmask(SIG_UNBLOCK, &set, &before) != 0)
        return SIG_ERR;
    return sigismember(&before, SIGPIPE) ? SIG_HOLD : old;
}

API int siginterrupt(int signal, int flag)
{
    int result = LIBC(siginterrupt)(signal, flag);

    /* It changes the flags and leaves the handler, ours or not, in place. */
    if (signal == SIGPIPE && result == 0)
        atomic_store(&interrupts, flag != 0);
    return result;
}
