/* SPDX-License-Identifier: MIT
 *
 * pending-memory HOW: a recorded call fails with EPIPE and no signal of it stays pending.
 * Then SIGPIPE is blocked, an unrecorded write breaks, and SIGPIPE is unblocked: the signal
 * is that write's and no earlier one's.
 *
 * The earlier call was to a socket and the later write is to standard output:
 *   ignored         under SIG_IGN, then restored
 *   handled         under a handler, then restored
 *   one-shot        the same by a handler with SA_RESETHAND
 *   vfork           as ignored, and a vfork child has restored SIG_DFL for itself
 *   seqpacket       which raises none
 *   sigwait, sigwaitinfo, sigtimedwait
 *                   the program has taken the signal
 *   scope           epipe_scope_leave() has
 *   sendfile        epipe_sendfile() has
 *   epipe-write     epipe_write()
 *   installed       the library's handler has answered it
 *   fork            it is the parent's
 *   grandchild      it is a forked parent's
 * The same, and SIGPIPE is not blocked in the meantime:
 *   refused         a write that waited, whose reader has shut its end: EPIPE and no signal
 * The other way round, and standard output is then another pipe, which is whole:
 *   stdout          under SIG_IGN, then restored
 * The earlier signal is the pending one:
 *   same            SIGPIPE was set to SIG_DFL, where it was
 */
#include <pthread.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "broken-fd.h"
#include <epipe.h>

static sigset_t sigpipe;

static void block(void)
{
    need(sigprocmask(SIG_BLOCK, &sigpipe, NULL) == 0, "sigprocmask");
}

static void unblock(void)
{
    need(sigprocmask(SIG_UNBLOCK, &sigpipe, NULL) == 0, "sigprocmask");
}

static void expect_epipe(long result)
{
    need(result == -1 && errno == EPIPE, "a call that says EPIPE");
}

static void write_to(int fd) { expect_epipe(write(fd, "x", 1)); }

static void nothing(int signal) { (void)signal; }

static void take(const char *how)
{
    struct timespec at_once = {0, 0};
    siginfo_t info;
    int sig = 0;

    block();
    write_to(broken_fd("unix"));
    if (strcmp(how, "sigwait") == 0)
        need(sigwait(&sigpipe, &sig) == 0, "sigwait");
    else if (strcmp(how, "sigwaitinfo") == 0)
        sig = sigwaitinfo(&sigpipe, &info);
    else
        sig = sigtimedwait(&sigpipe, &info, &at_once);
    need(sig == SIGPIPE, "a signal to take");
}

/* The parent waits for the child, and ends as it does. */
static void continue_in_child(void)
{
    pid_t child = fork();
    int status;

    need(child >= 0, "fork");
    if (child == 0)
        return;
    need(waitpid(child, &status, 0) == child, "waitpid");
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        unblock();
        raise(WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}

static void default_in_vfork_child(void)
{
    pid_t child = vfork();

    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        _exit(0);
    }
    need(child > 0 && waitpid(child, NULL, 0) == child, "vfork");
}

static void by_library(const char *how)
{
    if (strcmp(how, "scope") == 0) {
        EPIPE_SCOPE write_to(broken_fd("unix"));
    } else if (strcmp(how, "sendfile") == 0) {
        int file = scratch_file();

        need(ftruncate(file, 1) == 0, "ftruncate");
        expect_epipe(epipe_sendfile(broken_fd("unix"), file, NULL, 1));
    } else if (strcmp(how, "epipe-write") == 0) {
        expect_epipe(epipe_write(broken_fd("unix"), "x", 1));
    } else {
        need(epipe_install() == 0, "epipe_install");
        EPIPE_SCOPE write_to(broken_fd("unix"));
    }
}

/* Shuts PAIR[1] for reading once the first thread, which is about to write, waits. */
static void *shut_for_reading(void *pair)
{
    char path[64], state;

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
    for (int waits = 0, tries = 0; waits < 20; tries++) {
        FILE *file = fopen(path, "r");

        need(tries < 30000 && file != NULL && fscanf(file, "%*d (%*[^)]) %c", &state) == 1,
             "stat");
        fclose(file);
        waits = state == 'S' ? waits + 1 : 0;
        usleep(1000);
    }
    need(shutdown(((int *)pair)[1], SHUT_RD) == 0, "shutdown");
    return NULL;
}

/* Far below on the stack: a signal later on may seem to be that of a handler on top. */
static __attribute__((noinline)) void be_refused(void)
{
    volatile char room[16384];
    static char block[65536];
    pthread_t thread;
    int pair[2];

    room[0] = 0;
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    while (send(pair[0], block, sizeof block, MSG_DONTWAIT) > 0) {
    }
    need(pthread_create(&thread, NULL, shut_for_reading, pair) == 0, "thread");
    expect_epipe(write(pair[0], block, sizeof block));
    need(pthread_join(thread, NULL) == 0 && room[0] == 0, "thread");
}

static void earlier(const char *how)
{
    if (strcmp(how, "ignored") == 0 || strcmp(how, "vfork") == 0) {
        signal(SIGPIPE, SIG_IGN);
        if (strcmp(how, "vfork") == 0)
            default_in_vfork_child();
        write_to(broken_fd("unix"));
        signal(SIGPIPE, SIG_DFL);
    } else if (strcmp(how, "handled") == 0) {
        signal(SIGPIPE, nothing);
        write_to(broken_fd("unix"));
        signal(SIGPIPE, SIG_DFL);
    } else if (strcmp(how, "one-shot") == 0) {
        struct sigaction once = {.sa_handler = nothing, .sa_flags = (int)SA_RESETHAND};

        sigaction(SIGPIPE, &once, NULL);
        write_to(broken_fd("unix"));
    } else if (strcmp(how, "seqpacket") == 0) {
        write_to(broken_fd("seqpacket"));
    } else if (strncmp(how, "sig", 3) == 0) {
        take(how);
    } else if (strcmp(how, "fork") == 0 || strcmp(how, "grandchild") == 0) {
        if (strcmp(how, "grandchild") == 0)
            continue_in_child();
        block();
        write_to(broken_fd("unix"));
        continue_in_child();
    } else {
        by_library(how);
    }
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    if (strcmp(how, "stdout") == 0) {
        int whole[2];

        signal(SIGPIPE, SIG_IGN);
        write_to(broken_stdout());
        signal(SIGPIPE, SIG_DFL);
        need(pipe(whole) == 0 && dup2(whole[1], 1) == 1, "pipe");
        block();
        expect_epipe(syscall(SYS_write, broken_fd("unix"), "x", 1));
    } else if (strcmp(how, "same") == 0) {
        broken_stdout();
        block();
        write_to(broken_fd("unix"));
        signal(SIGPIPE, SIG_DFL);
    } else if (strcmp(how, "refused") == 0) {
        be_refused();
        expect_epipe(syscall(SYS_write, broken_stdout(), "x", 1));
    } else {
        earlier(how);
        block();
        expect_epipe(syscall(SYS_write, broken_stdout(), "x", 1));
    }
    unblock();
    fputs("alive\n", stderr);
    return 0;
}
