/* SPDX-License-Identifier: MIT
 *
 * Scopes.  The reference's block SIGPIPE by hand, or do nothing where the library is
 * installed, and count what the library has to tell.  They are left in any order.
 */
#include "scope.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include <epipe.h>
#include "pending.h"
#include "second-thread.h"
#include "write-calls.h"

enum { DEEPEST = 4 };

/* Of each of the two threads. */
static struct {
    struct {
        struct epipe_scope scope;
        bool is_open;
        bool is_first; /* entered when no other was open */
        int delivered; /* installed */
    } scopes[DEEPEST];
    unsigned depth; /* how many are open */
    bool was_blocked, was_pending;
    bool own; /* masked: a transfer's SIGPIPE is pending */
} threads[2];
static unsigned process_depth;

#define SELF (&threads[second_thread_self()])

void scope_forget_second(void) { memset(&threads[1], 0, sizeof threads[1]); }

unsigned scope_depth(void) { return SELF->depth; }

unsigned scope_process_depth(void) { return process_depth; }

bool scope_hides_disposition(enum mode mode)
{
    return process_depth > 0 ||
           (mode_is_installed(mode) && (threads[0].depth > 0 || threads[1].depth > 0));
}

bool scope_is_open(void) { return SELF->depth > 0 || process_depth > 0; }

bool scope_has_own(void) { return SELF->own; }

void scope_forget_pending(void) { threads[0].own = threads[1].own = false; }

bool scope_raised(enum mode mode)
{
    bool is_there;

    if (SELF->depth == 0)
        return true;
    if (mode_is_masked(mode)) {
        is_there = pending_own(SIGPIPE);
        SELF->own = SELF->own || !is_there; /* it merges with one that is there already */
        return is_there || !SELF->was_pending;
    }
    for (unsigned i = 0; i < DEEPEST; i++)
        SELF->scopes[i].delivered++;
    return true;
}

static void set_blocked(int how)
{
    sigset_t set, before;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(how, &set, &before);
    SELF->was_blocked = how == SIG_BLOCK ? sigismember(&before, SIGPIPE) : false;
}

void scope_enter(enum mode mode, struct record *record)
{
    unsigned i = 0;

    if (SELF->depth == DEEPEST || !mode_has_scopes(mode)) {
        record->notes |= NOTE_SKIPPED;
        return;
    }
    if (SELF->depth == 0) {
        SELF->was_pending = pending_own(SIGPIPE);
        SELF->own = false;
    }
    while (SELF->scopes[i].is_open)
        i++;
    SELF->scopes[i].is_open = true;
    SELF->scopes[i].is_first = SELF->depth == 0;
    SELF->scopes[i].delivered = 0;
    errno = ERRNO_BEFORE;
    if (mode_has_library(mode))
        record->result = epipe_scope_enter(&SELF->scopes[i].scope);
    else if (mode == MODE_QUIET && SELF->depth == 0)
        set_blocked(SIG_BLOCK);
    SELF->depth++;
    record->error = errno;
}

void scope_process_enter(enum mode mode, struct record *record)
{
    if (process_depth == DEEPEST || !mode_has_scopes(mode)) {
        record->notes |= NOTE_SKIPPED;
        return;
    }
    process_depth++;
    errno = ERRNO_BEFORE;
    if (mode_has_library(mode))
        record->result = epipe_process_enter(0);
    record->error = errno;
}

void scope_process_leave(enum mode mode, struct record *record)
{
    if (process_depth == 0) {
        record->notes |= NOTE_SKIPPED;
        return;
    }
    process_depth--;
    errno = ERRNO_BEFORE;
    if (mode_has_library(mode))
        record->result = epipe_process_leave();
    record->error = errno;
}

/* A kill() of the process's own that is delivered by the end of a mask, in a process scope,
 * cannot be told from a write's. */
static bool is_ambiguous(enum mode mode)
{
    return SELF->depth == 0 && process_depth > 0 && mode_is_masked(mode) &&
           !SELF->was_blocked && pending_in_process(SIGPIPE);
}

void scope_leave(enum mode mode, uint32_t which, struct record *record)
{
    unsigned i = which % DEEPEST;

    if (SELF->depth == 0) {
        record->notes |= NOTE_SKIPPED;
        return;
    }
    while (!SELF->scopes[i].is_open)
        i = (i + 1) % DEEPEST;
    SELF->scopes[i].is_open = false;
    SELF->depth--;
    if (is_ambiguous(mode))
        record->notes |= NOTE_MERGES;
    errno = ERRNO_BEFORE;
    if (mode_has_library(mode)) {
        record->result = epipe_scope_leave(&SELF->scopes[i].scope);
    } else if (mode == MODE_QUIET_INSTALLED) {
        record->result = SELF->scopes[i].delivered;
    } else if (SELF->depth == 0) {
        record->result = SELF->own && !SELF->was_pending;
        if (!SELF->was_blocked)
            set_blocked(SIG_UNBLOCK);
    } else if (SELF->scopes[i].is_first) {
        record->result = -1;
        errno = EBUSY;
    }
    record->error = errno;
    if (SELF->depth == 0)
        SELF->own = false;
}
