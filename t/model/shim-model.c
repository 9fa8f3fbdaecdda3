/* SPDX-License-Identifier: MIT
 *
 * The reference for the shim.  It reads the siginfo, and knows besides which signals the
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
#include "shim-pending.h"

static struct outcome *outcome;
static bool overrides; /* the program's handlers */
static bool is_attached;
static struct sigaction virtual; /* what the program has set */
static bool is_set;              /* it has set anything */
static unsigned sent;            /* by kill() to itself */
static unsigned changes;         /* of whether the shim's handler is in place */
static __thread struct {
    bool in_call; /* a transfer is under way */
    enum kept kept;
    bool next_is_handlers; /* the next signal is that of a handler's write on top of it */
    bool in_kill;
} shim_model;

/* Is the shim's handler in place? */
static bool is_caught(void)
{
    return virtual.sa_handler == SIG_DFL ||
           (virtual.sa_handler != SIG_IGN &&
            (overrides || virtual.sa_flags & (int)SA_RESETHAND));
}

static struct shim_moment now(void) { return (struct shim_moment){sent, changes}; }

static bool is_own(const siginfo_t *info)
{
    return info->si_code == SI_USER && info->si_pid == getpid();
}

static bool is_swallowed(const siginfo_t *info)
{
    bool own = is_own(info), kept = false;

    if (own) {
        kept = !shim_model.in_call || shim_model.kept == KEPT_LIKE_ANY
                   ? shim_pending_is_kept(now())
                   : shim_model.kept == KEPT && !shim_model.next_is_handlers;
        shim_model.next_is_handlers = false;
    }
    if (own && !shim_model.in_call) {
        if (!is_attached && shim_pending_is_guess(now()))
            outcome->records[outcome->count].notes |= NOTE_MERGES;
        shim_pending_forget();
    }
    return own && !kept;
}

static void stand_in(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    /* By kill(), and delivered later or to another thread: an attach takes it for a write's. */
    if (is_attached && info->si_code == SI_QUEUE && info->si_pid == getpid() &&
        info->si_value.sival_int == MODEL_SELF_SENT && !shim_model.in_kill)
        outcome->records[outcome->count].notes |= NOTE_MERGES;
    if (!is_swallowed(info))
        disposition_die();
}

static void relay(int signal, siginfo_t *info, void *context);

/* Has the kernel know what the program has set. */
static int apply(void)
{
    struct sigaction real = virtual;

    if (virtual.sa_handler == SIG_DFL) {
        real.sa_sigaction = stand_in;
        real.sa_flags = (virtual.sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO;
        real.sa_flags |= is_set ? 0 : SA_NODEFER;
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
    if (is_own(info) && !shim_model.in_call)
        shim_pending_forget();
    if (fired.sa_flags & (int)SA_RESETHAND) {
        virtual.sa_handler = SIG_DFL;
        apply();
    }
    if (fired.sa_flags & SA_SIGINFO)
        fired.sa_sigaction(signal, info, context);
    else
        fired.sa_handler(signal);
}

void shim_model_transfer_begins(enum kept kept)
{
    shim_model.in_call = true;
    shim_model.kept = kept;
    shim_model.next_is_handlers = false;
}

void shim_model_transfer_ends(void) { shim_model.in_call = false; }

void shim_model_failed(int slot)
{
    if (is_caught())
        shim_pending_failed(slot, now());
}

void shim_model_has_pending(int slot, bool by_handler)
{
    shim_pending_raised(slot, now(), is_caught() && !is_attached, by_handler);
}

void shim_model_handler_begins(struct shim_model_call *outer)
{
    *outer = (struct shim_model_call){shim_model.in_call, shim_model.kept,
                                      pending_own(SIGPIPE), shim_model.next_is_handlers};
    shim_model_transfer_begins(NOT_KEPT);
}

void shim_model_handler_ends(const struct shim_model_call *outer)
{
    bool is_pending = pending_own(SIGPIPE);

    shim_model.in_call = outer->in_call;
    shim_model.kept = outer->kept;
    /* The handler runs on the signal of the call below, which may make a second write. */
    shim_model.next_is_handlers =
        outer->next_is_handlers || (!is_attached && !outer->was_pending && is_pending);
    if (outer->was_pending || is_pending) {
        shim_model_has_pending(SLOTS, true);
        shim_model_failed(-1);
    }
}

int shim_model_set(const struct sigaction *act)
{
    bool was_caught = is_caught();

    if (is_attached)
        return sigaction(SIGPIPE, act, NULL);
    is_set = true;
    virtual = *act;
    virtual.sa_flags |= disposition_added_flags;
    changes += is_caught() != was_caught;
    return apply();
}

void shim_model_get(struct sigaction *act)
{
    *act = virtual;
    if (is_attached)
        sigaction(SIGPIPE, NULL, act);
}

int shim_model_kill_self(int signal)
{
    siginfo_t info;
    long result;

    sent++;
    memset(&info, 0, sizeof info);
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = MODEL_SELF_SENT;
    shim_model.in_kill = true;
    result = syscall(SYS_rt_sigqueueinfo, getpid(), signal, &info);
    shim_model.in_kill = false;
    return (int)result;
}

void shim_model_start(struct outcome *o, bool override, bool attached)
{
    struct sigaction action = {.sa_sigaction = stand_in,
                               .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER};

    outcome = o;
    overrides = override;
    is_attached = attached;
    if (attached)
        sigaction(SIGPIPE, &action, NULL);
    else
        apply();
}
