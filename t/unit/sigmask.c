/* SPDX-License-Identifier: MIT
 *
 * The mask: exactly the own signal is drained, everybody else's arrives, and the
 * mask is what it was.  Each case counts what a handler sees, and the control is
 * in the case itself: without epipe_sigmask_restore()'s drain the count would be another.
 */
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "common.h"
#include "lib/core/sigmask.h"

static void nothing_happens(void **state)
{
    struct sigmask mask;

    (void)state;
    errno = ENOTTY;
    assert_true(epipe_sigmask_block(&mask));
    assert_true(is_blocked());
    assert_false(epipe_sigmask_restore(&mask));
    assert_int_equal(errno, ENOTTY);
    assert_false(is_blocked());
    assert_int_equal(seen, 0);
}

static void own_signal_is_taken(void **state)
{
    struct sigmask mask;

    (void)state;
    break_something();
    assert_int_equal(seen, 1); /* the control: unmasked it is delivered */
    assert_true(epipe_sigmask_block(&mask));
    break_something();
    assert_true(is_pending());
    errno = ENOTTY;
    assert_true(epipe_sigmask_restore(&mask));
    assert_int_equal(errno, ENOTTY);
    assert_false(is_pending());
    assert_int_equal(seen, 1);
}

static void foreign_signal_arrives(void **state)
{
    struct sigmask mask;
    pid_t from;

    (void)state;
    assert_true(epipe_sigmask_block(&mask));
    from = signal_from_outside();
    assert_int_equal(seen, 0);
    assert_false(epipe_sigmask_restore(&mask));
    assert_int_equal(seen, 1);
    assert_int_equal(sender, from);
}

static void foreign_signal_arrives_beside_the_own(void **state)
{
    struct sigmask mask;
    pid_t from;

    (void)state;
    assert_true(epipe_sigmask_block(&mask));
    from = signal_from_outside();
    break_something();
    assert_true(epipe_sigmask_restore(&mask));
    assert_int_equal(seen, 1);
    assert_int_equal(sender, from);
}

static void own_kill_arrives(void **state)
{
    struct sigmask mask;

    (void)state;
    assert_true(epipe_sigmask_block(&mask));
    kill(getpid(), SIGPIPE);
    break_something();
    assert_true(epipe_sigmask_restore(&mask));
    assert_int_equal(seen, 1);
}

static void blocked_before_stays_blocked(void **state)
{
    struct sigmask mask;

    (void)state;
    mask_sigpipe(SIG_BLOCK);
    assert_true(epipe_sigmask_block(&mask));
    break_something();
    assert_true(epipe_sigmask_restore(&mask));
    assert_true(is_blocked());
    assert_false(is_pending());
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 0);
}

static void pending_before_stays_pending(void **state)
{
    struct sigmask mask;

    (void)state;
    mask_sigpipe(SIG_BLOCK);
    break_something(); /* in the thread's queue, where ours would merge */
    assert_true(epipe_sigmask_block(&mask));
    break_something();
    assert_false(epipe_sigmask_restore(&mask));
    assert_true(is_pending());
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 1);
}

static void pending_for_the_process_stays(void **state)
{
    struct sigmask mask;

    (void)state;
    mask_sigpipe(SIG_BLOCK);
    signal_from_outside();
    assert_true(epipe_sigmask_block(&mask));
    break_something();
    assert_true(epipe_sigmask_restore(&mask));
    assert_true(is_pending());
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 1);
}

/* What stands before the line SigPnd moves it about: it is read in pieces, and must be
 * found, and read to its end, wherever one ends.  Where it is not found, a signal that the
 * process sent itself is taken for a write's. */
static void the_queue_is_known_wherever_it_stands(void **state)
{
    gid_t groups[300 / 6], before[1024];
    int had = getgroups(1024, before);

    (void)state;
    if (had < 0 || geteuid() != 0 || setgroups((size_t)had, before) != 0)
        skip(); /* only root can make the lines longer */
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        groups[i] = 12345; /* and a blank: six characters */
    for (size_t count = 0; count < sizeof groups / sizeof *groups; count++) {
        assert_int_equal(setgroups(count, groups), 0);
        for (size_t length = 1; length <= 6; length++) {
            char name[] = "abcdef";
            struct sigmask mask;

            name[length] = '\0';
            prctl(PR_SET_NAME, name);
            assert_true(epipe_sigmask_block(&mask));
            kill(getpid(), SIGPIPE);
            assert_false(epipe_sigmask_restore(&mask));
            assert_int_equal(seen, 1);
            assert_true(epipe_sigmask_block(&mask));
            break_something();
            assert_true(epipe_sigmask_restore(&mask));
            assert_int_equal(seen, 1);
            seen = 0;
        }
    }
    assert_int_equal(setgroups((size_t)had, before), 0);
}

/* Where /proc cannot be read, here for want of a descriptor, the signal is taken to be
 * looked at, and put back if it was not a write's. */
static void without_proc(bool kernel_raises, void (*send)(void), int expected)
{
    struct rlimit limit, none;
    struct sigmask mask;

    assert_return_code(getrlimit(RLIMIT_NOFILE, &limit), errno);
    assert_true(epipe_sigmask_block(&mask));
    if (kernel_raises)
        break_something();
    if (send != NULL)
        send();
    none = (struct rlimit){0, limit.rlim_max};
    assert_return_code(setrlimit(RLIMIT_NOFILE, &none), errno);
    assert_int_equal(epipe_sigmask_restore(&mask), kernel_raises);
    assert_return_code(setrlimit(RLIMIT_NOFILE, &limit), errno);
    assert_int_equal(seen, expected);
}

static void from_outside(void)
{
    signal_from_outside();
}

static void to_this_thread(void)
{
    pthread_kill(pthread_self(), SIGPIPE);
}

static void own_signal_is_taken_without_proc(void **state)
{
    (void)state;
    without_proc(true, NULL, 0);
}

static void foreign_signal_goes_back_without_proc(void **state)
{
    (void)state;
    without_proc(false, from_outside, 1);
}

static void threads_signal_goes_back_without_proc(void **state)
{
    (void)state;
    without_proc(false, to_this_thread, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_happens, count_signals),
        cmocka_unit_test_setup(own_signal_is_taken, count_signals),
        cmocka_unit_test_setup(foreign_signal_arrives, count_signals),
        cmocka_unit_test_setup(foreign_signal_arrives_beside_the_own, count_signals),
        cmocka_unit_test_setup(own_kill_arrives, count_signals),
        cmocka_unit_test_setup(blocked_before_stays_blocked, count_signals),
        cmocka_unit_test_setup(pending_before_stays_pending, count_signals),
        cmocka_unit_test_setup(pending_for_the_process_stays, count_signals),
        cmocka_unit_test_setup(the_queue_is_known_wherever_it_stands, count_signals),
        cmocka_unit_test_setup(own_signal_is_taken_without_proc, count_signals),
        cmocka_unit_test_setup(foreign_signal_goes_back_without_proc, count_signals),
        cmocka_unit_test_setup(threads_signal_goes_back_without_proc, count_signals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
