/* SPDX-License-Identifier: MIT
 *
 * The process scope, and what epipe_install() has in common with it: both are counted,
 * restore what they found and leave alone what others set (the promise L5).
 */
#include "process.h"

static void another_handler(int signal)
{
    (void)signal;
}

static void installing_is_counted(void **state)
{
    struct sigaction now;

    (void)state;
    assert_int_equal(epipe_uninstall(), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(epipe_install(), 0);
    assert_int_equal(epipe_install(), 0);
    assert_int_equal(epipe_uninstall(), 0);
    EPIPE_SCOPE
    {
        break_something();
    }
    assert_int_equal(epipe_uninstall(), 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
    assert_ptr_equal(now.sa_handler, SIG_DFL);
    assert_int_equal(epipe_uninstall(), -1);
}

static void what_others_set_is_left_alone(void **state)
{
    struct sigaction now;

    (void)state;
    assert_int_equal(epipe_install(), 0);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(epipe_uninstall(), 1);
    assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
    assert_ptr_equal(now.sa_handler, SIG_IGN);
}

static void *break_in_a_thread(void *argument)
{
    break_something();
    return argument;
}

static void l5_a_process_scope_is_for_every_thread(void **state)
{
    pthread_t thread;
    struct sigaction now;

    (void)state;
    assert_int_equal(epipe_process_enter(0), 0);
    assert_int_equal(epipe_process_enter(0), 0);
    assert_int_equal(pthread_create(&thread, NULL, break_in_a_thread, NULL), 0);
    pthread_join(thread, NULL);
    assert_int_equal(epipe_process_leave(), 0);
    break_something();
    assert_int_equal(epipe_process_leave(), 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
    assert_ptr_equal(now.sa_handler, SIG_DFL);
    assert_int_equal(child_that(break_something), at_default_it_is()); /* control */
    assert_int_equal(epipe_process_leave(), -1);
    assert_int_equal(errno, EINVAL);
}

static void die_of_a_foreign_signal(void)
{
    epipe_process_enter(0);
    kill(getpid(), SIGPIPE);
}

static void l5_others_signals_and_settings_are_left_alone(void **state)
{
    struct sigaction now;

    (void)state;
    assert_int_equal(child_that(die_of_a_foreign_signal), KILLED_BY_SIGPIPE);
    assert_int_equal(epipe_process_enter(0), 0);
    signal(SIGPIPE, another_handler);
    assert_int_equal(epipe_process_leave(), 1);
    assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
    assert_ptr_equal(now.sa_handler, another_handler);
}

static void both_share_the_handler(void **state)
{
    (void)state;
    assert_int_equal(epipe_install(), 0);
    assert_int_equal(epipe_process_enter(0), 0);
    break_something();
    assert_int_equal(epipe_uninstall(), 0);
    break_something();
    assert_int_equal(epipe_process_leave(), 0);
    assert_int_equal(child_that(break_something), at_default_it_is());
}

static void strict_first(void)
{
    break_pipe_at(1);
    NEED(epipe_process_enter(0) == 0 && epipe_process_enter(EPIPE_KEEP_STDIO) == 0);
    write_to(1);
    NEED(epipe_process_leave() == 0);
    write_to(1);
}

static void strict_last(void)
{
    break_pipe_at(1);
    NEED(epipe_process_enter(EPIPE_KEEP_STDIO) == 0 && epipe_process_enter(0) == 0);
    write_to(1);
    NEED(epipe_process_leave() == 0);
    write_to(1);
}

/* A new first user starts anew. */
static void strict_no_more(void)
{
    strict_last();
    NEED(epipe_process_leave() == 0);
    NEED(epipe_process_enter(EPIPE_KEEP_STDIO) == 0);
    write_to(1);
}

/* For want of a ninth layer: nothing changes for those who are in. */
static void strict_in_vain(void)
{
    struct sigaction ours;

    break_pipe_at(1);
    NEED(epipe_process_enter(EPIPE_KEEP_STDIO) == 0);
    NEED(sigaction(SIGPIPE, NULL, &ours) == 0);
    for (uintptr_t n = 1; n < 8; n++) { /* no functions, and never called */
        signal(SIGPIPE, (void (*)(int))(n << 12));
        NEED(epipe_process_enter(EPIPE_KEEP_STDIO) == 0);
    }
    signal(SIGPIPE, another_handler);
    NEED(epipe_process_enter(0) == -1 && errno == ENOSPC);
    NEED(sigaction(SIGPIPE, &ours, NULL) == 0);
    write_to(1);
}

static void who_asks_for_all_gets_all(void **state)
{
    (void)state;
    assert_int_equal(child_that(strict_first), 0);
    assert_int_equal(child_that(strict_last), 0);
    assert_int_equal(child_that(strict_no_more), KILLED_BY_SIGPIPE);
    assert_int_equal(child_that(strict_in_vain), KILLED_BY_SIGPIPE);
}

static void unknown_flags_are_invalid(void **state)
{
    static const int bad[] = {2, 3, 256, -1, INT32_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        errno = 0;
        assert_int_equal(epipe_process_enter(bad[i]), -1);
        assert_int_equal(errno, EINVAL);
    }
    assert_int_equal(epipe_process_leave(), -1); /* none was counted */
    errno = 4242;
    assert_int_equal(epipe_process_enter(EPIPE_KEEP_STDIO), 0);
    assert_int_equal(epipe_process_leave(), 0);
    assert_int_equal(errno, 4242);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(installing_is_counted, at_default),
        cmocka_unit_test_setup(what_others_set_is_left_alone, at_default),
        cmocka_unit_test_setup(l5_a_process_scope_is_for_every_thread, at_default),
        cmocka_unit_test_setup(l5_others_signals_and_settings_are_left_alone, at_default),
        cmocka_unit_test_setup(both_share_the_handler, at_default),
        cmocka_unit_test_setup(who_asks_for_all_gets_all, at_default),
        cmocka_unit_test_setup(unknown_flags_are_invalid, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
