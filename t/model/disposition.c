/* SPDX-License-Identifier: MIT
 *
 * Dispositions, the handlers that note what they see.
 */
#include "disposition.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "chain.h"
#include "handler-writes.h"
#include <epipe.h>
#include "fd-slots.h"
#include "keep-model.h"
#include "shim-model.h"
#include "signal-thread.h"

static enum mode mode;
static struct outcome *outcome;
static char alternate[2][65536]; /* one for each thread */
static bool hides_mask;
static atomic_uint handled;

int disposition_added_flags;

/* ---- what handlers see ------------------------------------------------------- */

static uint32_t bits_of(const sigset_t *set)
{
    return (sigismember(set, SIGPIPE) ? 1U : 0) | (sigismember(set, SIGUSR1) ? 2U : 0);
}

uint32_t disposition_describe(int signal, const siginfo_t *info)
{
    int code = info->si_code, value = 0;
    bool by_self = info->si_pid == getpid();
    bool by_other = info->si_pid == signal_thread_outside_pid();

    if (code == SI_QUEUE) {
        value = info->si_value.sival_int;
        if (value == MODEL_SELF_SENT) {
            code = SI_USER;
            value = 0;
        }
    }
    return (uint32_t)signal << 24 | (by_self ? 1U << 23 : 0) | (by_other ? 1U << 22 : 0) |
           (uint32_t)(code & 0xff) << 8 | (uint32_t)(value & 0xff);
}

void disposition_note(enum handler_id id, int signal, const siginfo_t *info)
{
    struct record *record = &outcome->records[outcome->count];
    const char here = 0;
    uint32_t event = (uint32_t)signal << 24;
    sigset_t mask;

    if (info != NULL)
        event = disposition_describe(signal, info);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (hides_mask)
        sigdelset(&mask, SIGPIPE);
    event |= bits_of(&mask) << 20 | (uint32_t)id << 17;
    if (&here >= alternate[0] && &here < alternate[0] + sizeof alternate)
        event |= 1U << 16;
    if (record->events < MOST_EVENTS)
        record->event[record->events] = event;
    record->events++;
    handler_writes_write(mode, record);
    atomic_fetch_add(&handled, 1);
}

static void on_simple(int signal) { disposition_note(IS_SIMPLE, signal, NULL); }

static void on_siginfo(int signal, siginfo_t *info, void *context)
{
    (void)context;
    disposition_note(IS_SIGINFO, signal, info);
}

void disposition_hide_mask(bool hide) { hides_mask = hide; }

unsigned disposition_handled(void) { return atomic_load(&handled); }

/* ---- setting and reading ----------------------------------------------------- */

int disposition_apply(const struct sigaction *act)
{
    int result;

    if (mode_is_shim_model(mode))
        return shim_model_set(act);
    if (mode_installs(mode) && epipe_uninstall() != 0)
        return -2;
    result = sigaction(SIGPIPE, act, NULL);
    if (mode_installs(mode) && epipe_install() != 0)
        return -3;
    return result;
}

static void choose_handler(struct sigaction *act, uint32_t what)
{
    switch (what & 7) {
    case 0:
        act->sa_handler = SIG_IGN;
        break;
    case 1:
    case 2:
        act->sa_handler = on_simple;
        break;
    case 3:
    case 4:
        act->sa_sigaction = on_siginfo;
        act->sa_flags |= SA_SIGINFO;
        break;
    default:
        act->sa_handler = SIG_DFL;
    }
}

int disposition_set(uint32_t what)
{
    struct sigaction act = {.sa_flags = 0};

    act.sa_flags |= what & 8 ? (int)SA_RESETHAND : 0;
    act.sa_flags |= what & 16 ? SA_NODEFER : 0;
    act.sa_flags |= what & 32 ? SA_ONSTACK : 0;
    act.sa_flags |= what & 64 ? SA_RESTART : 0;
    if (what & 128)
        sigaddset(&act.sa_mask, SIGUSR1);
    choose_handler(&act, what >> 8);
    if (act.sa_handler == SIG_DFL && what & 1 << 16)
        act.sa_flags |= SA_SIGINFO;
    return disposition_apply(&act);
}

