/* SPDX-License-Identifier: MIT
 *
 * Outside scopes the handler acts as the disposition did that it replaced.  Under the
 * preload shim that is the shim's handler, which sigaction shows as the default action; so
 * the kernel is asked, too, and the handler passes on to it what is not its own.
 */
#include "handler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "api.h"
#include "epipe.h"
#include "lib/core/keep-errno.h"
#include "lib/core/ksigaction.h"
#include "lib/core/sigpipe.h"
#include "lib/core/tls.h"
#include "lib/core/ucontext.h"
#include "lib/core/wipeonfork.h"
#include "process.h"

__thread struct handler_thread epipe_handler_thread;

atomic_uint epipe_handler_scopes;

/* What the handler replaced.  A program's handler may chain to ours, which it found; if ours
 * is then installed over the program's, the chained call must still go to what was there
 * before the first.  So each disposition that is replaced has an entry of the handler of its
 * own, for good. */
struct layer {
    struct sigaction before;
    uintptr_t shims;       /* the shim's handler, or 0 */
    atomic_bool has_fired; /* before's handler, if it is a one-shot */
};

enum { LAYERS = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for what follows */
static struct layer layers[LAYERS];
static unsigned layers_used;
static bool found_ignored;
static bool has_key;
static pthread_key_t thread_key; /* its value: the thread's struct, once it is known */

/* The shim does not know which signals of its calls were swallowed here, and is not asked
 * about one that IS_FOREIGN. */
static void act_as_before(struct layer *layer, bool is_foreign, int signal,
                          siginfo_t *info, void *context)
{
    const struct sigaction *before = &layer->before;
    bool one_shot = (before->sa_flags & (int)SA_RESETHAND) != 0;

    if (layer->shims != 0 && !is_foreign)
        ((void (*)(int, siginfo_t *, void *))layer->shims)(signal, info, context);
    else if (before->sa_handler == SIG_DFL ||
             (one_shot && atomic_exchange(&layer->has_fired, true)))
        epipe_sigpipe_reraise_default(NULL);
    else if (before->sa_flags & SA_SIGINFO)
        before->sa_sigaction(signal, info, context);
    else
        before->sa_handler(signal);
}

enum verdict { NOT_JUDGED, FROM_WRITE, FOREIGN };

/* THREAD is NULL where the thread has never been in a scope. */
static enum verdict judge_signal(const siginfo_t *info, const void *context,
                                 struct handler_thread *thread)
{
    struct sigpipe_facts facts = {.pid = epipe_wipeonfork->pid};
    bool in_scope = thread != NULL && thread->caught > 0;
    struct broken_write broken;
    struct decoded_context o;

