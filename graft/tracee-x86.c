/* SPDX-License-Identifier: MIT
 *
 * tracee-x86.c is what tracee.h needs of x86: where the thread was, by its registers, from
 * which the kernel makes an interrupted call again.
 */
#include <errno.h>
#include <string.h>

#include "control.h"
#include "restart.h"
#include "tracee-regs.h"

enum { CODE_SEGMENT_32 = 0x23 };

static bool get_registers(struct tracee *t, struct user_regs_struct *regs)
{
    if (tracee_request(t, PTRACE_GETREGS, 0, (unsigned long)regs) != 0)
        return TRACEE_FAIL(t, "its registers cannot be read: %s", strerror(errno));
    return true;
}

void regs_before_stop(struct tracee *t)
{
    (void)t;
}

bool regs_note(struct tracee *t, int status)
{
    bool by_signal = tracee_is_group_stop(status);
    const struct user_regs_struct *regs = &t->regs;
    uint64_t args[6] = {0};
    bool is32;

    if (!get_registers(t, &t->regs))
        return false;
    is32 = t->regs.cs == CODE_SEGMENT_32;
    if (t->slot != 0 && is32 != t->is32)
        return TRACEE_FAIL(t, "runs code of another word size than its program's");
    regs_leave_rseq(t);
    memcpy(args,
           is32 ? (uint64_t[4]){regs->rbx, regs->rcx, regs->rdx, regs->rsi}
                : (uint64_t[4]){regs->rdi, regs->rsi, regs->rdx, regs->r10},
           4 * sizeof *args);
    /* One that SIGSTOP has interrupted returns EINTR without a tracer, too. */
    t->restart_eintr = !by_signal && !without("eintr") && (int)regs->orig_rax >= 0 &&
                       (int)regs->rax == -EINTR &&
                       arch_effect(t->pid, is32, (int)regs->orig_rax, args) == EFFECT_EINTR;
    return true;
}

static bool put_registers(struct tracee *t, bool at_stub)
{
    struct user_regs_struct regs = t->regs;

    if (at_stub) {
        regs.rip = t->slot;
        regs.orig_rax = (unsigned long long)-1; /* it is in no call */
    } else if (t->restart_eintr) {
        regs.rax = (unsigned long long)-ERESTARTNOHAND;
    }
    if (tracee_request(t, PTRACE_SETREGS, 0, (unsigned long)&regs) != 0)
        return TRACEE_FAIL(t, "its registers cannot be set: %s", strerror(errno));
    return true;
}

bool regs_put_at_stub(struct tracee *t)
{
    return put_registers(t, true);
}

bool regs_put_back(struct tracee *t, unsigned long signal)
{
    (void)signal;
    return put_registers(t, false);
}

size_t regs_write_stub(const struct tracee *t, struct stub *stub, unsigned char *code)
{
    stub->restart_eintr = t->restart_eintr;
    return stub_write(code, stub, &t->regs);
}

bool regs_take_result(struct tracee *t, int64_t *result)
{
    struct user_regs_struct regs;

    if (!get_registers(t, &regs))
        return false;
    *result = t->is32 ? (int)regs.rax : (int64_t)regs.rax;
    return true;
}

/* To a stop from which the kernel restarts calls. */
bool regs_stop_again(struct tracee *t, unsigned long *signal)
{
    int status;

    tracee_request(t, PTRACE_INTERRUPT, 0, 0);
    tracee_request(t, PTRACE_CONT, 0, 0);
    if (!tracee_await(t, &status))
        return false;
    *signal = tracee_signal(status);
    return true;
}

bool regs_leave(struct tracee *t, unsigned long *signal)
{
    return regs_stop_again(t, signal) && put_registers(t, false);
}
