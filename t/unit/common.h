/* SPDX-License-Identifier: MIT
 *
 * What the cmocka programs share: the headers that cmocka wants, broken writes, and
 * a look at SIGPIPE's state.
 */
#ifndef UNIT_COMMON_H
#define UNIT_COMMON_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { BOUND = 60000 }; /* milliseconds; for hangs only */

/* cmocka 2 has assert_in_range by another name. */
#define assert_within(value, least, most)                                                 \
    do {                                                                                  \
        intmax_t value_ = (intmax_t)(value);                                              \
        assert_true(value_ >= (intmax_t)(least) && value_ <= (intmax_t)(most));           \
    } while (0)

/* Polls for what will come. */
#define WAIT_FOR(condition)                                                               \
    for (int tries_ = 0; !(condition) && tries_ < BOUND; tries_++)                        \
    poll(NULL, 0, 1)

/* The address sanitizer takes a cancelled frame for a live one. */
#if defined __SANITIZE_ADDRESS__
enum { CAN_CANCEL = 0 };
#else
enum { CAN_CANCEL = 1 };
#endif

/* What a program that is killed has said by then is not lost. */
static __attribute__((constructor)) void buffer_lines(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
}

static volatile sig_atomic_t seen;
static volatile sig_atomic_t sender;

static inline void count(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    seen = seen + 1;
    sender = info->si_pid;
}

/* A setup function: SIGPIPE unblocked and counted. */
static inline int count_signals(void **state)
{
    struct sigaction act = {.sa_flags = SA_SIGINFO | SA_RESTART};
    sigset_t none;

    (void)state;
    seen = 0;
    sender = 0;
    sigemptyset(&none);
    act.sa_sigaction = count;
    return sigaction(SIGPIPE, &act, NULL) || sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Another: SIGPIPE unblocked and at its default, so that a stray one ends the test. */
static inline int at_default(void **state)
{
    sigset_t none;

    (void)state;
    sigemptyset(&none);
    return signal(SIGPIPE, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, &none, NULL);
}

static inline void mask_sigpipe(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    assert_int_equal(pthread_sigmask(how, &set, NULL), 0);
}

static inline int is_blocked(void)
{
    sigset_t now;

    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &now), 0);
    return sigismember(&now, SIGPIPE);
}

static inline int is_pending(void)
{
    sigset_t set;

    assert_int_equal(sigpending(&set), 0);
    return sigismember(&set, SIGPIPE);
}

/* In a child that would run for ever: not for longer than the test. */
static inline void end_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static inline int dead_socket(void)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    close(pair[1]);
    return pair[0];
}

/* Descriptor NUMBER becomes the writing end of a pipe without a reader. */
static inline void break_pipe_at(int number)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], number), number);
    close(ends[0]);
    close(ends[1]);
}

static inline void break_something(void)
{
    int fd = dead_socket();

    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    close(fd);
}

static inline pid_t signal_from_outside(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(kill(getppid(), SIGPIPE) != 0);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

/* What becomes of a child that does FUNCTION: 0, its exit status, or 256 and the
 * signal that killed it. */
static inline int child_that(void (*function)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        function();
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

enum { KILLED_BY_SIGPIPE = 256 + SIGPIPE };

static inline int is_under_shim(void)
{
    return getenv("TEST_UNDER_SHIM") != NULL;
}

/* What an unprotected write does at the default action: it kills, unless the test runs
 * under the preload shim. */
static inline int at_default_it_is(void)
{
    return is_under_shim() ? 0 : KILLED_BY_SIGPIPE;
}

#endif
