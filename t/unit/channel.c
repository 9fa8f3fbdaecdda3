/* SPDX-License-Identifier: MIT
 *
 * Channels: both ways, what the child is told, and how a channel ends.
 */
#include "channel.h"

static void both_ways(void **state)
{
    struct epipe_channel channel;
    int before = descriptors();
    char text[8];

    (void)state;
    errno = 4242;
    assert_int_equal(epipe_channel_open(&channel, cat, NULL), 0);
    assert_int_equal(errno, 4242);
    assert_true(channel.pid > 0 && channel.send >= 3 && channel.recv >= 3);
    assert_int_equal(fcntl(channel.send, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(channel.recv, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(channel.send, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_WRONLY);
    assert_int_equal(fcntl(channel.recv, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY);
    assert_int_equal(descriptors(), before + 2);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(epipe_write_all(channel.send, "echo", 4, BOUND, NULL), 0);
        assert_int_equal(read(channel.recv, text, 8), 4);
        assert_memory_equal(text, "echo", 4);
    }
    errno = 4242;
    assert_int_equal(epipe_channel_end(&channel), 0);
    assert_int_equal(channel.send, -1);
    assert_true(end_comes(channel.recv, BOUND));
    assert_int_equal(epipe_channel_close(&channel), 0);
    assert_int_equal(errno, 4242);
    assert_true(channel.pid == -1 && channel.send == -1 && channel.recv == -1);
    assert_int_equal(descriptors(), before);
    assert_false(has_children());
}

static void what_is_closed_is_closed(void **state)
{
    struct epipe_channel channel;

    (void)state;
    assert_int_equal(epipe_channel_open(&channel, cat, NULL), 0);
    assert_int_equal(epipe_channel_end(&channel), 0);
    is_invalid(epipe_channel_end(&channel));
    assert_int_equal(epipe_channel_close(&channel), 0);
    is_invalid(epipe_channel_close(&channel));
    is_invalid(epipe_channel_end(&channel));
    is_invalid(epipe_channel_end(NULL));
    is_invalid(epipe_channel_close(NULL));

    channel.pid = channel.send = channel.recv = 1;
    is_invalid(epipe_channel_open(&channel, NULL, NULL));
    is_invalid(epipe_channel_close(&channel));
}

static void the_wait_status_is_told(void **state)
{
    struct epipe_channel channel;

    (void)state;
    assert_int_equal(epipe_channel_open(&channel, SH("exit 3"), NULL), 0);
    assert_int_equal(epipe_channel_close(&channel), 3 << 8);
    assert_int_equal(epipe_channel_open(&channel, SH("kill -9 $$"), NULL), 0);
    assert_true(end_comes(channel.recv, BOUND));
    assert_int_equal(epipe_channel_close(&channel), 9);
    /* A child that writes and is not read ends as in any pipeline. */
    assert_int_equal(epipe_channel_open(&channel, (char *[]){(char *)"yes", NULL}, NULL), 0);
    assert_int_equal(epipe_channel_close(&channel), SIGPIPE);
}

static char *const named[] = {(char *)"FROM=x", (char *)"KEPT=1", (char *)"CHILD_RECV=9",
                              (char *)"TO=",    (char *)"TOO=2",  NULL};

static void extra_descriptors_have_names(void **state)
{
    struct epipe_channel channel;
    char text[64];

    (void)state;
    setenv("CHILD_SEND", "77", 1);
    assert_int_equal(
        epipe_channel_open(
            &channel, SH("read x <&$CHILD_RECV; echo $x $CHILD_RECV $CHILD_SEND >&$CHILD_SEND"),
            WITH(.flags = EPIPE_CHANNEL_EXTRA)),
        0);
    assert_int_equal(write(channel.send, "hello\n", 6), 6);
    assert_true(read_to_end(channel.recv, text, sizeof text, BOUND) > 0);
    assert_string_equal(text, "hello 3 4\n");
    assert_int_equal(epipe_channel_close(&channel), 0);
    unsetenv("CHILD_SEND");
    /* Names of the caller's; what else is in the environment stays. */
    assert_string_equal(said(SH("tr '\\0' '\\n' </proc/$$/environ | sort >&4"),
                             WITH(.envp = named, .flags = EPIPE_CHANNEL_EXTRA,
                                  .recv_name = "FROM", .send_name = "TO")),
                        "CHILD_RECV=9\nFROM=3\nKEPT=1\nTO=4\nTOO=2\n");
}

static void bad_options_are_invalid(void **state)
{
    static const char *const bad[][2] = {
        {"", "A"}, {"A", ""}, {"A", "A"}, {"A", "B=C"}, {"CHILD_SEND", NULL}};
    static const int flags[] = {32, -1, INT32_MIN,
                                EPIPE_CHANNEL_STDERR_NULL | EPIPE_CHANNEL_STDERR_PIPE};
    struct epipe_channel_options options = {.size = sizeof options, .recv_name = "A"};
    struct epipe_channel channel;
    int before = descriptors();

    (void)state;
    is_invalid(epipe_channel_open(&channel, cat, &options)); /* names for nothing */
    options.flags = EPIPE_CHANNEL_EXTRA;
    assert_int_equal(epipe_channel_open(&channel, cat, &options), 0); /* control */
    assert_int_equal(epipe_channel_close(&channel), 0);
    for (int i = 0; i < 5; i++) {
        channel = (struct epipe_channel){.pid = 7, .send = 7, .recv = 7, .pidfd = 7};
        options.recv_name = bad[i][0];
        options.send_name = bad[i][1];
        is_invalid(epipe_channel_open(&channel, cat, &options));
        assert_true(channel.pid == -1 && channel.send == -1 && channel.recv == -1 &&
                    channel.pidfd == -1);
    }
    for (int i = 0; i < 4; i++)
        is_invalid(epipe_channel_open(&channel, cat, WITH(.flags = flags[i])));
    is_invalid(epipe_channel_open(&channel, cat, WITH(.close_timeout = -1)));
    options = (struct epipe_channel_options){.size = 0};
    is_invalid(epipe_channel_open(&channel, cat, &options));
    options.size = sizeof options - 1;
    is_invalid(epipe_channel_open(&channel, cat, &options));
    options.size = sizeof options + 1;
    assert_int_equal(epipe_channel_open(&channel, cat, &options), -1);
    assert_int_equal(errno, E2BIG);
    is_invalid(epipe_channel_open(NULL, cat, NULL));
    is_invalid(epipe_channel_open(&channel, NULL, NULL));
    is_invalid(epipe_channel_open(&channel, (char *[]){NULL}, NULL));
    assert_int_equal(descriptors(), before);
    assert_false(has_children());
}

static void two_are_apart(void **state)
{
    struct epipe_channel first, second;

    (void)state;
    assert_int_equal(epipe_channel_open(&first, cat, NULL), 0);
    assert_int_equal(epipe_channel_open(&second, cat, NULL), 0);
    assert_int_equal(epipe_channel_end(&first), 0);
    assert_true(end_comes(first.recv, BOUND));
    assert_int_equal(epipe_channel_close(&first), 0);
    assert_int_equal(waitpid(second.pid, NULL, WNOHANG), 0);
    assert_int_equal(epipe_channel_close(&second), 0);
}

/* It ignores SIGTERM, in the caller's group instead of the channel's; else it ends with 7. */
static void who_has_left_the_group_is_killed(void **state)
{
    static const char script[] =
        "exec perl -e 'setpgrp(0, getpgrp(getppid)) or exit 9; $SIG{TERM} = \"IGNORE\";"
        " syswrite STDOUT, \"x\"; select undef, undef, undef, 10; exit 7'";
    struct epipe_channel channel;
    char ready;

    (void)state;
    assert_int_equal(
        epipe_channel_open(&channel, SH(script),
                           WITH(.close_timeout = 100, .flags = EPIPE_CHANNEL_GROUP)),
        0);
    assert_int_equal(read(channel.recv, &ready, 1), 1);
    assert_int_equal(epipe_channel_close(&channel), SIGKILL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(both_ways, at_default),
        cmocka_unit_test_setup(what_is_closed_is_closed, at_default),
        cmocka_unit_test_setup(the_wait_status_is_told, at_default),
        cmocka_unit_test_setup(extra_descriptors_have_names, at_default),
        cmocka_unit_test_setup(bad_options_are_invalid, at_default),
        cmocka_unit_test_setup(two_are_apart, at_default),
        cmocka_unit_test_setup(who_has_left_the_group_is_killed, at_default),
    };

    IF_CHILD(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
