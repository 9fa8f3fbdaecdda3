/* SPDX-License-Identifier: MIT
 *
 * The oracle for the shim.  It reads the siginfo, and knows besides which signals the
 * program has sent itself: those carry a mark.  So nothing is to be guessed.
 */
#include "shim-model.h"

#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd-slots.h"
#include "keep-model.h"
#include "pending.h"

static struct outcome *outcome;
static bool overrides;           /* the program's handlers */
static struct sigaction virtual; /* what the program has set */
static unsigned sent;            /* by kill() to itself */
static unsigned changes;         /* of whether the shim's handler is in place */
static __thread struct {
    bool in_call, kept; /* the transfer that is under way */
    /* The last whose signal was blocked: */
    int owed_slot; /* -1: not by a call that the shim can see */
    bool owed_by_handler, owed_is_noted;
    unsigned owed_sent, owed_changes;
    bool failed; /* a call that raises no signal and that the shim may remember */
    unsigned failed_changes;
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

/* Which slot is the signal of that is delivered now, as far as the shim can know?  Or -1. */
static int find_pending(void)
{
    return loud.owed_is_noted && changes == loud.owed_changes ? loud.owed_slot : -1;
}

/* Has the number of a descriptor that was closed been given to what raises no signal? */
static bool is_replaced(int slot)
{
    const struct object *o = slot < 0 || slot == SLOTS ? NULL : object_in((unsigned)slot);

    return o != NULL && object_is_packets(o);
}

/* Of a signal that was blocked the shim has little to go by: epipe-preload(7). */
static bool is_guess(void)
{
    if (is_replaced(find_pending()))
        return true;
    if (sent != loud.owed_sent || loud.owed_by_handler)
        return true;
    return find_pending() < 0 && (sent > 0 || (loud.failed && changes == loud.failed_changes));
}

static bool is_owed_kept(void)
{
    int slot = find_pending();

    return slot < 0 ? kept_is_any_broken() : kept_is((unsigned)slot);
}

void loud_forget(void)
{
    loud.owed_slot = -1;
    loud.failed = false;
}

static bool is_own(const siginfo_t *info)
{
    return info->si_code == SI_USER && info->si_pid == getpid();
}

static bool is_swallowed(const siginfo_t *info)
{
    bool own = is_own(info), kept = false;

    if (own)
        kept = loud.in_call ? loud.kept : is_owed_kept();
    if (own && !loud.in_call) {
        if (is_guess())
            outcome->records[outcome->count].notes |= NOTE_MERGES;
        loud_forget();
    }
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
    if (is_own(info) && !loud.in_call)
        loud_forget();
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

void loud_failed(void)
{
    if (!is_caught())
        return;
    loud.failed = true;
    loud.failed_changes = changes;
}

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
        loud_failed();
    }
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
