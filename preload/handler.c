/* SPDX-License-Identifier: MIT */
#include "handler.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "counters.h"
#include "give-up.h"
#include "lib/core/inflight.h"
#include "lib/core/syscall.h"
#include "lib/core/tls.h"
#include "lib/core/ucontext.h"
#include "lib/core/wipeonfork.h"
#include "preload/log/log.h"
#include "protect.h"

const struct settings *handler_settings;
_Atomic uintptr_t handler_program;

/* The handler that TRAMPOLINE relays to, or 0.  A one-shot is taken once, by one thread. */
static uintptr_t take_program_handler(unsigned trampoline)
{
    if (!(trampoline & RELAYS))
        return 0;
    return trampoline & HAD_RESETHAND ? atomic_exchange(&handler_program, 0)
                                      : atomic_load(&handler_program);
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
    log_given_up(broken, handler_settings->give_up, !(trampoline & RELAYS) && will_die());
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
    int cancel_state = 0;

    facts.thread = &epipe_inflight_thread;
    /* A trace may take a lock of the unwinder's, and nothing that is logged may act on a
     * cancellation that the interrupted code is not ready for.  Where nothing is, the state
     * stays: a handler on top may jump away. */
    if (log_is_wanted())
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
    if (log_is_wanted())
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
    uintptr_t handler =
        handler_settings->override_handlers ? 0 : take_program_handler(trampoline);
    enum outcome outcome = judge(trampoline, handler != 0, info, context);

    errno = saved;
    if (outcome == SWALLOWED)
        return;
    if (handler == 0)
        handler = take_program_handler(trampoline);
    if (handler != 0) {
        uintptr_t before = epipe_inflight_thread.interrupted_sp;

        epipe_inflight_thread.interrupted_sp =
            ucontext_registers(ucontext_innermost(context)).sp;
        run_program_handler(handler, trampoline, signal, info, context);
        epipe_inflight_thread.interrupted_sp = before;
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
    struct sigpipe_facts facts = epipe_inflight_facts();
    uintptr_t handler =
        handler_settings->override_handlers ? 0 : take_program_handler(trampoline);
    struct broken_write broken;

    if (handler == 0 && handler_settings->only[0] == '\0' &&
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
#define TRAMPOLINE_NAME(n) trampoline_##n,
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
EACH(TRAMPOLINE)
void (*const handler_trampolines[TRAMPOLINES])(int, siginfo_t *,
                                               void *) = {EACH(TRAMPOLINE_NAME)};
