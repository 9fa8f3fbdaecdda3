/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control.h"
#include "safe-stop.h"
#include "tracee-ptrace.h"

#define UNREADABLE "is in a sandbox that cannot be read; root outside of it can"

static bool is_allowed(uint32_t answer)
{
    uint32_t action = answer & SECCOMP_RET_ACTION_FULL;

    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* Are the target's filters those that this process is under, too?  Then it is a container's,
 * whose calls this process could make.  By their number, since nothing else can be read. */
static bool is_in_our_container(const struct proc_status *status)
{
    struct proc_status own;

    return proc_status_read(getpid(), 0, &own) && own.filters > 0 &&
           own.filters == status->filters;
}

/* SECCOMP_RET_KILL_PROCESS where it cannot be read. */
static uint32_t ask(struct tracee *t, enum arch_call call, bool *is_readable)
{
    uint64_t args[3] = {0};
    uint32_t answer;

    if (call == CALL_RT_SIGACTION)
        args[0] = SIGPIPE;
    else if (call == CALL_MMAP || call == CALL_MPROTECT)
        args[2] = call == CALL_MMAP ? PROT_READ | PROT_EXEC : PROT_READ | PROT_WRITE;
    *is_readable = tracee_filter_answer(t, call, args, &answer);
    return *is_readable ? answer : SECCOMP_RET_KILL_PROCESS;
}

static bool is_deadly(uint32_t answer)
{
    uint32_t action = answer & SECCOMP_RET_ACTION_FULL;

    return action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD ||
           action == SECCOMP_RET_TRAP;
}

/* May the handler return, and ask what a descriptor is?  T->why says why not. */
static bool allows_handler(struct tracee *t, const struct proc_status *status, bool *may_fstat)
{
    static const enum arch_call calls[] = {CALL_GETPID, CALL_FSTAT,      CALL_FCNTL,
                                           CALL_PPOLL,  CALL_GETSOCKOPT, CALL_SENDMSG};
    bool is_readable;

    if (status->seccomp == SECCOMP_MODE_STRICT)
        return TRACEE_FAIL(
            t, "is in seccomp's strict mode, where no handler may do anything");
    if (!is_allowed(ask(t, CALL_RT_SIGRETURN, &is_readable))) {
        if (!is_readable && is_in_our_container(status))
            return true;
        return TRACEE_FAIL(
            t, "%s",
            is_readable ? "its sandbox refuses rt_sigreturn: no handler could return"
                        : UNREADABLE);
    }
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        *may_fstat &= !is_deadly(ask(t, calls[i], &is_readable));
    return true;
}

/* COUNT of the attach's own calls, by the stopped thread. */
static bool allows_calls(struct tracee *t, const struct proc_status *status, unsigned count)
{
    static const enum arch_call calls[] = {CALL_RT_SIGACTION, CALL_MMAP, CALL_MPROTECT};
    static const char *const names[] = {"rt_sigaction", "mmap", "mprotect"};
    bool is_readable;

    for (unsigned i = 0; i < count; i++)
        if (!is_allowed(ask(t, calls[i], &is_readable)) && !tracee_suspend_filters(t) &&
            (is_readable || !is_in_our_container(status)))
            return is_readable ? TRACEE_FAIL(t, "its sandbox refuses %s", names[i])
                               : TRACEE_FAIL(t, UNREADABLE);
    return true;
}

bool sandbox_allows(struct tracee *t, const struct proc_status *status, bool needs_pages,
                    bool *may_fstat)
{
    return status->seccomp == 0 || without("sandbox") ||
           (allows_handler(t, status, may_fstat) &&
            allows_calls(t, status, needs_pages ? 3 : 1));
}

bool sandbox_allows_removal(struct tracee *t, const struct proc_status *status)
{
    return status->seccomp == 0 || without("sandbox") || allows_calls(t, status, 1);
}

/* Stops thread TID and asks its filters.  One that has ended by now has none. */
static enum graft_result ask_thread(struct tracee *t, pid_t tid, int64_t deadline,
                                    bool *may_fstat)
{
    enum graft_result result = GRAFT_ERROR;
    struct tracee other = *t;
    struct proc_status status;

    other.tid = tid;
    other.slot = 0;
    if (safe_stop(&other, deadline)) {
        if (proc_status_read(t->pid, tid, &status))
            result = allows_handler(&other, &status, may_fstat) ? GRAFT_DONE : GRAFT_CANNOT;
        if (!tracee_resume(&other))
            result = GRAFT_ERROR;
    }
    if (other.has_ended || proc_status_is_gone(t->pid, tid))
        return GRAFT_DONE;
    memcpy(t->why, other.why, sizeof t->why);
    return result;
}

enum graft_result sandbox_asks_threads(struct tracee *t, int64_t deadline, bool *may_fstat)
{
    struct proc_status chosen, status;
    DIR *threads = proc_open_threads(t->pid);
    enum graft_result result = GRAFT_DONE;
    pid_t tid;

    *may_fstat = true;
    snprintf(t->why, sizeof t->why, "its threads cannot be read");
    if (threads == NULL || !proc_status_read(t->pid, t->tid, &chosen))
        result = GRAFT_ERROR;
    while (result == GRAFT_DONE && !without("threads") &&
           (tid = proc_next_thread(t->pid, threads)) != 0) {
        if (tid == t->tid)
            continue;
        if (!proc_status_read(t->pid, tid, &status))
            result = errno == ESRCH ? GRAFT_DONE : GRAFT_ERROR;
        else if (status.seccomp != 0 && !proc_status_has_ended(&status) &&
                 (status.seccomp != chosen.seccomp || status.filters != chosen.filters))
            result = ask_thread(t, tid, deadline, may_fstat);
    }
    if (threads != NULL)
        closedir(threads);
    return result;
}
