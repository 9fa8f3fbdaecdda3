/* SPDX-License-Identifier: MIT
 *
 * ptraced HOW: what becomes of a forked child's SIGPIPE that comes just when a write of it
 * has failed with EPIPE.  The parent holds the child at that moment.
 *
 *   kernel    the write's own signal, with SI_KERNEL for its code
 *   kill      the write raises none, and the parent sends one
 *   outside   the same, and it seems to come from outside the PID namespace
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/ptrace.h>

#include "broken-fd.h"

static const char *how;

static _Noreturn void be_child(void)
{
    int fd = broken_fd(strcmp(how, "kernel") == 0 ? "unix" : "seqpacket");

    need(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "ptrace");
    raise(SIGSTOP);
    _exit(syscall(SYS_write, fd, "x", 1) == -1 && errno == EPIPE ? 0 : 91);
}

static int has_failed(pid_t child)
{
    struct ptrace_syscall_info info;

    need(ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, &info) > 0,
         "PTRACE_GET_SYSCALL_INFO");
    return info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval == -EPIPE;
}

static void change_signal(pid_t child)
{
    siginfo_t info;

    need(ptrace(PTRACE_GETSIGINFO, child, NULL, &info) == 0, "PTRACE_GETSIGINFO");
    if (strcmp(how, "kill") == 0)
        return;
    if (strcmp(how, "kernel") == 0)
        info.si_code = SI_KERNEL;
    info.si_pid = 0;
    need(ptrace(PTRACE_SETSIGINFO, child, NULL, &info) == 0, "PTRACE_SETSIGINFO");
}

int main(int argc, char **argv)
{
    int status = 0, sends;
    pid_t child;

    how = argc == 2 ? argv[1] : "";
    sends = strcmp(how, "kernel") != 0;
    child = fork();
    if (child == 0)
        be_child();
    need(child > 0 && waitpid(child, &status, 0) == child, "fork");
    if (!WIFSTOPPED(status))
        _exit(WEXITSTATUS(status));
    need(ptrace(PTRACE_SETOPTIONS, child, NULL,
                (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) == 0,
         "PTRACE_SETOPTIONS");
    while (WIFSTOPPED(status)) {
        long sig = WSTOPSIG(status) == SIGPIPE ? SIGPIPE : 0;

        if (sig == SIGPIPE) {
            change_signal(child);
        } else if (WSTOPSIG(status) == (SIGTRAP | 0x80) && sends && has_failed(child)) {
            sends = 0;
            need(kill(child, SIGPIPE) == 0, "kill");
        }
        need(ptrace(PTRACE_SYSCALL, child, NULL, (void *)sig) == 0, "PTRACE_SYSCALL");
        need(waitpid(child, &status, 0) == child, "waitpid");
    }
    if (WIFSIGNALED(status))
        printf("killed by %d\n", WTERMSIG(status));
    else
        printf("exit %d\n", WEXITSTATUS(status));
    return 0;
}
