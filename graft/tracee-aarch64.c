/* SPDX-License-Identifier: MIT
 *
 * tracee-aarch64.c leads a stopped thread into a stub, and back to where it was.
 *
 * Whether a handler ends an interrupted call, the kernel decides behind the stop, by what the
 * call had returned, and only if the program counter is still where the call is made again:
 * as long, that is, as the thread has not been elsewhere.  So after a stub's call the
 * thread is led to a stop as if it came from the interrupted call once more: the result is put
 * into x0 at the end of the stub's, and the program counter behind an instruction from which
 * the call may be made again.  There x0 is the first argument of the stub's call: the
 * kernel's note of that cannot be set.
 */
#include <sys/syscall.h>

#include "aarch64.h"
#include "proc-status.h"

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

enum { BRANCH_TYPE = 3 << 10 };

static void set_number(const struct tracee *t, int number)
{
    struct iovec one = {&number, sizeof number};

    tracee_request(t, PTRACE_SETREGSET, NT_ARM_SYSTEM_CALL, (unsigned long)&one);
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
    return aarch64_set(t, &regs);
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

    if (!aarch64_get(t, &now))
        return false;
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
    return aarch64_set(t, &regs);
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
    if (!aarch64_set(t, &regs) || !aarch64_resume(t, PTRACE_CONT, 0, &status))
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

    if (!aarch64_get(t, &regs))
        return false;
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
        return tracee_call(t, CALL_RT_SIGACTION, (uint64_t[6]){t->call.first, 0, 0, 8},
                           &result);
    regs = restarted(t);
    return aarch64_set(t, &regs);
}
