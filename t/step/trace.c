/* SPDX-License-Identifier: MIT
 *
 * Steps through a call, and interrupts it at one of its instructions.
 */
#include "trace.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_breakpoint(pid_t pid)
{
    siginfo_t info;

    trace_need(ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0, "PTRACE_GETSIGINFO");
    return info.si_code == SI_KERNEL || info.si_code == SI_TKILL;
}

static unsigned long program_counter(pid_t pid)
{
    return (unsigned long)ptrace(PTRACE_PEEKUSER, pid, (void *)PROGRAM_COUNTER, NULL);
}

/* Runs PID up to the instruction PC, by a breakpoint in its own copy of the code.  (Not by
 * the processor's: virtual ones may never report it.)  Returns false if it ended, or the
 * call did, before; then STATUS says how it stands. */
static bool run_up_to(pid_t pid, unsigned long pc, int *status)
{
    const unsigned long int3 = 0xcc;
    unsigned long code = (unsigned long)ptrace(PTRACE_PEEKTEXT, pid, (void *)pc, NULL);
    unsigned signals = 0;

    trace_need(ptrace(PTRACE_POKETEXT, pid, (void *)pc, (void *)((code & ~0xffUL) | int3)) == 0,
               "PTRACE_POKETEXT");
    *status = trace_resume(PTRACE_CONT, pid, &signals);
    if (!WIFSTOPPED(*status) || program_counter(pid) != pc + 1)
        return false;
    trace_need(ptrace(PTRACE_POKETEXT, pid, (void *)pc, (void *)code) == 0 &&
                   ptrace(PTRACE_POKEUSER, pid, (void *)PROGRAM_COUNTER, (void *)pc) == 0,
               "PTRACE_POKE");
    return true;
}

/* Steps PID, which has STATUS, over COUNT instructions.  Returns false as the above. */
static bool step(pid_t pid, long count, int *status)
{
    unsigned signals = 0;

    while (count-- > 0) {
        *status = trace_resume(PTRACE_SINGLESTEP, pid, &signals);
        if (!WIFSTOPPED(*status) || is_breakpoint(pid))
            return false;
    }
    return true;
}

static void finish(struct tracee *tracee, pid_t pid, int status, struct outcome *outcome)
{
    unsigned signals = 0;

    while (WIFSTOPPED(status))
        status = trace_resume(PTRACE_CONT, pid, &signals);
    outcome->status = status;
    outcome->report = tracee->shared->report;
}

/* How often what is at POSITION has come before; MANY at most. */
static unsigned count_before(const struct path *path, long position)
{
    unsigned count = 0;

    for (long i = position - 1; i >= 0 && count < MANY; i--)
        count += path->pc[i] == path->pc[position];
    return count;
}

struct outcome trace_record(struct tracee *tracee, const struct request *request,
                            struct path *path)
{
    struct outcome outcome = {.is_reached = true};
    pid_t pid = trace_begin(tracee, request);
    unsigned signals = 0;
    int status;

    path->count = 0;
    do {
        trace_need(path->count + 1 < PATH_LENGTH, "the call is too long");
        path->pc[path->count] = program_counter(pid);
        path->signals[path->count++] = signals;
        status = trace_resume(PTRACE_SINGLESTEP, pid, &signals);
        path->signals[path->count] = signals;
    } while (WIFSTOPPED(status) && !is_breakpoint(pid));
    for (long i = 0; i < path->count; i++) {
        path->before[i] = count_before(path, i);
        /* A breakpoint cannot be where a signal is delivered first. */
        path->anchor[i] =
            i > 0 && (path->before[i] != 0 || path->signals[i] != path->signals[i + 1])
                ? path->anchor[i - 1]
                : i;
    }
    finish(tracee, pid, status, &outcome);
    return outcome;
}

struct outcome trace_run(struct tracee *tracee, const struct request *request,
                         const struct path *path, long position, bool is_directed)
{
    int signal = request->event == EVENT_OUTSIDE ? SIGPIPE : SIGUSR1;
    struct outcome outcome = {.is_reached = false};
    pid_t pid = trace_begin(tracee, request);
    long anchor = path->anchor[position];
    int status = W_STOPCODE(SIGTRAP);

    outcome.is_reached = (anchor == 0 || run_up_to(pid, path->pc[anchor], &status)) &&
                         step(pid, position - anchor, &status);
    if (outcome.is_reached)
        trace_need((is_directed && signal != SIGPIPE ? (int)syscall(SYS_tgkill, pid, pid, signal)
                                                     : kill(pid, signal)) == 0,
                   "kill");
    finish(tracee, pid, status, &outcome);
    return outcome;
}
