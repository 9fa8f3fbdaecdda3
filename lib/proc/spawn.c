/* SPDX-License-Identifier: MIT
 *
 * By vfork and exec, as posix_spawn does it, but that the child calls a function of ours
 * before the exec, for which posix_spawn has no place.
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "epipe.h"
#include "lib/core/deadline.h"
#include "lib/core/ksigaction.h"

struct job {
    const struct spawn *spawn;
    int report;              /* the child writes to it why there is no exec */
    sigset_t mask;           /* what the child starts with */
    volatile bool is_shared; /* set by the child: it runs in the parent's memory */
};

/* A handler of the parent's must not run in the child, which may have its memory.
 * Returns 0 or a negative error number. */
static long reset_handlers(void)
{
    struct sigaction now;

    for (int signal = 1; signal < _NSIG; signal++)
        if (sigaction(signal, NULL, &now) == 0 && now.sa_handler != SIG_DFL &&
            now.sa_handler != SIG_IGN)
            ksigaction_set_default(signal, NULL);
    return ksigaction_set_default(SIGPIPE, NULL);
}

/* noinline: its variables must not be in the frame in which vfork() returns twice. */
static __attribute__((noinline)) _Noreturn void run_child(struct job *job)
{
    const struct spawn *spawn = job->spawn;
    int report, error;

    job->is_shared = true;
    report = fcntl(job->report, F_DUPFD_CLOEXEC, spawn->lowest);
    if (report < 0) {
        error = EMFILE; /* EINVAL: the limit is lower still */
        report = job->report;
    } else if (spawn->arrange(spawn->data) != 0) {
        error = errno;
    } else {
        if (report != spawn->lowest)
            report = dup3(report, spawn->lowest, O_CLOEXEC);
        epipe_close_from(spawn->lowest + 1);
        error = (int)-reset_handlers();
        if (error == 0)
            error = pthread_sigmask(SIG_SETMASK, &job->mask, NULL);
        if (error == 0) {
            execvpe(spawn->argv[0], spawn->argv, spawn->envp);
            error = errno;
        }
    }
    syscall(SYS_write, report, &error, sizeof error);
    for (;;)
        syscall(SYS_exit_group, 127);
}

/* A function of its own: its frame is the one that the child shares and leaves alone. */
static __attribute__((noinline)) pid_t start(struct job *job)
{
    pid_t pid = vfork();

    if (pid == 0)
        run_child(job);
    return pid;
}

/* Returns 0, or the errno that the child has reported.  While vfork shares the memory,
 * the child has done what it had to do, and end of file need not be waited for; another
 * thread's fork may hold the other end.  Where vfork is a fork (valgrind, qemu-user), it
 * has to be waited for. */
static int read_report(int fd, bool is_shared)
{
    struct pollfd poll_fd = {fd, POLLIN, 0};
    int error;

    while (!is_shared && poll(&poll_fd, 1, -1) < 0 && errno == EINTR) {
    }
    return read(fd, &error, sizeof error) == (ssize_t)sizeof error ? error : 0;
}

/* The child starts with MASK. */
static pid_t start_and_see(const struct spawn *spawn, const sigset_t *mask)
{
    struct job job = {.spawn = spawn, .mask = *mask};
    int report[2];
    pid_t pid;
    int error;

    if (epipe_pipe(report, O_NONBLOCK) != 0)
        return -1;
    job.report = report[1];
    pid = start(&job);
    error = pid < 0 ? errno : 0;
    close(report[1]);
    if (pid > 0)
        error = read_report(report[0], job.is_shared);
    close(report[0]);
    if (error == 0)
        return pid;
    if (pid > 0)
        epipe_spawn_wait(pid);
    errno = error;
    return -1;
}

/* Without signals: a handler must not run in the child. */
pid_t epipe_spawn_start(const struct spawn *spawn)
{
    sigset_t all, before, mask;
    pid_t pid = -1;
    int error;

    sigfillset(&all);
    error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (error == 0) {
        mask = before;
        sigdelset(&mask, SIGPIPE);
        pid = start_and_see(spawn, &mask);
        error = errno;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    errno = error;
    return pid;
}

int epipe_spawn_wait(pid_t pid)
{
    int status;
    pid_t ended;

    while ((ended = waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
    }
    return ended == pid ? status : -1;
}

bool epipe_spawn_ends_by(pid_t pid, int64_t end)
{
    struct pollfd pidfd = {-1, POLLIN, 0};
    siginfo_t info = {0};
    bool is_late = false;

#ifdef SYS_pidfd_open
    pidfd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
#endif
    while (!is_late && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0) {
        const int64_t soon = deadline_in(10); /* an older kernel has to be asked now and then */
        const struct timespec left = deadline_left(pidfd.fd >= 0 || end < soon ? end : soon);

        is_late = deadline_is_past(end);
        if (!is_late)
            ppoll(&pidfd, 1, &left, NULL);
    }
    if (pidfd.fd >= 0)
        close(pidfd.fd);
    return !is_late;
}
