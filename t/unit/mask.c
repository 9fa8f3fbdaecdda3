/* SPDX-License-Identifier: MIT
 *
 * The mask: exactly the own signal is drained, everybody else's arrives, and the
 * mask is what it was.  Each case counts what a handler sees, and the control is
 * in the case itself: without epipe_mask_leave()'s drain the count would be another.
 */
#include "common.h"
#include "mask.h"

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
    mask_sigpipe(SIG_BLOCK);
    assert_true(epipe_mask_enter(&mask));
    break_something();
    assert_true(epipe_mask_leave(&mask));
    assert_true(is_blocked());
    assert_false(is_pending());
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 0);
}

static void pending_before_stays_pending(void **state)
{
    struct mask mask;

    (void)state;
    mask_sigpipe(SIG_BLOCK);
    break_something(); /* in the thread's queue, where ours would merge */
    assert_true(epipe_mask_enter(&mask));
    break_something();
    assert_false(epipe_mask_leave(&mask));
    assert_true(is_pending());
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 1);
}

static void pending_for_the_process_stays(void **state)
{
    struct mask mask;

    (void)state;
    mask_sigpipe(SIG_BLOCK);
    signal_from_outside();
    assert_true(epipe_mask_enter(&mask));
    break_something();
    assert_true(epipe_mask_leave(&mask));
    assert_true(is_pending());
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 1);
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
