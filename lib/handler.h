/* SPDX-License-Identifier: MIT
 *
 * The library's SIGPIPE handler: for epipe_install(), which lets scopes go without
 * the mask, and for process scopes.
 */
#ifndef EPIPE_HANDLER_H
#define EPIPE_HANDLER_H

#include <stdatomic.h>

/* What the handler asks and tells about this thread. */
struct handler_thread {
    /* HANDLER_SCOPE for each scope the thread is in, and HANDLER_CAUGHT if the outermost
     * one relies on the handler; without a scope that means nothing.  One word, so that a
     * handler in between sees both or neither. */
    unsigned scopes;
    unsigned swallowed; /* ever */
};

enum { HANDLER_CAUGHT = 1, HANDLER_SCOPE = 2 };

extern __thread struct handler_thread epipe_handler_thread
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Who relies on the handler. */
extern atomic_uint epipe_handler_scopes __attribute__((visibility("hidden")));
extern atomic_uint epipe_handler_process __attribute__((visibility("hidden")));

/* Adds a user, counted in USERS, one of the two above; the first of all puts the
 * handler in place.  Returns 0, or -1 with the errno of sigaction(2). */
int epipe_handler_acquire(atomic_uint *users);

/* Takes one away; the last of all puts back what was found.  Returns 0; 1: somebody
 * has set something else in the meantime, which is left alone; or -1 with EINVAL:
 * USERS is 0, or the errno of sigaction(2): the user is gone, the handler is not. */
int epipe_handler_release(atomic_uint *users);

#endif
