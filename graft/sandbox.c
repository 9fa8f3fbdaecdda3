/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control.h"

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

bool sandbox_allows(struct tracee *t, const struct proc_status *status, bool needs_pages,
                    bool *may_fstat)
{
    static const enum arch_call own[] = {CALL_RT_SIGACTION, CALL_MMAP, CALL_MPROTECT};
    static const char *const names[] = {"rt_sigaction", "mmap", "mprotect"};
    static const enum arch_call handlers[] = {CALL_GETPID, CALL_FSTAT,      CALL_FCNTL,
                                              CALL_PPOLL,  CALL_GETSOCKOPT, CALL_SENDMSG};
    bool is_readable;

    *may_fstat = true;
    if (status->seccomp == 0 || without("sandbox"))
        return true;
    if (!is_allowed(ask(t, CALL_RT_SIGRETURN, &is_readable))) {
        if (!is_readable && is_in_our_container(status))
            return true;
        snprintf(t->why, sizeof t->why, "%s",
                 is_readable
                     ? "its sandbox refuses rt_sigreturn: no handler could return"
                     : "is in a sandbox that cannot be read; root outside of it can");
        return false;
    }
    for (unsigned i = 0; i < (needs_pages ? 3 : 1); i++)
        if (!is_allowed(ask(t, own[i], &is_readable)) && !tracee_suspend_filters(t)) {
            snprintf(t->why, sizeof t->why, "its sandbox refuses %s", names[i]);
            return false;
        }
    for (unsigned i = 0; i < sizeof handlers / sizeof *handlers; i++)
        *may_fstat &= !is_deadly(ask(t, handlers[i], &is_readable));
    return true;
}
