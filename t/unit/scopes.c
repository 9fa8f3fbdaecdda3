/* SPDX-License-Identifier: MIT
 *
 * Scopes, by the mask and, where a case says so, by the installed handler.  The
 * names of the cases begin with the promise that they show: L2 (foreign signals are
 * not lost), L3 (pending before, pending after), L4 (threads).
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "common.h"
#include <epipe.h>

static void writes_in_a_scope_raise_nothing(void **state)
{
    struct epipe_scope scope;

    (void)state;
    break_something();
    assert_int_equal(seen, 1); /* the control: without a scope the handler runs */
    errno = ENOTTY;
    assert_int_equal(epipe_scope_enter(&scope), 0);
    assert_int_equal(errno, ENOTTY);
    break_something();
    errno = ENOTTY;
    assert_int_equal(epipe_scope_leave(&scope), 1);
    assert_int_equal(errno, ENOTTY);
    assert_int_equal(seen, 1);
    assert_false(is_blocked() || is_pending());
    break_something();
    assert_int_equal(seen, 2);
}

/* Trap 1: a short count comes with the signal, too. */
static void *take_a_part(void *fd)
{
    char buffer[4096];

    assert_true(read(*(int *)fd, buffer, sizeof buffer) > 0);
    close(*(int *)fd);
    return NULL;
}

static void trap1_a_short_count_with_a_signal(void **state)
{
    static char data[1 << 20];
    struct epipe_scope scope;
    pthread_t reader;
    int pair[2];

    (void)state;
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(pthread_create(&reader, NULL, take_a_part, &pair[0]), 0);
    epipe_scope_enter(&scope);
    assert_within(write(pair[1], data, sizeof data), 1, sizeof data - 1);
    assert_int_equal(epipe_scope_leave(&scope), 1);
    pthread_join(reader, NULL);
    close(pair[1]);
    assert_int_equal(seen, 0);
}

/* Trap 2: EPIPE comes without the signal, too; nobody else's is taken for it. */
static void trap2_epipe_without_a_signal(void **state)
{
    struct epipe_scope scope;
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    close(pair[1]);
    epipe_scope_enter(&scope);
    assert_int_equal(write(pair[0], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    signal_from_outside();
    assert_int_equal(epipe_scope_leave(&scope), 0);
    assert_int_equal(seen, 1);
    close(pair[0]);
}

static void l2_a_foreign_signal_arrives_with_its_siginfo(void **state)
{
    struct epipe_scope scope;
    pid_t from;

    (void)state;
    epipe_scope_enter(&scope);
    break_something();
    from = signal_from_outside();
    assert_int_equal(seen, 0);
    assert_int_equal(epipe_scope_leave(&scope), 1);
    assert_int_equal(seen, 1);
    assert_int_equal(sender, from);
}

static void l2_a_kill_of_ones_own_arrives(void **state)
{
    struct epipe_scope scope;

    (void)state;
    epipe_scope_enter(&scope);
    kill(getpid(), SIGPIPE);
    break_something();
    assert_int_equal(epipe_scope_leave(&scope), 1);
    assert_int_equal(seen, 1);
}

static void l3_pending_before_is_pending_after(void **state)
{
    struct epipe_scope scope;

    (void)state;
    mask_sigpipe(SIG_BLOCK);
    break_something();
    epipe_scope_enter(&scope);
    break_something();
    assert_int_equal(epipe_scope_leave(&scope), 0);
    assert_true(is_blocked() && is_pending());
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 1);
}

static void l3_blocked_before_is_blocked_after(void **state)
{
    struct epipe_scope scope;

    (void)state;
    mask_sigpipe(SIG_BLOCK);
    epipe_scope_enter(&scope);
    break_something();
    assert_int_equal(epipe_scope_leave(&scope), 1);
    assert_true(is_blocked());
    assert_false(is_pending());
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 0);
}

static void *break_and_look(void *was_blocked)
{
    *(int *)was_blocked = is_blocked();
    break_something();
    return NULL;
}

static void l4_another_thread_is_not_in_the_scope(void **state)
{
    struct epipe_scope scope;
    pthread_t thread;
    int was_blocked = -1;

    (void)state;
    /* A thread inherits the mask of its creator, so it is made before. */
    assert_int_equal(pthread_create(&thread, NULL, break_and_look, &was_blocked), 0);
    epipe_scope_enter(&scope);
    pthread_join(thread, NULL);
    assert_int_equal(epipe_scope_leave(&scope), 0);
    assert_int_equal(was_blocked, 0);
    assert_int_equal(seen, 1);
}

/* As in sandboxes that have a /proc of their own making. */
static void with_a_poor_proc(void)
{
    static const char status[] = "Name:\tx\nState:\tR (running)\n";
    int fd;

    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/proc", "tmpfs", 0, NULL) != 0)
        _exit(77);
    fd = mkdir("/proc/thread-self", 0700) == 0
             ? open("/proc/thread-self/status", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)
             : -1;
    if (write(fd, status, sizeof status - 1) != sizeof status - 1 || close(fd) != 0)
        _exit(1);
    EPIPE_SCOPE
    {
        break_something();
    }
    if (seen != 0)
        _exit(2);
    EPIPE_SCOPE
    {
        signal_from_outside();
    }
    if (seen != 1)
        _exit(3);
}

static void proc_may_not_name_the_queue(void **state)
{
    int result = child_that(with_a_poor_proc);

    (void)state;
    if (result == 77)
        skip(); /* no mount namespace to be had */
    assert_int_equal(result, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, count_signals)
    const struct CMUnitTest tests[] = {
        CASE(writes_in_a_scope_raise_nothing),
        CASE(trap1_a_short_count_with_a_signal),
        CASE(trap2_epipe_without_a_signal),
        CASE(l2_a_foreign_signal_arrives_with_its_siginfo),
        CASE(l2_a_kill_of_ones_own_arrives),
        CASE(l3_pending_before_is_pending_after),
        CASE(l3_blocked_before_is_blocked_after),
        CASE(l4_another_thread_is_not_in_the_scope),
        cmocka_unit_test_setup(proc_may_not_name_the_queue, count_signals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
