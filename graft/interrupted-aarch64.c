/* SPDX-License-Identifier: MIT
 *
 * interrupted-aarch64.c notes where a thread was stopped, and in which call.
 *
 * There the kernel decides on its way to a stop whether an interrupted call is made again: at
 * the stop the program counter stands at the `svc`, and x0 is the first argument.  Of which
 * call, and what it had returned, is known by what the thread waited in before, and of calls
 * that are restarted with what is left of their time by the kernel alone.
 */
#include <stddef.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "aarch64.h"
#include "control.h"
#include "maps.h"
#include "proc-status.h"

static const uint32_t svc = 0xd4000001;

enum { MOST_SETTLES = 100 };

/* What /proc says of the call that a thread waits in; false if it waits in none. */
static bool read_call(const struct tracee *t, struct tracee_waits *waits)
{
    unsigned long long a[6], sp, pc;
    char text[256];

    if (proc_read_file(t->pid, t->tid, "syscall", text, sizeof text) < 0 ||
        sscanf(text, "%ld %llx %llx %llx %llx %llx %llx %llx %llx", &waits->number, &a[0],
               &a[1], &a[2], &a[3], &a[4], &a[5], &sp, &pc) != 9 ||
        waits->number < 0)
        return false;
    for (int i = 0; i < 6; i++)
        waits->args[i] = a[i];
    waits->sp = sp;
    waits->pc = pc;
    return true;
}

void regs_before_stop(struct tracee *t)
{
    if (!read_call(t, &t->waits))
        t->waits.number = -1;
}

static bool is_svc(const struct tracee *t, uint64_t at)
{
    uint32_t code;

    return tracee_read(t, at, &code, sizeof code) && code == svc;
}

/* Is it the call that the thread was seen in, with the instruction at AT? */
static bool was_in_call(const struct tracee *t, const struct user_regs_struct *regs, uint64_t at)
{
    const struct tracee_waits *w = &t->waits;

    return w->number >= 0 && w->pc == at + SVC_SIZE && w->sp == regs->sp &&
           (uint64_t)w->number == regs->regs[8] &&
           memcmp(&w->args[1], &regs->regs[1], 5 * sizeof w->args[1]) == 0 && is_svc(t, at);
}

/* Will such a call be restarted with what is left of its time?  Then the kernel alone knows. */
static bool may_have_block(uint64_t number)
{
    return number == SYS_restart_syscall || number == SYS_nanosleep ||
           number == SYS_clock_nanosleep || number == SYS_futex;
}

static int64_t restart_of(uint64_t number)
{
    return number == SYS_ppoll || number == SYS_pselect6 || number == SYS_rt_sigsuspend
               ? -ERESTARTNOHAND
               : -ERESTARTSYS;
}

static bool is_restart(int64_t result)
{
    return result <= -ERESTARTSYS && result >= -ERESTART_BLOCK && result != -515;
}

/* Lets the call at the program counter begin again, as the kernel does, and interrupts it: at its
 * end it is seen what it was interrupted as. */
static bool settle(struct tracee *t, int *status)
{
    struct user_regs_struct at_end = {0};
    uint64_t at = t->regs.pc, first = t->regs.regs[0];
    bool is_known = false;

    if (!aarch64_resume(t, PTRACE_SYSCALL, 0, status))
        return false;
    if (WSTOPSIG(*status) == SYSCALL_STOP) {
        tracee_request(t, PTRACE_INTERRUPT, 0, 0);
        if (!aarch64_resume(t, PTRACE_SYSCALL, 0, status))
            return false;
        is_known = WSTOPSIG(*status) == SYSCALL_STOP && aarch64_get(t, &at_end) &&
                   is_restart((int64_t)at_end.regs[0]);
    }
    tracee_request(t, PTRACE_INTERRUPT, 0, 0);
    if (!aarch64_resume(t, PTRACE_CONT, tracee_signal(*status), status))
        return false;
    if (!aarch64_get(t, &t->regs))
        return false;
    if (is_known && t->regs.pc == at)
        t->call = (struct tracee_call_state){
            .at = at, .restart_pc = at, .first = first, .result = (int64_t)at_end.regs[0]};
    return true;
}

