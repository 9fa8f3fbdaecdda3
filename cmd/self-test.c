/* SPDX-License-Identifier: MIT */
#include "self-test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit-status.h"
#include "message.h"
#include "preload/settings.h"

enum { SECONDS = 30 }; /* for a child; some emulators hang in exec */

static int broken_pipe(void)
{
    int fds[2], fd;

    if (pipe(fds) != 0)
        return -1;
    close(fds[0]);
    fd = fcntl(fds[1], F_DUPFD, STDERR_FILENO + 1); /* on 1 or 2 it would be kept */
    close(fds[1]);
    return fd;
}

static int break_pipe(void)
{
    int fd = broken_pipe();

    return fd < 0 ? -1 : (int)write(fd, "x", 1);
}

static int break_socket(void)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return -1;
    close(fds[0]);
    return (int)send(fds[1], "x", 1, 0);
}

/* No interposed function makes this write. */
static int break_stdio(void)
{
    int fd = broken_pipe();
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");

    return stream == NULL || fputs("x", stream) == EOF ? -1 : fflush(stream);
}

static const struct {
    const char *name;
    int (*break_it)(void); /* -1 and errno */
} tests[] = {{"pipe", break_pipe}, {"socket", break_socket}, {"stdio", break_stdio}};

enum { TESTS = sizeof tests / sizeof *tests };

int self_test_break(const char *what)
{
    for (int i = 0; i < TESTS; i++)
        if (strcmp(what, tests[i].name) == 0)
            return tests[i].break_it() < 0 ? errno : 0;
    print_bad_value("self-test", what, "pipe, socket or stdio, or no value");
    return EXIT_OWN_FAILURE;
}

/* Starts ARGV with SIGPIPE at default and returns its wait status; -1 with errno. */
static int run_child(char *const argv[])
{
    pid_t pid = fork();
    sigset_t none;
    int status;

    if (pid == 0) {
        sigemptyset(&none);
        signal(SIGPIPE, SIG_DFL);
        signal(SIGALRM, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        alarm(SECONDS);
        execv(argv[0], argv);
        _exit(errno);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

struct end {
    bool by_sigpipe, by_epipe;
    char text[80];
};

static struct end end_of(char *const argv[])
{
    int status = run_child(argv);
    int code = status < 0 ? errno : WEXITSTATUS(status);
    struct end end = {.by_sigpipe = status >= 0 && WIFSIGNALED(status) &&
                                    WTERMSIG(status) == SIGPIPE,
                      .by_epipe = status >= 0 && WIFEXITED(status) && code == EPIPE};

    if (status >= 0 && WIFSIGNALED(status))
        snprintf(end.text, sizeof end.text, "killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else if (status >= 0 && code >= EXIT_OWN_FAILURE)
        snprintf(end.text, sizeof end.text, "exit status %d", code);
    else
        snprintf(end.text, sizeof end.text, "%s", code == 0 ? "no error" : strerror(code));
    return end;
}

static bool test(char *self, const char *name)
{
    char option[32];
    struct end without, with;

    snprintf(option, sizeof option, "--self-test=%s", name);
    without = end_of((char *[]){self, option, NULL});
    with = end_of((char *[]){self, self, option, NULL});
    if (with.by_epipe && without.by_sigpipe)
        print(stdout, name, "works");
    else
        print(stdout, name, "%s: with epipe: %s; without: %s",
              with.by_epipe ? "works" : "does not work", with.text, without.text);
    return with.by_epipe;
}

int self_test(void)
{
    char *self = (char *)getauxval(AT_EXECFN);
    bool all = true;

    signal(SIGCHLD, SIG_DFL); /* or the children could not be waited for */
    for (unsigned key = 0; key < SETTINGS_KEYS; key++)
        unsetenv(setting_names[key].variable);
    for (int i = 0; i < TESTS; i++)
        all &= test(self, tests[i].name);
    return all ? 0 : 1;
}
