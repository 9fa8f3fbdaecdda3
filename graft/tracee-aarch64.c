/* SPDX-License-Identifier: MIT
 *
 * tracee-aarch64.c is what tracee.h needs of aarch64: where the thread was, and in which call.
 *
 * There the kernel decides on its way to a stop whether an interrupted call is made again: at
 * the stop the program counter stands at the `svc`, and x0 is the first argument.  Whether a
 * handler makes EINTR of that, it decides behind the stop, by what the call had returned, and
 * only if the program counter is still there: as long, that is, as the thread has not
 * been elsewhere.  So after a stub's call the thread is led to a stop as if it came from the
 * interrupted call once more: the result is put into x0 at the end of the call, and the
 * program counter behind an instruction from which it may be made again.  The first argument
 * is then the stub's: it cannot be set.
 */
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>

#include "control.h"
#include "maps.h"
#include "proc-status.h"
#include "tracee-regs.h"

/* The kernel's own, which only a tracer sees. */
enum { ERESTARTSYS = 512, ERESTARTNOHAND = 514, ERESTART_BLOCK = 516 };
static const uint32_t svc = 0xd4000001;

enum { SVC_SIZE = 4, BRANCH_TYPE = 3 << 10, MOST_SETTLES = 100 };

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

static bool get(const struct tracee *t, struct user_regs_struct *regs)
{
    struct iovec all = {regs, sizeof *regs};

    return tracee_request(t, PTRACE_GETREGSET, NT_PRSTATUS, (unsigned long)&all) == 0;
}

static bool set(struct tracee *t, struct user_regs_struct *regs)
{
    struct iovec all = {regs, sizeof *regs};

    if (tracee_request(t, PTRACE_SETREGSET, NT_PRSTATUS, (unsigned long)&all) != 0)
        return TRACEE_FAIL(t, "its registers cannot be set: %s", strerror(errno));
    return true;
}

static void set_number(const struct tracee *t, int number)
{
    struct iovec one = {&number, sizeof number};

    tracee_request(t, PTRACE_SETREGSET, NT_ARM_SYSTEM_CALL, (unsigned long)&one);
}

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

static bool resume(struct tracee *t, int how, unsigned long signal, int *status)
{
    tracee_request(t, how, 0, signal);
    return tracee_await(t, status);
}

/* Lets the call at the program counter begin again, as the kernel does, and interrupts it: at its
 * end it is seen what it was interrupted as. */
