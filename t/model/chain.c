/* SPDX-License-Identifier: MIT
 *
 * Handlers that call what they have found.
 */
#include "chain.h"

#include <epipe.h>
#include "pending.h"
#include "shim-model.h"

static enum mode mode;
static struct outcome *outcome;

void chain_start(enum mode w, struct outcome *o)
{
    mode = w;
    outcome = o;
}

/* What each of two has found. */
static struct sigaction found[2];

static void act_by_default(void)
{
    if (pending_own(SIGPIPE)) /* of a write in the handler */
        outcome->records[outcome->count].notes |= NOTE_MERGES;
    disposition_die();
}

static void chain(unsigned which, int signal, siginfo_t *info, void *context)
{
    const struct sigaction *next = &found[which];

    disposition_note((enum handler_id)(IS_CHAINING + which), signal, info);
    if (next->sa_handler == SIG_DFL)
        act_by_default();
    else if (next->sa_flags & SA_SIGINFO)
        next->sa_sigaction(signal, info, context);
    else if (next->sa_handler != SIG_IGN)
        next->sa_handler(signal);
}

static void on_first(int signal, siginfo_t *info, void *context)
{
    chain(0, signal, info, context);
}

static void on_second(int signal, siginfo_t *info, void *context)
{
    chain(1, signal, info, context);
}

static void (*const chaining[])(int, siginfo_t *, void *) = {on_first, on_second};

static int find(struct sigaction *now)
{
    if (!mode_is_shim_model(mode))
        return sigaction(SIGPIPE, NULL, now);
    shim_model_get(now);
    return 0;
}

int chain_set(uint32_t what)
{
    struct sigaction act = {.sa_flags = SA_SIGINFO}, real;
    int result;

    if (mode_installs(mode))
        epipe_uninstall();
    result = find(&real);
    if (mode_installs(mode))
        epipe_install();
    /* A one-shot that has been chained to is for ever. */
    if (result != 0 || real.sa_sigaction == on_second || real.sa_flags & (int)SA_RESETHAND)
        return -4;
    act.sa_flags |= what & 16 ? SA_NODEFER : 0;
    act.sa_flags |= what & 32 ? SA_ONSTACK : 0;
    if (what & 128)
        sigaddset(&act.sa_mask, SIGUSR1);
    act.sa_sigaction = chaining[real.sa_sigaction == on_first];
    if (!mode_installs(mode)) {
        found[act.sa_sigaction == on_second] = real;
        return disposition_apply(&act);
    }
    if (sigaction(SIGPIPE, &act, &found[act.sa_sigaction == on_second]) != 0 ||
        epipe_uninstall() != 1)
        return -5;
    return epipe_install();
}

enum handler_id chain_id(const struct sigaction *act)
{
    return act->sa_sigaction == on_first    ? IS_CHAINING
           : act->sa_sigaction == on_second ? IS_CHAINING_TOO
                                            : IS_OTHER;
}
