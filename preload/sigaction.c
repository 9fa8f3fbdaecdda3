/* SPDX-License-Identifier: MIT
 *
 * The sigaction family, interposed for SIGPIPE only, and the handler that stands
 * for the default action.
 *
 * There is next to no state.  Where the program asks for SIG_DFL the kernel gets
 * the catcher; where the kernel answers "the catcher" the program reads SIG_DFL.
 * The catcher needs SA_SIGINFO and cannot have SA_RESETHAND; whether the program
 * had set them shows in which of several equal trampolines is installed, so it
 * reads back exactly what it set, in a vfork child as well.  SA_ONSTACK is not
 * forced on: an alternate stack may be too small for the kernel's own frame.
 *
 * A handler of the program's own goes to the kernel untouched, but for two kinds
 * that are called through a trampoline: one-shot handlers (SA_RESETHAND), after
 * which the kernel would have the default action and not the catcher, and every
 * handler under handlers=override.  Their address is the only record, and one that
 * a vfork child shares with its parent.
 *
 * Each function below is thread-safe and async-signal-safe as its model, and
 * makes the system calls that its model makes.
 */
#include "sigaction.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counters.h"
#include "give-up.h"
#include "lib/core/inflight.h"
#include "lib/core/syscall.h"
#include "lib/core/tls.h"
#include "lib/core/ucontext.h"
#include "lib/core/wipeonfork.h"
#include "libc.h"
#include "preload/log/log.h"
#include "protect.h"

/* What a trampoline's number says. */
enum {
    HAD_SIGINFO = 1,
    HAD_RESETHAND = 2,
    RELAYS = 4,   /* to the program's handler; otherwise it stands for SIG_DFL */
    AT_START = 8, /* SIG_DFL as exec left it: without even libc's flags */
    TRAMPOLINES = 9
};

static const struct settings *settings;   /* NULL until started */
static _Atomic uintptr_t program_handler; /* 0: a one-shot that has fired */

/* The handler that TRAMPOLINE relays to, or 0.  A one-shot is taken once, by one thread. */
static uintptr_t take_program_handler(unsigned trampoline)
{
    if (!(trampoline & RELAYS))
        return 0;
    return trampoline & HAD_RESETHAND ? atomic_exchange(&program_handler, 0)
                                      : atomic_load(&program_handler);
}

static void run_program_handler(uintptr_t handler, unsigned trampoline, int signal,
                                siginfo_t *info, void *context)
{
    if (trampoline & HAD_SIGINFO)
        ((void (*)(int, siginfo_t *, void *))handler)(signal, info, context);
    else
        ((void (*)(int))handler)(signal);
}

enum outcome { FOREIGN, SWALLOWED, LET_THROUGH };

/* The first process of a PID namespace survives the default action, and may come here
 * again and again. */
static bool will_die(void)
{
    return raw_syscall(SYS_getpid, 0, 0, 0, 0) != 1;
}

static bool gives_up(const struct broken_write *broken, unsigned trampoline)
{
    if (!give_up_is_due(broken->fd))
        return false;
    log_given_up(broken, settings->give_up, !(trampoline & RELAYS) && will_die());
    return true;
}

/* Where HAS_HANDLER the program's handler gets the signal whatever it is, and all that
 * matters is that the recorded call has had its own. */
