/* SPDX-License-Identifier: MIT
 *
 * There is next to no state.  Where the program asks for SIG_DFL the kernel gets
 * the shim's handler; where the kernel answers that the program reads SIG_DFL.
 * The handler needs SA_SIGINFO and cannot have SA_RESETHAND; whether the program
 * had set them shows in which of several equal trampolines is installed, so it
 * reads back exactly what it set, in a vfork child as well.  SA_ONSTACK is not
 * forced on: an alternate stack may be too small for the kernel's own frame.
 *
 * A handler of the program's own goes to the kernel untouched, but for two kinds
 * that are called through a trampoline: one-shot handlers (SA_RESETHAND), after
 * which the kernel would have the default action and not the shim's handler, and every
 * handler under handlers=override.  Their address is the only record, and one that
 * a vfork child shares with its parent.
 *
 * Each function below is thread-safe and async-signal-safe as its model, and
 * makes the system calls that its model makes.
 */
#include "sigaction.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "handler.h"
#include "lib/core/inflight.h"
#include "lib/core/syscall.h"
#include "lib/core/wipeonfork.h"
#include "libc.h"

/* One of ours, which a library that reads the kernel's answer may have kept. */
static bool is_trampoline(const struct sigaction *act)
{
    for (unsigned trampoline = 0; trampoline < TRAMPOLINES; trampoline++)
        if (act->sa_sigaction == handler_trampolines[trampoline])
            return true;
    return false;
}

/* The record is the parent's, too, in a vfork child, whose own handler goes to the kernel as
 * it is.  Known under handlers=override only: it takes a system call. */
static bool must_keep_record(void)
{
    pid_t pid = epipe_wipeonfork->pid;

    return handler_settings->override_handlers && pid != 0 &&
           raw_syscall(SYS_getpid, 0, 0, 0, 0) != pid;
}

/* What the kernel is to be told when the program asks for ACT.  The program's
 * mask and its other flags stay. */
static struct sigaction to_kernel(const struct sigaction *act)
{
    struct sigaction out = *act;
    unsigned trampoline = 0;

    if (act->sa_handler == SIG_IGN || is_trampoline(act))
        return out;
    if (act->sa_handler != SIG_DFL) {
        if ((!handler_settings->override_handlers && !(act->sa_flags & (int)SA_RESETHAND)) ||
            must_keep_record())
            return out;
        atomic_store(&handler_program, (uintptr_t)act->sa_handler);
        trampoline = RELAYS;
    }
    trampoline |= act->sa_flags & SA_SIGINFO ? HAD_SIGINFO : 0;
    trampoline |= act->sa_flags & (int)SA_RESETHAND ? HAD_RESETHAND : 0;
    out.sa_flags = (act->sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO;
    out.sa_sigaction = handler_trampolines[trampoline];
    return out;
}

/* What the program is to read where the kernel answered ACT.  HANDLER is what
 * the record held at that time. */
static void to_program(struct sigaction *act, uintptr_t handler)
{
    for (unsigned trampoline = 0; trampoline < TRAMPOLINES; trampoline++) {
        if (act->sa_sigaction != handler_trampolines[trampoline])
            continue;
        /* Unless siginterrupt has changed the flags. */
        if (trampoline == AT_START && !(act->sa_flags & SA_RESTART)) {
            *act = (struct sigaction){.sa_flags = 0};
            return;
        }
        act->sa_flags &=
            ~(SA_SIGINFO | (int)SA_RESETHAND | (trampoline == AT_START ? SA_NODEFER : 0));
        act->sa_flags |= trampoline & HAD_SIGINFO ? SA_SIGINFO : 0;
        act->sa_flags |= trampoline & HAD_RESETHAND ? (int)SA_RESETHAND : 0;
        act->sa_handler = SIG_DFL;
        if (trampoline & RELAYS && handler != 0)
            act->sa_handler = (sighandler_t)handler;
        return;
    }
}

API int sigaction(int signal, const struct sigaction *act, struct sigaction *old)
{
    uintptr_t handler = atomic_load(&handler_program);
    struct sigaction mine;
    int result;

    if (signal != SIGPIPE || handler_settings == NULL)
        return LIBC(sigaction)(signal, act, old);
    if (act != NULL)
        mine = to_kernel(act);
    /* OLD as the program gave it: NULL is another system call than a pointer. */
    result = LIBC(sigaction)(signal, act != NULL ? &mine : NULL, old);
    if (result != 0)
        return result;
    if (act != NULL)
        epipe_inflight_disposition_changed(is_trampoline(old != NULL ? old : &mine),
                                           is_trampoline(&mine));
    if (old != NULL)
        to_program(old, handler);
    return 0;
}

int __sigaction(int signal, const struct sigaction *act, struct sigaction *old)
    ALIAS_OF_LEAF(sigaction);

void sigaction_start(void)
{
    struct sigaction now, mine;

    if (LIBC(sigaction)(SIGPIPE, NULL, &now) != 0)
        return;
    mine = to_kernel(&now);
    if (now.sa_handler == SIG_DFL && now.sa_flags == 0) {
        mine.sa_sigaction = handler_trampolines[AT_START];
        mine.sa_flags |= SA_NODEFER; /* a jump out of a handler on top leaves nothing blocked */
    }
    if (mine.sa_sigaction != now.sa_sigaction && LIBC(sigaction)(SIGPIPE, &mine, NULL) == 0)
        epipe_inflight_disposition_changed(false, true);
}
