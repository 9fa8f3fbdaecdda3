/* SPDX-License-Identifier: MIT
 *
 * A transfer as one step of a sequence: bounded, and made in the way's own manner.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "disposition.h"
#include "execute.h"
#include "fd-slots.h"
#include "interrupt.h"
#include "keep-model.h"
#include "pending.h"
#include "shim-model.h"
#include "signal-thread.h"
#include "time-limit.h"

/* Is this one made in a scope, by the program's or by its own? */
static bool is_scoped(const struct op *op, enum code code)
{
    return (scope_is_open() && op->plainly) || code == OP_RAW_WRITE ||
           code == OP_PWRITEV2 || code == OP_STDIO;
}

/* For those that cannot raise SIGPIPE the thread need not be troubled. */
static bool may_raise(const struct transfer *t)
{
    const struct fd_slot *o = fd_slot_in(t->slot);

    if (o == NULL)
        return false;
    if (fd_slot_is_pipe(o))
        return !o->peer_open || t->closes || t->len == 1 << 20 ||
               fd_slot_look(t->slot) & POLLERR;
    return o->kind == KIND_STREAM || o->kind == KIND_TCP || o->kind == KIND_TCP_ALONE ||
           o->kind == KIND_STREAM_ALONE || o->kind == KIND_START;
}

static bool was_masked; /* during a write that waits */

static pid_t writer;

static void look_at_mask(void) { was_masked = pending_is_blocked(writer, SIGPIPE); }

static void close_reader(void *of)
{
    const struct transfer *t = of;

    fd_slot_close_when_full(t->slot, t->interrupted ? interrupt_from_thread : look_at_mask);
}

/* The transfer in the helping thread, which loses its signal. */
static bool run_aside(struct transfer *t)
{
    signal_thread_begin_transfer(t);
    if (t->closes)
        fd_slot_close_when_full(t->slot, t->interrupted ? interrupt_here : NULL);
    signal_thread_wait();
    return signal_thread_was_raised();
}

static void run_here(struct transfer *t)
{
    was_masked = false;
    writer = (pid_t)syscall(SYS_gettid);
    if (t->closes)
        signal_thread_begin(close_reader, t);
    write_calls_run(t);
    if (!t->closes)
        return;
    signal_thread_wait();
    t->was_masked = was_masked && !pending_is_held() && t->code != OP_RAW_WRITE; /* by a scope */
}

/* Does the shim know later that it was T? */
static bool knows(const struct transfer *t)
{
    return t->result < 0 && t->error == EPIPE && !t->is_unrecorded;
}

/* It may remember one that raises no signal. */
static bool is_silent(const struct transfer *t)
{
    const struct fd_slot *o = fd_slot_in(t->slot);

    return knows(t) && o != NULL && fd_slot_is_packets(o);
}

/* T's signal waits.  When it comes, the shim knows the descriptor of a call of libc's that
 * failed; of another write only whether it may have been to a kept one: epipe(1). */
static void owe(const struct transfer *t)
{
    shim_model_has_pending(knows(t) ? (int)t->slot : -1, false);
}

/* Is it the library's handler that is to swallow the signal, which it cannot while that is
 * blocked? */
static bool is_by_handler(const struct op *op, enum mode mode)
{
    if (mode_is_installed(mode))
        return true;
    return scope_depth() == 0 && scope_process_depth() > 0 && op->plainly;
}

/* After an attach nothing says which descriptor splice() and tee() write to; epipe(1). */
static enum kept is_kept(const struct transfer *t, enum mode mode)
{
    return mode_is_attached_model(mode) && (t->code == OP_SPLICE || t->code == OP_TEE)
               ? KEPT_LIKE_ANY
           : keep_model_is(t->slot) ? KEPT
                                    : NOT_KEPT;
}

/* Returns whether T raised SIGPIPE, where that is known. */
static bool run(struct transfer *t, const struct op *op, enum mode mode)
{
    bool scoped = is_scoped(op, t->code), raised = false;

    switch (mode) {
    case MODE_QUIET_INSTALLED:
    case MODE_QUIET:
        if (scoped && is_by_handler(op, mode) && pending_is_held()) {
            run_here(t);
            t->is_left = pending_own(SIGPIPE);
            break;
        }
        if (!may_raise(t)) {
            run_here(t);
            break;
        }
        raised = run_aside(t);
        if (raised && scoped && !(mode_is_installed(mode) && disposition_is_ignored()))
            t->is_limit = !scope_raised(mode);
        break;
    case MODE_LIBRARY:
    case MODE_INSTALLED:
    case MODE_LIBRARY_SHIM:
    case MODE_INSTALLED_SHIM:
        t->manner = scope_is_open() && op->plainly ? PLAINLY : BY_LIBRARY;
        run_here(t);
        break;
    case MODE_MODEL:
    case MODE_MODEL_KEEP_NONE:
    case MODE_MODEL_OVERRIDE:
    case MODE_MODEL_ATTACHED:
    case MODE_MODEL_ENTERED:
        raised = pending_own(SIGPIPE);
        shim_model_transfer_begins(is_kept(t, mode));
        run_here(t);
        shim_model_transfer_ends();
        if (is_silent(t))
            shim_model_failed((int)t->slot);
        else if (raised ? knows(t) : pending_own(SIGPIPE))
            owe(t);
        raised = false;
        break;
    default:
        run_here(t);
    }
    return raised;
}

void execute_transfer(const struct op *op, enum mode mode, struct record *record)
{
    bool is_partial = op->code == OP_PARTIAL || op->code == OP_INTERRUPTED;
    struct transfer t = {.code = (enum code)op->code,
                         .fd = fd_slot_fd(op->slot),
                         .slot = op->slot,
                         .len = op->len,
                         .shape = op->a};

    record->notes |= NOTE_TRANSFER;
    if (is_partial ? !time_limit_partial(&t, op) : !time_limit(&t)) {
        record->notes |= NOTE_SKIPPED;
        return;
    }
    disposition_hide_mask(t.interrupted && mode_has_scopes(mode));
    if (run(&t, op, mode))
        record->notes |= NOTE_RAISED;
    disposition_hide_mask(false);
    if (t.was_masked)
        record->notes |= NOTE_MASKED;
    if (t.is_left)
        record->notes |= NOTE_LEFT;
    if (t.is_limit)
        record->notes |= NOTE_MERGES;
    /* EPIPE comes without a signal, too, and then a kill() of the process's own that waits
     * cannot be told from a write's: epipe(1). */
    if (mode_has_shim(mode) && knows(&t) && pending_in_process(SIGPIPE))
        record->notes |= NOTE_MERGES;
    record->result = t.result;
    record->error = t.error;
    record->detail = t.detail;
    fd_slot_sent(op->slot, t.bytes, t.messages);
}
