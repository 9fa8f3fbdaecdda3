/* SPDX-License-Identifier: MIT
 *
 * Scopes: the outermost one masks SIGPIPE, or only tells the installed handler that
 * it is there; a nested one counts.
 */
#include <errno.h>
#include <stddef.h>

#include "epipe.h"
#include "handler.h"
#include "masked.h"

struct scope {
    struct scope *self;            /* this one, while it is entered */
    struct handler_thread *thread; /* that entered it */
    unsigned before, scopes;       /* of the thread, without and with this one */
    struct mask mask;              /* if it is the outermost and not caught */
    unsigned swallowed;            /* by the thread before this scope */
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

static inline int open_scope(struct scope *scope, struct handler_thread *thread,
                             unsigned before, unsigned scopes)
{
    scope->before = before;
    scope->scopes = scopes;
    scope->swallowed = thread->swallowed;
    scope->thread = thread;
    scope->self = scope;
    thread->scopes = scopes;
    atomic_signal_fence(memory_order_seq_cst);
    return 0;
}

OUT_OF_LINE static int enter_masked(struct scope *scope)
{
    scope->self = NULL;
    if (!epipe_mask_enter(&scope->mask))
        return fail(EPERM);
    return open_scope(scope, &epipe_handler_thread, 0, HANDLER_SCOPE);
}

OUT_OF_LINE static int leave_masked(struct scope *scope, int swallowed)
{
    return swallowed + epipe_mask_leave(&scope->mask);
}

API int epipe_scope_enter(struct epipe_scope *opaque)
{
    struct scope *scope = (struct scope *)opaque;
    struct handler_thread *thread = &epipe_handler_thread;
    unsigned scopes = thread->scopes;
    unsigned installed = atomic_load_explicit(&epipe_handler_scopes, memory_order_relaxed);

    if (scope == NULL)
        return fail(EINVAL);
    if ((scopes / HANDLER_SCOPE | installed) == 0)
        return enter_masked(scope);
    return open_scope(scope, thread, scopes,
                      scopes + HANDLER_SCOPE + (scopes == 0 ? HANDLER_CAUGHT : 0));
}

static inline bool is_innermost(const struct scope *scope, const struct handler_thread *thread)
{
    return scope != NULL && scope->self == scope && scope->thread == thread &&
           scope->scopes == thread->scopes;
}

/* Leaves errno as it was. */
static inline int leave_innermost(struct scope *scope, struct handler_thread *thread)
{
    int swallowed;

    atomic_signal_fence(memory_order_seq_cst);
    swallowed = (int)(thread->swallowed - scope->swallowed);
    scope->self = NULL;
    thread->scopes = scope->before;
    return scope->scopes == HANDLER_SCOPE ? leave_masked(scope, swallowed) : swallowed;
}

/* The scope is not the innermost one of this thread.  If one was left open within it,
 * that ends here, too. */
__attribute__((cold)) OUT_OF_LINE static int leave_other(struct scope *scope)
{
    struct handler_thread *thread = &epipe_handler_thread;

    if (scope == NULL || scope->self != scope)
        return fail(EINVAL);
    if (scope->thread != thread)
        return fail(EPERM);
    if (scope->scopes > thread->scopes || (scope->scopes ^ thread->scopes) & HANDLER_CAUGHT) {
        scope->self = NULL; /* an outer one has been left before it */
        return fail(EINVAL);
    }
    thread->scopes = scope->scopes;
    return leave_innermost(scope, thread);
}

API int epipe_scope_leave(struct epipe_scope *opaque)
{
    struct scope *scope = (struct scope *)opaque;
    struct handler_thread *thread = &epipe_handler_thread;

    if (!is_innermost(scope, thread))
        return leave_other(scope);
    return leave_innermost(scope, thread);
}

API void epipe_scope_clean_up(struct epipe_scope *opaque)
{
    struct scope *scope = (struct scope *)opaque;
    struct handler_thread *thread = &epipe_handler_thread;
    int saved;

    if (is_innermost(scope, thread)) {
        leave_innermost(scope, thread);
        return;
    }
    saved = errno;
    leave_other(scope);
    errno = saved;
}