static enum outcome judge(unsigned trampoline, bool has_handler, const siginfo_t *info,
                          const void *context)
{
    struct sigpipe_facts facts = epipe_inflight_facts();
    enum outcome outcome = FOREIGN;
    struct broken_write broken;
    int cancel_state;

    /* What follows may open, poll and write, and must not act on a cancellation
     * that the interrupted code is not ready for. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    if (epipe_sigpipe_is_from_write(info, context, &facts, &broken) && !has_handler) {
        outcome = protect_should_swallow(&broken) && !gives_up(&broken, trampoline)
                      ? SWALLOWED
                      : LET_THROUGH;
        if (outcome == SWALLOWED) {
            counters_swallowed(&broken);
            log_swallowed(&broken);
        } else {
            counters_let_through();
        }
    }
    pthread_setcancelstate(cancel_state, NULL);
    return outcome;
}

/* No destructor runs after this signal.  A vfork child has nothing of its own to say. */
static void log_at_end(void)
{
    int cancel_state;

    if (!epipe_wipeonfork_is_own())
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    log_suppressed();
    counters_report();
    pthread_setcancelstate(cancel_state, NULL);
}

__attribute__((noinline)) static void in_thread(unsigned trampoline, int signal,
                                                siginfo_t *info, void *context)
{
    int saved = errno;
    /* Without override a handler gets every signal, as the program asked. */
    uintptr_t handler = settings->override_handlers ? 0 : take_program_handler(trampoline);
    enum outcome outcome = judge(trampoline, handler != 0, info, context);

    errno = saved;
    if (outcome == SWALLOWED)
        return;
    if (handler == 0)
        handler = take_program_handler(trampoline);
    if (handler != 0) {
        run_program_handler(handler, trampoline, signal, info, context);
        return;
    }
    if (outcome == LET_THROUGH && will_die())
        log_at_end();
    epipe_sigpipe_reraise_default(&epipe_inflight_thread);
    errno = saved;
}

/* In a thread that libc did not set up: nothing is told, and no library known. */
__attribute__((noinline)) static void in_bare_thread(unsigned trampoline, int signal,
                                                     siginfo_t *info, void *context)
{
    struct sigpipe_facts facts = epipe_inflight_facts_bare();
    uintptr_t handler = settings->override_handlers ? 0 : take_program_handler(trampoline);
    struct broken_write broken;

    if (handler == 0 && settings->only[0] == '\0' &&
        epipe_sigpipe_is_from_write(info, context, &facts, &broken) &&
        protect_should_swallow(&broken))
        return;
    if (handler == 0)
        handler = take_program_handler(trampoline);
    if (handler != 0)
        run_program_handler(handler, trampoline, signal, info, context);
    else
        epipe_sigpipe_reraise_default(NULL);
}

static void on_sigpipe(unsigned trampoline, int signal, siginfo_t *info, void *context)
{
    bool is_there = tls_is_there(ucontext_registers(context).pc);

    (is_there ? in_thread : in_bare_thread)(trampoline, signal, info, context);
}

#define TRAMPOLINE(n)                                                                     \
    static void trampoline_##n(int signal, siginfo_t *info, void *context)                \
    {                                                                                     \
        on_sigpipe(n, signal, info, context);                                             \
    }
/* clang-format off */
TRAMPOLINE(0) TRAMPOLINE(1) TRAMPOLINE(2) TRAMPOLINE(3) TRAMPOLINE(4) TRAMPOLINE(5) TRAMPOLINE(6) TRAMPOLINE(7) TRAMPOLINE(8)
/* clang-format on */

static void (*const trampolines[TRAMPOLINES])(int, siginfo_t *, void *) = {
    trampoline_0, trampoline_1, trampoline_2, trampoline_3, trampoline_4,
    trampoline_5, trampoline_6, trampoline_7, trampoline_8,
};

/* One of ours, which a library that reads the kernel's answer may have kept. */
static bool is_trampoline(const struct sigaction *act)
{
    for (unsigned trampoline = 0; trampoline < TRAMPOLINES; trampoline++)
        if (act->sa_sigaction == trampolines[trampoline])
            return true;
    return false;
}

/* The record is the parent's, too, in a vfork child, whose own handler goes to the kernel as
 * it is.  Known under handlers=override only: it takes a system call. */
static bool must_keep_record(void)
{
    pid_t pid = epipe_wipeonfork->pid;

    return settings->override_handlers && pid != 0 &&
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
        if ((!settings->override_handlers && !(act->sa_flags & (int)SA_RESETHAND)) ||
            must_keep_record())
            return out;
        atomic_store(&program_handler, (uintptr_t)act->sa_handler);
        trampoline = RELAYS;
    }
    trampoline |= act->sa_flags & SA_SIGINFO ? HAD_SIGINFO : 0;
    trampoline |= act->sa_flags & (int)SA_RESETHAND ? HAD_RESETHAND : 0;
    out.sa_flags = (act->sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO;
    out.sa_sigaction = trampolines[trampoline];
    return out;
}

/* What the program is to read where the kernel answered ACT.  HANDLER is what
 * the record held at that time. */
static void to_program(struct sigaction *act, uintptr_t handler)
{
    for (unsigned trampoline = 0; trampoline < TRAMPOLINES; trampoline++) {
        if (act->sa_sigaction != trampolines[trampoline])
            continue;
        /* Unless siginterrupt has changed the flags. */
        if (trampoline == AT_START && !(act->sa_flags & SA_RESTART)) {
            *act = (struct sigaction){.sa_flags = 0};
            return;
        }
        act->sa_flags &= ~(SA_SIGINFO | (int)SA_RESETHAND);
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
    uintptr_t handler = atomic_load(&program_handler);
    struct sigaction mine;
    int result;

    if (signal != SIGPIPE || settings == NULL)
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

void sigaction_start(const struct settings *p)
{
    struct sigaction now, mine;

    settings = p;
    if (LIBC(sigaction)(SIGPIPE, NULL, &now) != 0)
        return;
    mine = to_kernel(&now);
    if (now.sa_handler == SIG_DFL && now.sa_flags == 0)
        mine.sa_sigaction = trampolines[AT_START];
    if (mine.sa_sigaction != now.sa_sigaction && LIBC(sigaction)(SIGPIPE, &mine, NULL) == 0)
        epipe_inflight_disposition_changed(false, true);
}
