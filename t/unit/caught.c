/* SPDX-License-Identifier: MIT
 *
 * epipe_write() after epipe_install(): a plain write whose signal the handler swallows,
 * in a scope and outside, and where SIGPIPE is blocked, too.
 */
#include "common.h"
#include "epipe.h"

static void write_and_break(void)
{
    int fd = dead_socket();

    if (epipe_install() != 0)
        _exit(99);
    for (int i = 0; i < 3; i++)
        if (epipe_write(fd, "x", 1) != -1 || errno != EPIPE)
            _exit(98);
    if (epipe_write(fd, "", 0) != -1 || errno != EPIPE) /* as write on a stream socket */
        _exit(97);
}

static void write_and_break_after(void)
{
    write_and_break();
    break_something(); /* no epipe_write */
}

static void single_writes_rely_on_the_handler(void **state)
{
    (void)state;
    assert_int_equal(child_that(write_and_break), 0);
    assert_int_equal(child_that(write_and_break_after), at_default_it_is());
}

/* A reader that takes 64 KiB and leaves: a short count, and the signal with it. */
static ssize_t write_to_one_who_leaves(void)
{
    static char bytes[1 << 20];
    int ends[2];
    ssize_t result;
    pid_t reader;

    assert_int_equal(pipe(ends), 0);
    reader = fork();
    if (reader == 0) {
        close(ends[1]);
        for (size_t got = 0, n = 1; got < 65536 && n > 0; got += n)
            n = (size_t)read(ends[0], bytes, 65536 - got);
        _exit(0);
    }
    close(ends[0]);
    result = epipe_write(ends[1], bytes, sizeof bytes);
    waitpid(reader, NULL, 0);
    close(ends[1]);
    return result;
}

static void single_writes_leave_nothing_behind(void **state)
{
    int fd = dead_socket();
    struct epipe_scope scope;
    sigset_t set;

    (void)state;
    assert_int_equal(epipe_install(), 0);
    assert_in_range(write_to_one_who_leaves(), 1, (1 << 20) - 1);
    epipe_scope_enter(&scope);
    assert_int_equal(epipe_write(fd, "x", 1), -1);
    assert_int_equal(epipe_scope_leave(&scope), 0); /* it is not the scope's */

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    break_something();
    assert_true(is_pending()); /* control */
    sigwaitinfo(&set, NULL);
    assert_int_equal(epipe_write(fd, "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    assert_false(is_pending());
    assert_in_range(write_to_one_who_leaves(), 1, (1 << 20) - 1);
    assert_false(is_pending());
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    close(fd);
    assert_int_equal(epipe_uninstall(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(single_writes_rely_on_the_handler, at_default),
        cmocka_unit_test_setup(single_writes_leave_nothing_behind, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
