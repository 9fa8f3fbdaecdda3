/* SPDX-License-Identifier: MIT */
#include "tracee-ptrace.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "control.h"

enum { STOP_SECONDS = 3, CODE_SEGMENT_32 = 0x23 };
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
    if (status >> 16 == PTRACE_EVENT_STOP)
        tracee_request(&first, PTRACE_LISTEN, 0, 0); /* it was stopped by SIGSTOP, and stays so */
    else
        tracee_request(&first, PTRACE_CONT, 0, tracee_signal(status));
}

bool tracee_seize(struct tracee *t, unsigned long options)
{
    if (t->is_locked && t->tid == t->pid)
        return true;
    /* Not PTRACE_ATTACH: if the tracer is killed then, the target stays stopped for ever. */
    if (without("seize"))
        return tracee_request(t, PTRACE_ATTACH, 0, 0) == 0;
    return tracee_request(t, PTRACE_SEIZE, 0, options | PTRACE_O_TRACESYSGOOD) == 0;
}

/* By SIGCHLD, which must be blocked, so that the wait can have an end. */
bool tracee_await(struct tracee *t, int *status)
{
    struct timespec left = {.tv_sec = STOP_SECONDS};
    sigset_t child;
    pid_t pid;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while ((pid = waitpid(t->tid, status, __WALL | WNOHANG)) == 0) {
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
static void leave_rseq(struct tracee *t)
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
        t->regs.rip - sequence.start < sequence.length)
        t->regs.rip = sequence.abort;
}

static bool note_registers(struct tracee *t, int status)
{
    bool by_signal = status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP;
    bool is32;
    uint64_t args[6];

    if (tracee_request(t, PTRACE_GETREGS, 0, (unsigned long)&t->regs) != 0)
        return TRACEE_FAIL(t, "its registers cannot be read: %s", strerror(errno));
    is32 = t->regs.cs == CODE_SEGMENT_32;
    if (t->slot != 0 && is32 != t->is32)
        return TRACEE_FAIL(t, "runs code of another word size than its program's");
    leave_rseq(t);
    memcpy(args, (uint64_t[6]){t->regs.rdi, t->regs.rsi, t->regs.rdx, t->regs.r10},
           sizeof args);
    /* One that SIGSTOP has interrupted returns EINTR without a tracer, too. */
    t->restart_eintr = !by_signal && !without("eintr") && (int)t->regs.orig_rax >= 0 &&
                       (int)t->regs.rax == -EINTR &&
                       arch_effect(is32, (int)t->regs.orig_rax, args) == EFFECT_EINTR;
    return true;
}

bool tracee_await_stop(struct tracee *t)
{
    int status;

    for (;;) {
        if (!tracee_await(t, &status))
            return false;
        if (status >> 16 == PTRACE_EVENT_STOP)
            return note_registers(t, status);
        tracee_request(t, PTRACE_CONT, 0, tracee_signal(status));
    }
}

bool tracee_stop(struct tracee *t)
{
    tracee_request(t, PTRACE_INTERRUPT, 0, 0);
    return tracee_await_stop(t);
}
