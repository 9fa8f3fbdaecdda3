/* SPDX-License-Identifier: MIT
 *
 * Handlers of the program's that chain to the one they found, the library's, which is then
 * installed over them: each is called once, and what was there first acts last.
 */
#include <stdio.h>

#include "common.h"
#include <epipe.h>

enum { HANDLERS = 9 };

static struct {
    struct sigaction found;
    volatile sig_atomic_t calls;
} handlers[HANDLERS];

static void called(int n, int signal, siginfo_t *info, void *context)
{
    handlers[n].calls = handlers[n].calls + 1;
    if (handlers[n].calls > 1)
        _exit(50); /* an endless recursion, if it were let */
    if (handlers[n].found.sa_flags & SA_SIGINFO)
        handlers[n].found.sa_sigaction(signal, info, context);
}

#define HANDLER(n)                                                                        \
    static void handler_##n(int signal, siginfo_t *info, void *context)                   \
    {                                                                                     \
        called(n, signal, info, context);                                                 \
    }
HANDLER(0)
HANDLER(1)
HANDLER(2)
HANDLER(3)
HANDLER(4)
HANDLER(5)
HANDLER(6)
HANDLER(7)
HANDLER(8)

static void (*const entries[HANDLERS])(int, siginfo_t *, void *) = {
    handler_0, handler_1, handler_2, handler_3, handler_4,
    handler_5, handler_6, handler_7, handler_8};

/* As a program does it. */
static void chain(int n)
{
    struct sigaction act = {.sa_flags = SA_SIGINFO};

    act.sa_sigaction = entries[n];
    if (sigaction(SIGPIPE, &act, &handlers[n].found) != 0)
        _exit(90);
}

static int (*acquire)(void);
static int (*release)(void);
static int chained; /* how many handlers */

static void need(int is, int should_be, int status)
{
    if (is != should_be)
        _exit(status);
}

/* An outermost scope of the kind that is tried, around a broken write. */
static void break_protected(void)
{
    struct epipe_scope scope;

    need(epipe_scope_enter(&scope), 0, 91);
    break_something();
    epipe_scope_leave(&scope);
}

/* The library is put over each handler of the program's that has found it. */
static void chain_and_install_again(void)
{
    need(acquire(), 0, 92);
    for (int n = 0; n < chained; n++) {
        chain(n);
        need(release(), 1, 93);
        need(acquire(), 0, 94);
    }
    break_protected();
    for (int n = 0; n < chained; n++)
        need(handlers[n].calls, 0, 95);
    kill(getpid(), SIGPIPE); /* what no write has raised goes along the chain */
    for (int n = 0; n < chained; n++)
        need(handlers[n].calls, 1, 96);
    need(seen, 1, 97);
}

/* The same, and then the first handler is put back: it chains to the first of the library's. */
static void put_the_first_back(void)
{
    struct sigaction act = {.sa_flags = SA_SIGINFO};

    chain_and_install_again();
    need(release(), 0, 81);
    act.sa_sigaction = entries[0];
    for (int n = 0; n < chained; n++)
        handlers[n].calls = 0;
    need(sigaction(SIGPIPE, &act, NULL), 0, 82);
    kill(getpid(), SIGPIPE);
    need(handlers[0].calls, 1, 83);
    need(chained > 1 ? handlers[1].calls : 0, 0, 84);
    need(seen, 2, 85);
}

static int enter_process(void)
{
    return epipe_process_enter(0);
}

static void in_both_ways(void (*function)(void))
{
    acquire = epipe_install;
    release = epipe_uninstall;
    assert_int_equal(child_that(function), 0);
    acquire = enter_process;
    release = epipe_process_leave;
    assert_int_equal(child_that(function), 0);
}

static void a_chain_ends_at_what_was_there_first(void **state)
{
    (void)state;
    for (chained = 0; chained <= 7; chained++)
        in_both_ways(chain_and_install_again);
}

static void a_handler_may_be_put_back(void **state)
{
    (void)state;
    for (chained = 1; chained <= 3; chained++)
        in_both_ways(put_the_first_back);
}

static void die_along_the_chain(void)
{
    need(acquire(), 0, 92);
    chain(0);
    need(release(), 1, 93);
    need(acquire(), 0, 94);
    kill(getpid(), SIGPIPE);
}

static void the_default_at_its_end_kills(void **state)
{
    (void)state;
    acquire = epipe_install;
    release = epipe_uninstall;
    assert_int_equal(child_that(die_along_the_chain), KILLED_BY_SIGPIPE);
    acquire = enter_process;
    release = epipe_process_leave;
    assert_int_equal(child_that(die_along_the_chain), KILLED_BY_SIGPIPE);
}

/* The same two handlers in turn need no more than two. */
static void take_turns(void)
{
    need(acquire(), 0, 92);
    for (int i = 0; i < 100; i++) {
        struct sigaction act = {.sa_flags = SA_SIGINFO};

        act.sa_sigaction = entries[i % 2];
        need(sigaction(SIGPIPE, &act, NULL), 0, 98);
        need(release(), 1, 93);
        need(acquire(), 0, 94);
    }
}

static void too_many(void)
{
    need(acquire(), 0, 92);
    for (int n = 0; n < HANDLERS; n++) {
        chain(n);
        need(release(), 1, 93);
        if (acquire() != 0)
            _exit(errno == ENOSPC && n == 7 ? 40 : 41);
    }
}

static void there_are_eight_at_most(void **state)
{
    (void)state;
    in_both_ways(take_turns);
    acquire = epipe_install;
    release = epipe_uninstall;
    assert_int_equal(child_that(too_many), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_chain_ends_at_what_was_there_first, count_signals),
        cmocka_unit_test_setup(a_handler_may_be_put_back, count_signals),
        cmocka_unit_test_setup(the_default_at_its_end_kills, at_default),
        cmocka_unit_test_setup(there_are_eight_at_most, count_signals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
