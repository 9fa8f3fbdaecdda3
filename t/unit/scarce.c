/* SPDX-License-Identifier: MIT
 *
 * Channels and pipelines where something is missing: the program, room in the table of
 * descriptors, the standard streams.  Whatever fails says why and leaves nothing behind.
 */
#include <sys/resource.h>

#include "process.h"

static void bad_programs_say_why(void **state)
{
    static char huge[200000];
    char *const programs[][3] = {{(char *)"epipe-no-such-program"},
                                 {(char *)"/nonexistent/program"},
                                 {(char *)""},
                                 {(char *)"/etc/passwd"},
                                 {(char *)"/etc"},
                                 {(char *)"/etc/passwd/x"},
                                 {(char *)"true", huge}};
    const int errors[] = {ENOENT, ENOENT, ENOENT, EACCES, EACCES, ENOTDIR, E2BIG};
    int before = descriptors();

    (void)state;
    memset(huge, 'x', sizeof huge - 1);
    for (int i = 0; i < (is_wrapped() ? 6 : 7); i++) {
        for (int flags = 0; flags <= EPIPE_CHANNEL_EXTRA; flags++) {
            struct epipe_channel channel = {.pid = 7, .send = 7, .recv = 7};

            assert_int_equal(epipe_channel_open(&channel, programs[i], WITH(.flags = flags)),
                             -1);
            assert_int_equal(errno, errors[i]);
            assert_true(channel.pid == -1 && channel.send == -1 && channel.recv == -1);
            assert_int_equal(epipe_channel_close(&channel), -1);
            assert_int_equal(errno, EINVAL);
        }
        for (int at = 0; at < 3; at++) {
            char *const yes[] = {(char *)"yes", NULL};
            char *const *stages[] = {yes, yes, cat};
            int results[3];

            stages[at] = programs[i];
            assert_int_equal(epipe_pipeline_run(stages, 3, results), -1);
            assert_int_equal(errno, errors[i]);
            for (int stage = 0; stage < 3; stage++) /* it may have died of SIGPIPE first */
                assert_true(stage >= at
                                ? results[stage] == -1
                                : results[stage] == SIGKILL || results[stage] == SIGPIPE);
        }
        assert_int_equal(descriptors(), before);
        assert_false(has_children());
    }
}

/* With whatever room there is.  Returns whether it was enough. */
static bool channel_or_emfile(int flags)
{
    struct epipe_channel channel;
    int before = descriptors();
    bool opened = epipe_channel_open(&channel, cat, WITH(.flags = flags)) == 0;

    NEED(opened || errno == EMFILE);
    NEED(descriptors() == before + 2 * opened);
    if (opened) /* with so few descriptors it may not find its libraries */
        NEED(epipe_channel_close(&channel) >= 0);
    NEED(descriptors() == before && !has_children());
    return opened;
}

static bool pipeline_or_emfile(void)
{
    char *const *stages[] = {cat, cat, cat};
    int before = descriptors(), results[3];
    bool ran = epipe_pipeline_run(stages, 3, results) == 0;

    NEED(ran || errno == EMFILE);
    NEED(descriptors() == before && !has_children());
    return ran;
}

static bool pipe_or_emfile(void)
{
    int before = descriptors(), pair[2] = {77, 77};
    bool made = epipe_pipe(pair, 0) == 0;

    NEED(made || (errno == EMFILE && pair[0] == 77 && pair[1] == 77));
    NEED(descriptors() == before + 2 * made);
    if (made)
        NEED(pair[0] >= 3 && pair[1] >= 3 && close(pair[0]) == 0 && close(pair[1]) == 0);
    return made;
}

/* Bits: what there was room for. */
static int all_of_them(void)
{
    return channel_or_emfile(0) + 2 * channel_or_emfile(EPIPE_CHANNEL_EXTRA) +
           4 * pipeline_or_emfile() + 8 * pipe_or_emfile();
}

enum { ALL = 15 };

/* All three, whatever the test was started with. */
static void have_streams(void)
{
    int null = open("/dev/null", O_RDWR);

    NEED(null >= 0);
    for (int fd = 0; fd < 3; fd++)
        NEED(dup2(null, fd) == fd);
}

