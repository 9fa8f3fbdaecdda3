/* SPDX-License-Identifier: MIT
 *
 * The handler, and the disposition that it stands before.
 *
 * Outside scopes it acts as what was there before.  Under the preload shim that is
 * the shim's catcher, which sigaction shows as the default action; so the kernel is
 * asked, too, and the handler passes on to the catcher what is not its own.
 */
#include "handler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "catch.h"
#include "claim.h"
#include "origin.h"

__thread struct handler_thread epipe_handler_thread;

atomic_uint epipe_handler_scopes;
atomic_uint epipe_handler_process;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for what follows */
static struct sigaction before;
static uintptr_t catcher;     /* the shim's, or 0 */
static atomic_bool has_fired; /* before's handler, if it is a one-shot */

static void act_as_before(int signal, siginfo_t *info, void *context)
{
    bool one_shot = (before.sa_flags & (int)SA_RESETHAND) != 0;

    if (catcher != 0)
        ((void (*)(int, siginfo_t *, void *))catcher)(signal, info, context);
    else if (before.sa_handler == SIG_DFL || (one_shot && atomic_exchange(&has_fired, true)))
        epipe_catch_die();
    else if (before.sa_flags & SA_SIGINFO)
        before.sa_sigaction(signal, info, context);
    else
        before.sa_handler(signal);
}

/* A call that failed with another errno was not a broken write. */
static bool may_be_write(const void *context)
{
    struct origin o = origin_read(context);

    return !o.after_syscall || o.result >= 0 || o.result == -EPIPE;
}

static bool is_in_scope(unsigned scopes)
{
    return scopes >= HANDLER_SCOPE && (scopes & HANDLER_CAUGHT) != 0;
}

/* Is it to be swallowed?  A claimed write's always, and that is not counted, for by a
 * flag it would have raised none. */
static bool swallows(const siginfo_t *info, const void *context)
{
    bool wanted = is_in_scope(epipe_handler_thread.scopes) ||
                  atomic_load(&epipe_handler_process) > 0;
    struct broken broken;

    if (!wanted && epipe_claim_thread.now.frame == 0)
        return false;
    if (!may_be_write(context) || !epipe_catch_is_ours(info, context, &broken))
        return false;
    if (broken.call == NULL && wanted)
        epipe_handler_thread.swallowed++;
    return broken.call != NULL || wanted;
}

static void on_sigpipe(int signal, siginfo_t *info, void *context)
{
    int saved = errno;
    bool swallowed;
    int cancel_state;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    swallowed = swallows(info, context);
    pthread_setcancelstate(cancel_state, NULL);
    errno = saved;
    if (!swallowed)
        act_as_before(signal, info, context);
}

static bool is_in_place(const struct sigaction *act)
{
    return (act->sa_flags & SA_SIGINFO) && act->sa_sigaction == on_sigpipe;
}

/* The handler that the kernel has, whatever sigaction says: the first member of its
 * struct but on MIPS.  It answers, as it has just answered sigaction. */
static uintptr_t kernel_handler(void)
{
    uintptr_t raw[32] = {0};

    syscall(SYS_rt_sigaction, SIGPIPE, NULL, raw, _NSIG / 8);
#ifdef __mips__
    return raw[1];
#else
    return raw[0];
#endif
}

static int put_in_place(void)
{
    struct sigaction act = {.sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigaction found;

    epipe_catch_start();
    if (sigaction(SIGPIPE, NULL, &found) != 0)
        return -1;
    /* Our own, which somebody has saved and put back: what was before it still holds. */
    if (is_in_place(&found))
        return 0;
    before = found;
    catcher = before.sa_handler == SIG_DFL ? kernel_handler() : 0;
    atomic_store(&has_fired, false);
    /* An ignored signal raises nothing; it stays as it is. */
    if (before.sa_handler == SIG_IGN)
        return 0;
    if (before.sa_handler != SIG_DFL) {
        act.sa_mask = before.sa_mask;
        act.sa_flags = (before.sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO;
    }
    act.sa_sigaction = on_sigpipe;
    return sigaction(SIGPIPE, &act, NULL);
}

static int put_back(void)
{
    struct sigaction now;

    if (sigaction(SIGPIPE, NULL, &now) != 0)
        return -1;
    if (before.sa_handler == SIG_IGN)
        return now.sa_handler == SIG_IGN ? 0 : 1;
    if (!is_in_place(&now))
        return 1;
    if (atomic_load(&has_fired))
        before.sa_handler = SIG_DFL;
    return sigaction(SIGPIPE, &before, NULL);
}

static bool is_used(void)
{
    return epipe_handler_scopes != 0 || epipe_handler_process != 0;
}

int epipe_handler_acquire(atomic_uint *users)
{
    int saved = errno;
    int result;

    pthread_mutex_lock(&lock);
    result = is_used() ? 0 : put_in_place();
    if (result == 0) {
        atomic_fetch_add(users, 1);
        errno = saved;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int epipe_handler_release(atomic_uint *users)
{
    int saved = errno;
    int result = -1;

    pthread_mutex_lock(&lock);
    if (*users == 0) {
        saved = EINVAL;
    } else {
        atomic_fetch_sub(users, 1);
        result = is_used() ? 0 : put_back();
        if (result < 0)
            saved = errno;
    }
    errno = saved;
    pthread_mutex_unlock(&lock);
    return result;
}
