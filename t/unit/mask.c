/* SPDX-License-Identifier: MIT
 *
 * The mask: exactly the own signal is drained, everybody else's arrives, and the
 * mask is what it was.  Each case counts what a handler sees, and the control is
 * in the case itself: without epipe_mask_leave()'s drain the count would be another.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mask.h"

static volatile sig_atomic_t seen;
static volatile sig_atomic_t sender;

static void count(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    seen = seen + 1;
    sender = info->si_pid;
}

static int start(void **state)
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

static void block(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    assert_int_equal(sigprocmask(how, &set, NULL), 0);
}

static int is_blocked(void)
{
    sigset_t now;

    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &now), 0);
    return sigismember(&now, SIGPIPE);
}

static int is_pending(void)
{
    sigset_t set;

    assert_int_equal(sigpending(&set), 0);
    return sigismember(&set, SIGPIPE);
}

static void break_something(void)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    close(pair[1]);
    assert_int_equal(write(pair[0], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    close(pair[0]);
}

static pid_t signal_from_outside(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(kill(getppid(), SIGPIPE) != 0);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

static void nothing_happens(void **state)
{
    struct mask mask;

    (void)state;
    errno = ENOTTY;
    assert_true(epipe_mask_enter(&mask));
    assert_true(is_blocked());
    assert_false(epipe_mask_leave(&mask));
    assert_int_equal(errno, ENOTTY);
    assert_false(is_blocked());
    assert_int_equal(seen, 0);
}

static void own_signal_is_taken(void **state)
{
    struct mask mask;

    (void)state;
    break_something();
    assert_int_equal(seen, 1); /* the control: unmasked it is delivered */
    assert_true(epipe_mask_enter(&mask));
    break_something();
    assert_true(is_pending());
    errno = ENOTTY;
    assert_true(epipe_mask_leave(&mask));
    assert_int_equal(errno, ENOTTY);
    assert_false(is_pending());
    assert_int_equal(seen, 1);
}

static void foreign_signal_arrives(void **state)
{
    struct mask mask;
    pid_t from;

    (void)state;
    assert_true(epipe_mask_enter(&mask));
    from = signal_from_outside();
    assert_int_equal(seen, 0);
    assert_false(epipe_mask_leave(&mask));
    assert_int_equal(seen, 1);
    assert_int_equal(sender, from);
}

static void foreign_signal_arrives_beside_the_own(void **state)
{
    struct mask mask;
    pid_t from;

    (void)state;
    assert_true(epipe_mask_enter(&mask));
    from = signal_from_outside();
    break_something();
    assert_true(epipe_mask_leave(&mask));
    assert_int_equal(seen, 1);
    assert_int_equal(sender, from);
}

static void own_kill_arrives(void **state)
{
    struct mask mask;

    (void)state;
    assert_true(epipe_mask_enter(&mask));
    kill(getpid(), SIGPIPE);
    break_something();
    assert_true(epipe_mask_leave(&mask));
    assert_int_equal(seen, 1);
}

static void blocked_before_stays_blocked(void **state)
{
    struct mask mask;

    (void)state;
    block(SIG_BLOCK);
    assert_true(epipe_mask_enter(&mask));
    break_something();
    assert_true(epipe_mask_leave(&mask));
    assert_true(is_blocked());
    assert_false(is_pending());
    block(SIG_UNBLOCK);
    assert_int_equal(seen, 0);
}

static void pending_before_stays_pending(void **state)
{
    struct mask mask;

    (void)state;
    block(SIG_BLOCK);
    break_something(); /* in the thread's queue, where ours would merge */
    assert_true(epipe_mask_enter(&mask));
    break_something();
    assert_false(epipe_mask_leave(&mask));
    assert_true(is_pending());
    block(SIG_UNBLOCK);
    assert_int_equal(seen, 1);
}

static void pending_for_the_process_stays(void **state)
{
    struct mask mask;

    (void)state;
    block(SIG_BLOCK);
    signal_from_outside();
    assert_true(epipe_mask_enter(&mask));
    break_something();
    assert_true(epipe_mask_leave(&mask));
    assert_true(is_pending());
    block(SIG_UNBLOCK);
    assert_int_equal(seen, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_happens, start),
        cmocka_unit_test_setup(own_signal_is_taken, start),
        cmocka_unit_test_setup(foreign_signal_arrives, start),
        cmocka_unit_test_setup(foreign_signal_arrives_beside_the_own, start),
        cmocka_unit_test_setup(own_kill_arrives, start),
        cmocka_unit_test_setup(blocked_before_stays_blocked, start),
        cmocka_unit_test_setup(pending_before_stays_pending, start),
        cmocka_unit_test_setup(pending_for_the_process_stays, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