int disposition_signal(uint32_t what)
{
    struct sigaction act = {.sa_flags = SA_RESTART};

    sigaddset(&act.sa_mask, SIGPIPE);
    choose_handler(&act, what & 1 ? 0 : what & 2 ? 1 : 7);
    if (mode_is_shim_model(mode) || mode_installs(mode))
        return disposition_apply(&act);
    return signal(SIGPIPE, act.sa_handler) == SIG_ERR ? -1 : 0;
}

void disposition_ignore(struct sigaction *before)
{
    struct sigaction ignored = {.sa_flags = 0};

    ignored.sa_handler = SIG_IGN;
    if (mode_is_shim_model(mode))
        shim_model_get(before);
    if (mode_is_shim_model(mode) ? shim_model_set(&ignored)
                                 : sigaction(SIGPIPE, &ignored, before))
        fd_slot_die("sigaction");
}

void disposition_restore(const struct sigaction *before)
{
    if (mode_is_shim_model(mode) ? shim_model_set(before) : sigaction(SIGPIPE, before, NULL))
        fd_slot_die("sigaction");
}

bool disposition_is_ignored(void)
{
    struct sigaction now;

    return sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static enum handler_id id_of(const struct sigaction *act)
{
    return act->sa_handler == SIG_DFL        ? IS_DEFAULT
           : act->sa_handler == SIG_IGN      ? IS_IGNORED
           : act->sa_handler == on_simple    ? IS_SIMPLE
           : act->sa_sigaction == on_siginfo ? IS_SIGINFO
                                             : chain_id(act);
}

void disposition_read(struct record *record)
{
    struct sigaction now;

    if (mode_installs(mode))
        epipe_uninstall();
    if (mode_is_shim_model(mode))
        shim_model_get(&now);
    else if (sigaction(SIGPIPE, NULL, &now) != 0)
        fd_slot_die("sigaction");
    if (mode_installs(mode))
        epipe_install();
    record->handler = (uint8_t)id_of(&now);
    record->handler_flags = (uint32_t)now.sa_flags;
    /* The default action as exec leaves it comes back by libc's sigaction, with libc's flag. */
    if (mode_has_scopes(mode))
        record->handler_flags &= ~(uint32_t)disposition_added_flags;
    record->handler_mask = (uint8_t)bits_of(&now.sa_mask);
}

void disposition_die(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int disposition_kill_self(int signal)
{
    if (mode_is_shim_model(mode) && signal == SIGPIPE)
        return shim_model_kill_self(signal);
    return kill(getpid(), signal);
}

static void use_alternate(unsigned thread)
{
    const stack_t stack = {.ss_sp = alternate[thread], .ss_size = sizeof alternate[thread]};

    sigaltstack(&stack, NULL);
}

void disposition_start_second(void) { use_alternate(1); }

void disposition_start(enum mode w, struct outcome *o)
{
    struct sigaction usr1 = {.sa_flags = SA_SIGINFO | SA_RESTART};

    mode = w;
    outcome = o;
    chain_start(w, o);
    usr1.sa_sigaction = on_siginfo;
    use_alternate(0);
    sigaction(SIGUSR1, &usr1, NULL);
    sigaction(SIGUSR1, NULL, &usr1);
    disposition_added_flags = usr1.sa_flags & ~(SA_SIGINFO | SA_RESTART);
    keep_model_start(mode);
    if (mode_is_shim_model(mode))
        shim_model_start(o, mode == MODE_MODEL_OVERRIDE, mode_is_attached_model(mode));
    if (mode == MODE_IGNORED)
        signal(SIGPIPE, SIG_IGN);
    if (mode_installs(mode))
        epipe_install();
}
