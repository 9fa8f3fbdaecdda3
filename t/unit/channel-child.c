/* SPDX-License-Identifier: MIT
 *
 * What a channel's child finds: no descriptor but its own, and SIGPIPE at its default.
 */
#include "channel.h"

static char *const reads_status[] = {(char *)"cat", (char *)"/proc/self/status", NULL};

static void the_child_keeps_nothing_else(void **state)
{
    struct epipe_channel first;
    int other = fcntl(0, F_DUPFD, 50), high = fcntl(0, F_DUPFD, 900), pair[2];
    char text[64];

    (void)state;
    assert_true(other >= 50 && high >= 900);
    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    if (fork() == 0) { /* control */
        dup2(pair[1], 1);
        execv(self, LIST("1"));
    }
    close(pair[1]);
    assert_true(read_to_end(pair[0], text, sizeof text, BOUND) > 0);
    assert_true(strstr(text, " 50 ") && strstr(text, " 900 "));
    wait(NULL);
    close(pair[0]);
    assert_string_equal(said(LIST("1"), NULL), "0 1 2 ");
    assert_string_equal(said(LIST("4"), WITH(.flags = EPIPE_CHANNEL_EXTRA)), "0 1 2 3 4 ");
    assert_int_equal(epipe_channel_open(&first, cat, NULL), 0);
    assert_string_equal(said(LIST("1"), NULL), "0 1 2 ");
    assert_int_equal(epipe_channel_close(&first), 0);
    close(other);
    close(high);
}

static void sigpipe_is_reset(void)
{
    struct epipe_channel channel;

    for (int flags = 0; flags <= EPIPE_CHANNEL_EXTRA; flags++) {
        NEED(epipe_channel_open(&channel, flags ? SH("cat /proc/self/status >&4") : reads_status,
                                WITH(.flags = flags)) == 0);
        NEED(sigpipe_in(dup(channel.recv)) == 0);
        NEED(epipe_channel_close(&channel) == 0);
    }
}

/* The control: what fork and exec leave. */
static void sigpipe_is_as_it_was(void)
{
    int pair[2];

    NEED(pipe(pair) == 0);
    if (fork() == 0) {
        dup2(pair[1], 1);
        execvp(reads_status[0], reads_status);
    }
    close(pair[1]);
    _exit(sigpipe_in(pair[0]));
}

static void ignored_without_a_reset(void)
{
    enter_state(IGNORED);
    sigpipe_is_as_it_was();
}

static void blocked_without_a_reset(void)
{
    enter_state(SCOPE);
    sigpipe_is_as_it_was();
}

static void the_child_has_sigpipe_at_default(void **state)
{
    (void)state;
    assert_int_equal(child_that(ignored_without_a_reset), 2);
    assert_int_equal(child_that(blocked_without_a_reset), 4);
    in_each_state(sigpipe_is_reset);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_child_keeps_nothing_else, at_default),
        cmocka_unit_test_setup(the_child_has_sigpipe_at_default, at_default),
    };

    IF_CHILD(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