/* A handler that has begun instead returns into a stub: lead it to where the call is. */
static bool mend_frame(struct tracee *t, const struct user_regs_struct *now)
{
    struct {
        siginfo_t info;
        ucontext_t context;
    } frame;
    mcontext_t *m = &frame.context.uc_mcontext;
    const uint64_t again = t->slot + STUB_AGAIN;

    if (!tracee_read(t, now->sp, &frame,
                     offsetof(__typeof__(frame), context.uc_mcontext.pstate)) ||
        (m->pc != again && m->pc != again + 4))
        return true;
    if (m->pc == again)
        m->regs[0] = t->call.first;
    m->pc = t->call.at + (m->pc - again);
    return tracee_write(t, now->sp + offsetof(__typeof__(frame), context.uc_mcontext.regs),
                        m->regs, (size_t)((char *)&m->pstate - (char *)m->regs));
}

/* Is the thread still where it was? */
static bool is_unchanged(struct tracee *t, const struct user_regs_struct *now)
{
    const struct tracee_call_state *call = &t->call;

    if (call->at == 0 || now->sp != t->regs.sp)
        return false;
    if (now->pc == call->restart_pc || now->pc == call->at) {
        if (now->pc != call->restart_pc)
            t->call.restart_pc = 0;
        return true;
    }
    return now->pc == call->at + SVC_SIZE && (int64_t)now->regs[0] == -EINTR && call->was_eintr;
}

/* A slot from which there is a way back. */
static bool find_slot(struct tracee *t)
{
    static const char blank[STUB_MAX];
    char old[STUB_MAX];
    struct maps maps;

    if (t->slot == 0 || stub_reaches(t->slot, t->regs.pc))
        return true;
    if (tracee_read(t, t->slot, old, sizeof old) && memcmp(old, blank, sizeof old) != 0 &&
        !tracee_write(t, t->slot, blank, sizeof blank))
        return false;
    if (!maps_read(t->pid, t->mem, STUB_MAX, t->regs.pc, &maps) || maps.slot == 0)
        return TRACEE_FAIL(t, "has no room for the code of a system call");
    t->slot = maps.slot;
    return true;
}

/* In which call was it, by what it waited in before the stop? */
static void note_call(struct tracee *t, int status)
{
    if (was_in_call(t, &t->regs, t->regs.pc)) {
        t->call = (struct tracee_call_state){.at = t->regs.pc,
                                             .restart_pc = t->regs.pc,
                                             .first = t->regs.regs[0],
                                             .result = restart_of(t->regs.regs[8])};
    } else if (WSTOPSIG(status) == SIGTRAP && !without("eintr") &&
               (int64_t)t->regs.regs[0] == -EINTR &&
               was_in_call(t, &t->regs, t->regs.pc - SVC_SIZE) &&
               arch_effect(t->pid, false, t->waits.number, t->waits.args) == EFFECT_EINTR) {
        /* One that SIGSTOP has interrupted returns EINTR without a tracer, too.  The first argument
         * is known from before the stop alone: the result has been written over it. */
        t->call = (struct tracee_call_state){.at = t->regs.pc - SVC_SIZE,
                                             .restart_pc = t->regs.pc,
                                             .first = t->waits.args[0],
                                             .result = -ERESTARTNOHAND,
                                             .was_eintr = true};
    }
}

bool regs_note(struct tracee *t, int status)
{
    struct user_regs_struct now;

    if (!aarch64_get(t, &now))
        return false;
    if (is_unchanged(t, &now))
        return true;
    if (t->call.at != 0 && !mend_frame(t, &now))
        return false;
    t->regs = now;
    t->call = (struct tracee_call_state){0};
    for (int i = 0;
         may_have_block(t->regs.regs[8]) && is_svc(t, t->regs.pc) && t->call.at == 0; i++) {
        if (i == MOST_SETTLES)
            return TRACEE_FAIL(t, "gets signals too fast: try again");
        if (!settle(t, &status))
            return false;
    }
    if (t->call.at == 0)
        note_call(t, status);
    t->waits.number = -1;
    regs_leave_rseq(t);
    return find_slot(t);
}
