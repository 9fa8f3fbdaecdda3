/* SPDX-License-Identifier: MIT */
#include "tracee-ptrace.h"

#include <errno.h>
#include <string.h>

#include "control.h"
#include "lib/core/deadline.h"
#include "tracee-regs.h"

enum { STOP_SECONDS = 3 };
enum { GET_RSEQ = 0x420f }; /* PTRACE_GET_RSEQ_CONFIGURATION, since Linux 5.13 */

bool tracee_lock(struct tracee *t)
{
    pid_t chosen = t->tid;

    t->tid = t->pid;
    t->is_locked = tracee_seize(t, 0);
    t->tid = chosen;
    return t->is_locked;
}

void tracee_serve_lock(const struct tracee *t)
{
    const struct tracee first = {.tid = t->pid};
    int status;

    if (!t->is_locked || waitpid(t->pid, &status, __WALL | WNOHANG) <= 0 || !WIFSTOPPED(status))
        return;
    if (tracee_is_group_stop(status))
        tracee_request(&first, PTRACE_LISTEN, 0, 0);
    else
        tracee_request(&first, PTRACE_CONT, 0, tracee_signal(status));
}

bool tracee_seize(struct tracee *t, unsigned long options)
{
    if (t->is_locked && t->tid == t->pid)
        return true;
    /* Not PTRACE_ATTACH: if the tracer is killed then, the target stays stopped for ever. */
    if (without("seize"))
        return tracee_request(t, PTRACE_ATTACH, 0, 0) == 0; /* LCOV_EXCL_LINE: killed */
    return tracee_request(t, PTRACE_SEIZE, 0, options | PTRACE_O_TRACESYSGOOD) == 0;
}

/* By SIGCHLD, which must be blocked, so that the wait can have an end. */
bool tracee_await(struct tracee *t, int *status)
{
    const int64_t deadline = deadline_in(STOP_SECONDS * 1000);
    sigset_t child;
    pid_t pid;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while ((pid = waitpid(t->tid, status, __WALL | WNOHANG)) == 0) {
        struct timespec left = deadline_left(deadline);

        if (t->tid != t->pid)
            tracee_serve_lock(t);
        if (sigtimedwait(&child, NULL, &left) < 0 && errno == EAGAIN)
            return TRACEE_FAIL(
                t, "does not stop: it waits for something that no signal ends");
    }
    t->has_ended = pid < 0 || WIFEXITED(*status) || WIFSIGNALED(*status);
    if (t->has_ended)
        return TRACEE_FAIL(t, "has ended in the meantime");
    return true;
}

/* The kernel aborts a restartable sequence that it interrupts, but not where it finds the
 * thread in a stub: so lead it to the abort handler. */
void regs_leave_rseq(struct tracee *t)
{
    struct {
        uint64_t pointer;
        uint32_t size, signature, flags, pad;
    } config;
    struct {
        uint32_t version, flags;
        uint64_t start, length, abort;
    } sequence;
    uint64_t at = 0;

    if (without("rseq") ||
        tracee_request(t, GET_RSEQ, sizeof config, (unsigned long)&config) != sizeof config ||
        config.pointer == 0)
        return;
    if (tracee_read(t, config.pointer + 8, &at, sizeof at) && at != 0 &&
        tracee_read(t, at, &sequence, sizeof sequence) &&
        REGS_PC(t->regs) - sequence.start < sequence.length)
        REGS_PC(t->regs) = sequence.abort;
}

bool tracee_await_stop(struct tracee *t)
{
    int status;

    for (;;) {
        if (!tracee_await(t, &status))
            return false;
        if (status >> 16 == PTRACE_EVENT_STOP)
            return regs_note(t, status);
        tracee_request(t, PTRACE_CONT, 0, tracee_signal(status));
    }
}

bool tracee_stop(struct tracee *t)
{
    regs_before_stop(t);
    tracee_request(t, PTRACE_INTERRUPT, 0, 0);
    return tracee_await_stop(t);
}
