/* SPDX-License-Identifier: MIT
 *
 * scope.c counts each scope in its thread.  After epipe_install() the handler looks at the
 * count; without, the first scope blocks SIGPIPE and the last to be left unblocks it.
 */
#include <errno.h>
#include <stddef.h>

#include "api.h"
#include "epipe.h"
#include "handler.h"

struct scope {
    struct scope *self;                    /* this one, while it is entered */
    struct handler_thread *thread;         /* that entered it */
    enum { CAUGHT, NESTED, BLOCKED } kind; /* NESTED in one that BLOCKED SIGPIPE */
    unsigned swallowed;                    /* by the thread before this scope */
};

_Static_assert(sizeof(struct scope) <= sizeof(struct epipe_scope),
               "epipe_scope is too small");

/* What makes calls is out of line, so that the short path saves no registers. */
#define OUT_OF_LINE __attribute__((noinline))

__attribute__((cold)) OUT_OF_LINE static int fail(int error)
{
    errno = error;
    return -1;
}

/* Hides from the compiler where the pointer is from: it would ask for the address at each use. */
static inline struct handler_thread *this_thread(void)
{
    struct handler_thread *thread = &epipe_handler_thread;

    __asm__("" : "+r"(thread));
    return thread;
}

static inline int enter(struct scope *scope, struct handler_thread *thread, unsigned kind)
{
    scope->self = scope;
    scope->thread = thread;
    scope->kind = kind;
    scope->swallowed = thread->swallowed;
    *(kind == CAUGHT ? &thread->caught : &thread->masked) += 1;
    atomic_signal_fence(memory_order_seq_cst);
    return 0;
}

OUT_OF_LINE static int enter_slowly(struct scope *scope, bool is_installed)
{
    struct handler_thread *thread = this_thread();
    struct sigmask mask;

    if (is_installed && epipe_handler_know_thread(thread))
        return enter(scope, thread, CAUGHT);
    if (thread->masked > 0)
        return enter(scope, thread, NESTED);
    scope->self = NULL;
    if (!epipe_sigmask_block(&mask))
        return fail(EPERM);
    /* Counted first: a scope in a signal handler that comes in between is then a nested one. */
    enter(scope, thread, BLOCKED);
    thread->mask = mask;
    return 0;
}

API int epipe_scope_enter(struct epipe_scope *opaque)
{
    struct scope *scope = (struct scope *)opaque;
    struct handler_thread *thread = this_thread();
    bool is_installed = atomic_load_explicit(&epipe_handler_scopes, memory_order_relaxed) != 0;

    if (scope == NULL)
        return fail(EINVAL);
    if (is_installed && thread->is_known)
        return enter(scope, thread, CAUGHT);
    if (!is_installed && thread->masked > 0)
        return enter(scope, thread, NESTED);
    return enter_slowly(scope, is_installed);
}

OUT_OF_LINE static int leave_last_masked(struct handler_thread *thread, int swallowed)
{
    struct sigmask mask = thread->mask;

    /* Once it is not counted any more, a scope in a signal handler puts its own mask there. */
    atomic_signal_fence(memory_order_seq_cst);
    thread->masked = 0;
    swallowed += epipe_sigmask_restore(&mask);
    return mask.was_lost ? -ECANCELED : swallowed;
}

/* Returns what epipe_scope_leave() does, or a negative error number.  Keeps errno. */
static inline int leave(struct scope *scope)
{
    struct handler_thread *thread = this_thread();
    int swallowed;

    if (__builtin_expect(scope == NULL || scope->self != scope, 0))
        return -EINVAL;
    if (__builtin_expect(scope->thread != thread, 0))
        return -EPERM;
    atomic_signal_fence(memory_order_seq_cst);
    scope->self = NULL;
    swallowed = (int)(thread->swallowed - scope->swallowed);
    if (scope->kind == CAUGHT)
        thread->caught--;
    else if (thread->masked == 1)
        return leave_last_masked(thread, swallowed);
    else if (--thread->masked, scope->kind == BLOCKED)
        return -EBUSY;
    return swallowed;
}

API int epipe_scope_leave(struct epipe_scope *scope)
{
    int result = leave((struct scope *)scope);

    return __builtin_expect(result < 0, 0) ? fail(-result) : result;
}

API void epipe_scope_clean_up(struct epipe_scope *scope)
{
    leave((struct scope *)scope);
}
