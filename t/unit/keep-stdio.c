/* SPDX-License-Identifier: MIT
 *
 * Process scopes that keep standard output and error: what is one of them acts as without
 * the scope, under every number and in every thread, and nothing else does.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "process.h"

static int flags; /* of the scope that comes next */

static void enter(void)
{
    NEED(epipe_process_enter(flags) == 0);
}

static void break_socket_at(int number)
{
    int fd = dead_socket();

    NEED(dup2(fd, number) == number);
    close(fd);
}

static void at_start(void)
{
    break_pipe_at(1);
    enter();
    write_to(1);
}

static void standard_error(void)
{
    break_pipe_at(2);
    enter();
    write_to(2);
}

static void under_another_number(void)
{
    int fd;

    break_pipe_at(1);
    enter();
    fd = dup(1);
    NEED(fd > 2);
    write_to(fd);
}

/* Standard output is something else meanwhile, as `exec >file` makes it. */
static void after_it_was_replaced(void)
{
    int fd, null = open("/dev/null", O_WRONLY);

    break_pipe_at(1);
    enter();
    fd = dup(1);
    NEED(fd > 2 && dup2(null, 1) == 1);
    write_to(fd);
}

static void put_there_later(void)
{
    enter();
    break_pipe_at(1);
    write_to(1);
}

static void put_there_later_under_another_number(void)
{
    int fd;

    enter();
    break_pipe_at(1);
    fd = dup(1);
    NEED(fd > 2);
    write_to(fd);
}

static void *write_in_a_thread(void *unused)
{
    write_to(1);
    return unused;
}

static void in_another_thread(void)
{
    pthread_t thread;

    break_pipe_at(1);
    enter();
    NEED(pthread_create(&thread, NULL, write_in_a_thread, NULL) == 0);
    pthread_join(thread, NULL);
}

/* What a library has asked for, too, and the scope that ended meanwhile. */
static void for_all_users(void)
{
    break_pipe_at(1);
    NEED(epipe_process_enter(0) == 0 && epipe_process_leave() == 0);
    enter();
    enter();
    NEED(epipe_process_leave() == 0);
    write_to(1);
}

static void by_stdio(void)
{
    break_pipe_at(1);
    enter();
    NEED(printf("x") == 1 && fflush(stdout) == EOF && errno == EPIPE);
}

/* What inetd starts has a socket there; what gets the number later is nobody's output. */
static void sockets_at_start(void)
{
    break_socket_at(1);
    enter();
    write_to(1);
}

static void sockets_later(void)
{
    enter();
    break_socket_at(1);
    write_to(1);
    close(2);
    NEED(dead_socket() == 2);
    write_to(2);
}

static void the_journals_socket(void)
{
    struct stat st;
    char text[64];

    break_socket_at(2);
    NEED(fstat(2, &st) == 0);
    snprintf(text, sizeof text, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    NEED(setenv("JOURNAL_STREAM", text, 1) == 0);
    enter();
    write_to(2);
}

static void what_is_standard_output_is_kept(void **state)
{
    static void (*const functions[])(void) = {at_start,
                                              standard_error,
                                              under_another_number,
                                              put_there_later,
                                              put_there_later_under_another_number,
                                              in_another_thread,
                                              for_all_users,
                                              by_stdio};

    (void)state;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        flags = EPIPE_KEEP_STDIO;
        assert_int_equal(child_that(functions[i]), KILLED_BY_SIGPIPE);
        flags = 0; /* control */
        assert_int_equal(child_that(functions[i]), 0);
    }
}

/* What it was at start, which for the shim was before, and the shim has the last word. */
static void what_was_standard_output_is_kept(void **state)
{
    (void)state;
    flags = EPIPE_KEEP_STDIO;
    assert_int_equal(child_that(after_it_was_replaced), at_default_it_is());
    assert_int_equal(child_that(sockets_at_start), at_default_it_is());
    assert_int_equal(child_that(sockets_later), 0);
    assert_int_equal(child_that(the_journals_socket), 0);
    flags = 0; /* control */
    assert_int_equal(child_that(after_it_was_replaced), 0);
    assert_int_equal(child_that(sockets_at_start), 0);
}

static void others_write(void)
{
    int ends[2];

    break_pipe_at(1); /* and is broken all the time */
    enter();
    break_something();
    NEED(pipe2(ends, O_CLOEXEC) == 0 && close(ends[0]) == 0);
    write_to(ends[1]);
}

static void nothing_else_is_kept(void **state)
{
    (void)state;
    flags = EPIPE_KEEP_STDIO;
    assert_int_equal(child_that(others_write), 0);
}

static void in_a_scope(void)
{
    break_pipe_at(1);
    enter();
    for (int i = 0; i < 2; i++) {
        EPIPE_SCOPE
        {
            write_to(1);
        }
        NEED(epipe_install() == 0);
    }
}

static void with_a_handler(void)
{
    break_pipe_at(1);
    count_signals(NULL);
    enter();
    break_something();
    NEED(seen == 0);
    write_to(1);
    NEED(seen == 1 && sender == getpid());
}

static void scopes_and_handlers_have_what_they_had(void **state)
{
    (void)state;
    flags = EPIPE_KEEP_STDIO;
    assert_int_equal(child_that(in_a_scope), 0);
    assert_int_equal(child_that(with_a_handler), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, at_default)
    const struct CMUnitTest tests[] = {
        CASE(what_is_standard_output_is_kept),
        CASE(what_was_standard_output_is_kept),
        CASE(nothing_else_is_kept),
        CASE(scopes_and_handlers_have_what_they_had),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
