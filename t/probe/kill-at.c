/* SPDX-License-Identifier: MIT
 *
 * kill-at N COMMAND...: kills COMMAND by SIGKILL at its Nth system call, counted from the
 * first in which it or a child of its becomes a tracer; the call is not made.  Ends with
 * status 9 if it did, else as COMMAND.  kill-at N us COMMAND...: N microseconds after it.
 * kill-at N helper COMMAND...: does so with COMMAND's child by clone, and lets COMMAND itself
 * go; ends as COMMAND, after the line "killed" on standard error if it did.
 * kill-at N target PID COMMAND...: kills PID instead, and waits until it is a zombie, at the Nth
 * call of COMMAND's first child, counted from its first one; ends likewise.
 * kill-at 0 signals PID COMMAND...: sends PID SIGRTMIN, which is queued, at each call of COMMAND's
 * first child; ends as COMMAND, after the line "sent N" on standard error.
 *
 * COMMAND's children are traced, too: the one that calls ptrace() is meant.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KILLED = 9, FAILED = 90, SEIZE = 0x4206 };

static long left;
static pid_t first, tracer; /* TRACER: the one that is counted, once it is known */

static void options(pid_t pid)
{
    ptrace(PTRACE_SETOPTIONS, pid, 0,
           PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
               PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
}

/* Is PID at the entry of a call, and becomes it a tracer by it? */
static int seizes(const struct __ptrace_syscall_info *info)
{
    return info->op == PTRACE_SYSCALL_INFO_ENTRY && info->entry.nr == SYS_ptrace &&
           (info->entry.args[0] == SEIZE || info->entry.args[0] == PTRACE_ATTACH);
}

/* PID is not reaped meanwhile. */
static void kill_target(pid_t pid)
{
    struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

    kill(pid, SIGKILL);
    poll(&ended, 1, 10000);
    close(ended.fd);
}

static void kill_tracer(long microseconds)
{
    struct timespec pause = {microseconds / 1000000, microseconds % 1000000 * 1000};

    if (microseconds > 0) {
        ptrace(PTRACE_DETACH, tracer, 0, 0);
        nanosleep(&pause, NULL);
    }
    kill(tracer, SIGKILL);
}

int main(int argc, char **argv)
{
    int by_time = argc > 3 && strcmp(argv[2], "us") == 0;
    int is_helper = argc > 3 && strcmp(argv[2], "helper") == 0, status, is_killed = 0;
    int signals = argc > 4 && strcmp(argv[2], "signals") == 0, sent = 0;
    pid_t target = signals || (argc > 4 && strcmp(argv[2], "target") == 0) ? atoi(argv[3]) : 0;
    char **command = argv + (target ? 4 : by_time || is_helper ? 3 : 2);
    struct __ptrace_syscall_info info;

    if (argc < 3)
        return FAILED;
    left = atol(argv[1]);
    first = fork();
    if (first == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execvp(command[0], command);
        _exit(FAILED);
    }
    if (waitpid(first, &status, 0) != first || !WIFSTOPPED(status))
        return FAILED;
    options(first);
    ptrace(PTRACE_SYSCALL, first, 0, 0);
    for (;;) {
        pid_t pid = waitpid(-1, &status, __WALL);

        if (pid < 0)
            return FAILED;
        if (!WIFSTOPPED(status)) {
            if (pid != first)
                continue;
            if (is_killed && !is_helper && !target)
                return KILLED;
            if (is_killed)
                fputs("killed\n", stderr);
            if (signals)
                fprintf(stderr, "sent %d\n", sent);
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        if (is_helper && pid == first && status >> 16 == PTRACE_EVENT_CLONE) {
            ptrace(PTRACE_DETACH, first, 0, 0);
            continue;
        }
        if (WSTOPSIG(status) == (SIGTRAP | 0x80) && !is_killed &&
            ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0 &&
            info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            if (tracer == 0 && (target ? pid != first : seizes(&info)))
                tracer = pid;
            if (signals)
                sent += pid == tracer && kill(target, SIGRTMIN) == 0;
            else if (pid == tracer && (by_time || --left == 0)) {
                is_killed = 1;
                if (!target) {
                    kill_tracer(by_time ? left + 1 : 0);
                    continue;
                }
                kill_target(target);
            }
        }
        ptrace(PTRACE_SYSCALL, pid, 0,
               status >> 16 != 0 || WSTOPSIG(status) == (SIGTRAP | 0x80) ||
                       WSTOPSIG(status) == SIGSTOP || WSTOPSIG(status) == SIGTRAP
                   ? 0
                   : WSTOPSIG(status));
    }
}
