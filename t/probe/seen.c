/* SPDX-License-Identifier: MIT
 *
 * seen HOW: what a program can see of how it was started, and ways to end.
 *
 *   environment  pid, parent, children, descriptors, signals      variables   its environment
 *   write        a write to a broken pipe       exit, kill, raise   how it ends
 *   exec FILE... executes it                   user                 its rights
 */
#include <signal.h>
#include <sys/wait.h>

#include "broken-fd.h"

static void print_signals(const char *what, const sigset_t *set)
{
    printf("%s:", what);
    for (int signal = 1; signal < 32; signal++)
        if (sigismember(set, signal) == 1)
            printf(" %d", signal);
    puts("");
}

static void print_environment(void)
{
    struct sigaction action;
    sigset_t set;
    pid_t child;

    printf("pid: %d\nparent: %d\n", getpid(), getppid());
    child = waitpid(-1, NULL, WNOHANG);
    printf("children: %s\n", child < 0 && errno == ECHILD ? "none" : "some");
    printf("descriptors:");
    for (int fd = 0; fd < 300; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf(" %d", fd);
    puts("");
    sigprocmask(SIG_BLOCK, NULL, &set);
    print_signals("blocked", &set);
    sigpending(&set);
    print_signals("pending", &set);
    for (int signal = 1; signal < 32; signal++)
        if (signal != SIGPIPE && sigaction(signal, NULL, &action) == 0 &&
            action.sa_handler != SIG_DFL)
            printf("not default: %d\n", signal);
}

static void print_variables(void)
{
    for (char **variable = environ; *variable != NULL; variable++)
        puts(*variable);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    if (strcmp(how, "environment") == 0)
        print_environment();
    else if (strcmp(how, "variables") == 0)
        print_variables();
    else if (strcmp(how, "write") == 0)
        say("write", write(broken_fd("pipe"), "x", 1));
    else if (strcmp(how, "exit") == 0)
        return 7;
    else if (strcmp(how, "kill") == 0)
        raise(SIGKILL);
    else if (strcmp(how, "raise") == 0)
        raise(SIGPIPE);
    else if (strcmp(how, "user") == 0)
        printf("user %d, effective %d\n", (int)getuid(), (int)geteuid());
    else if (strcmp(how, "exec") == 0 && argc > 2)
        execv(argv[2], argv + 2);
    return 0;
}
