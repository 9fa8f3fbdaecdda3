/* SPDX-License-Identifier: MIT
 *
 * epipe_install(): scopes without system calls, everything else as before.  The names of
 * some cases begin with the promise that they show.
 */
#include "common.h"
#include <epipe.h>

static void break_in_a_scope(void)
{
    EPIPE_SCOPE
    {
        break_something();
    }
}

static void install_and_break(void)
{
    if (epipe_install() != 0)
        _exit(99);
    break_in_a_scope();
    break_something(); /* outside */
}

static void install_and_break_inside(void)
{
    if (epipe_install() != 0)
        _exit(99);
    for (int i = 0; i < 3; i++)
        break_in_a_scope();
}

static void outside_a_scope_the_default_kills(void **state)
{
    (void)state;
    assert_int_equal(child_that(break_something), at_default_it_is()); /* control */
    assert_int_equal(child_that(install_and_break_inside), 0);
    assert_int_equal(child_that(install_and_break), at_default_it_is());
}

static void scopes_count_what_they_swallow(void **state)
{
    struct epipe_scope outer, inner;

    (void)state;
    assert_int_equal(epipe_install(), 0);
    epipe_scope_enter(&outer);
    break_something();
    epipe_scope_enter(&inner);
    assert_false(is_blocked()); /* it is not the mask */
    break_something();
    break_something();
    assert_int_equal(epipe_scope_leave(&inner), 2);
    break_something();
    assert_int_equal(epipe_scope_leave(&outer), 4);
    assert_int_equal(epipe_uninstall(), 0);
}

static void a_handler_runs_outside_and_not_inside(void **state)
{
    struct sigaction now;

    (void)state;
    assert_int_equal(epipe_install(), 0);
    break_in_a_scope();
    assert_int_equal(seen, 0);
    break_something();
    assert_int_equal(seen, 1);
    assert_int_equal(epipe_uninstall(), 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
    assert_ptr_equal(now.sa_sigaction, count);
    assert_true(now.sa_flags & SA_RESTART);
    break_something();
    assert_int_equal(seen, 2);
}

static void l2_a_foreign_signal_in_a_scope_arrives(void **state)
{
    (void)state;
    assert_int_equal(epipe_install(), 0);
    EPIPE_SCOPE
    {
        pid_t from = signal_from_outside();

        assert_int_equal(seen, 1);
        assert_int_equal(sender, from);
        kill(getpid(), SIGPIPE);
        assert_int_equal(seen, 2);
        raise(SIGPIPE);
        assert_int_equal(seen, 3);
    }
    assert_int_equal(epipe_uninstall(), 0);
}

static volatile sig_atomic_t masked_too;

static void note_mask(int signal)
{
    sigset_t now;

    (void)signal;
    sigprocmask(SIG_BLOCK, NULL, &now);
    masked_too = sigismember(&now, SIGUSR2);
    seen = seen + 1;
}

static void a_one_shot_fires_once(void)
{
    struct sigaction act = {.sa_flags = (int)SA_RESETHAND};

    act.sa_handler = note_mask;
    sigaddset(&act.sa_mask, SIGUSR2);
    sigaction(SIGPIPE, &act, NULL);
    epipe_install();
    break_in_a_scope();
    if (seen != 0)
        _exit(1);
    break_something();
    if (seen != 1 || !masked_too)
        _exit(2);
    break_something(); /* the default by now */
}

/* As the kernel has them while ours stands for a handler that was put with FLAGS. */
static int flags_in_place_of(int flags)
{
    struct sigaction act = {.sa_flags = flags}, now;

    act.sa_handler = note_mask;
    assert_int_equal(sigaction(SIGPIPE, &act, NULL), 0);
    assert_int_equal(epipe_install(), 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
    assert_int_equal(epipe_uninstall(), 0);
    return now.sa_flags & (SA_ONSTACK | SA_RESTART);
}

static void a_handler_keeps_its_flags_and_mask(void **state)
{
    (void)state;
    assert_int_equal(flags_in_place_of(SA_ONSTACK), SA_ONSTACK);
    assert_int_equal(flags_in_place_of(SA_RESTART), SA_RESTART);
    assert_int_equal(child_that(a_one_shot_fires_once), KILLED_BY_SIGPIPE);
}

static void a_one_shot_is_used_up(void)
{
    struct sigaction act = {.sa_flags = (int)SA_RESETHAND}, now;

    act.sa_handler = note_mask;
    for (int fires = 0; fires < 2; fires++) {
        sigaction(SIGPIPE, &act, NULL);
        epipe_install();
        if (fires)
            break_something();
        if (epipe_uninstall() != 0 || sigaction(SIGPIPE, NULL, &now) != 0)
            _exit(1);
        if (now.sa_handler != (fires ? SIG_DFL : note_mask)) /* the first: the control */
            _exit(2 + fires);
    }
    if (seen != 1)
        _exit(4);
}

static void a_one_shot_that_has_fired_is_not_put_back(void **state)
{
    (void)state;
    assert_int_equal(child_that(a_one_shot_is_used_up), 0);
}

/* Somebody has saved it, and puts it back when it is nobody's any more: what was before
 * it still holds. */
static void our_handler_may_be_put_back(void **state)
{
    struct sigaction ours, now;

    (void)state;
    assert_int_equal(epipe_install(), 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &ours), 0);
    assert_ptr_not_equal(ours.sa_sigaction, count);
    assert_int_equal(epipe_uninstall(), 0);
    assert_int_equal(sigaction(SIGPIPE, &ours, NULL), 0);
    break_something();
    assert_int_equal(seen, 1);
    assert_int_equal(epipe_install(), 0);
    break_in_a_scope();
    assert_int_equal(seen, 1);
    break_something();
    assert_int_equal(seen, 2);
    assert_int_equal(epipe_uninstall(), 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
    assert_ptr_equal(now.sa_sigaction, count);
}

static void again_where_somebody_has_taken_it_away(void **state)
{
    (void)state;
    assert_int_equal(epipe_install(), 0);
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(child_that(break_in_a_scope), at_default_it_is()); /* control */
    assert_int_equal(epipe_install(), 0);
    break_in_a_scope();
    assert_int_equal(epipe_uninstall(), 0);
    break_in_a_scope();
    assert_int_equal(epipe_uninstall(), 0);
}

static void ignored_stays_ignored(void **state)
{
    struct sigaction now;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(epipe_install(), 0);
    break_in_a_scope();
    break_something();
    assert_int_equal(epipe_uninstall(), 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
    assert_ptr_equal(now.sa_handler, SIG_IGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(outside_a_scope_the_default_kills, at_default),
        cmocka_unit_test_setup(scopes_count_what_they_swallow, at_default),
        cmocka_unit_test_setup(a_handler_runs_outside_and_not_inside, count_signals),
        cmocka_unit_test_setup(l2_a_foreign_signal_in_a_scope_arrives, count_signals),
        cmocka_unit_test_setup(a_handler_keeps_its_flags_and_mask, count_signals),
        cmocka_unit_test_setup(a_one_shot_that_has_fired_is_not_put_back, count_signals),
        cmocka_unit_test_setup(our_handler_may_be_put_back, count_signals),
        cmocka_unit_test_setup(again_where_somebody_has_taken_it_away, at_default),
        cmocka_unit_test_setup(ignored_stays_ignored, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
