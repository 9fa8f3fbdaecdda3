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
    struct scope *self;          /* this one, while it is entered */
    struct scope_thread *thread; /* that entered it */
    unsigned depth;              /* 1: outermost */
    unsigned swallowed;          /* by the thread before this scope */
    bool caught;                 /* the handler stands for the mask */
    struct mask mask;            /* if depth is 1 and not caught */
};

_Static_assert(sizeof(struct scope) <= sizeof(struct epipe_scope),
               "epipe_scope is too small");

static __thread struct scope_thread {
    unsigned depth;
} scope_thread __attribute__((tls_model("initial-exec")));

API int epipe_scope_enter(struct epipe_scope *opaque)
{
    struct scope *scope = (struct scope *)opaque;
    struct scope_thread *thread = &scope_thread;

    if (scope == NULL) {
        errno = EINVAL;
        return -1;
    }
    scope->self = NULL;
    scope->caught = false;
    if (thread->depth == 0) {
        scope->caught = atomic_load_explicit(&epipe_handler_scopes, memory_order_relaxed) != 0;
        if (scope->caught)
            epipe_handler_thread.depth++;
        else if (!epipe_mask_enter(&scope->mask)) {
            errno = EPERM;
            return -1;
        }
    }
    scope->depth = ++thread->depth;
    scope->swallowed = epipe_handler_thread.swallowed;
    scope->thread = thread;
    scope->self = scope;
    atomic_signal_fence(memory_order_seq_cst);
    return 0;
}

API int epipe_scope_leave(struct epipe_scope *opaque)
{
    struct scope *scope = (struct scope *)opaque;
    struct scope_thread *thread = &scope_thread;
    int swallowed;

    if (scope == NULL || scope->self != scope) {
        errno = EINVAL;
        return -1;
    }
    if (scope->thread != thread) {
        errno = EPERM;
        return -1;
    }
    if (scope->depth > thread->depth) { /* an outer one has been left before it */
        scope->self = NULL;
        errno = EINVAL;
        return -1;
    }
    atomic_signal_fence(memory_order_seq_cst);
    swallowed = (int)(epipe_handler_thread.swallowed - scope->swallowed);
    scope->self = NULL;
    thread->depth = scope->depth - 1;
    if (scope->caught)
        epipe_handler_thread.depth--;
    else if (scope->depth == 1 && epipe_mask_leave(&scope->mask))
        swallowed++;
    return swallowed;
}

API void epipe_scope_clean_up(struct epipe_scope *scope)
{
    int saved = errno;

    epipe_scope_leave(scope);
    errno = saved;
}
