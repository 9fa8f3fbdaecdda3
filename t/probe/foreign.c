/* SPDX-License-Identifier: MIT
 *
 * foreign HOW: a SIGPIPE that no write has raised.  The process sends it to itself, or
 * waits for it:
 *
 *   kill killpg raise pthread_kill sigqueue rawkill tgkill pidfd timer
 *   thread-kill, thread-killpg, thread-pidfd
 *                  that call in a second thread, the first one polls
 *   busy-kill      the same, the first one writes to /dev/null all the time
 *   wait           prints its pid and waits for that of another process
 *   blocked-write  prints its pid and waits inside a write to a full pipe
 *   epipe-first    meets an EPIPE without a signal, then kill()s itself
 *   epipe-thread   the same, but with kill() in a second thread
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

#include "broken-fd.h"

/* Not every libc has it; the shim has. */
int pidfd_send_signal(int pidfd, int signal, siginfo_t *info, unsigned flags)
    __attribute__((weak));

static void by_pidfd(void)
{
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

    need(pidfd >= 0, "pidfd_open");
    if (pidfd_send_signal != NULL)
        pidfd_send_signal(pidfd, SIGPIPE, NULL, 0);
    else
        syscall(SYS_pidfd_send_signal, pidfd, SIGPIPE, NULL, 0);
}

static void by_killpg(void)
{
    need(getpgrp() == getpid() && killpg(0, SIGPIPE) == 0, "killpg");
}

static void by_kill(void) { need(kill(getpid(), SIGPIPE) == 0, "kill"); }

static void (*killers_call)(void) = by_kill;

static void *killer(void *argument)
{
    sigset_t set;

    (void)argument;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* so that the other thread gets it */
    killers_call();
    return NULL;
}

static void start_killer(void)
{
    pthread_t thread;

    need(pthread_create(&thread, NULL, killer, NULL) == 0, "thread");
}

static volatile sig_atomic_t handled;

/* For a signal that may come before or after we begin to wait. */
static void wait_for_signal(void)
{
    for (int i = 0; i < 500 && !handled; i++)
        poll(NULL, 0, 10);
}

static void by_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPIPE};
    struct itimerspec soon = {.it_value = {0, 1000000}};
    timer_t timer;

    need(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create");
    need(timer_settime(timer, 0, &soon, NULL) == 0, "timer_settime");
    wait_for_signal();
}

static void announce(void)
{
    printf("%d\n", (int)getpid());
    fflush(stdout);
}

static void send_signal(const char *how)
{
    int pair[2];

    if (strcmp(how, "kill") == 0)
        kill(getpid(), SIGPIPE);
    else if (strcmp(how, "killpg") == 0)
        by_killpg();
    else if (strcmp(how, "raise") == 0)
        raise(SIGPIPE);
    else if (strcmp(how, "pthread_kill") == 0)
        pthread_kill(pthread_self(), SIGPIPE);
    else if (strcmp(how, "sigqueue") == 0)
        sigqueue(getpid(), SIGPIPE, (union sigval){.sival_int = 1});
    else if (strcmp(how, "rawkill") == 0)
        syscall(SYS_kill, getpid(), SIGPIPE);
    else if (strcmp(how, "tgkill") == 0)
        syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGPIPE);
    else if (strcmp(how, "pidfd") == 0)
        by_pidfd();
    else if (strcmp(how, "timer") == 0)
        by_timer();
    else if (strncmp(how, "thread-", 7) == 0) {
        killers_call = strcmp(how, "thread-killpg") == 0  ? by_killpg
                       : strcmp(how, "thread-pidfd") == 0 ? by_pidfd
                                                          : by_kill;
        start_killer();
        wait_for_signal();
    } else if (strcmp(how, "busy-kill") == 0) {
        time_t end = time(NULL) + 5;
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        start_killer();
        while (time(NULL) < end && !handled)
            need(write(null, "x", 1) == 1, "write");
    } else if (strcmp(how, "wait") == 0) {
        announce();
        wait_for_signal();
    } else if (strcmp(how, "blocked-write") == 0) {
        static char data[1 << 20];

        need(pipe(pair) == 0, "pipe");
        announce();
        need(write(pair[1], data, sizeof data) < 0, "write");
    } else if (strncmp(how, "epipe-", 6) == 0) {
        errno = 0;
        need(write(broken_fd("seqpacket"), "x", 1) == -1 && errno == EPIPE, "seqpacket");
        if (strcmp(how, "epipe-thread") == 0) {
            start_killer();
            wait_for_signal();
        } else {
            kill(getpid(), SIGPIPE);
        }
    } else {
        need(0, "usage");
    }
}

static void count(int sig)
{
    (void)sig;
    handled = handled + 1;
}

/* foreign HOW [handle]: with a handler it must run, once. */
int main(int argc, char **argv)
{
    need(argc >= 2, "usage");
    if (argc == 3)
        signal(SIGPIPE, count);
    send_signal(argv[1]);
    printf("alive, handled %d\n", (int)handled);
    return 0;
}
