/* SPDX-License-Identifier: MIT
 *
 * The oracle for the shim.  It reads the siginfo, and knows besides which signals the
 * program has sent itself: those carry a mark.  So nothing is to be guessed.
 */
#include "loud.h"

#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kept.h"
#include "pending.h"

static struct outcome *outcome;
static bool overrides;           /* the program's handlers */
static struct sigaction virtual; /* what the program has set */
static unsigned sent;            /* by kill() to itself */
static unsigned changes;         /* of whether the shim's handler is in place */
static __thread struct {
    bool in_call, kept; /* the transfer that is under way */
    int owed_slot;      /* of the last whose signal was blocked; or -1 */
    bool owed_by_handler, owed_is_noted;
    unsigned owed_sent, owed_changes;
    bool failed; /* a call that the shim remembers */
} loud;

/* Is the shim's handler in place? */
static bool is_caught(void)
{
    return virtual.sa_handler == SIG_DFL ||
           (virtual.sa_handler != SIG_IGN &&
            (overrides || virtual.sa_flags & (int)SA_RESETHAND));
}

static void die(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Of a signal that was blocked the shim has little to go by: epipe(1). */
static bool is_guess(bool kept)
{
    if (sent != loud.owed_sent || loud.owed_by_handler || !loud.owed_is_noted ||
        changes != loud.owed_changes)
        return true;
    return loud.owed_slot < 0 && (kept || sent > 0 || loud.failed);
}

static bool is_owed_kept(void)
{
    return loud.owed_slot < 0 ? kept_is_any_broken() : kept_is((unsigned)loud.owed_slot);
}

static bool is_swallowed(const siginfo_t *info)
{
    bool own = info->si_code == SI_USER && info->si_pid == getpid();
    bool kept = false;

    if (own)
        kept = loud.in_call ? loud.kept : is_owed_kept();
    if (own && !loud.in_call && is_guess(kept))
        outcome->records[outcome->count].notes |= NOTE_MERGES;
    return own && !kept;
}

static void stand_in(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    if (!is_swallowed(info))
        die();
}

static void relay(int signal, siginfo_t *info, void *context);

/* Has the kernel know what the program has set. */
static int apply(void)
{
    struct sigaction real = virtual;

    if (virtual.sa_handler == SIG_DFL) {
        real.sa_sigaction = stand_in;
        real.sa_flags = (virtual.sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO;
    } else if (virtual.sa_handler != SIG_IGN &&
               (overrides || virtual.sa_flags & (int)SA_RESETHAND)) {
        real.sa_sigaction = relay;
        real.sa_flags = (virtual.sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO;
    }
    return sigaction(SIGPIPE, &real, NULL);
}

static void relay(int signal, siginfo_t *info, void *context)
{
    struct sigaction fired = virtual;

    if (fired.sa_handler == SIG_DFL) { /* two were delivered at once, to a SA_NODEFER handler:
                                          the kernel would have ended this */
        outcome->records[outcome->count].notes |= NOTE_MERGES;
        stand_in(signal, info, context);
        return;
    }
    if (overrides && is_swallowed(info))
        return;
    if (fired.sa_flags & (int)SA_RESETHAND) {
        virtual.sa_handler = SIG_DFL;
        apply();
    }
    if (fired.sa_flags & SA_SIGINFO)
        fired.sa_sigaction(signal, info, context);
    else
        fired.sa_handler(signal);
}

void loud_transfer_begins(bool is_kept)
{
    loud.in_call = true;
    loud.kept = is_kept;
}

void loud_transfer_ends(void) { loud.in_call = false; }

void loud_failed(void) { loud.failed = true; }

void loud_owes(int slot)
{
    loud.owed_slot = slot;
    loud.owed_sent = sent;
    loud.owed_by_handler = false;
    loud.owed_is_noted = is_caught();
    loud.owed_changes = changes;
}

void loud_handler_begins(struct loud_call *outer)
{
    *outer = (struct loud_call){loud.in_call, loud.kept, pending_own(SIGPIPE)};
    loud_transfer_begins(false);
}

void loud_handler_ends(const struct loud_call *outer)
{
    bool is_pending = pending_own(SIGPIPE);

    loud.in_call = outer->in_call;
    /* The handler runs on the signal of the call below, so this one is its own. */
    loud.kept = outer->kept && (outer->was_pending || !is_pending);
    if (outer->was_pending || is_pending) {
        loud_owes(SLOTS);
        loud.owed_by_handler = true;
    }
    loud.failed = true;
}

int loud_set(const struct sigaction *act)
{
    bool was_caught = is_caught();

    virtual = *act;
    virtual.sa_flags |= disposition_added_flags;
    changes += is_caught() != was_caught;
    return apply();
}

void loud_get(struct sigaction *act) { *act = virtual; }

int loud_kill_self(int signal)
{
    siginfo_t info;

    sent++;
    memset(&info, 0, sizeof info);
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = LOUD_SELF_SENT;
    return (int)syscall(SYS_rt_sigqueueinfo, getpid(), signal, &info);
}

void loud_start(struct outcome *o, bool override)
{
    outcome = o;
    overrides = override;
    apply();
}
