/* SPDX-License-Identifier: MIT
 *
 * The signals' operations as steps of a sequence.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "chain.h"
#include "disposition.h"
#include "execute.h"
#include "handler-writes.h"
#include "pending.h"
#include "second-thread.h"
#include "shim-model.h"
#include "shim-pending.h"
#include "signal-thread.h"
#include "write-calls.h"

static sigset_t chosen(const struct op *op)
{
    sigset_t set;

    sigemptyset(&set);
    if (op->a & 3)
        sigaddset(&set, SIGPIPE);
    if ((op->a & 3) != 1)
        sigaddset(&set, SIGUSR1);
    return set;
}

/* To unblock SIGPIPE in a scope is what a scope by the mask does not bear; and one that
 * the handler cannot tell from a write's may be waiting. */
static bool may_unblock(enum mode mode)
{
    sigset_t pending;

    if (!scope_is_open())
        return true;
    if (mode_is_masked(mode) && scope_depth() > 0)
        return false;
    sigpending(&pending);
    return !sigismember(&pending, SIGPIPE);
}

static void wait_for_signal(const struct op *op, struct record *record)
{
    const struct timespec at_once = {0, 0};
    sigset_t set = chosen(op), pending, both;
    siginfo_t info = {0};
    int signal = 0;

    if (scope_has_own())
        record->notes |= NOTE_MERGES;
    if (op->code == OP_SIGTIMEDWAIT) {
        record->result = sigtimedwait(&set, &info, &at_once);
        record->error = errno;
        if (record->result == SIGPIPE)
            shim_pending_forget();
        record->detail =
            record->result > 0 ? disposition_describe((int)record->result, &info) : 0;
        return;
    }
    sigpending(&pending);
    sigandset(&both, &pending, &set);
    if (sigisemptyset(&both)) {
        record->notes |= NOTE_SKIPPED;
        return;
    }
    record->result = sigwait(&set, &signal);
    record->detail = (uint64_t)signal;
    if (signal == SIGPIPE)
        shim_pending_forget();
}

static void send_signal(const struct op *op, enum mode mode, struct record *record)
{
    int signal = op->a % 4 ? SIGPIPE : SIGUSR1;
    union sigval value = {.sival_int = (int)(op->a >> 8 & 63)};

    if (signal == SIGPIPE && scope_has_own() &&
        (op->code == OP_RAISE || op->code == OP_PTHREAD_KILL))
        record->notes |= NOTE_MERGES;
    /* Which the other thread may get: in its scope it cannot be told from a write's. */
    if (signal == SIGPIPE && op->code == OP_KILL_SELF && second_thread_is_there() &&
        mode_has_scopes(mode) && scope_hides_disposition(mode))
        record->notes |= NOTE_MERGES;
    switch (op->code) {
    case OP_RAISE:
        record->result = raise(signal);
        break;
    case OP_PTHREAD_KILL:
        record->result = pthread_kill(pthread_self(), signal);
        break;
    case OP_KILL_SELF:
        record->result = disposition_kill_self(signal);
        break;
    case OP_SIGQUEUE:
        record->result = sigqueue(getpid(), signal, value);
        break;
    default:
        signal_thread_outside_kill(signal);
    }
}

static void change_mask(const struct op *op, enum mode mode, struct record *record)
{
    sigset_t set = chosen(op);

    if (op->code != OP_BLOCK && !may_unblock(mode)) {
        record->notes |= NOTE_SKIPPED;
        return;
    }
    record->result = pthread_sigmask(op->code == OP_BLOCK     ? SIG_BLOCK
                                     : op->code == OP_UNBLOCK ? SIG_UNBLOCK
                                                              : SIG_SETMASK,
                                     &set, NULL);
}

static void change_disposition(const struct op *op, enum mode mode, struct record *record)
{
    /* While scopes are open the library is not to be uninstalled. */
    if (scope_hides_disposition(mode)) {
        record->notes |= NOTE_SKIPPED;
        return;
    }
    record->result = op->code == OP_SIGACTION ? disposition_set(op->a)
                     : op->code == OP_SIGNAL  ? disposition_signal(op->a)
                                              : chain_set(op->a);
    if (op->code != OP_CHAIN && disposition_is_ignored())
        scope_forget_pending();
}

void execute_signal(const struct op *op, enum mode mode, struct record *record)
{
    sigset_t set;

    if (mode == MODE_IGNORED) {
        record->notes |= NOTE_SKIPPED;
        return;
    }
    errno = ERRNO_BEFORE;
    switch (op->code) {
    case OP_BLOCK:
    case OP_UNBLOCK:
    case OP_SETMASK:
        change_mask(op, mode, record);
        break;
    case OP_SIGACTION:
    case OP_SIGNAL:
    case OP_CHAIN:
        change_disposition(op, mode, record);
        break;
    case OP_SIGTIMEDWAIT:
    case OP_SIGWAIT:
        wait_for_signal(op, record);
        break;
    case OP_ARM:
        handler_writes_arm(1 + op->a % 3, op->b);
        break;
    case OP_SIGPENDING:
        record->result = sigpending(&set);
        record->detail =
            (uint64_t)(sigismember(&set, SIGPIPE) + 2 * sigismember(&set, SIGUSR1));
        break;
    default:
        send_signal(op, mode, record);
    }
}
