/* SPDX-License-Identifier: MIT
 *
 * daemonize: starts a program as a daemon, which keeps nothing of its caller's: no
 * terminal, no directory, no SIGPIPE that is ignored or blocked, and no descriptor.  A
 * daemon that stays a reader of a pipe keeps it from breaking, so that in bash
 *
 *     seq inf | ( sleep 1000 & head -n 1 )
 *
 * hangs for as long as the sleep runs.  With "daemonize sleep 1000" it ends at once.
 *
 *     daemonize [-p PIDFILE] PROGRAM [ARG]...
 *
 * Exit status: 0, the program runs, and PIDFILE holds its process ID; 127, there is no
 * such program; 126, it cannot be executed; 125, something else went wrong.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <epipe.h>

enum { FAILED = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

/* From the daemon to its caller: first its process ID, and then, if the program cannot
 * be executed, why. */
struct report {
    pid_t pid;
    int status; /* not 0: for the caller to exit with */
    int error;
};

static int fail(int status, const char *what, int error)
{
    fprintf(stderr, "daemonize: %s: %s\n", what, strerror(error));
    return status;
}

static int status_of_exec(int error)
{
    return error == ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
}

/* The caller may be gone, which is no reason for a daemon to die of SIGPIPE. */
static void tell(int fd, struct report report)
{
    epipe_write(fd, &report, sizeof report);
}

static _Noreturn void give_up(int fd, int status)
{
    tell(fd, (struct report){.status = status, .error = errno});
    _exit(status);
}

static _Noreturn void run_daemon(int fd, const char *path, char **argv)
{
    const int report = STDERR_FILENO + 1;
    pid_t pid;
    int null;

    /* A new session has no terminal.  Its leader may get one, its leader's child not. */
    if (setsid() < 0 || (pid = fork()) < 0)
        give_up(fd, FAILED);
    if (pid > 0)
        _exit(EXIT_SUCCESS);
    tell(fd, (struct report){.pid = getpid()});
    umask(S_IWGRP | S_IWOTH);
    if (epipe_child_reset() != 0 || chdir("/") != 0 || (null = open("/dev/null", O_RDWR)) < 0)
        give_up(fd, FAILED);
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++)
        dup2(null, standard);
    /* One stays open until execvp, which closes it: so the caller sees that it worked. */
    if (fd != report)
        dup3(fd, report, O_CLOEXEC);
    epipe_close_from(report + 1);
    execvp(path, argv);
    give_up(report, status_of_exec(errno));
}

/* Returns an exit status; if that is 0, the process ID of the daemon in *PID. */
static int start(const char *path, char **argv, pid_t *pid)
{
    struct report report = {0};
    int fds[2];

    /* Close-on-exec, and not among the standard streams, even where those are closed. */
    if (epipe_pipe(fds, 0) != 0)
        return fail(FAILED, "pipe", errno);
    *pid = fork();
    if (*pid == 0)
        run_daemon(fds[1], path, argv);
    if (*pid < 0)
        return fail(FAILED, "fork", errno);
    close(fds[1]);
    for (*pid = 0; read(fds[0], &report, sizeof report) > 0; *pid = report.pid)
        if (report.status != 0)
            return fail(report.status, argv[0], report.error);
    return *pid > 0 ? EXIT_SUCCESS : fail(FAILED, argv[0], ECHILD); /* it was killed */
}

static int write_pid(int fd, pid_t pid)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", (long)pid);

    if (epipe_write_all(fd, text, (size_t)length, -1, NULL) != 0)
        return -1;
    return ftruncate(fd, length) == 0 || errno == EINVAL ? 0 : -1; /* EINVAL: no file */
}

int main(int argc, char **argv)
{
    const char *pid_file = NULL, *path;
    int pid_fd = -1, is_new = 0, option, status;
    pid_t pid = -1;

    while ((option = getopt(argc, argv, "+:p:")) == 'p')
        pid_file = optarg;
    argv += optind;
    if (option != -1 || argv[0] == NULL) {
        fputs("Usage: daemonize [-p PIDFILE] PROGRAM [ARG]...\n", stderr);
        return FAILED;
    }
    path = strchr(argv[0], '/') ? realpath(argv[0], NULL) : argv[0]; /* it will be in / */
    if (path == NULL)
        return fail(status_of_exec(errno), argv[0], errno);
    if (pid_file != NULL) { /* opened while there is no daemon, written when there is */
        pid_fd = open(pid_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        is_new = pid_fd >= 0;
        if (!is_new && errno == EEXIST)
            pid_fd = open(pid_file, O_WRONLY | O_CLOEXEC);
        if (pid_fd < 0)
            return fail(FAILED, pid_file, errno);
    }
    status = start(path, argv, &pid);
    if (status != EXIT_SUCCESS && is_new)
        unlink(pid_file);
    if (status == EXIT_SUCCESS && pid_fd >= 0 && write_pid(pid_fd, pid) != 0) {
        status = fail(FAILED, pid_file, errno);
        kill(pid, SIGTERM);
    }
    return status;
}
