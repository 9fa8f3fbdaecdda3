/* SPDX-License-Identifier: MIT
 *
 * tracee-call.c lets a stopped thread make a system call, and lets it go.
 */
#include <errno.h>
#include <string.h>

#include "control.h"
#include "tracee-regs.h"

enum { MOST_ROLL_BACKS = 100 };

static bool write_stub(struct tracee *t, uint64_t slot, uint64_t next, enum arch_call call,
                       const uint64_t args[6])
{
    struct stub stub = {
        .is32 = t->is32, .address = slot, .next = next, .number = arch_numbers[t->is32][call]};
    unsigned char code[STUB_MAX];
    size_t size;

    memcpy(stub.args, args, sizeof stub.args);
    size = regs_write_stub(t, &stub, code);
    if (without("way-back")) /* as other injectors end theirs */
        memset(code + (t->is32 ? STUB_BACK_32 : STUB_BACK), STUB_TRAP, 4);
    return tracee_write(t, slot, code, size);
}

/* A signal has come before the call: back to where the thread was, where it interrupts
 * what it would have interrupted, and then once more. */
static bool roll_back(struct tracee *t, unsigned long signal)
{
    if (!regs_put_back(t, signal))
        return false;
    tracee_request(t, PTRACE_INTERRUPT, 0, 0);
    tracee_request(t, PTRACE_CONT, 0, signal);
    return tracee_await_stop(t);
}

/* Does the thread get SIGNAL because it dispatches the stub's call itself?  Before Linux 6.4 that
 * cannot be asked before, and the call has not been made. */
static bool is_dispatched(const struct tracee *t, unsigned long signal)
{
    enum { SYS_USER_DISPATCH_CODE = 2 };
    siginfo_t info;

    return signal == SIGSYS &&
           tracee_request(t, PTRACE_GETSIGINFO, 0, (unsigned long)&info) == 0 &&
           info.si_code == SYS_USER_DISPATCH_CODE &&
           (uintptr_t)info.si_call_addr - t->slot < STUB_MAX;
}

bool tracee_call(struct tracee *t, enum arch_call call, const uint64_t args[6], int64_t *result)
{
    unsigned long pass = 0;
    unsigned roll_backs = 0;
    bool entered = false;
    int status;

    if (!write_stub(t, t->slot, 0, call, args) || !regs_put_at_stub(t))
        return false;
    for (;;) {
        tracee_request(t, PTRACE_SYSCALL, 0, pass);
        if (!tracee_await(t, &status))
            return false;
        if (WSTOPSIG(status) == SYSCALL_STOP) {
            if (entered)
                break;
            entered = true;
        } else if (tracee_signal(status) != 0) {
            t->dispatches = is_dispatched(t, tracee_signal(status));
            if (t->dispatches)
                return TRACEE_FAIL(t, TRACEE_DISPATCHES);
            if (++roll_backs > MOST_ROLL_BACKS)
                return TRACEE_FAIL(t, "gets signals too fast: try again");
            if (without("roll-back")) {
                pass = tracee_signal(status);
                continue;
            }
            if (!roll_back(t, tracee_signal(status)) ||
                !write_stub(t, t->slot, 0, call, args) || !regs_put_at_stub(t))
                return false;
            entered = false;
        }
        pass = 0;
    }
    return regs_take_result(t, result);
}

bool tracee_release(struct tracee *t)
{
    static const char blank[STUB_MAX];
    unsigned long signal = 0;

    if (!regs_leave(t, &signal) ||
        (t->slot != 0 && !tracee_write(t, t->slot, blank, t->is32 ? STUB_MAX_32 : STUB_MAX)))
        return false;
    tracee_request(t, PTRACE_DETACH, 0, signal);
    return true;
}

bool tracee_resume(struct tracee *t)
{
    unsigned long signal = 0;
    siginfo_t info;
    bool is_stopped; /* by SIGSTOP, as its process is */

    if (!regs_leave(t, &signal))
        return false;
    is_stopped = tracee_request(t, PTRACE_GETSIGINFO, 0, (unsigned long)&info) == 0 &&
                 info.si_code >> 8 == PTRACE_EVENT_STOP && info.si_signo != SIGTRAP;
    tracee_request(t,
                   !t->is_locked || t->tid != t->pid ? PTRACE_DETACH
                   : is_stopped                      ? PTRACE_LISTEN
                                                     : PTRACE_CONT,
                   0, is_stopped ? 0 : signal);
    return true;
}

static bool is_blank(const struct tracee *t, uint64_t slot)
{
    static const char blank[STUB_MAX];
    char room[STUB_MAX];
    size_t size = t->is32 ? STUB_MAX_32 : STUB_MAX;

    return tracee_read(t, slot, room, size) && memcmp(room, blank, size) == 0;
}

bool tracee_release_by(struct tracee *t, enum arch_call call, const uint64_t args[6],
                       enum arch_call then, const uint64_t *then_args)
{
    uint64_t next = t->slot - (t->is32 ? STUB_MAX_32 : STUB_MAX);
    unsigned long signal;

    if (then_args == NULL || !is_blank(t, next))
        next = 0;
    if (!regs_stop_again(t, &signal) ||
        (next != 0 && !write_stub(t, next, 0, then, then_args)) ||
        !write_stub(t, t->slot, next, call, args) || !regs_put_at_stub(t))
        return false;
    tracee_request(t, PTRACE_DETACH, 0, signal);
    return true;
}
