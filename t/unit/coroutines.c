/* SPDX-License-Identifier: MIT
 *
 * Scopes that are left in another order than that of nesting, as those of the coroutines of
 * one thread are: they do not end each other (L4b), and what cannot be right is an error.
 */
#include <stdbool.h>
#include <ucontext.h>

#include "common.h"
#include <epipe.h>

enum { COROUTINES = 3, STACK = 256 * 1024 };

static ucontext_t scheduler, coroutines[COROUTINES];
static struct epipe_scope scopes[COROUTINES];
static int left[COROUTINES], errors[COROUTINES];

/* Enters a scope, breaks something each time it goes on, and leaves the scope. */
static void coroutine(int n)
{
    epipe_scope_enter(&scopes[n]);
    swapcontext(&coroutines[n], &scheduler);
    break_something();
    swapcontext(&coroutines[n], &scheduler);
    break_something();
    left[n] = epipe_scope_leave(&scopes[n]);
    errors[n] = left[n] < 0 ? errno : 0;
}

static void go_on(int n)
{
    swapcontext(&scheduler, &coroutines[n]);
}

/* Not inlined: getcontext may return twice, for all that the compiler knows. */
static __attribute__((noinline)) void start_one(const int n)
{
    static char stacks[COROUTINES][STACK];

    getcontext(&coroutines[n]);
    coroutines[n].uc_stack.ss_sp = stacks[n];
    coroutines[n].uc_stack.ss_size = STACK;
    coroutines[n].uc_link = &scheduler;
    makecontext(&coroutines[n], (void (*)(void))coroutine, 1, n);
    go_on(n);
}

static void start(void)
{
    for (int n = 0; n < COROUTINES; n++)
        start_one(n);
}

/* The order in which the three end; each write of those that are left is protected. */
static const int orders[][COROUTINES] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
static const int *order;

static void end_in_this_order(void)
{
    if (epipe_install() != 0)
        _exit(90);
    start();
    for (int i = 0; i < COROUTINES; i++)
        go_on(i);
    for (int i = 0; i < COROUTINES; i++) {
        go_on(order[i]);
        /* Those of all, from when it was entered: three, and one for each that has ended. */
        if (left[order[i]] != COROUTINES + 1 + i)
            _exit(1 + order[i]);
    }
}

static void end_in_this_order_and_break(void)
{
    end_in_this_order();
    break_something(); /* in no scope any more */
}

static bool cannot_switch(void)
{
#if defined __SANITIZE_THREAD__
    return true; /* it does not know ucontext */
#else
    return false;
#endif
}

static void l4b_installed_scopes_need_no_order(void **state)
{
    (void)state;
    if (cannot_switch())
        skip();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        order = orders[i];
        assert_int_equal(child_that(end_in_this_order), 0);
        assert_int_equal(child_that(end_in_this_order_and_break), at_default_it_is());
    }
}

/* Coroutines that share the signal mask, as those of most libraries do. */
static void l4b_default_scopes_last_till_the_last(void **state)
{
    struct epipe_scope a, b, c;

    (void)state;
    assert_int_equal(epipe_scope_enter(&a), 0);
    assert_int_equal(epipe_scope_enter(&b), 0);
    assert_int_equal(epipe_scope_enter(&c), 0);
    break_something();
    assert_int_equal(epipe_scope_leave(&b), 0);
    assert_int_equal(epipe_scope_leave(&a), -1);
    assert_int_equal(errno, EBUSY);
    assert_int_equal(epipe_scope_leave(&a), -1);
    assert_int_equal(errno, EINVAL);
    assert_true(is_blocked());
    break_something();
    signal_from_outside();
    assert_int_equal(epipe_scope_enter(&b), 0);
    assert_int_equal(epipe_scope_leave(&c), 0);
    assert_int_equal(seen, 0);
    assert_int_equal(epipe_scope_leave(&b), 1);
    assert_int_equal(seen, 1); /* that from outside */
    assert_false(is_blocked());
}

/* A switch of contexts changes the mask as well: the scope of the second has not blocked
 * SIGPIPE in it. */
static void a_switched_mask_is_told(void **state)
{
    (void)state;
    if (cannot_switch())
        skip();
    start();
    go_on(1); /* its write raises SIGPIPE, which is counted */
    assert_int_equal(seen, 1);
    for (int n = 0; n < COROUTINES; n++)
        go_on(n);
    assert_int_equal(errors[1], 0); /* the second left first: this cannot be seen */
    go_on(0);
    assert_int_equal(errors[0], EBUSY);
    go_on(2);
    assert_int_equal(left[2], -1);
    assert_int_equal(errors[2], ECANCELED);
    assert_false(is_blocked() || is_pending());
}

static void an_unblocked_signal_is_told(void **state)
{
    struct epipe_scope outer, inner;

    (void)state;
    epipe_scope_enter(&outer);
    epipe_scope_enter(&inner);
    break_something();
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 1);
    assert_int_equal(epipe_scope_leave(&inner), 0);
    assert_int_equal(epipe_scope_leave(&outer), -1);
    assert_int_equal(errno, ECANCELED);
    assert_false(is_blocked());
    EPIPE_SCOPE
    {
        break_something();
    }
    assert_int_equal(seen, 1);
}

/* epipe_install() may come between. */
static void both_kinds_at_once(void **state)
{
    struct epipe_scope masked, caught;

    (void)state;
    assert_int_equal(epipe_scope_enter(&masked), 0);
    assert_int_equal(epipe_install(), 0);
    assert_int_equal(epipe_scope_enter(&caught), 0);
    break_something();
    assert_int_equal(epipe_scope_leave(&masked), 1);
    assert_false(is_blocked());
    break_something();
    assert_int_equal(epipe_scope_leave(&caught), 1);
    assert_int_equal(seen, 0);
    break_something();
    assert_int_equal(seen, 1);
    assert_int_equal(epipe_uninstall(), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, count_signals)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(l4b_installed_scopes_need_no_order, at_default),
        CASE(l4b_default_scopes_last_till_the_last),
        CASE(a_switched_mask_is_told),
        CASE(an_unblocked_signal_is_told),
        CASE(both_kinds_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
