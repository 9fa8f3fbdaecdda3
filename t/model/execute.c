/* SPDX-License-Identifier: MIT
 *
 * A sequence, operation by operation, and what is seen after each.
 */
#include "execute.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "disposition.h"
#include "fd-slots.h"
#include "pending.h"
#include "second-thread.h"
#include "write-calls.h"

static enum mode mode;
static struct outcome *outcome;

void execute_object(const struct op *op, struct record *record)
{
    struct fd_slot *o = fd_slot_in(op->slot);
    int fd = fd_slot_fd(op->slot);
    bool done = true;
    long result = 0;

    errno = ERRNO_BEFORE;
    switch (op->code) {
    case OP_NEW:
        fd_slot_new(op->slot, fd_slot_kind(op->a));
        break;
    case OP_CLOSE:
        result = fd_slot_close(op->slot);
        break;
    case OP_DUP2:
        result = fd_slot_dup(op->slot, op->other);
        break;
    case OP_SHUTDOWN:
        done = o == NULL || o->kind != KIND_START;
        if (done)
            result = fd_slot_shutdown(op->slot, op->a % 3 ? SHUT_WR : (int)(op->b % 3));
        break;
    case OP_NONBLOCK:
        done = o == NULL || !fd_slot_is_eventfd(o);
        if (done)
            result = fcntl(fd, F_SETFL,
                           (fcntl(fd, F_GETFL) & ~O_NONBLOCK) | (op->a & 1 ? O_NONBLOCK : 0));
        break;
    case OP_LSEEK:
        done = o != NULL && (o->kind == KIND_FILE || o->kind == KIND_MEMFD);
        if (done)
            result = lseek(fd, (off_t)(op->a & 0xffff), SEEK_SET);
        break;
    case OP_PEER_READ:
        done = fd_slot_peer_read(op->slot, op->len, &result, &record->detail);
        errno = ERRNO_BEFORE;
        break;
    case OP_PEER_CLOSE:
        done = fd_slot_peer_close(op->slot, op->a & 1);
        break;
    default:
        done = fd_slot_peer_shutdown(op->slot, op->a & 1 ? SHUT_RD : SHUT_RDWR);
    }
    record->notes |= NOTE_TRANSFER | (done ? 0 : NOTE_SKIPPED);
    record->result = result;
    record->error = result < 0 ? errno : 0;
}

static uint8_t bits(uint64_t set)
{
    return (uint8_t)((set >> (SIGPIPE - 1) & 1) | (set >> (SIGUSR1 - 1) & 1) << 1);
}

static uint8_t read_mask(void)
{
    sigset_t mask;

    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return (uint8_t)(sigismember(&mask, SIGPIPE) + 2 * sigismember(&mask, SIGUSR1));
}

struct step {
    const struct op *op;
    struct record *record;
};

static void observe_other(void *with)
{
    struct record *record = ((struct step *)with)->record;

    record->other_mask = read_mask();
    record->other_pending = bits(pending_read().thread);
    if (scope_has_own())
        record->notes |= NOTE_OTHER_OWN;
}

static void observe(void *with)
{
    const struct op *op = ((struct step *)with)->op;
    struct record *record = ((struct step *)with)->record;
    const struct fd_slot *o = fd_slot_in(op->slot);
    struct pending pending = pending_read();

    record->mask = read_mask();
    record->pending_thread = bits(pending.thread);
    record->pending_process = bits(pending.process);
    record->offset = -1;
    if (o != NULL && (o->kind == KIND_FILE || o->kind == KIND_MEMFD))
        record->offset = lseek(fd_slot_fd(op->slot), 0, SEEK_CUR);
    /* The library's handler has to be taken away to be read behind. */
    if (!scope_hides_disposition(mode) && (!mode_is_installed(mode) || op->b % 4 == 0))
        disposition_read(record);
    if (scope_has_own())
        record->notes |= NOTE_OWN_IN_SCOPE;
}

static struct record *begin(unsigned op)
{
    struct record *record = &outcome->records[outcome->count];

    memset(record, 0, sizeof *record);
    record->op = (uint16_t)op;
    record->notes = child_is() ? NOTE_CHILD : 0;
    return record;
}

static void perform(void *with)
{
    const struct op *op = ((struct step *)with)->op;
    struct record *record = ((struct step *)with)->record;

    if (op->code <= OP_LAST_TRANSFER)
        execute_transfer(op, mode, record);
    else if (op->code >= OP_IGNORING && op->code <= OP_HOLDING)
        execute_around(op, mode, record);
    else if (op->code == OP_ENTER)
        scope_enter(mode, record);
    else if (op->code == OP_LEAVE)
        scope_leave(mode, op->a, record);
    else if (op->code == OP_PROCESS_ENTER)
        scope_process_enter(mode, record);
    else if (op->code == OP_PROCESS_LEAVE)
        scope_process_leave(mode, record);
    else if (op->code >= OP_BLOCK)
        execute_signal(op, mode, record);
    else
        execute_object(op, record);
}

static void nothing(void *unused) { (void)unused; }

/* JOB by the thread that is to act; then what either has come to, the other one's first,
 * for by then it has handled what it was sent. */
static void take_turns(void (*job)(void *), struct step *step)
{
    if (!second_thread_is_there()) {
        job(step);
        observe(step);
    } else if (step->op->second) {
        second_thread_run(job, step);
        observe_other(step);
        second_thread_run(observe, step);
    } else {
        job(step);
        second_thread_run(observe_other, step);
        observe(step);
    }
}

/* A thread that is created in a scope inherits what that has blocked. */
static void change_second(void)
{
    bool begins = !second_thread_is_there();

    if (!begins)
        second_thread_end();
    scope_forget_second();
    if (begins)
        second_thread_begin(disposition_start_second);
}

static void run(const struct op *ops, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        const struct op *op = &ops[i];
        struct record *record = begin(i);
        unsigned at = i;

        if (op->code == OP_FORK || op->code == OP_STAGE) {
            struct record of_fork = {.op = (uint16_t)i, .notes = record->notes};

            at += child_fork(ops, i, to, run, &of_fork);
            /* What killed the child may be beyond a limit. */
            if (WIFSIGNALED((int)of_fork.result))
                of_fork.notes |=
                    outcome->records[outcome->count].notes & (NOTE_MERGES | NOTE_LEFT);
            record = begin(i);
            of_fork.notes |= record->notes;
            *record = of_fork;
            take_turns(nothing, &(struct step){op, record});
        } else if (op->code == OP_THREAD) {
            change_second();
            take_turns(nothing, &(struct step){op, record});
        } else {
            take_turns(perform, &(struct step){op, record});
        }
        outcome->count++;
        i = at;
    }
}

void execute(const struct op *ops, unsigned count, enum mode w, struct outcome *o)
{
    mode = w;
    outcome = o;
    alarm(EXECUTE_SECONDS);
    begin(0);
    fd_slot_start((size_t *)(void *)(o + 1));
    disposition_start(w, o);
    if (count > 0 && ops[0].second)
        change_second();
    run(ops, 0, count);
}
