/* SPDX-License-Identifier: MIT */
#include "enter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject.h"
#include "maps.h"
#include "page.h"
#include "proc-status.h"
#include "stub.h"
#include "target-stdio.h"
#include "tracee-ptrace.h"
#include "tracee-regs.h"

/* To the end of a successful exec.  Signals go through; what ends the program ends this. */
static void await_exec(pid_t program)
{
    int status;

    for (;;) {
        if (waitpid(program, &status, __WALL) != program || !WIFSTOPPED(status))
            _exit(0);
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
            return;
        if (tracee_is_group_stop(status))
            ptrace(PTRACE_LISTEN, program, 0, 0);
        else
            ptrace(PTRACE_CONT, program, 0, tracee_signal(status));
    }
}

/* The program reaps the helper before its first instruction.  It has executed something since
 * it had this child, so the kernel sends it SIGCHLD all the same; where that is blocked it is
 * taken away. */
static bool release(struct tracee *t, const struct proc_status *status, uint64_t page)
{
    const uint64_t reap[6] = {(uint64_t)getpid(), 0, __WALL, 0};
    const uint64_t take[6] = {page + offsetof(struct graft_page, only_child), 0,
                              page + offsetof(struct graft_page, none), 8};

    bool is_blocked = page != 0 && proc_status_has(status->blocked, SIGCHLD) &&
                      !proc_status_has(status->shared_pending, SIGCHLD);

    return tracee_release_by(t, CALL_WAIT4, reap, CALL_RT_SIGTIMEDWAIT,
                             is_blocked ? take : NULL);
}

/* In the program's first stop. */
static bool inject(struct tracee *t, struct proc_status *status, struct maps *maps,
                   const struct keep_rule *rule, uint64_t *page)
{
    struct keep keep;

    /* Out of execve, which has yet to return its 0. */
    ptrace(PTRACE_INTERRUPT, t->pid, 0, 0);
    ptrace(PTRACE_CONT, t->pid, 0, 0);
    if (!tracee_await_stop(t) || !proc_status_read(t->pid, 0, status))
        return false;
    if (!maps_read(t->pid, t->mem, t->is32 ? STUB_MAX_32 : STUB_MAX, REGS_PC(t->regs), maps) ||
        maps->slot == 0)
        return snprintf(t->why, sizeof t->why, "has no room for a system call's code"), false;
    t->slot = maps->slot;
    if (proc_status_has(status->ignored, SIGPIPE))
        return true;
    target_stdio(t->pid, true, rule, &keep);
    return inject_handler(t, maps, status, &keep, true, page) == GRAFT_DONE;
}

/* Closes all but standard error and FD.  Before Linux 5.9, which lacks close_range(), the others
 * stay open until the helper's end. */
static void close_others(int fd)
{
    for (int other = 0; other < 2; other++)
        if (other != fd)
            close(other);
    if (fd > 3)
        syscall(SYS_close_range, 3, fd - 1, 0);
    syscall(SYS_close_range, fd > 2 ? fd + 1 : 3, ~0U, 0);
}

static _Noreturn void help(pid_t program, int to_program, const struct keep_rule *rule,
                           enter_complain *complain)
{
    struct maps maps;
    struct proc_status status = {.name = "the program"};
    struct tracee t = {.pid = program, .tid = program, .mem = -1, .why = "cannot be read"};
    uint64_t page = 0;
    sigset_t all;
    int error;
    bool done;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    signal(SIGCHLD, SIG_DFL);
    if (read(to_program, &error, sizeof error) != sizeof error)
        _exit(0);
    error = tracee_seize(&t, PTRACE_O_TRACEEXEC) ? 0 : errno;
    if (send(to_program, &error, sizeof error, MSG_NOSIGNAL) != sizeof error || error != 0)
        _exit(0);
    close(to_program);
    await_exec(program);
    if (!tracee_open(&t, program)) {
        if (errno != ENOENT && errno != ESRCH)
            complain(status.name, "has memory that cannot be opened");
        _exit(0);
    }
    done = inject(&t, &status, &maps, rule, &page);
    if (!done)
        complain(status.name, t.why);
    if (t.slot != 0)
        release(&t, &status, page);
    _exit(0);
}

/* A child that sends no signal when it ends. */
static pid_t fork_silently(void)
{
    return (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
}

/* What the helper says of its seizing this process, 0 or an errno, once it may. */
static int ask_helper(int to_helper, pid_t helper)
{
    int error = 0;

    prctl(PR_SET_PTRACER, helper, 0, 0, 0); /* for Yama */
    if (send(to_helper, &error, sizeof error, MSG_NOSIGNAL) != sizeof error ||
        read(to_helper, &error, sizeof error) != sizeof error)
        return ECHILD;
    return error;
}

pid_t enter_prepare(const struct keep_rule *rule, enter_complain *complain)
{
    pid_t self = getpid(), helper;
    int pair[2], error;

    if (self == 1)
        return 0;
    errno = ENOENT;
    if (proc_problem() != NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    helper = fork_silently();
    if (helper == 0) {
        close(pair[0]); /* also where that is standard error's number */
        close_others(pair[1]);
        help(self, pair[1], rule, complain);
    }
    error = helper > 0 ? 0 : errno;
    close(pair[1]);
    if (helper > 0)
        error = ask_helper(pair[0], helper);
    close(pair[0]);
    if (helper > 0 && error != 0)
        enter_cancel(helper);
    errno = error;
    return error == 0 ? helper : -1;
}

void enter_cancel(pid_t helper)
{
    kill(helper, SIGKILL);
    waitpid(helper, NULL, __WALL);
}
