/* SPDX-License-Identifier: MIT
 *
 * blocked HOW: a thread that has SIGPIPE blocked when it writes.
 *
 *   write, stdio, syscall, partial   a broken write so made, then unblocked
 *   stdout          a broken write to descriptor 1, then unblocked
 *   replaced        a broken write to a socket at descriptor 1, which then is again what
 *                   it was at the start
 *   ppoll           unblocked by ppoll for a moment
 *   exec            unblocked by the program that exec makes of it
 *   sigwait, sigtimedwait, signalfd, libpq
 *                   the program takes the signal off the queue by itself
 *   kill, child-kill  a SIGPIPE of one's own or of another process, no write
 *   write-and-kill  both are pending
 *   beneath         a broken write, then unblocked together with a signal whose handler
 *                   makes another; the process has sent itself SIGPIPE before
 */
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "broken-fd.h"

static sigset_t sigpipe;

static void unblock(void)
{
    need(sigprocmask(SIG_UNBLOCK, &sigpipe, NULL) == 0, "sigprocmask");
}

/* 256 KiB into a pipe that holds 64 and whose reader leaves without reading:
 * a short count, not EPIPE. */
static void partial_write(void)
{
    static char data[1 << 18];
    int pair[2], gone[2];
    char byte;
    pid_t child;

    need(pipe(pair) == 0 && pipe(gone) == 0, "pipe");
    child = fork();
    if (child == 0) {
        close(pair[1]);
        close(gone[0]);
        need(read(pair[0], &byte, 1) == 1, "read");
        _exit(0);
    }
    close(pair[0]);
    need(write(pair[1], data, sizeof data) > 0, "partial write");
    while (waitpid(child, NULL, 0) < 0)
        need(errno == EINTR, "waitpid");
}

static void broken_write(const char *how)
{
    int fd = strcmp(how, "stdout") == 0 ? broken_stdout() : broken_fd("unix");
    long result;

    if (strcmp(how, "stdio") == 0) {
        FILE *stream = fdopen(fd, "w");

        need(stream != NULL && fputs("x", stream) >= 0, "fdopen");
        result = fflush(stream);
    } else if (strcmp(how, "syscall") == 0) {
        result = syscall(SYS_write, fd, "x", 1);
    } else {
        result = write(fd, "x", 1);
    }
    need(result == -1 && errno == EPIPE, "a broken write that says EPIPE");
}

static void write_then_replace(void)
{
    int at_start = dup(1);

    need(at_start >= 0 && dup2(broken_fd("unix"), 1) == 1, "dup2");
    need(write(1, "x", 1) == -1 && errno == EPIPE, "a broken write");
    need(dup2(at_start, 1) == 1, "dup2");
}

/* As PostgreSQL's client library does it. */
static void take_as_libpq(void)
{
    sigset_t pending;
    int sig = 0;

    if (sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE))
        sigwait(&sigpipe, &sig);
    printf("libpq: took %d\n", sig);
}

static void take(const char *how)
{
    if (strcmp(how, "sigwait") == 0) {
        int sig = 0;

        need(sigwait(&sigpipe, &sig) == 0, "sigwait");
        printf("sigwait: %d\n", sig);
    } else if (strcmp(how, "sigtimedwait") == 0) {
        struct timespec at_once = {0, 0};
        siginfo_t info;
        int sig = sigtimedwait(&sigpipe, &info, &at_once);

        printf("sigtimedwait: %d code %d own pid %d\n", sig, info.si_code,
               info.si_pid == getpid());
    } else if (strcmp(how, "signalfd") == 0) {
        struct signalfd_siginfo info = {0};
        int fd = signalfd(-1, &sigpipe, SFD_NONBLOCK);

        need(read(fd, &info, sizeof info) == (ssize_t)sizeof info, "signalfd");
        printf("signalfd: %u\n", info.ssi_signo);
    } else {
        take_as_libpq();
    }
}

static int dead_beneath;

static void write_on_top(int signal)
{
    (void)signal;
    need(write(dead_beneath, "x", 1) == -1 && errno == EPIPE, "a broken write on top");
}

/* The kernel takes the thread's own signal first, so that the handler of the process's
 * runs on top of what stands for the default action. */
static void write_beneath(void)
{
    struct sigaction act = {.sa_handler = SIG_IGN, .sa_flags = SA_NODEFER};
    sigset_t usr1;

    sigaction(SIGPIPE, &act, NULL);
    unblock();
    need(kill(getpid(), SIGPIPE) == 0, "kill");
    need(sigprocmask(SIG_BLOCK, &sigpipe, NULL) == 0, "sigprocmask");
    act.sa_handler = SIG_DFL;
    sigaction(SIGPIPE, &act, NULL);
    dead_beneath = broken_fd("unix");
    signal(SIGUSR1, write_on_top);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigaddset(&sigpipe, SIGUSR1);
    need(sigprocmask(SIG_BLOCK, &usr1, NULL) == 0, "sigprocmask");
    broken_write("write");
    need(kill(getpid(), SIGUSR1) == 0, "kill");
}

static int is_one_of(const char *how, const char *list)
{
    const char *found = strstr(list, how);

    return found != NULL && found[-1] == ' ' && found[strlen(how)] == ' ';
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    struct timespec moment = {0, 0};

    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    if (strcmp(how, "after-exec") != 0)
        need(sigprocmask(SIG_BLOCK, &sigpipe, NULL) == 0, "sigprocmask");

    if (is_one_of(how, " write stdio syscall stdout ppoll exec write-and-kill "))
        broken_write(how);
    if (is_one_of(how, " sigwait sigtimedwait signalfd libpq ")) {
        broken_write("write");
        take(how);
    }
    if (strcmp(how, "replaced") == 0)
        write_then_replace();
    if (strcmp(how, "beneath") == 0)
        write_beneath();
    if (strcmp(how, "partial") == 0)
        partial_write();
    if (is_one_of(how, " kill write-and-kill "))
        need(kill(getpid(), SIGPIPE) == 0, "kill");
    if (strcmp(how, "child-kill") == 0) {
        pid_t child = fork();

        if (child == 0)
            _exit(kill(getppid(), SIGPIPE));
        need(waitpid(child, NULL, 0) == child, "waitpid");
    }
    if (strcmp(how, "ppoll") == 0) {
        sigset_t none;

        sigemptyset(&none);
        ppoll(NULL, 0, &moment, &none);
    }
    if (strcmp(how, "exec") == 0)
        execl("/proc/self/exe", argv[0], "after-exec", (char *)NULL);
    unblock();
    fputs("alive\n", stderr);
    return 0;
}
