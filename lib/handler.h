/* SPDX-License-Identifier: MIT
 *
 * handler.c installs the library's SIGPIPE handler: for epipe_install(), after which
 * scopes need no mask, and for process scopes.
 */
#ifndef EPIPE_HANDLER_H
#define EPIPE_HANDLER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lib/core/sigmask.h"

/* The scopes of a thread.  Each kind is a count, so that scopes of several coroutines in
 * one thread can be left in any order. */
struct handler_thread {
    unsigned caught;     /* those that rely on the handler */
    unsigned masked;     /* those that rely on the mask, */
    struct sigmask mask; /* which the first of them set */
    unsigned swallowed;  /* by the handler in this thread, ever */
    bool is_known;       /* to the handler, see epipe_handler_know_thread() */
};

/* Not initial-exec: libepipe can be loaded by dlopen when no static TLS is left.  Then
 * libc allocates it at the first use in a thread, so the handler does not use it. */
extern __thread struct handler_thread epipe_handler_thread
    __attribute__((visibility("hidden")));

/* How many epipe_install() rely on the handler. */
extern atomic_uint epipe_handler_scopes __attribute__((visibility("hidden")));

/* Makes the handler find THREAD, the caller's.  To be called before THREAD's first caught
 * scope, after epipe_install().  Returns false where there is no memory.  Async-signal-safe
 * as far as pthread_setspecific() is: not if the process has more than 31 other keys. */
bool epipe_handler_know_thread(struct handler_thread *thread);

/* BY is 1: adds a user to USERS, which is one of the two counts, or -1: takes one away.  The
 * first of all puts the handler in place, the last one puts back what was found.  Returns
 * what epipe_install() and epipe_uninstall() do. */
int epipe_handler_count(atomic_uint *users, int by);

#endif
