/* SPDX-License-Identifier: MIT
 *
 * How what a channel leads to is started and ended: where its standard error goes, its
 * directory, its process group, its pidfd, and the bound on closing it.
 */
#include <sys/syscall.h>

#include "channel.h"

/* The same of a pipeline of two of it. */
static const char *both_said(char *const argv[], const struct epipe_channel_options *options)
{
    static char text[4096];
    char *const *stages[] = {argv, cat};
    struct epipe_channel channel;
    int results[2];

    assert_int_equal(epipe_pipeline_open(stages, 2, results, &channel, options), 0);
    assert_int_equal(epipe_channel_end(&channel), 0);
    assert_true(read_to_end(channel.recv, text, sizeof text, BOUND) >= 0);
    assert_int_equal(epipe_channel_close(&channel), 0);
    return text;
}

static void standard_error_goes_where_it_is_told(void **state)
{
    char *const *both = SH("echo out; echo error >&2");
    int saved = dup(2), file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    char text[64] = "";

    (void)state;
    assert_true(saved > 2 && file > 2);
    assert_int_equal(dup2(file, 2), 2);
    assert_string_equal(said(both, WITH(.flags = EPIPE_CHANNEL_STDERR_NULL)), "out\n");
    assert_string_equal(both_said(both, WITH(.flags = EPIPE_CHANNEL_STDERR_NULL)),
                        "out\n");
    assert_string_equal(said(both, WITH(.flags = EPIPE_CHANNEL_STDERR_PIPE)),
                        "out\nerror\n");
    assert_string_equal(both_said(both, WITH(.flags = EPIPE_CHANNEL_STDERR_PIPE)),
                        "out\nerror\n");
    assert_string_equal(said(SH("echo out >&4; echo error >&2"),
                             WITH(.flags = EPIPE_CHANNEL_STDERR_PIPE | EPIPE_CHANNEL_EXTRA)),
                        "out\nerror\n");
    assert_int_equal(pread(file, text, sizeof text - 1, 0), 0);
    assert_string_equal(said(both, NULL), "out\n"); /* control */
    assert_int_equal(pread(file, text, sizeof text - 1, 0), 6);
    assert_string_equal(text, "error\n");
    dup2(saved, 2);
    close(saved);
    close(file);
}

static void it_keeps_no_more_than_without(void **state)
{
    (void)state;
    assert_string_equal(said(LIST("1"), WITH(.flags = EPIPE_CHANNEL_STDERR_NULL |
                                                      EPIPE_CHANNEL_GROUP | EPIPE_CHANNEL_PIDFD,
                                             .directory = ".")),
                        "0 1 2 ");
}