/* A table of N, or one that is full but for N. */
static void scarce(rlim_t n, bool is_full, int closed, int *met)
{
    struct rlimit limit = {is_full ? 60 : n, 60};
    int pair[2], status;
    char room;
    pid_t child;

    assert_int_equal(pipe(pair), 0);
    child = fork();
    if (child == 0) {
        dup2(pair[1], 60); /* above the limit */
        have_streams();
        epipe_close_from(61);
        for (int fd = 0; fd < 60; fd++)
            if (fd >= 3 || closed >> fd & 1)
                close(fd);
        NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        if (is_full) {
            int last = -1;

            for (int fd; (fd = fcntl(60, F_DUPFD, 3)) >= 0;)
                last = fd;
            for (rlim_t i = 0; i < n; i++)
                close(last - (int)i);
        }
        room = (char)all_of_them();
        NEED(write(60, &room, 1) == 1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0)
        print_error("# %d, full %d, closed %d: status 0x%x, line %d\n", (int)n, is_full,
                    closed, status, status >> 8);
    assert_int_equal(status, 0);
    assert_int_equal(read(pair[0], &room, 1), 1);
    *met |= 1 << room;
    close(pair[0]);
    close(pair[1]);
}

static void there_is_room_or_emfile(void **state)
{
    (void)state;
    if (is_wrapped())
        skip();
    for (int is_full = 0; is_full < 2; is_full++) {
        /* Every one of them once; under the shim none and all. */
        for (int closed = 0; closed < 8; closed += is_under_shim() ? 7 : 1) {
            int met = 0;

            for (rlim_t n = is_full ? 0 : 3; n <= 20; n++)
                scarce(n, is_full, closed, &met);
            assert_true(met & 1); /* the control: both have happened */
            assert_true(met & 1 << ALL);
        }
    }
}

static void without_streams(void)
{
    struct epipe_channel channel;
    int results[2];
    char text[64];

    have_streams();
    for (int closed = 1; closed < 8; closed++) {
        char expected[16] = "";
        int status;

        if (fork() != 0) {
            wait(&status);
            if (status != 0)
                _exit(status >> 8);
            continue;
        }
        for (int fd = 0; fd < 3; fd++)
            if (closed >> fd & 1)
                close(fd);
        NEED(epipe_channel_open(&channel, LIST("1"), NULL) == 0);
        NEED(channel.send >= 3 && channel.recv >= 3);
        NEED(read_to_end(channel.recv, text, sizeof text, BOUND) > 0);
        NEED(strcmp(text, closed & 4 ? "0 1 " : "0 1 2 ") == 0);
        NEED(epipe_channel_close(&channel) == 0);
        NEED(epipe_channel_open(&channel, LIST("4"), WITH(.flags = EPIPE_CHANNEL_EXTRA)) == 0);
        NEED(channel.send >= 3 && channel.recv >= 3);
        NEED(read_to_end(channel.recv, text, sizeof text, BOUND) > 0);
        for (int fd = 0; fd < 5; fd++)
            if (fd >= 3 || !(closed >> fd & 1))
                sprintf(expected + strlen(expected), "%d ", fd);
        NEED(strcmp(text, expected) == 0);
        NEED(epipe_channel_close(&channel) == 0);
        if (closed & 2)
            NEED(epipe_pipeline_run((char *const *[]){LIST("1"), cat}, 2, results) == 0 &&
                 results[1] == 1 << 8); /* cat, without an output */
        for (int fd = 0; fd < 3; fd++)
            NEED((closed >> fd & 1) ? fcntl(fd, F_GETFD) < 0 : fcntl(fd, F_GETFD) >= 0);
        _exit(0);
    }
}

static void standard_streams_may_be_closed(void **state)
{
    (void)state;
    assert_int_equal(child_that(without_streams), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bad_programs_say_why, at_default),
        cmocka_unit_test_setup(there_is_room_or_emfile, at_default),
        cmocka_unit_test_setup(standard_streams_may_be_closed, at_default),
    };

    IF_CHILD(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
