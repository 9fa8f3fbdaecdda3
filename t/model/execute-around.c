/* SPDX-License-Identifier: MIT
 *
 * What programs put around a write that may break: SIGPIPE is ignored for its time, or
 * blocked and then taken or let through.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "disposition.h"
#include "execute.h"
#include "shim-model.h"
#include "shim-pending.h"

static void write_ignoring(const struct op *op, enum mode mode, struct record *record)
{
    struct sigaction before;

    disposition_ignore(&before);
    scope_forget_pending();
    execute_transfer(op, mode, record);
    disposition_restore(&before);
    if (before.sa_handler == SIG_IGN)
        scope_forget_pending();
}

static void block(sigset_t *set, sigset_t *before)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, set, before);
}

/* Returns what has been taken, or 0. */
static int take(const sigset_t *set, bool by_sigwait)
{
    const struct timespec at_once = {0, 0};
    sigset_t pending;
    int signal = 0;

    sigpending(&pending);
    if (!sigismember(&pending, SIGPIPE))
        return 0;
    if (by_sigwait)
        sigwait(set, &signal);
    else
        signal = sigtimedwait(set, NULL, &at_once);
    return signal;
}

static void write_and_take(const struct op *op, enum mode mode, struct record *record)
{
    sigset_t set, before;
    int taken;

    block(&set, &before);
    execute_transfer(op, mode, record);
    if (scope_has_own())
        record->notes |= NOTE_MERGES;
    taken = take(&set, op->b & 1);
    if (taken == SIGPIPE)
        shim_pending_forget();
    record->taken = (uint8_t)taken;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* In a scope the signal of a write is not to be let through. */
static void write_holding(const struct op *op, enum mode mode, struct record *record)
{
    sigset_t set, before;
    bool holds = !scope_is_open();

    if (holds)
        block(&set, &before);
    execute_transfer(op, mode, record);
    if (holds)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void execute_around(const struct op *op, enum mode mode, struct record *record)
{
    static const enum code codes[] = {OP_WRITE,     OP_SEND,  OP_SPLICE, OP_RAW_WRITE,
                                      OP_RAW_WRITE, OP_STDIO, OP_WRITE,  OP_DPRINTF};
    struct op within = *op;

    within.code = (uint8_t)codes[(op->b >> 8) % (sizeof codes / sizeof *codes)];
    if (mode == MODE_IGNORED)
        execute_transfer(&within, mode, record);
    else if (op->code == OP_IGNORING)
        write_ignoring(&within, mode, record);
    else if (op->code == OP_TAKING)
        write_and_take(&within, mode, record);
    else
        write_holding(&within, mode, record);
}
