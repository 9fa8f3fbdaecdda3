/* SPDX-License-Identifier: MIT
 *
 * Scopes within scopes, scopes around a block, and bad use of them.
 */
#include <stdbool.h>

#include "common.h"
#include <epipe.h>

static void scopes_nest(void **state)
{
    struct epipe_scope outer, inner;

    (void)state;
    epipe_scope_enter(&outer);
    epipe_scope_enter(&inner);
    break_something();
    assert_int_equal(epipe_scope_leave(&inner), 0);
    break_something();
    assert_int_equal(seen, 0);
    assert_int_equal(epipe_scope_leave(&outer), 1);
    assert_int_equal(seen, 0);
    assert_false(is_blocked());
}

/* A jump out of a scope does not leave it. */
static void after_a_jump_the_scope_is_left(void **state)
{
    struct epipe_scope scope;
    jmp_buf here;

    (void)state;
    if (setjmp(here) == 0) {
        epipe_scope_enter(&scope);
        break_something();
        longjmp(here, 1);
    }
    assert_true(is_blocked());
    assert_int_equal(epipe_scope_leave(&scope), 1);
    assert_false(is_blocked());
}

static int by_return(void)
{
    EPIPE_SCOPE
    {
        break_something();
        return is_blocked();
    }
    return -1;
}

static void a_block_is_left_every_way(void **state)
{
    int rounds = 0;

    (void)state;
    errno = 0;
    EPIPE_SCOPE
    {
        break_something();
        errno = ENOTTY;
    }
    assert_int_equal(errno, ENOTTY);
    assert_false(is_blocked());
    EPIPE_SCOPE
    {
        break_something();
        break;
    }
    assert_false(is_blocked());
    for (; rounds < 3; rounds++) {
        EPIPE_SCOPE
        {
            break_something();
            continue;
        }
        assert_false(is_blocked());
    }
    assert_int_equal(rounds, 3);
    EPIPE_SCOPE
    {
        EPIPE_SCOPE
        {
            break_something();
            goto out;
        }
    }
out:
    assert_false(is_blocked());
    assert_int_equal(by_return(), 1);
    assert_false(is_blocked());
    assert_int_equal(seen, 0);
}

static int guarded(void)
{
    EPIPE_GUARD;
    break_something();
    return is_blocked();
}

/* What EPIPE_SCOPE does not do: break and continue act on the loop around it. */
static int rounds_with(bool guard)
{
    int rounds = 0;

    for (; rounds < 3; rounds++) {
        if (guard) {
            EPIPE_GUARD;
            break_something();
            break;
        }
        EPIPE_SCOPE
        {
            break_something();
            break;
        }
    }
    return rounds;
}

static void a_guard_is_left_every_way(void **state)
{
    int rounds = 0;

    (void)state;
    {
        EPIPE_GUARD;
        EPIPE_GUARD;
        break_something();
        assert_true(is_blocked());
        errno = ENOTTY;
    }
    assert_int_equal(errno, ENOTTY);
    assert_false(is_blocked());
    assert_int_equal(rounds_with(true), 0);
    assert_false(is_blocked());
    assert_int_equal(rounds_with(false), 3); /* control */
    for (; rounds < 3; rounds++) {
        EPIPE_GUARD;
        break_something();
        if (rounds < 3)
            continue;
        assert_true(false);
    }
    assert_int_equal(rounds, 3);
    assert_false(is_blocked());
    {
        EPIPE_GUARD;
        break_something();
        goto out;
    }
out:
    assert_false(is_blocked());
    assert_int_equal(guarded(), 1);
    assert_false(is_blocked());
    assert_int_equal(seen, 0);
    break_something(); /* control */
    assert_int_equal(seen, 1);
}

static void the_version_is_one_number(void **state)
{
    char text[32];

    (void)state;
#if EPIPE_VERSION < 100
#error the preprocessor compares it
#endif
    snprintf(text, sizeof text, "%d.%d.%d", EPIPE_VERSION / 10000,
             EPIPE_VERSION / 100 % 100, EPIPE_VERSION % 100);
    assert_string_equal(epipe_version(), text);
}

static void *leave_elsewhere(void *scope)
{
    int result = epipe_scope_leave(scope);

    return (void *)(intptr_t)(result == -1 ? errno : 0);
}

static void bad_use_is_answered(void **state)
{
    struct epipe_scope scope = {0};
    pthread_t thread;
    void *error;

    (void)state;
    assert_int_equal(epipe_scope_enter(NULL), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(epipe_scope_leave(NULL), -1);
    assert_int_equal(errno, EINVAL);
    errno = 0;
    assert_int_equal(epipe_scope_leave(&scope), -1); /* without enter */
    assert_int_equal(errno, EINVAL);
    epipe_scope_enter(&scope);
    assert_int_equal(pthread_create(&thread, NULL, leave_elsewhere, &scope), 0);
    pthread_join(thread, &error);
    assert_int_equal((intptr_t)error, EPERM);
    assert_true(is_blocked());
    assert_int_equal(epipe_scope_leave(&scope), 0);
    errno = 0;
    assert_int_equal(epipe_scope_leave(&scope), -1); /* twice */
    assert_int_equal(errno, EINVAL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, count_signals)
    const struct CMUnitTest tests[] = {
        CASE(scopes_nest),
        CASE(after_a_jump_the_scope_is_left),
        CASE(a_block_is_left_every_way),
        CASE(a_guard_is_left_every_way),
        CASE(the_version_is_one_number),
        CASE(bad_use_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