    if (!in_scope && atomic_load(&epipe_process_scopes) == 0)
        return NOT_JUDGED;
    o = ucontext_read(context);
    if (o.after_syscall && o.result < 0 && o.result != -EPIPE)
        return NOT_JUDGED; /* a call that failed with another errno */
    if (!epipe_sigpipe_is_from_write(info, context, &facts, &broken))
        return FOREIGN;
    if (in_scope)
        thread->swallowed++;
    return in_scope || !epipe_process_keeps(&broken) ? FROM_WRITE : NOT_JUDGED;
}

/* Where libc does not know the thread, pthread_getspecific() must not be called. */
static void on_sigpipe(struct layer *layer, int signal, siginfo_t *info, void *context)
{
    bool is_known = tls_is_there(ucontext_registers(context).pc);
    enum verdict verdict =
        judge_signal(info, context, is_known ? pthread_getspecific(thread_key) : NULL);

    if (verdict != FROM_WRITE)
        act_as_before(layer, verdict == FOREIGN, signal, info, context);
}

#define TRAMPOLINE(n)                                                                     \
    static void trampoline_##n(int signal, siginfo_t *info, void *context)                \
    {                                                                                     \
        on_sigpipe(&layers[n], signal, info, context);                                    \
    }
#define TRAMPOLINE_NAME(n) trampoline_##n,
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
EACH(TRAMPOLINE)
static void (*const trampolines[])(int, siginfo_t *, void *) = {EACH(TRAMPOLINE_NAME)};

/* Returns the number of the layer whose trampoline ACT has, or -1. */
static int layer_in(const struct sigaction *act)
{
    for (int i = 0; act->sa_flags & SA_SIGINFO && i < LAYERS; i++)
        if (act->sa_sigaction == trampolines[i])
            return i;
    return -1;
}

/* Returns the number of the layer for FOUND: the one that has replaced the same handler, or
 * an unused one, or LAYERS. */
static unsigned layer_for(const struct sigaction *found)
{
    unsigned i = 0;

    while (i < layers_used && layers[i].before.sa_handler != found->sa_handler)
        i++;
    if (i == layers_used && i < LAYERS)
        layers_used++;
    return i;
}

/* The handler that the kernel has, whatever sigaction says.  It answers, as it has just
 * answered sigaction. */
static uintptr_t kernel_handler(void)
{
    struct ksigaction now = {{0}};

    ksigaction(SIGPIPE, NULL, &now);
    return ksigaction_handler(&now);
}

/* A key's destructor: the thread ends, and may still write in the destructors of others. */
static void know_again(void *thread)
{
    pthread_setspecific(thread_key, thread);
}

bool epipe_handler_know_thread(struct handler_thread *thread)
{
    KEEP_ERRNO;

    thread->is_known = pthread_setspecific(thread_key, thread) == 0;
    return thread->is_known;
}

static int put_in_place(bool is_first)
{
    struct sigaction act = {.sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigaction found;
    unsigned n;

    if (!has_key && (errno = pthread_key_create(&thread_key, know_again)) != 0)
        return -1;
    has_key = true;
    epipe_wipeonfork_start();
    epipe_tls_start();
    if (sigaction(SIGPIPE, NULL, &found) != 0)
        return -1;
    /* An ignored signal raises nothing; it stays as it is. */
    if (is_first)
        found_ignored = found.sa_handler == SIG_IGN;
    /* Or it is our own, which nobody has taken away, or somebody has put back: what was before it
     * still holds. */
    if (found.sa_handler == SIG_IGN || layer_in(&found) >= 0)
        return 0;
    n = layer_for(&found);
    if (n == LAYERS) {
        errno = ENOSPC;
        return -1;
    }
    layers[n].before = found;
    layers[n].shims = found.sa_handler == SIG_DFL ? kernel_handler() : 0;
    atomic_store(&layers[n].has_fired, false);
    if (found.sa_handler != SIG_DFL) {
        act.sa_mask = found.sa_mask;
        act.sa_flags = (found.sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO;
    }
    act.sa_sigaction = trampolines[n];
    return sigaction(SIGPIPE, &act, NULL);
}

static int put_back(void)
{
    struct sigaction now;
    int n;

    if (sigaction(SIGPIPE, NULL, &now) != 0)
        return -1;
    n = layer_in(&now);
    if (n < 0)
        return found_ignored && now.sa_handler == SIG_IGN ? 0 : 1;
    now = layers[n].before;
    if (atomic_load(&layers[n].has_fired))
        now.sa_handler = SIG_DFL;
    return sigaction(SIGPIPE, &now, NULL);
}

int epipe_handler_count(atomic_uint *users, int by)
{
    int saved = errno, result = 0;
    unsigned others;

    pthread_mutex_lock(&lock);
    if (by < 0 && *users == 0) {
        errno = EINVAL;
        result = -1;
    } else {
        *users -= by < 0;
        others = epipe_handler_scopes + epipe_process_scopes;
        if (by > 0) /* each time: somebody may have taken the handler away since */
            result = put_in_place(others == 0);
        else if (others == 0)
            result = put_back();
        *users += by > 0 && result == 0;
    }
    if (result >= 0)
        errno = saved;
    pthread_mutex_unlock(&lock);
    return result;
}

API int epipe_install(void)
{
    return epipe_handler_count(&epipe_handler_scopes, 1);
}

API int epipe_uninstall(void)
{
    return epipe_handler_count(&epipe_handler_scopes, -1);
}