static void the_directory_is_changed_in_the_child(void **state)
{
    char here[4096], *const pwd[] = {(char *)"/bin/pwd", NULL};
    struct epipe_channel channel;
    int before = descriptors();

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    assert_string_equal(said(pwd, WITH(.directory = "/proc")), "/proc\n");
    assert_string_equal(both_said(pwd, WITH(.directory = "/proc")), "/proc\n");
    strcat(here, "\n");
    assert_string_equal(said(pwd, NULL), here); /* control */
    assert_int_equal(epipe_channel_open(&channel, pwd, WITH(.directory = "/none")), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(epipe_channel_open(&channel, pwd, WITH(.directory = "/dev/null")), -1);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(descriptors(), before);
    assert_false(has_children());
}

static void the_environment_is_for_all(void **state)
{
    char *const environment[] = {(char *)"WORD=spoken", NULL};

    (void)state;
    assert_string_equal(both_said(SH("echo $WORD"), WITH(.envp = environment)),
                        "spoken\n");
}

/* The group that PID is in, as ps would say it. */
static void a_group_of_their_own(void **state)
{
    char *const *stages[] = {cat, cat, cat};
    struct epipe_channel channel;
    int results[3];

    (void)state;
    assert_int_equal(epipe_pipeline_open(stages, 3, results, &channel,
                                         WITH(.flags = EPIPE_CHANNEL_GROUP)),
                     0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(getpgid(results[i]), results[0]);
    assert_int_equal(epipe_channel_close(&channel), 0);
    assert_int_equal(epipe_channel_open(&channel, cat, NULL), 0); /* control */
    assert_int_equal(getpgid(channel.pid), getpgrp());
    assert_int_equal(epipe_channel_close(&channel), 0);
}

static void a_pidfd_tells_the_end(void **state)
{
    struct epipe_channel channel;
    int before = descriptors();
    struct pollfd p = {.events = POLLIN};

    (void)state;
    assert_int_equal(epipe_channel_open(&channel, cat, NULL), 0); /* control */
    assert_int_equal(channel.pidfd, -1);
    assert_int_equal(epipe_channel_close(&channel), 0);
    assert_int_equal(epipe_channel_open(&channel, cat, WITH(.flags = EPIPE_CHANNEL_PIDFD)), 0);
    p.fd = channel.pidfd;
    if (p.fd >= 0) {
        assert_true(p.fd > 2);
        assert_int_equal(fcntl(p.fd, F_GETFD), FD_CLOEXEC);
        assert_int_equal(poll(&p, 1, 0), 0);
        assert_int_equal(epipe_channel_end(&channel), 0);
        assert_int_equal(poll(&p, 1, BOUND), 1);
    }
    assert_int_equal(epipe_channel_close(&channel), 0);
    assert_int_equal(channel.pidfd, -1);
    assert_int_equal(descriptors(), before);
}

#ifdef SYS_pidfd_open
static void without_pidfds(void)
{
    struct epipe_channel channel;

    refuse(SYS_pidfd_open, ENOSYS);
    NEED(epipe_channel_open(&channel, cat, WITH(.flags = EPIPE_CHANNEL_PIDFD)) == 0);
    NEED(channel.pidfd == -1 && epipe_channel_close(&channel) == 0);
    NEED(epipe_channel_open(&channel, SH("exec sleep 1000"), WITH(.close_timeout = 50)) == 0);
    NEED(epipe_channel_close(&channel) == SIGTERM);
}
#endif

static void an_older_kernel_has_none(void **state)
{
#ifdef SYS_pidfd_open
    int result = child_that(without_pidfds);

    (void)state;
    if (result == UNCONFINED)
        skip();
    assert_int_equal(result, 0);
#else
    (void)state;
    skip();
#endif
}

static int lowest_unused(void)
{
    int fd = dup(0);

    assert_true(fd >= 0);
    close(fd);
    return fd;
}

/* The status of a child that does not end by itself, once it has said that it is ready. */
static int closed(const char *script, int timeout)
{
    const int before = lowest_unused();
    struct epipe_channel channel;
    char ready;
    int status;

    assert_int_equal(
        epipe_channel_open(&channel, SH(script), WITH(.close_timeout = timeout)), 0);
    assert_int_equal(read(channel.recv, &ready, 1), 1);
    errno = 4242;
    status = epipe_channel_close(&channel);
    assert_int_equal(errno, 4242);
    assert_false(has_children());
    assert_int_equal(lowest_unused(), before);
    return status;
}

static void what_does_not_end_is_ended(void **state)
{
    (void)state;
    assert_int_equal(closed("echo x; exec sleep 1000", 100), SIGTERM);
    assert_int_equal(closed("trap '' TERM; echo x; exec sleep 1000", 100), SIGKILL);
    assert_int_equal(closed("trap 'kill $!; exit 3' TERM; sleep 1000 & echo x; wait", 2000),
                     3 << 8);
    /* What ends at the end of its input has the time for it. */
    assert_int_equal(closed("trap 'exit 3' TERM; echo x; read line; exit 5", BOUND), 5 << 8);
}

/* Grandchildren, who hold the pipe that the test reads to its end. */
static void a_group_is_ended_whole(void **state)
{
    struct epipe_channel channel;
    int ends[2], status;
    char text[8];
    pid_t child;

    (void)state;
    assert_int_equal(epipe_pipe(ends, 0), 0);
    child = fork(); /* whose standard error is the pipe */
    if (child == 0) {
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        NEED(epipe_channel_open(&channel, SH("sleep 1000 & echo x; wait"),
                                WITH(.close_timeout = 100, .flags = EPIPE_CHANNEL_GROUP)) == 0);
        NEED(read(channel.recv, text, 1) == 1);
        NEED(epipe_channel_close(&channel) == SIGTERM);
        _exit(0);
    }
    close(ends[1]);
    assert_true(end_comes(ends[0], BOUND));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
}

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup(name, at_default)
    const struct CMUnitTest tests[] = {
        CASE(standard_error_goes_where_it_is_told),
        CASE(it_keeps_no_more_than_without),
        CASE(the_directory_is_changed_in_the_child),
        CASE(the_environment_is_for_all),
        CASE(a_group_of_their_own),
        CASE(a_pidfd_tells_the_end),
        CASE(an_older_kernel_has_none),
        CASE(what_does_not_end_is_ended),
        CASE(a_group_is_ended_whole),
    };

    IF_CHILD(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