static bool settle(struct tracee *t, int *status)
{
    struct user_regs_struct at_end = {0};
    uint64_t at = t->regs.pc, first = t->regs.regs[0];
    bool is_known = false;

    if (!resume(t, PTRACE_SYSCALL, 0, status))
        return false;
    if (WSTOPSIG(*status) == SYSCALL_STOP) {
        tracee_request(t, PTRACE_INTERRUPT, 0, 0);
        if (!resume(t, PTRACE_SYSCALL, 0, status))
            return false;
        is_known = WSTOPSIG(*status) == SYSCALL_STOP && get(t, &at_end) &&
                   is_restart((int64_t)at_end.regs[0]);
    }
    tracee_request(t, PTRACE_INTERRUPT, 0, 0);
    if (!resume(t, PTRACE_CONT, tracee_signal(*status), status))
        return false;
    if (!get(t, &t->regs))
        return TRACEE_FAIL(t, "its registers cannot be read: %s", strerror(errno));
    if (is_known && t->regs.pc == at)
        t->call = (struct tracee_call_state){.at = at,
                                             .restart_pc = at,
                                             .first = first,
                                             .result = (int64_t)at_end.regs[0]};
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

    if (!tracee_read(t, now->sp, &frame, offsetof(__typeof__(frame), context.uc_mcontext.pstate)) ||
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
    return now->pc == call->at + SVC_SIZE && (int64_t)now->regs[0] == -EINTR &&
           call->was_eintr;
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

bool regs_note(struct tracee *t, int status)
{
    struct user_regs_struct now;

    if (!get(t, &now))
        return TRACEE_FAIL(t, "its registers cannot be read: %s", strerror(errno));
    if (is_unchanged(t, &now))
        return true;
    if (t->call.at != 0 && !mend_frame(t, &now))
        return false;
    t->regs = now;
    t->call = (struct tracee_call_state){0};
    for (int i = 0; may_have_block(t->regs.regs[8]) && is_svc(t, t->regs.pc) && t->call.at == 0; i++) {
        if (i == MOST_SETTLES)
            return TRACEE_FAIL(t, "gets signals too fast: try again");
        if (!settle(t, &status))
            return false;
    }
    if (t->call.at != 0) {
    } else if (was_in_call(t, &t->regs, t->regs.pc)) {
        t->call = (struct tracee_call_state){.at = t->regs.pc,
                                             .restart_pc = t->regs.pc,
                                             .first = t->regs.regs[0],
                                             .result = restart_of(t->regs.regs[8])};
    } else if (WSTOPSIG(status) == SIGTRAP && !without("eintr") &&
               (int64_t)t->regs.regs[0] == -EINTR &&
               was_in_call(t, &t->regs, t->regs.pc - SVC_SIZE) &&
               arch_effect(false, t->waits.number, t->waits.args) == EFFECT_EINTR) {
        /* One that SIGSTOP has interrupted returns EINTR without a tracer, too.  The first argument
         * is known from before the stop alone: the result has been written over it. */
        t->call = (struct tracee_call_state){.at = t->regs.pc - SVC_SIZE,
                                             .restart_pc = t->regs.pc,
                                             .first = t->waits.args[0],
                                             .result = -ERESTARTNOHAND,
                                             .was_eintr = true};
    }
    t->waits.number = -1;
    regs_leave_rseq(t);
    return find_slot(t);
}

/* Those to go on with where the call is made again. */
static struct user_regs_struct restarted(const struct tracee *t)
{
    struct user_regs_struct regs = t->regs;

    if (t->call.at == 0)
        return regs;
    regs.pc = t->call.at;
    regs.regs[0] = t->call.first;
    if (t->call.result == -ERESTART_BLOCK)
        regs.regs[8] = SYS_restart_syscall;
    return regs;
}

size_t regs_write_stub(const struct tracee *t, struct stub *stub, unsigned char *code)
{
    struct user_regs_struct regs = restarted(t);

    return stub_write(code, stub, &regs);
}

bool regs_put_at_stub(struct tracee *t)
{
    struct user_regs_struct regs = t->regs;

    regs.pc = t->slot;
    regs.pstate &= ~(unsigned long long)BRANCH_TYPE; /* it has not been branched to */
    return set(t, &regs);
}

/* Has the signal a handler, which ends the call? */
static bool ends_call(const struct tracee *t, unsigned long signal)
{
    struct proc_status status;

    return t->call.result != -ERESTARTSYS && proc_status_read(t->pid, t->tid, &status) &&
           proc_status_has(status.caught, (int)signal);
}

/* As long as the thread has not left the kernel since it was where it was, that decides. */
bool regs_put_back(struct tracee *t, unsigned long signal)
{
    struct user_regs_struct now, regs = restarted(t);

    if (!get(t, &now))
        return TRACEE_FAIL(t, "its registers cannot be read: %s", strerror(errno));
    if (t->call.at != 0 && now.pc == t->slot && t->call.restart_pc != 0) {
        regs.pc = t->call.restart_pc;
        if (t->call.was_eintr && regs.pc == t->call.at + SVC_SIZE)
            regs.regs[0] = (unsigned long long)-EINTR;
        regs.regs[8] = t->regs.regs[8];
    } else if (t->call.at != 0 && ends_call(t, signal)) {
        regs.pc = t->call.at + SVC_SIZE;
        regs.regs[0] = (unsigned long long)-EINTR;
        regs.regs[8] = t->regs.regs[8];
    }
    return set(t, &regs);
}

/* From the end of a stub's call to a stop as if the thread came from where it was: from its
 * call, with an instruction at AT. */
static bool come_back(struct tracee *t, uint64_t at)
{
    struct user_regs_struct regs = t->regs;
    int status;

    if (t->call.at != 0) {
        regs.pc = at + SVC_SIZE;
        regs.regs[0] = (unsigned long long)t->call.result;
    } else {
        set_number(t, -1);
    }
    tracee_request(t, PTRACE_INTERRUPT, 0, 0);
    if (!set(t, &regs) || !resume(t, PTRACE_CONT, 0, &status))
        return false;
    if (status >> 16 != PTRACE_EVENT_STOP)
        return TRACEE_FAIL(t, "does not stop as it should: %x", (unsigned)status);
    t->call.restart_pc = at;
    t->call.was_eintr = false;
    return true;
}

bool regs_take_result(struct tracee *t, int64_t *result)
{
    struct user_regs_struct regs;

    if (!get(t, &regs))
        return TRACEE_FAIL(t, "its registers cannot be read: %s", strerror(errno));
    *result = (int64_t)regs.regs[0];
    t->has_called = true;
    return come_back(t, t->is_leaving ? t->call.at : t->slot + STUB_AGAIN);
}

bool regs_stop_again(struct tracee *t, unsigned long *signal)
{
    (void)t;
    *signal = 0;
    return true;
}

/* By a call that does nothing, whose first argument is that of the interrupted one. */
bool regs_leave(struct tracee *t, unsigned long *signal)
{
    struct user_regs_struct regs;
    int64_t result;

    *signal = 0;
    if (t->call.at == 0 || t->call.restart_pc == t->call.at)
        return true;
    t->is_leaving = true;
    if (t->has_called)
        return tracee_call(t, CALL_RT_SIGACTION, (uint64_t[6]){t->call.first, 0, 0, 8}, &result);
    regs = restarted(t);
    return set(t, &regs);
}
